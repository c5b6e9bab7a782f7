package main

import "github.com/urfave/cli/v2"

func probeCommand() *cli.Command {
	return &cli.Command{
		Name:        "probe",
		Usage:       "ask a server what the firewall will ask it",
		Description: "Example: uidprobe probe kerberos --account svc-userid --realm CORP.EXAMPLE --kdc dc1.corp.example",
		Subcommands: []*cli.Command{probeKerberosCommand(), probeWinRMCommand(), probeTLSCommand(), probeDNSCommand(), probeNetCommand()},
	}
}
