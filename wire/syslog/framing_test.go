package syslog

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	gosyslog "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/octetcounting"
	"github.com/leodido/go-syslog/v4/rfc5424"
)

func TestAppendFrame(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		framing Framing
		want    string
	}{
		{LF, "<13>hi\n"},
		{CRLF, "<13>hi\r\n"},
		{NUL, "<13>hi\x00"},
		{OctetCount, "6 <13>hi"},
		{None, "<13>hi"},
	} {
		t.Run(string(row.framing), func(t *testing.T) {
			t.Parallel()
			got := string(AppendFrame([]byte("before "), []byte("<13>hi"), row.framing))
			if got != "before "+row.want {
				t.Errorf("AppendFrame = %q, want %q", got, "before "+row.want)
			}
			if f, err := ParseFraming(string(row.framing)); f != row.framing || err != nil {
				t.Errorf("ParseFraming(%q) = %q, %v", row.framing, f, err)
			}
		})
	}
}

func TestParseFramingNamesTheWords(t *testing.T) {
	t.Parallel()
	_, err := ParseFraming("octet")
	want := `framing "octet": want one of lf, crlf, nul, octet-count, none`
	if err == nil || err.Error() != want {
		t.Errorf("ParseFraming = %v, want %s", err, want)
	}
	if _, err := NewFrames(strings.NewReader(""), "octet", 0); err == nil || err.Error() != want {
		t.Errorf("NewFrames = %v, want %s", err, want)
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		framing Framing
		in      string
		want    []read
		err     string // "" for io.EOF
	}{
		{"lf", LF, "a\nb\n", []read{{Text: "a"}, {Text: "b"}}, ""},
		{"crlf reads LF too", CRLF, "a\r\nb\n", []read{{Text: "a"}, {Text: "b"}}, ""},
		{"nul", NUL, "a\nb\x00c\r\x00", []read{{Text: "a\nb"}, {Text: "c\r"}}, ""},
		{"nul, over the limit", NUL, "1234567890123\x00c\x00", []read{{Text: "12345678", Cut: 5}, {Text: "c"}}, ""},
		{"nul, CR is the last byte beyond", NUL, "1234567890\r\x00c\x00", []read{{Text: "12345678", Cut: 3}, {Text: "c"}}, ""},
		{"none", None, "a\nb\n", []read{{Text: "a\nb\n"}}, ""},
		{"none, over the limit", None, "123456789", []read{{Text: "12345678", Cut: 1}}, ""},
		{"none, nothing", None, "", nil, ""},
		{"count", OctetCount, "1 a2 bc", []read{{Text: "a"}, {Text: "bc"}}, ""},
		{"count with line ends inside", OctetCount, "4 a\nb\n1 c", []read{{Text: "a\nb\n"}, {Text: "c"}}, ""},
		{"count with needless line ends", OctetCount, "1 a\n1 b\r\n1 c\n", []read{{Text: "a"}, {Text: "b"}, {Text: "c"}}, ""},
		{"count over the limit", OctetCount, "12 abcdefghijkl1 m", []read{{Text: "abcdefgh", Cut: 4}, {Text: "m"}}, ""},
		{"count beyond the end", OctetCount, "5 ab", []read{{Text: "ab", Unterminated: true}}, ""},
		{"count and nothing", OctetCount, "5 ", []read{{Unterminated: true}}, ""},
		{"count over the limit and beyond the end", OctetCount, "12 abcdefghij", []read{{Text: "abcdefgh", Cut: 2, Unterminated: true}}, ""},
		{"no count", OctetCount, "<13>hi\n", nil,
			`octet count at byte 0: '<' is not a digit; want the length, a blank, the message (RFC 6587 section 3.4.1)`},
		{"leading zero", OctetCount, "1 a01 b", []read{{Text: "a"}},
			`octet count at byte 3: starts with 0; want the length, a blank, the message (RFC 6587 section 3.4.1)`},
		{"count of nothing", OctetCount, "0 ", nil,
			`octet count at byte 0: starts with 0; want the length, a blank, the message (RFC 6587 section 3.4.1)`},
		{"huge count", OctetCount, "9999999999 x", nil,
			`octet count at byte 9: more than 9 digits; want the length, a blank, the message (RFC 6587 section 3.4.1)`},
		{"half a count", OctetCount, "1 a12", []read{{Text: "a"}},
			`octet count at byte 5: the stream ends in it; want the length, a blank, the message (RFC 6587 section 3.4.1)`},
		{"wrong count", OctetCount, "2 abc", []read{{Text: "ab"}},
			`octet count at byte 4: 'c' is not a digit; want the length, a blank, the message (RFC 6587 section 3.4.1)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for portions, r := range chunked(row.in) {
				frames, err := NewFrames(r, row.framing, 8)
				if err != nil {
					t.Fatal(err)
				}
				got, err := readAll(frames.Next)
				if diff := cmp.Diff(row.want, got); diff != "" {
					t.Errorf("%s: frames of %q (-want +got):\n%s", portions, row.in, diff)
				}
				if row.err == "" && err != io.EOF || row.err != "" && err.Error() != row.err {
					t.Errorf("%s: ended with %v, want %s", portions, err, row.err)
				}
				if _, again := frames.Next(); again != err {
					t.Errorf("%s: Next after the end = %v, want %v again", portions, again, err)
				}
			}
		})
	}
}

func TestFramesReturnsWhatABrokenStreamLeft(t *testing.T) {
	t.Parallel()
	broken := errors.New("reset")
	for _, row := range []struct {
		framing Framing
		in      string
		want    []read
	}{
		{OctetCount, "3 abc5 de", []read{{Text: "abc"}, {Text: "de", Unterminated: true}}},
		{OctetCount, "3 abc5", []read{{Text: "abc"}}},
		{NUL, "abc\x00de", []read{{Text: "abc"}, {Text: "de", Unterminated: true}}},
		{None, "abc", []read{{Text: "abc", Unterminated: true}}},
	} {
		t.Run(string(row.framing)+" "+row.in, func(t *testing.T) {
			t.Parallel()
			frames, err := NewFrames(io.MultiReader(strings.NewReader(row.in), iotest.ErrReader(broken)), row.framing, 8)
			if err != nil {
				t.Fatal(err)
			}
			got, err := readAll(frames.Next)
			if diff := cmp.Diff(row.want, got); diff != "" || err != broken {
				t.Errorf("error %v, want %v; (-want +got):\n%s", err, broken, diff)
			}
		})
	}
}

// go-syslog's octet-counting reader is an implementation that nobody here wrote.
func TestOctetCountsAgreeWithGoSyslog(t *testing.T) {
	t.Parallel()
	texts := []string{"one", "two\nlines", "日本語", strings.Repeat("x", 5000)}
	var stream []byte
	for _, text := range texts {
		m := Message{Priority: 38, Host: "fw1.corp.example", App: "radiusd", Text: text}
		raw, err := m.Append(nil, RFC5424)
		if err != nil {
			t.Fatal(err)
		}
		stream = AppendFrame(stream, raw, OctetCount)
	}
	var got []string
	octetcounting.NewParser(gosyslog.WithListener(func(r *gosyslog.Result) {
		if r.Error != nil {
			t.Errorf("go-syslog: %v", r.Error)
			return
		}
		got = append(got, *r.Message.(*rfc5424.SyslogMessage).Message)
	})).Parse(bytes.NewReader(stream))
	if diff := cmp.Diff(texts, got); diff != "" {
		t.Errorf("go-syslog reads (-want +got):\n%s", diff)
	}
}

// What AppendFrame writes, Frames reads, unless the message holds the separator.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("1 a2 bc"), []byte("message"), uint8(1))
	f.Add([]byte("\n\x00\r\n9999999999 "), []byte("a\rb"), uint8(7))
	f.Fuzz(func(t *testing.T, stream, message []byte, size uint8) {
		for _, framing := range Framings() {
			frames, err := NewFrames(&portions{bytes.NewReader(stream), int(size) + 1}, framing, 16)
			if err != nil {
				t.Fatal(err)
			}
			lines, _ := readAll(frames.Next)
			var text int
			for _, l := range lines {
				text += len(l.Text) + l.Cut
				if len(l.Text) > 16 {
					t.Errorf("%s: %d bytes kept, the limit is 16", framing, len(l.Text))
				}
			}
			if text > len(stream) {
				t.Errorf("%s: %d bytes of text from a stream of %d", framing, text, len(stream))
			}
			roundTrip(t, framing, message)
		}
	})
}

func roundTrip(t *testing.T, framing Framing, message []byte) {
	separators := map[Framing]string{LF: "\n", CRLF: "\n", NUL: "\x00"}[framing]
	if bytes.ContainsAny(message, separators) || len(message) == 0 {
		return
	}
	if framing == LF && message[len(message)-1] == '\r' { // becomes part of a CRLF
		return
	}
	stream := AppendFrame(nil, message, framing)
	if framing != None {
		stream = AppendFrame(stream, message, framing)
	}
	frames, err := NewFrames(bytes.NewReader(stream), framing, len(message))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(frames.Next)
	if err != io.EOF || got[0].Text != string(message) || framing != None && (len(got) != 2 || got[0] != got[1]) {
		t.Errorf("%s: %q comes back as %+v, %v", framing, message, got, err)
	}
}
