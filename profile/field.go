package profile

import (
	"bytes"
	"regexp"

	"github.com/uidprobe/uidprobe/panos"
)

// literal is a string to be found in a message.
type literal struct {
	element string // its XML element
	text    []byte // never empty
	fold    *regexp.Regexp
}

// newLiteral compiles a string. Where case is not regarded a regular expression finds it, so
// that strings and regexes fold letters by the same rules.
func newLiteral(element, text string, c panos.Case) literal {
	l := literal{element: element, text: []byte(text)}
	if c == panos.CaseInsensitive {
		l.fold = foldLiteral(text)
	}
	return l
}

// folds says how the string regards case.
func (l literal) folds() panos.Case {
	if l.fold != nil {
		return panos.CaseInsensitive
	}
	return panos.CaseSensitive
}

func foldLiteral(text string) *regexp.Regexp {
	return regexp.MustCompile("(?i)" + regexp.QuoteMeta(text))
}

// index finds the first occurrence that begins at from or later.
func (l literal) index(line []byte, from int) (Span, bool) {
	if l.fold != nil {
		at := l.fold.FindIndex(line[from:])
		if at == nil {
			return Span{}, false
		}
		return Span{from + at[0], from + at[1]}, true
	}
	at := bytes.Index(line[from:], l.text)
	if at < 0 {
		return Span{}, false
	}
	return Span{from + at, from + at + len(l.text)}, true
}

// lastIndex finds the last occurrence that ends at to or earlier.
func (l literal) lastIndex(line []byte, to int) (last Span, ok bool) {
	if l.fold == nil {
		at := bytes.LastIndex(line[:to], l.text)
		return Span{at, at + len(l.text)}, at >= 0
	}
	for from := 0; from <= to; {
		at, more := l.index(line[:to], from)
		if !more {
			break
		}
		last, ok = at, true
		from = at.Start + 1
	}
	return last, ok
}

func (l literal) matches(line []byte) bool {
	_, ok := l.index(line, 0)
	return ok
}

func (l literal) locate(line []byte) (Span, bool) { return l.index(line, 0) }

// field finds the value between a prefix and a delimiter.
type field struct {
	prefix    literal
	delimiter delimiter
	last      bool // the last occurrence of the prefix counts, not the first
	rest      bool // without a delimiter the value is the rest of the line
}

func newField(prefixElement, prefix, delimiterElement, text string, d panos.Dialect) field {
	return field{
		prefix:    newLiteral(prefixElement, prefix, d.Case),
		delimiter: delimiter{delimiterElement, text},
		last:      d.Prefix == panos.OccurrenceLast,
		rest:      d.MissingDelimiter == panos.MissingDelimRest,
	}
}

// next searches on behind the delimiter of the previous value; where the last occurrence
// counts, before its prefix. No document says how the second of several addresses is found.
func (f field) next(line []byte, previous hit) (hit, stop) {
	prefix, ok := f.find(line, previous)
	if !ok {
		return hit{}, noPrefix
	}
	value, end, ok := f.delimiter.cut(line, prefix.End)
	if !ok && !f.rest {
		return hit{all: prefix, value: Span{prefix.End, prefix.End}}, noDelimiter
	}
	h := hit{all: Span{prefix.Start, end}, value: value}
	if value.Len() == 0 {
		return h, emptyValue
	}
	return h, found
}

func (f field) find(line []byte, previous hit) (Span, bool) {
	switch {
	case !f.last:
		return f.prefix.index(line, previous.all.End)
	case previous == (hit{}):
		return f.prefix.lastIndex(line, len(line))
	}
	return f.prefix.lastIndex(line, previous.all.Start)
}

// delimiter ends a value.
type delimiter struct {
	element string
	text    string // as in the profile
}

// cut finds the end of the value that begins at from. Without a delimiter ok is false, and
// the value is the rest of the line.
func (d delimiter) cut(line []byte, from int) (value Span, end int, ok bool) {
	rest := line[from:]
	literal := d.text
	switch d.text {
	case `\s`:
		literal = " "
	case `\t`:
		literal = "\t"
	case `\n`:
		at := bytes.IndexByte(rest, '\n')
		if at < 0 { // a message need not end in a line break: its end is one
			return Span{from, len(line)}, len(line), true
		}
		return Span{from, from + len(bytes.TrimSuffix(rest[:at], []byte("\r")))}, from + at + 1, true
	}
	at := bytes.Index(rest, []byte(literal))
	if at < 0 {
		return Span{from, len(line)}, len(line), false
	}
	return Span{from, from + at}, from + at + len(literal), true
}
