package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/profile"
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
			profileTestCommand(),
			profileMutateCommand(),
			profileLintCommand(),
			profileImportCommand(),
			profileExportCommand(),
		},
	}
}

// matcherFlags say which profiles read the messages, and how.
func matcherFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "profiles", Usage: "a `FILE` of profiles, looked in before the library; may be repeated"},
		&cli.StringFlag{Name: "panos", Usage: "the PAN-OS `VERSION` whose dialect is spoken, such as 11.1"},
		dialectFlag(),
		&cli.StringFlag{Name: "default-domain", Usage: "the Default Domain Name of the sender entry"},
		&cli.StringSliceFlag{Name: "file", Usage: "read messages from `FILE`, one a line; - is standard input; may be repeated"},
		&cli.StringFlag{Name: "format", Value: "text", Usage: "text, or jsonl: one JSON object a line (json is the same)"},
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

func profileTraceCommand() *cli.Command {
	return &cli.Command{
		Name:      "trace",
		Usage:     "show which part of a profile matched where, and at which token it gave up",
		ArgsUsage: "NAME[=login|logout]...",
		Description: "Messages come from standard input unless --file is given; if no profile is named, all\n" +
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
