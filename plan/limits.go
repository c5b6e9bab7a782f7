package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// What may be sent to a firewall that is not on loopback and whose owner did not say
// allow_load.
const (
	LightRate     = 100  // messages a second
	LightMessages = 1000 // of one run, log-outs included
)

// allowLoad marks the firewalls that may be loaded.
func (r *reader) allowLoad(site *Site, allowed []string) {
	index := map[string]int{}
	var known []string
	for i, fw := range site.Firewalls {
		if fw.Name != "" {
			index[fw.Name] = i
			known = append(known, fw.Name)
		}
	}
	for i, name := range allowed {
		at := place{"allow_load", i}
		if r.Wrong(at...) {
			continue
		}
		target, ok := index[name]
		if !ok {
			r.Problem(at, didYouMean(name, known, "name one of the firewalls above"), "%s: there is no firewall %q", at, name)
			continue
		}
		site.Firewalls[target].AllowLoad = true
	}
}

// Messages is how many messages a run sends to the firewall: every login, and one log-out
// for each where the sender has a profile for it.
func (s Site) Messages(fw Firewall) (n int) {
	for _, one := range fw.Senders {
		logins := one.Logins() * s.Test.Messages
		n += logins
		if one.attached(panos.Logout) > 0 {
			n += logins
		}
	}
	return n
}

// limits notes what is more than light for a firewall that must be treated lightly.
func (r *reader) limits(site *Site) {
	var fast, many []string
	for _, fw := range site.Firewalls {
		if fw.AllowLoad || fw.Loopback() || !aimed(fw) {
			continue
		}
		if tooFast(site.Test.Rate) {
			fast = append(fast, fw.Name)
		}
		if n := site.Messages(fw); n > LightMessages && site.Test.Messages <= MaxMessages {
			many = append(many, fw.Name)
		}
	}
	if len(fast) > 0 {
		r.Problem(place{"test", "rate"}, allowHint(fast), "test.rate: more than %d messages a second to %s", LightRate, quoted(fast))
	}
	if len(many) > 0 {
		r.Problem(place{"test", "messages"}, allowHint(many), "test.messages: more than %d messages in all, log-outs included, to %s", LightMessages, quoted(many))
	}
}

// aimed says whether the targets of a firewall could all be read; where not, that is told,
// and whether they are on loopback is not known.
func aimed(fw Firewall) bool {
	return !slices.ContainsFunc(fw.Senders, func(s Sender) bool { return s.To.Host == "" })
}

// pace notes a rate at which a sender's messages, which one check sends, do not get out
// before the clock of the check ends it.
func (r *reader) pace(site *Site) {
	rate, limit := site.Test.Rate, site.Clocks.Check
	if rate.PerSecond() <= 0 || limit <= 0 {
		return
	}
	for _, fw := range site.Firewalls {
		for _, s := range fw.Senders {
			n := s.Logins() * site.Test.Messages
			if n < 1 || n > MaxMessages {
				continue
			}
			if took := time.Duration(float64(n) / rate.PerSecond() * float64(time.Second)); took >= limit {
				r.Problem(place{"test", "rate"}, "raise it or clocks.check, or lower test.messages",
					"test.rate: %d messages of sender %q at %v take %s, clocks.check is %s", n, s.Name, rate, brief(took.Round(time.Second)), brief(limit))
				return
			}
		}
	}
}

// tooFast compares as fractions: exact, and 6001/m is above 100/s.
func tooFast(r sender.Rate) bool {
	return r != sender.Max && r.PerSecond() > LightRate
}

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(all, ", ")
}

func allowHint(names []string) string {
	return fmt.Sprintf("lower it, or let the owner say allow_load: [%s]", quoted(names))
}
