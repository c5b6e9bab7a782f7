package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
)

// result says what a lookup means for the name, without a symptom: that is for whoever needs the
// name, as a firewall needs that of a KDC.
func (l lookup) result() check.Result {
	r := check.Result{Status: check.Fail, Summary: l.name + ": " + l.saying(), Evidence: l.evidence()}
	switch {
	case l.outcome == nameFound:
		r.Status, r.Summary = check.Pass, fmt.Sprintf("%s has %s, says %v", l.name, joinAddresses(l.addresses), l.server)
		if remark, hint := l.remark(); remark != "" {
			r.Status, r.Summary, r.Hint = check.Warn, r.Summary+"; "+remark, hint
		}
		return r
	case len(l.hosts) > 0:
		r.Status = check.Warn
		r.Summary = fmt.Sprintf("only the hosts file of this host knows %s (%s); DNS: %s", l.name, joinAddresses(l.hosts), l.saying())
		r.Hint = "a firewall does not see that file: put the name into the DNS that the firewall asks, or give the probe the firewall's DNS servers"
		return r
	case l.outcome == noServer:
		r.Status = check.Error
	}
	r.Hint = l.hint()
	return r
}

// usable are the addresses to go on with: those of DNS, or else those of the hosts file.
func (l lookup) usable() []netip.Addr {
	if len(l.addresses) > 0 {
		return l.addresses
	}
	return l.hosts
}

// symptom is what a firewall shows whose KDC has this name (measured on MIT krb5 1.20 and glibc
// 2.36): a name without an address is a KDC that is not there, and a lookup that came to no end
// is errno 11. It is empty where the name was found.
func (l lookup) symptom() string {
	switch l.outcome {
	case nameFound:
		return ""
	case nameUnknown, nameEmpty, nameRejected, nameGarbled, nameImpossible:
		return "kerberos.kdc-unreachable"
	}
	return "kerberos.dns-try-again"
}

// saying is the outcome in words that name who said it.
func (l lookup) saying() string {
	switch l.outcome {
	case nameFound:
		return joinAddresses(l.addresses)
	case nameUnknown:
		return fmt.Sprintf("%v says that there is no such name (NXDOMAIN)", l.server)
	case nameEmpty:
		return fmt.Sprintf("%v says that the name has no address (%s without a record)", l.server, l.rcode)
	case nameRejected:
		return fmt.Sprintf("%v answers %s", l.server, l.rcode)
	case noServer, nameImpossible, nameGarbled:
		return l.err.Error()
	}
	return troubles(l.replies)
}

// trouble is why a server gave nothing that a resolver believes.
func (r reply) trouble() string {
	switch r.outcome {
	case serverFails:
		if r.rcode == "NOERROR" {
			return fmt.Sprintf("%v knows nothing of the name, and nobody to ask (a lame answer)", r.server)
		}
		return fmt.Sprintf("%v answers %s", r.server, r.rcode)
	case serverSilent, serverAway, nameGarbled:
		return r.err.Error()
	}
	if r.outcome == nameEmpty {
		return fmt.Sprintf("%v has no such record", r.server)
	}
	return fmt.Sprintf("%v answers %s", r.server, r.rcode)
}

// hint is what to do about a name that was not found.
func (l lookup) hint() string {
	switch l.outcome {
	case nameGarbled, nameRejected:
		return "see what answers on port 53 there: a server that is too old or another service; a resolver asks no other server after such an answer"
	case nameUnknown, nameEmpty:
		return "compare the name with the DNS zone letter for letter, and see that this server is one that knows the zone; the firewall may ask others: Device > Setup > Services > DNS"
	case nameImpossible:
		return "correct the name"
	case noServer:
		return "give the probe the DNS servers that the firewall asks (Device > Setup > Services > DNS)"
	case serverFails:
		return "look at the server's forwarders and at who may ask it; a firewall needs DNS servers that know the domain, usually the domain controllers (Device > Setup > Services > DNS)"
	}
	return "see that the server runs and that UDP 53 and TCP 53 reach it; from the firewall that is the service route of DNS (Device > Setup > Services)"
}

// slowAnswer is when a server is called slow. It is ours: no document says what a firewall takes.
const slowAnswer = time.Second

// remark is what is wrong although the name was found: a server that is asked before and does
// not answer makes every lookup late, and one that says another thing makes it a matter of luck.
func (l lookup) remark() (remark, hint string) {
	before := true
	for _, r := range l.replies {
		if r.server == l.server {
			before = false
		}
		switch {
		case !r.outcome.final() && before:
			return "a server that is asked before it does not help: " + r.trouble(),
				"repair that server or put it last: each lookup waits for it first"
		case !r.outcome.final():
			return "another server does not help: " + r.trouble(), "repair that server, or take it out of the list"
		case r.outcome != l.outcome:
			return "another server disagrees: " + r.trouble(), "let all servers know the zone: a resolver asks only one of them, and believes it"
		case !sameAddresses(r.addresses, l.addresses):
			return fmt.Sprintf("%v has %s", r.server, joinAddresses(r.addresses)),
				"find out which server is right: a resolver asks only one of them, and believes it"
		case r.partial:
			return "only one kind of address is answered: " + r.text, "repair that server: a resolver asks for IPv4 and IPv6 at once and waits for both"
		case r.took >= slowAnswer:
			return fmt.Sprintf("%v took %.1f s", r.server, r.took.Seconds()),
				"find out why that server is slow: a resolver gives up on an answer after some 5 s, and logs in late until then"
		}
	}
	return "", ""
}

func sameAddresses(a, b []netip.Addr) bool {
	sorted := func(list []netip.Addr) []netip.Addr {
		return slices.SortedFunc(slices.Values(list), netip.Addr.Compare)
	}
	return slices.Equal(sorted(a), sorted(b))
}

func joinAddresses(list []netip.Addr) string {
	var texts []string
	for _, a := range list {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

// evidence is a line for each server, and one for the hosts file.
func (l lookup) evidence() (list []check.Evidence) {
	for _, r := range l.replies {
		list = append(list, r.evidence(l.name))
	}
	if len(l.hosts) > 0 {
		list = append(list, check.Evidence{
			Name: "hosts file " + l.name, Text: joinAddresses(l.hosts) + " (a firewall does not see this file)",
		})
	}
	return list
}
