package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mutant is a copy of a profile in which one pattern is weakened, so that it matches more, or
// something else.
type Mutant struct {
	Profile Profile // the copy
	Element string  // the XML element of the pattern
	From    string  // the pattern as it is
	To      string  // and weakened
	How     string  // what was done: "without its first character"
}

// String says what was done to which element.
func (m Mutant) String() string {
	return fmt.Sprintf("%s %q %s: %q", m.Element, m.From, m.How, m.To)
}

// role is the part that the element belongs to.
func (m Mutant) role() Role {
	for _, r := range []Role{EventPart, UsernamePart} {
		if strings.HasPrefix(m.Element, string(r)) {
			return r
		}
	}
	return AddressPart
}

// Mutants are the weakened copies of the profile, each pattern in turn, in a fixed order: those
// that a firewall would take, at most maxMutants.
func (p Profile) Mutants() (list []Mutant) {
	add := func(element, from string, set func(*Profile, string), weaker []weaker) {
		seen := map[string]bool{from: true}
		for _, w := range weaker {
			if seen[w.text] || len(list) == maxMutants {
				continue
			}
			seen[w.text] = true
			m := Mutant{Profile: p.clone(), Element: element, From: from, To: w.text, How: w.how}
			if set(&m.Profile, w.text); m.Profile.Validate() == nil {
				list = append(list, m)
			}
		}
	}
	if r := p.Regex; r != nil {
		add(eventRegex, r.EventRegex, func(p *Profile, s string) { p.Regex.EventRegex = s }, weakRegex(r.EventRegex))
		add(usernameRegex, r.UsernameRegex, func(p *Profile, s string) { p.Regex.UsernameRegex = s }, weakRegex(r.UsernameRegex))
		add(addressRegex, r.AddressRegex, func(p *Profile, s string) { p.Regex.AddressRegex = s }, weakRegex(r.AddressRegex))
	}
	if f := p.Field; f != nil {
		add(eventString, f.EventString, func(p *Profile, s string) { p.Field.EventString = s }, weakEvent(f.EventString))
		add(usernamePrefix, f.UsernamePrefix, func(p *Profile, s string) { p.Field.UsernamePrefix = s }, weakPrefix(f.UsernamePrefix))
		add(usernameDelimiter, f.UsernameDelimiter, func(p *Profile, s string) { p.Field.UsernameDelimiter = s }, weakDelimiter(f.UsernameDelimiter))
		add(addressPrefix, f.AddressPrefix, func(p *Profile, s string) { p.Field.AddressPrefix = s }, weakPrefix(f.AddressPrefix))
		add(addressDelimiter, f.AddressDelimiter, func(p *Profile, s string) { p.Field.AddressDelimiter = s }, weakDelimiter(f.AddressDelimiter))
	}
	return list
}

// maxMutants bounds the mutants of one profile: an expression may have 1,024 characters.
const maxMutants = 200

// clone copies a profile as far as mutants differ.
func (p Profile) clone() Profile {
	if p.Regex != nil {
		r := *p.Regex
		p.Regex = &r
	}
	if p.Field != nil {
		f := *p.Field
		p.Field = &f
	}
	return p
}

// weaker is a weakened pattern.
type weaker struct{ text, how string }

// weakEvent cuts an event string in two: a shorter string is in more messages.
func weakEvent(s string) []weaker {
	at := halfway(s)
	if at == 0 {
		return nil
	}
	return []weaker{{s[:at], "without its end"}, {s[at:], "without its beginning"}}
}

// halfway is the beginning of a word next to the middle of a string, or the middle; 0 for a
// string too short to be cut.
func halfway(s string) int {
	if len(s) < 2 {
		return 0
	}
	best, middle := 0, len(s)/2
	for i := 1; i < len(s); i++ {
		if isWord(s[i]) && !isWord(s[i-1]) && abs(i-middle) < abs(best-middle) {
			best = i
		}
	}
	if best == 0 {
		for best = middle; best > 1 && s[best]&0xc0 == 0x80; best-- { // not within a character
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// weakPrefix takes from a prefix what keeps it from being found inside another name, and its
// beginning.
func weakPrefix(s string) (list []weaker) {
	if len(s) > 1 && !isWord(s[0]) && s[0] < 0x80 {
		list = append(list, weaker{s[1:], "without its first character"})
	}
	if at := halfway(s); at > 0 {
		list = append(list, weaker{s[at:], "without its beginning"})
	}
	if n := len(s); n > 1 && !isWord(s[n-1]) && s[n-1] < 0x80 {
		list = append(list, weaker{s[:n-1], "without its last character"})
	}
	return list
}

// weakDelimiter ends a value earlier, or later.
func weakDelimiter(s string) (list []weaker) {
	if len(s) > 1 && s[0] != '\\' && s[0] < 0x80 {
		list = append(list, weaker{s[:1], "cut to its first character"})
	}
	return append(list, weaker{`\s`, "replaced by a blank"}, weaker{`\n`, "replaced by the end of the message"})
}

// weakRegex weakens an expression, atom by atom.
func weakRegex(source string) []weaker {
	w := weakening{source: source}
	w.walk(0, len(source))
	return w.list
}

type weakening struct {
	source string
	list   []weaker
}

// replace notes the expression with source[start:end] replaced.
func (w *weakening) replace(start, end int, with, how string) {
	text := w.source[:start] + with + w.source[end:]
	if text == "" {
		return
	}
	w.list = append(w.list, weaker{text, how})
}

// walk weakens the atoms of source[start:end], and those of the groups in it.
func (w *weakening) walk(start, end int) {
	run := start // where the literal text before at begins
	for at := start; at < end; {
		if w.source[at] == '|' {
			w.literal(run, at)
			at++
			run = at
			continue
		}
		stop := atomEnd(w.source, at, end)
		after := quantifierEnd(w.source, stop, end)
		atom := w.source[at:stop]
		if stop == after && literalAtom(atom) {
			w.dot(at, stop)
			at = after
			continue
		}
		w.literal(run, at)
		w.atom(at, stop)
		w.quantifier(stop, after)
		at, run = after, after
	}
	w.literal(run, end)
}

// literalAtom says whether an atom stands for one character, and always the same.
func literalAtom(atom string) bool {
	return atom != "." && isPlain(atom)
}

// dot takes the backslash from a dot, which then stands for any character.
func (w *weakening) dot(at, stop int) {
	if w.source[at:stop] == `\.` {
		w.replace(at, stop, ".", fmt.Sprintf("with a dot for any character at character %d", character(w.source, at)))
	}
}

// literal takes away literal text: all of it, and the character at its outer end that keeps it
// from being found inside a word.
func (w *weakening) literal(start, end int) {
	if start >= end {
		return
	}
	text := w.source[start:end]
	w.replace(start, end, "", fmt.Sprintf("without %q at character %d", text, character(w.source, start)))
	if first := atomEnd(w.source, start, end); first < end && !isWord(text[0]) && text[0] < 0x80 {
		w.replace(start, first, "", fmt.Sprintf("without %q at character %d", w.source[start:first], character(w.source, start)))
	}
}

// atom weakens what is not literal text.
func (w *weakening) atom(at, stop int) {
	text := w.source[at:stop]
	switch {
	case text == "^" || text == "$" || text == `\b` || text == `\A` || text == `\z`:
		w.replace(at, stop, "", fmt.Sprintf("without %q", text))
	case text[0] == '[' || slices.Contains([]string{`\d`, `\S`, `\w`}, text):
		w.replace(at, stop, ".", fmt.Sprintf("with any character for %q", text))
	case text[0] == '(' && !flagGroup.MatchString(text):
		if inner := at + len(groupHead.FindString(text)); inner < stop {
			w.walk(inner, stop-1)
		}
	}
}

// counted is a quantifier that says how many.
var counted = regexp.MustCompile(`^(\+|\{[1-9].*\})`)

// quantifier lets what must be there be absent, or go on.
func (w *weakening) quantifier(at, after int) {
	if text := w.source[at:after]; counted.MatchString(text) {
		w.replace(at, after, "*", fmt.Sprintf("with * for %q at character %d", text, character(w.source, at)))
	}
}
