package firewall

import (
	"net/netip"

	"github.com/uidprobe/uidprobe/panos"
)

// Interface is where a firewall takes syslog messages.
type Interface string

// The interfaces.
const (
	Management Interface = "management"
	Dataplane  Interface = "dataplane" // by an interface management profile
)

// Door is what the configuration of an interface says of syslog. The zero value takes both
// transports from everybody: on a firewall both services are off until they are switched
// on (configuration schema, 10.0.5).
type Door struct {
	// Permitted are the addresses that the interface takes packets from. Empty means every
	// one. A list that is not empty restricts both families, each judged by its own entries:
	// one of IPv6 alone shuts out IPv4. 0.0.0.0/0 is everybody in an interface profile, and
	// dropped from the list of the management interface (measured on PA-5220 11.1.13-h3 and
	// PA-VM 11.2.3). What is left of [0.0.0.0/0] there is taken for no list, and ::/0 is kept on
	// both: these two are inferred.
	Permitted              []netip.Prefix
	DisableUDP, DisableSSL bool // switch a listener service off
}

// everyIPv4 is the entry that only an interface profile honours.
var everyIPv4 = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// permits says whether packets of a source pass the door of that interface.
func (d Door) permits(on Interface, source netip.Addr) bool {
	source = source.Unmap().WithZone("")
	restricted := false
	for _, p := range d.Permitted {
		if on == Management && p == everyIPv4 {
			continue
		}
		restricted = true
		if p.Contains(source) { // never one of the other family
			return true
		}
	}
	return !restricted
}

func (d Door) disabled(transport panos.ConnectionType) bool {
	if transport == panos.UDP {
		return d.DisableUDP
	}
	return d.DisableSSL
}

// door is where the listeners are while these faults run, and what is set there.
func (fw *Firewall) door(e *effects) (Interface, Door) {
	on := fw.config.ListenOn
	if e.shutOut != "" {
		on = e.shutOut
	}
	door := fw.doorOf(on)
	if e.shutOut != "" {
		door.Permitted = shutOut[on]
	}
	return on, door
}

// doorOf is what the configuration says of an interface.
func (fw *Firewall) doorOf(on Interface) Door {
	if on == Dataplane {
		return fw.config.DataplaneInterface
	}
	return fw.config.ManagementInterface
}

// shutOut is the list of each interface that the fault source-not-permitted puts there. That
// of management looks as if it let everybody in.
var shutOut = map[Interface][]netip.Prefix{
	Management: {everyIPv4, netip.MustParsePrefix("192.0.2.1/32")},
	Dataplane:  {netip.MustParsePrefix("192.0.2.1/32")},
}

// refuses says why a listener takes nothing of a source at present; empty if it does. The
// reasons are the IDs of the faults that do the same.
func (fw *Firewall) refuses(e *effects, transport panos.ConnectionType, source netip.Addr) (reason string) {
	on, door := fw.door(e)
	switch {
	case door.disabled(transport) || e.service(transport) == panos.ServiceDisabled:
		return FaultServiceDisabled
	case !door.permits(on, source):
		return FaultSourceNotPermitted
	case fw.ha(e).idle():
		return FaultHAPassive
	}
	return ""
}

// loses says why a datagram of this source is not received; empty if it is.
func (fw *Firewall) loses(e *effects, source netip.Addr) (reason string) {
	if reason = fw.refuses(e, panos.UDP, source); reason != "" {
		return reason
	}
	if e.loss.next(source) {
		return FaultUDPLoss
	}
	return ""
}
