package profile

import (
	"bytes"
	"math/bits"
)

// A sieve says in one pass over a message which of several profiles may match it: those whose
// event has a literal that stands there. It is the search of Wu and Manber for many literals at
// once (TR 94-17, University of Arizona), which skips as many bytes as the shortest is long, so that
// twenty profiles cost little more than one.
type sieve struct {
	always uint32 // profiles of which nothing is known; MaxAttachments fit
	all    uint32
	window int // length of the shortest literal
	skip   [sieveSize]uint8
	grains [sieveSize][]grain
}

const sieveSize = 1 << 12

// grain is a literal and the profiles, as bits, that it speaks for.
type grain struct {
	text     []byte
	profiles uint32
}

// sieveFrom is how many profiles a sieve needs to be worth its pass, and shortest how long their
// literals have to be.
const (
	sieveFrom = 3
	shortest  = 3
)

// newSieve makes the sieve of some profiles; nil where each for itself is as fast.
func newSieve(profiles []compiled) *sieve {
	if len(profiles) < sieveFrom {
		return nil
	}
	s := &sieve{window: 255}
	var grains []grain
	for i, p := range profiles {
		bit := uint32(1) << i
		s.all |= bit
		texts := p.gate.literals()
		for _, text := range texts {
			if len(text) < shortest {
				texts = nil
				break
			}
		}
		if texts == nil {
			s.always |= bit
			continue
		}
		for _, text := range texts {
			grains = append(grains, grain{text, bit})
			s.window = min(s.window, len(text))
		}
	}
	if bits.OnesCount32(s.all&^s.always) < sieveFrom {
		return nil
	}
	s.fill(grains)
	return s
}

func (s *sieve) fill(grains []grain) {
	for i := range s.skip {
		s.skip[i] = uint8(s.window - 1)
	}
	for _, g := range grains {
		for at := 1; at < s.window; at++ {
			h := sieveHash(g.text[at-1], g.text[at])
			s.skip[h] = min(s.skip[h], uint8(s.window-1-at))
		}
		last := sieveHash(g.text[s.window-2], g.text[s.window-1])
		s.grains[last] = append(s.grains[last], g)
	}
}

func sieveHash(a, b byte) int { return (int(a)<<5 ^ int(b)) & (sieveSize - 1) }

// pass returns, as bits, the profiles that may match.
func (s *sieve) pass(line []byte) uint32 {
	may := s.always
	for at := s.window - 1; at < len(line) && may != s.all; {
		h := sieveHash(line[at-1], line[at])
		if skip := s.skip[h]; skip > 0 {
			at += int(skip)
			continue
		}
		for _, g := range s.grains[h] {
			if may&g.profiles == 0 && bytes.HasPrefix(line[at-s.window+1:], g.text) {
				may |= g.profiles
			}
		}
		at++
	}
	return may
}

// literals are such that one of them stands in every message that the expression matches; nil
// where none are known.
func (r *regex) literals() (texts [][]byte) {
	for _, gate := range r.gates {
		text := gate.rare.text
		if text == nil {
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

func (l literal) literals() [][]byte {
	if l.fold != nil {
		return nil
	}
	return [][]byte{l.text}
}
