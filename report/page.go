package report

import (
	"bytes"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/symptom"
)

// page is a report for people while it is drawn.
type page struct {
	bytes.Buffer
	o    TextOptions
	find func(id string) (symptom.Symptom, bool)
	// told are the symptoms that have been explained: once is enough.
	told map[string]bool
}

const (
	defaultWidth = 80
	leastWidth   = 40
)

func newPage(o TextOptions) *page {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	o.Width = max(o.Width, leastWidth)
	if o.Language == "" || o.ASCII {
		o.Language = lang.English
	}
	return &page{o: o, find: symptom.Find, told: map[string]bool{}}
}

// in is a text in the language of the page, safe to be shown.
func (p *page) in(t lang.Text) string { return p.safe(t.In(p.o.Language), maxSentence) }

// glyph is a character, or what stands for it in ASCII.
func (p *page) glyph(unicode, ascii string) string {
	if p.o.ASCII {
		return ascii
	}
	return unicode
}

// line writes one line, without the blanks at its end.
func (p *page) line(text string) {
	p.WriteString(strings.TrimRight(text, " "))
	p.WriteByte('\n')
}

// gap leaves one line free, however often it is asked for; none at the top.
func (p *page) gap() {
	if p.Len() > 0 && !bytes.HasSuffix(p.Bytes(), []byte("\n\n")) {
		p.WriteByte('\n')
	}
}

// wrapped writes text after a lead, which is printable and may be coloured by paint; the
// lines after the first begin under the text.
func (p *page) wrapped(lead, text string, paint func(string) string) {
	p.hanging(lead, strings.Repeat(" ", stringWidth(lead)), text, paint)
}

// hanging is wrapped with something else than blanks before the later lines; rest is as
// wide as lead.
func (p *page) hanging(lead, rest, text string, paint func(string) string) {
	for _, line := range wrap(text, max(p.o.Width-stringWidth(lead), leastWidth/2)) {
		p.line(paint(lead) + line)
		lead = rest
	}
}

// A colour is an SGR parameter.
type color string

const (
	plain  color = ""
	bold   color = "1"
	faint  color = "2"
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	purple color = "35"
)

func (p *page) paint(c color) func(string) string {
	return func(s string) string {
		if !p.o.Color || c == plain || strings.TrimSpace(s) == "" {
			return s
		}
		return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
	}
}

// mark is how a status is drawn.
type mark struct {
	unicode, ascii string
	word           string
	color          color
}

var marks = map[check.Status]mark{
	check.Pass:  {"✓", "+", "PASS", green},
	check.Skip:  {"–", "-", "SKIP", faint},
	check.Warn:  {"!", "!", "WARN", yellow},
	check.Fail:  {"✗", "x", "FAIL", red},
	check.Error: {"?", "?", "ERROR", purple},
}

// markOf is the mark of a status; one that is none, as in a result that was read from
// elsewhere, counts as an error, as it does in a Tally.
func markOf(s check.Status) mark {
	if m, ok := marks[s]; ok {
		return m
	}
	return marks[check.Error]
}

// colorOf is the colour of a result: a skip that keeps a target from being ready is not to
// be overlooked.
func colorOf(r check.Result) color {
	if r.Status == check.Skip && r.Finding() {
		return yellow
	}
	return markOf(r.Status).color
}

// lead is the mark and the word, in columns of equal width: "✗ FAIL  ".
func (p *page) lead(s check.Status) string {
	m := markOf(s)
	return p.glyph(m.unicode, m.ascii) + " " + pad(m.word, 5) + " "
}

// ref names a result's check; at its target when that is not the one that is spoken of.
func (p *page) ref(r check.Ref, target string) string {
	if r.Target == target {
		return p.safe(r.Check, maxName)
	}
	return p.safe(r.Check, maxName) + "@" + p.safe(r.Target, maxName)
}
