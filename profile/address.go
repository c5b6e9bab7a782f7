package profile

import (
	"net/netip"

	"github.com/uidprobe/uidprobe/panos"
)

// longestAddress bounds what is looked at: an IPv6 address with an IPv4 tail has 45 bytes.
const longestAddress = 45

// address judges a value. problem says why it maps nothing, as the end of a sentence
// about it; it is empty when the address is a good one.
func address(text []byte, d panos.Dialect) (a netip.Addr, problem string) {
	if len(text) > longestAddress {
		return netip.Addr{}, "is not an IP address"
	}
	a, err := netip.ParseAddr(string(text))
	if err != nil || a.Zone() != "" { // an address with a zone means something on one machine only
		return netip.Addr{}, "is not an IP address"
	}
	if a.Is4In6() {
		if d.MappedIPv4 != panos.Yes {
			return netip.Addr{}, "is an IPv4 address written as IPv6, which maps nothing (dialect switch mapped_ipv4)"
		}
		a = a.Unmap()
	}
	switch {
	case a.IsUnspecified():
		return netip.Addr{}, "is no client's address"
	case a.Is6() && d.IPv6 != panos.Yes:
		return netip.Addr{}, "is an IPv6 address, which maps nothing (dialect switch ipv6)"
	}
	return a, ""
}
