package firewall

import (
	"net"
	"net/netip"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// What was measured on devices, and on the last lines what is inferred from it.
func TestPermittedAddresses(t *testing.T) {
	t.Parallel()
	const v4, v6 = "192.0.2.7", "2001:db8::7"
	for _, test := range []struct {
		name                  string
		list                  []netip.Prefix
		source                string
		management, dataplane bool
	}{
		{"no list", nil, v4, true, true},
		{"no list, IPv6", nil, v6, true, true},
		{"listed host", prefixes("192.0.2.7/32"), v4, true, true},
		{"listed network", prefixes("198.51.100.0/24", "192.0.2.0/24"), v4, true, true},
		{"another host", prefixes("192.0.2.8/32"), v4, false, false},
		{"IPv6 alone shuts out IPv4", prefixes("2001:db8::/32"), v4, false, false},
		{"IPv4 alone shuts out IPv6", prefixes("192.0.2.0/24"), v6, false, false},
		{"IPv6 by its own entry", prefixes("192.0.2.0/24", "2001:db8::/32"), v6, true, true},
		{"everybody and another host", prefixes("0.0.0.0/0", "192.0.2.8/32"), v4, false, true},
		{"everybody and this host", prefixes("0.0.0.0/0", "192.0.2.7/32"), v4, true, true},
		{"mapped IPv4 source", prefixes("192.0.2.7/32"), "::ffff:192.0.2.7", true, true},
		{"a zone", prefixes("fe80::/64"), "fe80::1%eth0", true, true},
		{"everybody alone", prefixes("0.0.0.0/0"), v4, true, true},
		{"every IPv4 alone, IPv6", prefixes("0.0.0.0/0"), v6, true, false},
		{"every IPv6", prefixes("::/0"), v6, true, true},
	} {
		door, source := Door{Permitted: test.list}, netip.MustParseAddr(test.source)
		if got := door.permits(Management, source); got != test.management {
			t.Errorf("%s: management %v permits %s: %v, want %v", test.name, test.list, source, got, test.management)
		}
		if got := door.permits(Dataplane, source); got != test.dataplane {
			t.Errorf("%s: data plane %v permits %s: %v, want %v", test.name, test.list, source, got, test.dataplane)
		}
	}
}

// The configuration shuts the listeners as the faults do, on the interface where they are.
func TestConfiguredDoors(t *testing.T) {
	t.Parallel()
	everybodyAndAnother := Door{Permitted: prefixes("0.0.0.0/0", "192.0.2.8/32")}
	for _, test := range []struct {
		name     string
		config   func(*Config)
		reason   string // of both transports; empty if they take messages
		services [2]panos.ListenerService
	}{
		{"open", func(*Config) {}, "", [2]panos.ListenerService{"enabled", "enabled"}},
		{"the other interface is shut", func(c *Config) {
			c.DataplaneInterface = Door{Permitted: prefixes("192.0.2.8/32"), DisableUDP: true, DisableSSL: true}
		}, "", [2]panos.ListenerService{"enabled", "enabled"}},
		{"management drops everybody", func(c *Config) { c.ManagementInterface = everybodyAndAnother },
			FaultSourceNotPermitted, [2]panos.ListenerService{"enabled", "enabled"}},
		{"data plane honours everybody", func(c *Config) { c.ListenOn, c.DataplaneInterface = Dataplane, everybodyAndAnother },
			"", [2]panos.ListenerService{"enabled", "enabled"}},
		{"both off", func(c *Config) { c.ManagementInterface = Door{DisableUDP: true, DisableSSL: true} },
			FaultServiceDisabled, [2]panos.ListenerService{"disabled", "disabled"}},
		{"both off on the data plane", func(c *Config) {
			c.ListenOn, c.DataplaneInterface = Dataplane, Door{DisableUDP: true, DisableSSL: true}
		}, FaultServiceDisabled, [2]panos.ListenerService{"disabled", "disabled"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, test.config)
			if s := fw.State(); s.UDP != test.services[0] || s.SSL != test.services[1] {
				t.Errorf("services are %q and %q, want %q", s.UDP, s.SSL, test.services)
			}
			send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
			if test.reason == "" {
				wait(t, fw, KindMessage, 1)
				dialSSL(t, fw)
				return
			}
			wait(t, fw, KindDiscarded, 1)
			if got := last(t, fw, KindDiscarded).Fields["reason"]; got != test.reason {
				t.Errorf("discarded for %v, want %s", got, test.reason)
			}
			if conn, err := net.Dial("tcp", fw.SSLAddr().String()); err == nil {
				defer conn.Close()
				wantReset(t, conn)
			}
			wait(t, fw, KindConnectionRefused, 1)
			if got := last(t, fw, KindConnectionRefused).Fields["reason"]; got != test.reason {
				t.Errorf("refused for %v, want %s", got, test.reason)
			}
			wantCounters(t, fw, "lab udp", 0, 0)
		})
	}
}

// One transport off leaves the other alone.
func TestOneServiceOff(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.ManagementInterface.DisableSSL = true })
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	if s := fw.State(); s.UDP != panos.ServiceEnabled || s.SSL != panos.ServiceDisabled {
		t.Errorf("services are %q and %q", s.UDP, s.SSL)
	}
}
