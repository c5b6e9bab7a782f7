package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
)

func (e *exam) readable() finding {
	if len(e.shown.Raw) == 0 {
		return finding{status: check.Fail, summary: "the server presented no certificate", fails: FailsHandshake,
			hint: "bind a certificate to the service; on Windows: winrm enumerate winrm/config/listener shows the thumbprint of the one it uses"}
	}
	if e.bad != nil {
		return finding{status: check.Fail, summary: printable(e.bad.Error()), fails: FailsHandshake, hint: "issue the certificate again: this one is not DER"}
	}
	var odd []string
	for _, c := range e.sent {
		if err := Strictly(c); err != nil {
			odd = append(odd, fmt.Sprintf("%s: %v", title(c), err))
		}
	}
	if len(odd) > 0 {
		f := warned("issue it with names in ASCII; an international name is written as xn--…",
			"OpenSSL reads it, stricter programs do not: %s", printable(strings.Join(odd, "; ")))
		f.seen = e.decoded()
		return f
	}
	f := pass("%s; the server's has the thumbprint %s (compare: winrm enumerate winrm/config/listener)", count(len(e.sent), "certificate"), Thumbprint(e.sent[0]))
	f.seen = e.decoded()
	return f
}

// mostShown is how many certificates of a chain are shown in full.
const mostShown = 10

// decoded is the chain as sent, in full.
func (e *exam) decoded() (seen []check.Evidence) {
	for i, c := range e.sent {
		if i == mostShown {
			break
		}
		seen = append(seen, check.Evidence{Name: fmt.Sprintf("certificate %d", i+1), Text: strings.Join(Text(c), "\n")})
	}
	return seen
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (e *exam) size() finding {
	total := 3
	for _, der := range e.shown.Raw {
		total += 3 + len(der)
	}
	numbers := []check.Measure{{Name: "chain", Value: float64(total), Unit: "bytes"}}
	if total > MaxChainBytes {
		return finding{status: check.Fail, fails: FailsHandshake, numbers: numbers,
			summary: fmt.Sprintf("the chain is %d bytes long; OpenSSL ends the handshake above %d", total, MaxChainBytes),
			hint:    "let the server send its own certificate and its intermediates alone, and issue them without what makes them large"}
	}
	f := pass("the chain is %d bytes long", total)
	f.numbers = numbers
	return f
}

// chain: does the way end in the profile, and do the signatures on it hold?
func (e *exam) chain() finding {
	if !e.path.trusted {
		return e.broken()
	}
	for i, c := range e.path.certs[:len(e.path.certs)-1] {
		issuer := e.path.certs[i+1]
		err := signedBy(c, issuer)
		if errors.Is(err, x509.ErrUnsupportedAlgorithm) {
			return finding{status: check.Error, summary: fmt.Sprintf("the signature on %s, %s, cannot be checked here", title(c), signatureName(c)),
				hint: "ask: openssl verify -CAfile CA.pem -untrusted CHAIN.pem SERVER.pem"}
		}
		if err != nil {
			return refused(errSignature, "the CA has another key than the certificate of it that is trusted: import the one that signed",
				"%s names %s as its issuer, but that one did not sign it", title(c), caName(issuer))
		}
	}
	top := e.path.top()
	if e.path.partial {
		return warned("import the root "+issuerName(top)+" as well; that libcurl before 7.68 refuses this is inferred",
			"it leads to %s, which is no root: libcurl takes that from 7.68 on", caName(top))
	}
	f := pass("it leads to %s of the profile over %s", caName(top), count(max(len(e.path.certs)-2, 0), "intermediate"))
	f.seen = []check.Evidence{{Name: "as built", Text: e.way(e.path.certs)}}
	return f
}

// way is a path in words, the server's certificate first.
func (e *exam) way(certs []*x509.Certificate) string {
	var words []string
	for _, c := range certs {
		words = append(words, fmt.Sprintf("%s (%s)", title(c), e.origin(c)))
	}
	return strings.Join(words, " → ")
}

func (e *exam) origin(c *x509.Certificate) string {
	sent, trusted := holds(e.sent, c), holds(e.Profile, c)
	switch {
	case sent && trusted:
		return "sent, and in the profile"
	case trusted:
		return "from the profile"
	case sent:
		return "sent"
	}
	return "fetched"
}

// broken says why the way does not end in the profile, and what would mend it.
func (e *exam) broken() finding {
	f := e.whyBroken()
	f.seen = append(f.seen,
		check.Evidence{Name: "as built", Text: e.way(e.path.certs)},
		check.Evidence{Name: "in the profile", Text: profileNames(e.Profile)})
	if len(e.fixes) > 0 {
		for _, c := range e.fixes {
			f.seen = append(f.seen, check.Evidence{Name: "to import", Text: fmt.Sprintf("%s, thumbprint %s", caName(c), Thumbprint(c))})
		}
		f.hint += "; first compare its thumbprint with the one that the CA itself tells"
	}
	return f
}

func (e *exam) whyBroken() finding {
	top := e.path.top()
	if e.path.failed == errDepth {
		return refused(errDepth, "issue the certificate from a CA nearer to the root", "the chain has more than %d certificates", maxDepth)
	}
	if len(e.path.certs) == 1 && e.path.failed == errSelfSignedLeaf {
		e.fixes = []*x509.Certificate{top}
		return refused(errSelfSignedLeaf, "import this certificate itself into the certificate profile, or better have one signed by a CA of the profile",
			"%s is self-signed and not in the profile", title(top))
	}
	if old := e.namesake(top.RawSubject, top); e.path.failed == errSelfSignedInChain {
		e.fixes = []*x509.Certificate{top}
		if old != nil {
			return refused(e.path.failed, "import the CA's new root into the certificate profile (Device > Certificate Management), and keep the old one until no server uses it",
				"the chain ends in %s with the thumbprint %s; the profile holds another of that name, %s: the CA was renewed",
				caName(top), Thumbprint(top), Thumbprint(old))
		}
		return refused(e.path.failed, "import that root into the certificate profile (Device > Certificate Management)",
			"the chain ends in %s, which is not in the profile", caName(top))
	}
	if old := e.namesake(top.RawIssuer, nil); old != nil {
		return refused(errNoIssuer, "export the present certificate of that CA from the CA itself and import it into the certificate profile",
			"%s was signed by %s; the profile holds a certificate of that name with another key: the CA was renewed", title(top), issuerName(top))
	}
	if missing := e.fetched(); len(missing) > 0 {
		e.fixes = missing
		return refused(errNoIssuer, "let the server send it (on Windows: import it into Intermediate Certification Authorities of the computer, then restart WinRM), or import it into the certificate profile",
			"the server does not send %s, and the profile does not hold it; with it the chain is complete", caName(missing[0]))
	}
	if len(e.path.certs) == 1 && len(e.sent) == 1 {
		return refused(errNoIssuer, "if "+issuerName(top)+" is an intermediate, let the server send it (on Windows: Intermediate Certification Authorities of the computer); if it is a root, import it into the certificate profile",
			"%s was signed by %s, which the server does not send and the profile does not hold", title(top), issuerName(top))
	}
	return refused(errNoIssuer, "import "+issuerName(top)+" into the certificate profile, or let the server send it if that is an intermediate",
		"%s was signed by %s, which is not in the profile", title(top), issuerName(top))
}

// namesake is a certificate of the profile with that subject, other than one.
func (e *exam) namesake(subject []byte, other *x509.Certificate) *x509.Certificate {
	for _, c := range e.Profile {
		if bytes.Equal(c.RawSubject, subject) && (other == nil || !sameCert(c, other)) {
			return c
		}
	}
	return nil
}

// fetched are the issuers' certificates from the addresses in the chain, if the way is
// complete with them.
func (e *exam) fetched() (missing []*x509.Certificate) {
	var more []*x509.Certificate
	for _, a := range e.Answers {
		if a.Issuer != nil {
			more = append(more, a.Issuer)
		}
	}
	p := buildPath(append(slices.Clone(e.sent), more...), e.Profile, e.Now)
	if !p.trusted {
		return nil
	}
	for _, c := range p.certs {
		if !holds(e.sent, c) && !holds(e.Profile, c) {
			missing = append(missing, c)
		}
	}
	return missing
}

func profileNames(profile []*x509.Certificate) string {
	if len(profile) == 0 {
		return "nothing"
	}
	var words []string
	for i, c := range profile {
		if i == 10 {
			words = append(words, fmt.Sprintf("%d others", len(profile)-i))
			break
		}
		words = append(words, caName(c))
	}
	return strings.Join(words, ", ")
}

// caName names a CA by its common name, which is what people call it by.
func caName(c *x509.Certificate) string {
	if cn := lastCommonName(c); cn != "" {
		return quoted(cn)
	}
	return quoted(c.Subject.String())
}

// issuerName is what people call the CA that signed a certificate.
func issuerName(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return quoted(c.Issuer.CommonName)
	}
	return quoted(c.Issuer.String())
}

// order: those that are used stand in the order of the way.
func (e *exam) order() finding {
	last := -1
	for _, c := range e.path.certs {
		at := slices.IndexFunc(e.sent, func(s *x509.Certificate) bool { return sameCert(s, c) })
		if at < 0 {
			continue
		}
		if at < last {
			f := warned("configure the chain in this order: the server's certificate, then each issuer; that is what TLS 1.2 demands",
				"%s is sent before the certificate that it signed", caName(c))
			f.seen = []check.Evidence{{Name: "as sent", Text: e.way(e.sent)}}
			return f
		}
		last = at
	}
	f := pass("%s in order", count(len(e.sent), "certificate"))
	f.seen = []check.Evidence{{Name: "as sent", Text: e.way(e.sent)}}
	return f
}

// unused are the certificates that were sent and are no part of the way.
func (e *exam) unused() (crossed, others []*x509.Certificate) {
	for _, c := range e.sent {
		switch {
		case holds(e.path.certs, c):
		case e.twin(c) != nil:
			crossed = append(crossed, c)
		default:
			others = append(others, c)
		}
	}
	return crossed, others
}

// twin is the certificate of the way that has the same subject and key.
func (e *exam) twin(c *x509.Certificate) *x509.Certificate {
	for _, used := range e.path.certs {
		if bytes.Equal(used.RawSubject, c.RawSubject) && bytes.Equal(used.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo) {
			return used
		}
	}
	return nil
}

func (e *exam) superfluous() finding {
	_, others := e.unused()
	if len(others) == 0 {
		return pass("all of what is sent is used")
	}
	if e.path.partial {
		return pass("what is sent leads on from where the profile ends the way")
	}
	return warned("take it out of the chain that the server sends", "%s no part of the way, %s first", isAre(len(others)), caName(others[0]))
}

func isAre(n int) string {
	if n == 1 {
		return "1 certificate is sent that is"
	}
	return fmt.Sprintf("%d certificates are sent that are", n)
}

func (e *exam) cross() finding {
	crossed, _ := e.unused()
	for _, c := range crossed {
		if e.Now.After(c.NotAfter) {
			return warned("take the cross certificate out of what the server sends",
				"%s is signed by %s as well, and that way expired on %s: OpenSSL before 1.1.0 takes it and says \"certificate has expired\"",
				caName(c), issuerName(c), stamp(c.NotAfter))
		}
	}
	if len(crossed) > 0 {
		return pass("%s is signed by %s as well; both ways are valid", caName(crossed[0]), quoted(crossed[0].Issuer.String()))
	}
	return pass("there is one way only")
}

func (e *exam) serials() finding {
	var all []*x509.Certificate
	for _, c := range slices.Concat(e.path.certs, e.sent, e.Profile) {
		if !holds(all, c) {
			all = append(all, c)
		}
	}
	seen := map[string]*x509.Certificate{}
	for _, c := range all {
		key := string(c.RawIssuer) + c.SerialNumber.String()
		if other := seen[key]; other != nil {
			return warned("issue one of them again: a revocation list cannot tell them apart, and some programs (Firefox, NSS) refuse both",
				"%s and %s have the serial number %s of one CA", caName(other), caName(c), printable(fmt.Sprintf("%x", c.SerialNumber)))
		}
		seen[key] = c
	}
	return pass("%s of %s", count(len(all), "serial number"), count(len(all), "certificate"))
}
