package profile

import (
	"bytes"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A fast is a regular expression as a chain of literals and loops over classes of bytes, the
// shape of nearly all published profiles. It finds what package regexp finds, byte for byte, at a
// tenth of the cost, or it does not exist: compileFast refuses what does not fit, and a search
// that would have to go back too often gives up. A fuzz test holds the two to each other.
type fast struct {
	links  []link
	group  int // the group whose place is kept; 0 is the whole match
	begin  bool
	from   start  // how a place to begin at is found
	head   *link  // the first link that takes bytes
	headAt int    // and its place
	plain  bool   // no loop ever goes back: a search takes no more steps than the line has bytes
	prefix needle // its literal, where it is one
	// rare is the longest literal: every match holds it. It is looked for first where head is none.
	rare needle
}

// link is one piece of the chain.
type link struct {
	kind    linkKind
	literal []byte // linkLiteral
	class   *class // linkLoop, linkOne
	min     int    // linkLoop
	max     int    // linkLoop; -1 is without bound
	lazy    bool
	// never says that a loop which has taken all it can need not try with less: what follows
	// cannot begin with a byte of the class, or cannot fail.
	never bool
}

type linkKind int

const (
	linkLiteral linkKind = iota
	linkLoop
	linkOne   // one rune of a class that has bytes beyond ASCII in it
	linkOpen  // the kept group begins
	linkClose // and ends
	linkEnd   // the end of the text
)

// class is a set of bytes. Those beyond ASCII are in it all together or not at all, so that
// a run of bytes is a run of runes.
type class [256]bool

func (c *class) wide() bool { return c[utf8.RuneSelf] }

func (c *class) meets(d *class) bool {
	for i := range c {
		if c[i] && d[i] {
			return true
		}
	}
	return false
}

// compileFast translates an expression; nil where the chain cannot be equal to it.
func compileFast(source string, group int) *fast {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil || group < 0 {
		return nil
	}
	return newFast(tree.Simplify(), group)
}

func newFast(tree *syntax.Regexp, group int) *fast {
	b := &chain{fast: fast{group: group}}
	if !b.add(tree) || len(b.links) == 0 || !b.finish() {
		return nil
	}
	return &b.fast
}

// compileGate translates an expression of which only matters whether it matches: one chain for
// each of its alternatives. Nil where that cannot be equal to it.
func compileGate(source string) (gates []*fast) {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil
	}
	for _, branch := range branches(tree.Simplify()) {
		f := newFast(branch, 0)
		if f == nil {
			return nil
		}
		gates = append(gates, f)
	}
	return gates
}

// mostBranches bounds how many chains an expression is taken apart into.
const mostBranches = 16

// branches takes an expression apart into some without alternatives, of which one matches
// where it does; nil if there are too many.
func branches(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpAlternate:
		var all []*syntax.Regexp
		for _, sub := range re.Sub {
			each := branches(sub)
			if each == nil || len(all)+len(each) > mostBranches {
				return nil
			}
			all = append(all, each...)
		}
		return all
	case syntax.OpCapture:
		return branches(re.Sub[0])
	case syntax.OpConcat:
		all := []*syntax.Regexp{{Op: syntax.OpConcat}}
		for _, sub := range re.Sub {
			each := branches(sub)
			if len(all)*len(each) > mostBranches {
				return nil
			}
			var longer []*syntax.Regexp
			for _, head := range all {
				for _, tail := range each {
					joined := append(append([]*syntax.Regexp(nil), head.Sub...), tail)
					longer = append(longer, &syntax.Regexp{Op: syntax.OpConcat, Sub: joined})
				}
			}
			if all = longer; all == nil {
				return nil
			}
		}
		return all
	}
	return []*syntax.Regexp{re}
}

// chain builds a fast.
type chain struct{ fast }

func (b *chain) add(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return true
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !b.add(sub) {
				return false
			}
		}
		return true
	case syntax.OpCapture:
		if re.Cap != b.group {
			return b.add(re.Sub[0])
		}
		b.links = append(b.links, link{kind: linkOpen})
		ok := b.add(re.Sub[0])
		b.links = append(b.links, link{kind: linkClose})
		return ok
	case syntax.OpBeginText:
		b.begin = true
		return len(b.links) == 0
	case syntax.OpEndText:
		b.links = append(b.links, link{kind: linkEnd})
		return true
	case syntax.OpLiteral:
		return b.literal(re)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return b.loop(re, 1, 1, false)
	case syntax.OpStar:
		return b.loop(re.Sub[0], 0, -1, re.Flags&syntax.NonGreedy != 0)
	case syntax.OpPlus:
		return b.loop(re.Sub[0], 1, -1, re.Flags&syntax.NonGreedy != 0)
	case syntax.OpQuest:
		return b.quest(re)
	}
	return false
}

func (b *chain) literal(re *syntax.Regexp) bool {
	if re.Flags&syntax.FoldCase != 0 {
		return false
	}
	text := make([]byte, 0, len(re.Rune))
	for _, r := range re.Rune {
		if r >= utf8.RuneSelf {
			return false
		}
		text = append(text, byte(r))
	}
	if n := len(b.links); n > 0 && b.links[n-1].kind == linkLiteral {
		b.links[n-1].literal = append(b.links[n-1].literal, text...)
		return true
	}
	b.links = append(b.links, link{kind: linkLiteral, literal: text})
	return true
}

// quest adds x?, and what Simplify makes of x{2,4}: xx(?:x(?:x)?)?. The nested form is one
// loop of the same class.
func (b *chain) quest(re *syntax.Regexp) bool {
	lazy := re.Flags&syntax.NonGreedy != 0
	n, one := depth(re, lazy)
	if one == nil {
		return false
	}
	return b.loop(one, 0, n, lazy)
}

// depth counts how often the same class stands nested in x(?:x(?:x)?)?.
func depth(re *syntax.Regexp, lazy bool) (n int, one *syntax.Regexp) {
	if re.Op != syntax.OpQuest || (re.Flags&syntax.NonGreedy != 0) != lazy {
		return 0, nil
	}
	sub := re.Sub[0]
	if classOf(sub) != nil {
		return 1, sub
	}
	if sub.Op != syntax.OpConcat || len(sub.Sub) != 2 {
		return 0, nil
	}
	n, one = depth(sub.Sub[1], lazy)
	if one == nil || classOf(sub.Sub[0]) == nil || *classOf(sub.Sub[0]) != *classOf(one) {
		return 0, nil
	}
	return n + 1, one
}

// loop adds a class that is repeated. It joins a loop before it of the same class, so that
// x{1,3}, which Simplify takes apart, is one again.
func (b *chain) loop(re *syntax.Regexp, least, most int, lazy bool) bool {
	c := classOf(re)
	if c == nil {
		return false
	}
	if c.wide() && (least > 1 || most >= 0) {
		// The bytes of a run are not its runes: only one rune, or a run without a bound.
		if least != 1 || most != 1 {
			return false
		}
		b.links = append(b.links, link{kind: linkOne, class: c})
		return true
	}
	next := link{kind: linkLoop, class: c, min: least, max: most, lazy: lazy}
	if n := len(b.links); n > 0 && b.links[n-1].joins(next) {
		b.links[n-1] = b.links[n-1].join(next)
		return true
	}
	b.links = append(b.links, next)
	return true
}

// joins says whether two loops over one class are one loop. A lazy one is not the same as
// a greedy one, unless one of them has no choice.
func (l link) joins(m link) bool {
	if l.kind != linkLoop || *l.class != *m.class || l.class.wide() {
		return false
	}
	return l.lazy == m.lazy || l.min == l.max || m.min == m.max
}

func (l link) join(m link) link {
	if l.min == l.max {
		l.lazy = m.lazy
	}
	l.min += m.min
	if l.max < 0 || m.max < 0 {
		l.max = -1
	} else {
		l.max += m.max
	}
	return l
}

// classOf is the class of an expression that is one rune; nil if it is none that a class of
// bytes can stand for.
func classOf(re *syntax.Regexp) *class {
	c := &class{}
	switch re.Op {
	case syntax.OpAnyChar:
		c.put(0, unicode.MaxRune)
	case syntax.OpAnyCharNotNL:
		c.put(0, '\n'-1)
		c.put('\n'+1, unicode.MaxRune)
	case syntax.OpLiteral:
		if len(re.Rune) != 1 || re.Rune[0] >= utf8.RuneSelf || re.Flags&syntax.FoldCase != 0 {
			return nil
		}
		c.put(re.Rune[0], re.Rune[0])
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			lo, hi := re.Rune[i], re.Rune[i+1]
			if hi >= utf8.RuneSelf && (hi != unicode.MaxRune || lo > utf8.RuneSelf) {
				return nil // a part of what is beyond ASCII
			}
			c.put(lo, hi)
		}
	default:
		return nil
	}
	return c
}

func (c *class) put(lo, hi rune) {
	for r := lo; r <= min(hi, 255); r++ {
		c[r] = true
	}
	if hi >= utf8.RuneSelf {
		for i := utf8.RuneSelf; i < len(c); i++ {
			c[i] = true
		}
	}
}

// finish decides which loops never go back, and refuses chains whose way back a run of bytes
// could take differently from a run of runes.
func (b *chain) finish() bool {
	var follow class // the bytes that what follows can begin with
	nullable := true // what follows can match nothing, so it cannot fail
	for i := len(b.links) - 1; i >= 0; i-- {
		l := &b.links[i]
		switch l.kind {
		case linkLiteral:
			follow, nullable = class{}, false
			follow[l.literal[0]] = true
			if len(l.literal) > len(b.rare.text) {
				b.rare = newNeedle(l.literal)
			}
		case linkOne:
			follow, nullable = *l.class, false
		case linkEnd:
			follow, nullable = class{}, false
		case linkLoop:
			l.never = l.min == l.max || !l.lazy && (nullable || !l.class.meets(&follow))
			if !l.never && l.class.wide() && (nullable || follow.wide()) {
				return false
			}
			if l.min > 0 {
				follow, nullable = class{}, false
			}
			for c, in := range l.class {
				follow[c] = follow[c] || in
			}
		}
	}
	b.headAt = b.first()
	if b.headAt >= 0 {
		b.head = &b.links[b.headAt]
	}
	b.plain = !slices.ContainsFunc(b.links, func(l link) bool { return l.kind == linkLoop && !l.never })
	if b.from = b.start(); b.from == startLiteral {
		b.prefix = newNeedle(b.head.literal)
	}
	return b.from != startNone
}

// start is how the first place is found where the chain can match.
type start int

const (
	startNone    start = iota // by trying too many places: left to package regexp
	startBegin                // the beginning of the text alone
	startLiteral              // where the literal stands
	startRun                  // where a run of the class begins: a later place in the run ends alike
	startClass                // at each byte of the class
)

func (f *fast) start() start {
	if f.begin {
		return startBegin
	}
	for _, l := range f.links {
		switch l.kind {
		case linkOpen, linkClose:
			continue
		case linkLiteral:
			return startLiteral
		case linkLoop:
			switch {
			case l.never && !l.lazy && l.min == 1 && l.max < 0:
				return startRun
			case l.min > 0 && !l.class.wide():
				return startClass
			}
		}
		return startNone
	}
	return startNone
}

// first is the place of the first link that takes bytes; -1 if there is none.
func (f *fast) first() int {
	for i := range f.links {
		if k := f.links[i].kind; k != linkOpen && k != linkClose {
			return i
		}
	}
	return -1
}

// patience bounds how many steps a search may take for each byte of the line, and in all for
// a short one, before package regexp, which needs no more, takes over.
const patience = 8

// find is regexp's FindSubmatchIndex: the whole match and the kept group. sure is false where
// the search gave up.
func (f *fast) find(line []byte) (all, group Span, ok, sure bool) {
	if f.plain && f.from == startLiteral {
		all, group, ok = f.findPlain(line)
		return all, group, ok, true
	}
	s := search{f: f, line: line, steps: patience*len(line) + 64, group: Span{-1, -1}}
	if f.from != startLiteral && f.rare.index(line, 0) < 0 {
		return all, group, false, true
	}
	first := f.head
	for at := 0; at <= len(line); at++ {
		switch f.from {
		case startBegin:
			if at > 0 {
				return all, group, false, true
			}
		case startLiteral:
			if at = f.prefix.index(line, at); at < 0 {
				return all, group, false, true
			}
		default:
			for at < len(line) && !first.class[line[at]] {
				at++
			}
			if at == len(line) {
				return all, group, false, true
			}
		}
		end, ok := at, false
		if f.plain {
			end, s.group, ok = straight(f.links, line, at, 0, at)
			s.steps--
		} else {
			end, ok = s.match(0, at)
		}
		if s.steps < 0 {
			return all, group, false, false
		}
		if ok {
			all = Span{at, end}
			if f.group == 0 {
				s.group = all
			}
			return all, s.group, true, true
		}
		if f.from == startRun {
			for at < len(line) && first.class[line[at]] {
				at++
			}
		}
	}
	return all, group, false, true
}

// findPlain is find for a plain chain that begins with a literal: nearly all of them.
func (f *fast) findPlain(line []byte) (all, group Span, ok bool) {
	for from := 0; ; {
		at := f.prefix.index(line, from)
		if at < 0 {
			return all, group, false
		}
		end, group, ok := straight(f.links, line, at, f.headAt+1, at+len(f.prefix.text))
		if ok {
			if all = (Span{at, end}); f.group == 0 {
				group = all
			}
			return all, group, true
		}
		from = at + 1
	}
}

// search is one search of a line.
type search struct {
	f     *fast
	line  []byte
	steps int // left
	group Span
}

// match matches the links from i on at a place, and returns where the match ends.
func (s *search) match(i, at int) (end int, ok bool) {
	for ; i < len(s.f.links); i++ {
		l := &s.f.links[i]
		if s.steps--; s.steps < 0 {
			return 0, false
		}
		switch l.kind {
		case linkLiteral:
			if !bytes.HasPrefix(s.line[at:], l.literal) {
				return 0, false
			}
			at += len(l.literal)
		case linkOne:
			if at == len(s.line) || !l.class[s.line[at]] {
				return 0, false
			}
			_, size := utf8.DecodeRune(s.line[at:])
			at += size
		case linkOpen:
			s.group.Start = at
		case linkClose:
			s.group.End = at
		case linkEnd:
			if at != len(s.line) {
				return 0, false
			}
		case linkLoop:
			most := s.run(l, at)
			if most < l.min {
				return 0, false
			}
			if !l.never {
				return s.choose(i, at, most)
			}
			at += most
		}
	}
	return at, true
}

// straight matches the links of a plain chain from link i on at a place, where the match began at
// begin. It returns where the match ends, and the kept group.
func straight(links []link, line []byte, begin, i, at int) (end int, group Span, ok bool) {
	group = Span{begin, begin} // of a group that opens, or closes, before the first literal
	for ; i < len(links); i++ {
		l := &links[i]
		switch l.kind {
		case linkLoop:
			most := len(line)
			if l.max >= 0 && at+l.max < most {
				most = at + l.max
			}
			from, in := at, l.class
			for at < most && in[line[at]] {
				at++
			}
			if at-from < l.min {
				return 0, group, false
			}
		case linkLiteral:
			if len(l.literal) == 1 {
				if at == len(line) || line[at] != l.literal[0] {
					return 0, group, false
				}
				at++
				continue
			}
			if len(line)-at < len(l.literal) || string(line[at:at+len(l.literal)]) != string(l.literal) {
				return 0, group, false
			}
			at += len(l.literal)
		case linkOpen:
			group.Start = at
		case linkClose:
			group.End = at
		case linkOne:
			if at == len(line) || !l.class[line[at]] {
				return 0, group, false
			}
			_, size := utf8.DecodeRune(line[at:])
			at += size
		case linkEnd:
			if at != len(line) {
				return 0, group, false
			}
		}
	}
	return at, group, true
}

// run counts the bytes from at on that a loop can take.
func (s *search) run(l *link, at int) int {
	rest := s.line[at:]
	if l.max >= 0 && len(rest) > l.max {
		rest = rest[:l.max]
	}
	for i, c := range rest {
		if !l.class[c] {
			return i
		}
	}
	return len(rest)
}

// choose tries how many bytes a loop takes, in the order of regexp: most first, or, where it is
// lazy, fewest first.
func (s *search) choose(i, at, most int) (end int, ok bool) {
	l := &s.f.links[i]
	kept := s.group
	try := func(n int) bool {
		s.group = kept
		end, ok = s.match(i+1, at+n)
		return ok || s.steps < 0
	}
	if l.lazy {
		for n := l.min; n <= most; n++ {
			if s.can(i, at+n) && try(n) {
				break
			}
		}
		return end, ok
	}
	for n := most; n >= l.min; n-- {
		if s.can(i, at+n) && try(n) {
			break
		}
	}
	return end, ok
}

// can says whether what follows link i may match at a place: a look at one byte, which saves
// the call for nearly all.
func (s *search) can(i, at int) bool {
	s.steps--
	for _, next := range s.f.links[i+1:] {
		switch next.kind {
		case linkOpen, linkClose:
			continue
		case linkLiteral:
			return at < len(s.line) && s.line[at] == next.literal[0]
		}
		break
	}
	return true
}
