// Package lang holds a text for people in each language the program speaks.
package lang

import "strings"

// Text is one text in every language. Texts that people read are always complete
// pairs; log lines, statuses and codes are never translated and are plain strings.
type Text struct {
	EN string `json:"en"`
	JA string `json:"ja"`
}

// Language is one of the languages a Text has.
type Language string

// The languages of the program.
const (
	English  Language = "en"
	Japanese Language = "ja"
)

// In returns the text in language l. A text without that language is returned in English.
func (t Text) In(l Language) string {
	if l == Japanese && t.JA != "" {
		return t.JA
	}
	return t.EN
}

// Complete says whether the text exists in every language.
func (t Text) Complete() bool { return t.EN != "" && t.JA != "" }

// Parse reads a flag's value ("en", "ja") or a POSIX locale ("ja_JP.UTF-8").
// ok is false for anything else, and the language is then English.
func Parse(s string) (l Language, ok bool) {
	word, _, _ := strings.Cut(strings.ToLower(s), ".")
	word, _, _ = strings.Cut(word, "_")
	word, _, _ = strings.Cut(word, "-")
	switch Language(word) {
	case English:
		return English, true
	case Japanese:
		return Japanese, true
	}
	return English, false
}
