package diagnose

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// The files of packet captures. pcapgo's readers take every length in a file at its word (a
// block that announces 4 GB is 4 GB of memory, an odd time resolution a division by zero), which
// is no way to read what strangers send; its writers make the files of the tests.

// framePacket is a packet as a file holds it. Its data are good until the next one is read.
type framePacket struct {
	link layers.LinkType
	when time.Time // zero where the file does not say
	data []byte
	wire int // how long it was on the wire
}

// frameReader reads the packets of a file, until io.EOF.
type frameReader interface{ next() (framePacket, error) }

// maxPacket bounds a packet: 256 KiB, the largest that libpcap writes.
const maxPacket = 256 << 10

// The first four bytes of captures, as they stand in the file.
const (
	magicNg         = "\x0a\x0d\x0d\x0a"
	magicMicro      = "\xd4\xc3\xb2\xa1"
	magicMicroOther = "\xa1\xb2\xc3\xd4"
	magicNano       = "\x4d\x3c\xb2\xa1"
	magicNanoOther  = "\xa1\xb2\x3c\x4d"
)

func isCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	switch string(head[:4]) {
	case magicNg, magicMicro, magicMicroOther, magicNano, magicNanoOther:
		return true
	}
	return false
}

// newFrames reads the head of a capture.
func newFrames(r *bufio.Reader) (frameReader, error) {
	head, err := r.Peek(4)
	if err != nil {
		return nil, err
	}
	if string(head) == magicNg {
		return &ngFile{r: r}, nil
	}
	f := &pcapFile{r: r, order: binary.LittleEndian, unit: time.Microsecond}
	if head[0] == 0xa1 {
		f.order = binary.BigEndian
	}
	if m := string(head); m == magicNano || m == magicNanoOther {
		f.unit = time.Nanosecond
	}
	var header [24]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, cutShort("the head of the capture", err)
	}
	// The upper bits say how long a checksum follows each frame, which is read as part of it.
	f.link = layers.LinkType(f.order.Uint32(header[20:]) & 0xffff)
	return f, nil
}

// cutShort is how a file ends in the midst of something.
func cutShort(in string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file ends within %s", in)
	}
	return err
}

// pcapFile is the classic format.
type pcapFile struct {
	r      *bufio.Reader
	order  binary.ByteOrder
	unit   time.Duration
	link   layers.LinkType
	buffer []byte
}

func (f *pcapFile) next() (framePacket, error) {
	var head [16]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return framePacket{}, io.EOF
		}
		return framePacket{}, cutShort("the head of a packet", err)
	}
	size, wire := f.order.Uint32(head[8:]), f.order.Uint32(head[12:])
	if size > maxPacket {
		return framePacket{}, fmt.Errorf("a packet of %d bytes is announced, more than %d: the file is damaged there", size, maxPacket)
	}
	fraction := time.Duration(f.order.Uint32(head[4:])) * f.unit
	p := framePacket{link: f.link, when: time.Unix(int64(f.order.Uint32(head[:])), int64(fraction)).UTC(), wire: int(min(wire, 1<<30))}
	var err error
	p.data, f.buffer, err = fill(f.r, f.buffer, int(size))
	return p, err
}

// fill reads a packet's bytes. What is there of one that is cut short comes with the error.
func fill(r io.Reader, buffer []byte, size int) (data, kept []byte, err error) {
	if cap(buffer) < size {
		buffer = make([]byte, size)
	}
	n, err := io.ReadFull(r, buffer[:size])
	if err != nil {
		err = cutShort("a packet", err)
	}
	return buffer[:n], buffer, err
}

// ngFile is the pcapng format, draft-ietf-opsawg-pcapng.
type ngFile struct {
	r          *bufio.Reader
	order      binary.ByteOrder
	interfaces []ngInterface
	buffer     []byte
}

type ngInterface struct {
	link   layers.LinkType
	snap   uint32
	tick   uint64 // of the clock, in a second
	offset int64  // seconds that are added
}

// The types of blocks that are read; others are passed over.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

const maxInterfaces = 1024

func (f *ngFile) next() (framePacket, error) {
	for {
		p, found, err := f.block()
		if err != nil || found {
			return p, err
		}
	}
}

// block reads a block; found says that it held a packet.
func (f *ngFile) block() (p framePacket, found bool, err error) {
	var head [12]byte
	if _, err := io.ReadFull(f.r, head[:8]); err != nil {
		if errors.Is(err, io.EOF) {
			return p, false, io.EOF
		}
		return p, false, cutShort("the head of a block", err)
	}
	read := uint32(8)
	if string(head[:4]) == magicNg {
		if _, err := io.ReadFull(f.r, head[8:12]); err != nil {
			return p, false, cutShort("the head of a section", err)
		}
		read = 12
		switch binary.BigEndian.Uint32(head[8:]) {
		case 0x1a2b3c4d:
			f.order = binary.BigEndian
		case 0x4d3c2b1a:
			f.order = binary.LittleEndian
		default:
			return p, false, errors.New("a section has no byte order: the file is damaged there")
		}
		f.interfaces = f.interfaces[:0]
	} else if f.order == nil {
		return p, false, errors.New("the file has no section")
	}
	kind, length := f.order.Uint32(head[:]), f.order.Uint32(head[4:])
	if length < read+4 || length%4 != 0 {
		return p, false, fmt.Errorf("a block of %d bytes is announced: the file is damaged there", length)
	}
	body := int64(length - read - 4)
	switch kind {
	case blockInterface, blockPacket, blockSimple, blockEnhanced:
		return f.held(kind, body)
	}
	if _, err := io.CopyN(io.Discard, f.r, body+4); err != nil {
		return p, false, cutShort("a block", err)
	}
	return p, false, nil
}

// held reads a block whose content matters, of that many bytes without head and tail.
func (f *ngFile) held(kind uint32, size int64) (p framePacket, found bool, err error) {
	take := min(size, maxPacket+4096)
	var body []byte
	body, f.buffer, err = fill(f.r, f.buffer, int(take))
	if err == nil {
		if _, err = io.CopyN(io.Discard, f.r, size-take+4); err != nil {
			err = cutShort("a block", err)
		}
	}
	if kind == blockInterface {
		if err != nil {
			return p, false, err
		}
		return p, false, f.describe(body)
	}
	p, ok := f.packet(kind, body)
	if err == nil && !ok {
		err = errors.New("a packet does not fit its block, or its interface is not described: the file is damaged there")
	}
	return p, ok, err
}

// describe reads an interface.
func (f *ngFile) describe(body []byte) error {
	if len(body) < 8 {
		return errors.New("an interface is not described: the file is damaged there")
	}
	if len(f.interfaces) == maxInterfaces {
		return fmt.Errorf("more than %d interfaces", maxInterfaces)
	}
	i := ngInterface{link: layers.LinkType(f.order.Uint16(body)), snap: f.order.Uint32(body[4:]), tick: 1e6}
	for options := body[8:]; len(options) >= 4; {
		code, size := f.order.Uint16(options), int(f.order.Uint16(options[2:]))
		padded := 4 + (size+3)&^3
		if code == 0 || len(options) < 4+size {
			break
		}
		i.option(code, options[4:4+size], f.order)
		options = options[min(padded, len(options)):]
	}
	f.interfaces = append(f.interfaces, i)
	return nil
}

// option reads what matters of an interface: how it tells the time.
func (i *ngInterface) option(code uint16, value []byte, order binary.ByteOrder) {
	const resolution, offset = 9, 14
	switch {
	case code == offset && len(value) == 8:
		i.offset = int64(order.Uint64(value))
	case code == resolution && len(value) == 1 && value[0]&0x80 != 0 && value[0]&0x7f < 63:
		i.tick = 1 << (value[0] & 0x7f)
	case code == resolution && len(value) == 1 && value[0] < 19:
		i.tick = 1
		for range value[0] {
			i.tick *= 10
		}
	}
}

// packet reads the body of a block that holds one. ok is false if it makes no sense.
func (f *ngFile) packet(kind uint32, body []byte) (p framePacket, ok bool) {
	at, size, n := 20, uint32(0), uint32(0)
	switch {
	case kind == blockSimple && len(body) >= 4:
		at, p.wire = 4, int(min(f.order.Uint32(body), 1<<30))
		size = uint32(min(len(body)-4, p.wire))
		if len(f.interfaces) > 0 && f.interfaces[0].snap > 0 {
			size = min(size, f.interfaces[0].snap)
		}
	case kind != blockSimple && len(body) >= at:
		n = f.order.Uint32(body)
		if kind == blockPacket {
			n = uint32(f.order.Uint16(body))
		}
		size, p.wire = f.order.Uint32(body[12:]), int(min(f.order.Uint32(body[16:]), 1<<30))
	default:
		return p, false
	}
	if int64(n) >= int64(len(f.interfaces)) {
		return p, false
	}
	i := f.interfaces[n]
	p.link = i.link
	if kind != blockSimple {
		p.when = i.time(uint64(f.order.Uint32(body[4:]))<<32 | uint64(f.order.Uint32(body[8:])))
	}
	p.data = body[at:]
	if uint32(len(p.data)) > size {
		p.data = p.data[:size]
	}
	return p, true
}

func (i ngInterface) time(ticks uint64) time.Time {
	rest := float64(ticks%i.tick) / float64(i.tick) * 1e9
	if i.tick <= 1e9 {
		rest = float64(ticks % i.tick * 1e9 / i.tick)
	}
	return time.Unix(int64(ticks/i.tick)+i.offset, int64(rest)).UTC()
}
