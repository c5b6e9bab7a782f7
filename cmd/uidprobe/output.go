package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/report"
)

// formats are the ways in which results can be written.
var formats = []string{"text", "json", "junit", "html", "markdown"}

// outputFlags are the flags of every command that answers in results.
func outputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: "text", Usage: "how to write the report on standard output: " + strings.Join(formats, ", ")},
		&cli.StringSliceFlag{Name: "report", Usage: "write the report as well to a file, `FORMAT=FILE`; may be repeated"},
		&cli.StringFlag{Name: "fail-on", Value: "fail", Usage: "what makes the exit code 1: fail, or warn as well"},
		&cli.StringSliceFlag{Name: "only", Usage: "ask only the checks whose ID matches `PATTERN`, and those they need; may be repeated"},
		langFlag(),
		&cli.BoolFlag{Name: "show-names", Usage: "leave the names of users as they are in HTML and Markdown"},
		&cli.BoolFlag{Name: "ascii", Usage: "keep the text report to ASCII, for consoles without UTF-8"},
		&cli.BoolFlag{Name: "verbose", Usage: "show every check in the text report, with its measures"},
	}
}

func langFlag() cli.Flag {
	return &cli.StringFlag{Name: "lang", Usage: "language of texts, en or ja; the locale's unless given"}
}

// output is where and how results are written.
type output struct {
	format     string
	files      []reportFile
	text       report.TextOptions
	failOnWarn bool
	only       []string
	showNames  bool            // in HTML and Markdown, which are handed on
	baseline   *[]check.Result // of an earlier run; nil compares with nothing
	// draw is the text report where it is not report.Text.
	draw func(io.Writer, []check.Result, report.TextOptions) error
}

type reportFile struct{ format, name string }

// newOutput reads the flags of outputFlags. more are formats that this command writes beside the
// usual ones.
func newOutput(c *cli.Context, more ...string) (output, error) {
	formats := append(slices.Clone(formats), more...)
	o := output{format: c.String("format"), only: c.StringSlice("only"), showNames: c.Bool("show-names")}
	if !slices.Contains(formats, o.format) {
		return o, usagef("--format %q is not one of %s", o.format, strings.Join(formats, ", "))
	}
	for _, value := range c.StringSlice("report") {
		format, name, ok := strings.Cut(value, "=")
		if !ok || !slices.Contains(formats, format) || name == "" {
			return o, usagef("--report %q: want FORMAT=FILE with one of %s, such as json=report.json", value, strings.Join(formats, ", "))
		}
		o.files = append(o.files, reportFile{format, name})
	}
	switch c.String("fail-on") {
	case "fail":
	case "warn":
		o.failOnWarn = true
	default:
		return o, usagef("--fail-on %q is neither fail nor warn", c.String("fail-on"))
	}
	language, err := language(c)
	if err != nil {
		return o, err
	}
	width, terminal := terminalWidth(c.App.Writer)
	o.text = report.TextOptions{
		Language: language, Width: width, ASCII: c.Bool("ascii"), Verbose: c.Bool("verbose"),
		Color: terminal && colorWanted(), FailOnWarn: o.failOnWarn,
	}
	return o, nil
}

// language is that of --lang, or of the locale.
func language(c *cli.Context) (lang.Language, error) {
	if value := c.String("lang"); value != "" {
		l, ok := lang.Parse(value)
		if !ok {
			return l, usagef("--lang %q is neither en nor ja", value)
		}
		return l, nil
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			l, _ := lang.Parse(value)
			return l, nil
		}
	}
	return lang.English, nil
}

func colorWanted() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && os.Getenv("CI") == ""
}

// terminalWidth is the width of the terminal that w is, 0 if it is none.
func terminalWidth(w io.Writer) (width int, terminal bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, true
	}
	return min(width, 120), true
}

// runPlan asks a plan's checks, tells of progress and writes the reports.
func (o output) runPlan(ctx context.Context, c *cli.Context, p *plan.Plan, clocks check.Clocks) error {
	if len(o.only) > 0 {
		if err := p.Only(o.only); err != nil {
			return usageError{err}
		}
	}
	var tally check.Tally
	var results []check.Result
	for r := range check.Run(ctx, p.Checks, check.Config{Clocks: clocks}) {
		results = append(results, r)
		tally.Add(r)
		o.progress(c.App.ErrWriter, len(results), len(p.Checks), r)
	}
	o.progressEnd(c.App.ErrWriter)
	if err := o.write(c.App.Writer, results); err != nil {
		return err
	}
	return o.sinceBaseline(c.App.Writer, c.App.ErrWriter, results, verdictOf(tally, o.failOnWarn))
}

// progress shows on a terminal what was asked last; elsewhere it says nothing.
func (o output) progress(w io.Writer, n, of int, r check.Result) {
	if _, terminal := terminalWidth(w); terminal && colorWanted() {
		fmt.Fprintf(w, "\r\x1b[K%d/%d %s", n, of, r.Ref())
	}
}

func (o output) progressEnd(w io.Writer) {
	if _, terminal := terminalWidth(w); terminal && colorWanted() {
		fmt.Fprint(w, "\r\x1b[K")
	}
}

func (o output) write(stdout io.Writer, results []check.Result) error {
	if err := o.render(stdout, o.format, o.text, results); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	plain := o.text
	plain.Color, plain.Width = false, 0
	for _, f := range o.files {
		var b bytes.Buffer
		if err := o.render(&b, f.format, plain, results); err != nil {
			return err
		}
		if err := os.WriteFile(f.name, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

func (o output) render(w io.Writer, format string, text report.TextOptions, results []check.Result) error {
	switch {
	case format == formatSARIF:
		return o.sarif(w, results)
	case format == "json":
		return report.JSON(w, results, report.Meta{Version: toolVersion(), FailOnWarn: o.failOnWarn})
	case format == "junit":
		return report.JUnit(w, results, report.Meta{Version: toolVersion(), FailOnWarn: o.failOnWarn})
	case format == "html":
		return report.HTML(w, results, report.HTMLOptions{
			Language: text.Language, ShowNames: o.showNames, FailOnWarn: o.failOnWarn, Version: toolVersion(),
		})
	case format == "markdown":
		return report.Markdown(w, results, report.MarkdownOptions{
			Language: text.Language, ShowNames: o.showNames, FailOnWarn: o.failOnWarn, Version: toolVersion(),
		})
	case o.draw != nil:
		return o.draw(w, results, text)
	}
	return report.Text(w, results, text)
}
