package profile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/strictyaml"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// LintID is what the IDs of the checks of lint begin with; a rule's code follows.
const LintID = "profile.lint."

// LintRule is one thing that lint looks for.
type LintRule struct {
	Code   string // stable: suppressions name it
	Status check.Status
	Title  lang.Text // the good outcome
	Source string
	Hint   string
	find   func(*lintTarget, context.Context) []lintFinding
}

// lintFinding is one place of which a rule has something to say.
type lintFinding struct {
	path    strictyaml.Path // in the file
	message string
	text    string // the message that shows it; may be empty
}

// lintTarget is one profile of a file, as the rules see it.
type lintTarget struct {
	*lintFile
	at      strictyaml.Path
	profile Profile
	refused []problem // what a firewall refuses; the other rules are not asked then
	samples []lintSample
	alone   *Matcher // the profile by itself; nil if it is refused
}

// lintSample is a sample that is filled in, or a message that must not map, which has neither user
// nor address.
type lintSample struct {
	path                strictyaml.Path
	template            Sample
	text, user, address string
}

// lintFile is a file of profiles under lint.
type lintFile struct {
	doc     *strictyaml.Document
	file    string
	dialect panos.Dialect
	y       setYAML
	targets []*lintTarget
	groups  [][]*lintTarget // the profiles of one sender each
}

// LintConfig says how lint judges. The zero value is the dialect that is assumed for PAN-OS 10.0
// and later.
type LintConfig struct {
	Dialect panos.Dialect
}

// Lint returns the questions to a file of profiles, a check for each profile and rule, and one for
// whether a rule is ignored in vain. The profiles of one sender are those under senders, or all
// profiles of a file without senders. The error is strictyaml.Problems: what cannot be read at
// all, such as a regular expression that RE2 refuses. A name or a text that only a firewall
// refuses is a finding.
func Lint(file string, data []byte, config LintConfig) ([]check.Check, error) {
	dialect, err := config.Dialect.OrElse(panos.DefaultDialect())
	if err != nil {
		return nil, err
	}
	f := &lintFile{file: file, dialect: dialect}
	if f.doc, err = strictyaml.Decode(file, data, &f.y); f.doc == nil {
		return nil, err
	}
	f.read()
	if err := f.doc.Err(); err != nil {
		return nil, err
	}
	used := &lintUse{seen: map[string]bool{}}
	var list []check.Check
	for _, t := range f.targets {
		for _, rule := range LintRules() {
			list = append(list, t.check(rule, used))
		}
	}
	return append(list, f.unusedCheck(list, used)), nil
}

// read makes the targets, and notes what cannot be read.
func (f *lintFile) read() {
	set := f.y.set()
	for i, p := range set.Profiles {
		t := &lintTarget{lintFile: f, at: strictyaml.Path{"profiles", i}, profile: p}
		for _, x := range p.problems() {
			if p.onlyRefused(x) {
				t.refused = append(t.refused, x)
			}
		}
		f.targets = append(f.targets, t)
		// What is a finding is no mistake of the file: it is judged with something else there.
		set.Profiles[i] = p.without(t.refused, i)
	}
	checkSet(f.doc, f.y, set)
	checkSenders(f.doc, f.y.Senders)
	checkIgnores(f.doc, f.y)
	checkCases(f.doc, f.y.Cases)
	if f.doc.Err() != nil {
		return
	}
	for _, t := range f.targets {
		t.readSamples()
		if t.refused == nil {
			t.alone, _ = Compile(Config{Attachments: []Attachment{{Profile: t.profile, Event: t.profile.Event}}, Dialect: f.whole()})
		}
	}
	f.groups = f.senderGroups()
}

// whole is the dialect without a limit: the rules want to see all of a message.
func (f *lintFile) whole() panos.Dialect {
	d := f.dialect
	d.MaxMessage = 1 << 20
	return d
}

// onlyRefused tells what a firewall refuses for its length or its letters from what cannot be
// compiled.
func (p Profile) onlyRefused(x problem) bool {
	if len(x.path) == 0 {
		return false
	}
	switch x.path[0] {
	case "name":
		return p.Name != ""
	case descriptionElem:
		return true
	}
	return strings.Contains(x.message, "PAN-OS takes at most") && strings.Contains(x.message, " characters")
}

// without is the profile without the texts that are refused.
func (p Profile) without(refused []problem, i int) Profile {
	p = p.clone()
	for _, x := range refused {
		switch last := x.path[len(x.path)-1]; last {
		case "name":
			p.Name = fmt.Sprintf("profile-%d", i)
		case descriptionElem:
			p.Description = ""
		default:
			for _, leaf := range p.leaves() {
				if leaf.element == last {
					*leaf.value = "x"
				}
			}
		}
	}
	return p
}

func (t *lintTarget) readSamples() {
	values := sampleValues()
	for i, s := range t.profile.Samples {
		x := lintSample{path: t.at.With("samples", i, "message"), template: s}
		x.fill(values)
		t.samples = append(t.samples, x)
	}
	for i, n := range t.profile.MustNotMap {
		x := lintSample{path: t.at.With("must-not-map", i, "message"), template: Sample{Message: n.Message}}
		x.fill(values)
		t.samples = append(t.samples, x)
	}
}

// fill fills the templates in, which checkSet has found nothing against.
func (x *lintSample) fill(values *syslog.Values) {
	for _, row := range []struct {
		from string
		to   *string
	}{{x.template.Message, &x.text}, {x.template.User, &x.user}, {x.template.Address, &x.address}} {
		if t, err := syslog.ParseTemplate(row.from); err == nil {
			*row.to = string(t.Append(nil, values))
		}
	}
}

// positive says whether it is a sample, and not a message that must not map.
func (x lintSample) positive() bool { return x.template.User != "" }

// maps says what the profile by itself reads from a message.
func (t *lintTarget) maps(text string) (Match, bool) {
	matches := t.alone.Match(nil, []byte(text))
	if len(matches) == 0 {
		return Match{}, false
	}
	return matches[0], true
}

// senderGroups are the profiles that stand in one entry.
func (f *lintFile) senderGroups() (groups [][]*lintTarget) {
	if len(f.y.Senders) == 0 {
		return [][]*lintTarget{f.targets}
	}
	for _, y := range f.y.Senders {
		var group []*lintTarget
		for _, a := range y.Profiles {
			i := slices.IndexFunc(f.targets, func(t *lintTarget) bool { return t.profile.Name == a.Name })
			if i < 0 {
				continue // a predefined one
			}
			t := *f.targets[i]
			if a.EventType != "" {
				t.profile.Event = panos.EventType(a.EventType)
			}
			group = append(group, &t)
		}
		groups = append(groups, group)
	}
	return groups
}

// others are the profiles that stand in an entry with this one, each once, and this one as it is
// meant there.
func (t *lintTarget) others() (pairs [][2]*lintTarget) {
	for _, group := range t.groups {
		own := slices.IndexFunc(group, func(x *lintTarget) bool { return x.profile.Name == t.profile.Name })
		if own < 0 {
			continue
		}
		for i, x := range group {
			known := slices.ContainsFunc(pairs, func(p [2]*lintTarget) bool {
				return p[1].profile.Name == x.profile.Name && p[1].profile.Event == x.profile.Event
			})
			if i != own && x.alone != nil && !known {
				pairs = append(pairs, [2]*lintTarget{group[own], x})
			}
		}
	}
	return pairs
}

// lintUse notes which suppressions had something to suppress.
type lintUse struct {
	mu   sync.Mutex
	seen map[string]bool // by the place of the suppression
}

func (u *lintUse) note(place string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[place] = true
}

func (u *lintUse) was(place string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.seen[place]
}

func (t *lintTarget) String() string { return t.file + ": " + t.profile.Name }

func (t *lintTarget) check(rule LintRule, used *lintUse) check.Check {
	return check.Check{
		ID: LintID + rule.Code, Target: t.String(), Source: rule.Source, Title: rule.Title,
		Run: func(ctx context.Context) check.Result { return t.judge(ctx, rule, used) },
	}
}

// The rules that a refused profile is asked as well, and those that need no sample.
var (
	lintAlways   = []string{codeName, codeLength}
	lintByItself = []string{codeName, codeLength, codeDot, codeNotClient, codeBacktracking, codeEventPart, codeSameEvent}
)

func (t *lintTarget) judge(ctx context.Context, rule LintRule, used *lintUse) check.Result {
	skip := func(format string, args ...any) check.Result {
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: fmt.Sprintf(format, args...)}
	}
	if t.alone == nil && !slices.Contains(lintAlways, rule.Code) {
		return skip("%s: a firewall refuses the profile, so that it is not looked at for more", t)
	}
	found := rule.find(t, ctx)
	if ctx.Err() != nil {
		return check.Result{Status: check.Error, Summary: fmt.Sprintf("%s: %v", t, context.Cause(ctx)), Hint: "give it more time"}
	}
	if found == nil {
		if len(t.samples) == 0 && !slices.Contains(lintByItself, rule.Code) {
			return skip("%s: there is no sample to see it in", t)
		}
		return check.Result{Status: check.Pass, Summary: fmt.Sprintf("%s: %s", t, rule.Title.EN)}
	}
	r := check.Result{Status: rule.Status, Hint: rule.Hint, Summary: fmt.Sprintf("%s: %s", t, found[0].message)}
	if n := len(found) - 1; n > 0 {
		r.Summary += fmt.Sprintf("; and %d more", n)
	}
	for _, x := range found {
		line, column := t.doc.At(x.path...)
		r.Evidence = append(r.Evidence, check.Evidence{Name: check.EvidencePlace, Text: check.Place{File: t.file, Line: line, Column: column}.String()},
			check.Evidence{Name: "finding", Text: x.message})
		if x.text != "" {
			r.Evidence = append(r.Evidence, check.Evidence{Name: "message", Text: clipped(x.text)})
		}
	}
	if because, place, ignored := t.ignored(rule.Code); ignored {
		used.note(place)
		r.Status, r.Skipped, r.Hint = check.Skip, check.Chosen, ""
		r.Summary += "; ignored, because " + because
		r.Evidence = append(r.Evidence, check.Evidence{Name: check.EvidenceBecause, Text: because})
	}
	return r
}

// clipped bounds a message for a report.
func clipped(text string) string {
	const most = 300
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// ignored says whether a rule is ignored for a profile, and why.
func (t *lintTarget) ignored(code string) (because, place string, ok bool) {
	for _, at := range []strictyaml.Path{t.at, nil} {
		list := t.y.Lint
		if at != nil {
			list = t.y.Profiles[at[1].(int)].Lint
		}
		for i, x := range list {
			if x.Ignore == code {
				return x.Because, at.With("lint", i).String(), true
			}
		}
	}
	return "", "", false
}

const codeUnused = "unused-suppression"

// unusedCheck looks for suppressions that have nothing to suppress. It waits for all others.
func (f *lintFile) unusedCheck(all []check.Check, used *lintUse) check.Check {
	after := make([]check.Ref, len(all))
	for i, c := range all {
		after[i] = c.Ref()
	}
	return check.Check{
		ID: LintID + codeUnused, Target: f.file, After: after,
		Source: "uidprobe: docs/profiles-in-ci.md",
		Title:  lang.Text{EN: "every rule that is ignored has something to ignore", JA: "無視される規則には、無視すべき対象が実際にある"},
		Run:    func(context.Context) check.Result { return f.unused(used) },
	}
}

func (f *lintFile) unused(used *lintUse) check.Result {
	r := check.Result{Status: check.Pass, Summary: f.file + ": nothing is ignored in vain"}
	look := func(at strictyaml.Path, list []ignoreYAML) {
		for i, x := range list {
			at := at.With("lint", i)
			if used.was(at.String()) {
				continue
			}
			line, column := f.doc.At(at...)
			r.Status, r.Hint = check.Warn, "remove it"
			r.Summary = fmt.Sprintf("%s: %s is ignored, but there is nothing to ignore", f.file, x.Ignore)
			r.Evidence = append(r.Evidence, check.Evidence{Name: check.EvidencePlace, Text: check.Place{File: f.file, Line: line, Column: column}.String()},
				check.Evidence{Name: "finding", Text: x.Ignore + " is ignored, but there is nothing to ignore"})
		}
	}
	look(nil, f.y.Lint)
	for i, p := range f.y.Profiles {
		look(strictyaml.Path{"profiles", i}, p.Lint)
	}
	return r
}
