package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/dns"
)

// resolver asks DNS servers about names and keeps what each of them says: the response code
// decides which symptom a firewall shows. It may be used concurrently.
type resolver struct {
	servers []netip.AddrPort // nil means those of this host
	host    hostResolver     // what this host knows; the zero value reads the real one
}

// outcome is what a name came to, with one server or with all of them.
type outcome string

// The outcomes. The first five are final: a resolver believes the first server that says one,
// and asks no further. After the others it asks the next server, and says "try again" after the last.
const (
	nameFound    outcome = "found"
	nameUnknown  outcome = "NXDOMAIN"   // there is no such name
	nameEmpty    outcome = "no address" // the name is there, without a record of the kind asked for
	nameRejected outcome = "failed"     // another code that a resolver takes as final: FORMERR
	nameGarbled  outcome = "unreadable" // an answer to the question that is no DNS message

	serverFails    outcome = "server fails" // SERVFAIL, REFUSED, NOTIMP, a lame answer: it cannot say
	serverSilent   outcome = "no answer"    // silent, or heard only about other questions
	serverAway     outcome = "unreachable"  // the network said no
	noServer       outcome = "no server"    // this host has none, or they could not be found out
	nameImpossible outcome = "no name"      // what DNS cannot be asked for; nobody was asked
)

func (o outcome) final() bool {
	switch o {
	case nameFound, nameUnknown, nameEmpty, nameRejected, nameGarbled:
		return true
	}
	return false
}

// lookup is what is known of a name.
type lookup struct {
	name      string
	outcome   outcome
	addresses []netip.Addr // IPv4 first; of the first server that said something final
	// hosts are the addresses that this host's hosts file has for the name. A firewall does not see
	// that file; this host's own programs believe it before they ask a server.
	hosts  []netip.Addr
	server netip.AddrPort // which said it; invalid if no server did
	rcode  string         // "NXDOMAIN"; "" if no server answered
	err    error          // why nobody could be asked, or why the last one gave no answer
	// replies are what each server said, in the order in which a resolver asks them.
	replies []reply
}

// reply is what one server said of one name.
type reply struct {
	server    netip.AddrPort
	outcome   outcome
	addresses []netip.Addr
	answer    dns.Answer // to a question that was not for addresses
	err       error      // why there is no answer
	rcode     string
	took      time.Duration // of the slower of two answers
	partial   bool          // to one of two questions there was no answer
	text      string        // the evidence
}

// lookup asks every server for the IPv4 and IPv6 addresses of a name, each server by itself, all
// side by side, each within the clock of an attempt. It goes by what the first server in order
// says that says something final, as the resolver of a system does.
func (r resolver) lookup(ctx context.Context, name string) lookup {
	l := lookup{name: name}
	if err := dns.CheckName(name); err != nil {
		l.outcome, l.err = nameImpossible, err
		return l
	}
	servers := r.servers
	if servers == nil {
		l.hosts = r.host.file(name)
		if servers, l.err = r.host.servers(ctx); len(servers) == 0 {
			l.outcome = noServer
			return l
		}
	}
	l.replies = askAll(servers, func(server netip.AddrPort) reply { return askAddresses(ctx, server, name) })
	l.settle()
	return l
}

// askAll asks servers side by side and keeps their order.
func askAll(servers []netip.AddrPort, ask func(netip.AddrPort) reply) []reply {
	replies := make([]reply, len(servers))
	var all sync.WaitGroup
	for i, server := range servers {
		all.Go(func() { replies[i] = ask(server) })
	}
	all.Wait()
	return replies
}

// settle goes by the first final reply, or else by the last reply.
func (l *lookup) settle() {
	r, ok := firstFinal(l.replies)
	if !ok {
		r = l.replies[len(l.replies)-1]
	}
	l.outcome, l.addresses, l.rcode, l.err = r.outcome, r.addresses, r.rcode, r.err
	if r.rcode != "" {
		l.server = r.server
	}
}

func firstFinal(replies []reply) (reply, bool) {
	for _, r := range replies {
		if r.outcome.final() {
			return r, true
		}
	}
	return reply{}, false
}

// askDNS is one question to one server within the clock of an attempt, over TCP as well where the
// answer over UDP was cut.
func askDNS(ctx context.Context, server netip.AddrPort, name string, kind dns.Type) (dns.Answer, error) {
	ctx, cancel := check.Attempt(ctx)
	defer cancel()
	return dns.Ask(ctx, server, name, kind)
}

// askAddresses asks one server for both kinds of addresses, side by side as resolvers do.
func askAddresses(ctx context.Context, server netip.AddrPort, name string) reply {
	var answers [2]said
	var both sync.WaitGroup
	for i, kind := range []dns.Type{dns.A, dns.AAAA} {
		both.Go(func() {
			a, err := askDNS(ctx, server, name, kind)
			answers[i] = said{kind, a, err, outcomeOf(a, err)}
		})
	}
	both.Wait()
	stands := combine(answers[0], answers[1])
	r := reply{server: server, outcome: stands.outcome, rcode: stands.rcode(), err: stands.err}
	r.text = fmt.Sprintf("%v; %v", answers[0], answers[1])
	for _, one := range answers {
		r.addresses = append(r.addresses, one.answer.Addresses...)
		r.took = max(r.took, one.answer.Took)
		r.partial = r.partial || !one.outcome.final()
	}
	return r
}

// said is what one server said to one question.
type said struct {
	kind    dns.Type
	answer  dns.Answer
	err     error
	outcome outcome
}

func (s said) rcode() string {
	if s.err != nil {
		return ""
	}
	return s.answer.RCode.String()
}

func (s said) String() string { return fmt.Sprintf("%v: %s", s.kind, answerText(s.answer, s.err)) }

// combine says which of the two answers of one server stands (measured on glibc 2.36): an address
// that was found; or else silence about IPv4, which ends the asking; or else the answer that is final.
func combine(v4, v6 said) said {
	switch {
	case v4.outcome == nameFound:
		return v4
	case v6.outcome == nameFound:
		return v6
	case v4.outcome == serverFails && v6.outcome.final():
		return v6
	}
	return v4
}

// outcomeOf is what one answer comes to for glibc 2.36, whose resolver a firewall's is taken to be
// like (measured: SERVFAIL, NOTIMP, REFUSED and no answer are "try again"; FORMERR is final, and so is an
// answer that repeats the question and breaks off).
func outcomeOf(a dns.Answer, err error) outcome {
	var failed *dns.Error
	switch {
	case errors.As(err, &failed):
		switch failed.Failure {
		case dns.Unreachable:
			return serverAway
		case dns.Unreadable:
			return nameGarbled
		}
		return serverSilent
	case err != nil:
		return nameImpossible
	case a.Lame, a.RCode == dns.ServFail, a.RCode == dns.NotImp, a.RCode == dns.Refused:
		return serverFails
	case a.RCode == dns.NXDomain:
		return nameUnknown
	case a.RCode != dns.NoError:
		return nameRejected
	case a.NoData():
		return nameEmpty
	}
	return nameFound
}

func answerText(a dns.Answer, err error) string {
	if err != nil {
		return err.Error()
	}
	parts := []string{a.RCode.String()}
	for _, alias := range a.CNAMEs {
		parts = append(parts, "alias "+alias)
	}
	for _, address := range a.Addresses {
		parts = append(parts, address.String())
	}
	parts = append(parts, a.Names...)
	for _, s := range a.SRV {
		parts = append(parts, s.String())
	}
	switch {
	case a.Lame:
		parts = append(parts, "nothing, neither authority nor recursion")
	case a.NoData():
		parts = append(parts, "no record")
	}
	if a.Truncated {
		parts = append(parts, "cut")
	}
	return strings.Join(parts, ", ")
}

// records asks every server for the records of one type. With no server to ask there is no reply.
func (r resolver) records(ctx context.Context, name string, kind dns.Type) []reply {
	servers := r.servers
	if servers == nil {
		servers, _ = r.host.servers(ctx)
	}
	return askAll(servers, func(server netip.AddrPort) reply {
		a, err := askDNS(ctx, server, name, kind)
		one := said{kind, a, err, outcomeOf(a, err)}
		return reply{server: server, outcome: one.outcome, answer: a, rcode: one.rcode(), err: err, text: one.String()}
	})
}

// services asks for the SRV records of a name, as "_kerberos._tcp.corp.example". A firewall does not
// ask for them; they tell which domain controllers a domain has.
func (r resolver) services(ctx context.Context, name string) (list []dns.Service, evidence []check.Evidence) {
	replies := r.records(ctx, name, dns.SRV)
	for _, r := range replies {
		evidence = append(evidence, r.evidence(name))
	}
	first, _ := firstFinal(replies)
	return first.answer.SRV, evidence
}

func (r reply) evidence(name string) check.Evidence {
	return check.Evidence{Name: fmt.Sprintf("dns %v %s", r.server, name), Text: r.text}
}
