package firewall

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/simulate"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// The profiles of the tests: "login ok user=alice ip=198.51.100.1".
func attachments() []profile.Attachment {
	field := func(name, event string) profile.Profile {
		return profile.Profile{Name: name, Field: &profile.FieldIdentifier{
			EventString: event, UsernamePrefix: "user=", UsernameDelimiter: `\s`, AddressPrefix: "ip=", AddressDelimiter: `\n`,
		}}
	}
	return []profile.Attachment{
		{Profile: field("test-login", "login ok"), Event: panos.Login},
		{Profile: field("test-logout", "logged out"), Event: panos.Logout},
	}
}

func login(user, address string) string {
	return fmt.Sprintf("<38>login ok user=%s ip=%s", user, address)
}
func logout(user, address string) string {
	return fmt.Sprintf("<38>logged out user=%s ip=%s", user, address)
}

// start starts a firewall with a UDP and an SSL sender at 127.0.0.1, unless the
// configuration has other senders, on all listeners.
func start(t *testing.T, change func(*Config)) *Firewall {
	t.Helper()
	config := Config{
		UDP: "127.0.0.1:0", SSL: "127.0.0.1:0", API: "127.0.0.1:0",
		Senders: []Sender{
			{Name: "lab udp", Address: loopback, Connection: panos.UDP, DefaultDomain: "corp", Profiles: attachments()},
			{Name: "lab ssl", Address: loopback, Connection: panos.SSL, DefaultDomain: "corp", Profiles: attachments()},
		},
	}
	if change != nil {
		change(&config)
	}
	fw, err := Start(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fw.Close() })
	return fw
}

// within is a deadline for what should happen at once.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func wait(t *testing.T, fw *Firewall, kind string, n uint64) {
	t.Helper()
	if err := fw.Wait(within(t), kind, n); err != nil {
		t.Fatalf("wait for %d %s: %v; there are %d; events: %+v", n, kind, err, fw.Record().Count(kind), fw.Record().Since(0))
	}
}

func dialUDP(t *testing.T, fw *Firewall) net.Conn {
	t.Helper()
	conn, err := net.Dial("udp", fw.UDPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func dialTCP(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func clientTLS(fw *Firewall) *tls.Config {
	return &tls.Config{RootCAs: fw.Authority().Pool(), ServerName: "firewall.corp.example"}
}

// dialSSL gives a connection whose handshake is done on both sides.
func dialSSL(t *testing.T, fw *Firewall) *tls.Conn {
	t.Helper()
	before := fw.Record().Count(KindConnectionOpened)
	conn := tls.Client(dialTCP(t, fw.SSLAddr()), clientTLS(fw))
	if err := conn.HandshakeContext(within(t)); err != nil {
		t.Fatal(err)
	}
	wait(t, fw, KindConnectionOpened, before+1)
	return conn
}

// send writes a line of its own or a datagram.
func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if conn.RemoteAddr().Network() != "udp" {
		text += "\n"
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// counters are log messages and auth. success messages of a sender.
func counters(t *testing.T, fw *Firewall, name string) [2]uint64 {
	t.Helper()
	for _, s := range fw.State().Senders {
		if s.Name == name {
			return [2]uint64{s.LogMessages, s.AuthSuccess}
		}
	}
	t.Fatalf("no sender %q", name)
	return [2]uint64{}
}

func wantCounters(t *testing.T, fw *Firewall, name string, messages, success uint64) {
	t.Helper()
	if got, want := counters(t, fw, name), [2]uint64{messages, success}; got != want {
		t.Errorf("%s: log messages and auth. success are %v, want %v", name, got, want)
	}
}

// table is the mapping table in short: "198.51.100.1 corp\alice".
func table(fw *Firewall) string {
	var rows []string
	for _, m := range fw.Mappings(panos.DataPlane) {
		rows = append(rows, fmt.Sprintf("%s %s", m.Address, m.User))
	}
	return strings.Join(rows, ", ")
}

func wantTable(t *testing.T, fw *Firewall, want string) {
	t.Helper()
	if got := table(fw); got != want {
		t.Errorf("mappings are %q, want %q", got, want)
	}
}

// last is the newest event of a kind.
func last(t *testing.T, fw *Firewall, kind string) simulate.Event {
	t.Helper()
	events := fw.Record().Since(0)
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Kind == kind {
			return events[i]
		}
	}
	t.Fatalf("no event %s among %+v", kind, events)
	return simulate.Event{}
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
