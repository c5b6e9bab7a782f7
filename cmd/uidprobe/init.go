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
			"Example: uidprobe init lab.yaml",
		Action: func(c *cli.Context) error {
			if c.NArg() > 1 {
				return usagef("init takes one file, and was given %d", c.NArg())
			}
			name := c.Args().First()
			if name == "" {
				name = "site.yaml"
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
