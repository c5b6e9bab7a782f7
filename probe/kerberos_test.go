package probe_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/symptom"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

const (
	password = "Passw0rd.Svc1"
	account  = "svc-userid@CORP.EXAMPLE"
	server   = "dc1.corp.example"
)

// domain starts a domain controller with the account and the services of one server.
func domain(t *testing.T, change func(*dc.Config)) *dc.DC {
	t.Helper()
	config := dc.Config{
		Accounts: []dc.Account{{Name: "svc-userid", Password: credential.New(password)}},
		Services: []string{"HTTP/" + server, "WSMAN/" + server},
	}
	if change != nil {
		change(&config)
	}
	d, err := dc.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// monitoring is the log-in of a firewall at the domain controllers, by their addresses.
func monitoring(t *testing.T, word string, dcs ...*dc.DC) probe.Monitoring {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(word+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := probe.Monitoring{
		Account: `CORP\svc-userid`, Realm: "CORP.EXAMPLE",
		Domains:   credential.Domains{"CORP": "corp.example"},
		Password:  credential.Reference{File: file},
		Servers:   []probe.MonitoredServer{{Name: "dc1", Host: server, Transport: "winrm-http"}},
		Directory: probe.DirectoryAccess{Off: true},
		Gate:      gate(t.TempDir()),
	}
	for _, d := range dcs {
		at := netip.MustParseAddrPort(d.Addr())
		m.KDCs = append(m.KDCs, probe.Endpoint{Host: at.Addr().String(), Port: at.Port()})
	}
	return m
}

func gate(dir string) *credential.Gate {
	return credential.NewGate(credential.GateConfig{Dir: dir, Command: "test", Hold: check.Hold, RandomSecrets: true})
}

// logIn asks all of a log-in and returns the results by check, of those with one target.
func logIn(t *testing.T, m probe.Monitoring, clocks check.Clocks) []check.Result {
	t.Helper()
	family := probe.NewFamily(probe.Firewall{Monitoring: &m})
	defer family.Close()
	var results []check.Result
	for r := range check.Run(t.Context(), family.Checks(), check.Config{Clocks: clocks}) {
		if r.Internal {
			t.Errorf("%v broke: %s\n%v", r.Ref(), r.Summary, r.Evidence)
		}
		results = append(results, r)
	}
	return results
}

// of is the only result of a check.
func of(t *testing.T, results []check.Result, id string) check.Result {
	t.Helper()
	var found []check.Result
	for _, r := range results {
		if r.Check == id {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d results of %s, want 1 of %s", len(found), id, texts(results))
	}
	return found[0]
}

// causes are the results that did not pass and that no other explains.
func causes(results []check.Result) (list []check.Result) {
	for _, r := range results {
		if r.Finding() && r.CausedBy == nil {
			list = append(list, r)
		}
	}
	return list
}

func texts(results []check.Result) string {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "\n%v: %v %s: %s", r.Ref(), r.Status, r.Skipped, r.Summary)
	}
	return b.String()
}

func evidence(r check.Result, name string) string {
	for _, e := range r.Evidence {
		if e.Name == name {
			return e.Text
		}
	}
	return ""
}

// proofs counts the requests that carried a password.
func proofs(d *dc.DC) (n int) {
	for _, e := range d.Record().Since(0) {
		if e.Kind == dc.KindRequest && e.Fields["proof"] == true && e.Fields["type"] == "AS" {
			n++
		}
	}
	return n
}

// Every failure that has a symptom with a number carries the number and the line of the log.
func TestFailuresCarryWhatTheFirewallWouldLog(t *testing.T) {
	t.Parallel()
	m := monitoring(t, password, domain(t, nil))
	m.Realm = "CORP"
	r := of(t, logIn(t, m, check.Clocks{}), "kerberos.names")
	if evidence(r, "number") != "-1765328237" || !strings.HasPrefix(evidence(r, "symbol"), "KRB5_KDCREP_MODIFIED: ") || !strings.Contains(evidence(r, "the firewall would log"), "-1765328237") {
		t.Errorf("the evidence is %v", r.Evidence)
	}
}

func TestALogInThatWorks(t *testing.T) {
	t.Parallel()
	d := domain(t, nil)
	results := logIn(t, monitoring(t, password, d), check.Clocks{})
	var got []string
	for _, r := range results {
		got = append(got, r.Check+" "+r.Status.String())
		if !strings.HasPrefix(r.Check, "directory.") && r.Check != "kerberos.replicas" && r.Status != check.Pass {
			t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
		}
	}
	for _, want := range []string{"names", "dns", "port", "account", "clock", "ticket", "service"} {
		if !slices.Contains(got, "kerberos."+want+" pass") {
			t.Errorf("kerberos.%s did not pass: %v", want, got)
		}
	}
	ticket := of(t, results, "kerberos.ticket")
	if ticket.Target != account {
		t.Errorf("the ticket's target is %q, want %q", ticket.Target, account)
	}
	if life, _ := ticket.Measure("ticket-lifetime"); life != kerberos.DefaultLifetime.Seconds() {
		t.Errorf("the ticket lives %v s, want %v", life, kerberos.DefaultLifetime)
	}
	if text := evidence(of(t, results, "kerberos.service"), "information"); !strings.Contains(text, "is there as well") {
		t.Errorf("WSMAN/ is %q", text)
	}
	if port := of(t, results, "kerberos.port"); port.Target != d.Addr() {
		t.Errorf("the port's target is %q, want %q", port.Target, d.Addr())
	}
	if n := proofs(d); n != 1 {
		t.Errorf("the password was sent %d times, want 1", n)
	}
}

// Every fault of a domain controller turns exactly its own check red, with its symptom, and a
// right password is sent once at the most.
func TestEveryFaultOfADomainController(t *testing.T) {
	t.Parallel()
	params := map[string]map[string]string{dc.FaultSlow: {"delay": "1100ms"}}
	for _, f := range dc.Faults() {
		if strings.HasPrefix(f.ID, "winrm-") {
			continue // TestEveryFaultOfWinRM
		}
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			d := domain(t, nil)
			if err := d.Faults().Start(f.ID, params[f.ID]); err != nil {
				t.Fatal(err)
			}
			results := logIn(t, monitoring(t, password, d), check.Clocks{Attempt: 2 * time.Second})
			found := causes(results)
			if len(found) != 1 {
				t.Fatalf("%d results stand without a cause, want 1 of %s: %s\nall: %s", len(found), f.Check, texts(found), texts(results))
			}
			r := found[0]
			if r.Check != f.Check || r.Symptom != f.Symptom {
				t.Errorf("%v with the symptom %q, want %s with %q: %s", r.Ref(), r.Symptom, f.Check, f.Symptom, r.Summary)
			}
			if r.Hint == "" {
				t.Errorf("%v says nothing to do", r.Ref())
			}
			if n := proofs(d); n > 1 {
				t.Errorf("the password was sent %d times", n)
			}
			logged(t, f.ID, r)
		})
	}
}

// logged holds the number that a result says the firewall would log to that of the fault.
func logged(t *testing.T, fault string, r check.Result) {
	t.Helper()
	number, ok := dc.MITNumber(fault)
	s, known := symptom.ByNumber(int64(number))
	if !ok || !known || r.Symptom != s.ID || r.Status != check.Fail {
		return
	}
	if got := evidence(r, "number"); got != fmt.Sprint(number) {
		t.Errorf("the number is %q, want %d", got, number)
	}
	if got := evidence(r, "the firewall would log"); !strings.Contains(s.Golden(), got) || got == "" {
		t.Errorf("the firewall would log %q, want %q", got, s.Golden())
	}
	if got := evidence(r, "its status would be"); got != "Kerberos error" {
		t.Errorf("the status would be %q", got)
	}
}
