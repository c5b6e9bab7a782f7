package panos

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// APIError is an answer of the API that is not what was asked for. Its text comes from the
// firewall, without the key or password that was sent.
type APIError struct {
	Host       string // "192.0.2.1:443"
	Command    string // as typed at the firewall, "config show /…", or "keygen"
	HTTPStatus int    // 0 if unknown
	Status     string // of the answer: "error", "unauth"
	Code       int    // of the API; see Meaning
	HasCode    bool
	Text       string // the messages in one line, bounded; may be empty
}

func (e *APIError) Error() string {
	var b strings.Builder
	for _, noun := range []string{e.Host, e.Command} {
		if noun != "" {
			b.WriteString(noun + ": ")
		}
	}
	fmt.Fprintf(&b, "the firewall answered %s", e.status())
	if e.Text != "" {
		fmt.Fprintf(&b, ": %q", e.Text)
	}
	return b.String()
}

// status is the code with its meaning, and the HTTP status if it says more.
func (e *APIError) status() string {
	said := e.Status
	if e.HasCode {
		said = fmt.Sprintf("%s code %d", e.Status, e.Code)
		if meaning, ok := Meaning(e.Code); ok {
			said += " (" + meaning.EN + ")"
		}
	}
	if e.HTTPStatus != 0 && e.HTTPStatus != http.StatusOK && e.HTTPStatus != e.Code {
		said += fmt.Sprintf(" with HTTP status %d", e.HTTPStatus)
	}
	return said
}

// unauthorized says whether the key, the password or the role was refused.
func (e *APIError) unauthorized() bool {
	if e.HasCode {
		switch e.Code {
		case codeForbidden, codeUnauthorizedRole, codeSessionTimedOut:
			return true
		}
		return false
	}
	return e.Status == "unauth" || e.HTTPStatus == http.StatusUnauthorized || e.HTTPStatus == http.StatusForbidden
}

// IsUnauthorized says whether err is the API's refusal of the key, the password or the
// role behind it (codes 403, 16 and 22; without a code the status "unauth" or HTTP status
// 401 or 403). A page that some other server gave with such a status is none.
func IsUnauthorized(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.unauthorized()
}

// IsNotFound says whether err is the API's answer that the object is not there.
func IsNotFound(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.HasCode && e.Code == codeNotPresent
}

// Failure is why a request brought no answer of the API.
type Failure string

// The failures.
const (
	Unreachable Failure = "unreachable" // no connection: name, route, port
	BadTLS      Failure = "tls"         // no TLS session, for another reason than the certificate
	Untrusted   Failure = "untrusted"   // the firewall's certificate was not accepted
	TimedOut    Failure = "timed-out"   // a deadline of the context passed
	Interrupted Failure = "interrupted" // the context was cancelled
	Lost        Failure = "lost"        // the connection ended before an answer
	CutShort    Failure = "cut-short"   // the answer broke off
	TooLong     Failure = "too-long"    // the answer is longer than MaxAnswer
	Redirected  Failure = "redirected"  // the answer points elsewhere
	NotAPI      Failure = "not-an-api"  // the answer is not one of the XML API
	Unreadable  Failure = "unreadable"  // a success that does not hold what was asked for
)

// ExchangeError is a request that brought no answer of the API, or one that could not be
// read. For TimedOut and Interrupted the cause of the context can be reached through it.
type ExchangeError struct {
	Failure Failure
	Host    string // "192.0.2.1:443"
	Command string // as typed at the firewall, "config show /…", or "keygen"
	Err     error
}

func (e *ExchangeError) Error() string {
	return fmt.Sprintf("%s: %s: %v", e.Host, e.Command, e.Err)
}

// Unwrap gives the cause.
func (e *ExchangeError) Unwrap() error { return e.Err }

// FailureOf is the failure of an ExchangeError; empty for every other error.
func FailureOf(err error) Failure {
	var e *ExchangeError
	if errors.As(err, &e) {
		return e.Failure
	}
	return ""
}
