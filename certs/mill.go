package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

// mill makes certificates. Names, serials and dates come from its fields, keys are always
// fresh.
type mill struct {
	name    string    // part of every authority's subject
	from    time.Time // when validity begins
	serials io.Reader // random, or from a seed
	base    string    // of the addresses of CRL, OCSP and issuers; empty writes none
}

// beginning is when something made now begins to be valid.
func beginning(now time.Time) time.Time {
	return now.Add(-backdate).UTC().Truncate(time.Second)
}

func subject(commonName string) pkix.Name {
	return pkix.Name{CommonName: commonName, Organization: []string{"uidprobe TEST, do not trust"}}
}

// template is what all certificates have in common.
func (m mill) template(name pkix.Name) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: m.serial(),
		Subject:      name,
		NotBefore:    m.from,
		NotAfter:     m.from.Add(Lifetime),
	}
}

// serial is 120 bits: positive, and short enough (RFC 5280 section 4.1.2.2: 20 octets).
func (m mill) serial() *big.Int {
	var octets [15]byte
	if _, err := io.ReadFull(m.serials, octets[:]); err != nil {
		panic(err) // neither crypto/rand nor a seeded source ever fails
	}
	octets[0] |= 0x40 // never zero, and always of one length
	return new(big.Int).SetBytes(octets[:])
}

// authority is the template of a CA.
func (m mill) authority(kind string) *x509.Certificate {
	template := m.template(subject(fmt.Sprintf("TEST %s %s", kind, m.name)))
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return template
}

// rootTemplate is that of the root: the one that holds the name constraints, which bind
// all below it.
func (m mill) rootTemplate() *x509.Certificate {
	template := m.authority("CA")
	constrain(template)
	return template
}

func constrain(template *x509.Certificate) {
	template.PermittedDNSDomainsCritical = true
	template.PermittedDNSDomains = append([]string{}, permittedDomains...)
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

// intermediate is the template of the CA that signs servers and clients.
func (m mill) intermediate() *x509.Certificate {
	template := m.authority("issuing CA")
	template.MaxPathLenZero = true
	return template
}

// root signs a template with a fresh key of its own.
func (m mill) root(template *x509.Certificate) (issuer, error) {
	key, err := freshKey()
	if err != nil {
		return issuer{}, err
	}
	cert, err := sign(template, template, key.Public(), key)
	return issuer{cert, key}, err
}

// below signs the template of a CA with a fresh key.
func (m mill) below(template *x509.Certificate, parent issuer) (issuer, error) {
	key, err := freshKey()
	if err != nil {
		return issuer{}, err
	}
	m.publish(template, parent.cert)
	cert, err := sign(template, parent.cert, key.Public(), parent.key)
	return issuer{cert, key}, err
}

func (m mill) client(name string, parent issuer) (tls.Certificate, error) {
	template := m.template(subject(name))
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	leaf, err := m.below(template, parent)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{
		Certificate: [][]byte{leaf.cert.Raw, parent.cert.Raw}, PrivateKey: leaf.key, Leaf: leaf.cert,
	}, nil
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return Parse(der)
}

func freshKey() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func freshRSA(bits int) func() (crypto.Signer, error) {
	return func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) }
}
