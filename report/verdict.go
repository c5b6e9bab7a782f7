package report

import (
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/check"
)

// verdict draws what it all amounts to, last.
func (p *page) verdict(results []check.Result) {
	p.gap()
	t := tally(results)
	if t.Internal() {
		p.wrapped("! ", p.in(wordDefect), p.paint(red))
	}
	paint, verdict, ready := p.paint(red), p.in(wordNotReady), t.Ready(p.o.FailOnWarn)
	if ready {
		paint, verdict = p.paint(green), p.in(wordReady)
	}
	var why []string
	if t.Interrupted() {
		why = append(why, p.in(wordInterrupted))
	}
	if t.Refused() {
		why = append(why, p.in(wordRefused))
	}
	if t.Ran() == 0 {
		why = append(why, p.in(wordNothing))
	}
	if len(results) > 0 {
		why = append(why, counts(results))
	}
	if started, took := span(results); !started.IsZero() {
		why = append(why, p.in(within(took)))
	}
	for _, line := range wrap(fmt.Sprintf("%s: %s", verdict, strings.Join(why, ", ")), p.o.Width) {
		p.line(paint(line))
	}
	if ready {
		p.wrapped("", p.in(wordLimits), p.paint(faint))
	}
}
