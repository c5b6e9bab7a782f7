package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/plan"
)

// winrmModes are the three ways in which a firewall reads a server over WinRM.
var winrmModes = map[string]plan.Server{
	"http-kerberos":  {Transport: plan.TransportHTTP, Authentication: plan.Kerberos},
	"https-basic":    {Transport: plan.TransportHTTPS, Authentication: plan.Basic},
	"https-kerberos": {Transport: plan.TransportHTTPS, Authentication: plan.Kerberos},
}

const defaultWinRMMode = "http-kerberos"

func probeWinRMCommand() *cli.Command {
	modes := strings.Join(slices.Sorted(maps.Keys(winrmModes)), ", ")
	return &cli.Command{
		Name:  "winrm",
		Usage: "log in to monitored servers over WinRM as the firewall does, and look for log-ons in their security log",
		Description: "The modes are WinRM-HTTP, and WinRM-HTTPS without and with a Kerberos Server Profile. Everything\n" +
			"that can be learnt without the password is asked first; it is sent once, and after a refusal not\n" +
			"again: exit code 4. With Kerberos it goes to the KDC alone, as a proof; with Basic it goes to the\n" +
			"servers, and only to one that offers it and whose certificate leads to the CAs in --ca.\n\n" +
			"Example: uidprobe probe winrm --account 'CORP\\svc-userid' --realm CORP.EXAMPLE" +
			" --kdc dc1.corp.example --server dc1.corp.example --password-file svc.password",
		Flags: slices.Concat(winrmFlags(modes), accountFlags(), logInFlags(), gateFlags(), attemptFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
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
			m, err := winrmOf(c, modes)
			if err != nil {
				return err
			}
			return probeMonitoring(c, m, o, clocks)
		},
	}
}

func winrmFlags(modes string) []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "server", Usage: "a monitored server's Network Address, `HOST`; may be repeated"},
		&cli.StringFlag{Name: "mode", Value: defaultWinRMMode, Usage: "how the servers are read: " + modes},
		&cli.StringFlag{Name: "ca", Usage: "a `FILE` with the CAs of the firewall's certificate profile, for https; without it nobody logs in there"},
		&cli.IntFlag{Name: "port", Usage: "the port of WinRM, where it is not 5985 or 5986"},
	}
}

// winrmOf reads the flags of probe winrm.
func winrmOf(c *cli.Context, modes string) (*plan.Monitoring, error) {
	mode, ok := winrmModes[c.String("mode")]
	if !ok {
		return nil, usagef("--mode %q is not one of %s", c.String("mode"), modes)
	}
	wanted := []string{"server", "account", "realm"}
	if mode.Authentication == plan.Kerberos {
		wanted = append(wanted, "kdc")
	}
	if err := wantsFlags(c, wanted...); err != nil {
		return nil, err
	}
	if err := readMode(c, &mode); err != nil {
		return nil, err
	}
	m := newMonitoring(c)
	m.WinRM, m.LDAP.Off = true, true // what the directory says is for probe kerberos
	if err := readDomain(c, m); err != nil {
		return nil, err
	}
	if err := readKDCs(c, m); err != nil {
		return nil, err
	}
	if err := addServers(c, m, mode); err != nil {
		return nil, err
	}
	return m, readLogIn(c, m)
}

// readMode adds what the servers have in common to the mode.
func readMode(c *cli.Context, mode *plan.Server) error {
	if c.IsSet("port") {
		port := c.Int("port")
		if port < 1 || port > 65535 {
			return usagef("--port %d is not a port", port)
		}
		mode.Port = uint16(port)
	}
	if !c.IsSet("ca") {
		return nil
	}
	if mode.Transport != plan.TransportHTTPS {
		return usagef("--ca means nothing with --mode %s: there is no certificate", c.String("mode"))
	}
	mode.CertificateProfile = c.String("ca")
	return readable(c, "ca")
}
