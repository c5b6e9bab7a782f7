package profile_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

func configFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/config/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func importSets(t testing.TB, name string, data []byte) []profile.Set {
	t.Helper()
	sets, err := profile.Import(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

const vsys1 = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']/user-id-collector"

// The order of a sender's profiles and their event types are those of the file; a profile is
// meant for what its first sender takes it for.
func TestImport(t *testing.T) {
	t.Parallel()
	var labels, names []string
	sets := importSets(t, "running.xml", configFile(t, "running.xml"))
	for _, s := range sets {
		labels = append(labels, s.Label())
		for _, p := range s.Profiles {
			names = append(names, p.Name+" "+string(p.Event))
		}
	}
	if want := []string{"shared", "vsys1", "vsys2"}; !slices.Equal(labels, want) {
		t.Errorf("places %q, want %q", labels, want)
	}
	if want := []string{"shared-login login", "ISE-login login", "radius-logout logout", "amp login", "seven login"}; !slices.Equal(names, want) {
		t.Errorf("profiles %q, want %q", names, want)
	}
	got := sets[1]
	if got.Place != vsys1 {
		t.Errorf("place %q", got.Place)
	}
	want := []profile.Sender{
		{Name: "ISE1", Address: "192.0.2.15", Transport: "udp", DefaultDomain: "corp", Profiles: []profile.SenderProfile{
			{Name: "radius-logout", Event: panos.Logout}, {Name: "ISE-login", Event: panos.Login}, {Name: "Cisco ASA Any Connect v1.0.0", Event: panos.Login}}},
		{Name: "VPN", Address: "192.0.2.16", Disabled: true},
	}
	if d := cmp.Diff(want, got.Senders); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if d := cmp.Diff(&profile.FieldIdentifier{EventString: "RADIUS Accounting start request", UsernamePrefix: " User-Name=", UsernameDelimiter: ",",
		AddressPrefix: "Framed-IP-Address=", AddressDelimiter: ",", AddressesPerLog: 1}, got.Profiles[0].Field); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if r := got.Profiles[1].Regex; r.UsernameRegex != `user=([a-zA-Z0-9\\\._@-]+)` || r.EventRegex != `eduroam-userid\ logout` {
		t.Errorf("CDATA: %+v", r)
	}
	if r := got.Profiles[2].Regex; r.EventRegex != `a & b <ok> 'x'` {
		t.Errorf("references: %q", r.EventRegex)
	}
	if d := cmp.Diff([]profile.SenderProfile{{Name: "seven", Event: panos.Login}}, sets[2].Senders[0].Profiles); d != "" {
		t.Errorf("the form of 7.x: -want +got\n%s", d)
	}
}

// The way round: configuration, files of profiles, configuration.
func TestImportAndExportKeepEveryByte(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"running.xml", "panorama.xml"} {
		for _, ends := range []string{"\n", "\r\n"} {
			t.Run(fmt.Sprintf("%s %q", name, ends), func(t *testing.T) {
				t.Parallel()
				text := bytes.ReplaceAll(configFile(t, name), []byte("\n"), []byte(ends))
				got, err := profile.Export(name, text, loaded(t, importSets(t, name, text)))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, text) {
					t.Errorf("changed:\n%s", cmp.Diff(string(text), string(got)))
				}
			})
		}
	}
}

// loaded writes sets as YAML and reads them back, as a person has them between import and
// export.
func loaded(t testing.TB, sets []profile.Set) (back []profile.Set) {
	t.Helper()
	for _, s := range sets {
		again, err := profile.LoadSet(s.Label()+".yaml", s.Format())
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Format())
		}
		if d := cmp.Diff(s, again, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: -want +got\n%s", s.Label(), d)
		}
		back = append(back, again)
	}
	return back
}

// changedLines are the lines that are in one text alone, with - and +, in order.
func changedLines(was, is []byte) (list []string) {
	a, b := strings.SplitAfter(string(was), "\n"), strings.SplitAfter(string(is), "\n")
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for _, line := range a[head : len(a)-tail] {
		list = append(list, "-"+line)
	}
	for _, line := range b[head : len(b)-tail] {
		list = append(list, "+"+line)
	}
	return list
}

func TestExportChangesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	blanks := func(n int) string { return strings.Repeat(" ", n) }
	for _, row := range []struct {
		name string
		edit func(*profile.Set)
		want []string
	}{
		{"a prefix", func(s *profile.Set) { s.Profiles[0].Field.UsernamePrefix = ` "User"=` }, []string{
			"-" + blanks(18) + "<username-prefix> User-Name=</username-prefix>",
			"+" + blanks(18) + "<username-prefix> &#34;User&#34;=</username-prefix>"}},
		{"what was CDATA", func(s *profile.Set) { s.Profiles[1].Regex.EventRegex = `eduroam\ <logout>` }, []string{
			"-" + blanks(18) + `<event-regex><![CDATA[eduroam-userid\ logout]]></event-regex>`,
			"+" + blanks(18) + `<event-regex>eduroam\ &lt;logout&gt;</event-regex>`}},
		{"a description where there was none", func(s *profile.Set) { s.Profiles[1].Description = "all logouts" }, []string{
			"-" + blanks(16) + "<description/>",
			"+" + blanks(16) + "<description>all logouts</description>"}},
		{"a description away", func(s *profile.Set) { s.Profiles[0].Description = "" }, []string{
			"-" + blanks(16) + "<description>ISE accounting start</description>"}},
		{"addresses per log away", func(s *profile.Set) { s.Profiles[0].Field.AddressesPerLog = 0 }, []string{
			"-" + blanks(18) + "<address-per-log>1</address-per-log>"}},
		{"the order of a sender's profiles", func(s *profile.Set) {
			list := s.Senders[0].Profiles
			list[0], list[1] = list[1], list[0]
			s.Senders[0].Profiles = list[:2]
		}, []string{
			"-" + blanks(20) + `<entry name="radius-logout"><event-type>logout</event-type></entry>`,
			"-" + blanks(20) + `<entry name="ISE-login"><event-type>login</event-type></entry>`,
			"-" + blanks(20) + `<entry name="Cisco ASA Any Connect v1.0.0"/>`,
			"+" + blanks(20) + `<entry name="ISE-login">`,
			"+" + blanks(22) + `<event-type>login</event-type>`,
			"+" + blanks(20) + `</entry>`,
			"+" + blanks(20) + `<entry name="radius-logout">`,
			"+" + blanks(22) + `<event-type>logout</event-type>`,
			"+" + blanks(20) + `</entry>`}},
		{"a sender's address", func(s *profile.Set) { s.Senders[1].Address = "192.0.2.99" }, []string{
			"-" + blanks(18) + "<address>192.0.2.16</address>",
			"+" + blanks(18) + "<address>192.0.2.99</address>"}},
		{"profiles and a domain for a sender", func(s *profile.Set) {
			s.Senders[1].DefaultDomain = "corp"
			s.Senders[1].Profiles = []profile.SenderProfile{{Name: "amp", Event: panos.Login}}
		}, []string{
			"+" + blanks(18) + "<default-domain-name>corp</default-domain-name>",
			"+" + blanks(18) + "<syslog-parse-profile>",
			"+" + blanks(20) + `<entry name="amp">`,
			"+" + blanks(22) + "<event-type>login</event-type>",
			"+" + blanks(20) + "</entry>",
			"+" + blanks(18) + "</syslog-parse-profile>"}},
		{"a field where a regex was", func(s *profile.Set) {
			s.Profiles[2].Regex = nil
			s.Profiles[2].Field = &profile.FieldIdentifier{EventString: "e", UsernamePrefix: "u", UsernameDelimiter: ",", AddressPrefix: "a", AddressDelimiter: ","}
		}, []string{
			"-" + blanks(14) + `<entry name="amp"><regex-identifier><event-regex>a &amp; b &lt;ok&gt; &#x27;x&#39;</event-regex><username-regex>u="([^"]+)"</username-regex><address-regex>a=([0-9.]+)</address-regex></regex-identifier></entry>`,
			"+" + blanks(14) + `<entry name="amp"><field-identifier><event-string>e</event-string><username-prefix>u</username-prefix><username-delimiter>,</username-delimiter><address-prefix>a</address-prefix><address-delimiter>,</address-delimiter></field-identifier></entry>`}},
		{"a new profile", func(s *profile.Set) {
			s.Profiles = append(s.Profiles, profile.Profile{Name: "new", Event: panos.Login, Regex: &profile.RegexIdentifier{EventRegex: "e", UsernameRegex: "(u)", AddressRegex: "(a)"}})
		}, []string{
			"+" + blanks(14) + `<entry name="new">`,
			"+" + blanks(16) + `<regex-identifier>`,
			"+" + blanks(18) + `<event-regex>e</event-regex>`,
			"+" + blanks(18) + `<username-regex>(u)</username-regex>`,
			"+" + blanks(18) + `<address-regex>(a)</address-regex>`,
			"+" + blanks(16) + `</regex-identifier>`,
			"+" + blanks(14) + `</entry>`}},
		{"a profile that is not in the file stays", func(s *profile.Set) { s.Profiles = s.Profiles[1:] }, nil},
	} {
		for _, ends := range []string{"\n", "\r\n"} {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				text := bytes.ReplaceAll(configFile(t, "running.xml"), []byte("\n"), []byte(ends))
				sets := importSets(t, "running.xml", text)
				row.edit(&sets[1])
				got, err := profile.Export("running.xml", text, loaded(t, sets))
				if err != nil {
					t.Fatal(err)
				}
				var want []string
				for _, line := range row.want {
					want = append(want, line+ends)
				}
				if d := cmp.Diff(want, changedLines(text, got)); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
				again := importSets(t, "running.xml", got)
				if row.want != nil {
					if d := cmp.Diff(loaded(t, sets)[1].Senders, again[1].Senders); d != "" {
						t.Errorf("read back: -want +got\n%s", d)
					}
				}
			})
		}
	}
}

func TestExportToPlaces(t *testing.T) {
	t.Parallel()
	text := configFile(t, "running.xml")
	one := profile.Profile{Name: "new", Event: panos.Login, Regex: &profile.RegexIdentifier{EventRegex: "e", UsernameRegex: "(u)", AddressRegex: "(a)"}}
	vsys3 := strings.Replace(vsys1, "vsys1", "vsys3", 1)
	got, err := profile.Export("running.xml", text, []profile.Set{{Place: vsys3, Profiles: []profile.Profile{one},
		Senders: []profile.Sender{{Name: "s", Address: "192.0.2.3", Transport: "ssl", Profiles: []profile.SenderProfile{{Name: "new"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	sets := importSets(t, "running.xml", got)
	if len(sets) != 4 || sets[3].Place != vsys3 || sets[3].Profiles[0].Name != "new" || sets[3].Senders[0].Profiles[0].Name != "new" {
		t.Errorf("got %+v", sets)
	}
	for _, row := range []struct {
		name string
		text []byte
		sets []profile.Set
		want string
	}{
		{"no place, several there", text, []profile.Set{{Profiles: []profile.Profile{one}}}, "running.xml: the profiles have no place; set place: in the file of profiles to one of /config/shared/user-id-collector, /config/devices"},
		{"a place that is not there", text, []profile.Set{{Place: "/config/x", Profiles: []profile.Profile{one}}}, "there is no /config/x in it"},
		{"one place twice", text, []profile.Set{{Place: vsys1}, {Place: vsys1}}, "two files of profiles are for " + vsys1},
		{"a predefined profile", configFile(t, "panorama.xml"), []profile.Set{{Place: "/config/predefined/user-id-collector",
			Profiles: []profile.Profile{{Name: "Some Product v1.0.0", Regex: one.Regex}}}}, `profile "Some Product v1.0.0" is predefined`},
		{"two profiles in the form of 7.x", text, []profile.Set{{Place: strings.Replace(vsys1, "vsys1", "vsys2", 1), Senders: []profile.Sender{
			{Name: "old", Address: "2001:db8::15", Profiles: []profile.SenderProfile{{Name: "a"}, {Name: "b"}}}}}}, `sender "old" is in the form of PAN-OS 7`},
		{"an invalid profile", text, []profile.Set{{Place: vsys1, Profiles: []profile.Profile{{Name: "x"}}}}, "there is no identifier"},
		{"what XML cannot hold", text, []profile.Set{{Place: vsys1, Profiles: []profile.Profile{{Name: "x", Description: "\x01", Regex: one.Regex}}}}, "U+0001 in it, which XML cannot hold"},
		{"set commands", configFile(t, "commands.txt"), []profile.Set{{}}, "set commands are not changed in place"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got, err := profile.Export("running.xml", row.text, row.sets); err == nil || got != nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %q, %v\nwant %s", got, err, row.want)
			}
		})
	}
}

// Set commands and XML by itself lead back to the same profiles and senders.
func TestSetCommands(t *testing.T) {
	t.Parallel()
	sets := importSets(t, "commands.txt", configFile(t, "commands.txt"))
	if len(sets) != 1 || sets[0].Label() != "vsys2" || len(sets[0].Profiles) != 2 || len(sets[0].Senders) != 1 {
		t.Fatalf("got %+v", sets)
	}
	if got := sets[0].Profiles[1].Regex; got.EventRegex != `result="ok"` || got.UsernameRegex != `user=([a-zA-Z0-9\\\._@-]+)` {
		t.Errorf("got %+v", got)
	}
	if d := cmp.Diff([]profile.SenderProfile{{Name: "quoted", Event: panos.Logout}, {Name: "ISE-login", Event: panos.Login}}, sets[0].Senders[0].Profiles); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	text, err := profile.SetCommands(sets)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "set vsys vsys2 user-id-collector syslog-parse-profile ISE-login field-identifier event-string \"RADIUS Accounting start request\"\n") {
		t.Errorf("got %s", text)
	}
	if d := cmp.Diff(sets, importSets(t, "commands.txt", text)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	branch := importSets(t, "panorama.xml", configFile(t, "panorama.xml"))[:1]
	if text, err = profile.SetCommands(branch); err != nil || !strings.HasPrefix(string(text), `set template "Branch offices" config vsys vsys1 user-id-collector `) {
		t.Errorf("%s%v", text, err)
	}
	if d := cmp.Diff(branch[0].Profiles, importSets(t, "commands.txt", text)[0].Profiles); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	whole := importSets(t, "running.xml", configFile(t, "running.xml"))[1]
	document, err := whole.ConfigXML()
	if err != nil {
		t.Fatal(err)
	}
	again := importSets(t, "part.xml", document)[0]
	if d := cmp.Diff(whole, again, cmpopts.IgnoreFields(profile.Set{}, "Place"), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	whole.Profiles[0].Field.EventString = `'"`
	if text, err := profile.SetCommands([]profile.Set{whole}); err == nil || text != nil || !strings.Contains(err.Error(), "both kinds of quotes") {
		t.Errorf("both quotes: %q, %v", text, err)
	}
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	wrap := func(entry string) string {
		return "<user-id-collector>\n<syslog-parse-profile>\n" + entry + "\n</syslog-parse-profile>\n</user-id-collector>"
	}
	regex := func(event string) string {
		return wrap(`<entry name="a"><regex-identifier><event-regex>` + event + `</event-regex><username-regex>(u)</username-regex><address-regex>(a)</address-regex></regex-identifier></entry>`)
	}
	for _, row := range []struct{ name, in, want string }{
		{"empty", "", "f:1:1: the file is empty"},
		{"blanks", " \n", "f:1:1: the file is empty"},
		{"binary", "\x00\x01\x02", "f:1:1: neither XML nor set commands"},
		{"compressed", "\x1f\x8b\x08", "f:1:1: the file is compressed; unpack it"},
		{"words", "hello\n", "f:1:1: neither XML nor set commands"},
		{"cut short", "<config>\n<a>", "f:2:4: not XML: unexpected EOF"},
		{"crossed tags", "<config>\n<a>\n</config>", "f:3:10: not XML: element <a> closed by </config>"},
		{"two roots", "<a/>\n<b/>", "f:2:5: not XML: something follows the end of the answer"},
		{"text behind", "<a/>\nx", "f:2:2: not XML: text stands outside its first element"},
		{"a DTD", "<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a/>", "f:1:31: not XML: it holds a DTD"},
		{"an unknown reference", "<a>\n&b;</a>", "f:2:4: not XML: invalid character entity &b;"},
		{"not UTF-8", "<a>\n\xff</a>", "f:2:2: not XML: invalid UTF-8"},
		{"an encoding", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, `its encoding is "ISO-8859-1", not UTF-8`},
		{"an invalid regex", regex("ab("), `f:3:48: profile "a": event-regex: missing closing )`},
		{"nothing", regex("ä") + "<!---->", ""},
		{"a look-ahead", regex("x(?=y)"), `f:3:48: profile "a": event-regex: look-ahead "(?=" at character 2: RE2 has none`},
		{"a missing element", wrap(`<entry name="a"><regex-identifier><event-regex>e</event-regex></regex-identifier></entry>`), `f:3:17: profile "a": username-regex is missing or empty; it is mandatory`},
		{"an unknown identifier", wrap(`<entry name="a"><regexp-identifier/></entry>`), `f:3:17: unknown identifier "regexp-identifier" in profile "a": known are regex-identifier and field-identifier; did you mean regex-identifier?`},
		{"an unknown element", wrap(`<entry name="a"><field-identifier><event-strings/></field-identifier></entry>`), `f:3:35: unknown element "event-strings" in field-identifier; did you mean event-string?`},
		{"a name", wrap(`<entry name="1"><regex-identifier><event-regex>e</event-regex><username-regex>(u)</username-regex><address-regex>(a)</address-regex></regex-identifier></entry>`), `f:3:1: profile "1": PAN-OS refuses the name "1"`},
		{"two of a name", strings.Replace(regex("e"), "</syslog", strings.SplitN(regex("e"), "\n", 4)[2]+"\n</syslog", 1), `f:4:1: there are two profiles "a"`},
		{"an event type", "<user-id-collector><server-monitor><entry name='s'><syslog><syslog-parse-profile>\n<entry name='a'><event-type>logon</event-type></entry></syslog-parse-profile></syslog></entry></server-monitor></user-id-collector>",
			`f:2:29: event-type "logon" is neither login nor logout`},
		{"a transport", "<server-monitor><entry name='s'><syslog>\n<connection-type>tls</connection-type></syslog></entry></server-monitor>", `f:2:18: connection-type "tls" is neither udp nor ssl`},
		{"a set command's word", "set user-id-collector syslog-parse-profile a regexp-identifier event-regex x\n", `f:1:46: entry has no setting "regexp-identifier"; did you mean regex-identifier?`},
		{"a set command's quote", "\nset user-id-collector syslog-parse-profile \"a\n", "f:2:44: the quote is not closed"},
		{"a set command's value", "set user-id-collector syslog-parse-profile a description\n", "f:1:46: description has no value"},
		{"a set command's regex", "set user-id-collector syslog-parse-profile a regex-identifier event-regex ( username-regex (u) address-regex (a)\n", `f:1:75: profile "a": event-regex: missing closing )`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := profile.Import("f", []byte(row.in))
			if row.want == "" {
				if err != nil {
					t.Errorf("%v, want none", err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), row.want) && !(strings.HasPrefix(row.want, "its") && strings.Contains(err.Error(), row.want)) {
				t.Errorf("Import(%q)\n got %v\nwant %s", row.in, err, row.want)
			}
		})
	}
}

// Whatever is read survives, and what is read is what is written.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"running.xml", "panorama.xml", "commands.txt"} {
		f.Add(configFile(f, name))
	}
	f.Add([]byte("<user-id-collector><syslog-parse-profile/></user-id-collector>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sets, err := profile.Import("f", data)
		if err != nil || len(sets) == 0 {
			return
		}
		if bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))), []byte("<")) {
			got, err := profile.Export("f", data, sets)
			if err == nil && !bytes.Equal(got, data) {
				t.Errorf("an export without a change changed\n%q\nto\n%q", data, got)
			}
		}
		for _, s := range sets {
			text, err := s.ConfigXML()
			if err != nil {
				continue
			}
			again, err := profile.Import("f", text)
			if err != nil || len(again) != 1 {
				t.Fatalf("%v of %s", err, text)
			}
			if d := cmp.Diff(s.Profiles, again[0].Profiles, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		}
	})
}
