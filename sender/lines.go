package sender

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

// Lines is a Source of the lines of a file or a pipe. It is a Waiter: a line goes out when
// it comes, whatever comes after it.
//
// A goroutine reads ahead, by a bounded number of lines. It begins with the first use and
// ends with the reader, or with Close.
type Lines struct {
	reader io.Reader
	max    int

	begin  sync.Once
	full   chan *block // lines read; closed after the last
	free   chan *block // to be filled again
	stop   chan struct{}
	ended  chan struct{}
	finish sync.Once

	at    *block // being given out
	stats LineStats
	err   error // what the reader ended with
}

// LineStats counts the lines given out and what was not sent of the input.
type LineStats struct {
	Lines    uint64
	Empty    uint64 // lines without a character, which are not messages
	Cut      uint64 // lines longer than the maximum, sent without their end
	CutBytes uint64
}

// block is a number of lines with what was left out between them.
type block struct {
	Batch
	left LineStats
	err  error // the reader's end, behind the lines
}

// A block goes when it has this much, or when no further line is there yet.
const (
	blockLines = 256
	blockBytes = 64 << 10
)

// NewLines returns a source of r's lines, cut at LF or CRLF, of at most max bytes each; 0 is
// syslog.DefaultMax.
func NewLines(r io.Reader, max int) *Lines {
	return &Lines{
		reader: r, max: max,
		full: make(chan *block, 1), free: make(chan *block, 2),
		stop: make(chan struct{}), ended: make(chan struct{}),
		at: &block{},
	}
}

// Append appends the next line that is not empty; see Source. It waits for the reader.
func (l *Lines) Append(dst []byte) ([]byte, error) {
	for l.at.Len() == 0 {
		if l.err != nil {
			return dst, l.err
		}
		if err := l.Wait(context.Background()); err != nil {
			return dst, err
		}
	}
	dst = append(dst, l.at.Message(0)...)
	l.at.Drop(1)
	l.stats.Lines++
	return dst, nil
}

// Ready says whether Append returns at once.
func (l *Lines) Ready() bool {
	l.start()
	if l.at.Len() > 0 || l.err != nil {
		return true
	}
	select {
	case b, ok := <-l.full:
		l.take(b, ok)
		return l.at.Len() > 0 || l.err != nil
	default:
		return false
	}
}

// Wait returns once Append would not wait, or with the cause of ctx's end.
func (l *Lines) Wait(ctx context.Context) error {
	l.start()
	for l.at.Len() == 0 && l.err == nil {
		select {
		case b, ok := <-l.full:
			l.take(b, ok)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// Stats counts so far.
func (l *Lines) Stats() LineStats { return l.stats }

// Close ends the reading goroutine, and closes the reader if it has a Close, so that a read
// under way ends. It waits for the goroutine, but not longer than a second: nothing ends a
// read of a terminal but its user. Append then returns an error.
func (l *Lines) Close() error {
	var err error
	l.finish.Do(func() {
		close(l.stop)
		if c, ok := l.reader.(io.Closer); ok {
			err = c.Close()
		}
		l.begin.Do(func() { close(l.full); close(l.ended) }) // it never began
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		select {
		case <-l.ended:
		case <-timer.C:
		}
	})
	return err
}

// take makes b the block that is given out.
func (l *Lines) take(b *block, ok bool) {
	if !ok {
		l.err = errClosedLines
		return
	}
	l.stats.Empty += b.left.Empty
	l.stats.Cut += b.left.Cut
	l.stats.CutBytes += b.left.CutBytes
	l.err = b.err
	select {
	case l.free <- l.at:
	default: // there are enough
	}
	l.at = b
}

var errClosedLines = errors.New("lines are closed")

func (l *Lines) start() { l.begin.Do(func() { go l.read() }) }

// read fills blocks until the reader ends or Close is called.
func (l *Lines) read() {
	defer close(l.ended)
	defer close(l.full)
	lines := syslog.NewLines(l.reader, l.max)
	for {
		b := l.empty()
		b.fill(lines)
		select {
		case l.full <- b:
		case <-l.stop:
			return
		}
		if b.err != nil {
			return
		}
	}
}

func (l *Lines) empty() *block {
	select {
	case b := <-l.free:
		b.Reset()
		b.left, b.err = LineStats{}, nil
		return b
	default:
		return &block{}
	}
}

// fill takes at least one line, and those that are there without waiting.
func (b *block) fill(lines *syslog.Lines) {
	for b.Len() < blockLines && b.Size() < blockBytes {
		if b.Len() > 0 && !lines.Ready() {
			return
		}
		line, err := lines.Next()
		switch {
		case err != nil:
			b.err = err
			return
		case len(line.Text) == 0:
			b.left.Empty++
			continue
		case line.Cut > 0:
			b.left.Cut++
			b.left.CutBytes += uint64(line.Cut)
		}
		b.Add(line.Text)
	}
}
