package profile

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
)

// The IDs of the checks that a suite makes.
const (
	idCase     = "profile.case"
	idCanFail  = "profile.case.can-fail"
	idTested   = "profile.tested"
	idCoverage = "profile.coverage"
	idTotal    = "profile.coverage.total"
	idMutants  = "profile.mutants"
)

const testSource = "uidprobe: docs/profiles-in-ci.md"

// EvidenceDiff is the name of the evidence that holds a Difference as text, for whoever colours it.
const EvidenceDiff = "diff (- want, + got)"

// TestConfig says what beside its cases is asked of a suite. The zero value asks for nothing more.
type TestConfig struct {
	Coverage bool // how much of each profile the cases reach; a warning where there is a gap
	// MinCoverage is the least part of the whole that must be reached, in percent. 0 asks for
	// none.
	MinCoverage float64
	// OnlyCases leaves out what can only be said of all cases: whether every profile has one.
	OnlyCases bool
}

// Checks are the questions to a suite, as data: each case, whether each case can fail at all,
// and whether each profile has a case. Their targets are cases and profiles, with their files.
func (s *Suite) Checks(c TestConfig) (list []check.Check) {
	for _, x := range s.Cases {
		list = append(list, x.check(), x.canFailCheck())
	}
	if !c.OnlyCases {
		for _, t := range s.Tested {
			list = append(list, s.testedCheck(t))
		}
	}
	if !c.Coverage && c.MinCoverage == 0 {
		return list
	}
	coverage := sync.OnceValue(s.Coverage)
	if c.Coverage {
		for _, t := range s.Tested {
			list = append(list, coverageCheck(t, coverage))
		}
	}
	return append(list, totalCheck(c.MinCoverage, coverage))
}

func (c Case) target() string {
	if c.File == "" {
		return c.Name
	}
	return c.File + ": " + c.Name
}

// place is where a person finds the case.
func (c Case) place() string {
	switch {
	case c.File == "":
		return fmt.Sprintf("case %q", c.Name)
	case c.Line == 0:
		return fmt.Sprintf("%s: case %q", c.File, c.Name)
	}
	return fmt.Sprintf("%s:%d: case %q", c.File, c.Line, c.Name)
}

// mostDifferences is how many messages of one case are shown.
const mostDifferences = 5

func (c Case) check() check.Check {
	return check.Check{
		ID: idCase, Target: c.target(), Source: testSource,
		Title: lang.Text{EN: "the messages become what the case says", JA: "メッセージがケースに書かれたとおりの結果になる"},
		Run: func(context.Context) check.Result {
			differences, err := c.Run()
			if err != nil {
				return check.Result{Status: check.Error, Summary: err.Error(), Hint: "correct the case"}
			}
			if differences == nil {
				return check.Result{Status: check.Pass, Summary: fmt.Sprintf("%s: %d messages became what they should", c.place(), len(c.Messages))}
			}
			r := check.Result{
				Status:  check.Fail,
				Summary: fmt.Sprintf("%s: %d of %d messages did not become what they should: %s", c.place(), len(differences), len(c.Messages), differing(differences)),
				Hint:    "correct the profile, or the case if the profile is right",
			}
			for i, d := range differences {
				if i == mostDifferences {
					r.Evidence = append(r.Evidence, check.Evidence{Name: "left out", Text: fmt.Sprintf("%d more messages", len(differences)-i)})
					break
				}
				r.Evidence = append(r.Evidence, check.Evidence{Name: EvidenceDiff, Text: d.String()},
					check.Evidence{Name: fmt.Sprintf("message %d", d.Message+1), Text: d.Text},
					check.Evidence{Name: "nearest profile", Text: d.Trace})
			}
			return r
		},
	}
}

// differing lists what differs, each once. Where the outcome does, nothing else is worth a word.
func differing(list []Difference) string {
	var names []string
	for _, d := range list {
		for _, r := range d.Rows {
			if !r.Equal() && !slices.Contains(names, r.Field) {
				names = append(names, r.Field)
			}
			if !r.Equal() && r.Field == outcomeField {
				break
			}
		}
	}
	return strings.Join(names, ", ")
}

func (c Case) canFailCheck() check.Check {
	return check.Check{
		ID: idCanFail, Target: c.target(), Source: testSource, Needs: []check.Ref{{Check: idCase}},
		Title: lang.Text{EN: "a wrong expectation would fail the case", JA: "期待が誤っていればケースは失敗する"},
		Run: func(context.Context) check.Result {
			why, err := c.cannotFail()
			switch {
			case err != nil:
				return check.Result{Status: check.Error, Summary: err.Error(), Hint: "correct the case"}
			case why != "":
				return check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s cannot fail: %s", c.place(), why), Hint: "give it a message that comes near to a profile, or remove it"}
			}
			return check.Result{Status: check.Pass, Summary: c.place() + " fails when its expectation is wrong"}
		},
	}
}

// cannotFail says why no change of the expectation, or of the profiles, would fail a case that
// passes; it is empty for a good case.
func (c Case) cannotFail() (why string, err error) {
	m, err := Compile(c.Config)
	if err != nil {
		return "", err
	}
	if len(c.Messages) == 0 {
		return "it has no messages", nil
	}
	for i, e := range c.Expect {
		for _, wrong := range e.wrong() {
			changed := c
			changed.Expect = slices.Clone(c.Expect)
			changed.Expect[i] = wrong
			if changed.passes(m) {
				return fmt.Sprintf("it passes as well if message %d is expected to become something else", i+1), nil
			}
		}
	}
	for i, e := range c.Expect {
		if len(e.Matches) > 0 || comesNear(m, c.Messages[i]) {
			return "", nil // a log may have other lines beside those that matter
		}
	}
	return "no part of a profile finds anything in its messages", nil
}

// wrong are expectations that must fail where e passes.
func (e Expectation) wrong() (list []Expectation) {
	other := Expected{Event: panos.Login, User: "nobody", Addresses: []netip.Addr{netip.AddrFrom4([4]byte{203, 0, 113, 254})}}
	if len(e.Matches) == 0 {
		list = append(list, Expectation{Matches: []Expected{other}})
		if e.GaveUp != "" {
			list = append(list, Expectation{GaveUp: "no such part", Profile: e.Profile})
		}
		return list
	}
	list = append(list, Expectation{}, Expectation{Matches: append(slices.Clone(e.Matches), other)})
	for i := range e.Matches {
		change := func(do func(*Expected)) {
			matches := slices.Clone(e.Matches)
			do(&matches[i])
			list = append(list, Expectation{Matches: matches})
		}
		change(func(x *Expected) {
			if x.Event == panos.Logout {
				x.Event = panos.Login
			} else {
				x.Event = panos.Logout
			}
		})
		change(func(x *Expected) { x.User += "x" })
		change(func(x *Expected) { x.Domain, x.User = x.account(); x.Domain += "x" })
		change(func(x *Expected) { x.Addresses = append(slices.Clone(x.Addresses), other.Addresses[0]) })
		change(func(x *Expected) { x.Addresses = nil })
	}
	return list
}

// comesNear says whether a part of any profile found more of itself in a message than chance
// would have it.
func comesNear(m *Matcher, text string) bool {
	for _, t := range m.Trace([]byte(text)) {
		for _, p := range t.Parts {
			if p.Matched || p.Progress > chance {
				return true
			}
		}
	}
	return false
}

func (s *Suite) testedCheck(t Tested) check.Check {
	return check.Check{
		ID: idTested, Target: t.String(), Source: testSource,
		Title: lang.Text{EN: "a case shows what the profile maps, and one what it leaves alone", JA: "プロファイルがマッピングするものとしないものを、それぞれケースが示している"},
		Run: func(context.Context) check.Result {
			maps, leaves := s.tests(t)
			switch {
			case !maps:
				return check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s has no case in which it maps a message", t), Hint: "add a sample, or a case that expects one of its matches"}
			case !leaves:
				return check.Result{Status: check.Warn, Summary: fmt.Sprintf("%s has no case in which it leaves a message alone", t), Hint: "add under must-not-map a message that resembles the event, such as a failed log-in"}
			}
			return check.Result{Status: check.Pass, Summary: fmt.Sprintf("%s has cases of both kinds", t)}
		},
	}
}

// tests says whether a case expects a match of the profile, and whether one with the profile
// expects nothing.
func (s *Suite) tests(t Tested) (maps, leaves bool) {
	for _, c := range s.Cases {
		if !c.attaches(t) {
			continue
		}
		m, err := Compile(c.Config)
		if err != nil {
			continue // the case itself says so
		}
		for i, e := range c.Expect {
			leaves = leaves || len(e.Matches) == 0
			if maps || len(e.Matches) == 0 || i >= len(c.Messages) {
				continue
			}
			maps = slices.ContainsFunc(m.Match(nil, []byte(c.Messages[i])), func(x Match) bool { return x.Profile == t.Profile.Name })
		}
	}
	return maps, leaves
}

func (c Case) attaches(t Tested) bool {
	return slices.ContainsFunc(c.Config.Attachments, func(a Attachment) bool { return t.is(a.Profile) })
}
