package wsman

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of an answer's header. A line of it can hold a token of the log-in.
const (
	maxHeaderLine = 128 << 10
	maxHeader     = 256 << 10
	maxInterim    = 4 // answers of 1xx in front of the real one
)

// Answer is one of HTTP. It is read here and not by net/http, which refuses one with two lengths: OMI sends
// such a one.
type Answer struct {
	Status int
	Reason string
	Header http.Header
	Body   []byte
	// Lengths are the values of Content-Length where they differ; the first one counted.
	Lengths []int64
	// Close says that the connection cannot be used again.
	Close bool
}

// Challenges are the schemes of WWW-Authenticate.
func (a *Answer) Challenges() Challenges { return ParseChallenges(a.Header.Values("Www-Authenticate")) }

// Date is the server's clock, to the second; zero if it does not tell.
func (a *Answer) Date() time.Time {
	t, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// ReadAnswer reads an answer to a POST, with a body of at most limit bytes; 0 means MaxMessage. The error is
// io.EOF before the first byte, another one of the reader, or a *FormatError.
func ReadAnswer(r *bufio.Reader, limit int) (*Answer, error) {
	if limit <= 0 {
		limit = MaxMessage
	}
	for range maxInterim {
		a, err := readHead(r)
		if err != nil {
			return nil, err
		}
		if a.Status >= 200 || a.Status == http.StatusSwitchingProtocols {
			return a, a.readBody(r, limit)
		}
	}
	return nil, badFormat("answer", "more than %d interim answers", maxInterim)
}

// lineReader reads lines up to a bound of them all.
type lineReader struct {
	r    *bufio.Reader
	left int
}

func (l *lineReader) line() (string, error) {
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if l.left -= len(part); l.left < 0 || len(line)+len(part) > maxHeaderLine {
			return "", badFormat("answer", "its header is longer than we take, %d bytes", maxHeader)
		}
		line = append(line, part...)
		if err == nil {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) && len(line) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
	}
}

// tlsAlert is the first byte with which a server of TLS answers one that speaks plainly.
const tlsAlert = 0x15

func readHead(r *bufio.Reader) (*Answer, error) {
	first, err := r.Peek(1)
	if err != nil {
		return nil, err
	}
	if first[0] == tlsAlert {
		return nil, badFormat("answer", "it is an alert of TLS: this port wants HTTPS")
	}
	lines := &lineReader{r, maxHeader}
	status, err := lines.line()
	if err != nil {
		return nil, err
	}
	a := &Answer{Header: http.Header{}}
	protocol, rest, _ := strings.Cut(status, " ")
	code, reason, _ := strings.Cut(rest, " ")
	if a.Status, err = strconv.Atoi(code); err != nil || len(code) != 3 || !strings.HasPrefix(protocol, "HTTP/1.") {
		return nil, badFormat("answer", "%.60q does not begin an answer of HTTP/1.1", status)
	}
	a.Reason, a.Close = reason, protocol == "HTTP/1.0"
	for {
		line, err := lines.line()
		if err != nil {
			return nil, noEOF(err)
		}
		if line == "" {
			return a, a.finishHead()
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, badFormat("answer", "%.60q is no header of HTTP", line)
		}
		a.Header.Add(name, strings.TrimSpace(value))
	}
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (a *Answer) finishHead() error {
	for _, v := range a.Header.Values("Content-Length") {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 {
			return badFormat("answer", "Content-Length %.30q is no length", v)
		}
		if !slices.Contains(a.Lengths, n) {
			a.Lengths = append(a.Lengths, n)
		}
	}
	if len(a.Lengths) > 1 {
		a.Close = true // nobody can tell where the next answer begins
	}
	if strings.EqualFold(a.Header.Get("Connection"), "close") {
		a.Close = true
	}
	return nil
}

func (a *Answer) chunked() bool {
	return strings.EqualFold(a.Header.Get("Transfer-Encoding"), "chunked")
}

func (a *Answer) readBody(r *bufio.Reader, limit int) (err error) {
	lengths := a.Lengths
	if len(lengths) < 2 {
		a.Lengths = nil // one length is none to tell of
	}
	var from io.Reader
	switch {
	case a.Status == http.StatusNoContent || a.Status == http.StatusNotModified:
		return nil
	case a.chunked():
		from = httputil.NewChunkedReader(r)
	case len(lengths) > 0:
		return a.readLength(r, lengths[0], limit)
	default: // until the connection ends, RFC 9112 section 6.3
		from, a.Close = r, true
	}
	a.Body, err = io.ReadAll(io.LimitReader(from, int64(limit)+1))
	if err == nil && len(a.Body) > limit {
		err = tooLong(limit)
	}
	if err == nil && a.chunked() {
		err = readTrailer(r)
	}
	return err
}

func tooLong(limit int) error {
	return badFormat("answer", "its body is longer than we take, %d bytes", limit)
}

func (a *Answer) readLength(r *bufio.Reader, n int64, limit int) error {
	if n > int64(limit) {
		return tooLong(limit)
	}
	if len(a.Lengths) > 1 {
		// OMI, which sends the two, has an empty line too many in front of the body, and does not count it.
		if b, err := r.Peek(2); err == nil && string(b) == "\r\n" {
			_, _ = r.Discard(2) // what Peek has seen is there
		}
	}
	// Not make([]byte, n): a server may announce what it never sends.
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, n)
	a.Body = b.Bytes()
	return noEOF(err)
}

// readTrailer reads what follows the last chunk, up to the empty line.
func readTrailer(r *bufio.Reader) error {
	lines := &lineReader{r, maxPartHeader}
	for {
		line, err := lines.line()
		if err != nil {
			return noEOF(err)
		}
		if line == "" {
			return nil
		}
	}
}
