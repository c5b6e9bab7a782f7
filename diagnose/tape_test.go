package diagnose

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

var (
	captureStart = time.Date(2026, 3, 1, 10, 15, 30, 0, time.UTC)
	firewall4    = netip.MustParseAddr("192.0.2.1")
	server4      = netip.MustParseAddr("192.0.2.53")
	firewall6    = netip.MustParseAddr("2001:db8::1")
	server6      = netip.MustParseAddr("2001:db8::53")
)

// tape makes packets and writes them as a capture does. pcapgo and gopacket, which nobody here
// wrote, make the bytes.
type tape struct {
	t      testing.TB
	link   layers.LinkType
	vlan   bool
	snap   int // bytes of a packet that are kept; 0 keeps all
	ng     bool
	now    time.Time
	frames []tapeFrame
	ports  uint16
}

type tapeFrame struct {
	when time.Time
	data []byte
	wire int
}

func newTape(t testing.TB) *tape {
	return &tape{t: t, link: layers.LinkTypeEthernet, now: captureStart, ports: 40000}
}

func (p *tape) wait(d time.Duration) { p.now = p.now.Add(d) }

// port is a client's next free one.
func (p *tape) port() uint16 { p.ports++; return p.ports }

// put writes an IP packet of these layers.
func (p *tape) put(from, to netip.Addr, protocol layers.IPProtocol, above ...gopacket.SerializableLayer) {
	p.t.Helper()
	var ip gopacket.SerializableLayer
	kind := layers.EthernetTypeIPv4
	if from.Is4() {
		ip = &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: from.AsSlice(), DstIP: to.AsSlice()}
	} else {
		ip = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: from.AsSlice(), DstIP: to.AsSlice()}
		kind = layers.EthernetTypeIPv6
	}
	for _, l := range above {
		if l, ok := l.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok {
			if err := l.SetNetworkLayerForChecksum(ip.(gopacket.NetworkLayer)); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	p.frame(kind, append([]gopacket.SerializableLayer{ip}, above...)...)
}

// frame writes a packet as the link has it.
func (p *tape) frame(kind layers.EthernetType, above ...gopacket.SerializableLayer) {
	p.t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, above...); err != nil {
		p.t.Fatal(err)
	}
	p.raw(kind, b.Bytes())
}

// raw writes the bytes of an IP packet as the link has them.
func (p *tape) raw(kind layers.EthernetType, ip []byte) {
	var head []byte
	short := []byte{byte(kind >> 8), byte(kind)}
	switch p.link {
	case layers.LinkTypeEthernet:
		head = append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, short...)
		if p.vlan {
			head = append(append(head[:12:12], 0x81, 0x00, 0, 42), short...)
		}
	case layers.LinkTypeLinuxSLL: // tcpdump -i any
		head = append([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, short...)
	}
	data := append(head, ip...)
	wire := len(data)
	if p.snap > 0 && len(data) > p.snap {
		data = data[:p.snap]
	}
	p.frames = append(p.frames, tapeFrame{p.now, data, wire})
	p.wait(time.Millisecond)
}

func (p *tape) udp(from, to netip.AddrPort, payload []byte) {
	p.t.Helper()
	p.put(from.Addr(), to.Addr(), layers.IPProtocolUDP,
		&layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}, gopacket.Payload(payload))
}

// tapeConn is a TCP connection on tape.
type tapeConn struct {
	p    *tape
	ends [2]netip.AddrPort
	seq  [2]uint32
	size int // of a segment
}

// tcpTo begins a connection without a packet.
func (p *tape) tcpTo(from netip.Addr, to netip.AddrPort) *tapeConn {
	return &tapeConn{p: p, ends: [2]netip.AddrPort{netip.AddrPortFrom(from, p.port()), to}, seq: [2]uint32{0xfffffff0, 7000}, size: 700}
}

func (c *tapeConn) packet(side int, flags string, seq uint32, payload []byte) {
	c.p.t.Helper()
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(c.ends[side].Port()), DstPort: layers.TCPPort(c.ends[1-side].Port()),
		Seq: seq, Ack: c.seq[1-side], Window: 65000,
	}
	for _, flag := range flags {
		switch flag {
		case 'S':
			tcp.SYN = true
		case 'A':
			tcp.ACK = true
		case 'F':
			tcp.FIN = true
		case 'R':
			tcp.RST = true
		}
	}
	c.p.put(c.ends[side].Addr(), c.ends[1-side].Addr(), layers.IPProtocolTCP, tcp, gopacket.Payload(payload))
}

func (c *tapeConn) open() *tapeConn {
	c.packet(fromClient, "S", c.seq[0], nil)
	c.seq[0]++
	c.packet(fromServer, "SA", c.seq[1], nil)
	c.seq[1]++
	c.packet(fromClient, "A", c.seq[0], nil)
	return c
}

func (c *tapeConn) say(side int, data []byte) {
	for len(data) > 0 {
		n := min(len(data), c.size)
		c.packet(side, "A", c.seq[side], data[:n])
		c.seq[side] += uint32(n)
		data = data[n:]
	}
}

func (c *tapeConn) close(side int) { c.packet(side, "FA", c.seq[side], nil) }
func (c *tapeConn) reset(side int) { c.packet(side, "RA", c.seq[side], nil) }

// bytes is the capture as a file.
func (p *tape) bytes() []byte {
	p.t.Helper()
	var b bytes.Buffer
	write := p.classic(&b)
	flush := func() error { return nil }
	if p.ng {
		w, err := pcapgo.NewNgWriter(&b, p.link)
		if err != nil {
			p.t.Fatal(err)
		}
		write, flush = w.WritePacket, w.Flush
	}
	for _, f := range p.frames {
		if err := write(gopacket.CaptureInfo{Timestamp: f.when, CaptureLength: len(f.data), Length: f.wire}, f.data); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := flush(); err != nil {
		p.t.Fatal(err)
	}
	return b.Bytes()
}

func (p *tape) classic(b *bytes.Buffer) func(gopacket.CaptureInfo, []byte) error {
	w := pcapgo.NewWriter(b)
	if !p.ng {
		if err := w.WriteFileHeader(65535, p.link); err != nil {
			p.t.Fatal(err)
		}
	}
	return w.WritePacket
}

// spoken is what one side of a real exchange sent.
type spoken struct {
	side int
	data []byte
}

// recorder stands between a client and a server and keeps what they say.
type recorder struct {
	addr string
	mu   sync.Mutex // guards the next
	said []spoken
	ends []int // who closed, in order
}

func (r *recorder) note(side int, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, spoken{side, bytes.Clone(data)})
}

func (r *recorder) heard() []spoken {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]spoken(nil), r.said...)
}

// recordTCP relays one connection after another.
func recordTCP(t *testing.T, server string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{addr: l.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { r.relay(client, server) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return r
}

func (r *recorder) relay(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	pass := func(side int, from, to net.Conn) {
		buffer := make([]byte, 16<<10)
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				r.note(side, buffer[:n])
				if _, err := to.Write(buffer[:n]); err != nil {
					break
				}
			}
			if err != nil {
				break
			}
		}
		r.mu.Lock()
		r.ends = append(r.ends, side)
		r.mu.Unlock()
		client.Close()
		server.Close()
	}
	both.Go(func() { pass(fromClient, client, server) })
	both.Go(func() { pass(fromServer, server, client) })
	both.Wait()
}

// recordUDP relays the datagrams of one client.
func recordUDP(t *testing.T, server string) *recorder {
	t.Helper()
	front, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.Dial("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{addr: front.LocalAddr().String()}
	var all sync.WaitGroup
	var client net.Addr // the last that asked; guarded by r.mu
	all.Go(func() {
		buffer := make([]byte, 64<<10)
		for {
			n, from, err := front.ReadFrom(buffer)
			if err != nil {
				return
			}
			r.mu.Lock()
			client = from
			r.mu.Unlock()
			r.note(fromClient, buffer[:n])
			back.Write(buffer[:n])
		}
	})
	all.Go(func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := back.Read(buffer)
			if err != nil {
				return
			}
			r.note(fromServer, buffer[:n])
			r.mu.Lock()
			to := client
			r.mu.Unlock()
			front.WriteTo(buffer[:n], to)
		}
	})
	t.Cleanup(func() { front.Close(); back.Close(); all.Wait() })
	return r
}

// replayTCP puts what was said on tape, as one connection.
func (p *tape) replayTCP(to netip.AddrPort, said []spoken) *tapeConn {
	from := firewall4
	if to.Addr().Is6() {
		from = firewall6
	}
	c := p.tcpTo(from, to).open()
	for _, s := range said {
		c.say(s.side, s.data)
	}
	return c
}

// replayUDP puts datagrams on tape.
func (p *tape) replayUDP(to netip.AddrPort, said []spoken) {
	from := netip.AddrPortFrom(firewall4, p.port())
	for _, s := range said {
		if s.side == fromClient {
			p.udp(from, to, s.data)
		} else {
			p.udp(to, from, s.data)
		}
	}
}

// diagnosed reads a capture, which must have no fault of its own.
func diagnosed(t *testing.T, p *tape, c Config) (*Diagnosis, []string) {
	t.Helper()
	d := New(c)
	if err := d.Read(context.Background(), "mgmt.pcap", bytes.NewReader(p.bytes())); err != nil {
		t.Fatal(err)
	}
	return d, findingsOf(d)
}

// findingsOf are the results about what the packets show, not about the file.
func findingsOf(d *Diagnosis) (words []string) {
	for _, w := range short(d.Results()) {
		if w != "pass capture@mgmt.pcap" {
			words = append(words, w)
		}
	}
	return words
}
