package profile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/check"
)

func TestMutants(t *testing.T) {
	t.Parallel()
	set, err := Load("set.yaml", []byte(caseSet))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name    string
		profile Profile
		want    []string
	}{
		{"field", set[0], []string{
			`event-string "ok" without its end: "o"`, `event-string "ok" without its beginning: "k"`,
			`username-prefix " user=" without its first character: "user="`, `username-prefix " user=" without its last character: " user"`,
			`username-delimiter "\\s" replaced by the end of the message: "\\n"`,
			`address-prefix " ip=" without its first character: "ip="`, `address-prefix " ip=" without its last character: " ip"`,
			`address-delimiter "\\n" replaced by a blank: "\\s"`,
		}},
		{"regex", set[1], []string{
			`event-regex " (bye|gone( away)?) " without " " at character 1: "(bye|gone( away)?) "`,
			`event-regex " (bye|gone( away)?) " without "bye" at character 3: " (|gone( away)?) "`,
			`event-regex " (bye|gone( away)?) " without "gone" at character 7: " (bye|( away)?) "`,
			`event-regex " (bye|gone( away)?) " without " away" at character 12: " (bye|gone()?) "`,
			`event-regex " (bye|gone( away)?) " without " " at character 12: " (bye|gone(away)?) "`,
			`event-regex " (bye|gone( away)?) " without " " at character 20: " (bye|gone( away)?)"`,
			`username-regex " user=([^ ]+) " without " user=" at character 1: "([^ ]+) "`,
			`username-regex " user=([^ ]+) " without " " at character 1: "user=([^ ]+) "`,
			`username-regex " user=([^ ]+) " with any character for "[^ ]": " user=(.+) "`,
			`username-regex " user=([^ ]+) " with * for "+" at character 12: " user=([^ ]*) "`,
			`username-regex " user=([^ ]+) " without " " at character 14: " user=([^ ]+)"`,
			`address-regex " ip=([0-9.]+)$" without " ip=" at character 1: "([0-9.]+)$"`,
			`address-regex " ip=([0-9.]+)$" without " " at character 1: "ip=([0-9.]+)$"`,
			`address-regex " ip=([0-9.]+)$" with any character for "[0-9.]": " ip=(.+)$"`,
			`address-regex " ip=([0-9.]+)$" with * for "+" at character 12: " ip=([0-9.]*)$"`,
			`address-regex " ip=([0-9.]+)$" without "$": " ip=([0-9.]+)"`,
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range row.profile.Mutants() {
				got = append(got, m.String())
				if err := m.Profile.Validate(); err != nil {
					t.Errorf("%v: %v", m, err)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if set[1].Regex.EventRegex != " (bye|gone( away)?) " {
		t.Error("the profile itself was changed")
	}
}

// What each kind of weakening makes of an expression.
func TestWeakRegex(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		source string
		want   []string
	}{
		{`a\.b`, []string{"a.b"}},
		{`^a$`, []string{"a$", "^$", "^a"}},
		{`[0-9]{1,3}`, []string{".{1,3}", "[0-9]*"}},
		{`[0-9]{0,3}`, []string{".{0,3}"}},
		{`\d+x`, []string{".+x", `\d*x`, `\d+`}},
		{`a|b`, []string{"|b", "a|"}},
		{`(?i)a`, []string{"(?i)"}},
		{`(?:ab)+`, []string{"(?:)+", "(?:ab)*"}},
		{`.*`, nil},
	} {
		var got []string
		for _, w := range weakRegex(row.source) {
			if !slices.Contains(got, w.text) {
				got = append(got, w.text)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.source, diff)
		}
	}
}

func survivorsOf(t *testing.T, s *Suite, profile string) (list []string) {
	t.Helper()
	for _, x := range s.Tested {
		if x.Profile.Name != profile {
			continue
		}
		survivors, _, err := s.Survivors(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range survivors {
			list = append(list, v.Mutant.Element+" "+v.Mutant.How)
		}
	}
	return list
}

const fieldCases = oneCase + `  - name: another attribute before it
    profiles: [field-login]
    message: 'ok xuser=root user=jane nas-ip=192.0.2.9 ip=192.0.2.1'
    expect: [{event: login, user: jane, addresses: [192.0.2.1]}]
  - name: another event
    profiles: [field-login]
    messages: ['o user=jane ip=192.0.2.1', 'k user=jane ip=192.0.2.1']
    nothing: {gave-up: event}
  - name: something behind the address
    profiles: [field-login]
    message: 'ok user=jane ip=192.0.2.1 x'
    nothing: {gave-up: address}
`

// A case kills just the mutants that it tells from the profile.
func TestSurvivors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, cases string
		want        []string
	}{
		{"one case", oneCase, []string{
			"event-string without its end", "event-string without its beginning", "username-prefix without its first character",
			"address-prefix without its first character"}},
		{"all that is needed", fieldCases, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := survivorsOf(t, suiteOf(t, row.cases), "field-login")
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The message that a survivor comes with does slip through: added as a case, with what the
// profile makes of it, it kills the mutant. And it is the same each time.
func TestMessagesSlipThrough(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, oneCase+`  - {name: bye, profiles: [regex-logout], message: 'nac: bye user=jane ip=192.0.2.1', expect: [{event: logout, user: jane, addresses: [192.0.2.1]}]}
`)
	shown := 0
	for _, x := range s.Tested {
		survivors, mutants, err := s.Survivors(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		again, _, _ := s.Survivors(t.Context(), x)
		for i, v := range survivors {
			if again[i].Message != v.Message || again[i].Is != v.Is {
				t.Errorf("%v: another message the second time: %q, %q", v.Mutant, v.Message, again[i].Message)
			}
			if v.Message == "" {
				continue
			}
			shown++
			config := Config{Attachments: []Attachment{{Profile: x.Profile, Event: x.Profile.Event}}}
			m, err := Compile(config)
			if err != nil {
				t.Fatal(err)
			}
			if told(m.Match(nil, []byte(v.Message))) != v.Was || v.Was == v.Is {
				t.Errorf("%v: %q was said to become %q, and %q by the mutant", v.Mutant, v.Message, v.Was, v.Is)
			}
			c := Case{Name: "slip", Config: config, Messages: []string{v.Message}, Expect: []Expectation{expectWhatIs(m, v.Message)}}
			more := &Suite{Tested: s.Tested, Cases: append(slices.Clone(s.Cases), c)}
			if slices.Contains(survivorsOf(t, more, x.Profile.Name), v.Mutant.Element+" "+v.Mutant.How) {
				t.Errorf("%v survives the case %q", v.Mutant, v.Message)
			}
		}
		if mutants != len(x.Profile.Mutants()) {
			t.Errorf("%d mutants, want %d", mutants, len(x.Profile.Mutants()))
		}
	}
	if shown < 8 {
		t.Errorf("%d messages slip through, want at least 8", shown)
	}
}

// expectWhatIs expects what becomes of a message.
func expectWhatIs(m *Matcher, text string) (e Expectation) {
	for _, x := range m.Match(nil, []byte(text)) {
		e.Matches = append(e.Matches, Expected{Profile: x.Profile, Event: x.Event, User: x.User, Addresses: x.Addresses})
	}
	return e
}

func TestMutantChecks(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, fieldCases)
	got := map[string]check.Result{}
	for r := range check.Run(t.Context(), s.MutantChecks(), check.Config{}) {
		got[r.Target] = r
	}
	if r := got["set.yaml: field-login"]; r.Status != check.Pass || !strings.Contains(r.Summary, "8 of 8 mutants fail a case") {
		t.Errorf("%v: %s", r.Status, r.Summary)
	}
	r := got["set.yaml: regex-logout"] // no case at all
	if n, _ := r.Measure("survivors"); r.Status != check.Warn || n != 16 {
		t.Errorf("%v: %s", r.Status, r.Summary)
	}
}

func TestSurvivorsEndsEarly(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, oneCase)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	if _, _, err := s.Survivors(ctx, s.Tested[0]); !errors.Is(err, enough) {
		t.Errorf("got %v, want %v", err, enough)
	}
}
