package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// Prefix begins the ID of every result; the ID of the symptom follows.
const Prefix = "diagnose."

// TextCheck is the ID of the result about a text itself: how much of it was understood.
const TextCheck = Prefix + "text"

const source = "the vendor's article on monitored servers, and what is known of each line"

// Results are everything that was learnt: what explains something stands before what it
// explains, in the order in which it was first seen; then what is normal, then how much of each
// text was understood.
func (d *Diagnosis) Results() []check.Result {
	all := d.findings()
	at := map[string][]*finding{}
	for _, f := range all {
		at[f.target] = append(at[f.target], f)
	}
	var results []check.Result
	told := map[string]bool{} // targets whose timeline is told
	for _, f := range inOrder(all) {
		r := f.result()
		if f.status != check.Pass && f.cause == nil && !told[f.target] {
			told[f.target] = true
			if line := timeline(at[f.target]); line != "" {
				r.Evidence = append(r.Evidence, check.Evidence{Name: "timeline", Text: line})
			}
		}
		results = append(results, r)
	}
	for _, f := range d.files {
		results = append(results, d.fileResult(f)...)
	}
	return results
}

// inOrder puts each root before what it explains, and what is normal last.
func inOrder(all []*finding) (ordered []*finding) {
	effects := map[*finding][]*finding{}
	var roots, normal []*finding
	for _, f := range all {
		switch {
		case f.status == check.Pass:
			normal = append(normal, f)
		case f.cause == nil:
			roots = append(roots, f)
		default:
			effects[f.cause] = append(effects[f.cause], f)
		}
	}
	var walk func(*finding)
	walk = func(f *finding) {
		ordered = append(ordered, f)
		for _, e := range effects[f] {
			walk(e)
		}
	}
	for _, f := range roots {
		walk(f)
	}
	return append(ordered, normal...)
}

func (f *finding) checkID() string { return Prefix + f.id }

// result is a finding as a result.
func (f *finding) result() check.Result {
	r := check.Result{
		Check: f.checkID(), Title: familyOf(f.id).title, Source: source,
		Target: f.target, Status: f.status, Summary: f.summary(),
		Evidence: f.evidence(),
	}
	if f.count > 1 {
		r.Measures = []check.Measure{{Name: "seen", Value: float64(f.count), Unit: "times"}}
	}
	if f.symptom != nil {
		r.Symptom, r.Source = f.symptom.ID, f.symptom.Article
	}
	if f.own != nil {
		r.Symptom, r.Title = f.own.ID, f.own.Title
	}
	if f.status != check.Pass {
		r.Hint = f.hint()
	}
	if f.cause != nil {
		r.CausedBy = &check.Ref{Check: f.cause.checkID(), Target: f.cause.target}
	}
	return r
}

// said is what was seen, in a few words.
func (s *seen) said() string {
	switch {
	case s.symptom != nil:
		return s.symptom.Title.EN
	case s.own != nil:
		return s.own.Title.EN
	}
	return s.what.EN
}

func (f *finding) summary() string {
	text := f.target + ": " + f.said()
	if f.symptom != nil && f.symptom.Number != nil {
		text += fmt.Sprintf(" (%d)", *f.symptom.Number)
	}
	if f.subject.kind == atWire && f.symptom != nil && f.what.EN != "" {
		text += ": " + f.what.EN
	}
	if f.count > 1 {
		text += fmt.Sprintf(", seen %d times", f.count)
		if f.first.when != "" && f.last.when != "" && f.first.when != f.last.when {
			text += " from " + f.first.when + " to " + f.last.when
		}
	}
	if len(f.near) > 1 {
		text += "; the line does not say which of " + strings.Join(f.near, ", ") + " it is about"
	}
	if f.note != "" {
		text += "; " + f.note
	}
	return text
}

// hint is the command that proves it from here; where there is none, the first remedy with the
// server's name in it.
func (f *finding) hint() string {
	host := f.host()
	if prove := familyOf(f.id).prove; prove != "" && f.own == nil {
		if host == "" {
			host = "SERVER"
		}
		return "prove it from here: " + strings.ReplaceAll(prove, "{host}", host)
	}
	remedies := f.remedies()
	if len(remedies) == 0 {
		return "look at the lines before it, and at the firewall's log: less mp-log useridd.log"
	}
	hint := remedies[0].EN
	if host != "" {
		hint = strings.NewReplacer("host ADDRESS", "host "+host, "host NAME", "host "+host).Replace(hint)
	}
	return hint
}

func (s *seen) remedies() []lang.Text {
	switch {
	case s.symptom != nil:
		return s.symptom.Remedies
	case s.own != nil:
		return s.own.Remedies
	}
	return nil
}

// host is how the server is reached, as far as the text says.
func (f *finding) host() string {
	if f.server != nil && f.server.subject.host != "" {
		return f.server.subject.host
	}
	for _, name := range []string{f.subject.host, f.subject.name} {
		if name != "" && (f.subject.kind == atServer || f.subject.kind == atHost || f.subject.kind == atLog || f.subject.kind == atWire) {
			return name
		}
	}
	return ""
}

// evidence is the first line and the last, and what stood before.
func (f *finding) evidence() (pieces []check.Evidence) {
	if len(f.context) > 0 {
		pieces = append(pieces, check.Evidence{Name: "before it", Text: strings.Join(f.context, "\n")})
	}
	pieces = append(pieces, evidenceOf(f.first))
	if f.last.order != f.first.order {
		pieces = append(pieces, evidenceOf(f.last))
	}
	pieces = append(pieces, f.details...)
	if f.own != nil {
		for _, list := range []struct {
			name  string
			texts []lang.Text
		}{{"causes", f.own.Causes}, {"remedies", f.own.Remedies}} {
			if text := joined(list.texts); text != "" {
				pieces = append(pieces, check.Evidence{Name: list.name, Text: text})
			}
		}
	}
	return pieces
}

func evidenceOf(s sight) check.Evidence {
	return check.Evidence{Name: fmt.Sprintf("%s:%d", s.File, s.Number), Text: shown(s.Text)}
}

func joined(texts []lang.Text) string {
	var lines []string
	for _, t := range texts {
		lines = append(lines, t.EN)
	}
	return strings.Join(lines, "\n")
}

// maxTimeline bounds the lines of a timeline.
const maxTimeline = 40

// timeline is what was seen at one target, spell by spell. One spell alone is no line.
func timeline(all []*finding) string {
	type entry struct {
		order int
		text  string
	}
	var entries []entry
	more := 0
	for _, f := range all {
		if f.subject.kind == atServer || f.subject.kind == atSender {
			continue // the table shows what is now
		}
		more += f.moreSpells
		for _, s := range f.spells {
			entries = append(entries, entry{s.first.order, s.String() + ": " + f.said()})
		}
	}
	if len(entries) < 2 {
		return ""
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.order - b.order })
	var lines []string
	for i, e := range entries {
		if i == maxTimeline {
			more += len(entries) - i
			break
		}
		lines = append(lines, e.text)
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// fileResult says what became of a file.
func (d *Diagnosis) fileResult(f *fileRecord) []check.Result {
	switch {
	case f.archive != nil:
		return []check.Result{archiveResult(f)}
	case f.capture != nil:
		return []check.Result{d.captureResult(f)}
	}
	return []check.Result{d.textResult(f)}
}

// told adds to the result of a file what of it could not be read, and what to give instead if
// nothing in it was understood.
func (f *fileRecord) told(r check.Result, understood bool, instead string) check.Result {
	if len(f.notes) > 0 {
		r.Status = check.Warn
		r.Summary += "; " + f.notes[0]
		r.Hint = "give the part that could not be read once more, as plain text"
		r.Evidence = append(r.Evidence, check.Evidence{Name: "not read", Text: strings.Join(f.notes[:min(len(f.notes), 20)], "\n")})
	}
	if f.failed {
		r.Status = check.Error
	}
	if !understood {
		r.Status, r.Hint = check.Error, instead
	}
	return r
}

// textResult says how much of a text was understood.
func (d *Diagnosis) textResult(f *fileRecord) check.Result {
	c := f.counts
	r := check.Result{
		Check: TextCheck, Target: f.name, Source: source, Status: check.Pass,
		Title:   lang.Text{EN: "the text holds something that is understood", JA: "テキストに理解できる内容がある"},
		Summary: fmt.Sprintf("%s: %d of %d lines were understood", f.name, c.Understood, c.Lines),
		Measures: []check.Measure{
			{Name: "lines", Value: float64(c.Lines), Unit: "lines"},
			{Name: "understood", Value: float64(c.Understood), Unit: "lines"},
			{Name: "unknown", Value: float64(c.Unknown), Unit: "lines"},
			{Name: "cut", Value: float64(c.Cut), Unit: "lines"},
		},
	}
	r = f.told(r, c.Understood > 0, "give the firewall's log (less mp-log useridd.log), or the output of show user server-monitor statistics and show user server-monitor state all; --unknown shows what was read")
	for _, line := range d.unknown {
		if line.File == f.name {
			r.Evidence = append(r.Evidence, check.Evidence{Name: fmt.Sprintf("not understood, line %d", line.Number), Text: line.Text})
		}
	}
	if d.record.dropped > 0 && f == d.files[len(d.files)-1] {
		r.Status = max(r.Status, check.Warn)
		r.Summary += fmt.Sprintf("; %d sights were passed over, because more than %d different things were seen", d.record.dropped, maxSeen)
	}
	return r
}

// firstWord is a sighting as a result, before anything is known of what explains it.
func (d *Diagnosis) firstWord(s *seen) check.Result {
	a := attribution{d: d}
	for _, other := range d.record.all {
		if other.subject.kind == atServer {
			a.servers = append(a.servers, other)
		}
	}
	return a.finding(s).result()
}
