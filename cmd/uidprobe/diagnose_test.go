package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/diagnose"
)

// The commands that hints name exist, with their flags.
func TestHintsNameCommandsThatExist(t *testing.T) {
	t.Parallel()
	for _, command := range diagnose.Commands() {
		words := strings.Fields(command)
		app := newApp(strings.NewReader(""), &strings.Builder{}, &strings.Builder{})
		if _, err := permute(app, words); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		if c := commandNamed(app.Commands, words[1:]); c == nil || c.Action == nil {
			t.Errorf("%s: there is no such command", command)
		}
	}
}

// commandNamed descends as far as the words are names of commands.
func commandNamed(commands []*cli.Command, words []string) (found *cli.Command) {
	for _, word := range words {
		next := (*cli.Command)(nil)
		for _, c := range commands {
			if c.HasName(word) {
				next = c
			}
		}
		if next == nil {
			break
		}
		found, commands = next, next.Subcommands
	}
	return found
}

// The patterns that a shell would expand are expanded here, and a file whose name looks like one
// is taken as it is.
func TestFilesOf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"a.log", "b.log", "c[1].log", "d.txt"} {
		if err := os.WriteFile(in(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		args []string
		want []string
		err  string
	}{
		{"a pattern", []string{in("[ab].log")}, []string{in("a.log"), in("b.log")}, ""},
		{"a name like a pattern", []string{in("c[1].log"), "-"}, []string{in("c[1].log"), "-"}, ""},
		{"a pattern that finds nothing", []string{in("*.gz")}, nil, "no file is named " + in("*.gz")},
		{"a folder", []string{dir}, nil, dir + " is a folder; give the files in it, such as " + in("*.log")},
		{"a file that is not there", []string{in("x")}, nil, in("x")},
		{"nothing", nil, nil, "nothing to diagnose; give a log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := filesOf(c.args)
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%q, want %q", got, c.want)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q in it", err, c.err)
			}
		})
	}
}
