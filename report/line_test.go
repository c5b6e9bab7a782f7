package report

import (
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

func TestLine(t *testing.T) {
	t.Parallel()
	bad, odd, slow := unmatched(), odd(), unreachable()
	for _, row := range []struct {
		name string
		r    check.Result
		o    TextOptions
		want string
	}{
		{"pass", bad[0], TextOptions{}, "PASS  fw1 firewall.api: the API accepts the key (all well)"},
		{"pass without a title", check.Result{Check: "a.b", Target: "fw1", Status: check.Pass, Summary: "all 3"}, TextOptions{}, "PASS  fw1 a.b: all 3"},
		{"pass without a word", check.Result{Check: "a.b", Target: "fw1", Status: check.Pass}, TextOptions{}, "PASS  fw1 a.b"},
		{"error", slow[0], TextOptions{}, "ERROR fw1 firewall.api: https://192.0.2.1/api/: no answer within 5s (clock of the attempt); next: see that this host may reach the management interface: curl -k https://192.0.2.1/"},
		{"skip with its cause elsewhere", slow[2], TextOptions{}, "SKIP  fw1/lab-ssl listener.reach: a check it needs did not pass (because: firewall.api@fw1)"},
		{"skip with its cause beside it", bad[12], TextOptions{}, "SKIP  fw1/lab-udp delivery.mapped: a check it needs did not pass: 0 of 12 messages became mappings (because: delivery.authenticated)"},
		{"interrupted", interrupted()[7], TextOptions{}, "SKIP  fw1/lab-ssl delivery.logged-out: interrupted"},
		{"chosen", odd[9], TextOptions{}, "SKIP  fw1/lab-udp delivery.sent: left out by --only"},
		{"Japanese", odd[11], TextOptions{Language: lang.Japanese}, "SKIP  fw1/lab-udp delivery.authenticated: 時間切れ: the run ended after 10m0s"},
		{"no status", check.Result{Check: "a.b", Target: "fw1"}, TextOptions{}, "ERROR fw1 a.b"},
		{"colour", check.Result{Check: "a.b", Target: "fw1", Status: check.Pass}, TextOptions{Color: true}, "\x1b[32mPASS \x1b[0m fw1 a.b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := Line(row.r, row.o); got != row.want {
				t.Errorf("Line = %q\nwant   %q", got, row.want)
			}
		})
	}
}
