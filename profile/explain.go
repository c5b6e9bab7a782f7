package profile

import (
	"bytes"
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// explain finds the longest beginning of the string that is in the message. A longer one
// has all shorter ones in it, so halving finds it.
func (l literal) explain(line []byte) reach {
	var ends []int // of the beginnings that are worth naming
	for n := range string(l.text) {
		if n > chance {
			ends = append(ends, n)
		}
	}
	find := func(i int) (Span, bool) {
		return newLiteral(l.element, string(l.text[:ends[i]]), l.folds()).index(line, 0)
	}
	n := sort.Search(len(ends), func(i int) bool { _, ok := find(i); return !ok })
	if n == 0 {
		return reach{token: string(l.text)}
	}
	at, _ := find(n - 1)
	return reach{true, at, ends[n-1], string(l.text[ends[n-1]:])}
}

// view is the part of a message that the patterns see, and where it begins in the message.
type view struct {
	text []byte
	base int
}

// column is the place of a byte of the view in the whole message, as people count.
func (v view) column(offset int) int { return v.base + offset + 1 }

// missing completes a part whose whole pattern is not in the message.
func (v view) missing(p Part, r reach) Part {
	p.Span, p.Progress, p.Token = r.span, r.progress, r.token
	if r.ok {
		p.Problem = fmt.Sprintf("%s gave up at %s after matching %s at column %d",
			p.Element, brief(r.token), brief(r.span.of(v.text)), v.column(r.span.Start))
	} else {
		p.Problem = fmt.Sprintf("%s %s is not in the message", p.Element, brief(p.Pattern))
	}
	return p
}

// event explains a gate.
func (v view) event(g gate) Part {
	element, source := g.name()
	p := Part{Role: EventPart, Element: element, Pattern: source}
	at, ok := g.locate(v.text)
	if !ok {
		p.Hint = g.hint(v)
		return v.missing(p, g.explain(v.text))
	}
	p.Matched, p.Span, p.Progress = true, at, len(source)
	return p
}

func (l literal) name() (element, source string) { return l.element, string(l.text) }

func (r *regex) name() (element, source string) { return r.element, r.source }

// describe explains a field.
func (f field) describe(v view, h hit, s stop) Part {
	p := Part{Element: f.prefix.element, Pattern: string(f.prefix.text), Span: h.all}
	switch s {
	case noPrefix:
		p.Hint = f.prefix.hint(v)
		return v.missing(p, f.prefix.explain(v.text))
	case noDelimiter:
		p.Element, p.Pattern, p.Token = f.delimiter.element, f.delimiter.text, f.delimiter.text
		p.Progress = len(f.prefix.text)
		p.Problem = fmt.Sprintf("%s %s is nowhere behind %s %s, from column %d on",
			p.Element, brief(p.Pattern), f.prefix.element, brief(f.prefix.text), v.column(h.all.End))
		p.Hint = f.delimiter.hint(v.text[h.all.End:])
	default:
		p.Progress = len(f.prefix.text) + len(f.delimiter.text)
	}
	return p
}

// again points at other occurrences of a prefix whose value could not be used.
func (f field) again(v view, h hit) string {
	which, other, ok := "first", Span{}, false
	if f.last {
		which = "last"
		other, ok = f.prefix.lastIndex(v.text, h.all.Start)
	} else {
		other, ok = f.prefix.index(v.text, h.all.Start+len(f.prefix.text))
	}
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s stands at column %d as well, but the %s one counts: make it longer, so that it is unique",
		f.prefix.element, v.column(other.Start), which)
}

// hint says what may be wrong with a string that is not in the message.
func (l literal) hint(v view) string {
	if l.fold == nil {
		if at := foldLiteral(string(l.text)).FindIndex(v.text); at != nil {
			return fmt.Sprintf("in another case it is at column %d: case counts (dialect switch case)", v.column(at[0]))
		}
	}
	for _, e := range []string{`\s`, `\t`, `\n`} {
		if bytes.Contains(l.text, []byte(e)) {
			return fmt.Sprintf("%s is literal here: only a delimiter understands %s", l.element, e)
		}
	}
	if trimmed := bytes.TrimSpace(l.text); len(trimmed) > 0 && len(trimmed) < len(l.text) {
		if at := bytes.Index(v.text, trimmed); at >= 0 {
			return fmt.Sprintf("without the blanks round it, it is at column %d", v.column(at))
		}
	}
	return ""
}

// hint says what may be wrong with a delimiter that does not follow.
func (d delimiter) hint(rest []byte) string {
	for _, e := range []string{`\s`, `\t`, `\n`} {
		if d.text != e && strings.Contains(d.text, e) {
			return fmt.Sprintf("%s is understood only when it is the whole delimiter; here it is a backslash and a letter", e)
		}
	}
	if len(rest) > 0 && !bytes.ContainsAny(rest, " \t") {
		return `the value is the last thing in the message; the delimiter \n takes the end of the message for one`
	}
	return ""
}

// again is empty: an expression has one match.
func (r *regex) again(view, hit) string { return "" }

// describe explains a regex.
func (r *regex) describe(v view, h hit, s stop) Part {
	p := Part{Element: r.element, Pattern: r.source, Span: h.all, Progress: len(r.source)}
	switch s {
	case noMatch:
		p.Hint = r.hint(v)
		return v.missing(p, r.explain(v.text))
	case noGroup:
		p.Problem = fmt.Sprintf("%s has no group, and then nothing is taken (dialect switch no_group)", r.element)
		p.Hint = "put parentheses round the value"
		return p
	case groupIdle:
		p.Problem = fmt.Sprintf("%s matched at column %d, but its group %d took no part in it",
			r.element, v.column(h.all.Start), r.value)
	}
	switch {
	case r.groups == 0:
		p.Hint = "the expression has no group, so the value is all that it matches (dialect switch no_group)"
	case r.groups > 1:
		p.Hint = fmt.Sprintf("the expression has %d groups; group %d is the value (dialect switch group)", r.groups, r.value)
	}
	return p
}

// hint says whether only the case of letters is in the way.
func (r *regex) hint(v view) string {
	if r.size*len(v.text) > explainable {
		return "the expression is too large to say where it gave up"
	}
	if r.flags != "" {
		return ""
	}
	re, err := regexp.Compile("(?i)" + r.source)
	if err != nil {
		return "" // folding may exceed the limits of a size
	}
	if at := re.FindIndex(v.text); at != nil {
		return fmt.Sprintf("in another case it matches at column %d: case counts (dialect switch case)", v.column(at[0]))
	}
	return ""
}
