package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// MarkdownOptions say how Markdown draws. The zero value is English and names no people.
type MarkdownOptions struct {
	Language lang.Language // of the frame and of titles; "" is English
	// ShowNames leaves the names of users as they are. Otherwise they are replaced, each by the
	// same wherever it stands, but for those of the test and of the accounts that are targets.
	ShowNames bool
	// FailOnWarn makes a warning keep the verdict from being "ready".
	FailOnWarn bool
	Version    string // of uidprobe; "" when it is not known
}

// maxRows is how many rows a table of Markdown has: a ticket is read, not searched.
const maxRows = 40

// Markdown writes the report for tickets and pull requests, as GitHub and GitLab show it: the
// verdict, a table of what was found with the next step, the way of the test messages, and a row
// for each server. Text from outside stands in code or without a character that means anything,
// so that it mentions nobody, links nowhere and breaks no table. The only errors are those of w.
func Markdown(w io.Writer, results []check.Result, o MarkdownOptions) error {
	results = newDisguise(o.ShowNames, results).results(ordered(results))
	p := newMarkdown(o)
	p.verdict(results)
	p.findings(results)
	p.delivery(results)
	p.servers(results)
	if o.Version != "" {
		p.line("")
		p.line("uidprobe " + p.code(o.Version))
	}
	_, err := w.Write(p.Bytes())
	return err
}

func (p *markdown) verdict(results []check.Result) {
	t := tally(results)
	verdict := wordNotReady
	if t.Ready(p.o.FailOnWarn) {
		verdict = wordReady
	}
	p.line("## uidprobe: " + p.words(verdict))
	p.line("")
	var why []string
	for _, c := range []struct {
		is   bool
		word lang.Text
	}{{t.Interrupted(), wordInterrupted}, {t.Refused(), wordRefused}, {t.Internal(), wordDefect}, {t.Ran() == 0, wordNothing}} {
		if c.is {
			why = append(why, p.words(c.word))
		}
	}
	if len(results) > 0 {
		why = append(why, counts(results))
	}
	if started, took := span(results); !started.IsZero() {
		why = append(why, p.words(within(took)), started.Format("2006-01-02 15:04 UTC"))
	}
	p.line(strings.Join(why, ", "))
}

// findings is the table of what stands by itself and is not well, the worst first.
func (p *markdown) findings(results []check.Result) {
	c := untangle(results)
	which := standing(results, c)
	if len(which) == 0 {
		return
	}
	p.line("")
	p.row("", p.words(headTarget), p.words(headCheck), p.words(headFound), p.words(labelNext))
	p.line("| --- | --- | --- | --- | --- |")
	for n, i := range which {
		if n == maxRows {
			p.line("")
			p.line(p.words(moreRows(len(which) - n)))
			break
		}
		r := results[i]
		m := markOf(r.Status)
		p.row(p.cell(m.unicode)+" "+m.word, p.code(r.Target), p.code(r.Check), p.found(r, len(c.consequences[i])), p.cell(r.Hint))
	}
	p.symptoms(results, which)
}

// found is the cell with what was found, and how much else it explains.
func (p *markdown) found(r check.Result, explained int) string {
	found := p.cell(said(r))
	if explained > 0 {
		found += "<br>" + p.words(explainsAlso(explained))
	}
	return found
}

// symptoms says what the firewall likely shows, once for each symptom.
func (p *markdown) symptoms(results []check.Result, which []int) {
	told := map[string]bool{}
	for _, i := range which {
		r := results[i]
		s, ok := p.find(r.Symptom)
		if !ok || told[r.Symptom] || r.Status == check.Warn {
			continue
		}
		if len(told) == 0 {
			p.line("")
			p.line(p.words(wordLikely) + ":")
			p.line("")
		}
		told[r.Symptom] = true
		number := ""
		if s.Number != nil {
			number = fmt.Sprintf(" %d", *s.Number)
		}
		line := "- " + p.words(s.Title) + " (" + p.code(r.Symptom+number) + ")"
		if len(s.Remedies) > 0 {
			line += ": " + p.words(s.Remedies[0])
		}
		p.line(line)
	}
}

// delivery is the way of the test messages.
func (p *markdown) delivery(results []check.Result) {
	ways := waysOf(results)
	if len(ways) == 0 {
		return
	}
	p.line("")
	head, rule := []string{p.words(headMessages)}, "| --- |"
	for _, s := range stages {
		head = append(head, p.words(s.word))
		rule += " ---: |"
	}
	p.row(append(head, p.words(headLatency))...)
	p.line(rule + " --- |")
	for i, w := range ways {
		if i == maxRows {
			p.line("")
			p.line(p.words(moreRows(len(ways) - i)))
			return
		}
		cells := p.page.row(w)
		cells[0] = p.code(w.target)
		for n, c := range cells[1:] {
			cells[1+n] = p.cell(c)
		}
		p.row(cells...)
	}
}

// servers is a row for each server, those that are not well first.
func (p *markdown) servers(results []check.Result) {
	groups := groupsOf(results)
	if len(groups) == 0 {
		return
	}
	p.line("")
	p.row(p.words(headServer), "fail", "error", "warn", "skip", "pass")
	p.line("| --- | ---: | ---: | ---: | ---: | ---: |")
	for i, g := range worstFirst(groups) {
		if i == maxRows {
			p.line("")
			p.line(p.words(moreRows(len(groups) - i)))
			return
		}
		cells := []string{p.code(g.server)}
		for _, n := range []int{g.tally.Fail, g.tally.Error, g.tally.Warn, g.tally.Skip, g.tally.Pass} {
			if n == 0 {
				cells = append(cells, "")
			} else {
				cells = append(cells, fmt.Sprint(n))
			}
		}
		p.row(cells...)
	}
}
