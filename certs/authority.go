// Package certs mints test certificates, good and deliberately bad ones, and judges a
// chain as a client of a firewall's listener would.
package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
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
	cert *x509.Certificate
	key  crypto.Signer
	now  func() time.Time
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
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("authority %q: %w", name, err)
	}
	a := &Authority{key: key, now: time.Now}
	template, err := a.template(subject("TEST CA " + name))
	if err != nil {
		return nil, fmt.Errorf("authority %q: %w", name, err)
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.MaxPathLenZero = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	constrain(template)
	if a.cert, err = sign(template, template, key.Public(), key); err != nil {
		return nil, fmt.Errorf("authority %q: %w", name, err)
	}
	return a, nil
}

func subject(commonName string) pkix.Name {
	return pkix.Name{CommonName: commonName, Organization: []string{"uidprobe TEST, do not trust"}}
}

func constrain(template *x509.Certificate) {
	template.PermittedDNSDomainsCritical = true
	template.PermittedDNSDomains = permittedDomains
	template.PermittedEmailAddresses = []string{"corp.example"}
	template.PermittedURIDomains = []string{"corp.example"}
	for _, text := range permittedRanges {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			panic(err) // the list above is wrong
		}
		template.PermittedIPRanges = append(template.PermittedIPRanges, network)
	}
}

// template is what all certificates have in common.
func (a *Authority) template(name pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	from := a.now().Add(-backdate).UTC().Truncate(time.Second)
	return &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), // RFC 5280 section 4.1.2.2: positive
		Subject:      name,
		NotBefore:    from,
		NotAfter:     from.Add(Lifetime),
	}, nil
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Certificate is the authority's own certificate. It must not be changed.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// PEM is the authority's certificate with its decoded text above the block.
func (a *Authority) PEM() []byte { return appendCertificate(nil, a.cert.Raw) }

// Pool returns a new pool that trusts this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Client mints a certificate for a TLS client; name is its subject's common name.
func (a *Authority) Client(name string) (tls.Certificate, error) {
	template, err := a.template(subject(name))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate of client %q: %w", name, err)
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	c, err := a.issue(template)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate of client %q: %w", name, err)
	}
	return c, nil
}

// issue signs a template with a fresh key and gives the chain: leaf, authority.
func (a *Authority) issue(template *x509.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := sign(template, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{
		Certificate: [][]byte{leaf.Raw, a.cert.Raw}, PrivateKey: key, Leaf: leaf,
	}, nil
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
