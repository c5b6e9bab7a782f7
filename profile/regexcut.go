package profile

import (
	"regexp"
	"sort"
	"strings"
)

// cut is a place where a regular expression can be cut in two, so that what stands before
// is an expression that matches a beginning of whatever the whole one matches.
type cut struct {
	flags string // flag groups of earlier alternatives, which still hold
	from  int    // where the alternative begins that is cut
	at    int    // where it is cut
	open  int    // groups left open there
	plain bool   // nothing but literal characters stands before
}

// head returns the expression before the cut.
func (c cut) head(source string) string {
	return c.flags + source[c.from:c.at] + strings.Repeat(")", c.open)
}

// reach is how far a pattern got that does not match.
type reach struct {
	ok       bool
	span     Span   // the longest piece that matched
	progress int    // bytes of the pattern that matched it
	token    string // the rest of the pattern
}

// chance is the length of a match that says nothing: that the first letters of a word are
// somewhere in a message is no trace of it.
const chance = 3

// explainable bounds the work of explain: instructions times bytes. An expression that reads
// an address has some 60 instructions, a long message 8,000 bytes.
const explainable = 3_000_000

// explain finds the longest beginning of the expression that matches somewhere. Of several
// alternatives the one that got farthest counts. An expression so large that the search
// would take seconds is not searched: it then reaches nothing.
func (r *regex) explain(line []byte) (best reach) {
	if r.size*len(line) > explainable {
		return reach{token: r.source}
	}
	for _, a := range alternatives(r.source, 0, len(r.source)) {
		at := a.reach(r, line)
		if best.token == "" || at.progress > best.progress {
			best = at
		}
	}
	return best
}

// alternative is one of the branches of a|b|c.
type alternative struct {
	flags      string // flag groups of earlier branches
	start, end int
}

// reach searches for the longest beginning. A longer one that matches has all shorter ones
// in it, so halving finds it.
func (a alternative) reach(r *regex, line []byte) reach {
	scan := scanner{source: r.source, alternative: a, plain: true}
	scan.walk(a.start, a.end, 0)
	cuts := scan.cuts
	match := func(i int) []int {
		re, err := regexp.Compile(r.flags + cuts[i].head(r.source))
		if err != nil {
			return nil
		}
		return re.FindIndex(line)
	}
	n := sort.Search(len(cuts), func(i int) bool { return match(i) == nil })
	nothing := reach{token: r.source[a.start:a.end]}
	if n == 0 {
		return nothing
	}
	at := match(n - 1)
	inWord := cuts[n-1].plain && n < len(cuts) && cuts[n].plain
	if at == nil || (inWord && at[1]-at[0] <= chance) {
		return nothing
	}
	c := cuts[n-1]
	return reach{true, Span{at[0], at[1]}, c.at - c.from, r.source[c.at:a.end]}
}

// alternatives splits source[start:end] at its own vertical bars.
func alternatives(source string, start, end int) (all []alternative) {
	flags, now := "", ""
	begin := start
	for at := start; at < end; {
		if source[at] == '|' {
			all = append(all, alternative{flags, begin, at})
			begin, flags = at+1, flags+now
			now = ""
			at++
			continue
		}
		stop := quantifierEnd(source, atomEnd(source, at, end), end)
		if flagGroup.MatchString(source[at:stop]) {
			now += source[at:stop]
		}
		at = stop
	}
	return append(all, alternative{flags, begin, end})
}

// scanner collects the cuts of one alternative.
type scanner struct {
	source string
	alternative
	plain bool
	cuts  []cut
}

// walk goes through the atoms of source[start:end], and into every group that must match
// exactly one way.
func (s *scanner) walk(start, end, open int) {
	for at := start; at < end; {
		stop := atomEnd(s.source, at, end)
		after := quantifierEnd(s.source, stop, end)
		text, quantifier := s.source[at:stop], s.source[stop:after]
		at = after
		switch {
		case flagGroup.MatchString(text):
			continue // matches nothing by itself
		case text[0] == '(':
			inner := stop - len(text) + len(groupHead.FindString(text))
			if must(quantifier) && inner < stop && len(alternatives(s.source, inner, stop-1)) == 1 {
				s.walk(inner, stop-1, open+1)
			} else {
				s.plain = false
			}
		default:
			s.plain = s.plain && quantifier == "" && isPlain(text)
		}
		s.cuts = append(s.cuts, cut{s.flags, s.start, after, open, s.plain})
	}
}
