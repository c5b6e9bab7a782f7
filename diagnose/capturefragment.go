package diagnose

import (
	"net/netip"
	"slices"
)

// fragmentKey is what the fragments of one packet have in common.
type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
	protocol uint8
}

// The bounds of what waits for its other fragments.
const (
	maxPartials  = 64
	maxDatagram  = 64 << 10
	maxFragments = 128 // of one packet
)

// partial is a packet of which some fragments have come.
type partial struct {
	key    fragmentKey
	pieces []fragment
	size   int // of the whole; 0 as long as the last fragment is not known
}

type fragment struct {
	at   int
	data []byte
}

// fragments puts packets together that came in pieces. The oldest give way to new ones.
type fragments struct {
	partials []*partial
	lost     int // packets that were never whole
}

// add takes a fragment and returns the packet once it is whole; errPartial until then.
func (f *fragments) add(key fragmentKey, at int, data []byte, more bool, missing int) ([]byte, error) {
	i := slices.IndexFunc(f.partials, func(p *partial) bool { return p.key == key })
	if i < 0 {
		if len(f.partials) == maxPartials {
			f.partials = slices.Delete(f.partials, 0, 1)
			f.lost++
		}
		f.partials = append(f.partials, &partial{key: key})
		i = len(f.partials) - 1
	}
	p := f.partials[i]
	if missing > 0 || at+len(data) > maxDatagram || len(p.pieces) == maxFragments {
		return nil, errPartial
	}
	if !more {
		p.size = at + len(data)
	}
	p.pieces = append(p.pieces, fragment{at, slices.Clone(data)})
	whole := p.whole()
	if whole == nil {
		return nil, errPartial
	}
	f.partials = slices.Delete(f.partials, i, i+1)
	return whole, nil
}

// whole is the packet; nil as long as there is a hole in it.
func (p *partial) whole() []byte {
	if p.size == 0 {
		return nil
	}
	slices.SortStableFunc(p.pieces, func(a, b fragment) int { return a.at - b.at })
	var all []byte
	for _, piece := range p.pieces {
		if piece.at > len(all) {
			return nil
		}
		if end := piece.at + len(piece.data); end > len(all) {
			all = append(all, piece.data[len(all)-piece.at:]...)
		}
	}
	if len(all) < p.size {
		return nil
	}
	return all[:p.size]
}
