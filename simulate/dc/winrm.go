package dc

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// WinRM is the WS-Management service of the domain controller. The zero value listens on free ports of 127.0.0.1
// over HTTP and HTTPS, with Kerberos alone: what a Windows server does after "winrm quickconfig", and a listener
// for HTTPS.
type WinRM struct {
	// HTTP and HTTPS are where it listens. Port 0 picks a free one; empty means "127.0.0.1:0", and Off none.
	HTTP, HTTPS string
	// Host is the server's name: in HTTP/host, in the certificate and in the events. Empty means dc1 in the domain.
	Host string

	Basic            bool // service/auth Basic: it is offered over HTTPS, and over HTTP only if unencrypted is allowed
	NoKerberos       bool // service/auth Kerberos and Negotiate are off
	AllowUnencrypted bool // over HTTP, bodies in the clear are taken
	// Bindings is CbtHardeningLevel, how a log-in over HTTPS has to be tied to the TLS connection; empty means
	// BindingsRelaxed, the default of Windows.
	Bindings Bindings
	// MemberServer is a server that is no domain controller: Basic knows its local accounts alone, of which there
	// are none here.
	MemberServer bool
	// Flaw is what is wrong with the certificate from the start; any of certs.
	Flaw certs.Flaw

	// MaxEnvelope is the longest answer, in bytes, whatever a client asks for; 0 means 500 KiB. MaxBatch is the most items
	// of one; 0 means 32000: MaxEnvelopeSizekb and MaxBatchItems of Windows.
	MaxEnvelope, MaxBatch int
	// EnumerationTimeout is how long a list is kept for its next Pull; 0 means a minute, as EnumerationTimeoutms.
	EnumerationTimeout time.Duration
	// Events are in the security log from the start, before those that happen.
	Events []Event
	// Quiet leaves out the events of a made-up office, so that the log holds nothing but Events and what happens here.
	Quiet bool
}

// Off is an address at which nothing listens.
const Off = "off"

// Bindings is a CbtHardeningLevel.
type Bindings string

// The levels, Microsoft, "Installation and configuration for Windows Remote Management".
const (
	BindingsNone    Bindings = "None"    // whatever the client gives
	BindingsRelaxed Bindings = "Relaxed" // a client that gives them has to give the right ones
	BindingsStrict  Bindings = "Strict"  // every client has to give the right ones
)

const (
	defaultMaxEnvelope = 500 << 10
	defaultMaxBatch    = 32000
	maxEnumerations    = 1500 // MaxConcurrentOperationsPerUser
)

func (w WinRM) withDefaults(c Config) WinRM {
	w.HTTP, w.HTTPS = listenAddress(w.HTTP), listenAddress(w.HTTPS)
	w.Host = strings.ToLower(cmp.Or(w.Host, "dc1."+c.Realm))
	w.Bindings = cmp.Or(w.Bindings, BindingsRelaxed)
	w.MaxEnvelope, w.MaxBatch = cmp.Or(w.MaxEnvelope, defaultMaxEnvelope), cmp.Or(w.MaxBatch, defaultMaxBatch)
	w.EnumerationTimeout = cmp.Or(w.EnumerationTimeout, time.Minute)
	return w
}

func listenAddress(address string) string {
	if address == "" {
		return "127.0.0.1:0"
	}
	if strings.HasPrefix(address, ":") {
		return "127.0.0.1" + address
	}
	return address
}

// services are the names that it needs at the KDC, without those that are there.
func (w WinRM) services(have []string) (missing []string) {
	for _, class := range serviceClasses {
		name := class + "/" + w.Host
		there := false
		for _, s := range have {
			there = there || strings.EqualFold(s, name) || class == "HTTP" && strings.EqualFold(s, "host/"+w.Host)
		}
		if !there {
			missing = append(missing, name)
		}
	}
	return missing
}

// serviceClasses are those under which WinRM registers and is asked for.
var serviceClasses = []string{"HTTP", "WSMAN"}

func (w WinRM) check() (errs []error) {
	add := func(format string, a ...any) { errs = append(errs, fmt.Errorf("winrm: "+format, a...)) }
	if w.HTTP == Off && w.HTTPS == Off {
		add("it listens nowhere")
	}
	if w.Bindings != BindingsNone && w.Bindings != BindingsRelaxed && w.Bindings != BindingsStrict {
		add("bindings %q: there are %s, %s, %s", w.Bindings, BindingsNone, BindingsRelaxed, BindingsStrict)
	}
	if w.HTTPS != Off && !certs.Permits(w.Host) {
		add("host %q: a test CA must not vouch for it; choose a name for documentation, or HTTPS off", w.Host)
	}
	if w.MaxEnvelope < minEnvelope || w.MaxBatch < 1 || w.EnumerationTimeout < 0 {
		add("a bound that is too small")
	}
	if _, ok := certs.FindFlaw(w.Flaw); !ok && w.Flaw != certs.NoFlaw {
		add("unknown flaw %q", w.Flaw)
	}
	for i, e := range w.Events {
		if e.Code <= 0 || e.Code > 0xffff {
			add("event %d: code %d", i+1, e.Code)
		}
	}
	return errs
}

// winrm is a running one.
type winrm struct {
	WinRM
	dc   *DC
	pki  pki
	log  securityLog
	open enumerations
	// plain and bound judge the same log-in where bindings are looked at only if they are given: an acceptor
	// takes no token twice, so there are two.
	plain *kerberos.Acceptor

	mu    sync.Mutex // guards what follows
	http  *door      // nil if there is none
	https *door
	bound map[string]*kerberos.Acceptor // by what the TLS connection is
	other *kerberos.Acceptor            // that opens no ticket
}

// door is one of the ports.
type door struct {
	transport string // transportHTTP or transportHTTPS
	addr      string
	listener  net.Listener // nil while it is closed
}

const (
	transportHTTP  = "http"
	transportHTTPS = "https"
)

func startWinRM(dc *DC) (*winrm, error) {
	w := &winrm{WinRM: *dc.config.WinRM, dc: dc, bound: map[string]*kerberos.Acceptor{}}
	if err := w.pki.mint(w.Host, w.Flaw); err != nil {
		return nil, err
	}
	w.log.begin(w.WinRM, dc.config, w.now(&winrmEffects{}))
	w.plain = kerberos.NewAcceptor(kerberos.AcceptorConfig{Keytab: w.keytab(false), Now: w.acceptorClock})
	w.other = kerberos.NewAcceptor(kerberos.AcceptorConfig{Keytab: w.keytab(true), Now: w.acceptorClock})
	for _, d := range []struct {
		transport, address string
		door               **door
	}{{transportHTTP, w.HTTP, &w.http}, {transportHTTPS, w.HTTPS, &w.https}} {
		if d.address == Off {
			continue
		}
		l, err := net.Listen(tcp, d.address)
		if err != nil {
			w.close()
			return nil, fmt.Errorf("winrm %s: %w", d.transport, err)
		}
		*d.door = &door{transport: d.transport, addr: l.Addr().String(), listener: l}
	}
	return w, nil
}

// keytab holds the keys of the names under which clients ask, or others that open nothing.
func (w *winrm) keytab(wrong bool) (kt kerberos.Keytab) {
	for _, class := range serviceClasses {
		name := kerberos.Principal{Type: kerberos.NameService, Name: []string{class, w.Host}, Realm: w.dc.config.Realm}
		s, _, ok := w.dc.directory.service(name)
		if !ok {
			continue // withDefaults has added those that were missing
		}
		if wrong {
			s = newService(name)
		}
		kt.Entries = append(kt.Entries, w.dc.keytab(name, s.keys, 1).Entries...)
	}
	return kt
}

// now is the server's clock, which a fault can put off by itself.
func (w *winrm) now(e *winrmEffects) time.Time { return w.dc.config.Now().UTC().Add(e.offset) }

func (w *winrm) acceptorClock() time.Time { return w.now(&w.dc.faults.Now().winrm) }

func (w *winrm) doors() (list []*door) {
	for _, d := range []*door{w.http, w.https} {
		if d != nil {
			list = append(list, d)
		}
	}
	return list
}

// serve accepts at all doors, until close or the end of the domain controller.
func (w *winrm) serve() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.doors() {
		w.accept(d)
	}
}

// accept takes a listener into use. The caller holds mu.
func (w *winrm) accept(d *door) {
	l := d.listener
	w.dc.running.Go(func() { w.acceptAll(w.dc.ctx, d.transport, l) })
}

func (w *winrm) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.doors() {
		if d.listener != nil {
			_ = d.listener.Close()
			d.listener = nil
		}
	}
}

// reopen binds the ports anew that close closed.
func (w *winrm) reopen() (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.doors() {
		if d.listener != nil || w.dc.ctx.Err() != nil {
			continue
		}
		l, bad := net.Listen(tcp, d.addr)
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("winrm %s: %w", d.transport, bad))
			continue
		}
		d.listener = l
		w.accept(d)
	}
	return err
}

func (w *winrm) acceptAll(ctx context.Context, transport string, l net.Listener) {
	for bad := 0; bad < maxReadErrors; {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			bad++
			w.dc.config.Log.Warn("accept", "error", err)
			continue
		}
		bad = 0
		if !w.dc.conns.add(conn) {
			_ = conn.Close()
			continue
		}
		w.dc.note(KindWinRMConnection, map[string]any{"transport": transport, "source": conn.RemoteAddr().String()})
		w.dc.running.Go(func() {
			defer w.dc.conns.drop(conn)
			w.converse(ctx, transport, conn)
		})
	}
}

// converse speaks to one client until it goes.
func (w *winrm) converse(ctx context.Context, transport string, conn net.Conn) {
	e := &w.dc.faults.Now().winrm
	c := &winrmConn{winrm: w, transport: transport, source: conn.RemoteAddr().String(), conn: conn}
	secure := transport == transportHTTPS
	switch {
	case e.muteTLS && secure:
		drain(conn)
		return
	case secure && e.plainOnTLS, !secure && e.tlsOnPlain:
		secure = !secure
	}
	if secure {
		if !c.handshake(ctx) {
			return
		}
	}
	c.serve(ctx)
}

func (c *winrmConn) handshake(ctx context.Context) bool {
	certificate := c.winrm.pki.current(c.winrm.dc.faults.Now())
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, SessionTicketsDisabled: true}
	secure := tls.Server(c.conn, config)
	_ = c.conn.SetDeadline(time.Now().Add(idle))
	if err := secure.HandshakeContext(ctx); err != nil {
		c.winrm.dc.note(KindWinRMDiscarded, map[string]any{"transport": c.transport, "source": c.source, "reason": err.Error()})
		return false
	}
	_ = c.conn.SetDeadline(time.Time{})
	c.conn = secure
	if leaf := certificate.Leaf; leaf != nil {
		c.bindings = wsman.EndpointBindings(leaf)
	}
	return true
}

// WinRMAddr is where WinRM listens over HTTP, "127.0.0.1:5985"; empty if it does not.
func (dc *DC) WinRMAddr() string { return dc.doorAddr(func(w *winrm) *door { return w.http }) }

// WinRMSAddr is where WinRM listens over HTTPS; empty if it does not.
func (dc *DC) WinRMSAddr() string { return dc.doorAddr(func(w *winrm) *door { return w.https }) }

func (dc *DC) doorAddr(which func(*winrm) *door) string {
	if dc.winrm == nil || which(dc.winrm) == nil {
		return ""
	}
	return which(dc.winrm).addr
}

// WinRMHost is the name of the server that WinRM's certificate is for; empty if there is no WinRM.
func (dc *DC) WinRMHost() string {
	if dc.winrm == nil {
		return ""
	}
	return dc.winrm.Host
}

// WinRMRoot is what a certificate profile needs to trust WinRM over HTTPS, in PEM; nil if it does not listen there.
func (dc *DC) WinRMRoot() []byte {
	if dc.WinRMSAddr() == "" {
		return nil
	}
	return dc.winrm.pki.rootPEM()
}
