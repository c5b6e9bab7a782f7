package diagnose

import (
	"encoding/binary"
	"slices"
)

func sortByOrder(all []*load) {
	slices.SortFunc(all, func(a, b *load) int { return a.first.order - b.first.order })
}

// maxMessage bounds a message of a stream that is kept to be read; of a longer one the beginning is.
const maxMessage = 32 << 10

// framedTalk reads messages that follow their lengths: Kerberos, RFC 4120 section 7.2.2, and DNS,
// RFC 1035 section 4.2.2, over TCP.
type framedTalk struct {
	head int // bytes of the length
	read func(side int, message []byte, whole bool, at moment)
	in   [2]framed
}

type framed struct {
	buffer []byte
	skip   int // bytes of a message that is too long to be kept
	lost   bool
}

func (t *framedTalk) data(side int, b []byte, at moment) {
	in := &t.in[side]
	if in.lost {
		return
	}
	if in.skip > 0 {
		n := min(in.skip, len(b))
		in.skip -= n
		b = b[n:]
	}
	in.buffer = append(in.buffer, b...)
	for len(in.buffer) >= t.head {
		size := int(binary.BigEndian.Uint16(in.buffer))
		if t.head == 4 {
			size = int(binary.BigEndian.Uint32(in.buffer) & 0x7fffffff)
		}
		if size > 1<<20 {
			in.lost, in.buffer = true, nil // the capture begins in the middle, or it is no such stream
			return
		}
		switch {
		case len(in.buffer) >= t.head+size:
			t.read(side, in.buffer[t.head:t.head+size], true, at)
			in.buffer = append(in.buffer[:0], in.buffer[t.head+size:]...)
		case len(in.buffer) >= maxMessage:
			t.read(side, in.buffer[t.head:], false, at)
			in.skip = t.head + size - len(in.buffer)
			in.buffer = nil
		default:
			return
		}
	}
}

// gap loses the place of the next length.
func (t *framedTalk) gap(side int) { t.in[side] = framed{lost: true} }

func (t *framedTalk) end(ending, moment) {}
