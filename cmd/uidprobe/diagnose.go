package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/diagnose"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/report"
)

// keptUnknown is how many lines that were not understood --unknown shows.
const keptUnknown = 1000

func diagnoseCommand() *cli.Command {
	return &cli.Command{
		Name:      "diagnose",
		Usage:     "find in a log, a capture, or what a firewall printed, what is wrong and why",
		ArgsUsage: "FILE...|-",
		Description: "Reads the firewall's log (less mp-log useridd.log) and the outputs of show user server-monitor\n" +
			"statistics and state, show high-availability, ping, traceroute and test authentication, pasted\n" +
			"together in any order, with prompts and pagers between them; and packet captures, pcap and pcapng, the\n" +
			"firewall's own mgmt.pcap among them. Files may be compressed with gzip, or in a tar or zip archive;\n" +
			"- is standard input. Passwords, cookies and keys in them are not repeated.\n\n" +
			"--rules DIR adds rules of your own, YAML files with lines that each rule must find:\n\n" +
			"   rules:\n" +
			"     - name: backup window\n" +
			"       pattern: 'DC (?P<server>\\S+) is in its backup window'\n" +
			"       symptom: server.status.not-connected\n" +
			"       tests: [{line: 'DC dc1 is in its backup window', server: dc1}]\n\n" +
			"Exit code 0 if nothing wrong was found, 1 if something was, or if nothing was understood.\n\n" +
			"Example: uidprobe diagnose useridd.log statistics.txt mgmt.pcap",
		Flags: append(diagnoseOutputFlags(),
			&cli.BoolFlag{Name: "unknown", Usage: "show the lines that were not understood"},
			&cli.BoolFlag{Name: "follow", Usage: "wait for more at the end of the file, and say at once what begins; Ctrl-C ends it"},
			&cli.StringFlag{Name: "rules", Usage: "a `DIR` of further rules, YAML files"},
			&cli.BoolFlag{Name: "check-rules", Usage: "only read the rules and run their tests"},
			&cli.StringSliceFlag{Name: "profiles", Usage: "a `FILE` of the parse profiles that syslog messages of a capture are shown to; the library unless given; may be repeated"},
			&cli.StringSliceFlag{Name: "firewall", Usage: "look only at the packets of the firewall's `ADDRESS`, in a capture made on a server; may be repeated"},
		),
		Action: runDiagnose,
	}
}

// diagnoseOutputFlags are outputFlags without the choice of checks: nothing is asked here.
func diagnoseOutputFlags() (flags []cli.Flag) {
	for _, f := range outputFlags() {
		if f.Names()[0] != "only" {
			flags = append(flags, f)
		}
	}
	return flags
}

func runDiagnose(c *cli.Context) error {
	o, err := newOutput(c)
	if err != nil {
		return err
	}
	config := diagnose.Config{}
	if dir := c.String("rules"); dir != "" {
		if config.Rules, err = diagnose.LoadRules(dir); err != nil {
			return usageError{err}
		}
	}
	if err := captureConfig(c, &config); err != nil {
		return err
	}
	if c.Bool("check-rules") {
		return checkedRules(c, config.Rules)
	}
	files, err := filesOf(c.Args().Slice())
	if err != nil {
		return err
	}
	if c.Bool("unknown") {
		config.KeepUnknown = keptUnknown
	}
	if c.Bool("follow") {
		if len(files) != 1 || files[0] == "-" {
			return usagef("--follow wants one file")
		}
		config.Seen = func(r check.Result) { fmt.Fprintln(c.App.ErrWriter, report.Line(r, o.text)) }
	}
	d := diagnose.New(config)
	for _, name := range files {
		if err := diagnoseFile(c, d, name); err != nil {
			return err
		}
	}
	return o.diagnosed(c, d)
}

// captureConfig reads the flags that matter for captures.
func captureConfig(c *cli.Context, config *diagnose.Config) error {
	for _, file := range c.StringSlice("profiles") {
		data, err := os.ReadFile(file)
		if err != nil {
			return usageError{err}
		}
		profiles, err := profile.Load(file, data)
		if err != nil {
			return usageError{err}
		}
		config.Profiles = append(config.Profiles, profiles...)
	}
	for _, text := range c.StringSlice("firewall") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return usagef("--firewall %q is not an address", text)
		}
		config.Firewalls = append(config.Firewalls, a)
	}
	return nil
}

// diagnosed writes what was found, and says so with the exit code.
func (o output) diagnosed(c *cli.Context, d *diagnose.Diagnosis) error {
	if lines := d.Unknown(); len(lines) > 0 && o.format == "text" {
		if err := writeUnknown(c.App.Writer, lines, d.Counts().Unknown); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	results := d.Results()
	if err := o.write(c.App.Writer, results); err != nil {
		return err
	}
	var tally check.Tally
	for _, r := range results {
		tally.Add(r)
	}
	if c.Context.Err() != nil && !c.Bool("follow") {
		return verdict{exitInterrupted}
	}
	if err := verdictOf(tally, o.failOnWarn); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "uidprobe: diagnose: nothing wrong was found; %d of %d lines or packets were understood\n",
		d.Counts().Understood, d.Counts().Lines)
	return nil
}

func checkedRules(c *cli.Context, rules []diagnose.Rule) error {
	if len(rules) == 0 {
		return usagef("--check-rules wants --rules DIR")
	}
	tests := 0
	for _, r := range rules {
		tests += r.Tests()
	}
	_, err := fmt.Fprintf(c.App.Writer, "%d rules, %d tests: as they should be\n", len(rules), tests)
	return err
}

// filesOf expands the patterns of the arguments: a shell of Windows does not. A file that is
// there by that very name is no pattern.
func filesOf(args []string) (files []string, err error) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case arg == "-":
			files = append(files, arg)
			continue
		case err == nil && info.IsDir():
			return nil, usagef("%s is a folder; give the files in it, such as %s", arg, filepath.Join(arg, "*.log"))
		case err == nil:
			files = append(files, arg)
			continue
		case !strings.ContainsAny(arg, "*?["):
			return nil, usageError{err}
		}
		matches, err := filepath.Glob(arg)
		if err != nil {
			return nil, usagef("%q: %v", arg, err)
		}
		if len(matches) == 0 {
			return nil, usagef("no file is named %s", arg)
		}
		files = append(files, matches...)
	}
	if len(files) == 0 {
		return nil, usagef("nothing to diagnose; give a log or a copy of what the firewall printed, or - for standard input")
	}
	return files, nil
}

// diagnoseFile reads one file. What keeps it from being read to its end is told by the results.
func diagnoseFile(c *cli.Context, d *diagnose.Diagnosis, name string) error {
	var in io.Reader
	switch {
	case name == "-":
		name, in = "standard input", c.App.Reader
	case c.Bool("follow"):
		f, err := diagnose.NewFollow(c.Context, name, 0)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		in = f
	default:
		f, err := os.Open(name)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		in = f
	}
	err := d.Read(c.Context, name, in)
	if path := (*fs.PathError)(nil); errors.As(err, &path) && path.Op != "read" {
		return err
	}
	return nil
}

// writeUnknown lists lines that were not understood.
func writeUnknown(w io.Writer, lines []diagnose.Line, all int) error {
	for _, l := range lines {
		if _, err := fmt.Fprintf(w, "not understood: %s\n", safeLine(l.String())); err != nil {
			return err
		}
	}
	if all > len(lines) {
		if _, err := fmt.Fprintf(w, "not understood: %d more lines\n", all-len(lines)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

// safeLine keeps what stands in a text from steering a terminal.
func safeLine(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, line)
}
