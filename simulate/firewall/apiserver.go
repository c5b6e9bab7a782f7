package firewall

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// idleTimeout is how long a connection to the API may lie idle between requests.
const idleTimeout = 2 * time.Minute

// newServer is the XML API. It speaks HTTP/1.1 alone: nothing is known of a firewall that
// would speak another.
func (fw *Firewall) newServer() *http.Server {
	mux := http.NewServeMux()
	for _, path := range []string{"/api", "/api/"} {
		mux.HandleFunc("GET "+path, fw.exactly(path))
		mux.HandleFunc("POST "+path, fw.exactly(path))
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           mux,
		Protocols:         protocols,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{fw.goodAPI}},
		ReadHeaderTimeout: fw.config.HandshakeTimeout,
		// No ReadTimeout: when it ends it also ends the context of a request that is being
		// answered slowly. serveRequest has a deadline of its own for the body.
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(fw.config.Log.Handler(), slog.LevelDebug),
	}
}

// exactly answers one path: a pattern that ends in a slash matches what is below, too.
func (fw *Firewall) exactly(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		if !fw.serveRequest(w, r) {
			panic(http.ErrAbortHandler) // or net/http would answer with an empty success
		}
	}
}

// serveAPI starts the server. Its connections end with ctx and are waited for.
func (fw *Firewall) serveAPI(ctx context.Context) {
	fw.server.BaseContext = func(net.Listener) context.Context { return ctx }
	fw.server.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew: // called by the goroutine that accepts, which is waited for itself
			fw.running.Add(1)
		case http.StateClosed, http.StateHijacked:
			fw.running.Done()
		}
	}
	listener := &bounded{Listener: fw.api, conns: newConnections(fw.config.MaxConnections), refused: func(conn net.Conn, reason string) {
		fw.refused(conn, "api", reason)
	}}
	fw.running.Go(func() { _ = fw.server.ServeTLS(listener, "", "") }) // it ends when it is closed
}

// bounded is a listener that resets connections beyond a number.
type bounded struct {
	net.Listener
	conns   *connections
	refused func(net.Conn, string)
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		reason := b.conns.add(conn)
		if reason == "" {
			return &counted{Conn: conn, gone: sync.OnceFunc(func() { b.conns.remove(conn) })}, nil
		}
		reset(conn)
		b.refused(conn, reason)
	}
}

// counted is a connection that gives its place back when it is closed.
type counted struct {
	net.Conn
	gone func()
}

func (c *counted) Close() error {
	c.gone()
	return c.Conn.Close()
}
