package diagnose

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLayers bounds archives inside archives.
const maxLayers = 3

// unpack returns the text of r: it takes gzip off and turns UTF-16 into UTF-8. What is no text
// at all is an error.
func unpack(r io.Reader) (io.Reader, error) {
	for range maxLayers {
		b := bufio.NewReaderSize(r, 64<<10)
		head, err := headOf(b)
		if err != nil {
			return nil, err
		}
		switch {
		case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
			z, err := gzip.NewReader(b)
			if err != nil {
				return nil, fmt.Errorf("unpack gzip: %w", err)
			}
			r = unzipped{z}
			continue
		case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
			return newUTF16(b, head[0] == 0xfe), nil
		case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
			_, err := b.Discard(3)
			return b, err
		}
		return b, notText(head)
	}
	return nil, fmt.Errorf("more than %d archives inside each other", maxLayers-1)
}

// headOf is as much of the beginning as it takes to know what it is. A text that is still being
// written is not waited for.
func headOf(b *bufio.Reader) ([]byte, error) {
	head, err := b.Peek(1)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte([]byte("\x1f\xff\xfe\xefP\xd4M\n"), head[0]) >= 0 {
		b.Peek(4) // what is there is enough
	}
	head, _ = b.Peek(b.Buffered())
	if bytes.IndexByte(head, 0) >= 0 {
		b.Peek(tarMagic + 5) // likewise
	}
	head, _ = b.Peek(b.Buffered())
	return head, nil
}

// tarMagic is where a tar archive says what it is.
const tarMagic = 257

// unzipped names the layer in which reading failed.
type unzipped struct{ *gzip.Reader }

func (u unzipped) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("unpack gzip: %w", err)
	}
	return n, err
}

// notText knows the files that people give in place of a text.
func notText(head []byte) error {
	for _, f := range []struct {
		at    int
		magic string
		is    string
	}{
		{tarMagic, "ustar", "a tar archive: unpack it and give the log inside, such as var/log/pan/useridd.log"},
		{0, "PK\x03\x04", "a zip archive: unpack it and give the files inside"},
		{0, "\xd4\xc3\xb2\xa1", "a packet capture, which is not read yet: give the log or the outputs of commands"},
		{0, "\x4d\x3c\xb2\xa1", "a packet capture, which is not read yet: give the log or the outputs of commands"},
		{0, "\x0a\x0d\x0d\x0a", "a packet capture, which is not read yet: give the log or the outputs of commands"},
	} {
		if len(head) > f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			return errors.New("this is " + f.is)
		}
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8: what PowerShell writes with ">".
type utf16Reader struct {
	r    *bufio.Reader
	big  bool
	rest []byte
	err  error
}

func newUTF16(r *bufio.Reader, big bool) io.Reader {
	_, err := r.Discard(2)
	return &utf16Reader{r: r, big: big, err: err}
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.rest) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// fill converts some thousand characters. Half a character at the end becomes U+FFFD.
func (u *utf16Reader) fill() {
	out := u.rest[:0]
	for range 4096 {
		c, ok := u.unit()
		if !ok {
			break
		}
		if utf16.IsSurrogate(rune(c)) {
			second, ok := u.unit()
			if !ok {
				out = utf8.AppendRune(out, utf8.RuneError)
				break
			}
			out = utf8.AppendRune(out, utf16.DecodeRune(rune(c), rune(second)))
			continue
		}
		out = utf8.AppendRune(out, rune(c))
	}
	u.rest = out
}

func (u *utf16Reader) unit() (uint16, bool) {
	a, err := u.r.ReadByte()
	if err != nil {
		u.err = err
		return 0, false
	}
	b, err := u.r.ReadByte()
	if err != nil {
		u.err = err
		return utf8.RuneError, errors.Is(err, io.EOF)
	}
	if u.big {
		a, b = b, a
	}
	return uint16(a) | uint16(b)<<8, true
}
