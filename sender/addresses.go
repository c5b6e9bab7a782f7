package sender

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"sort"
	"strings"
)

// addressPool numbers the usable addresses of some prefixes.
type addressPool struct {
	prefixes []netip.Prefix
	ends     []uint64 // number of addresses up to the end of each prefix
	skip     []uint64 // addresses at the start of each prefix that are not used
}

// maxPerPrefix bounds the addresses taken from one prefix, which IPv6 has more of than can
// be counted.
const maxPerPrefix = 1 << 32

// newAddressPool refuses prefixes that share addresses: one address has one user.
func newAddressPool(prefixes []netip.Prefix) (*addressPool, error) {
	p := &addressPool{}
	var total uint64
	for i, prefix := range prefixes {
		if !prefix.IsValid() || prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("address prefix %q is not usable", prefix)
		}
		for _, other := range prefixes[:i] {
			if prefix.Overlaps(other) {
				return nil, fmt.Errorf("address prefixes %s and %s overlap", other, prefix)
			}
		}
		skip, n := usable(prefix)
		total += n
		p.prefixes = append(p.prefixes, prefix.Masked())
		p.skip = append(p.skip, skip)
		p.ends = append(p.ends, total)
	}
	return p, nil
}

// usable is what hosts can have of a prefix: not the network's and the broadcast address
// (RFC 3021 gives both up for a /31), nor the routers' anycast address of IPv6 (RFC 4291
// section 2.6.1; RFC 6164 for a /127).
func usable(prefix netip.Prefix) (skip, n uint64) {
	host := prefix.Addr().BitLen() - prefix.Bits()
	n = uint64(maxPerPrefix)
	if host < 32 {
		n = 1 << host
	}
	switch {
	case host <= 1:
		return 0, n
	case prefix.Addr().Is4():
		return 1, n - 2
	default:
		return 1, n - 1
	}
}

func (p *addressPool) size() uint64 {
	if len(p.ends) == 0 {
		return 0
	}
	return p.ends[len(p.ends)-1]
}

// at returns address i, below size.
func (p *addressPool) at(i uint64) netip.Addr {
	which := sort.Search(len(p.ends), func(j int) bool { return i < p.ends[j] })
	if which > 0 {
		i -= p.ends[which-1]
	}
	return plus(p.prefixes[which].Addr(), i+p.skip[which])
}

func (p *addressPool) String() string {
	words := make([]string, len(p.prefixes))
	for i, prefix := range p.prefixes {
		words[i] = prefix.String()
	}
	return strings.Join(words, ", ")
}

// plus returns the address n further on in its prefix. The first address of a prefix has
// zeros there, so that nothing is carried beyond it.
func plus(a netip.Addr, n uint64) netip.Addr {
	if a.Is4() {
		b := a.As4()
		binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+uint32(n))
		return netip.AddrFrom4(b)
	}
	b := a.As16()
	binary.BigEndian.PutUint64(b[8:], binary.BigEndian.Uint64(b[8:])+n)
	return netip.AddrFrom16(b)
}

// shuffle is an order of the numbers below n that a seed decides and that takes no memory:
// i*step+first modulo n, where step and n have no common divisor.
type shuffle struct{ n, step, first uint64 }

func newShuffle(n uint64, random *rand.Rand) shuffle {
	if n < 2 {
		return shuffle{n: max(n, 1), step: 1}
	}
	s := shuffle{n: n, first: random.Uint64N(n)}
	for s.step = random.Uint64N(n); commonDivisor(s.step, n) != 1; {
		s.step = random.Uint64N(n)
	}
	return s
}

// at is where number i stands, for any i; it repeats after n.
func (s shuffle) at(i uint64) uint64 {
	hi, lo := bits.Mul64(i%s.n, s.step)
	sum, carry := bits.Add64(lo, s.first, 0)
	return bits.Rem64(hi+carry, sum, s.n)
}

func commonDivisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
