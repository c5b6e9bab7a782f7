package sender

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		in    string
		want  []string
		stats LineStats
	}{
		{"none", "", nil, LineStats{}},
		{"LF, CRLF, no end", "a\nb\r\nc", []string{"a", "b", "c"}, LineStats{Lines: 3}},
		{"empty lines are no messages", "\n\na\n\r\nb\n\n", []string{"a", "b"}, LineStats{Lines: 2, Empty: 4}},
		{"too long", "123456789\n123456789012\nok\n", []string{"12345678", "12345678", "ok"}, LineStats{Lines: 3, Cut: 2, CutBytes: 5}},
		{"NUL is data", "a\x00b\n", []string{"a\x00b"}, LineStats{Lines: 1}},
		{"more than a block", strings.Repeat("x\n", 3*blockLines+1), strings.Split(strings.Repeat("x ", 3*blockLines)+"x", " "),
			LineStats{Lines: 3*blockLines + 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(row.in), iotest.OneByteReader(strings.NewReader(row.in))} {
				l := NewLines(r, 8)
				got, err := drain(l)
				if diff := cmp.Diff(row.want, got); diff != "" || err != io.EOF {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
				if l.Stats() != row.stats {
					t.Errorf("Stats = %+v, want %+v", l.Stats(), row.stats)
				}
				if err := l.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
		})
	}
}

func TestLinesReturnsTheReadersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk")
	l := NewLines(io.MultiReader(strings.NewReader("a\nhalf"), iotest.ErrReader(broken)), 0)
	got, err := drain(l)
	if diff := cmp.Diff([]string{"a", "half"}, got); diff != "" || err != broken {
		t.Errorf("error %v, want %v; (-want +got):\n%s", err, broken, diff)
	}
}

// A pipe that is written to line by line gives its lines line by line.
func TestLinesWaitForAPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		l := NewLines(r, 0)
		if l.Ready() {
			t.Error("ready before anything was written")
		}
		go func() { _, _ = w.Write([]byte("one\nhal")) }()
		if err := l.Wait(t.Context()); err != nil || !l.Ready() {
			t.Fatalf("Wait = %v", err)
		}
		if got, err := l.Append(nil); string(got) != "one" || err != nil {
			t.Errorf("Append = %q, %v", got, err)
		}
		synctest.Wait()
		if l.Ready() {
			t.Error("ready for half a line")
		}
		stop := errors.New("stop")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, stop)
		defer cancel()
		if err := l.Wait(ctx); err != stop {
			t.Errorf("Wait = %v, want the cause of the context's end", err)
		}
		// Close ends the read under way, and the bubble fails if a goroutine stays.
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		// What was read before is given out still.
		if rest, err := drain(l); len(rest) > 1 || err == nil {
			t.Errorf("after Close: %q, %v; want an error", rest, err)
		}
		_ = w.Close()
	})
}

func TestLinesClosedBeforeTheFirstUse(t *testing.T) {
	t.Parallel()
	l := NewLines(strings.NewReader("a\n"), 0)
	for range 2 {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if got, err := drain(l); err == nil || err == io.EOF || len(got) > 0 {
		t.Errorf("after Close: %q, %v", got, err)
	}
}
