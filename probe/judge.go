package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
)

// judgeReceived watches the firewall and says how many of the messages it counted.
func (d *delivery) judgeReceived(ctx context.Context) check.Result {
	seen, err := d.observe(ctx)
	d.seen = seen
	if ctx.Err() != nil {
		return d.interrupted(ctx)
	}
	if err != nil {
		return d.blamed("delivery.received", apiFailure(err, seen.evidence))
	}
	return d.blamed("delivery.received", d.receivedResult())
}

// receivedResult judges what was seen of number of log messages.
func (d *delivery) receivedResult() check.Result {
	l := d.seen.ledger
	d.received, d.authed = l.received(), l.authenticated()
	r := check.Result{Status: check.Pass, Evidence: d.seen.evidence}
	k := d.received
	switch {
	case k.reset:
		r.Status = check.Error
		r.Summary = fmt.Sprintf("%s: the counters were reset during the test: number of log messages went from %d to %d for %d messages, of which %d became mappings",
			d.target, l.before.log, l.after.log, l.sent, l.mapped+l.misnamed)
		r.Hint = "a commit or a restart of the User-ID process resets them: run again when the firewall is at rest"
	case k.surplus:
		r.Status = check.Error
		r.Summary = fmt.Sprintf("%s: number of log messages rose by %d for %d messages: something else sent as this entry during the test",
			d.target, l.after.log-l.before.log, l.sent)
		r.Hint = "run again; if a real sender shares this address, set shared_address: true in the site file"
	case k.low == l.sent:
		r.Summary = fmt.Sprintf("all %d", l.sent)
		r.Measures = []check.Measure{messagesMeasure("received", k.low)}
	case k.high < l.sent:
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: %s of %d messages received: %d lost before the firewall counted them", d.target, k, l.sent, l.sent-k.high)
		r.Hint = d.lossHint(k)
		r.Measures = []check.Measure{messagesMeasure("received", k.high)}
		if k.high == 0 {
			r.Symptom = "syslog.counters.no-log-messages"
		}
	default:
		r = d.ambiguous(r, "received", k)
	}
	return r
}

func (k known) String() string {
	if k.low == k.high {
		return fmt.Sprint(k.low)
	}
	return fmt.Sprintf("%d to %d", k.low, k.high)
}

func (d *delivery) lossHint(k known) string {
	switch {
	case k.high == 0 && d.config.Connection() == panos.SSL:
		return "the connection stood, but nothing was counted: see that the entry's address is this host's, and that the commit is done"
	case k.high == 0:
		return reachHint
	case d.config.Connection() == panos.UDP:
		return "UDP loses silently: send over SSL (TCP 6514), or slower; see interface errors and policers between this host and the firewall"
	}
	return "the firewall closed the connection or dropped messages: see the sender's log, and run again"
}

// ambiguous says that counters which others move do not tell how many were ours.
func (d *delivery) ambiguous(r check.Result, stage string, k known) check.Result {
	l := d.seen.ledger
	r.Status = check.Error
	r.Summary = fmt.Sprintf("%s: %s of %d messages %s for certain, the rest cannot be told from other traffic of this address", d.target, k, l.sent, stage)
	r.Hint = "run again when the real sender is quiet, or from an address of its own"
	if !l.shared {
		r.CausedBy = &check.Ref{Check: "listener.idle", Target: d.target}
	}
	return r
}

// blamed remembers the first stage at which something was missing: it explains what is
// missing further on.
func (d *delivery) blamed(id string, r check.Result) check.Result {
	if r.Finding() && d.blame == nil {
		d.blame = &check.Ref{Check: id, Target: d.target}
		if r.CausedBy != nil {
			d.blame = r.CausedBy
		}
	}
	return r
}

// consequence is the result of a stage that has nothing to say because of an earlier one.
func (d *delivery) consequence(summary string) check.Result {
	return check.Result{Status: check.Skip, Skipped: check.NeedNotMet, Summary: summary, CausedBy: d.blame}
}

func (d *delivery) judgeAuthenticated(context.Context) check.Result {
	l, k := d.seen.ledger, d.authed
	arrived := l.sent
	if d.received.exact() {
		arrived = d.received.low
	}
	r := check.Result{Status: check.Pass, Evidence: d.seen.evidence}
	switch {
	case d.seen.evidence == nil, d.received.reset, k.reset:
		return d.consequence("the counters do not tell")
	case arrived == 0:
		return d.consequence("nothing arrived that could match")
	case k.surplus, k.exact() && k.low > arrived:
		r.Status = check.Error
		r.Summary = fmt.Sprintf("%s: number of auth. success messages rose by %d for %d messages received", d.target, l.after.auth-l.before.auth, arrived)
		r.Hint = "run again; if a real sender shares this address, set shared_address: true in the site file"
	case k.low == arrived, k.low == l.sent:
		r.Summary = fmt.Sprintf("all %d", k.low)
		r.Measures = []check.Measure{messagesMeasure("authenticated", k.low)}
	case k.high < arrived && (d.received.exact() || k.high < d.received.low):
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: %s of %d messages received matched a login profile: %s", d.target, k, arrived, d.unmapped())
		r.Hint = "they match here, so the firewall differs from the site file: the profile is not attached to the entry, attached as logout, another text, or not committed (Device > User Identification > User Mapping > Server Monitoring, the entry; event-type in the configuration); or the test users are ignored (ignore-user) or their addresses not included (include-exclude-network), for which no document says whether the counter rises"
		r.Measures = []check.Measure{messagesMeasure("authenticated", k.high)}
		if k.high == 0 {
			r.Symptom = "syslog.counters.no-auth-success"
		}
	default:
		r = d.ambiguous(r, "matched", k)
	}
	return d.blamed("delivery.authenticated", r)
}

// unmapped tells for each profile how many of its messages made no mapping.
func (d *delivery) unmapped() string {
	type count struct{ missing, all int }
	counts := map[string]*count{}
	var names []string
	for i, m := range d.messages {
		if counts[m.profile] == nil {
			counts[m.profile] = &count{}
			names = append(names, m.profile)
		}
		counts[m.profile].all++
		if d.seen.mappings[i].user == "" {
			counts[m.profile].missing++
		}
	}
	var words []string
	missing := 0
	for _, name := range names {
		if c := counts[name]; c.missing > 0 {
			words = append(words, fmt.Sprintf("%s %d of %d missing", name, c.missing, c.all))
			missing += c.missing
		}
	}
	switch {
	case len(words) == 0:
		return "yet every message has its mapping"
	case missing == len(d.messages) && len(names) > 1:
		return fmt.Sprintf("not one message of the %d login profiles has its mapping", len(names))
	}
	return strings.Join(words, ", ")
}

func (d *delivery) judgeMapped(ctx context.Context) check.Result {
	r := d.mappedResult()
	if r.Status == check.Fail && d.seen.ledger.misnamed == 0 {
		if late := d.onManagementPlane(ctx); late != "" {
			r.Hint = late
		}
	}
	return d.blamed("delivery.mapped", r)
}

// mappedResult judges the mappings that were seen.
func (d *delivery) mappedResult() check.Result {
	l := d.seen.ledger
	r := check.Result{Status: check.Pass, Evidence: d.seen.evidence}
	if l.sent == 0 { // no look at the firewall succeeded
		return d.consequence("the mappings could not be read")
	}
	r.Measures = append([]check.Measure{messagesMeasure("mapped", l.mapped)}, d.latencies()...)
	missing := l.sent - l.mapped - l.misnamed
	matched := d.authed.exact()
	switch {
	case l.misnamed > 0:
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: %d of %d messages mapped another user: %s", d.target, l.misnamed, l.sent, d.firstMisnamed())
		r.Hint = "compare Default Domain Name of the entry (Device > User Identification > User Mapping > Server Monitoring) with default_domain in the site file; if another mapping source (agent, GlobalProtect) owns these addresses, reserve others"
	case missing == 0:
		r.Summary = fmt.Sprintf("all %d", l.mapped)
	case matched && l.mapped == d.authed.low && l.mapped > 0:
		r.Summary = fmt.Sprintf("all %d that matched", l.mapped)
	case matched && l.mapped < d.authed.low:
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: %d of %d messages that matched became mappings: %s", d.target, l.mapped, d.authed.low, d.unmapped())
		r.Hint = "in this order, under Device > User Identification > User Mapping: the user among the ignored users (ignore-user); the address outside the included networks (include-exclude-network); the entry in another vsys than api.vsys"
	case d.blame != nil:
		r = d.consequence(fmt.Sprintf("%d of %d messages became mappings", l.mapped, l.sent))
		r.Measures = []check.Measure{messagesMeasure("mapped", l.mapped)}
	default:
		r = d.ambiguous(r, "mapped", known{low: l.mapped, high: l.sent})
	}
	return r
}

// onManagementPlane looks whether a missing mapping is known to the management plane.
func (d *delivery) onManagementPlane(ctx context.Context) string {
	for i, m := range d.messages {
		if d.seen.mappings[i].user != "" {
			continue
		}
		mapping, _, err := d.firewall.oracle.mapping(ctx, panos.ManagementPlane, m.address)
		if err == nil && mapping != nil {
			return fmt.Sprintf("the management plane has %v (%s), the data plane not yet: raise test.wait; if it never comes, compare show user ip-user-mapping-mp all with show user ip-user-mapping all", m.address, mapping.User)
		}
		break
	}
	return ""
}

func (d *delivery) firstMisnamed() string {
	for i, m := range d.messages {
		if user := d.seen.mappings[i].user; user != "" && user != m.user {
			return fmt.Sprintf("%v is %q, want %q", m.address, user, m.user)
		}
	}
	return ""
}

// latencies are the times from message to mapping.
func (d *delivery) latencies() []check.Measure {
	var times []time.Duration
	for _, s := range d.seen.mappings {
		if s.user != "" {
			times = append(times, s.after)
		}
	}
	l, ok := latencyOf(times)
	if !ok {
		return nil
	}
	return []check.Measure{
		{Name: "latency-min", Value: l.min.Seconds(), Unit: "seconds"},
		{Name: "latency-median", Value: l.median.Seconds(), Unit: "seconds"},
		{Name: "latency-max", Value: l.max.Seconds(), Unit: "seconds"},
	}
}

// askStatus reads the Status column while our connection stands.
func (d *delivery) askStatus(ctx context.Context) check.Result {
	statistics, seen, err := d.firewall.oracle.statistics(ctx)
	if err != nil {
		return apiFailure(err, seen)
	}
	i := slices.IndexFunc(statistics.Syslog, func(s panos.ServerStatus) bool { return s.Name == d.config.Name })
	if i < 0 {
		return check.Result{
			Status: check.Error, Summary: fmt.Sprintf("%s: no line for %q", d.target, d.config.Name),
			Hint: "run: show user server-monitor statistics", Evidence: seen,
		}
	}
	status := statistics.Syslog[i].Status
	want := "N/A"
	if d.config.Connection() == panos.SSL {
		want = "Connected"
	}
	r := check.Result{Status: check.Pass, Summary: status, Evidence: seen}
	if !strings.EqualFold(status, want) {
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: the status is %q, want %q", d.target, status, want)
		r.Hint = "see the entry's Connection Type, and with SSL whether its address is this host's"
		r.CausedBy = d.blame
		if want == "Connected" {
			r.Symptom = "syslog.status.not-connected"
		}
	}
	return r
}
