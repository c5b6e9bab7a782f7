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

// maxLayers bounds compression inside compression.
const maxLayers = 3

// form is what a file is once it is unpacked.
type form int

const (
	formText form = iota
	formBinary
	formCapture
	formTar
	formZip
)

// unpack takes gzip off, says what there is, and turns UTF-16 into UTF-8. What is compressed more
// often than is believable is an error.
func unpack(r io.Reader) (io.Reader, form, error) {
	for range maxLayers {
		b := bufio.NewReaderSize(r, 64<<10)
		head, err := headOf(b)
		if err != nil {
			return nil, formText, err
		}
		switch {
		case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
			z, err := gzip.NewReader(b)
			if err != nil {
				return nil, formText, fmt.Errorf("unpack gzip: %w", err)
			}
			r = unzipped{z}
			continue
		case isCapture(head):
			return b, formCapture, nil
		case len(head) > tarMagic && bytes.HasPrefix(head[tarMagic:], []byte("ustar")):
			return b, formTar, nil
		case bytes.HasPrefix(head, []byte("PK\x03\x04")):
			return b, formZip, nil
		case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
			return newUTF16(b, head[0] == 0xfe), formText, nil
		case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
			_, err := b.Discard(3)
			return b, formText, err
		case bytes.IndexByte(head, 0) >= 0:
			return b, formBinary, nil
		}
		return b, formText, nil
	}
	return nil, formText, fmt.Errorf("more than %d archives inside each other", maxLayers-1)
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
	if bytes.IndexByte([]byte("\x1f\xff\xfe\xefP\xd4\xa1M\n"), head[0]) >= 0 {
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
