package probe

import (
	"context"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
)

// observation is what was seen of the messages on the firewall.
type observation struct {
	ledger   ledger
	mappings []sighting // of each message, in order
	evidence []check.Evidence
}

// sighting is one message's mapping.
type sighting struct {
	user  string        // as printed; "" while there is none
	after time.Duration // from the message's leaving to the first sight of the mapping
	lasts time.Duration // the mapping's time-out, as printed then
}

// counters reads the two counters of this sender's entry.
func (d *delivery) counters(ctx context.Context) (counters, error) {
	state, _, err := d.firewall.oracle.state(ctx)
	if err != nil {
		return counters{}, err
	}
	entry, ok := findSender(state, d.config.Name)
	if !ok {
		return counters{}, &entryGoneError{d.firewall.config.Name, d.config.Name}
	}
	return countersOf(entry), nil
}

// entryGoneError says that a sender entry is no longer in the firewall's answer.
type entryGoneError struct{ firewall, sender string }

func (e *entryGoneError) Error() string {
	return e.firewall + ": the syslog sender " + e.sender + " is no longer in the answer to show user server-monitor state"
}

// waitCounters polls until enough says so, or patience is over.
func (d *delivery) waitCounters(ctx context.Context, patience time.Duration, enough func(counters) bool) (ok bool, err error) {
	deadline := time.Now().Add(patience)
	for {
		c, err := d.counters(ctx)
		if err != nil {
			return false, err
		}
		if enough(c) {
			return true, nil
		}
		if time.Now().After(deadline) {
			return false, nil
		}
		if err := pause(ctx, d.firewall.config.Timing.Poll); err != nil {
			return false, err
		}
	}
}

// observe watches counters and mappings until every message is accounted for, or the time
// to wait is over. The last look has to succeed; what failed before it is forgiven, since
// a busy management plane answers late.
func (d *delivery) observe(ctx context.Context) (observation, error) {
	o := observation{mappings: make([]sighting, len(d.messages))}
	if paste, ok := d.firewall.oracle.(*pasteOracle); ok {
		if err := paste.await(ctx, paste.config.After, "now that the messages are sent"); err != nil {
			return o, err
		}
		return o, d.look(ctx, &o)
	}
	began := time.Now()
	deadline := began.Add(d.firewall.config.Timing.Wait)
	low := d.before
	for {
		err := d.look(ctx, &o)
		if err == nil {
			l := &o.ledger
			l.fell = l.fell || l.after.log < low.log || l.after.auth < low.auth
			low = l.after
			l.elapsed = time.Since(began)
			if l.mapped+l.misnamed == l.sent && l.received().exact() && l.authenticated().exact() {
				return o, nil
			}
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return o, err
		}
		if pauseErr := pause(ctx, d.firewall.config.Timing.Poll); pauseErr != nil {
			return o, pauseErr
		}
	}
}

// look takes one look at the counters and at the mappings not yet seen.
func (d *delivery) look(ctx context.Context, o *observation) error {
	var seen []check.Evidence
	mapped, misnamed := 0, 0
	for i, m := range d.messages {
		if o.mappings[i].user == "" {
			mapping, answer, err := d.firewall.oracle.mapping(ctx, panos.DataPlane, m.address)
			if err != nil {
				return err
			}
			seen = append(seen, answer...)
			if mapping != nil && !d.earlier(mapping.User) {
				o.mappings[i] = sighting{mapping.User, time.Since(m.sent), mapping.Max}
			}
		}
		switch o.mappings[i].user {
		case "":
		case m.user:
			mapped++
		default:
			misnamed++
		}
	}
	state, stateSeen, err := d.firewall.oracle.state(ctx)
	if err != nil {
		return err
	}
	entry, ok := findSender(state, d.config.Name)
	if !ok {
		return &entryGoneError{d.firewall.config.Name, d.config.Name}
	}
	o.ledger.sent, o.ledger.mapped, o.ledger.misnamed = d.sentCount, mapped, misnamed
	o.ledger.before, o.ledger.after = d.before, countersOf(entry)
	o.ledger.background, o.ledger.shared = d.background, d.config.SharedAddress
	o.evidence = append(newest(seen), stateSeen...)
	return nil
}

// ours says whether a user name, as printed, is one of those reserved for tests.
func (d *delivery) ours(user string) bool {
	if _, name, ok := strings.Cut(user, `\`); ok {
		user = name
	}
	return strings.HasPrefix(strings.ToLower(user), strings.ToLower(d.config.Users))
}

// earlier says whether a user is a test user of another run. One may be left at an address
// until our login takes its place: it is neither our mapping nor somebody else's.
func (d *delivery) earlier(user string) bool {
	return d.ours(user) && !strings.Contains(strings.ToLower(user), strings.ToLower(d.firewall.config.Run))
}
