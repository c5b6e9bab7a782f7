package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/sender"
	"github.com/uidprobe/uidprobe/wire/dns"
)

// DNSLookups are names to look up, and whom to ask.
type DNSLookups struct {
	Names   []string         // host names; an address is looked up backwards
	Realms  []string         // realms or domains whose domain controllers are looked for, by SRV records
	Servers []netip.AddrPort // DNS servers, in the order in which a resolver asks; nil means those of this host
}

// DNSChecks makes a check of each name: dns.forward, which has a dns.reverse of each address
// follow, and dns.reverse alone for an address; and dns.services of each realm, which has a
// dns.forward of each domain controller follow.
func DNSChecks(config DNSLookups) []check.Check {
	r := resolver{servers: config.Servers}
	var list []check.Check
	for _, name := range config.Names {
		if address, err := netip.ParseAddr(name); err == nil {
			list = append(list, r.reverseCheck(address, "", address.String()))
		} else {
			list = append(list, r.forwardCheck(name))
		}
	}
	taken := &sync.Map{} // names that have their check
	for _, name := range config.Names {
		taken.Store(dns.Canonical(name), true)
	}
	for _, realm := range config.Realms {
		list = append(list, r.servicesCheck(realm, taken))
	}
	return list
}

// servicesCheck looks for the domain controllers of a realm. Those that are not taken have their own
// check follow.
func (r resolver) servicesCheck(realm string, taken *sync.Map) check.Check {
	return check.Check{
		ID:     "dns.services",
		Title:  lang.Text{EN: "SRV records name the realm's domain controllers", JA: "SRV レコードがレルムのドメイン コントローラーを示している"},
		Source: "RFC 4120 section 7.2.3.2; that a firewall asks its Kerberos Server Profile alone is inferred",
		Target: realm,
		Run:    func(ctx context.Context) check.Result { return r.askServices(ctx, realm, taken) },
	}
}

// maxServices is how many domain controllers are followed.
const maxServices = 64

func (r resolver) askServices(ctx context.Context, realm string, taken *sync.Map) check.Result {
	name := "_kerberos._tcp." + strings.ToLower(strings.TrimSuffix(realm, "."))
	replies := r.records(ctx, name, dns.SRV)
	if len(replies) == 0 {
		return check.Result{Status: check.Error, Summary: "this host names no DNS server", Hint: lookup{outcome: noServer}.hint()}
	}
	var result check.Result
	for _, one := range replies {
		result.Evidence = append(result.Evidence, one.evidence(name))
	}
	first, ok := firstFinal(replies)
	switch {
	case !ok:
		result.Status, result.Summary = check.Fail, fmt.Sprintf("%s: %s", name, troubles(replies))
		result.Hint = "see that the DNS server answers for the domain, or name one that does with --server"
		return result
	case len(first.answer.SRV) == 0:
		result.Status, result.Summary = check.Fail, fmt.Sprintf("no SRV record names a domain controller of %s (%s)", realm, first.trouble())
		result.Hint = "see the realm's name and the DNS zone of the domain; a firewall does without, since its Kerberos Server Profile names the servers"
		return result
	}
	var found []string
	for _, s := range first.answer.SRV[:min(maxServices, len(first.answer.SRV))] {
		host := dns.Canonical(s.Target)
		found = append(found, fmt.Sprintf("%s:%d", host, s.Port))
		if _, there := taken.LoadOrStore(host, true); !there {
			result.Then = append(result.Then, r.forwardCheck(host))
		}
	}
	result.Status = check.Pass
	result.Summary = fmt.Sprintf("domain controllers of %s: %s", realm, strings.Join(found, ", "))
	return result
}

func (r resolver) forwardCheck(name string) check.Check {
	return check.Check{
		ID:     "dns.forward",
		Title:  lang.Text{EN: "DNS knows the address of the name", JA: "DNS で名前からアドレスを解決できる"},
		Source: "RFC 1035 section 4.1.1; RFC 2308 section 2",
		Target: name,
		Run:    func(ctx context.Context) check.Result { return r.askForward(ctx, name) },
	}
}

// maxReverse is how many addresses of a name are looked up backwards.
const maxReverse = 16

func (r resolver) askForward(ctx context.Context, name string) check.Result {
	found := r.lookup(ctx, name)
	result := found.result()
	for _, address := range found.usable()[:min(maxReverse, len(found.usable()))] {
		target := fmt.Sprintf("%s (%v)", name, address)
		if ref := (check.Ref{Check: "dns.reverse", Target: target}); !slices.ContainsFunc(result.Then, func(c check.Check) bool { return c.Ref() == ref }) {
			result.Then = append(result.Then, r.reverseCheck(address, name, target))
		}
	}
	return result
}

// reverseCheck looks an address up backwards; forward is the name that it was found by, if it was.
func (r resolver) reverseCheck(address netip.Addr, forward, target string) check.Check {
	return check.Check{
		ID:     "dns.reverse",
		Title:  lang.Text{EN: "the name of the address leads back to it", JA: "アドレスの逆引き名が元のアドレスに戻る"},
		Source: "RFC 1035 section 3.5; RFC 1912 section 2.1",
		Target: target,
		Run:    func(ctx context.Context) check.Result { return r.askReverse(ctx, address, forward) },
	}
}

// maxPointers is how many names of an address are followed.
const maxPointers = 8

func (r resolver) askReverse(ctx context.Context, address netip.Addr, forward string) check.Result {
	name := dns.ReverseName(address)
	replies := r.records(ctx, name, dns.PTR)
	if len(replies) == 0 {
		return check.Result{Status: check.Error, Summary: "this host names no DNS server", Hint: lookup{outcome: noServer}.hint()}
	}
	var result check.Result
	for _, one := range replies {
		result.Evidence = append(result.Evidence, one.evidence(name))
	}
	first, ok := firstFinal(replies)
	switch {
	case !ok:
		result.Status = check.Warn
		result.Summary = fmt.Sprintf("%v: %s", address, troubles(replies))
		result.Hint = "a server that answers for names and not for addresses lacks the reverse zone, or whom to ask for it"
		return result
	case len(first.answer.Names) > 0:
		return r.leadBack(ctx, address, forward, first, result)
	}
	return noPointer(address, forward, first, result)
}

// noPointer is an address without a name: nothing is known to need one, so it is a finding only
// where the address itself was asked about.
func noPointer(address netip.Addr, forward string, first reply, result check.Result) check.Result {
	result.Summary = fmt.Sprintf("%v has no name (%s)", address, first.trouble())
	if forward != "" {
		result.Status, result.Skipped = check.Skip, check.Inapplicable
		return result
	}
	result.Status = check.Warn
	result.Hint = "add a PTR record if a program is to show the address by name; nothing here needs one"
	return result
}

// leadBack looks up the names of an address.
func (r resolver) leadBack(ctx context.Context, address netip.Addr, forward string, first reply, result check.Result) check.Result {
	names := first.answer.Names[:min(maxPointers, len(first.answer.Names))]
	var astray []string
	known := false
	for _, name := range names {
		known = known || dns.Canonical(name) == dns.Canonical(forward)
		found := r.lookup(ctx, name)
		result.Evidence = append(result.Evidence, found.evidence()...)
		if !slices.ContainsFunc(found.addresses, func(a netip.Addr) bool { return a.Unmap() == address.Unmap() }) {
			astray = append(astray, name+": "+found.saying())
		}
	}
	result.Status, result.Summary = check.Pass, fmt.Sprintf("%v is %s", address, strings.Join(names, ", "))
	if forward != "" && !known {
		result.Summary += ", and not " + forward
	}
	if len(astray) > 0 {
		result.Status = check.Warn
		result.Summary = fmt.Sprintf("%v is %s, which does not lead back: %s", address, strings.Join(names, ", "), strings.Join(astray, "; "))
		result.Hint = "correct the PTR record, or the A or AAAA record of the name that it holds"
	}
	return result
}

// troubles is why none of the servers said something that a resolver believes.
func troubles(replies []reply) string {
	var parts []string
	for _, r := range replies {
		parts = append(parts, r.trouble())
	}
	return strings.Join(parts, "; ")
}

// networkCatalog is one of each check of names and ports.
func networkCatalog() []check.Check {
	list := DNSChecks(DNSLookups{Names: []string{"dc1.corp.example", "192.0.2.10"}, Realms: []string{"CORP.EXAMPLE"}})
	return append(list, NetChecks(Reach{To: []sender.Destination{{Scheme: sender.TCP, Host: "192.0.2.10", Port: kerberosPort}}})...)
}
