package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
)

// block is a fenced block of a document: its language, the file it stands for, and its text.
type block struct{ language, file, text string }

var fence = regexp.MustCompile("(?ms)^```(\\S+)(?: (\\S+))?\n(.*?)^```$")

func blocksOf(t *testing.T, name string) (list []block) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
		list = append(list, block{m[1], m[2], m[3]})
	}
	return list
}

// jobCommand is a command of uidprobe in a step of GitHub or a line of a script of GitLab.
var jobCommand = regexp.MustCompile(`(?m)^\s*(?:- )?(?:run: )?(?:- )?(uidprobe .*)$`)

// scriptOf turns a document into a script and its files: consoles show what is printed, diffs
// change files, and the commands of jobs end well.
func scriptOf(t *testing.T, blocks []block) (script string, jobs int) {
	t.Helper()
	var steps, files strings.Builder
	restore := ""
	for n, b := range blocks {
		switch {
		case b.language == "console":
			for i, command := range strings.Split(b.text, "$ ")[1:] {
				line, output, _ := strings.Cut(command, "\n")
				golden := fmt.Sprintf("console-%d-%d", n, i)
				how := "exec"
				if strings.HasPrefix(output, "FAIL") {
					how = "! exec"
				}
				fmt.Fprintf(&steps, "%s %s\ncmp stdout %s\n! stderr .\n", how, line, golden)
				fmt.Fprintf(&files, "-- %s --\n%s", golden, output)
			}
		case b.language == "diff":
			changed := changedBy(t, blocks, b)
			fmt.Fprintf(&steps, "cp %s good\ncp changed-%d %s\n", b.file, n, b.file)
			fmt.Fprintf(&files, "-- changed-%d --\n%s", n, changed)
			restore = "cp good " + b.file + "\n"
		case strings.HasPrefix(b.file, "."): // a job
			steps.WriteString(restore)
			for _, m := range jobCommand.FindAllStringSubmatch(b.text, -1) {
				jobs++
				steps.WriteString(jobStep(t, m[1]))
			}
		default:
			fmt.Fprintf(&files, "-- %s --\n%s", b.file, b.text)
		}
	}
	return steps.String() + files.String(), jobs
}

// jobStep runs one command of a job and looks at the files that it names.
func jobStep(t *testing.T, command string) string {
	if words := strings.Fields(command); !hasCommand(words[1:3]) {
		t.Logf("not run, since there is no such command in this build: %s", command)
		return ""
	}
	command, file, redirected := strings.Cut(command, " > ")
	step := "exec " + command + "\n"
	if redirected {
		step += "cp stdout " + file + "\nexists " + file + "\n"
	}
	if _, name, ok := strings.Cut(command, "--report junit="); ok {
		step += "grep '<testsuites name=\"uidprobe\" tests=\"[1-9][0-9]*\" failures=\"0\" errors=\"0\"' " + name + "\n"
	}
	return step
}

func hasCommand(words []string) bool {
	commands := newApp(nil, nil, nil).Commands
	for _, word := range words {
		known := false
		for _, c := range commands {
			if c.Name == word {
				commands, known = c.Subcommands, true
				break
			}
		}
		if !known {
			return false
		}
	}
	return true
}

// changedBy applies a diff of one line to the file that the document shows.
func changedBy(t *testing.T, blocks []block, diff block) string {
	t.Helper()
	var from, to string
	for line := range strings.Lines(diff.text) {
		switch line[0] {
		case '-':
			from += line[1:]
		case '+':
			to += line[1:]
		}
	}
	for _, b := range blocks {
		if b.file == diff.file && b.language == "yaml" && strings.Contains(b.text, " "+from[1:]) {
			return strings.Replace(b.text, from, to, 1)
		}
	}
	t.Fatalf("no %s in the document has %q", diff.file, from)
	return ""
}

// What docs/profiles-in-ci.md shows is so: its files, its commands, what they print, its jobs.
func TestProfilesInCI(t *testing.T) {
	t.Parallel()
	blocks := blocksOf(t, filepath.Join("..", "..", "docs", "profiles-in-ci.md"))
	script, jobs := scriptOf(t, blocks)
	if jobs != 6 {
		t.Errorf("%d commands in the jobs, want 6", jobs)
	}
	for _, b := range blocks {
		if b.language == "go" {
			if _, err := parser.ParseFile(token.NewFileSet(), b.file, b.text, parser.AllErrors); err != nil {
				t.Error(err)
			}
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "profiles-in-ci.txtar"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
	})
}

// The document lists every check that a suite makes.
func TestProfileChecksAreInTheDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "profiles-in-ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := library.Suite()
	ids := map[string]bool{}
	for _, c := range append(s.Checks(profile.TestConfig{Coverage: true}), s.MutantChecks()...) {
		ids[c.ID] = true
		if !c.Title.Complete() || c.Source == "" {
			t.Errorf("%s: title %+v, source %q", c.ID, c.Title, c.Source)
		}
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `profile.") {
			rows++
		}
	}
	for id := range ids {
		if !strings.Contains(string(text), "| `"+id+"` |") {
			t.Errorf("docs/profiles-in-ci.md does not list %s", id)
		}
	}
	if rows != len(ids) {
		t.Errorf("docs/profiles-in-ci.md lists %d checks, want %d", rows, len(ids))
	}
}
