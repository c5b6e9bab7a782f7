package dns

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// Port is where DNS servers listen, RFC 1035 section 4.2.
const Port = 53

// maxMessage is the longest message there is: a length over TCP has two bytes.
const maxMessage = 64<<10 - 1

// Ask asks one server over UDP and, where its answer was cut, once more over TCP. Its errors are
// those of Query.
func Ask(ctx context.Context, server netip.AddrPort, name string, kind Type) (Answer, error) {
	a, err := Query(ctx, server, "udp", name, kind)
	if err != nil || !a.Truncated {
		return a, err
	}
	return Query(ctx, server, "tcp", name, kind)
}

// Query asks one server once, over "udp" or "tcp". Without EDNS, as the resolver of a Unix system
// asks that is not told otherwise: an answer over UDP has at most 512 bytes. Bytes that answer
// another question are passed over. It ends with ctx, which is the only bound on the time. Its
// errors are *Error, except for a name that cannot be asked for.
func Query(ctx context.Context, server netip.AddrPort, network, name string, kind Type) (Answer, error) {
	wire, err := pack(name)
	if err != nil {
		return Answer{}, err
	}
	if network != "udp" && network != "tcp" {
		return Answer{}, fmt.Errorf("dns %v: the network %q is neither udp nor tcp", server, network)
	}
	q := question{id: randomID(), name: wire, kind: kind}
	message, err := q.encode()
	if err != nil {
		return Answer{}, err
	}
	x := exchange{server: server, network: network, question: q}
	return x.run(ctx, message)
}

// randomID is an identifier that nobody off the path can guess.
func randomID() uint16 {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint16(b[:])
}

// exchange is one question to one server.
type exchange struct {
	server   netip.AddrPort
	network  string
	question question

	passed int    // messages that were passed over
	why    string // what was wrong with the first of them
}

func (x *exchange) run(ctx context.Context, message []byte) (Answer, error) {
	conn, err := new(net.Dialer).DialContext(ctx, x.network, x.server.String())
	if err != nil {
		return Answer{}, x.broken(ctx, "dial", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	read := readDatagram
	if x.network == "tcp" {
		read = readStream
		message = append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
	}
	began := time.Now()
	if _, err := conn.Write(message); err != nil {
		return Answer{}, x.broken(ctx, "send question", err)
	}
	for {
		reply, err := read(conn)
		if err != nil {
			return Answer{}, x.broken(ctx, "read answer", err)
		}
		a, err := decode(reply, x.question)
		var other notOursError
		if errors.As(err, &other) {
			if x.passed++; x.passed == 1 {
				x.why = other.Error()
			}
			continue
		}
		if err != nil {
			return Answer{}, x.fail(Unreadable, fmt.Sprintf("%d bytes that are no answer", len(reply)), err)
		}
		a.Server, a.Network, a.Took = x.server, x.network, time.Since(began)
		return a, nil
	}
}

// broken says what an error of the network, or the end of ctx, comes to.
func (x *exchange) broken(ctx context.Context, doing string, err error) error {
	switch {
	case x.passed > 0:
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return x.fail(Mismatched, fmt.Sprintf("%d messages that answer another question (%s)", x.passed, x.why), err)
	case ctx.Err() != nil: // the deadline of the connection is only how ctx ended the call
		return x.fail(Silent, doing, context.Cause(ctx))
	}
	return x.fail(Unreachable, doing, err)
}

func (x *exchange) fail(f Failure, detail string, err error) error {
	return &Error{Server: x.server, Network: x.network, Failure: f, Detail: detail, Err: err}
}

func readDatagram(conn net.Conn) ([]byte, error) {
	b := make([]byte, maxMessage)
	n, err := conn.Read(b)
	return b[:n], err
}

// readStream reads one message with the length in front, RFC 1035 section 4.2.2.
func readStream(conn net.Conn) ([]byte, error) {
	var head [2]byte
	if n, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, fmt.Errorf("%d of 2 length bytes: %w", n, err)
	}
	b := make([]byte, binary.BigEndian.Uint16(head[:]))
	if n, err := io.ReadFull(conn, b); err != nil {
		return nil, fmt.Errorf("%d of %d bytes: %w", n, len(b), err)
	}
	return b, nil
}
