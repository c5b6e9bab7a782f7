package report

import (
	"io"

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
		p.target(results, c, start, end)
		start = end
	}
	p.delivery(results)
	p.verdict(results)
}
