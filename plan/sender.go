package plan

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/sender"
)

// What a firewall takes at most, by its configuration schema (PAN-OS 10.0.5).
const (
	MaxSenders    = 50  // syslog senders of one virtual system
	MaxSenderName = 255 // characters
)

// origin is what a firewall, and its counters, know a sender by.
type origin struct {
	from   netip.Addr
	scheme sender.Scheme
}

func (r *reader) senders(at place, text []senderFile) []Sender {
	if !r.required(at, "name the server-monitor entries that are tested, or add monitoring:") {
		return nil
	}
	if len(text) == 0 {
		r.Problem(at, "name the server-monitor entries that are tested", "%s is empty", at)
	}
	r.count(at, len(text), MaxSenders, "syslog senders")
	var all []Sender
	seen, origins := names{}, map[origin]string{}
	for i, one := range text {
		here := at.With(i)
		if r.Wrong(here...) {
			continue
		}
		s, ok := r.sender(here, one, seen)
		if ok {
			r.ownOrigin(here, s, origins)
		}
		all = append(all, s)
	}
	return all
}

// ownOrigin notes a sender whose messages the firewall cannot tell from another's.
func (r *reader) ownOrigin(at place, s Sender, origins map[origin]string) {
	o := origin{s.From, s.To.Scheme}
	other, taken := origins[o]
	if !taken {
		origins[o] = s.Name
		return
	}
	from := "by the route"
	if s.From.IsValid() {
		from = "from " + s.From.String()
	}
	r.Problem(at, "give each its own from", "%s: %q and %q both send %s over %s, the firewall cannot tell them apart",
		at, s.Name, other, from, s.To.Scheme)
}

// sender reads one sender. ok says that its destination and origin could be read.
func (r *reader) sender(at place, text senderFile, seen names) (s Sender, ok bool) {
	s = Sender{Name: text.Name, DefaultDomain: text.DefaultDomain, SharedAddress: text.SharedAddress}
	r.senderName(at.With("name"), text.Name, seen)
	if to := at.With("to"); r.text(to, text.To, "such as udp://192.0.2.1:514") {
		s.To, ok = r.destination(to, text.To)
	}
	if from := at.With("from"); r.Wrong(from...) {
		ok = false
	} else if r.Has(from...) {
		s.From = r.from(from, text.From, s.To)
	}
	r.defaultDomain(at.With("default_domain"), text.DefaultDomain)
	if block := at.With("tls"); !ok || s.To.Scheme == sender.TLS {
		s.TLS = r.tls(block, text.TLS)
	} else if r.Has(block...) {
		r.KeyProblem(block, "remove it, or send to tls://", "%s: a sender over UDP has no TLS", block)
	}
	s.Profiles = r.attachments(at.With("profiles"), text.Profiles)
	return s, ok
}

func (r *reader) senderName(at place, name string, seen names) {
	if !r.text(at, name, "the name of the server-monitor entry on the firewall") {
		return
	}
	if n := utf8.RuneCountInString(name); n > MaxSenderName {
		r.Problem(at, "", "%s has %d characters, PAN-OS takes at most %d", at, n, MaxSenderName)
	} else if fault := nameFault(name); fault != "" {
		r.Problem(at, "write it as on the firewall", "%s: %q %s", at, name, fault)
	}
	r.once(seen, at, "sender", name)
}

func (r *reader) from(at place, from netip.Addr, to sender.Destination) netip.Addr {
	if fault := unicastFault(from); fault != "" {
		r.Problem(at, "an address of this host, or no from", "%s: %q %s", at, from, fault)
		return from
	}
	if target, err := netip.ParseAddr(to.Host); err == nil && target.Is4() != from.Is4() {
		r.Problem(at, "use one family for both", "%s: %s and the target %s are of different address families", at, from, target)
	}
	return from
}

func (r *reader) defaultDomain(at place, domain string) {
	if !r.given(at) {
		return
	}
	switch n := utf8.RuneCountInString(domain); {
	case domain == "":
		r.Problem(at, "remove the key if the entry has none", "%s is empty", at)
	case n > profile.MaxDefaultDomain:
		r.Problem(at, "", "%s has %d characters, PAN-OS takes at most %d", at, n, profile.MaxDefaultDomain)
	case strings.ContainsAny(domain, `\@ `) || nameFault(domain) != "":
		r.Problem(at, `the domain alone, such as corp`, "%s: %q is not a domain", at, domain)
	}
}

// tlsVersions are the values of min_version. The older ones are not offered.
var tlsVersions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

func (r *reader) tls(at place, text tlsFile) TLS {
	if r.Has(at...) && r.Wrong(at...) {
		return TLS{}
	}
	version, known := tlsVersions[text.MinVersion]
	if !known {
		r.Problem(at.With("min_version"), "write one of "+strings.Join(slices.Sorted(maps.Keys(tlsVersions)), ", "),
			"%s: %q is not a TLS version that is offered here", at.With("min_version"), text.MinVersion)
	}
	t := TLS{
		CA:                 r.optionalFile(at.With("ca"), text.CA),
		ServerName:         r.serverName(at.With("server_name"), text.ServerName),
		Certificate:        r.optionalFile(at.With("certificate"), text.Certificate),
		MinVersion:         version,
		InsecureSkipVerify: text.InsecureSkipVerify,
	}
	key, certificate := at.With("key"), at.With("certificate")
	switch {
	case r.Has(key...) && !r.Has(certificate...):
		r.KeyProblem(key, "name the certificate as well", "%s without a certificate", key)
	case r.Has(certificate...) && !r.Has(key...):
		r.KeyProblem(certificate, fmt.Sprintf("add key: {file: PATH} to %s", at), "%s without a key", certificate)
	case r.given(key) && r.required(key.With("file"), "{file: PATH}"):
		t.Key = r.optionalFile(key.With("file"), text.Key.File)
	}
	return t
}
