package profile

import (
	"net/netip"

	"github.com/uidprobe/uidprobe/panos"
)

// longestAddress bounds what is looked at: an IPv6 address with an IPv4 tail has 45 bytes.
const longestAddress = 45

// address judges a value. problem says why it maps nothing, as the end of a sentence
// about it; it is empty when the address is a good one.
func address(text []byte, d *panos.Dialect) (a netip.Addr, problem string) {
	if len(text) > longestAddress {
		return netip.Addr{}, "is not an IP address"
	}
	a, ok := dotted(text)
	if !ok {
		var err error
		a, err = netip.ParseAddr(string(text))
		if err != nil || a.Zone() != "" { // an address with a zone means something on one machine only
			return netip.Addr{}, "is not an IP address"
		}
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

// dotted reads an IPv4 address as netip does, without a copy of its text: four numbers up to
// 255, without leading zeros. ok is false for all else.
func dotted(text []byte) (a netip.Addr, ok bool) {
	var four [4]byte
	at, digits, value := 0, 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			if digits > 0 && value == 0 {
				return a, false
			}
			if value = value*10 + int(c-'0'); value > 255 {
				return a, false
			}
			digits++
		case c == '.' && digits > 0 && at < len(four)-1:
			four[at] = byte(value)
			at++
			digits, value = 0, 0
		default:
			return a, false
		}
	}
	if at != len(four)-1 || digits == 0 {
		return a, false
	}
	four[at] = byte(value)
	return netip.AddrFrom4(four), true
}
