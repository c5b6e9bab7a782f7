package probe

import (
	"context"
	"fmt"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// askStray sends a logout of an address that nobody has any more: it has to map nobody.
func (d *delivery) askStray(ctx context.Context) check.Result {
	defer d.close()
	m := d.messages[0]
	switch {
	case d.firewall.config.Paste != nil:
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "mappings that are pasted are not watched"}
	case m.logout == nil:
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "no profile is attached as a logout"}
	case d.authed.high == 0:
		return d.consequence("no login was matched, so what a logout does is not known")
	}
	mapping, seen, err := d.firewall.oracle.mapping(ctx, panos.DataPlane, m.address)
	switch {
	case err != nil:
		return apiFailure(err, seen)
	case mapping != nil:
		return d.consequence(fmt.Sprintf("%v is still mapped to %q", m.address, mapping.User))
	}
	before, err := d.counters(ctx)
	if err != nil {
		return apiFailure(err, nil)
	}
	var batch sender.Batch
	batch.Add(m.logout)
	if _, err := d.conn.Write(ctx, &batch); err != nil {
		return sendFailure(d.config.To, err)
	}
	var after counters
	counted, err := d.waitCounters(ctx, d.firewall.config.Timing.Wait, func(c counters) bool { after = c; return c.log != before.log })
	if err != nil {
		return apiFailure(err, nil)
	}
	if !counted {
		return check.Result{
			Status: check.Error, Summary: fmt.Sprintf("%s: the logout was not counted", d.target),
			Hint: d.lossHint(known{high: 1}), CausedBy: d.lostOnTheWay(),
		}
	}
	return d.strayResult(ctx, m, after.auth > before.auth)
}

// strayResult judges the mapping after a stray logout was counted.
func (d *delivery) strayResult(ctx context.Context, m message, authenticated bool) check.Result {
	mapping, seen, err := d.firewall.oracle.mapping(ctx, panos.ManagementPlane, m.address)
	if err != nil {
		return apiFailure(err, seen)
	}
	if mapping != nil {
		return check.Result{
			Status:   check.Fail,
			Summary:  fmt.Sprintf("%s: a logout of %v, which nobody had, mapped it to %q", d.target, m.address, mapping.User),
			Hint:     fmt.Sprintf("no document knows this: compare event-type of the entry's profiles (Device > User Identification > User Mapping > Server Monitoring), then open a support case; remove the mapping with: clear user-cache ip %[1]v, and clear user-cache-mp ip %[1]v", m.address),
			Evidence: seen,
		}
	}
	rose := "did not rise"
	if authenticated {
		rose = "rose"
	}
	return check.Result{Status: check.Pass, Summary: "nothing is mapped; number of auth. success messages " + rose}
}
