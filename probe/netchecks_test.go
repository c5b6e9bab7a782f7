package probe_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/sender"
	wire "github.com/uidprobe/uidprobe/wire/dns"
)

func TestPortsAreDialled(t *testing.T) {
	t.Parallel()
	listen := func() (net.Listener, uint16) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l, uint16(l.Addr().(*net.TCPAddr).Port)
	}
	_, open := listen()
	l, closed := listen()
	_ = l.Close()
	d := startDNS(t, wire.Record{Name: "web.corp.example", Type: wire.A, Address: netip.MustParseAddr("127.0.0.1")})
	run := func(clocks check.Clocks, to ...string) string {
		config := probe.Reach{Servers: []netip.AddrPort{d.Addr()}}
		for _, s := range to {
			destination, err := sender.ParseDestination(s)
			if err != nil {
				t.Fatal(err)
			}
			config.To = append(config.To, destination)
		}
		var list []string
		for r := range check.Run(t.Context(), probe.NetChecks(config), check.Config{Clocks: clocks}) {
			said := r.Status.String()
			if r.Status == check.Fail && r.Check == "net.dial" {
				said = strings.TrimPrefix(r.Summary, r.Target+": ")
				said, _, _ = strings.Cut(said, ":")
			}
			list = append(list, r.Ref().String()+" "+said)
		}
		slices.Sort(list)
		return strings.Join(list, "; ")
	}
	web := func(port uint16) string { return fmt.Sprintf("tcp://web.corp.example:%d", port) }
	for _, c := range []struct {
		clocks check.Clocks
		to     []string
		want   string
	}{
		{check.Clocks{}, []string{fmt.Sprintf("tcp://127.0.0.1:%d", open)}, fmt.Sprintf("net.dial@tcp://127.0.0.1:%d pass", open)},
		{check.Clocks{}, []string{fmt.Sprintf("tcp://127.0.0.1:%d", closed)}, fmt.Sprintf("net.dial@tcp://127.0.0.1:%d refused", closed)},
		// The clock has ended before anything can come.
		{check.Clocks{Attempt: time.Nanosecond}, []string{fmt.Sprintf("tcp://127.0.0.1:%d", open)}, fmt.Sprintf("net.dial@tcp://127.0.0.1:%d no answer", open)},
		{check.Clocks{}, []string{web(open), web(open)}, fmt.Sprintf("dns.forward@web.corp.example pass; net.dial@%s (127.0.0.1) pass", web(open))},
		{check.Clocks{}, []string{"udp://127.0.0.1:514"}, "net.dial@udp://127.0.0.1:514 skip"},
		{check.Clocks{}, []string{"tcp://none.corp.example:88"}, "dns.forward@none.corp.example fail"},
	} {
		if got := run(c.clocks, c.to...); got != c.want {
			t.Errorf("%v: %q, want %q", c.to, got, c.want)
		}
	}
	got := run(check.Clocks{}, web(open), web(closed))
	for _, want := range []string{
		"dns.forward@web.corp.example pass", fmt.Sprintf("net.dial@%s (127.0.0.1) pass", web(open)), fmt.Sprintf("net.dial@%s (127.0.0.1) refused", web(closed)),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
