package dns

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// dig asks the server and prints in short form, one record a line.
func (d *Server) dig(t *testing.T, args ...string) (string, error) {
	t.Helper()
	args = append([]string{"-4", "@" + d.Addr().Addr().String(), "-p", fmt.Sprint(d.Addr().Port()), "+time=2", "+tries=1", "+noidnin"}, args...)
	out, err := exec.CommandContext(ctx(t), peer(t, "dig"), args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// dig reads every kind of record, over both transports, with and without EDNS.
func TestDigReadsTheRecords(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	for _, c := range []struct{ args, want string }{
		{"dc1.corp.example A", "192.0.2.10"},
		{"DC1.Corp.Example. AAAA", "2001:db8::10"},
		{"kdc.corp.example A", "dc1.corp.example.\n192.0.2.10"},
		{"far.corp.example A", "www.other.example."},
		{"kdc.corp.example CNAME", "dc1.corp.example."},
		{"_kerberos._tcp.corp.example SRV", "0 100 88 dc1.corp.example."},
		{"_ldap._tcp.dc._msdcs.corp.example SRV", "0 100 389 dc1.corp.example."},
		{"-x 192.0.2.10", "dc1.corp.example."},
		{"corp.example A", ""},
		{"+noedns dc1.corp.example A", "192.0.2.10"},
		{"+tcp dc1.corp.example A", "192.0.2.10"},
	} {
		got, err := d.dig(t, append([]string{"+short"}, strings.Fields(c.args)...)...)
		if err != nil || got != c.want {
			t.Errorf("dig +short %s: %v: %q, want %q", c.args, err, got, c.want)
		}
	}
	long, err := d.dig(t, "+noedns", "many.corp.example", "A")
	if err != nil || !strings.Contains(long, "Truncated, retrying in TCP mode") || !strings.Contains(long, "ANSWER: 40") {
		t.Errorf("an answer that does not fit: %v: %s", err, long)
	}
	wide, err := d.dig(t, "+bufsize=1232", "many.corp.example", "A")
	if err != nil || strings.Contains(wide, "Truncated") || !strings.Contains(wide, "ANSWER: 40") || strings.Contains(wide, "WARNING") {
		t.Errorf("an answer that fits by EDNS: %v: %s", err, wide)
	}
	no, err := d.dig(t, "none.corp.example", "A")
	if err != nil || !strings.Contains(no, "status: NXDOMAIN") || !strings.Contains(no, " aa ") || !strings.Contains(no, "SOA") {
		t.Errorf("a name that does not exist: %v: %s", err, no)
	}
	chaos, err := d.dig(t, "version.bind", "CH", "TXT")
	if err != nil || !strings.Contains(chaos, "status: NOTIMP") {
		t.Errorf("another class: %v: %s", err, chaos)
	}
}

// dig sees each fault as what it is.
func TestDigSeesTheFaults(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		FaultNXDomain: "status: NXDOMAIN", FaultNoData: "ANSWER: 0, AUTHORITY: 1", FaultFormErr: "status: FORMERR",
		FaultServFail: "status: SERVFAIL", FaultRefused: "status: REFUSED", FaultNotImp: "status: NOTIMP",
		FaultLame: "ANSWER: 0, AUTHORITY: 0", FaultSilent: "timed out", FaultGarbage: "bad packet",
		FaultTruncated: "Truncated, retrying in TCP mode", FaultOtherID: "ID mismatch",
		FaultPortClosed: "connection refused", FaultSlow: "192.0.2.10",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			d := start(t, nil)
			var params map[string]string
			if id == FaultSlow {
				params = map[string]string{"delay": "10ms"}
			}
			d.begin(t, id, params)
			got, _ := d.dig(t, host, "A") // its exit code says little
			if !strings.Contains(got, want) {
				t.Errorf("%s, want %q", got, want)
			}
			d.Faults().Stop(id)
			if got, err := d.dig(t, "+short", host, "A"); err != nil || got != "192.0.2.10" {
				t.Errorf("after the fault: %v: %s", err, got)
			}
		})
	}
	if n := len(Faults()); n != 13 {
		t.Errorf("%d faults; dig was shown 13", n)
	}
}

func TestHostReadsTheRecords(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	out, err := exec.CommandContext(ctx(t), peer(t, "host"), "-p", fmt.Sprint(d.Addr().Port()), "kdc.corp.example", d.Addr().Addr().String()).CombinedOutput()
	for _, want := range []string{
		"kdc.corp.example is an alias for dc1.corp.example.", "dc1.corp.example has address 192.0.2.10", "dc1.corp.example has IPv6 address 2001:db8::10",
	} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("host: %v: %s, want %q", err, out, want)
		}
	}
}

// Go's own resolver, which is another hand's than the client in wire/dns.
func TestGoReadsTheRecords(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	r := d.resolver()
	addresses, err := r.LookupHost(ctx(t), "kdc.corp.example.")
	slices.Sort(addresses)
	if err != nil || fmt.Sprint(addresses) != "[192.0.2.10 2001:db8::10]" {
		t.Errorf("addresses: %v, %v", addresses, err)
	}
	if many, err := r.LookupHost(ctx(t), "many.corp.example."); err != nil || len(many) != 40 {
		t.Errorf("many: %d, %v", len(many), err)
	}
	if alias, err := r.LookupCNAME(ctx(t), "kdc.corp.example."); err != nil || alias != "dc1.corp.example." {
		t.Errorf("alias: %q, %v", alias, err)
	}
	_, services, err := r.LookupSRV(ctx(t), "kerberos", "tcp", domain)
	if err != nil || len(services) != 1 || *services[0] != (net.SRV{Target: "dc1.corp.example.", Port: 88, Weight: 100}) {
		t.Errorf("services: %v, %v", services, err)
	}
	if names, err := r.LookupAddr(ctx(t), "192.0.2.10"); err != nil || fmt.Sprint(names) != "[dc1.corp.example.]" {
		t.Errorf("names: %v, %v", names, err)
	}
	for _, c := range []struct {
		fault    string
		notFound bool
	}{{"", true}, {FaultNXDomain, true}, {FaultNoData, true}, {FaultServFail, false}, {FaultRefused, false}, {FaultPortClosed, false}} {
		d, name := start(t, nil), host
		r := d.resolver()
		if c.fault == "" {
			name = "none.corp.example"
		} else {
			d.begin(t, c.fault, nil)
		}
		_, err := r.LookupHost(ctx(t), name+".")
		var failed *net.DNSError
		if !errors.As(err, &failed) || failed.IsNotFound != c.notFound {
			t.Errorf("%q: %v, want not found: %v", c.fault, err, c.notFound)
		}
	}
}
