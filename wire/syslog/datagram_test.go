package syslog

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitDatagram(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		in   string
		want []string
	}{
		{"nothing", "", nil},
		{"one, no line end", "a", []string{"a"}},
		{"one, LF", "a\n", []string{"a"}},
		{"one, CRLF", "a\r\n", []string{"a"}},
		{"several", "a\nb\r\nc", []string{"a", "b", "c"}},
		{"empty lines are no messages", "\n\na\n\r\n\nb\n\n", []string{"a", "b"}},
		{"only line ends", "\r\n\n", nil},
		{"NUL at the end", "a\x00", []string{"a"}},
		{"LF and NUL at the end", "a\n\x00", []string{"a"}},
		{"only one NUL is tolerated", "a\x00\x00", []string{"a\x00"}},
		{"NUL inside is data", "a\x00b\nc", []string{"a\x00b", "c"}},
		{"only a NUL", "\x00", nil},
		{"CR inside is data", "a\rb", []string{"a\rb"}},
		{"CR at the end", "a\r", []string{"a"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			messages := SplitDatagram([]byte(row.in))
			for range 2 { // ranging twice yields the same
				var got []string
				for m := range messages {
					got = append(got, string(m))
				}
				if diff := cmp.Diff(row.want, got); diff != "" {
					t.Errorf("SplitDatagram(%q) (-want +got):\n%s", row.in, diff)
				}
			}
		})
	}
}

func TestSplitDatagramStopsOnBreak(t *testing.T) {
	t.Parallel()
	n := 0
	for range SplitDatagram([]byte("a\nb\nc")) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d messages after a break at the second", n)
	}
}

func TestSplitDatagramDoesNotAllocate(t *testing.T) { // not parallel: it counts allocations
	d, n := []byte("one\r\ntwo\nthree\n"), 0
	if allocs := testing.AllocsPerRun(100, func() {
		for m := range SplitDatagram(d) {
			n += len(m)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations a datagram, want none", allocs)
	}
}

func FuzzSplitDatagram(f *testing.F) {
	f.Add([]byte("a\r\nb\n\x00"))
	f.Add([]byte("\r\r\n\n\x00\x00"))
	f.Fuzz(func(t *testing.T, d []byte) {
		before := bytes.Clone(d)
		var first, again [][]byte
		for m := range SplitDatagram(d) {
			if len(m) == 0 || bytes.IndexByte(m, '\n') >= 0 {
				t.Fatalf("%q yields %q", d, m)
			}
			first = append(first, m)
		}
		if !bytes.Equal(before, d) {
			t.Fatalf("the datagram was changed: %q, was %q", d, before)
		}
		for m := range SplitDatagram(append(bytes.Join(first, []byte("\r\n")), "\r\n"...)) {
			again = append(again, m)
		}
		if diff := cmp.Diff(first, again); diff != "" && len(first) > 0 {
			t.Errorf("%q: joined and split again (-first +again):\n%s", d, diff)
		}
	})
}
