package simulate

import (
	"net"
	"sync"
)

// few is a listener that closes connections beyond a number at once. Each that it lets
// through is waited for until it was closed.
type few struct {
	net.Listener
	places  chan struct{} // holds one for each connection
	running *sync.WaitGroup
}

func (f *few) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case f.places <- struct{}{}:
			f.running.Add(1) // under the goroutine that accepts, which is waited for itself
			return &placed{Conn: conn, gone: sync.OnceFunc(func() { <-f.places; f.running.Done() })}, nil
		default:
			_ = conn.Close()
		}
	}
}

// placed is a connection that gives its place back when it is closed.
type placed struct {
	net.Conn
	gone func()
}

func (p *placed) Close() error {
	defer p.gone()
	return p.Conn.Close()
}
