package report

import (
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/check"
)

// target draws one target: a line that sums it up, and what was found under it. Its
// results are those from start to end.
func (p *page) target(results []check.Result, c causes, start, end int) {
	own := results[start:end]
	worst := worstOf(own)
	sum := p.safe(worst.Target, maxName) + "  " + counts(own)
	if root, ok := c.onlyRoot(start, end, results); ok {
		sum += " (" + p.in(labelBecause) + ": " + p.ref(results[root].Ref(), worst.Target) + ")"
	}
	p.wrapped(p.lead(worst.Status), sum, p.paint(colorOf(worst)))
	var folded []fold
	findings := 0
	for i := start; i < end; i++ {
		r := results[i]
		_, explained := c.root[i]
		switch {
		case explained: // told under its cause
		case r.Status == check.Pass:
			p.passed(r)
		case r.Status == check.Skip && !speaks(r):
			folded = addFold(folded, results, c, i)
		default:
			p.finding(results, c, i)
			findings++
		}
	}
	if findings > 0 {
		p.gap()
	}
	for _, f := range folded {
		p.skipped(results, f)
	}
}

// worstOf is the result that sums up a target: what keeps it from being ready comes first.
func worstOf(results []check.Result) check.Result {
	worst, rank := results[0], 0
	for _, r := range results {
		n := 0
		switch {
		case r.Status == check.Pass:
			n = 1
		case r.Status == check.Warn:
			n = 2
		case r.Status == check.Skip && r.Finding():
			n = 3
		case r.Status == check.Fail:
			n = 5
		case r.Status != check.Skip:
			n = 4
		}
		if n > rank {
			worst, rank = r, n
		}
	}
	return worst
}

// counts is how many of the results have which status: "1 fail, 4 skip, 8 pass".
func counts(results []check.Result) string {
	t := tally(results)
	var words []string
	for _, n := range []struct {
		count int
		word  check.Status
	}{{t.Fail, check.Fail}, {t.Error, check.Error}, {t.Warn, check.Warn}, {t.Skip, check.Skip}, {t.Pass, check.Pass}} {
		if n.count > 0 {
			words = append(words, fmt.Sprintf("%d %v", n.count, n.word))
		}
	}
	return strings.Join(words, ", ")
}

// passed draws a check that is well, for those who want to see them all.
func (p *page) passed(r check.Result) {
	if !p.o.Verbose {
		return
	}
	text := p.safe(r.Check, maxName) + ": " + p.answer(r)
	if m := p.measures(r); m != "" {
		text += " [" + m + "]"
	}
	p.wrapped("  "+p.lead(r.Status), text, p.paint(green))
}

// answer is the good outcome and what was found, of a check where nothing is wrong.
func (p *page) answer(r check.Result) string {
	title, summary := p.in(r.Title), p.safe(r.Summary, maxSentence)
	switch {
	case title == "":
		return summary
	case summary == "":
		return title
	}
	return title + " (" + summary + ")"
}

// speaks says whether a skipped check has something of its own to tell.
func speaks(r check.Result) bool {
	return r.Hint != "" || r.Symptom != "" || len(r.Evidence) > 0
}

// fold is several checks of one target that were skipped for the same reason.
type fold struct {
	reason       check.SkipReason
	summary      string
	cause        *check.Ref
	skipped      []int
	consequences []int
}

func addFold(folds []fold, results []check.Result, c causes, i int) []fold {
	r := results[i]
	for n := range folds {
		f := &folds[n]
		same := f.cause == nil && r.CausedBy == nil || f.cause != nil && r.CausedBy != nil && *f.cause == *r.CausedBy
		if same && f.reason == r.Skipped && f.summary == r.Summary {
			f.skipped = append(f.skipped, i)
			f.consequences = append(f.consequences, c.consequences[i]...)
			return folds
		}
	}
	return append(folds, fold{r.Skipped, r.Summary, r.CausedBy, []int{i}, c.consequences[i]})
}

// skipped draws checks that were not asked, with the reason.
func (p *page) skipped(results []check.Result, f fold) {
	target := results[f.skipped[0]].Target
	names := p.names(results, f.skipped, target)
	if f.reason == check.Chosen && len(f.skipped) > 1 && !p.o.Verbose {
		names = p.in(checks(len(f.skipped)))
	}
	why := p.why(f.reason, f.summary, f.cause)
	if f.cause != nil {
		why += " (" + p.in(labelBecause) + ": " + p.ref(*f.cause, target) + ")"
	}
	p.wrapped("  "+p.lead(check.Skip), names+": "+why, p.paint(colorOf(results[f.skipped[0]])))
	p.consequences(results, f.consequences, target)
}

// why is why checks were not asked. What a person chose, the summary says best; that a run
// was interrupted needs no more words, nor does what Run says of a cause that is named
// beside it.
func (p *page) why(reason check.SkipReason, summary string, cause *check.Ref) string {
	if cause != nil && strings.HasPrefix(summary, "not asked: ") {
		summary = ""
	}
	summary = p.safe(strings.TrimPrefix(summary, "not asked: "), maxSentence)
	word, known := reasons[reason]
	switch {
	case !known, reason == check.Chosen && summary != "":
		return summary
	case summary == "", reason == check.Interrupted:
		return p.in(word)
	}
	return p.in(word) + ": " + summary
}

// names lists checks: those of target by ID, the others with their target.
func (p *page) names(results []check.Result, which []int, target string) string {
	var names []string
	for _, i := range which {
		names = append(names, p.ref(results[i].Ref(), target))
	}
	return strings.Join(names, ", ")
}
