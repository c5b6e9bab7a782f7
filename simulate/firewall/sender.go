package firewall

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// sender is a server-monitor entry in use.
type sender struct {
	Sender
	compiled
	dialect panos.Dialect

	// Under the firewall's lock.
	logMessages uint64
	authSuccess uint64
	connections panos.Connections
}

// compiled is the profiles of a sender in each way that a fault may attach them.
type compiled struct {
	attached matching
	swapped  matching // with the event types exchanged
	logins   matching // with every one as a login
	bare     matching // without any profile
}

// matching is a set of attached profiles, compiled.
type matching struct {
	matcher  *profile.Matcher
	profiles []profile.Attachment
}

func newSender(config Sender, dialect panos.Dialect) (*sender, error) {
	c, err := compile(config.Profiles, config.DefaultDomain, dialect)
	if err != nil {
		return nil, fmt.Errorf("sender %q: %w", config.Name, err)
	}
	return &sender{Sender: config, compiled: c, dialect: dialect}, nil
}

func compile(attached []profile.Attachment, domain string, dialect panos.Dialect) (c compiled, err error) {
	for _, m := range []struct {
		into     *matching
		profiles []profile.Attachment
	}{{&c.attached, attached}, {&c.swapped, swapped(attached)}, {&c.logins, logins(attached)}, {&c.bare, nil}} {
		matcher, err := profile.Compile(profile.Config{
			Attachments: m.profiles, DefaultDomain: domain, Dialect: dialect,
		})
		if err != nil {
			return compiled{}, err
		}
		*m.into = matching{matcher, m.profiles}
	}
	return c, nil
}

// swapped exchanges the event types.
func swapped(attached []profile.Attachment) []profile.Attachment {
	attached = slices.Clone(attached)
	for i, a := range attached {
		attached[i].Event = panos.Logout
		if a.Event == panos.Logout {
			attached[i].Event = panos.Login
		}
	}
	return attached
}

// logins makes every event type a login.
func logins(attached []profile.Attachment) []profile.Attachment {
	attached = slices.Clone(attached)
	for i := range attached {
		attached[i].Event = panos.Login
	}
	return attached
}

// matching is what the sender's profiles are while these faults run.
func (s *sender) matching(e *effects) matching {
	c := &s.compiled
	if e.overridden != nil && e.overridden.sender == s.Name {
		c = &e.overridden.compiled
	}
	switch {
	case e.noProfile == s.Name:
		return c.bare
	case e.wrongEvent == s.Name:
		return c.swapped
	case e.logoutsMap == s.Name:
		return c.logins
	}
	return c.attached
}

// match asks the profiles about a message, and says for each what it made of it. Match
// gives its answers in the order of the attachments.
func (m matching) match(text []byte) []Verdict {
	matches := m.matcher.Match(nil, text)
	verdicts := make([]Verdict, len(m.profiles))
	for i, a := range m.profiles {
		v := &verdicts[i]
		v.Profile, v.Event, v.Outcome = a.Profile.Name, a.Event, string(profile.Nothing)
		if v.Event == "" {
			v.Event = panos.Login
		}
		if len(matches) == 0 || matches[0].Profile != v.Profile || matches[0].Event != v.Event {
			continue
		}
		v.User, v.Addresses = matches[0].User, matches[0].Addresses
		v.Outcome = string(profile.Mapping)
		if v.Event == panos.Logout {
			v.Outcome = string(profile.Logout)
		}
		matches = matches[1:]
	}
	return verdicts
}

// find attributes a message to its sender: the first enabled entry with its source
// address and transport; nil if there is none. An entry that the fault wrong-transport has
// put there stands behind the others, so that it takes nothing away from them.
func (fw *Firewall) find(e *effects, source netip.Addr, transport panos.ConnectionType) *sender {
	source = source.Unmap().WithZone("")
	var behind *sender
	for _, s := range fw.senders {
		switch {
		case s.Address != source || s.connection(e) != transport || !s.used(e):
		case e.wrongTransport == s.Name:
			behind = s
		default:
			return s
		}
	}
	return behind
}
