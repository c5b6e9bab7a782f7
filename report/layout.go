package report

import "strings"

// layout is how the table is set: the widths of its columns and the room between them.
type layout struct {
	widths  []int
	between int // columns between two numbers, where the head has its arrows
	named   bool
	beside  bool // whether the latency stands beside the numbers, and not under them
}

const gap = "  " // before and after the numbers

// layoutOf finds the roomiest layout that fits: arrows with blanks round them, then
// without. The latency goes first under the numbers, then the target's name above them.
func (p *page) layoutOf(rows [][]string) layout {
	l := layout{widths: make([]int, len(rows[0]))}
	for _, row := range rows {
		for i, cell := range row {
			l.widths[i] = max(l.widths[i], stringWidth(cell))
		}
	}
	numbers := 0
	for _, w := range l.widths[1 : len(stages)+1] {
		numbers += w
	}
	latency := 0
	if len(l.widths) > len(stages)+1 {
		latency = len(gap) + l.widths[len(stages)+1]
	}
	for _, try := range []layout{
		{between: 3, named: true, beside: true}, {between: 1, named: true, beside: true},
		{between: 3, named: true}, {between: 1, named: true}, {between: 3, beside: true}, {between: 3}, {between: 1},
	} {
		columns := len(gap) + numbers + try.between*(len(stages)-1)
		if try.named {
			columns += l.widths[0]
		}
		if try.beside {
			columns += latency
		}
		l.between, l.named, l.beside = try.between, try.named, try.beside
		if columns <= p.o.Width {
			break
		}
	}
	return l
}

// tableLine draws a row, or the head with arrows between the stages.
func (p *page) tableLine(cells []string, l layout, head bool) {
	joint := strings.Repeat(" ", l.between)
	if head {
		arrow := p.glyph("→", ">")
		joint = joint[:l.between/2] + arrow + joint[:l.between/2]
	}
	var numbers []string
	for i := 1; i <= len(stages); i++ {
		cell := padLeft(cells[i], l.widths[i])
		if strings.HasPrefix(cells[i], lossMark) {
			cell = strings.Repeat(" ", l.widths[i]-stringWidth(cells[i])) + p.paint(red)(cells[i])
		}
		numbers = append(numbers, cell)
	}
	line := gap + strings.Join(numbers, joint)
	switch {
	case l.named:
		line = pad(cells[0], l.widths[0]) + line
	case !head:
		p.line(cells[0])
	}
	latency := p.unknown()
	if last := len(stages) + 1; len(cells) > last {
		latency = cells[last]
		if l.beside {
			line += gap + latency
		}
	}
	p.line(line)
	if !l.beside && !head && latency != p.unknown() {
		p.line(gap + p.in(headLatency) + ": " + latency)
	}
}
