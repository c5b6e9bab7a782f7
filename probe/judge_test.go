package probe

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/sender"
)

// judged is a delivery of four messages of two profiles of which mapped are mapped, as
// the observation left it.
func judged(l ledger, mapped int) *delivery {
	d := newDelivery(&firewallSession{config: Firewall{Name: "fw1"}}, Sender{Name: "nac1", To: sender.Destination{Scheme: sender.UDP, Host: "192.0.2.1", Port: 514}})
	d.seen = observation{ledger: l, mappings: make([]sighting, l.sent), evidence: []check.Evidence{{Name: "state", Text: "…"}}}
	for i := range l.sent {
		m := message{profile: "asa-login", user: `corp\u` + string(rune('1'+i)), address: netip.AddrFrom4([4]byte{198, 51, 100, byte(i + 1)})}
		if i >= l.sent/2 {
			m.profile = "ise-login"
		}
		d.messages = append(d.messages, m)
		if i < mapped {
			d.seen.mappings[i] = sighting{user: m.user, after: time.Duration(i+1) * time.Millisecond}
		}
	}
	return d
}

func TestStagesAreJudgedOneAgainstTheOther(t *testing.T) {
	t.Parallel()
	type want struct {
		received, authenticated, mapped check.Status
		cause                           string // the check that stands without a cause; "" for none
		says                            string // in its summary
	}
	const pass, skip, fail, unknown = check.Pass, check.Skip, check.Fail, check.Error
	for _, row := range []struct {
		name   string
		ledger ledger
		want   want
	}{
		{"all well", ledger{sent: 4, mapped: 4, after: counters{4, 4}},
			want{pass, pass, pass, "", ""}},
		{"one lost on the way", ledger{sent: 4, mapped: 3, after: counters{3, 3}},
			want{fail, pass, pass, "delivery.received", "3 of 4 messages received: 1 lost"}},
		{"nothing arrived", ledger{sent: 4},
			want{fail, skip, skip, "delivery.received", "0 of 4"}},
		{"one profile does not match", ledger{sent: 4, mapped: 2, after: counters{4, 2}},
			want{pass, fail, pass, "delivery.authenticated", "2 of 4 messages received matched a login profile: ise-login 2 of 2 missing"}},
		{"lost and not matched", ledger{sent: 4, mapped: 1, after: counters{3, 1}},
			want{fail, fail, pass, "delivery.received delivery.authenticated", ""}},
		{"matched and not mapped", ledger{sent: 4, mapped: 1, after: counters{4, 4}},
			want{pass, pass, fail, "delivery.mapped", "1 of 4 messages that matched became mappings"}},
		{"mapped to another user", ledger{sent: 4, mapped: 3, misnamed: 1, after: counters{4, 4}},
			want{pass, pass, fail, "delivery.mapped", "1 of 4 messages mapped another user"}},
		{"reset, but all mapped", ledger{sent: 4, mapped: 4, before: counters{90, 80}, after: counters{3, 3}},
			want{unknown, skip, pass, "delivery.received", "counters were reset"}},
		{"somebody began to send", ledger{sent: 4, mapped: 4, after: counters{9, 4}},
			want{unknown, pass, pass, "delivery.received", "rose by 9 for 4 messages"}},
		{"somebody began to send what matches", ledger{sent: 4, mapped: 4, after: counters{9, 9}},
			want{unknown, unknown, pass, "delivery.received delivery.authenticated", ""}},
		{"shared address, all proved", ledger{sent: 4, mapped: 4, shared: true, after: counters{40, 30}},
			want{pass, pass, pass, "", ""}},
		{"shared address, not told", ledger{sent: 4, mapped: 2, shared: true, after: counters{40, 30}},
			want{unknown, unknown, skip, "delivery.received delivery.authenticated", ""}},
		{"shared address, lost for certain", ledger{sent: 4, mapped: 2, shared: true, after: counters{3, 3}},
			want{fail, unknown, skip, "delivery.received delivery.authenticated", ""}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := judged(row.ledger, row.ledger.mapped)
			if row.ledger.misnamed > 0 {
				d.seen.mappings[row.ledger.mapped].user = `corp\somebody`
			}
			received := d.blamed("delivery.received", d.receivedResult())
			authenticated := d.judgeAuthenticated(t.Context())
			mapped := d.blamed("delivery.mapped", d.mappedResult())
			got := want{received: received.Status, authenticated: authenticated.Status, mapped: mapped.Status}
			var causes, summaries []string
			for i, r := range []check.Result{received, authenticated, mapped} {
				if r.Finding() && r.CausedBy == nil {
					causes = append(causes, []string{"delivery.received", "delivery.authenticated", "delivery.mapped"}[i])
					summaries = append(summaries, r.Summary)
				}
			}
			got.cause = strings.Join(causes, " ")
			summary := strings.Join(summaries, "\n")
			if !strings.Contains(summary, row.want.says) {
				t.Errorf("the cause says %q, want %q in it", summary, row.want.says)
			}
			got.says = row.want.says
			if got != row.want {
				t.Errorf("of %+v\n got %+v\nwant %+v\n%s", row.ledger, got, row.want, summary)
			}
		})
	}
}

// What background traffic hides is explained by the check that found the background.
func TestAmbiguityIsExplainedByTheBackground(t *testing.T) {
	t.Parallel()
	d := judged(ledger{sent: 4, mapped: 2, background: background{log: 20}, after: counters{40, 2}}, 2)
	r := d.receivedResult()
	if r.Status != check.Error || r.CausedBy == nil || *r.CausedBy != (check.Ref{Check: "listener.idle", Target: "fw1/nac1"}) {
		t.Errorf("received is %v because of %v, want an error because of listener.idle", r.Status, r.CausedBy)
	}
}
