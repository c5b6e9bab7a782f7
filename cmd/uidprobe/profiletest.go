package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/report"
)

func profileTestCommand() *cli.Command {
	return &cli.Command{
		Name:      "test",
		Usage:     "run the cases of profiles",
		ArgsUsage: "FILE|DIR...",
		Description: "A file of profiles is tested by its samples and must-not-map messages, by the cases in it and in\n" +
			"NAME.cases.yaml beside it, and by each NAME*.log there, whose NAME*.expected.json says what every\n" +
			"line becomes. A folder is tested with all that is in it. See docs/profiles-in-ci.md.\n\n" +
			"Exit code 1 if a case fails or cannot fail, a profile has no case, or the coverage is too low.\n\n" +
			"Example: uidprobe profile test profiles --coverage --min-coverage 80 --report junit=profiles.xml",
		Flags: append(suiteFlags(),
			&cli.StringFlag{Name: "run", Usage: "run only the cases whose \"FILE: NAME\" matches the `REGEXP`"},
			&cli.BoolFlag{Name: "coverage", Usage: "say which parts of the profiles no case reaches"},
			&cli.Float64Flag{Name: "min-coverage", Usage: "fail below this `PERCENT` of all parts"},
			&cli.BoolFlag{Name: "update", Usage: "write the .expected.json of every log as the profiles read it now"},
		),
		Action: func(c *cli.Context) error {
			if c.Bool("update") {
				return recordSuite(c)
			}
			config, run, err := testConfig(c)
			if err != nil {
				return err
			}
			return testSuite(c, func(s *profile.Suite) ([]check.Check, error) {
				if run != nil {
					if s.Select(run); len(s.Cases) == 0 {
						return nil, usagef("--run %q matches no case", c.String("run"))
					}
				}
				return s.Checks(config), nil
			})
		},
	}
}

// suiteFlags are the flags of the commands that read a suite.
func suiteFlags() []cli.Flag {
	return append(diagnoseOutputFlags(),
		&cli.BoolFlag{Name: "library", Usage: "the profiles of the library as well"})
}

func testConfig(c *cli.Context) (config profile.TestConfig, run *regexp.Regexp, err error) {
	config.Coverage, config.MinCoverage = c.Bool("coverage"), c.Float64("min-coverage")
	if config.MinCoverage < 0 || config.MinCoverage > 100 {
		return config, nil, usagef("--min-coverage %v is not between 0 and 100", config.MinCoverage)
	}
	if text := c.String("run"); text != "" {
		if run, err = regexp.Compile(text); err != nil {
			return config, nil, usagef("--run: %w", err)
		}
		if config.Coverage || config.MinCoverage > 0 {
			return config, nil, usagef("--run and coverage do not go together: coverage is of all cases")
		}
		config.OnlyCases = true
	}
	return config, run, nil
}

// readSuiteOf reads what the arguments name.
func readSuiteOf(c *cli.Context, read func([]string, []profile.Profile) (*profile.Suite, error)) (*profile.Suite, error) {
	if c.NArg() == 0 && !c.Bool("library") {
		return nil, usagef("nothing to test; give a file of profiles, a folder, or --library")
	}
	var known []profile.Profile
	for _, v := range library.All() {
		known = append(known, v.Profiles...)
	}
	paths, err := expanded(c.Args().Slice())
	if err != nil {
		return nil, err
	}
	s, err := read(paths, known)
	if err != nil {
		return nil, usageError{err}
	}
	if c.Bool("library") {
		s.Add(library.Suite())
	}
	if len(s.Tested) == 0 && len(s.Cases) == 0 {
		return nil, usagef("there are neither profiles nor cases in %s", strings.Join(c.Args().Slice(), ", "))
	}
	return s, nil
}

// expanded replaces patterns by what they stand for: a shell of Windows does not. What is
// there by that very name is no pattern.
func expanded(args []string) (paths []string, err error) {
	for _, arg := range args {
		if _, err := os.Stat(arg); err == nil || !strings.ContainsAny(arg, "*?[") {
			paths = append(paths, arg)
			continue
		}
		matches, err := filepath.Glob(arg)
		if err != nil {
			return nil, usagef("%q: %v", arg, err)
		}
		if matches == nil {
			return nil, usagef("no file is named %s", arg)
		}
		paths = append(paths, matches...)
	}
	return paths, nil
}

// testSuite reads a suite, asks what checks wants to know of it, and writes the results.
func testSuite(c *cli.Context, checks func(*profile.Suite) ([]check.Check, error)) error {
	o, err := newOutput(c)
	if err != nil {
		return err
	}
	o.draw = drawTests
	s, err := readSuiteOf(c, profile.ReadSuite)
	if err != nil {
		return err
	}
	list, err := checks(s)
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

// recordSuite writes the .expected.json files anew.
func recordSuite(c *cli.Context) error {
	s, err := readSuiteOf(c, profile.ReadLogs)
	if err != nil {
		return err
	}
	changed, err := s.Record()
	for _, name := range changed {
		if _, err := fmt.Fprintln(c.App.Writer, "wrote", name); err != nil {
			return err
		}
	}
	if err == nil && changed == nil {
		_, err = fmt.Fprintln(c.App.Writer, "every .expected.json is as the profiles read its log")
	}
	return err
}

// drawTests is the report of a run of cases for people: what went wrong, then one line.
func drawTests(w io.Writer, results []check.Result, o report.TextOptions) error {
	p := testPage{w: w, o: o}
	var tally, cases check.Tally
	measures := map[string]float64{}
	for _, r := range results {
		tally.Add(r)
		if r.Check == "profile.case" {
			cases.Add(r)
		}
		for _, m := range r.Measures {
			measures[m.Name] += m.Value
		}
		if r.Finding() && r.CausedBy == nil || o.Verbose || r.Check == "profile.coverage.total" {
			p.result(r)
		}
	}
	color := "32"
	if !tally.Ready(o.FailOnWarn) {
		color = "31"
	}
	bad := tally.Fail + tally.Error + tally.Warn
	if n, mutated := measures["mutants"]; mutated {
		p.line(color, fmt.Sprintf(wordMutants.In(o.Language), int(n), int(n-measures["survivors"]-measures["alike"]), int(measures["alike"]), int(measures["survivors"])))
		return p.err
	}
	failed := cases.Fail + cases.Error
	p.line(color, fmt.Sprintf(wordCases.In(o.Language), cases.Ran(), cases.Pass, failed, bad-failed))
	return p.err
}

var (
	wordCases   = lang.Text{EN: "%d cases: %d passed, %d failed; %d other findings", JA: "ケース %d 件: 成功 %d 件、失敗 %d 件。その他の指摘 %d 件"}
	wordMutants = lang.Text{EN: "%d mutants: %d fail a case, %d cannot be told from the profile, %d survive", JA: "変異 %d 件: ケースに失敗 %d 件、元と区別できない %d 件、生き残り %d 件"}
)

// testPage writes lines until one cannot be written.
type testPage struct {
	w   io.Writer
	o   report.TextOptions
	err error
}

// line writes a line in a colour of ANSI; an empty one is none.
func (p *testPage) line(color, text string) {
	if p.err != nil {
		return
	}
	if text = safeLine(text); p.o.ASCII {
		text = asciiOnly(text)
	}
	if p.o.Color && color != "" {
		text = "\x1b[" + color + "m" + text + "\x1b[0m"
	}
	_, p.err = fmt.Fprintln(p.w, text)
}

// asciiOnly shows all else as \u00e9.
func asciiOnly(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

var statusColors = map[check.Status]string{check.Pass: "32", check.Warn: "33", check.Fail: "31", check.Error: "31"}

func (p *testPage) result(r check.Result) {
	p.line(statusColors[r.Status], strings.ToUpper(r.Status.String())+" "+r.Summary)
	for _, e := range r.Evidence {
		if r.Status != check.Pass || p.o.Verbose {
			p.evidence(e)
		}
	}
	if r.Hint != "" {
		p.line("2", "  next: "+r.Hint)
	}
}

func (p *testPage) evidence(e check.Evidence) {
	lines := strings.Split(strings.TrimRight(e.Text, "\n"), "\n")
	if e.Name == profile.EvidenceDiff {
		for _, line := range lines {
			mark, _, _ := strings.Cut(line, " ")
			p.line(map[string]string{"-": "31", "+": "32"}[mark], "  "+line)
		}
		return
	}
	if len(lines) == 1 {
		p.line("", "  "+e.Name+": "+lines[0])
		return
	}
	p.line("", "  "+e.Name+":")
	for _, line := range lines {
		p.line("", "    "+line)
	}
}
