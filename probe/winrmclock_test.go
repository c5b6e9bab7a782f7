package probe_test

import (
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/simulate/dc"
)

// A server whose clock is that of the KDC is no trouble of its own, and neither is one that is right where the KDC is
// not: kerberos.clock has found it.
func TestAClockIsFoundOnce(t *testing.T) {
	t.Parallel()
	for _, f := range []string{dc.FaultClock, dc.FaultWinRMClock} {
		t.Run(f, func(t *testing.T) {
			t.Parallel()
			d := winrmDomain(t, nil)
			if err := d.Faults().Start(f, map[string]string{"offset": "20m"}); err != nil {
				t.Fatal(err)
			}
			results := logIn(t, overWinRM(t, password, dc.WayHTTPKerberos, d), check.Clocks{})
			want := map[string]string{dc.FaultClock: "kerberos.clock", dc.FaultWinRMClock: "winrm.schemes"}[f]
			if found := causes(results); len(found) != 1 || found[0].Check != want {
				t.Errorf("the causes are %s, want %s", texts(found), want)
			}
			r := of(t, results, "winrm.schemes")
			if ahead, ok := r.Measure("clock"); f == dc.FaultWinRMClock && (!ok || ahead < 1100 || ahead > 1300) {
				t.Errorf("the server's clock is %v s ahead, %t; want 1200", ahead, ok)
			}
		})
	}
}

// Of two addresses of a name each is a target of its own: one that is shut is found, and the other is read.
func TestEachAddressIsATarget(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	m, _ := byName(t, d, "127.0.0.9")
	m.WinRM, m.Servers[0] = true, serverOver(t, dc.WayHTTPKerberos, d)
	var shut, read int
	for _, r := range logIn(t, m, check.Clocks{}) {
		switch {
		case r.Check == "winrm.port" && r.Status == check.Fail && r.Symptom == "winrm.not-reached":
			shut++
		case r.Check == "winrm.events" && r.Status == check.Pass:
			read++
		}
	}
	if shut != 1 || read != 1 {
		t.Errorf("%d addresses are shut and %d are read, want one of each", shut, read)
	}
}
