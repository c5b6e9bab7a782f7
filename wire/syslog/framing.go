package syslog

import "strconv"

// Framing is how messages are told apart in a stream. The zero value is not a framing.
type Framing string

// The framings. The vendor's documents know LF and CRLF only ("each message is a single
// line"); the others are what senders on the market do.
const (
	LF         Framing = "lf"          // a line feed after each message (RFC 6587 section 3.4.2)
	CRLF       Framing = "crlf"        // carriage return and line feed after each message
	NUL        Framing = "nul"         // a zero byte after each message (RFC 6587 section 3.4.2)
	OctetCount Framing = "octet-count" // length and a blank before each message (RFC 6587 section 3.4.1)
	None       Framing = "none"        // nothing: a datagram is a message
)

// Framings lists them all.
func Framings() []Framing { return []Framing{LF, CRLF, NUL, OctetCount, None} }

// ParseFraming reads the word of a framing. The error lists the words.
func ParseFraming(s string) (Framing, error) { return parseWord("framing", s, Framings()) }

// AppendFrame appends message to dst as framing f puts it on a stream. A message that
// itself holds the framing's separator is appended as it is: a receiver will see several.
// A framing that is not one of Framings adds nothing, as None.
func AppendFrame(dst, message []byte, f Framing) []byte {
	if f == OctetCount {
		dst = strconv.AppendInt(dst, int64(len(message)), 10)
		dst = append(dst, ' ')
	}
	dst = append(dst, message...)
	switch f {
	case LF:
		dst = append(dst, '\n')
	case CRLF:
		dst = append(dst, '\r', '\n')
	case NUL:
		dst = append(dst, 0)
	}
	return dst
}
