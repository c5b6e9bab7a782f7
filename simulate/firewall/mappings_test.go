package firewall

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestMappingsEnd(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	fw := start(t, func(config *Config) { config.Now = c.Now })
	conn := dialUDP(t, fw)
	messages := uint64(0)
	say := func(text string) {
		t.Helper()
		send(t, conn, text)
		messages++
		wait(t, fw, KindMessage, messages)
	}
	left := func(want ...time.Duration) {
		t.Helper()
		m := fw.Mappings(panos.DataPlane)
		if len(m) != len(want) {
			t.Fatalf("mappings %+v, want %d", m, len(want))
		}
		for i := range m {
			if m[i].Max != want[i] || m[i].Idle != want[i] {
				t.Errorf("mapping %+v, want %v left", m[i], want[i])
			}
		}
	}
	say(login("alice", "198.51.100.1"))
	left(45 * time.Minute)
	c.Advance(20 * time.Minute)
	say(login("bob", "198.51.100.2"))
	left(25*time.Minute, 45*time.Minute)
	c.Advance(25*time.Minute - time.Millisecond)
	left(time.Second, 20*time.Minute+time.Second) // a started second is one
	say(login("Alice", "198.51.100.1"))           // in time
	if change := last(t, fw, KindMappingAdded).Fields["change"]; change != "refreshed" {
		t.Errorf("the second login %v", change)
	}
	c.Advance(20*time.Minute + time.Millisecond)
	left(25*time.Minute - 0*time.Second)
	wait(t, fw, KindMappingRemoved, 1)
	if got := last(t, fw, KindMappingRemoved).Fields; got["user"] != `corp\bob` || got["reason"] != "timeout" {
		t.Errorf("removed %+v", got)
	}
	say(login("carol", "198.51.100.1"))
	if got := last(t, fw, KindMappingAdded).Fields; got["change"] != "replaced" || got["before"] != `corp\alice` {
		t.Errorf("carol's login %+v", got)
	}
	c.Advance(45 * time.Minute)
	left()
}

// A logout that comes after the end finds nothing, without anybody having looked.
func TestEndedMappingIsNotLoggedOut(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now()}
	fw := start(t, func(config *Config) { config.Now, config.MappingTimeout = c.Now, time.Minute })
	conn := dialUDP(t, fw)
	send(t, conn, login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	c.Advance(time.Minute)
	send(t, conn, logout("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 2)
	if got := last(t, fw, KindMappingRefused).Fields["reason"]; got != string(NotMapped) {
		t.Errorf("the logout found %v", got)
	}
}

func TestMappingsWithoutTimeout(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now()}
	fw := start(t, func(config *Config) { config.Now, config.MappingTimeout = c.Now, panos.Never })
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	c.Advance(1000 * time.Hour)
	m := fw.Mappings(panos.DataPlane)
	if len(m) != 1 || m[0].Max != panos.Never || m[0].Idle != panos.Never {
		t.Errorf("mappings %+v", m)
	}
}

// A full table has room again when its oldest entry has ended, and a refresh needs none.
func TestFullTable(t *testing.T) {
	t.Parallel()
	now := time.Now()
	m := newMappings(1)
	at := place{"vsys1", netip.MustParseAddr("198.51.100.1")}
	other := place{"vsys2", at.address}
	for _, step := range []struct {
		name   string
		at     place
		after  time.Duration
		change string
		reason Reason
	}{
		{"first", at, 0, "added", NoReason},
		{"full", other, time.Second, "", TableFull},
		{"refresh", at, 30 * time.Second, "refreshed", NoReason},
		{"still full", other, 89 * time.Second, "", TableFull},
		{"room", other, 90 * time.Second, "added", NoReason},
	} {
		m.expire(now.Add(step.after))
		if change, _, reason := m.login(step.at, holder{"a", fromSyslog, time.Minute}, now.Add(step.after)); change != step.change || reason != step.reason {
			t.Errorf("%s: %q, %q, want %q, %q", step.name, change, reason, step.change, step.reason)
		}
	}
}

func TestOneAddressOfTwoVirtualSystems(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.Senders[1].VSys = "vsys2" })
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	send(t, dialSSL(t, fw), login("bob", "198.51.100.1"))
	wait(t, fw, KindMessage, 2)
	wantTable(t, fw, `198.51.100.1 corp\alice, 198.51.100.1 corp\bob`)
	if !fw.SystemInfo().MultiVSys {
		t.Error("system info does not say multi-vsys")
	}
}

// Everything at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	ctx, stop := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				_, _ = fw.CLI("show user server-monitor state all")
				_, _, _ = fw.Mappings(panos.DataPlane), fw.Statistics(), fw.Record().Since(0)
			}
		})
	}
	readers.Go(func() {
		for ctx.Err() == nil {
			_ = fw.Faults().Start(FaultBackgroundTraffic, map[string]string{"rate": "1000"})
			_ = fw.Faults().Start(FaultWrongEventType, nil)
			fw.Faults().Stop(FaultBackgroundTraffic)
			fw.Faults().Stop(FaultWrongEventType)
		}
	})
	var senders sync.WaitGroup
	const each = 200
	for _, conn := range []interface{ Write([]byte) (int, error) }{dialSSL(t, fw), dialSSL(t, fw)} {
		senders.Go(func() {
			for range each {
				_, _ = conn.Write([]byte(login("alice", "198.51.100.1") + "\n"))
			}
		})
	}
	senders.Wait()
	deadline := within(t)
	for counters(t, fw, "lab ssl")[0] < 2*each && deadline.Err() == nil {
		_ = fw.Wait(deadline, KindMessage, fw.Record().Count(KindMessage)+1)
	}
	stop()
	readers.Wait()
	if got := counters(t, fw, "lab ssl")[0]; got != 2*each {
		t.Errorf("%d messages, want %d", got, 2*each)
	}
}

// Lives of any length, in any order: what has ended is what a plain look at each would say.
func TestMappingsOfDifferentLives(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	m := newMappings(1000)
	ends := map[place]time.Time{} // of those that end
	at := place{"vsys1", netip.MustParseAddr("198.51.100.0")}
	for i := range 300 {
		at.address = netip.AddrFrom4([4]byte{198, 51, 100, byte(i * 7 % 20)})
		life := time.Duration(i*37%23+1) * time.Second
		switch {
		case i%11 == 0:
			m.logout(at, "")
			delete(ends, at)
			continue
		case i%6 == 0: // also after a life that ends
			life = panos.Never
			delete(ends, at)
		default:
			ends[at] = now.Add(life)
		}
		m.login(at, holder{"a", fromXMLAPI, life}, now)
		now = now.Add(time.Second / 3)
		gone := map[place]bool{}
		for _, entry := range m.expire(now) {
			gone[entry.place] = true
		}
		for p, end := range ends {
			if gone[p] != !now.Before(end) {
				t.Fatalf("step %d: %v, which ends at %v, gone: %v at %v", i, p, end, gone[p], now)
			}
			if gone[p] {
				delete(ends, p)
			}
			delete(gone, p)
		}
		if len(gone) > 0 {
			t.Fatalf("step %d: %v are gone that do not end", i, gone)
		}
	}
	if len(ends) == 0 || len(m.ends) != len(ends) || len(m.entries) <= len(ends) {
		t.Errorf("%d entries, %d of them in the heap, want %d", len(m.entries), len(m.ends), len(ends))
	}
}
