package dc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/uidprobe/uidprobe/wire/wsman"
)

// query is a question in the part of WQL that a client of the security log needs: SELECT of properties or *, one
// class, and a WHERE of comparisons with AND, OR, NOT and parentheses.
type query struct {
	properties []string // nil is all
	class      string
	where      condition // nil is all
}

// condition says whether a row is one of those asked for.
type condition func(row) bool

// maxNesting bounds the depth of parentheses.
const maxNesting = 50

// parseWQL reads a query. The error says at which word it is none.
func parseWQL(text string) (q query, err error) {
	words, err := wqlWords(text)
	if err != nil {
		return q, err
	}
	p := &wqlParser{words: words}
	if !p.keyword("SELECT") {
		return q, p.wrong("SELECT")
	}
	if !p.symbol("*") {
		for {
			name, ok := p.name()
			if !ok {
				return q, p.wrong("a property")
			}
			q.properties = append(q.properties, name)
			if !p.symbol(",") {
				break
			}
		}
	}
	if !p.keyword("FROM") {
		return q, p.wrong("FROM")
	}
	var ok bool
	if q.class, ok = p.name(); !ok {
		return q, p.wrong("a class")
	}
	if p.keyword("WHERE") {
		if q.where, err = p.either(0); err != nil {
			return q, err
		}
	}
	if len(p.words) > 0 {
		return q, p.wrong("the end")
	}
	return q, nil
}

// wqlWord is one word of a query.
type wqlWord struct {
	text   string
	quoted bool
}

func wqlWords(text string) (words []wqlWord, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		switch c := text[0]; {
		case c == '\'' || c == '"':
			word, rest, ok := quotedWord(text)
			if !ok {
				return nil, errors.New("a quote does not end")
			}
			words, text = append(words, wqlWord{word, true}), rest
		case strings.ContainsRune("<>!=", rune(c)):
			n := 1
			if len(text) > 1 && strings.ContainsRune(">=", rune(text[1])) {
				n = 2
			}
			words, text = append(words, wqlWord{text[:n], false}), text[n:]
		case strings.ContainsRune("(),*", rune(c)):
			words, text = append(words, wqlWord{text[:1], false}), text[1:]
		default:
			end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("<>!=(),*'\"", r) })
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, wqlWord{text[:end], false}), text[end:]
		}
	}
	return words, nil
}

// quotedWord reads a string; a backslash takes the meaning from what follows it.
func quotedWord(text string) (word, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == text[0]:
			return b.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return "", "", false
}

type wqlParser struct{ words []wqlWord }

func (p *wqlParser) next() wqlWord {
	if len(p.words) == 0 {
		return wqlWord{}
	}
	return p.words[0]
}

func (p *wqlParser) keyword(word string) bool {
	if w := p.next(); w.quoted || !strings.EqualFold(w.text, word) {
		return false
	}
	p.words = p.words[1:]
	return true
}

func (p *wqlParser) symbol(s string) bool { return p.keyword(s) }

var wqlReserved = []string{"SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "LIKE", "IS", "NULL", "ISA"}

func (p *wqlParser) name() (string, bool) {
	w := p.next()
	if w.quoted || w.text == "" {
		return "", false
	}
	for _, r := range wqlReserved {
		if strings.EqualFold(r, w.text) {
			return "", false
		}
	}
	for i, r := range w.text {
		if r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r))) {
			return "", false
		}
	}
	p.words = p.words[1:]
	return w.text, true
}

func (p *wqlParser) wrong(want string) error {
	if len(p.words) == 0 {
		return fmt.Errorf("it ends where %s is due", want)
	}
	return fmt.Errorf("%.60q where %s is due", p.next().text, want)
}

func (p *wqlParser) either(depth int) (condition, error) {
	left, err := p.both(depth)
	for err == nil && p.keyword("OR") {
		var right condition
		one := left
		if right, err = p.both(depth); err == nil {
			left = func(r row) bool { return one(r) || right(r) }
		}
	}
	return left, err
}

func (p *wqlParser) both(depth int) (condition, error) {
	left, err := p.one(depth)
	for err == nil && p.keyword("AND") {
		var right condition
		one := left
		if right, err = p.one(depth); err == nil {
			left = func(r row) bool { return one(r) && right(r) }
		}
	}
	return left, err
}

func (p *wqlParser) one(depth int) (condition, error) {
	if depth > maxNesting {
		return nil, errors.New("it is nested too deeply")
	}
	if p.keyword("NOT") {
		c, err := p.one(depth + 1)
		return func(r row) bool { return !c(r) }, err
	}
	if p.symbol("(") {
		c, err := p.either(depth + 1)
		if err == nil && !p.symbol(")") {
			err = p.wrong(")")
		}
		return c, err
	}
	return p.comparison()
}

// comparison reads "EventCode = 4624" and the like.
func (p *wqlParser) comparison() (condition, error) {
	name, ok := p.name()
	if !ok {
		return nil, p.wrong("a property")
	}
	operator := p.next().text
	holds, ok := wqlOperators[operator]
	if !ok || p.next().quoted {
		return nil, p.wrong("a comparison")
	}
	p.words = p.words[1:]
	value := p.next()
	if value.text == "" && !value.quoted || !value.quoted && !isNumber(value.text) {
		return nil, p.wrong("a number or a string in quotes")
	}
	p.words = p.words[1:]
	if when, err := wsman.ParseTime(value.text); value.quoted && err == nil {
		return func(r row) bool { t, ok := r.time(name); return ok && holds(t.Compare(when)) }, nil
	}
	return func(r row) bool { c, ok := r.compare(name, value.text); return ok && holds(c) }, nil
}

var wqlOperators = map[string]func(int) bool{
	"=": func(c int) bool { return c == 0 }, "<>": func(c int) bool { return c != 0 }, "!=": func(c int) bool { return c != 0 },
	"<": func(c int) bool { return c < 0 }, "<=": func(c int) bool { return c <= 0 },
	">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
}

func isNumber(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}
