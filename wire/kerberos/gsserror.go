package kerberos

import "fmt"

// GSSFailure is why a GSS-API token is not taken.
type GSSFailure string

// What can be wrong with a token.
const (
	// DefectiveToken: it is not made as RFC 4121 or RFC 4178 say.
	DefectiveToken GSSFailure = "defective-token"
	// OtherMechanism: it is for another mechanism than Kerberos, or the peer wants another.
	OtherMechanism GSSFailure = "other-mechanism"
	// BadMIC: it does not open, or its checksum is wrong: another key, or changed on the way.
	BadMIC GSSFailure = "bad-mic"
	// DuplicateToken: its sequence number has been seen, or the log-in has.
	DuplicateToken GSSFailure = "duplicate-token"
	// OutOfSequence: tokens before it are missing.
	OutOfSequence GSSFailure = "out-of-sequence"
	// NotMutual: the acceptor did not prove that it can open the ticket.
	NotMutual GSSFailure = "not-mutual"
	// BadBindings: the two sides see different channels, such as two TLS connections.
	BadBindings GSSFailure = "bad-bindings"
	// NoTicketKey: the acceptor has no key that opens the ticket.
	NoTicketKey GSSFailure = "no-ticket-key"
	// TicketExpired: the ticket is not valid now.
	TicketExpired GSSFailure = "ticket-expired"
	// GSSSkew: the initiator's clock is more than MaxSkew away.
	GSSSkew GSSFailure = "skew"
	// NoContext: it is not the time for the call: the context is not there yet, or over.
	NoContext GSSFailure = "no-context"
)

// GSSError is a token that is not taken, or a call that does not fit.
type GSSError struct {
	Failure GSSFailure
	Detail  string // without a secret
	Err     error  // the cause below; may be nil
}

func (e *GSSError) Error() string {
	s := fmt.Sprintf("gss: %s: %s", e.Failure, e.Detail)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *GSSError) Unwrap() error { return e.Err }

func gssFail(f GSSFailure, format string, a ...any) *GSSError {
	return &GSSError{Failure: f, Detail: fmt.Sprintf(format, a...)}
}
