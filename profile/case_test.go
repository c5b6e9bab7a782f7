package profile

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/panos"
)

// caseSet has one profile of each kind.
const caseSet = `profiles:
  - name: field-login
    field-identifier: {event-string: 'ok', username-prefix: ' user=', username-delimiter: '\s', address-prefix: ' ip=', address-delimiter: '\n', address-per-log: 2}
  - name: regex-logout
    event-type: logout
    regex-identifier: {event-regex: ' (bye|gone( away)?) ', username-regex: ' user=([^ ]+) ', address-regex: ' ip=([0-9.]+)$'}
`

func suiteOf(t *testing.T, cases string) *Suite {
	t.Helper()
	s, err := LoadSuite("set.yaml", []byte(caseSet+cases), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each field that differs is the one that the case says differs, and no other.
func TestDifferencesAreFieldByField(t *testing.T) {
	t.Parallel()
	const login, logout = "ok user=corp\\jane ip=192.0.2.1", "nac: bye user=jane ip=192.0.2.1"
	address := func(s string) string { return "addresses: [" + s + "]" }
	for _, row := range []struct {
		name, message, expect string
		want                  []string // lines that begin with - or +
	}{
		{"as it should be", login, "expect: [{event: login, user: jane, domain: corp, " + address("192.0.2.1") + "}]", nil},
		{"the domain before the user", login, `expect: [{event: login, user: 'corp\jane', ` + address("192.0.2.1") + "}]", nil},
		{"user", login, "expect: [{event: login, user: jan, domain: corp, " + address("192.0.2.1") + "}]", []string{"- user: jan", "+ user: jane"}},
		{"domain", login, "expect: [{event: login, user: jane, " + address("192.0.2.1") + "}]", []string{"+ domain: corp"}},
		{"event", login, "expect: [{event: logout, user: jane, domain: corp, " + address("192.0.2.1") + "}]", []string{"- event: logout", "+ event: login"}},
		{"address", login, "expect: [{event: login, user: jane, domain: corp, " + address("192.0.2.1, 192.0.2.2") + "}]", []string{"- addresses: 192.0.2.1 192.0.2.2", "+ addresses: 192.0.2.1"}},
		{"profile", logout, "expect: [{profile: field-login, event: logout, user: jane, " + address("192.0.2.1") + "}]", []string{"- profile: field-login", "+ profile: regex-logout"}},
		{"nothing came", "ok ip=192.0.2.1", "expect: [{event: login, user: jane, " + address("192.0.2.1") + "}]",
			[]string{"- outcome: a match", "+ outcome: nothing", "- event: login", "- user: jane", "- addresses: 192.0.2.1"}},
		{"something came", logout, "nothing: {gave-up: event}",
			[]string{"- outcome: nothing", "+ outcome: a match", "+ profile: regex-logout", "+ event: logout", "+ user: jane", "+ addresses: 192.0.2.1"}},
		{"the part", "ok ip=192.0.2.1", "nothing: {gave-up: username}", nil},
		{"its element", "ok ip=192.0.2.1", "nothing: {gave-up: username-prefix}", nil},
		{"another element", "ok ip=192.0.2.1", "nothing: {gave-up: username-delimiter}", []string{"- gave up: username-delimiter", "+ gave up: username-prefix"}},
		{"another part", "ok ip=192.0.2.1", "nothing: {gave-up: address}", []string{"- gave up: address", "+ gave up: username-prefix"}},
		{"another profile's part", "ok ip=192.0.2.1", "nothing: {gave-up: event, profile: regex-logout}", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := suiteOf(t, "cases:\n  - name: x\n    message: "+scalar(row.message)+"\n    "+row.expect+"\n")
			differences, err := s.Cases[0].Run()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range differences {
				for line := range strings.Lines(d.String()) {
					if line[0] != ' ' {
						got = append(got, strings.Join(strings.Fields(line), " "))
					}
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", row.message, row.expect, diff)
			}
		})
	}
}

// Two matches of one message are told apart by their numbers.
func TestDifferencesOfSeveralMatches(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, `cases:
  - name: both
    message: 'ok bye user=jane ip=192.0.2.1'
    expect:
      - {event: login, user: jane, addresses: [192.0.2.1]}
      - {event: logout, user: john, addresses: [192.0.2.1]}
`)
	got, err := s.Cases[0].Run()
	if err != nil || len(got) != 1 {
		t.Fatalf("%d differences, %v; want 1", len(got), err)
	}
	want := "  1 event:   login\n  1 user:    jane\n  1 addresses: 192.0.2.1\n  2 event:   logout\n- 2 user:    john\n+ 2 user:    jane\n  2 addresses: 192.0.2.1\n"
	if diff := cmp.Diff(want, got[0].String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The entry of the sender is what the case says: attachments, version, switches, domain.
func TestCaseHasItsSender(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, `cases:
  - name: x
    profiles: [regex-logout=login, field-login]
    panos: '9.1'
    dialect: {case: insensitive}
    default-domain: corp
    message: m
    nothing: {gave-up: event}
  - name: y
    messages: [m, n]
    nothing: {gave-up: event, profile: field-login}
`)
	dialect, err := panos.DialectFor("9.1")
	if err != nil {
		t.Fatal(err)
	}
	dialect.Case = panos.CaseInsensitive
	x, y := s.Cases[0], s.Cases[1]
	if x.Config.Dialect != dialect || x.Config.DefaultDomain != "corp" {
		t.Errorf("dialect %+v, domain %q", x.Config.Dialect, x.Config.DefaultDomain)
	}
	names := func(c Case) (list []string) {
		for _, a := range c.Config.Attachments {
			list = append(list, a.Profile.Name+"="+string(a.Event))
		}
		return list
	}
	if diff := cmp.Diff([]string{"regex-logout=login", "field-login=login"}, names(x)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"field-login=login", "regex-logout=logout"}, names(y)); diff != "" {
		t.Error(diff)
	}
	want := []Expectation{{GaveUp: "event", Profile: "field-login"}, {GaveUp: "event", Profile: "field-login"}}
	if diff := cmp.Diff(want, y.Expect); diff != "" || len(y.Messages) != 2 {
		t.Errorf("%d messages, expectations (-want +got):\n%s", len(y.Messages), diff)
	}
	if x.File != "set.yaml" || x.Line != 8 {
		t.Errorf("the case stands in %s:%d, want set.yaml:8", x.File, x.Line)
	}
}

// All mistakes of a file at once, each where it stands.
func TestCaseMistakes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, cases, want string }{
		{"nothing to match", "  - name: x\n    nothing: {gave-up: event}\n", "set.yaml:8:5: the case has no message; give message, messages or file"},
		{"two kinds of messages", "  - name: x\n    message: a\n    messages: [b]\n    nothing: {gave-up: event}\n", "set.yaml:10:5: there are message and messages; a case has exactly one of message, messages and file"},
		{"no expectation", "  - name: x\n    message: a\n", "set.yaml:8:5: the case expects nothing, and so cannot fail; say under expect what comes out, or under nothing what gives up"},
		{"expect and nothing", "  - name: x\n    message: a\n    expect: [{event: login, user: u, addresses: [192.0.2.1]}]\n    nothing: {gave-up: event}\n", "set.yaml:11:5: there are expect and nothing; a case has exactly one of the two"},
		{"an event that is none", "  - name: x\n    message: a\n    expect: [{event: logon, user: u, addresses: [192.0.2.1]}]\n", `set.yaml:10:22: event "logon" is neither login nor logout`},
		{"no user, no address", "  - name: x\n    message: a\n    expect: [{event: login}]\n", "set.yaml:10:14: user is missing or empty\nset.yaml:10:14: addresses is missing or empty"},
		{"a part that is none", "  - name: x\n    message: a\n    nothing: {gave-up: regex}\n", `set.yaml:10:24: gave-up "regex" is not one of event, username, address, event-regex, username-regex, address-regex, event-string, username-prefix, username-delimiter, address-prefix, address-delimiter`},
		{"a profile that is none", "  - name: x\n    profiles: [feild-login]\n    message: a\n    nothing: {gave-up: event}\n", `set.yaml:9:16: there is no profile "feild-login"; did you mean "field-login"?`},
		{"an event type that is none", "  - name: x\n    profiles: [field-login=logon]\n    message: a\n    nothing: {gave-up: event}\n", `set.yaml:9:16: "field-login=logon": the event type is login or logout`},
		{"a profile that is not attached", "  - name: x\n    profiles: [field-login]\n    message: a\n    nothing: {gave-up: event, profile: regex-logout}\n", `set.yaml:11:40: profile "regex-logout" is not attached in this case`},
		{"a name twice", "  - name: x\n    message: a\n    nothing: {gave-up: event}\n  - name: x\n    message: a\n    nothing: {gave-up: event}\n", `set.yaml:11:11: name "x" is taken by the case in line 8`},
		{"a version that is none", "  - name: x\n    panos: eleven\n    message: a\n    nothing: {gave-up: event}\n", `set.yaml:9:12: PAN-OS version "eleven"`},
		{"a switch's value that is none", "  - name: x\n    dialect: {case: loud}\n    message: a\n    nothing: {gave-up: event}\n", `set.yaml:9:21: `},
		{"a file from memory", "  - name: x\n    file: a.log\n    nothing: {gave-up: event}\n", "set.yaml:9:11: this file cannot name others"},
		{"the same profile twice", "  - name: x\n    profiles: [field-login, field-login]\n    message: a\n    nothing: {gave-up: event}\n", `set.yaml:8:5: profile "field-login" is attached twice`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := LoadSuite("set.yaml", []byte(caseSet+"cases:\n"+row.cases), nil)
			if err == nil || !strings.HasPrefix(err.Error(), row.want) || strings.Count(err.Error(), "\n") != strings.Count(row.want, "\n") {
				t.Errorf("got:\n%v\nwant:\n%s", err, row.want)
			}
		})
	}
}

// A sample is a case, and so is a message that must not map.
func TestSamplesAreCases(t *testing.T) {
	t.Parallel()
	set, err := Load("good.yaml", []byte(goodFile))
	if err != nil {
		t.Fatal(err)
	}
	got, err := set[0].Cases()
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Attachments: []Attachment{{Profile: set[0], Event: panos.Login}}}
	want := []Case{
		{Name: "example-login: sample 1", Config: config, Messages: []string{"<13>Nov  3 09:04:05 host1.corp.example ok user=uidprobe0001 ip=198.51.100.7,"},
			Expect: []Expectation{{Matches: []Expected{{Profile: "example-login", Event: panos.Login, User: "uidprobe0001", Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.7")}}}}}},
		{Name: "example-login: must not map 1, failed log-in", Config: config, Messages: []string{"refused user=uidprobe0001 ip=198.51.100.7,"}, Expect: []Expectation{{}}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzLoadSuite(f *testing.F) {
	f.Add([]byte(caseSet + "cases:\n  - name: x\n    message: ok user=a ip=192.0.2.1\n    expect: [{event: login, user: a, addresses: [192.0.2.1]}]\n"))
	f.Add([]byte(caseSet + "cases: [{name: y, messages: [], nothing: {gave-up: event}}]\n"))
	f.Add([]byte(goodFile))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := LoadSuite("fuzz.yaml", data, nil)
		if err != nil {
			return
		}
		for _, c := range s.Cases {
			if _, err := c.Run(); err != nil {
				t.Errorf("a case that was read does not compile: %v", err)
			}
		}
	})
}

func FuzzExpectedFile(f *testing.F) {
	f.Add([]byte(`{"profiles": ["field-login"], "panos": "11.1", "dialect": {"case": "insensitive"}, "messages": [{"line": 1, "nothing": {"profile": "x", "gave_up": "event-string"}}]}`))
	f.Add([]byte(`{"profiles": ["regex-logout=login"], "messages": [{"line": 1, "matches": [{"profile": "x", "event": "login", "user": "u", "addresses": ["192.0.2.1"]}]}]}`))
	f.Add([]byte(`{"profiles": 1`))
	set, err := Load("set.yaml", []byte(caseSet))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := decodeExpected("fuzz.json", data)
		if err != nil {
			return
		}
		config, err := g.config("fuzz.json", data, set)
		if err != nil {
			return
		}
		m, err := Compile(config)
		if err != nil {
			t.Fatal(err)
		}
		messages := []string{"ok user=a ip=192.0.2.1", "bye", ""}
		text := g.record(m, messages)
		again, err := decodeExpected("again.json", text)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, text)
		}
		c := Case{Config: config, Messages: messages, Expect: again.expect()}
		if d, err := c.Run(); err != nil || d != nil {
			t.Errorf("what was just written fails: %v %v", d, err)
		}
	})
}
