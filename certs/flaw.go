package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/lang"
)

// Flaw is what is wrong with a certificate on purpose. The zero value is nothing.
type Flaw string

// The flaws.
const (
	NoFlaw           Flaw = ""
	FlawExpired      Flaw = "expired"       // ended a day ago
	FlawNotYetValid  Flaw = "not-yet-valid" // begins tomorrow
	FlawSelfSigned   Flaw = "self-signed"   // signed by its own key
	FlawUnknownCA    Flaw = "unknown-ca"    // signed by an authority of the same name with another key
	FlawNameMismatch Flaw = "name-mismatch" // for other.corp.example
)

// otherName is the name in a certificate with FlawNameMismatch.
const otherName = "other.corp.example"

// FlawInfo describes a flaw.
type FlawInfo struct {
	Flaw  Flaw
	Title lang.Text
	Rule  string // the rule of Judge that must find it, and no other
}

// Flaws lists the flaws that can be minted.
func Flaws() []FlawInfo {
	return []FlawInfo{
		{FlawExpired, lang.Text{EN: "the certificate has expired", JA: "証明書の有効期限が切れている"}, RuleDates},
		{FlawNotYetValid, lang.Text{EN: "the certificate is not valid yet", JA: "証明書の有効期間がまだ始まっていない"}, RuleDates},
		{FlawSelfSigned, lang.Text{EN: "the certificate is self-signed", JA: "証明書が自己署名である"}, RuleChain},
		{FlawUnknownCA, lang.Text{EN: "the certificate was signed by an unknown authority", JA: "証明書が未知の認証局によって署名されている"}, RuleChain},
		{FlawNameMismatch, lang.Text{EN: "the certificate is for another name", JA: "証明書の名前が接続先と一致しない"}, RuleName},
	}
}

// Server mints a certificate for a TLS server of these names and addresses. An unknown
// flaw, an empty list and a host that the authority must not vouch for are errors.
func (a *Authority) Server(hosts []string, flaw Flaw) (tls.Certificate, error) {
	c, err := a.server(hosts, flaw)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate of server %q: %w", strings.Join(hosts, ", "), err)
	}
	return c, nil
}

func (a *Authority) server(hosts []string, flaw Flaw) (tls.Certificate, error) {
	template, err := a.serverTemplate(hosts)
	if err != nil {
		return tls.Certificate{}, err
	}
	switch flaw {
	case NoFlaw:
	case FlawExpired:
		template.NotAfter = template.NotBefore.Add(backdate - 24*time.Hour)
		template.NotBefore = template.NotAfter.Add(-Lifetime)
	case FlawNotYetValid:
		template.NotBefore = template.NotBefore.Add(backdate + 24*time.Hour)
		template.NotAfter = template.NotBefore.Add(Lifetime)
	case FlawNameMismatch:
		template.DNSNames, template.IPAddresses = []string{otherName}, nil
		template.Subject = subject(otherName)
	case FlawSelfSigned:
		return selfSigned(template)
	case FlawUnknownCA:
		// The same subject on purpose: what differs is the key, which is how it looks when a CA
		// was made anew and the client still has the old one.
		other, err := NewAuthority(strings.TrimPrefix(a.cert.Subject.CommonName, "TEST CA "))
		if err != nil {
			return tls.Certificate{}, err
		}
		return other.issue(template)
	default:
		return tls.Certificate{}, fmt.Errorf("no flaw %q", flaw)
	}
	return a.issue(template)
}

func (a *Authority) serverTemplate(hosts []string) (*x509.Certificate, error) {
	if len(hosts) == 0 {
		return nil, fmt.Errorf("no host given")
	}
	template, err := a.template(subject(hosts[0]))
	if err != nil {
		return nil, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if !Permits(host) {
			return nil, fmt.Errorf("a test authority vouches for %s and %s only, not for %q",
				strings.Join(permittedDomains, ", "), strings.Join(permittedRanges, ", "), host)
		}
		if address, err := netip.ParseAddr(host); err == nil {
			template.IPAddresses = append(template.IPAddresses, net.IP(address.AsSlice()))
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template, nil
}

func selfSigned(template *x509.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := sign(template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
