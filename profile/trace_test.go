package profile

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/panos"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// accounting is a line that is too long to be drawn whole.
const accounting = `<182>Nov  3 09:04:05 ise1.corp.example CISE_RADIUS_Accounting 4711 1 0 NOTICE Radius-Accounting: ` +
	`RADIUS Accounting start request, ConfigVersionId=33, Device IP Address=192.0.2.10, RequestLatency=4, ` +
	`NetworkDeviceName=wlc1, User-Name=corp\jane, NAS-IP-Address=192.0.2.10, NAS-Port=13, Framed-IP-Address=198.51.100.7, ` +
	`Class=CACS:0a0200c0000000010001f4a2:ise1.corp.example/176956368/1092772, Acct-Status-Type=Start,`

func accountingField(change func(*FieldIdentifier)) Profile {
	return fields(func(f *FieldIdentifier) {
		*f = FieldIdentifier{"RADIUS Accounting start request", " User-Name=", ",", " Framed-IP-Address=", ",", 1}
		if change != nil {
			change(f)
		}
	})
}

var drawings = []struct {
	file     string
	event    panos.EventType
	profiles []Profile
	switches []string // name=value
	domain   string
	line     string
}{
	{file: "mapped-field", profiles: []Profile{helpField()}, line: helpLine},
	{file: "mapped-regex", profiles: []Profile{helpRegex()}, domain: "acme", line: helpLine},
	{file: "logout", event: panos.Logout, profiles: []Profile{fields(nil)}, line: "ok user=jane, ip=192.0.2.1,"},
	{file: "two-addresses", profiles: []Profile{fields(func(f *FieldIdentifier) { f.AddressesPerLog = 3 })},
		line: "ok user=jane, ip=192.0.2.1, ip=none, ip=2001:db8::1,"},
	{file: "two-addresses-from-the-end", profiles: []Profile{fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 })},
		switches: []string{"prefix=last"}, line: "ok user=jane, ip=192.0.2.1, ip=192.0.2.2, ip=192.0.2.3,"},
	{file: "long-mapped", profiles: []Profile{accountingField(nil)}, line: accounting},
	{file: "long-stop-is-not-start", profiles: []Profile{accountingField(nil)}, line: strings.Replace(accounting, "start req", "stop req", 1)},
	{file: "long-wide-characters", profiles: []Profile{fields(nil)},
		line: strings.Repeat("山田さん、", 20) + "ok user=山田, " + strings.Repeat("です", 40) + "ip=192.0.2.1,"},
	{file: "long-value", profiles: []Profile{fields(nil)}, line: "ok user=" + strings.Repeat("jane ", 60) + ", ip=192.0.2.1,"},

	{file: "event-elsewhere", profiles: []Profile{helpField()}, line: "link down on port 3"},
	{file: "event-in-another-case", profiles: []Profile{helpField()}, line: strings.Replace(helpLine, "auth", "Auth", 1)},
	{file: "event-regex-in-another-case", profiles: []Profile{helpRegex()}, line: strings.Replace(helpLine, "auth", "Auth", 1)},
	{file: "event-half-way", profiles: []Profile{helpRegex()}, line: strings.Replace(helpLine, "success", "failure", 1)},
	{file: "event-of-several", profiles: []Profile{regexes(func(r *RegexIdentifier) { r.EventRegex = "logged on|session (opened|resumed) for" })},
		line: "session closed for user=jane, ip=192.0.2.1,"},

	{file: "user-token", profiles: []Profile{regexes(func(r *RegexIdentifier) { r.UsernameRegex = `User ([a-z]+)\(` })},
		line: "login ok: User 007(staff) ip=192.0.2.1,"},
	{file: "user-delimiter", profiles: []Profile{fields(nil)}, line: "ok ip=192.0.2.1, user=jane"},
	{file: "user-delimiter-not-alone", profiles: []Profile{fields(func(f *FieldIdentifier) { f.UsernameDelimiter = `,\s` })},
		line: "ok user=jane, ip=192.0.2.1,"},
	{file: "user-prefix-escape", profiles: []Profile{fields(func(f *FieldIdentifier) { f.UsernamePrefix = `\suser=` })},
		line: "ok user=jane, ip=192.0.2.1,"},
	{file: "user-prefix-blank", profiles: []Profile{fields(func(f *FieldIdentifier) { f.UsernamePrefix = " user= " })},
		line: "ok user=jane, ip=192.0.2.1,"},
	{file: "user-empty", profiles: []Profile{fields(nil)}, line: "ok user=, ip=192.0.2.1, user=jane,"},
	{file: "user-quoted", profiles: []Profile{fields(nil)}, line: `ok user="jane", ip=192.0.2.1,`},
	{file: "user-domain-only", profiles: []Profile{fields(nil)}, line: `ok user=corp\, ip=192.0.2.1,`},
	{file: "user-group-idle", profiles: []Profile{regexes(func(r *RegexIdentifier) { r.UsernameRegex = "user=([a-z]+),|ok" })},
		line: "ok user=jane, ip=192.0.2.1,"},
	{file: "user-no-group", profiles: []Profile{regexes(func(r *RegexIdentifier) { r.UsernameRegex = "user=[a-z]+" })},
		line: "ok user=jane, ip=192.0.2.1,"},
	{file: "user-no-group-refused", profiles: []Profile{regexes(func(r *RegexIdentifier) { r.UsernameRegex = "user=[a-z]+" })},
		switches: []string{"no_group=nothing"}, line: "ok user=jane, ip=192.0.2.1,"},

	{file: "address-at-the-end", profiles: []Profile{fields(nil)}, line: "ok user=jane, ip=192.0.2.1"},
	{file: "address-none", profiles: []Profile{fields(nil)}, line: "ok user=jane, ip=pending, ip=192.0.2.1,"},
	{file: "address-none-last", profiles: []Profile{fields(nil)}, switches: []string{"prefix=last"}, line: "ok user=jane, ip=192.0.2.1, ip=pending,"},
	{file: "address-unspecified", profiles: []Profile{fields(nil)}, line: "ok user=jane, ip=0.0.0.0,"},
	{file: "address-quoted", profiles: []Profile{fields(nil)}, line: `ok user=jane, ip="192.0.2.1",`},
	{file: "address-mapped", profiles: []Profile{fields(nil)}, line: "ok user=jane, ip=::ffff:192.0.2.1,"},
	{file: "address-ipv6-refused", profiles: []Profile{fields(nil)}, switches: []string{"ipv6=no"}, line: "ok user=jane, ip=2001:db8::1,"},
	{file: "address-ipv6-at-an-ipv4-regex", profiles: []Profile{helpRegex()}, line: strings.Replace(helpLine, "192.168.0.212", "2001:db8::1", 1)},
	{file: "address-half", profiles: []Profile{helpRegex()}, line: strings.Replace(helpLine, "192.168.0.212", "192.168.0", 1)},

	{file: "control-bytes", profiles: []Profile{fields(nil)}, line: "\x00ok\t\x1b[31m user=j\xffne, ip=192.0.2.1,\r\n"},
	{file: "combining-characters", profiles: []Profile{fields(nil)}, line: "ok user=cafe\u0301, ip=192.0.2.1,"},
	{file: "wide-characters", profiles: []Profile{fields(nil)}, line: "ok 山田さん user=山田\u202etxt, ip=192.0.2.1,"},
	{file: "content-only", profiles: []Profile{fields(nil)}, switches: []string{"match_on=content"},
		line: "<13>Nov  3 09:04:05 ok app: user=jane, ok, ip=192.0.2.1"},
	{file: "first-of-several", profiles: []Profile{fields(nil), regexes(nil)}, switches: []string{"several_profiles=first"},
		line: "ok user=jane, ip=192.0.2.1,"},
	{file: "empty-line", profiles: []Profile{fields(nil)}, line: "\n"},
}

func TestDraw(t *testing.T) {
	t.Parallel()
	for _, row := range drawings {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			c := Config{DefaultDomain: row.domain, Dialect: panos.DefaultDialect()}
			for _, s := range row.switches {
				name, value, _ := strings.Cut(s, "=")
				if err := c.Dialect.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			for _, p := range row.profiles {
				c.Attachments = append(c.Attachments, Attachment{p, row.event})
			}
			m := compiled1(t, c)
			agree(t, m, []byte(row.line))
			got := ""
			for _, trace := range m.Trace([]byte(row.line)) {
				got += trace.Draw([]byte(row.line))
			}
			golden(t, filepath.Join("testdata", "trace", row.file+".txt"), got)
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// Every field of a trace, once where it maps and once where it gave up in each kind of pattern.
func TestTrace(t *testing.T) {
	t.Parallel()
	m := compiled1(t, Config{Attachments: []Attachment{
		{Profile: fields(nil)},
		{Profile: regexes(func(r *RegexIdentifier) { r.UsernameRegex = `user=([0-9]+),` }), Event: panos.Logout},
	}})
	address := netip.MustParseAddr("192.0.2.1")
	event := Part{Role: EventPart, Element: "event-string", Pattern: "ok", Matched: true, Span: Span{0, 2}, Progress: 2}
	want := []Trace{
		{
			Profile: "fields", Event: panos.Login, Outcome: Mapping,
			Parts: [3]Part{event,
				{Role: UsernamePart, Element: "username-prefix", Pattern: "user=", Matched: true, Span: Span{3, 13},
					Values: []Value{{Span: Span{8, 12}, Text: "jane"}}, Progress: 6},
				{Role: AddressPart, Element: "address-prefix", Pattern: "ip=", Matched: true, Span: Span{14, 27},
					Values: []Value{{Span: Span{17, 26}, Text: "192.0.2.1", Address: address}}, Progress: 4}},
			Match: &Match{Profile: "fields", Event: panos.Login, User: "jane", Raw: "jane", Addresses: []netip.Addr{address}},
		},
		{
			Profile: "regexes", Event: panos.Logout, Outcome: Nothing,
			Why: `username-regex gave up at "([0-9]+)," after matching "user=" at column 4`,
			Parts: [3]Part{
				{Role: EventPart, Element: "event-regex", Pattern: "ok", Matched: true, Span: Span{0, 2}, Progress: 2},
				{Role: UsernamePart, Element: "username-regex", Pattern: "user=([0-9]+),", Span: Span{3, 8}, Progress: 5, Token: "([0-9]+),",
					Problem: `username-regex gave up at "([0-9]+)," after matching "user=" at column 4`},
				{Role: AddressPart, Element: "address-regex", Pattern: "ip=([^,]+),", Matched: true, Span: Span{14, 27},
					Values: []Value{{Span: Span{17, 26}, Text: "192.0.2.1", Address: address}}, Progress: 11}},
		},
	}
	got := m.Trace([]byte("ok user=jane, ip=192.0.2.1,"))
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("Trace (-want +got):\n%s", diff)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	named := func(name string, p Profile) Profile {
		p.Name = name
		return p
	}
	for _, row := range []struct {
		name     string
		profiles []Profile
		line     string
		want     string
	}{
		{"one that maps beats all", []Profile{named("other", helpField()), named("maps", fields(nil))}, "ok user=jane, ip=192.0.2.1,", "maps"},
		{"most parts", []Profile{named("none", helpField()), named("two", fields(nil))}, "ok user=jane, ip=none,", "two"},
		{"event beats another part", []Profile{
			named("no event", fields(func(f *FieldIdentifier) { f.EventString = "no such event, but a long string" })),
			named("event", fields(func(f *FieldIdentifier) { f.UsernamePrefix = "name=" })),
		}, "ok user=jane, ip=192.0.2.1,", "event"},
		{"farthest token", []Profile{
			named("short", fields(func(f *FieldIdentifier) { f.EventString = "session opened" })),
			named("long", fields(func(f *FieldIdentifier) { f.EventString = "session started" })),
		}, "session start user=jane, ip=192.0.2.1,", "long"},
		{"first of equals", []Profile{named("a", helpField()), named("b", helpField())}, "nothing", "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var c Config
			for _, p := range row.profiles {
				p.Name = strings.ReplaceAll(p.Name, " ", "-")
				c.Attachments = append(c.Attachments, Attachment{Profile: p})
			}
			got, ok := Nearest(compiled1(t, c).Trace([]byte(row.line)))
			if want := strings.ReplaceAll(row.want, " ", "-"); got.Profile != want || !ok {
				t.Errorf("nearest is %q, %v, want %q", got.Profile, ok, want)
			}
		})
	}
	if _, ok := Nearest(nil); ok {
		t.Error("Nearest(nil) is ok")
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, source, line, matched, token string }{
		{"literal run, in the middle", "session started", "the session stopped", "session st", "arted"},
		{"too short to mean anything", "session", "see", "", "session"},
		{"short but a whole token", "ip=([0-9]+)", "ip=x", "ip=", "([0-9]+)"},
		{"into a group", `ip=([0-9]+\.[0-9]+)`, "ip=10", "ip=10", `\.[0-9]+)`},
		{"into a group that must match once", `(authentication\ success){1}`, "authentication failure", "authentication ", "success){1}"},
		{"into a repeated group", `xyz(ab,)+y`, "xyzab", "xyzab", ",)+y"},
		{"not into a group that may be missing", `user(name)?=([a-z]+)`, "username: a", "username", "=([a-z]+)"},
		{"a group that is missing hides nothing", `user(name)?=([a-z]+)`, "user=1", "user=", "([a-z]+)"},
		{"not into alternatives in a group", `user(a|b)=c`, "userac", "usera", "=c"},
		{"best of the alternatives", "foo bar|session started", "session stopped, foo", "session st", "arted"},
		{"anchor", "^user=x", "user=y", "user=", "x"},
		{"end", "user=([a-z]+)$", "user=jane,", "user=jane", "$"},
		{"flags hold behind the group", "(?i)USER=x", "user=y", "user=", "x"},
		{"flags hold in later alternatives", "(?i)a1|USER=x", "user=y", "user=", "x"},
		{"class with brackets", `[^]a]+=([[:digit:]]+)x`, "b=12y", "b=12", "x"},
		{"quoted", `\Quser(\E=([0-9]+)`, "user(=x", "user(=", "([0-9]+)"},
		{"counted", `[0-9]{2,3}-[0-9]`, "12-x", "12-", "[0-9]"},
		{"braces that count nothing", `user{x}=y`, "user{x}=z", "user{x}=", "y"},
		{"repeated literal", `user=a+b`, "user=aac", "user=aa", "b"},
		{"nothing at all", `x[0-9]`, "abc", "", "x[0-9]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if message, _ := refusal(row.source); message != "" {
				t.Fatalf("%q is refused: %s", row.source, message)
			}
			got := (&regex{source: row.source}).explain([]byte(row.line))
			if matched := string(got.span.of([]byte(row.line))); matched != row.matched || got.token != row.token || got.ok != (row.matched != "") {
				t.Errorf("%q on %q: matched %q, rest %q, want %q, %q", row.source, row.line, matched, got.token, row.matched, row.token)
			}
		})
	}
}

func TestReachOfAString(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text, line string
		folds            panos.Case
		matched, token   string
	}{
		{"in the middle", "session started", "the session stopped", panos.CaseSensitive, "session st", "arted"},
		{"all but the last byte", "session", "sessioN", panos.CaseSensitive, "sessio", "n"},
		{"just long enough", "session", "sess", panos.CaseSensitive, "sess", "ion"},
		{"too short", "session", "ses", panos.CaseSensitive, "", "session"},
		{"a short string has no beginning", "ip=", "ip", panos.CaseSensitive, "", "ip="},
		{"in any case", "SESSION started", "Session Stopped", panos.CaseInsensitive, "Session St", "arted"},
		{"whole characters", "山田さん", "山田", panos.CaseSensitive, "山田", "さん"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := newLiteral("event-string", row.text, row.folds).explain([]byte(row.line))
			if matched := string(got.span.of([]byte(row.line))); matched != row.matched || got.token != row.token || got.ok != (row.matched != "") {
				t.Errorf("%q in %q: matched %q, rest %q, want %q, %q", row.text, row.line, matched, got.token, row.matched, row.token)
			}
		})
	}
}

func TestTraceString(t *testing.T) {
	t.Parallel()
	m := compiled1(t, Config{DefaultDomain: "corp", Attachments: []Attachment{
		{Profile: fields(func(f *FieldIdentifier) { f.AddressesPerLog = 2 })},
		{Profile: regexes(nil), Event: panos.Logout},
		{Profile: helpField()},
	}})
	want := []string{
		`fields (login): maps 192.0.2.1, 192.0.2.2 to "corp\jane"`,
		`regexes (logout): ends the mapping of 192.0.2.1 to "corp\jane"`,
		`help-field (login): nothing: event-string "authentication success" is not in the message`,
	}
	for i, trace := range m.Trace([]byte("ok user=jane, ip=192.0.2.1, ip=192.0.2.2,")) {
		if got := trace.String(); got != want[i] {
			t.Errorf("trace %d is %q, want %q", i, got, want[i])
		}
	}
}

// An expression that would take seconds to explain says so instead.
func TestExplainIsBounded(t *testing.T) {
	t.Parallel()
	source := `qu([a-z]{1,9}){100}`
	p := regexes(func(r *RegexIdentifier) { r.UsernameRegex = source })
	short := "ok ip=192.0.2.1, quite"
	for _, row := range []struct{ line, hint, problem string }{
		{short, "", `username-regex gave up at "){100}" after matching "quite" at column 18`},
		{short + strings.Repeat(" 1234", 1600), "the expression is too large to say where it gave up",
			`username-regex "qu([a-z]{1,9}){100}" is not in the message`},
	} {
		part := one(t, p).Trace([]byte(row.line))[0].Parts[1]
		if part.Hint != row.hint || part.Problem != row.problem {
			t.Errorf("line of %d bytes: problem %q, hint %q, want %q, %q", len(row.line), part.Problem, part.Hint, row.problem, row.hint)
		}
	}
}

// A drawing of another line than was traced is wrong, but breaks nothing.
func TestDrawOfAnotherLine(t *testing.T) {
	t.Parallel()
	for _, trace := range one(t, accountingField(nil)).Trace([]byte(accounting)) {
		for _, line := range []string{"", "short", accounting + accounting} {
			if got := trace.Draw([]byte(line)); !strings.HasSuffix(got, "\n") {
				t.Errorf("Draw(%q) = %q", line, got)
			}
		}
	}
}
