package diagnose

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// packet is what a frame carries, as far as it matters.
type packet struct {
	from, to netip.AddrPort // the port is 0 of what has none
	tcp      *layers.TCP
	udp      bool
	icmp     *unreachable
	payload  []byte
	missing  int // bytes of the payload that the capture does not hold
}

// unreachable is an ICMP message that says that a packet did not arrive.
type unreachable struct {
	by       netip.Addr
	port     bool           // nothing listens there; otherwise the host is not reached
	from, to netip.AddrPort // of the packet
	tcp      bool
	words    string
}

// dissector takes frames apart. It may not be used concurrently.
type dissector struct {
	ethernet layers.Ethernet
	vlan     layers.Dot1Q
	sll      layers.LinuxSLL
	sll2     layers.LinuxSLL2
	loop     layers.Loopback
	ip4      layers.IPv4
	ip6      layers.IPv6
	parsers  map[gopacket.LayerType]*gopacket.DecodingLayerParser
	decoded  []gopacket.LayerType
	tcp      layers.TCP
	udp      layers.UDP

	fragments fragments
}

func newDissector() *dissector {
	d := &dissector{parsers: map[gopacket.LayerType]*gopacket.DecodingLayerParser{}}
	for _, first := range []gopacket.LayerType{
		layers.LayerTypeEthernet, layers.LayerTypeLinuxSLL, layers.LayerTypeLinuxSLL2, layers.LayerTypeLoopback,
		layers.LayerTypeIPv4, layers.LayerTypeIPv6,
	} {
		p := gopacket.NewDecodingLayerParser(first, &d.ethernet, &d.vlan, &d.sll, &d.sll2, &d.loop, &d.ip4, &d.ip6)
		p.IgnoreUnsupported = true // what is above IP is taken apart below
		d.parsers[first] = p
	}
	return d
}

var (
	errLink    = errors.New("the kind of link is not read")
	errNotIP   = errors.New("no IP packet")
	errPartial = errors.New("a fragment whose others have not come yet")
)

// firstLayer is what frames of a link begin with. The numbers without a name are those of raw IP
// on several systems.
func firstLayer(link layers.LinkType, data []byte) (gopacket.LayerType, error) {
	switch link {
	case layers.LinkTypeEthernet:
		return layers.LayerTypeEthernet, nil
	case layers.LinkTypeLinuxSLL:
		return layers.LayerTypeLinuxSLL, nil
	case layers.LinkTypeLinuxSLL2:
		return layers.LayerTypeLinuxSLL2, nil
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		return layers.LayerTypeLoopback, nil
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12, 14:
		if len(data) > 0 && data[0]>>4 == 6 {
			return layers.LayerTypeIPv6, nil
		}
		return layers.LayerTypeIPv4, nil
	}
	return 0, fmt.Errorf("%w: %d", errLink, int(link))
}

// dissect takes a frame apart. Its error says why nothing of it is of use.
func (d *dissector) dissect(f framePacket) (packet, error) {
	first, err := firstLayer(f.link, f.data)
	if err != nil {
		return packet{}, err
	}
	d.decoded = d.decoded[:0]
	err = d.parsers[first].DecodeLayers(f.data, &d.decoded)
	for _, layer := range d.decoded {
		switch layer {
		case layers.LayerTypeIPv4:
			return d.over4()
		case layers.LayerTypeIPv6:
			return d.over6()
		}
	}
	if err != nil {
		return packet{}, err
	}
	return packet{}, errNotIP
}

// datagram is what an IP header carries.
type datagram struct {
	src, dst netip.Addr
	protocol layers.IPProtocol
	data     []byte
	missing  int
}

func (d *dissector) over4() (packet, error) {
	src, _ := netip.AddrFromSlice(d.ip4.SrcIP)
	dst, _ := netip.AddrFromSlice(d.ip4.DstIP)
	g := datagram{src: src, dst: dst, protocol: d.ip4.Protocol, data: d.ip4.Payload}
	if d.ip4.Length > 0 { // 0 is what a card that cuts big segments itself leaves
		g.missing = max(0, int(d.ip4.Length)-int(d.ip4.IHL)*4-len(g.data))
	}
	more := d.ip4.Flags&layers.IPv4MoreFragments != 0
	if more || d.ip4.FragOffset > 0 {
		key := fragmentKey{src, dst, uint32(d.ip4.Id), uint8(d.ip4.Protocol)}
		whole, err := d.fragments.add(key, int(d.ip4.FragOffset)*8, g.data, more, g.missing)
		if err != nil {
			return packet{}, err
		}
		g.data, g.missing = whole, 0
	}
	return d.above(g)
}

// over6 walks the extension headers, RFC 8200 section 4.
func (d *dissector) over6() (packet, error) {
	src, _ := netip.AddrFromSlice(d.ip6.SrcIP)
	dst, _ := netip.AddrFromSlice(d.ip6.DstIP)
	g := datagram{src: src, dst: dst, protocol: d.ip6.NextHeader, data: d.ip6.Payload}
	if d.ip6.Length > 0 {
		g.missing = max(0, int(d.ip6.Length)-len(g.data))
	}
	for range 16 {
		switch g.protocol {
		case layers.IPProtocolIPv6HopByHop, layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Destination:
			if len(g.data) < 2 || len(g.data) < 8+int(g.data[1])*8 {
				return packet{}, errNotIP
			}
			g.protocol, g.data = layers.IPProtocol(g.data[0]), g.data[8+int(g.data[1])*8:]
		case layers.IPProtocolIPv6Fragment:
			if len(g.data) < 8 {
				return packet{}, errNotIP
			}
			head := g.data
			field := int(head[2])<<8 | int(head[3])
			id := uint32(head[4])<<24 | uint32(head[5])<<16 | uint32(head[6])<<8 | uint32(head[7])
			g.protocol, g.data = layers.IPProtocol(head[0]), head[8:]
			if field&1 != 0 || field&^7 > 0 {
				whole, err := d.fragments.add(fragmentKey{src, dst, id, head[0]}, field&^7, g.data, field&1 != 0, g.missing)
				if err != nil {
					return packet{}, err
				}
				g.data, g.missing = whole, 0
			}
		default:
			return d.above(g)
		}
	}
	return packet{}, errNotIP
}

// above reads what an IP packet carries.
func (d *dissector) above(g datagram) (packet, error) {
	p := packet{from: netip.AddrPortFrom(g.src, 0), to: netip.AddrPortFrom(g.dst, 0), missing: g.missing}
	switch g.protocol {
	case layers.IPProtocolTCP:
		d.tcp = layers.TCP{}
		if err := d.tcp.DecodeFromBytes(g.data, gopacket.NilDecodeFeedback); err != nil {
			return packet{}, err
		}
		p.tcp, p.payload = &d.tcp, d.tcp.Payload
		p.from, p.to = netip.AddrPortFrom(g.src, uint16(d.tcp.SrcPort)), netip.AddrPortFrom(g.dst, uint16(d.tcp.DstPort))
	case layers.IPProtocolUDP:
		d.udp = layers.UDP{}
		if err := d.udp.DecodeFromBytes(g.data, gopacket.NilDecodeFeedback); err != nil {
			return packet{}, err
		}
		p.udp, p.payload = true, d.udp.Payload
		p.from, p.to = netip.AddrPortFrom(g.src, uint16(d.udp.SrcPort)), netip.AddrPortFrom(g.dst, uint16(d.udp.DstPort))
	case layers.IPProtocolICMPv4, layers.IPProtocolICMPv6:
		p.icmp = unreachableOf(g)
	}
	return p, nil
}

// unreachableOf reads ICMP, RFC 792 and RFC 4443; nil for what says nothing about a packet that
// did not arrive.
func unreachableOf(g datagram) *unreachable {
	if len(g.data) < 8 {
		return nil
	}
	kind, code, inner := g.data[0], g.data[1], g.data[8:]
	u := &unreachable{by: g.src}
	switch {
	case g.protocol == layers.IPProtocolICMPv4 && kind == 3 && code != 4:
		u.port, u.words = code == 3, layers.CreateICMPv4TypeCode(kind, code).String()
	case g.protocol == layers.IPProtocolICMPv6 && kind == 1:
		u.port, u.words = code == 4, layers.CreateICMPv6TypeCode(kind, code).String()
	default:
		return nil
	}
	var protocol byte
	var src, dst netip.Addr
	switch {
	case len(inner) >= 20 && inner[0]>>4 == 4 && inner[0]&15 >= 5:
		head := int(inner[0]&15) * 4
		protocol = inner[9]
		src, _ = netip.AddrFromSlice(inner[12:16])
		dst, _ = netip.AddrFromSlice(inner[16:20])
		inner = inner[min(head, len(inner)):]
	case len(inner) >= 40 && inner[0]>>4 == 6:
		protocol = inner[6]
		src, _ = netip.AddrFromSlice(inner[8:24])
		dst, _ = netip.AddrFromSlice(inner[24:40])
		inner = inner[40:]
	default:
		return nil
	}
	u.tcp = protocol == byte(layers.IPProtocolTCP)
	u.from, u.to = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
	if (u.tcp || protocol == byte(layers.IPProtocolUDP)) && len(inner) >= 4 {
		u.from = netip.AddrPortFrom(src, uint16(inner[0])<<8|uint16(inner[1]))
		u.to = netip.AddrPortFrom(dst, uint16(inner[2])<<8|uint16(inner[3]))
	}
	return u
}
