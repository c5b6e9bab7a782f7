package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/symptom"
	"github.com/uidprobe/uidprobe/wire/dns"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// maxQuestions bounds the questions that wait for an answer. The oldest is judged when another
// comes.
const maxQuestions = 4096

// questionKey is what a question and its answer have in common. The client's port is not part of
// it: who asks again may ask from another one.
type questionKey struct {
	client netip.Addr
	server netip.AddrPort
	what   string // the name and type that DNS is asked for
}

// asked is a question without an answer so far.
type asked struct {
	key   questionKey
	from  netip.AddrPort
	first moment
	times int
	line  string
	who   string // the client of a Kerberos request
}

// questions are those of DNS and Kerberos, over UDP and TCP.
type questions struct {
	c     *capture
	byKey map[questionKey]*asked
	queue []*asked // in the order in which they began; those that were answered have no times
}

func (q *questions) ask(key questionKey, from netip.AddrPort, line, who string, at moment) {
	if q.byKey == nil {
		q.byKey = map[questionKey]*asked{}
	}
	if known := q.byKey[key]; known != nil {
		known.times++
		return
	}
	if len(q.queue) >= 2*maxQuestions {
		q.queue = slices.DeleteFunc(q.queue, func(a *asked) bool { return a.times == 0 })
	}
	if len(q.byKey) >= maxQuestions {
		for i, a := range q.queue {
			if a.times > 0 {
				q.judge(a)
				q.forget(a)
				q.queue = q.queue[i+1:]
				break
			}
		}
	}
	a := &asked{key: key, from: from, first: at, times: 1, line: line, who: who}
	q.byKey[key] = a
	q.queue = append(q.queue, a)
}

func (q *questions) forget(a *asked) {
	if a != nil {
		delete(q.byKey, a.key)
		a.times = 0
	}
}

// answer forgets a question, and returns who asked it.
func (q *questions) answer(key questionKey) (who string) {
	a := q.byKey[key]
	if a != nil {
		who = a.who
	}
	q.forget(a)
	return who
}

// refused forgets what a port without a listener was asked: that is told otherwise.
func (q *questions) refused(client, server netip.AddrPort) {
	for _, a := range q.queue {
		if a.times > 0 && a.key.client == client.Addr() && a.key.server == server {
			q.forget(a)
		}
	}
}

// judge tells of a question that nobody answered.
func (q *questions) judge(a *asked) {
	if a.times == 0 || q.c.ago(a.first) < silentAfter {
		return // the capture may have ended before the answer
	}
	q.c.see(a.from, a.key.server, silentID(a.key.server.Port()), wireWords(
		"%s does not answer: asked %d times, and nothing in %v",
		"%s が応答しません。%d 回送信しましたが、%v の間応答がありません",
		a.key.server.String(), a.times, q.c.ago(a.first).Round(time.Millisecond)), a.line+", without an answer", a.first)
}

func (q *questions) end() {
	for _, a := range q.queue {
		q.judge(a)
	}
}

// dns reads a message of DNS.
func (q *questions) dns(message []byte, asks, cut bool, client, server netip.AddrPort, at moment) {
	if asks {
		question, err := dns.DecodeQuery(message)
		if err != nil || !question.Supported {
			return
		}
		q.ask(questionKey{client.Addr(), server, dnsKey(question)}, client,
			fmt.Sprintf("%s DNS %v %s", path(client, server), question.Type, question.Name), "", at)
		return
	}
	question, answer, err := dns.DecodeAnswer(message)
	if question.Name == "" && err == nil {
		q.refused(client, server) // an answer all the same; to which question, it does not say
	}
	q.answer(questionKey{client.Addr(), server, dnsKey(question)})
	if cut && err != nil {
		return
	}
	line := fmt.Sprintf("%s DNS %v %s: %v", path(server, client), question.Type, question.Name, answer.RCode)
	if err != nil {
		q.c.see(client, server, "kerberos.kdc-unreachable", wireWords("%s answers what is no DNS message: %s",
			"%s の応答が DNS メッセージではありません: %s", server.String(), err.Error()), line, at)
		return
	}
	q.c.names.answered(question, answer, client, server, line, at)
}

func dnsKey(q dns.Question) string { return q.Type.String() + " " + dns.Canonical(q.Name) }

// kerberos reads a message of Kerberos.
func (q *questions) kerberos(message []byte, asks, cut bool, client, server netip.AddrPort, at moment) {
	key := questionKey{client.Addr(), server, ""}
	if asks {
		who, line := "", path(client, server)+" Kerberos request"
		if r, err := kerberos.DecodeRequest(message); err == nil {
			who = r.Client.String()
			line = fmt.Sprintf("%s AS-REQ of %s for %s", path(client, server), who, r.Service)
			if r.TGS {
				who, line = "", fmt.Sprintf("%s TGS-REQ for %s", path(client, server), r.Service)
			}
		}
		q.ask(key, client, line, who, at)
		return
	}
	who := q.answer(key)
	if len(message) == 0 || message[0] != 0x7e { // KRB-ERROR, RFC 4120 section 5.9.1
		return
	}
	e, err := kerberos.DecodeError(message)
	if err != nil {
		q.c.file.note(fmt.Sprintf("packet %d: a KRB-ERROR that cannot be read: %v", at.number, err))
		return
	}
	q.refusal(e, who, client, server, at)
}

// refusal tells of a KRB-ERROR. Two of them are no refusal: the KDC wants to see the password
// proved, or to be asked over TCP.
func (q *questions) refusal(e *kerberos.KDCError, who string, client, server netip.AddrPort, at moment) {
	if e.Code == kerberos.ErrPreauthRequired || e.Code == kerberos.ErrResponseTooBig {
		return
	}
	line := fmt.Sprintf("%s KRB-ERROR %v (%d)", path(server, client), e.Code, int32(e.Code))
	if e.NTStatus != 0 {
		line += ", " + e.NTStatus.String()
	}
	if e.Text != "" {
		line += fmt.Sprintf(", %q", e.Text)
	}
	var what lang.Text
	if who != "" {
		line += ", to " + who
		what = wireWords("asked for %s", "対象は %s", who)
	}
	number := int64(e.MITNumber())
	id := "kerberos.unlisted"
	if s, ok := symptom.ByNumber(number); ok {
		id = s.ID
	} else {
		what = kerberosWords(number)
	}
	var more []check.Evidence
	for _, s := range symptom.NTStatuses() {
		if s.Code == uint32(e.NTStatus) {
			what = joinText(what, s.Meaning)
			more = append(more, check.Evidence{Name: e.NTStatus.String(), Text: s.Meaning.EN + ": " + s.Remedy.EN})
		}
	}
	if e.Code == kerberos.ErrSkew && !e.STime.IsZero() && !at.when.IsZero() {
		more = append(more, check.Evidence{Name: "clock of the KDC", Text: fmt.Sprintf(
			"%s, that of the capture %s", e.STime.UTC().Format(clock), at.when.UTC().Format(clock))})
	}
	q.c.see(client, server, id, what, line, at, more...)
}

func joinText(a, b lang.Text) lang.Text {
	if a.EN == "" {
		return b
	}
	return lang.Text{EN: a.EN + "; " + b.EN, JA: a.JA + "。" + b.JA}
}

// maxNames bounds what is remembered of names.
const maxNames = 4096

// nameBook is what DNS said about names. It is judged at the end: a name that one server does
// not know may be known to the next, and a short one is looked up with several suffixes.
type nameBook struct {
	c     *capture
	found map[string]bool
	bad   []badName
	known map[string]bool // of bad
}

// badName is a name without an address.
type badName struct {
	name           string
	client, server netip.AddrPort
	rcode          dns.RCode
	line           string
	at             moment
}

// answered takes an answer about an address; others are not what a connection needs.
func (b *nameBook) answered(q dns.Question, a dns.Answer, client, server netip.AddrPort, line string, at moment) {
	if b.found == nil {
		b.found, b.known = map[string]bool{}, map[string]bool{}
	}
	if q.Name != "" && q.Type != dns.A && q.Type != dns.AAAA {
		return
	}
	name := dns.Canonical(q.Name)
	switch {
	case len(a.Addresses) > 0 || a.Truncated:
		if len(b.found) < maxNames {
			b.found[name] = true
		}
		return
	case a.NoData() && q.Type == dns.AAAA:
		return // a host without IPv6
	}
	key := name + " " + a.RCode.String() + " " + server.String()
	if !b.known[key] && len(b.bad) < maxNames {
		b.known[key] = true
		b.bad = append(b.bad, badName{name, client, server, a.RCode, line, at})
	}
}

func (b *nameBook) end() {
	for _, bad := range b.bad {
		if !b.resolved(bad.name) {
			b.tell(bad)
		}
	}
}

// resolved says whether a name has an address after all, or is one that has, with a suffix of a
// search list.
func (b *nameBook) resolved(name string) bool {
	for known := name; known != ""; {
		if b.found[known] {
			return true
		}
		dot := strings.LastIndexByte(known, '.')
		if dot < 0 {
			break
		}
		known = known[:dot]
	}
	return false
}

func (b *nameBook) tell(bad badName) {
	what := wireWords("%s answers %v about %s", "%s の応答は %v です（%s について）", bad.server.String(), bad.rcode, orUnsaid(bad.name))
	switch bad.rcode {
	case dns.NoError, dns.NXDomain:
		s, _ := symptom.Find("network.name-unknown")
		b.c.d.seeWire(seen{
			subject: subject{kind: atWire, name: bad.name}, id: s.ID, symptom: &s, what: what, file: b.c.file,
		}, b.c.sight(bad.at, bad.line))
	case dns.ServFail, dns.Refused:
		b.c.see(bad.client, bad.server, "kerberos.dns-try-again", what, bad.line, bad.at)
	default:
		// What a resolver asks no other server after (measured on glibc 2.36).
		b.c.see(bad.client, bad.server, "kerberos.kdc-unreachable", what, bad.line, bad.at)
	}
}

func orUnsaid(name string) string {
	if name == "" {
		return "a question that it does not repeat"
	}
	return name
}
