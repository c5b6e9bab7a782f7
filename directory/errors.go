package directory

import (
	"errors"
	"fmt"
)

// ErrNotFound is what errors.Is finds where the directory has no such object, or does not show it
// to this account: it does not tell the two apart.
var ErrNotFound = errors.New("the directory has no such object")

// ErrAmbiguous is what errors.Is finds where a name that should be one object's is that of several.
var ErrAmbiguous = errors.New("several objects have that name")

// Reason is why a directory did not answer.
type Reason string

// The reasons that a caller can tell apart.
const (
	// Closed: nothing listens at the address, or there is no way to it.
	Closed Reason = "closed"
	// Silent: no answer before ctx ended.
	Silent Reason = "silent"
	// NoTLS: the TLS handshake failed, which includes a certificate that does not verify.
	NoTLS Reason = "no-tls"
	// Stronger: the server wants signing, TLS or a channel binding that it did not see,
	// strongerAuthRequired of RFC 4511.
	Stronger Reason = "stronger-auth-required"
	// NoMechanism: the server does not take Kerberos log-ins (SASL GSSAPI).
	NoMechanism Reason = "no-mechanism"
	// Denied: the ticket or the rights of the account were refused. Where the server says so in a
	// KRB-ERROR, Err is a *kerberos.KDCError.
	Denied Reason = "denied"
	// Unavailable: the server is busy, shuts down, or refers to another one.
	Unavailable Reason = "unavailable"
	// Untrusted: the server could not prove that it is the one the ticket is for, or a sealed
	// message was not sealed by it.
	Untrusted Reason = "untrusted"
	// Malformed: the answer is no LDAP, is longer than we take, or the connection broke within it.
	Malformed Reason = "malformed"
	// Refused: any other result code of LDAP; Code says which.
	Refused Reason = "refused"
)

// Error is a directory that did not answer a question.
type Error struct {
	Server string // "ldap 192.0.2.10:389"
	Doing  string // "bind", "search for the account"
	Reason Reason
	Code   int    // the result code of RFC 4511 appendix A; 0 if LDAP gave none
	Text   string // the server's diagnostic message, as received
	Err    error  // the cause below; may be nil
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s: %s", e.Server, e.Doing, e.Reason)
	if e.Code != 0 {
		s += fmt.Sprintf(" (result code %d)", e.Code)
	}
	if e.Text != "" {
		s += fmt.Sprintf(": %q", e.Text)
	} else if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }
