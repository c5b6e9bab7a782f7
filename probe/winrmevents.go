package probe

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// eventKind is an event that a firewall makes mappings of; PAN-OS 11.1 guide, Create a Dedicated Service Account.
type eventKind struct {
	code   int
	what   string
	policy string // the subcategory of the audit policy
}

var eventKinds = []eventKind{
	{4624, "a log-on", "Logon"},
	{4768, "a TGT", "Kerberos Authentication Service"},
	{4769, "a service ticket", "Kerberos Service Ticket Operations"},
	{4770, "a renewed ticket", "Kerberos Service Ticket Operations"},
}

const (
	// eventWindow bounds the search in time: a log can hold millions of events.
	eventWindow = 10 * time.Minute
	// eventPatience is how long one answer may take: the operation time-out, and the way.
	eventPatience = wsman.DefaultOperationTimeout + 2*time.Second
	// eventBatch is how many events one answer has. Windows gives the newest first (recalled), so that a few are enough.
	eventBatch = 20
)

// lastEvent is when an event of a kind was last written.
type lastEvent struct {
	kind eventKind
	at   time.Time // zero if there is none in the window
}

// askEvents looks for each kind by itself, so that a server stops at the newest one.
func (d *winrmDoor) askEvents(ctx context.Context) check.Result {
	defer d.hangUp()
	now := d.config.now().Add(d.date) // by the server's clock, where it told it
	since := now.Add(-eventWindow)
	var found []lastEvent
	for _, kind := range eventKinds {
		at, err := d.newestOf(ctx, kind, since)
		if err != nil {
			r := d.failure(err)
			r.Evidence = append(r.Evidence, check.Evidence{Name: "WQL", Text: eventQuery(kind.code, since)})
			return r
		}
		found = append(found, lastEvent{kind, at})
	}
	return d.judgeEvents(found, now)
}

// eventQuery asks for no more than when: no insertion strings, in which the people's names are.
func eventQuery(code int, since time.Time) string {
	return fmt.Sprintf("SELECT EventCode, RecordNumber, TimeGenerated FROM Win32_NTLogEvent WHERE Logfile='Security' AND EventCode=%d AND TimeGenerated>='%s'",
		code, since.UTC().Format("20060102150405.000000+000"))
}

func (d *winrmDoor) newestOf(ctx context.Context, kind eventKind, since time.Time) (at time.Time, err error) {
	attempt, cancel := context.WithTimeoutCause(ctx, eventPatience, check.TimeoutError{Clock: "attempt", After: eventPatience})
	defer cancel()
	items, err := d.enumerate(attempt, wsman.Query{Namespace: cimv2, WQL: eventQuery(kind.code, since), Batch: eventBatch, Timeout: wsman.DefaultOperationTimeout})
	if err != nil {
		return at, err
	}
	for _, item := range items {
		code, _ := item.Get("EventCode")
		when, err := item.Time("TimeGenerated")
		switch {
		case code != strconv.Itoa(kind.code):
			return at, &wsman.FormatError{What: "events", Err: fmt.Errorf("an event %.20q came where %d was asked for", code, kind.code)}
		case err != nil:
			return at, &wsman.FormatError{What: "events", Err: err}
		case when.After(at):
			at = when
		}
	}
	return at, nil
}

// judgeEvents says what the log holds. That there is nothing is about the audit policy: the log could be read.
func (d *winrmDoor) judgeEvents(found []lastEvent, now time.Time) check.Result {
	r := check.Result{Status: check.Pass}
	var seen, missing []string
	var policies []string
	for _, n := range found {
		if n.at.IsZero() {
			r.Evidence = append(r.Evidence, check.Evidence{Name: fmt.Sprintf("event %d", n.kind.code), Text: fmt.Sprintf("none in the last %v", eventWindow)})
			if d.expected(n.kind) {
				missing = append(missing, fmt.Sprintf("%d (%s)", n.kind.code, n.kind.what))
				policies = append(policies, fmt.Sprintf("auditpol /get /subcategory:%q", n.kind.policy))
			}
			continue
		}
		age := max(now.Sub(n.at), 0)
		r.Evidence = append(r.Evidence, check.Evidence{Name: fmt.Sprintf("event %d", n.kind.code), Text: "newest at " + n.at.UTC().Format("2006-01-02 15:04:05 MST")})
		r.Measures = append(r.Measures, check.Measure{Name: fmt.Sprintf("age-%d", n.kind.code), Value: age.Round(time.Second).Seconds(), Unit: "seconds"})
		seen = append(seen, strconv.Itoa(n.kind.code))
	}
	r.Summary = fmt.Sprintf("the security log is readable; in the last %v it has %s", eventWindow, strings.Join(seen, ", "))
	if len(seen) == 0 {
		r.Summary = fmt.Sprintf("the query of the security log is answered, and in the last %v it has none of the events that make mappings", eventWindow)
	}
	if len(missing) > 0 {
		r.Status = check.Warn
		r.Summary += fmt.Sprintf("; missing: %s: nothing was logged of them, or they are not audited", strings.Join(missing, ", "))
		r.Hint = "on the server: " + strings.Join(policies, ", ") + " must say Success; if not, set it in the Default Domain Controllers Policy (Advanced Audit Policy Configuration > Account Logon, Logon/Logoff); if it does and the log has such events, the account may lack the right: Event Log Readers"
	}
	return r
}

// expected says whether an event must be there. Of our own log-in to this server there is a 4624. A domain controller
// gives tickets all the time, and gave ours if it is the KDC that we asked. Nobody need have renewed a ticket.
func (d *winrmDoor) expected(kind eventKind) bool {
	switch kind.code {
	case 4624:
		return true
	case 4768, 4769:
		return d.isDC || d.gaveTicket()
	}
	return false
}

// gaveTicket says whether the server is the KDC that our ticket is from.
func (d *winrmDoor) gaveTicket() bool {
	return d.ticket != nil && (d.ticket.from.address.Addr() == d.address.Addr() || d.ticket.from.kdc == d.kdcOf(d.server))
}
