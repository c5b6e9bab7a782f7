package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a file, for the person who wrote it.
type Problem struct {
	File   string // as it was given to Decode
	Line   int    // from 1; 0 when the mistake belongs to no line
	Column int    // in characters, from 1; 0 when only the line is known
	// Message says what is wrong, Hint what to do about it; Hint may be empty. Neither
	// quotes anything from beneath a key that is tagged as a secret.
	Message string
	Hint    string
}

// String is one line: "site.yaml:14:7: test.messages: want a whole number; hint".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	b.WriteString(": " + p.Message)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Problems is every mistake that was found, in the order of the file. It is the only kind
// of error that Decode and Document.Err return. Its text has one line for each.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// MaxProblems is how many mistakes of one file are kept. A file with more was not meant for
// us; the last line then says how many were left out.
const MaxProblems = 100

// sorted returns the problems by position, each once.
func sorted(p Problems) Problems {
	p = slices.Clone(p)
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(p)
}
