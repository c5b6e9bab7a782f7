package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/nearest"
)

// permute puts the flags of a command before its arguments, since cli takes a flag after
// the first argument for an argument without a word. What is not a flag: "-", a negative
// number, and all after "--". An unknown command or flag is an error that names the
// nearest one.
func permute(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	p := permutation{commands: app.Commands, flags: app.Flags, name: app.Name}
	p.out = append(p.out, args[0])
	rest := args[1:]
	for len(rest) > 0 {
		n, err := p.take(rest)
		if err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	if len(p.arguments) > 0 {
		p.out = append(append(p.out, "--"), p.arguments...)
	}
	return p.out, nil
}

type permutation struct {
	name      string // of the command reached so far, for messages
	commands  []*cli.Command
	flags     []cli.Flag
	out       []string
	arguments []string
}

// take moves the first words of rest to where they belong and says how many they were.
func (p *permutation) take(rest []string) (n int, err error) {
	word := rest[0]
	switch {
	case word == "--":
		p.arguments = append(p.arguments, rest[1:]...)
		return len(rest), nil
	case isFlag(word):
		return p.takeFlag(rest)
	case len(p.commands) > 0 && len(p.arguments) == 0:
		return 1, p.descend(word)
	default:
		p.arguments = append(p.arguments, word)
		return 1, nil
	}
}

func (p *permutation) descend(word string) error {
	if word == "help" || word == "h" {
		p.out = append(p.out, word)
		return nil
	}
	var names []string
	for _, c := range p.commands {
		if c.HasName(word) {
			p.out = append(p.out, word)
			p.name += " " + c.Name
			p.commands, p.flags = c.Subcommands, c.Flags
			return nil
		}
		names = append(names, c.Names()...)
	}
	return usagef("%s has no command %q%s", p.name, word, didYouMean(word, names))
}

func (p *permutation) takeFlag(rest []string) (n int, err error) {
	word := rest[0]
	name, _, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
	if name == "help" || name == "h" {
		p.out = append(p.out, word)
		return 1, nil
	}
	var names []string
	for _, f := range p.flags {
		names = append(names, f.Names()...)
	}
	i := slices.IndexFunc(p.flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	if i < 0 {
		return 0, usagef("%s has no flag %s%s", p.name, flagName(name), didYouMeanFlag(name, names))
	}
	if _, isBool := p.flags[i].(*cli.BoolFlag); isBool || hasValue {
		p.out = append(p.out, word)
		return 1, nil
	}
	if len(rest) < 2 {
		return 0, usagef("%s: flag %s wants a value", p.name, flagName(name))
	}
	p.out = append(p.out, word+"="+rest[1])
	return 2, nil
}

// isFlag says whether a word is a flag and not an argument.
func isFlag(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	return word[1] < '0' || word[1] > '9' // a negative number is an argument
}

func flagName(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func didYouMean(word string, names []string) string {
	if best := nearest.Word(word, names); best != "" {
		return `; did you mean "` + best + `"?`
	}
	return ""
}

func didYouMeanFlag(word string, names []string) string {
	if best := nearest.Word(word, names); best != "" {
		return "; did you mean " + flagName(best) + "?"
	}
	return ""
}
