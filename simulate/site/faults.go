package site

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/simulate/firewall"
)

// The peers of a lab.
const (
	PeerFirewall = "firewall"
	PeerDC       = "dc"
	PeerDNS      = "dns"
)

// PeerFault is a fault with the peer that shows it.
type PeerFault struct {
	Peer string
	simulate.Fault
}

// Faults lists the faults of all peers of a lab with a domain, in one namespace: those of the firewall,
// of the domain controller and of the DNS server.
func Faults() []PeerFault {
	var list []PeerFault
	for _, peer := range []struct {
		name   string
		faults []simulate.Fault
	}{{PeerFirewall, firewall.Faults()}, {PeerDC, dc.Faults()}, {PeerDNS, dns.Faults()}} {
		for _, f := range peer.faults {
			list = append(list, PeerFault{peer.name, f})
		}
	}
	return list
}

// StartFault switches a fault of any of the lab's peers on. Parameters that are not given take
// their defaults. The error says what is wrong, or which faults this lab has.
func (s *Site) StartFault(id string, params map[string]string) error {
	var known []string
	for _, peer := range s.peers() {
		for _, f := range peer.faults.Known() {
			if f.ID == id {
				return peer.faults.Start(id, params)
			}
			known = append(known, f.ID)
		}
	}
	if at := slices.IndexFunc(Faults(), func(f PeerFault) bool { return f.ID == id }); at >= 0 {
		return fmt.Errorf("fault %s: this lab has no %s", id, Faults()[at].Peer)
	}
	return fmt.Errorf("no fault %q; there are %s", id, strings.Join(known, ", "))
}

// StopFault switches a fault off. Stopping one that is off, or that does not exist, does nothing.
func (s *Site) StopFault(id string) {
	for _, peer := range s.peers() {
		peer.faults.Stop(id)
	}
}

// peer is what the peers of a lab have in common.
type peer struct {
	name   string
	record *simulate.Record
	faults *simulate.Faults
}

// peers are those that this lab has.
func (s *Site) peers() (list []peer) {
	if s.fw != nil {
		list = append(list, peer{PeerFirewall, s.fw.Record(), s.fw.Faults()})
	}
	if s.domain != nil {
		list = append(list, peer{PeerDC, s.domain.dc.Record(), s.domain.dc.Faults()},
			peer{PeerDNS, s.domain.dns.Record(), s.domain.dns.Faults()})
	}
	return list
}
