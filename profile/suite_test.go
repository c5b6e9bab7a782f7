package profile

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/check"
)

// write makes files below a folder of the test; a name is a path with slashes.
func write(t *testing.T, files map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range files {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const oneCase = "cases:\n  - name: one\n    profiles: [field-login]\n    message: ok user=jane ip=192.0.2.1\n    expect: [{event: login, user: jane, addresses: [192.0.2.1]}]\n"

// manyFiles is a folder with all that a suite reads, and what it leaves alone.
var manyFiles = map[string]string{
	"set.yaml":               caseSet,
	"set.cases.yaml":         oneCase,
	"set.day.log":            "ok user=jane ip=192.0.2.1\r\nnac: bye user=jane ip=192.0.2.1",
	"set.day.expected.json":  `{"profiles": ["field-login"], "messages": [{"line": 1, "matches": [{"profile": "field-login", "event": "login", "user": "jane", "addresses": ["192.0.2.1"]}]}, {"line": 2, "nothing": {"profile": "field-login", "gave_up": "event-string"}}]}`,
	"more/other.cases.yaml":  "profile-files: [../set.yaml]\ncases:\n  - name: lines\n    file: lines.log\n    nothing: {gave-up: event, profile: regex-logout}\n",
	"more/lines.log":         "ok ip=192.0.2.1\nok ip=192.0.2.2\n",
	"site.yaml":              "senders:\n  - name: x\n",
	".hidden/set.cases.yaml": "broken",
}

func names(s *Suite, folder string) (cases, tested []string) {
	for _, c := range s.Cases {
		file, err := filepath.Rel(folder, c.File)
		if err != nil {
			file = c.File
		}
		cases = append(cases, filepath.ToSlash(file)+": "+c.Name)
	}
	for _, x := range s.Tested {
		tested = append(tested, x.Profile.Name)
	}
	return cases, tested
}

func TestReadSuite(t *testing.T) {
	t.Parallel()
	folder := write(t, manyFiles)
	one, log, lines := "set.cases.yaml: one", "set.day.expected.json: set.day.log", "more/other.cases.yaml: lines"
	for _, row := range []struct {
		path  string
		cases []string
	}{
		{".", []string{lines, one, log}},
		{"set.yaml", []string{one, log}},
		{"set.cases.yaml", []string{one}},
		{"set.day.log", []string{log}},
		{"set.day.expected.json", []string{log}},
		{"more", []string{lines}},
	} {
		t.Run(row.path, func(t *testing.T) {
			t.Parallel()
			s, err := ReadSuite([]string{filepath.Join(folder, row.path)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			cases, tested := names(s, folder)
			if diff := cmp.Diff(row.cases, cases); diff != "" {
				t.Errorf("cases (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"field-login", "regex-logout"}, tested); diff != "" {
				t.Errorf("profiles under test (-want +got):\n%s", diff)
			}
			for _, c := range s.Cases {
				if d, err := c.Run(); err != nil || d != nil {
					t.Errorf("%s: %v %v", c.Name, d, err)
				}
			}
		})
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	folder := write(t, manyFiles)
	s, err := ReadSuite([]string{folder}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Select(regexp.MustCompile(`cases\.yaml: (one|two)$`))
	cases, _ := names(s, folder)
	if diff := cmp.Diff([]string{"set.cases.yaml: one"}, cases); diff != "" {
		t.Error(diff)
	}
}

// What cannot be read is told in one line that names the file.
func TestReadSuiteRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, file, text, want string }{
		{"a log that nobody wrote down", "set.log", "ok\n", "set.log: there is no set.expected.json; write it with --update, and read it before you trust it"},
		{"JSON that ends early", "set.expected.json", `{"profiles": [`, "set.expected.json:1:15: the document is not complete"},
		{"broken JSON", "set.expected.json", "{\n  \"profiles\": }", "set.expected.json:2:15: invalid character '}' looking for beginning of value"},
		{"a number for a name", "set.expected.json", "{\n  \"panos\": 11}", "set.expected.json:2:13: panos is a number, which it cannot be"},
		{"an unknown key", "set.expected.json", `{"profile": []}`, `set.expected.json:1:2: unknown field "profile"`},
		{"an unknown profile", "set.expected.json", "{\"profiles\":\n  [\"feild-login\"]}", `set.expected.json:2:4: there is no profile "feild-login"; did you mean "field-login"?`},
		{"an unknown version", "set.expected.json", `{"panos": "x", "profiles": ["field-login"]}`, `set.expected.json:1:11: PAN-OS version "x"`},
		{"no profiles", "set.expected.json", `{"messages": []}`, "set.expected.json:1:1: profiles is missing or empty: name the profiles that read the log"},
		{"two documents", "set.expected.json", `{"profiles": ["field-login"]} {}`, "set.expected.json:1:30: there is something behind the end of the document"},
		{"a compressed log", "set.log", "\x1f\x8b\x08", "set.log is compressed; the messages of cases are plain text"},
		{"cases without profiles", "other.cases.yaml", "cases: [{name: x, message: m, nothing: {gave-up: event}}]", "other.cases.yaml:1:9: the case has no profiles; name profiles, or their files under profile-files"},
		{"a profile file that is not there", "other.cases.yaml", "profile-files: [x.yaml]\ncases: [{name: x, message: m, nothing: {gave-up: event}}]", "other.cases.yaml:1:17: there is no file x.yaml; the name counts from the folder of this file"},
		{"no cases", "other.cases.yaml", "profile-files: [set.yaml]", "other.cases.yaml:1:1: the file has no cases; begin with cases:"},
		{"a folder for messages", "set.cases.yaml", "cases: [{name: x, file: ., nothing: {gave-up: event}}]", "set.cases.yaml:1:25: . is no regular file"},
		{"broken YAML", "set.cases.yaml", "cases: [", "set.cases.yaml:1"},
		{"an invalid regex", "bad.yaml", "profiles: [{name: x, regex-identifier: {event-regex: '(', username-regex: u, address-regex: a}}]", "bad.yaml:1:54: event-regex: missing closing )"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"set.yaml": caseSet, row.file: row.text}
			if strings.HasSuffix(row.file, ".json") {
				files["set.log"] = "ok\n"
			}
			folder := write(t, files)
			_, err := ReadSuite([]string{folder}, nil)
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), ""), folder, ".")
			if !strings.HasPrefix(got, row.want) || strings.Contains(got, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", got, row.want)
			}
		})
	}
}

// What is written down passes, its head is kept, and a second time nothing changes.
func TestRecord(t *testing.T) {
	t.Parallel()
	folder := write(t, map[string]string{
		"set.yaml": caseSet, "set.log": "ok user=Jane ip=192.0.2.1\nok\n",
		"set.expected.json": `{"profiles": ["field-login"], "default_domain": "corp", "dialect": {"lower_case_user": "no"}, "messages": []}`,
		"new.log":           "nac: bye user=jane ip=192.0.2.1\n",
	})
	for _, want := range [][]string{{"new.expected.json", "set.expected.json"}, nil} {
		s, err := ReadLogs([]string{folder}, nil)
		if err != nil {
			t.Fatal(err)
		}
		changed, err := s.Record()
		for i := range changed {
			changed[i] = filepath.Base(changed[i])
		}
		if diff := cmp.Diff(want, changed); diff != "" || err != nil {
			t.Errorf("changed (-want +got):\n%s%v", diff, err)
		}
	}
	got, err := os.ReadFile(filepath.Join(folder, "set.expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"profiles":["field-login"],"dialect":{"lower_case_user":"no"},"default_domain":"corp","messages":[` +
		`{"line":1,"matches":[{"profile":"field-login","event":"login","user":"Jane","domain":"corp","addresses":["192.0.2.1"]}]},` +
		`{"line":2,"nothing":{"profile":"field-login","gave_up":"username-prefix"}}]}`
	if diff := cmp.Diff(want, strings.Join(strings.Fields(string(got)), "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s, err := ReadSuite([]string{folder}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Cases {
		if d, err := c.Run(); d != nil || err != nil {
			t.Errorf("%s: %v %v", c.Name, d, err)
		}
	}
}

// A log that has grown, or shrunk, does not pass by what it has in common.
func TestLogOfAnotherLength(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, log, want string }{
		{"grown", "ok\nok\n", "+ expected: nothing is written down for this message"},
		{"shrunk", "", "- message: one more"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			folder := write(t, map[string]string{"set.yaml": caseSet, "set.log": row.log,
				"set.expected.json": `{"profiles": ["field-login"], "messages": [{"line": 1, "nothing": {"profile": "field-login", "gave_up": "username-prefix"}}]}`})
			s, err := ReadSuite([]string{folder}, nil)
			if err != nil {
				t.Fatal(err)
			}
			d, err := s.Cases[0].Run()
			if err != nil || len(d) != 1 || !strings.Contains(strings.Join(strings.Fields(d[0].String()), " "), row.want) {
				t.Errorf("got %v, %v, want one difference with %q", d, err, row.want)
			}
		})
	}
}

// results runs all checks of a suite, by ID and target.
func results(t *testing.T, s *Suite, c TestConfig) map[check.Ref]check.Result {
	t.Helper()
	list := map[check.Ref]check.Result{}
	for r := range check.Run(t.Context(), s.Checks(c), check.Config{}) {
		if _, twice := list[r.Ref()]; twice {
			t.Errorf("%v is answered twice", r.Ref())
		}
		list[r.Ref()] = r
	}
	return list
}

// A changed regex makes exactly the right case fail.
func TestChangedRegexFailsItsCase(t *testing.T) {
	t.Parallel()
	const cases = oneCase + `  - name: two
    profiles: [regex-logout]
    message: 'nac: bye user=jane-1 ip=192.0.2.1'
    expect: [{event: logout, user: jane-1, addresses: [192.0.2.1]}]
  - name: three
    profiles: [regex-logout]
    message: 'nac: gone away user=jane ip=192.0.2.1'
    expect: [{event: logout, user: jane, addresses: [192.0.2.1]}]
`
	changed := strings.Replace(caseSet, "user=([^ ]+) ", "user=([a-z]+) ", 1)
	s, err := LoadSuite("set.yaml", []byte(changed+cases), nil)
	if err != nil {
		t.Fatal(err)
	}
	for ref, r := range results(t, s, TestConfig{}) {
		want := check.Pass
		switch {
		case ref.Target == "set.yaml: two" && ref.Check == "profile.case":
			want = check.Fail
		case ref.Target == "set.yaml: two":
			want = check.Skip
		case ref.Check == "profile.tested":
			want = check.Warn // no case in which the profile leaves a message alone
		}
		if r.Status != want {
			t.Errorf("%v: %v, want %v: %s", ref, r.Status, want, r.Summary)
		}
	}
}

// A case that nothing can make fail is found, whatever is wrong with it.
func TestCasesThatCannotFail(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, cases, want string }{
		{"a match", oneCase, ""},
		{"near", "cases: [{name: one, message: ok, nothing: {gave-up: username, profile: field-login}}]", ""},
		{"no messages", "cases: [{name: one, messages: [], nothing: {gave-up: event}}]", "it has no messages"},
		{"nothing to do with it", "cases: [{name: one, message: zzzz, nothing: {gave-up: event}}]", "no part of a profile finds anything in its messages"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := suiteOf(t, row.cases)
			r := results(t, s, TestConfig{})[check.Ref{Check: "profile.case.can-fail", Target: "set.yaml: one"}]
			if row.want == "" {
				if r.Status != check.Pass {
					t.Errorf("%v: %s", r.Status, r.Summary)
				}
				return
			}
			if r.Status != check.Fail || !strings.HasSuffix(r.Summary, "cannot fail: "+row.want) {
				t.Errorf("%v: %s, want a failure for %s", r.Status, r.Summary, row.want)
			}
		})
	}
}

// Every way in which an expectation can be wrong fails a case that passes.
func TestWrongExpectationsFail(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, expect string
		wrong        int
	}{
		{"a match", "expect: [{event: login, user: jane, domain: corp, addresses: [192.0.2.1]}]", 7},
		{"nothing", "nothing: {gave-up: event, profile: field-login}", 2},
	} {
		message := map[string]string{"a match": `ok user=corp\jane ip=192.0.2.1`, "nothing": "refused user=jane ip=192.0.2.1"}[row.name]
		s := suiteOf(t, "cases:\n  - name: x\n    message: '"+message+"'\n    "+row.expect+"\n")
		c := s.Cases[0]
		if d, err := c.Run(); d != nil || err != nil {
			t.Fatalf("%s: %v %v", row.name, d, err)
		}
		wrong := c.Expect[0].wrong()
		if len(wrong) != row.wrong {
			t.Errorf("%s: %d wrong expectations, want %d", row.name, len(wrong), row.wrong)
		}
		for _, e := range wrong {
			c.Expect = []Expectation{e}
			if d, err := c.Run(); d == nil || err != nil {
				t.Errorf("%s: %+v passes: %v", row.name, e, err)
			}
		}
	}
}

// A profile without a case fails; one that is never left alone is a warning.
func TestEveryProfileIsTested(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, oneCase+"  - {name: two, profiles: [field-login], message: ok, nothing: {gave-up: username}}\n")
	got := results(t, s, TestConfig{})
	for target, want := range map[string]check.Status{"set.yaml: field-login": check.Pass, "set.yaml: regex-logout": check.Fail} {
		if r := got[check.Ref{Check: "profile.tested", Target: target}]; r.Status != want {
			t.Errorf("%s: %v, want %v: %s", target, r.Status, want, r.Summary)
		}
	}
	for ref := range results(t, s, TestConfig{OnlyCases: true}) {
		if ref.Check == "profile.tested" {
			t.Errorf("%v is asked of some cases", ref)
		}
	}
}

// A file too large to be cases is refused before it is read.
func TestLargeFileIsRefused(t *testing.T) {
	t.Parallel()
	folder := write(t, map[string]string{"set.yaml": caseSet, "set.log": ""})
	name := filepath.Join(folder, "set.log")
	if err := os.Truncate(name, maxCaseFile+1); err != nil {
		t.Fatal(err)
	}
	_, err := ReadLogs([]string{name}, nil)
	if want := name + " has 16777217 bytes, a file of cases at most 16777216; a log of any size is for profile match"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
