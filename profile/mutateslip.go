package profile

import (
	"fmt"
	"slices"
	"strings"
)

// The bounds of the search for a message that tells a mutant from its profile.
const (
	mostBases = 12   // messages of cases that are changed
	mostEdits = 3000 // changes that are tried for one sender
)

// slip finds a message that the mutant reads and the profile does not, or reads in another way,
// and writes it down. Small changes come first.
func (x *sender) slip(weak *Matcher, s *Survivor) bool {
	budget := mostEdits
	var second *Survivor
	for _, base := range x.bases() {
		for text := range edits(base, x.span(base, s.Mutant.role())) {
			if budget--; budget < 0 {
				break
			}
			was, is := x.matcher.Match(nil, []byte(text)), weak.Match(nil, []byte(text))
			if sameMatches(was, is) {
				continue
			}
			found := Survivor{s.Mutant, text, told(was), told(is)}
			if len(was) == 0 { // a mapping that should not be: what there is to fear
				*s = found
				return true
			}
			if second == nil {
				second = &found
			}
		}
	}
	if second != nil {
		*s = *second
		return true
	}
	return false
}

// bases are messages of the cases, those that are mapped first.
func (x *sender) bases() (list []string) {
	for _, mapped := range []bool{true, false} {
		for _, c := range x.cases {
			for i, e := range c.Expect {
				if (len(e.Matches) > 0) == mapped && len(list) < mostBases && !slices.Contains(list, c.Messages[i]) {
					list = append(list, c.Messages[i])
				}
			}
		}
	}
	return list
}

// span is what the part of the profile found in a message.
func (x *sender) span(text string, role Role) Span {
	for _, p := range x.matcher.Trace([]byte(text))[x.at].Parts {
		if p.Role == role {
			return p.Span
		}
	}
	return Span{}
}

// edits yields a message with small changes in a span and next to it.
func edits(text string, span Span) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, end := min(max(span.Start-1, 0), len(text)), min(span.End+1, len(text))
		if span.Len() == 0 {
			start, end = 0, len(text)
		}
		if !yield(text) || !decoys(text, span, yield) {
			return
		}
		for _, word := range wordSpans(text, start, end) {
			if !yield(text[:word.Start]+text[word.End:]) || !yield(text[:word.Start]+"other"+text[word.End:]) {
				return
			}
		}
		for at := start; at < end; at++ {
			if !yield(text[:at] + text[at+1:]) {
				return
			}
			for _, c := range []string{"x", "0", " ", ",", ".", "-"} {
				if !yield(text[:at]+c+text[at+1:]) || !yield(text[:at]+c+text[at:]) {
					return
				}
			}
		}
		if at := span.End; at < len(text) {
			_ = yield(text[:at]) && yield(text[at:])
		}
	}
}

// decoys yields the message with a copy of the span before it that has another value, and
// begins or ends otherwise: a field whose name only ends like the one that is meant.
func decoys(text string, span Span, yield func(string) bool) bool {
	if span.Len() < 2 || span.End > len(text) {
		return true
	}
	copied := text[span.Start:span.End]
	for _, other := range []struct{ from, to string }{{"uidprobe0001", "decoy"}, {"198.51.100.7", "203.0.113.9"}, {"", ""}} {
		piece := copied
		if other.from != "" {
			if piece = strings.ReplaceAll(copied, other.from, other.to); piece == copied {
				continue
			}
		}
		for _, decoy := range []string{"x" + piece[1:], " x" + strings.TrimLeft(piece, " "), piece[:len(piece)-1] + "x", piece} {
			if !yield(text[:span.Start]+decoy+text[span.Start:]) || !yield(text[:span.Start]+decoy+" "+text[span.Start:]) {
				return false
			}
		}
	}
	return true
}

// wordSpans are the runs of letters and digits in text[start:end].
func wordSpans(text string, start, end int) (list []Span) {
	for at := start; at < end; {
		if !isWord(text[at]) {
			at++
			continue
		}
		from := at
		for at < end && isWord(text[at]) {
			at++
		}
		list = append(list, Span{from, at})
	}
	return list
}

func sameMatches(a, b []Match) bool {
	return slices.EqualFunc(a, b, func(a, b Match) bool {
		return a.Profile == b.Profile && a.Event == b.Event && a.User == b.User && slices.Equal(a.Addresses, b.Addresses)
	})
}

// told says what a message became.
func told(matches []Match) string {
	if len(matches) == 0 {
		return "nothing"
	}
	list := make([]string, len(matches))
	for i, m := range matches {
		list[i] = fmt.Sprintf("%s of %s at %s", m.Event, brief(m.User), addressList(m.Addresses))
	}
	return strings.Join(list, " and ")
}
