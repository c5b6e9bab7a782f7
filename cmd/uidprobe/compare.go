package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/report"
)

// compareFormats are the ways in which a comparison can be written.
var compareFormats = []string{"text", "json", "markdown"}

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "say what differs between two JSON reports",
		ArgsUsage: "BEFORE AFTER",
		Description: "What broke, what mended, what is new and what was no longer asked. The exit code is 1 when\n" +
			"something broke, or could not be asked again. What another difference explains is counted\n" +
			"with it, and a summary in which only numbers differ has not changed.\n\n" +
			"Example: uidprobe compare before.json after.json --format markdown",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "how to write the comparison on standard output: " + strings.Join(compareFormats, ", ")},
			&cli.StringSliceFlag{Name: "report", Usage: "write the comparison as well to a file, `FORMAT=FILE`; may be repeated"},
			&cli.StringFlag{Name: "fail-on", Value: "fail", Usage: "what is not well: fail, or warn as well"},
			langFlag(),
			&cli.BoolFlag{Name: "show-names", Usage: "leave the names of users as they are in Markdown"},
			&cli.BoolFlag{Name: "ascii", Usage: "keep the text to ASCII, for consoles without UTF-8"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usagef("compare wants two JSON reports, BEFORE and AFTER, not %d", c.NArg())
			}
			o, err := compareOutput(c)
			if err != nil {
				return err
			}
			before, err := readReport(c.Args().Get(0))
			if err != nil {
				return err
			}
			after, err := readReport(c.Args().Get(1))
			if err != nil {
				return err
			}
			return o.compare(c.App.Writer, report.Compare(before, after, o.failOnWarn))
		},
	}
}

// compareOutput reads the flags: a comparison has fewer formats than a report.
func compareOutput(c *cli.Context) (output, error) {
	o, err := newOutput(c)
	if err != nil {
		return o, err
	}
	for _, f := range append([]reportFile{{format: o.format}}, o.files...) {
		if !slices.Contains(compareFormats, f.format) {
			return o, usagef("a comparison is not written as %s, but as one of %s", f.format, strings.Join(compareFormats, ", "))
		}
	}
	return o, nil
}

// readReport reads a JSON report. A file that is none is wrong usage.
func readReport(name string) ([]check.Result, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError{err}
	}
	defer func() { _ = f.Close() }()
	results, _, err := report.ReadJSON(f)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", name, err)}
	}
	return results, nil
}

// compare writes a comparison where the flags say, and turns it into the exit code.
func (o output) compare(stdout io.Writer, comparison report.Comparison) error {
	if err := o.drawComparison(stdout, o.format, o.text, comparison); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	plain := o.text
	plain.Color, plain.Width = false, 0
	for _, f := range o.files {
		var b bytes.Buffer
		if err := o.drawComparison(&b, f.format, plain, comparison); err != nil {
			return err
		}
		if err := os.WriteFile(f.name, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the comparison: %w", err)
		}
	}
	if comparison.Worse() {
		return verdict{exitNotReady}
	}
	return nil
}

func (o output) drawComparison(w io.Writer, format string, text report.TextOptions, c report.Comparison) error {
	switch format {
	case "json":
		return report.CompareJSON(w, c, report.Meta{Version: toolVersion(), FailOnWarn: o.failOnWarn})
	case "markdown":
		return report.CompareMarkdown(w, c, report.MarkdownOptions{Language: text.Language, ShowNames: o.showNames, FailOnWarn: o.failOnWarn})
	}
	return report.CompareText(w, c, text)
}

// baselineOf reads the report that --baseline names; nil if it is not given.
func baselineOf(c *cli.Context) (*[]check.Result, error) {
	name := c.String("baseline")
	if name == "" {
		return nil, nil
	}
	results, err := readReport(name)
	if err != nil {
		return nil, err
	}
	return &results, nil
}

// sinceBaseline says what differs from the baseline: under a text report, and where standard
// output belongs to a program on standard error. What was not well before is then no reason for
// exit code 1; the other codes stand.
func (o output) sinceBaseline(stdout, stderr io.Writer, results []check.Result, found error) error {
	if o.baseline == nil {
		return found
	}
	comparison := report.Compare(*o.baseline, results, o.failOnWarn)
	w, text := stderr, o.text
	if o.format == "text" {
		w = stdout
		fmt.Fprintln(w)
	} else {
		text.Color, text.Width = false, 0
	}
	if err := report.CompareText(w, comparison, text); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	var v verdict
	switch {
	case found != nil && (!errors.As(found, &v) || v.code != exitNotReady):
		return found
	case comparison.Worse():
		return verdict{exitNotReady}
	}
	return nil
}
