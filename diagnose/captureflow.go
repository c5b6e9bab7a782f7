package diagnose

import (
	"container/list"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// The bounds of what is remembered of TCP connections.
const (
	maxFlows   = 1024
	maxWaiting = 64        // segments of one side that wait for one before them
	maxHeld    = 256 << 10 // their bytes
	maxAllHeld = 16 << 20  // of all connections
)

type flowKey struct{ client, server netip.AddrPort }

// flow is a TCP connection.
type flow struct {
	flowKey
	talk conversation
	side [2]half // of the client, of the server

	first, last moment
	syns        int
	isn         uint32 // of the client's SYN
	answered    bool   // a packet of the server was seen
	open        bool   // the handshake was seen, or the capture begins in the middle
	over        bool
}

// The sides of a connection.
const (
	fromClient = 0
	fromServer = 1
)

// ending is how a connection ended.
type ending struct {
	side  int  // who ended it; -1 if the capture ended first
	reset bool // and not in good order
}

// conversation reads what the two sides say, in the order in which each said it.
type conversation interface {
	data(side int, b []byte, at moment)
	gap(side int) // bytes are missing before the next
	end(e ending, at moment)
}

// flowTable is the connections of a capture.
type flowTable struct {
	c     *capture
	byKey map[flowKey]*list.Element
	order list.List // of *flow, the one that was silent longest in front
	held  int       // bytes that wait for others before them
}

func (t *flowTable) take(p packet, client, server netip.AddrPort, at moment) {
	key := flowKey{client, server}
	side := fromClient
	if p.from == server {
		side = fromServer
	}
	f := t.find(key)
	opens := p.tcp.SYN && !p.tcp.ACK
	if f != nil && opens && side == fromClient && (f.over || f.isn != p.tcp.Seq) {
		t.conclude(f, ending{side: -1})
		f = nil
	}
	if f == nil {
		f = t.begin(key, at)
	}
	f.last = at
	t.count(f, p, side, at)
	switch {
	case p.tcp.RST:
		t.reset(f, side, at)
		return
	case opens && side == fromClient:
		f.syns++
		f.isn = p.tcp.Seq
		f.side[side].start(p.tcp.Seq + 1)
		return
	case p.tcp.SYN && p.tcp.ACK && side == fromServer:
		f.answered, f.open = true, true
		f.side[side].start(p.tcp.Seq + 1)
		return
	}
	if side == fromServer {
		f.answered = true
	}
	f.open = true
	t.segment(f, side, p, at)
	if p.tcp.FIN && !f.over {
		f.side[side].flush(t, f, side, at)
		f.over = true
		f.talk.end(ending{side: side}, at)
	}
}

func (t *flowTable) find(key flowKey) *flow {
	e := t.byKey[key]
	if e == nil {
		return nil
	}
	t.order.MoveToBack(e)
	return e.Value.(*flow)
}

func (t *flowTable) begin(key flowKey, at moment) *flow {
	if t.byKey == nil {
		t.byKey = map[flowKey]*list.Element{}
	}
	if len(t.byKey) == maxFlows {
		oldest := t.order.Front().Value.(*flow)
		if !oldest.over {
			t.c.count.evicted++
		}
		t.conclude(oldest, ending{side: -1})
	}
	f := &flow{flowKey: key, first: at}
	f.talk = t.c.conversation(f)
	t.byKey[key] = t.order.PushBack(f)
	return f
}

// conversation is who reads a connection's bytes.
func (c *capture) conversation(f *flow) conversation {
	switch f.server.Port() {
	case portWinRM, portHTTP:
		return &httpTalk{c: c, f: f}
	case portWinRMSecure, portHTTPS, portSyslogTLS:
		return &tlsTalk{c: c, f: f}
	case portKerberos:
		return &framedTalk{head: 4, read: func(side int, message []byte, whole bool, at moment) {
			c.questions.kerberos(message, side == fromClient, !whole, f.client, f.server, at)
		}}
	case portDNS:
		return &framedTalk{head: 2, read: func(side int, message []byte, whole bool, at moment) {
			c.questions.dns(message, side == fromClient, !whole, f.client, f.server, at)
		}}
	}
	return deafTalk{}
}

// deafTalk is that of a service of which only the connection matters.
type deafTalk struct{}

func (deafTalk) data(int, []byte, moment) {}
func (deafTalk) gap(int)                  {}
func (deafTalk) end(ending, moment)       {}

// reset judges a connection that one side broke off.
func (t *flowTable) reset(f *flow, side int, at moment) {
	if f.over {
		return
	}
	refused := side == fromServer && !f.answered && f.syns > 0
	if side == fromServer {
		f.answered = true
	}
	f.side[fromClient].flush(t, f, fromClient, at)
	f.side[fromServer].flush(t, f, fromServer, at)
	f.over = true
	if refused {
		t.c.see(f.client, f.server, refusedID(f.server.Port()), wireWords(
			"%s refuses the connection: the answer to the SYN is a reset",
			"%s への接続が拒否されました。SYN に対する応答がリセットです", f.server.String()),
			path(f.server, f.client)+" TCP RST, the answer to a SYN", at)
		return
	}
	f.talk.end(ending{side: side, reset: true}, at)
}

// silentAfter is when a SYN without an answer is silence and not the end of the capture: a
// second SYN goes out after one second, RFC 6298 section 2.
const silentAfter = time.Second

// conclude judges a connection of which nothing more is looked at, and forgets it.
func (t *flowTable) conclude(f *flow, e ending) {
	if !f.over {
		f.over = true
		f.side[fromClient].flush(t, f, fromClient, f.last)
		f.side[fromServer].flush(t, f, fromServer, f.last)
		if !f.answered && f.syns > 0 && !f.open {
			t.silent(f)
		} else {
			f.talk.end(e, f.last)
		}
	}
	if element := t.byKey[f.flowKey]; element != nil {
		t.order.Remove(element)
		delete(t.byKey, f.flowKey)
	}
}

func (t *flowTable) silent(f *flow) {
	if f.syns < 2 && t.c.ago(f.first) < silentAfter {
		return
	}
	t.c.see(f.client, f.server, silentID(f.server.Port()), wireWords(
		"%s does not answer: %d SYN without an answer in %v",
		"%s が応答しません。SYN を %d 回送信しましたが、%v の間応答がありません", f.server.String(), f.syns, t.c.ago(f.first).Round(time.Millisecond)),
		path(f.client, f.server)+" TCP SYN without an answer", f.first)
}

func (t *flowTable) end() {
	for t.order.Len() > 0 {
		t.conclude(t.order.Front().Value.(*flow), ending{side: -1})
	}
}

// half is what one side of a connection says, put in order.
type half struct {
	started bool
	next    uint32 // the number of the next byte
	waiting []segment
	held    int

	// The segment before this one: to know one that was sent again from one that was captured twice.
	lastSeq uint32
	lastLen int
	lastAt  time.Time
}

type segment struct {
	seq  uint32
	data []byte
	lack int // bytes of its end that the capture does not hold
	at   moment
}

func (h *half) start(seq uint32) {
	if !h.started {
		h.started, h.next = true, seq
	}
}

// segment takes the bytes of a packet.
func (t *flowTable) segment(f *flow, side int, p packet, at moment) {
	h := &f.side[side]
	if len(p.payload)+p.missing == 0 || f.over {
		return
	}
	h.start(p.tcp.Seq)
	s := segment{p.tcp.Seq, p.payload, p.missing, at}
	if ahead := int32(s.seq - h.next); ahead <= 0 {
		h.deliver(f, side, s)
		h.drain(t, f, side)
		return
	}
	s.data = append([]byte(nil), s.data...)
	h.held += len(s.data)
	t.held += len(s.data)
	h.waiting = append(h.waiting, s)
	if len(h.waiting) > maxWaiting || h.held > maxHeld || t.held > maxAllHeld {
		h.flush(t, f, side, at)
	}
}

// deliver hands a segment on that begins with the next byte, or before it.
func (h *half) deliver(f *flow, side int, s segment) {
	old := int(h.next - s.seq)
	if end := len(s.data) + s.lack; old >= end {
		return
	}
	if old < len(s.data) {
		f.talk.data(side, s.data[old:], s.at)
	}
	h.next = s.seq + uint32(len(s.data)+s.lack)
	if s.lack > 0 {
		f.talk.gap(side)
	}
}

// drain delivers what waited and has its turn now.
func (h *half) drain(t *flowTable, f *flow, side int) {
	for i := 0; i < len(h.waiting); {
		s := h.waiting[i]
		if int32(s.seq-h.next) > 0 {
			i++
			continue
		}
		h.drop(t, i)
		h.deliver(f, side, s)
		i = 0
	}
}

func (h *half) drop(t *flowTable, i int) {
	h.held -= len(h.waiting[i].data)
	t.held -= len(h.waiting[i].data)
	h.waiting = append(h.waiting[:i], h.waiting[i+1:]...)
}

// flush goes on over what is missing, since it will not come any more.
func (h *half) flush(t *flowTable, f *flow, side int, _ moment) {
	for len(h.waiting) > 0 {
		next := 0
		for i, s := range h.waiting {
			if int32(s.seq-h.waiting[next].seq) < 0 {
				next = i
			}
		}
		h.next = h.waiting[next].seq
		f.talk.gap(side)
		h.drain(t, f, side)
	}
}

// load is how much went to and from a server, and how much of it twice.
type load struct {
	flowKey
	segments, resent int
	first            moment
}

const maxLoads = 4096

// count knows a segment that is sent again. One that comes within a millisecond is the same
// packet, captured twice, as on the interface "any".
func (t *flowTable) count(f *flow, p packet, side int, at moment) {
	size := len(p.payload) + p.missing
	if size == 0 && !p.tcp.SYN {
		return
	}
	h := &f.side[side]
	again := h.started && int32(h.next-p.tcp.Seq) >= int32(max(size, 1)) && !keepAlive(p.tcp, size, h)
	twice := p.tcp.Seq == h.lastSeq && size == h.lastLen && at.when.Sub(h.lastAt) < time.Millisecond
	h.lastSeq, h.lastLen, h.lastAt = p.tcp.Seq, size, at.when
	l := t.c.loads[f.server]
	if l == nil {
		if len(t.c.loads) == maxLoads {
			return
		}
		l = &load{flowKey: f.flowKey}
		t.c.loads[f.server] = l
	}
	l.segments++
	if again && !twice {
		if l.resent == 0 {
			l.first = at
		}
		l.resent++
		t.c.count.resent++
	}
}

// keepAlive says whether a segment is one that only asks whether the other side is there.
func keepAlive(tcp *layers.TCP, size int, h *half) bool {
	return !tcp.SYN && size <= 1 && tcp.Seq == h.next-1
}

// A path that loses less is not worth a word; the numbers are ours.
const (
	fewResent  = 3
	partResent = 100 // one in so many
)

func (c *capture) judgeLoads() {
	var lossy []*load
	for _, l := range c.loads {
		if l.resent >= fewResent && l.resent*partResent >= l.segments {
			lossy = append(lossy, l)
		}
	}
	sortByOrder(lossy)
	for _, l := range lossy {
		c.see(l.client, l.server, "capture.retransmissions", wireWords(
			"%d of %d segments to and from %s were sent again: packets are lost on the way, or the host does not answer",
			"%[3]s との間の %[2]d 個のセグメントのうち %[1]d 個が再送されました。途中でパケットが失われているか、ホストが応答していません",
			l.resent, l.segments, l.server.String()), path(l.client, l.server)+" TCP retransmission, the first", l.first)
	}
}
