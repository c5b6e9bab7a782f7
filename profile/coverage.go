package profile

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
)

// Coverage is what the cases of a suite reach, profile by profile, in the order of Tested.
type Coverage []ProfileCoverage

// ProfileCoverage is what the cases reach of one profile.
type ProfileCoverage struct {
	Tested Tested
	Units  []Unit
}

// Unit is one thing that a case can reach.
type Unit struct {
	Element string // the role of a part, or the XML element of a regex
	// What of it: "matches", "gives up" (it was the part for which a message was left alone), or
	// the branch of an alternation.
	What    string
	Reached bool

	branch *regexp.Regexp // with the branch as its group 1
}

// String names the unit.
func (u Unit) String() string { return u.Element + " " + u.What }

// Counts are how many units there are, and how many of them are reached.
func (c ProfileCoverage) Counts() (reached, all int) {
	for _, u := range c.Units {
		if u.Reached {
			reached++
		}
	}
	return reached, len(c.Units)
}

// Missing are the units that no case reaches.
func (c ProfileCoverage) Missing() (list []Unit) {
	return slices.DeleteFunc(slices.Clone(c.Units), func(u Unit) bool { return u.Reached })
}

// Counts are the sums of all profiles.
func (c Coverage) Counts() (reached, all int) {
	for _, p := range c {
		r, a := p.Counts()
		reached, all = reached+r, all+a
	}
	return reached, all
}

// Percent is the part that is reached; 100 where there is nothing to reach.
func (c Coverage) Percent() float64 {
	reached, all := c.Counts()
	if all == 0 {
		return 100
	}
	return 100 * float64(reached) / float64(all)
}

// Coverage runs the cases and notes what they reach: whether each part of a profile matched,
// whether it was once the one that held a message back, and which branch of each alternation
// a message that was mapped went through.
func (s *Suite) Coverage() (all Coverage) {
	for _, t := range s.Tested {
		p := ProfileCoverage{t, t.Profile.units()}
		for _, c := range s.Cases {
			if c.attaches(t) {
				p.reach(c)
			}
		}
		all = append(all, p)
	}
	return all
}

// units are what there is to reach.
func (p Profile) units() (list []Unit) {
	for _, role := range []Role{EventPart, UsernamePart, AddressPart} {
		list = append(list, Unit{Element: string(role), What: "matches"}, Unit{Element: string(role), What: "gives up"})
	}
	if r := p.Regex; r != nil {
		list = append(list, branchUnits(eventRegex, r.EventRegex)...)
		list = append(list, branchUnits(usernameRegex, r.UsernameRegex)...)
		list = append(list, branchUnits(addressRegex, r.AddressRegex)...)
	}
	return list
}

// reach notes what one case reaches. A case in which nothing can be compiled reaches nothing.
func (c *ProfileCoverage) reach(x Case) {
	m, err := Compile(x.Config)
	if err != nil {
		return
	}
	for _, text := range x.Messages {
		for _, t := range m.Trace([]byte(text)) {
			if t.Profile == c.Tested.Profile.Name {
				c.reachBy(t, m.dialect, text)
			}
		}
	}
}

func (c *ProfileCoverage) reachBy(t Trace, d panos.Dialect, text string) {
	gaveUp := t.gaveUp()
	for i, u := range c.Units {
		switch {
		case u.Reached:
		case u.branch != nil:
			c.Units[i].Reached = t.Outcome != Nothing && u.taken(d, text)
		case u.What == "matches":
			// A part counts where the message was mapped: elsewhere it may have matched by chance.
			c.Units[i].Reached = t.Outcome != Nothing
		default:
			c.Units[i].Reached = string(gaveUp.Role) == u.Element
		}
	}
}

// taken says whether the match of a message went through the branch.
func (u Unit) taken(d panos.Dialect, text string) bool {
	re := u.branch
	if d.Case == panos.CaseInsensitive {
		re = regexp.MustCompile("(?i)" + re.String()) // with the flag it compiles as without
	}
	line, _ := body([]byte(text), d.MatchOn)
	at := re.FindSubmatchIndex(line)
	group := re.SubexpIndex(branchGroup)
	return at != nil && at[2*group] >= 0
}

// branchGroup is the name of the group that is put round a branch.
const branchGroup = "uidprobe_branch"

// branchUnits finds the branches of every alternation of an expression.
func branchUnits(element, source string) (list []Unit) {
	for _, a := range branchesOf(source, 0, len(source)) {
		text := source[a.start:a.end]
		marked := source[:a.start] + "(?P<" + branchGroup + ">" + text + ")" + a.flags + source[a.end:]
		if re, err := regexp.Compile(marked); err == nil {
			list = append(list, Unit{Element: element, What: branchUnitName(source, a), branch: re})
		}
	}
	return list
}

func branchUnitName(source string, a alternative) string {
	return fmt.Sprintf("branch %q at character %d", source[a.start:a.end], character(source, a.start))
}

// branchesOf lists the branches of all alternations in source[start:end], outer ones first.
// The flags of each are those that its own end leaves to the branches behind it.
func branchesOf(source string, start, end int) (list []alternative) {
	if all := alternatives(source, start, end); len(all) > 1 {
		for i := range all {
			all[i].flags = ""
			if i+1 < len(all) {
				all[i].flags = all[i+1].flags
			}
		}
		list = append(list, all...)
	}
	for at := start; at < end; {
		stop := atomEnd(source, at, end)
		if source[at] == '(' && stop-1 > at {
			if inner := at + len(groupHead.FindString(source[at:stop])); inner < stop {
				list = append(list, branchesOf(source, inner, stop-1)...)
			}
		}
		at = quantifierEnd(source, stop, end)
	}
	return list
}

func coverageCheck(t Tested, coverage func() Coverage) check.Check {
	return check.Check{
		ID: idCoverage, Target: t.String(), Source: testSource,
		Title: lang.Text{EN: "the cases reach every part of the profile", JA: "ケースがプロファイルのすべての部分に及ぶ"},
		Run: func(context.Context) check.Result {
			all := coverage()
			i := slices.IndexFunc(all, func(p ProfileCoverage) bool { return p.Tested.String() == t.String() })
			if i < 0 {
				return check.Result{Status: check.Error, Summary: t.String() + " is not under test"}
			}
			reached, n := all[i].Counts()
			r := check.Result{
				Status:   check.Pass,
				Summary:  fmt.Sprintf("%s: the cases reach %d of %d parts", t, reached, n),
				Measures: []check.Measure{{Name: "reached", Value: float64(reached)}, {Name: "parts", Value: float64(n)}},
			}
			if missing := all[i].Missing(); len(missing) > 0 {
				words := make([]string, len(missing))
				for i, u := range missing {
					words[i] = u.String()
				}
				r.Status, r.Summary = check.Warn, r.Summary+"; not reached: "+strings.Join(words, ", ")
				r.Hint = "add a case for each: a message that is mapped through it, or one that only this part holds back"
			}
			return r
		},
	}
}

func totalCheck(least float64, coverage func() Coverage) check.Check {
	return check.Check{
		ID: idTotal, Target: "all profiles", Source: testSource,
		Title: lang.Text{EN: "the cases reach as much as was asked for", JA: "ケースの網羅率が求められた値以上である"},
		Run: func(context.Context) check.Result {
			all := coverage()
			reached, n := all.Counts()
			r := check.Result{
				Status:   check.Pass,
				Summary:  fmt.Sprintf("the cases reach %d of %d parts of %d profiles, %.1f %%", reached, n, len(all), all.Percent()),
				Measures: []check.Measure{{Name: "coverage", Value: all.Percent(), Unit: "%"}},
			}
			if all.Percent() < least {
				r.Status = check.Fail
				r.Summary += fmt.Sprintf("; %g %% are asked for", least)
				r.Hint = "profile test --coverage names what is not reached"
			}
			return r
		},
	}
}
