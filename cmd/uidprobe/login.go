package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/plan"
)

// logInFlags say with what an account logs in. A password is in no flag's value, where every
// process list and shell history would show it.
func logInFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "password-file", Usage: "read the account's password from `FILE`"},
		&cli.StringFlag{Name: "password-env", Usage: "read the password from the environment variable `NAME`"},
		&cli.BoolFlag{Name: "password-stdin", Usage: "read the password from standard input"},
		&cli.StringFlag{Name: "keytab", Usage: "log in with the keys in `FILE`"},
		&cli.StringFlag{Name: "cache", Usage: "use the ticket in `FILE`, a credential cache of MIT krb5: no password is spent"},
	}
}

// readLogIn reads logInFlags. On a terminal the password is asked for where none of them is given;
// elsewhere, and after an empty answer, there is none.
func readLogIn(c *cli.Context, m *plan.Monitoring) error {
	var given []string
	for _, name := range []string{"password-file", "password-env", "password-stdin", "keytab", "cache"} {
		if c.IsSet(name) {
			given = append(given, flagName(name))
		}
	}
	if len(given) > 1 {
		return usagef("%s: one of them is enough", strings.Join(given, " and "))
	}
	m.Password = credential.Reference{File: c.String("password-file"), Env: c.String("password-env")}
	m.Keytab, m.Cache = c.String("keytab"), strings.TrimPrefix(c.String("cache"), "FILE:")
	for _, name := range []string{"password-file", "keytab", "cache"} {
		if err := readable(c, name); err != nil {
			return err
		}
	}
	var err error
	switch {
	case m.Password.Env != "":
		if _, set := os.LookupEnv(m.Password.Env); !set {
			return usagef("--password-env: environment variable %s is not set", m.Password.Env)
		}
	case c.Bool("password-stdin"):
		m.Typed, err = credential.ReadLine("standard input", c.App.Reader)
	case len(given) == 0:
		m.Typed, err = promptFor(c, m.Account)
	}
	if err != nil && c.Context.Err() == nil {
		return usageError{err}
	}
	return err
}

// readable says early, and as a mistake in the command, that a flag's file is not there.
func readable(c *cli.Context, name string) error {
	if !c.IsSet(name) {
		return nil
	}
	file := strings.TrimPrefix(c.String(name), "FILE:")
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return usagef("%s: %w", flagName(name), err)
	case info.IsDir():
		return usagef("%s: %s is a folder", flagName(name), file)
	}
	return nil
}

// promptFor asks a person for a password, if there is one at a terminal.
func promptFor(c *cli.Context, account string) (credential.Secret, error) {
	in, ok := c.App.Reader.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return credential.Secret{}, nil
	}
	if _, err := fmt.Fprintf(c.App.ErrWriter, "password of %q (empty: none is spent, and no ticket asked for): ", account); err != nil {
		return credential.Secret{}, err
	}
	line, err := readHidden(c.Context, int(in.Fd()))
	fmt.Fprintln(c.App.ErrWriter)
	switch {
	case c.Context.Err() != nil:
		return credential.Secret{}, context.Cause(c.Context)
	case err != nil && err != io.EOF:
		return credential.Secret{}, fmt.Errorf("read the password: %w", err)
	case len(line) == 0:
		return credential.Secret{}, nil
	}
	return credential.ReadLine("the password", bytes.NewReader(line))
}

// readHidden reads a line from a terminal that does not show it. After an interrupt the terminal shows
// again what is typed; the reader is left behind, and ends with the process.
func readHidden(ctx context.Context, fd int) ([]byte, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	type typed struct {
		line []byte
		err  error
	}
	done := make(chan typed, 1)
	go func() {
		line, err := term.ReadPassword(fd)
		done <- typed{line, err}
	}()
	select {
	case t := <-done:
		return t.line, t.err
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), term.Restore(fd, before))
	}
}
