package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/sender"
)

func probeDNSCommand() *cli.Command {
	return &cli.Command{
		Name:  "dns",
		Usage: "look names up as the firewall does, each DNS server by itself, with its response code",
		Description: "A name is looked up forwards and each of its addresses backwards, an address backwards alone.\n" +
			"--realm finds the domain controllers of a domain by its SRV records, for --kdc of probe kerberos: the\n" +
			"firewall itself does not ask for them.\n\n" +
			"Example: uidprobe probe dns --name dc1.corp.example --server 192.0.2.53",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringSliceFlag{Name: "name", Usage: "a `NAME` or address to look up; may be repeated"},
			&cli.StringSliceFlag{Name: "realm", Usage: "a realm, or `DOMAIN`, whose domain controllers are looked for; may be repeated"},
			&cli.StringSliceFlag{Name: "server", Usage: "a DNS server that the firewall asks, `ADDRESS[:53]`; this host's unless given; may be repeated"},
		}, attemptFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
			lookups := probe.DNSLookups{Names: c.StringSlice("name"), Realms: c.StringSlice("realm")}
			if len(lookups.Names)+len(lookups.Realms) == 0 {
				return usagef("probe dns wants --name, such as --name dc1.corp.example, or --realm")
			}
			for i, realm := range lookups.Realms {
				if _, err := plan.ParseDomain(realm); err != nil {
					return usagef("--realm %w", err)
				}
				if slices.Contains(lookups.Realms[:i], realm) {
					return usagef("--realm %s is given twice", realm)
				}
			}
			for i, name := range lookups.Names {
				if _, err := plan.ParseHost(name); err != nil {
					return usagef("--name %w", err)
				}
				if slices.Contains(lookups.Names[:i], name) {
					return usagef("--name %s is given twice", name)
				}
			}
			var err error
			if lookups.Servers, err = resolversOf(c, "server"); err != nil {
				return err
			}
			return runChecks(c, probe.DNSChecks(lookups))
		},
	}
}

func probeNetCommand() *cli.Command {
	return &cli.Command{
		Name:  "net",
		Usage: "open TCP connections, to each address of a host by itself",
		Description: "Tells refused, silent and unreachable apart. Nothing is sent over the connection.\n\n" +
			"Example: uidprobe probe net --to tcp://dc1.corp.example:5985",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringSliceFlag{Name: "to", Usage: "where to, `tcp://HOST:PORT`; may be repeated"},
			&cli.StringSliceFlag{Name: "dns", Usage: "a DNS server that the firewall asks, `ADDRESS[:53]`; this host's unless given; may be repeated"},
		}, attemptFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
			if !c.IsSet("to") {
				return usagef("probe net wants --to, such as --to tcp://dc1.corp.example:5985")
			}
			var reach probe.Reach
			var err error
			if reach.To, err = dialled(c.StringSlice("to")); err != nil {
				return err
			}
			if reach.Servers, err = resolversOf(c, "dns"); err != nil {
				return err
			}
			return runChecks(c, probe.NetChecks(reach))
		},
	}
}

// resolversOf reads DNS servers; nil means those of this host.
func resolversOf(c *cli.Context, flag string) (servers []netip.AddrPort, err error) {
	for _, text := range c.StringSlice(flag) {
		server, err := plan.ParseResolver(text)
		if err != nil {
			return nil, usagef("--%s %w", flag, err)
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// runChecks runs checks that need no site.
func runChecks(c *cli.Context, checks []check.Check) error {
	if err := noArguments(c); err != nil {
		return err
	}
	o, err := newOutput(c)
	if err != nil {
		return err
	}
	clocks, err := clocksOf(c)
	if err != nil {
		return err
	}
	return o.runPlan(c.Context, c, &plan.Plan{Checks: checks}, clocks)
}

// dialled reads the ports of probe net. Plain TCP has no port of its own, so one is wanted.
func dialled(texts []string) (all []sender.Destination, err error) {
	for _, text := range texts {
		to, err := sender.ParseDestination(text)
		if err != nil {
			return nil, usagef("--to: %w", err)
		}
		if _, rest, _ := strings.Cut(text, "://"); to.Scheme != sender.TCP || !strings.HasSuffix(strings.TrimSuffix(rest, "/"), fmt.Sprintf(":%d", to.Port)) {
			return nil, usagef("--to %q: want tcp:// with a port, such as tcp://dc1.corp.example:5985", text)
		}
		if slices.Contains(all, to) {
			return nil, usagef("--to %s is given twice", to)
		}
		all = append(all, to)
	}
	return all, nil
}
