package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/peers"
)

// everyStatus is a result of each kind, with text that neither XML nor a terminal can take.
func everyStatus() []check.Result {
	result := func(id, target string, s check.Status) check.Result {
		return check.Result{Check: id, Target: target, Status: s, Summary: "what was found", Started: start, Took: 1500 * time.Millisecond}
	}
	failed := result("profile.case", "ise.yaml: a <guest> & \"friends\"", check.Fail)
	failed.Summary, failed.Hint = "bad \x1b[31m byte \xff and \u202e ]]>", "correct the profile"
	failed.Evidence = []check.Evidence{{Name: "diff", Text: "- user: jane\n+ user: jan\n"}, {Name: "message", Text: "one line"}}
	warned := result("profile.mutants", "ise.yaml: ise-login", check.Warn)
	warned.Hint = "add a case"
	excused := result("delivery.sent", "fw1", check.Skip)
	excused.Skipped = check.Inapplicable
	unasked := result("delivery.received", "fw1", check.Skip)
	unasked.Skipped, unasked.CausedBy = check.NeedNotMet, &check.Ref{Check: "delivery.sent", Target: "fw1"}
	ended := result("delivery.mapped", "fw1", check.Skip)
	ended.Skipped = check.Interrupted
	return []check.Result{
		result("profile.case", "ise.yaml: good", check.Pass), failed, warned, excused, unasked, ended,
		result("delivery.kept", "fw1", check.Error),
	}
}

func junit(t *testing.T, results []check.Result, m Meta) string {
	t.Helper()
	var b bytes.Buffer
	if err := JUnit(&b, results, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	got := junit(t, everyStatus(), Meta{})
	golden := filepath.Join("testdata", "junit.xml")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The counts of the document are those of its elements, and what is counted as what.
func TestJUnitCounts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                             string
		meta                             Meta
		tests, failures, errors, skipped int
	}{
		{"a warning passes", Meta{}, 7, 1, 2, 2},
		{"a warning fails", Meta{FailOnWarn: true}, 7, 2, 2, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			text := junit(t, everyStatus(), row.meta)
			var d junitSuites
			if err := xml.Unmarshal([]byte(text), &d); err != nil {
				t.Fatal(err)
			}
			got := []int{d.Tests, d.Failures, d.Errors, d.Skipped}
			want := []int{row.tests, row.failures, row.errors, row.skipped}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("counts of the document (-want +got):\n%s", diff)
			}
			elements := []int{strings.Count(text, "<testcase "), strings.Count(text, "<failure "), strings.Count(text, "<error "), strings.Count(text, "<skipped ")}
			if diff := cmp.Diff(want, elements); diff != "" {
				t.Errorf("elements (-want +got):\n%s", diff)
			}
			if strings.ContainsAny(text, "\x1b\u202e") || strings.Contains(text, "\xff") {
				t.Error("what steers a terminal is in the document")
			}
		})
	}
}

func TestJUnitRefusesAResultWithoutStatus(t *testing.T) {
	t.Parallel()
	if err := JUnit(io.Discard, []check.Result{{Check: "profile.case", Target: "x"}}, Meta{}); err == nil {
		t.Error("no error")
	}
}

// xmllint holds documents to the schema, and sees what is wrong with one.
func TestJUnitFollowsItsSchema(t *testing.T) {
	t.Parallel()
	xmllint := peers.Require(t, "xmllint", "libxml2-utils")
	good := junit(t, everyStatus(), Meta{})
	for _, row := range []struct {
		name, text string
		valid      bool
	}{
		{"every status", good, true},
		{"nothing", junit(t, nil, Meta{}), true},
		{"warnings fail", junit(t, everyStatus(), Meta{FailOnWarn: true}), true},
		{"a case without a class", strings.Replace(good, ` classname="profile.case"`, "", 1), false},
		{"an unknown element", strings.Replace(good, "</testcase>", "<reason/></testcase>", 1), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "report.xml")
			if err := os.WriteFile(file, []byte(row.text), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), xmllint, "--noout", "--nonet", "--schema", filepath.Join("testdata", "junit.xsd"), file).CombinedOutput()
			if (err == nil) != row.valid {
				t.Errorf("valid: %v, want %v\n%s", err == nil, row.valid, out)
			}
		})
	}
}
