package directory

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Dial connects, logs in with the ticket and asks the server what it is. The error is an *Error, but for a
// Config that cannot be used. ctx is for Dial alone; each question has its own.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	if cfg.Host == "" || len(cfg.Ticket.Ticket) == 0 {
		return nil, fmt.Errorf("directory %s: it takes the server's name and a ticket for it", cfg.Address)
	}
	c := &Conn{server: "ldap " + cfg.Address}
	if cfg.TLS != nil {
		c.server = "ldaps " + cfg.Address
	}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, c.fail(ctx, "dial", Closed, err)
	}
	if err := c.open(ctx, cfg, raw); err != nil {
		_ = raw.Close()
		if c.ldap != nil {
			_ = c.Close()
		}
		return nil, err
	}
	return c, nil
}

func (c *Conn) open(ctx context.Context, cfg Config, raw net.Conn) error {
	login := login{ticket: cfg.Ticket, now: cfg.Now}
	if cfg.TLS != nil {
		secured, err := c.handshake(ctx, cfg, raw)
		if err != nil {
			return err
		}
		login.overTLS, login.bindings = true, endPoint(secured.ConnectionState())
		raw = secured
	}
	c.wire = &wireConn{Conn: raw}
	c.ldap = ldap.NewConn(c.wire, cfg.TLS != nil)
	c.ldap.Start()
	err := c.do(ctx, "bind", func() error { return c.ldap.GSSAPIBind(&login, cfg.Ticket.Service.NameString(), "") })
	if err != nil {
		return err
	}
	if cfg.TLS == nil {
		c.wire.seal(login.context, login.frame)
	}
	return c.identify(ctx)
}

func (c *Conn) handshake(ctx context.Context, cfg Config, raw net.Conn) (*tls.Conn, error) {
	t := cfg.TLS.Clone()
	if t.ServerName == "" {
		t.ServerName = cfg.Host
	}
	secured := tls.Client(raw, t)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, c.fail(ctx, "TLS handshake", NoTLS, err)
	}
	return secured, nil
}

// identify reads the root DSE, RFC 4512 section 5.1.
func (c *Conn) identify(ctx context.Context) error {
	e, err := c.one(ctx, question{doing: "read what the server is", only: true, filter: "(objectClass=*)",
		attributes: []string{"defaultNamingContext", "configurationNamingContext", "dnsHostName", "currentTime"}})
	if err != nil {
		return err
	}
	c.root = Root{Domain: e.text("defaultNamingContext"), Configuration: e.text("configurationNamingContext"), Host: e.text("dnsHostName")}
	c.root.Time, _ = time.Parse("20060102150405.0Z", e.text("currentTime"))
	if c.root.Domain == "" {
		return &Error{Server: c.server, Doing: "read what the server is", Reason: Malformed, Text: "it names no domain"}
	}
	return nil
}
