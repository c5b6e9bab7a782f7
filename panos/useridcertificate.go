package panos

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// ConfigCertificate is a certificate that something in a configuration names.
type ConfigCertificate struct {
	Name ConfigValue // where it is named
	// Certificate is nil where the file does not have it, or what it has cannot be read; Err says
	// why then.
	Certificate *x509.Certificate
	Err         string
}

// PEM is the certificate as a file has it; nil without one.
func (c ConfigCertificate) PEM() []byte {
	if c.Certificate == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate.Raw})
}

// certificate finds a certificate of the virtual system, or else a shared one.
func (s configScope) certificate(name ConfigValue) ConfigCertificate {
	e := s.named("certificate", name)
	if e == nil {
		return ConfigCertificate{Name: name, Err: "it is not in the file"}
	}
	c, reason := readCertificate(e.leaf("public-key").Text)
	return ConfigCertificate{name, c, reason}
}

// readCertificate reads PEM whose line breaks may have become blanks, as some exports have it.
func readCertificate(text string) (*x509.Certificate, string) {
	const begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
	_, rest, ok := strings.Cut(text, begin)
	body, _, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return nil, "it is not in PEM"
	}
	body = strings.Join(strings.Fields(body), "\n")
	block, _ := pem.Decode([]byte(begin + "\n" + body + "\n" + end + "\n"))
	if block == nil {
		return nil, "its PEM cannot be read"
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, clip(err.Error(), excerptLength)
	}
	return c, ""
}

// issuers finds the CA in the file that issued a certificate, or the certificate itself if it
// issued itself.
func (s configScope) issuers(name ConfigValue) []ConfigCertificate {
	if !name.Given() {
		return nil
	}
	leaf := s.certificate(name)
	if leaf.Certificate == nil {
		return nil
	}
	if bytes.Equal(leaf.Certificate.RawIssuer, leaf.Certificate.RawSubject) {
		return []ConfigCertificate{leaf}
	}
	for _, place := range []*ConfigElement{s.vsys, s.shared} {
		for _, v := range entryNames(place.path("certificate")) {
			ca := s.certificate(v)
			if ca.Certificate != nil && leaf.Certificate.CheckSignatureFrom(ca.Certificate) == nil {
				return []ConfigCertificate{ca}
			}
		}
	}
	return nil
}
