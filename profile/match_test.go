package profile

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/panos"
)

// The example of the web help, "Syslog Filters", in both kinds. Its address is not a
// documentation one, and stays: the page is what the test holds us to.
const helpLine = `[Tue Jul 5 13:15:04 2005 CDT] Administrator authentication success User:domain\johndoe_4 Source:192.168.0.212`

func helpRegex() Profile {
	return Profile{Name: "help-regex", Regex: &RegexIdentifier{
		EventRegex:    `(authentication\ success){1}`,
		UsernameRegex: `User:([a-zA-Z0-9\\\._]+)`,
		AddressRegex:  `Source:([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})`,
	}}
}

func helpField() Profile {
	return Profile{Name: "help-field", Field: &FieldIdentifier{
		EventString:    "authentication success",
		UsernamePrefix: "User:", UsernameDelimiter: `\s`,
		AddressPrefix: "Source:", AddressDelimiter: `\n`,
	}}
}

// fields is a profile for lines such as "ok user=jane, ip=192.0.2.1,".
func fields(change func(*FieldIdentifier)) Profile {
	p := Profile{Name: "fields", Field: &FieldIdentifier{
		EventString:    "ok",
		UsernamePrefix: "user=", UsernameDelimiter: ",",
		AddressPrefix: "ip=", AddressDelimiter: ",",
	}}
	if change != nil {
		change(p.Field)
	}
	return p
}

// regexes is the same with regular expressions.
func regexes(change func(*RegexIdentifier)) Profile {
	p := Profile{Name: "regexes", Regex: &RegexIdentifier{
		EventRegex: "ok", UsernameRegex: "user=([^,]+),", AddressRegex: "ip=([^,]+),",
	}}
	if change != nil {
		change(p.Regex)
	}
	return p
}

// one compiles a single profile with the default dialect.
func one(t *testing.T, p Profile) *Matcher {
	t.Helper()
	return compiled1(t, Config{Attachments: []Attachment{{Profile: p}}})
}

func compiled1(t *testing.T, c Config) *Matcher {
	t.Helper()
	m, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// said is matches in short: "profile user address address".
func said(matches []Match) (short []string) {
	for _, m := range matches {
		words := []string{m.Profile, m.User}
		for _, a := range m.Addresses {
			words = append(words, a.String())
		}
		short = append(short, strings.Join(words, " "))
	}
	return short
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		profile Profile
		line    string
		want    []string
	}{
		{"regex of the help page", helpRegex(), helpLine, []string{`help-regex domain\johndoe_4 192.168.0.212`}},
		{"field of the help page", helpField(), helpLine, []string{`help-field domain\johndoe_4 192.168.0.212`}},
		{"line end is not part of the line", helpField(), helpLine + "\r\n", []string{`help-field domain\johndoe_4 192.168.0.212`}},
		{"event missing", helpField(), strings.Replace(helpLine, "success", "failure", 1), nil},
		{"event of a regex missing", helpRegex(), strings.Replace(helpLine, "success", "failure", 1), nil},

		{"plain field", fields(nil), "ok user=jane, ip=192.0.2.1,", []string{"fields jane 192.0.2.1"}},
		{"address before user", fields(nil), "ip=192.0.2.1, user=jane, ok", []string{"fields jane 192.0.2.1"}},
		{"first prefix counts", fields(nil), "ok user=a, user=b, ip=192.0.2.1, ip=192.0.2.2,", []string{"fields a 192.0.2.1"}},
		{"delimiter missing", fields(nil), "ok user=jane, ip=192.0.2.1", nil},
		{"user's delimiter missing", fields(nil), "ok ip=192.0.2.1, user=jane", nil},
		{"empty user", fields(nil), "ok user=, ip=192.0.2.1,", nil},
		{"empty address", fields(nil), "ok user=jane, ip=,", nil},
		{"no user", fields(nil), "ok ip=192.0.2.1,", nil},
		{"no address", fields(nil), "ok user=jane,", nil},
		{"value may overlap the event", fields(func(f *FieldIdentifier) { f.EventString = "user=j" }), "user=jane, ip=192.0.2.1,", []string{"fields jane 192.0.2.1"}},
		{"string is literal, no pattern", fields(func(f *FieldIdentifier) { f.EventString = "o." }), "ok user=jane, ip=192.0.2.1,", nil},

		{`\s is a blank`, fields(func(f *FieldIdentifier) { f.UsernameDelimiter = `\s` }), "ok user=jane,x ip=192.0.2.1,", []string{"fields jane,x 192.0.2.1"}},
		{`\s is no tab`, fields(func(f *FieldIdentifier) { f.UsernameDelimiter = `\s` }), "ok user=jane\tip=192.0.2.1,", nil},
		{`\t is a tab`, fields(func(f *FieldIdentifier) { f.UsernameDelimiter = `\t` }), "ok user=jane doe\tip=192.0.2.1,", []string{"fields jane doe 192.0.2.1"}},
		{`\t for the address`, fields(func(f *FieldIdentifier) { f.AddressDelimiter = `\t` }), "ok user=jane, ip=192.0.2.1\t", []string{"fields jane 192.0.2.1"}},
		{`\s within a longer delimiter is literal`, fields(func(f *FieldIdentifier) { f.UsernameDelimiter = `\s-` }), `ok user=jane - ip=192.0.2.1,`, nil},
		{`\s within a longer delimiter matches itself`, fields(func(f *FieldIdentifier) { f.UsernameDelimiter = `\s-` }), `ok user=jane\s- ip=192.0.2.1,`, []string{"fields jane 192.0.2.1"}},
		{`\s in a prefix is literal`, fields(func(f *FieldIdentifier) { f.UsernamePrefix = `\suser=` }), "ok user=jane, ip=192.0.2.1,", nil},
		{`\n is the end of the message`, fields(func(f *FieldIdentifier) { f.AddressDelimiter = `\n` }), "ok user=jane, ip=192.0.2.1", []string{"fields jane 192.0.2.1"}},
		{`\n is a line break inside`, fields(func(f *FieldIdentifier) { f.AddressDelimiter = `\n` }), "ok user=jane, ip=192.0.2.1\nnext", []string{"fields jane 192.0.2.1"}},
		{`\n takes CR LF`, fields(func(f *FieldIdentifier) { f.AddressDelimiter = `\n` }), "ok user=jane, ip=192.0.2.1\r\nnext", []string{"fields jane 192.0.2.1"}},

		{"one address by default", fields(nil), "ok user=jane, ip=192.0.2.1, ip=192.0.2.2,", []string{"fields jane 192.0.2.1"}},
		{"two addresses", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 }), "ok user=jane, ip=192.0.2.1, ip=2001:db8::1, ip=192.0.2.3,", []string{"fields jane 192.0.2.1 2001:db8::1"}},
		{"three wanted, two there", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 3 }), "ok user=jane, ip=192.0.2.1, ip=192.0.2.2,", []string{"fields jane 192.0.2.1 192.0.2.2"}},
		{"the same address twice is one mapping", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 }), "ok user=jane, ip=192.0.2.1, ip=192.0.2.1,", []string{"fields jane 192.0.2.1"}},
		{"a bad one takes a place", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 }), "ok user=jane, ip=x, ip=192.0.2.2, ip=192.0.2.3,", []string{"fields jane 192.0.2.2"}},
		{"an empty one takes a place", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 }), "ok user=jane, ip=, ip=192.0.2.2, ip=192.0.2.3,", []string{"fields jane 192.0.2.2"}},
		{"the last one without delimiter", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 }), "ok user=jane, ip=192.0.2.1, ip=192.0.2.2", []string{"fields jane 192.0.2.1"}},

		{"IPv6", fields(nil), "ok user=jane, ip=2001:DB8::a,", []string{"fields jane 2001:db8::a"}},
		{"IPv6 by regex", regexes(nil), "ok user=jane, ip=2001:db8::a,", []string{"regexes jane 2001:db8::a"}},
		{"0.0.0.0 is nobody", fields(nil), "ok user=jane, ip=0.0.0.0,", nil},
		{":: is nobody", fields(nil), "ok user=jane, ip=::,", nil},
		{"zone", fields(nil), "ok user=jane, ip=fe80::1%eth0,", nil},
		{"not an address", fields(nil), "ok user=jane, ip=192.0.2.256,", nil},
		{"leading zero", fields(nil), "ok user=jane, ip=192.0.2.01,", nil},
		{"port", fields(nil), "ok user=jane, ip=192.0.2.1:80,", nil},
		{"blank before the address", fields(nil), "ok user=jane, ip= 192.0.2.1,", nil},
		{"blank before the user is kept", fields(nil), "ok user= jane, ip=192.0.2.1,", []string{"fields  jane 192.0.2.1"}},

		{"regex is not anchored", regexes(nil), "xx ok user=jane, ip=192.0.2.1, yy", []string{"regexes jane 192.0.2.1"}},
		{"group that took no part", regexes(func(r *RegexIdentifier) { r.UsernameRegex = "user=([a-z]+),|ok" }), "ok user=jane, ip=192.0.2.1,", nil},
		{"empty group", regexes(func(r *RegexIdentifier) { r.UsernameRegex = "user=([0-9]*)" }), "ok user=jane, ip=192.0.2.1,", nil},
		{"group that does not capture", regexes(func(r *RegexIdentifier) { r.UsernameRegex = "(?:user)=([a-z]+)" }), "ok user=jane, ip=192.0.2.1,", []string{"regexes jane 192.0.2.1"}},
		{"leftmost match, not the one that has an address", regexes(func(r *RegexIdentifier) { r.AddressRegex = "ip=([0-9.]+)" }), "ok user=jane, ip=1, ip=192.0.2.1,", nil},
		{"invalid UTF-8 round it", fields(nil), "\xff ok user=\xffjane, ip=192.0.2.1,", []string{"fields \xffjane 192.0.2.1"}},
		{"NUL in it", fields(nil), "ok user=ja\x00ne, ip=192.0.2.1,", []string{"fields ja\x00ne 192.0.2.1"}},
		{"empty line", fields(nil), "", nil},
		{"empty line and a regex that matches nothing", regexes(func(r *RegexIdentifier) { r.EventRegex, r.UsernameRegex, r.AddressRegex = ".*", "(.*)", "(.*)" }), "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := said(one(t, row.profile).Match(nil, []byte(row.line)))
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("Match(%q) (-want +got):\n%s", row.line, diff)
			}
		})
	}
}

// Every field of a Match, and that Match appends.
func TestMatchTellsAll(t *testing.T) {
	t.Parallel()
	m := compiled1(t, Config{
		Attachments: []Attachment{
			{Profile: helpField(), Event: panos.Logout},
			{Profile: helpRegex()},
		},
		DefaultDomain: "ACME",
	})
	before := []Match{{Profile: "before"}}
	got := m.Match(before, []byte(helpLine))
	address := []netip.Addr{netip.MustParseAddr("192.168.0.212")}
	want := []Match{
		{Profile: "before"},
		{Profile: "help-field", Event: panos.Logout, User: `acme\johndoe_4`, Raw: `domain\johndoe_4`, Addresses: address},
		{Profile: "help-regex", Event: panos.Login, User: `acme\johndoe_4`, Raw: `domain\johndoe_4`, Addresses: address},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("Match (-want +got):\n%s", diff)
	}
}

func TestMatchKeepsNothingOfTheLine(t *testing.T) {
	t.Parallel()
	line := []byte("ok user=jane, ip=192.0.2.1,")
	got := one(t, fields(nil)).Match(nil, line)
	copy(line, strings.Repeat("x", len(line)))
	if len(got) != 1 || got[0].Raw != "jane" || got[0].User != "jane" {
		t.Errorf("after the line was overwritten: %+v, want user jane", got)
	}
}

// A line that no profile takes for its event is the common case, and costs no memory.
func TestNoEventNoAllocation(t *testing.T) {
	m := compiled1(t, Config{Attachments: []Attachment{{Profile: helpField()}, {Profile: helpRegex()}}})
	line := []byte("nothing of the kind")
	if n := testing.AllocsPerRun(100, func() { m.Match(nil, line) }); n != 0 {
		t.Errorf("a line without event costs %v allocations, want 0", n)
	}
}

func TestMatcherMayBeShared(t *testing.T) {
	t.Parallel()
	m := compiled1(t, Config{Attachments: []Attachment{{Profile: helpField()}, {Profile: helpRegex()}}})
	done := make(chan int)
	for range 4 {
		go func() {
			n := 0
			for range 50 {
				n += len(m.Match(nil, []byte(helpLine))) + len(m.Trace([]byte(helpLine)))
			}
			done <- n
		}()
	}
	for range 4 {
		if n := <-done; n != 200 {
			t.Errorf("%d matches and traces, want 200", n)
		}
	}
}

func TestDefaultDomain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, raw, domain, want string }{
		{"none, no domain", "Jane", "", "jane"},
		{"none, domain kept", `CORP\Jane`, "", `corp\jane`},
		{"none, UPN kept", "Jane@Corp.Example", "", "jane@corp.example"},
		{"put before", "Jane", "Acme", `acme\jane`},
		{"overrides", `CORP\Jane`, "acme", `acme\jane`},
		{"overrides the domain of a UPN", "jane@corp.example", "acme", `acme\jane`},
		{"last at sign", "jane@home@corp.example", "acme", `acme\jane@home`},
		{"slash is no domain", "corp/jane", "acme", `acme\corp/jane`},
		{"backslash before at sign", `corp\jane@corp.example`, "acme", `acme\jane@corp.example`},
		{"first backslash", `a\b\c`, "acme", `acme\b\c`},
		{"empty domain", `\jane`, "", "jane"},
		{"letters beyond ASCII", "ÄRZTIN", "", "ärztin"},
		{"Japanese", "山田", "corp", `corp\山田`},
		{"not UTF-8", "J\xffANE", "", "j\xffane"},
		{"domain without user", `corp\`, "acme", ""},
		{"domain without user, no default", `corp\`, "", ""},
		{"UPN without user", "@corp.example", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := compiled1(t, Config{Attachments: []Attachment{{Profile: fields(nil)}}, DefaultDomain: row.domain})
			line := "ok user=" + row.raw + ", ip=192.0.2.1,"
			got := ""
			for _, match := range m.Match(nil, []byte(line)) {
				got = match.User
			}
			if got != row.want {
				t.Errorf("user %q with default domain %q is printed as %q, want %q", row.raw, row.domain, got, row.want)
			}
		})
	}
}
