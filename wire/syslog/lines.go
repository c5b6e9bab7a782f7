package syslog

import (
	"bytes"
	"io"
)

// Line is one message out of a stream.
type Line struct {
	// Text is the message without its framing and without what was cut. It is valid until
	// the next call of Next.
	Text []byte
	// Cut is the number of bytes of the message beyond the maximum. They were read and
	// thrown away; the framing is not counted.
	Cut int
	// Unterminated says that the stream ended, or broke, before the message did.
	Unterminated bool
}

// Lines cuts a stream at LF or CRLF. Its memory is bounded whatever the stream holds. It
// may not be used concurrently.
type Lines struct {
	r   io.Reader
	max int
	sep byte
	cr  bool // a CR before sep belongs to the line end

	buf     []byte
	at, end int   // buf[at:end] is read and not yet given out
	err     error // what r ended with
}

// What the buffer holds beyond the longest line: enough for one TLS record, and for
// throwing a longer line away in decent portions.
const (
	minBuffer = 16 << 10
	headroom  = 4 << 10
)

// NewLines returns a cutter of r that keeps at most max bytes of a line, line end not
// counted. A max of 0 or less means DefaultMax.
func NewLines(r io.Reader, max int) *Lines { return newLines(r, max, '\n', true) }

func newLines(r io.Reader, limit int, sep byte, cr bool) *Lines {
	if limit <= 0 {
		limit = DefaultMax
	}
	return &Lines{r: r, max: limit, sep: sep, cr: cr, buf: make([]byte, max(minBuffer, limit+headroom))}
}

// Next returns the next line, also if it is empty. At the end it returns io.EOF, or what
// the reader failed with; a line that the end left unfinished is returned before that.
func (l *Lines) Next() (Line, error) {
	seen := 0 // bytes from l.at on that hold no separator
	for {
		if i := bytes.IndexByte(l.buf[l.at+seen:l.end], l.sep); i >= 0 {
			text := l.buf[l.at : l.at+seen+i]
			l.at += seen + i + 1
			return l.line(l.withoutCR(text)), nil
		}
		seen = l.end - l.at
		switch {
		case l.err != nil:
			return l.last()
		case seen >= l.max+2: // also without a CR it is longer than max
			return l.overlong()
		}
		l.read(0)
	}
}

// Ready says whether Next will return without reading, and so without waiting.
func (l *Lines) Ready() bool {
	return l.err != nil || bytes.IndexByte(l.buf[l.at:l.end], l.sep) >= 0
}

// line is a line that lies in the buffer whole.
func (l *Lines) line(text []byte) Line {
	if len(text) > l.max {
		return Line{Text: text[:l.max], Cut: len(text) - l.max}
	}
	return Line{Text: text}
}

// last is what the end of the stream leaves. A CR without its LF is no line end and stays.
func (l *Lines) last() (Line, error) {
	if l.at == l.end {
		return Line{}, l.err
	}
	line := l.line(l.buf[l.at:l.end])
	line.Unterminated = true
	l.at = l.end
	return line, nil
}

// overlong keeps the first max bytes at the start of the buffer and reads the rest of the
// line over and over into what lies behind them.
func (l *Lines) overlong() (Line, error) {
	l.compact()
	cut, cr := l.end-l.max, l.buf[l.end-1] == '\r'
	for {
		l.at, l.end = l.max, l.max
		if l.err != nil {
			return Line{Text: l.buf[:l.max], Cut: cut, Unterminated: true}, nil
		}
		l.read(l.max)
		rest := l.buf[l.at:l.end]
		i := bytes.IndexByte(rest, l.sep)
		if i < 0 {
			if len(rest) > 0 {
				cut, cr = cut+len(rest), rest[len(rest)-1] == '\r'
			}
			continue
		}
		if i > 0 {
			cr = rest[i-1] == '\r'
		}
		cut += i
		if cr && l.cr {
			cut--
		}
		l.at += i + 1
		return Line{Text: l.buf[:l.max], Cut: cut}, nil
	}
}

// read reads once, into the free end of the buffer; when there is none, what is not yet
// given out is first moved to the start, unless something is kept there.
func (l *Lines) read(kept int) {
	if kept == 0 && (l.at == l.end || len(l.buf)-l.end < headroom/2) {
		l.compact()
	}
	n, err := readSome(l.r, l.buf[l.end:])
	l.end += n
	l.err = err
}

func (l *Lines) compact() {
	l.end = copy(l.buf, l.buf[l.at:l.end])
	l.at = 0
}

func (l *Lines) withoutCR(text []byte) []byte {
	if l.cr {
		return trimCR(text)
	}
	return text
}

// readSome reads until there is something or an error. A reader that gives neither for
// long is broken (io.Reader discourages it) and would keep us busy for ever.
func readSome(r io.Reader, into []byte) (int, error) {
	for range 100 {
		if n, err := r.Read(into); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}
