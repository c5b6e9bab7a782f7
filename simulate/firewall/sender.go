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
	attached matching
	swapped  matching // with the event types exchanged
	bare     matching // without any profile

	// Under the firewall's lock.
	logMessages uint64
	authSuccess uint64
	connections panos.Connections
}

// matching is a set of attached profiles, compiled.
type matching struct {
	matcher  *profile.Matcher
	profiles []profile.Attachment
}

func newSender(config Sender, dialect panos.Dialect) (*sender, error) {
	s := &sender{Sender: config}
	swapped := slices.Clone(config.Profiles)
	for i, a := range swapped {
		swapped[i].Event = panos.Logout
		if a.Event == panos.Logout {
			swapped[i].Event = panos.Login
		}
	}
	for _, m := range []struct {
		into     *matching
		profiles []profile.Attachment
	}{{&s.attached, config.Profiles}, {&s.swapped, swapped}, {&s.bare, nil}} {
		matcher, err := profile.Compile(profile.Config{
			Attachments: m.profiles, DefaultDomain: config.DefaultDomain, Dialect: dialect,
		})
		if err != nil {
			return nil, fmt.Errorf("sender %q: %w", config.Name, err)
		}
		*m.into = matching{matcher, m.profiles}
	}
	return s, nil
}

// matching is what the sender's profiles are while these faults run.
func (s *sender) matching(e *effects) matching {
	switch {
	case e.noProfile == s.Name:
		return s.bare
	case e.wrongEvent == s.Name:
		return s.swapped
	}
	return s.attached
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
// address and transport; nil if there is none.
func (fw *Firewall) find(source netip.Addr, transport panos.ConnectionType) *sender {
	source = source.Unmap().WithZone("")
	for _, s := range fw.senders {
		if s.Address == source && s.Connection == transport && !s.Disabled {
			return s
		}
	}
	return nil
}
