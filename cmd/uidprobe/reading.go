package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// reading is messages and the profiles that read them.
type reading struct {
	matchers []*profile.Matcher
	nearest  bool // no profile was named: only the nearest is worth showing
	files    []string
	max      int // longest line, in bytes
}

func newReading(c *cli.Context) (*reading, error) {
	switch c.String("format") {
	case "text", "json", "jsonl":
	default:
		return nil, usagef("--format %q is not one of text, json, jsonl", c.String("format"))
	}
	dialect, err := dialectOf(c.String("panos"), c.StringSlice("dialect"))
	if err != nil {
		return nil, err
	}
	shelf, err := openShelf(c.StringSlice("profiles"))
	if err != nil {
		return nil, err
	}
	attachments, err := shelf.attach(c.Args().Slice())
	if err != nil {
		return nil, err
	}
	s := &reading{files: c.StringSlice("file"), max: int(dialect.MaxMessage), nearest: len(attachments) == 0}
	if s.nearest {
		if attachments, err = shelf.attach(shelf.names()); err != nil {
			return nil, err
		}
	}
	if len(s.files) == 0 {
		s.files = []string{"-"}
	}
	// The whole shelf is more than one sender takes: it is tried sender by sender.
	for group := range slices.Chunk(attachments, profile.MaxAttachments) {
		if !s.nearest {
			group = attachments // too many are then refused, as on a firewall
		}
		m, err := profile.Compile(profile.Config{
			Attachments: group, DefaultDomain: c.String("default-domain"), Dialect: dialect,
		})
		if err != nil {
			return nil, usageError{err}
		}
		s.matchers = append(s.matchers, m)
		if !s.nearest {
			break
		}
	}
	return s, nil
}

// lines gives every message of the files, without its line end.
func (s *reading) lines(c *cli.Context, do func(line []byte) error) error {
	for _, name := range s.files {
		if err := s.linesOf(c, name, do); err != nil {
			return err
		}
	}
	return nil
}

func (s *reading) linesOf(c *cli.Context, name string, do func(line []byte) error) error {
	in, err := openLog(c, name)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := syslog.NewLines(in, s.max)
	for c.Context.Err() == nil {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := do(line.Text); err != nil {
			return err
		}
	}
	return c.Context.Err()
}

// openLog opens a file of messages, or standard input for "-", and unpacks gzip. The end of
// the command's context closes it, so that a read of a pipe ends too.
func openLog(c *cli.Context, name string) (io.ReadCloser, error) {
	var source io.ReadCloser = io.NopCloser(c.App.Reader)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usageError{err}
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			_ = f.Close()
			return nil, usagef("%s is a folder, and no log", name)
		}
		source = f
	} else if f, ok := c.App.Reader.(*os.File); ok {
		source = f
	}
	stop := context.AfterFunc(c.Context, func() { _ = source.Close() })
	log := &logFile{close: func() error { stop(); return source.Close() }}
	head := bufio.NewReaderSize(source, 1<<16)
	log.Reader = head
	if magic, _ := head.Peek(2); string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(head)
		if err != nil {
			_ = log.Close()
			return nil, usagef("%s: gzip: %v", name, err)
		}
		log.Reader = unpacked
	}
	return log, nil
}

// logFile is an open log.
type logFile struct {
	io.Reader // without the decoration of errors
	close     func() error
}

func (l *logFile) Close() error { return l.close() }

// Read reads on. A file that cannot be read to its end is the person's to mend.
func (l *logFile) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = usageError{err}
	}
	return n, err
}

func traceLines(c *cli.Context, s *reading) error {
	out := bufio.NewWriter(c.App.Writer)
	mapped := false
	err := s.lines(c, func(line []byte) error {
		var traces []profile.Trace
		for _, m := range s.matchers {
			traces = append(traces, m.Trace(line)...)
		}
		if s.nearest {
			if t, ok := profile.Nearest(traces); ok {
				traces = []profile.Trace{t}
			}
		}
		for _, t := range traces {
			mapped = mapped || t.Outcome != profile.Nothing
			if c.String("format") != "text" {
				if err := json.NewEncoder(out).Encode(t); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintln(out, t.Draw(line))
		}
		if c.String("format") == "text" {
			fmt.Fprintln(out, headerLine(line))
		}
		return nil
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if !mapped {
		return verdict{exitNotReady}
	}
	return nil
}

// headerLine says what the message's header is, as a collector would read it. A profile
// does not care: it sees the whole line.
func headerLine(line []byte) string {
	h := syslog.ParseHeader(line)
	words := []string{"header: " + string(h.Format)}
	if h.HasPriority {
		words = append(words, syslog.FacilityName(h.Facility)+"."+syslog.SeverityName(h.Severity))
	}
	for _, f := range []struct{ name, value string }{{"host", h.Host}, {"app", h.App}, {"message ID", h.MessageID}} {
		if f.value != "" {
			words = append(words, fmt.Sprintf("%s %q", f.name, f.value))
		}
	}
	if h.Problem != "" {
		words = append(words, h.Problem)
	}
	return strings.Join(words, ", ")
}
