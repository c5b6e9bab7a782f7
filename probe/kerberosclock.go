package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

const symptomSkew = "kerberos.clock-skew"

// reading is a clock, by how far it is ahead of this host's.
type reading struct {
	target string
	ahead  time.Duration
}

// clocks is what the clocks of a log-in showed.
type clocks struct {
	kdcs     []reading
	firewall *reading // nil if it is not known
}

// afterClocks also waits for whoever tells the firewall's clock.
func (s *monitored) afterClocks() []check.Ref {
	refs := s.afterPorts()
	if s.firewall.watched() {
		refs = append(refs, s.firewall.oracleCheck().Ref())
	}
	return refs
}

// askClock compares the clocks that answers without a password have told.
func (s *monitored) askClock(ctx context.Context) check.Result {
	var c clocks
	heard := false
	for _, d := range s.doors() {
		heard = heard || d.told()
		if ahead, ok := d.ahead(); ok {
			c.kdcs = append(c.kdcs, reading{d.target, ahead})
		}
	}
	switch {
	case len(c.kdcs) > 0:
	case heard:
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "no KDC tells its time in an answer to a request without a password"}
	default:
		return s.unanswered("not compared")
	}
	var seen []check.Evidence
	c.firewall, seen = s.firewallClock(ctx)
	r := c.judge()
	r.Evidence = append(r.Evidence, seen...)
	return r
}

// firewallClock reads the firewall's clock, if somebody can tell it.
func (s *monitored) firewallClock(ctx context.Context) (*reading, []check.Evidence) {
	if s.firewall.oracle == nil {
		return nil, nil
	}
	clock, seen, err := s.firewall.oracle.clock(ctx)
	var notPasted *notPastedError
	switch {
	case errors.As(err, &notPasted):
		return nil, nil
	case err != nil:
		return nil, append(seen, check.Evidence{Name: "clock of the firewall", Text: "not known: " + err.Error()})
	}
	now := s.config.now()
	at, exact := clock.At(now)
	if !exact {
		seen = append(seen, check.Evidence{Name: "time zone of the firewall", Text: fmt.Sprintf("%q stands for no single zone: the difference is taken within a quarter of an hour", clock.Zone)})
	}
	return &reading{s.firewall.config.Name, at.Sub(now)}, seen
}

// judge compares each clock with each. KDCs that are apart, or a firewall that is apart from one, make
// log-ins fail. This host's clock is nobody's trouble but its own: it warns.
func (c clocks) judge() check.Result {
	r := check.Result{Status: check.Pass, Measures: c.measures()}
	low := slices.MinFunc(c.kdcs, byAhead)
	high := slices.MaxFunc(c.kdcs, byAhead)
	farthest := high
	if low.ahead.Abs() > high.ahead.Abs() {
		farthest = low
	}
	fail := func(a, b reading, hint string) check.Result {
		r.Status, r.Symptom, r.Hint = check.Fail, symptomSkew, hint
		r.Summary = fmt.Sprintf("the clock of %s is %v ahead of that of %s: at most %v are allowed", a.target, round(a.ahead-b.ahead), b.target, kerberos.MaxSkew)
		return r
	}
	if high.ahead-low.ahead >= kerberos.MaxSkew {
		return fail(high, low, "on both domain controllers: w32tm /query /status; let them have one time source, and correct the one that is off")
	}
	if c.firewall != nil {
		const hint = "compare show clock on the firewall with w32tm /query /status on the domain controller; give both one time source (Device > Setup > Services > NTP)"
		for _, k := range []reading{low, high} {
			switch apart := c.firewall.ahead - k.ahead; {
			case apart >= kerberos.MaxSkew:
				return fail(*c.firewall, k, hint)
			case -apart >= kerberos.MaxSkew:
				return fail(k, *c.firewall, hint)
			}
		}
	}
	r.Summary = fmt.Sprintf("%s is %s this host", farthest.target, aheadOf(farthest.ahead))
	if c.firewall != nil {
		r.Summary += fmt.Sprintf("; %s is %s it", c.firewall.target, aheadOf(c.firewall.ahead))
	}
	if farthest.ahead.Abs() < kerberos.MaxSkew {
		return r
	}
	r.Status = check.Warn
	if c.firewall == nil {
		r.Symptom = symptomSkew
		r.Summary += ": one of the two is wrong; if it is the domain controller, a firewall with the right time is refused"
		r.Hint = "compare both with a third clock, and with show clock on the firewall; on the domain controller: w32tm /query /status"
	} else {
		r.Summary += ": the clock of this host is wrong"
		r.Hint = "set the clock of this host: what it asks and logs is of another time (the firewall is not concerned: show clock)"
	}
	return r
}

func byAhead(a, b reading) int { return int(min(max(a.ahead-b.ahead, -1), 1)) }

func round(d time.Duration) time.Duration {
	if d.Abs() < time.Minute {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}

func aheadOf(d time.Duration) string {
	if d < 0 {
		return fmt.Sprintf("%v behind", round(-d))
	}
	return fmt.Sprintf("%v ahead of", round(d))
}

// measures are in seconds ahead of this host.
func (c clocks) measures() (list []check.Measure) {
	for _, k := range c.kdcs {
		list = append(list, check.Measure{Name: "clock " + k.target, Value: k.ahead.Seconds(), Unit: "seconds"})
	}
	if c.firewall != nil {
		list = append(list, check.Measure{Name: "clock " + c.firewall.target, Value: c.firewall.ahead.Seconds(), Unit: "seconds"})
	}
	return list
}
