package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/sender"
)

// parse reads a site of one firewall whose only sender has one login profile. test is what
// stands under that key, to is where it sends.
func parse(test, to string) (*plan.Site, error) {
	return plan.Parse(sites+"inline.yaml", fmt.Appendf(nil, `version: 1
profile_files: [profiles.yaml]
firewalls:
  - name: fw1
    api: {url: "https://192.0.2.1", key: {env: UIDPROBE_FW1_KEY}}
    senders: [{name: lab, to: %q, profiles: [{name: site-login}]}]
test: {%s}
`, to, test))
}

func TestPoolLeavesOutWhatNoHostHas(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, networks string
		messages       int
		want           string // the addresses, or the beginning of what is wrong
	}{
		{"one address", "203.0.113.7/32", 1, "203.0.113.7"},
		{"two addresses", "203.0.113.6/31", 2, "203.0.113.6 203.0.113.7"},
		{"four addresses", "203.0.113.4/30", 2, "203.0.113.5 203.0.113.6"},
		{"four addresses are two", "203.0.113.4/30", 3, "test.addresses holds 2 addresses, 3 are needed"},
		{"the end of IPv4 space that is used", "223.255.255.252/30", 2, "223.255.255.253 223.255.255.254"},
		{"one IPv6 address", "'2001:db8::7/128'", 1, "2001:db8::7"},
		{"two IPv6 addresses", "'2001:db8::6/127'", 2, "2001:db8::6 2001:db8::7"},
		{"four IPv6 addresses", "'2001:db8::4/126'", 3, "2001:db8::5 2001:db8::6 2001:db8::7"},
		{"several networks in their order", "203.0.113.7/32, '2001:db8::7/128', 203.0.113.3/32", 3, "203.0.113.7 2001:db8::7 203.0.113.3"},
		{"no more than is needed", "'2001:db8::/32'", 2, "2001:db8::1 2001:db8::2"},
		{"one too few", "203.0.113.7/32", 2, "test.addresses holds 1 address, 2 are needed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			site, err := parse(fmt.Sprintf("messages: %d, addresses: [%s]", row.messages, row.networks), "udp://192.0.2.1")
			if err != nil {
				if !strings.Contains(err.Error(), row.want) {
					t.Errorf("got %v, want %s", err, row.want)
				}
				return
			}
			var got []string
			for _, a := range site.Firewalls[0].Senders[0].Pool {
				got = append(got, a.String())
			}
			if !slices.Equal(got, strings.Fields(row.want)) {
				t.Errorf("pool %v, want %s", got, row.want)
			}
		})
	}
}

func TestLightLimits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, test, to, want string }{
		{"the limits themselves", "rate: 100/s, messages: 1000, addresses: [198.18.0.0/15]", "udp://192.0.2.1", ""},
		{"one message more", "messages: 1001, addresses: [198.18.0.0/15]", "udp://192.0.2.1", "test.messages: more than 1000 messages"},
		{"one a second more", "rate: 101/s", "udp://192.0.2.1", "test.rate: more than 100 messages a second"},
		{"a message a minute more", "rate: 6001/m", "udp://192.0.2.1", "test.rate: more than 100 messages a second"},
		{"the limit by the minute", "rate: 6000/m", "udp://192.0.2.1", ""},
		{"as slow as the clock", "rate: 2/s, messages: 120", "udp://192.0.2.1", `test.rate: 120 messages of sender "lab" at 2/s take 1m, clocks.check is 1m; raise it`},
		{"faster than the clock", "rate: 2/s, messages: 119", "udp://192.0.2.1", ""},
		{"slower than any clock", "rate: 1/h, messages: 100000, addresses: [10.0.0.0/8]", "udp://127.0.0.1", "take 100000h"},
		{"a name is not loopback", "rate: 101/s", "udp://localhost", "test.rate: more than 100 messages a second"},
		{"loopback", "rate: 101/s, messages: 1001, addresses: [198.18.0.0/15]", "udp://127.0.0.2", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(row.test, row.to)
			switch {
			case row.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

func TestDestinations(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, to string
		want     sender.Destination
	}{
		{"udp", "udp://192.0.2.1", sender.Destination{Scheme: sender.UDP, Host: "192.0.2.1", Port: 514}},
		{"tls", "tls://192.0.2.1", sender.Destination{Scheme: sender.TLS, Host: "192.0.2.1", Port: 6514}},
		{"ssl is tls", "ssl://192.0.2.1:1", sender.Destination{Scheme: sender.TLS, Host: "192.0.2.1", Port: 1}},
		{"the last port", "udp://192.0.2.1:65535", sender.Destination{Scheme: sender.UDP, Host: "192.0.2.1", Port: 65535}},
		{"a scheme in capitals", "UDP://192.0.2.1", sender.Destination{Scheme: sender.UDP, Host: "192.0.2.1", Port: 514}},
		{"a slash at the end", "udp://192.0.2.1:514/", sender.Destination{Scheme: sender.UDP, Host: "192.0.2.1", Port: 514}},
		{"IPv6", "udp://[2001:db8::1]:515", sender.Destination{Scheme: sender.UDP, Host: "2001:db8::1", Port: 515}},
		{"a name", "udp://FW_1.corp.example", sender.Destination{Scheme: sender.UDP, Host: "FW_1.corp.example", Port: 514}},
		{"a name with its final dot", "udp://fw1.corp.example.", sender.Destination{Scheme: sender.UDP, Host: "fw1.corp.example.", Port: 514}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			site, err := parse("", row.to)
			if err != nil {
				t.Fatal(err)
			}
			if got := site.Firewalls[0].Senders[0].To; got != row.want {
				t.Errorf("to %q is %+v, want %+v", row.to, got, row.want)
			}
		})
	}
}
