package probe_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/simulate/dc"
)

// passwords counts the requests to WinRM that carried one, and those of them that were refused.
func passwords(d *dc.DC) (sent, refused int) {
	for _, e := range d.Record().Since(0) {
		if e.Kind == dc.KindWinRMAnswer && e.Fields["scheme"] == "Basic" {
			sent++
			if e.Fields["status"] == 401 {
				refused++
			}
		}
	}
	return sent, refused
}

// fiftyTimes reads the server for fifty firewalls, in the three ways in turn, with one gate for all.
func fiftyTimes(t *testing.T, word string, d *dc.DC) (results []check.Result) {
	t.Helper()
	one := overWinRM(t, word, dc.WayHTTPKerberos, d)
	var checks []check.Check
	for i := range 50 {
		m := one
		m.Servers = []probe.MonitoredServer{serverOver(t, ways[i%len(ways)], d)}
		family := probe.NewFamily(probe.Firewall{Name: fmt.Sprint("fw", i), Monitoring: &m})
		defer family.Close()
		checks = append(checks, family.Checks()...)
	}
	for r := range check.Run(t.Context(), checks, check.Config{}) {
		results = append(results, r)
	}
	return results
}

// One gate for fifty log-ins in three ways: a wrong password is one bad attempt at the KDC, and none at any endpoint.
func TestAWrongPasswordIsOneAttemptInAll(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	results := fiftyTimes(t, "wrong", d)
	if bad, err := d.BadPasswords("svc-userid"); bad != 1 || err != nil {
		t.Errorf("%d bad passwords, %v; want 1", bad, err)
	}
	if sent, _ := passwords(d); sent != 0 {
		t.Errorf("%d requests to WinRM carried the password, want none", sent)
	}
	logins := 0
	for _, r := range results {
		if r.Check == "winrm.login" {
			logins++
			if r.Status != check.Skip {
				t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
			}
		}
	}
	if logins != 50 {
		t.Errorf("%d log-ins, want 50", logins)
	}
}

// A right one is proven once, and then free for all.
func TestAProvenPasswordIsFree(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	for _, r := range fiftyTimes(t, password, d) {
		if strings.HasPrefix(r.Check, "winrm.") && r.Status != check.Pass {
			t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
		}
	}
	if bad, err := d.BadPasswords("svc-userid"); bad != 0 || err != nil {
		t.Errorf("%d bad passwords, %v; want none", bad, err)
	}
	if _, refused := passwords(d); refused != 0 {
		t.Errorf("WinRM refused the password %d times", refused)
	}
}

// With Basic alone the password goes to the server: a wrong one once, and in later runs not again.
func TestBasicSpendsAWrongPasswordOnce(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	m := overWinRM(t, "wrong", dc.WayHTTPSBasic, d)
	dir := t.TempDir()
	for run := range 3 {
		m.Gate = gate(dir)
		r := of(t, logIn(t, m, check.Clocks{}), "winrm.login")
		switch {
		case run == 0 && (r.Status != check.Fail || r.Symptom != "winrm.unauthorized"):
			t.Errorf("run 1: %v %q: %s", r.Status, r.Symptom, r.Summary)
		case run > 0 && (r.Status != check.Skip || r.Skipped != check.Refused || r.Hint == ""):
			t.Errorf("run %d: %v %q: %s", run+1, r.Status, r.Skipped, r.Summary)
		}
		if sent, refused := passwords(d); sent != 1 || refused != 1 {
			t.Errorf("run %d: the password was sent %d times, and refused %d times, in all; want once", run+1, sent, refused)
		}
	}
}

// A password that the KDC has just taken and the server refuses is not wrong: the server is no domain controller.
func TestBasicOnAMemberServer(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, func(c *dc.Config) { c.WinRM.MemberServer = true })
	m := overWinRM(t, password, dc.WayHTTPSBasic, d)
	m.KDCs = monitoring(t, password, d).KDCs
	r := of(t, logIn(t, m, check.Clocks{}), "winrm.login")
	if r.Status != check.Fail || !strings.Contains(r.Summary, "it is no domain controller") || !strings.HasPrefix(r.Hint, "Basic takes domain accounts on a domain controller alone") {
		t.Errorf("%v: %s; %s", r.Status, r.Summary, r.Hint)
	}
}

// Basic with a keytab, or with nothing, sends nothing.
func TestBasicWithoutAPassword(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	for _, change := range []func(*probe.Monitoring){
		func(m *probe.Monitoring) { m.Password.File = "" },
		func(m *probe.Monitoring) { m.Password.File, m.Keytab = "", "svc.keytab" },
	} {
		m := overWinRM(t, password, dc.WayHTTPSBasic, d)
		change(&m)
		results := logIn(t, m, check.Clocks{})
		if r := of(t, results, "winrm.login"); r.Status != check.Skip || r.Skipped != check.Chosen {
			t.Errorf("%v %v: %s", r.Status, r.Skipped, r.Summary)
		}
	}
	if sent, _ := passwords(d); sent != 0 {
		t.Errorf("%d passwords were sent", sent)
	}
}

// A server whose name DNS does not know is not asked; where a KDC has the name, that is the cause.
func TestAServerThatDNSDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		d := winrmDomain(t, nil)
		m := overWinRM(t, password, way, d)
		m.Servers[0].Host = "dc9.corp.example"
		results := logIn(t, m, check.Clocks{})
		r := of(t, results, "winrm.dns")
		if r.Status != check.Fail || r.Symptom != "winrm.unresolved" || r.CausedBy != nil || !strings.Contains(evidence(r, "the firewall would log"), "Couldn't resolve host name") {
			t.Errorf("%s: %v %q, caused by %v: %s", way, r.Status, r.Symptom, r.CausedBy, r.Summary)
		}
		if slices.ContainsFunc(results, func(r check.Result) bool { return r.Check == "winrm.port" }) {
			t.Errorf("%s: a port was asked", way)
		}
	}
	m := overWinRM(t, password, dc.WayHTTPKerberos, winrmDomain(t, nil))
	m.KDCs[0].Host, m.Servers[0].Host = "dc9.corp.example", "DC9.corp.example."
	r := of(t, logIn(t, m, check.Clocks{}), "winrm.dns")
	if r.Status != check.Fail || r.CausedBy == nil || r.CausedBy.Check != "kerberos.dns" {
		t.Errorf("%v, caused by %v", r.Status, r.CausedBy)
	}
}
