package certs

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Where a PKI publishes, below its base.
const (
	intermediateCRL = "/intermediate.crl"
	ocspPath        = "/ocsp"
)

// address is where something is published.
func (m mill) address(path string) string {
	if m.base == "" {
		return defaultBase + path
	}
	return m.base + path
}

// publish writes into a certificate where its issuer's list, responder and certificate are.
// What a flaw has put there stays.
func (m mill) publish(template, parent *x509.Certificate) {
	if m.base == "" {
		return
	}
	if template.CRLDistributionPoints == nil {
		template.CRLDistributionPoints = []string{m.base + place(parent) + ".crl"}
	}
	if template.OCSPServer == nil {
		template.OCSPServer = []string{m.base + ocspPath}
	}
	template.IssuingCertificateURL = []string{m.base + place(parent) + ".cer"}
}

// place is where a CA publishes, without the ending.
func place(ca *x509.Certificate) string {
	switch {
	case bytes.Equal(ca.RawSubject, ca.RawIssuer):
		return "/root"
	case strings.Contains(ca.Subject.CommonName, secondKind):
		return "/second"
	}
	return "/intermediate"
}

// revoked says whether this PKI's server is revoked.
func (p *PKI) revoked() bool { return p.Flaw == FlawRevokedCRL || p.Flaw == FlawRevokedOCSP }

// CRLs are the revocation lists of the root and of the intermediate, in PEM.
func (p *PKI) CRLs() ([]byte, error) {
	var text []byte
	for _, i := range p.authorities() {
		der, err := p.crl(i)
		if err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, "# revocation list of %s\n", i.cert.Subject)
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	return text, nil
}

// authorities are the CAs that sign something of the server's, the root first.
func (p *PKI) authorities() []issuer {
	list := []issuer{p.root}
	if p.spec.made.top.cert != p.root.cert {
		list = append(list, p.spec.made.top)
	}
	chain := slices.Clone(p.spec.made.chain)
	slices.Reverse(chain)
	return append(list, chain...)
}

func (p *PKI) crl(i issuer) ([]byte, error) {
	template := &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: p.spec.from, NextUpdate: p.spec.from.Add(Lifetime),
	}
	if leaf := p.spec.made.leaf.cert; p.revoked() && bytes.Equal(leaf.RawIssuer, i.cert.RawSubject) {
		template.RevokedCertificateEntries = []x509.RevocationListEntry{{
			SerialNumber: leaf.SerialNumber, RevocationTime: p.spec.from, ReasonCode: ocsp.KeyCompromise,
		}}
	}
	return x509.CreateRevocationList(rand.Reader, template, i.cert, i.key)
}

// OCSP is the responder's answer for the server's certificate, in DER.
func (p *PKI) OCSP() ([]byte, error) {
	return ocspAnswer(p.spec.made.leaf.cert, p.intermediate, !p.revoked(), p.spec.from)
}

func ocspAnswer(leaf *x509.Certificate, parent issuer, good bool, from time.Time) ([]byte, error) {
	template := ocsp.Response{
		Status: ocsp.Good, SerialNumber: leaf.SerialNumber, ThisUpdate: from, NextUpdate: from.Add(Lifetime),
	}
	if !good {
		template.Status, template.RevokedAt, template.RevocationReason = ocsp.Revoked, from, ocsp.KeyCompromise
	}
	return ocsp.CreateResponse(parent.cert, parent.cert, template, parent.key)
}

// Handler publishes the revocation lists, the OCSP responder and the certificates of the
// CAs, at the paths that the certificates name below MintConfig.Base.
func (p *PKI) Handler() http.Handler {
	mux := http.NewServeMux()
	serve := func(path, kind string, make func() ([]byte, error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			der, err := make()
			if err != nil {
				http.Error(w, "the CA cannot make it", http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(der)
		})
	}
	for _, ca := range p.authorities() {
		if ca.cert == p.root.cert && p.spec.made.top.cert != p.root.cert {
			continue // the server's chain does not lead to it
		}
		serve(place(ca.cert)+".crl", "application/pkix-crl", func() ([]byte, error) { return p.crl(ca) })
		serve(place(ca.cert)+".cer", "application/pkix-cert", func() ([]byte, error) { return ca.cert.Raw, nil })
	}
	mux.HandleFunc("POST "+ocspPath, func(w http.ResponseWriter, r *http.Request) {
		request, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
		p.respond(w, request, err)
	})
	mux.HandleFunc("GET "+ocspPath+"/", func(w http.ResponseWriter, r *http.Request) {
		text, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), ocspPath+"/"))
		if err != nil {
			p.respond(w, nil, err)
			return
		}
		request, err := base64.StdEncoding.DecodeString(text)
		p.respond(w, request, err)
	})
	return mux
}

// respond answers an OCSP request (RFC 6960 section 4.2) for whatever this PKI has signed.
func (p *PKI) respond(w http.ResponseWriter, request []byte, err error) {
	w.Header().Set("Content-Type", "application/ocsp-response")
	asked, parseErr := ocsp.ParseRequest(request)
	if err != nil || parseErr != nil {
		_, _ = w.Write(ocsp.MalformedRequestErrorResponse)
		return
	}
	for _, c := range append([]issuer{p.spec.made.leaf}, p.spec.made.chain...) {
		for _, parent := range p.authorities() {
			if asked.SerialNumber.Cmp(c.cert.SerialNumber) != 0 || !bytes.Equal(c.cert.RawIssuer, parent.cert.RawSubject) {
				continue
			}
			good := c.cert != p.spec.made.leaf.cert || !p.revoked()
			if der, err := ocspAnswer(c.cert, parent, good, p.spec.from); err == nil {
				_, _ = w.Write(der)
				return
			}
		}
	}
	_, _ = w.Write(ocsp.UnauthorizedErrorResponse)
}
