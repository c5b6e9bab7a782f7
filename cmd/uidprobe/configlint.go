package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/report"
)

func configCommand() *cli.Command {
	return &cli.Command{
		Name:        "config",
		Usage:       "judge a firewall's configuration on paper",
		Description: "Example: uidprobe config lint running-config.xml",
		Subcommands: []*cli.Command{configLintCommand()},
	}
}

func configLintCommand() *cli.Command {
	return &cli.Command{
		Name:      "lint",
		Usage:     "say what is wrong with User-ID in a configuration",
		ArgsUsage: "FILE|URL|-",
		Description: "FILE is configuration in XML: of a firewall, of Panorama, or a part of one; URL is that of the XML API, and\n" +
			"only what User-ID is made of is read there, no password and no key. --with compares it with the other\n" +
			"unit's of a pair, or a device's with its template's. --rules lists the rules.\n\n" +
			"Example: uidprobe config lint running-config.xml --report sarif=lint.sarif",
		Flags: slices.Concat(lintOutputFlags(), configFlags(), []cli.Flag{
			&cli.BoolFlag{Name: "rules", Usage: "list the rules, and lint nothing"},
			&cli.StringFlag{Name: "template", Usage: "only this `TEMPLATE` of Panorama"},
			&cli.StringFlag{Name: "with", Usage: "the configuration in `FILE` has to say the same of User-ID"},
			&cli.StringSliceFlag{Name: "interim", Usage: "how often a sender repeats itself, `NAME=10m`; may be repeated"},
		}),
		Action: func(c *cli.Context) error {
			if c.Bool("rules") {
				return listConfigRules(c)
			}
			return lintConfig(c)
		},
	}
}

func listConfigRules(c *cli.Context) error {
	language, err := language(c)
	if err != nil {
		return err
	}
	return writeRows(c.App.Writer, c.String("format"), row{"code", "title", "source", "hint"}, configRuleRows(language))
}

func configRuleRows(language lang.Language) (rows []row) {
	for _, r := range plan.ConfigRules() {
		rows = append(rows, row{r.Code, r.Title.In(language), r.Source, r.Hint})
	}
	return rows
}

func lintConfig(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("config lint wants one configuration: a file, or the URL of a firewall")
	}
	o, err := newOutput(c, formatSARIF)
	if err != nil {
		return err
	}
	o.draw = drawConfigLint
	checks, err := configChecks(c)
	if err != nil {
		return err
	}
	place := map[check.Ref]int{}
	for i, one := range checks {
		place[one.Ref()] = i
	}
	var tally check.Tally
	var results []check.Result
	for r := range check.Run(c.Context, checks, check.Config{}) {
		results = append(results, r)
		tally.Add(r)
	}
	slices.SortFunc(results, func(a, b check.Result) int { return place[a.Ref()] - place[b.Ref()] })
	if err := o.write(c.App.Writer, results); err != nil {
		return err
	}
	return verdictOf(tally, o.failOnWarn)
}

func configChecks(c *cli.Context) ([]check.Check, error) {
	key, err := referenceOf(c, "key")
	if err != nil {
		return nil, err
	}
	l := plan.ConfigLint{Now: time.Now(), VSys: c.String("vsys"), Template: c.String("template"), Interim: map[string]time.Duration{}}
	for _, text := range c.StringSlice("interim") {
		name, value, _ := strings.Cut(text, "=")
		interval, err := time.ParseDuration(value)
		if err != nil || name == "" || interval <= 0 {
			return nil, usagef("--interim %q: want NAME=INTERVAL, such as NAC=10m", text)
		}
		l.Interim[name] = interval
	}
	if l.Config, err = firewallConfig(c, c.Args().First(), key); err != nil {
		return nil, err
	}
	if other := c.String("with"); other != "" {
		if isURL(other) {
			return nil, usagef("--with wants a file")
		}
		if l.Other, err = firewallConfig(c, other, key); err != nil {
			return nil, err
		}
	}
	checks, err := plan.LintConfig(l)
	if err != nil {
		return nil, usageError{err}
	}
	return checks, nil
}

// drawConfigLint is the report for people: a line with the place for each finding, as compilers write
// it, and at last one line.
func drawConfigLint(w io.Writer, results []check.Result, o report.TextOptions) error {
	p := testPage{w: w, o: o}
	var tally check.Tally
	for _, r := range results {
		tally.Add(r)
		if r.Finding() || o.Verbose {
			p.configLint(r)
		}
	}
	color := "32"
	if !tally.Ready(o.FailOnWarn) {
		color = "31"
	}
	p.line(color, fmt.Sprintf("%d failed, %d warned, %d not applicable, %d passed", tally.Fail+tally.Error, tally.Warn, tally.Skip, tally.Pass))
	return p.err
}

func (p *testPage) configLint(r check.Result) {
	code := r.Check[len(plan.ConfigLintID):]
	places, n := r.Places(), 0
	for _, e := range r.Evidence {
		if e.Name == "finding" && n < len(places) {
			p.line(statusColors[r.Status], fmt.Sprintf("%s: %s: %s: %s [%s]", places[n], r.Status, r.Target, e.Text, code))
			n++
		}
	}
	if n == 0 {
		p.line(statusColors[r.Status], fmt.Sprintf("%s: %s [%s]", r.Status, r.Summary, code))
	}
	if r.Hint != "" {
		p.line("2", "  next: "+r.Hint)
	}
}
