package firewall

import (
	"bytes"
	"iter"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// rules cut what a transport brings into messages, as the dialect says.
type rules struct{ dialect panos.Dialect }

// piece is one message, or what is left of one.
type piece struct {
	text    []byte
	size    int  // bytes of the message it comes from, line end not counted
	cut     int  // bytes of that message that neither this piece nor one after it has
	over    bool // the first piece of a message above the limit
	dropped bool // text is empty because of the limit
}

// countDigits is the room that an octet count and its blank take at most (RFC 6587
// section 3.4.1 sets no limit; ten digits number more bytes than a message has).
const countDigits = 11

// splitRoom bounds a line of a stream whose over-long messages are split, in bytes: what
// is beyond it is thrown away. A datagram is never longer.
const splitRoom = 64 << 10

// lineLimit is how much of a line of a stream has to be kept.
func (r rules) lineLimit() int {
	limit := int(r.dialect.MaxMessage)
	if r.dialect.OverLong == panos.OverLongSplit {
		limit = max(limit, splitRoom)
	}
	return limit + countDigits
}

// datagram yields the messages of a datagram.
func (r rules) datagram(data []byte) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for text := range r.lines(data) {
			for p := range r.message(text, 0) {
				if !yield(p) {
					return
				}
			}
		}
	}
}

func (r rules) lines(data []byte) iter.Seq[[]byte] {
	if r.dialect.DatagramLines != panos.DatagramWhole {
		return syslog.SplitDatagram(data)
	}
	return func(yield func([]byte) bool) {
		data := bytes.TrimRight(bytes.TrimSuffix(data, []byte{0}), "\r\n")
		if len(data) > 0 {
			yield(data)
		}
	}
}

// message yields what becomes of one message of which cut bytes were not kept.
func (r rules) message(text []byte, cut int) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		if r.dialect.OctetCount == panos.OctetCountStrip {
			text = withoutCount(text)
		}
		limit, size := int(r.dialect.MaxMessage), len(text)+cut
		switch {
		case size == 0: // an empty line is not a message
		case size <= limit:
			yield(piece{text: text, size: size})
		case r.dialect.OverLong == panos.OverLongDrop:
			yield(piece{size: size, cut: size, over: true, dropped: true})
		case r.dialect.OverLong == panos.OverLongSplit:
			for first := true; len(text) > 0; first = false {
				n := min(limit, len(text))
				p := piece{text: text[:n], size: size, over: first}
				if text = text[n:]; len(text) == 0 {
					p.cut = cut
				}
				if !yield(p) {
					return
				}
			}
		default:
			n := min(limit, len(text))
			yield(piece{text: text[:n], size: size, cut: size - n, over: true})
		}
	}
}

// withoutCount removes an RFC 6587 octet count and its blank. It is one only if a priority follows, as
// every message of that RFC has: a line may begin with the year as well.
func withoutCount(text []byte) []byte {
	digits := 0
	for digits < len(text) && digits < countDigits && '0' <= text[digits] && text[digits] <= '9' {
		digits++
	}
	if digits == 0 || digits == countDigits || text[0] == '0' {
		return text
	}
	if rest, ok := bytes.CutPrefix(text[digits:], []byte(" <")); ok {
		return text[len(text)-len(rest)-1:]
	}
	return text
}
