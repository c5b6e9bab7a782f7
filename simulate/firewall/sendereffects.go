package firewall

import (
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// moved is a sender entry in another virtual system.
type moved struct{ sender, vsys string }

// overridden is a sender entry with another default domain.
type overridden struct {
	sender, domain string
	compiled       compiled
}

// as is the entry as it is configured while these faults run, profiles apart.
func (s *sender) as(e *effects) Sender {
	now := s.Sender
	now.VSys, now.Connection, now.Disabled = s.vsys(e), s.connection(e), !s.used(e)
	if e.overridden != nil && e.overridden.sender == s.Name {
		now.DefaultDomain = e.overridden.domain
	}
	return now
}

// used says whether the entry is enabled.
func (s *sender) used(e *effects) bool { return !s.Disabled && e.entryDisabled != s.Name }

func (s *sender) vsys(e *effects) string {
	if e.moved.sender == s.Name {
		return e.moved.vsys
	}
	return s.VSys
}

func (s *sender) connection(e *effects) panos.ConnectionType {
	switch {
	case e.wrongTransport != s.Name:
		return s.Connection
	case s.Connection == panos.UDP:
		return panos.SSL
	}
	return panos.UDP
}

// raceWindow is how far a login and a logout may be apart to count as having one timestamp:
// that of a syslog header has whole seconds. It is measured by the firewall's clock from the
// arrival of the logout, so that two messages sent together never fall into two seconds.
const raceWindow = time.Second

// maxRace bounds the logouts that are remembered; beyond, old ones are forgotten.
const maxRace = 4096

// race is PAN-193184: a login of the same timestamp as a logout leaves no mapping. It is
// used under the firewall's lock.
type race struct{ logouts map[place]time.Time }

func newRace() *race { return &race{map[place]time.Time{}} }

// logout remembers one. A nil race does nothing.
func (r *race) logout(at place, now time.Time) {
	if r == nil {
		return
	}
	if len(r.logouts) >= maxRace {
		clear(r.logouts)
	}
	r.logouts[at] = now
}

// lost says whether the next login after a logout comes to nothing. A nil race loses none.
func (r *race) lost(at place, now time.Time) bool {
	if r == nil {
		return false
	}
	since, ok := r.logouts[at]
	delete(r.logouts, at)
	return ok && now.Sub(since) < raceWindow
}
