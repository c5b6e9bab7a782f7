package certs

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// EncodePEM writes a certificate with its chain, and its key (PKCS #8), each block with
// its decoded text above. keyPEM is a secret: the caller keeps it in a file of mode 0600.
func EncodePEM(c tls.Certificate) (certPEM, keyPEM []byte, err error) {
	if len(c.Certificate) == 0 {
		return nil, nil, errors.New("encode certificate: it is empty")
	}
	for _, der := range c.Certificate {
		certPEM = appendCertificate(certPEM, der)
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return nil, nil, fmt.Errorf("encode key: %w", err)
	}
	keyPEM = fmt.Appendf(nil, "# TEST private key (%s): keep it to its test\n", keyKind(c.PrivateKey))
	return certPEM, append(keyPEM, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...), nil
}

func keyKind(key any) string {
	if ec, ok := key.(*ecdsa.PrivateKey); ok {
		return "ECDSA " + ec.Curve.Params().Name
	}
	return fmt.Sprintf("%T", key)
}

// appendCertificate writes one certificate with its text. Lines that start with # are
// no part of PEM: its readers skip what stands before a block.
func appendCertificate(dst, der []byte) []byte {
	if c, err := x509.ParseCertificate(der); err == nil {
		dst = appendText(dst, c)
	}
	return append(dst, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

func appendText(dst []byte, c *x509.Certificate) []byte {
	dst = fmt.Appendf(dst, "# subject: %s\n# issuer:  %s\n", c.Subject, c.Issuer)
	if names := Names(c); len(names) > 0 {
		dst = fmt.Appendf(dst, "# names:   %s\n", strings.Join(names, ", "))
	}
	dst = fmt.Appendf(dst, "# valid:   %s to %s\n",
		c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
	if c.IsCA && len(c.PermittedDNSDomains) > 0 {
		permitted := append([]string{}, c.PermittedDNSDomains...)
		for _, network := range c.PermittedIPRanges {
			permitted = append(permitted, network.String())
		}
		dst = fmt.Appendf(dst, "# permits: %s\n", strings.Join(permitted, ", "))
	}
	return fmt.Appendf(dst, "# sha256:  %x\n", sha256.Sum256(c.Raw))
}

// Names lists the host names and addresses a certificate is for, as in its subject
// alternative name. The common name is none of them (RFC 9525 section 2).
func Names(c *x509.Certificate) []string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}
