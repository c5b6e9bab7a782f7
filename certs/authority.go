// Package certs mints test certificates, good and deliberately bad ones, and judges a
// chain as a client of a firewall's listener, or the firewall itself, would.
package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Lifetime is how long what an Authority signs is valid, and the authority itself: long
// enough for a test, too short to be relied upon.
const Lifetime = 7 * 24 * time.Hour

// backdate is how far before its making a certificate begins, for clocks that run late.
const backdate = time.Hour

// Authority is a test CA with a fresh key that exists in memory only. Its name says TEST,
// and its name constraints keep it from vouching for anything real, should somebody trust
// it for longer than a test. It may be used concurrently.
type Authority struct {
	name string
	root issuer
	now  func() time.Time
}

// issuer is a certificate that signs others, with its key.
type issuer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// permittedDomains and permittedRanges are all an Authority may vouch for: the names and
// addresses for documentation (RFC 2606, RFC 5737, RFC 3849) and this host.
var (
	permittedDomains = []string{"corp.example", "localhost"}
	permittedRanges  = []string{
		"127.0.0.0/8", "::1/128",
		"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32",
	}
)

// NewAuthority makes a CA. The name becomes part of its subject; several of one name are
// several authorities.
func NewAuthority(name string) (*Authority, error) {
	a := &Authority{name: name, now: time.Now}
	var err error
	if a.root, err = a.mill().root(a.mill().rootTemplate()); err != nil {
		return nil, fmt.Errorf("authority %q: %w", name, err)
	}
	return a, nil
}

// mill is how this authority makes a certificate now.
func (a *Authority) mill() mill {
	return mill{name: a.name, from: beginning(a.now()), serials: rand.Reader}
}

// Certificate is the authority's own certificate. It must not be changed.
func (a *Authority) Certificate() *x509.Certificate { return a.root.cert }

// PEM is the authority's certificate with its decoded text above the block.
func (a *Authority) PEM() []byte { return appendCertificate(nil, a.root.cert.Raw) }

// Pool returns a new pool that trusts this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}

// Server mints a certificate for a TLS server of these names and addresses, with the
// chain that the server is to send. An unknown flaw, one that needs a CA of its own
// (FlawInfo.OwnCA: see Mint), an empty list and a host that the authority must not vouch
// for are errors.
func (a *Authority) Server(hosts []string, flaw Flaw) (tls.Certificate, error) {
	s := newSpec(a.mill(), hosts)
	s.root = a.root
	err := s.apply(flaw, false)
	if err == nil {
		err = s.build()
	}
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate of server %q: %w", strings.Join(hosts, ", "), err)
	}
	return s.server(), nil
}

// Client mints a certificate for a TLS client; name is its subject's common name.
func (a *Authority) Client(name string) (tls.Certificate, error) {
	c, err := a.mill().client(name, a.root)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate of client %q: %w", name, err)
	}
	return c, nil
}

// Permits says whether a host name or address is one that an Authority may vouch for.
func Permits(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		for _, text := range permittedRanges {
			if netip.MustParsePrefix(text).Contains(address) {
				return true
			}
		}
		return false
	}
	host = strings.ToLower(host)
	for _, domain := range permittedDomains {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
