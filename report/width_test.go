package report

import (
	"slices"
	"strings"
	"testing"
)

func TestStringWidth(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   string
		want int
	}{
		{"", 0}, {"abc", 3}, {"é", 1}, {"e\u0301", 1}, {"漢字", 4}, {"カナ", 4}, {"ｶﾅ", 2}, {"Ａ", 2}, {"한글", 4},
		{"、。（）", 8}, {"→–✓✗│…•", 7}, {"😀", 2}, {"𠮟", 2}, {"ё", 1}, {"　", 2},
	} {
		if got := stringWidth(row.in); got != row.want {
			t.Errorf("stringWidth(%q) = %d, want %d", row.in, got, row.want)
		}
	}
	if !slices.IsSortedFunc(wide, func(a, b [2]rune) int { return int(a[1] - b[0]) }) {
		t.Error("the ranges are not sorted, which a binary search needs")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		in    string
		width int
		want  []string
	}{
		{"empty", "", 10, []string{""}},
		{"fits", "one two", 7, []string{"one two"}},
		{"at a blank", "one two", 6, []string{"one", "two"}},
		{"a blank at the end of a line takes no room", "one two  three", 7, []string{"one two", "three"}},
		{"leading blanks are kept", "  one", 10, []string{"  one"}},
		{"a long word is broken", "abcdefgh ij", 3, []string{"abc", "def", "gh", "ij"}},
		{"a long word begins on a line of its own", "ab cdefgh", 4, []string{"ab", "cdef", "gh"}},
		{"Japanese anywhere", "漢字仮名", 5, []string{"漢字", "仮名"}},
		{"no full stop first", "漢字。仮名", 4, []string{"漢", "字。", "仮名"}},
		{"no bracket last", "漢「字」仮", 4, []string{"漢", "「字", "」仮"}},
		{"a word in Japanese stays whole", "設定はlogoutです", 10, []string{"設定は", "logoutです"}},
		{"a mark stays with its character", "漢か\u3099字", 2, []string{"漢", "か\u3099", "字"}},
		{"a mark before letters as well", "か\u3099abc", 4, []string{"か\u3099ab", "c"}},
		{"only blanks", "     ", 3, []string{""}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := wrap(row.in, row.width); !slices.Equal(got, row.want) {
				t.Errorf("wrap(%q, %d) = %q, want %q", row.in, row.width, got, row.want)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two  three", 7)
	f.Add("漢「字」仮、a\u0301", 4)
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 2 + (width%100+100)%100 // the widest character takes two
		lines := wrap(s, width)
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(strings.ToValidUTF8(s, "\ufffd")); got != want && squeeze(s) == want {
			t.Errorf("wrap lost text: %q, want %q", got, want)
		}
		for _, line := range lines {
			if stringWidth(line) > width {
				t.Errorf("wrap(%q, %d) gives %q, which is wider", s, width, line)
			}
		}
	})
}
