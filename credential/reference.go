package credential

import (
	"fmt"
	"os"
	"strings"
)

// Reference says where a secret is kept. Exactly one field is set.
type Reference struct {
	File string // a file; one line end at its end is not part of the secret
	Env  string // an environment variable
}

// maxSecret bounds what is read from a file: a key of the XML API has some 200 bytes.
const maxSecret = 64 << 10

// Given says whether the reference names a place.
func (r Reference) Given() bool { return r.File != "" || r.Env != "" }

// String names the place, never the secret.
func (r Reference) String() string {
	switch {
	case r.File != "":
		return "file " + r.File
	case r.Env != "":
		return "environment variable " + r.Env
	}
	return "no reference"
}

// Read fetches the secret. The error names the place.
func (r Reference) Read() (Secret, error) {
	switch {
	case r.File != "":
		return readFile(r.File)
	case r.Env != "":
		value, ok := os.LookupEnv(r.Env)
		if !ok || value == "" {
			return Secret{}, fmt.Errorf("environment variable %s is not set", r.Env)
		}
		return New(value), nil
	}
	return Secret{}, fmt.Errorf("no reference to a secret")
}

func readFile(name string) (Secret, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Secret{}, err
	}
	if info.Size() > maxSecret {
		return Secret{}, fmt.Errorf("%s: %d bytes are too many for a secret", name, info.Size())
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return Secret{}, err
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if value == "" {
		return Secret{}, fmt.Errorf("%s is empty", name)
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return Secret{}, fmt.Errorf("%s holds more than one line", name)
	}
	return New(value), nil
}
