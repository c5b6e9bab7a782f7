// Package diagnose finds symptoms in text: the firewall's log, the outputs of its commands, in
// any order, with whatever stands between them.
package diagnose

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// Config says how a text is read. The zero value finds what the symptom table knows.
type Config struct {
	// Rules are looked at before our own: see LoadRules.
	Rules []Rule
	// MaxLine is the longest line that is kept, in bytes; of a longer one the beginning is read
	// and the rest passed over. 0 means DefaultMaxLine.
	MaxLine int
	// KeepUnknown is how many lines that were not understood Unknown returns at most.
	KeepUnknown int
	// Seen, if set, is called when something begins to be seen: for a text that is still being
	// written. The result is complete but for what explains it.
	Seen func(check.Result)
}

// DefaultMaxLine is far above what a firewall logs on one line.
const DefaultMaxLine = 64 << 10

// Counts are lines by what became of them. A blank line counts nowhere.
type Counts struct {
	Lines      int // that were read, blank ones apart
	Understood int // part of something that is known
	Unknown    int // the others
	Cut        int // longer than MaxLine
}

// Diagnosis reads texts and says what they show. Its memory does not grow with their length:
// what repeats is counted. It may not be used concurrently.
type Diagnosis struct {
	config  Config
	files   []*fileRecord
	record  record
	unknown []Line
	order   int // of the lines of all files
}

// fileRecord is what became of one text.
type fileRecord struct {
	name   string
	counts Counts
	notes  []string // why a part of it could not be read
	failed bool     // reading it ended early
	ha     haSeen
}

func (f *fileRecord) fail(err error) {
	f.failed = true
	f.notes = append(f.notes, err.Error())
}

// Line is a line of a text, with secrets taken out.
type Line struct {
	File   string
	Number int // from 1
	Text   string
}

func (l Line) String() string { return fmt.Sprintf("%s:%d: %s", l.File, l.Number, l.Text) }

// New returns a diagnosis that has read nothing.
func New(c Config) *Diagnosis {
	if c.MaxLine <= 0 {
		c.MaxLine = DefaultMaxLine
	}
	return &Diagnosis{config: c, record: newRecord()}
}

// Read reads a text to its end, or until ctx ends, which is then the error. The name is what
// evidence calls it. Compressed text (gzip, also twice) and UTF-16 with its mark are unpacked on
// the way. What cannot be read is an error that names the text; what came before it counts.
func (d *Diagnosis) Read(ctx context.Context, name string, r io.Reader) error {
	f := &fileRecord{name: name}
	d.files = append(d.files, f)
	in, err := unpack(r)
	if err != nil {
		f.fail(err)
		return fmt.Errorf("%s: %w", name, err)
	}
	p := newParser(d, f)
	defer p.end()
	lines := syslog.NewLines(in, d.config.MaxLine)
	for ctx.Err() == nil {
		line, err := lines.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			f.fail(fmt.Errorf("after line %d: %w", p.number, err))
			return fmt.Errorf("%s: after line %d: %w", name, p.number, err)
		}
		p.take(line.Text, line.Cut > 0)
	}
	return context.Cause(ctx)
}

// Counts are the lines of all texts.
func (d *Diagnosis) Counts() (sum Counts) {
	for _, f := range d.files {
		sum.Lines += f.counts.Lines
		sum.Understood += f.counts.Understood
		sum.Unknown += f.counts.Unknown
		sum.Cut += f.counts.Cut
	}
	return sum
}

// Unknown returns the first lines that were not understood, KeepUnknown at most.
func (d *Diagnosis) Unknown() []Line { return d.unknown }

// Text is what one text shows: its findings, each with the symptom, the cause before what it
// explains. An error is one of reading r.
func Text(r io.Reader, c Config) ([]check.Result, error) {
	d := New(c)
	err := d.Read(context.Background(), "text", r)
	return d.Results(), err
}
