package profile

import (
	"context"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// The regular expressions of a firewall are not published. What is right here is package
// regexp; the second engine backtracks, as those of Perl and .NET do, and numbers named groups
// behind the others. Where the two differ, nobody knows what a firewall does.
type secondEngine struct {
	re    *regexp2.Regexp
	value int // the group that is the value, as of regex
}

// The bounds of a search for catastrophes. On a short attack every expression that is not
// exponential is done in less than a millisecond, and an exponential one never: the time limit tells
// them on a busy machine too. Of a long one steps are counted, by the same rule everywhere: one
// that takes the square of the length takes some 2 million for each of its dots, the third power
// 1,400 million.
const (
	engineLimit = 3 * time.Second
	shortAttack = 64       // bytes
	longAttack  = 2048     // bytes
	maxSteps    = 40 << 20 // of a plain backtracking engine on a long attack
	maxAttacks  = 24       // for one expression and length
)

func newSecondEngine(r *regex) (*secondEngine, error) {
	options := regexp2.RegexOptions(regexp2.RE2)
	if r.flags != "" {
		options |= regexp2.IgnoreCase
	}
	re, err := regexp2.Compile(r.source, options)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = engineLimit
	return &secondEngine{re, r.value}, nil
}

// engineMatch is what an engine found.
type engineMatch struct {
	ok         bool
	all, value Span // value begins at -1 if its group took no part
}

// find searches. The error is that of the time limit.
func (e *secondEngine) find(line string) (engineMatch, error) {
	m, err := e.re.FindStringMatch(line)
	if err != nil || m == nil {
		return engineMatch{}, err
	}
	found := engineMatch{ok: true, all: runeSpan(line, m.Index, m.Length), value: Span{-1, -1}}
	if g := m.GroupByNumber(max(e.value, 0)); g != nil && len(g.Captures) > 0 {
		found.value = runeSpan(line, g.Index, g.Length)
	}
	return found, nil
}

// runeSpan turns places in characters into places in bytes. What is not UTF-8 counts a
// character for each byte, in Go as in the engine.
func runeSpan(line string, index, length int) (s Span) {
	s = Span{len(line), len(line)}
	n := 0
	for at := range line {
		switch n {
		case index:
			s.Start = at
		case index + length:
			s.End = at
			return s
		}
		n++
	}
	if length == 0 {
		s.End = s.Start
	}
	return s
}

// first is what package regexp finds.
func (r *regex) first(line string) engineMatch {
	at := r.re.FindStringSubmatchIndex(line)
	if at == nil {
		return engineMatch{}
	}
	value := Span{at[0], at[1]}
	if r.value > 0 {
		value = Span{at[2*r.value], at[2*r.value+1]}
	}
	return engineMatch{true, Span{at[0], at[1]}, value}
}

// attacks are messages that bring a backtracking engine to try many ways: for each repetition
// without an end, what leads there, very much of what it repeats, and then what nothing
// expects.
func attacks(source string, length int) (list []string) {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil
	}
	a := attacker{length: length}
	a.walk(tree, "")
	return a.list[:min(len(a.list), maxAttacks)]
}

type attacker struct {
	length int
	list   []string
}

func (a *attacker) walk(re *syntax.Regexp, before string) {
	switch re.Op {
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			a.walk(sub, before)
			before += witness(sub, true)
		}
		return
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		if re.Op != syntax.OpRepeat || re.Max < 0 {
			a.pump(before, witness(re.Sub[0], true))
			a.pump(before, witness(re.Sub[0], false))
		}
	}
	for _, sub := range re.Sub {
		a.walk(sub, before)
	}
}

func (a *attacker) pump(before, text string) {
	if text == "" {
		return
	}
	message := before + strings.Repeat(text, 1+a.length/len(text)) + "\x00!"
	if !slices.Contains(a.list, message) {
		a.list = append(a.list, message)
	}
}

// witness is a text that an expression matches; much says whether what may be left out is
// there.
func witness(re *syntax.Regexp, much bool) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		return classWitness(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpCapture, syntax.OpPlus:
		return witness(re.Sub[0], much)
	case syntax.OpStar, syntax.OpQuest:
		if much {
			return witness(re.Sub[0], much)
		}
	case syntax.OpRepeat:
		if n := max(re.Min, map[bool]int{true: 1}[much]); n <= 1000 {
			return strings.Repeat(witness(re.Sub[0], much), n)
		}
	case syntax.OpAlternate:
		return witness(re.Sub[0], much)
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(witness(sub, much))
		}
		return b.String()
	}
	return ""
}

// classWitness prefers a letter, and then a digit: most classes overlap in them.
func classWitness(ranges []rune) string {
	in := func(r rune) bool {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	for _, r := range "a0" {
		if in(r) {
			return string(r)
		}
	}
	if len(ranges) == 0 || !utf8.ValidRune(ranges[0]) {
		return ""
	}
	return string(ranges[0])
}

// catastrophe finds a message on which an expression runs out of time or steps. It asks the engine
// twice, since the machine may have been busy with something else.
func (e *secondEngine) catastrophe(ctx context.Context, source string) (message string, found bool) {
	for _, message := range attacks(source, shortAttack) {
		if _, err := e.find(message); err == nil || ctx.Err() != nil {
			continue
		}
		if _, err := e.find(message); err != nil {
			return message, true
		}
	}
	for _, message := range attacks(source, longAttack) {
		if ctx.Err() == nil && steps(source, message) > maxSteps {
			return message, true
		}
	}
	return "", false
}

// thread is a state that a backtracking engine comes back to.
type thread struct {
	pc   uint32
	at   int
	seen *visited
}

// visited are the branches on the way since the last character. Coming back to one without a
// character in between is what engines break off: (a*)* would go on for ever.
type visited struct {
	pc   uint32
	next *visited
}

func (v *visited) has(pc uint32) bool {
	for ; v != nil; v = v.next {
		if v.pc == pc {
			return true
		}
	}
	return false
}

// steps counts what a backtracking engine without any improvement does to search a message; it
// stops soon after maxSteps.
func steps(source, message string) (n int) {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0
	}
	text := []rune(message)
	for start := range text {
		stack := []thread{{uint32(program.Start), start, nil}}
		for len(stack) > 0 {
			t := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for running := true; running; n++ {
				if n > maxSteps {
					return n
				}
				inst := &program.Inst[t.pc]
				switch inst.Op {
				case syntax.InstAlt, syntax.InstAltMatch:
					if running = !t.seen.has(t.pc); running {
						t.seen = &visited{t.pc, t.seen}
						stack = append(stack, thread{inst.Arg, t.at, t.seen})
					}
				case syntax.InstEmptyWidth:
					running = syntax.EmptyOp(inst.Arg)&^sides(text, t.at) == 0
				case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
					if running = t.at < len(text) && inst.MatchRune(text[t.at]); running {
						t.at, t.seen = t.at+1, nil
					}
				case syntax.InstMatch:
					return n
				case syntax.InstFail:
					running = false
				}
				t.pc = inst.Out
			}
		}
	}
	return n
}

// sides says what stands on both sides of a place.
func sides(text []rune, at int) syntax.EmptyOp {
	before, behind := rune(-1), rune(-1)
	if at > 0 {
		before = text[at-1]
	}
	if at < len(text) {
		behind = text[at]
	}
	return syntax.EmptyOpContext(before, behind)
}
