package firewall

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

func TestMessageBecomesMapping(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, sender string
		dial         func(*testing.T, *Firewall) net.Conn
	}{
		{"udp", "lab udp", dialUDP},
		{"ssl", "lab ssl", func(t *testing.T, fw *Firewall) net.Conn { return dialSSL(t, fw) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, nil)
			conn := test.dial(t, fw)
			send(t, conn, login("Alice", "198.51.100.1"))
			send(t, conn, login(`other\bob`, "198.51.100.2"))
			send(t, conn, "<38>nothing that a profile knows")
			wait(t, fw, KindMessage, 3)
			wantCounters(t, fw, test.sender, 3, 2)
			wantTable(t, fw, `198.51.100.1 corp\alice, 198.51.100.2 corp\bob`)
			if m := fw.Mappings(panos.ManagementPlane); len(m) != 2 || m[0].From != "SYSLOG" || m[0].VSys != "vsys1" {
				t.Errorf("the management plane has %+v", m)
			}

			send(t, conn, logout("alice", "198.51.100.1"))
			send(t, conn, logout("alice", "198.51.100.2")) // it is bob's
			send(t, conn, logout("alice", "198.51.100.3")) // it is nobody's
			wait(t, fw, KindMessage, 6)
			wantCounters(t, fw, test.sender, 6, 2)
			wantTable(t, fw, `198.51.100.2 corp\bob`)
		})
	}
}

func TestRecordTellsWhatEachProfileMade(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	text := login("alice", "198.51.100.1")
	conn := dialUDP(t, fw)
	send(t, conn, text)
	wait(t, fw, KindMessage, 1)
	want := map[string]any{
		"sender": "lab udp", "vsys": "vsys1", "source": conn.LocalAddr().String(), "transport": "udp", "size": len(text), "text": text,
		"profiles": []Verdict{
			{Profile: "test-login", Event: panos.Login, Outcome: "mapping", User: `corp\alice`, Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.1")}},
			{Profile: "test-logout", Event: panos.Logout, Outcome: "nothing"},
		},
	}
	if got := last(t, fw, KindMessage).Fields; !reflect.DeepEqual(got, want) {
		t.Errorf("message event\n%+v, want\n%+v", got, want)
	}
	want = map[string]any{"address": "198.51.100.1", "user": `corp\alice`, "vsys": "vsys1", "change": "added"}
	if got := last(t, fw, KindMappingAdded).Fields; !reflect.DeepEqual(got, want) {
		t.Errorf("mapping event\n%+v, want\n%+v", got, want)
	}
}

func TestDatagramHoldsSeveralMessages(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	send(t, dialUDP(t, fw), login("a", "198.51.100.1")+"\r\n\n"+login("b", "198.51.100.2")+"\n"+login("c", "198.51.100.3")+"\x00")
	wait(t, fw, KindMessage, 3)
	wantCounters(t, fw, "lab udp", 3, 3)
	wantTable(t, fw, `198.51.100.1 corp\a, 198.51.100.2 corp\b, 198.51.100.3 corp\c`)
}

func TestMessageSpansRecords(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	conn := dialSSL(t, fw)
	for _, b := range []byte(login("alice", "198.51.100.1") + "\r\n") { // each a record of its own
		if _, err := conn.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, fw, KindMessage, 1)
	wantCounters(t, fw, "lab ssl", 1, 1)
	wantTable(t, fw, `198.51.100.1 corp\alice`)
}

func TestAttribution(t *testing.T) {
	t.Parallel()
	sender := func(name string, connection panos.ConnectionType, address string, disabled bool) Sender {
		return Sender{Name: name, Connection: connection, Address: netip.MustParseAddr(address), Disabled: disabled, Profiles: attachments()}
	}
	for _, test := range []struct {
		name    string
		senders []Sender
		want    string // empty: unknown source
	}{
		{"by address and transport", []Sender{
			sender("elsewhere", panos.UDP, "192.0.2.1", false), sender("ssl", panos.SSL, "127.0.0.1", false), sender("right", panos.UDP, "127.0.0.1", false),
		}, "right"},
		{"the first of two", []Sender{sender("first", panos.UDP, "127.0.0.1", false), sender("second", panos.UDP, "127.0.0.1", false)}, "first"},
		{"a disabled entry is passed over", []Sender{sender("off", panos.UDP, "127.0.0.1", true), sender("on", panos.UDP, "127.0.0.1", false)}, "on"},
		{"an address mapped into IPv6", []Sender{sender("mapped", panos.UDP, "::ffff:127.0.0.1", false)}, "mapped"},
		{"unknown source", []Sender{sender("elsewhere", panos.UDP, "192.0.2.1", false)}, ""},
		{"the other transport only", []Sender{sender("ssl", "", "127.0.0.1", false)}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, func(c *Config) { c.Senders = test.senders })
			send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
			kind := KindMessage
			if test.want == "" {
				kind = KindUnknownSource
			}
			wait(t, fw, kind, 1)
			if got := last(t, fw, kind).Fields["sender"]; test.want != "" && got != test.want {
				t.Errorf("attributed to %v, want %s", got, test.want)
			}
			for _, s := range fw.State().Senders {
				want := uint64(0)
				if s.Name == test.want {
					want = 1
				}
				if s.LogMessages != want || s.AuthSuccess != want {
					t.Errorf("sender %s has counters %d, %d, want %d", s.Name, s.LogMessages, s.AuthSuccess, want)
				}
				if s.Name == "off" {
					t.Error("the disabled entry is shown")
				}
			}
			if test.want == "" {
				wantTable(t, fw, "")
			}
		})
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	twice := func() []profile.Attachment {
		a := attachments()
		second := a[0]
		second.Profile.Name = "test-login-again"
		return append(a, second)
	}
	for _, test := range []struct {
		name    string
		change  func(*Config)
		message string
		success uint64
		table   string
	}{
		{"login", nil, login("alice", "198.51.100.1"), 1, `198.51.100.1 corp\alice`},
		{"no profile reads it", nil, "<38>login failed user=alice ip=198.51.100.1", 0, ""},
		{"several profiles match, counted once", func(c *Config) { c.Senders[0].Profiles = twice() },
			login("alice", "198.51.100.1"), 1, `198.51.100.1 corp\alice`},
		{"login and logout both match, applied in order", nil,
			"<38>login ok logged out user=alice ip=198.51.100.1", 1, ""},
		{"logout", nil, logout("alice", "198.51.100.1"), 0, ""},
		{"logout that authenticates", func(c *Config) { c.Dialect.LogoutAuthenticates = panos.Yes },
			logout("alice", "198.51.100.1"), 1, ""},
		{"ignored user", func(c *Config) { c.IgnoreUsers = []string{"ALICE"} }, login("alice", "198.51.100.1"), 0, ""},
		{"ignored user with domain", func(c *Config) { c.IgnoreUsers = []string{`corp\alice`} }, login("alice", "198.51.100.1"), 0, ""},
		{"ignored user of another domain", func(c *Config) { c.IgnoreUsers = []string{`lab\alice`} },
			login("alice", "198.51.100.1"), 1, `198.51.100.1 corp\alice`},
		{"ignored user that counts", func(c *Config) { c.IgnoreUsers = []string{"alice"}; c.Dialect.KeptOutAuthenticates = panos.Yes },
			login("alice", "198.51.100.1"), 1, ""},
		{"network not included", func(c *Config) { c.Networks = networks("+192.0.2.0/24") }, login("alice", "198.51.100.1"), 0, ""},
		{"network included", func(c *Config) { c.Networks = networks("+192.0.2.0/24", "+198.51.100.0/24") },
			login("alice", "198.51.100.1"), 1, `198.51.100.1 corp\alice`},
		{"the first network decides", func(c *Config) { c.Networks = networks("-198.51.100.1/32", "+198.51.100.0/24") },
			login("alice", "198.51.100.1"), 0, ""},
		{"only exclusions", func(c *Config) { c.Networks = networks("-192.0.2.0/24") },
			login("alice", "198.51.100.1"), 1, `198.51.100.1 corp\alice`},
		{"table full", func(c *Config) { c.MaxMappings = 1 }, login("a", "198.51.100.1") + "\n" + login("b", "198.51.100.2"), 1, `198.51.100.1 corp\a`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, test.change)
			send(t, dialUDP(t, fw), test.message)
			messages := uint64(strings.Count(test.message, "\n") + 1)
			wait(t, fw, KindMessage, messages)
			wantCounters(t, fw, "lab udp", messages, test.success)
			wantTable(t, fw, test.table)
		})
	}
}

// networks reads "+192.0.2.0/24" as included and "-…" as excluded.
func networks(list ...string) (n []Network) {
	for _, s := range list {
		n = append(n, Network{Name: s, Prefix: netip.MustParsePrefix(s[1:]), Exclude: s[0] == '-'})
	}
	return n
}

func TestReasonsAreRecorded(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) {
		c.IgnoreUsers, c.Networks, c.MaxMappings = []string{"svc"}, networks("+198.51.100.0/24"), 1
	})
	conn := dialUDP(t, fw)
	for i, test := range []struct {
		message string
		want    Reason
	}{
		{login("svc", "198.51.100.1"), IgnoredUser},
		{login("alice", "192.0.2.1"), NetworkNotIncluded},
		{logout("alice", "198.51.100.1"), NotMapped},
		{login("alice", "198.51.100.1"), NoReason},
		{logout("bob", "198.51.100.1"), OtherUser},
		{login("bob", "198.51.100.2"), TableFull},
	} {
		send(t, conn, test.message)
		wait(t, fw, KindMessage, uint64(i+1))
		var got Reason
		for _, v := range last(t, fw, KindMessage).Fields["profiles"].([]Verdict) {
			if v.Refused != nil {
				got = v.Refused[0]
			}
		}
		if got != test.want {
			t.Errorf("%s: reason %q, want %q", test.message, got, test.want)
		}
		if test.want == NoReason {
			continue
		}
		if got := last(t, fw, KindMappingRefused).Fields["reason"]; got != string(test.want) {
			t.Errorf("%s: event with reason %q, want %q", test.message, got, test.want)
		}
	}
}

func TestSSLConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	connections := func() panos.Connections { return *fw.State().Senders[1].Connections }
	status := func() string { return fw.Statistics().Syslog[1].Status }
	if fw.State().Senders[0].Connections != nil || fw.Statistics().Syslog[0].Status != "N/A" {
		t.Error("a UDP sender has connections or a status")
	}
	if got := status(); got != "Not connected" {
		t.Errorf("status %q before", got)
	}
	first, second := dialSSL(t, fw), dialSSL(t, fw)
	if got, want := connections(), (panos.Connections{Active: 2, Total: 2}); got != want || status() != "Connected" {
		t.Errorf("connections %+v, status %s, want %+v", got, status(), want)
	}
	_, _ = first.Close(), second.Close()
	wait(t, fw, KindConnectionClosed, 2)
	if got, want := connections(), (panos.Connections{Active: 0, Total: 2}); got != want || status() != "Not connected" {
		t.Errorf("connections %+v, status %s, want %+v", got, status(), want)
	}
}

func TestEverythingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	fw, err := Start(ctx, Config{UDP: "127.0.0.1:0", SSL: "127.0.0.1:0", API: "127.0.0.1:0",
		Senders: []Sender{{Name: "ssl", Address: loopback, Profiles: attachments()}}})
	if err != nil {
		t.Fatal(err)
	}
	open := dialSSL(t, fw)
	silent := dialTCP(t, fw.SSLAddr())
	idle := dialTCP(t, fw.APIAddr())
	if err := fw.Faults().Start(FaultBackgroundTraffic, nil); err != nil {
		t.Fatal(err)
	}
	wait(t, fw, KindMessage, 1)
	cancel()
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
	for name, conn := range map[string]net.Conn{"open": open, "silent": silent, "idle": idle} {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, err := conn.Read(make([]byte, 1))
		var timeout net.Error
		if err == nil || errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("the %s connection is still there: %v", name, err)
		}
	}
	made := fw.Record().Count(KindMessage)
	if err := fw.Close(); err != nil || fw.Record().Count(KindMessage) != made {
		t.Error("closing again does something")
	}
}

func TestStartReportsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := Start(context.Background(), Config{
		Hosts: []string{}, MappingTimeout: -5, MaxMappings: -1, Networks: make([]Network, 1),
		Senders: []Sender{
			{Address: loopback}, {Name: "a", Address: loopback}, {Name: "a"}, {Name: "b", Address: netip.MustParseAddr("224.0.0.1"), Connection: "tcp"},
		},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"no host for the certificates", "mapping timeout -5ns is below 0", "a bound is below 0", "network 1", "sender 1 has no name",
		`sender "a" is there twice`, `sender "a": "invalid IP"`, `sender "b": "224.0.0.1"`, `connection type "tcp"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	taken := start(t, nil)
	for _, test := range []struct {
		name   string
		config Config
		want   string
	}{
		{"a version", Config{Version: "eleven"}, `PAN-OS version "eleven"`},
		{"a switch of the dialect", Config{Dialect: panos.Dialect{OverLong: "melt"}}, `"melt" is not one of drop`},
		{"a size of the dialect", Config{Dialect: panos.Dialect{MaxMessage: -1}}, `"-1" is not a number`},
		{"an address without port", Config{UDP: "127.0.0.1"}, "want host:port"},
		{"a port that is taken", Config{UDP: "127.0.0.1:0", SSL: taken.SSLAddr().String()}, taken.SSLAddr().String()},
		{"a real host name", Config{Hosts: []string{"www.example.com"}}, `not for "www.example.com"`},
		{"a profile", Config{Senders: []Sender{{Name: "s", Address: loopback, Profiles: make([]profile.Attachment, 1)}}}, `sender "s"`},
		{"too many senders", Config{Senders: make([]Sender, 51)}, "51 senders: a firewall takes 50"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw, err := Start(context.Background(), test.config)
			if err == nil {
				_ = fw.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

// A start that fails leaves nothing bound.
func TestFailedStartReleasesItsPorts(t *testing.T) {
	t.Parallel()
	taken := start(t, nil)
	free, err := listenUDP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.LocalAddr().String()
	_ = free.Close()
	if _, err := Start(context.Background(), Config{UDP: address, SSL: taken.SSLAddr().String()}); err == nil {
		t.Fatal("started on a port that is taken")
	}
	again, err := listenUDP(address)
	if err != nil {
		t.Fatalf("the port is still bound: %v", err)
	}
	_ = again.Close()
}

func TestIPv4MeansIPv4(t *testing.T) {
	t.Parallel()
	for network, address := range map[string]string{"tcp4": "0.0.0.0:0", "tcp": "[::]:0"} {
		got, _, err := bind("tcp", address)
		if err != nil || got != network {
			t.Errorf("%s is bound to %s, %v, want %s", address, got, err, network)
		}
	}
	if _, got, _ := bind("udp", ":514"); got != "127.0.0.1:514" {
		t.Errorf("no host means %s", got)
	}
}

func TestBindsToLoopback(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.UDP, c.SSL, c.API = ":0", ":0", "" })
	for _, addr := range []net.Addr{fw.UDPAddr(), fw.SSLAddr()} {
		if !strings.HasPrefix(addr.String(), "127.0.0.1:") {
			t.Errorf("bound to %s", addr)
		}
	}
	if fw.APIAddr() != nil {
		t.Errorf("the API listens on %s", fw.APIAddr())
	}
}

func TestWhatDoesNotListenIsDisabled(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.SSL = "" })
	if s := fw.State(); s.UDP != panos.ServiceEnabled || s.SSL != panos.ServiceDisabled {
		t.Errorf("services are %s and %s", s.UDP, s.SSL)
	}
}

func TestVersionPicksDialect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version string
		given   panos.Dialect
		want    panos.Bytes
	}{
		{"", panos.Dialect{}, 8000},
		{"9.1.12", panos.Dialect{}, 2048},
		{"9.1.12", panos.Dialect{OverLong: panos.OverLongDrop}, 2048},
		{"9.1.12", panos.Dialect{MaxMessage: 1_000_000}, 1_000_000},
	} {
		complete, err := Config{Version: test.version, Dialect: test.given}.withDefaults()
		got := complete.Dialect
		if err != nil || got.MaxMessage != test.want || got.FinalLine != panos.FinalLineTake {
			t.Errorf("version %q, %+v: %+v, %v; want %d bytes", test.version, test.given, got, err, test.want)
		}
		if test.given.OverLong != "" && got.OverLong != test.given.OverLong {
			t.Errorf("over_long is %s, want %s", got.OverLong, test.given.OverLong)
		}
	}
}
