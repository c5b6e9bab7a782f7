package profile

import "bytes"

// needle is a literal that is searched for by its rarest byte: IndexByte goes through tens of
// bytes at a time, and stops the seldomer the rarer the byte. The zero needle is everywhere.
type needle struct {
	text []byte
	rare int // the place of its rarest byte
}

func newNeedle(text []byte) needle {
	n := needle{text: text}
	for i, c := range text {
		if rarity[c] > rarity[text[n.rare]] {
			n.rare = i
		}
	}
	return n
}

// mistaken bounds how often the rarest byte may stand alone before bytes.Index, which looks
// at two, takes over.
const mistaken = 4

// index finds the first occurrence that begins at from or later; -1 if there is none.
func (n needle) index(line []byte, from int) int {
	if len(n.text) == 0 {
		return from
	}
	at, last := from+n.rare, len(line)-len(n.text)+n.rare
	for range mistaken {
		if at > last {
			return -1
		}
		i := bytes.IndexByte(line[at:last+1], n.text[n.rare])
		if i < 0 {
			return -1
		}
		begin := at + i - n.rare
		if bytes.Equal(line[begin:begin+len(n.text)], n.text) {
			return begin
		}
		at += i + 1
	}
	i := bytes.Index(line[at-n.rare:], n.text)
	if i < 0 {
		return -1
	}
	return at - n.rare + i
}

// rarity ranks bytes by how seldom they stand in log messages: letters of English text, digits
// and blanks are frequent, capitals and signs less so. It decides speed alone.
var rarity = func() (rank [256]uint8) {
	for i := range rank {
		rank[i] = 250
	}
	frequent := " e1t0a2oinsr39c4d5lu678m.p-:fghby/,=v_kw\"xISDEACTPRNMULOFH[]'jzqBVGWK()"
	for i := range len(frequent) {
		rank[frequent[i]] = uint8(2 * i)
	}
	return rank
}()
