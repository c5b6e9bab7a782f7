package certs

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/symptom"
)

// Presentation is what a server showed, or a file holds.
type Presentation struct {
	Raw    [][]byte // DER, as sent, the server's own certificate first
	Staple []byte   // the OCSP response that was stapled, if one was
	File   bool     // it comes from a file: there was no handshake
}

// Question is what a presentation is held to.
type Question struct {
	Target string // of the results
	// Profile is what the certificate profile of the firewall holds: the roots and, if there
	// are, intermediates. Empty trusts nothing; the system's store is never asked.
	Profile []*x509.Certificate
	// Name is the Network Address of the server-monitor entry. Empty asks nothing about names.
	Name string
	Now  time.Time // zero means the present
	// Soon is how long before its end a certificate gets a warning: 0 means DefaultSoon. One that
	// lives less than three times as long gets it in the last third of its life.
	Soon time.Duration
	// Lists are revocation lists at hand.
	Lists []*x509.RevocationList
	// Answers are what the addresses in the certificates gave (see Ask); nil says that they
	// were not asked.
	Answers []Answer
	// WinRM says that a firewall reads this server over WinRM-HTTPS, so that the results have
	// what its libcurl says, what it logs, and its symptoms.
	WinRM bool
}

// DefaultSoon is how long before its end a certificate gets a warning.
const DefaultSoon = 30 * 24 * time.Hour

// Examination is what Examine found.
type Examination struct {
	Target string // as in the question
	// Results has one result for each rule, in the order of Rules.
	Results []check.Result
	// Sent is what could be read of the presentation, Built the way that OpenSSL would go:
	// the server's certificate first. Trusted says that it ends in the profile.
	Sent, Built []*x509.Certificate
	Trusted     bool
	// Import are the certificates that mend the chain when they are added to the certificate
	// profile; nil if nothing is missing there or none of what is missing was seen. Before
	// anybody imports them, their thumbprints are to be compared with the CA's own.
	Import []*x509.Certificate
	// OpenSSL is the number of the first error that OpenSSL's verification gives, 0 for none.
	OpenSSL int
	// Failure is how libcurl fails, and so the firewall.
	Failure Failure
	// Go is what Go's verifier says; nil if it accepts.
	Go error
}

// Chain describes what was sent, certificate by certificate, and the way that was built, in
// lines for a person.
func (x Examination) Chain() []string {
	lines := []string{"as sent"}
	for i, c := range x.Sent {
		if i == mostShown {
			lines = append(lines, fmt.Sprintf("  and %d more", len(x.Sent)-i))
			break
		}
		for k, line := range Text(c) {
			lead := "    "
			if k == 0 {
				lead = fmt.Sprintf("%3d ", i+1)
			}
			lines = append(lines, lead+line)
		}
	}
	lines = append(lines, "as built")
	for i, c := range x.Built {
		if i == mostShown {
			lines = append(lines, fmt.Sprintf("  and %d more", len(x.Built)-i))
			break
		}
		from := "sent"
		if !holds(x.Sent, c) {
			from = "from the profile"
		}
		lines = append(lines, fmt.Sprintf("%3d %s, %s", i+1, title(c), from))
	}
	if !x.Trusted {
		lines = append(lines, "    and no further: it ends outside of the profile")
	}
	return lines
}

// finding is what a rule says.
type finding struct {
	status  check.Status // 0 means Pass
	summary string
	hint    string
	openssl int     // the error that OpenSSL gives for it; 0 if none
	fails   Failure // how libcurl fails for it
	skipped check.SkipReason
	caused  string // the rule that explains it
	seen    []check.Evidence
	numbers []check.Measure
}

func pass(format string, args ...any) finding {
	return finding{status: check.Pass, summary: fmt.Sprintf(format, args...)}
}

func inapplicable(format string, args ...any) finding {
	return finding{status: check.Skip, skipped: check.Inapplicable, summary: fmt.Sprintf(format, args...)}
}

// refused is a failure that OpenSSL's verification gives a number to.
func refused(number int, hint, format string, args ...any) finding {
	return finding{status: check.Fail, summary: fmt.Sprintf(format, args...), hint: hint, openssl: number, fails: FailsVerify}
}

// warned is what the firewall's client does not mind.
func warned(hint, format string, args ...any) finding {
	return finding{status: check.Warn, summary: fmt.Sprintf(format, args...), hint: hint}
}

// exam is one examination under way.
type exam struct {
	Question
	shown Presentation
	sent  []*x509.Certificate
	path  path
	bad   error // what could not be read
	fixes []*x509.Certificate
}

// Examine judges what a server presented as the firewall's client would: libcurl on
// OpenSSL, with the certificate profile as its only CAs. Every rule gives one result and looks
// at its own question alone. What Go's verifier thinks is mentioned where it thinks otherwise.
func Examine(shown Presentation, q Question) Examination {
	if q.Now.IsZero() {
		q.Now = time.Now()
	}
	if q.Soon == 0 {
		q.Soon = DefaultSoon
	}
	e := &exam{Question: q, shown: shown}
	e.sent, e.bad = parseAll(shown.Raw)
	if len(shown.Raw) > 0 && len(e.sent) > 0 && sameBytes(e.sent[0].Raw, shown.Raw[0]) {
		e.path = buildPath(e.sent, q.Profile, q.Now)
	}
	found := map[string]finding{}
	for _, rule := range Rules() {
		found[rule.ID] = e.ask(rule.ID)
	}
	return e.conclude(found)
}

func sameBytes(a, b []byte) bool { return string(a) == string(b) }

// ask answers one rule. Without a readable certificate of the server there is only one.
func (e *exam) ask(rule string) finding {
	if rule == RuleReadable {
		return e.readable()
	}
	if len(e.path.certs) == 0 {
		return finding{status: check.Skip, skipped: check.NeedNotMet, caused: RuleReadable, summary: "the server's certificate was not read"}
	}
	return map[string]func() finding{
		RuleSize: e.size, RuleChain: e.chain, RuleUsage: e.usage, RuleKeyUsage: e.keyUsage, RuleCritical: e.critical,
		RuleCA: e.authorities, RulePathLength: e.pathLength, RuleKey: e.keys, RuleSignature: e.signatures,
		RuleName: e.name, RuleRevocation: e.revocation, RuleDates: e.dates, RuleConstraints: e.constraints,
		RuleOrder: e.order, RuleSuperfluous: e.superfluous, RuleCross: e.cross, RuleSerial: e.serials, RuleStaple: e.staple,
	}[rule]()
}

// conclude makes results of findings.
func (e *exam) conclude(found map[string]finding) Examination {
	x := Examination{Target: e.Target, Sent: e.sent, Built: e.path.certs, Trusted: e.path.trusted, Import: e.fixes}
	for _, rule := range Rules() {
		f := found[rule.ID]
		if x.OpenSSL == errOK && f.fails == FailsVerify {
			x.OpenSSL = f.openssl
		}
		if x.OpenSSL == errOK && f.fails == FailsName {
			x.OpenSSL = f.openssl
		}
		x.Failure = graver(x.Failure, f.fails)
	}
	x.Go = e.goSays()
	for _, rule := range Rules() {
		x.Results = append(x.Results, e.result(rule, found[rule.ID], x))
	}
	return x
}

// graver is the failure that comes first: without a session nothing is verified, and a name
// is compared only when the chain is accepted.
func graver(a, b Failure) Failure {
	order := []Failure{NoFailure, FailsName, FailsVerify, FailsHandshake}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

func (e *exam) result(rule check.Check, f finding, x Examination) check.Result {
	r := check.Result{
		Check: rule.ID, Title: rule.Title, Source: rule.Source, Target: e.Target,
		Status: f.status, Summary: f.summary, Hint: f.hint, Skipped: f.skipped, Evidence: f.seen, Measures: f.numbers,
	}
	if f.caused != "" {
		r.CausedBy = &check.Ref{Check: f.caused, Target: e.Target}
	}
	if f.status != check.Fail && f.status != check.Warn {
		return r
	}
	view := opensslSays(f.openssl)
	switch {
	case f.fails == FailsHandshake:
		view = "ends the handshake"
	case f.fails == NoFailure && f.openssl != errOK:
		view = "accepts it, but with -crl_check " + view
	}
	r.Evidence = append(r.Evidence, check.Evidence{Name: "OpenSSL", Text: view})
	goView := "accepts it"
	if x.Go != nil {
		goView = printable(x.Go.Error())
	}
	if (x.Go != nil) != (f.fails != NoFailure) {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "Go, otherwise", Text: goView})
	}
	if f.fails != NoFailure && e.WinRM {
		r.Evidence = append(r.Evidence, Voices(f.fails)...)
		_, r.Symptom = latest().Says(f.fails)
	}
	return r
}

// Voices is what the firewall's client says of a failure in each generation of libcurl, the
// newest first, and what the firewall then logs and shows, as evidence for a result.
func Voices(f Failure) (seen []check.Evidence) {
	told := ""
	list := Generations()
	for i := len(list) - 1; i >= 0; {
		newest := i
		for i--; i >= 0 && list[i].line(f) == list[newest].line(f); i-- {
		}
		seen = append(seen, check.Evidence{Name: "libcurl " + versions(list, i+1, newest), Text: list[newest].line(f)})
		_, id := list[newest].Says(f)
		s, ok := symptom.Find(id)
		if !ok || id == told {
			continue
		}
		told = id
		seen = append(seen, check.Evidence{Name: "the firewall would log", Text: strings.TrimRight(s.Golden(), "\n")})
		if s.Status != "" {
			seen = append(seen, check.Evidence{Name: "and show", Text: s.Status})
		}
	}
	return seen
}

// versions names the generations from first to last as one.
func versions(list []Generation, first, last int) string {
	switch {
	case first == last:
		return list[first].Versions
	case first == 0 && last == len(list)-1:
		return "of every version"
	case first == 0:
		return "up to " + list[last].to
	case last == len(list)-1:
		return list[first].from + " and later"
	}
	return list[first].from + " to " + list[last].to
}

// goSays verifies with Go's own verifier: parser, chain, use and name.
func (e *exam) goSays() error {
	if len(e.path.certs) == 0 {
		return e.bad
	}
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range e.Profile {
		roots.AddCert(c)
	}
	for i, c := range e.sent {
		if err := Strictly(c); err != nil {
			return err
		}
		if i > 0 {
			others.AddCert(c)
		}
	}
	_, err := e.sent[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: others, CurrentTime: e.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil && e.Name != "" {
		err = e.sent[0].VerifyHostname(e.Name)
	}
	return err
}
