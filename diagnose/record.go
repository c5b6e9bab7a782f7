package diagnose

import (
	"fmt"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/symptom"
)

// What a symptom is seen at.
type kind int

const (
	atLog      kind = iota // a line of the log that names nobody, or a server by name
	atServer               // a row of the table of directory servers
	atSender               // a syslog sender
	atListener             // one of the two listener services
	atUnit                 // this firewall, of a pair
	atHost                 // a host that was pinged
	atProfile              // a profile that test authentication was asked about
	atWire                 // a host in a capture
)

// subject is what a symptom is seen at, as the text names it.
type subject struct {
	kind kind
	name string // of the server, the sender, the host, the profile
	host string // its address or name on the network
	vsys string // "vsys1"
	ssl  bool   // of a sender or listener
}

// sight is one place of the texts. The text of its line is as it was read: secrets are taken out
// when it is shown, which most lines never are.
type sight struct {
	Line
	when  string // as the line has it; "" without a time
	order int
}

// seen is a symptom at a subject.
type seen struct {
	subject subject
	id      string // of the symptom, or of what has none: "kerberos.number"
	symptom *symptom.Symptom
	own     *ownSymptom // of a user's rule
	what    lang.Text   // what was seen, where no symptom says it, and what a capture adds to one
	file    *fileRecord // of the first sight

	count       int
	first, last sight
	context     []string         // lines that stood before the first
	status      check.Status     // 0 is for the table to say
	details     []check.Evidence // what a capture shows beside the packet
	spells      []spell
	moreSpells  int // beyond maxSpells
}

// spell is one symptom over and over again, with nothing else between.
type spell struct {
	first, last sight
	count       int
}

// The bounds of what is remembered: different things, and how often they came back.
const (
	maxSeen   = 5_000
	maxSpells = 50
)

type seenKey struct {
	subject subject
	id      string
	what    string
}

// record is everything that was seen.
type record struct {
	byKey map[seenKey]*seen
	all   []*seen // in order
	// latest is what was seen last at a subject.
	latest  map[subject]*seen
	dropped int // sights of things beyond maxSeen
}

func newRecord() record {
	return record{byKey: map[seenKey]*seen{}, latest: map[subject]*seen{}}
}

// add notes a sight and returns what it belongs to; began says that a spell begins with it.
// nil beyond the bound.
func (r *record) add(s seen, at sight) (known *seen, began bool) {
	key := seenKey{s.subject, s.id, s.what.EN}
	known = r.byKey[key]
	if known == nil {
		if len(r.all) >= maxSeen {
			r.dropped++
			return nil, false
		}
		known = &s
		known.first = at
		r.byKey[key] = known
		r.all = append(r.all, known)
	}
	known.count++
	known.last = at
	began = r.latest[s.subject] != known
	r.latest[s.subject] = known
	known.spell(at, began)
	return known, began
}

func (s *seen) spell(at sight, begins bool) {
	at.Text = "" // a timeline has no lines
	switch {
	case !begins && len(s.spells) > 0:
		last := &s.spells[len(s.spells)-1]
		last.last = at
		last.count++
	case len(s.spells) == maxSpells:
		s.moreSpells++
	default:
		s.spells = append(s.spells, spell{at, at, 1})
	}
}

// times says how often and when.
func (s spell) String() string {
	text := fmt.Sprintf("%s:%d", s.first.File, s.first.Number)
	if s.first.when != "" {
		text = s.first.when + " " + text
	}
	if s.count == 1 {
		return text
	}
	last := s.last.when
	if last == "" || last == s.first.when {
		last = fmt.Sprintf("line %d", s.last.Number)
	}
	return fmt.Sprintf("%s, %d times until %s", text, s.count, last)
}
