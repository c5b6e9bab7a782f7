package plan

import (
	"fmt"
	"net/netip"
)

// pools gives each sender its own slice of the reserved addresses: in the order of the file,
// one address after the other, so that the same file always means the same addresses.
func (r *reader) pools(site *Site) {
	at := place{"test", "addresses"}
	for _, network := range site.Test.Addresses {
		r.inhabited(at, network, site)
	}
	if site.Test.Messages < 1 || site.Test.Messages > MaxMessages {
		return
	}
	var logins int64
	for i, fw := range site.Firewalls {
		before := logins
		for _, s := range fw.Senders {
			logins += int64(s.Logins())
		}
		if logins == before && len(fw.Senders) > 0 && !r.badProfiles {
			r.Problem(place{"firewalls", i, "senders"}, "attach one with event: login", "firewalls[%d]: no profile is attached as a login, so there is nothing to send", i)
		}
	}
	needed := logins * int64(site.Test.Messages)
	if needed > MaxMessages {
		r.Problem(place{"test", "messages"}, "uidprobe send is for load", "test.messages: %d for each of %d login profiles are %d, the most of one run is %d",
			site.Test.Messages, logins, needed, MaxMessages)
		return
	}
	pool := take(site.Test.Addresses, int(needed))
	if len(pool) < int(needed) {
		if len(site.Test.Addresses) > 0 { // otherwise the mistake is told already
			r.Problem(at, "reserve a larger network, or lower test.messages", "test.addresses holds %s, %d are needed: %d for each of %s",
				count(len(pool), "address", "addresses"), needed, site.Test.Messages, count(int(logins), "login profile", "login profiles"))
		}
		return
	}
	for i := range site.Firewalls {
		for j := range site.Firewalls[i].Senders {
			s := &site.Firewalls[i].Senders[j]
			n := s.Logins() * site.Test.Messages
			s.Pool, pool = pool[:n:n], pool[n:]
		}
	}
}

// inhabited notes a reserved network in which a peer of the site lives: a test would map its
// address to a test user.
func (r *reader) inhabited(at place, network netip.Prefix, site *Site) {
	for _, fw := range site.Firewalls {
		if a, what := fw.monitoredIn(network); what != "" {
			r.Problem(at, "reserve a network where nobody lives", "test.addresses: %s holds %s, which is that of %s", network, a, what)
			return
		}
		for _, s := range fw.Senders {
			target, _ := netip.ParseAddr(s.To.Host) // the zero value for a name: no network holds it
			for _, a := range []netip.Addr{s.From, target} {
				if network.Contains(a) {
					r.Problem(at, "reserve a network where nobody lives", "test.addresses: %s holds %s, which sender %q uses", network, a, s.Name)
					return
				}
			}
		}
	}
}

// monitoredIn finds a KDC or a monitored server that the file gives by its address and that
// lives in a network.
func (f Firewall) monitoredIn(network netip.Prefix) (address, what string) {
	if f.Monitoring == nil {
		return "", ""
	}
	in := func(host string) bool {
		a, _ := netip.ParseAddr(host) // the zero value for a name: no network holds it
		return network.Contains(a)
	}
	for _, k := range f.Monitoring.KDCs {
		if in(k.Host) {
			return k.Host, "a KDC"
		}
	}
	for _, s := range f.Monitoring.Servers {
		if in(s.Host) {
			return s.Host, fmt.Sprintf("server %q", s.Name)
		}
	}
	return "", ""
}

// take returns the first n addresses of the networks, or all if there are fewer. The first and
// last of an IPv4 network and the first of an IPv6 network are left out, since no host has
// them (RFC 922 section 7, RFC 4291 section 2.6.1; networks of one or two addresses are used
// whole, RFC 3021 and RFC 6164).
func take(networks []netip.Prefix, n int) []netip.Addr {
	pool := make([]netip.Addr, 0, n)
	for _, p := range networks {
		whole := p.Bits() >= p.Addr().BitLen()-1
		a := p.Addr()
		if !whole {
			a = a.Next()
		}
		for ; p.Contains(a) && len(pool) < n; a = a.Next() {
			if last := !p.Contains(a.Next()); last && !whole && a.Is4() {
				break
			}
			pool = append(pool, a)
		}
	}
	return pool
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
