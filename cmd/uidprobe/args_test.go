package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestPermute(t *testing.T) {
	t.Parallel()
	app := &cli.App{Name: "app", Commands: []*cli.Command{{
		Name: "do",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Aliases: []string{"n"}},
			&cli.BoolFlag{Name: "fast"},
		},
	}, {Name: "group", Subcommands: []*cli.Command{{Name: "sub"}}}}}
	for _, row := range []struct {
		name, in, want, err string
	}{
		{name: "flags first", in: "do --name x a", want: "do --name=x -- a"},
		{name: "flags last", in: "do a --name x --fast b", want: "do --name=x --fast -- a b"},
		{name: "short flag", in: "do a -n x", want: "do -n=x -- a"},
		{name: "value with equals", in: "do --name=a=b", want: "do --name=a=b"},
		{name: "negative number is an argument", in: "do -1765328360", want: "do -- -1765328360"},
		{name: "dash is an argument", in: "do - --fast", want: "do --fast -- -"},
		{name: "after the dashes all are arguments", in: "do -- --fast", want: "do -- --fast"},
		{name: "value that looks like a flag", in: "do --name --fast", want: "do --name=--fast"},
		{name: "subcommand", in: "group sub x", want: "group sub -- x"},
		{name: "help", in: "do --help", want: "do --help"},
		{name: "unknown flag", in: "do --fsat", err: "app do has no flag --fsat; did you mean --fast?"},
		{name: "unknown flag far from all", in: "do --zzzzzzzz", err: "app do has no flag --zzzzzzzz"},
		{name: "unknown command", in: "ddo", err: `app has no command "ddo"; did you mean "do"?`},
		{name: "unknown subcommand", in: "group sbu", err: `app group has no command "sbu"; did you mean "sub"?`},
		{name: "missing value", in: "do --name", err: "app do: flag --name wants a value"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := permute(app, append([]string{"app"}, strings.Fields(row.in)...))
			if err != nil || row.err != "" {
				if err == nil || err.Error() != row.err {
					t.Fatalf("permute(%q) error = %v, want %q", row.in, err, row.err)
				}
				return
			}
			if want := append([]string{"app"}, strings.Fields(row.want)...); !slices.Equal(got, want) {
				t.Errorf("permute(%q) = %q, want %q", row.in, got, want)
			}
		})
	}
}

// What cli is surprised by must not surprise a person.
func TestRunUsage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		args []string
		code int
		err  string // standard error, whole
	}{
		{"nothing", nil, exitUsage, "uidprobe: no command given; see uidprobe --help\n"},
		{"group alone", []string{"list"}, exitUsage, "uidprobe: no command given; see uidprobe list --help\n"},
		{"unknown command", []string{"chek"}, exitUsage, "uidprobe: uidprobe has no command \"chek\"; did you mean \"check\"?\n"},
		{"unknown flag", []string{"check", "--confg", "x"}, exitUsage, "uidprobe: uidprobe check has no flag --confg; did you mean --config?\n"},
		{"argument too many", []string{"version", "x"}, exitUsage, "uidprobe: uidprobe version takes no arguments, and was given \"x\"\n"},
		{"wrong value", []string{"send", "--to", "udp://127.0.0.1", "--template", "cisco-ise", "--count", "many"}, exitUsage, ""},
		{"no file", []string{"check", "-c", "nowhere.yaml"}, exitUsage, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := program(t, row.args...)
			if code != row.code {
				t.Errorf("exit code %d, want %d; standard error: %s", code, row.code, stderr)
			}
			if stdout != "" {
				t.Errorf("standard output holds %q, want nothing", stdout)
			}
			if row.err != "" && stderr != row.err {
				t.Errorf("standard error = %q, want %q", stderr, row.err)
			}
			if strings.Count(stderr, "\n") != 1 {
				t.Errorf("standard error = %q, want one line", stderr)
			}
		})
	}
}

func TestEveryHelpEndsWithAnExample(t *testing.T) {
	t.Parallel()
	everyCommand(newApp(nil, nil, nil).Commands, func(c *cli.Command) {
		lines := strings.Split(strings.TrimSpace(c.Description), "\n")
		example, ok := strings.CutPrefix(lines[len(lines)-1], "Example: uidprobe ")
		if !ok {
			t.Errorf("%s: the help ends with %q, want an example", c.Name, lines[len(lines)-1])
			return
		}
		example, _, _ = strings.Cut(example, " < ")
		if _, err := permute(newApp(nil, nil, nil), append([]string{"uidprobe"}, strings.Fields(example)...)); err != nil {
			t.Errorf("%s: the example does not work: %v", c.Name, err)
		}
	})
}
