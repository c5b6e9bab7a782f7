package report

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// assertInert fails if anything in text could steer what shows it.
func assertInert(t *testing.T, text string, o TextOptions) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("not UTF-8: %.200q", text)
	}
	if o.Color {
		for _, c := range []color{bold, faint, red, green, yellow, purple, "0"} {
			text = strings.ReplaceAll(text, "\x1b["+string(c)+"m", "")
		}
	}
	for i, r := range text {
		switch {
		case r == '\n', r == '\u3000' && !o.ASCII:
		case r > 0x7f && o.ASCII, !unicode.IsPrint(r):
			t.Fatalf("%q at byte %d, in %.200q", r, i, text[max(i-40, 0):])
		}
	}
}

var manyOptions = []TextOptions{
	{}, {ASCII: true}, {Color: true}, {Verbose: true}, {Width: 1}, {Width: 200, Verbose: true, Color: true},
	{Language: lang.Japanese}, {Language: "xx"}, {ASCII: true, Language: lang.Japanese, Verbose: true},
}

func TestHostileTextIsInertInText(t *testing.T) {
	t.Parallel()
	for _, o := range manyOptions {
		out := text(t, hostileResults(), o)
		assertInert(t, out, o)
		for _, want := range []string{`\x1b[2J`, `\x07`, `\u202e`, `\u009b`, `\xff\xfe`, `\u2028`} {
			if !strings.Contains(out, want) {
				t.Errorf("%+v: %s is not shown", o, want)
			}
		}
		for _, r := range hostileResults() {
			line := Line(r, o)
			assertInert(t, line, o)
			if strings.Contains(line, "\n") {
				t.Errorf("Line has a line end: %q", line)
			}
		}
	}
}

func TestHugeTextIsBounded(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		text string
	}{
		{"letters", strings.Repeat("a", 1<<20)},
		{"blanks", strings.Repeat(" ", 1<<20)},
		{"lines", strings.Repeat("a\n", 1<<19)},
		{"escapes", strings.Repeat("\x1b", 1<<20)},
		{"wide", strings.Repeat("漢", 1<<18)},
		{"marks without width", "a" + strings.Repeat("\u0301", 1<<19)},
		{"not UTF-8", strings.Repeat("\xff", 1<<20)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := check.Result{
				Check: row.text, Title: lang.Text{EN: row.text, JA: row.text}, Source: row.text, Target: row.text,
				Status: check.Fail, Summary: row.text, Hint: row.text, Symptom: row.text,
				CausedBy: &check.Ref{Check: row.text, Target: "x"},
				Evidence: []check.Evidence{{Name: row.text, Text: row.text}},
				Measures: []check.Measure{messages("sent", 1), {Name: row.text, Value: 1, Unit: row.text}},
			}
			out := text(t, []check.Result{r}, TextOptions{})
			if len(out) > 64<<10 {
				t.Errorf("a report of one result has %d bytes, want at most 64 KiB", len(out))
			}
			if line := Line(r, TextOptions{}); len(line) > 32<<10 {
				t.Errorf("a line has %d bytes, want at most 32 KiB", len(line))
			}
			var b bytes.Buffer
			if err := JSON(&b, []check.Result{r}, Meta{Version: row.text}); err != nil {
				t.Fatal(err)
			}
			if b.Len() > 20*6*maxField {
				t.Errorf("a JSON report of one result has %d bytes", b.Len())
			}
		})
	}
}

func TestHostileTextIsInertInJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := JSON(&b, hostileResults()[:1], Meta{}); err != nil {
		t.Fatal(err)
	}
	assertInert(t, b.String(), TextOptions{})
	results, _, err := ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(hostile, "\xff\xfe", `\xff\xfe`) // the rest is what it was
	if results[0].Summary != want || results[0].Evidence[0].Text != want {
		t.Errorf("read back %q, want %q", results[0].Summary, want)
	}
}

func TestSafe(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, in string
		limit    int
		ascii    bool
		want     string
	}{
		{"plain", `corp\alice`, 80, false, `corp\alice`},
		{"Japanese", "山田　太郎", 80, false, "山田　太郎"},
		{"Japanese in ASCII", "山", 80, true, `\u5c71`},
		{"emoji in ASCII", "\U0001f600", 80, true, `\U0001f600`},
		{"escape", "\x1b[31m", 80, false, `\x1b[31m`},
		{"one-byte CSI of C1", "\u009b31m", 80, false, `\u009b31m`},
		{"delete", "a\x7fb", 80, false, `a\x7fb`},
		{"line ends and tab", "a\r\n\tb", 80, false, `a\r\n\tb`},
		{"overrides of direction", "\u202e\u2067\u200f\u061c", 80, false, `\u202e\u2067\u200f\u061c`},
		{"no width", "a\u200bb\ufeff", 80, false, `a\u200bb\ufeff`},
		{"blank that is not one", "a\u00a0b", 80, false, `a\u00a0b`},
		{"tag character", "\U000e0041", 80, false, `\U000e0041`},
		{"private use", "\ue000", 80, false, `\ue000`},
		{"not UTF-8", "\xc3(", 80, false, `\xc3(`},
		{"replacement character", "\ufffd", 80, false, "\ufffd"},
		{"as long as allowed", "abcde", 5, false, "abcde"},
		{"longer", "abcdef", 5, false, "abcde… (6 bytes)"},
		{"longer in ASCII", "abcdef", 5, true, "abcde... (6 bytes)"},
		{"wide characters count twice", "漢字漢", 5, false, "漢字… (9 bytes)"},
		{"an escape is never cut", "abc\x1b", 5, false, "abc… (4 bytes)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := newPage(TextOptions{ASCII: row.ascii}).safe(row.in, row.limit); got != row.want {
				t.Errorf("safe(%q, %d) = %q, want %q", row.in, row.limit, got, row.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add(hostile, "fw1", hostile, uint8(4), uint8(0))
	f.Add("delivery.sent", "山田", "a\u0301 b", uint8(2), uint8(4))
	f.Add("", "", "", uint8(0), uint8(7))
	f.Fuzz(func(t *testing.T, id, target, words string, status, option uint8) {
		o := manyOptions[int(option)%len(manyOptions)]
		r := check.Result{
			Check: id, Target: target, Status: check.Status(status % 8), Summary: words, Hint: words, Source: words,
			Title: lang.Text{EN: words, JA: words}, Symptom: id, Skipped: check.SkipReason(words),
			CausedBy: &check.Ref{Check: words, Target: target},
			Evidence: []check.Evidence{{Name: words, Text: words}}, Measures: []check.Measure{messages("sent", 3), {Name: words, Unit: words}},
		}
		other := r
		other.Check, other.CausedBy, other.Target = words, &check.Ref{Check: id, Target: target}, words
		var b bytes.Buffer
		if err := Text(&b, []check.Result{r, other, r}, o); err != nil {
			t.Fatal(err)
		}
		assertInert(t, b.String(), o)
		line := Line(r, o)
		assertInert(t, line, o)
		if strings.Contains(line, "\n") {
			t.Errorf("Line has a line end: %q", line)
		}
	})
}

func TestTextGivesBackTheErrorOfItsWriter(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	_ = r.Close()
	if err := Text(w, allWell(), TextOptions{}); err != io.ErrClosedPipe {
		t.Errorf("Text = %v, want %v", err, io.ErrClosedPipe)
	}
	if err := JSON(w, allWell(), Meta{}); err != io.ErrClosedPipe {
		t.Errorf("JSON = %v, want %v", err, io.ErrClosedPipe)
	}
}
