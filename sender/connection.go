package sender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

// Connection says where messages go and how.
type Connection struct {
	To Destination
	// Source is the address to send from; the zero Addr leaves it to the system. A firewall
	// knows a sender by this address.
	Source netip.Addr
	// Framing tells messages apart. Empty is syslog.LF for TCP and TLS and syslog.None for UDP.
	Framing syslog.Framing
	// PerDatagram is the number of messages in each datagram; 0 is 1. Without a framing they
	// are joined by LF. UDP only.
	PerDatagram int
	TLS         TLSConfig

	DialTimeout  time.Duration // to resolve, connect and shake hands; 0 is DefaultTimeout
	WriteTimeout time.Duration // for a batch to be taken; 0 is DefaultTimeout
	// CloseWait is how long Close waits for what the peer says last: for UDP, that it
	// refuses; else, that it closes too. 0 is DefaultCloseWait, less is not to wait.
	CloseWait time.Duration
}

// The defaults of the times.
const (
	DefaultTimeout   = 5 * time.Second
	DefaultCloseWait = 300 * time.Millisecond
)

// TLSConfig says how TLS is spoken. The zero value verifies the peer with the system's
// roots, for the host of the destination.
type TLSConfig struct {
	Roots       *x509.CertPool   // nil is the system's
	Certificate *tls.Certificate // the client's, for a peer that asks; nil is none
	ServerName  string           // the name that the certificate must be for; empty is the destination's host
	MinVersion  uint16           // tls.VersionTLS12 and so on; 0 is TLS 1.2
	MaxVersion  uint16           // 0 is the newest
	// SkipVerify takes any certificate. TLSState says so, for reports to be loud about.
	SkipVerify bool
}

// TLSState is what a handshake came to.
type TLSState struct {
	Version     string    `json:"version"` // "TLS 1.3"
	Cipher      string    `json:"cipher"`
	ServerName  string    `json:"server_name"`
	PeerSubject string    `json:"peer_subject"`
	PeerIssuer  string    `json:"peer_issuer"`
	PeerExpires time.Time `json:"peer_expires"`
	Verified    bool      `json:"verified"` // false only with SkipVerify
}

// withDefaults fills in what is zero, or says what cannot be.
func (c Connection) withDefaults() (Connection, error) {
	if c.Framing == "" {
		c.Framing = syslog.LF
		if c.To.Scheme == UDP {
			c.Framing = syslog.None
		}
	}
	if c.PerDatagram == 0 {
		c.PerDatagram = 1
	}
	for _, d := range []*time.Duration{&c.DialTimeout, &c.WriteTimeout} {
		if *d == 0 {
			*d = DefaultTimeout
		}
	}
	if c.CloseWait == 0 {
		c.CloseWait = DefaultCloseWait
	}
	return c, c.check()
}

func (c Connection) check() error {
	if _, err := syslog.ParseFraming(string(c.Framing)); err != nil {
		return err
	}
	stream := c.To.Scheme == TLS || c.To.Scheme == TCP
	switch {
	case !stream && c.To.Scheme != UDP:
		return fmt.Errorf("no transport is called %q", c.To.Scheme)
	case c.PerDatagram < 0:
		return fmt.Errorf("%d messages in a datagram", c.PerDatagram)
	case stream && c.PerDatagram > 1:
		return fmt.Errorf("%s has no datagrams to put %d messages in", c.To.Scheme, c.PerDatagram)
	case stream && c.Framing == syslog.None:
		return fmt.Errorf("messages over %s want a framing", c.To.Scheme)
	case c.DialTimeout < 0 || c.WriteTimeout < 0:
		return errors.New("a time limit is below 0")
	}
	return nil
}

// Conn is an open way to one address, a Transport. Write and Close may not be called
// concurrently; whoever dials closes.
type Conn struct {
	config Connection
	guard  guard
	link   link
	local  netip.AddrPort
	remote netip.AddrPort
	tls    *TLSState

	close    sync.Once
	closeErr error
}

// link is what differs between datagrams and streams.
type link interface {
	prepare(b *Batch)                   // does what takes no waiting, before the clock of the write starts
	write(b *Batch) (n int, err *Error) // Op and Destination are filled in by Conn
	close() *Error
	peerClosed() bool
}

// Dial opens the way to c.To. A host name is resolved, and refused unless it has exactly
// one address of a family that fits c.Source: which of several was tested would be a
// matter of luck. An error is an *Error, or plain when c itself is wrong. UDP "connects"
// to anybody: that nobody listens shows later, if at all.
func Dial(ctx context.Context, c Connection) (*Conn, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, c.DialTimeout)
	defer cancel()
	conn := &Conn{config: c}
	if err := conn.dial(limited); err != nil {
		if e := (*Error)(nil); errors.As(err, &e) {
			e.Op, e.Destination, e.Gone = "dial", c.To.String(), true
			e.outOf(c.DialTimeout)
			if e.Kind == Timeout || e.Kind == Other {
				e.endedBy(ctx)
			}
		}
		return nil, err
	}
	return conn, nil
}

func (c *Conn) dial(ctx context.Context) error {
	address, err := resolve(ctx, c.config)
	if err != nil {
		return err
	}
	c.remote = netip.AddrPortFrom(address, c.config.To.Port)
	socket, err := c.config.dialer().DialContext(ctx, c.config.network(), c.remote.String())
	if err != nil {
		return &Error{Kind: kindOf(err), Err: err}
	}
	c.guard.conn = socket
	if udp, ok := socket.LocalAddr().(*net.UDPAddr); ok {
		c.local = udp.AddrPort()
		c.link = &datagrams{conn: socket, framing: c.config.Framing, per: c.config.PerDatagram, wait: c.config.CloseWait}
		return nil
	}
	c.local = socket.LocalAddr().(*net.TCPAddr).AddrPort()
	s := &stream{tcp: socket.(*net.TCPConn), conn: socket, framing: c.config.Framing, wait: c.config.CloseWait}
	if c.config.To.Scheme == TLS {
		if s.conn, c.tls, err = handshake(ctx, socket, c.config); err != nil {
			_ = socket.Close()
			return err
		}
	}
	s.start()
	c.link = s
	return nil
}

func (c Connection) network() string {
	if c.To.Scheme == UDP {
		return "udp"
	}
	return "tcp"
}

func (c Connection) dialer() *net.Dialer {
	d := &net.Dialer{}
	if !c.Source.IsValid() {
		return d
	}
	from := netip.AddrPortFrom(c.Source, 0)
	if d.LocalAddr = net.Addr(net.TCPAddrFromAddrPort(from)); c.To.Scheme == UDP {
		d.LocalAddr = net.UDPAddrFromAddrPort(from)
	}
	return d
}

// resolve finds the one address of the host.
func resolve(ctx context.Context, c Connection) (netip.Addr, error) {
	if a, err := netip.ParseAddr(c.To.Host); err == nil {
		return a, nil
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, family(c.Source), c.To.Host)
	if err != nil {
		kind := Resolve
		if ctx.Err() != nil {
			kind = Timeout
		}
		return netip.Addr{}, &Error{Kind: kind, Err: err}
	}
	if err := onlyOne(c.To.Host, all); err != nil {
		return netip.Addr{}, &Error{Kind: Resolve, Err: err}
	}
	return all[0].Unmap(), nil
}

// family is the kind of address that a source can send to.
func family(source netip.Addr) string {
	switch {
	case source.Is4():
		return "ip4"
	case source.Is6():
		return "ip6"
	}
	return "ip"
}

func onlyOne(host string, all []netip.Addr) error {
	if len(all) == 1 {
		return nil
	}
	var words []string
	for _, a := range all {
		words = append(words, a.Unmap().String())
	}
	return fmt.Errorf("%s has %d addresses (%s); name one of them", host, len(all), strings.Join(words, ", "))
}

// Write hands over a batch, within WriteTimeout and ctx. See Transport. After an *Error
// that is Gone the connection can only be closed.
func (c *Conn) Write(ctx context.Context, b *Batch) (n int, err error) {
	if ctx.Err() != nil {
		e := &Error{Kind: Timeout, Op: "write", Destination: c.config.To.String(), Lost: b.Len()}
		e.endedBy(ctx)
		return 0, e
	}
	c.link.prepare(b)
	leave := c.guard.enter(ctx, c.config.WriteTimeout)
	n, e := c.link.write(b)
	leave()
	if e == nil {
		return n, nil
	}
	e.Op, e.Destination = "write", c.config.To.String()
	if e.Kind == Timeout || e.Kind == PartialWrite {
		e.outOf(c.config.WriteTimeout)
		e.endedBy(ctx)
	}
	return n, e
}

// Close ends the connection in good order (over TLS with a close_notify), waits up to
// CloseWait for the peer's last word, and returns it if it is an error: a refusal of the
// last datagrams, or a reset, after which messages that were handed over may be lost.
// Closing again does nothing and returns the same.
func (c *Conn) Close() error {
	c.close.Do(func() {
		if e := c.link.close(); e != nil {
			e.Op, e.Destination, e.Gone = "close", c.config.To.String(), true
			c.closeErr = e
		}
	})
	return c.closeErr
}

// TLS is what the handshake came to; nil without TLS.
func (c *Conn) TLS() *TLSState { return c.tls }

// LocalAddr is the address that the messages come from.
func (c *Conn) LocalAddr() netip.AddrPort { return c.local }

// RemoteAddr is the address that was dialled.
func (c *Conn) RemoteAddr() netip.AddrPort { return c.remote }

// PeerClosed says whether the peer of a stream closed it before Close was called. What was
// handed over last may then not have been read.
func (c *Conn) PeerClosed() bool { return c.link.peerClosed() }

// unit is the number of messages that go together, for Run's pacer.
func (c *Conn) unit() int { return c.config.PerDatagram }
