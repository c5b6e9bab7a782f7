package syslog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// read is a Line as a value that stays.
type read struct {
	Text         string
	Cut          int
	Unterminated bool
}

// readAll calls next until it fails.
func readAll(next func() (Line, error)) (lines []read, err error) {
	for {
		l, err := next()
		if err != nil {
			return lines, err
		}
		lines = append(lines, read{string(l.Text), l.Cut, l.Unterminated})
	}
}

// chunked are readers that give the same bytes in other portions: what a line is must not
// depend on where a packet ends.
func chunked(s string) map[string]io.Reader {
	return map[string]io.Reader{
		"whole":           strings.NewReader(s),
		"byte by byte":    iotest.OneByteReader(strings.NewReader(s)),
		"halves":          iotest.HalfReader(strings.NewReader(s)),
		"EOF with data":   iotest.DataErrReader(strings.NewReader(s)),
		"with pauses":     &pausing{r: strings.NewReader(s)},
		"three at a time": &portions{strings.NewReader(s), 3},
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	const limit = 8
	for _, row := range []struct {
		name string
		in   string
		want []read
	}{
		{"nothing", "", nil},
		{"LF", "a\nb\n", []read{{Text: "a"}, {Text: "b"}}},
		{"CRLF", "a\r\nb\r\n", []read{{Text: "a"}, {Text: "b"}}},
		{"mixed", "a\nb\r\nc\n", []read{{Text: "a"}, {Text: "b"}, {Text: "c"}}},
		{"empty lines", "\n\r\n", []read{{}, {}}},
		{"a CR inside stays", "a\rb\n", []read{{Text: "a\rb"}}},
		{"of two CRs one is the line end's", "a\r\r\n", []read{{Text: "a\r"}}},
		{"no end", "a\nb", []read{{Text: "a"}, {Text: "b", Unterminated: true}}},
		{"a CR at the end is no line end", "a\r", []read{{Text: "a\r", Unterminated: true}}},
		{"NUL is data", "a\x00b\n", []read{{Text: "a\x00b"}}},
		{"invalid UTF-8 is data", "\xff\xfe\n", []read{{Text: "\xff\xfe"}}},
		{"just the limit", "12345678\n", []read{{Text: "12345678"}}},
		{"just the limit and CRLF", "12345678\r\n", []read{{Text: "12345678"}}},
		{"one over", "123456789\nb\n", []read{{Text: "12345678", Cut: 1}, {Text: "b"}}},
		{"one over and CRLF", "123456789\r\nb\n", []read{{Text: "12345678", Cut: 1}, {Text: "b"}}},
		{"two over and CRLF", "1234567890\r\nb\n", []read{{Text: "12345678", Cut: 2}, {Text: "b"}}},
		{"CR is the byte beyond", "12345678\rx\nb\n", []read{{Text: "12345678", Cut: 2}, {Text: "b"}}},
		{"far over", strings.Repeat("x", 100_000) + "\r\nb\n",
			[]read{{Text: "xxxxxxxx", Cut: 99_992}, {Text: "b"}}},
		{"far over, without an end", strings.Repeat("x", 100_000),
			[]read{{Text: "xxxxxxxx", Cut: 99_992, Unterminated: true}}},
		{"one over, without an end", "123456789", []read{{Text: "12345678", Cut: 1, Unterminated: true}}},
		{"many lines cross the buffer", strings.Repeat("1234567\n", 5000), slicesRepeat(read{Text: "1234567"}, 5000)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for portions, r := range chunked(row.in) {
				got, err := readAll(NewLines(r, limit).Next)
				if diff := cmp.Diff(row.want, got); diff != "" {
					t.Errorf("%s: lines of %.60q (-want +got):\n%s", portions, row.in, diff)
				}
				if err != io.EOF {
					t.Errorf("%s: ended with %v, want io.EOF", portions, err)
				}
			}
		})
	}
}

func TestLinesReturnsWhatABrokenStreamLeft(t *testing.T) {
	t.Parallel()
	broken := errors.New("reset")
	l := NewLines(io.MultiReader(strings.NewReader("a\nhalf"), iotest.ErrReader(broken)), 100)
	got, err := readAll(l.Next)
	want := []read{{Text: "a"}, {Text: "half", Unterminated: true}}
	if diff := cmp.Diff(want, got); diff != "" || err != broken {
		t.Errorf("error %v, want %v; lines (-want +got):\n%s", err, broken, diff)
	}
	if _, again := l.Next(); again != broken {
		t.Errorf("Next after the end = %v, want %v again", again, broken)
	}
}

func TestLinesGivesUpOnAReaderWithoutProgress(t *testing.T) {
	t.Parallel()
	if _, err := NewLines(idle{}, 100).Next(); err != io.ErrNoProgress {
		t.Errorf("Next = %v, want io.ErrNoProgress", err)
	}
}

func TestLinesReady(t *testing.T) {
	t.Parallel()
	l := NewLines(&portions{strings.NewReader("a\nb\nhalf a line\n"), 5}, 100) // "a\nb\nh", "alf a", …
	for i, want := range []bool{false, true, false, true} {
		if got := l.Ready(); got != want {
			t.Errorf("Ready before line %d = %v, want %v", i+1, got, want)
		}
		if _, err := l.Next(); err != nil && i < 3 {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if i == 2 { // the end is known only when it was read
			_, _ = l.Next()
		}
	}
}

func TestLinesMemoryIsBounded(t *testing.T) { // not parallel: it counts allocations
	endless := io.LimitReader(letters{}, 64<<20)
	l := NewLines(endless, 1000)
	line, err := l.Next()
	if err != nil || line.Cut != 64<<20-1000 || !line.Unterminated {
		t.Errorf("Next = cut %d, unterminated %v, %v; want %d, true, nil", line.Cut, line.Unterminated, err, 64<<20-1000)
	}
	if len(l.buf) > 64<<10 {
		t.Errorf("the buffer has %d bytes for a limit of 1000", len(l.buf))
	}
	if n := testing.AllocsPerRun(1, func() { _, _ = NewLines(io.LimitReader(letters{}, 1<<20), 1000).Next() }); n > 4 {
		t.Errorf("%v allocations for one endless line", n)
	}
}

// bufio.ScanLines is an implementation that nobody here wrote.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"", "a\nb\r\n", "\r\r\n\n", "half", "123456789\n12345678\r\n", "\x00\xff\n"} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		var want []read
		s := bufio.NewScanner(bytes.NewReader(stream))
		s.Buffer(nil, len(stream)+2)
		for s.Scan() {
			text := s.Text()
			keep := min(len(text), 8)
			want = append(want, read{Text: text[:keep], Cut: len(text) - keep})
		}
		if n := len(stream); n > 0 && stream[n-1] != '\n' {
			last := &want[len(want)-1] // the scanner takes a CR for a line end there
			if stream[n-1] == '\r' {
				if full := last.Text; last.Cut == 0 && len(full) < 8 {
					last.Text += "\r"
				} else {
					last.Cut++
				}
			}
			last.Unterminated = true
		}
		got, err := readAll(NewLines(&portions{bytes.NewReader(stream), int(size) + 1}, 8).Next)
		if diff := cmp.Diff(want, got); diff != "" || err != io.EOF {
			t.Errorf("%q: %v; (-want +got):\n%s", stream, err, diff)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	line := strings.Repeat("x", 233) + "\n"
	block := []byte(strings.Repeat(line, 4000))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	l := NewLines(bytes.NewReader(block), 0)
	for b.Loop() {
		if _, err := l.Next(); err == io.EOF {
			l = NewLines(bytes.NewReader(block), 0)
		}
	}
}

func slicesRepeat(r read, n int) []read {
	all := make([]read, n)
	for i := range all {
		all[i] = r
	}
	return all
}

// pausing gives nothing on every second read, which a reader may.
type pausing struct {
	r io.Reader
	n int
}

func (p *pausing) Read(b []byte) (int, error) {
	if p.n++; p.n%2 == 0 {
		return 0, nil
	}
	return p.r.Read(b)
}

// portions gives at most n bytes a read.
type portions struct {
	r io.Reader
	n int
}

func (p *portions) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }

// letters is an endless line.
type letters struct{}

func (letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// idle never gives anything and never ends.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }
