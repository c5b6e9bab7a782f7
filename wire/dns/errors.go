package dns

import (
	"net/netip"
)

// Failure is why a server gave no answer to a question.
type Failure string

// What can go wrong. A response code is none of them: it is an answer.
const (
	// Unreachable: the network said no, as where the port is closed, or a connection ended before the
	// answer was whole.
	Unreachable Failure = "unreachable"
	// Silent: nothing came until the context ended.
	Silent Failure = "silent"
	// Unreadable: an answer to this question came that is no DNS message.
	Unreadable Failure = "unreadable"
	// Mismatched: what came until the context ended answers other questions: another identifier or
	// another name. A resolver has to ignore it, RFC 5452 section 9.1.
	Mismatched Failure = "mismatched"
)

// Error is why a server gave no answer.
type Error struct {
	Server  netip.AddrPort
	Network string // "udp" or "tcp"
	Failure Failure
	Detail  string // what was found
	Err     error  // the cause below; may be nil
}

func (e *Error) Error() string {
	s := "dns " + e.Network + " " + e.Server.String() + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }
