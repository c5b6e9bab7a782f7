package main

import (
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
)

// stateVariable names the folder of what runs remember, where it is not the user's own.
const stateVariable = "UIDPROBE_STATE_DIR"

// gateFlags are the flags of every command that may spend a password.
func gateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "retry-refused-password", Usage: "send a password once more that an earlier run saw refused, or left without an answer"},
		&cli.StringFlag{
			Name: "state-dir", EnvVars: []string{stateVariable},
			Usage: "`DIR` of what runs remember of passwords; unless given, uidprobe in the user's folder of settings",
		},
	}
}

// gateOf is the gate of a run: every password of it goes through this one.
func gateOf(c *cli.Context) (*credential.Gate, error) {
	dir := c.String("state-dir")
	if dir == "" {
		settings, err := os.UserConfigDir()
		if err != nil {
			return nil, usagef("no folder to remember refused passwords in (%w); name one with --state-dir or %s", err, stateVariable)
		}
		dir = filepath.Join(settings, "uidprobe")
	}
	return credential.NewGate(gateConfig(c, dir)), nil
}

// labGate is the gate of a simulated site, whose passwords are drawn at random.
func labGate(c *cli.Context, dir string) *credential.Gate {
	config := gateConfig(c, dir)
	config.RandomSecrets = true
	return credential.NewGate(config)
}

func gateConfig(c *cli.Context, dir string) credential.GateConfig {
	return credential.GateConfig{
		Dir:          filepath.Join(dir, "gate"),
		RetryRefused: c.Bool("retry-refused-password"),
		Command:      c.Command.HelpName,
		Version:      toolVersion(),
		Hold:         check.Hold,
	}
}
