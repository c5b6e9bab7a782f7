package certs

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/uidprobe/uidprobe/check"
)

// The bounds of Ask.
const (
	maxAnswer    = 8 << 20 // a revocation list of a large CA is of some megabytes
	maxAddresses = 20      // a certificate can name as many as it likes
)

// Kind is what an address in a certificate is for.
type Kind string

// The kinds.
const (
	KindCRL    Kind = "crl"
	KindOCSP   Kind = "ocsp"
	KindIssuer Kind = "issuer" // the certificate of the one that signed
)

// Answer is what one address of a certificate gave.
type Answer struct {
	Kind Kind
	URL  string
	Of   *x509.Certificate // that names the address
	Took time.Duration
	Err  error // why there was no answer that can be read and believed

	List   *x509.RevocationList // of KindCRL
	OCSP   *OCSPStatus          // of KindOCSP
	Issuer *x509.Certificate    // of KindIssuer
}

// OCSPStatus is what a responder says of a certificate, its signature verified.
type OCSPStatus struct {
	Revoked, Unknown bool
	At               time.Time // of the revocation
	Until            time.Time // when a newer answer is due; zero if it does not say
}

// Ask asks the addresses that the certificates of a chain name, one request each: issuers
// first, since what the others say is believed only if they have signed it. It asks
// addresses that the server chose, so it is called only when a person wants it. Nothing is
// followed elsewhere, at most 20 addresses are asked and 8 MB read of each; every request
// is an attempt of check.Attempt.
func Ask(ctx context.Context, sent, profile []*x509.Certificate) []Answer {
	a := asker{client: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	known := append(append([]*x509.Certificate{}, sent...), profile...)
	for _, c := range sent {
		for _, address := range c.IssuingCertificateURL {
			known = append(known, a.askIssuer(ctx, c, address)...)
		}
	}
	for _, c := range sent {
		if selfSigned(c) {
			continue
		}
		issuer := issuerAmong(c, known)
		for _, address := range c.CRLDistributionPoints {
			a.askList(ctx, c, issuer, address)
		}
		for _, address := range c.OCSPServer {
			a.askResponder(ctx, c, issuer, address)
		}
	}
	return a.answers
}

func issuerAmong(c *x509.Certificate, known []*x509.Certificate) *x509.Certificate {
	for _, candidate := range known {
		if mayHaveIssued(candidate, c) && signedBy(c, candidate) == nil {
			return candidate
		}
	}
	return nil
}

type asker struct {
	client  *http.Client
	answers []Answer
}

func (a *asker) add(answer Answer, began time.Time) {
	answer.Took = time.Since(began)
	a.answers = append(a.answers, answer)
}

func (a *asker) askIssuer(ctx context.Context, c *x509.Certificate, address string) []*x509.Certificate {
	answer, began := Answer{Kind: KindIssuer, URL: address, Of: c}, time.Now()
	var body []byte
	if body, answer.Err = a.get(ctx, address, nil); answer.Err == nil {
		if answer.Issuer, answer.Err = Parse(unwrapped(body)); answer.Err == nil && signedBy(c, answer.Issuer) != nil {
			answer.Issuer, answer.Err = nil, errors.New("what is there did not sign the certificate")
		}
	}
	a.add(answer, began)
	if answer.Issuer == nil {
		return nil
	}
	return []*x509.Certificate{answer.Issuer}
}

func (a *asker) askList(ctx context.Context, c, issuer *x509.Certificate, address string) {
	answer, began := Answer{Kind: KindCRL, URL: address, Of: c}, time.Now()
	var body []byte
	if body, answer.Err = a.get(ctx, address, nil); answer.Err == nil {
		answer.List, answer.Err = listOf(unwrapped(body), issuer)
	}
	a.add(answer, began)
}

var errNoIssuerKnown = errors.New("the certificate of its issuer is not known, so that no answer can be believed")

func listOf(der []byte, issuer *x509.Certificate) (*x509.RevocationList, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("it is no revocation list: %w", err)
	}
	if issuer == nil {
		return nil, errNoIssuerKnown
	}
	if err := listSignedBy(list, issuer); err != nil {
		return nil, fmt.Errorf("the revocation list is not signed by %s: %w", caName(issuer), err)
	}
	return list, nil
}

// listSignedBy checks the signature and nothing else: whether the issuer is a CA is another
// rule's question.
func listSignedBy(list *x509.RevocationList, issuer *x509.Certificate) error {
	return issuer.CheckSignature(list.SignatureAlgorithm, list.RawTBSRevocationList, list.Signature)
}

func (a *asker) askResponder(ctx context.Context, c, issuer *x509.Certificate, address string) {
	answer, began := Answer{Kind: KindOCSP, URL: address, Of: c}, time.Now()
	answer.OCSP, answer.Err = a.ocsp(ctx, c, issuer, address)
	a.add(answer, began)
}

func (a *asker) ocsp(ctx context.Context, c, issuer *x509.Certificate, address string) (*OCSPStatus, error) {
	if issuer == nil {
		return nil, errNoIssuerKnown
	}
	request, err := ocsp.CreateRequest(c, issuer, nil)
	if err != nil {
		return nil, err
	}
	body, err := a.get(ctx, address, request)
	if err != nil {
		return nil, err
	}
	return statusOf(body, c, issuer)
}

// statusOf reads an OCSP response, stapled or fetched.
func statusOf(der []byte, c, issuer *x509.Certificate) (*OCSPStatus, error) {
	response, err := ocsp.ParseResponseForCert(der, c, issuer)
	if err != nil {
		return nil, fmt.Errorf("OCSP: %w", err)
	}
	return &OCSPStatus{
		Revoked: response.Status == ocsp.Revoked, Unknown: response.Status == ocsp.Unknown,
		At: response.RevokedAt, Until: response.NextUpdate,
	}, nil
}

// get fetches an address, or posts an OCSP request to it. The error says why in words that
// need no address: the answer has it.
func (a *asker) get(ctx context.Context, address string, request []byte) ([]byte, error) {
	if len(a.answers) >= maxAddresses {
		return nil, fmt.Errorf("not asked: there are more than %d addresses", maxAddresses)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("not asked: only http addresses with a host are")
	}
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	method, body := http.MethodGet, io.Reader(nil)
	if request != nil {
		method, body = http.MethodPost, bytes.NewReader(request)
	}
	r, err := http.NewRequestWithContext(attempt, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if request != nil {
		r.Header.Set("Content-Type", "application/ocsp-request")
	}
	answer, err := a.client.Do(r)
	if err != nil {
		if cause := context.Cause(attempt); cause != nil {
			return nil, cause
		}
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err == nil && len(text) > maxAnswer {
		err = fmt.Errorf("more than %d bytes", maxAnswer)
	}
	return text, err
}

// unwrapped takes the DER out of PEM; what is no PEM is left as it is.
func unwrapped(body []byte) []byte {
	if block, _ := pem.Decode(body); block != nil {
		return block.Bytes
	}
	return body
}
