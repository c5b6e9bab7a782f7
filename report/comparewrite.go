package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// CompareSchema names the form of a comparison in JSON. The number changes when a field is
// removed or comes to mean something else.
const CompareSchema = "urn:uidprobe:comparison:1"

// section is one kind of difference in a comparison.
type section struct {
	name  string
	title lang.Text
	color color
	list  []Difference
}

// sections are the differences in the order in which they matter.
func (c Comparison) sections() []section {
	return []section{
		{"broke", wordBroke, red, c.Broke},
		{"mended", wordMended, green, c.Mended},
		{"changed", wordChanged, yellow, c.Changed},
		{"new", wordNew, plain, c.New},
		{"gone", wordGone, yellow, c.Gone},
	}
}

// CompareText writes a comparison for people: what broke first, each with what was found and the
// next step, the verdict last. Text from outside is shown escaped and bounded.
func CompareText(w io.Writer, c Comparison, o TextOptions) error {
	p := newPage(o)
	for _, s := range c.sections() {
		if len(s.list) == 0 {
			continue
		}
		p.gap()
		p.line(p.paint(bold)(fmt.Sprintf("%s: %d", p.in(s.title), len(s.list))))
		for _, d := range s.list {
			p.difference(s, d)
		}
	}
	p.gap()
	verdict, paint := wordNotWorse, p.paint(green)
	if c.Worse() {
		verdict, paint = wordWorse, p.paint(red)
	}
	for _, line := range wrap(p.in(verdict)+": "+p.in(c.counts()), p.o.Width) {
		p.line(paint(line))
	}
	_, err := w.Write(p.Bytes())
	return err
}

// counts is how many there are of each kind.
func (c Comparison) counts() lang.Text {
	var t lang.Text
	for _, s := range c.sections() {
		if len(s.list) > 0 {
			t.EN += fmt.Sprintf("%d %s, ", len(s.list), s.title.EN)
			t.JA += fmt.Sprintf("%s %d 件、", s.title.JA, len(s.list))
		}
	}
	return lang.Text{EN: t.EN + fmt.Sprintf("%d as before", c.Same), JA: t.JA + fmt.Sprintf("変化なし %d 件", c.Same)}
}

func (p *page) difference(s section, d Difference) {
	p.wrapped("  ", p.safe(d.Ref().Check, maxName)+"@"+p.safe(d.Ref().Target, maxName)+"  "+d.statuses(), p.paint(s.color))
	if d.After == nil {
		return
	}
	r := *d.After
	if r.Status != check.Pass {
		p.wrapped("    ", p.said(r), p.paint(plain))
		p.labelled(p.in(labelNext), p.safe(r.Hint, maxSentence))
		if found, ok := p.find(r.Symptom); ok {
			p.labelled(p.in(labelSymptom), fmt.Sprintf("%s: %s (%s)", p.in(wordLikely), p.in(found.Title), p.safe(r.Symptom, maxName)))
		}
	}
	if d.moved() {
		p.labelled(p.in(wordBefore), p.safe(d.Before.Target, maxName))
	}
	if d.Explains > 0 {
		p.wrapped(indent, p.in(explains(d.Explains)), p.paint(faint))
	}
}

// statuses is "pass → fail": words that are codes in every language.
func (d Difference) statuses() string {
	word := func(r *check.Result) string {
		if r == nil {
			return "-"
		}
		return r.Status.String()
	}
	return word(d.Before) + " > " + word(d.After)
}

// moved says whether the check was asked of another address or port of the same server before.
func (d Difference) moved() bool {
	return d.Before != nil && d.After != nil && d.Before.Target != d.After.Target
}

// comparison is a Comparison in JSON.
type comparison struct {
	Schema  string       `json:"schema"`
	Tool    tool         `json:"tool"`
	Worse   bool         `json:"worse"`
	Same    int          `json:"same"`
	Broke   []difference `json:"broke"`
	Mended  []difference `json:"mended"`
	Changed []difference `json:"changed"`
	New     []difference `json:"new"`
	Gone    []difference `json:"gone"`
}

type difference struct {
	Check    string  `json:"check"`
	Target   string  `json:"target"`
	Before   *answer `json:"before"` // null if the check is not in the report before
	After    *answer `json:"after"`
	Explains int     `json:"explains"`
}

// CompareJSON writes a comparison for programs: the lists broke, mended, changed, new and gone,
// each difference with the two results as JSON has them, evidence left out.
func CompareJSON(w io.Writer, c Comparison, m Meta) error {
	d := comparison{Schema: CompareSchema, Tool: tool{"uidprobe", field(m.Version)}, Worse: c.Worse(), Same: c.Same}
	lists := []*[]difference{&d.Broke, &d.Mended, &d.Changed, &d.New, &d.Gone}
	for i, s := range c.sections() {
		*lists[i] = make([]difference, 0, len(s.list))
		for _, one := range s.list {
			ref := one.Ref()
			*lists[i] = append(*lists[i], difference{
				Check: field(ref.Check), Target: field(ref.Target),
				Before: brief(one.Before), After: brief(one.After), Explains: one.Explains,
			})
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := w.Write(escaped(b.Bytes()))
	return err
}

// brief is a result without its evidence.
func brief(r *check.Result) *answer {
	if r == nil {
		return nil
	}
	a := answerOf(*r)
	a.Evidence = nil
	return &a
}

// CompareMarkdown writes a comparison for tickets and pull requests.
func CompareMarkdown(w io.Writer, c Comparison, o MarkdownOptions) error {
	hide := newDisguise(o.ShowNames, c.results())
	p := newMarkdown(o)
	verdict := wordNotWorse
	if c.Worse() {
		verdict = wordWorse
	}
	p.line("## uidprobe: " + p.words(verdict))
	p.line("")
	p.line(p.words(c.counts()))
	for _, s := range c.sections() {
		if len(s.list) == 0 {
			continue
		}
		p.line("")
		p.line(fmt.Sprintf("### %s (%d)", p.words(s.title), len(s.list)))
		p.line("")
		p.row(p.words(headCheck), p.words(headTarget), p.words(headBeforeAfter), p.words(headFound))
		p.line("| --- | --- | --- | --- |")
		for i, d := range s.list {
			if i == maxRows {
				break
			}
			p.row(p.code(d.Ref().Check), p.code(hide.text(d.Ref().Target)), p.cell(d.statuses()), p.told(d, hide))
		}
		if more := len(s.list) - maxRows; more > 0 {
			p.line("")
			p.line(p.words(moreRows(more)))
		}
	}
	_, err := w.Write(p.Bytes())
	return err
}

// told is the cell that tells of a difference.
func (p *markdown) told(d Difference, hide *disguise) string {
	if d.After == nil {
		return ""
	}
	r := hide.result(*d.After)
	parts := []string{p.cell(said(r))}
	if r.Hint != "" {
		parts = append(parts, p.words(labelNext)+": "+p.cell(r.Hint))
	}
	if d.Explains > 0 {
		parts = append(parts, p.words(explains(d.Explains)))
	}
	return strings.Join(parts, "<br>")
}

// results are all results of the differences.
func (c Comparison) results() (all []check.Result) {
	for _, s := range c.sections() {
		for _, d := range s.list {
			for _, r := range []*check.Result{d.Before, d.After} {
				if r != nil {
					all = append(all, *r)
				}
			}
		}
	}
	return all
}
