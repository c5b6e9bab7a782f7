package firewall

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// refusals are the reasons for which logins and logouts came to nothing, in order.
func refusals(fw *Firewall) (reasons []string) {
	for _, e := range fw.Record().Since(0) {
		if e.Kind == KindMappingRefused {
			reasons = append(reasons, fmt.Sprint(e.Fields["address"], " ", e.Fields["reason"]))
		}
	}
	return reasons
}

// Each fault that leaves the message counted: what a login under it makes, and that all is
// well again afterwards.
func TestGateFaults(t *testing.T) {
	t.Parallel()
	ssl := map[string]string{"sender": "lab ssl"}
	const mapped = `198.51.100.1 corp\alice`
	for _, test := range []struct {
		name, id string
		params   map[string]string
		user     string
		counters [2]uint64
		table    string
		refused  string
	}{
		{"ignored", FaultIgnoredUser, nil, "UIDprobe-1", [2]uint64{1, 0}, "", "198.51.100.1 ignored-user"},
		{"ignored in any domain", FaultIgnoredUser, nil, `other\uidprobe-1`, [2]uint64{1, 0}, "", "198.51.100.1 ignored-user"},
		{"another user", FaultIgnoredUser, nil, "alice", [2]uint64{1, 1}, mapped, ""},
		{"shorter than the prefix", FaultIgnoredUser, map[string]string{"users": "alices"}, "alice", [2]uint64{1, 1}, mapped, ""},
		{"ignored by a parameter", FaultIgnoredUser, map[string]string{"users": "ali"}, "alice", [2]uint64{1, 0}, "", "198.51.100.1 ignored-user"},
		{"excluded", FaultNetworkExcluded, nil, "alice", [2]uint64{1, 0}, "", "198.51.100.1 network-not-included"},
		{"another network excluded", FaultNetworkExcluded, map[string]string{"network": "203.0.113.0/24"}, "alice", [2]uint64{1, 1}, mapped, ""},
		{"domain", FaultDomainOverride, nil, "alice", [2]uint64{1, 1}, `198.51.100.1 other\alice`, ""},
		{"domain by a parameter", FaultDomainOverride, map[string]string{"domain": "Lab"}, `corp\alice`, [2]uint64{1, 1}, `198.51.100.1 lab\alice`, ""},
		{"domain of the other sender", FaultDomainOverride, ssl, "alice", [2]uint64{1, 1}, mapped, ""},
		{"late", FaultDataplaneLate, nil, "alice", [2]uint64{1, 1}, "", ""},
		{"one transport of two wrong, of the other sender", FaultWrongTransport, ssl, "alice", [2]uint64{1, 1}, mapped, ""},
		{"the other entry disabled", FaultEntryDisabled, ssl, "alice", [2]uint64{1, 1}, mapped, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, nil)
			conn := dialUDP(t, fw)
			startFault(t, fw, test.id, test.params)
			send(t, conn, login(test.user, "198.51.100.1"))
			wait(t, fw, KindMessage, 1)
			wantCounters(t, fw, "lab udp", test.counters[0], test.counters[1])
			wantTable(t, fw, test.table)
			if got := strings.Join(refusals(fw), ", "); got != test.refused {
				t.Errorf("refused: %q, want %q", got, test.refused)
			}
			if len(fw.Mappings(panos.ManagementPlane)) != int(test.counters[1]) {
				t.Errorf("the management plane has %+v", fw.Mappings(panos.ManagementPlane))
			}
			fw.Faults().Stop(test.id)
			send(t, conn, login("alice", "198.51.100.1"))
			wait(t, fw, KindMessage, 2)
			wantTable(t, fw, mapped)
		})
	}
}

// The default dialect apart, a login that is kept out may raise the counter.
func TestKeptOutMayAuthenticate(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.Dialect.KeptOutAuthenticates = panos.Yes })
	startFault(t, fw, FaultNetworkExcluded, nil)
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	wantCounters(t, fw, "lab udp", 1, 1)
	wantTable(t, fw, "")
}

// A disabled entry is not shown and takes no message; both end with the fault.
func TestEntryDisabled(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	conn := dialUDP(t, fw)
	startFault(t, fw, FaultEntryDisabled, nil)
	send(t, conn, login("alice", "198.51.100.1"))
	wait(t, fw, KindUnknownSource, 1)
	if s := fw.State().Senders; len(s) != 1 || s[0].Name != "lab ssl" {
		t.Errorf("state shows %+v", s)
	}
	if s := fw.Statistics().Syslog; len(s) != 1 || s[0].Name != "lab ssl" {
		t.Errorf("statistics show %+v", s)
	}
	fw.Faults().Stop(FaultEntryDisabled)
	send(t, conn, login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	wantCounters(t, fw, "lab udp", 1, 1)
}

// The entry is shown with the other connection type, and takes what comes over that.
func TestWrongTransport(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.Senders = c.Senders[:1] })
	udp := dialUDP(t, fw)
	startFault(t, fw, FaultWrongTransport, nil)
	if s := fw.State().Senders[0]; s.Connections == nil {
		t.Errorf("state shows a UDP sender: %+v", s)
	}
	if s := fw.Statistics().Syslog[0]; s.Type != "SSL" || s.Status != "Not connected" {
		t.Errorf("statistics show %+v", s)
	}
	send(t, udp, login("alice", "198.51.100.1"))
	wait(t, fw, KindUnknownSource, 1)
	wantCounters(t, fw, "lab udp", 0, 0)
	ssl := dialSSL(t, fw)
	send(t, ssl, login("bob", "198.51.100.2"))
	wait(t, fw, KindMessage, 1)
	wantTable(t, fw, `198.51.100.2 corp\bob`)
	if s := fw.Statistics().Syslog[0]; s.Status != "Connected" {
		t.Errorf("statistics show %+v", s)
	}
	fw.Faults().Stop(FaultWrongTransport)
	send(t, udp, login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 2)
	if s := fw.State().Senders[0]; s.Connections != nil || s.LogMessages != 2 {
		t.Errorf("afterwards state shows %+v", s)
	}
}

// Another entry with that address and transport keeps its messages, also one further down.
func TestWrongTransportTakesNothingAway(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	startFault(t, fw, FaultWrongTransport, nil)
	send(t, dialSSL(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	wantCounters(t, fw, "lab ssl", 1, 1)
	wantCounters(t, fw, "lab udp", 0, 0)
}

func TestWrongTransportOfAnSSLSender(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.Senders = c.Senders[1:] })
	startFault(t, fw, FaultWrongTransport, nil)
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	if s := fw.State().Senders[0]; s.Connections != nil || s.AuthSuccess != 1 {
		t.Errorf("state shows %+v", s)
	}
}

// Entry and mappings are in the other virtual system, which the API's parameter selects.
func TestWrongVSys(t *testing.T) {
	t.Parallel()
	fw := start(t, withKey)
	conn := dialUDP(t, fw)
	startFault(t, fw, FaultWrongVSys, nil)
	send(t, conn, login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	if s := fw.State().Senders; s[0].VSys != "vsys2" || s[1].VSys != "vsys1" {
		t.Errorf("state shows %+v", s)
	}
	if s := fw.Statistics().Syslog; s[0].VSys != "vsys2" || s[1].VSys != "vsys1" {
		t.Errorf("statistics show %+v", s)
	}
	if got := last(t, fw, KindMessage).Fields["vsys"]; got != "vsys2" {
		t.Errorf("the message is recorded in %v", got)
	}
	if !fw.SystemInfo().MultiVSys {
		t.Error("system info does not say multi-vsys")
	}
	for vsys, want := range map[string]int{"vsys1": 0, "vsys2": 1, "": 1} {
		form := op(cmdByIP)
		if vsys != "" {
			form.Set("vsys", vsys)
		}
		_, body := ask(t, fw, "POST", "/api/", form, keyHeader)
		if got := strings.Count(body, "<vsys>vsys2</vsys>"); got != want {
			t.Errorf("vsys=%q: %s", vsys, body)
		}
		form.Set("cmd", cmdState)
		_, body = ask(t, fw, "POST", "/api/", form, keyHeader)
		if strings.Contains(body, "lab udp(vsys: vsys2)") != (want == 1) || strings.Contains(body, "lab ssl(vsys: vsys1)") != (vsys != "vsys2") {
			t.Errorf("vsys=%q: %s", vsys, body)
		}
	}
	fw.Faults().Stop(FaultWrongVSys)
	send(t, conn, login("bob", "198.51.100.1"))
	wait(t, fw, KindMessage, 2)
	wantTable(t, fw, `198.51.100.1 corp\bob, 198.51.100.1 corp\alice`)
}

// The data plane follows after the delay; a refresh does not hide what is there, another
// user waits anew.
func TestDataplaneDelay(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	fw := start(t, func(config *Config) { config.Now, config.DataplaneDelay = c.Now, 2*time.Second })
	conn := dialUDP(t, fw)
	for i, step := range []struct {
		after      time.Duration
		user       string // who logs in then; empty for nobody
		management string
		dataplane  string
	}{
		{0, "alice", `corp\alice`, ""},
		{2*time.Second - 1, "", `corp\alice`, ""},
		{1, "", `corp\alice`, `corp\alice`},
		{0, "alice", `corp\alice`, `corp\alice`},
		{0, "bob", `corp\bob`, ""},
		{2 * time.Second, "", `corp\bob`, `corp\bob`},
	} {
		c.Advance(step.after)
		if step.user != "" {
			n := fw.Record().Count(KindMessage)
			send(t, conn, login(step.user, "198.51.100.1"))
			wait(t, fw, KindMessage, n+1)
		}
		for name, want := range map[panos.Table]string{panos.ManagementPlane: step.management, panos.DataPlane: step.dataplane} {
			got := ""
			for _, m := range fw.Mappings(name) {
				got += m.User
			}
			if got != want {
				t.Errorf("step %d: %s has %q, want %q", i+1, name, got, want)
			}
		}
	}
}

// Mappings made meanwhile end early, and nobody has to look for it.
func TestMappingTimeoutFault(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now()}
	fw := start(t, func(config *Config) { config.Now = c.Now })
	conn := dialUDP(t, fw)
	send(t, conn, login("before", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	startFault(t, fw, FaultMappingTimeout, map[string]string{"after": "300ms"})
	send(t, conn, login("meanwhile", "198.51.100.2"))
	wait(t, fw, KindMessage, 2)
	c.Advance(300*time.Millisecond - 1)
	wantTable(t, fw, `198.51.100.1 corp\before, 198.51.100.2 corp\meanwhile`)
	c.Advance(1)
	wantTable(t, fw, `198.51.100.1 corp\before`)
	if got := last(t, fw, KindMappingRemoved).Fields; got["user"] != `corp\meanwhile` || got["reason"] != "timeout" {
		t.Errorf("removed %+v", got)
	}
	fw.Faults().Stop(FaultMappingTimeout)
	send(t, conn, login("after", "198.51.100.2"))
	wait(t, fw, KindMessage, 3)
	c.Advance(time.Second)
	wantTable(t, fw, `198.51.100.1 corp\before, 198.51.100.2 corp\after`)
}

// PAN-193184: the next login of an address within a second of its logout is lost, once.
func TestSameTimestamp(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 999_000_000, time.UTC)} // the window is no calendar second
	fw := start(t, func(config *Config) { config.Now = c.Now })
	conn := net.Conn(dialUDP(t, fw))
	startFault(t, fw, FaultSameTimestamp, nil)
	const address = "198.51.100.1"
	for i, step := range []struct {
		text    string
		after   time.Duration
		table   string
		success uint64
	}{
		{login("a", address), 0, address + ` corp\a`, 1},
		{logout("a", address), 0, "", 1},
		{login("a", address), time.Second - 1, "", 2}, // counted and lost
		{login("a", address), 0, address + ` corp\a`, 3},
		{logout("a", address), 0, "", 3},
		{login("a", address), time.Second, address + ` corp\a`, 4},
		{login("b", "198.51.100.2"), 0, address + ` corp\a, 198.51.100.2 corp\b`, 5},
	} {
		c.Advance(step.after)
		send(t, conn, step.text)
		wait(t, fw, KindMessage, uint64(i+1))
		wantTable(t, fw, step.table)
		wantCounters(t, fw, "lab udp", uint64(i+1), step.success)
	}
	if got := refusals(fw); len(got) != 1 || got[0] != address+" same-timestamp" {
		t.Errorf("refused %q", got)
	}
	send(t, conn, logout("a", address))
	wait(t, fw, KindMessage, 8)
	fw.Faults().Stop(FaultSameTimestamp)
	send(t, conn, login("a", address))
	wait(t, fw, KindMessage, 9)
	wantTable(t, fw, address+` corp\a, 198.51.100.2 corp\b`)
}

func TestRaceIsBounded(t *testing.T) {
	t.Parallel()
	r, at, now := newRace(), place{"vsys1", loopback}, time.Now()
	for range 2*maxRace + 1 {
		at.address = at.address.Next()
		r.logout(at, now)
	}
	if len(r.logouts) > maxRace || !r.lost(at, now) || r.lost(at, now) {
		t.Errorf("%d logouts are remembered", len(r.logouts))
	}
}

// A logout without a login changes nothing, raises one counter, and is recorded.
func TestLogoutWithoutLogin(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	send(t, dialUDP(t, fw), logout("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	wantCounters(t, fw, "lab udp", 1, 0)
	if got := strings.Join(refusals(fw), ", "); got != "198.51.100.1 not-mapped" {
		t.Errorf("refused %q", got)
	}
}

// The data plane's door is shut by its own list.
func TestSourceNotPermittedOnTheDataplane(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	startFault(t, fw, FaultSourceNotPermitted, map[string]string{"interface": "dataplane"})
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindDiscarded, 1)
	on, door := fw.door(fw.faults.Now())
	if on != Dataplane || fmt.Sprint(door.Permitted) != "[192.0.2.1/32]" {
		t.Errorf("the door is %s %v", on, door)
	}
	startFault(t, fw, FaultSourceNotPermitted, nil)
	if on, door := fw.door(fw.faults.Now()); on != Management || fmt.Sprint(door.Permitted) != "[0.0.0.0/0 192.0.2.1/32]" {
		t.Errorf("the door is %s %v", on, door)
	}
}

// A logout of an address that nobody has maps nobody, unless the fault has it so.
func TestStrayLogout(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	conn := dialUDP(t, fw)
	send(t, conn, logout("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	wantTable(t, fw, "")
	startFault(t, fw, FaultStrayLogoutMaps, nil)
	send(t, conn, logout("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 2)
	wantTable(t, fw, `198.51.100.1 corp\alice`)
	fw.Faults().Stop(FaultStrayLogoutMaps)
	send(t, conn, logout("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 3)
	wantTable(t, fw, "")
}
