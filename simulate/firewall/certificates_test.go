package firewall

import (
	"context"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
)

// Every flaw of a certificate can be served by the syslog listener and by the API, and shows.
func TestFlawsAreServed(t *testing.T) {
	t.Parallel()
	const name = "firewall.corp.example"
	for _, f := range append(certs.Flaws(), certs.FlawInfo{}) {
		t.Run("flaw "+string(f.Flaw), func(t *testing.T) {
			t.Parallel()
			publisher := httptest.NewUnstartedServer(nil)
			pki, err := certs.Mint(certs.MintConfig{Hosts: []string{name}, Flaw: f.Flaw, Base: "http://" + publisher.Listener.Addr().String()})
			if err != nil {
				t.Fatal(err)
			}
			publisher.Config.Handler = pki.Handler()
			publisher.Start()
			defer publisher.Close()
			fw := start(t, func(c *Config) { c.SyslogCertificate, c.APICertificate = &pki.Server, &pki.Server })
			for _, address := range []net.Addr{fw.SSLAddr(), fw.APIAddr()} {
				session, err := certs.Capture(context.Background(), func(ctx context.Context) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, "tcp", address.String())
				}, name)
				if err != nil {
					t.Fatal(err)
				}
				q := certs.Question{Profile: []*x509.Certificate{pki.Root}, Name: name}
				if f.Online {
					q.Answers = certs.Ask(context.Background(), certs.Examine(session.Presentation, q).Sent, q.Profile)
				}
				var red []string
				for _, r := range certs.Examine(session.Presentation, q).Results {
					if r.Status == check.Warn || r.Status == check.Fail || r.Status == check.Error {
						red = append(red, r.Check)
					}
				}
				var want []string
				if f.Flaw != certs.NoFlaw {
					want = []string{f.Check}
				}
				if !slices.Equal(red, want) {
					t.Errorf("%v: red are %q, want %q", address, red, want)
				}
			}
		})
	}
}

// Without a word about it each listener has a good one of the authority's.
func TestListenersHaveTheirOwnCertificates(t *testing.T) {
	t.Parallel()
	pki, err := certs.Mint(certs.MintConfig{Hosts: []string{"firewall.corp.example"}, Flaw: certs.FlawExpired})
	if err != nil {
		t.Fatal(err)
	}
	fw := start(t, func(c *Config) { c.APICertificate = &pki.Server })
	for address, want := range map[string]string{fw.APIAddr().String(): certs.Thumbprint(pki.Server.Leaf), fw.SSLAddr().String(): certs.Thumbprint(fw.good.Leaf)} {
		session, err := certs.Capture(context.Background(), func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		}, "firewall.corp.example")
		if err != nil {
			t.Fatal(err)
		}
		if c, err := certs.Parse(session.Raw[0]); err != nil || certs.Thumbprint(c) != want {
			t.Errorf("%s presents another certificate than it was given: %v", address, err)
		}
	}
}
