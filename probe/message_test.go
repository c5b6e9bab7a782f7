package probe

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// fieldProfile reads "EVENT user=… ip=… end".
func fieldProfile(name, event string, means panos.EventType) profile.Attachment {
	return profile.Attachment{Event: means, Profile: profile.Profile{
		Name: name, Event: means,
		Field: &profile.FieldIdentifier{
			EventString: event, UsernamePrefix: "user=", UsernameDelimiter: `\s`, AddressPrefix: "ip=", AddressDelimiter: `\s`,
		},
		Samples: []profile.Sample{{Message: "nac1: " + event + " user=${user} ip=${address} end", User: "${user}", Address: "${address}"}},
	}}
}

func composeFor(attachments ...profile.Attachment) ([]message, message, error) {
	s := Sender{
		Name: "nac1", DefaultDomain: "corp", Profiles: attachments, Users: "uidprobe-", Messages: 2,
		Addresses: []netip.Addr{
			netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2"),
			netip.MustParseAddr("198.51.100.3"), netip.MustParseAddr("198.51.100.4"),
		},
	}
	return compose(s, "7f3a", time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
}

func TestComposeGivesEachMessageItsOwnUserAndAddress(t *testing.T) {
	t.Parallel()
	messages, again, err := composeFor(
		fieldProfile("wifi", "associated", panos.Login),
		fieldProfile("vpn", "tunnel up", panos.Login),
		fieldProfile("vpn-out", "tunnel down", panos.Logout),
	)
	if err != nil {
		t.Fatal(err)
	}
	if again.user != `corp\uidprobe-7f3a-000` || again.address != messages[0].address {
		t.Errorf("again is of %q at %v, want another user at the address of the first", again.user, again.address)
	}
	want := []struct{ profile, login, logout, user, address string }{
		{"wifi", "nac1: associated user=uidprobe-7f3a-001 ip=198.51.100.1 end", "nac1: tunnel down user=uidprobe-7f3a-001 ip=198.51.100.1 end", `corp\uidprobe-7f3a-001`, "198.51.100.1"},
		{"wifi", "nac1: associated user=uidprobe-7f3a-002 ip=198.51.100.2 end", "nac1: tunnel down user=uidprobe-7f3a-002 ip=198.51.100.2 end", `corp\uidprobe-7f3a-002`, "198.51.100.2"},
		{"vpn", "nac1: tunnel up user=uidprobe-7f3a-003 ip=198.51.100.3 end", "nac1: tunnel down user=uidprobe-7f3a-003 ip=198.51.100.3 end", `corp\uidprobe-7f3a-003`, "198.51.100.3"},
		{"vpn", "nac1: tunnel up user=uidprobe-7f3a-004 ip=198.51.100.4 end", "nac1: tunnel down user=uidprobe-7f3a-004 ip=198.51.100.4 end", `corp\uidprobe-7f3a-004`, "198.51.100.4"},
	}
	if len(messages) != len(want) {
		t.Fatalf("%d messages, want %d", len(messages), len(want))
	}
	for i, m := range messages {
		w := want[i]
		if m.profile != w.profile || string(m.login) != w.login || string(m.logout) != w.logout || m.user != w.user || m.address.String() != w.address {
			t.Errorf("message %d = %s %q %q %q %v, want %+v", i, m.profile, m.login, m.logout, m.user, m.address, w)
		}
	}
}

func TestComposeFindsMistakesBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	wrongSample := fieldProfile("vpn", "tunnel up", panos.Login)
	wrongSample.Profile.Samples[0].Message = "nac1: tunnel up user=${user} addr=${address} end"
	otherAddress := fieldProfile("vpn", "tunnel up", panos.Login)
	otherAddress.Profile.Samples[0].Message = "nac1: tunnel up user=${user} ip=192.0.2.9 client=${address} end"
	otherUser := fieldProfile("out", "tunnel down", panos.Logout)
	otherUser.Profile.Samples[0].Message = "nac1: tunnel down user=somebody ip=${address} end"
	for _, row := range []struct {
		name        string
		attachments []profile.Attachment
		says        string
		nearest     string // in the drawing of the nearest profile
	}{
		{"no login", []profile.Attachment{fieldProfile("out", "tunnel down", panos.Logout)}, "no profile with a sample message is attached as a login", ""},
		{"a sample that its profile does not read", []profile.Attachment{wrongSample}, "is read by no profile of this sender", "address-prefix"},
		{"a sample that maps another address", []profile.Attachment{otherAddress}, "maps [192.0.2.9], want 198.51.100.1", ""},
		{"two profiles read it", []profile.Attachment{fieldProfile("a", "tunnel up", panos.Login), fieldProfile("b", "tunnel", panos.Login)}, "is read by several profiles: a, b", ""},
		{"a logout of another user", []profile.Attachment{fieldProfile("vpn", "tunnel up", panos.Login), otherUser}, `logs out "corp\\somebody"`, ""},
		{"too few addresses", []profile.Attachment{fieldProfile("a", "one", panos.Login), fieldProfile("b", "two", panos.Login), fieldProfile("c", "three", panos.Login)}, "4 addresses are reserved for 6 messages", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := composeFor(row.attachments...)
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Fatalf("error = %v, want %q in it", err, row.says)
			}
			var unreadable *UnreadableError
			if row.nearest != "" && (!errors.As(err, &unreadable) || !strings.Contains(unreadable.Nearest, row.nearest)) {
				t.Errorf("the nearest profile is drawn as\n%s\nwant %q in it", unreadable.Nearest, row.nearest)
			}
		})
	}
}
