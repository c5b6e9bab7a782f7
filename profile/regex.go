package profile

import (
	"regexp"
	"regexp/syntax"

	"github.com/uidprobe/uidprobe/panos"
)

// regex is a regular expression of a profile.
type regex struct {
	element string // its XML element
	source  string // as in the profile
	flags   string // what the dialect puts before it
	re      *regexp.Regexp
	groups  int
	value   int // the group that is the value; 0 is the whole match, -1 nothing
	size    int // instructions of the compiled program

	fast  *fast   // the same by a shorter way; nil where there is none
	gates []*fast // the same where it only matters whether it matches
	word  needle  // the same where that is one literal; empty elsewhere
}

// newRegex compiles an expression that refusal has found nothing against.
func newRegex(element, source string, d panos.Dialect) (*regex, error) {
	r := &regex{element: element, source: source}
	if d.Case == panos.CaseInsensitive {
		r.flags = "(?i)"
	}
	re, err := regexp.Compile(r.flags + source)
	if err != nil {
		return r, err
	}
	r.re, r.groups, r.size = re, re.NumSubexp(), programSize(r.flags+source)
	switch {
	case r.groups > 0 && d.Group == panos.GroupLast:
		r.value = r.groups
	case r.groups > 0:
		r.value = 1
	case d.NoGroup == panos.NoGroupNothing:
		r.value = -1
	}
	r.fast, r.gates = compileFast(r.flags+source, r.value), compileGate(r.flags+source)
	if len(r.gates) == 1 && len(r.gates[0].links) == 1 && r.gates[0].from == startLiteral {
		r.word = r.gates[0].prefix
	}
	return r, nil
}

// programSize counts the instructions of an expression: a match takes time in proportion to
// them and to the length of the message.
func programSize(source string) int {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

func (r *regex) matches(line []byte) bool {
	if r.word.text != nil {
		return r.word.index(line, 0) >= 0
	}
	for _, gate := range r.gates {
		switch _, _, ok, sure := gate.find(line); {
		case !sure:
			return r.re.Match(line)
		case ok:
			return true
		}
	}
	return r.gates == nil && r.re.Match(line)
}

func (r *regex) locate(line []byte) (Span, bool) {
	at := r.re.FindIndex(line)
	if at == nil {
		return Span{}, false
	}
	return Span{at[0], at[1]}, true
}

// next finds the one value of the expression: several addresses exist for fields only.
func (r *regex) next(line []byte, _ hit) (hit, stop) {
	if r.fast != nil {
		if all, value, ok, sure := r.fast.find(line); sure {
			if !ok {
				return hit{}, noMatch
			}
			return taken(all, value)
		}
	}
	return r.slow(line)
}

// slow is next by package regexp, which says what is right.
func (r *regex) slow(line []byte) (hit, stop) {
	at := r.re.FindSubmatchIndex(line)
	if at == nil {
		return hit{}, noMatch
	}
	if r.value < 0 {
		return hit{all: Span{at[0], at[1]}, value: Span{at[1], at[1]}}, noGroup
	}
	return taken(Span{at[0], at[1]}, Span{at[2*r.value], at[2*r.value+1]})
}

// taken judges what a match has taken.
func taken(all, value Span) (hit, stop) {
	h := hit{all: all, value: Span{all.End, all.End}}
	switch {
	case value.Start < 0:
		return h, groupIdle
	case value.Len() == 0:
		h.value = value
		return h, emptyValue
	}
	h.value = value
	return h, found
}
