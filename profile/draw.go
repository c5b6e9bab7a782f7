package profile

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The measures of a drawing, in cells and bytes.
const (
	drawWidth   = 120 // cells; a longer message is cut to what matters
	drawContext = 4   // bytes kept on either side of what matters
	drawBehind  = 12  // bytes kept behind the place where a part gave up
	drawEnds    = 24  // bytes kept at each end of something long that matters
)

// Draw shows line with what the profile found in it marked underneath: ^ what was taken or
// what tells the event, ~ what else matched, and where a part gave up, !. Below stand the
// outcome, why a part gave up, and hints. Control bytes are escaped and a long message is
// cut to what matters. The text ends in a line end. line is the one that Trace was given.
func (t Trace) Draw(line []byte) string {
	text, _ := body(line, "")
	c := newCanvas(text, t.interest(len(text)))
	var b strings.Builder
	b.WriteString(c.text + "\n")
	for _, p := range t.Parts {
		if row := c.row(p); row != "" {
			b.WriteString(row + "\n")
		}
	}
	b.WriteString(t.String() + "\n")
	for _, p := range t.Parts {
		if p.Problem != "" && p.Problem != t.Why {
			b.WriteString("  " + string(p.Role) + ": " + p.Problem + "\n")
		}
		if p.Hint != "" {
			b.WriteString("  hint: " + string(p.Role) + ": " + p.Hint + "\n")
		}
	}
	return b.String()
}

// interest lists the pieces of a message of n bytes that a drawing must show, in order and
// without overlap.
func (t Trace) interest(n int) (pieces []Span) {
	add := func(s Span) {
		pieces = append(pieces, Span{max(min(s.Start, n)-drawContext, 0), min(s.End+drawContext, n)})
	}
	add(Span{0, 2 * drawContext})
	for _, p := range t.Parts {
		spans := []Span{p.Span}
		if !p.Matched && p.Span.Len() > 0 {
			spans[0].End += drawBehind
		}
		for _, v := range p.Values {
			spans = append(spans, v.Span)
		}
		for _, s := range spans {
			if s.Len() > 2*drawEnds {
				add(Span{s.Start, s.Start + drawEnds})
				add(Span{s.End - drawEnds, s.End})
			} else {
				add(s)
			}
		}
	}
	return join(pieces)
}

// join sorts pieces and joins those with next to nothing between them.
func join(pieces []Span) (joined []Span) {
	slices.SortFunc(pieces, func(a, b Span) int { return a.Start - b.Start })
	for _, p := range pieces {
		if last := len(joined) - 1; last >= 0 && p.Start <= joined[last].End+drawContext {
			joined[last].End = max(joined[last].End, p.End)
			continue
		}
		joined = append(joined, p)
	}
	return joined
}

// canvas is a message as it is drawn.
type canvas struct {
	text string
	cell []int // where each byte of the message is drawn; one more for its end
}

func newCanvas(line []byte, pieces []Span) canvas {
	whole := canvas{cell: make([]int, 0, len(line)+1)}
	whole.draw(line, []Span{{0, len(line)}})
	if whole.cell[len(line)] <= drawWidth {
		return whole
	}
	cut := canvas{cell: whole.cell[:0]}
	cut.draw(line, pieces)
	return cut
}

// draw draws the pieces, and an ellipsis for each part of the line between them.
func (c *canvas) draw(line []byte, pieces []Span) {
	var b strings.Builder
	at := 0
	gap := func(to int) {
		if len(c.cell) >= to {
			return
		}
		for len(c.cell) < to {
			c.cell = append(c.cell, at)
		}
		b.WriteString("…")
		at++
	}
	for _, p := range pieces {
		for p.Start > 0 && p.Start < len(line) && !utf8.RuneStart(line[p.Start]) {
			p.Start--
		}
		gap(p.Start)
		for len(c.cell) < p.End {
			s, cells, size := shown(line[len(c.cell):])
			b.WriteString(s)
			for range size {
				c.cell = append(c.cell, at)
			}
			at += cells
		}
	}
	gap(len(line))
	c.cell = append(c.cell, at)
	c.text = b.String()
}

// row marks one part; it is empty for a part that found nothing.
func (c canvas) row(p Part) string {
	marks := []byte{}
	mark := func(s Span, with byte) {
		end := len(c.cell) - 1
		for i := c.cell[min(s.Start, end)]; i < c.cell[min(s.End, end)]; i++ {
			for len(marks) <= i {
				marks = append(marks, ' ')
			}
			marks[i] = with
		}
	}
	label := string(p.Role)
	if p.Role == EventPart && p.Matched {
		mark(p.Span, '^')
	} else {
		mark(p.Span, '~')
	}
	for _, v := range p.Values {
		mark(v.Span, '^')
	}
	if len(marks) == 0 {
		return ""
	}
	if !p.Matched {
		marks = append(marks, '!')
		label += " gave up"
	}
	return beside(string(marks), label)
}

// beside puts the label behind the marks, or before them where the row would become too long.
func beside(marks, label string) string {
	indent := len(marks) - len(strings.TrimLeft(marks, " "))
	if len(marks)+1+len(label) > drawWidth && indent > len(label) {
		return strings.Repeat(" ", indent-len(label)-1) + label + " " + marks[indent:]
	}
	return marks + " " + label
}
