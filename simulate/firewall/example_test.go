package firewall_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/simulate/firewall"
)

// A firewall with one UDP sender, a message, and the mapping that it makes.
func ExampleStart() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	vpn := profile.Profile{
		Name: "vpn-login",
		Regex: &profile.RegexIdentifier{
			EventRegex: `session opened`, UsernameRegex: `user=(\S+)`, AddressRegex: `assigned=(\S+)`,
		},
	}
	fw, err := firewall.Start(ctx, firewall.Config{
		UDP: "127.0.0.1:0",
		Senders: []firewall.Sender{{
			Name: "vpn1", Address: netip.MustParseAddr("127.0.0.1"), Connection: panos.UDP, DefaultDomain: "corp",
			Profiles: []profile.Attachment{{Profile: vpn, Event: panos.Login}},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer fw.Close()

	conn, err := net.Dial("udp", fw.UDPAddr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "<38>vpnd: session opened user=Alice assigned=198.51.100.7")
	if err := fw.Wait(ctx, firewall.KindMessage, 1); err != nil {
		log.Fatal(err)
	}

	for _, m := range fw.Mappings(panos.DataPlane) {
		fmt.Println(m.Address, m.User, "learnt by", m.From)
	}
	// Output:
	// 198.51.100.7 corp\alice learnt by SYSLOG
}
