package certs

import (
	"bytes"
	"crypto/x509"
	"fmt"

	"github.com/uidprobe/uidprobe/check"
)

// revocation looks at what is known of every certificate of the way but the root. A client
// with libcurl's defaults asks nobody; the certificate profile of the firewall can.
func (e *exam) revocation() finding {
	certs := e.path.certs
	if selfSigned(e.path.top()) {
		certs = certs[:len(certs)-1]
	}
	named, known := 0, 0
	for i, c := range certs {
		named += len(c.CRLDistributionPoints) + len(c.OCSPServer)
		var issuer *x509.Certificate
		if i+1 < len(e.path.certs) {
			issuer = e.path.certs[i+1]
		}
		said := e.known(c, issuer)
		known += len(said)
		for _, s := range said {
			if s.bad != nil {
				return *s.bad
			}
		}
	}
	f, unanswered := e.reached()
	switch {
	case unanswered:
		return f
	case known > 0:
		f.status, f.summary = check.Pass, fmt.Sprintf("%s of not revoked certificates", count(known, "answer"))
		return f
	case named == 0:
		return inapplicable("the certificates name neither a revocation list nor an OCSP responder")
	case e.Answers == nil:
		return finding{status: check.Skip, skipped: check.Chosen, summary: fmt.Sprintf("%s not asked: --online does", wasWere(named))}
	}
	return inapplicable("nothing is known of any certificate")
}

func wasWere(n int) string {
	if n == 1 {
		return "1 address was"
	}
	return fmt.Sprintf("%d addresses were", n)
}

// word is what one source says of a certificate; bad is set unless it is good news.
type word struct{ bad *finding }

// known collects what lists, responders and a stapled response say of a certificate.
func (e *exam) known(c, issuer *x509.Certificate) (said []word) {
	lists := append([]*x509.RevocationList{}, e.Lists...)
	for _, a := range e.Answers {
		if a.List != nil && sameCert(a.Of, c) {
			lists = append(lists, a.List)
		}
		if a.OCSP != nil && sameCert(a.Of, c) {
			said = append(said, e.ocspWord(c, a.OCSP, "the OCSP responder "+quoted(a.URL)))
		}
	}
	for _, list := range lists {
		if issuer == nil || !bytes.Equal(list.RawIssuer, issuer.RawSubject) || listSignedBy(list, issuer) != nil {
			continue
		}
		said = append(said, e.listWord(c, list))
	}
	if len(e.shown.Staple) > 0 && sameCert(c, e.sent[0]) && issuer != nil {
		status, err := statusOf(e.shown.Staple, c, issuer)
		if err != nil {
			f := warned("see to the server's OCSP stapling", "the stapled response cannot be believed: %s", printable(err.Error()))
			return append(said, word{&f})
		}
		said = append(said, e.ocspWord(c, status, "the stapled OCSP response"))
	}
	return said
}

const revokedHint = "have a new certificate issued and find out why this one was revoked; a firewall minds if its certificate profile says Use CRL or Use OCSP"

// isRevoked is a failure for who asks, and none for a libcurl with its defaults.
func isRevoked(format string, args ...any) word {
	f := finding{status: check.Fail, openssl: errRevoked, summary: fmt.Sprintf(format, args...), hint: revokedHint}
	return word{&f}
}

func (e *exam) ocspWord(c *x509.Certificate, status *OCSPStatus, who string) word {
	switch {
	case status.Revoked:
		return isRevoked("%s was revoked on %s, says %s", title(c), stamp(status.At), who)
	case status.Unknown:
		f := warned("ask the CA whether this responder is in charge of the certificate", "%s does not know %s", who, title(c))
		return word{&f}
	case !status.Until.IsZero() && e.Now.After(status.Until):
		f := warned("see to the responder: it gives out old answers", "%s gave an answer that was good until %s", who, stamp(status.Until))
		return word{&f}
	}
	return word{}
}

func (e *exam) listWord(c *x509.Certificate, list *x509.RevocationList) word {
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(c.SerialNumber) == 0 {
			return isRevoked("%s was revoked on %s, says the list of %s", title(c), stamp(entry.RevocationTime), quoted(list.Issuer.String()))
		}
	}
	if !list.NextUpdate.IsZero() && e.Now.After(list.NextUpdate) {
		f := warned("let the CA publish its list again", "the revocation list of %s was due to be renewed on %s", quoted(list.Issuer.String()), stamp(list.NextUpdate))
		return word{&f}
	}
	return word{}
}

// reached says which addresses answered. The first that did not makes it a warning.
func (e *exam) reached() (f finding, unanswered bool) {
	for _, a := range e.Answers {
		said := fmt.Sprintf("answered in %d ms", a.Took.Milliseconds())
		if a.Err != nil {
			said = printable(a.Err.Error())
			if !unanswered && a.Kind != KindIssuer {
				unanswered = true
				if !e.path.trusted {
					f.caused = RuleChain // without its issuer nothing said of a certificate is believed
				}
				f.status, f.openssl = check.Warn, errNoCRL
				f.summary = fmt.Sprintf("%s %s, named by %s: %s", kindName(a.Kind), quoted(a.URL), title(a.Of), said)
				f.hint = "see to the address, or to the firewall's way there; a firewall minds if its certificate profile says Use CRL or Use OCSP and blocks sessions of unknown status"
			}
		}
		f.seen = append(f.seen, check.Evidence{Name: string(a.Kind), Text: printable(a.URL) + ": " + said})
		if a.Err == nil {
			f.numbers = append(f.numbers, check.Measure{Name: string(a.Kind), Value: a.Took.Seconds(), Unit: "seconds"})
		}
	}
	return f, unanswered
}

func kindName(k Kind) string {
	switch k {
	case KindCRL:
		return "the revocation list"
	case KindOCSP:
		return "the OCSP responder"
	}
	return "the issuer's certificate"
}
