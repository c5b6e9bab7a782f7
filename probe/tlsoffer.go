package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
)

// withoutName shakes hands once more and keeps the name to itself, as a program without SNI
// does, or one that was given an address.
func (s *tlsServer) withoutName(ctx context.Context) check.Result {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	other, err := certs.Capture(attempt, s.dial, "")
	if err != nil {
		return check.Result{
			Status: check.Warn, Summary: fmt.Sprintf("%v: without the name there is no certificate: %v", s.address, cause(attempt, err)),
			Hint: "the firewall sends the name if Network Address is one; let the server have a certificate for those that do not",
		}
	}
	if len(other.Raw) == 0 || len(s.session.Raw) == 0 || !bytes.Equal(other.Raw[0], s.session.Raw[0]) {
		return check.Result{
			Status: check.Warn, Summary: fmt.Sprintf("%v: without the name the certificate is another: %s", s.address, firstTitle(other)),
			Hint: "on Windows two bindings share the port (netsh http show sslcert): see that both certificates are right, and that Network Address of the server-monitor entry is the name",
		}
	}
	return check.Result{Status: check.Pass, Summary: "the same certificate with the name and without"}
}

func firstTitle(session certs.Session) string {
	if len(session.Raw) == 0 {
		return "none"
	}
	c, err := certs.Parse(session.Raw[0])
	if err != nil {
		return "one that cannot be read"
	}
	return fmt.Sprintf("%q", c.Subject.CommonName)
}

// versions offers each version by itself.
func (s *tlsServer) versions(ctx context.Context) check.Result {
	offers, err := certs.Offers(ctx, s.dial, s.name)
	if err != nil {
		return check.Result{Status: check.Error, Summary: fmt.Sprintf("%v: %v", s.address, cause(ctx, err)), Hint: "ask again when the server can be reached"}
	}
	s.offers = offers
	return judgeVersions(s.address.String(), s.winrm, offers)
}

// judgeVersions: 1.2 is what every firewall of today can speak. That 1.3 alone is too new for
// one with an OpenSSL before 1.1.1 is inferred: which PAN-OS has which is not documented.
func judgeVersions(server string, winrm bool, offers []certs.Offer) check.Result {
	var taken, old []string
	var r check.Result
	good := map[uint16]bool{}
	for _, o := range offers {
		name := certs.VersionName(o.Version)
		said := "taken"
		if o.Err != nil {
			said = o.Err.Error()
		} else {
			taken = append(taken, name)
			good[o.Version] = true
			if o.Version < tls.VersionTLS12 {
				old = append(old, name)
			}
		}
		r.Evidence = append(r.Evidence, check.Evidence{Name: name, Text: said})
	}
	switch {
	case !good[tls.VersionTLS12] && !good[tls.VersionTLS13]:
		r.Status, r.Summary = check.Fail, fmt.Sprintf("%s speaks no version of today: %s", server, listed(taken, "none"))
		r.Hint = "switch TLS 1.2 on (on Windows: SCHANNEL\\Protocols\\TLS 1.2\\Server in the registry, then restart); that the firewall refuses older ones is inferred"
		speak(&r, certs.FailsHandshake, winrm)
	case len(old) > 0:
		r.Status, r.Summary = check.Warn, fmt.Sprintf("%s still takes %s", server, strings.Join(old, " and "))
		r.Hint = "switch it off (on Windows: SCHANNEL\\Protocols in the registry) when nothing needs it any more"
	case !good[tls.VersionTLS12]:
		r.Status, r.Summary = check.Warn, server+" speaks TLS 1.3 alone: a firewall with an older OpenSSL may have no version in common (inferred)"
		r.Hint = "switch TLS 1.2 on as well"
	default:
		r.Status, r.Summary = check.Pass, strings.Join(taken, ", ")
	}
	return r
}

func listed(words []string, none string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ", ")
}

func (s *tlsServer) ciphers(context.Context) check.Result {
	return judgeCiphers(s.address.String(), s.offers)
}

// harmless are the reasons against a cipher that no attack on WinRM follows from: Windows
// servers have them by default.
var harmless = map[string]bool{"no forward secrecy": true, "CBC with SHA-1": true}

func judgeCiphers(server string, offers []certs.Offer) check.Result {
	r := check.Result{Status: check.Pass}
	var broken, old []string
	all := 0
	for _, o := range offers {
		var names []string
		for _, id := range o.Ciphers {
			name, legacy := certs.Cipher(id)
			all++
			said := name
			switch {
			case legacy == "":
			case harmless[legacy]:
				old = append(old, name)
				said += " (" + legacy + ")"
			default:
				broken = append(broken, fmt.Sprintf("%s (%s)", name, legacy))
				said += " (" + legacy + ")"
			}
			names = append(names, said)
		}
		if len(names) > 0 {
			r.Evidence = append(r.Evidence, check.Evidence{Name: certs.VersionName(o.Version), Text: strings.Join(names, "\n")})
		}
	}
	r.Measures = []check.Measure{{Name: "ciphers", Value: float64(all)}, {Name: "legacy", Value: float64(len(old) + len(broken))}}
	if len(broken) > 0 {
		r.Status, r.Summary = check.Warn, fmt.Sprintf("%s takes %s", server, strings.Join(broken, ", "))
		r.Hint = "switch them off (on Windows: Disable-TlsCipherSuite, or the group policy SSL Cipher Suite Order)"
		return r
	}
	r.Summary = fmt.Sprintf("%d ciphers, %d of them legacy", all, len(old))
	return r
}

// tlsCatalog is one of each check of a TLS server.
func tlsCatalog() []check.Check {
	e := TLSTarget{Host: "dc1.corp.example", Port: PortWinRM}
	config := TLSServers{Targets: []TLSTarget{e}}
	return append(TLSChecks(config), (&tlsServer{config: config, name: e.Host}).checks()...)
}
