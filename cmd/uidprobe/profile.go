package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

func profileCommand() *cli.Command {
	return &cli.Command{
		Name:        "profile",
		Usage:       "see what syslog parse profiles make of messages",
		Description: "Example: uidprobe profile trace cisco-ise-login < message.log",
		Subcommands: []*cli.Command{
			profileListCommand(),
			profileShowCommand(),
			profileMatchCommand(),
			profileTraceCommand(),
		},
	}
}

// matcherFlags say which profiles read the messages, and how.
func matcherFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "profiles", Usage: "a `FILE` of profiles, looked in before the library; may be repeated"},
		&cli.StringFlag{Name: "panos", Usage: "the PAN-OS `VERSION` whose dialect is spoken, such as 11.1"},
		&cli.StringSliceFlag{Name: "dialect", Usage: "set a switch of the dialect, `NAME=VALUE` (docs/limits.md); may be repeated"},
		&cli.StringFlag{Name: "default-domain", Usage: "the Default Domain Name of the sender entry"},
		&cli.StringSliceFlag{Name: "file", Usage: "read messages from `FILE`, one a line; - is standard input; may be repeated"},
		&cli.StringFlag{Name: "format", Value: "text", Usage: "text or json (one object a line)"},
	}
}

func profileListCommand() *cli.Command {
	return &cli.Command{
		Name:        "list",
		Usage:       "list profiles, the library's and those of files",
		Description: "Example: uidprobe profile list --profiles mine.yaml",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "profiles", Usage: "a `FILE` of profiles; may be repeated"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "text or json"},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			shelf, err := openShelf(c.StringSlice("profiles"))
			if err != nil {
				return err
			}
			var rows []row
			for _, p := range shelf.profiles {
				rows = append(rows, row{p.Name, kind(p), string(p.Event), p.Description})
			}
			return writeRows(c.App.Writer, c.String("format"), row{"name", "kind", "event", "description"}, rows)
		},
	}
}

func kind(p profile.Profile) string {
	if p.Regex != nil {
		return "regex"
	}
	return "field"
}

func profileShowCommand() *cli.Command {
	return &cli.Command{
		Name:        "show",
		Usage:       "show a profile as the web interface names its fields",
		ArgsUsage:   "NAME",
		Description: "Example: uidprobe profile show cisco-ise-login",
		Flags:       []cli.Flag{&cli.StringSliceFlag{Name: "profiles", Usage: "a `FILE` of profiles; may be repeated"}},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("profile show wants one profile name; see uidprobe profile list")
			}
			shelf, err := openShelf(c.StringSlice("profiles"))
			if err != nil {
				return err
			}
			p, err := shelf.find(c.Args().First())
			if err != nil {
				return err
			}
			return showProfile(c.App.Writer, p)
		},
	}
}

func showProfile(w io.Writer, p profile.Profile) error {
	lines := [][2]string{{"Syslog Parse Profile", p.Name}, {"Description", p.Description}}
	if p.Regex != nil {
		lines = append(lines, [][2]string{
			{"Type", "Regex Identifier"},
			{"Event Regex", p.Regex.EventRegex},
			{"Username Regex", p.Regex.UsernameRegex},
			{"Address Regex", p.Regex.AddressRegex},
		}...)
	} else {
		lines = append(lines, [][2]string{
			{"Type", "Field Identifier"},
			{"Event String", quoted(p.Field.EventString)},
			{"Username Prefix", quoted(p.Field.UsernamePrefix)},
			{"Username Delimiter", quoted(p.Field.UsernameDelimiter)},
			{"Address Prefix", quoted(p.Field.AddressPrefix)},
			{"Address Delimiter", quoted(p.Field.AddressDelimiter)},
			{"Addresses Per Log", fmt.Sprint(max(1, p.Field.AddressesPerLog))},
		}...)
	}
	lines = append(lines, [2]string{"Attach with Event Type", string(p.Event)})
	for i, s := range p.Samples {
		lines = append(lines, [2]string{fmt.Sprintf("Sample %d", i+1), s.Message})
	}
	for _, line := range lines {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-23s %s\n", line[0]+":", line[1]); err != nil {
			return err
		}
	}
	return nil
}

// quoted shows blanks at the ends of a literal, which matter.
func quoted(s string) string { return "[" + s + "]" }

func profileMatchCommand() *cli.Command {
	return &cli.Command{
		Name:      "match",
		Usage:     "say what each message of a log becomes",
		ArgsUsage: "NAME[=login|logout]...",
		Description: "The profiles are attached in the order given, each with the event type it is meant for\n" +
			"unless =login or =logout follows. Messages come from standard input unless --file is given.\n" +
			"Exit code 1 if not one message was mapped.\n\n" +
			"Example: uidprobe profile match cisco-ise-login cisco-ise-logout --file ise.log",
		Flags: append(matcherFlags(), &cli.BoolFlag{Name: "stats", Usage: "only the totals"}),
		Action: func(c *cli.Context) error {
			s, err := newReading(c)
			if err != nil {
				return err
			}
			return matchLines(c, s)
		},
	}
}

func profileTraceCommand() *cli.Command {
	return &cli.Command{
		Name:      "trace",
		Usage:     "show which part of a profile matched where, and at which token it gave up",
		ArgsUsage: "NAME[=login|logout]...",
		Description: "Messages come from standard input unless --file is given; of no profile is named, all\n" +
			"of the library's are tried and the nearest is shown.\n\n" +
			"Example: uidprobe profile trace cisco-ise-login --file message.log",
		Flags: matcherFlags(),
		Action: func(c *cli.Context) error {
			s, err := newReading(c)
			if err != nil {
				return err
			}
			return traceLines(c, s)
		},
	}
}

// reading is messages and the profiles that read them.
type reading struct {
	matcher *profile.Matcher
	nearest bool // no profile was named: only the nearest is worth showing
	files   []string
	max     int // longest line, in bytes
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
	s := &reading{files: c.StringSlice("file"), max: int(dialect.MaxMessage)}
	if len(attachments) == 0 {
		s.nearest = true
		if attachments, err = shelf.attach(shelf.names(profile.MaxAttachments)); err != nil {
			return nil, err
		}
	}
	if len(s.files) == 0 {
		s.files = []string{"-"}
	}
	s.matcher, err = profile.Compile(profile.Config{
		Attachments: attachments, DefaultDomain: c.String("default-domain"), Dialect: dialect,
	})
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

func dialectOf(version string, switches []string) (panos.Dialect, error) {
	d := panos.DefaultDialect()
	if version != "" {
		var err error
		if d, err = panos.DialectFor(version); err != nil {
			return d, usageError{err}
		}
	}
	for _, s := range switches {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return d, usagef("--dialect %q: want NAME=VALUE, such as case=insensitive", s)
		}
		if err := d.Set(name, value); err != nil {
			return d, usageError{err}
		}
	}
	return d, nil
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
		matches = s.matcher.Match(matches[:0], line)
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
		traces := s.matcher.Trace(line)
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

// shelf is profiles by name: those of files first, then the library's.
type shelf struct{ profiles []profile.Profile }

func openShelf(files []string) (*shelf, error) {
	s := &shelf{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{err}
		}
		profiles, err := profile.Load(name, data)
		if err != nil {
			return nil, usageError{err}
		}
		s.profiles = append(s.profiles, profiles...)
	}
	for _, v := range library.All() {
		s.profiles = append(s.profiles, v.Profiles...)
	}
	return s, nil
}

func (s *shelf) names(most int) (names []string) {
	for _, p := range s.profiles[:min(most, len(s.profiles))] {
		names = append(names, p.Name)
	}
	return names
}

func (s *shelf) find(name string) (profile.Profile, error) {
	var names []string
	for _, p := range s.profiles {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return profile.Profile{}, usagef("there is no profile %q%s; see uidprobe profile list", name, didYouMean(name, names))
}

// attach reads arguments such as "asa-login" and "asa-login=logout".
func (s *shelf) attach(args []string) (list []profile.Attachment, err error) {
	for _, arg := range args {
		name, event, given := strings.Cut(arg, "=")
		p, err := s.find(name)
		if err != nil {
			return nil, err
		}
		a := profile.Attachment{Profile: p, Event: p.Event}
		if given {
			switch a.Event = panos.EventType(event); a.Event {
			case panos.Login, panos.Logout:
			default:
				return nil, usagef("%q: the event type is login or logout", arg)
			}
		}
		list = append(list, a)
	}
	return list, nil
}
