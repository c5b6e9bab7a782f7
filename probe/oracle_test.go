package probe

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// told is a firewall that answers what it is told to.
type told struct {
	status string // of the entry nac1
	users  map[netip.Addr]string
	at     time.Time // by its clock
}

func (o told) state(context.Context) (panos.ServerMonitorState, []check.Evidence, error) {
	return panos.ServerMonitorState{Senders: []panos.SenderState{{Name: "nac1"}}}, nil, nil
}

func (o told) statistics(context.Context) (panos.ServerMonitorStatistics, []check.Evidence, error) {
	return panos.ServerMonitorStatistics{Syslog: []panos.ServerStatus{{Name: "nac1", Status: o.status}}}, nil, nil
}

func (o told) mapping(_ context.Context, _ panos.Table, a netip.Addr) (*panos.Mapping, []check.Evidence, error) {
	if user, ok := o.users[a]; ok {
		return &panos.Mapping{Address: a, User: user}, nil, nil
	}
	return nil, nil, nil
}

func (o told) highAvailability(context.Context) (panos.HighAvailability, []check.Evidence, error) {
	return panos.HighAvailability{}, nil, nil
}

func (o told) clock(context.Context) (panos.Clock, []check.Evidence, error) {
	return panos.ClockAt(o.at), nil, nil
}

func (o told) close() error { return nil }

func TestStatusIsTheOneItShouldBe(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, status string
		scheme       sender.Scheme
		want         check.Status
		symptom      string
	}{
		{"UDP has none", "N/A", sender.UDP, check.Pass, ""},
		{"SSL is connected", "Connected", sender.TLS, check.Pass, ""},
		{"SSL is not connected", "Not connected", sender.TLS, check.Fail, "syslog.status.not-connected"},
		{"UDP with a connection", "Connected", sender.UDP, check.Fail, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDelivery(&firewallSession{oracle: told{status: row.status}}, Sender{Name: "nac1", To: sender.Destination{Scheme: row.scheme}})
			r := d.askStatus(t.Context())
			if r.Status != row.want || r.Symptom != row.symptom || !strings.Contains(r.Summary, row.status) {
				t.Errorf("status %q over %s: %v %q (%s), want %v %q", row.status, row.scheme, r.Status, r.Summary, r.Symptom, row.want, row.symptom)
			}
		})
	}
}

// A test user that an earlier run left behind is waited out; somebody else's user is not.
func TestLookTellsEarlierRunsFromOthers(t *testing.T) {
	t.Parallel()
	addresses := []netip.Addr{netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2"), netip.MustParseAddr("198.51.100.3")}
	d := newDelivery(&firewallSession{config: Firewall{Run: "7f3a"}, oracle: told{users: map[netip.Addr]string{
		addresses[0]: `corp\uidprobe-0000-001`,
		addresses[1]: `other\uidprobe-7f3a-002`,
		addresses[2]: `corp\uidprobe-7f3a-003`,
	}}}, Sender{Name: "nac1", Users: "uidprobe-"})
	for i, user := range []string{`corp\uidprobe-7f3a-001`, `corp\uidprobe-7f3a-002`, `corp\uidprobe-7f3a-003`} {
		d.messages = append(d.messages, message{user: user, address: addresses[i]})
	}
	o := observation{mappings: make([]sighting, 3)}
	if err := d.look(t.Context(), &o); err != nil {
		t.Fatal(err)
	}
	if o.mappings[0].user != "" || o.ledger.misnamed != 1 || o.ledger.mapped != 1 {
		t.Errorf("seen %+v, %d mapped, %d misnamed; want the first not seen, one misnamed, one mapped", o.mappings, o.ledger.mapped, o.ledger.misnamed)
	}
}
