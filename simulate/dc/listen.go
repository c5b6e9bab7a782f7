package dc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const (
	udp = "udp"
	tcp = "tcp"

	maxMessage = 64 << 10 // bytes of a request; a longer one ends its connection
)

// sockets are the two sides of the port.
type sockets struct {
	udp net.PacketConn
	tcp net.Listener
}

func (s *sockets) close() {
	_ = s.udp.Close()
	_ = s.tcp.Close()
}

// portTries is how often a free port is looked for that is free for both transports.
const portTries = 20

func listen(address string) (*sockets, error) {
	var last error
	for range portTries {
		l, err := net.Listen(tcp, address)
		if err != nil {
			return nil, err
		}
		u, err := net.ListenPacket(udp, l.Addr().String())
		if err == nil {
			return &sockets{u, l}, nil
		}
		_ = l.Close()
		last = err
		if _, port, _ := net.SplitHostPort(address); port != "0" {
			break
		}
	}
	return nil, fmt.Errorf("a port that is free for udp as well as tcp: %w", last)
}

// maxReadErrors ends a reader whose socket is broken.
const maxReadErrors = 100

func (dc *DC) readUDP(ctx context.Context, conn net.PacketConn) {
	buffer := make([]byte, maxMessage)
	for bad := 0; bad < maxReadErrors; {
		n, from, err := conn.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // on Windows, the answer to a client that is gone
			bad++
			dc.config.Log.Warn("read datagram", "error", err)
			continue
		}
		bad = 0
		message := append([]byte(nil), buffer[:n]...)
		select {
		case dc.datagrams <- struct{}{}:
		case <-ctx.Done():
			return
		}
		dc.running.Go(func() {
			defer func() { <-dc.datagrams }()
			if out := dc.handle(ctx, message, udp, from.String()); out != nil {
				_, _ = conn.WriteTo(out, from) // the client may be gone
			}
		})
	}
}

func (dc *DC) acceptTCP(ctx context.Context, l net.Listener) {
	for bad := 0; bad < maxReadErrors; {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			bad++
			dc.config.Log.Warn("accept", "error", err)
			continue
		}
		bad = 0
		if !dc.conns.add(conn) {
			_ = conn.Close()
			continue
		}
		dc.note(KindConnection, map[string]any{"source": conn.RemoteAddr().String()})
		dc.running.Go(func() {
			defer dc.conns.drop(conn)
			dc.converse(ctx, conn)
		})
	}
}

// converse answers requests on a connection until the client ends it.
func (dc *DC) converse(ctx context.Context, conn net.Conn) {
	for {
		_ = conn.SetReadDeadline(time.Now().Add(idle))
		message, err := readMessage(conn)
		if err != nil {
			return
		}
		out := dc.handle(ctx, message, tcp, conn.RemoteAddr().String())
		if out == nil { // silent, and the connection stays open until the client gives up
			_ = conn.SetReadDeadline(time.Time{})
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		if !dc.write(conn, out) {
			return
		}
	}
}

func readMessage(conn net.Conn) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length == 0 || length > maxMessage {
		return nil, errors.New("no length of a request")
	}
	message := make([]byte, length)
	_, err := io.ReadFull(conn, message)
	return message, err
}

// huge is the length that a KDC announces under FaultHugeLength: two gigabytes.
const huge = 0x7fffffff

// write says whether the connection can go on.
func (dc *DC) write(conn net.Conn, out []byte) bool {
	e := dc.faults.Now()
	length := uint32(len(out))
	if e.huge {
		length = huge
	}
	message := append(binary.BigEndian.AppendUint32(nil, length), out...)
	if e.cut {
		message = message[:len(message)/2]
	}
	_, err := conn.Write(message)
	return err == nil && !e.cut
}

// conns are the open TCP connections.
type conns struct {
	mu     sync.Mutex // guards what follows
	open   map[net.Conn]bool
	closed bool
}

func (c *conns) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.open) >= maxConns {
		return false
	}
	c.open[conn] = true
	return true
}

func (c *conns) drop(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// close ends all connections, and those to come.
func (c *conns) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for conn := range c.open {
		_ = conn.Close()
	}
}
