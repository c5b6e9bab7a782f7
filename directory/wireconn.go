package directory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

const (
	// maxAnswer bounds what the server sends to one question. Ours find some kilobytes.
	maxAnswer = 1 << 20
	// sealing is what sealing adds to a message.
	sealing = kerberos.SignatureSize
	// minServerFrame is the least that is worth talking with.
	minServerFrame = 1 << 10
)

var (
	errTooLong = fmt.Errorf("the server's answer is longer than %d bytes", maxAnswer)
	errNoLayer = errors.New("no common security layer")
)

// wireConn is the connection below go-ldap, which knows no security layers: after the log-in it seals what is
// written and opens what is read, RFC 4422 section 3.7.
type wireConn struct {
	net.Conn

	mu      sync.Mutex                // guards what follows
	context *kerberos.SecurityContext // nil before seal
	frame   int                       // the longest sealed message that the server takes
	left    int                       // bytes that the server may still send
	err     error                     // the first that was found

	// Of Read alone, which go-ldap calls from one goroutine.
	cipher, plain []byte
	shape         shape
}

// seal seals everything from now on. The server sends nothing before it is asked, so nothing of the log-in is
// on its way.
func (c *wireConn) seal(s *kerberos.SecurityContext, frame int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.context, c.frame = s, max(frame, minServerFrame)
}

// expect starts a new answer.
func (c *wireConn) expect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = maxAnswer
}

// failure is why reading or writing ended; nil if it has not, or only because of Close.
func (c *wireConn) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *wireConn) failed(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && err != nil && !errors.Is(err, net.ErrClosed) {
		c.err = err
	}
	return err
}

// Write is called by one goroutine of go-ldap, so that frames leave in the order of their numbers.
func (c *wireConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	s, size := c.context, c.frame-sealing
	c.mu.Unlock()
	if s == nil {
		n, err := c.Conn.Write(b)
		return n, c.failed(err)
	}
	for done := 0; done < len(b); done = min(done+size, len(b)) {
		token, err := s.Wrap(b[done:min(done+size, len(b))], true)
		if err != nil {
			return done, c.failed(err)
		}
		if _, err := c.Conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(token))), token...)); err != nil {
			return done, c.failed(err)
		}
	}
	return len(b), nil
}

// Read asks whether the connection is sealed once bytes have come, not before: go-ldap waits in here
// while the log-in ends.
func (c *wireConn) Read(b []byte) (int, error) {
	for len(c.plain) == 0 {
		n, err := c.receive(b)
		if n > 0 || err != nil {
			return n, c.failed(err)
		}
	}
	n := copy(b, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

// receive reads once. What came in the clear is in b; what came sealed waits in c.plain.
func (c *wireConn) receive(b []byte) (int, error) {
	buffer := make([]byte, 16<<10)
	n, err := c.Conn.Read(buffer[:min(len(buffer), max(len(b), 1))])
	if n == 0 {
		return 0, err
	}
	c.mu.Lock()
	c.left -= n
	left, s := c.left, c.context
	c.mu.Unlock()
	if left < 0 {
		return 0, errTooLong
	}
	if s == nil {
		return copy(b, buffer[:n]), c.shape.feed(buffer[:n])
	}
	c.cipher = append(c.cipher, buffer[:n]...)
	return 0, c.unseal(s)
}

// unseal opens the frames that are whole.
func (c *wireConn) unseal(s *kerberos.SecurityContext) error {
	for len(c.cipher) >= 4 {
		size := binary.BigEndian.Uint32(c.cipher)
		if size > maxFrame {
			return fmt.Errorf("the server announces a sealed message of %d bytes; we said at most %d: %w", size, maxFrame, io.ErrUnexpectedEOF)
		}
		end := 4 + int(size)
		if len(c.cipher) < end {
			return nil
		}
		plain, sealed, err := s.Unwrap(c.cipher[4:end])
		if err != nil {
			return err
		}
		if !sealed {
			return &kerberos.GSSError{Failure: kerberos.BadMIC, Detail: "the server answers signed, not sealed"}
		}
		if err := c.shape.feed(plain); err != nil {
			return err
		}
		c.plain = append(c.plain, plain...)
		c.cipher = c.cipher[end:]
	}
	return nil
}
