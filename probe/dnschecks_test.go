package probe_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/simulate/dns"
	wire "github.com/uidprobe/uidprobe/wire/dns"
)

func startDNS(t *testing.T, more ...wire.Record) *dns.Server {
	t.Helper()
	d, err := dns.Start(t.Context(), dns.Config{
		Records: append(dns.Controller("corp.example", "dc1.corp.example", netip.MustParseAddr("192.0.2.10"), 88), more...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// lookUp runs the checks of a name and returns the results in the order of their references.
func lookUp(t *testing.T, clocks check.Clocks, name string, servers ...netip.AddrPort) []check.Result {
	t.Helper()
	list := slices.Collect(check.Run(t.Context(), probe.DNSChecks(probe.DNSLookups{Names: []string{name}, Servers: servers}), check.Config{Clocks: clocks}))
	slices.SortFunc(list, func(a, b check.Result) int { return strings.Compare(a.Ref().String(), b.Ref().String()) })
	return list
}

func TestForwardAndReverse(t *testing.T) {
	t.Parallel()
	a := func(name, address string) wire.Record {
		return wire.Record{Name: name, Type: wire.A, Address: netip.MustParseAddr(address)}
	}
	ptr := func(address, name string) wire.Record {
		return wire.Record{Name: wire.ReverseName(netip.MustParseAddr(address)), Type: wire.PTR, Target: name}
	}
	d := startDNS(t,
		wire.Record{Name: "kdc.corp.example", Type: wire.CNAME, Target: "dc1.corp.example"},
		a("dc2.corp.example", "192.0.2.20"), ptr("192.0.2.20", "old.corp.example"), a("old.corp.example", "192.0.2.99"),
		a("dc3.corp.example", "192.0.2.30"),
		wire.Record{Name: "dc6.corp.example", Type: wire.AAAA, Address: netip.MustParseAddr("2001:db8::6")}, ptr("2001:db8::6", "dc6.corp.example"),
	)
	for _, c := range []struct{ name, want string }{
		{"dc1.corp.example", "dns.forward@dc1.corp.example pass; dns.reverse@dc1.corp.example (192.0.2.10) pass"},
		{"kdc.corp.example", "dns.forward@kdc.corp.example pass; dns.reverse@kdc.corp.example (192.0.2.10) pass"},
		{"dc2.corp.example", "dns.forward@dc2.corp.example pass; dns.reverse@dc2.corp.example (192.0.2.20) warn"},
		{"dc3.corp.example", "dns.forward@dc3.corp.example pass; dns.reverse@dc3.corp.example (192.0.2.30) skip"},
		{"dc6.corp.example", "dns.forward@dc6.corp.example pass; dns.reverse@dc6.corp.example (2001:db8::6) pass"},
		{"none.corp.example", "dns.forward@none.corp.example fail"},
		{"192.0.2.10", "dns.reverse@192.0.2.10 pass"},
		{"192.0.2.30", "dns.reverse@192.0.2.30 warn"},
	} {
		var got []string
		for _, r := range lookUp(t, check.Clocks{}, c.name, d.Addr()) {
			got = append(got, r.Ref().String()+" "+r.Status.String())
			if r.Summary == "" || (r.Status >= check.Warn) != (r.Hint != "") || len(r.Evidence) == 0 {
				t.Errorf("%s: %+v", c.name, r)
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if r := lookUp(t, check.Clocks{}, "dc2.corp.example", d.Addr())[1]; !strings.Contains(r.Summary, "192.0.2.20 is old.corp.example, which does not lead back: old.corp.example: 192.0.2.99") {
		t.Errorf("%q", r.Summary)
	}
	if r := lookUp(t, check.Clocks{}, "kdc.corp.example", d.Addr())[1]; r.Summary != "192.0.2.10 is dc1.corp.example, and not kdc.corp.example" {
		t.Errorf("%q", r.Summary)
	}
}

// Each fault of the simulated server makes the one result that is no pass.
func TestForwardSeesTheFaults(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]struct {
		status check.Status
		says   string
	}{
		dns.FaultNXDomain:   {check.Fail, "NXDOMAIN"},
		dns.FaultNoData:     {check.Fail, "NOERROR without a record"},
		dns.FaultFormErr:    {check.Fail, "answers FORMERR"},
		dns.FaultServFail:   {check.Fail, "answers SERVFAIL"},
		dns.FaultRefused:    {check.Fail, "answers REFUSED"},
		dns.FaultNotImp:     {check.Fail, "answers NOTIMP"},
		dns.FaultLame:       {check.Fail, "a lame answer"},
		dns.FaultSilent:     {check.Fail, "no answer within"},
		dns.FaultGarbage:    {check.Fail, "bytes that are no answer"},
		dns.FaultTruncated:  {check.Fail, "dns tcp 127.0.0.1:"},
		dns.FaultOtherID:    {check.Fail, "answer another question (the identifier is"},
		dns.FaultPortClosed: {check.Fail, "refused"},
		dns.FaultSlow:       {check.Warn, " took "},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			d := startDNS(t)
			clocks, params := check.Clocks{}, map[string]string{}
			switch id {
			case dns.FaultSilent, dns.FaultOtherID:
				clocks.Attempt = 2 * time.Second // no answer comes, however long one waits
			case dns.FaultSlow:
				params = map[string]string{"delay": "1001ms", "type": "A"}
			}
			if err := d.Faults().Start(id, params); err != nil {
				t.Fatal(err)
			}
			list := lookUp(t, clocks, "dc1.corp.example", d.Addr())
			if r := list[0]; r.Status != want.status || !strings.Contains(r.Summary, want.says) {
				t.Errorf("%v %q, want %v %q", r.Status, r.Summary, want.status, want.says)
			}
			if want.status == check.Fail && len(list) != 1 {
				t.Errorf("checks of an address that was not found: %+v", list)
			}
		})
	}
	if n := len(dns.Faults()); n != 13 {
		t.Errorf("%d faults; 13 were tried", n)
	}
}

// Every server is asked by itself, also those after the one that is believed.
func TestServersAreCompared(t *testing.T) {
	t.Parallel()
	good, bad := startDNS(t), startDNS(t)
	if err := bad.Faults().Start(dns.FaultRefused, nil); err != nil {
		t.Fatal(err)
	}
	r := lookUp(t, check.Clocks{}, "dc1.corp.example", bad.Addr(), good.Addr())[0]
	if r.Status != check.Warn || !strings.Contains(r.Summary, "asked before it does not help: "+bad.Addr().String()+" answers REFUSED") || len(r.Evidence) != 2 {
		t.Errorf("%v %q %v", r.Status, r.Summary, r.Evidence)
	}
	if !strings.Contains(r.Evidence[1].Text, "A: NOERROR, 192.0.2.10; AAAA: NOERROR, no record") {
		t.Errorf("evidence %q", r.Evidence[1].Text)
	}
	for _, d := range []*dns.Server{good, bad} {
		if n := d.Record().Count(dns.KindQuery); n < 2 {
			t.Errorf("%v was asked %d times", d.Addr(), n)
		}
	}
}
