package probe

import (
	"context"
	"fmt"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// shortestTimeout is the least that ip-user-mapping-timeout can be set to (configuration
// schema 10.0.5). A mapping that lasts less was not made by it.
const shortestTimeout = time.Minute

// askKept asks whether the mappings that were seen are still there, and for how long.
func (d *delivery) askKept(ctx context.Context) check.Result {
	var seen []check.Evidence
	there, gone := 0, 0
	least := time.Duration(0)
	for i, s := range d.seen.mappings {
		if s.user != d.messages[i].user {
			continue
		}
		mapping, answer, err := d.firewall.oracle.mapping(ctx, panos.DataPlane, d.messages[i].address)
		if err != nil {
			return apiFailure(err, answer)
		}
		seen = append(seen, answer...)
		if mapping == nil || mapping.User != s.user {
			gone++
			continue
		}
		there++
		if s.lasts != panos.Never && (least == 0 || s.lasts < least) {
			least = s.lasts
		}
	}
	r := check.Result{Status: check.Pass, Evidence: newest(seen)}
	if least > 0 {
		r.Measures = []check.Measure{{Name: "mapping-timeout", Value: least.Seconds(), Unit: "seconds"}}
	}
	switch {
	case there+gone == 0:
		return d.consequence("there is no mapping that could last")
	case gone > 0:
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: %d of %d mappings are gone already", d.target, gone, there+gone)
		r.Hint = "see the mapping time-out (Device > User Identification > User Mapping > gear; ip-user-mapping-timeout in the configuration), and whether another source logs these addresses out"
	case least > 0 && least < shortestTimeout:
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: a mapping lasts %v, less than the shortest time-out that can be set (%v)", d.target, least, shortestTimeout)
		r.Hint = "see the mapping time-out (Device > User Identification > User Mapping > gear; ip-user-mapping-timeout in the configuration)"
	case least > 0:
		r.Summary = fmt.Sprintf("all %d are there; they last %v without a new login", there, least)
	default:
		r.Summary = fmt.Sprintf("all %d are there, without a time-out", there)
	}
	return r
}

// askOrder logs the first user out and another one in at the same address, in one go and
// with one timestamp: the other one has to be mapped in the end.
func (d *delivery) askOrder(ctx context.Context) check.Result {
	first := d.messages[0]
	switch {
	case d.firewall.config.Paste != nil:
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "mappings that are pasted are not watched"}
	case first.logout == nil:
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "no profile is attached as a logout"}
	case d.seen.mappings[0].user != first.user:
		return d.orderConsequence()
	}
	var batch sender.Batch
	batch.Add(first.logout)
	batch.Add(d.again.login)
	if _, err := d.conn.Write(ctx, &batch); err != nil {
		return sendFailure(d.config.To, err)
	}
	mapping, seen, err := d.waitUser(ctx, d.again)
	r := check.Result{Status: check.Fail, Evidence: newest(seen), CausedBy: d.lostOnTheWay()}
	switch {
	case err != nil:
		return apiFailure(err, seen)
	case mapping != nil && mapping.User == d.again.user:
		r.Status, r.CausedBy = check.Pass, nil
		r.Summary = fmt.Sprintf("%v went from one user to another", first.address)
		d.messages[0] = d.again
		d.seen.mappings[0].user = d.again.user
	case mapping == nil:
		r.Summary = fmt.Sprintf("%s: %v has no mapping after a logout and a login with one timestamp", d.target, first.address)
		r.Hint = "known defect PAN-193184, fixed in 10.1.6-h6: show system info tells the release, update it; until then let the sender delay log-ins that follow a logout by a second"
		d.seen.mappings[0].user = "" // nothing is left to log out
	default:
		r.Summary = fmt.Sprintf("%s: %v is still mapped to %q after a logout and a login of %q", d.target, first.address, mapping.User, d.again.user)
		r.Hint = "see that the logout profile is attached with the event type logout, and run again"
	}
	return r
}

// orderConsequence is the result when there is no first mapping to begin with.
func (d *delivery) orderConsequence() check.Result {
	if d.blame == nil { // it was mapped, and to somebody else
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "the first message has no mapping to begin with"}
	}
	return d.consequence("the first message has no mapping to begin with")
}

// waitUser waits until a message's address has its user, and returns the last mapping seen.
func (d *delivery) waitUser(ctx context.Context, m message) (mapping *panos.Mapping, seen []check.Evidence, err error) {
	deadline := time.Now().Add(d.firewall.config.Timing.Wait)
	for {
		mapping, seen, err = d.firewall.oracle.mapping(ctx, panos.DataPlane, m.address)
		if err != nil || mapping != nil && mapping.User == m.user || time.Now().After(deadline) {
			return mapping, seen, err
		}
		if err := pause(ctx, d.firewall.config.Timing.Poll); err != nil {
			return mapping, seen, err
		}
	}
}
