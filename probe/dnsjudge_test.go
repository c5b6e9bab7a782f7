package probe

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/dns"
)

var (
	serverOne = netip.MustParseAddrPort("192.0.2.1:53")
	serverTwo = netip.MustParseAddrPort("192.0.2.2:53")
	aDC       = netip.MustParseAddr("192.0.2.10")
	otherDC   = netip.MustParseAddr("192.0.2.11")
)

func dnsSaid(kind dns.Type, a dns.Answer) said {
	if a.RCode == dns.NoError && !a.Lame {
		a.Authoritative = true
	}
	return said{kind, a, nil, outcomeOf(a, nil)}
}

func dnsFailed(kind dns.Type, f dns.Failure) said {
	err := &dns.Error{Server: serverOne, Network: "udp", Failure: f, Detail: "read answer"}
	return said{kind, dns.Answer{}, err, outcomeOf(dns.Answer{}, err)}
}

// The rows are what glibc 2.36 was measured to make of two answers; see the tests of simulate/dns.
func TestWhichOfTwoAnswersStands(t *testing.T) {
	t.Parallel()
	found := dns.Answer{Addresses: []netip.Addr{aDC}}
	for _, c := range []struct {
		name   string
		v4, v6 said
		want   outcome
	}{
		{"both", dnsSaid(dns.A, found), dnsSaid(dns.AAAA, found), nameFound},
		{"IPv4 alone", dnsSaid(dns.A, found), dnsSaid(dns.AAAA, dns.Answer{}), nameFound},
		{"IPv6 alone", dnsSaid(dns.A, dns.Answer{}), dnsSaid(dns.AAAA, found), nameFound},
		{"IPv4, and silence", dnsSaid(dns.A, found), dnsFailed(dns.AAAA, dns.Silent), nameFound},
		{"IPv4, and SERVFAIL", dnsSaid(dns.A, found), dnsSaid(dns.AAAA, dns.Answer{RCode: dns.ServFail}), nameFound},
		{"IPv6, and SERVFAIL", dnsSaid(dns.A, dns.Answer{RCode: dns.ServFail}), dnsSaid(dns.AAAA, found), nameFound},
		{"no address", dnsSaid(dns.A, dns.Answer{}), dnsSaid(dns.AAAA, dns.Answer{}), nameEmpty},
		{"no name", dnsSaid(dns.A, dns.Answer{RCode: dns.NXDomain}), dnsSaid(dns.AAAA, dns.Answer{RCode: dns.NXDomain}), nameUnknown},
		{"FORMERR", dnsSaid(dns.A, dns.Answer{RCode: dns.FormErr}), dnsSaid(dns.AAAA, dns.Answer{RCode: dns.FormErr}), nameRejected},
		{"SERVFAIL", dnsSaid(dns.A, dns.Answer{RCode: dns.ServFail}), dnsSaid(dns.AAAA, dns.Answer{RCode: dns.ServFail}), serverFails},
		{"REFUSED", dnsSaid(dns.A, dns.Answer{RCode: dns.Refused}), dnsSaid(dns.AAAA, dns.Answer{RCode: dns.Refused}), serverFails},
		{"NOTIMP", dnsSaid(dns.A, dns.Answer{RCode: dns.NotImp}), dnsSaid(dns.AAAA, dns.Answer{RCode: dns.NotImp}), serverFails},
		{"lame", dnsSaid(dns.A, dns.Answer{Lame: true}), dnsSaid(dns.AAAA, dns.Answer{Lame: true}), serverFails},
		{"SERVFAIL, and no address", dnsSaid(dns.A, dns.Answer{RCode: dns.ServFail}), dnsSaid(dns.AAAA, dns.Answer{}), nameEmpty},
		{"silence, and no address", dnsFailed(dns.A, dns.Silent), dnsSaid(dns.AAAA, dns.Answer{}), serverSilent},
		{"no address, and silence", dnsSaid(dns.A, dns.Answer{}), dnsFailed(dns.AAAA, dns.Silent), nameEmpty},
		{"silence", dnsFailed(dns.A, dns.Silent), dnsFailed(dns.AAAA, dns.Silent), serverSilent},
		{"another identifier", dnsFailed(dns.A, dns.Mismatched), dnsFailed(dns.AAAA, dns.Mismatched), serverSilent},
		{"closed", dnsFailed(dns.A, dns.Unreachable), dnsFailed(dns.AAAA, dns.Unreachable), serverAway},
		{"garbage", dnsFailed(dns.A, dns.Unreadable), dnsFailed(dns.AAAA, dns.Unreadable), nameGarbled},
	} {
		if got := combine(c.v4, c.v6); got.outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, got.outcome, c.want)
		}
	}
}

func TestTheJudgementOfALookup(t *testing.T) {
	t.Parallel()
	good := reply{server: serverOne, outcome: nameFound, addresses: []netip.Addr{aDC}, rcode: "NOERROR"}
	from := func(server netip.AddrPort, r reply) reply { r.server = server; return r }
	silent := reply{server: serverOne, outcome: serverSilent, err: &dns.Error{Server: serverOne, Network: "udp", Failure: dns.Silent, Detail: "read answer", Err: errors.New("no answer within 5s")}}
	unknown := reply{server: serverOne, outcome: nameUnknown, rcode: "NXDOMAIN"}
	servfail := reply{server: serverOne, outcome: serverFails, rcode: "SERVFAIL"}
	for _, c := range []struct {
		name    string
		replies []reply
		hosts   []netip.Addr
		status  check.Status
		symptom string
		summary string
	}{
		{"found", []reply{good}, nil, check.Pass, "", "dc1.corp.example has 192.0.2.10, says 192.0.2.1:53"},
		{"the hosts file agrees or not", []reply{good}, []netip.Addr{otherDC}, check.Pass, "", "has 192.0.2.10"},
		{"the first is silent", []reply{silent, from(serverTwo, good)}, nil, check.Warn, "", "says 192.0.2.2:53; a server that is asked before it does not help: dns udp 192.0.2.1:53: read answer: no answer within 5s"},
		{"the second is silent", []reply{good, from(serverTwo, servfail)}, nil, check.Warn, "", "another server does not help: 192.0.2.2:53 answers SERVFAIL"},
		{"the second does not know it", []reply{good, from(serverTwo, unknown)}, nil, check.Warn, "", "another server disagrees: 192.0.2.2:53 answers NXDOMAIN"},
		{"the first does not know it", []reply{unknown, from(serverTwo, good)}, nil, check.Fail, "kerberos.kdc-unreachable", "192.0.2.1:53 says that there is no such name (NXDOMAIN)"},
		{"other addresses", []reply{good, {server: serverTwo, outcome: nameFound, addresses: []netip.Addr{otherDC}, rcode: "NOERROR"}}, nil, check.Warn, "", "192.0.2.2:53 has 192.0.2.11"},
		{"one kind", []reply{{server: serverOne, outcome: nameFound, addresses: []netip.Addr{aDC}, rcode: "NOERROR", partial: true, text: "A: NOERROR; AAAA: SERVFAIL"}}, nil, check.Warn, "", "only one kind of address is answered: A: NOERROR; AAAA: SERVFAIL"},
		{"slow", []reply{{server: serverOne, outcome: nameFound, addresses: []netip.Addr{aDC}, rcode: "NOERROR", took: 3 * time.Second}}, nil, check.Warn, "", "192.0.2.1:53 took 3.0 s"},
		{"no address", []reply{{server: serverOne, outcome: nameEmpty, rcode: "NOERROR"}}, nil, check.Fail, "kerberos.kdc-unreachable", "the name has no address (NOERROR without a record)"},
		{"FORMERR", []reply{{server: serverOne, outcome: nameRejected, rcode: "FORMERR"}}, nil, check.Fail, "kerberos.kdc-unreachable", "192.0.2.1:53 answers FORMERR"},
		{"all fail", []reply{servfail, from(serverTwo, silent)}, nil, check.Fail, "kerberos.dns-try-again", "192.0.2.1:53 answers SERVFAIL; dns udp 192.0.2.1:53: read answer"},
		{"lame", []reply{{server: serverOne, outcome: serverFails, rcode: "NOERROR"}}, nil, check.Fail, "kerberos.dns-try-again", "a lame answer"},
		{"the hosts file alone", []reply{unknown}, []netip.Addr{aDC}, check.Warn, "kerberos.kdc-unreachable", "only the hosts file of this host knows dc1.corp.example (192.0.2.10); DNS: 192.0.2.1:53 says that there is no such name"},
		{"the hosts file, and silence", []reply{silent}, []netip.Addr{aDC}, check.Warn, "kerberos.dns-try-again", "only the hosts file"},
	} {
		l := lookup{name: "dc1.corp.example", replies: c.replies, hosts: c.hosts}
		l.settle()
		r := l.result()
		if r.Status != c.status || l.symptom() != c.symptom || !strings.Contains(r.Summary, c.summary) || (r.Hint == "") != (c.status == check.Pass) {
			t.Errorf("%s: %v %q %q (hint %q), want %v %q %q", c.name, r.Status, l.symptom(), r.Summary, r.Hint, c.status, c.symptom, c.summary)
		}
		if want := len(c.replies) + min(1, len(c.hosts)); len(r.Evidence) != want {
			t.Errorf("%s: %d lines of evidence, want %d", c.name, len(r.Evidence), want)
		}
	}
}

// What cannot be asked is not sent to anybody, and no server is no answer.
func TestALookupWithoutAServer(t *testing.T) {
	t.Parallel()
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("192.0.2.10\tDC1.corp.example. dc1 # lab\n#192.0.2.11 dc1.corp.example\nnonsense dc1.corp.example\n2001:db8::10 dc1.corp.example\n192.0.2.12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(context.Context) ([]netip.AddrPort, error) {
		return nil, errors.New("this host names no DNS server")
	}
	r := resolver{host: hostResolver{list: none, hostsFile: hosts}}
	known := r.lookup(t.Context(), "dc1.corp.example")
	if got := known.result(); got.Status != check.Warn || joinAddresses(known.usable()) != "192.0.2.10, 2001:db8::10" || known.symptom() != "kerberos.dns-try-again" {
		t.Errorf("%+v: %v", known, got.Summary)
	}
	unknown := r.lookup(t.Context(), "dc2.corp.example")
	if got := unknown.result(); got.Status != check.Error || unknown.outcome != noServer || got.Summary != "dc2.corp.example: this host names no DNS server" {
		t.Errorf("%+v: %v", unknown, got)
	}
	bad := resolver{servers: []netip.AddrPort{serverOne}}.lookup(t.Context(), "dc1..corp.example")
	if got := bad.result(); got.Status != check.Fail || bad.symptom() != "kerberos.kdc-unreachable" || !strings.Contains(got.Summary, "nothing between two dots") {
		t.Errorf("%+v: %v", bad, got)
	}
	if list, evidence := r.services(t.Context(), "_kerberos._tcp.corp.example"); list != nil || evidence != nil {
		t.Errorf("services of no server: %v, %v", list, evidence)
	}
	missing := hostResolver{hostsFile: filepath.Join(t.TempDir(), "none")}
	if got := missing.file("dc1.corp.example"); got != nil {
		t.Errorf("a hosts file that is not there has %v", got)
	}
}

// Go's resolver tells its servers, and sends nothing.
func TestTheServersOfThisHost(t *testing.T) {
	t.Parallel()
	got, err := hostServers(t.Context())
	if err != nil || len(got) == 0 {
		t.Fatalf("%v, %v", got, err)
	}
	text, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Skipf("nothing to compare with: %v", err)
	}
	var want []netip.AddrPort
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" || len(want) == 3 { // resolv.conf(5): up to three
			continue
		}
		if address, err := netip.ParseAddr(fields[1]); err == nil {
			want = append(want, netip.AddrPortFrom(address, dns.Port))
		}
	}
	if len(want) == 0 {
		want = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:53"), netip.MustParseAddrPort("[::1]:53")}
	}
	if strings.Contains(string(text), "rotate") {
		t.Skip("the order is a matter of luck here")
	}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got, want)
		}
	}
}
