package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/panos"
)

// streamers are matchers of each way through a block: one profile with a literal to search
// for, several behind a sieve, and one that has to see every line.
func streamers(t *testing.T) map[string]*Matcher {
	t.Helper()
	regex := func(name, event string) Attachment {
		return Attachment{Profile{Name: name, Regex: &RegexIdentifier{event, `u=([^,]+)`, `i=([0-9.]+)`}}, panos.Login}
	}
	logout := regex("out", "logout")
	logout.Event = panos.Logout
	field := Attachment{Profile{Name: "field", Field: &FieldIdentifier{"stop", "u=", ",", "i=", ",", 2}}, panos.Logout}
	all := map[string]*Matcher{}
	for name, attachments := range map[string][]Attachment{
		"one":     {regex("in", "login ok")},
		"several": {regex("in", "login ok"), logout, field},
		"blind":   {regex("any", "(?i)log(in|out)")},
		"none":    nil,
	} {
		m, err := Compile(Config{Attachments: attachments})
		if err != nil {
			t.Fatal(err)
		}
		all[name] = m
	}
	return all
}

// slowly is what Stream must say: line by line, with nothing clever.
func slowly(m *Matcher, text []byte, most int) (total Totals, out string) {
	var b strings.Builder
	for len(text) > 0 {
		line, rest, ended := bytes.Cut(text, []byte{'\n'})
		text = rest
		total.Lines++
		total.Unterminated = !ended
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) > most {
			total.OverLong++
			line = line[:most]
		}
		if bytes.IndexByte(line, 0) >= 0 {
			total.NUL++
		}
		complete := line
		if len(line) == most {
			complete = bytes.TrimSuffix(line, []byte{0xc3}) // an é that was cut in two by us
		}
		if !utf8.Valid(complete) {
			total.NotUTF8++
		}
		matches := m.Match(nil, line)
		if len(matches) > 0 {
			total.Matched++
		}
		for _, match := range matches {
			if match.Event == panos.Logout {
				total.Logouts++
			} else {
				total.Logins++
			}
		}
		fmt.Fprintf(&b, "%d %d %d\n", total.Lines, len(line), len(matches))
	}
	return total, b.String()
}

func TestStreamIsLineByLine(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	bits := []string{
		"login ok u=jane, i=192.0.2.1,", "logout u=jo, i=192.0.2.2,", "stop u=x, i=192.0.2.3, i=192.0.2.4,", "noise without end ",
		"\n", "\n", "\n", "\r\n", "\r", "\x00", "\xff", "é", strings.Repeat("long ", 30), "LOGIN u=a, i=2001:db8::1,",
	}
	matchers := streamers(t)
	for range 400 {
		var text bytes.Buffer
		for range r.IntN(120) {
			text.WriteString(bits[r.IntN(len(bits))])
		}
		config := StreamConfig{MaxLine: 40 + r.IntN(80), Jobs: 1 + r.IntN(3), block: 256 + r.IntN(600)}
		for name, m := range matchers {
			want, lines := slowly(m, text.Bytes(), config.MaxLine)
			if config.block/2 < config.MaxLine {
				continue
			}
			got, err := Stream(t.Context(), iotest.OneByteReader(bytes.NewReader(text.Bytes())), nil, []*Matcher{m}, config)
			if err != nil || got != want {
				t.Fatalf("%s, %+v: %q\ngot  %+v, %v\nwant %+v", name, config, text.String(), got, err, want)
			}
			var out strings.Builder
			written := config
			written.Append = func(dst []byte, l Line) []byte {
				return fmt.Appendf(dst, "%d %d %d\n", l.Number, len(l.Text), len(l.Found))
			}
			got, err = Stream(t.Context(), bytes.NewReader(text.Bytes()), &out, []*Matcher{m}, written)
			if err != nil || got != want || out.String() != lines {
				t.Fatalf("%s, %+v: %q\ngot  %+v, %v\n%s\nwant %+v\n%s", name, config, text.String(), got, err, out.String(), want, lines)
			}
		}
	}
}

// endless gives the same bytes for ever, or as often as told.
type endless struct {
	text []byte
	left int // bytes; < 0 is without end
	read int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, e.text)
	if e.left > 0 {
		n = min(n, e.left)
		e.left -= n
	}
	e.read += int64(n)
	return n, nil
}

func TestStreamOfOneLongLine(t *testing.T) {
	t.Parallel()
	m := streamers(t)["one"]
	const size = 100 << 20
	var cut int64
	config := StreamConfig{Append: func(dst []byte, l Line) []byte { cut += l.Cut; return dst }, Jobs: 1}
	total, err := Stream(t.Context(), io.MultiReader(&endless{text: bytes.Repeat([]byte("x"), 4096), left: size}, strings.NewReader("\nlogin ok u=jane, i=192.0.2.1,\n")), io.Discard, []*Matcher{m}, config)
	want := Totals{Lines: 2, Matched: 1, Logins: 1, OverLong: 1}
	if err != nil || total != want || cut != size-DefaultMaxLine {
		t.Errorf("got %+v, %d bytes cut, %v; want %+v, %d", total, cut, err, want, size-DefaultMaxLine)
	}
}

func TestStreamEnds(t *testing.T) {
	t.Parallel()
	m := streamers(t)["one"]
	broken := errors.New("the disk is gone")
	total, err := Stream(t.Context(), io.MultiReader(strings.NewReader("login ok u=a, i=192.0.2.1,\nrest"), iotest.ErrReader(broken)), nil, []*Matcher{m}, StreamConfig{})
	if !errors.Is(err, broken) || total.Matched != 1 || total.Lines != 2 {
		t.Errorf("a reader that breaks: %+v, %v", total, err)
	}

	forEach := func(dst []byte, l Line) []byte { return append(dst, '.') }
	full := errors.New("the disk is full")
	source := &endless{text: []byte("line\n"), left: -1}
	if _, err := Stream(t.Context(), source, writerFunc(func([]byte) (int, error) { return 0, full }), []*Matcher{m}, StreamConfig{Append: forEach}); !errors.Is(err, full) {
		t.Errorf("a writer that breaks: %v", err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	_, err = Stream(ctx, source, writerFunc(func(p []byte) (int, error) { cancel(enough); return len(p), nil }), []*Matcher{m}, StreamConfig{Append: forEach})
	if !errors.Is(err, enough) {
		t.Errorf("cancelled: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// clean may doubt a text that is ASCII without a NUL, but takes none for it that is not.
func TestClean(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("plain text\tof\x01 many\x7f bytes\n"), 9)
	if !clean(text) || !clean(nil) {
		t.Error("plain text is not clean")
	}
	for i := range text {
		for _, c := range []byte{0, 0x80, 0xff} {
			spoilt := bytes.Clone(text)
			spoilt[i] = c
			if clean(spoilt) {
				t.Errorf("%#x at %d is clean", c, i)
			}
		}
	}
}
