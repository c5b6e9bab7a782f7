package dns

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	wire "github.com/uidprobe/uidprobe/wire/dns"
)

const (
	domain = "corp.example"
	host   = "dc1.corp.example"
)

var (
	hostAddress  = netip.MustParseAddr("192.0.2.10")
	hostAddress6 = netip.MustParseAddr("2001:db8::10")
)

// records are a domain with one controller, an alias of it, and more.
func records() []wire.Record {
	list := append(Controller(domain, host, hostAddress, 88),
		wire.Record{Name: host, Type: wire.AAAA, Address: hostAddress6, TTL: time.Hour},
		wire.Record{Name: "kdc.corp.example", Type: wire.CNAME, Target: host},
		wire.Record{Name: "far.corp.example", Type: wire.CNAME, Target: "www.other.example"},
		wire.Record{Name: "dangling.corp.example", Type: wire.CNAME, Target: "nobody.corp.example"},
		wire.Record{Name: "loop.corp.example", Type: wire.CNAME, Target: "pool.corp.example"},
		wire.Record{Name: "pool.corp.example", Type: wire.CNAME, Target: "loop.corp.example"},
	)
	for i := range 40 { // does not fit into 512 bytes
		list = append(list, wire.Record{Name: "many.corp.example", Type: wire.A, Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + i)})})
	}
	return list
}

func start(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	config := Config{Records: records()}
	if change != nil {
		change(&config)
	}
	d, err := Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// ctx bounds a test that would wait for ever.
func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func (d *Server) begin(t *testing.T, id string, params map[string]string) {
	t.Helper()
	if err := d.Faults().Start(id, params); err != nil {
		t.Fatal(err)
	}
}

// untilIgnored ends once the server has noted n answers: the patience of a client, without a clock.
func untilIgnored(t *testing.T, d *Server, n uint64) context.Context {
	c, cancel := context.WithCancel(ctx(t))
	go func() {
		_ = d.Wait(c, KindAnswer, n)
		cancel()
	}()
	return c
}

// resolver is Go's own, asking this server alone.
func (d *Server) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, d.Addr().String())
	}}
}

// told are the answers in the record, in short.
func told(d *Server) (list []string) {
	for _, e := range d.Record().Since(0) {
		if e.Kind == KindAnswer {
			list = append(list, fmt.Sprintf("%s %s %s %s", e.Fields["transport"], e.Fields["name"], e.Fields["type"], e.Fields["result"]))
		}
	}
	return list
}
