package probe_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/peers"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/symptom"
)

// login is one log-in of the probe to a server that others wrote.
type login struct {
	kdc               netip.AddrPort
	account, password string
	keytab            string
	keepClock         bool
	gate              *credential.Gate // nil: one of its own
}

func newGate(t *testing.T) *credential.Gate {
	return credential.NewGate(credential.GateConfig{Dir: t.TempDir(), Hold: check.Hold, RandomSecrets: true})
}

// answers are the results by check and target's kind: the family asks each check once here.
type answers map[string]check.Result

func (l login) run(t *testing.T) answers {
	t.Helper()
	m := probe.Monitoring{
		Account: l.account, Realm: peers.Realm, Keytab: l.keytab, KeepClock: l.keepClock,
		KDCs:      []probe.Endpoint{{Host: l.kdc.Addr().String(), Port: l.kdc.Port()}},
		Servers:   []probe.MonitoredServer{{Name: "dc1", Host: "dc1.corp.example", Transport: "winrm-http"}},
		Directory: probe.DirectoryAccess{Off: true},
		Gate:      l.gate,
	}
	if m.Gate == nil {
		m.Gate = newGate(t)
	}
	if l.keytab == "" {
		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte(l.password), 0o600); err != nil {
			t.Fatal(err)
		}
		m.Password = credential.Reference{File: file}
	}
	got := answers{}
	for r := range check.Run(t.Context(), probe.NewFamily(probe.Firewall{Monitoring: &m}).Checks(), check.Config{}) {
		got[r.Check] = r
	}
	return got
}

// failure is the one result that did not pass and that no other explains.
func (a answers) failure(t *testing.T) (name string, r check.Result) {
	t.Helper()
	for id, result := range a {
		if result.Status != check.Fail || result.CausedBy != nil {
			continue
		}
		if name != "" {
			t.Errorf("%s and %s failed, and neither explains the other", name, id)
		}
		name, r = id, result
	}
	return name, r
}

// number is what the firewall would log, as the result says; 0 if it says none.
func number(t *testing.T, r check.Result) int32 {
	t.Helper()
	for _, e := range r.Evidence {
		if e.Name == "number" {
			n, err := strconv.ParseInt(e.Text, 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			return int32(n)
		}
	}
	return 0
}

// state is what an account of testdata/peers/README.md comes to.
type state struct {
	account, password string
	number            int32
	check, symptom    string // that fails, and that it names
}

const (
	accountCheck = "kerberos.account"
	ticketCheck  = "kerberos.ticket"
)

// Where the two differ it is in the number, or in the check: a KDC that tells an account's state
// without the password is heard before one is spent.
var sambaStates = []state{
	{"svc-userid", peers.Password, 0, "", ""},
	{"SVC-UserID", peers.Password, 0, "", ""},
	{"svc-nopreauth", peers.Password, 0, "", ""},
	{"svc-wrong", "wrong", -1765328360, ticketCheck, "kerberos.preauth-failed"},
	{"nobody", peers.Password, -1765328378, accountCheck, "kerberos.client-unknown"},
	{"svc-disabled", peers.Password, -1765328366, ticketCheck, "kerberos.client-revoked"},
	{"svc-disabled", "wrong", -1765328360, ticketCheck, "kerberos.preauth-failed"},
	{"svc-locked", peers.Password, -1765328366, ticketCheck, "kerberos.client-revoked"},
	{"svc-expired", peers.Password, -1765328366, ticketCheck, "kerberos.client-revoked"},
	{"svc-hours", peers.Password, -1765328366, ticketCheck, "kerberos.client-revoked"},
	{"svc-pwexpired", peers.Password, -1765328361, ticketCheck, "kerberos.password-expired"},
	{"svc-mustchange", peers.Password, -1765328361, ticketCheck, "kerberos.password-expired"},
	{"svc-smartcard", peers.Password, -1765328360, ticketCheck, "kerberos.preauth-failed"},
	{"svc-rc4only", peers.Password, -1765328370, ticketCheck, "kerberos.etype-unsupported"}, // it names no types before
}

var mitStates = []state{
	{"svc-userid", peers.Password, 0, "", ""},
	{"SVC-UserID", peers.Password, -1765328378, accountCheck, "kerberos.client-unknown"},
	{"svc-aes128", peers.Password, 0, "", ""},
	{"svc-nopreauth", peers.Password, 0, "", ""},
	{"svc-nopreauth", "wrong", -1765328353, ticketCheck, "kerberos.bad-integrity"},
	{"svc-wrong", "wrong", -1765328360, ticketCheck, "kerberos.preauth-failed"},
	{"nobody", peers.Password, -1765328378, accountCheck, "kerberos.client-unknown"},
	{"svc-disabled", peers.Password, -1765328366, accountCheck, "kerberos.client-revoked"},
	{"svc-disabled", "wrong", -1765328366, accountCheck, "kerberos.client-revoked"},
	{"svc-expired", peers.Password, -1765328383, accountCheck, "kerberos.name-expired"},
	{"svc-pwexpired", peers.Password, -1765328361, accountCheck, "kerberos.password-expired"},
	{"svc-mustchange", peers.Password, -1765328361, accountCheck, "kerberos.password-expired"},
	{"svc-rc4only", peers.Password, -1765328174, accountCheck, "kerberos.preauth-no-etype"},
}

// For each state that a real KDC can show, the probe gives the number that the C library of MIT krb5
// gives of the same KDC at the same time; for a good account it gets both tickets.
func TestStatesOfRealKDCs(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name   string
		kdc    func() netip.AddrPort
		states []state
	}{
		{"samba", func() netip.AddrPort { return peers.Samba(t).KDC }, sambaStates},
		{"mit", func() netip.AddrPort { return peers.MIT(t).KDC }, mitStates},
	} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			kdc := server.kdc()
			library := peers.NewClient(t, kdc)
			for _, s := range server.states {
				t.Run(s.account+" "+s.password, func(t *testing.T) {
					got := login{kdc: kdc, account: s.account, password: s.password}.run(t)
					s.held(t, got, library.Number(t, s.account+"@"+peers.Realm, s.password))
				})
			}
		})
	}
}

// held compares the results of a state with what it should be, and with the library's number.
func (s state) held(t *testing.T, got answers, library int32) {
	t.Helper()
	name, r := got.failure(t)
	if n := number(t, r); n != library || n != s.number || name != s.check || r.Symptom != s.symptom {
		t.Errorf("%s fails with %d, symptom %q; want %s with %d, %q; the library says %d\n%s", name, n, r.Symptom, s.check, s.number, s.symptom, library, r.Summary)
	}
	if row, ok := symptom.Find(r.Symptom); ok && (row.Number == nil || *row.Number != int64(library)) {
		t.Errorf("the number of %s is not %d", r.Symptom, library)
	}
	if s.number != 0 {
		return
	}
	for _, id := range []string{ticketCheck, "kerberos.service"} {
		if status := got[id].Status; status != check.Pass && !(id == ticketCheck && status == check.Warn) {
			t.Errorf("%s: %v, want a ticket: %s", id, status, got[id].Summary)
		}
	}
}

// A keytab that a real server exported gets the tickets too.
func TestKeytabOfARealKDC(t *testing.T) {
	t.Parallel()
	d, m := peers.Samba(t), peers.MIT(t)
	file := filepath.Join(t.TempDir(), "svc.keytab")
	d.Tool(t, "domain", "exportkeytab", file, "--principal=svc-userid@"+peers.Realm)
	for _, l := range []login{
		{kdc: m.KDC, account: "svc-userid", keytab: m.UserKeytab},
		{kdc: d.KDC, account: "SVC-userid", keytab: file},
	} {
		state{}.held(t, l.run(t), 0)
	}
}

// A KDC whose clock is off is no error of a client that takes the KDC's time, and the very number of one
// that does not.
func TestSkewOfRealKDCs(t *testing.T) {
	t.Parallel()
	const off = 10 * time.Minute
	for name, start := range map[string]func(*testing.T) netip.AddrPort{
		"samba": func(t *testing.T) netip.AddrPort { return peers.OwnSamba(t, off).KDC },
		"mit":   func(t *testing.T) netip.AddrPort { return peers.OwnMIT(t, -off).KDC },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kdc := start(t)
			l := login{kdc: kdc, account: "svc-userid", password: peers.Password, gate: newGate(t)}
			got := l.run(t)
			if r := got[ticketCheck]; r.Status != check.Pass {
				t.Errorf("by the KDC's clock: %v: %s", r.Status, r.Summary)
			}
			if r := got["kerberos.clock"]; r.Status != check.Warn || r.Symptom != "kerberos.clock-skew" {
				t.Errorf("clock: %v, symptom %q; want a warning of kerberos.clock-skew: %s", r.Status, r.Symptom, r.Summary)
			}

			l.keepClock = true
			library := peers.Number(t, kdc, "svc-userid@"+peers.Realm, peers.Password)
			state{number: -1765328347, check: ticketCheck, symptom: "kerberos.clock-skew"}.held(t, l.run(t), library)
		})
	}
}
