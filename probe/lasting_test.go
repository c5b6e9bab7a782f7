package probe

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
)

// A mapping that was seen and is gone, or another's by now, did not last; nor does one whose time is
// shorter than a firewall can be told.
func TestMappingsThatDoNotLast(t *testing.T) {
	t.Parallel()
	a := netip.MustParseAddr("198.51.100.1")
	const user = `corp\uidprobe-7f3a-001`
	for _, row := range []struct {
		name  string
		now   map[netip.Addr]string
		lasts time.Duration // when it was seen
		want  check.Status
		says  string
	}{
		{"it is there", map[netip.Addr]string{a: user}, 45 * time.Minute, check.Pass, "all 1 are there; they last 45m0s"},
		{"it never ends", map[netip.Addr]string{a: user}, panos.Never, check.Pass, "without a time-out"},
		{"it is gone", nil, 45 * time.Minute, check.Fail, "1 of 1 mappings are gone already"},
		{"it is another's", map[netip.Addr]string{a: `corp\other`}, 45 * time.Minute, check.Fail, "1 of 1 mappings are gone already"},
		{"it ends soon", map[netip.Addr]string{a: user}, 20 * time.Second, check.Fail, "lasts 20s, less than the shortest time-out that can be set (1m0s)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDelivery(&firewallSession{oracle: told{users: row.now}}, Sender{Name: "nac1"})
			d.messages = []message{{user: user, address: a}}
			d.seen.mappings = []sighting{{user: user, lasts: row.lasts}}
			if r := d.askKept(t.Context()); r.Status != row.want || !strings.Contains(r.Summary, row.says) {
				t.Errorf("%v: %s, want %v: %s", r.Status, r.Summary, row.want, row.says)
			}
		})
	}
}
