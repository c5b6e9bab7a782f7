package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/probe"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "write the readiness report of a site",
		Description: "Sends test messages as the site file says, and proves from the firewall's counters and\n" +
			"mappings what became of them; gets the tickets that the firewall needs for its monitored\n" +
			"servers. A password that was refused is not sent again until it changes: exit code 4.\n\n" +
			"Example: uidprobe check -c site.yaml --report json=report.json",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Value: "site.yaml", Usage: "the site `FILE`"},
			&cli.StringFlag{Name: "counters-before", Usage: "where there is no API: `FILE` with what the CLI printed before the test; it is waited for"},
			&cli.StringFlag{Name: "counters-after", Usage: "`FILE` with what the CLI prints after the messages were sent; it is waited for"},
			&cli.StringFlag{Name: "baseline", Usage: "say what differs from the JSON report in `FILE`; the exit code is then 1 only if something broke since"},
		}, gateFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := newOutput(c)
			if err != nil {
				return err
			}
			if o.baseline, err = baselineOf(c); err != nil {
				return err
			}
			paste, err := pasteOf(c)
			if err != nil {
				return err
			}
			return checkSite(c, c.String("config"), o, plan.Options{Paste: paste})
		},
	}
}

// checkSite runs the ordinary plan of a site file.
func checkSite(c *cli.Context, file string, o output, options plan.Options) error {
	site, err := plan.Load(file)
	if err != nil {
		return usageError{err}
	}
	return runSite(c, site, o, options)
}

// runSite makes the plan of a site and runs it. Where a password is spent and no gate is set, it
// is the ordinary one.
func runSite(c *cli.Context, site *plan.Site, o output, options plan.Options) (err error) {
	options.Run = runMark()
	if site.Spends() && options.Gate == nil {
		if options.Gate, err = gateOf(c); err != nil {
			return err
		}
	}
	p, err := plan.New(site, options)
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return o.runPlan(c.Context, c, p, site.Clocks)
}

// pasteOf reads the flags of a firewall without an API; nil if they are not given.
func pasteOf(c *cli.Context) (*probe.Paste, error) {
	before, after := c.String("counters-before"), c.String("counters-after")
	switch {
	case before == "" && after == "":
		return nil, nil
	case before == "" || after == "":
		return nil, usagef("--counters-before and --counters-after go together")
	}
	if _, err := os.Stat(after); err == nil {
		return nil, usagef("%s is there already: it must be saved after the messages were sent; remove it", after)
	}
	tell := func(text string) { fmt.Fprintln(c.App.ErrWriter, text) }
	return &probe.Paste{Before: before, After: after, Tell: tell}, nil
}

// runMark tells this run's users from those of all others.
func runMark() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
