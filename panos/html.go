package panos

import (
	"bytes"
	"fmt"
	"html"
)

// isHTML says whether a body that starts with something visible is a page for people.
func isHTML(body []byte) bool {
	start := bytes.ToLower(body[:min(len(body), 64)])
	for _, mark := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.HasPrefix(start, []byte(mark)) {
			return true
		}
	}
	return false
}

func htmlAnswer(body []byte) *AnswerError {
	const where = ": is this the firewall's management address?"
	if title := htmlTitle(body); title != "" {
		return &AnswerError{Failure: NotAPI, Text: fmt.Sprintf("the answer is an HTML page titled %q", title) + where}
	}
	return &AnswerError{Failure: NotAPI, Text: "the answer is an HTML page without a title" + where}
}

// htmlTitle looks for the title at the start of a page.
func htmlTitle(body []byte) string {
	body = body[:min(len(body), 64<<10)]
	lower := asciiLower(body)
	open := bytes.Index(lower, []byte("<title"))
	if open < 0 {
		return ""
	}
	from := bytes.IndexByte(lower[open:], '>')
	if from < 0 {
		return ""
	}
	text := body[open+from+1:]
	if end := bytes.IndexByte(text, '<'); end >= 0 {
		text = text[:end]
	}
	return clip(oneBlank(string(bytes.ToValidUTF8([]byte(html.UnescapeString(string(text))), []byte("\ufffd")))), excerptLength)
}

// asciiLower keeps every byte at its place, which bytes.ToLower does not.
func asciiLower(b []byte) []byte {
	lower := bytes.Clone(b)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return lower
}
