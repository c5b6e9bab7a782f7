package profile

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// What follows reads the text of a regular expression that the real parser has accepted,
// because that parser keeps no positions, and people want to see what they wrote.

var (
	flagGroup = regexp.MustCompile(`^\(\?[a-zA-Z-]+\)$`)
	groupHead = regexp.MustCompile(`^\((\?P?<[^>]*>|\?[a-zA-Z-]*:)?`)
	repeat    = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)
)

// must says whether an atom with this quantifier has to match at least once.
func must(quantifier string) bool {
	return quantifier == "" || quantifier[0] == '+' ||
		(quantifier[0] == '{' && strings.Trim(quantifier[1:2], "0") != "")
}

// isPlain says whether an atom is one literal character.
func isPlain(atom string) bool {
	if atom[0] == '\\' {
		return len(atom) == 2 && !isWord(atom[1])
	}
	return !strings.ContainsAny(atom[:1], "[.^$(")
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// quantifierEnd returns the end of the quantifier that begins at at, or at.
func quantifierEnd(source string, at, end int) int {
	if at >= end {
		return end
	}
	switch source[at] {
	case '*', '+', '?':
		at++
	case '{':
		n := len(repeat.FindString(source[at:end]))
		if n == 0 {
			return at
		}
		at += n
	default:
		return at
	}
	if at < end && source[at] == '?' {
		at++
	}
	return at
}

// atomEnd returns the end of the atom that begins at at: a character, an escape, a class or a
// group, without its quantifier. What is not closed ends at end.
func atomEnd(source string, at, end int) int {
	switch source[at] {
	case '\\':
		return escapeEnd(source, at, end)
	case '[':
		return classEnd(source, at, end)
	case '(':
		for i := at + 1; i < end; {
			if source[i] == ')' {
				return i + 1
			}
			i = atomEnd(source, i, end)
		}
		return end
	}
	_, size := utf8.DecodeRuneInString(source[at:end])
	return at + size
}

func escapeEnd(source string, at, end int) int {
	rest := source[at:end]
	if m := escape.FindString(rest); m != "" {
		return at + len(m)
	}
	return end
}

// escape is one escape, with what belongs to it.
var escape = regexp.MustCompile(`^\\(?s:Q.*?(\\E|$)|[pP]\{[^}]*\}|[pP].|x\{[^}]*\}|x..|[0-7]{1,3}|.)`)

func classEnd(source string, at, end int) int {
	i := at + 1
	if i < end && source[i] == '^' {
		i++
	}
	if i < end && source[i] == ']' {
		i++
	}
	for i < end {
		switch {
		case source[i] == ']':
			return i + 1
		case source[i] == '\\':
			i = escapeEnd(source, i, end)
		case strings.HasPrefix(source[i:end], "[:"):
			close := strings.Index(source[i:end], ":]")
			if close < 0 {
				return end
			}
			i += close + len(":]")
		default:
			i++
		}
	}
	return end
}
