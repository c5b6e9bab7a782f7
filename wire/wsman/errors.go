package wsman

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// FormatError is an answer that cannot be read.
type FormatError struct {
	What string // that is wrong: "answer", "soap", "sealed body"
	Err  error
}

func (e *FormatError) Error() string { return e.What + ": " + e.Err.Error() }
func (e *FormatError) Unwrap() error { return e.Err }

func badFormat(what, format string, a ...any) error {
	return &FormatError{What: what, Err: fmt.Errorf(format, a...)}
}

// Phase is how far an exchange got.
type Phase string

// The phases, in order.
const (
	Dial      Phase = "dial"
	Handshake Phase = "tls handshake"
	Send      Phase = "send request"
	Wait      Phase = "wait for the answer" // not a byte of it came
	Receive   Phase = "read the answer"
)

// TransportError is of the connection: nothing was answered, or not all.
type TransportError struct {
	Server string // "winrm http 192.0.2.1:5985"
	Phase  Phase
	Err    error // what the network, crypto/tls or the context said
}

func (e *TransportError) Error() string {
	return fmt.Sprintf("%s: %s: %v", e.Server, e.Phase, e.Err)
}
func (e *TransportError) Unwrap() error { return e.Err }

// ErrClosed is what errors.Is finds where the server closed the connection without a byte of an answer.
var ErrClosed = errors.New("the server closed the connection without an answer")

// ErrUnusable is what a Conn says after a failure that leaves it between two messages: dial anew.
var ErrUnusable = errors.New("the connection is of no more use after what happened on it")

// StatusError is an answer whose HTTP status says no, without a Fault that can be trusted.
type StatusError struct {
	Server     string
	Status     int
	Reason     string     // of the status line
	Challenges Challenges // of a 401
	Location   string     // of a redirect, which is not followed
	ServerName string     // of the Server header
	Date       time.Time  // zero if there is none
	Empty      bool       // no body: with 500, that a body in the clear is not taken
	// Unsealed is a fault in the clear where a sealed answer was due: nobody vouches for it.
	Unsealed *Fault
}

func (e *StatusError) Error() string {
	s := fmt.Sprintf("%s: answered %d %s", e.Server, e.Status, http.StatusText(e.Status))
	if len(e.Challenges) > 0 {
		s += ", and offers " + strings.Join(e.Challenges.Schemes(), ", ")
	}
	if e.Location != "" {
		s += fmt.Sprintf(", a redirect to %q, which is not followed", e.Location)
	}
	if e.Empty && e.Status == http.StatusInternalServerError {
		s += " with an empty body"
	}
	return s
}

// LoginError is a Kerberos log-in that the server refused, or whose answer proves nothing.
type LoginError struct {
	Answer *StatusError // what came with it; its status can be 200
	Reason error        // a *kerberos.KDCError, a *kerberos.GSSError, or nil if the server does not say
}

func (e *LoginError) Error() string {
	if e.Reason == nil {
		return e.Answer.Error() + ", and does not say why it refuses the ticket"
	}
	return fmt.Sprintf("%s: log in: %v", e.Answer.Server, e.Reason)
}

// as finds an error of a type.
func as[T error](err error) (found T, ok bool) {
	ok = errors.As(err, &found)
	return found, ok
}

// Unwrap gives both, so that errors.As finds the one that is asked for.
func (e *LoginError) Unwrap() []error {
	if e.Reason == nil {
		return []error{e.Answer}
	}
	return []error{e.Answer, e.Reason}
}
