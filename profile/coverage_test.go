package profile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/check"
)

func TestCoverage(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, oneCase+`  - name: two
    profiles: [regex-logout]
    message: 'nac: gone away user=jane ip=192.0.2.1'
    expect: [{event: logout, user: jane, addresses: [192.0.2.1]}]
  - name: three
    profiles: [regex-logout]
    messages: ['nac: gone away ip=192.0.2.1', 'nac: bye ip=192.0.2.1']
    nothing: {gave-up: username}
`)
	all := s.Coverage()
	missing := map[string][]string{}
	for _, p := range all {
		for _, u := range p.Missing() {
			missing[p.Tested.Profile.Name] = append(missing[p.Tested.Profile.Name], u.String())
		}
	}
	// The branch "bye" matched, but in no message that was mapped.
	want := map[string][]string{
		"field-login":  {"event gives up", "username gives up", "address gives up"},
		"regex-logout": {"event gives up", "address gives up", `event-regex branch "bye" at character 3`},
	}
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Errorf("not reached (-want +got):\n%s", diff)
	}
	reached, n := all.Counts()
	if reached != 8 || n != 14 {
		t.Errorf("%d of %d are reached, want 8 of 14", reached, n)
	}
}

func TestMinCoverage(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, oneCase) // 3 of 14 parts, 21.4 %
	for _, row := range []struct {
		least float64
		want  check.Status
	}{{0, check.Pass}, {21.4, check.Pass}, {21.5, check.Fail}, {100, check.Fail}} {
		got := results(t, s, TestConfig{Coverage: true, MinCoverage: row.least})
		if r := got[check.Ref{Check: "profile.coverage.total", Target: "all profiles"}]; r.Status != row.want {
			t.Errorf("%g %%: %v, want %v: %s", row.least, r.Status, row.want, r.Summary)
		}
		if r := got[check.Ref{Check: "profile.coverage", Target: "set.yaml: regex-logout"}]; r.Status != check.Warn {
			t.Errorf("a profile with gaps: %v, want a warning: %s", r.Status, r.Summary)
		}
	}
}

// Each branch of an expression, and which of them a message takes. Marking a branch must not
// change what the expression matches.
func TestBranches(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, source string
		branches     []string
		text         string
		taken        []string
	}{
		{"none", `a[|]b\|c`, nil, "a|b|c", nil},
		{"whole", `login|logon`, []string{"login", "logon"}, "logon", []string{"logon"}},
		{"group", `a (x|y|) b`, []string{"x", "y", ""}, "a  b", []string{""}},
		{"nested", `(a|b(c|d))e`, []string{"a", "b(c|d)", "c", "d"}, "bde", []string{"b(c|d)", "d"}},
		{"not captured", `(?:a|b)c`, []string{"a", "b"}, "bc", []string{"b"}},
		{"named", `(?P<x>a|b)c`, []string{"a", "b"}, "ac", []string{"a"}},
		{"flag before", `(?i)a|b`, []string{"(?i)a", "b"}, "B a", []string{"b"}},
		{"flag within", `(a(?i)x|b)c`, []string{"a(?i)x", "b"}, "Bc", []string{"b"}},
		{"the first wins", `a|ab`, []string{"a", "ab"}, "ab", []string{"a"}},
		{"literal text", `\Qa|b\E|c`, []string{`\Qa|b\E`, "c"}, "a|b", []string{`\Qa|b\E`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var branches, taken []string
			for _, u := range branchUnits(eventRegex, row.source) {
				group := u.branch.SubexpIndex(branchGroup)
				var text string
				for _, a := range branchesOf(row.source, 0, len(row.source)) {
					if u.What == branchUnitName(row.source, a) {
						text = row.source[a.start:a.end]
					}
				}
				branches = append(branches, text)
				if at := u.branch.FindStringSubmatchIndex(row.text); at != nil && at[2*group] >= 0 {
					taken = append(taken, text)
				}
			}
			if diff := cmp.Diff(row.branches, branches); diff != "" {
				t.Errorf("branches of %s (-want +got):\n%s", row.source, diff)
			}
			if diff := cmp.Diff(row.taken, taken); diff != "" {
				t.Errorf("%q takes (-want +got):\n%s", row.text, diff)
			}
		})
	}
}
