package dns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Answer is what a server said.
type Answer struct {
	Server  netip.AddrPort
	Network string // over which it came: "udp" or "tcp"

	RCode         RCode
	Authoritative bool // the server has the zone itself
	Recursive     bool // the server asks others where it does not
	// Truncated says that the answer did not fit: what is here may be a part. Ask over TCP.
	Truncated bool

	CNAMEs    []string     // the aliases, from the name that was asked for to the last
	Addresses []netip.Addr // A and AAAA records of that last name, in the order of the answer
	Names     []string     // PTR records of it
	SRV       []Service    // SRV records of it
	// TTL is the shortest life of the records above, to the second.
	TTL time.Duration

	// Lame says that the server knows nothing of the name and nobody to ask: no error, no record,
	// neither authority nor recursion. A resolver goes on to the next server (glibc 2.36, res_send.c).
	Lame bool
	Took time.Duration // from the question's leaving
}

// Service is an SRV record, RFC 2782.
type Service struct {
	Target                 string
	Port, Priority, Weight uint16
}

func (s Service) String() string {
	return fmt.Sprintf("%s:%d (priority %d, weight %d)", s.Target, s.Port, s.Priority, s.Weight)
}

// NoData says that the name exists, and has no record of the type that was asked for.
func (a Answer) NoData() bool {
	return a.RCode == NoError && !a.Truncated && !a.Lame && len(a.Addresses)+len(a.Names)+len(a.SRV) == 0
}

// question is what was asked.
type question struct {
	id   uint16
	name dnsmessage.Name
	kind Type
}

func (q question) encode() ([]byte, error) {
	return (&dnsmessage.Message{
		Header: dnsmessage.Header{ID: q.id, RecursionDesired: true},
		Questions: []dnsmessage.Question{
			{Name: q.name, Type: dnsmessage.Type(q.kind), Class: dnsmessage.ClassINET},
		},
	}).Pack()
}

// notOursError says that a message answers another question.
type notOursError string

func (e notOursError) Error() string { return string(e) }

const headerSize = 12

// decode reads an answer. The error is a notOursError where the message is not about q.
func decode(message []byte, q question) (Answer, error) {
	if len(message) < headerSize {
		return Answer{}, notOursError(fmt.Sprintf("%d bytes are no DNS message", len(message)))
	}
	if id := binary.BigEndian.Uint16(message); id != q.id {
		return Answer{}, notOursError(fmt.Sprintf("the identifier is %d and not %d", id, q.id))
	}
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil {
		return Answer{}, err
	}
	if !h.Response {
		return Answer{}, notOursError("it is a question and no answer")
	}
	a := Answer{
		RCode: RCode(h.RCode), Authoritative: h.Authoritative, Recursive: h.RecursionAvailable, Truncated: h.Truncated,
	}
	if err := q.match(&p, a.RCode); err != nil {
		return Answer{}, err
	}
	var found records
	if err := found.read(&p); err != nil && !a.Truncated {
		return Answer{}, err
	}
	a.Lame = a.RCode == NoError && !a.Truncated && !a.Authoritative && !a.Recursive &&
		binary.BigEndian.Uint16(message[6:]) == 0 && binary.BigEndian.Uint16(message[10:]) == 0
	return a, found.fill(&a, q)
}

// match reads the question that the message repeats. A server that could not read the question,
// or does not want to, may leave it out.
func (q question) match(p *dnsmessage.Parser, code RCode) error {
	list, err := p.AllQuestions()
	if err != nil {
		return err
	}
	if len(list) == 0 && code != NoError && code != NXDomain {
		return nil
	}
	if len(list) != 1 {
		return notOursError(fmt.Sprintf("it repeats %d questions", len(list)))
	}
	got := list[0]
	if !same(got.Name, q.name) || Type(got.Type) != q.kind || got.Class != dnsmessage.ClassINET {
		return notOursError(fmt.Sprintf("it is about %s %v and not about %s %v",
			show(got.Name), Type(got.Type), show(q.name), q.kind))
	}
	return nil
}

// record is one record of an answer, of those that are read.
type record struct {
	owner, target dnsmessage.Name
	kind          Type
	ttl           uint32
	address       netip.Addr
	service       Service
}

type records []record

// read reads the answer section up to its end or the first fault.
func (list *records) read(p *dnsmessage.Parser) error {
	for {
		h, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return err
		}
		r := record{owner: h.Name, kind: Type(h.Type), ttl: h.TTL}
		if h.Class != dnsmessage.ClassINET {
			r.kind = 0
		}
		if err := r.body(p); err != nil {
			return err
		}
		*list = append(*list, r)
	}
}

func (r *record) body(p *dnsmessage.Parser) error {
	switch r.kind {
	case A:
		body, err := p.AResource()
		r.address = netip.AddrFrom4(body.A)
		return err
	case AAAA:
		body, err := p.AAAAResource()
		r.address = netip.AddrFrom16(body.AAAA)
		return err
	case CNAME:
		body, err := p.CNAMEResource()
		r.target = body.CNAME
		return err
	case PTR:
		body, err := p.PTRResource()
		r.target = body.PTR
		return err
	case SRV:
		body, err := p.SRVResource()
		r.service = Service{show(body.Target), body.Port, body.Priority, body.Weight}
		return err
	default:
		return p.SkipAnswer()
	}
}

// maxAliases bounds a chain of aliases; resolvers give up after some ten to twenty.
const maxAliases = 16

// fill takes what belongs to the name that was asked for, and nothing else that a server may
// have put beside it.
func (list records) fill(a *Answer, q question) error {
	owner := q.name
	use := func(r record) {
		ttl := time.Duration(r.ttl) * time.Second
		if a.TTL == 0 || ttl < a.TTL {
			a.TTL = ttl
		}
	}
	for q.kind != CNAME {
		alias, ok := list.alias(owner)
		if !ok {
			break
		}
		if len(a.CNAMEs) == maxAliases {
			return fmt.Errorf("more than %d aliases in a row, or a loop of them, at %s", maxAliases, show(owner))
		}
		use(alias)
		owner = alias.target
		a.CNAMEs = append(a.CNAMEs, show(owner))
	}
	for _, r := range list {
		if !same(r.owner, owner) || r.kind != q.kind && q.kind != Any {
			continue
		}
		switch r.kind {
		case A, AAAA:
			a.Addresses = append(a.Addresses, r.address)
		case PTR:
			a.Names = append(a.Names, show(r.target))
		case SRV:
			a.SRV = append(a.SRV, r.service)
		case CNAME:
			a.CNAMEs = append(a.CNAMEs, show(r.target))
		default:
			continue
		}
		use(r)
	}
	return nil
}

func (list records) alias(owner dnsmessage.Name) (record, bool) {
	for _, r := range list {
		if r.kind == CNAME && same(r.owner, owner) {
			return r, true
		}
	}
	return record{}, false
}
