package firewall

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
)

func TestHighAvailability(t *testing.T) {
	t.Parallel()
	pair := func(mode, local, peer string) panos.HighAvailability {
		return panos.HighAvailability{Enabled: true, Mode: mode, LocalState: local, PeerState: peer, PeerConnection: "up", RunningSync: "synchronized"}
	}
	for _, test := range []struct {
		name   string
		ha     HA
		fault  bool
		want   panos.HighAvailability
		counts bool
	}{
		{"alone", HA{}, false, panos.HighAvailability{}, true},
		{"active", HA{Mode: ActivePassive}, false, pair(ActivePassive, "active", "passive"), true},
		{"passive", HA{Mode: ActivePassive, State: HAPassive}, false, pair(ActivePassive, "passive", "active"), false},
		{"passive, and takes messages", HA{Mode: ActivePassive, State: HAPassive, PassiveTakes: true}, false, pair(ActivePassive, "passive", "active"), true},
		{"suspended", HA{Mode: ActivePassive, State: "suspended"}, false, pair(ActivePassive, "suspended", "passive"), true},
		{"active-active", HA{Mode: ActiveActive}, false, pair(ActiveActive, "active", "active"), true},
		{"fault on a unit alone", HA{}, true, pair(ActivePassive, "passive", "active"), false},
		{"fault on the active unit", HA{Mode: ActivePassive}, true, pair(ActivePassive, "passive", "active"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, func(c *Config) { withKey(c); c.HA = test.ha })
			if test.fault {
				startFault(t, fw, FaultHAPassive, nil)
			}
			for _, command := range []string{"show high-availability state", "show high-availability all"} {
				text, err := fw.CLI(command)
				if got, parsed := panos.ParseHighAvailability([]byte(text)); err != nil || parsed != nil || got != test.want {
					t.Errorf("%s: %v, %v: %+v, want %+v in\n%s", command, err, parsed, got, test.want, text)
				}
				parsed, _ := panos.ParseCLI(command)
				_, body := ask(t, fw, "POST", "/api/", op(parsed.XML()), keyHeader)
				response, err := panos.ParseResponse([]byte(body))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := response.HighAvailability(); err != nil || got != test.want {
					t.Errorf("%s by the API: %v: %+v, want %+v", command, err, got, test.want)
				}
			}
			send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
			if test.counts {
				wait(t, fw, KindMessage, 1)
				wantTable(t, fw, `198.51.100.1 corp\alice`)
				return
			}
			wait(t, fw, KindDiscarded, 1)
			wantCounters(t, fw, "lab udp", 0, 0)
			wantTable(t, fw, "")
		})
	}
}

// A passive unit shows no SSL sender as connected, also when it takes messages.
func TestPassiveUnitShowsNotConnected(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.HA = HA{Mode: ActivePassive, State: HAPassive, PassiveTakes: true} })
	dialSSL(t, fw)
	if got := fw.Statistics().Syslog[1].Status; got != "Not connected" {
		t.Errorf("status %q", got)
	}
}

func TestGateMistakesAreReported(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{
		ListenOn: "loopback", HA: HA{Mode: "active/passive"}, DataplaneDelay: -1,
		ManagementInterface: Door{Permitted: make([]netip.Prefix, 1)},
		DataplaneInterface:  Door{Permitted: append(prefixes("192.0.2.0/24"), netip.Prefix{})},
	})
	for _, want := range []string{
		`interface "loopback" is not one of management, dataplane`,
		`HA mode "active/passive" is not one of Active-Passive, Active-Active`,
		`data plane delay -1ns is below 0`,
		`management interface: permitted address 1 is not valid`,
		`dataplane interface: permitted address 2 is not valid`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	for ha, want := range map[HA]string{
		{State: HAPassive}:                          `HA state "passive" without a mode`,
		{Mode: ActivePassive, State: "not present"}: `HA state "not present" is not one word`,
	} {
		if _, err := Start(t.Context(), Config{HA: ha}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", ha, err, want)
		}
	}
}
