package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/probe"
)

func probeTLSCommand() *cli.Command {
	return &cli.Command{
		Name:      "tls",
		Usage:     "look at TLS servers as a firewall meets them: certificate, versions, ciphers",
		ArgsUsage: "HOST[:PORT]...",
		Description: "Ports that matter: 5986 (WinRM over HTTPS, the default), 6514 (syslog over TLS), 443 (the\n" +
			"firewall's API), 636 (LDAP over TLS). Every address of a name is asked by itself, with the name\n" +
			"and without it. Each version and cipher is a connection of its own, some dozens in all; nothing\n" +
			"is sent to the service behind.\n\n" +
			"Example: uidprobe probe tls dc1.corp.example dc1.corp.example:636 --ca profile-ca.pem",
		Flags: slices.Concat(inspectFlags(), attemptFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("probe tls wants a server, such as dc1.corp.example:5986")
			}
			o, err := newOutput(c)
			if err != nil {
				return err
			}
			clocks, err := clocksOf(c)
			if err != nil {
				return err
			}
			config, err := tlsServersOf(c)
			if err != nil {
				return err
			}
			for _, argument := range c.Args().Slice() {
				target, err := tlsTarget(argument)
				if err != nil {
					return usagef("%q: %w", argument, err)
				}
				if slices.Contains(config.Targets, target) {
					return usagef("%s is given twice", argument)
				}
				config.Targets = append(config.Targets, target)
			}
			return o.runPlan(c.Context, c, &plan.Plan{Checks: probe.TLSChecks(config)}, clocks)
		},
	}
}
