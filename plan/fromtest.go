package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// about says in comments what else of the configuration User-ID depends on.
func (d *drafter) about(u panos.UserID) {
	say := func(format string, args ...any) { d.line(4, "# "+format, args...) }
	say("From %s", oneLine(u.At.XPath()))
	device := u.Device
	switch {
	case device.At == nil:
	case device.OnManagement():
		say("The UID agent's packets leave by the management interface, %s.", cmp.Or(oneLine(device.Address.Text), "whose address the file does not say"))
	default:
		say("The UID agent's service route: interface %s, address %s.", listed(device.Route.Interface), listed(device.Route.Address))
	}
	if access, profiled, known := device.Access(); known && profiled {
		if len(access.Permitted) == 0 {
			say("That interface takes packets from everybody.")
		} else {
			say("That interface takes packets from: %s", listed(access.Permitted...))
		}
	}
	if device.At != nil {
		say("DNS: %s. NTP: %s.", listed(device.DNS...), listed(device.NTP...))
	}
	if device.HA.Yes(false) {
		say("One of a pair: %s is the peer. Where the other unit is active, make a file for that one.", listed(device.HAPeer))
	}
	on, off := zoneNames(u.Zones)
	if len(on)+len(off) > 0 {
		say("User-ID is on in the zones: %s; off in: %s", listed(on...), listed(off...))
	}
	if len(u.IgnoredUsers) > 0 {
		say("Ignored users: %s", listed(u.IgnoredUsers...))
	}
	switch {
	case !u.EnableTimeout.Yes(true):
		say("Mappings do not time out.")
	case u.Timeout.Given():
		say("Mappings time out after %s minutes.", oneLine(u.Timeout.Text))
	}
}

func zoneNames(zones []panos.ZoneEntry) (on, off []panos.ConfigValue) {
	for _, z := range zones {
		if z.UserID {
			on = append(on, panos.ConfigValue{Text: z.Name, At: z.At})
		} else {
			off = append(off, panos.ConfigValue{Text: z.Name, At: z.At})
		}
	}
	return on, off
}

// maxListed bounds a list in a comment.
const maxListed = 20

// listed is a list in a comment.
func listed(values ...panos.ConfigValue) string {
	var texts []string
	for _, v := range values {
		if v.Given() {
			texts = append(texts, oneLine(v.Text))
		}
	}
	if len(texts) > maxListed {
		texts = append(texts[:maxListed], fmt.Sprintf("and %d more", len(texts)-maxListed))
	}
	if texts == nil {
		return "none"
	}
	return strings.Join(texts, ", ")
}

// writeTest writes a test that fits: as many messages as are reserved addresses, and light enough to need
// no allowance.
func (d *drafter) writeTest(b *bytes.Buffer) {
	all := 0
	for _, n := range d.logins {
		all += n
	}
	if all == 0 {
		return
	}
	networks := d.origin.Addresses
	if networks == nil {
		networks = []netip.Prefix{netip.MustParsePrefix(DefaultAddresses)}
	}
	messages := DefaultMessages
	for ; messages > 1; messages-- {
		if d.fits(messages, all, networks) {
			break
		}
	}
	b.WriteString("\n# What is sent. Only these users and addresses are, and none of them may be in use.\n")
	for _, u := range d.users {
		d.writeNetworks(b, u, networks)
	}
	var texts []string
	for _, n := range networks {
		texts = append(texts, yamlText(n.String()))
	}
	fmt.Fprintf(b, "test:\n  users: %s\n  addresses: [%s]\n  messages: %d # for each login profile of each sender\n", DefaultUsers, strings.Join(texts, ", "), messages)
}

func (d *drafter) fits(messages, logins int, networks []netip.Prefix) bool {
	for i, n := range d.logins {
		sent := n * messages
		if d.logouts[i] > 0 {
			sent *= 2
		}
		if sent > LightMessages {
			return false
		}
	}
	return len(take(networks, logins*messages)) == logins*messages
}

// writeNetworks says of a virtual system that keeps mappings only of some networks whether the
// reserved ones are among them.
func (d *drafter) writeNetworks(b *bytes.Buffer, u panos.UserID, reserved []netip.Prefix) {
	if len(u.Networks) == 0 {
		return
	}
	var texts []string
	for _, n := range u.Networks {
		word := "include "
		if n.Exclude {
			word = "exclude "
		}
		texts = append(texts, word+n.Network)
	}
	fmt.Fprintf(b, "# Mappings of %s are kept by this list: %s\n", oneLine(u.Label()), oneLine(strings.Join(texts, ", ")))
	for _, network := range reserved {
		if !kept(u.Networks, network) {
			text := fmt.Sprintf("%s: the firewall keeps no mapping of %s, which the test uses: reserve addresses with --addresses", oneLine(u.Label()), network)
			d.left = append(d.left, text)
			fmt.Fprintf(b, "# Not covered: %s\n", text)
		}
	}
}

// kept says whether the firewall would keep mappings of a network: the first entry that holds it
// decides. One that holds only a part of it is passed over, so that doubt counts as no.
func kept(list []panos.NetworkEntry, network netip.Prefix) bool {
	includes := false
	for _, n := range list {
		p, err := netip.ParsePrefix(n.Network)
		if a, single := netip.ParseAddr(n.Network); single == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		includes = includes || !n.Exclude
		switch {
		case err != nil:
		case p.Contains(network.Addr()) && p.Bits() <= network.Bits():
			return !n.Exclude
		case n.Exclude && p.Overlaps(network):
			return false
		}
	}
	return !includes
}
