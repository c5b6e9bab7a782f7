package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The most columns that each kind of text takes in a report for people. What is longer is
// cut, and says how long it was; the report for programs has the whole.
const (
	maxName     = 120  // IDs, targets, names of evidence and measures
	maxSentence = 1200 // titles, summaries, hints
	maxLine     = 400  // one line of evidence
)

// safe makes text from outside inert: what is not printable, and with that every escape
// sequence, line end and mark that turns the direction of writing, is shown as \x1b, \n,
// \u202e. Backslashes are not doubled, since domain\user is what people read here; so the
// result is for reading, not for reading back. It takes no more than limit columns, and
// a note after them when text was cut.
func (p *page) safe(s string, limit int) string {
	var b strings.Builder
	columns := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		shown := p.shown(r, s[i:i+size])
		// Marks that take no column are bounded by bytes: four to a column are plenty.
		if columns+stringWidth(shown) > limit || b.Len()+len(shown) > 4*limit {
			fmt.Fprintf(&b, "%s (%d bytes)", p.glyph("…", "..."), len(s))
			break
		}
		columns += stringWidth(shown)
		b.WriteString(shown)
		i += size
	}
	return b.String()
}

// shown is one rune as it is shown. text are the bytes it was read from.
func (p *page) shown(r rune, text string) string {
	switch {
	case r == utf8.RuneError && len(text) == 1:
		return fmt.Sprintf(`\x%02x`, text[0])
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff && (p.o.ASCII || !unicode.IsPrint(r)):
		return fmt.Sprintf(`\U%08x`, r)
	case r > 0x7f && (p.o.ASCII || !inert(r)):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return text
}

// inert says whether a rune beyond ASCII is shown as it is. U+3000, the blank of Japanese
// text, is the only blank among them that unicode.IsPrint would leave out.
func inert(r rune) bool { return unicode.IsPrint(r) || r == '\u3000' }

// safeLines is safe for text that may have several lines, of which at most limit are shown.
// more is the number of lines left out.
func (p *page) safeLines(s string, limit int) (lines []string, more int) {
	s = strings.TrimRight(s, "\r\n")
	for line := range strings.SplitSeq(s, "\n") {
		if len(lines) == limit {
			more++
			continue
		}
		lines = append(lines, p.safe(strings.TrimSuffix(line, "\r"), maxLine))
	}
	return lines, more
}
