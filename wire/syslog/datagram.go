package syslog

import (
	"bytes"
	"iter"
)

// SplitDatagram yields the messages of a datagram, which LF or CRLF separates. An empty
// line is not a message. One zero byte at the end of the datagram is left out: it is the
// end of a C string that was sent whole. The messages are parts of datagram, not copies,
// and may be yielded anew by ranging again.
func SplitDatagram(datagram []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		rest := bytes.TrimSuffix(datagram, []byte{0})
		for len(rest) > 0 {
			line, after, _ := bytes.Cut(rest, []byte{'\n'})
			rest = after
			if line = trimCR(line); len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}

// trimCR removes the carriage return that stood before a line feed. At the end of a
// datagram it does no harm: no message means to end in one.
func trimCR(line []byte) []byte { return bytes.TrimSuffix(line, []byte{'\r'}) }
