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

// ipv4Only are the profiles whose published or derived expression reads IPv4 alone.
var ipv4Only = []string{"freeradius-login", "freeradius-logout", "ivanti-connect-secure-login", "ivanti-connect-secure-logout"}

// Each sample, with several users and addresses, is read by its own profile and by no other
// of the whole library: that holds login and logout apart, and lets one sender have all.
func TestEverySampleMapsByItsProfileAlone(t *testing.T) {
	t.Parallel()
	all := matcher(t, everyProfile()...)
	for _, p := range everyProfile() {
		for i, sample := range p.Samples {
			for _, user := range users {
				for _, address := range []string{"198.51.100.7", "2001:db8::51:7"} {
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
					got := all.Match(nil, line)
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

func TestNothingThatMustNotMapMapsByAnyProfile(t *testing.T) {
	t.Parallel()
	all := matcher(t, everyProfile()...)
	for _, p := range everyProfile() {
		if len(p.MustNotMap) == 0 {
			t.Errorf("%s has no message that it must not map", p.Name)
		}
		for i, n := range p.MustNotMap {
			if n.Why == "" {
				t.Errorf("%s: must-not-map %d does not say why", p.Name, i)
			}
			for _, address := range []string{"198.51.100.7", "2001:db8::51:7"} {
				line := render(t, n.Message, values("uidprobe-0001", address))
				if got := all.Match(nil, line); got != nil {
					t.Errorf("%s: must-not-map %d (%s) is mapped: %+v\nline: %s", p.Name, i, n.Why, got, line)
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
	var names []string
	seen := map[string]bool{}
	logouts := 0
	for _, v := range All() {
		names = append(names, v.Name)
		if !v.Title.Complete() || v.Source == "" || (v.Confidence != profile.Documented && v.Confidence != profile.Derived) {
			t.Errorf("%s: title %+v, source %q, confidence %q: one is missing", v.Name, v.Title, v.Source, v.Confidence)
		}
		events := map[panos.EventType]int{}
		for _, p := range v.Profiles {
			events[p.Event]++
			if seen[p.Name] {
				t.Errorf("profile name %q is there twice", p.Name)
			}
			seen[p.Name] = true
			if want := v.Name + "-" + string(p.Event); p.Name != want {
				t.Errorf("profile %q, want the name %q", p.Name, want)
			}
			if len(p.Samples) == 0 {
				t.Errorf("profile %q has no sample", p.Name)
			}
			if found, ok := Find(p.Name); !ok || found.Name != p.Name {
				t.Errorf("Find(%q) = %q, %v", p.Name, found.Name, ok)
			}
		}
		if events[panos.Login] != 1 {
			t.Errorf("%s has %d login profiles, want 1", v.Name, events[panos.Login])
		}
		logouts += events[panos.Logout]
	}
	want := []string{"aruba-clearpass", "cisco-asa-anyconnect", "cisco-ise", "cisco-meraki-anyconnect", "freeradius", "ivanti-connect-secure"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("vendors (-want +got):\n%s", diff)
	}
	if logouts != 4 {
		t.Errorf("%d vendors have a logout, want 4", logouts)
	}
	if _, ok := Find("no-such-profile"); ok {
		t.Error("Find finds a profile that is not there")
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
