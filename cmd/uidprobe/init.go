package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/plan"
)

func initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a commented site.yaml to start from",
		ArgsUsage: "[FILE]",
		Description: "FILE is site.yaml unless given; - is standard output. A file that is there is left alone.\n\n" +
			"With --from-firewall the site file is made of a firewall's configuration: asked for over the XML API,\n" +
			"or exported as XML from a firewall or Panorama. Its checks cover the syslog senders that have an address\n" +
			"of this host, and the monitored servers; what they do not cover stands in its comments, with the reason.\n" +
			"Profiles and CA certificates are written beside it. No password and no key is read or written.\n\n" +
			"Example: uidprobe init --from-firewall running-config.xml lab.yaml",
		Flags: fromFlags(),
		Action: func(c *cli.Context) error {
			if c.NArg() > 1 {
				return usagef("init takes one file, and was given %d", c.NArg())
			}
			name := c.Args().First()
			if name == "" {
				name = "site.yaml"
			}
			if c.String("from-firewall") != "" {
				return initFrom(c, name)
			}
			if alone := fromFlagGiven(c); alone != "" {
				return usagef("--%s goes with --from-firewall", alone)
			}
			if name == "-" {
				_, err := c.App.Writer.Write(plan.Example())
				return err
			}
			if err := writeNew(name, plan.Example()); err != nil {
				return err
			}
			fmt.Fprintf(c.App.ErrWriter, "wrote %s; edit it, then: uidprobe check -c %s\n", name, name)
			return nil
		},
	}
}

// writeNew writes a file that must not be there yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already; name another file, or - for standard output", name)
	}
	if err != nil {
		return usageError{err}
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
