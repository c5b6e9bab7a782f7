// Package credential holds secrets that cannot be printed, behind the gate that spends them.
package credential

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Redacted is what stands in every output where a secret would.
const Redacted = "REDACTED"

// Secret is a password, a key or a passphrase. It prints as REDACTED in every verb, in
// JSON, in text and in slog; only Reveal gives it out. The zero value is no secret and
// prints the same, so that an output does not even tell whether there is one. The one
// exception is fmt's: in an unexported field of another struct, where package fmt calls no
// methods, and under %p, it prints as the address of a function. Secrets cannot be compared.
type Secret struct {
	// A function and not a string: reflection, as in %#v of a struct that holds a Secret in
	// an unexported field, prints a string but only the address of a function.
	reveal func() string
}

// New returns a secret.
func New(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{func() string { return s }}
}

// Reveal gives the secret out, to be put on a wire or into a key derivation.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Empty says whether there is no secret.
func (s Secret) Empty() bool { return s.reveal == nil }

// Format makes every verb of package fmt print REDACTED.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

func (Secret) String() string { return Redacted }

// MarshalJSON writes "REDACTED".
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(Redacted) }

// MarshalText writes REDACTED, in YAML, XML and wherever text is marshalled.
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalYAML writes REDACTED.
func (Secret) MarshalYAML() (any, error) { return Redacted, nil }

// LogValue makes slog write REDACTED.
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
