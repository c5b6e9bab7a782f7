package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const host = "fw1.corp.example"

func authority(t *testing.T) *Authority {
	t.Helper()
	a, err := NewAuthority("unit")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func server(t *testing.T, a *Authority, flaw Flaw) tls.Certificate {
	t.Helper()
	c, err := a.Server([]string{host, "192.0.2.1", "2001:db8::1"}, flaw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func chain(t *testing.T, c tls.Certificate) []*x509.Certificate {
	t.Helper()
	var chain []*x509.Certificate
	for _, der := range c.Certificate {
		parsed, err := Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, parsed)
	}
	return chain
}

// broken lists the rules that found something.
func broken(findings []Finding) (rules []string) {
	for _, f := range findings {
		if !f.OK {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

// Each flaw breaks its own rule of Judge and no other.
func TestFlawBreaksItsRule(t *testing.T) {
	t.Parallel()
	for _, f := range append(Flaws(), FlawInfo{}) {
		t.Run("flaw "+string(f.Flaw), func(t *testing.T) {
			t.Parallel()
			p := minted(t, MintConfig{Flaw: f.Flaw})
			var want []string
			if f.Rule != "" {
				want = []string{f.Rule}
			}
			if f.Flaw == FlawTrailingDot {
				want = append(want, RuleChain) // Go holds every name to the constraints, and cannot read this one
			}
			pool := x509.NewCertPool()
			pool.AddCert(p.Root)
			findings := Judge(chain(t, p.Server), pool, host, time.Now())
			if got := broken(findings); !slices.Equal(got, want) {
				t.Errorf("flaw %q: broken rules %q, want %q: %+v", f.Flaw, got, want, findings)
			}
			for _, finding := range findings {
				if finding.Summary == "" || finding.OK != (finding.Hint == "") {
					t.Errorf("finding without words, or with a hint that does not fit: %+v", finding)
				}
			}
		})
	}
}

// Without a flaw every name and address of the certificate is accepted.
func TestEveryNameIsAccepted(t *testing.T) {
	t.Parallel()
	a := authority(t)
	for _, name := range []string{host, "192.0.2.1", "2001:db8::1"} {
		if got := broken(Judge(chain(t, server(t, a, NoFlaw)), a.Pool(), name, time.Now())); got != nil {
			t.Errorf("name %s: broken rules %q", name, got)
		}
	}
}

// An authority serves every flaw that needs no CA of its own, and says which do.
func TestServerServesFlaws(t *testing.T) {
	t.Parallel()
	a := authority(t)
	for _, f := range Flaws() {
		c, err := a.Server([]string{host}, f.Flaw)
		if f.OwnCA {
			if err == nil || !strings.Contains(err.Error(), "needs a CA of its own: use certs.Mint") {
				t.Errorf("flaw %q: error %v", f.Flaw, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("flaw %q: %v", f.Flaw, err)
			continue
		}
		got := reds(Examine(Presentation{Raw: c.Certificate}, Question{Profile: []*x509.Certificate{a.Certificate()}, Name: host}).Results)
		want := []string{f.Check}
		if f.Online {
			want = nil // nobody was asked
		}
		if !slices.Equal(got, want) {
			t.Errorf("flaw %q: %q, want %q", f.Flaw, got, want)
		}
	}
}

func verifyWithOpenSSL(t *testing.T, openssl string, a *Authority, c tls.Certificate, name string) (bool, []byte) {
	t.Helper()
	dir := t.TempDir()
	leaf, _, err := EncodePEM(tls.Certificate{Certificate: c.Certificate[:1], PrivateKey: c.PrivateKey})
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{"ca.pem": a.PEM(), "leaf.pem": leaf} {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	option := "-verify_hostname"
	if net.ParseIP(name) != nil {
		option = "-verify_ip"
	}
	cmd := exec.Command(openssl, "verify", "-x509_strict", "-CAfile", filepath.Join(dir, "ca.pem"), "-purpose", "sslserver",
		option, name, filepath.Join(dir, "leaf.pem"))
	output, err := cmd.CombinedOutput()
	return err == nil, output
}

func TestFindingsTellWhatToDo(t *testing.T) {
	t.Parallel()
	a := authority(t)
	good := chain(t, server(t, a, NoFlaw))
	good = append(good, a.Certificate())
	client, err := a.Client("probe")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		chain []*x509.Certificate
		host  string
		now   time.Time
		want  map[string]string // rule → part of the summary
	}{
		{"nothing presented", nil, host, time.Now(), map[string]string{RuleChain: "presented no certificate"}},
		{"expired long ago", good[:2], host, good[0].NotAfter.Add(5 * 24 * time.Hour), map[string]string{
			RuleDates: good[0].NotAfter.Format("2006-01-02 15:04 UTC") + ", 5 days ago",
			RuleChain: "the root ", // it has ended at the same time
		}},
		{"another name", good, "dc1.corp.example", time.Now(), map[string]string{
			RuleName: `certificate is for "fw1.corp.example", "192.0.2.1", "2001:db8::1", not for "dc1.corp.example"`,
		}},
		{"a client's certificate", chain(t, client), "", time.Now(), map[string]string{RuleUsage: "may not be used by a TLS server"}},
		{"a client's certificate has no names", chain(t, client), host, time.Now(), map[string]string{
			RuleUsage: "may not be used", RuleName: "names no host at all",
		}},
		{"no name asked", good, "", time.Now(), map[string]string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			findings := Judge(test.chain, a.Pool(), test.host, test.now)
			got := map[string]string{}
			for _, f := range findings {
				if !f.OK {
					got[f.Rule] = f.Summary
				}
			}
			for rule, part := range test.want {
				if !strings.Contains(got[rule], part) {
					t.Errorf("rule %s: %q does not say %q", rule, got[rule], part)
				}
			}
			if len(got) != len(test.want) {
				t.Errorf("broken rules %v, want %v", got, test.want)
			}
		})
	}
}

// A root that has expired is the chain's trouble, and the words name it.
func TestExpiredRoot(t *testing.T) {
	t.Parallel()
	a := authority(t)
	later := a.Certificate().NotAfter.Add(time.Hour)
	findings := Judge(chain(t, server(t, a, NoFlaw)), a.Pool(), host, later)
	if got := broken(findings); !slices.Equal(got, []string{RuleDates, RuleChain}) {
		t.Fatalf("broken rules %q", got)
	}
	if !strings.Contains(findings[2].Summary, `the root "TEST CA unit"`) {
		t.Errorf("summary %q does not name the root", findings[2].Summary)
	}
}

// What a server sends between its own certificate and the root is used, and what it
// restricts holds.
func TestIntermediates(t *testing.T) {
	t.Parallel()
	root := authority(t)
	below := func(usage ...x509.ExtKeyUsage) []*x509.Certificate {
		t.Helper()
		s := newSpec(root.mill(), []string{host})
		s.root, s.middle.ExtKeyUsage = root.root, usage
		if err := errors.Join(s.apply(NoFlaw, false), s.build()); err != nil {
			t.Fatal(err)
		}
		return chain(t, s.server())
	}
	good := below()
	stranger, err := authority(t).Client("probe")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		chain []*x509.Certificate
		want  []string
	}{
		{"sent", good, nil},
		{"not sent", good[:1], []string{RuleChain}},
		{"for clients only", below(x509.ExtKeyUsageClientAuth), []string{RuleUsage}},
		{"a stranger's client", chain(t, stranger)[:1], []string{RuleChain, RuleUsage}},
	} {
		if got := broken(Judge(test.chain, root.Pool(), "", time.Now())); !slices.Equal(got, test.want) {
			t.Errorf("%s: broken rules %q, want %q", test.name, got, test.want)
		}
	}
}

// An authority that has leaked still vouches for nothing real.
func TestNameConstraintsHold(t *testing.T) {
	t.Parallel()
	a := authority(t)
	template := a.mill().template(subject("www.example.com"))
	template.DNSNames = []string{"www.example.com"}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf, err := a.mill().below(template, a.root)
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Certificate{Certificate: [][]byte{leaf.cert.Raw}, PrivateKey: leaf.key, Leaf: leaf.cert}
	findings := Judge(chain(t, c), a.Pool(), "www.example.com", time.Now())
	if got := broken(findings); !slices.Equal(got, []string{RuleChain}) {
		t.Errorf("broken rules %q, want the chain alone: %+v", got, findings)
	}
	if openssl, err := exec.LookPath("openssl"); err == nil {
		if ok, output := verifyWithOpenSSL(t, openssl, a, c, "www.example.com"); ok {
			t.Errorf("openssl accepts it: %s", output)
		}
	}
}

func TestServerRefuses(t *testing.T) {
	t.Parallel()
	a := authority(t)
	for _, test := range []struct {
		name  string
		hosts []string
		flaw  Flaw
		want  string
	}{
		{"a real name", []string{"www.example.com"}, NoFlaw, `not for "www.example.com"`},
		{"a name that only ends alike", []string{"notcorp.example"}, NoFlaw, `not for "notcorp.example"`},
		{"a real address", []string{host, "10.0.0.1"}, NoFlaw, `not for "10.0.0.1"`},
		{"no host", nil, NoFlaw, "no host given"},
		{"an unknown flaw", []string{host}, "rusty", `no flaw "rusty"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := a.Server(test.hosts, test.flaw)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Server(%q, %q): error %v, want %q in it", test.hosts, test.flaw, err, test.want)
			}
		})
	}
}

func TestAuthority(t *testing.T) {
	t.Parallel()
	a, b := authority(t), authority(t)
	c := a.Certificate()
	if !strings.Contains(c.Subject.String(), "TEST") {
		t.Errorf("subject %s does not say TEST", c.Subject)
	}
	if life := c.NotAfter.Sub(c.NotBefore); life != 7*24*time.Hour {
		t.Errorf("it lives %v", life)
	}
	if !c.PermittedDNSDomainsCritical {
		t.Error("name constraints are not critical")
	}
	if bytes.Equal(c.RawSubjectPublicKeyInfo, b.Certificate().RawSubjectPublicKeyInfo) {
		t.Error("two authorities of one name have the same key")
	}
	if key := c.PublicKey.(*ecdsa.PublicKey); key.Curve != elliptic.P256() {
		t.Errorf("curve %v", key.Curve)
	}
}

func TestEncodePEM(t *testing.T) {
	t.Parallel()
	a := authority(t)
	c := server(t, a, NoFlaw)
	certPEM, keyPEM, err := EncodePEM(c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Certificate) != 2 || !bytes.Equal(back.Certificate[0], c.Certificate[0]) {
		t.Errorf("the chain comes back as %d certificates, want the same 2", len(back.Certificate))
	}
	for _, line := range []string{
		"# subject: CN=fw1.corp.example,", "# names:   fw1.corp.example, 192.0.2.1, 2001:db8::1\n",
		"# valid:   " + c.Leaf.NotBefore.Format(time.RFC3339) + " to ", "# ca:      TRUE, at most 0 below it\n",
		"# key:     ECDSA P-256, signed with ECDSA-SHA256\n", "# usage:   digitalSignature, serverAuth\n",
	} {
		if !bytes.Contains(certPEM, []byte(line)) {
			t.Errorf("certificate PEM lacks %q:\n%s", line, certPEM)
		}
	}
	if block, _ := pem.Decode(keyPEM); block == nil || block.Type != "PRIVATE KEY" {
		t.Errorf("key PEM holds no PKCS #8 block")
	}
	if _, _, err := EncodePEM(tls.Certificate{}); err == nil {
		t.Error("an empty certificate is encoded")
	}
}

// A handshake with client certificate, to see that both kinds work where they are used.
func TestHandshake(t *testing.T) {
	t.Parallel()
	a := authority(t)
	probe, err := a.Client("uidprobe")
	if err != nil {
		t.Fatal(err)
	}
	ours := server(t, a, NoFlaw)
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(far, &tls.Config{
			Certificates: []tls.Certificate{ours}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.Pool(),
		})
		done <- s.Handshake()
	}()
	c := tls.Client(near, &tls.Config{RootCAs: a.Pool(), ServerName: host, Certificates: []tls.Certificate{probe}})
	if err := c.Handshake(); err != nil {
		t.Errorf("client: %v", err)
	}
	_ = near.Close()
	if err := <-done; err != nil {
		t.Errorf("server: %v", err)
	}
}
