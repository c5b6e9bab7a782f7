package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
)

// The exit codes. Where several apply, the order is 130, 3, 2, 4, 1.
const (
	exitReady       = 0
	exitNotReady    = 1 // a fail, an error, or a check that had to run and was skipped
	exitUsage       = 2 // wrong usage or configuration
	exitBroken      = 3 // the tool itself failed
	exitRefused     = 4 // refused for safety
	exitInterrupted = 130
)

// usageError is a mistake in flags, arguments or a file that they name.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// verdict is what a command found out, as an exit code. Its report has been written.
type verdict struct{ code int }

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", v.code) }

// verdictOf turns a tally into the exit code of a command that answers in results.
func verdictOf(t check.Tally, warnCounts bool) error {
	switch {
	case t.Interrupted():
		return verdict{exitInterrupted}
	case t.Internal():
		return verdict{exitBroken}
	case t.Refused():
		return verdict{exitRefused}
	case !t.Ready(warnCounts):
		return verdict{exitNotReady}
	}
	return nil
}

// run is the program. It is the only place where an error becomes an exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	app := newApp(stdin, stdout, stderr)
	ordered, err := permute(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	var v verdict
	var usage usageError
	switch {
	case err == nil:
		return exitReady
	case errors.As(err, &v):
		return v.code
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "uidprobe:", err)
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "uidprobe: interrupted:", err)
		return exitInterrupted
	default:
		fmt.Fprintln(stderr, "uidprobe:", err)
		return exitBroken
	}
}

// ownHelpFlag is --help, for each run its own: that of cli is one for the whole process, and
// each run writes to it.
type ownHelpFlag struct{ *cli.BoolFlag }

// Apply registers a copy of the flag.
func (f ownHelpFlag) Apply(set *flag.FlagSet) error {
	own := *f.BoolFlag
	return own.Apply(set)
}

var replaceHelpFlag = sync.OnceFunc(func() {
	if shared, ok := cli.HelpFlag.(*cli.BoolFlag); ok {
		cli.HelpFlag = ownHelpFlag{shared}
	}
})

func newApp(stdin io.Reader, stdout, stderr io.Writer) *cli.App {
	replaceHelpFlag()
	app := &cli.App{
		Name:  "uidprobe",
		Usage: "test and simulate PAN-OS User-ID: syslog listener and server monitoring",
		Commands: []*cli.Command{
			demoCommand(),
			checkCommand(),
			probeCommand(),
			sendCommand(),
			simulateCommand(),
			profileCommand(),
			certsCommand(),
			diagnoseCommand(),
			explainCommand(),
			compareCommand(),
			configCommand(),
			initCommand(),
			listCommand(),
			versionCommand(),
		},
		HideVersion: true,
		Reader:      stdin,
		Writer:      stdout,
		ErrWriter:   stderr,
		Action:      noCommand,
		// A no-op: otherwise cli leaves the process inside RunContext and nothing deferred runs.
		ExitErrHandler: func(*cli.Context, error) {},
		// A comma in a --message is part of the message.
		DisableSliceFlagSeparator: true,
		OnUsageError:              onUsageError,
		Suggest:                   false,
		CustomAppHelpTemplate:     appHelp,
	}
	everyCommand(app.Commands, func(c *cli.Command) {
		c.OnUsageError = onUsageError // it is not inherited
		c.HideHelpCommand = true      // "uidprobe help COMMAND" and --help are enough
		if c.Action == nil {
			c.Action = noCommand
		}
	})
	return app
}

func everyCommand(commands []*cli.Command, do func(*cli.Command)) {
	for _, c := range commands {
		do(c)
		everyCommand(c.Subcommands, do)
	}
}

func onUsageError(_ *cli.Context, err error, _ bool) error { return usageError{err} }

// noCommand answers a call that names no command, or only a group of commands.
func noCommand(c *cli.Context) error {
	name := c.App.Name
	if c.Command != nil && c.Command.HelpName != "" {
		name = c.Command.HelpName
	}
	return usagef("no command given; see %s --help", name)
}

const appHelp = `{{.Name}} - {{.Usage}}

Usage: {{.Name}} COMMAND [options] [arguments]

Commands:{{range .VisibleCommands}}
   {{.Name}}{{"\t"}}{{.Usage}}{{end}}

Exit codes: 0 ready; 1 not shown to be ready; 2 wrong usage or configuration;
3 uidprobe itself failed; 4 refused for safety; 130 interrupted.

Example: {{.Name}} demo --fault udp-loss
`
