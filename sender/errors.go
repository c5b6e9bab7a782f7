package sender

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Kind is what kind of trouble an Error is.
type Kind string

// The kinds.
const (
	Resolve        Kind = "resolve"         // the host name has no address, or more than one
	LocalAddress   Kind = "local-address"   // the source address is not one of this machine's
	Unreachable    Kind = "unreachable"     // no route, or the network said so
	Refused        Kind = "refused"         // by RST, for UDP by ICMP "port unreachable"
	Timeout        Kind = "timeout"         // no answer, or the peer takes no more
	TLSHandshake   Kind = "tls-handshake"   // no common version, no TLS, an alert of the peer (a client certificate is asked for, say)
	TLSCertificate Kind = "tls-certificate" // the peer's certificate does not verify
	Closed         Kind = "closed"          // the peer has ended the connection in good order
	Reset          Kind = "reset"           // the peer has broken the connection off
	PartialWrite   Kind = "partial-write"   // the peer was left with part of a message
	TooLong        Kind = "too-long"        // the message does not fit into a datagram
	Interrupted    Kind = "interrupted"     // ctx was cancelled; in Run, ended in any way
	Other          Kind = "other"
)

// Error is what went wrong with a destination.
type Error struct {
	Kind        Kind
	Op          string // "dial", "write", "close"
	Destination string // as Destination prints it, or as the address dialled
	// Lost is the number of messages that the failed write was to hand over and did not.
	// For UDP they are those of one datagram. A refusal that Linux reports on a write is
	// about an earlier datagram, but the one at hand is not sent either.
	Lost int
	// Cut is the number of bytes of the first of them, framing included, that were handed
	// over all the same. They are zero for UDP.
	Cut int
	// Gone says that the connection can only be closed now.
	Gone bool
	Err  error // the cause; for Interrupted, that of ctx's end
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %v", e.Op, e.Destination, innermost(e.Err))
	if e.Cut > 0 {
		text += fmt.Sprintf(" (%d bytes into a message)", e.Cut)
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// innermost takes off what package net says about the operation, which Error says better.
func innermost(err error) error {
	var op *net.OpError
	var call *os.SyscallError
	switch {
	case errors.As(err, &op) && op.Op != "remote error": // that one is an alert of TLS
		return innermost(op.Err)
	case errors.As(err, &call):
		return call.Err
	}
	return err
}

// errPeerClosed is the cause of an Error of kind Closed.
var errPeerClosed = errors.New("the peer has closed the connection")

// kindOf sorts the errors of a socket; of those of TLS only what a peer may say after the
// handshake.
func kindOf(err error) Kind {
	var alert tls.AlertError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &certificate):
		return TLSCertificate
	case errors.As(err, &alert), isAlert(err):
		return TLSHandshake
	case errors.Is(err, errPeerClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Closed
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	for _, known := range errnos {
		for _, errno := range known.errnos {
			if errors.Is(err, errno) {
				return known.kind
			}
		}
	}
	return Other
}

// isAlert recognises an alert that the peer has sent: crypto/tls wraps those in an
// OpError of this name, around a type that it does not export.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// handshakeKind sorts what a TLS handshake ends with. All that is not about the
// certificate or the clock is a handshake that failed, also a peer that just hangs up.
func handshakeKind(err error) Kind {
	if errors.Is(err, context.Canceled) {
		return Other // endedBy knows better
	}
	switch kind := kindOf(err); kind {
	case TLSCertificate, Timeout:
		return kind
	default:
		return TLSHandshake
	}
}

// endedBy gives an error that came of ctx's end its cause. A deadline is a time-out still.
func (e *Error) endedBy(ctx context.Context) {
	if ctx.Err() == nil {
		return
	}
	e.Err = context.Cause(ctx)
	if !errors.Is(e.Err, context.DeadlineExceeded) {
		e.Kind = Interrupted
	}
}

// outOf puts a time limit of ours in words.
func (e *Error) outOf(limit time.Duration) {
	if errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, os.ErrDeadlineExceeded) {
		e.Err = limitError(limit)
	}
}

// limitError is the cause of a time-out that Connection asked for.
type limitError time.Duration

func (l limitError) Error() string {
	return fmt.Sprintf("the peer did nothing for %v", time.Duration(l))
}

// Is makes it what a deadline's end is to callers.
func (limitError) Is(target error) bool {
	return target == context.DeadlineExceeded || target == os.ErrDeadlineExceeded
}
