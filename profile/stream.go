package profile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"sync"

	"github.com/uidprobe/uidprobe/panos"
)

// DefaultMaxLine is how much of a line is looked at, in bytes: the longest message that any
// PAN-OS release takes (web help 10.2 to 11.1).
const DefaultMaxLine = 8000

// StreamConfig says how Stream reads. The zero value counts only, on all cores.
type StreamConfig struct {
	// MaxLine is how much of a line is looked at, in bytes. 0 means DefaultMaxLine. The rest is
	// thrown away and counted in Totals.
	MaxLine int
	Jobs    int // blocks that are worked on side by side; 0 means runtime.GOMAXPROCS
	// Append, if set, is called for every line, and what it appends goes to the writer, in the
	// order of the lines. It is called by several goroutines at once, and keeps nothing of l.
	Append func(dst []byte, l Line) []byte

	block int // how much is read at once; 0 means blockSize
}

// Line is one message of a stream.
type Line struct {
	Number int64  // from 1
	Text   []byte // without its line end; at most MaxLine bytes
	Cut    int64  // bytes beyond these, thrown away
	// Found is what the profiles read; Profile counts those of each matcher from 0.
	Found []Found

	matchers []*Matcher
	counts   []int // how many of Found each matcher has
}

// Matches yields what was found, as text.
func (l Line) Matches() iter.Seq[Match] {
	return func(yield func(Match) bool) {
		found := l.Found
		for i, m := range l.matchers {
			for _, f := range found[:l.counts[i]] {
				if !yield(m.Extract(f, l.Text)) {
					return
				}
			}
			found = found[l.counts[i]:]
		}
	}
}

// Totals is what a stream held. The broken lines were matched like all others.
type Totals struct {
	Lines   int64 `json:"lines"`
	Matched int64 `json:"matched"` // lines that a profile read
	Logins  int64 `json:"logins"`  // by each profile that read one
	Logouts int64 `json:"logouts"`

	OverLong     int64 `json:"over_long"`    // longer than MaxLine
	NUL          int64 `json:"nul"`          // with a NUL byte in it
	NotUTF8      int64 `json:"not_utf8"`     // no UTF-8
	Unterminated bool  `json:"unterminated"` // the last line has no line end
}

// Plus adds the totals of what follows.
func (t Totals) Plus(u Totals) Totals {
	t.Lines += u.Lines
	t.Matched += u.Matched
	t.Logins += u.Logins
	t.Logouts += u.Logouts
	t.OverLong += u.OverLong
	t.NUL += u.NUL
	t.NotUTF8 += u.NotUTF8
	t.Unterminated = t.Unterminated || u.Unterminated
	return t
}

// blockSize is how much is read at once. Memory is some blocks for each job, however long the
// stream or a line of it.
const blockSize = 1 << 20

// Stream reads messages, one a line, and writes what config.Append makes of them to w, which
// may be nil without it. It returns early with an error of r, of w or the cause of ctx's end; the
// totals are then of the lines that were written. A read that is under way then is waited for: who
// wants to end it closes r.
//
// There may be several matchers, as of several senders: each reads every line.
func Stream(ctx context.Context, r io.Reader, w io.Writer, matchers []*Matcher, config StreamConfig) (Totals, error) {
	if config.MaxLine <= 0 {
		config.MaxLine = DefaultMaxLine
	}
	config.block = cmp.Or(config.block, blockSize)
	config.MaxLine = min(config.MaxLine, config.block/2)
	if config.Jobs <= 0 {
		config.Jobs = runtime.GOMAXPROCS(0)
	}
	s := &stream{matchers: matchers, config: config}
	if len(matchers) == 1 {
		s.scout = newScout(matchers[0])
	}
	return s.run(ctx, r, w)
}

// stream is one call of Stream.
type stream struct {
	matchers []*Matcher
	config   StreamConfig
	scout    *scout // nil where every line has to be read
}

// block is a piece of the stream: whole lines, but for the end of what is cut or unterminated.
type block struct {
	data   []byte
	first  int64 // the number of its first line
	cut    int64 // bytes of its last line that were thrown away
	last   bool  // nothing comes behind it
	out    []byte
	totals Totals
	done   chan struct{} // closed when out and totals are there
	err    error         // of the reader, behind the data
}

// run starts a reader and the workers, and writes what they made in the order of the blocks.
func (s *stream) run(ctx context.Context, r io.Reader, w io.Writer) (total Totals, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	work, order := make(chan *block), make(chan *block, 2*s.config.Jobs)
	free := make(chan *block, 2*s.config.Jobs+2)
	for range cap(free) {
		free <- &block{data: make([]byte, 0, s.config.block)}
	}
	running.Go(func() { s.read(ctx, r, free, work, order) })
	for range s.config.Jobs {
		running.Go(func() {
			for b := range work {
				s.match(b)
				close(b.done)
			}
		})
	}
	defer running.Wait()
	defer cancel(errors.New("the stream has ended"))
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return total, context.Cause(ctx)
		}
		if len(b.out) > 0 {
			if _, err := w.Write(b.out); err != nil {
				return total, err
			}
		}
		total = total.Plus(b.totals)
		if b.err != nil {
			return total, b.err
		}
		free <- b
	}
	if ctx.Err() != nil {
		return total, context.Cause(ctx)
	}
	return total, nil
}

// match works on one block.
func (s *stream) match(b *block) {
	b.totals, b.out = Totals{}, b.out[:0]
	if s.config.Append == nil {
		s.count(b)
		return
	}
	s.survey(b)
	line := Line{Number: b.first, matchers: s.matchers, counts: make([]int, len(s.matchers))}
	for data := b.data; len(data) > 0; line.Number++ {
		line.Text, data, line.Cut = s.next(b, data)
		s.tally(b, &line)
		b.out = s.config.Append(b.out, line)
	}
}

// next cuts the first line off. What is longer than MaxLine is cut.
func (s *stream) next(b *block, data []byte) (text, rest []byte, cut int64) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		text, cut = data, b.cut
	} else {
		text, rest = data[:end], data[end+1:]
	}
	text = bytes.TrimSuffix(text, []byte("\r"))
	if len(text) > s.config.MaxLine {
		cut += int64(len(text) - s.config.MaxLine)
		text = text[:s.config.MaxLine]
	}
	return text, rest, cut
}

// tally matches a line and counts what was found.
func (s *stream) tally(b *block, l *Line) {
	l.Found = l.Found[:0]
	t := &b.totals
	for i, m := range s.matchers {
		before := len(l.Found)
		l.Found = m.find(l.Found, l.Text)
		l.counts[i] = len(l.Found) - before
		m.count(t, l.Found[before:])
	}
	if len(l.Found) > 0 {
		t.Matched++
	}
}

// count counts what a matcher found in one line, but not the line.
func (m *Matcher) count(t *Totals, found []Found) {
	for _, f := range found {
		if m.profiles[f.Profile].event == panos.Logout {
			t.Logouts++
		} else {
			t.Logins++
		}
	}
}
