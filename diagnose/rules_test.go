package diagnose

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const goodRules = `
symptoms:
  - id: site.backup-window
    title: {en: the domain controller is in its backup window, ja: ドメイン コントローラーがバックアップ中}
    causes: [{en: it is Sunday}]
    remedies: [{en: wait until Monday}]
rules:
  - name: backup
    pattern: 'DC (?P<server>\S+) of (?P<vsys>\d+) is in its backup window'
    symptom: site.backup-window
    tests:
      - {line: 'x DC dc1 of 2 is in its backup window', server: dc1, vsys: vsys2}
      - {line: 'DC dc1 is in its backup window', not: true}
  - name: old wording
    pattern: '(?i)ticket refused'
    symptom: kerberos.preauth-failed
    tests: [{line: Ticket refused}]
`

func rules(t *testing.T, text string) ([]Rule, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "site.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := LoadRules(dir)
	if err != nil {
		return nil, errorText(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
	return found, nil
}

type errorText string

func (e errorText) Error() string { return string(e) }

func TestRulesOfTheUser(t *testing.T) {
	t.Parallel()
	own, err := rules(t, goodRules)
	if err != nil || len(own) != 2 || own[0].Tests() != 2 || own[1].Tests() != 1 {
		t.Fatalf("%v: %+v", err, own)
	}
	found, err := Text(strings.NewReader("DC dc9 of 3 is in its backup window\nTICKET REFUSED\nTICKET REFUSED\n"), Config{Rules: own})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"fail site.backup-window@dc9", "fail kerberos.preauth-failed@service account"}
	if got := short(found); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	r := found[0]
	if r.Symptom != "site.backup-window" || r.Hint != "wait until Monday" || r.Summary != "dc9: the domain controller is in its backup window" ||
		r.Evidence[1].Text != "it is Sunday" {
		t.Errorf("%+v", r)
	}
}

// Every mistake in a file of rules has its place and says what to do.
func TestRulesThatAreWrong(t *testing.T) {
	t.Parallel()
	rule := func(lines ...string) string {
		return "rules:\n  - name: a\n    " + strings.Join(lines, "\n    ") + "\n"
	}
	const passes = "tests: [{line: x}]"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "rules: []", `site.yaml:1:1: no rule; write at least one entry under rules`},
		{"unknown key", rule("pattern: x", "symptom: kerberos.policy", "patern: y", passes), `site.yaml:5:5: unknown key "patern" in rules[0]; did you mean "pattern"?`},
		{"no such symptom", rule("pattern: x", "symptom: kerberos.polcy", passes), `site.yaml:4:14: "kerberos.polcy" is no symptom; uidprobe list symptoms`},
		{"pattern", rule("pattern: '('", "symptom: kerberos.policy", passes), "site.yaml:3:14: error parsing regexp"},
		{"group", rule("pattern: '(?P<host>x)'", "symptom: kerberos.policy", passes), `site.yaml:3:14: group "host" means nothing`},
		{"no test", rule("pattern: x", "symptom: kerberos.policy"), `site.yaml:2:5: rule "a" has no line that it must find; add tests`},
		{"only what it must not find", rule("pattern: x", "symptom: kerberos.policy", "tests: [{line: y, not: true}]"), `rule "a" has no line that it must find`},
		{"finds too little", rule("pattern: x", "symptom: kerberos.policy", "tests: [{line: y}]"), `site.yaml:5:20: rule "a" does not find the line`},
		{"finds too much", rule("pattern: x", "symptom: kerberos.policy", "tests: [{line: x}, {line: xx, not: true}]"), `site.yaml:5:31: rule "a" finds the line and must not`},
		{"another server", rule("pattern: 'x (?P<server>\\w+)'", "symptom: kerberos.policy", "tests: [{line: x b, server: c}]"), `site.yaml:5:33: rule "a" finds the server "b", want "c"`},
		{"a symptom of ours", "symptoms: [{id: kerberos.policy, title: {en: x}}]\n" + rule("pattern: x", "symptom: kerberos.policy", passes), `site.yaml:1:17: "kerberos.policy" is in the table already`},
		{"an ID", "symptoms: [{id: Site Window, title: {en: x}}]\n" + rule("pattern: x", "symptom: kerberos.policy", passes), `"Site Window" is not an ID`},
		{"no title", "symptoms: [{id: site.window}]\n" + rule("pattern: x", "symptom: site.window", passes), "site.yaml:1:12: no title in English"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := rules(t, c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got\n%v\nwant in it\n%s", err, c.want)
			}
		})
	}
	if _, err := LoadRules(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no file of rules") {
		t.Errorf("an empty folder: %v", err)
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add(goodRules)
	f.Add("rules: [{name: a, pattern: '(?P<server>', symptom: b, tests: [{line: c}]}]")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := ParseRules("f", []byte(text))
		if (err == nil) != (len(rules) > 0) {
			t.Errorf("%d rules and the error %v", len(rules), err)
		}
		for _, r := range rules {
			if r.Tests() == 0 || r.own == nil && r.row == nil {
				t.Errorf("%+v", r)
			}
		}
	})
}
