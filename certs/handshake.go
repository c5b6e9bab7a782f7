package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// Dial opens one connection to one address.
type Dial func(ctx context.Context) (net.Conn, error)

// Session is what a handshake showed before it was broken off.
type Session struct {
	Presentation
	Version, Cipher uint16 // of crypto/tls
}

// NotTLSError says that something else than TLS is spoken on the port.
type NotTLSError struct {
	Sample []byte // the first octets that came
}

func (e NotTLSError) Error() string {
	switch {
	case bytes.HasPrefix(e.Sample, []byte("HTTP/")):
		return "the server speaks HTTP, not TLS"
	case bytes.HasPrefix(e.Sample, []byte("SSH-")):
		return "the server speaks SSH, not TLS"
	case bytes.HasPrefix(e.Sample, []byte("220")):
		return "the server greets as for SMTP or FTP, not TLS"
	}
	return fmt.Sprintf("the server does not speak TLS: its answer begins with %q", e.Sample)
}

// DialError says that there was no connection. Its message is the cause alone.
type DialError struct{ Err error }

func (e DialError) Error() string { return e.Err.Error() }
func (e DialError) Unwrap() error { return e.Err }

// errSeen ends a handshake when the certificate has been seen.
var errSeen = errors.New("certificate seen")

// Capture shakes hands until the server has shown its certificate, and hangs up: nothing is
// sent to what is behind, and no certificate is refused. What Go's TLS cannot read is
// looked at over a second connection with TLS 1.2.
func Capture(ctx context.Context, dial Dial, serverName string) (Session, error) {
	s, err := shake(ctx, dial, serverName)
	if err == nil || !unreadable(err) {
		return s, err
	}
	conn, dialErr := dial(ctx)
	if dialErr != nil {
		return s, DialError{dialErr}
	}
	defer conn.Close()
	hello := Hello{Version: tls.VersionTLS12, Ciphers: ciphersOf(tls.VersionTLS12), ServerName: serverName}
	answer, rawErr := hello.Greet(ctx, conn, true)
	if rawErr != nil || len(answer.Certificates) == 0 {
		return s, err
	}
	return Session{
		Presentation: Presentation{Raw: answer.Certificates, Staple: answer.Staple},
		Version:      answer.Version, Cipher: answer.Cipher,
	}, nil
}

// unreadable says whether it was the certificate that ended a handshake, for Go alone.
func unreadable(err error) bool {
	text := err.Error()
	return strings.Contains(text, "certificate") || strings.Contains(text, "handshake message of length")
}

func shake(ctx context.Context, dial Dial, serverName string) (s Session, err error) {
	conn, err := dial(ctx)
	if err != nil {
		return s, DialError{err}
	}
	defer conn.Close()
	client := tls.Client(conn, &tls.Config{
		ServerName:         serverName,
		MinVersion:         tls.VersionTLS10, // which versions it should have is another question
		CipherSuites:       goCiphers(),
		InsecureSkipVerify: true, // nothing is sent: the chain is taken down and judged afterwards
		VerifyConnection: func(state tls.ConnectionState) error {
			for _, c := range state.PeerCertificates {
				s.Raw = append(s.Raw, c.Raw)
			}
			s.Staple, s.Version, s.Cipher = state.OCSPResponse, state.Version, state.CipherSuite
			return errSeen
		},
	})
	err = client.HandshakeContext(ctx)
	var header tls.RecordHeaderError
	switch {
	case errors.Is(err, errSeen), err == nil:
		return s, nil
	case ctx.Err() != nil:
		return s, context.Cause(ctx)
	case errors.As(err, &header):
		return s, NotTLSError{Sample: header.RecordHeader[:]}
	}
	return s, err
}

// goCiphers are all that Go can speak, the insecure ones included.
func goCiphers() (ids []uint16) {
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, c := range list {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// FailureOf is how libcurl fails where a handshake failed with err.
func FailureOf(err error) Failure {
	var dial DialError
	var timeout interface{ Timeout() bool }
	var name *net.DNSError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return NoFailure
	case errors.As(err, &name):
		return FailsToResolve
	case errors.As(err, &timeout) && timeout.Timeout():
		return FailsInTime
	case errors.As(err, &dial):
		return FailsToConnect
	case errors.As(err, &invalid):
		return FailsVerify
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return FailsWithNothing
	}
	return FailsHandshake
}
