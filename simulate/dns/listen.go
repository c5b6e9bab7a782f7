package dns

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

	maxMessage = 64<<10 - 1 // bytes of a question: a length over TCP has two bytes
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

func (d *Server) readUDP(ctx context.Context, conn net.PacketConn) {
	buffer := make([]byte, maxMessage)
	for bad := 0; bad < maxReadErrors; {
		n, from, err := conn.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // on Windows, the answer to a client that is gone
			bad++
			d.config.Log.Warn("read datagram", "error", err)
			continue
		}
		bad = 0
		message := append([]byte(nil), buffer[:n]...)
		select {
		case d.datagrams <- struct{}{}:
		case <-ctx.Done():
			return
		}
		d.running.Go(func() {
			defer func() { <-d.datagrams }()
			if out := d.handle(ctx, message, udp, from.String()); out.bytes != nil {
				_, _ = conn.WriteTo(out.bytes, from) // the client may be gone
			}
		})
	}
}

func (d *Server) acceptTCP(ctx context.Context, l net.Listener) {
	for bad := 0; bad < maxReadErrors; {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			bad++
			d.config.Log.Warn("accept", "error", err)
			continue
		}
		bad = 0
		if !d.conns.add(conn) {
			_ = conn.Close()
			continue
		}
		d.note(KindConnection, map[string]any{"source": conn.RemoteAddr().String()})
		d.running.Go(func() {
			defer d.conns.drop(conn)
			d.converse(ctx, conn)
		})
	}
}

// converse answers questions on a connection until the client ends it, or a fault does.
func (d *Server) converse(ctx context.Context, conn net.Conn) {
	for {
		_ = conn.SetReadDeadline(time.Now().Add(idle))
		message, err := readMessage(conn)
		if err != nil {
			return
		}
		out := d.handle(ctx, message, tcp, conn.RemoteAddr().String())
		if out.hangUp {
			return
		}
		if out.bytes == nil { // silent, and the connection stays open until the client gives up
			_ = conn.SetReadDeadline(time.Time{})
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out.bytes))), out.bytes...)); err != nil {
			return
		}
	}
}

func readMessage(conn net.Conn) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(head[:]))
	_, err := io.ReadFull(conn, message)
	return message, err
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
