package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/report"
)

// formatSARIF is written by the commands whose results have places in files.
const formatSARIF = "sarif"

func profileLintCommand() *cli.Command {
	return &cli.Command{
		Name:      "lint",
		Usage:     "say what will bite on the firewall",
		ArgsUsage: "FILE|DIR...",
		Description: "Each rule is asked of each profile, on paper and with its samples; each regex also runs on a second\n" +
			"engine. A finding that is meant is ignored in the file, with a reason:\n\n" +
			"  lint:\n" +
			"    - {ignore: maps-machines, because: machines are among the ignored users}\n\n" +
			"The profiles of one sender are those under senders in the file, or all that it has. --rules lists the\n" +
			"rules.\n\n" +
			"Example: uidprobe profile lint profiles --panos 10.1 --report sarif=lint.sarif",
		Flags: append(lintOutputFlags(),
			&cli.BoolFlag{Name: "library", Usage: "the profiles of the library as well"},
			&cli.BoolFlag{Name: "rules", Usage: "list the rules, and lint nothing"},
			&cli.StringFlag{Name: "panos", Usage: "the PAN-OS `VERSION` whose dialect is spoken, such as 11.1"},
			dialectFlag(),
		),
		Action: func(c *cli.Context) error {
			if c.Bool("rules") {
				return listLintRules(c)
			}
			return lintProfiles(c)
		},
	}
}

// lintOutputFlags are the usual ones, with one more format.
func lintOutputFlags() (flags []cli.Flag) {
	for _, f := range diagnoseOutputFlags() {
		if s, ok := f.(*cli.StringFlag); ok && s.Name == "format" {
			s.Usage += ", " + formatSARIF
		}
		flags = append(flags, f)
	}
	return flags
}

func listLintRules(c *cli.Context) error {
	language, err := language(c)
	if err != nil {
		return err
	}
	var rows []row
	for _, r := range profile.LintRules() {
		rows = append(rows, row{r.Code, r.Status.String(), r.Title.In(language), r.Source})
	}
	return writeRows(c.App.Writer, c.String("format"), row{"code", "status", "title", "source"}, rows)
}

func lintProfiles(c *cli.Context) error {
	o, err := newOutput(c, formatSARIF)
	if err != nil {
		return err
	}
	o.draw = drawLint
	dialect, err := dialectOf(c.String("panos"), c.StringSlice("dialect"))
	if err != nil {
		return err
	}
	list, err := lintChecks(c, profile.LintConfig{Dialect: dialect})
	if err != nil {
		return err
	}
	var tally check.Tally
	var results []check.Result
	for r := range check.Run(c.Context, list, check.Config{}) {
		results = append(results, r)
		tally.Add(r)
	}
	place := map[check.Ref]int{} // targets are asked side by side; people read them in order
	for i, x := range list {
		place[x.Ref()] = i
	}
	slices.SortStableFunc(results, func(a, b check.Result) int { return place[a.Ref()] - place[b.Ref()] })
	if err := o.write(c.App.Writer, results); err != nil {
		return err
	}
	return verdictOf(tally, o.failOnWarn)
}

// lintChecks are the questions to all files.
func lintChecks(c *cli.Context, config profile.LintConfig) (list []check.Check, err error) {
	files, err := profileFiles(c.Args().Slice())
	switch {
	case err != nil:
		return nil, err
	case len(files) == 0 && !c.Bool("library"):
		return nil, usagef("nothing to lint; give a file of profiles, a folder, or --library")
	}
	var errs []error
	add := func(name string, data []byte) {
		checks, err := profile.Lint(name, data, config)
		errs = append(errs, err)
		list = append(list, checks...)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{err}
		}
		add(name, data)
	}
	if c.Bool("library") {
		for name, data := range library.Files() {
			add(name, data)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, usageError{err}
	}
	return list, nil
}

// drawLint is the report for people: a line with the place for each finding, as compilers write
// it, and at last one line.
func drawLint(w io.Writer, results []check.Result, o report.TextOptions) error {
	p := testPage{w: w, o: o}
	var tally check.Tally
	ignored := 0
	for _, r := range results {
		tally.Add(r)
		if r.Skipped == check.Chosen {
			ignored++
		}
		if r.Finding() || o.Verbose {
			p.lint(r)
		}
	}
	color := "32"
	if !tally.Ready(o.FailOnWarn) {
		color = "31"
	}
	p.line(color, fmt.Sprintf("%d failed, %d warned, %d ignored with a reason, %d passed", tally.Fail+tally.Error, tally.Warn, ignored, tally.Pass))
	return p.err
}

func (p *testPage) lint(r check.Result) {
	places := r.Places()
	if len(places) == 0 {
		p.line(statusColors[r.Status], fmt.Sprintf("%s: %s", r.Status, r.Summary))
		return
	}
	n := 0
	for _, e := range r.Evidence {
		switch e.Name {
		case "finding":
			p.line(statusColors[r.Status], fmt.Sprintf("%s: %s: %s [%s]", places[min(n, len(places)-1)], r.Status, e.Text, r.Check[len(profile.LintID):]))
			n++
		case "message", check.EvidenceBecause:
			p.line("", "  "+e.Name+": "+e.Text)
		}
	}
	if r.Hint != "" {
		p.line("2", "  next: "+r.Hint)
	}
}

// sarif is the report for code scanning.
func (o output) sarif(w io.Writer, results []check.Result) error {
	return report.SARIF(w, results, report.Meta{Version: toolVersion(), FailOnWarn: o.failOnWarn}, o.text.Language)
}
