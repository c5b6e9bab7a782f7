package wsman

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// BasicLogin is a password that goes with every request, in the clear within TLS.
type BasicLogin struct {
	User, Password string
	Offered        Challenges // of an answer of this server: Basic has to be among them
}

// Format keeps the password out of every verb.
func (b BasicLogin) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "basic log-in of %q", b.User) }

// What UseBasic refuses.
var (
	ErrBasicUnprotected = errors.New("basic authentication goes over TLS alone")
	ErrBasicUnverified  = errors.New("basic authentication goes to a server alone whose certificate was verified")
	ErrBasicNotOffered  = errors.New("the server does not offer basic authentication")
	errBasicUser        = errors.New("a user's name for basic authentication has no colon, RFC 7617 section 2")
)

// UseBasic makes every later request carry a password, and sends nothing itself: the next request is the one that
// spends it. It refuses with one of the errors ErrBasic… unless the connection is TLS, the certificate was verified
// (by crypto/tls, or by a VerifyConnection of the configuration) and the server offered Basic.
func (c *Conn) UseBasic(login BasicLogin) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	state, secure := c.TLS()
	var refused error
	switch {
	case !secure:
		refused = ErrBasicUnprotected
	case len(state.VerifiedChains) == 0 && c.cfg.TLS.VerifyConnection == nil:
		refused = ErrBasicUnverified
	case !login.Offered.Has("Basic"):
		refused = ErrBasicNotOffered
	case strings.Contains(login.User, ":"):
		refused = errBasicUser
	}
	if refused != nil {
		return fmt.Errorf("%s: %w", c.name, refused)
	}
	c.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(login.User+":"+login.Password))
	return nil
}

// KerberosLogin is a log-in with a ticket.
type KerberosLogin struct {
	Ticket kerberos.Credential // for HTTP/ and the server's name
	Scheme Scheme              // empty means Negotiate
	Now    func() time.Time    // the clock of the authenticator; nil means time.Now
	// Bind ties the log-in to the TLS connection, as CbtHardeningLevel=Strict wants it; it means nothing over HTTP.
	Bind bool
	// NoTab is that of Sealing.
	NoTab bool
}

// maxLegs bounds a log-in: Kerberos takes one, or two where SPNEGO signs its list.
const maxLegs = 3

// Login logs in with Kerberos, mutually, and binds the connection to it: over HTTP every later body is sealed. The
// token goes with an empty POST, as clients do that mean to seal. Over TLS the later requests carry no
// Authorization: clients of Windows rely on that, and OMI takes it; it was not compared with a Windows server.
// The error is a *LoginError, or one of Do.
func (c *Conn) Login(ctx context.Context, login KerberosLogin) error {
	if login.Scheme == "" {
		login.Scheme = Negotiate
	}
	state, secure := c.TLS()
	cfg := kerberos.InitiatorConfig{Ticket: login.Ticket, Now: login.Now, SPNEGO: login.Scheme == Negotiate}
	if login.Bind && secure {
		cfg.Bindings = EndpointBindings(state.PeerCertificates[0])
	}
	initiator, err := kerberos.NewInitiator(cfg)
	if err != nil {
		return fmt.Errorf("%s: log in: %w", c.name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sealer, err := c.handshake(ctx, string(login.Scheme), initiator)
	if err != nil {
		return err
	}
	if !secure {
		c.sealing = &Sealing{Context: sealer, Scheme: login.Scheme, NoTab: login.NoTab}
	}
	return nil
}

func (c *Conn) handshake(ctx context.Context, scheme string, initiator *kerberos.Initiator) (*kerberos.SecurityContext, error) {
	token := initiator.Token()
	for range maxLegs {
		a, err := c.post(ctx, scheme+" "+base64.StdEncoding.EncodeToString(token), ContentSOAP, nil)
		if err != nil {
			return nil, err
		}
		if a.Status != http.StatusUnauthorized && a.Status/100 != 2 {
			return nil, c.status(a)
		}
		got, last, err := initiator.Finish(c.reply(a, scheme))
		switch {
		case err != nil:
			return nil, c.refused(a, scheme, err)
		case last != nil && got != nil:
			return got, c.lastLeg(ctx, scheme, last)
		case last != nil:
			token = last
		case a.Status == http.StatusUnauthorized: // the proof is good, and the answer is no all the same
			return nil, c.refused(a, scheme, nil)
		default:
			return got, nil
		}
	}
	return nil, badFormat("answer", "%s: the log-in does not end", c.name)
}

// lastLeg sends what the server has to have yet, and wants a yes.
func (c *Conn) lastLeg(ctx context.Context, scheme string, token []byte) error {
	a, err := c.post(ctx, scheme+" "+base64.StdEncoding.EncodeToString(token), ContentSOAP, nil)
	if err == nil && a.Status/100 != 2 {
		err = c.refused(a, scheme, nil)
	}
	return err
}

func (c *Conn) reply(a *Answer, scheme string) []byte {
	one, _ := a.Challenges().find(scheme)
	return one.Token
}

// refused makes an error of an answer to a token. A 401 without a token says nothing: what the initiator makes of
// that is not the reason.
func (c *Conn) refused(a *Answer, scheme string, reason error) error {
	c.broken = true
	if a.Status == http.StatusUnauthorized && c.reply(a, scheme) == nil {
		reason = nil
	}
	return &LoginError{Answer: c.status(a), Reason: reason}
}
