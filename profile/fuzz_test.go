package profile

import (
	"bytes"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/panos"
)

// agree holds the traces of a line to what Match says of it, and to their own promises.
func agree(t *testing.T, m *Matcher, line []byte) {
	t.Helper()
	before := bytes.Clone(line)
	matches, traces := m.Match(nil, line), m.Trace(line)
	var traced []Match
	for _, trace := range traces {
		if trace.Match != nil {
			traced = append(traced, *trace.Match)
		}
		agreeWithItself(t, trace, line)
	}
	if diff := cmp.Diff(matches, traced, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("Match and Trace of %q differ (-match +trace):\n%s", line, diff)
	}
	if _, ok := Nearest(traces); ok != (len(traces) > 0) {
		t.Errorf("Nearest of %d traces: ok is %v", len(traces), ok)
	}
	if !bytes.Equal(line, before) {
		t.Errorf("the line was changed from %q to %q", before, line)
	}
}

func agreeWithItself(t *testing.T, trace Trace, line []byte) {
	t.Helper()
	if (trace.Match == nil) != (trace.Outcome == Nothing) || (trace.Why == "") != (trace.Outcome != Nothing) {
		t.Errorf("%q: outcome %s, match %v, why %q do not agree", line, trace.Outcome, trace.Match, trace.Why)
	}
	shadowed := strings.Contains(trace.Why, "stands before it")
	if all := trace.matched() == len(trace.Parts); all != (trace.Match != nil || shadowed) {
		t.Errorf("%q: outcome %s, why %q, parts %+v", line, trace.Outcome, trace.Why, trace.Parts)
	}
	for _, p := range trace.Parts {
		if p.Matched != (p.Problem == "") {
			t.Errorf("%q: part %s matched is %v, problem %q", line, p.Role, p.Matched, p.Problem)
		}
		if !inside(p.Span, line) {
			t.Fatalf("%q: part %s has span %v", line, p.Role, p.Span)
		}
		for _, v := range p.Values {
			if !inside(v.Span, line) || string(v.Span.of(line)) != v.Text {
				t.Errorf("%q: part %s has value %q at %v", line, p.Role, v.Text, v.Span)
			}
		}
	}
	for _, r := range trace.Draw(line) {
		if r != '\n' && (!unicode.IsPrint(r) || r == utf8.RuneError && !bytes.ContainsRune(line, r)) {
			t.Fatalf("%q: the drawing has %q, which cannot be printed", line, r)
		}
	}
}

func inside(s Span, line []byte) bool {
	return 0 <= s.Start && s.Start <= s.End && s.End <= len(line)
}

// FuzzMatch goes through profiles, dialects and lines. choice picks a value for each switch.
func FuzzMatch(f *testing.F) {
	for i, line := range []string{
		helpLine, "ok user=jane, ip=192.0.2.1,", "OK User=jane, ip=192.0.2.1, ip=::ffff:192.0.2.2, ip=0.0.0.0,",
		"<13>Nov  3 09:04:05 host1 app: ok user=\"jane\", ip=2001:db8::1", "\xff\x00ok user=\\, ip=,\r\n",
	} {
		f.Add([]byte(line), "ok", "user=", ",", "ip=", ",", uint64(i)*77777, "corp")
		f.Add([]byte(line), "ok|success", `[Uu]ser[:=]([^, ]+)`, "", `(ip|Source)[:=]([0-9a-f.:]+)`, "", uint64(i)*7919, "")
	}
	f.Fuzz(func(t *testing.T, line []byte, event, user, userEnd, address, addressEnd string, choice uint64, domain string) {
		if len(line) > 2000 {
			return
		}
		dialect := panos.DefaultDialect()
		for _, s := range panos.Switches() {
			if n := uint64(len(s.Values)); n > 0 {
				if err := dialect.Set(s.Name, s.Values[choice%n]); err != nil {
					t.Fatal(err)
				}
				choice /= n
			}
		}
		m, err := Compile(Config{DefaultDomain: domain, Dialect: dialect, Attachments: []Attachment{
			{Profile{Name: "f", Field: &FieldIdentifier{event, user, userEnd + ",", address, addressEnd + ",", int(choice % 4)}}, panos.Login},
			{Profile{Name: "r", Regex: &RegexIdentifier{event, user, address}}, panos.Logout},
		}})
		if err != nil {
			return // refused, with reasons
		}
		agree(t, m, line)
	})
}

// FuzzLoad holds that a file which is accepted is written so that it reads the same again.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte(oddFile))
	f.Add([]byte("profiles: [{name: a, regex-identifier: {event-regex: '(?i)a', username-regex: '(.)', address-regex: '(.)'}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		profiles, err := Load("fuzz.yaml", data)
		if err != nil {
			if len(profiles) != 0 {
				t.Fatalf("an error and %d profiles", len(profiles))
			}
			return
		}
		again, err := Load("again.yaml", Format(profiles))
		if err != nil {
			t.Fatalf("what was accepted is refused when written anew: %v\n%s", err, Format(profiles))
		}
		if diff := cmp.Diff(profiles, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("written and read again (-first +second):\n%s", diff)
		}
		for _, p := range profiles {
			if err := p.Validate(); err != nil {
				t.Errorf("accepted, but not valid: %v", err)
			}
		}
	})
}

// cuttable has every kind of atom that the scanner must not cut in two.
var cuttable = []string{
	helpRegex().Regex.EventRegex, helpRegex().Regex.UsernameRegex, helpRegex().Regex.AddressRegex,
	`a|b(c|d)+e`, `(?i)a(?P<n>b{2,3})+?c*$`, `x{1,2,3}{`, `(a(b(c)))?d`, `(?i)x|y(?s:.)z`,
	`[]a]b`, `[^]a]b`, `[a\]b]c`, `[[:alpha:]x]y`, `[a[:digit:]-]+b`, `(\Qa(b\E)?c`, `\Qa(b`, `\x{41}\x42a`, `\pL\p{Greek}\PNa`, `\123b`, `a{2}?b??c`,
}

func TestCuttableCompiles(t *testing.T) {
	t.Parallel()
	for _, source := range cuttable {
		if _, err := regexp.Compile(source); err != nil {
			t.Errorf("%q is skipped by the fuzz test: %v", source, err)
		}
	}
}

// FuzzCuts holds the scanner of regular expressions to the real parser: every cut of an
// expression that compiles gives an expression that compiles, and that matches whatever the whole matches.
func FuzzCuts(f *testing.F) {
	for _, source := range cuttable {
		f.Add(source, "Administrator authentication success User:a.b Source:192.0.2.1 abcabcde")
	}
	f.Fuzz(func(t *testing.T, source, line string) {
		whole, err := regexp.Compile(source)
		if err != nil || len(source) > 200 || len(line) > 500 {
			return
		}
		message, _ := refusal(source)
		for _, a := range alternatives(source, 0, len(source)) {
			scan := scanner{source: source, alternative: a, plain: true}
			scan.walk(a.start, a.end, 0)
			alone, err := regexp.Compile(a.flags + source[a.start:a.end])
			if err != nil && message == "" {
				t.Fatalf("alternative %q of %q: %v", source[a.start:a.end], source, err)
			}
			for _, c := range scan.cuts {
				head, err := regexp.Compile(c.head(source))
				if err != nil {
					t.Fatalf("cut %q of %q: %v", c.head(source), source, err)
				}
				if alone != nil && alone.MatchString(line) && !head.MatchString(line) {
					t.Fatalf("%q matches %q, but its beginning %q does not", source, line, c.head(source))
				}
			}
		}
		if whole.MatchString(line) {
			return
		}
		if r := (&regex{source: source, re: whole}).explain([]byte(line)); r.ok && !inside(r.span, []byte(line)) {
			t.Fatalf("%q on %q: reach %+v", source, line, r)
		}
	})
}
