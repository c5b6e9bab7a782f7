package library

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// users are names that must survive the prefixes and delimiters of every profile.
var users = []string{"uidprobe-0001", `corp\uidprobe-0001`, "uidprobe-0001@corp.example", `CORP\svc_x.y-1`}

func values(user, address string) *syslog.Values {
	return &syslog.Values{
		User: user, Domain: "corp", Address: netip.MustParseAddr(address), Host: "host1.corp.example", Seq: 4711,
		Time: time.Date(2025, time.November, 3, 9, 4, 5, 678_000_000, time.UTC), MAC: "00-00-5e-00-53-2a",
	}
}

func render(t *testing.T, text string, v *syslog.Values) []byte {
	t.Helper()
	template, err := syslog.ParseTemplate(text)
	if err != nil {
		t.Fatalf("template %q: %v", text, err)
	}
	return template.Append(nil, v)
}

func matcher(t *testing.T, profiles ...profile.Profile) *profile.Matcher {
	t.Helper()
	var c profile.Config
	for _, p := range profiles {
		c.Attachments = append(c.Attachments, profile.Attachment{Profile: p, Event: p.Event})
	}
	m, err := profile.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func everyProfile() (all []profile.Profile) {
	for _, v := range All() {
		all = append(all, v.Profiles...)
	}
	return all
}

// whole reads a line as every profile of the library does: one matcher for each vendor,
// since they are more than one sender may have.
type whole []*profile.Matcher

func wholeLibrary(t *testing.T) (w whole) {
	t.Helper()
	for _, v := range All() {
		w = append(w, matcher(t, v.Profiles...))
	}
	return w
}

func (w whole) match(line []byte) (matches []profile.Match) {
	for _, m := range w {
		matches = m.Match(matches, line)
	}
	return matches
}

// ipv4Only are the profiles whose published or derived expression reads IPv4 alone.
var ipv4Only = []string{
	"freeradius-login", "freeradius-logout", "isc-dhcpd-login", "isc-dhcpd-logout",
	"ivanti-connect-secure-login", "ivanti-connect-secure-logout", "openvpn-login", "palo-alto-example-regex-login",
}

// usersOf are names that survive a profile whose published expression reads fewer
// characters than those of users have.
func usersOf(profile string) []string {
	if profile == "palo-alto-example-regex-login" {
		return []string{"uidprobe0001", `corp\uidprobe0001`, `CORP\svc_x.y`}
	}
	return users
}

var addresses = []string{"198.51.100.7", "2001:db8::51:7"}

// Each sample, with several users and addresses, is read by its own profile: exactly the
// user and the address.
func TestEverySampleMapsByItsProfile(t *testing.T) {
	t.Parallel()
	for _, p := range everyProfile() {
		own := matcher(t, p)
		for i, sample := range p.Samples {
			for _, user := range usersOf(p.Name) {
				for _, address := range addresses {
					v := values(user, address)
					line := render(t, sample.Message, v)
					want := []profile.Match{{
						Profile: p.Name, Event: p.Event,
						User: strings.ToLower(user), Raw: user,
						Addresses: []netip.Addr{netip.MustParseAddr(address)},
					}}
					if v.Address.Is6() && slices.Contains(ipv4Only, p.Name) {
						want = nil
					}
					got := own.Match(nil, line)
					if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
						t.Errorf("%s: sample %d does not map what it should (-want +got):\n%s\nline: %s", p.Name, i, diff, line)
					}
					for role, want := range map[string]string{sample.User: user, sample.Address: address} {
						if got := string(render(t, role, v)); got != want {
							t.Errorf("%s: sample %d says that %q is extracted, want %q", p.Name, i, got, want)
						}
					}
				}
			}
		}
	}
}

// Every negative comes near: the vendor's profile has at least one part that matches, or
// else the test above would hold for any text.
func TestNegativesComeNear(t *testing.T) {
	t.Parallel()
	for _, p := range everyProfile() {
		m := matcher(t, p)
		for i, n := range p.MustNotMap {
			line := render(t, n.Message, values("uidprobe-0001", "198.51.100.7"))
			trace := m.Trace(line)[0]
			near := 0
			for _, part := range trace.Parts {
				if part.Matched || part.Progress > 3 {
					near++
				}
			}
			if near == 0 {
				t.Errorf("%s: must-not-map %d has nothing to do with the profile: %v", p.Name, i, trace)
			}
		}
	}
}

// Names that a user of the product may have, and what becomes of them.
func TestUnusualNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, profile, user, want string }{
		{"apostrophe inside apostrophes", "cisco-meraki-anyconnect-login", "o'brien", "o'brien"},
		{"blank inside apostrophes", "cisco-meraki-anyconnect-login", "jane doe", "jane doe"},
		{"apostrophe at ISE", "cisco-ise-login", "o'brien", "o'brien"},
		{"blank at ISE", "cisco-ise-login", "jane doe", "jane doe"},
		{"letters beyond ASCII at the ASA", "cisco-asa-anyconnect-login", "zoë", "zoë"},
		{"plus at ClearPass", "aruba-clearpass-login", "jane+lab", "jane+lab"},
		{"parenthesis at Ivanti", "ivanti-connect-secure-login", "jane(x", "jane"}, // known: the realm begins there
		{"apostrophe in the published class", "freeradius-login", "o'brien", "o"},  // known: see the file
		{"letters beyond ASCII in the published class", "freeradius-login", "zoë", "zo"},
		{"hyphen in the published class", "palo-alto-example-regex-login", "uidprobe-0001", "uidprobe"}, // known: see the file
		{"domain in the published class", "palo-alto-example-regex-login", "jane@corp.example", "jane"},
		{"hyphen in the published field", "palo-alto-example-field-login", "uidprobe-0001", "uidprobe-0001"},
		{"blank at the Aruba controller", "aruba-controller-login", "jane doe", "jane doe"},
		{"blank at Aerohive", "aerohive-login", "jane doe", "jane doe"},
		{"blank at NetScaler", "citrix-netscaler-login", "jane doe", "jane doe"},
		{"the word before the user at NetScaler", "citrix-netscaler-logout", "Power User x", "Power User x"},
		{"apostrophe at the FortiGate", "fortinet-fortigate-sslvpn-login", "o'brien", "o'brien"},
		{"blank at the FortiGate", "fortinet-fortigate-auth-login", "jane doe", "jane doe"},
		{"comma at the ASA's end of session", "cisco-asa-anyconnect-peer-logout", "doe, jane", "doe, jane"},
		{"blank in an alias", "ubiquiti-unifi-client-login", "Jane's Watch 0d:87", "Jane's Watch 0d:87"},
		{"blank in a host name", "isc-dhcpd-login", "jane doe", "jane doe"},
		{"account of a computer at NPS", "microsoft-nps-login", "LAPTOP1$", "LAPTOP1$"},
		{"plus at sshd", "openssh-login", "jane+lab", "jane+lab"},
		{"angle bracket at PacketFence", "packetfence-login", "jane>x", "jane"}, // known: it ends the name, as at the ASA
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p, ok := Find(row.profile)
			if !ok {
				t.Fatalf("no profile %q", row.profile)
			}
			line := render(t, p.Samples[0].Message, values(row.user, "198.51.100.7"))
			got := matcher(t, p).Match(nil, line)
			if len(got) != 1 || got[0].Raw != row.want {
				t.Errorf("user %q: got %+v, want one match with user %q\nline: %s", row.user, got, row.want, line)
			}
		})
	}
}

func TestLibraryIsComplete(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	seen := map[string]bool{}
	for _, v := range All() {
		if !v.Title.Complete() || v.Source == "" || (v.Confidence != profile.Documented && v.Confidence != profile.Derived) {
			t.Errorf("%s: title %+v, source %q, confidence %q: one is missing", v.Name, v.Title, v.Source, v.Confidence)
		}
		for _, p := range v.Profiles {
			if seen[p.Name] {
				t.Errorf("profile name %q is there twice", p.Name)
			}
			seen[p.Name] = true
			kind, ok := strings.CutPrefix(p.Name, v.Name+"-")
			if !ok || kind != string(p.Event) && !strings.HasSuffix(kind, "-"+string(p.Event)) {
				t.Errorf("profile %q is a %s of %s: want a name that says so", p.Name, p.Event, v.Name)
			}
			got[v.Name] = append(got[v.Name], kind)
			if len(p.Samples) == 0 || p.Description == "" {
				t.Errorf("profile %q has %d samples and the description %q", p.Name, len(p.Samples), p.Description)
			}
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
			if found, ok := Find(p.Name); !ok || found.Name != p.Name {
				t.Errorf("Find(%q) = %q, %v", p.Name, found.Name, ok)
			}
		}
	}
	want := map[string][]string{
		"aerohive":                {"login"},
		"aruba-clearpass":         {"login"},
		"aruba-controller":        {"login"},
		"bluecoat-proxysg":        {"login"},
		"cisco-asa-anyconnect":    {"login", "peer-login", "peer-logout"},
		"cisco-ise":               {"login", "logout", "authentication-login"},
		"cisco-meraki-anyconnect": {"login", "logout"},
		"citrix-netscaler":        {"login", "logout"},
		"fortinet-fortigate":      {"auth-login", "fsso-login", "fsso-logout", "sslvpn-login", "sslvpn-logout"},
		"freeradius":              {"login", "logout"},
		"isc-dhcpd":               {"login", "logout"},
		"ivanti-connect-secure":   {"login", "logout"},
		"microsoft-nps":           {"login"},
		"openssh":                 {"login"},
		"openvpn":                 {"login"},
		"packetfence":             {"login", "start-login", "stop-logout"},
		"palo-alto-example":       {"regex-login", "field-login"},
		"pfsense-captive-portal":  {"login"},
		"ruckus-cloudpath":        {"login"},
		"squid":                   {"login"},
		"ubiquiti-unifi":          {"admin-login", "client-login", "client-logout"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("vendors and their profiles (-want +got):\n%s", diff)
	}
	if _, ok := Find("no-such-profile"); ok {
		t.Error("Find finds a profile that is not there")
	}
}

func TestAllIsSorted(t *testing.T) {
	t.Parallel()
	if !slices.IsSortedFunc(All(), func(a, b Vendor) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("All is not sorted by name")
	}
}

// Samples are sent as templates, off loopback too: whom they name must be who the caller
// says, and nobody else.
func TestSamplesNameNobodyElse(t *testing.T) {
	t.Parallel()
	for _, p := range everyProfile() {
		for i, s := range p.Samples {
			if s.User != "${user}" || s.Address != "${address}" {
				t.Errorf("%s: sample %d extracts %q and %q, want the places of user and address", p.Name, i, s.User, s.Address)
			}
		}
	}
}

// A sample must reach a firewall whole: 2,048 bytes is the limit of the 9.1 documents.
func TestSamplesFitAMessage(t *testing.T) {
	t.Parallel()
	for _, p := range everyProfile() {
		for i, s := range p.Samples {
			if n := len(render(t, s.Message, values("uidprobe-0001@corp.example", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"))); n > int(panos.MaxMessage9) {
				t.Errorf("%s: sample %d has %d bytes, more than %d", p.Name, i, n, panos.MaxMessage9)
			}
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"not the vendor of the file", "vendor: other\nprofiles:\n- name: a\n  field-identifier: {event-string: a, username-prefix: b, username-delimiter: c, address-prefix: d, address-delimiter: e}\n",
			`vendors/x.yaml: vendor is "other", want "x"`},
		{"no profiles", "vendor: x\n", "vendors/x.yaml:1:1: the file has no profiles; begin with profiles:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(fstest.MapFS{"vendors/x.yaml": {Data: []byte(row.text)}})
			if err == nil || err.Error() != row.want {
				t.Errorf("got error %v, want %s", err, row.want)
			}
		})
	}
}
