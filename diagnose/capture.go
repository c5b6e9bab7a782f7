package diagnose

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/symptom"
)

// CaptureCheck is the ID of the result about a capture itself: what it holds, and what of it
// could not be read.
const CaptureCheck = Prefix + "capture"

// The services whose packets are looked at, by their ports.
const (
	portDNS         = 53
	portHTTP        = 80
	portKerberos    = 88
	portEPMapper    = 135
	portHTTPS       = 443
	portSyslog      = 514
	portWinRM       = 5985
	portWinRMSecure = 5986
	portSyslogTLS   = 6514
)

var services = map[uint16]string{
	portDNS: "DNS", portHTTP: "HTTP", portKerberos: "Kerberos", portEPMapper: "the endpoint mapper", portHTTPS: "HTTPS",
	portSyslog: "syslog", portWinRM: "WinRM", portWinRMSecure: "WinRM over TLS", portSyslogTLS: "syslog over TLS",
}

// captureFile is what became of the packets of a capture.
type captureFile struct {
	packets   int
	looked    int // of a service that matters
	elsewhere int // other packets
	short     int // not held whole: the capture was made with a snap length
	unread    int // no IP, or damaged
	left      int // of others than Config.Firewalls
	sealed    map[string]int
	resent    int
	firstTime time.Time
	lastTime  time.Time
	evicted   int // conversations that were given up because there were too many
}

// capture reads the packets of one capture.
type capture struct {
	d         *Diagnosis
	file      *fileRecord
	count     *captureFile
	now       time.Time
	dissector *dissector
	flows     flowTable
	questions questions
	names     nameBook
	loads     map[netip.AddrPort]*load
	syslog    *syslogReader
}

// moment is a packet's place.
type moment struct {
	number, order int
	when          time.Time
}

// ago is a moment's distance from the present of the capture.
func (c *capture) ago(m moment) time.Duration { return c.now.Sub(m.when) }

// clock is how times are shown.
const clock = "2006-01-02 15:04:05.000000Z"

func (m moment) text() string {
	if m.when.IsZero() {
		return fmt.Sprintf("packet %d", m.number)
	}
	return fmt.Sprintf("packet %d, %s", m.number, m.when.UTC().Format(clock))
}

// readCapture reads a capture to its end. What the file holds before it goes wrong counts.
func (d *Diagnosis) readCapture(ctx context.Context, f *fileRecord, r *bufio.Reader) error {
	f.capture = &captureFile{sealed: map[string]int{}}
	c := &capture{
		d: d, file: f, count: f.capture, dissector: newDissector(), loads: map[netip.AddrPort]*load{},
		syslog: newSyslogReader(d.config.Profiles),
	}
	c.flows.c, c.questions.c, c.names.c = c, c, c
	defer c.end()
	frames, err := newFrames(r)
	for err == nil && ctx.Err() == nil {
		var frame framePacket
		frame, err = frames.next()
		if len(frame.data) > 0 {
			c.take(frame)
		}
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF):
		return nil
	}
	err = fmt.Errorf("after packet %d: %w", c.count.packets, err)
	f.fail(err)
	return fmt.Errorf("%s: %w", f.name, err)
}

// take looks at one frame.
func (c *capture) take(frame framePacket) {
	c.count.packets++
	c.d.order++
	if !frame.when.IsZero() {
		if c.count.firstTime.IsZero() {
			c.count.firstTime = frame.when
		}
		if frame.when.After(c.now) { // the packets of several interfaces may be out of order
			c.now = frame.when
		}
		c.count.lastTime = c.now
	}
	if len(frame.data) < frame.wire {
		c.count.short++
	}
	p, err := c.dissector.dissect(frame)
	switch {
	case errors.Is(err, errPartial):
		return
	case err != nil:
		c.count.unread++
		if errors.Is(err, errLink) {
			c.file.note(err.Error())
		}
		return
	case !c.ours(p):
		c.count.left++
		return
	}
	at := moment{c.count.packets, c.d.order, frame.when}
	c.file.counts.Lines++
	if c.look(p, at) {
		c.count.looked++
		c.file.counts.Understood++
	} else {
		c.count.elsewhere++
		c.file.counts.Unknown++
	}
}

// ours says whether a packet is one of the firewalls that were named.
func (c *capture) ours(p packet) bool {
	list := c.d.config.Firewalls
	return len(list) == 0 || slices.Contains(list, p.from.Addr().Unmap()) || slices.Contains(list, p.to.Addr().Unmap()) ||
		p.icmp != nil && (slices.Contains(list, p.icmp.from.Addr().Unmap()) || slices.Contains(list, p.icmp.to.Addr().Unmap()))
}

// look hands a packet to whoever knows its service.
func (c *capture) look(p packet, at moment) bool {
	if p.icmp != nil {
		return c.unreachable(*p.icmp, at)
	}
	client, server, service := ends(p)
	if !service {
		return false
	}
	switch {
	case p.tcp != nil:
		c.flows.take(p, client, server, at)
		return true
	case p.udp:
		return c.datagram(p, client, server, at)
	}
	return false
}

// ends says which end of a packet is the server: the one whose port is that of a service.
func ends(p packet) (client, server netip.AddrPort, ok bool) {
	_, to := services[p.to.Port()]
	_, from := services[p.from.Port()]
	switch {
	case to && from && p.tcp != nil && p.tcp.SYN && p.tcp.ACK: // the answer of a server to a client of an odd port
		return p.to, p.from, true
	case to:
		return p.from, p.to, true
	case from:
		return p.to, p.from, true
	}
	return p.from, p.to, false
}

func (c *capture) datagram(p packet, client, server netip.AddrPort, at moment) bool {
	asks := p.to == server
	switch server.Port() {
	case portDNS:
		c.questions.dns(p.payload, asks, p.missing > 0, client, server, at)
	case portKerberos:
		c.questions.kerberos(p.payload, asks, p.missing > 0, client, server, at)
	case portSyslog:
		if asks {
			c.syslog.datagram(c, p.payload, p.missing, client, server, at)
		}
	default:
		return false
	}
	return true
}

// unreachable notes that a packet did not arrive.
func (c *capture) unreachable(u unreachable, at moment) bool {
	what := wireWords("%v says of a packet to it: %s", "%v が、そこへのパケットについて通知しています: %s", u.by, u.words)
	line := fmt.Sprintf("%v to %v: ICMP %s about %s", u.by, u.from.Addr(), u.words, path(u.from, u.to))
	if u.port && !u.tcp && services[u.to.Port()] != "" {
		c.questions.refused(u.from, u.to)
		c.see(u.from, u.to, refusedID(u.to.Port()), what, line, at)
		return true
	}
	s, _ := symptom.Find("network.unreachable")
	c.d.seeWire(seen{
		subject: subject{kind: atWire, name: u.to.Addr().Unmap().String()}, id: s.ID, symptom: &s, what: what, file: c.file,
	}, c.sight(at, line))
	return true
}

// path is where a packet went.
func path(from, to netip.AddrPort) string { return from.String() + " > " + to.String() }

// subjectOf is whom a service's trouble is told about: its server, but the sender where the
// firewall is the server.
func subjectOf(client, server netip.AddrPort) subject {
	who := server
	if server.Port() == portSyslog || server.Port() == portSyslogTLS {
		who = client
	}
	return subject{kind: atWire, name: who.Addr().Unmap().String()}
}

// refusedID is the symptom of a service where nothing listens.
func refusedID(port uint16) string {
	switch port {
	case portDNS:
		return "kerberos.dns-try-again"
	case portKerberos:
		return "kerberos.kdc-unreachable"
	case portWinRM, portWinRMSecure:
		return "winrm.not-reached"
	case portEPMapper:
		return "wmi.not-reached"
	case portSyslog:
		return "syslog.counters.no-log-messages"
	case portSyslogTLS:
		return "syslog.status.not-connected"
	}
	return "capture.refused"
}

// silentID is the symptom of a service that does not answer.
func silentID(port uint16) string {
	switch port {
	case portWinRM, portWinRMSecure:
		return "winrm.timeout"
	case portHTTP, portHTTPS:
		return "capture.silent"
	}
	return refusedID(port)
}

// see notes what was seen between two ends. Without a row in the table, what says it all.
func (c *capture) see(client, server netip.AddrPort, id string, what lang.Text, line string, at moment, more ...check.Evidence) {
	s := seen{subject: subjectOf(client, server), id: id, what: what, file: c.file, details: more}
	s.symptom = rowOf(id)
	switch id {
	case "capture.certificate":
		s.status = check.Pass
	case "capture.refused", "capture.silent", "capture.retransmissions", "capture.tls-alert":
		s.status = check.Warn // of services that the firewall may use for something else
	}
	c.d.seeWire(s, c.sight(at, line))
}

// rowOf is a row of the table; nil where it has none.
func rowOf(id string) *symptom.Symptom {
	if row, ok := symptom.Find(id); ok {
		return &row
	}
	return nil
}

// sight is a packet as evidence has it.
func (c *capture) sight(at moment, line string) sight {
	s := sight{Line: Line{c.file.name, at.number, kept(at.text() + ": " + line)}, order: at.order}
	if !at.when.IsZero() {
		s.when = at.when.UTC().Format("2006-01-02 15:04:05Z")
	}
	return s
}

// seeWire notes a sight of a capture.
func (d *Diagnosis) seeWire(s seen, at sight) {
	known, began := d.record.add(s, at)
	if known == nil {
		return
	}
	known.more(s.details)
	known.status = max(known.status, s.status)
	if began && d.config.Seen != nil {
		d.config.Seen(d.firstWord(known))
	}
}

// maxDetails bounds what one symptom at one server is told beside its packets.
const maxDetails = 6

func (s *seen) more(details []check.Evidence) {
	for _, e := range details {
		if len(s.details) < maxDetails && !slices.Contains(s.details, e) {
			s.details = append(s.details, e)
		}
	}
}

// wireWords is sprintf, with what comes from the wire bounded.
func wireWords(en, ja string, args ...any) lang.Text {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = clipped(text)
		}
	}
	return sprintf(en, ja, args...)
}

// end judges what was still open when the capture ended.
func (c *capture) end() {
	c.flows.end()
	c.questions.end()
	c.names.end()
	c.syslog.end(c)
	c.judgeLoads()
}

// note keeps a reason, each once.
func (f *fileRecord) note(text string) {
	if len(f.notes) < 20 && !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

// captureResult says what a capture holds.
func (d *Diagnosis) captureResult(f *fileRecord) check.Result {
	c := f.capture
	r := check.Result{
		Check: CaptureCheck, Target: f.name, Source: source, Status: check.Pass,
		Title:   lang.Text{EN: "the capture holds packets of the services that matter", JA: "キャプチャに関係するサービスのパケットがある"},
		Summary: fmt.Sprintf("%s: %d packets, %d of them of services that matter", f.name, c.packets, c.looked),
		Measures: []check.Measure{
			{Name: "packets", Value: float64(c.packets), Unit: "packets"},
			{Name: "looked at", Value: float64(c.looked), Unit: "packets"},
			{Name: "of other services", Value: float64(c.elsewhere), Unit: "packets"},
			{Name: "held in part", Value: float64(c.short), Unit: "packets"},
			{Name: "not readable", Value: float64(c.unread), Unit: "packets"},
			{Name: "retransmitted", Value: float64(c.resent), Unit: "segments"},
		},
	}
	if !c.firstTime.IsZero() {
		r.Summary += fmt.Sprintf(", from %s to %s", c.firstTime.Format(clock), c.lastTime.Format(clock))
	}
	if c.short > 0 {
		f.note(fmt.Sprintf("%d packets are not held whole: capture with snaplen 0", c.short))
	}
	if c.unread > 0 {
		f.note(fmt.Sprintf("%d packets are no IP packets, or damaged", c.unread))
	}
	if c.evicted > 0 {
		f.note(fmt.Sprintf("%d conversations were given up before their end, because more than %d were open at once", c.evicted, maxFlows))
	}
	if c.left > 0 {
		r.Measures = append(r.Measures, check.Measure{Name: "of other hosts", Value: float64(c.left), Unit: "packets"})
	}
	var sealed []string
	for what, n := range c.sealed {
		sealed = append(sealed, fmt.Sprintf("%s, %d connections", what, n))
	}
	if len(sealed) > 0 {
		slices.Sort(sealed)
		r.Evidence = append(r.Evidence, check.Evidence{Name: "sealed: what is in it cannot be read from a capture", Text: strings.Join(sealed, "\n")})
	}
	if c.short > 0 || f.failed || len(f.notes) > 0 && c.looked == 0 {
		r.Status, r.Hint = check.Warn, "capture once more, whole: tcpdump filter \"host ADDRESS\" snaplen 0, then view-pcap mgmt-pcap mgmt.pcap"
	}
	if len(f.notes) > 0 {
		r.Summary += "; " + f.notes[0]
		r.Evidence = append(r.Evidence, check.Evidence{Name: "not read", Text: strings.Join(f.notes, "\n")})
	}
	if c.looked == 0 || f.failed {
		r.Status = check.Error
		r.Hint = "on the firewall: tcpdump filter \"host ADDRESS\" snaplen 0 while it happens, and give mgmt.pcap; a service route over a data interface is not seen there"
	}
	return r
}
