package sender

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sort"
	"time"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

// stream sends over TCP, or TLS over it. A batch is one write.
//
// It also reads, in a goroutine of its own, and throws away what comes. A syslog receiver
// has nothing to say, but three things are learnt no other way: that the peer has closed;
// the alert with which a TLS 1.3 server refuses a client certificate, which comes after
// the handshake; and, since a close with unread bytes (the session tickets of TLS 1.3) is
// a reset on many systems, nothing unread is left that would take sent messages with it.
type stream struct {
	tcp     *net.TCPConn
	conn    net.Conn // tcp, or TLS over it
	framing syslog.Framing
	wait    time.Duration

	buf    []byte // the framed batch
	ends   []int  // of the messages in it
	broken bool   // a write failed: what else is sent would not be understood
	early  bool   // the peer closed before we did

	ended chan struct{} // closed when the goroutine has ended
	last  error         // what it ended with; to be read after ended
}

func (s *stream) start() {
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		_, s.last = io.Copy(io.Discard, onlyReader{s.conn})
	}()
}

// onlyReader hides the other methods of a connection, through which io.Copy would splice.
type onlyReader struct{ io.Reader }

func (s *stream) write(b *Batch) (n int, _ *Error) {
	if s.hasEnded(0) {
		s.broken = true
		return 0, s.failed(s.lastWord(), b.Len(), 0)
	}
	size, err := s.conn.Write(s.buf)
	if err == nil && size == len(s.buf) {
		return b.Len(), nil
	}
	s.broken = true
	whole := sort.SearchInts(s.ends, size+1) // messages that end at size or before
	cut := size
	if whole > 0 {
		cut -= s.ends[whole-1]
	}
	if err == nil {
		err = io.ErrShortWrite
	}
	return whole, s.failed(s.reason(err), b.Len()-whole, cut)
}

// prepare makes one buffer of the batch.
func (s *stream) prepare(b *Batch) {
	s.buf, s.ends = s.buf[:0], s.ends[:0]
	for i := range b.Len() {
		s.buf = syslog.AppendFrame(s.buf, b.Message(i), s.framing)
		s.ends = append(s.ends, len(s.buf))
	}
}

func (s *stream) failed(err error, lost, cut int) *Error {
	kind := kindOf(err)
	if cut > 0 && (kind == Timeout || kind == Other) {
		kind = PartialWrite
	}
	return &Error{Kind: kind, Lost: lost, Cut: cut, Gone: true, Err: err}
}

// reason prefers the peer's own word to the kernel's: an alert of TLS says why the
// connection was reset.
func (s *stream) reason(err error) error {
	if kindOf(err) == Reset && s.hasEnded(100*time.Millisecond) && isAlert(s.last) {
		return s.last
	}
	return err
}

// hasEnded says whether the peer has ended its side, now or within a time.
func (s *stream) hasEnded(within time.Duration) bool {
	select {
	case <-s.ended:
		return true
	default:
	}
	if within <= 0 {
		return false
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-s.ended:
		return true
	case <-timer.C:
		return false
	}
}

// lastWord is what the peer ended its side with.
func (s *stream) lastWord() error {
	if s.last == nil { // io.Copy's word for io.EOF
		return errPeerClosed
	}
	return s.last
}

func (s *stream) close() *Error {
	s.early = s.hasEnded(0)
	if !s.broken {
		s.finish()
	}
	_ = s.tcp.Close()
	<-s.ended
	if s.broken || s.last == nil || errors.Is(s.last, net.ErrClosed) || errors.Is(s.last, io.ErrUnexpectedEOF) {
		return nil // said already, or a good end; TLS without a close_notify is common and harmless here
	}
	return &Error{Kind: kindOf(s.last), Err: s.last}
}

// finish says that nothing more will come, and waits for the peer to close too. Closing at
// once would also deliver, but not tell of a reset.
func (s *stream) finish() {
	if over, ok := s.conn.(*tls.Conn); ok {
		_ = over.CloseWrite() // the close_notify; bounded by crypto/tls to 5 s
	}
	_ = s.tcp.CloseWrite()
	s.hasEnded(s.wait)
}

func (s *stream) peerClosed() bool { return s.early || s.hasEnded(0) && s.broken }
