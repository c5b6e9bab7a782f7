package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
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

// EncodePFX writes a certificate with its chain and its key as PKCS #12, which is what
// Windows imports. It is encrypted as old servers can read it too, which is weak: the file
// is a secret, whatever the password.
func EncodePFX(c tls.Certificate, password string) ([]byte, error) {
	var chain []*x509.Certificate
	for _, der := range c.Certificate {
		parsed, err := Parse(der)
		if err != nil {
			return nil, fmt.Errorf("encode pfx: %w", err)
		}
		chain = append(chain, parsed)
	}
	if len(chain) == 0 {
		return nil, errors.New("encode pfx: the certificate is empty")
	}
	der, err := pkcs12.LegacyDES.Encode(c.PrivateKey, chain[0], chain[1:], password)
	if err != nil {
		return nil, fmt.Errorf("encode pfx: %w", err)
	}
	return der, nil
}

// PEM writes certificates, each with its decoded text above the block.
func PEM(list []*x509.Certificate) (text []byte) {
	for _, c := range list {
		text = appendCertificate(text, c.Raw)
	}
	return text
}

// appendCertificate writes one certificate with its text. Lines that start with # are
// no part of PEM: its readers skip what stands before a block.
func appendCertificate(dst, der []byte) []byte {
	if c, err := Parse(der); err == nil {
		for _, line := range Text(c) {
			dst = fmt.Appendf(dst, "# %s\n", line)
		}
	}
	return append(dst, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

// Text describes a certificate, a line for each thing that can be wrong with it. What came
// from outside is quoted or cut.
func Text(c *x509.Certificate) []string {
	lines := []string{
		"subject: " + printable(c.Subject.String()),
		"issuer:  " + printable(c.Issuer.String()),
		fmt.Sprintf("serial:  %x", c.SerialNumber),
		fmt.Sprintf("valid:   %s to %s", c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339)),
		fmt.Sprintf("key:     %s, signed with %s", keyKind(c.PublicKey), signatureName(c)),
	}
	for _, l := range []struct {
		label string
		words []string
	}{
		{"names:   ", Names(c)},
		{"usage:   ", append(keyUsages(c.KeyUsage), extendedUsages(c)...)},
		{"ca:      ", constraintsText(c)},
		{"permits: ", permitted(c)},
		{"crl:     ", c.CRLDistributionPoints},
		{"ocsp:    ", c.OCSPServer},
		{"issuer's:", c.IssuingCertificateURL},
	} {
		if len(l.words) > 0 {
			lines = append(lines, l.label+printable(strings.Join(l.words, ", ")))
		}
	}
	return append(lines,
		fmt.Sprintf("sha256:  %x", sha256.Sum256(c.Raw)),
		"sha1:    "+Thumbprint(c)+" (the thumbprint of Windows)")
}

// Thumbprint is what Windows calls a certificate by, as in the output of
// "winrm enumerate winrm/config/listener": SHA-1 over the whole, 40 digits without blanks.
func Thumbprint(c *x509.Certificate) string { return fmt.Sprintf("%X", sha1.Sum(c.Raw)) }

// Names lists the host names and addresses a certificate is for, as in its subject
// alternative name. The common name is none of them (RFC 9525 section 2).
func Names(c *x509.Certificate) []string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// printable keeps a text from outside in one line of bounded length.
func printable(s string) string {
	const most = 500
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

func keyKind(key any) string {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return keyKind(&k.PublicKey)
	case *ecdsa.PrivateKey:
		return keyKind(&k.PublicKey)
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case ed25519.PublicKey, ed25519.PrivateKey:
		return "Ed25519"
	case nil:
		return "a key of unknown kind"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", key), "*")
}

func signatureName(c *x509.Certificate) string {
	if c.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
		return "an unknown algorithm"
	}
	return c.SignatureAlgorithm.String()
}

func keyUsages(usage x509.KeyUsage) (words []string) {
	for i, word := range []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment",
		"keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"} {
		if usage&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return words
}

func extendedUsages(c *x509.Certificate) (words []string) {
	known := map[x509.ExtKeyUsage]string{
		x509.ExtKeyUsageAny: "any", x509.ExtKeyUsageServerAuth: "serverAuth", x509.ExtKeyUsageClientAuth: "clientAuth",
		x509.ExtKeyUsageCodeSigning: "codeSigning", x509.ExtKeyUsageEmailProtection: "emailProtection",
		x509.ExtKeyUsageTimeStamping: "timeStamping", x509.ExtKeyUsageOCSPSigning: "OCSPSigning",
	}
	for _, usage := range c.ExtKeyUsage {
		word, ok := known[usage]
		if !ok {
			word = fmt.Sprintf("another (%d)", usage)
		}
		words = append(words, word)
	}
	for _, oid := range c.UnknownExtKeyUsage {
		words = append(words, oid.String())
	}
	return words
}

// constraintsText is the basic constraints of a certificate that has some.
func constraintsText(c *x509.Certificate) []string {
	switch {
	case !c.BasicConstraintsValid:
		return nil
	case !c.IsCA:
		return []string{"FALSE"}
	case c.MaxPathLen >= 0 && (c.MaxPathLen > 0 || c.MaxPathLenZero):
		return []string{fmt.Sprintf("TRUE, at most %d below it", c.MaxPathLen)}
	}
	return []string{"TRUE"}
}

func permitted(c *x509.Certificate) []string {
	words := append([]string{}, c.PermittedDNSDomains...)
	for _, network := range c.PermittedIPRanges {
		words = append(words, network.String())
	}
	return words
}

// sameCert says whether two certificates are one.
func sameCert(a, b *x509.Certificate) bool { return bytes.Equal(a.Raw, b.Raw) }
