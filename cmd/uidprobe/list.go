package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/symptom"
)

// row is one line of a list: an ID and what stands beside it, in the order of the heads.
type row []string

func listCommand() *cli.Command {
	sub := func(name, usage string, heads row, rows func(lang.Language) []row) *cli.Command {
		return &cli.Command{
			Name:        name,
			Usage:       usage,
			Description: "Example: uidprobe list " + name + " --format json",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "format", Value: "text", Usage: "text or json"},
				langFlag(),
			},
			Action: func(c *cli.Context) error {
				if err := noArguments(c); err != nil {
					return err
				}
				l, err := language(c)
				if err != nil {
					return err
				}
				return writeRows(c.App.Writer, c.String("format"), heads, rows(l))
			},
		}
	}
	return &cli.Command{
		Name:        "list",
		Usage:       "list the checks, faults, symptoms, flaws and templates",
		Description: "Example: uidprobe list faults",
		Subcommands: []*cli.Command{
			sub("checks", "the questions that are asked", row{"id", "title", "source"}, checkRows),
			sub("faults", "the ways in which the simulated peers go wrong", row{"id", "peer", "title", "check", "symptom", "parameters"}, faultRows),
			sub("symptoms", "what a firewall can show", row{"id", "title", "status", "meaning"}, symptomRows),
			sub("flaws", "what can be wrong with a certificate on purpose", flawHeads, flawRows),
			sub("templates", "the vendors whose messages can be sent", row{"template", "title", "profiles", "confidence", "source"}, templateRows),
		},
	}
}

func checkRows(l lang.Language) (rows []row) {
	for _, c := range probe.Catalog() {
		rows = append(rows, row{c.ID, c.Title.In(l), c.Source})
	}
	return rows
}

func faultRows(l lang.Language) (rows []row) {
	for _, f := range site.Faults() {
		var params []string
		for _, p := range f.Params {
			params = append(params, p.Name+"="+p.Default)
		}
		rows = append(rows, row{f.ID, f.Peer, f.Title.In(l), f.Check, f.Symptom, strings.Join(params, " ")})
	}
	return rows
}

func symptomRows(l lang.Language) (rows []row) {
	for _, s := range symptom.All() {
		rows = append(rows, row{s.ID, s.Title.In(l), s.Status, s.Meaning.In(l)})
	}
	return rows
}

func templateRows(l lang.Language) (rows []row) {
	for _, v := range library.All() {
		var names []string
		for _, p := range v.Profiles {
			names = append(names, p.Name)
		}
		rows = append(rows, row{v.Name, v.Title.In(l), strings.Join(names, " "), string(v.Confidence), v.Source})
	}
	return rows
}

// writeRows writes a table, or a JSON array of objects whose keys are the heads.
func writeRows(w io.Writer, format string, heads row, rows []row) error {
	switch format {
	case "text":
		t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		fmt.Fprintln(t, strings.ToUpper(strings.Join(heads, "\t")))
		for _, r := range rows {
			fmt.Fprintln(t, strings.Join(r, "\t"))
		}
		return t.Flush()
	case "json":
		objects := []map[string]string{}
		for _, r := range rows {
			o := map[string]string{}
			for i, head := range heads {
				o[head] = r[i]
			}
			objects = append(objects, o)
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(objects)
	}
	return usagef("--format %q is neither text nor json", format)
}
