package profile_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// linted asks a file every question.
func linted(t testing.TB, name string, data []byte, config profile.LintConfig) (results []check.Result) {
	t.Helper()
	list, err := profile.Lint(name, data, config)
	if err != nil {
		t.Fatal(err)
	}
	for r := range check.Run(t.Context(), list, check.Config{}) {
		results = append(results, r)
	}
	return results
}

// fired are the codes of the rules that found something, each once.
func fired(results []check.Result) (codes []string) {
	for _, r := range results {
		if code := strings.TrimPrefix(r.Check, profile.LintID); r.Finding() && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

func lintCodes() (codes []string) {
	for _, r := range profile.LintRules() {
		codes = append(codes, r.Code)
	}
	return append(codes, "unused-suppression")
}

// Each rule finds something in its bad file, and no other rule does; in its good file none does.
func TestEachLintRuleFiresOnItsBadFileAlone(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/lint/*.yaml")
	if err != nil || len(files) != 2*len(lintCodes()) {
		t.Errorf("%d files for %d rules, %v", len(files), len(lintCodes()), err)
	}
	for _, code := range lintCodes() {
		for kind, want := range map[string][]string{"bad": {code}, "good": nil} {
			t.Run(code+" "+kind, func(t *testing.T) {
				t.Parallel()
				name := "testdata/lint/" + code + "." + kind + ".yaml"
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				results := linted(t, name, data, profile.LintConfig{})
				if got := fired(results); !slices.Equal(got, want) {
					t.Errorf("fired %q, want %q: %+v", got, want, results)
				}
				for _, r := range results {
					if r.Finding() && (r.Hint == "" || len(r.Places()) == 0 || r.Places()[0].File != name) {
						t.Errorf("%s has no hint or no place: %+v", r.Ref(), r)
					}
				}
			})
		}
	}
}

func TestLintRulesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range profile.LintRules() {
		if seen[r.Code] || r.Code == "" || !r.Title.Complete() || r.Source == "" || r.Hint == "" || r.Status != check.Warn && r.Status != check.Fail {
			t.Errorf("%+v", r)
		}
		seen[r.Code] = true
	}
}

const lintHead = `profiles:
  - name: p
    event-type: login
    regex-identifier:
      event-regex: login ok
      username-regex: user=([a-z0-9]+)
      address-regex: 'ip=([0-9]+.[0-9]+\.[0-9]+\.[0-9]+)'
`

func TestLintPlacesAndSuppressions(t *testing.T) {
	t.Parallel()
	dot := func(data string) check.Result {
		t.Helper()
		for _, r := range linted(t, "f.yaml", []byte(data), profile.LintConfig{}) {
			if r.Check == profile.LintID+"address-dot" {
				return r
			}
		}
		t.Fatal("no result")
		return check.Result{}
	}
	r := dot(lintHead)
	if r.Status != check.Warn || !slices.Equal(r.Places(), []check.Place{{File: "f.yaml", Line: 7, Column: 22}}) || r.Target != "f.yaml: p" {
		t.Errorf("got %+v", r)
	}
	for name, data := range map[string]string{
		"in the profile": lintHead + "    lint: [{ignore: address-dot, because: the log has nothing else}]\n",
		"in the file":    lintHead + "lint: [{ignore: address-dot, because: the log has nothing else}]\n",
	} {
		if r := dot(data); r.Status != check.Skip || r.Skipped != check.Chosen || !strings.HasSuffix(r.Summary, "; ignored, because the log has nothing else") {
			t.Errorf("%s: %+v", name, r)
		}
		if got := fired(linted(t, "f.yaml", []byte(data), profile.LintConfig{})); got != nil {
			t.Errorf("%s: fired %q", name, got)
		}
	}
	// Without a sample most rules have nothing to look at, and say so.
	skipped := 0
	for _, r := range linted(t, "f.yaml", []byte(lintHead), profile.LintConfig{}) {
		if r.Status == check.Skip && r.Skipped == check.Inapplicable && strings.HasSuffix(r.Summary, "there is no sample to see it in") {
			skipped++
		}
	}
	if skipped != 8 {
		t.Errorf("%d rules skipped, want 8", skipped)
	}
}

// Both engines and the message size depend on the dialect; profiles of different senders do not
// meet.
func TestLintRegardsDialectAndSenders(t *testing.T) {
	t.Parallel()
	long := "profiles:\n  - name: p\n    field-identifier: {event-string: in, username-prefix: u=, username-delimiter: ',', address-prefix: a=, address-delimiter: ','}\n" +
		"    samples: [{message: '" + strings.Repeat("x", 3000) + " in u=${user}, a=${address},', user: '${user}', address: '${address}'}]\n"
	if got := fired(linted(t, "f", []byte(long), profile.LintConfig{})); got != nil {
		t.Errorf("in 8,000 bytes: %q", got)
	}
	nine, err := panos.DialectFor("9.1")
	if err != nil {
		t.Fatal(err)
	}
	if got := fired(linted(t, "f", []byte(long), profile.LintConfig{Dialect: nine})); !slices.Equal(got, []string{"beyond-message-size"}) {
		t.Errorf("in 2,048 bytes: %q", got)
	}
	both, err := os.ReadFile("testdata/lint/both-match.bad.yaml")
	if err != nil {
		t.Fatal(err)
	}
	apart := string(both) + "senders:\n  - {name: s, address: 192.0.2.1, profiles: [{name: a}]}\n  - {name: t, address: 192.0.2.2, profiles: [{name: b}]}\n"
	if got := fired(linted(t, "f", []byte(apart), profile.LintConfig{})); got != nil {
		t.Errorf("two senders: %q", got)
	}
	// The event type belongs to the sender: the same profile text may be a logout there.
	logout := string(both) + "senders:\n  - {name: s, address: 192.0.2.1, profiles: [{name: a, event-type: logout}, {name: b}]}\n"
	for _, r := range linted(t, "f", []byte(logout), profile.LintConfig{}) {
		if r.Finding() && !strings.Contains(r.Summary, "as a login of") && !strings.Contains(r.Summary, "as a logout of") {
			t.Errorf("got %+v", r)
		}
	}
}

func TestLintSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in, want string }{
		{"a regex that RE2 refuses", strings.Replace(lintHead, "login ok", "login(?=ok)", 1), `f.yaml:5:20: event-regex: look-ahead "(?=" at character 6: RE2 has none`},
		{"an unknown rule", lintHead + "lint: [{ignore: adress-dot, because: x}]\n", `f.yaml:8:17: there is no rule "adress-dot"; did you mean address-dot?`},
		{"no reason", lintHead + "lint: [{ignore: address-dot}]\n", "f.yaml:8:8: a rule is ignored for a reason: because is missing or empty"},
		{"a blank reason", lintHead + "lint: [{ignore: address-dot, because: ' '}]\n", "f.yaml:8:39: a rule is ignored for a reason"},
		{"twice", lintHead + "lint: [{ignore: address-dot, because: x}, {ignore: address-dot, because: y}]\n", `f.yaml:8:52: "address-dot" is ignored twice`},
		{"an unknown identifier", strings.Replace(lintHead, "regex-identifier", "regexp-identifier", 1), `unknown key "regexp-identifier" in profiles[0]; did you mean "regex-identifier"?`},
		{"no profiles", "title: {en: x, ja: x}\n", "the file has no profiles"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if list, err := profile.Lint("f.yaml", []byte(row.in), profile.LintConfig{}); err == nil || list != nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v\nwant %s", err, row.want)
			}
		})
	}
}
