package plan

import (
	"testing"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
)

func TestSamplesAreMadeOfWhatAProfileLooksFor(t *testing.T) {
	t.Parallel()
	const address = `ip=([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})`
	regex := func(event, user, address string) profile.Profile {
		return profile.Profile{Name: "p", Regex: &profile.RegexIdentifier{EventRegex: event, UsernameRegex: user, AddressRegex: address}}
	}
	field := func(f profile.FieldIdentifier) profile.Profile { return profile.Profile{Name: "p", Field: &f} }
	for _, row := range []struct {
		name string
		p    profile.Profile
		want string // empty: none can be made
	}{
		{"plain", regex("login ok", `user=(\S+)`, address), "login ok user=${user} ip=${address}"},
		{"alternatives", regex("(?:login|logon) [a-z]{3}", `user=(\S+)`, address), "login aaa user=${user} ip=${address}"},
		{"dollar", regex(`cost \$1`, `user=(\S+)`, address), "cost $$1 user=${user} ip=${address}"},
		{"bound to the start", regex(`ok$`, `^user=(\S+)`, address), "user=${user} ip=${address} ok"},
		{"optional group", regex("ok", `user=(\S+)?`, address), "ok user=${user} ip=${address}"},
		{"contradiction", regex(`^ok$`, `user=(\S+)`, address), ""},
		{"no letters in users", regex("ok", `user=(\d+)`, address), ""},
		{"fields", field(profile.FieldIdentifier{EventString: "start", UsernamePrefix: "u=", UsernameDelimiter: ",", AddressPrefix: "a=", AddressDelimiter: `\s`}), "start u=${user}, a=${address} "},
		{"line break ends", field(profile.FieldIdentifier{EventString: "start", UsernamePrefix: "u=", UsernameDelimiter: `\n`, AddressPrefix: "a=", AddressDelimiter: `\t`}), "start a=${address}\t u=${user}"},
		{"prefix in the event", field(profile.FieldIdentifier{EventString: "u=start", UsernamePrefix: "u=", UsernameDelimiter: ",", AddressPrefix: "a=", AddressDelimiter: `\s`}), "u=${user}, u=start a=${address} "},
	} {
		p, ok := withSample(row.p, panos.DefaultDialect())
		switch {
		case !ok && row.want == "":
		case !ok || p.Samples[0].Message != row.want || p.Samples[0].User != "${user}" || p.Samples[0].Address != "${address}":
			t.Errorf("%s: %+v, want %q", row.name, p.Samples, row.want)
		}
	}
}

// Most published profiles get a sample of their own making; one that is in the library gets the
// library's.
func TestSamplesOfTheLibrary(t *testing.T) {
	t.Parallel()
	all, made := 0, 0
	for _, vendor := range library.All() {
		for _, p := range vendor.Profiles {
			bare := p
			bare.Name, bare.Samples = "other-name", nil
			got, ok := withSample(bare, panos.DefaultDialect())
			if !ok || !sameIdentifier(got, p) || len(got.Samples) == 0 {
				t.Errorf("%s: no sample of the library", p.Name)
			}
			all++
			for _, message := range candidates(bare, panos.DefaultDialect()) {
				if reads(bare, panos.DefaultDialect(), message) {
					made++
					break
				}
			}
		}
	}
	if all == 0 || made*10 < all*8 {
		t.Errorf("a sample can be made for %d of %d profiles, want eight in ten", made, all)
	}
	t.Logf("%d of %d", made, all)
}
