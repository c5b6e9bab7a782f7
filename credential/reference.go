package credential

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Reference says where a secret is kept. Exactly one field is set.
type Reference struct {
	File string // a file or a pipe; one line end at its end is not part of the secret
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

// Read fetches the secret: one line. The error names the place, and never holds
// what was found there.
func (r Reference) Read() (Secret, error) {
	switch {
	case r.File != "" && r.Env != "":
		return Secret{}, fmt.Errorf("file %s and environment variable %s: a secret has one place", r.File, r.Env)
	case r.File != "":
		text, err := readFile(r.File)
		if err != nil {
			return Secret{}, err
		}
		return oneLine("file "+r.File, text)
	case r.Env != "":
		value, ok := os.LookupEnv(r.Env)
		if !ok {
			return Secret{}, fmt.Errorf("environment variable %s is not set", r.Env)
		}
		return oneLine("environment variable "+r.Env, value)
	}
	return Secret{}, errors.New("no reference to a secret")
}

// ReadLine reads a secret to the end of r: one line, as in a file. place says where that is, for the
// error, which never holds what was found there.
func ReadLine(place string, r io.Reader) (Secret, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err != nil {
		return Secret{}, fmt.Errorf("%s: %w", place, err)
	}
	if len(text) > maxSecret {
		return Secret{}, fmt.Errorf("%s: more than %d bytes are too many for a secret", place, maxSecret)
	}
	return oneLine(place, string(text))
}

// readFile reads what may be a pipe, which has no size to ask for, or never ends.
func readFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxSecret {
		return "", fmt.Errorf("file %s: more than %d bytes are too many for a secret", name, maxSecret)
	}
	return string(text), nil
}

// oneLine takes a secret out of what an editor or a shell has written. A password with a
// stray byte is refused by the server, and a few of those lock an account: so what cannot
// be meant is an error here, and the byte order mark that Windows editors write is not part
// of the secret.
func oneLine(place, text string) (Secret, error) {
	value := strings.TrimPrefix(text, "\ufeff")
	value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
	switch {
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), strings.ContainsRune(value, 0):
		return Secret{}, fmt.Errorf("%s holds UTF-16 or binary data: write it as UTF-8", place)
	case value == "":
		return Secret{}, fmt.Errorf("%s is empty", place)
	case strings.ContainsAny(value, "\r\n"):
		return Secret{}, fmt.Errorf("%s holds more than one line", place)
	}
	return New(value), nil
}
