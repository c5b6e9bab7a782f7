package report

import "github.com/uidprobe/uidprobe/check"

// Line is one result on one line, without a line end, for showing it as it arrives. It
// obeys all of o but Width: what reads it, a log of a CI job, wraps by itself.
func Line(r check.Result, o TextOptions) string {
	p := newPage(o)
	m := markOf(r.Status)
	line := p.paint(colorOf(r))(pad(m.word, 5)) + " " + p.safe(r.Target, maxName) + " " + p.safe(r.Check, maxName)
	text := p.said(r)
	switch {
	case r.Status == check.Pass:
		text = p.answer(r)
	case r.Status == check.Skip && r.Skipped != check.Refused:
		text = p.why(r.Skipped, r.Summary, r.CausedBy)
	}
	if text != "" {
		line += ": " + text
	}
	if r.Hint != "" {
		line += "; " + p.in(labelNext) + ": " + p.safe(r.Hint, maxSentence)
	}
	if r.CausedBy != nil {
		line += " (" + p.in(labelBecause) + ": " + p.ref(*r.CausedBy, r.Target) + ")"
	}
	return line
}
