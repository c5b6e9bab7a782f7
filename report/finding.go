package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/symptom"
)

// How much evidence is shown, and how much when all is asked for.
const (
	fewPieces, manyPieces = 6, 1000
	fewLines, manyLines   = 20, 500
)

// indent is where the text of a finding begins, labelWidth the columns of its labels.
const (
	indent     = "    "
	labelWidth = 10
)

// finding draws a result that stands by itself: what was found, what to do next, what the
// firewall shows, what was seen, and whatever it explains.
func (p *page) finding(results []check.Result, c causes, i int) {
	r := results[i]
	p.gap()
	name := p.safe(r.Check, maxName)
	if reason, ok := reasons[r.Skipped]; ok {
		name += " (" + p.in(reason) + ")"
	}
	p.wrapped("  "+p.lead(r.Status), name, p.paint(colorOf(r)))
	for _, line := range wrap(p.said(r), p.o.Width-len(indent)) {
		p.line(indent + p.paint(bold)(line))
	}
	p.labelled(p.in(labelNext), p.safe(r.Hint, maxSentence))
	p.labelled(p.in(labelWanted), p.in(r.Title))
	if r.CausedBy != nil {
		p.labelled(p.in(labelBecause), p.ref(*r.CausedBy, r.Target))
	}
	p.symptom(r)
	p.labelled(p.in(labelMeasured), p.measures(r))
	p.evidence(r.Evidence)
	p.labelled(p.in(labelRule), p.safe(r.Source, maxSentence))
	p.consequences(results, c.consequences[i], r.Target)
}

// said is what was found. A target at its start is left out: the finding stands under it.
func (p *page) said(r check.Result) string {
	said := strings.TrimPrefix(r.Summary, r.Target+": ")
	if said == "" {
		said = reasons[r.Skipped].In(p.o.Language)
	}
	return p.safe(said, maxSentence)
}

// labelled draws a text beside its label. An empty text is left out.
func (p *page) labelled(label, text string) {
	if text != "" {
		p.wrapped(indent+pad(label, labelWidth), text, p.paint(faint))
	}
}

// symptom explains what the firewall shows, the first time it is met.
func (p *page) symptom(r check.Result) {
	id := r.Symptom
	if id == "" {
		return
	}
	shownID := p.safe(id, maxName)
	s, ok := p.find(id)
	switch {
	case !ok:
		p.labelled(p.in(labelSymptom), shownID)
		return
	case p.told[id]:
		p.labelled(p.in(labelSymptom), fmt.Sprintf("%s: %s (%s)", p.in(wordLikely), p.in(s.Title), p.in(wordAbove)))
		return
	}
	if s.Number != nil {
		shownID += fmt.Sprintf(", %d", *s.Number)
	}
	if r.Status == check.Warn && !p.o.Verbose { // not shown, as far as is known: no time for its causes
		p.labelled(p.in(labelSymptom), fmt.Sprintf("%s: %s (%s)", p.in(wordMay), p.in(s.Title), shownID))
		return
	}
	p.told[id] = true
	shows := fmt.Sprintf("%s: %s (%s)", p.in(wordLikely), p.in(s.Title), shownID)
	if s.Confidence == "inferred" || s.Confidence == "recalled" {
		shows += "; " + p.in(wordInferred)
	}
	p.labelled(p.in(labelSymptom), shows)
	p.labelled(p.in(labelShown), p.safe(logged(s, r.Evidence), maxSentence))
	p.explained(s)
}

// logged is the line that the firewall writes to its log. Where there are several, it is a table, and
// the evidence has the firewall's own; where the evidence has the line, once is enough.
func logged(s symptom.Symptom, evidence []check.Evidence) string {
	if s.ID == "" {
		return ""
	}
	line := strings.TrimSpace(s.Golden())
	told := slices.ContainsFunc(evidence, func(e check.Evidence) bool { return strings.Contains(e.Text, line) })
	if s.Number == nil || told || strings.Contains(line, "\n") {
		return ""
	}
	return line
}

func (p *page) explained(s symptom.Symptom) {
	p.labelled(p.in(labelMeaning), p.in(s.Meaning))
	label := p.in(labelCauses)
	for _, cause := range s.Causes {
		p.listed(label, p.glyph("• ", "- "), p.in(cause))
		label = ""
	}
	label = p.in(labelRemedies)
	for n, remedy := range s.Remedies {
		p.listed(label, fmt.Sprintf("%d. ", n+1), p.in(remedy))
		label = ""
	}
	if p.o.Verbose {
		p.labelled(p.in(labelArticle), p.safe(s.Article, maxSentence))
	}
}

// listed draws one entry of a list beside its label, or under the one before.
func (p *page) listed(label, bullet, text string) {
	p.wrapped(indent+pad(label, labelWidth)+bullet, text, p.paint(faint))
}

// measures is the numbers of a result, in a row.
func (p *page) measures(r check.Result) string {
	var words []string
	for _, m := range r.Measures {
		words = append(words, strings.TrimRight(
			p.safe(m.Name, maxName)+" "+number(m.Value)+" "+p.safe(m.Unit, maxName), " "))
	}
	return p.safe(strings.Join(words, ", "), maxSentence)
}

// evidence draws what was seen, line by line behind a bar, so that it cannot be taken for
// the report's own words. One line has its name beside it, several have it above.
func (p *page) evidence(pieces []check.Evidence) {
	most, lines := fewPieces, fewLines
	if p.o.Verbose {
		most, lines = manyPieces, manyLines
	}
	label := p.in(labelEvidence)
	bar := indent + p.glyph("│ ", "| ")
	for n, e := range pieces {
		if n == most {
			p.labelled("", p.in(moreEvidence(len(pieces)-n)))
			break
		}
		name := p.safe(e.Name, maxName)
		if name == "" {
			name = "-"
		}
		shown, more := p.safeLines(e.Text, lines)
		if len(shown) == 1 && more == 0 {
			if label != "" {
				p.line(indent + p.paint(faint)(label))
			}
			label = ""
			p.hanging(bar, bar, name+": "+shown[0], p.paint(faint))
			continue
		}
		p.labelled(label, name)
		label = ""
		for _, line := range shown {
			p.hanging(bar, bar, line, p.paint(faint))
		}
		if more > 0 {
			p.wrapped(bar+p.glyph("… ", "... "), p.in(moreLines(more)), p.paint(faint))
		}
	}
}

// consequences draws what a finding explains: first what did not pass because of it, then
// what was not even asked.
func (p *page) consequences(results []check.Result, which []int, target string) {
	var asked, unasked []int
	for _, i := range which {
		if results[i].Status == check.Skip {
			unasked = append(unasked, i)
		} else {
			asked = append(asked, i)
		}
	}
	if len(asked) > 0 {
		p.wrapped(indent, p.in(alsoRed(len(asked))), p.paint(plain))
		for _, i := range asked {
			r := results[i]
			p.wrapped(indent+"  "+p.lead(r.Status), p.ref(r.Ref(), target)+": "+p.said(r), p.paint(markOf(r.Status).color))
		}
	}
	if len(unasked) > 0 {
		p.wrapped(indent, p.in(notAsked(len(unasked))), p.paint(plain))
		p.unasked(results, unasked, target)
	}
}

// unasked lists checks that were skipped, a paragraph for each target, which is named unless
// it is the one that is spoken of and there is no other; a line for each
// check, with what it says, for those who want to see all.
func (p *page) unasked(results []check.Result, which []int, target string) {
	if p.o.Verbose {
		for _, i := range which {
			p.wrapped(indent+"  ", p.ref(results[i].Ref(), target)+": "+p.said(results[i]), p.paint(plain))
		}
		return
	}
	elsewhere := slices.ContainsFunc(which, func(i int) bool { return results[i].Target != target })
	for start := 0; start < len(which); {
		of := results[which[start]].Target
		end := start
		for end < len(which) && results[which[end]].Target == of {
			end++
		}
		lead := indent + "  "
		if elsewhere {
			lead += p.safe(of, maxName) + ": "
		}
		p.wrapped(lead, p.names(results, which[start:end], of), p.paint(plain))
		start = end
	}
}
