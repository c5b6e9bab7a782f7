package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Question is what a client asks a server.
type Question struct {
	ID   uint16
	Name string // as it was spelt, without the dot at its end; "" is the root
	Type Type
	// Supported is false for what this package has no answer to: another class than the Internet's,
	// another operation than a query. NOTIMP is the answer.
	Supported        bool
	RecursionDesired bool
	// UDPSize is the longest answer over UDP that the client takes: 512 bytes, or what it says by EDNS.
	UDPSize int
	EDNS    bool // RFC 6891: an answer to such a question is marked so as well
	// Readable is false for bytes without a header, and for answers: they get no reply at all.
	Readable bool

	raw dnsmessage.Question
	op  dnsmessage.OpCode
}

// plainUDP is the longest answer over UDP to who does not speak EDNS, RFC 1035 section 4.2.1.
const plainUDP = 512

// DecodeQuery reads a question. The error says why it is none; where Readable is set all the
// same, FormError is the reply.
func DecodeQuery(message []byte) (Question, error) {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil {
		return Question{}, err
	}
	q := Question{ID: h.ID, RecursionDesired: h.RecursionDesired, UDPSize: plainUDP, op: h.OpCode}
	if h.Response {
		return Question{}, errors.New("it is an answer and no question")
	}
	q.Readable = true
	list, err := p.AllQuestions()
	if err != nil {
		return q, err
	}
	if len(list) != 1 {
		return q, fmt.Errorf("it holds %d questions and not one", len(list))
	}
	q.raw = list[0]
	q.Name, q.Type = show(q.raw.Name), Type(q.raw.Type)
	q.Supported = q.op == 0 && q.raw.Class == dnsmessage.ClassINET
	return q, q.extended(&p)
}

// extended looks for the record by which a client says that it speaks EDNS.
func (q *Question) extended(p *dnsmessage.Parser) error {
	if err := p.SkipAllAnswers(); err != nil {
		return err
	}
	if err := p.SkipAllAuthorities(); err != nil {
		return err
	}
	for {
		h, err := p.AdditionalHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Type == dnsmessage.TypeOPT {
			q.EDNS = true
			q.UDPSize = max(plainUDP, int(h.Class)) // the class is the size there
		}
		if err := p.SkipAdditional(); err != nil {
			return err
		}
	}
}

// FormError answers what is no question: its identifier and FORMERR.
func (q Question) FormError() []byte {
	b, err := (&dnsmessage.Message{Header: dnsmessage.Header{
		ID: q.ID, Response: true, OpCode: q.op, RecursionDesired: q.RecursionDesired, RCode: dnsmessage.RCodeFormatError,
	}}).Pack()
	if err != nil {
		panic(err) // a header alone always packs
	}
	return b
}

// Response is what a server answers.
type Response struct {
	RCode         RCode
	Authoritative bool
	Recursive     bool
	Records       []Record
	// Zone, if set, puts the SOA record of that zone beside the answer, as RFC 2308 wants of an answer
	// that a name or a record does not exist. It is to be kept for no time.
	Zone string
	// Truncated says that the answer did not fit, whether it would or not, and leaves the
	// records out.
	Truncated bool
	// OtherID puts another identifier than the question's on the answer.
	OtherID bool
}

// Record is a record of a zone.
type Record struct {
	Name string
	Type Type          // A, AAAA, CNAME, PTR or SRV
	TTL  time.Duration // to the second

	Address netip.Addr // of A and AAAA
	Target  string     // of CNAME, PTR and SRV

	Port, Priority, Weight uint16 // of SRV
}

// Encode makes the answer to a question, of at most limit bytes: one that does not fit is cut,
// which means that it loses its records and is marked as truncated. The error names a record that
// cannot be written.
func (q Question) Encode(r Response, limit int) (message []byte, cut bool, err error) {
	m := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: q.ID, Response: true, OpCode: q.op, RCode: dnsmessage.RCode(r.RCode),
			Authoritative: r.Authoritative, RecursionAvailable: r.Recursive, RecursionDesired: q.RecursionDesired,
		},
		Questions: []dnsmessage.Question{q.raw},
	}
	if r.OtherID {
		m.ID ^= 0xffff
	}
	for _, record := range r.Records {
		resource, err := record.resource()
		if err != nil {
			return nil, false, err
		}
		m.Answers = append(m.Answers, resource)
	}
	if r.Zone != "" {
		soa, err := soa(r.Zone)
		if err != nil {
			return nil, false, err
		}
		m.Authorities = append(m.Authorities, soa)
	}
	if q.EDNS {
		m.Additionals = append(m.Additionals, opt())
	}
	message, err = m.Pack()
	if cut = err == nil && (r.Truncated || len(message) > limit); cut {
		m.Truncated, m.Answers, m.Authorities = true, nil, nil
		message, err = m.Pack()
	}
	return message, cut, err
}

// opt is the mark of EDNS, with the size that we take.
func opt() dnsmessage.Resource {
	r := dnsmessage.Resource{Body: &dnsmessage.OPTResource{}}
	_ = r.Header.SetEDNS0(1232, 0, false) // the error is of an extended code
	return r
}

func (r Record) resource() (dnsmessage.Resource, error) {
	name, err := pack(r.Name)
	if err != nil {
		return dnsmessage.Resource{}, err
	}
	header := dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET, TTL: uint32(r.TTL / time.Second)}
	body, err := r.body()
	if err != nil {
		return dnsmessage.Resource{}, fmt.Errorf("record %v of %q: %w", r.Type, r.Name, err)
	}
	return dnsmessage.Resource{Header: header, Body: body}, nil
}

func (r Record) body() (dnsmessage.ResourceBody, error) {
	switch r.Type {
	case A:
		if !r.Address.Unmap().Is4() {
			return nil, fmt.Errorf("%v is no IPv4 address", r.Address)
		}
		return &dnsmessage.AResource{A: r.Address.Unmap().As4()}, nil
	case AAAA:
		if !r.Address.Is6() || r.Address.Is4In6() {
			return nil, fmt.Errorf("%v is no IPv6 address", r.Address)
		}
		return &dnsmessage.AAAAResource{AAAA: r.Address.As16()}, nil
	}
	target, err := pack(r.Target)
	if err != nil {
		return nil, err
	}
	switch r.Type {
	case CNAME:
		return &dnsmessage.CNAMEResource{CNAME: target}, nil
	case PTR:
		return &dnsmessage.PTRResource{PTR: target}, nil
	case SRV:
		return &dnsmessage.SRVResource{Priority: r.Priority, Weight: r.Weight, Port: r.Port, Target: target}, nil
	}
	return nil, errors.New("want A, AAAA, CNAME, PTR or SRV")
}

// Check says what keeps a record from being written.
func (r Record) Check() error {
	if r.TTL < 0 || r.TTL > 1<<31*time.Second-1 { // RFC 2181 section 8
		return fmt.Errorf("record %v of %q: a life of %v", r.Type, r.Name, r.TTL)
	}
	_, err := r.resource()
	return err
}

// soa is the record that says how long a "no" is to be kept.
func soa(zone string) (dnsmessage.Resource, error) {
	name, err := pack(zone)
	if err != nil {
		return dnsmessage.Resource{}, err
	}
	server, err := pack("dns." + zone)
	if err != nil {
		return dnsmessage.Resource{}, err
	}
	return dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET},
		Body:   &dnsmessage.SOAResource{NS: server, MBox: server, Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400},
	}, nil
}
