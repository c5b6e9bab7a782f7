package profile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/panos"
)

// flips has, for every switch that concerns matching, what its values make of one line.
var flips = []struct {
	name, is string // the switch and its value; the first of each switch is the default
	domain   string
	profiles []Profile
	line     string
	want     []string
}{
	{"match_on", "line", "", []Profile{fields(func(f *FieldIdentifier) { f.EventString = "host1" })},
		"<13>Nov  3 09:04:05 host1 app: user=jane, ip=192.0.2.1,", []string{"fields jane 192.0.2.1"}},
	{"match_on", "content", "", []Profile{fields(func(f *FieldIdentifier) { f.EventString = "host1" })},
		"<13>Nov  3 09:04:05 host1 app: user=jane, ip=192.0.2.1,", nil},
	{"match_on", "content", "", []Profile{fields(func(f *FieldIdentifier) { f.EventString = "app" })},
		"<13>Nov  3 09:04:05 host1 app: user=jane, ip=192.0.2.1,", []string{"fields jane 192.0.2.1"}},

	{"group", "first", "", []Profile{regexes(func(r *RegexIdentifier) { r.UsernameRegex = `user=([a-z]+)/([a-z]+)` })},
		"ok user=jane/doe, ip=192.0.2.1,", []string{"regexes jane 192.0.2.1"}},
	{"group", "last", "", []Profile{regexes(func(r *RegexIdentifier) { r.UsernameRegex = `user=([a-z]+)/([a-z]+)` })},
		"ok user=jane/doe, ip=192.0.2.1,", []string{"regexes doe 192.0.2.1"}},

	{"no_group", "whole-match", "", []Profile{regexes(func(r *RegexIdentifier) { r.AddressRegex = `[0-9]+\.[0-9.]+` })},
		"ok user=jane, ip=192.0.2.1,", []string{"regexes jane 192.0.2.1"}},
	{"no_group", "nothing", "", []Profile{regexes(func(r *RegexIdentifier) { r.AddressRegex = `[0-9]+\.[0-9.]+` })},
		"ok user=jane, ip=192.0.2.1,", nil},

	{"case", "sensitive", "", []Profile{fields(nil), regexes(nil)}, "OK User=jane, IP=192.0.2.1,", nil},
	{"case", "insensitive", "", []Profile{fields(nil), regexes(nil)}, "OK User=jane, IP=192.0.2.1,",
		[]string{"fields jane 192.0.2.1", "regexes jane 192.0.2.1"}},

	{"prefix", "first", "", []Profile{fields(nil)}, "ok user=a, user=b, ip=192.0.2.1, ip=192.0.2.2,", []string{"fields a 192.0.2.1"}},
	{"prefix", "last", "", []Profile{fields(nil)}, "ok user=a, user=b, ip=192.0.2.1, ip=192.0.2.2,", []string{"fields b 192.0.2.2"}},
	{"prefix", "last", "", []Profile{fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 })},
		"ok user=a, ip=192.0.2.1, ip=192.0.2.2, ip=192.0.2.3,", []string{"fields a 192.0.2.3 192.0.2.2"}},

	{"missing_delimiter", "nothing", "", []Profile{fields(nil)}, "ok user=jane, ip=192.0.2.1", nil},
	{"missing_delimiter", "rest-of-line", "", []Profile{fields(nil)}, "ok user=jane, ip=192.0.2.1", []string{"fields jane 192.0.2.1"}},

	{"several_profiles", "all", "", []Profile{fields(nil), regexes(nil)}, "ok user=jane, ip=192.0.2.1,",
		[]string{"fields jane 192.0.2.1", "regexes jane 192.0.2.1"}},
	{"several_profiles", "first", "", []Profile{fields(nil), regexes(nil)}, "ok user=jane, ip=192.0.2.1,", []string{"fields jane 192.0.2.1"}},
	// A profile that maps nothing leaves the message to the next one.
	{"several_profiles", "first", "", []Profile{fields(nil), regexes(func(r *RegexIdentifier) { r.AddressRegex = "ip=([0-9.]+)" })},
		"ok user=jane, ip=192.0.2.1", []string{"regexes jane 192.0.2.1"}},

	{"ipv6", "yes", "", []Profile{fields(nil)}, "ok user=jane, ip=2001:db8::1,", []string{"fields jane 2001:db8::1"}},
	{"ipv6", "no", "", []Profile{fields(nil)}, "ok user=jane, ip=2001:db8::1,", nil},

	{"mapped_ipv4", "no", "", []Profile{fields(nil)}, "ok user=jane, ip=::ffff:192.0.2.1,", nil},
	{"mapped_ipv4", "yes", "", []Profile{fields(nil)}, "ok user=jane, ip=::ffff:192.0.2.1,", []string{"fields jane 192.0.2.1"}},
	{"mapped_ipv4", "yes", "", []Profile{fields(nil)}, "ok user=jane, ip=::ffff:0.0.0.0,", nil},

	{"trim_value", "no", "", []Profile{fields(nil)}, `ok user="jane", ip=192.0.2.1,`, []string{`fields "jane" 192.0.2.1`}},
	{"trim_value", "yes", "", []Profile{fields(nil), regexes(nil)}, `ok user= "jane", ip= 192.0.2.1 ,`,
		[]string{"fields jane 192.0.2.1", "regexes jane 192.0.2.1"}},
	{"trim_value", "yes", "", []Profile{fields(nil)}, `ok user=" ", ip=192.0.2.1,`, nil},

	{"default_domain_on_upn", "replace", "acme", []Profile{fields(nil)}, "ok user=jane@corp.example, ip=192.0.2.1,", []string{`fields acme\jane 192.0.2.1`}},
	{"default_domain_on_upn", "keep", "acme", []Profile{fields(nil)}, "ok user=jane@corp.example, ip=192.0.2.1,", []string{`fields jane@corp.example 192.0.2.1`}},

	{"lower_case_user", "yes", "ACME", []Profile{fields(nil)}, "ok user=Jane, ip=192.0.2.1,", []string{`fields acme\jane 192.0.2.1`}},
	{"lower_case_user", "no", "ACME", []Profile{fields(nil)}, "ok user=Jane, ip=192.0.2.1,", []string{`fields ACME\Jane 192.0.2.1`}},
}

func TestEverySwitchChangesBehaviour(t *testing.T) {
	t.Parallel()
	for _, row := range flips {
		t.Run(row.name+"="+row.is, func(t *testing.T) {
			t.Parallel()
			dialect := panos.DefaultDialect()
			if err := dialect.Set(row.name, row.is); err != nil {
				t.Fatal(err)
			}
			c := Config{DefaultDomain: row.domain, Dialect: dialect}
			for _, p := range row.profiles {
				c.Attachments = append(c.Attachments, Attachment{Profile: p})
			}
			m := compiled1(t, c)
			if diff := cmp.Diff(row.want, said(m.Match(nil, []byte(row.line)))); diff != "" {
				t.Errorf("Match(%q) (-want +got):\n%s", row.line, diff)
			}
			agree(t, m, []byte(row.line))
		})
	}
}

// The switches that a listener obeys, before or after a line is matched.
var listenerSwitches = []string{"max_message", "over_long", "datagram_lines", "octet_count", "final_line", "logout_authenticates", "kept_out_authenticates"}

// No switch may be forgotten: each is either a listener's, or has a line above for every value.
func TestEverySwitchIsAccountedFor(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, row := range flips {
		shown[row.name+"="+row.is] = true
	}
	for _, s := range panos.Switches() {
		listener := strings.Contains(strings.Join(listenerSwitches, " ")+" ", s.Name+" ")
		for _, value := range s.Values {
			if has := shown[s.Name+"="+value]; has == listener {
				t.Errorf("switch %s=%s: a listener's is %v, shown by a line is %v", s.Name, value, listener, has)
			}
		}
	}
}

func TestHeaderEnd(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, line, want string }{
		{"RFC 3164", "<13>Nov  3 09:04:05 host1 app[1]: text", "app[1]: text"},
		{"RFC 3164 without host", "<13>Nov  3 09:04:05 text", "Nov  3 09:04:05 text"},
		{"PRI alone", "<13>text", "text"},
		{"PRI and a foreign time", "<189>date=2025-11-03 time=09:04:05", "date=2025-11-03 time=09:04:05"},
		{"RFC 5424", "<165>1 2025-11-03T09:04:05.678Z host1 app 1 ID47 - text", "- text"},
		{"RFC 5424, structured data is kept", `<165>1 - - - - - [a b="c"] text`, `[a b="c"] text`},
		{"RFC 5424 whose time is none", "<134>1 1763802000.416656563 mx1 events a b c", "1 1763802000.416656563 mx1 events a b c"},
		{"RFC 5424 cut short", "<165>1 2025-11-03T09:04:05Z host1 app", "1 2025-11-03T09:04:05Z host1 app"},
		{"no PRI", "Nov  3 09:04:05 host1 app: text", "Nov  3 09:04:05 host1 app: text"},
		{"word in angle brackets", "<START> Group", "<START> Group"},
		{"PRI too large", "<192>text", "<192>text"},
		{"PRI of four digits", "<0013>text", "<0013>text"},
		{"PRI of none", "<>text", "<>text"},
		{"PRI not closed", "<13", "<13"},
		{"largest PRI", "<191>text", "text"},
		{"empty", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := row.line[headerEnd([]byte(row.line)):]; got != row.want {
				t.Errorf("content of %q is %q, want %q", row.line, got, row.want)
			}
		})
	}
}
