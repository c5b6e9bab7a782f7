package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/check"
)

// The elements of a JUnit report, as testdata/junit.xsd has them. There is no standard: these are
// the ones that GitLab, Jenkins and the actions of GitHub all read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Skipped   *junitMessage `xml:"skipped"`
		Error     *junitProblem `xml:"error"`
		Failure   *junitProblem `xml:"failure"`
		Out       string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the report for systems that run tests: a testsuite for each family of checks, in
// it a testcase for each result, whose class is the ID of the check and whose name its target.
// A warning passes, with its words as output, unless m.FailOnWarn is set. A check that was
// skipped although it had to be asked is an error, unless another result explains it: that one
// stands for itself. The errors are those of w, and a result without a status.
func JUnit(w io.Writer, results []check.Result, m Meta) error {
	results = ordered(results)
	_, took := span(results)
	d := junitSuites{Name: "uidprobe", Time: junitTime(took.Seconds())}
	places := map[string]int{}
	for _, r := range results {
		if r.Status < check.Pass || r.Status > check.Error {
			return fmt.Errorf("report: %q has no status", r.Ref())
		}
		family, _, _ := strings.Cut(r.Check, ".")
		i, known := places[family]
		if !known {
			i = len(d.Suites)
			places[family] = i
			d.Suites = append(d.Suites, junitSuite{Name: printable(family)})
		}
		d.Suites[i].Cases = append(d.Suites[i].Cases, junitCaseOf(r, m.FailOnWarn))
		if started := r.Started; !started.IsZero() && d.Suites[i].Timestamp == "" {
			d.Suites[i].Timestamp = started.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	for i := range d.Suites {
		d.Suites[i].count(results)
		d.Tests += d.Suites[i].Tests
		d.Failures += d.Suites[i].Failures
		d.Errors += d.Suites[i].Errors
		d.Skipped += d.Suites[i].Skipped
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(d); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// count sums the cases up.
func (s *junitSuite) count(results []check.Result) {
	var total float64
	for _, r := range results {
		if family, _, _ := strings.Cut(r.Check, "."); printable(family) == s.Name {
			total += r.Took.Seconds()
		}
	}
	s.Time, s.Tests = junitTime(total), len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Error != nil:
			s.Errors++
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}

func junitCaseOf(r check.Result, failOnWarn bool) junitCase {
	c := junitCase{Name: printable(r.Target), ClassName: printable(r.Check), Time: junitTime(r.Took.Seconds())}
	if c.Name == "" {
		c.Name = printable(r.Title.EN)
	}
	message := printable(r.Summary)
	problem := &junitProblem{Message: message, Type: r.Status.String(), Text: printable(details(r))}
	switch {
	case r.Status == check.Skip && r.Finding() && r.CausedBy == nil, r.Status == check.Error:
		c.Error = problem
	case r.Status == check.Skip:
		c.Skipped = &junitMessage{message}
	case r.Status == check.Fail, r.Status == check.Warn && failOnWarn:
		c.Failure = problem
	case r.Status == check.Warn:
		c.Out = printable("warn: " + r.Summary + "\n" + details(r))
	}
	return c
}

// details is what stands below the summary.
func details(r check.Result) string {
	var b strings.Builder
	for _, e := range r.Evidence {
		text := strings.TrimRight(field(e.Text), "\n")
		if strings.Contains(text, "\n") {
			fmt.Fprintf(&b, "%s:\n%s\n", e.Name, text)
		} else {
			fmt.Fprintf(&b, "%s: %s\n", e.Name, text)
		}
	}
	if r.CausedBy != nil {
		fmt.Fprintf(&b, "because: %s\n", *r.CausedBy)
	}
	if r.Symptom != "" {
		fmt.Fprintf(&b, "symptom: %s\n", r.Symptom)
	}
	if r.Hint != "" {
		fmt.Fprintf(&b, "next: %s\n", r.Hint)
	}
	return b.String()
}

func junitTime(seconds float64) string { return fmt.Sprintf("%.3f", max(seconds, 0)) }

// printable shows what XML cannot hold, or what would steer a terminal, as \x1b, \u202e.
func printable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0x7f && !inert(r) && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r > 0xffff && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}
