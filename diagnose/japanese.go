package diagnose

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// readable is a line as UTF-8: as it is, from Shift-JIS where it makes sense as that (a Japanese
// Windows writes it), or with a mark in place of each byte that is neither.
func readable(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	if brokenUTF8(raw) {
		return strings.ToValidUTF8(string(raw), "\ufffd")
	}
	decoded, err := japanese.ShiftJIS.NewDecoder().Bytes(raw)
	if err != nil || !japaneseText(string(decoded)) {
		return strings.ToValidUTF8(string(raw), "\ufffd")
	}
	return string(decoded)
}

// brokenUTF8 says whether a line is UTF-8 of which some bytes are missing, or wrong: most of what
// is not ASCII makes sense as it, apart from a character that was cut at the end.
func brokenUTF8(raw []byte) bool {
	good, bad := 0, 0
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case size > 1:
			good++
		case r == utf8.RuneError && utf8.FullRune(raw):
			bad++
		case r == utf8.RuneError:
			return good > 0 && good >= bad
		}
		raw = raw[size:]
	}
	return good > 0 && good >= bad
}

// japaneseText says whether a text is one that somebody wrote: every character exists, and what is
// not ASCII is mostly kana of full width and kanji. Bytes of other encodings decode as well, but to
// half-width kana, which people do not write by themselves. One character alone may be anything.
func japaneseText(text string) bool {
	wide, other := 0, 0
	for _, r := range text {
		switch {
		case r == utf8.RuneError, r >= 0x80 && r < 0xa0:
			return false
		case r < 0x80:
		case r >= 0xff61 && r <= 0xff9f:
			other++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han), r >= 0x3000 && r <= 0x303f, r >= 0xff01 && r <= 0xff5e:
			wide++
		default:
			other++
		}
	}
	return wide > 1 && wide > other
}
