package firewall_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/simulate/firewall"
)

// announce stands for the code of another project that is to be tested: it tells the
// firewall at an address who has logged in.
func announce(address, user, ip string) error {
	conn, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "<38>vpnd: session opened user=%s assigned=%s", user, ip)
	return err
}

// This is the example of the package's documentation, as a test that runs.
func TestAnnounce(t *testing.T) {
	fw, err := firewall.Start(t.Context(), firewall.Config{
		UDP: "127.0.0.1:0",
		Senders: []firewall.Sender{{
			Name: "vpn1", Address: netip.MustParseAddr("127.0.0.1"), Connection: panos.UDP, DefaultDomain: "corp",
			Profiles: []profile.Attachment{{Event: panos.Login, Profile: profile.Profile{
				Name: "vpn-login",
				Regex: &profile.RegexIdentifier{
					EventRegex: `session opened`, UsernameRegex: `user=(\S+)`, AddressRegex: `assigned=(\S+)`,
				},
			}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer fw.Close()

	if err := announce(fw.UDPAddr().String(), "alice", "198.51.100.7"); err != nil {
		t.Fatal(err)
	}
	if err := fw.Wait(t.Context(), firewall.KindMessage, 1); err != nil {
		t.Fatal(err)
	}
	m := fw.Mappings(panos.DataPlane)
	if len(m) != 1 || m[0].User != `corp\alice` {
		t.Errorf("mappings %+v; the firewall's record: %+v", m, fw.Record().Since(0))
	}

	// The same while the firewall ignores the user.
	if err := fw.Faults().Start(firewall.FaultIgnoredUser, map[string]string{"users": "bob"}); err != nil {
		t.Fatal(err)
	}
	if err := announce(fw.UDPAddr().String(), "bob", "198.51.100.8"); err != nil {
		t.Fatal(err)
	}
	if err := fw.Wait(t.Context(), firewall.KindMessage, 2); err != nil {
		t.Fatal(err)
	}
	state, err := fw.CLI("show user server-monitor state all")
	if err != nil || !strings.Contains(state, "number of auth. success messages                  : 1\n") {
		t.Errorf("%v: %s", err, state)
	}
}
