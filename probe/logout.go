package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// logOut ends the mappings that the test made and says what is left of them.
func (d *delivery) logOut(ctx context.Context) check.Result {
	return d.blamed("delivery.logged-out", d.logOutResult(ctx))
}

func (d *delivery) logOutResult(ctx context.Context) check.Result {
	l := d.seen.ledger
	if l.mapped+l.misnamed == 0 && d.authed.high == 0 {
		// Nothing was taken for a login; what is taken for one among the logouts is not known.
		return d.consequence("there is no mapping to log out")
	}
	if d.messages[0].logout == nil {
		return check.Result{
			Status: check.Skip, Skipped: check.Inapplicable,
			Summary: fmt.Sprintf("no profile is attached as a logout: %d mappings stay until they time out (45 minutes by default): %s",
				l.mapped, d.addresses(func(i int) bool { return d.seen.mappings[i].user != "" })),
		}
	}
	sent, err := d.sendLogouts(ctx, func(int) bool { return true }) // also of what is not seen yet
	if err != nil {
		return sendFailure(d.config.To, err)
	}
	if l.mapped == 0 {
		return d.consequence(fmt.Sprintf("there was no mapping to see go; %d logouts were sent all the same", sent))
	}
	if d.firewall.config.Paste != nil {
		return check.Result{
			Status: check.Skip, Skipped: check.Inapplicable,
			Summary: fmt.Sprintf("%d logouts were sent; whether they worked is seen with: %s", sent, pasteMappings),
		}
	}
	left, err := d.waitGone(ctx)
	if err != nil {
		return apiFailure(err, nil)
	}
	mapped := d.stillOurs()
	r := check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("all %d", mapped),
		Measures: []check.Measure{messagesMeasure("logged-out", mapped-len(left))},
	}
	if len(left) == 0 {
		return r
	}
	r.Status = check.Fail
	r.Summary = fmt.Sprintf("%s: %d of %d mappings were not logged out", d.target, len(left), mapped)
	r.Hint = "see that the logout profile is attached with the event type logout, and committed (Device > User Identification > User Mapping > Server Monitoring, the entry; event-type in the configuration)"
	r.CausedBy = d.lostOnTheWay()
	return d.cleanUp(ctx, r, left)
}

// stillOurs is the number of mappings that there were to log out.
func (d *delivery) stillOurs() (n int) {
	for i, s := range d.seen.mappings {
		if s.user == d.messages[i].user {
			n++
		}
	}
	return n
}

// cleanUp sends the logouts that did not work once more: the test is over, and no test user
// shall stay behind. What does is listed.
func (d *delivery) cleanUp(ctx context.Context, r check.Result, left []int) check.Result {
	_, err := d.sendLogouts(ctx, func(i int) bool { return slices.Contains(left, i) })
	if err == nil {
		left, err = d.waitGone(ctx)
	}
	switch {
	case err != nil:
		r.Summary += fmt.Sprintf("; a second logout: %v", err)
	case len(left) == 0:
		r.Summary += "; they are gone after a second logout"
		return r
	}
	r.Summary += "; still there: " + d.addresses(func(i int) bool { return slices.Contains(left, i) })
	r.Hint += "; until the mappings time out, remove them with: clear user-cache ip ADDRESS, and clear user-cache-mp ip ADDRESS"
	return r
}

// lostOnTheWay is the check that explains a lost logout message: one that found that
// messages are lost.
func (d *delivery) lostOnTheWay() *check.Ref {
	if d.received.exact() && d.received.low < d.seen.ledger.sent {
		return d.blame
	}
	return nil
}

// sendLogouts sends the logout of every message that which names.
func (d *delivery) sendLogouts(ctx context.Context, which func(i int) bool) (sent int, err error) {
	var batch sender.Batch
	for i, m := range d.messages {
		if m.logout != nil && which(i) {
			batch.Add(m.logout)
		}
	}
	if batch.Len() == 0 || d.conn == nil {
		return 0, nil
	}
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	return d.conn.Write(attempt, &batch)
}

// waitGone waits until no address of ours is mapped to its test user, and returns the
// indexes of those that still are when the time to wait is over.
func (d *delivery) waitGone(ctx context.Context) (left []int, err error) {
	for i, s := range d.seen.mappings {
		if s.user == d.messages[i].user {
			left = append(left, i)
		}
	}
	deadline := time.Now().Add(d.firewall.config.Timing.Wait)
	for {
		if left, err = d.stillMapped(ctx, left); err != nil || len(left) == 0 {
			return left, err
		}
		if time.Now().After(deadline) {
			return left, nil
		}
		if err := pause(ctx, d.firewall.config.Timing.Poll); err != nil {
			return left, err
		}
	}
}

func (d *delivery) stillMapped(ctx context.Context, indexes []int) (left []int, err error) {
	for _, i := range indexes {
		mapping, _, err := d.firewall.oracle.mapping(ctx, panos.DataPlane, d.messages[i].address)
		if err != nil {
			return indexes, err
		}
		if mapping != nil && mapping.User == d.messages[i].user {
			left = append(left, i)
		}
	}
	return left, nil
}

// interrupted ends a delivery that was cut off: what was sent is logged out, within one
// attempt although the run is over, so that no test user stays behind.
func (d *delivery) interrupted(ctx context.Context) check.Result {
	r := check.Result{Status: check.Error, Summary: context.Cause(ctx).Error()}
	sent, err := d.sendLogouts(context.WithoutCancel(ctx), func(int) bool { return true })
	text := fmt.Sprintf("%d of %d test messages were followed by a logout", sent, d.sentCount)
	if err != nil {
		text += ": " + err.Error()
	}
	if sent < d.sentCount {
		text += "; until they time out there may be mappings of " + d.addresses(func(i int) bool { return i >= sent })
	}
	r.Evidence = []check.Evidence{{Name: "clean-up", Text: text}}
	return r
}

// addresses lists the addresses of the messages that which names.
func (d *delivery) addresses(which func(i int) bool) string {
	var words []string
	for i, m := range d.messages {
		if which(i) {
			words = append(words, m.address.String())
		}
	}
	return strings.Join(words, ", ")
}
