package sender

import (
	"errors"
	"net"
	"time"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

// datagrams sends over a connected UDP socket.
type datagrams struct {
	conn    net.Conn
	framing syslog.Framing
	per     int // messages in a datagram
	wait    time.Duration

	buf     []byte
	sent    bool
	refused bool
}

func (d *datagrams) prepare(*Batch) {}

func (d *datagrams) write(b *Batch) (n int, _ *Error) {
	for n < b.Len() {
		size := min(d.per, b.Len()-n)
		if _, err := d.conn.Write(d.datagram(b, n, size)); err != nil {
			return n, d.failed(err, size)
		}
		d.sent = true
		n += size
	}
	return n, nil
}

func (d *datagrams) failed(err error, size int) *Error {
	kind := kindOf(err)
	d.refused = d.refused || kind == Refused
	return &Error{Kind: kind, Lost: size, Gone: errors.Is(err, net.ErrClosed), Err: err}
}

// datagram puts size messages together, from message i on.
func (d *datagrams) datagram(b *Batch, i, size int) []byte {
	if d.framing == syslog.None && size == 1 {
		return b.Message(i)
	}
	d.buf = d.buf[:0]
	for j := range size {
		if j > 0 && d.framing == syslog.None {
			d.buf = append(d.buf, '\n')
		}
		d.buf = syslog.AppendFrame(d.buf, b.Message(i+j), d.framing)
	}
	return d.buf
}

// close first waits a little for the refusal of what was sent last: without another write
// nothing else would tell. Other datagrams that come in meanwhile are not for us.
func (d *datagrams) close() *Error {
	defer d.conn.Close()
	if !d.sent || d.refused || d.wait <= 0 || !reportsRefusal {
		return nil
	}
	_ = d.conn.SetReadDeadline(time.Now().Add(d.wait))
	var ignored [1]byte
	for {
		_, err := d.conn.Read(ignored[:])
		switch {
		case err == nil:
		case kindOf(err) == Refused:
			return &Error{Kind: Refused, Err: err}
		default:
			return nil
		}
	}
}

func (d *datagrams) peerClosed() bool { return false }
