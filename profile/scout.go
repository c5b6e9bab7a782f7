package profile

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"
	"unicode/utf8"
)

// A scout goes through whole blocks of lines for a literal that every match holds, so that
// lines without it are not even cut. It is worth it where few lines have it.
type scout struct {
	choice []needle // one of which is searched for; every match holds all
	sieve  *sieve   // or this, where there are several profiles

	needle atomic.Pointer[needle] // chosen from the first block
	dense  atomic.Bool            // so many lines have it that cutting each is faster
}

// newScout returns the scout of a matcher; nil where a match need not hold any literal.
func newScout(m *Matcher) *scout {
	if m.sieve != nil && m.sieve.always == 0 {
		return &scout{sieve: m.sieve}
	}
	if len(m.profiles) != 1 {
		return nil
	}
	p := m.profiles[0]
	s := &scout{}
	if texts := p.gate.literals(); len(texts) == 1 {
		s.choice = append(s.choice, newNeedle(texts[0]))
	}
	for _, part := range []pattern{p.username, p.address} {
		if text := part.literal(); text != nil {
			s.choice = append(s.choice, newNeedle(text))
		}
	}
	if s.choice == nil {
		return nil
	}
	return s
}

// look chooses the literal that is found fastest in what the stream begins with: its rarest
// byte is a stop, the whole of it a line to read. Only the first look chooses.
func (s *scout) look(sample []byte) {
	if s.sieve != nil || s.needle.Load() != nil {
		return
	}
	sample = sample[:min(len(sample), 64<<10)]
	best, least := 0, -1
	for i, n := range s.choice {
		cost := bytes.Count(sample, n.text[n.rare:n.rare+1]) + 16*bytes.Count(sample, n.text)
		if least < 0 || cost < least {
			best, least = i, cost
		}
	}
	s.needle.Store(&s.choice[best])
}

// next finds the first place from from on where a literal is; -1 if there is none.
func (s *scout) next(data []byte, from int) int {
	if s.sieve != nil {
		return s.sieve.next(data, from)
	}
	return s.needle.Load().index(data, from)
}

// count is match where only the totals are wanted.
func (s *stream) count(b *block) {
	s.survey(b)
	if s.scout != nil && !s.scout.dense.Load() && b.cut == 0 {
		if stops := s.sparse(b); stops > b.totals.Lines/4 {
			s.scout.dense.Store(true)
		}
		return
	}
	line := Line{counts: make([]int, len(s.matchers))}
	for data := b.data; len(data) > 0; {
		line.Text, data, line.Cut = s.next(b, data)
		s.tally(b, &line)
	}
}

// survey counts the lines of a block and what is wrong with them: line by line only where
// something is.
func (s *stream) survey(b *block) {
	t, data := &b.totals, b.data
	t.Lines = int64(bytes.Count(data, []byte{'\n'}))
	if n := len(data); n > 0 && data[n-1] != '\n' {
		t.Lines++
		t.Unterminated = b.last
	}
	t.OverLong = overLong(data, s.config.MaxLine)
	if b.cut > 0 {
		t.OverLong = 1 // such a block is one line
	}
	if clean(data) || bytes.IndexByte(data, 0) < 0 && utf8.Valid(data) {
		return
	}
	for len(data) > 0 {
		text, rest, cut := s.next(b, data)
		broken(t, text, cut)
		data = rest
	}
}

// clean says that a text is ASCII without a NUL, in one pass, eight bytes at a time.
func clean(data []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	var bad uint64
	for ; len(data) >= 32; data = data[32:] {
		a, b := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[8:])
		c, d := binary.LittleEndian.Uint64(data[16:]), binary.LittleEndian.Uint64(data[24:])
		// A byte less one has its high bit set where the byte was 0, or was beyond ASCII before.
		bad |= a | b | c | d | (a - ones) | (b - ones) | (c - ones) | (d - ones)
		if bad&highs != 0 {
			return false // also where a borrow only looks so: it is looked at again
		}
	}
	for _, c := range data {
		if c == 0 || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// sparse reads the lines that have the literal, and says how many these are.
func (s *stream) sparse(b *block) (stops int64) {
	m := s.matchers[0]
	var found []Found
	for at := 0; ; stops++ {
		at = s.scout.next(b.data, at)
		if at < 0 {
			return stops
		}
		begin := bytes.LastIndexByte(b.data[:at], '\n') + 1
		text, rest, _ := s.next(b, b.data[begin:])
		if found = m.find(found[:0], text); len(found) > 0 {
			b.totals.Matched++
			m.count(&b.totals, found)
		}
		if at = len(b.data) - len(rest); len(rest) == 0 {
			return stops + 1
		}
	}
}

// overLong counts the lines that are longer than most, without a look at each line: where the
// next most bytes have a line end, all lines up to it are short enough.
func overLong(data []byte, most int) (n int64) {
	for len(data) > most {
		window := data[:most+1]
		end := bytes.LastIndexByte(window, '\n')
		if end < 0 {
			rest := bytes.IndexByte(data[most:], '\n')
			if rest < 0 {
				rest = len(data) - most
			}
			if len(bytes.TrimSuffix(data[:most+rest], []byte("\r"))) > most {
				n++
			}
			data = data[min(most+rest+1, len(data)):]
			continue
		}
		data = data[end+1:]
	}
	return n
}

// broken counts what is wrong with one line. That a rune was cut in two is our doing.
func broken(t *Totals, text []byte, cut int64) {
	if bytes.IndexByte(text, 0) >= 0 {
		t.NUL++
	}
	if cut > 0 {
		text = whole(text)
	}
	if !utf8.Valid(text) {
		t.NotUTF8++
	}
}

// whole leaves out the beginning of a rune at the end of a text.
func whole(text []byte) []byte {
	for i := len(text) - 1; i >= 0 && i >= len(text)-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				return text[:i]
			}
			break
		}
	}
	return text
}

// next finds the first place from from on where one of the literals begins; -1 if there is none.
func (s *sieve) next(data []byte, from int) int {
	for at := from + s.window - 1; at < len(data); {
		h := sieveHash(data[at-1], data[at])
		if skip := s.skip[h]; skip > 0 {
			at += int(skip)
			continue
		}
		begin := at - s.window + 1
		for _, g := range s.grains[h] {
			if bytes.HasPrefix(data[begin:], g.text) {
				return begin
			}
		}
		at++
	}
	return -1
}

// literal is one that every match of the expression holds; nil where none is known.
func (r *regex) literal() []byte {
	if r.fast == nil {
		return nil
	}
	return r.fast.rare.text
}

func (f field) literal() []byte {
	if f.prefix.fold != nil {
		return nil
	}
	return f.prefix.text
}
