package panos

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pagerMark is what the pager of the CLI leaves in a captured terminal.
const pagerMark = "--more--"

// lines splits what a terminal or an answer showed into lines without what the terminal
// added: escape sequences, control characters, marks of the pager, prompts. Blanks at the
// end of a line go, those at its start stay. A tab becomes a blank.
func lines(text []byte) []string {
	all := strings.Split(strings.ToValidUTF8(string(text), "\ufffd"), "\n")
	for i, line := range all {
		all[i], _ = cleanLine(line)
	}
	return all
}

// cleanLine works in an order that leaves nothing for a second pass: once the escapes and
// control characters are gone, nothing can join into one. prompted says that a prompt stood
// before what is left.
func cleanLine(line string) (clean string, prompted bool) {
	line = strings.Map(visible, overwritten(withoutEscapes(line)))
	line = withoutPager(line)
	for {
		rest, ok := afterPrompt(line)
		if !ok {
			return strings.TrimRightFunc(line, unicode.IsSpace), prompted
		}
		line, prompted = rest, true
	}
}

// overwritten returns what a carriage return leaves visible: a pager goes back to the
// start of the line with it to write over its mark.
func overwritten(line string) string {
	for rest := line; ; {
		at := strings.LastIndexByte(rest, '\r')
		if text := rest[at+1:]; at < 0 || strings.TrimSpace(text) != "" {
			return text
		}
		rest = rest[:at]
	}
}

// visible drops control characters.
func visible(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsControl(r):
		return -1
	}
	return r
}

// withoutEscapes takes out the ANSI sequences of a terminal (ECMA-48: CSI, OSC, and
// two-byte ones). What is cut off by the end of the line goes as well.
func withoutEscapes(line string) string {
	const esc = '\x1b'
	if strings.IndexByte(line, esc) < 0 {
		return line
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, string(esc))
		b.WriteString(before)
		if !found {
			return b.String()
		}
		line = rest[escapeLength(rest):]
	}
}

// escapeLength is the length of a sequence without its escape character.
func escapeLength(s string) int {
	switch {
	case s == "":
		return 0
	case s[0] == '[': // CSI: parameters and intermediates, then one final byte
		for i := 1; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return i
			}
		}
		return len(s)
	case s[0] == ']': // OSC: up to BEL, or to the next escape that starts its end
		if end := strings.IndexAny(s, "\a\x1b"); end >= 0 {
			return end
		}
		return len(s)
	}
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// withoutPager takes out the marks of the pager. What stands round a mark is not joined,
// or two halves could make another one.
func withoutPager(line string) string {
	return strings.ReplaceAll(line, pagerMark, " ")
}

// afterPrompt returns what follows a prompt such as "admin@PA-440> " or, in configuration
// mode, "admin@PA-440# ".
func afterPrompt(line string) (rest string, ok bool) {
	trimmed := strings.TrimSpace(line)
	word, rest, _ := strings.Cut(trimmed, " ")
	user, host, ok := strings.Cut(word, "@")
	if !ok || user == "" || len(host) < 2 || !strings.ContainsAny(host[len(host)-1:], ">#") {
		return "", false
	}
	return rest, true
}

// excerptLength bounds foreign text in an error, in characters.
const excerptLength = 120

// excerpt is the first line of text that shows anything, bounded, to be quoted in errors.
func excerpt(text []byte) string {
	const enough = 16 << 10 // a first line that starts after this is not worth finding
	text = text[:min(len(text), enough)]
	for _, line := range lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return clip(line, excerptLength)
		}
	}
	return ""
}

// clip cuts text to a number of characters and says so with an ellipsis.
func clip(s string, length int) string {
	for i := range s {
		if length == 0 {
			return s[:i] + "…"
		}
		length--
	}
	return s
}

// notThere is the error about a text that holds nothing of what it should.
func notThere(what, want string, text []byte) error {
	if first := excerpt(text); first != "" {
		return fmt.Errorf("%s: expected %s, but the text begins with %q", what, want, first)
	}
	return fmt.Errorf("%s: expected %s, but the text is empty", what, want)
}

// appendPadded appends s and blanks up to width, but gap blanks at least.
func appendPadded(dst []byte, s string, width, gap int) []byte {
	dst = append(dst, s...)
	for n := max(width-utf8.RuneCountInString(s), gap); n > 0; n-- {
		dst = append(dst, ' ')
	}
	return dst
}
