package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

var update = flag.Bool("update", false, "rewrite the generated parts of the documents")

// generated are the parts of the documents that are printed from the program.
var generated = []struct {
	file, part string
	text       func() string
}{
	{"../../docs/limits.md", "switches", switchTable},
	{"../../docs/checks.md", "checks", func() string { return markdown(row{"id", "the good outcome", "source"}, checkRows(lang.English)) }},
	{"../../docs/checks.md", "faults", func() string {
		return markdown(row{"id", "peer", "what is wrong", "check", "symptom", "parameters"}, faultRows(lang.English))
	}},
	{"../../docs/checks.md", "symptoms", func() string {
		return markdown(row{"id", "title", "status", "meaning"}, symptomRows(lang.English))
	}},
	{"../../docs/profile-lint.md", "rules", lintTable},
	{"../../docs/config-lint.md", "rules", func() string {
		return markdown(row{"code", "the good outcome", "source", "what to do"}, configRuleRows(lang.English))
	}},
}

func TestDocumentsAreWhatTheProgramSays(t *testing.T) {
	for _, g := range generated {
		data, err := os.ReadFile(g.file)
		if err != nil {
			t.Fatal(err)
		}
		begin, end := fmt.Sprintf("<!-- begin %s -->\n", g.part), fmt.Sprintf("<!-- end %s -->", g.part)
		before, rest, ok := strings.Cut(string(data), begin)
		old, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no part %s", g.file, g.part)
		}
		text := g.text()
		if old == text {
			continue
		}
		if !*update {
			t.Errorf("%s: the part %s is not what the program says; run make golden", g.file, g.part)
			continue
		}
		if err := os.WriteFile(g.file, []byte(before+begin+text+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func lintTable() string {
	var rows []row
	for _, r := range profile.LintRules() {
		rows = append(rows, row{"`" + r.Code + "`", r.Status.String(), r.Title.EN, r.Hint, r.Source})
	}
	return markdown(row{"code", "status", "the good outcome", "what to do", "source"}, rows)
}

func switchTable() string {
	var rows []row
	for _, s := range panos.Switches() {
		values := strings.Join(s.Values, ", ")
		if s.Values == nil {
			values = "a number of bytes"
		}
		rows = append(rows, row{"`" + s.Name + "`", "`" + s.Default + "`", values, s.Open, s.Reason})
	}
	return markdown(row{"switch", "default", "values", "what is open", "why the default"}, rows)
}

// markdown writes a table.
func markdown(heads row, rows []row) string {
	var b strings.Builder
	line := func(r row) {
		for i := range r {
			r[i] = strings.ReplaceAll(r[i], "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(r, " | "))
	}
	line(heads)
	b.WriteString(strings.Repeat("| --- ", len(heads)) + "|\n")
	for _, r := range rows {
		line(r)
	}
	return b.String()
}

// The README's examples are commands that exist.
func TestReadmeCommandsExist(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, line := range strings.Split(string(data), "\n") {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ uidprobe ")
		if !ok {
			continue
		}
		commands++
		command, _, _ = strings.Cut(command, "   #")
		command, _, _ = strings.Cut(command, " | ")
		command, _, _ = strings.Cut(command, " < ")
		command, _, _ = strings.Cut(command, " > ")
		if _, err := permute(newApp(nil, nil, nil), append([]string{"uidprobe"}, strings.Fields(strings.TrimSuffix(command, " &"))...)); err != nil {
			t.Errorf("README: %s: %v", command, err)
		}
	}
	if commands < 10 {
		t.Errorf("README shows %d commands, want at least 10", commands)
	}
}
