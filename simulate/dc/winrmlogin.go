package dc

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

const schemeBasic = "Basic"

func authScheme(authorization string) string {
	scheme, _, _ := strings.Cut(authorization, " ")
	return scheme[:min(len(scheme), 20)]
}

// offered are the schemes of a 401, one line each: a scheme that is off has none.
func (c *winrmConn) offered(e *winrmEffects) (schemes []string) {
	w := c.winrm
	if !w.NoKerberos && !e.noKerberos {
		schemes = append(schemes, string(wsman.Negotiate), string(wsman.Kerberos))
	}
	// That Basic is not offered where nothing protects it is inferred.
	if (w.Basic || e.basic) && !e.noBasic && (c.transport == transportHTTPS || c.allowsUnencrypted(e)) {
		schemes = append(schemes, schemeBasic)
	}
	return schemes
}

func (c *winrmConn) offers(scheme string, e *winrmEffects) bool {
	for _, s := range c.offered(e) {
		if strings.EqualFold(s, scheme) {
			return true
		}
	}
	return false
}

// unauthorized is a 401. A token tells the client why its own was not taken; that Windows sends it is inferred.
func (c *winrmConn) unauthorized(e *winrmEffects, scheme string, token []byte) *webAnswer {
	a := &webAnswer{status: http.StatusUnauthorized}
	for _, s := range c.offered(e) {
		value := s
		if s == schemeBasic {
			value = `Basic realm="WSMAN"`
		}
		if token != nil && strings.EqualFold(s, scheme) {
			value += " " + base64.StdEncoding.EncodeToString(token)
		}
		a.header = append(a.header, [2]string{"WWW-Authenticate", value})
	}
	return a
}

// authenticate finds out who asks. token is what an answer proves the server with.
func (c *winrmConn) authenticate(req webRequest, e *winrmEffects, note map[string]any) (who, token string, refused *webAnswer) {
	authorization := req.Header.Get("Authorization")
	if authorization == "" {
		if c.client != "" {
			return c.client, "", nil
		}
		return "", "", c.unauthorized(e, "", nil)
	}
	scheme, value, _ := strings.Cut(authorization, " ")
	if !c.offers(scheme, e) {
		note["reason"] = "the scheme is not offered"
		return "", "", c.unauthorized(e, "", nil)
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		note["reason"] = "no base64"
		return "", "", c.unauthorized(e, "", nil)
	}
	if strings.EqualFold(scheme, schemeBasic) {
		if who, why := c.winrm.basic(string(data), c.source, e); why != "" {
			note["reason"] = why
		} else {
			return who, "", nil
		}
		return "", "", c.unauthorized(e, "", nil)
	}
	c.client, c.sealing = "", nil // a new log-in takes the place of the old one
	as := wsman.Negotiate
	if strings.EqualFold(scheme, string(wsman.Kerberos)) {
		as = wsman.Kerberos
	}
	got, reply, err := c.accept(data, e)
	if err != nil {
		var found *kerberos.GSSError
		if errors.As(err, &found) {
			note["failure"] = string(found.Failure)
		}
		note["reason"] = err.Error()
		if e.silentRefusal {
			reply = nil
		}
		return "", "", c.unauthorized(e, string(as), reply)
	}
	c.bind(got.Client.String(), got.Context, as)
	note["bound"] = got.Bound
	c.winrm.log.logOn(c.winrm.now(e), c.winrm.dc.config, got.Client.NameString(), c.source, "Kerberos")
	if reply == nil {
		return c.client, "", nil
	}
	return c.client, string(as) + " " + base64.StdEncoding.EncodeToString(reply), nil
}

var errTicketRefused = errors.New("the fault refuses the ticket")

// accept takes a token, with the bindings as CbtHardeningLevel says.
func (c *winrmConn) accept(token []byte, e *winrmEffects) (got *kerberos.Accepted, reply []byte, err error) {
	w := c.winrm
	if e.wrongKey {
		return w.other.Accept(token)
	}
	level := w.Bindings
	if e.bindings != "" {
		level = e.bindings
	}
	if c.bindings == nil { // without TLS there is no channel
		level = BindingsNone
	}
	switch level {
	case BindingsStrict:
		got, reply, err = w.boundTo(c.bindings).Accept(token)
	default:
		got, reply, err = w.plain.Accept(token)
		if err == nil && got.Bound && level == BindingsRelaxed {
			got, reply, err = w.boundTo(c.bindings).Accept(token)
		}
	}
	if err == nil && e.refuseTickets {
		return nil, nil, errTicketRefused
	}
	return got, reply, err
}

// boundTo is the acceptor of a TLS connection. There is one for each certificate, as it has to remember.
func (w *winrm) boundTo(bindings []byte) *kerberos.Acceptor {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.bound[string(bindings)]
	if !ok {
		a = kerberos.NewAcceptor(kerberos.AcceptorConfig{Keytab: w.keytab(false), Now: w.acceptorClock, Bindings: bindings})
		w.bound[string(bindings)] = a
	}
	return a
}

// basic looks at a password; why is empty if it is taken.
func (w *winrm) basic(pair, source string, e *winrmEffects) (who, why string) {
	name, word, ok := strings.Cut(pair, ":")
	if !ok {
		return "", "no colon between name and password"
	}
	if w.MemberServer || e.memberServer {
		return "", "no local account of that name"
	}
	a, ok := w.dc.directory.basicAccount(name)
	if !ok {
		return "", "no such account"
	}
	now := w.dc.config.Now().UTC()
	if s := a.state(now); s != Usable {
		return "", "the account is " + string(s)
	}
	if e.refusePasswords {
		return "", "the fault refuses the password"
	}
	if subtle.ConstantTimeCompare([]byte(word), []byte(a.config.Password.Reveal())) != 1 {
		w.dc.countBad(arrival{now: now}, a)
		return "", "wrong password"
	}
	a.goodPassword()
	w.log.logOn(w.now(e), w.dc.config, a.config.Name, source, "NTLM")
	return a.config.Name + "@" + w.dc.config.Realm, ""
}

// basicAccount finds an account by DOMAIN\user, user@domain or user.
func (d *directory) basicAccount(name string) (*account, bool) {
	if domain, user, ok := strings.Cut(name, `\`); ok {
		if !d.isOurs(domain) {
			return nil, false
		}
		a, ok := d.byName[strings.ToLower(user)]
		return a, ok
	}
	return d.client(kerberos.Principal{Name: []string{name}})
}
