package profile

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/panos"
)

// Attachment is a profile as the entry of a sender has it.
type Attachment struct {
	Profile Profile
	// Event is what a match means here, whatever the profile is meant for. The zero value
	// means panos.Login, the schema's default.
	Event panos.EventType
}

// Config says what Compile compiles: what the entry of one syslog sender holds.
type Config struct {
	Attachments   []Attachment // in the order of the configuration, at most MaxAttachments; none matches nothing
	DefaultDomain string       // overrides the domain of every user, or is put before it; empty leaves users alone
	// Dialect settles what is not documented. A switch at its zero value takes its default,
	// so the zero Dialect is panos.DefaultDialect.
	Dialect panos.Dialect
}

// Matcher reads messages as one sender's profiles do. It may be used concurrently.
type Matcher struct {
	profiles []compiled
	sieve    *sieve // nil where the profiles are few
	users    naming
	dialect  panos.Dialect
}

// Match is what one attached profile read from a message: one mapping for each address.
type Match struct {
	Profile   string          `json:"profile"`
	Event     panos.EventType `json:"event"`
	User      string          `json:"user"`      // as the firewall prints it: domain\user
	Raw       string          `json:"raw"`       // as it stands in the message
	Addresses []netip.Addr    `json:"addresses"` // at least one, each once, in the order found
}

// compiled is one attached profile.
type compiled struct {
	name      string
	event     panos.EventType
	gate      gate
	username  pattern
	address   pattern
	addresses int // how many are taken at most
}

// Compile prepares the profiles of a sender. The error joins everything that a firewall
// or the regular expressions of this package would refuse.
func Compile(c Config) (*Matcher, error) {
	dialect, err := c.Dialect.OrElse(panos.DefaultDialect())
	errs := []error{err}
	if n := len(c.Attachments); n > MaxAttachments {
		errs = append(errs, fmt.Errorf("%d profiles are attached, PAN-OS takes at most %d a sender", n, MaxAttachments))
	}
	if n := utf8.RuneCountInString(c.DefaultDomain); n > MaxDefaultDomain {
		errs = append(errs, fmt.Errorf("default domain has %d characters, PAN-OS takes at most %d", n, MaxDefaultDomain))
	}
	m := &Matcher{users: newNaming(c.DefaultDomain, dialect), dialect: dialect}
	names := map[string]bool{}
	for _, a := range c.Attachments {
		p, err := compile(a, dialect)
		if names[a.Profile.Name] {
			err = errors.Join(err, fmt.Errorf("profile %q is attached twice", a.Profile.Name))
		}
		names[a.Profile.Name] = true
		errs = append(errs, err)
		m.profiles = append(m.profiles, p)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	m.sieve = newSieve(m.profiles)
	return m, nil
}

func compile(a Attachment, d panos.Dialect) (compiled, error) {
	c := compiled{name: a.Profile.Name, event: a.Event, addresses: 1}
	switch a.Event {
	case "":
		c.event = panos.Login
	case panos.Login, panos.Logout:
	default:
		return c, fmt.Errorf("profile %q is attached with event type %q, want login or logout", c.name, a.Event)
	}
	if err := a.Profile.Validate(); err != nil {
		return c, err
	}
	if f := a.Profile.Field; f != nil {
		c.gate = newLiteral(eventString, f.EventString, d.Case)
		c.username = newField(usernamePrefix, f.UsernamePrefix, usernameDelimiter, f.UsernameDelimiter, d)
		c.address = newField(addressPrefix, f.AddressPrefix, addressDelimiter, f.AddressDelimiter, d)
		c.addresses = max(f.AddressesPerLog, 1)
		return c, nil
	}
	r := a.Profile.Regex
	gate, err1 := newRegex(eventRegex, r.EventRegex, d)
	username, err2 := newRegex(usernameRegex, r.UsernameRegex, d)
	address, err3 := newRegex(addressRegex, r.AddressRegex, d)
	c.gate, c.username, c.address = gate, username, address
	return c, errors.Join(err1, err2, err3)
}

// Found is what one attached profile read from a message, as places in the message: Match
// without its text.
type Found struct {
	Profile int  // the place of its attachment, from 0
	User    Span // as it stands in the message
	// Addresses are the first Count of the array: at least one, each once, in the order found.
	Addresses [MaxAddressesPerLog]netip.Addr
	Count     int
}

// Match appends to dst what the profiles read from line. A message that maps nothing adds
// nothing. A line end at the end of line is not part of it. Nothing of line is kept.
func (m *Matcher) Match(dst []Match, line []byte) []Match {
	var few [4]Found
	for _, f := range m.Find(few[:0], line) {
		dst = append(dst, m.Extract(f, line))
	}
	return dst
}

// Extract takes what Find has found in a line out of it.
func (m *Matcher) Extract(f Found, line []byte) Match {
	return m.match(&m.profiles[f.Profile], f, line)
}

func (m *Matcher) match(p *compiled, f Found, line []byte) Match {
	raw := string(f.User.of(line))
	user, _ := m.users.print(raw) // read has asked named
	return Match{Profile: p.name, Event: p.event, User: user, Raw: raw, Addresses: slices.Clone(f.Addresses[:f.Count])}
}

// Find is Match for many messages: it appends places to dst and, as long as dst has room,
// allocates nothing but where an address is IPv6 or a pattern needs package regexp.
func (m *Matcher) Find(dst []Found, line []byte) []Found {
	return m.find(dst, unended(line))
}

// find is Find for a line without a line end.
func (m *Matcher) find(dst []Found, line []byte) []Found {
	text, base := line, 0
	if m.dialect.MatchOn == panos.MatchContent {
		base = headerEnd(line)
		text = line[base:]
	}
	may := ^uint32(0)
	if m.sieve != nil {
		may = m.sieve.pass(text)
	}
	for i := range m.profiles {
		if may&(1<<i) == 0 {
			continue
		}
		p := &m.profiles[i]
		if !p.gate.matches(text) {
			continue
		}
		if n := len(dst); n < cap(dst) {
			dst = dst[:n+1]
			dst[n].Count = 0 // of what stood there before, Count addresses are left
		} else {
			dst = append(dst, Found{})
		}
		f := &dst[len(dst)-1]
		if !m.read(p, text, f) {
			dst = dst[:len(dst)-1]
			continue
		}
		f.Profile, f.User = i, f.User.move(base)
		if m.dialect.SeveralProfiles == panos.SeveralFirst {
			break
		}
	}
	return dst
}

// read applies one profile to a line that its gate lets through, and says whether it maps.
func (m *Matcher) read(p *compiled, line []byte, f *Found) bool {
	name, s := m.username(p, line)
	if s != found || !named(name.value.of(line)) {
		return false
	}
	f.User = name.value
	if p.addresses == 1 {
		if at, s := p.address.next(line, hit{}); s == found {
			if at, s = m.trim(line, at, s); s == found {
				m.take(line, at, f)
			}
		}
		return f.Count > 0
	}
	for at := range m.addresses(p, line) {
		m.take(line, at, f)
	}
	return f.Count > 0
}

// take adds an address that is good, and not there yet.
func (m *Matcher) take(line []byte, at hit, f *Found) {
	a, problem := address(at.value.of(line), &m.dialect)
	if problem == "" && !slices.Contains(f.Addresses[:f.Count], a) {
		f.Addresses[f.Count] = a
		f.Count++
	}
}

// username finds the user name.
func (m *Matcher) username(p *compiled, line []byte) (hit, stop) {
	h, s := p.username.next(line, hit{})
	return m.trim(line, h, s)
}

// addresses yields the places of up to p.addresses values, good addresses or not, and
// ends at the first that cannot be found.
func (m *Matcher) addresses(p *compiled, line []byte) func(yield func(hit) bool) {
	return func(yield func(hit) bool) {
		var previous hit
		for range p.addresses {
			h, s := p.address.next(line, previous)
			previous = h
			switch h, s = m.trim(line, h, s); s {
			case found:
				if !yield(h) {
					return
				}
			case emptyValue: // takes the place of an address, as a bad one does
			default:
				return
			}
		}
	}
}

// round is what trim takes off: blanks and quotes.
const round = " \t\"'"

// trim takes blanks and quotes off a value, if the dialect does.
func (m *Matcher) trim(line []byte, h hit, s stop) (hit, stop) {
	if s != found || m.dialect.TrimValue != panos.Yes {
		return h, s
	}
	value := h.value.of(line)
	h.value.Start += len(value) - len(bytes.TrimLeft(value, round))
	h.value.End = h.value.Start + len(bytes.Trim(value, round))
	if h.value.Len() == 0 {
		return h, emptyValue
	}
	return h, found
}
