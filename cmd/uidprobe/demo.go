package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/simulate/site"
)

func demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "run the whole loop against a simulated site on loopback, without set-up",
		Description: "Six vendors' log-ins are sent over both transports, become mappings, and are logged out again;\n" +
			"the tickets are got with which the firewall logs in to its domain controller.\n" +
			"A fault shows what a failure looks like, and what the tool says about it.\n\n" +
			"Example: uidprobe demo --fault wrong-event-type",
		Flags: append([]cli.Flag{faultFlag(), transportFlag()}, outputFlags()...),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := newOutput(c)
			if err != nil {
				return err
			}
			return demo(c, o)
		},
	}
}

// demo starts a site, writes its site file, and runs the ordinary plan of that file.
func demo(c *cli.Context, o output) (err error) {
	transports, err := transportsOf(c)
	if err != nil {
		return err
	}
	faults, err := faultsOf(c, append(slices.Clone(transports), defaultWinRMMode), site.PeerFirewall, site.PeerDC, site.PeerDNS)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "uidprobe-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	lab, err := site.Start(c.Context, site.Config{Transports: transports, Domain: &site.Domain{}, Faults: faults, Out: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	fmt.Fprintf(c.App.ErrWriter, "simulated firewall, listening: %s\n", listening(lab.Firewall()))
	sayDomain(c, lab)
	// The account lives as long as the lab does, and so does what the gate remembers of it.
	return checkSite(c, filepath.Join(dir, site.SiteFile), o, plan.Options{Gate: labGate(c, dir)})
}
