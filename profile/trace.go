package profile

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// Outcome is what a message became.
type Outcome string

// The outcomes.
const (
	Mapping Outcome = "mapping" // a log-in: its addresses are mapped to the user
	Logout  Outcome = "logout"  // a log-out: the mappings of its addresses are deleted
	Nothing Outcome = "nothing"
)

// Trace is what one attached profile did with a message, part by part.
type Trace struct {
	Profile string          `json:"profile"`
	Event   panos.EventType `json:"event"`
	Parts   [3]Part         `json:"parts"` // event, username, address
	Outcome Outcome         `json:"outcome"`
	Why     string          `json:"why,omitempty"`   // why the outcome is Nothing; empty otherwise
	Match   *Match          `json:"match,omitempty"` // what was read; nil if the outcome is Nothing
}

// Role is what a part of a profile is for.
type Role string

// The roles, in the order of Trace.Parts.
const (
	EventPart    Role = "event"
	UsernamePart Role = "username"
	AddressPart  Role = "address"
)

// Part is what one part of a profile found. All spans are of the line as it was given to
// Trace; columns in words count its bytes from 1.
type Part struct {
	Role    Role   `json:"role"`
	Element string `json:"element"` // the XML element that gave up, or the first of the part: "username-prefix"
	Pattern string `json:"pattern"` // its text
	Matched bool   `json:"matched"` // the part did its work: a username part without a user has not
	// Span is all that matched, or, where the part gave up, the longest piece that did; it is
	// empty if nothing did.
	Span   Span    `json:"span"`
	Values []Value `json:"values,omitempty"` // what was taken out, also if it could not be used
	// Progress is how many bytes of the part's patterns found their match.
	Progress int    `json:"progress"`
	Token    string `json:"token,omitempty"`   // the rest of the pattern, from the token that gave up
	Problem  string `json:"problem,omitempty"` // why the part did not match, in words; empty if it did
	Hint     string `json:"hint,omitempty"`    // what may be behind it, or what else to know
}

// Value is a piece of a message that was taken for a user name or an address.
type Value struct {
	Span    Span       `json:"span"`
	Text    string     `json:"text"`
	Address netip.Addr `json:"address,omitzero"`  // what is mapped; zero for a user name, and where there is a problem
	Problem string     `json:"problem,omitempty"` // why the value cannot be used
}

// Trace explains what every attached profile did with line, in order. Its outcomes are
// those of Match. It is slower than Match by far.
func (m *Matcher) Trace(line []byte) []Trace {
	text, base := body(line, m.dialect.MatchOn)
	traces := make([]Trace, 0, len(m.profiles))
	first := "" // the profile that leaves nothing to those behind it
	for i := range m.profiles {
		t := m.trace(&m.profiles[i], text, base)
		if t.Outcome != Nothing && first != "" {
			t.Outcome, t.Match = Nothing, nil
			t.Why = fmt.Sprintf("profile %q stands before it and matched, and only the first counts (dialect switch several_profiles)", first)
		}
		if t.Outcome != Nothing && m.dialect.SeveralProfiles == panos.SeveralFirst {
			first = t.Profile
		}
		traces = append(traces, t)
	}
	return traces
}

// trace explains one profile. The outcome is what read says; the parts only explain it.
func (m *Matcher) trace(p *compiled, text []byte, base int) Trace {
	t := Trace{Profile: p.name, Event: p.event, Outcome: Nothing}
	v := view{text, base}
	t.Parts = [3]Part{v.event(p.gate), m.userPart(p, v), m.addressPart(p, v)}
	for i := range t.Parts {
		t.Parts[i].move(base)
	}
	var f Found
	if !p.gate.matches(text) || !m.read(p, text, &f) {
		t.Why = t.gaveUp().Problem
		return t
	}
	match := m.match(p, f, text)
	t.Match, t.Outcome = &match, Mapping
	if p.event == panos.Logout {
		t.Outcome = Logout
	}
	return t
}

// gaveUp returns the first part that did not match.
func (t Trace) gaveUp() Part {
	for _, p := range t.Parts {
		if !p.Matched {
			return p
		}
	}
	return Part{}
}

// matched counts the parts that matched.
func (t Trace) matched() (n int) {
	for _, p := range t.Parts {
		if p.Matched {
			n++
		}
	}
	return n
}

// Nearest returns the trace of the profile that came nearest to reading the message: most
// parts matched, then the event among them, since it tells most of a message, then the
// farthest token. The first of equals wins. ok is false without traces.
func Nearest(traces []Trace) (t Trace, ok bool) {
	if len(traces) == 0 {
		return Trace{}, false
	}
	return slices.MaxFunc(traces, func(a, b Trace) int {
		return cmp.Or(
			cmp.Compare(a.matched(), b.matched()),
			compareBool(a.Parts[0].Matched, b.Parts[0].Matched),
			cmp.Compare(a.gaveUp().Progress, b.gaveUp().Progress))
	}), true
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// String is the trace in one line, without a line end.
func (t Trace) String() string {
	head := fmt.Sprintf("%s (%s): ", t.Profile, t.Event)
	if t.Match == nil {
		return head + "nothing: " + t.Why
	}
	addresses := make([]string, len(t.Match.Addresses))
	for i, a := range t.Match.Addresses {
		addresses[i] = a.String()
	}
	text := "maps %s to %s"
	if t.Outcome == Logout {
		text = "ends the mapping of %s to %s"
	}
	return head + fmt.Sprintf(text, strings.Join(addresses, ", "), brief(t.Match.User))
}
