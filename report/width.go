package report

import (
	"sort"
	"strings"
	"unicode"
)

// wide are the ranges of characters that take two columns on a terminal: those that
// Unicode Standard Annex 11 (EastAsianWidth.txt) calls W or F, coarsened to whole blocks.
// Characters it calls ambiguous take one, as in every terminal that is not set otherwise.
var wide = [][2]rune{
	{0x1100, 0x115f}, {0x231a, 0x231b}, {0x2329, 0x232a}, {0x23e9, 0x23ec},
	{0x2614, 0x2615}, {0x2648, 0x2653}, {0x26a1, 0x26a1}, {0x26d4, 0x26d4}, {0x2705, 0x2705},
	{0x274c, 0x274c}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797}, {0x2b1b, 0x2b1c},
	{0x2e80, 0x303e}, {0x3041, 0x4dbf}, {0x4e00, 0xa4cf}, {0xa960, 0xa97c}, {0xac00, 0xd7a3},
	{0xf900, 0xfaff}, {0xfe10, 0xfe19}, {0xfe30, 0xfe6b}, {0xff01, 0xff60}, {0xffe0, 0xffe6},
	{0x16fe0, 0x18cff}, {0x1aff0, 0x1b2fb}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f64f},
	{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
}

// runeWidth is the number of columns a printable rune takes.
func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	i := sort.Search(len(wide), func(i int) bool { return wide[i][1] >= r })
	if i < len(wide) && wide[i][0] <= r {
		return 2
	}
	return 1
}

func stringWidth(s string) (n int) {
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// pad fills s with blanks on its right, up to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-stringWidth(s), 0))
}

// padLeft fills s with blanks on its left.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(width-stringWidth(s), 0)) + s
}

// Japanese may be broken between any two characters, but for these at the start or at the
// end of a line (JIS X 4051, the part that a plain report needs).
const (
	neverFirst = "、。，．・：；？！）］｝」』】〕〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々)]},.:;!?%"
	neverLast  = "（［｛「『【〔〈《([{"
)

// breakable says whether a line may end between two runes.
func breakable(before, after rune) bool {
	switch {
	case after == ' ':
		return false
	case before == ' ':
		return true
	case runeWidth(before) < 2 && runeWidth(after) < 2, runeWidth(after) == 0:
		return false
	}
	return !strings.ContainsRune(neverLast, before) && !strings.ContainsRune(neverFirst, after)
}

// wrap breaks printable text into lines of at most width columns, at blanks and between
// wide characters; a word that is longer by itself is broken where the line ends.
func wrap(s string, width int) (lines []string) {
	var line strings.Builder
	columns := 0
	flush := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		columns = 0
	}
	for _, piece := range pieces(s) {
		if columns > 0 && columns+stringWidth(strings.TrimRight(piece, " ")) > width {
			flush()
		}
		for _, r := range piece {
			if w := runeWidth(r); columns > 0 && columns+w > width && r != ' ' {
				flush()
			}
			line.WriteRune(r)
			columns += runeWidth(r)
		}
	}
	if line.Len() > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

// pieces cuts s wherever a line may end.
func pieces(s string) (pieces []string) {
	start := 0
	before := rune(0)
	for i, r := range s {
		if i > 0 && breakable(before, r) {
			pieces = append(pieces, s[start:i])
			start = i
		}
		before = r
	}
	return append(pieces, s[start:])
}
