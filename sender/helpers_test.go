package sender

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

// to is the destination behind a listener's address.
func to(s Scheme, a net.Addr) Destination {
	ap := netip.MustParseAddrPort(a.String())
	return Destination{s, ap.Addr().String(), ap.Port()}
}

// listenUDP is a socket that nothing reads yet.
func listenUDP(t testing.TB) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// receive returns n datagrams.
func receive(t testing.TB, c *net.UDPConn, n int) (all []string) {
	t.Helper()
	buf := make([]byte, 1<<16)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for range n {
		size, err := c.Read(buf)
		if err != nil {
			t.Fatalf("datagram %d of %d: %v", len(all)+1, n, err)
		}
		all = append(all, string(buf[:size]))
	}
	return all
}

// serve gives each connection to handle, which need not close it. The connections end with
// the test.
func serve(t testing.TB, config *tls.Config, handle func(net.Conn)) net.Addr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			if config != nil {
				c = tls.Server(c, config)
			}
			handle(c)
		}
	}()
	return l.Addr()
}

// collect is a handler that reads all and puts it into the channel.
func collect() (handle func(net.Conn), all chan string) {
	all = make(chan string, 10)
	return func(c net.Conn) {
		b, _ := io.ReadAll(c)
		c.Close()
		all <- string(b)
	}, all
}

// within receives from a channel, but not for ever.
func within[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came within 10 s")
		panic("unreachable")
	}
}

// wantKind holds an error to its kind.
func wantKind(t testing.TB, err error, kind Kind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want an *Error of kind %s", err, err, kind)
	}
	if e.Kind != kind {
		t.Fatalf("error %v of kind %s, want %s", err, e.Kind, kind)
	}
	return e
}

// batchOf makes a batch.
func batchOf(messages ...string) *Batch {
	b := &Batch{}
	for _, m := range messages {
		b.Add([]byte(m))
	}
	return b
}

// pki is a CA with a server's and a client's certificate.
type pki struct {
	roots          *x509.CertPool
	server, client tls.Certificate
}

func newPKI(t testing.TB) pki {
	t.Helper()
	p := pki{roots: x509.NewCertPool()}
	ca, caKey := certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: "uidprobe test CA"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	p.roots.AddCert(ca)
	issue := func(name string, usage x509.ExtKeyUsage) tls.Certificate {
		c, key := certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{usage}}, ca, caKey)
		return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key}
	}
	p.server = issue("fw1.corp.example", x509.ExtKeyUsageServerAuth)
	p.client = issue("nac1.corp.example", x509.ExtKeyUsageClientAuth)
	return p
}

func certificate(t testing.TB, template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

// radius is a generator of RADIUS-like lines.
func radius(t testing.TB, what Generate) *Generator {
	t.Helper()
	if what.Templates == nil {
		what.Templates = []*syslog.Template{template(t, "<${pri}>${time:rfc3164} ${host} radiusd: Login OK: user=${user} ip=${address} n=${seq}")}
	}
	if what.Users == "" {
		what.Users = "uidprobe-"
	}
	if what.Addresses == nil {
		what.Addresses = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	}
	if what.Hosts == nil {
		what.Hosts = []string{"nac1"}
	}
	g, err := NewGenerator(what)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func template(t testing.TB, text string) *syslog.Template {
	t.Helper()
	tmpl, err := syslog.ParseTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// open dials and closes with the test.
func open(t testing.TB, c Connection) *Conn {
	t.Helper()
	conn, err := Dial(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
