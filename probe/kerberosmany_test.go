package probe_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/symptom"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// blackHole takes UDP and TCP on one port and never answers.
func blackHole(t *testing.T) netip.AddrPort {
	t.Helper()
	for range 20 {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", listener.Addr().String())
		if err != nil {
			_ = listener.Close()
			continue // the port is another's over UDP
		}
		t.Cleanup(func() { _, _ = listener.Close(), packets.Close() })
		return netip.MustParseAddrPort(listener.Addr().String())
	}
	t.Fatal("no port is free for both UDP and TCP")
	return netip.AddrPort{}
}

// Twenty KDCs, five of them black holes: all are asked while the black holes are waited for, and
// each of these has its own deadline. By the record of start and end, not by seconds.
func TestTwentyKDCsAreAskedSideBySide(t *testing.T) {
	t.Parallel()
	m := monitoring(t, password)
	holes := map[string]bool{}
	for i := range 20 {
		var at netip.AddrPort
		if i%4 == 0 {
			at = blackHole(t)
			holes[at.String()] = true
		} else {
			at = netip.MustParseAddrPort(domain(t, nil).Addr())
		}
		m.KDCs = append(m.KDCs, probe.Endpoint{Host: at.Addr().String(), Port: at.Port()})
	}
	results := logIn(t, m, check.Clocks{Attempt: 3 * time.Second})
	var last time.Time // the latest start
	firstEnd := time.Now().Add(time.Hour)
	seen := 0
	for _, r := range results {
		if r.Check != "kerberos.port" {
			continue
		}
		seen++
		if r.Started.After(last) {
			last = r.Started
		}
		if !holes[r.Target] {
			if r.Status != check.Pass && r.Status != check.Warn { // a busy machine may be slow
				t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
			}
			continue
		}
		if end := r.Started.Add(r.Took); end.Before(firstEnd) {
			firstEnd = end
		}
		if r.Status != check.Fail || r.Symptom != "kerberos.kdc-unreachable" || !strings.Contains(evidence(r, "tcp: no answer"), "clock of the attempt") {
			t.Errorf("%v: %v %q: %v", r.Ref(), r.Status, r.Symptom, r.Evidence)
		}
	}
	if seen != 20 {
		t.Errorf("%d ports were asked, want 20", seen)
	}
	if !last.Before(firstEnd) {
		t.Errorf("the last attempt began %v after the first black hole was given up", last.Sub(firstEnd))
	}
	if ticket := of(t, results, "kerberos.ticket"); ticket.Status != check.Pass {
		t.Errorf("the first of the profile is a black hole, and the ticket is not asked elsewhere: %v %s", ticket.Status, ticket.Summary)
	}
}

// A wrong password is sent once, and then never again: not in this run, and not in later ones.
func TestAWrongPasswordIsSentOnce(t *testing.T) {
	t.Parallel()
	dcs := []*dc.DC{domain(t, nil), domain(t, nil)}
	dir := t.TempDir()
	m := monitoring(t, "wrong", dcs...)
	for run := range 3 {
		m.Gate = gate(dir)
		results := logIn(t, m, check.Clocks{})
		r := of(t, results, "kerberos.ticket")
		switch {
		case run == 0 && (r.Status != check.Fail || r.Symptom != "kerberos.preauth-failed" || evidence(r, "number") != "-1765328360"):
			t.Errorf("run 1: %v %q: %s", r.Status, r.Symptom, r.Summary)
		case run > 0 && (r.Status != check.Skip || r.Skipped != check.Refused || r.Hint == ""):
			t.Errorf("run %d: %v %q: %s", run+1, r.Status, r.Skipped, r.Summary)
		}
		if s := of(t, results, "kerberos.service"); s.Status != check.Skip || s.CausedBy == nil || s.CausedBy.Check != "kerberos.ticket" {
			t.Errorf("run %d: the service is %v, caused by %v", run+1, s.Status, s.CausedBy)
		}
		if n := proofs(dcs[0]) + proofs(dcs[1]); n != 1 {
			t.Errorf("run %d: the password was sent %d times in all, want 1", run+1, n)
		}
		if text := texts(results) + fmt.Sprint(results); strings.Contains(text, "wrong\n") {
			t.Errorf("the password is in a result")
		}
	}
}

// A password that one KDC has taken and another refuses is a difference, and the gate is shut then.
func TestAReplicaThatLags(t *testing.T) {
	t.Parallel()
	first := domain(t, nil)
	lags := domain(t, func(c *dc.Config) { c.Accounts[0].Password = credential.New("the old one") })
	third := domain(t, nil)
	results := logIn(t, monitoring(t, password, first, lags, third), check.Clocks{})
	r := of(t, results, "kerberos.replicas")
	if found := causes(results); len(found) != 1 || found[0].Check != r.Check {
		t.Errorf("the causes are %s", texts(found))
	}
	if r.Status != check.Fail || r.Symptom != "kerberos.preauth-failed" || !strings.Contains(r.Summary, lags.Addr()+" does not take the password that "+first.Addr()+" has taken") || !strings.Contains(r.Summary, "the gate keeps it as refused") {
		t.Errorf("%v %q: %s", r.Status, r.Symptom, r.Summary)
	}
	if a, b, c := proofs(first), proofs(lags), proofs(third); a != 1 || b != 1 || c != 0 {
		t.Errorf("the password was sent %d, %d and %d times, want 1, 1 and 0", a, b, c)
	}
}

func TestReplicasThatDiffer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		change  func(*dc.Account)
		status  check.Status
		symptom string
		says    string
	}{
		{"not at all", func(*dc.Account) {}, check.Pass, "", "2 KDCs say the same"},
		{"the account is locked", func(a *dc.Account) { a.State = dc.Locked }, check.Fail, "kerberos.client-revoked", "0xC0000234"},
		{"another salt", func(a *dc.Account) { a.Salt = "CORP.EXAMPLEold" }, check.Fail, "", `the salt "CORP.EXAMPLEold"`},
		{"fewer types, and the best is there", func(a *dc.Account) { a.Etypes = []kerberos.Etype{kerberos.AES256} }, check.Warn, "", "aes128"},
		{"a newer key", func(a *dc.Account) { a.KVNO = 7 }, check.Warn, "", "version 1 at"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			other := domain(t, func(c *dc.Config) { row.change(&c.Accounts[0]) })
			results := logIn(t, monitoring(t, password, domain(t, nil), other), check.Clocks{})
			r := of(t, results, "kerberos.replicas")
			if r.Status != row.status || r.Symptom != row.symptom || !strings.Contains(r.Summary, row.says) {
				t.Errorf("%v %q: %s; want %v %q with %q", r.Status, r.Symptom, r.Summary, row.status, row.symptom, row.says)
			}
		})
	}
}

// Two KDCs whose clocks are apart fail, whatever this host's clock is.
func TestClocksOfTwoKDCs(t *testing.T) {
	t.Parallel()
	late := domain(t, nil)
	if err := late.Faults().Start(dc.FaultClock, map[string]string{"offset": "-6m"}); err != nil {
		t.Fatal(err)
	}
	first := domain(t, nil)
	r := of(t, logIn(t, monitoring(t, password, first, late), check.Clocks{}), "kerberos.clock")
	if r.Status != check.Fail || r.Symptom != "kerberos.clock-skew" || !strings.Contains(r.Summary, "the clock of "+first.Addr()+" is 6m0s ahead of that of "+late.Addr()) {
		t.Errorf("%v %q: %s", r.Status, r.Symptom, r.Summary)
	}
	if ahead, ok := r.Measure("clock " + late.Addr()); !ok || ahead > -359 || ahead < -361 {
		t.Errorf("the late clock is %v s ahead, want -360", ahead)
	}
}

// Our own clock costs no attempt: the password is proven by the KDC's, unless told otherwise.
func TestTheClockOfThisHost(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprintf("keep=%v", keep), func(t *testing.T) {
			t.Parallel()
			d := domain(t, nil)
			m := monitoring(t, password, d)
			m.Now = func() time.Time { return time.Now().Add(-time.Hour) }
			m.KeepClock = keep
			results := logIn(t, m, check.Clocks{})
			if r := of(t, results, "kerberos.clock"); r.Status != check.Warn || !strings.Contains(r.Summary, "ahead of this host") {
				t.Errorf("clock: %v: %s", r.Status, r.Summary)
			}
			want, symptom := check.Pass, ""
			if keep {
				want, symptom = check.Fail, "kerberos.clock-skew"
			}
			if r := of(t, results, "kerberos.ticket"); r.Status != want || r.Symptom != symptom {
				t.Errorf("ticket: %v %q: %s; want %v %q", r.Status, r.Symptom, r.Summary, want, symptom)
			}
		})
	}
}

// inFile writes what a test made into a file of its own.
func inFile(t *testing.T, b []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAKeytab(t *testing.T) {
	t.Parallel()
	d := domain(t, nil)
	keytab, err := d.AccountKeytab("svc-userid")
	if err != nil {
		t.Fatal(err)
	}
	file := func(change func(*kerberos.KeytabEntry)) string {
		copied := kerberos.Keytab{}
		for _, e := range keytab.Entries {
			change(&e)
			copied.Entries = append(copied.Entries, e)
		}
		b, err := copied.Marshal()
		return inFile(t, b, err)
	}
	for _, row := range []struct {
		name    string
		file    string
		status  check.Status
		symptom string
		says    string
		proofs  int
	}{
		{"as it is", file(func(*kerberos.KeytabEntry) {}), check.Pass, "", "has a ticket", 1},
		{"in another case", file(func(e *kerberos.KeytabEntry) { e.Principal.Name = []string{"SVC-UserID"} }), check.Pass, "", "has a ticket", 1},
		{"of another password", file(func(e *kerberos.KeytabEntry) { e.Key = kerberos.RandomKey(e.Key.Etype()) }), check.Fail, "kerberos.preauth-failed", "KDC_ERR_PREAUTH_FAILED", 1},
		{"of another account", file(func(e *kerberos.KeytabEntry) { e.Principal.Name = []string{"other"} }), check.Error, "", "holds no AES key of svc-userid@CORP.EXAMPLE", 0},
		{"not there", filepath.Join(t.TempDir(), "none"), check.Error, "", "none", 0},
		{"something else", inFile(t, []byte("hello"), nil), check.Error, "", "does not begin with 05 02", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := domain(t, nil)
			m := monitoring(t, password, d)
			m.Password, m.Keytab = credential.Reference{}, row.file
			r := of(t, logIn(t, m, check.Clocks{}), "kerberos.ticket")
			if r.Status != row.status || r.Symptom != row.symptom || !strings.Contains(r.Summary, row.says) {
				t.Errorf("%v %q: %s; want %v %q with %q", r.Status, r.Symptom, r.Summary, row.status, row.symptom, row.says)
			}
			if n := proofs(d); n != row.proofs {
				t.Errorf("a key was used %d times, want %d", n, row.proofs)
			}
			if row.status == check.Pass && (!strings.Contains(evidence(r, "keytab"), "key version 1") || !strings.Contains(fmt.Sprint(r.Evidence), "ktpass")) {
				t.Errorf("the evidence is %v", r.Evidence)
			}
		})
	}
}

func TestACredentialCache(t *testing.T) {
	t.Parallel()
	d := domain(t, nil)
	k := kerberos.KDC{Network: "tcp", Address: d.Addr()}
	client, err := kerberos.ParsePrincipal(account)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := k.Ask(t.Context(), kerberos.ASRequest{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	tgt, err := k.Login(t.Context(), kerberos.ASRequest{Client: client}, answer, kerberos.PasswordKeys(password))
	if err != nil {
		t.Fatal(err)
	}
	before := proofs(d)
	cache := func(c kerberos.Cache) string {
		b, err := c.Marshal()
		return inFile(t, b, err)
	}
	other := client
	other.Name = []string{"other"}
	old := tgt
	old.End = time.Now().Add(-time.Minute)
	for _, row := range []struct {
		name, file string
		status     check.Status
		says       string
	}{
		{"with a TGT", cache(kerberos.Cache{Client: client, Credentials: []kerberos.Credential{tgt}}), check.Pass, "nothing was spent"},
		{"empty", cache(kerberos.Cache{Client: client}), check.Error, "holds no ticket-granting ticket"},
		{"of another account", cache(kerberos.Cache{Client: other, Credentials: []kerberos.Credential{tgt}}), check.Error, "it is of other@CORP.EXAMPLE"},
		{"ended", cache(kerberos.Cache{Client: client, Credentials: []kerberos.Credential{old}}), check.Error, "its ticket ended at"},
		{"something else", inFile(t, []byte("hello"), nil), check.Error, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := monitoring(t, password, d)
			m.Password, m.Cache, m.Gate = credential.Reference{}, row.file, nil
			results := logIn(t, m, check.Clocks{})
			if r := of(t, results, "kerberos.ticket"); r.Status != row.status || !strings.Contains(r.Summary, row.says) {
				t.Errorf("%v: %s; want %v with %q", r.Status, r.Summary, row.status, row.says)
			}
			if r := of(t, results, "kerberos.service"); row.status == check.Pass && r.Status != check.Pass {
				t.Errorf("with it, the service is %v: %s", r.Status, r.Summary)
			}
		})
	}
	if n := proofs(d) - before; n != 0 {
		t.Errorf("%d passwords were sent", n)
	}
}

func TestWithNothingToLogInWith(t *testing.T) {
	t.Parallel()
	d := domain(t, nil)
	m := monitoring(t, password, d)
	m.Password = credential.Reference{}
	results := logIn(t, m, check.Clocks{})
	for _, id := range []string{"kerberos.ticket", "kerberos.service"} {
		if r := of(t, results, id); r.Status != check.Skip || r.Skipped != check.Chosen {
			t.Errorf("%v: %v %v: %s", r.Ref(), r.Status, r.Skipped, r.Summary)
		}
	}
	if found := causes(results); found != nil {
		t.Errorf("the causes are %s", texts(found))
	}
	m = monitoring(t, password, d)
	m.Gate = nil
	if r := of(t, logIn(t, m, check.Clocks{}), "kerberos.ticket"); r.Status != check.Error || proofs(d) != 0 {
		t.Errorf("without a gate: %v, %d passwords sent: %s", r.Status, proofs(d), r.Summary)
	}
}

func TestPreauthenticationSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		word    string
		status  check.Status
		symptom string
	}{{password, check.Warn, ""}, {"wrong", check.Fail, "kerberos.bad-integrity"}} {
		d := domain(t, func(c *dc.Config) { c.Accounts[0].NoPreauth = true })
		r := of(t, logIn(t, monitoring(t, row.word, d), check.Clocks{}), "kerberos.ticket")
		if r.Status != row.status || r.Symptom != row.symptom {
			t.Errorf("%v %q: %s; want %v %q", r.Status, r.Symptom, r.Summary, row.status, row.symptom)
		}
		if n := proofs(d); n != 0 {
			t.Errorf("the password was sent %d times, and nobody asked for it", n)
		}
	}
}

// byName is a log-in at a KDC that is named, and the DNS server that knows it.
func byName(t *testing.T, d *dc.DC, addresses ...string) (probe.Monitoring, *dns.Server) {
	t.Helper()
	at := netip.MustParseAddrPort(d.Addr())
	config := dns.Config{}
	for _, a := range append(addresses, at.Addr().String()) {
		config.Records = append(config.Records, dns.Controller("corp.example", server, netip.MustParseAddr(a), at.Port())...)
	}
	s, err := dns.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	m := monitoring(t, password)
	m.KDCs = []probe.Endpoint{{Host: server, Port: at.Port()}}
	m.Resolvers = []netip.AddrPort{s.Addr()}
	return m, s
}

// Every fault of a DNS server turns kerberos.dns red and nothing else, with its symptom.
func TestEveryFaultOfADNSServer(t *testing.T) {
	t.Parallel()
	for _, f := range dns.Faults() {
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			m, s := byName(t, domain(t, nil))
			if err := s.Faults().Start(f.ID, nil); err != nil {
				t.Fatal(err)
			}
			found := causes(logIn(t, m, check.Clocks{}))
			if len(found) != 1 || found[0].Check != f.Check || found[0].Symptom != f.Symptom || found[0].Hint == "" {
				t.Errorf("want %s with %q alone: %s", f.Check, f.Symptom, texts(found))
			}
		})
	}
}

// A name with two addresses is two targets, each with its own result.
func TestANameWithTwoAddresses(t *testing.T) {
	t.Parallel()
	d := domain(t, nil)
	m, _ := byName(t, d, "127.0.0.99")
	results := logIn(t, m, check.Clocks{})
	status := map[string]check.Status{}
	for _, r := range results {
		if r.Check == "kerberos.port" {
			status[r.Target] = r.Status
		}
	}
	at := netip.MustParseAddrPort(d.Addr())
	name := fmt.Sprintf("%s:%d", server, at.Port())
	if len(status) != 2 || status[name+" (127.0.0.1)"] != check.Pass || status[name+" (127.0.0.99)"] != check.Fail {
		t.Errorf("the ports are %v", status)
	}
	if r := of(t, results, "kerberos.ticket"); r.Status != check.Pass {
		t.Errorf("ticket: %v: %s", r.Status, r.Summary)
	}
	if r := of(t, results, "kerberos.dns"); evidence(r, "information") != "" {
		t.Errorf("the SRV records name the KDC, and it says %q", evidence(r, "information"))
	}
}

// An interrupt in the middle leaves no verdict about the target.
func TestAnInterruptedLogIn(t *testing.T) {
	t.Parallel()
	at := blackHole(t)
	m := monitoring(t, password)
	m.KDCs = []probe.Endpoint{{Host: at.Addr().String(), Port: at.Port()}}
	ctx, interrupt := context.WithCancelCause(t.Context())
	defer interrupt(nil)
	family := probe.NewFamily(probe.Firewall{Monitoring: &m})
	defer family.Close()
	for r := range check.Run(ctx, family.Checks(), check.Config{}) {
		switch r.Check {
		case "kerberos.dns":
			interrupt(errors.New("stop"))
		case "kerberos.names":
		default:
			if r.Status != check.Skip || r.Skipped != check.Interrupted && !r.Skipped.Excused() {
				t.Errorf("%v: %v %v: %s", r.Ref(), r.Status, r.Skipped, r.Summary)
			}
		}
	}
}

// What a result calls its symptom is a row of the table.
func TestSymptomsOfTheFaultsAreKnown(t *testing.T) {
	t.Parallel()
	for _, f := range append(dc.Faults(), dns.Faults()...) {
		if _, ok := symptom.Find(f.Symptom); f.Symptom != "" && !ok {
			t.Errorf("%s names the symptom %q, which is not in the table", f.ID, f.Symptom)
		}
	}
}
