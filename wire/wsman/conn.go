package wsman

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ConnConfig says where a Conn goes.
type ConnConfig struct {
	Address string // "192.0.2.1:5985"; a name is resolved, so give an address
	// Host is the server's name, for the Host header, the To of messages and TLS; empty means the address's host.
	Host string
	// TLS makes it HTTPS; nil means HTTP. Its ServerName, if empty, is Host. Without a ClientSessionCache, as
	// every connection is a test of its own.
	TLS       *tls.Config
	Path      string // empty means Path
	UserAgent string // empty sends none
	MaxAnswer int    // bytes of a body; 0 means MaxMessage
	// Dial makes the connection; nil means that of net.Dialer, without a proxy.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Conn is one connection to a server, and the log-in that is bound to it. It may be used concurrently, but does
// one thing at a time. After an error of the transport or the format it is of no more use. It prints nothing of
// what it logs in with.
type Conn struct {
	cfg  ConnConfig
	url  string
	host string // with port
	name string // in errors

	mu      sync.Mutex // guards what follows
	conn    net.Conn
	r       *bufio.Reader
	broken  bool
	basic   string   // the Authorization of each request
	sealing *Sealing // nil before a log-in, and with TLS
}

// Format keeps passwords and keys out of every verb.
func (c *Conn) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.name) }

// Connect opens the connection, with its TLS handshake. The error is a *TransportError, or of a configuration that
// cannot be. It ends with ctx.
func Connect(ctx context.Context, cfg ConnConfig) (*Conn, error) {
	c, err := newConn(cfg)
	if err != nil {
		return nil, err
	}
	dial := cfg.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	if c.conn, err = dial(ctx, "tcp", cfg.Address); err != nil {
		return nil, c.failed(Dial, ctxErr(ctx, err))
	}
	if cfg.TLS != nil {
		tlsConfig := cfg.TLS.Clone()
		if tlsConfig.ServerName == "" {
			tlsConfig.ServerName = c.cfg.Host
		}
		secure := tls.Client(c.conn, tlsConfig)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = c.conn.Close()
			return nil, c.failed(Handshake, ctxErr(ctx, err))
		}
		c.conn = secure
	}
	c.r = bufio.NewReader(c.conn)
	return c, nil
}

func newConn(cfg ConnConfig) (*Conn, error) {
	host, port, err := net.SplitHostPort(cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("winrm address %q: %w", cfg.Address, err)
	}
	if cfg.Host == "" {
		cfg.Host = host
	}
	if cfg.Path == "" {
		cfg.Path = Path
	}
	if strings.ContainsFunc(cfg.Host+cfg.Path, func(r rune) bool { return r <= ' ' || r == 0x7f }) ||
		strings.ContainsAny(cfg.UserAgent, "\r\n\x00") {
		return nil, fmt.Errorf("winrm address %q: host %q, path %q or user agent %q has a character that HTTP does not take",
			cfg.Address, cfg.Host, cfg.Path, cfg.UserAgent)
	}
	scheme := "http"
	if cfg.TLS != nil {
		scheme = "https"
	}
	c := &Conn{cfg: cfg, host: net.JoinHostPort(cfg.Host, port), name: "winrm " + scheme + " " + cfg.Address}
	c.url = scheme + "://" + c.host + cfg.Path
	return c, nil
}

// Close closes the connection. A list that is not at its end is not released by it.
func (c *Conn) Close() error { return c.conn.Close() }

// TLS is the state of the handshake; ok is false over HTTP.
func (c *Conn) TLS() (state tls.ConnectionState, ok bool) {
	if t, ok := c.conn.(*tls.Conn); ok {
		return t.ConnectionState(), true
	}
	return state, false
}

func (c *Conn) failed(p Phase, err error) error { return &TransportError{c.name, p, err} }

// ctxErr says that it was the context where it was: the network only says that a deadline is over.
func ctxErr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// past ends every read and write at once.
var past = time.Unix(1, 0)

// post sends one request and reads one answer. The caller holds mu.
func (c *Conn) post(ctx context.Context, authorization, contentType string, body []byte) (*Answer, error) {
	if c.broken {
		return nil, c.failed(Send, ErrUnusable)
	}
	if ctx.Err() != nil {
		return nil, c.failed(Send, context.Cause(ctx))
	}
	c.broken = true // until the answer is there
	if n := c.r.Buffered(); n > 0 {
		return nil, fmt.Errorf("%s: %w", c.name, badFormat("answer", "%d bytes came behind the last one, which nobody asked for", n))
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(past) })
	defer stop()
	if _, err := c.conn.Write(c.request(authorization, contentType, body)); err != nil {
		return nil, c.failed(Send, ctxErr(ctx, err))
	}
	if _, err := c.r.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			err = ErrClosed
		}
		return nil, c.failed(Wait, ctxErr(ctx, err))
	}
	a, err := ReadAnswer(c.r, c.cfg.MaxAnswer)
	if err != nil {
		if _, ok := as[*FormatError](err); ok {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		return nil, c.failed(Receive, ctxErr(ctx, err))
	}
	c.broken = a.Close || !stop() // a deadline may have been set by now
	return a, nil
}

func (c *Conn) request(authorization, contentType string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: Keep-Alive\r\n", c.cfg.Path, c.host)
	for _, h := range [][2]string{{"User-Agent", c.cfg.UserAgent}, {"Authorization", authorization}, {"Content-Type", contentType}} {
		if h[1] != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
		}
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(body))
	b.Write(body)
	return b.Bytes()
}

// status makes an error of an answer that is no message.
func (c *Conn) status(a *Answer) *StatusError {
	return &StatusError{
		Server: c.name, Status: a.Status, Reason: a.Reason, Challenges: a.Challenges(), Location: a.Header.Get("Location"),
		ServerName: a.Header.Get("Server"), Date: a.Date(), Empty: len(a.Body) == 0,
	}
}

// Ask posts nothing, and gives whatever comes: the schemes, the date and the name of the server. An authorization
// that no server knows, such as "None", makes one answer that waits for the client's choice, as OMI does;
// an empty one is not sent. It costs no account anything.
func (c *Conn) Ask(ctx context.Context, authorization string) (*Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.post(ctx, authorization, ContentSOAP, nil)
}

// Do sends a request and reads its response. The error is a *Fault that the server vouches for, a *StatusError,
// a *FormatError or a *TransportError. To and MessageID are filled in where they are empty.
func (c *Conn) Do(ctx context.Context, r Request) (Response, error) {
	if r.To == "" {
		r.To = c.url
	}
	if r.MessageID == "" {
		r.MessageID = NewMessageID()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	contentType, body := ContentSOAP, r.Marshal()
	if c.sealing != nil {
		var err error
		if contentType, body, err = c.sealing.Seal(body); err != nil {
			return Response{}, fmt.Errorf("%s: seal: %w", c.name, err)
		}
	}
	a, err := c.post(ctx, c.basic, contentType, body)
	if err != nil {
		return Response{}, err
	}
	response, err := c.response(a)
	if err == nil {
		err = answers(r, response)
	}
	if _, ok := as[*FormatError](err); ok {
		c.broken = true
		err = fmt.Errorf("%s: %w", c.name, err)
	}
	return response, err
}

// response reads the message of an answer.
func (c *Conn) response(a *Answer) (Response, error) {
	contentType := a.Header.Get("Content-Type")
	if a.Status != http.StatusOK && a.Status != http.StatusInternalServerError || len(a.Body) == 0 {
		return Response{}, c.status(a)
	}
	soap := a.Body
	switch {
	case c.sealing != nil && !IsSealed(contentType):
		return c.unsealed(a)
	case c.sealing != nil:
		var err error
		if soap, err = c.sealing.Open(contentType, a.Body); err != nil {
			return Response{}, err
		}
	case !isSOAP(contentType):
		return Response{}, badFormat("answer", "it is of %.60q, not of SOAP: this is no WS-Management service, or something stands in between", contentType)
	}
	response, err := ReadResponse(soap)
	if f, ok := as[*Fault](err); ok {
		f.Status = a.Status
	} else if err == nil && a.Status != http.StatusOK {
		err = badFormat("answer", "status %d with a message that is no fault", a.Status)
	}
	return response, err
}

// unsealed is an answer in the clear where it should have been sealed. It can be anybody's.
func (c *Conn) unsealed(a *Answer) (Response, error) {
	if a.Status == http.StatusOK {
		return Response{}, badFormat("answer", "it is not sealed, though the log-in is one that seals")
	}
	status := c.status(a)
	if _, err := ReadResponse(a.Body); err != nil {
		status.Unsealed, _ = as[*Fault](err)
	}
	return Response{}, status
}

func isSOAP(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "application/soap+xml" || kind == "text/xml" || kind == "application/xml"
}

// answers holds a response to its request. A server may leave out what it relates to, as OMI does.
func answers(r Request, got Response) error {
	if got.RelatesTo != "" && got.RelatesTo != r.MessageID {
		return badFormat("soap", "it answers message %.60q, and %q was sent", got.RelatesTo, r.MessageID)
	}
	ok := false
	switch r.Operation.(type) {
	case Identify:
		_, ok = got.Result.(Identity)
	case Enumerate:
		b, is := got.Result.(Batch)
		ok = is && !b.Pulled
	case Pull:
		b, is := got.Result.(Batch)
		ok = is && b.Pulled
	case Release:
		_, ok = got.Result.(Released)
	case Get:
		switch got.Result.(type) {
		case Item, Config:
			ok = true
		}
	}
	if !ok {
		return badFormat("soap", "it is no answer to %T", r.Operation)
	}
	return nil
}
