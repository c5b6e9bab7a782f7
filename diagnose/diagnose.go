// Package diagnose finds symptoms in what people have: the firewall's log, the outputs of its
// commands, in any order, with whatever stands between them, and packet captures.
package diagnose

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/profile"
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
	// Profiles are those that the syslog messages of a capture are shown to. Without any it is all
	// of the library.
	Profiles []profile.Profile
	// Firewalls, if there are any, are the only hosts whose packets are looked at in a capture: one
	// that was made on a server shows what it says to everybody.
	Firewalls []netip.Addr
	// Seen, if set, is called when something begins to be seen: for a text that is still being
	// written. The result is complete but for what explains it.
	Seen func(check.Result)
}

// DefaultMaxLine is far above what a firewall logs on one line.
const DefaultMaxLine = 64 << 10

// Counts are lines, and packets of captures, by what became of them. A blank line counts nowhere.
type Counts struct {
	Lines      int // that were read, blank ones apart
	Understood int // part of something that is known; packets: of a service that matters
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

	capture *captureFile // nil for a text
	archive *archive     // nil for what is none
	member  bool         // of an archive
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

// Read reads a text or a capture to its end, or until ctx ends, which is then the error. The name
// is what evidence calls it. Compressed files (gzip, also twice), the files of an archive (tar;
// zip where r is a file) and UTF-16 with its mark are unpacked on the way; what is no UTF-8 and
// makes sense as Shift-JIS is read so. A capture is pcap or pcapng. What cannot be read is an
// error that names the text; what came before it counts.
func (d *Diagnosis) Read(ctx context.Context, name string, r io.Reader) error {
	f := &fileRecord{name: name}
	d.files = append(d.files, f)
	return d.readAs(ctx, f, r, 0)
}

// readAs finds out what a file is, and reads it so. depth is in how many archives it is.
func (d *Diagnosis) readAs(ctx context.Context, f *fileRecord, r io.Reader, depth int) error {
	in, form, err := unpack(r)
	switch {
	case err != nil:
		return f.broke(err)
	case form == formCapture:
		return d.readCapture(ctx, f, in.(*bufio.Reader))
	case (form == formTar || form == formZip) && depth >= maxDepth:
		return f.broke(fmt.Errorf("more than %d archives inside each other", maxDepth))
	case form == formTar:
		return d.readTar(ctx, f, in, depth)
	case form == formZip:
		return d.readZip(ctx, f, r, depth)
	case form == formBinary && f.member:
		return errBinary
	}
	return d.readText(ctx, f, in)
}

func (d *Diagnosis) readText(ctx context.Context, f *fileRecord, in io.Reader) error {
	p := newParser(d, f)
	defer p.end()
	lines := syslog.NewLines(in, d.config.MaxLine)
	for ctx.Err() == nil {
		line, err := lines.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return f.broke(fmt.Errorf("after line %d: %w", p.number, err))
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
