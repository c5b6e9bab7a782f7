package simulate

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// ControlConfig says what the control API of a peer shows and switches.
type ControlConfig struct {
	// Listen is where: "127.0.0.1:0", which empty means as well. Only loopback is taken.
	Listen string
	// Token is what writes want ("Authorization: Bearer TOKEN"): letters, digits and
	// punctuation. Empty means a fresh one, see Control.Token.
	Token string

	Record *Record // of the peer; it must be there
	Faults Switches
	// Mappings is what "GET /v1/mappings" answers with, as JSON. Nil: the peer has none.
	Mappings func() any
	// Reset puts back what the peer has besides record and faults: counters, mappings. It
	// is called after the faults were stopped and before the record is emptied. Nil: nothing.
	Reset func()

	// Patience is how long a client may take for the header of a request, for its body, and
	// to read what it was sent; then its connection is cut. 0 means DefaultPatience.
	Patience time.Duration
	Log      *slog.Logger // nil discards; the token is not among what is logged
}

// Switches are the faults of a peer; *Faults are. Of a nil one there are none.
type Switches interface {
	Known() []Fault
	Start(id string, params map[string]string) error
	Stop(id string)
	Active(id string) (params map[string]string, on bool)
}

// The default and the bounds of the control API.
const (
	DefaultPatience = 10 * time.Second

	maxControlBody  = 64 << 10 // bytes
	maxControlConns = 128      // more are closed at once
	maxFollowers    = 64       // of those, the ones that follow the events
	closeGrace      = time.Second
)

// String is without the token.
func (c ControlConfig) String() string { return fmt.Sprintf("control API on %q", c.Listen) }

// GoString is without the token.
func (c ControlConfig) GoString() string { return c.String() }

// Control is the control API of a simulated peer, over HTTP on a loopback port of its own:
//
//	GET    /v1/health
//	GET    /v1/events?since=SEQ&kind=KIND&follow=true
//	GET    /v1/mappings
//	GET    /v1/faults and /v1/faults/{id}
//	PUT    /v1/faults/{id}   a JSON object of parameters, or nothing
//	DELETE /v1/faults/{id}
//	POST   /v1/reset
//
// Whoever is on this host may read; to write one has to know the token. The page of a
// website, in a browser on this host, can do neither: the Host header must name loopback,
// and no header allows the page to see an answer. What goes wrong is answered with
// {"error": "…"}.
type Control struct {
	config   ControlConfig
	token    func() string // so that printing a Control does not print it
	listener net.Listener
	server   *http.Server
	started  time.Time

	// writes is held while a fault is switched or all is reset: a fault that is started
	// meanwhile is on or off afterwards, and its event there or not, as a whole.
	writes    sync.Mutex
	followers chan struct{} // holds one for each

	stop    context.CancelFunc
	running sync.WaitGroup
}

// StartControl listens and serves until Close, or until ctx ends. The error says what is
// wrong with the configuration, or names the address that could not be bound.
func StartControl(ctx context.Context, config ControlConfig) (*Control, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("control API: %w", err)
	}
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("control API: %w", err)
	}
	token := config.Token
	config.Token = ""
	c := &Control{
		config: config, token: func() string { return token }, listener: listener, started: time.Now(),
		followers: make(chan struct{}, maxFollowers),
	}
	ctx, c.stop = context.WithCancel(ctx)
	c.serve(ctx)
	return c, nil
}

func (c ControlConfig) withDefaults() (ControlConfig, error) {
	if c.Record == nil {
		return c, errors.New("no record to show")
	}
	host, port, err := net.SplitHostPort(cmp.Or(c.Listen, "127.0.0.1:0"))
	if err != nil {
		return c, fmt.Errorf("listen %q: want host:port, such as 127.0.0.1:0", c.Listen)
	}
	host = cmp.Or(host, "127.0.0.1")
	if !isLoopback(host) {
		return c, fmt.Errorf("listen %q: only loopback, such as 127.0.0.1:0: whoever reaches the port may read", c.Listen)
	}
	if strings.ContainsFunc(c.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return c, errors.New("the token holds what a header cannot: want letters, digits and punctuation")
	}
	if c.Patience < 0 {
		return c, fmt.Errorf("patience %v is below 0", c.Patience)
	}
	c.Listen = net.JoinHostPort(host, port)
	c.Token = cmp.Or(c.Token, rand.Text())
	c.Patience = cmp.Or(c.Patience, DefaultPatience)
	if c.Faults == nil {
		c.Faults = NewFaults(nil)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// isLoopback says whether a host, without port and brackets, can only be this one.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// serve starts the server and what ends it. Close waits for both, and for each connection.
func (c *Control) serve(ctx context.Context) {
	c.server = &http.Server{
		Handler:           c.handler(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: c.config.Patience,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(c.config.Log.Handler(), slog.LevelDebug),
	}
	listener := &few{Listener: c.listener, places: make(chan struct{}, maxControlConns), running: &c.running}
	served := make(chan struct{})
	c.running.Go(func() {
		defer close(served)
		_ = c.server.Serve(listener) // it ends when it is closed
	})
	c.running.Go(func() {
		<-ctx.Done()
		// Who follows is told by ctx; the answer then ends as it should, if it is being read.
		within, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		_ = c.server.Shutdown(within)
		<-served // or Close would miss a connection that was just accepted
		_ = c.server.Close()
	})
}

// Close ends the answers that are under way, at most a second later their connections, and
// returns when nothing of the API runs any more. Its error is always nil. It may be called
// more than once.
func (c *Control) Close() error {
	c.stop()
	c.running.Wait()
	return nil
}

// Addr is where the API is bound.
func (c *Control) Addr() net.Addr { return c.listener.Addr() }

// Token is what writes have to know.
func (c *Control) Token() string { return c.token() }

// String is without the token.
func (c *Control) String() string { return "control API at " + c.Addr().String() }
