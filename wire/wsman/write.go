package wsman

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"strings"
)

// text escapes what stands between tags or in quotes. What XML cannot hold becomes U+FFFD.
func text(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

// tag is an element with a text; an empty text leaves the element out.
func tag(name, content string) string {
	if content == "" {
		return ""
	}
	return "<" + name + ">" + text(content) + "</" + endOf(name) + ">"
}

// endOf is the name in an end tag: that of the start tag without its attributes.
func endOf(name string) string {
	name, _, _ = strings.Cut(name, " ")
	return name
}

const envelopeStart = `<s:Envelope xml:lang="en-US" xmlns:s="` + nsSOAP + `" xmlns:a="` + nsAddressing + `" xmlns:n="` + nsEnum +
	`" xmlns:w="` + nsWSMan + `" xmlns:p="` + nsMicrosoft + `" xmlns:x="` + nsTransfer + `" xmlns:e="` + nsEventing + `">`

func envelope(header, body string) []byte {
	return []byte(envelopeStart + "<s:Header>" + header + "</s:Header><s:Body>" + body + "</s:Body></s:Envelope>")
}

// NewMessageID is a random identifier, "uuid:" and a version 4 UUID in upper case as Windows writes it.
func NewMessageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("uuid:%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
