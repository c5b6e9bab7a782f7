package probe_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
	wire "github.com/uidprobe/uidprobe/wire/dns"
)

// SRV records find the domain controllers, each of which is then looked up once.
func TestServicesOfARealm(t *testing.T) {
	t.Parallel()
	d := startDNS(t, wire.Record{
		Name: "_kerberos._tcp.corp.example", Type: wire.SRV, Target: "dc2.corp.example", Port: 1088,
	})
	ask := func(realms ...string) string {
		var list []string
		checks := probe.DNSChecks(probe.DNSLookups{Names: []string{"dc1.corp.example"}, Realms: realms, Servers: []netip.AddrPort{d.Addr()}})
		for r := range check.Run(t.Context(), checks, check.Config{Clocks: check.Clocks{Attempt: time.Second}}) {
			if r.Check == "dns.services" || r.Check == "dns.forward" {
				list = append(list, r.Ref().String()+" "+r.Status.String()+": "+r.Summary)
			}
		}
		slices.Sort(list)
		return strings.Join(list, "\n")
	}
	for _, row := range []struct {
		realms []string
		want   []string
	}{
		{[]string{"CORP.EXAMPLE", "corp.example"}, []string{
			"dns.services@CORP.EXAMPLE pass: domain controllers of CORP.EXAMPLE: dc1.corp.example:88, dc2.corp.example:1088",
			"dns.services@corp.example pass: ",
			"dns.forward@dc1.corp.example pass", "dns.forward@dc2.corp.example fail",
		}},
		{[]string{"other.example"}, []string{"dns.services@other.example fail: "}},
	} {
		got := ask(row.realms...)
		for _, want := range row.want {
			if strings.Count(got, want) != 1 {
				t.Errorf("%v: %q is not there once:\n%s", row.realms, want, got)
			}
		}
	}
	for fault, says := range map[string]string{"dns-servfail": "SERVFAIL", "dns-nxdomain": "no SRV record names a domain controller"} {
		if err := d.Faults().Start(fault, map[string]string{"type": "SRV"}); err != nil {
			t.Fatal(err)
		}
		if got := ask("corp.example"); !strings.Contains(got, "dns.services@corp.example fail: ") || !strings.Contains(got, says) {
			t.Errorf("%s:\n%s\nwant %q", fault, got, says)
		}
		d.Faults().Stop(fault)
	}
}
