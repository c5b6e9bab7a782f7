package syslog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Frames takes the messages out of a stream of any framing. Its memory is bounded. It may
// not be used concurrently.
type Frames struct {
	next func() (Line, error)
}

// NewFrames returns a splitter of r that keeps at most max bytes of a message; 0 or less
// means DefaultMax. LF and CRLF are read alike. With None the whole stream is one message.
// An unknown framing is an error.
func NewFrames(r io.Reader, f Framing, max int) (*Frames, error) {
	if max <= 0 {
		max = DefaultMax
	}
	switch f {
	case LF, CRLF:
		return &Frames{NewLines(r, max).Next}, nil
	case NUL:
		return &Frames{newLines(r, max, 0, false).Next}, nil
	case OctetCount:
		return &Frames{(&counted{r: bufio.NewReader(r), max: max}).next}, nil
	case None:
		return &Frames{(&whole{r: r, max: max}).next}, nil
	}
	_, err := ParseFraming(string(f))
	return nil, err
}

// Next returns the next message, also if it is empty; io.EOF at the clean end, a
// *FrameError when the stream is not of this framing, or the reader's error.
func (f *Frames) Next() (Line, error) { return f.next() }

// FrameError says that a stream does not follow octet counting. Nothing after it can be
// read: where the next message begins is unknown.
type FrameError struct {
	Offset int64 // bytes of the stream before the wrong one
	Reason string
}

func (e *FrameError) Error() string {
	return fmt.Sprintf("octet count at byte %d: %s; want the length, a blank, the message (RFC 6587 section 3.4.1)",
		e.Offset, e.Reason)
}

// maxDigits bounds a count. The RFC's grammar has no bound; nine digits are far beyond any
// message and cannot overflow an int.
const maxDigits = 9

// counted reads octet-counted frames.
type counted struct {
	r      *bufio.Reader
	max    int
	offset int64
	buf    []byte
	err    error
}

func (c *counted) next() (Line, error) {
	if c.err != nil {
		return Line{}, c.err
	}
	length, err := c.length()
	if err != nil {
		c.err = err
		return Line{}, err
	}
	return c.message(length)
}

// length reads "NNN ". A line end before it is skipped: some senders put one after each
// message although the count makes it needless, and other receivers bear it too.
func (c *counted) length() (int, error) {
	n, digits := 0, 0
	for {
		b, err := c.r.ReadByte()
		switch {
		case err != nil && digits > 0:
			return 0, c.cutShort(err)
		case err != nil:
			return 0, err
		}
		c.offset++
		switch {
		case digits == 0 && (b == '\n' || b == '\r'):
		case b == ' ' && digits > 0:
			return n, nil
		case b < '0' || b > '9':
			return 0, &FrameError{c.offset - 1, fmt.Sprintf("%q is not a digit", b)}
		case b == '0' && digits == 0:
			return 0, &FrameError{c.offset - 1, "starts with 0"}
		case digits == maxDigits:
			return 0, &FrameError{c.offset - 1, fmt.Sprintf("more than %d digits", maxDigits)}
		default:
			n, digits = n*10+int(b-'0'), digits+1
		}
	}
}

func (c *counted) cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return &FrameError{c.offset, "the stream ends in it"}
	}
	return err
}

// message reads length bytes, keeps the first of them and throws the others away.
func (c *counted) message(length int) (Line, error) {
	keep := min(length, c.max)
	if cap(c.buf) < keep {
		c.buf = make([]byte, keep)
	}
	n, err := io.ReadFull(c.r, c.buf[:keep])
	c.offset += int64(n)
	line := Line{Text: c.buf[:n]}
	if err == nil {
		line.Cut, err = c.r.Discard(length - keep)
		c.offset += int64(line.Cut)
	}
	if err != nil {
		line.Unterminated = true
		if c.err = err; errors.Is(err, io.ErrUnexpectedEOF) {
			c.err = io.EOF
		}
	}
	return line, nil
}

// whole reads a stream as one message.
type whole struct {
	r   io.Reader
	max int
	err error
}

func (w *whole) next() (Line, error) {
	if w.err != nil {
		return Line{}, w.err
	}
	text, err := io.ReadAll(io.LimitReader(w.r, int64(w.max)))
	line := Line{Text: text}
	if err == nil {
		var cut int64
		cut, err = io.Copy(io.Discard, w.r)
		line.Cut = int(cut)
	}
	if w.err = io.EOF; err != nil {
		w.err, line.Unterminated = err, true
	}
	if len(text) == 0 {
		return Line{}, w.err
	}
	return line, nil
}
