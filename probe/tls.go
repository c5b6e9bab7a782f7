package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// The checks of a TLS server. Those of its certificate are certs.Rules.
const (
	idTLSAddress   = "tls.address"
	idTLSHandshake = "tls.handshake"
	idTLSName      = "tls.server-name"
	idTLSVersions  = "tls.versions"
	idTLSCiphers   = "tls.ciphers"
)

// The ports at which a firewall meets TLS beside what it monitors.
const (
	PortHTTPS     = 443
	PortLDAPS     = 636
	PortWinRM     = 5986
	PortSyslogTLS = 6514
	PortWinRMHTTP = 5985 // which has no TLS
)

// TLSTarget is a TLS server.
type TLSTarget struct {
	Host string // a name or an address
	Port uint16 // 0 means PortWinRM
}

func (t TLSTarget) String() string { return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port))) }

// TLSServers is one or more TLS servers and what their certificates are held to.
type TLSServers struct {
	Targets []TLSTarget
	// CAFile holds the CAs of the firewall's certificate profile, in PEM, DER or PFX. The
	// system's store is never asked.
	CAFile string
	// Name is what the certificate must be for: the Network Address of the server-monitor
	// entry. Empty means the host of the target, if that is a name.
	Name string
	// WinRM says that a firewall reads the targets over WinRM-HTTPS, so that results say what it
	// would log. At PortWinRM that is understood.
	WinRM bool
	// Online asks the addresses of CRL, OCSP and issuers that the certificates name.
	Online bool
	// Soon is how long before its end a certificate gets a warning; 0 means certs.DefaultSoon.
	Soon time.Duration
	// Lists are revocation lists at hand.
	Lists []*x509.RevocationList
	// Lookup finds the addresses of a name; nil asks this host's resolver.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	Now    func() time.Time // nil means time.Now
	// Examined, if set, is told of every chain that was examined, once for each target. Targets are
	// asked side by side, and so is it called.
	Examined func(certs.Examination)
}

// TLSChecks asks TLS servers as a firewall would meet them: every address of every target by
// itself, with the server's name and without. They open nothing until they run, share what
// was learnt, and are good for one run.
func TLSChecks(config TLSServers) []check.Check {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Lookup == nil {
		config.Lookup = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	var checks []check.Check
	for _, e := range config.Targets {
		if e.Port == 0 {
			e.Port = PortWinRM
		}
		if address, err := netip.ParseAddr(e.Host); err == nil {
			checks = append(checks, newTLSServer(config, e, address, e.String()).checks()...)
			continue
		}
		checks = append(checks, addressCheck(config, e))
	}
	return checks
}

// addressCheck finds the addresses behind a name; each is a target of its own.
func addressCheck(config TLSServers, e TLSTarget) check.Check {
	target := e.String()
	return check.Check{
		ID: idTLSAddress, Target: target, Source: "uidprobe: a name with three addresses is three targets",
		Title: lang.Text{EN: "the server's name has an address", JA: "サーバーの名前にアドレスがある"},
		Run: func(ctx context.Context) check.Result {
			attempt, cancel := check.Attempt(ctx)
			defer cancel()
			list, err := config.Lookup(attempt, e.Host)
			if err == nil && len(list) == 0 {
				err = &net.DNSError{Err: "no address", Name: e.Host, IsNotFound: true}
			}
			if err != nil {
				r := check.Result{
					Status: check.Fail, Summary: fmt.Sprintf("%s: %v", e.Host, cause(attempt, err)),
					Hint: "see to the name in DNS; the firewall asks its own DNS servers (Device > Setup > Services), which may know it all the same",
				}
				speak(&r, certs.FailsToResolve, config.WinRM || e.Port == PortWinRM)
				return r
			}
			r := check.Result{Status: check.Pass, Summary: fmt.Sprintf("%s has %d", e.Host, len(list))}
			for _, address := range list {
				address = address.Unmap()
				r.Evidence = append(r.Evidence, check.Evidence{Name: "address", Text: address.String()})
				r.Then = append(r.Then, newTLSServer(config, e, address, fmt.Sprintf("%s (%v)", target, address)).checks()...)
			}
			return r
		},
	}
}

// cause is why a context has ended, if it has.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil {
		return why
	}
	return err
}

// speak adds what the firewall's client would say of a failure. Only over WinRM is its log
// known.
func speak(r *check.Result, f certs.Failure, winrm bool) {
	if !winrm {
		return
	}
	r.Evidence = append(r.Evidence, certs.Voices(f)...)
	generations := certs.Generations()
	_, r.Symptom = generations[len(generations)-1].Says(f)
}

// tlsServer is one address of a target, and what was learnt of it.
type tlsServer struct {
	config  TLSServers
	winrm   bool // a firewall reads it over WinRM-HTTPS
	address netip.AddrPort
	name    string // to send and to ask for; "" if there is none
	target  string

	session  certs.Session
	offers   []certs.Offer
	examined *certs.Examination
}

func newTLSServer(config TLSServers, e TLSTarget, address netip.Addr, target string) *tlsServer {
	s := &tlsServer{config: config, winrm: config.WinRM || e.Port == PortWinRM, address: netip.AddrPortFrom(address, e.Port), name: config.Name, target: target}
	if _, err := netip.ParseAddr(e.Host); s.name == "" && err != nil {
		s.name = e.Host
	}
	return s
}

func (s *tlsServer) dial(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", s.address.String())
}

// CertificateChecks asks the same of a chain that a file holds, or that was captured
// elsewhere. Of the configuration all but Targets and Lookup is used.
func CertificateChecks(config TLSServers, target string, shown certs.Presentation) []check.Check {
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &tlsServer{config: config, name: config.Name, target: target, winrm: true, session: certs.Session{Presentation: shown}}
	return s.rules(nil)
}

// rules are the checks of the certificate.
func (s *tlsServer) rules(needs []check.Ref) (checks []check.Check) {
	for _, rule := range certs.Rules() {
		rule.Target, rule.Needs = s.target, needs
		rule.Run = func(ctx context.Context) check.Result { return s.rule(ctx, rule.ID) }
		checks = append(checks, rule)
	}
	return checks
}

func (s *tlsServer) checks() []check.Check {
	handshake := []check.Ref{{Check: idTLSHandshake}}
	checks := []check.Check{s.handshakeCheck()}
	checks = append(checks, s.rules(handshake)...)
	name := check.Check{
		ID: idTLSName, Target: s.target, Source: "RFC 6066 section 3", Needs: handshake, Run: s.withoutName,
		Title: lang.Text{EN: "the server shows the same certificate without its name (SNI)", JA: "サーバー名 (SNI) なしでも同じ証明書が提示される"},
	}
	if s.name == "" {
		name.Skip = &check.Skipped{Reason: check.Inapplicable, Why: "there is no name to send: the target is an address"}
	}
	return append(checks, name, check.Check{
		ID: idTLSVersions, Target: s.target, Source: "RFC 8996; RFC 9325 section 3.1", Needs: handshake, Run: s.versions,
		Title: lang.Text{EN: "the server offers TLS 1.2, and nothing from before", JA: "サーバーが TLS 1.2 を提供し、それより古いバージョンを提供しない"},
	}, check.Check{
		ID: idTLSCiphers, Target: s.target, Source: "RFC 9325 section 4", Needs: []check.Ref{{Check: idTLSVersions}}, Run: s.ciphers,
		Title: lang.Text{EN: "the server takes no broken cipher", JA: "サーバーが破られた暗号スイートを受け入れない"},
	})
}

func (s *tlsServer) handshakeCheck() check.Check {
	return check.Check{
		ID: idTLSHandshake, Target: s.target, Source: "RFC 8446 section 4; RFC 5246 section 7.4",
		Title: lang.Text{EN: "the server shows a certificate over TLS", JA: "サーバーが TLS で証明書を提示する"},
		Run:   s.shake,
	}
}

func (s *tlsServer) shake(ctx context.Context) check.Result {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	session, err := certs.Capture(attempt, s.dial, s.name)
	if err != nil {
		return s.handshakeFailed(cause(attempt, err), err)
	}
	s.session = session
	cipher, _ := certs.Cipher(session.Cipher)
	return check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("%s with %s", certs.VersionName(session.Version), cipher),
		Measures: []check.Measure{{Name: "certificates", Value: float64(len(session.Raw))}},
	}
}

func (s *tlsServer) handshakeFailed(why, err error) check.Result {
	f := certs.FailureOf(why)
	r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%v: %v", s.address, why), Hint: s.handshakeHint(f, err)}
	speak(&r, f, s.winrm)
	return r
}

func (s *tlsServer) handshakeHint(f certs.Failure, err error) string {
	var other certs.NotTLSError
	switch {
	case errors.As(err, &other):
		return "name the port that speaks TLS; WinRM over HTTPS listens on 5986 (winrm enumerate winrm/config/listener), over HTTP on 5985"
	case f == certs.FailsToConnect && s.winrm:
		return "on the server: winrm enumerate winrm/config/listener must list Transport = HTTPS; if it does, look for a firewall on the way"
	case f == certs.FailsToConnect:
		return "see that the service runs and listens there, and that no firewall is on the way"
	case f == certs.FailsInTime:
		return "something swallows the packets, or what listens there does not speak TLS: look for a firewall on the way"
	case s.winrm:
		return "on the server: the certificate whose thumbprint winrm enumerate winrm/config/listener shows must be there, with its private key"
	}
	return "see that the service has a certificate with its private key, and a version and a cipher of today"
}

// rule answers one question about the certificate. The first that is asked examines all.
func (s *tlsServer) rule(ctx context.Context, id string) check.Result {
	if s.examined == nil {
		if err := s.examine(ctx); err != nil {
			return check.Result{Status: check.Error, Summary: err.Error(), Hint: "give the file with the CAs of the firewall's certificate profile"}
		}
	}
	for _, r := range s.examined.Results {
		if r.Check == id {
			return r
		}
	}
	return check.Result{Status: check.Error, Internal: true, Summary: "there is no rule " + id}
}

func (s *tlsServer) examine(ctx context.Context) error {
	data, err := os.ReadFile(s.config.CAFile)
	if err != nil {
		return err
	}
	profile, err := certs.ReadProfile(data)
	if err != nil {
		return fmt.Errorf("%s: %w", s.config.CAFile, err)
	}
	q := certs.Question{
		Target: s.target, Profile: profile, Name: s.name, Now: s.config.Now(), Soon: s.config.Soon,
		Lists: s.config.Lists, WinRM: s.winrm,
	}
	if s.config.Online {
		q.Answers = certs.Ask(ctx, certs.Examine(s.session.Presentation, q).Sent, profile)
	}
	x := certs.Examine(s.session.Presentation, q)
	s.examined = &x
	if s.config.Examined != nil {
		s.config.Examined(x)
	}
	return nil
}
