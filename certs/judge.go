package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Finding is what one rule says of a chain.
type Finding struct {
	Rule    string
	OK      bool
	Summary string // what was found, naming the certificate
	Hint    string // what to do next; empty if OK
}

// Judge examines the chain a TLS server presented, its own certificate first, and gives
// one finding for each rule. Each rule looks at its own question alone: an expired
// certificate from a known authority breaks the rule of dates and not that of the chain.
// An empty name asks no question about names. roots nil means the system's; on Windows
// and macOS the system's verifier regards dates too, so that there the chain of an
// expired certificate breaks both.
func Judge(chain []*x509.Certificate, roots *x509.CertPool, name string, now time.Time) []Finding {
	if len(chain) == 0 {
		return []Finding{{RuleChain, false, "the server presented no certificate",
			"configure a certificate for the service"}}
	}
	findings := []Finding{judgeDates(chain, now)}
	if name != "" {
		findings = append(findings, judgeName(chain[0], name))
	}
	link, trusted := judgeChain(chain, roots, now)
	return append(findings, link, judgeUsage(chain, roots, now, trusted))
}

func judgeDates(chain []*x509.Certificate, now time.Time) Finding {
	f := Finding{Rule: RuleDates}
	for _, c := range chain {
		switch {
		case now.After(c.NotAfter):
			f.Summary = fmt.Sprintf("certificate %s expired on %s, %s ago",
				title(c), stamp(c.NotAfter), span(now.Sub(c.NotAfter)))
			f.Hint = "renew it, or set this host's clock if that is wrong"
			return f
		case now.Before(c.NotBefore):
			f.Summary = fmt.Sprintf("certificate %s is not valid before %s, in %s",
				title(c), stamp(c.NotBefore), span(c.NotBefore.Sub(now)))
			f.Hint = "compare the clocks of this host and of the one that issued it; wait, or issue it again"
			return f
		}
	}
	first := slices.MinFunc(chain, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
	f.OK = true
	f.Summary = fmt.Sprintf("certificate %s is valid until %s", title(first), stamp(first.NotAfter))
	return f
}

func judgeName(leaf *x509.Certificate, name string) Finding {
	f := Finding{Rule: RuleName}
	if err := leaf.VerifyHostname(name); err == nil {
		f.OK, f.Summary = true, fmt.Sprintf("certificate %s is for %q", title(leaf), name)
		return f
	}
	names := Names(leaf)
	if len(names) == 0 {
		f.Summary = fmt.Sprintf("certificate %s names no host at all; a common name does not count", title(leaf))
		f.Hint = fmt.Sprintf("issue it with the subject alternative name %q", name)
		return f
	}
	f.Summary = fmt.Sprintf("certificate is for %s, not for %q", bounded(names), name)
	f.Hint = fmt.Sprintf("issue it with %q as a further name, or set server_name to one that it has", name)
	return f
}

// bounded lists the first names of a certificate, quoted: they come from outside.
func bounded(names []string) string {
	const most = 5
	var quoted []string
	for i, n := range names {
		if i == most {
			quoted = append(quoted, fmt.Sprintf("%d others", len(names)-most))
			break
		}
		quoted = append(quoted, fmt.Sprintf("%q", clip(n)))
	}
	return strings.Join(quoted, ", ")
}

func judgeChain(chain []*x509.Certificate, roots *x509.CertPool, now time.Time) (Finding, bool) {
	f := Finding{Rule: RuleChain}
	leaf := chain[0]
	verified, err := verify(chain, roots, now, x509.ExtKeyUsageAny)
	if err == nil {
		path := verified[0]
		f.OK = true
		f.Summary = fmt.Sprintf("certificate %s leads to the trusted root %s", title(leaf), title(path[len(path)-1]))
		return f, true
	}
	f.Summary, f.Hint = chainTrouble(leaf, err)
	return f, false
}

func chainTrouble(leaf *x509.Certificate, err error) (summary, hint string) {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown) && leaf.CheckSignatureFrom(leaf) == nil,
		errors.As(err, &unknown) && string(leaf.RawIssuer) == string(leaf.RawSubject):
		return fmt.Sprintf("certificate %s is self-signed and not itself trusted", title(leaf)),
			"give its own PEM as the CA file, or have it signed by an authority"
	case errors.As(err, &unknown):
		return fmt.Sprintf("certificate %s was signed by %s, which does not lead to a trusted root",
				title(leaf), quoted(leaf.Issuer.String())),
			"give that authority's PEM as the CA file; if it has signed an intermediate, the server must send that too"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the root %s on the way from certificate %s is not valid now: %s to %s", title(invalid.Cert),
				title(leaf), stamp(invalid.Cert.NotBefore), stamp(invalid.Cert.NotAfter)),
			"renew that certificate and replace it in the CA file"
	case errors.As(err, &invalid) && invalid.Reason == x509.CANotAuthorizedForThisName:
		return fmt.Sprintf("certificate %s has names that its authority must not vouch for: %s", title(leaf), clip(invalid.Detail)),
			"issue it from an authority without that name constraint, or with permitted names only"
	}
	return fmt.Sprintf("certificate %s: %s", title(leaf), clip(err.Error())), "correct the chain that the server presents"
}

func judgeUsage(chain []*x509.Certificate, roots *x509.CertPool, now time.Time, trusted bool) Finding {
	f := Finding{Rule: RuleUsage}
	leaf := chain[0]
	ok := serverUsage(leaf)
	if ok && trusted { // its issuers may restrict the use as well
		_, err := verify(chain, roots, now, x509.ExtKeyUsageServerAuth)
		ok = err == nil
	}
	if ok {
		f.OK, f.Summary = true, fmt.Sprintf("certificate %s may be used by a server", title(leaf))
		return f
	}
	f.Summary = fmt.Sprintf("certificate %s may not be used by a TLS server: its extended key usage leaves serverAuth out", title(leaf))
	f.Hint = "issue it for server authentication (extended key usage serverAuth)"
	return f
}

// serverUsage: a certificate without the extension may be used for everything (RFC 5280
// section 4.2.1.12).
func serverUsage(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// verify builds the chain without regard to the dates of what was presented, which are
// another rule's: it works on copies that are valid now. The copies keep the raw bytes
// that signatures are checked over.
func verify(chain []*x509.Certificate, roots *x509.CertPool, now time.Time, usage x509.ExtKeyUsage) ([][]*x509.Certificate, error) {
	options := x509.VerifyOptions{
		Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{usage},
	}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(timeless(c, now))
	}
	return timeless(chain[0], now).Verify(options)
}

func timeless(c *x509.Certificate, now time.Time) *x509.Certificate {
	dated := *c
	dated.NotBefore, dated.NotAfter = now.Add(-time.Second), now.Add(time.Second)
	return &dated
}

// title names a certificate by its first name, or by its subject as people call it.
func title(c *x509.Certificate) string {
	if c == nil {
		return "(unknown)"
	}
	if names := Names(c); len(names) > 0 {
		return quoted(names[0])
	}
	return caName(c)
}

func quoted(s string) string { return fmt.Sprintf("%q", clip(s)) }

// clip bounds a text from outside.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// span is a duration in the largest unit that leaves it a whole number above one.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}
