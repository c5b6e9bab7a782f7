package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// TextOptions say how Text and Line draw. The zero value is English, without colour, 80
// columns wide, in Unicode.
type TextOptions struct {
	Language lang.Language // of titles, meanings, causes, remedies and the frame; "" is English
	Color    bool          // ANSI colours; nothing is said by colour alone
	Width    int           // columns; 0 means 80, less than 40 is taken as 40
	// ASCII keeps to the characters of ASCII: others are shown as \u00e9. Language is then
	// English, since Japanese cannot be written so.
	ASCII   bool
	Verbose bool // every check with its title and measures, and more of the evidence
	// FailOnWarn makes a warning keep the verdict from being "ready".
	FailOnWarn bool
}

// Text writes the report for people: each target with what was found, the way of the test
// messages, and the verdict last, where a terminal shows it. It is short when all is well.
// Each thing found comes with the next step, what the firewall likely shows, and whatever
// else it explains. Text from outside is shown escaped and bounded, so that nothing in a
// result can steer a terminal, and the verdict is always the last thing said. The only
// errors are those of w.
func Text(w io.Writer, results []check.Result, o TextOptions) error {
	p := newPage(o)
	p.report(ordered(results))
	_, err := w.Write(p.Bytes())
	return err
}

// report draws the whole of it.
func (p *page) report(results []check.Result) {
	c := untangle(results)
	for start := 0; start < len(results); {
		end := start
		for end < len(results) && results[end].Target == results[start].Target {
			end++
		}
		if all := addresses(results, start, end); all > end && !p.o.Verbose {
			p.together(results, start, all)
			start = all
			continue
		}
		p.target(results, c, start, end)
		start = end
	}
	p.delivery(results)
	p.trace(results)
	p.verdict(results)
}

// addresses is the end of the targets that follow a target and are addresses of it, "dc1:88
// (192.0.2.10)", where all of them are well; otherwise it is the target's own end.
func addresses(results []check.Result, start, end int) int {
	all := end
	for all < len(results) && strings.HasPrefix(results[all].Target, results[start].Target+" (") {
		all++
	}
	for _, r := range results[start:all] {
		if r.Status != check.Pass {
			return end
		}
	}
	return all
}

// together draws a target and its addresses in one line.
func (p *page) together(results []check.Result, start, end int) {
	name := results[start].Target
	var list []string
	for _, r := range results[start:end] {
		address := strings.TrimSuffix(strings.TrimPrefix(r.Target, name+" ("), ")")
		if r.Target != name && !slices.Contains(list, address) {
			list = append(list, address)
		}
	}
	sum := fmt.Sprintf("%s (%s)  %s", p.safe(name, maxName), p.safe(strings.Join(list, ", "), maxSentence), counts(results[start:end]))
	p.wrapped(p.lead(check.Pass), sum, p.paint(green))
}

// trace tells of what the run has left behind: tickets that were asked for. A check that was skipped,
// or broke before it asked, has left nothing.
func (p *page) trace(results []check.Result) {
	for _, r := range results {
		if (r.Check == "kerberos.ticket" || r.Check == "kerberos.service") && (r.Status == check.Pass || r.Status == check.Warn || r.Status == check.Fail) {
			p.gap()
			p.wrapped("", p.in(wordTrace), p.paint(faint))
			return
		}
	}
}
