package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/plan"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "write the readiness report of a site",
		Description: "Sends test messages as the site file says, and proves from the firewall's counters and\n" +
			"mappings what became of them.\n\n" +
			"Example: uidprobe check -c site.yaml --report json=report.json",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Value: "site.yaml", Usage: "the site `FILE`"},
		}, outputFlags()...),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := newOutput(c)
			if err != nil {
				return err
			}
			return checkSite(c, c.String("config"), o)
		},
	}
}

// checkSite runs the ordinary plan of a site file.
func checkSite(c *cli.Context, file string, o output) (err error) {
	site, err := plan.Load(file)
	if err != nil {
		return usageError{err}
	}
	p := plan.New(site, runMark())
	defer func() { err = errors.Join(err, p.Close()) }()
	return o.runPlan(c.Context, c, p, site.Clocks)
}

// runMark tells this run's users from those of all others.
func runMark() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
