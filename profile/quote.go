package profile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown returns the first character of text as it can be put on any terminal, how many
// cells it takes there, and how many bytes of text it stands for. What cannot be printed,
// or would turn the writing direction or sit on its neighbour, becomes \x00 or \u202e.
// A backslash stays one: most backslashes are those of patterns and of domain\user.
func shown(text []byte) (s string, cells, size int) {
	r, size := utf8.DecodeRune(text)
	switch {
	case r == utf8.RuneError && size == 1, r < 0x80 && !unicode.IsPrint(r):
		s = fmt.Sprintf(`\x%02x`, text[0])
	case !unicode.IsPrint(r) || unicode.Is(unicode.M, r):
		s = fmt.Sprintf(`\u%04x`, r)
	case wide(r):
		return string(r), 2, size
	default:
		return string(r), 1, size
	}
	return s, len(s), size
}

// wide says whether a terminal gives a character two cells: the blocks of East Asian
// scripts and of emoji (Unicode Standard Annex 11, roughly).
func wide(r rune) bool {
	for _, block := range [...][2]rune{
		{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
		{0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
	} {
		if block[0] <= r && r <= block[1] {
			return true
		}
	}
	return false
}

// brief quotes foreign text, cut to what a sentence can hold. Unlike %q it leaves backslashes
// as they are, so that a pattern reads as it was written.
func brief[T string | []byte](text T) string {
	const most = 60 // cells
	var b strings.Builder
	b.WriteByte('"')
	total := 0
	for rest := []byte(text); len(rest) > 0; {
		s, cells, size := shown(rest)
		if total += cells; total > most {
			return b.String() + `"…`
		}
		b.WriteString(s)
		rest = rest[size:]
	}
	return b.String() + `"`
}
