package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// markdown is a report in Markdown while it is drawn. Its own words are written as they are;
// everything else goes through cell or code.
type markdown struct {
	*page
	o MarkdownOptions
}

func newMarkdown(o MarkdownOptions) *markdown {
	return &markdown{newPage(TextOptions{Language: o.Language, FailOnWarn: o.FailOnWarn}), o}
}

// line writes one line.
func (p *markdown) line(text string) {
	p.WriteString(text)
	p.WriteByte('\n')
}

// row writes a row of a table from cells that are Markdown.
func (p *markdown) row(cells ...string) {
	p.line("| " + strings.Join(cells, " | ") + " |")
}

// words is a text of the program in the language of the report.
func (p *markdown) words(t lang.Text) string { return p.cell(t.In(p.page.o.Language)) }

// tame is a word that means nothing to Markdown, nor to what GitHub and GitLab make of it
// afterwards: mentions, references, links, emoji. All letters, of any script, are tame.
var tame = regexp.MustCompile(`^["'(]?(?:[\p{L}\p{N}\p{M}\p{Pd}\p{Ps}\p{Pe}\p{Po}\p{So}→–+/.,;:?%-])*$`)

// wild are words that tame takes and that do mean something.
var wild = regexp.MustCompile("(?i)[*_`~\\[\\]{}<>|\\\\@#!&$^=]|//|www\\.|^[%/+-]|:.*:|^gh-?[0-9]|^[0-9a-f]{7,}[.,;:)]*$")

// cell is a sentence in Markdown: words that could mean something to it are set as code.
func (p *markdown) cell(s string) string {
	var out, code []string
	flush := func() {
		if len(code) > 0 {
			out = append(out, codeSpan(strings.Join(code, " ")))
			code = nil
		}
	}
	for _, word := range strings.Fields(p.safe(s, maxSentence)) {
		switch {
		case word == ">": // Device > Setup
			flush()
			out = append(out, "&gt;")
		case word == "!", tame.MatchString(word) && !wild.MatchString(word):
			flush()
			out = append(out, word)
		default:
			code = append(code, word)
		}
	}
	flush()
	return strings.Join(out, " ")
}

// code is a name in Markdown.
func (p *markdown) code(s string) string {
	s = strings.Join(strings.Fields(p.safe(s, maxName)), " ")
	if s == "" {
		return ""
	}
	return codeSpan(s)
}

// codeSpan sets text as code. Where backquotes would not hold it, since a bar ends a cell also in
// code, it is HTML in which every character that could mean something is a number.
func codeSpan(s string) string {
	if !strings.ContainsAny(s, "`|") && !strings.HasSuffix(s, `\`) {
		return "`" + s + "`"
	}
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return "<code>" + b.String() + "</code>"
}

// said is what was found, without the target at its start.
func said(r check.Result) string { return strings.TrimPrefix(r.Summary, r.Target+": ") }
