package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/panos"
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
	case "text", "json":
	default:
		return nil, usagef("--format %q is neither text nor json", c.String("format"))
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
	in := c.App.Reader
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		in = f
	}
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

// matched is one line of profile match --format json.
type matched struct {
	Line      int      `json:"line"`
	Event     string   `json:"event,omitempty"`
	Profile   string   `json:"profile,omitempty"`
	User      string   `json:"user,omitempty"`
	Raw       string   `json:"raw,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
}

func matchLines(c *cli.Context, s *reading) error {
	out := bufio.NewWriter(c.App.Writer)
	var total, mapped int
	events := map[panos.EventType]int{}
	var matches []profile.Match
	err := s.lines(c, func(line []byte) error {
		total++
		matches = matches[:0]
		for _, m := range s.matchers {
			matches = m.Match(matches, line)
		}
		if len(matches) > 0 {
			mapped++
		}
		for _, m := range matches {
			events[m.Event]++
		}
		if c.Bool("stats") {
			return nil
		}
		return writeMatches(out, c.String("format"), total, matches)
	})
	if c.Bool("stats") && err == nil {
		err = writeStats(out, c.String("format"), total, mapped, events)
	}
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if mapped == 0 {
		return verdict{exitNotReady}
	}
	return nil
}

func writeMatches(w io.Writer, format string, n int, matches []profile.Match) error {
	if format == "text" && len(matches) == 0 {
		_, err := fmt.Fprintf(w, "%d: nothing\n", n)
		return err
	}
	rows := []matched{}
	for _, m := range matches {
		r := matched{Line: n, Event: string(m.Event), Profile: m.Profile, User: m.User, Raw: m.Raw}
		for _, a := range m.Addresses {
			r.Addresses = append(r.Addresses, a.String())
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		rows = append(rows, matched{Line: n})
	}
	for _, r := range rows {
		var err error
		if format == "json" {
			err = json.NewEncoder(w).Encode(r)
		} else {
			_, err = fmt.Fprintf(w, "%d: %s %q %s (%s)\n", n, r.Event, r.User, strings.Join(r.Addresses, " "), r.Profile)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func writeStats(w io.Writer, format string, total, mapped int, events map[panos.EventType]int) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(map[string]int{
			"messages": total, "matched": mapped, "login": events[panos.Login], "logout": events[panos.Logout],
		})
	}
	_, err := fmt.Fprintf(w, "%d messages: %d matched (%d logins, %d logouts), %d nothing\n",
		total, mapped, events[panos.Login], events[panos.Logout], total-mapped)
	return err
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
			if c.String("format") == "json" {
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
