package certs

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"
)

// maxDepth is how far OpenSSL goes (DEFAULT_DEPTH of x509_vpm.c), and with it libcurl.
const maxDepth = 100

// path is the way from a server's certificate upwards, built as OpenSSL builds it since
// 1.1.0: at each step an issuer is looked for among the trusted certificates first, then
// among what the server sent, by its name and its key identifier. Signatures and dates
// are looked at when the path stands, and choose no other way.
type path struct {
	certs   []*x509.Certificate // the server's first
	trusted bool                // it ends in a certificate of the profile
	partial bool                // that one is no root
	failed  int                 // OpenSSL's error number; 0 if trusted
}

// top is the last certificate of the path.
func (p path) top() *x509.Certificate { return p.certs[len(p.certs)-1] }

func buildPath(sent, profile []*x509.Certificate, now time.Time) path {
	p := path{certs: []*x509.Certificate{sent[0]}}
	for len(p.certs) <= maxDepth {
		current := p.top()
		inProfile := holds(profile, current)
		if selfSigned(current) {
			p.end(inProfile, false)
			return p
		}
		next := p.issuerOf(current, profile, now)
		if next == nil && inProfile {
			p.end(true, true)
			return p
		}
		if next == nil {
			next = p.issuerOf(current, sent[1:], now)
		}
		if next == nil {
			p.end(false, false)
			return p
		}
		p.certs = append(p.certs, next)
	}
	p.failed = errDepth
	return p
}

// end says how the path ended, in OpenSSL's numbers.
func (p *path) end(trusted, partial bool) {
	p.trusted, p.partial = trusted, partial
	switch {
	case trusted:
	case !selfSigned(p.top()):
		p.failed = errNoIssuer
	case len(p.certs) == 1:
		p.failed = errSelfSignedLeaf
	default:
		p.failed = errSelfSignedInChain
	}
}

// issuerOf chooses among candidates: one that is valid now before one that is not, and of
// those the one that ended last.
func (p path) issuerOf(c *x509.Certificate, candidates []*x509.Certificate, now time.Time) (best *x509.Certificate) {
	for _, candidate := range candidates {
		if holds(p.certs, candidate) || !mayHaveIssued(candidate, c) {
			continue
		}
		if !now.Before(candidate.NotBefore) && !now.After(candidate.NotAfter) {
			return candidate
		}
		if best == nil || candidate.NotAfter.After(best.NotAfter) {
			best = candidate
		}
	}
	return best
}

// mayHaveIssued compares names and, where both are there, key identifiers.
func mayHaveIssued(issuer, c *x509.Certificate) bool {
	if !bytes.Equal(issuer.RawSubject, c.RawIssuer) {
		return false
	}
	return len(c.AuthorityKeyId) == 0 || len(issuer.SubjectKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, issuer.SubjectKeyId)
}

func holds(list []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(list, func(other *x509.Certificate) bool { return sameCert(other, c) })
}

// selfSigned says whether a certificate is its own issuer, by name, identifier and signature.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && mayHaveIssued(c, c) && signedBy(c, c) == nil
}

// signedBy checks a signature and nothing else, SHA-1 included: whether the algorithm is
// strong enough is another rule's question.
func signedBy(c, issuer *x509.Certificate) error {
	return issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
}
