package firewall

import (
	"net"
	"sync"
)

// connections are the TCP connections of a listener, so that there is a bound on them and
// all can be ended.
type connections struct {
	limit int

	mu     sync.Mutex // guards what follows
	open   map[net.Conn]bool
	closed bool
}

func newConnections(limit int) *connections {
	return &connections{limit: limit, open: map[net.Conn]bool{}}
}

// add takes a connection in; the reason says why not.
func (c *connections) add(conn net.Conn) (reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return "closing"
	case len(c.open) >= c.limit:
		return "too many connections"
	}
	c.open[conn] = true
	return ""
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// reset ends the connections that which accepts.
func (c *connections) reset(which func(net.Conn) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		if which(conn) {
			reset(conn)
		}
	}
}

// close resets all connections and takes none in any more.
func (c *connections) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.reset(func(net.Conn) bool { return true })
}

// reset closes a TCP connection by RST, without a TLS alert.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
