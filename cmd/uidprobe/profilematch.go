package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

func profileMatchCommand() *cli.Command {
	return &cli.Command{
		Name:      "match",
		Usage:     "say what each message of a log becomes",
		ArgsUsage: "NAME[=login|logout]...",
		Description: "The profiles are attached in the order given, each with the event type it is meant for\n" +
			"unless =login or =logout follows. Messages come from standard input unless --file is given, and may\n" +
			"be compressed with gzip. A log of any size is read in constant memory. Lines that are broken are\n" +
			"counted and matched like all others. Exit code 1 if not one message was mapped.\n\n" +
			"Example: uidprobe profile match cisco-ise-login cisco-ise-logout --file ise.log --stats",
		Flags: append(matcherFlags(),
			&cli.BoolFlag{Name: "stats", Usage: "only the totals"},
			&cli.IntFlag{Name: "jobs", Usage: "how many cores match; 0 is all"}),
		Action: func(c *cli.Context) error {
			s, err := newReading(c)
			if err != nil {
				return err
			}
			if c.Int("jobs") < 0 {
				return usagef("--jobs %d is below 0", c.Int("jobs"))
			}
			return matchLines(c, s)
		},
	}
}

// matched is one line of profile match --format jsonl.
type matched struct {
	Line      int64    `json:"line"`
	Event     string   `json:"event,omitempty"`
	Profile   string   `json:"profile,omitempty"`
	User      string   `json:"user,omitempty"`
	Raw       string   `json:"raw,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	Cut       int64    `json:"cut,omitempty"`
}

func matchLines(c *cli.Context, s *reading) error {
	out := bufio.NewWriterSize(c.App.Writer, 1<<16)
	var total profile.Totals
	for _, name := range s.files {
		t, err := s.match(c, name, total.Lines, out)
		total = total.Plus(t)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", name, err), out.Flush())
		}
	}
	var err error
	if c.Bool("stats") {
		err = writeStats(out, c.String("format"), total)
	} else {
		writeBroken(c.App.ErrWriter, total)
	}
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if total.Matched == 0 {
		return verdict{exitNotReady}
	}
	return nil
}

// match streams one log through the profiles. Its lines are numbered on from those before.
func (s *reading) match(c *cli.Context, name string, before int64, out io.Writer) (profile.Totals, error) {
	in, err := openLog(c, name)
	if err != nil {
		return profile.Totals{}, err
	}
	defer in.Close()
	config := profile.StreamConfig{MaxLine: s.max, Jobs: c.Int("jobs")}
	if !c.Bool("stats") {
		text := c.String("format") == "text"
		config.Append = func(dst []byte, l profile.Line) []byte {
			l.Number += before
			if text {
				return appendText(dst, l)
			}
			return appendJSON(dst, l)
		}
	}
	return profile.Stream(c.Context, in, out, s.matchers, config)
}

func appendText(dst []byte, l profile.Line) []byte {
	for m := range l.Matches() {
		var addresses []string
		for _, a := range m.Addresses {
			addresses = append(addresses, a.String())
		}
		dst = fmt.Appendf(dst, "%d: %s %q %s (%s)\n", l.Number, m.Event, m.User, strings.Join(addresses, " "), m.Profile)
	}
	if len(l.Found) == 0 {
		dst = fmt.Appendf(dst, "%d: nothing\n", l.Number)
	}
	return dst
}

func appendJSON(dst []byte, l profile.Line) []byte {
	if len(l.Found) == 0 {
		return appendRow(dst, matched{Line: l.Number, Cut: l.Cut})
	}
	for m := range l.Matches() {
		row := matched{Line: l.Number, Event: string(m.Event), Profile: m.Profile, User: m.User, Raw: m.Raw, Cut: l.Cut}
		for _, a := range m.Addresses {
			row.Addresses = append(row.Addresses, a.String())
		}
		dst = appendRow(dst, row)
	}
	return dst
}

func appendRow(dst []byte, row matched) []byte {
	text, err := json.Marshal(row)
	if err != nil {
		panic(err) // words and numbers can be marshalled
	}
	return append(append(dst, text...), '\n')
}

func writeStats(w io.Writer, format string, t profile.Totals) error {
	if format != "text" {
		return json.NewEncoder(w).Encode(map[string]int64{
			"messages": t.Lines, "matched": t.Matched, string(panos.Login): t.Logins, string(panos.Logout): t.Logouts,
			"over_long": t.OverLong, "nul": t.NUL, "not_utf8": t.NotUTF8,
		})
	}
	_, err := fmt.Fprintf(w, "%d messages: %d matched (%d logins, %d logouts), %d nothing\n",
		t.Lines, t.Matched, t.Logins, t.Logouts, t.Lines-t.Matched)
	writeBroken(w, t)
	return err
}

// writeBroken says what is wrong with lines, if there is something.
func writeBroken(w io.Writer, t profile.Totals) {
	var words []string
	for _, row := range []struct {
		n    int64
		what string
	}{{t.OverLong, "cut, since no PAN-OS takes so long a message"}, {t.NUL, "with a NUL byte"}, {t.NotUTF8, "not UTF-8"}} {
		if row.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", row.n, row.what))
		}
	}
	if t.Unterminated {
		words = append(words, "the last without a line end")
	}
	if words != nil {
		fmt.Fprintf(w, "lines: %s\n", strings.Join(words, ", "))
	}
}
