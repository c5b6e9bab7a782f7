package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/strictyaml"
)

func dialectFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "dialect", Usage: "set a switch of the dialect, `NAME=VALUE`, or all of a FILE's (docs/limits.md); may be repeated"}
}

// dialectOf is the dialect of a PAN-OS version, with the switches that --dialect sets: later
// ones win.
func dialectOf(version string, settings []string) (panos.Dialect, error) {
	d := panos.DefaultDialect()
	if version != "" {
		var err error
		if d, err = panos.DialectFor(version); err != nil {
			return d, usageError{err}
		}
	}
	for _, setting := range settings {
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			if err := readDialect(&d, setting); err != nil {
				return d, err
			}
			continue
		}
		if err := d.Set(name, value); err != nil {
			return d, usageError{err}
		}
	}
	return d, nil
}

// readDialect sets the switches that stand in a file, one "name: value" a line.
func readDialect(d *panos.Dialect, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return usagef("--dialect %q is neither NAME=VALUE, such as case=insensitive, nor a file: %w", name, err)
	}
	var switches map[string]string
	doc, err := strictyaml.Decode(name, data, &switches)
	if err != nil {
		return usageError{err}
	}
	for key, value := range switches {
		if err := d.Set(key, value); err != nil {
			doc.Problem(strictyaml.Path{key}, "", "%v", err)
		}
	}
	if err := doc.Err(); err != nil {
		return usageError{err}
	}
	return nil
}

// showDialect prints a dialect in the form that readDialect reads, with what is open and why
// each default is what it is.
func showDialect(w io.Writer, version string, d panos.Dialect) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# The dialect of PAN-OS %s (version %d of the switches). Every default is an assumption.\n", version, panos.DialectVersion)
	for _, s := range panos.Switches() {
		values := "a number of bytes"
		if s.Values != nil {
			values = strings.Join(s.Values, ", ")
		}
		fmt.Fprintf(&b, "\n# Open: %s.\n# Default %s: %s.\n# Values: %s.\n%s: %s\n", s.Open, s.Default, s.Reason, values, s.Name, quoteYAML(d.Get(s.Name)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// quoteYAML keeps yes and no words, and not truth values.
func quoteYAML(word string) string {
	if word == "yes" || word == "no" {
		return `"` + word + `"`
	}
	return word
}
