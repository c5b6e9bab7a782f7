// Package syslog is syslog messages as bytes, both ways: how they are framed, built, filled
// in from a template and, for display, taken apart.
//
// What matches a message works on its raw bytes; nothing here is in its way. Reading
// headers (ParseHeader) costs ten times as much as matching and is for people to look at.
package syslog

import (
	"fmt"
	"strings"
)

// DefaultMax is the longest message kept where no other limit is given, in bytes: what
// RFC 5425 section 4.3.1 says a receiver should accept.
const DefaultMax = 8192

// Format is how a message begins.
type Format string

// The formats.
const (
	Raw     Format = "raw"     // no header that either RFC describes; there may be a PRI
	RFC3164 Format = "rfc3164" // <PRI>Mmm dd hh:mm:ss host tag[pid]: text
	RFC5424 Format = "rfc5424" // <PRI>1 time host app proc msgid [data] text
)

// Formats lists them all.
func Formats() []Format { return []Format{RFC3164, RFC5424, Raw} }

// ParseFormat reads the word of a format.
func ParseFormat(s string) (Format, error) { return parseWord("format", s, Formats()) }

func parseWord[W ~string](what, s string, all []W) (W, error) {
	words := make([]string, len(all))
	for i, w := range all {
		if string(w) == s {
			return w, nil
		}
		words[i] = string(w)
	}
	return "", fmt.Errorf("%s %q: want one of %s", what, s, strings.Join(words, ", "))
}

// Element is one SD-ELEMENT of an RFC 5424 message's structured data.
type Element struct {
	ID     string // "origin", "uid@32473"
	Params []Param
}

// Param is one PARAM of an Element. Value is as meant, without the backslashes of the wire.
type Param struct{ Name, Value string }
