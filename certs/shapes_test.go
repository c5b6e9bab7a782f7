package certs

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/uidprobe/uidprobe/check"
)

// shape is a chain that no flaw makes: what a profile or a CA can look like besides.
type shape struct {
	name   string
	change func(*spec)
	trust  func(*spec) []*x509.Certificate // the root unless set
	want   []string
	number int // of openssl verify
}

func shapes() []shape {
	rsaRoot := func(bits int, algorithm x509.SignatureAlgorithm) func(*spec) {
		return func(s *spec) {
			key, err := freshRSA(bits)()
			if err != nil {
				panic(err)
			}
			s.rootTemplate.SignatureAlgorithm = algorithm
			cert, err := sign(s.rootTemplate, s.rootTemplate, key.Public(), key)
			if err != nil {
				panic(err)
			}
			s.root = issuer{cert, key}
		}
	}
	return []shape{
		{name: "any extended key usage", want: []string{RuleUsage}, number: errPurpose,
			change: func(s *spec) { s.leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }},
		{name: "no extended key usage", change: func(s *spec) { s.leaf.ExtKeyUsage = nil }},
		{name: "no key usage", change: func(s *spec) { s.leaf.KeyUsage = 0 }},
		{name: "an intermediate for clients", want: []string{RuleUsage}, number: errPurpose,
			change: func(s *spec) { s.middle.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }},
		{name: "a root for clients", want: []string{RuleUsage}, number: errPurpose,
			change: func(s *spec) { s.rootTemplate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }},
		{name: "an intermediate that must not sign", want: []string{RuleCA}, number: errInvalidCA,
			change: func(s *spec) { s.middle.KeyUsage = x509.KeyUsageCRLSign }},
		{name: "a root that says CA:FALSE", want: []string{RuleCA}, number: errInvalidCA,
			change: func(s *spec) {
				s.rootTemplate.IsCA = false
				s.rootTemplate.PermittedDNSDomains = nil
				_ = s.keyID(s.rootTemplate)
			}},
		{name: "a root without basic constraints or key usage", want: []string{RuleCA}, number: errInvalidCA,
			change: func(s *spec) {
				s.rootTemplate.BasicConstraintsValid, s.rootTemplate.IsCA, s.rootTemplate.KeyUsage = false, false, 0
				_ = s.keyID(s.rootTemplate)
			}},
		{name: "a root without basic constraints, but with key usage",
			change: func(s *spec) {
				s.rootTemplate.BasicConstraintsValid, s.rootTemplate.IsCA = false, false
				_ = s.keyID(s.rootTemplate)
			}},
		{name: "a root that has expired", want: []string{RuleDates}, number: errExpired,
			change: func(s *spec) { expire(s.mill, s.rootTemplate) }},
		{name: "an intermediate that has expired", want: []string{RuleDates}, number: errExpired,
			change: func(s *spec) { expire(s.mill, s.middle) }},
		{name: "an intermediate that is not valid yet", want: []string{RuleDates}, number: errNotYetValid,
			change: func(s *spec) {
				s.middle.NotBefore = s.from.Add(48 * time.Hour)
				s.middle.NotAfter = s.middle.NotBefore.Add(Lifetime)
			}},
		{name: "a root that allows no intermediate", want: []string{RulePathLength}, number: errPathLength,
			change: func(s *spec) { s.rootTemplate.MaxPathLenZero = true }},
		{name: "a name that a CA excludes", want: []string{RuleConstraints}, number: errExcluded,
			change: func(s *spec) { s.middle.ExcludedDNSDomains = []string{"corp.example"} }},
		{name: "a common name that no CA permits", want: []string{RuleName, RuleConstraints}, number: errPermitted,
			change: func(s *spec) {
				s.leaf.DNSNames, s.leaf.IPAddresses = nil, nil
				s.leaf.Subject = subject(host)
				s.rootTemplate.PermittedDNSDomains = []string{"other.example"}
			}},
		{name: "a name that only ends like a permitted one", want: []string{RuleConstraints}, number: errPermitted,
			change: func(s *spec) { s.leaf.DNSNames = append(s.leaf.DNSNames, "notcorp.example") }},
		{name: "a root that another signs as well", change: func(s *spec) {
			s.send = func(m *made) ([][]byte, error) {
				older := s.mill
				older.name = "before " + s.name
				old, err := older.root(older.rootTemplate())
				if err != nil {
					return nil, err
				}
				template := s.mill.rootTemplate()
				template.Subject = m.top.cert.Subject
				crossed, err := sign(template, old.cert, m.top.key.Public(), old.key)
				if err != nil {
					return nil, err
				}
				sent, err := sendUsual(m)
				return append(sent, crossed.Raw), err
			}
		}},
		{name: "an address that no CA permits", want: []string{RuleConstraints}, number: errPermitted,
			change: func(s *spec) { s.leaf.IPAddresses = append(s.leaf.IPAddresses, []byte{10, 0, 0, 1}) }},
		{name: "a mailbox that no CA permits", want: []string{RuleConstraints}, number: errPermitted,
			change: func(s *spec) { s.leaf.EmailAddresses = []string{"admin@other.example"} }},
		{name: "a mailbox that is permitted", change: func(s *spec) { s.leaf.EmailAddresses = []string{"admin@corp.example"} }},
		{name: "a root with a key of RSA 1024", want: []string{RuleKey}, number: errWeakCAKey, change: rsaRoot(1024, 0)},
		{name: "a root that signed itself with SHA-1", change: func(s *spec) {
			rsaRoot(2048, x509.SHA1WithRSA)(s)
		}},
		{name: "the intermediate alone in the profile", want: []string{RuleChain},
			trust: func(s *spec) []*x509.Certificate { return []*x509.Certificate{s.made.chain[0].cert} }},
		{name: "the server's own certificate in the profile", want: []string{RuleChain},
			trust: func(s *spec) []*x509.Certificate { return []*x509.Certificate{s.made.leaf.cert} }},
		{name: "a self-signed one in the profile", change: func(s *spec) { s.selfSigned = true },
			trust: func(s *spec) []*x509.Certificate { return []*x509.Certificate{s.made.leaf.cert} }},
		{name: "an empty profile", want: []string{RuleChain}, number: errNoIssuer,
			trust: func(*spec) []*x509.Certificate { return nil }},
		{name: "an issuer that has expired before the same one renewed", want: []string{RuleCross}, change: func(s *spec) {
			s.send = func(m *made) ([][]byte, error) {
				old := *m.chain[0].cert
				expire(s.mill, &old)
				old.SerialNumber = s.serial()
				cert, err := sign(&old, m.top.cert, m.chain[0].key.Public(), m.top.key)
				if err != nil {
					return nil, err
				}
				return [][]byte{m.leaf.cert.Raw, cert.Raw, m.chain[0].cert.Raw}, nil
			}
		}},
		{name: "an address asked for as a name", change: func(s *spec) { s.leaf.DNSNames = []string{host} }},
	}
}

// Every shape is judged as openssl verify judges it, with -partial_chain as libcurl from 7.68
// sets it.
func TestShapesAsOpenSSL(t *testing.T) {
	t.Parallel()
	openssl := program(t, "openssl")
	for _, test := range shapes() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := authority(t)
			s := newSpec(a.mill(), []string{host, "192.0.2.1"})
			if err := s.apply(NoFlaw, true); err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(s)
			}
			if err := s.build(); err != nil {
				t.Fatal(err)
			}
			trust := []*x509.Certificate{s.root.cert}
			if test.trust != nil {
				trust = test.trust(s)
			}
			x := Examine(Presentation{Raw: s.made.sent}, Question{Profile: trust, Name: host})
			if got := reds(x.Results); !slices.Equal(got, test.want) {
				t.Errorf("red are %q, want %q", got, test.want)
				for _, id := range got {
					t.Logf("%s: %s", id, find(t, x.Results, id).Summary)
				}
			}
			if x.OpenSSL != test.number {
				t.Errorf("Examine says error %d, want %d", x.OpenSSL, test.number)
			}
			dir := t.TempDir()
			for name, data := range map[string][]byte{
				"ca.pem": PEM(append(trust, unrelated(t))), "sent.pem": PEM(chain(t, s.server())), "leaf.pem": PEM([]*x509.Certificate{s.made.leaf.cert}),
			} {
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := verifyNumber(t, openssl, dir, "-partial_chain"); got != test.number {
				t.Errorf("openssl says error %d, want %d", got, test.number)
			}
		})
	}
}

// unrelated fills a CA file that would be empty: openssl refuses one.
func unrelated(t *testing.T) *x509.Certificate {
	t.Helper()
	a, err := NewAuthority("unrelated")
	if err != nil {
		t.Fatal(err)
	}
	return a.Certificate()
}

// A certificate whose end is near gets a warning: thirty days before, or in the last third of
// a short life.
func TestExpiresSoon(t *testing.T) {
	t.Parallel()
	p := minted(t, MintConfig{})
	end := p.Server.Leaf.NotAfter
	for _, test := range []struct {
		name string
		now  time.Time
		soon time.Duration
		want check.Status
		text string
	}{
		{"fresh", end.Add(-Lifetime + time.Hour), 0, check.Pass, "is valid until"},
		{"before the last third", end.Add(-Lifetime/3 - time.Minute), 0, check.Pass, "is valid until"},
		{"in the last third", end.Add(-Lifetime/3 + time.Minute), 0, check.Warn, "in 2 days"},
		{"asked for a day", end.Add(-25 * time.Hour), 24 * time.Hour, check.Pass, "is valid until"},
		{"the last day", end.Add(-23 * time.Hour), 24 * time.Hour, check.Warn, "in 23 hours"},
		{"over", end.Add(time.Hour), 0, check.Fail, "60 minutes ago"},
		{"the last second", end, 0, check.Warn, "in 0 seconds"},
	} {
		x := Examine(Presentation{Raw: p.Server.Certificate}, Question{Profile: []*x509.Certificate{p.Root}, Name: host, Now: test.now, Soon: test.soon})
		r := find(t, x.Results, RuleDates)
		if r.Status != test.want || !strings.Contains(r.Summary, test.text) {
			t.Errorf("%s: %v %q, want %v %q", test.name, r.Status, r.Summary, test.want, test.text)
		}
	}
}

// What would mend a chain is given, and does.
func TestImportMends(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flaw   Flaw
		online bool
		want   int
	}{
		{FlawSelfSigned, false, 1}, {FlawOldRoot, false, 1}, {FlawMissingMiddle, false, 0}, {FlawMissingMiddle, true, 1},
		{FlawUnknownCA, false, 0}, {FlawExpired, false, 0}, {NoFlaw, true, 0},
	} {
		p := published(t, test.flaw)
		profile := []*x509.Certificate{p.Root}
		q := Question{Profile: profile, Name: host}
		if test.online {
			q.Answers = Ask(context.Background(), chain(t, p.Server), profile)
		}
		shown := Presentation{Raw: p.Server.Certificate}
		x := Examine(shown, q)
		if len(x.Import) != test.want {
			t.Errorf("flaw %q: %d to import, want %d: %s", test.flaw, len(x.Import), test.want, find(t, x.Results, RuleChain).Summary)
		}
		if test.want == 0 {
			continue
		}
		q.Profile = append(profile, x.Import...)
		if r := find(t, Examine(shown, q).Results, RuleChain); r.Status != check.Pass {
			t.Errorf("flaw %q: with it: %v %s", test.flaw, r.Status, r.Summary)
		}
	}
}

// A result of a server that a firewall reads over WinRM has its symptom, status and words.
func TestSpeaksForTheFirewall(t *testing.T) {
	t.Parallel()
	for flaw, id := range map[Flaw]string{
		FlawExpired: "winrm.certificate-refused", FlawNameMismatch: "winrm.certificate-refused",
		FlawHugeChain: "winrm.handshake", FlawWildcard: "", FlawRSA1024: "winrm.certificate-refused",
	} {
		f, _ := FindFlaw(flaw)
		p := minted(t, MintConfig{Flaw: flaw})
		r := find(t, examine(p, nil).Results, f.Check)
		if r.Symptom != id {
			t.Errorf("flaw %q: symptom %q, want %q", flaw, r.Symptom, id)
		}
		text := fmt.Sprint(r.Evidence)
		if heard := strings.Contains(text, "Connection refused(0)") && strings.Contains(text, "response code = 0"); heard != (id != "") {
			t.Errorf("flaw %q: evidence %s", flaw, text)
		}
	}
	// Where Go thinks otherwise it is heard.
	p := minted(t, MintConfig{Flaw: FlawCommonName})
	if text := fmt.Sprint(find(t, examine(p, nil).Results, RuleName).Evidence); !strings.Contains(text, "Go, otherwise") || !strings.Contains(text, "legacy Common Name") {
		t.Errorf("evidence %s", text)
	}
}

// A stapled response is believed if its CA signed it.
func TestStapled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		flaw   Flaw
		staple func(*PKI) []byte
		want   string
	}{
		{"revoked", FlawRevokedOCSP, func(p *PKI) []byte { b, _ := p.OCSP(); return b }, "fail the stapled OCSP response"},
		{"good", NoFlaw, func(p *PKI) []byte { b, _ := p.OCSP(); return b }, "pass 1 answer"},
		{"rubbish", NoFlaw, func(*PKI) []byte { return []byte("rubbish") }, "warn the stapled response cannot be believed"},
		{"demanded and there", FlawMustStaple, func(p *PKI) []byte { b, _ := p.OCSP(); return b }, "pass 1 answer"},
		{"of a stranger", NoFlaw, func(p *PKI) []byte {
			a, err := NewAuthority("stranger")
			if err != nil {
				t.Fatal(err)
			}
			b, err := ocspAnswer(p.Server.Leaf, a.root, true, p.spec.from)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}, "warn the stapled response cannot be believed"},
		{"old", NoFlaw, func(p *PKI) []byte {
			b, err := ocspAnswer(p.Server.Leaf, p.intermediate, true, p.spec.from.Add(-2*Lifetime))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}, "warn the stapled OCSP response gave an answer that was good until"},
	} {
		p := minted(t, MintConfig{Flaw: test.flaw})
		x := Examine(Presentation{Raw: p.Server.Certificate, Staple: test.staple(p)}, Question{Profile: []*x509.Certificate{p.Root}, Name: host})
		r := find(t, x.Results, RuleRevocation)
		text := fmt.Sprintf("%v %s", r.Status, r.Summary)
		status, words, _ := strings.Cut(test.want, " ")
		if !strings.HasPrefix(text, status) || !strings.Contains(text, words) {
			t.Errorf("%s: %s, want %s", test.name, text, test.want)
		}
		if test.flaw == FlawMustStaple && find(t, x.Results, RuleStaple).Status != check.Pass {
			t.Errorf("%s: the demand is not met", test.name)
		}
	}
}

// An address is asked with a bound on everything, and what it says must be signed.
func TestAskIsCareful(t *testing.T) {
	t.Parallel()
	p := minted(t, MintConfig{Flaw: FlawCRLUnreachable})
	answers := Ask(context.Background(), chain(t, p.Server), []*x509.Certificate{p.Root})
	if len(answers) != 1 || answers[0].Err == nil || answers[0].Kind != KindCRL || answers[0].URL != nowhere {
		t.Fatalf("%+v", answers)
	}
	if !strings.Contains(answers[0].Err.Error(), "refused") {
		t.Errorf("error %v", answers[0].Err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("the run was ended by the test"))
	if answers := Ask(ctx, chain(t, p.Server), nil); len(answers) != 1 || answers[0].Err == nil || !strings.Contains(answers[0].Err.Error(), "ended by the test") {
		t.Errorf("after its end: %+v", answers)
	}
	a := authority(t)
	s := newSpec(a.mill(), []string{host})
	s.root = a.root
	if err := s.apply(NoFlaw, false); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		s.leaf.CRLDistributionPoints = append(s.leaf.CRLDistributionPoints, fmt.Sprintf("ldap:///CN=%d", i))
	}
	if err := s.build(); err != nil {
		t.Fatal(err)
	}
	answers = Ask(context.Background(), chain(t, s.server()), []*x509.Certificate{a.Certificate()})
	if len(answers) != 40 || !strings.Contains(answers[0].Err.Error(), "only http addresses") || !strings.Contains(answers[39].Err.Error(), "more than 20") {
		t.Errorf("%d answers, %v", len(answers), answers[len(answers)-1].Err)
	}
}

// ask asks the responder by GET, with the request in the path.
func ask(t *testing.T, p *PKI, request []byte) []byte {
	t.Helper()
	r := httptest.NewRequest("GET", ocspPath+"/"+url.PathEscape(base64.StdEncoding.EncodeToString(request)), nil)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); w.Code != 200 || got != "application/ocsp-response" {
		t.Fatalf("HTTP %d, %s", w.Code, got)
	}
	return w.Body.Bytes()
}

// A list or a certificate that its CA did not sign is not believed.
func TestForgeriesAreNotBelieved(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	ours := minted(t, MintConfig{Seed: 5, Base: base})
	forged := minted(t, MintConfig{Seed: 5, Base: base, Flaw: FlawRevokedCRL}) // the same names and serial numbers
	server.Config.Handler = forged.Handler()
	server.Start()
	t.Cleanup(server.Close)
	profile := []*x509.Certificate{ours.Root}
	answers := Ask(context.Background(), chain(t, ours.Server), profile)
	if len(answers) != 6 {
		t.Fatalf("%d answers", len(answers))
	}
	for _, a := range answers {
		if a.Err == nil || a.List != nil || a.OCSP != nil || a.Issuer != nil {
			t.Errorf("%s %s: %+v", a.Kind, a.URL, a)
		}
	}
	r := find(t, Examine(Presentation{Raw: ours.Server.Certificate}, Question{Profile: profile, Name: host, Answers: answers}).Results, RuleRevocation)
	if r.Status != check.Warn || !strings.Contains(r.Summary, "is not signed by") {
		t.Errorf("%v %s", r.Status, r.Summary)
	}
}

// What the PKI's responder is asked in the other ways of RFC 6960 it answers as well.
func TestResponder(t *testing.T) {
	t.Parallel()
	p := published(t, FlawRevokedOCSP)
	parent := p.intermediate.cert
	request, err := ocsp.CreateRequest(p.Server.Leaf, parent, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, err := statusOf(ask(t, p, request), p.Server.Leaf, parent)
	if err != nil || !status.Revoked {
		t.Errorf("%+v, %v", status, err)
	}
	if _, err := statusOf(ask(t, p, []byte("rubbish")), p.Server.Leaf, parent); err == nil || !strings.Contains(err.Error(), "malformed") {
		t.Errorf("rubbish: %v", err)
	}
	stranger, err := ocsp.CreateRequest(unrelated(t), unrelated(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := statusOf(ask(t, p, stranger), p.Server.Leaf, parent); err == nil || !strings.Contains(err.Error(), "unauthorized") {
		t.Errorf("a stranger's: %v", err)
	}
}
