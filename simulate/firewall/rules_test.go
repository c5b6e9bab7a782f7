package firewall

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// describe writes a piece as "text", with what is special of it behind.
func (p piece) describe() string {
	s := fmt.Sprintf("%q", p.text)
	if p.over {
		s += fmt.Sprintf(" over %d", p.size)
	}
	if p.cut > 0 {
		s += fmt.Sprintf(" cut %d", p.cut)
	}
	if p.dropped {
		s += " dropped"
	}
	return s
}

func dialect(change func(*panos.Dialect)) panos.Dialect {
	d := panos.DefaultDialect()
	d.MaxMessage = 8
	if change != nil {
		change(&d)
	}
	return d
}

func TestRulesOfDatagrams(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*panos.Dialect)
		data   string
		want   []string
	}{
		{"one message", nil, "abc", []string{`"abc"`}},
		{"line ends", nil, "a\nb\r\n\n\r\nc\n", []string{`"a"`, `"b"`, `"c"`}},
		{"nothing but line ends", nil, "\n\r\n\x00", nil},
		{"a NUL in the middle stays", nil, "a\x00b\x00", []string{`"a\x00b"`}},
		{"exactly the limit", nil, "12345678\r\n", []string{`"12345678"`}},
		{"truncated", nil, "1234567890\nab", []string{`"12345678" over 10 cut 2`, `"ab"`}},
		{"dropped", func(d *panos.Dialect) { d.OverLong = panos.OverLongDrop }, "1234567890\nab", []string{`"" over 10 cut 10 dropped`, `"ab"`}},
		{"split", func(d *panos.Dialect) { d.OverLong = panos.OverLongSplit }, "12345678abcdefgh9\nab",
			[]string{`"12345678" over 17`, `"abcdefgh"`, `"9"`, `"ab"`}},
		{"whole", func(d *panos.Dialect) { d.DatagramLines = panos.DatagramWhole }, "a\nb\n", []string{`"a\nb"`}},
		{"whole and empty", func(d *panos.Dialect) { d.DatagramLines = panos.DatagramWhole }, "\r\n\x00", nil},
		{"octet count kept", nil, "5 <1>ab", []string{`"5 <1>ab"`}},
		{"octet count stripped", strip, "5 <1>ab", []string{`"<1>ab"`}},
		{"octet count stripped before the limit", strip, "12 <1>abcde", []string{`"<1>abcde"`}},
		{"a year is no octet count", strip, "2026 Jan", []string{`"2026 Jan"`}},
		{"a zero is no octet count", strip, "0 <1>ab", []string{`"0 <1>ab"`}},
		{"eleven digits are no octet count", strip, "12345678901 <1>", []string{`"12345678" over 15 cut 7`}},
		{"nothing but a count", strip, "12", []string{`"12"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for p := range (rules{dialect(test.change)}).datagram([]byte(test.data)) {
				got = append(got, p.describe())
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q gives\n%s\nwant\n%s", test.data, got, test.want)
			}
		})
	}
}

func strip(d *panos.Dialect) { d.OctetCount = panos.OctetCountStrip }

// What a stream brings becomes the same messages as in a datagram, also where the reader
// has kept only a part of a line.
func TestRulesOfStreams(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", splitRoom+100)
	for _, test := range []struct {
		name   string
		change func(*panos.Dialect)
		stream string
		want   []string
	}{
		{"truncated", nil, long + "\nab\n", []string{fmt.Sprintf(`"xxxxxxxx" over %d cut %d`, len(long), len(long)-8), `"ab"`}},
		{"dropped", func(d *panos.Dialect) { d.OverLong = panos.OverLongDrop }, long + "\nab\n",
			[]string{fmt.Sprintf(`"" over %d cut %d dropped`, len(long), len(long)), `"ab"`}},
		{"an empty line is not a message", nil, "\n\r\na\n\n", []string{`"a"`}},
		{"octet count before a message of the limit", strip, "1234567890 <1>abcde\n", []string{`"<1>abcde"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := stream(rules{dialect(test.change)}, test.stream); !slices.Equal(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	d := dialect(func(d *panos.Dialect) { d.OverLong, d.MaxMessage = panos.OverLongSplit, 50_000 })
	got := stream(rules{d}, long+"\n")
	if len(got) != 2 || !strings.HasSuffix(got[1], fmt.Sprintf("cut %d", 100-countDigits)) {
		t.Errorf("split gives %d pieces, the last ends %q", len(got), got[len(got)-1][len(got[len(got)-1])-20:])
	}
}

func stream(r rules, text string) (got []string) {
	lines := syslog.NewLines(strings.NewReader(text), r.lineLimit())
	for {
		line, err := lines.Next()
		if err == io.EOF {
			return got
		}
		for p := range r.message(line.Text, line.Cut) {
			got = append(got, p.describe())
		}
	}
}

// FuzzRules holds what is true of every datagram: no piece is above the limit or empty,
// and under "split" nothing is lost but line ends.
func FuzzRules(f *testing.F) {
	f.Add([]byte("a\nb\r\n\x00"), uint8(0), uint16(8))
	f.Add([]byte("12 <34>abcdef"), uint8(7), uint16(3))
	f.Add([]byte("\r\r\n\n\x00\x00"), uint8(15), uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, switches uint8, limit uint16) {
		d := panos.DefaultDialect()
		d.MaxMessage = panos.Bytes(limit) + 1
		d.OverLong = []panos.OverLong{panos.OverLongTruncate, panos.OverLongDrop, panos.OverLongSplit, panos.OverLongSplit}[switches&3]
		if switches&4 != 0 {
			d.OctetCount = panos.OctetCountStrip
		}
		if switches&8 != 0 {
			d.DatagramLines = panos.DatagramWhole
		}
		var all []byte
		for p := range (rules{d}).datagram(data) {
			if len(p.text) > int(d.MaxMessage) || len(p.text) == 0 && !p.dropped {
				t.Fatalf("piece %s with limit %d", p.describe(), d.MaxMessage)
			}
			if p.cut > 0 && !p.over {
				t.Fatalf("piece %s was cut and is not over the limit", p.describe())
			}
			all = append(all, p.text...)
		}
		if d.OverLong == panos.OverLongSplit && d.OctetCount == panos.OctetCountKeep && d.DatagramLines == panos.DatagramSplit {
			if want := without(data, "\r\n\x00"); !bytes.Equal(without(all, "\r\n\x00"), want) {
				t.Fatalf("pieces %q of %q", all, data)
			}
		}
	})
}

func without(data []byte, chars string) []byte {
	return slices.DeleteFunc(slices.Clone(data), func(b byte) bool { return strings.IndexByte(chars, b) >= 0 })
}
