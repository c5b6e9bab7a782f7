package profile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
)

const goodFile = `vendor: example
title: {en: Example, ja: 例}
source: RFC 9999
confidence: derived
profiles:
  - name: example-login
    description: 'it''s a log-in'
    event-type: login
    field-identifier: {event-string: ok, username-prefix: user=, username-delimiter: '\s', address-prefix: ip=, address-delimiter: ',', address-per-log: 2}
    samples:
      - message: '<13>${time:rfc3164} ${host} ok user=${user} ip=${address},'
        user: '${user}'
        address: '${address}'
    must-not-map:
      - {message: 'refused user=${user} ip=${address},', why: failed log-in}
  - name: example-logout
    event-type: logout
    regex-identifier:
      event-regex: 'bye'
      username-regex: 'user=([^ ]+)'
      address-regex: 'ip=([0-9.]+)'
  - name: example default
    regex-identifier: {event-regex: 'a', username-regex: '(b)', address-regex: '(c)'}
`

// oddFile has strings that need every kind of quoting.
const oddFile = `profiles:
- name: odd
  description: "a\u2028\"b\"\\c 'd' \U000e0001"
  regex-identifier: {event-regex: '''it''s''', username-regex: "\t(.)\\.", address-regex: '# (.*): *'}
`

func TestFormatQuotes(t *testing.T) {
	t.Parallel()
	profiles, err := Load("odd.yaml", []byte(oddFile))
	if err != nil {
		t.Fatal(err)
	}
	want := []Profile{{
		Name: "odd", Description: "a\u2028\"b\"\\c 'd' \U000e0001", Event: panos.Login,
		Regex: &RegexIdentifier{"'it's'", "\t(.)\\.", "# (.*): *"},
	}}
	if diff := cmp.Diff(want, profiles); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
	text := Format(profiles)
	again, err := Load("again.yaml", text)
	if diff := cmp.Diff(want, again); err != nil || diff != "" {
		t.Errorf("Load of Format: error %v (-want +got):\n%s\n%s", err, diff, text)
	}
}

func TestLoadSet(t *testing.T) {
	t.Parallel()
	got, err := LoadSet("good.yaml", []byte(goodFile))
	if err != nil {
		t.Fatal(err)
	}
	want := Set{
		Vendor: "example", Title: lang.Text{EN: "Example", JA: "例"}, Source: "RFC 9999", Confidence: Derived,
		Profiles: []Profile{
			{
				Name: "example-login", Description: "it's a log-in", Event: panos.Login,
				Field:      &FieldIdentifier{"ok", "user=", `\s`, "ip=", ",", 2},
				Samples:    []Sample{{"<13>${time:rfc3164} ${host} ok user=${user} ip=${address},", "${user}", "${address}"}},
				MustNotMap: []Negative{{"refused user=${user} ip=${address},", "failed log-in"}},
			},
			{Name: "example-logout", Event: panos.Logout, Regex: &RegexIdentifier{"bye", "user=([^ ]+)", "ip=([0-9.]+)"}},
			{Name: "example default", Event: panos.Login, Regex: &RegexIdentifier{"a", "(b)", "(c)"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("LoadSet (-want +got):\n%s", diff)
	}
	again, err := Load("again.yaml", Format(got.Profiles))
	if err != nil {
		t.Fatalf("what Format wrote: %v\n%s", err, Format(got.Profiles))
	}
	if diff := cmp.Diff(want.Profiles, again); diff != "" {
		t.Errorf("Load of Format (-want +got):\n%s", diff)
	}
}

// Every mistake is reported at once, where it stands.
func TestLoadReportsEveryMistake(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxPattern+1)
	file := `confidence: sure
profiles:
  - name: 1st
    event-type: logon
    description: ` + strings.Repeat("d", MaxDescription+1) + `
    field-identifier:
      event-string: ok
      username-prefix: user=
      username-delimiter: ' '
      address-prefix: ` + long + `
      address-per-log: 4
    samples:
      - message: 'ok ${usr}'
        address: '${address}'
  - name: two
    regex-identifier:
      event-regex: 'ok(?=x)'
      username-regex: '(a)\1'
      address-regex: '(['
      address-per-log: 1
    field-identifer: {}
    must-not-map:
      - {message: "two\nlines"}
  - name: two
  - name: both
    regex-identifier: {event-regex: a, username-regex: b, address-regex: c}
    field-identifier: {event-string: a, username-prefix: b, username-delimiter: "\t", address-prefix: d, address-delimiter: e, address-per-log: 0}
  - name: ` + strings.Repeat("n", MaxName+1) + `
    regex-identifier: [a, b]
`
	profiles, err := Load("bad.yaml", []byte(file))
	if err == nil || profiles != nil {
		t.Fatalf("Load = %d profiles, error %v, want none and an error", len(profiles), err)
	}
	want := []string{
		`bad.yaml:1:13: confidence "sure" is neither documented nor derived`,
		`bad.yaml:3:11: PAN-OS refuses the name "1st"; a name has letters, digits, blanks, dots, hyphens and underscores, and begins with none of digit and blank`,
		`bad.yaml:4:17: event-type "logon" is neither login nor logout`,
		`bad.yaml:5:18: description has 256 characters, PAN-OS takes at most 255`,
		`bad.yaml:7:7: address-delimiter is missing or empty; it is mandatory`,
		`bad.yaml:9:27: username-delimiter: white space only, please use \s for white space`,
		`bad.yaml:10:23: address-prefix has 1025 characters, PAN-OS takes at most 1024`,
		`bad.yaml:11:24: address-per-log 4 is not between 1 and 3`,
		`bad.yaml:13:9: user is missing or empty`,
		`bad.yaml:13:18: message: TEMPLATE`,
		`bad.yaml:17:20: event-regex: look-ahead "(?=" at character 3: RE2 has none; match the text itself and take the value as a group: what stands round a group is left out anyway`,
		`bad.yaml:18:23: username-regex: back-reference "\1" at character 4: RE2 has none; write the repeated text out`,
		`bad.yaml:19:22: address-regex: missing closing ]: "[" at character 2`,
		`bad.yaml:20:7: address-per-log exists for field identifiers only; remove it`,
		`bad.yaml:21:5: unknown key "field-identifer" in profiles[1]; did you mean "field-identifier"?`,
		`bad.yaml:23:19: message has a line break in it; a message is one line`,
		`bad.yaml:24:5: there is no identifier; give a regex-identifier or a field-identifier`,
		`bad.yaml:24:11: name "two" is taken by the profile in line 15`,
		`bad.yaml:27:23: there are a regex-identifier and a field-identifier; a profile has exactly one of the two`,
		`bad.yaml:27:81: username-delimiter: white space only, please use \s for white space`,
		`bad.yaml:27:145: address-per-log 0 is not between 1 and 3`,
		`bad.yaml:28:11: name has 64 characters, PAN-OS takes at most 63`,
		`bad.yaml:29:23: profiles[4].regex-identifier: want keys (event-regex, username-regex, address-regex, …), got a list`,
	}
	got := strings.Split(err.Error(), "\n")
	for i, line := range got { // the words about templates are another package's
		if at := strings.Index(line, "message: "); strings.Contains(line, "usr") && at > 0 {
			got[i] = line[:at] + "message: TEMPLATE"
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestLoadRefusesWhatIsNoProfileFile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, file, want string }{
		{"empty", "", "x.yaml:1:1: the file is empty"},
		{"no profiles", "vendor: a\n", "x.yaml:1:1: the file has no profiles; begin with profiles:"},
		{"profiles are no list", "profiles: a\n", "x.yaml:1:11: profiles: want a list"},
		{"a profile is a word", "profiles: [a]\n", "x.yaml:1:12: profiles[0]: want keys"},
		{"an identifier is a word", "profiles: [{name: a, field-identifier: b}]\n", "x.yaml:1:40: profiles[0].field-identifier: want keys"},
		{"a name that is none", "profiles: [{name: [a], regex-identifier: {event-regex: a, username-regex: b, address-regex: c}}]\n", "x.yaml:1:19: profiles[0].name: want text"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load("x.yaml", []byte(row.file))
			if err == nil || !strings.HasPrefix(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one that begins with %s", err, row.want)
			}
		})
	}
}
