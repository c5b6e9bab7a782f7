package kerberos

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// The bounds of an answer.
const (
	MaxUDP = 64 << 10 // bytes; no datagram is longer
	MaxTCP = 1 << 20  // bytes; a longer announcement is refused before a byte of it is read
)

// KDC is one address of a key distribution center over one transport. It holds no connection
// and may be used concurrently.
type KDC struct {
	Network string // "tcp" or "udp"
	Address string // "192.0.2.1:88"; a name is resolved at each exchange, so give an address
	// Now is the client's clock: of the pre-authentication, of the authenticator and of the
	// checks of a reply. Nil means time.Now.
	Now func() time.Time
}

// String names the KDC in errors, "kdc tcp 192.0.2.1:88".
func (k KDC) String() string { return "kdc " + k.Network + " " + k.Address }

func (k KDC) now() time.Time {
	if k.Now == nil {
		return time.Now().UTC()
	}
	return k.Now().UTC()
}

// Exchange sends a request once and returns the answer's bytes. Its errors are
// *ClientError of Unreachable or Unreadable, which wrap what the network or ctx said. It ends
// with ctx, which is the only bound on the time.
func (k KDC) Exchange(ctx context.Context, request []byte) ([]byte, error) {
	if k.Network != "tcp" && k.Network != "udp" {
		return nil, fmt.Errorf("%v: the network is tcp or udp", k)
	}
	conn, err := new(net.Dialer).DialContext(ctx, k.Network, k.Address)
	if err != nil {
		return nil, k.unreachable("dial", false, ctx, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if k.Network == "udp" {
		return k.datagram(ctx, conn, request)
	}
	return k.stream(ctx, conn, request)
}

func (k KDC) datagram(ctx context.Context, conn net.Conn, request []byte) ([]byte, error) {
	if _, err := conn.Write(request); err != nil {
		return nil, k.unreachable("send request", false, ctx, err)
	}
	answer := make([]byte, MaxUDP)
	n, err := conn.Read(answer)
	if err != nil {
		return nil, k.unreachable("no answer to a datagram", true, ctx, err)
	}
	return answer[:n], nil
}

// stream puts the length in front of the message, RFC 4120 section 7.2.2.
func (k KDC) stream(ctx context.Context, conn net.Conn, request []byte) ([]byte, error) {
	message := append(binary.BigEndian.AppendUint32(nil, uint32(len(request))), request...)
	if n, err := conn.Write(message); err != nil {
		return nil, k.unreachable("send request", n == len(message), ctx, err)
	}
	var head [4]byte
	if n, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, k.unreachable(fmt.Sprintf("read answer: %d of 4 length bytes", n), true, ctx, err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length == 0 || length > MaxTCP {
		return nil, k.fail(Unreachable, "announces an answer of %d bytes; we take 1 to %d", length, MaxTCP)
	}
	answer := make([]byte, length)
	if n, err := io.ReadFull(conn, answer); err != nil {
		return nil, k.unreachable(fmt.Sprintf("read answer: %d of %d bytes", n, length), true, ctx, err)
	}
	return answer, nil
}

func (k KDC) unreachable(detail string, sent bool, ctx context.Context, err error) error {
	if ctx.Err() != nil { // the deadline of the connection is only how ctx ended the call
		err = context.Cause(ctx)
	}
	return &ClientError{KDC: k.String(), Failure: Unreachable, Detail: detail, Sent: sent, Err: err}
}

func (k KDC) unreadable(detail string, err error) error {
	return &ClientError{KDC: k.String(), Failure: Unreadable, Detail: detail, Sent: true, Err: err}
}

func (k KDC) fail(f Failure, format string, a ...any) error {
	return &ClientError{KDC: k.String(), Failure: f, Detail: fmt.Sprintf(format, a...), Sent: true}
}
