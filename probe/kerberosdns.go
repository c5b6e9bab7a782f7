package probe

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/wire/dns"
)

func (s *monitored) dnsCheck(k *kdc) check.Check {
	return check.Check{
		ID:     idDNS,
		Title:  lang.Text{EN: "DNS knows the address of the KDC", JA: "DNS で KDC のアドレスを解決できる"},
		Source: "PAN-OS help, Kerberos Server Profile; RFC 1035 section 4.1.1",
		Target: k.target,
		Run:    func(ctx context.Context) check.Result { return s.askKDCName(ctx, k) },
	}
}

// askKDCName finds the addresses of a KDC, and makes each a target of its own.
func (s *monitored) askKDCName(ctx context.Context, k *kdc) check.Result {
	host := strings.Trim(k.endpoint.Host, "[]")
	if address, err := netip.ParseAddr(host); err == nil {
		return s.open(k, []netip.Addr{address}, check.Result{Status: check.Pass, Summary: "an address: no name is looked up"})
	}
	found := s.resolver().lookup(ctx, host)
	k.found = &found
	r := found.result()
	if r.Status != check.Pass {
		r.Symptom = found.symptom()
	}
	if len(found.usable()) == 0 {
		k.broken = true
		return r
	}
	r.Evidence = append(r.Evidence, s.discovered(ctx, host)...)
	return s.open(k, found.usable(), r)
}

func (s *monitored) resolver() resolver { return resolver{servers: s.config.Resolvers} }

// open adds a check of the port of each address.
func (s *monitored) open(k *kdc, addresses []netip.Addr, r check.Result) check.Result {
	seen := map[netip.Addr]bool{}
	for _, address := range addresses {
		if address = address.Unmap(); seen[address] {
			continue
		}
		seen[address] = true
		d := &door{kdc: k, address: netip.AddrPortFrom(address, k.endpoint.port()), target: k.target}
		if !isAddress(k.endpoint.Host) {
			d.target = fmt.Sprintf("%s (%v)", k.target, address)
		}
		k.doors = append(k.doors, d)
		r.Then = append(r.Then, explained(s.portCheck(d)))
	}
	return r
}

// discovery is what the SRV records of the realm say, asked once a run.
type discovery struct {
	once     sync.Once
	services []dns.Service
	evidence []check.Evidence
}

// discovered tells whether the domain itself names this KDC. A firewall asks the ones of its profile
// and does not look for others, so it is evidence only.
func (s *monitored) discovered(ctx context.Context, host string) []check.Evidence {
	if !s.known {
		return nil
	}
	d := &s.discovery
	d.once.Do(func() {
		d.services, d.evidence = s.resolver().services(ctx, "_kerberos._tcp."+s.who.account.Domain())
	})
	for _, service := range d.services {
		if dns.Canonical(service.Target) == dns.Canonical(host) {
			return d.evidence
		}
	}
	note := check.Evidence{Name: "information", Text: fmt.Sprintf("the SRV records of %s do not name %s; a firewall does not use them", s.who.account.Domain(), host)}
	return append([]check.Evidence{note}, d.evidence...)
}
