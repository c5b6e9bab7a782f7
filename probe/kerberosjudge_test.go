package probe

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/directory"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

func TestNamesAreJudgedAsTyped(t *testing.T) {
	t.Parallel()
	domains := credential.Domains{"CORP": "corp.example", "other.example": "corp.example", "CHILD": "child.corp.example"}
	const good = "svc-userid@CORP.EXAMPLE"
	kdcs := []Endpoint{{Host: "dc1.corp.example"}}
	for _, row := range []struct {
		name           string
		account, realm string
		servers        []string
		status         check.Status
		symptom        string
		who            string // "" means that nobody knows
		says           string
	}{
		{"DOMAIN\\user", `CORP\svc-userid`, "CORP.EXAMPLE", nil, check.Pass, "", good, "logs in as"},
		{"the bare name", "svc-userid", "CORP.EXAMPLE", nil, check.Pass, "", good, ""},
		{"a UPN", "svc-userid@corp.example", "CORP.EXAMPLE", nil, check.Pass, "", good, ""},
		{"the domain's DNS name before it", `corp.example\svc-userid`, "CORP.EXAMPLE", nil, check.Pass, "", good, ""},
		{"the case of the user is kept", `CORP\Svc-UserID`, "CORP.EXAMPLE", nil, check.Pass, "", "Svc-UserID@CORP.EXAMPLE", ""},
		{"lower case realm", `CORP\svc-userid`, "corp.example", nil, check.Warn, symptomReplyModified, good, "not in upper case"},
		{"NetBIOS name as realm", `CORP\svc-userid`, "CORP", nil, check.Fail, symptomReplyModified, "", "another name of the domain corp.example"},
		{"one label that nobody knows", `svc-userid`, "LAB", nil, check.Fail, symptomReplyModified, "", "no dot"},
		{"a UPN suffix as realm", `svc-userid`, "OTHER.EXAMPLE", nil, check.Fail, symptomReplyModified, "", "another name of the domain"},
		{"no realm", `svc-userid`, "", nil, check.Fail, symptomRealmEmpty, "", "empty"},
		{"no realm at all", `svc-userid`, "a b.example", nil, check.Fail, symptomReplyModified, "", "Domain's DNS Name"},
		{"a UPN suffix that is not the realm", "svc-userid@other.example", "CORP.EXAMPLE", nil, check.Warn, symptomReplyModified, good, "UPN suffix"},
		{"a UPN suffix that nobody knows", "svc-userid@what.example", "CORP.EXAMPLE", nil, check.Fail, symptomClientUnknown, "", "no password is risked"},
		{"an account of another domain", `CHILD\svc-userid`, "CORP.EXAMPLE", nil, check.Fail, symptomClientUnknown, "", "an account of child.corp.example"},
		{"a NetBIOS name that nobody knows", `LAB\svc-userid`, "CORP.EXAMPLE", nil, check.Fail, symptomClientUnknown, "", "not known"},
		{"no user", `CORP\`, "CORP.EXAMPLE", nil, check.Fail, "", "", "no user's name"},
		{"two separators", `CORP\svc@corp.example`, "CORP.EXAMPLE", nil, check.Fail, symptomClientUnknown, "", "neither"},
		{"a server by address", "svc-userid", "CORP.EXAMPLE", []string{"192.0.2.10"}, check.Fail, symptomServiceUnknown, good, "by its address"},
		{"a server by IPv6 address", "svc-userid", "CORP.EXAMPLE", []string{"2001:db8::10"}, check.Fail, symptomServiceUnknown, good, "by its address"},
		{"a server by short name", "svc-userid", "CORP.EXAMPLE", []string{"dc1"}, check.Warn, symptomServiceUnknown, good, "short name"},
		{"the worst counts", "svc-userid", "corp.example", []string{"dc1", "192.0.2.10"}, check.Fail, symptomServiceUnknown, good, "short name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := Monitoring{Account: row.account, Realm: row.realm, Domains: domains, KDCs: kdcs}
			for _, host := range row.servers {
				m.Servers = append(m.Servers, MonitoredServer{Name: "s", Host: host, Transport: "winrm-http"})
			}
			s := newMonitored(m, &firewallSession{})
			r := s.askNames(t.Context())
			who := ""
			if s.known {
				who = s.who.principal.String()
			}
			if r.Status != row.status || r.Symptom != row.symptom || who != row.who || !strings.Contains(r.Summary, row.says) {
				t.Errorf("got %v %q, %q: %s\nwant %v %q, %q with %q", r.Status, r.Symptom, who, r.Summary, row.status, row.symptom, row.who, row.says)
			}
			if (r.Hint == "") != (r.Status == check.Pass) {
				t.Errorf("%v with the hint %q", r.Status, r.Hint)
			}
		})
	}
}

func TestNamesWithoutAKDC(t *testing.T) {
	t.Parallel()
	s := newMonitored(Monitoring{Account: "svc-userid", Realm: "CORP.EXAMPLE"}, &firewallSession{})
	if r := s.askNames(t.Context()); r.Status != check.Fail || r.Symptom != symptomRealmUnknown {
		t.Errorf("%v %q: %s", r.Status, r.Symptom, r.Summary)
	}
	if r := s.askAccount(t.Context()); r.Status != check.Skip || r.CausedBy == nil || r.CausedBy.Check != idNames {
		t.Errorf("%v, caused by %v: %s", r.Status, r.CausedBy, r.Summary)
	}
}

func TestTheRealmIsSentAsTypedIfWanted(t *testing.T) {
	t.Parallel()
	for typed, want := range map[bool]string{false: "svc-userid@CORP.EXAMPLE", true: "svc-userid@corp.example"} {
		s := newMonitored(Monitoring{Account: "svc-userid", Realm: "corp.example", RealmAsTyped: typed}, &firewallSession{})
		if got := s.request().Client.String(); got != want {
			t.Errorf("as typed %v: %s, want %s", typed, got, want)
		}
		if s.target != "svc-userid@CORP.EXAMPLE" { // one account, one gate, one target
			t.Errorf("the target is %q", s.target)
		}
	}
}

func TestTargetsOfAFirewallWithAName(t *testing.T) {
	t.Parallel()
	m := Monitoring{
		Account: "svc-userid", Realm: "CORP.EXAMPLE", KDCs: []Endpoint{{Host: "DC1.corp.example"}, {Host: "dc1.corp.example", Port: 88}, {Host: "2001:db8::10", Port: 1088}},
		Servers: []MonitoredServer{{Name: "a", Host: "dc1.corp.example"}, {Name: "b", Host: "DC1.corp.example"}},
	}
	want := map[check.Ref]bool{
		{Check: idNames, Target: "fw1/svc-userid@CORP.EXAMPLE"}:   true,
		{Check: idDNS, Target: "fw1/dc1.corp.example:88"}:         true,
		{Check: idDNS, Target: "fw1/[2001:db8::10]:1088"}:         true,
		{Check: idService, Target: "fw1/dc1.corp.example"}:        true,
		{Check: idTicket, Target: "fw1/svc-userid@CORP.EXAMPLE"}:  true,
		{Check: idAccount, Target: "fw1/svc-userid@CORP.EXAMPLE"}: true,
	}
	for _, c := range NewFamily(Firewall{Name: "fw1", Monitoring: &m}).Checks() {
		if c.ID == "firewall.api" || strings.HasPrefix(c.ID, "listener.") {
			t.Errorf("%v is asked of a firewall without an API", c.Ref())
		}
		delete(want, c.Ref())
	}
	for ref := range want {
		t.Errorf("%v is missing", ref)
	}
}

func TestClocksAreJudged(t *testing.T) {
	t.Parallel()
	at := func(ahead ...time.Duration) (list []reading) {
		for i, a := range ahead {
			list = append(list, reading{"dc" + string(rune('1'+i)), a})
		}
		return list
	}
	fw := func(ahead time.Duration) *reading { return &reading{"fw1", ahead} }
	const s, m = time.Second, time.Minute
	for _, row := range []struct {
		name    string
		clocks  clocks
		status  check.Status
		symptom string
		says    string
	}{
		{"alike", clocks{at(s, -s), nil}, check.Pass, "", "this host"},
		{"just under five minutes", clocks{at(5*m - s), fw(0)}, check.Pass, "", ""},
		{"five minutes from the firewall", clocks{at(5 * m), fw(0)}, check.Fail, symptomSkew, "the clock of dc1 is 5m0s ahead of that of fw1"},
		{"the firewall ahead", clocks{at(0), fw(7 * m)}, check.Fail, symptomSkew, "the clock of fw1 is 7m0s ahead of that of dc1"},
		{"only the second from the firewall", clocks{at(0, 3*m), fw(-2 * m)}, check.Fail, symptomSkew, "dc2 is 5m0s ahead of that of fw1"},
		{"KDC from KDC", clocks{at(-2*m, 3*m), nil}, check.Fail, symptomSkew, "dc2 is 5m0s ahead of that of dc1"},
		{"this host alone, firewall not known", clocks{at(6*m, 6*m), nil}, check.Warn, symptomSkew, "one of the two is wrong"},
		{"this host alone, firewall known", clocks{at(-6 * m), fw(-6 * m)}, check.Warn, "", "the clock of this host is wrong"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := row.clocks.judge()
			if r.Status != row.status || r.Symptom != row.symptom || !strings.Contains(r.Summary, row.says) {
				t.Errorf("got %v %q: %s\nwant %v %q with %q", r.Status, r.Symptom, r.Summary, row.status, row.symptom, row.says)
			}
			if want := len(row.clocks.kdcs); row.clocks.firewall != nil && len(r.Measures) != want+1 {
				t.Errorf("%d measures, want %d", len(r.Measures), want+1)
			}
		})
	}
}

// The firewall's clock is read where somebody tells it.
func TestTheFirewallsClockIsCompared(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newMonitored(Monitoring{Account: "svc-userid", Realm: "CORP.EXAMPLE", KDCs: []Endpoint{{Host: "192.0.2.10"}}, Now: func() time.Time { return now }},
		&firewallSession{config: Firewall{Name: "fw1"}, oracle: told{at: now.Add(-10 * time.Minute)}})
	k := s.kdcs[0]
	heard := voice{network: "tcp", heard: now, err: &kerberos.KDCError{Code: kerberos.ErrClientUnknown, STime: now}}
	k.doors = []*door{{kdc: k, address: netip.MustParseAddrPort("192.0.2.10:88"), target: k.target, tcp: heard}}
	r := s.askClock(t.Context())
	if r.Status != check.Fail || !strings.Contains(r.Summary, "the clock of fw1/192.0.2.10:88 is 10m0s ahead of that of fw1") {
		t.Errorf("%v: %s", r.Status, r.Summary)
	}
}

func TestPortsAreJudged(t *testing.T) {
	t.Parallel()
	yes := func(network string, took time.Duration) voice {
		return voice{network: network, took: took, err: &kerberos.KDCError{Code: kerberos.ErrClientUnknown}}
	}
	code := func(network string, c kerberos.ErrorCode) voice {
		return voice{network: network, err: &kerberos.KDCError{Code: c}}
	}
	no := func(network string, f kerberos.Failure, err error) voice {
		return voice{network: network, err: &kerberos.ClientError{KDC: "kdc", Failure: f, Err: err}}
	}
	silent := check.TimeoutError{Clock: "attempt", After: time.Second}
	for _, row := range []struct {
		name     string
		udp, tcp voice
		status   check.Status
		symptom  string
		says     string
	}{
		{"both", yes("udp", 0), yes("tcp", 0), check.Pass, "", "over UDP and over TCP"},
		{"too big for UDP is normal", code("udp", kerberos.ErrResponseTooBig), yes("tcp", 0), check.Pass, "", ""},
		{"slow", yes("udp", 0), yes("tcp", 1500*time.Millisecond), check.Warn, "", "1.5s over TCP"},
		{"UDP silent", no("udp", kerberos.Unreachable, silent), yes("tcp", 0), check.Fail, "", "over UDP: no answer"},
		{"TCP silent", yes("udp", 0), no("tcp", kerberos.Unreachable, silent), check.Fail, "", "over TCP: no answer"},
		{"both silent", no("udp", kerberos.Unreachable, silent), no("tcp", kerberos.Unreachable, silent), check.Fail, symptomUnreachable, "no answer over UDP, no answer over TCP"},
		{"garbage", no("udp", kerberos.Unreadable, errors.New("x")), no("tcp", kerberos.Unreadable, errors.New("x")), check.Fail, "", "not Kerberos"},
		{"unavailable", code("udp", kerberos.ErrUnavailable), code("tcp", kerberos.ErrUnavailable), check.Fail, symptomUnavailable, "KDC_ERR_SVC_UNAVAILABLE"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := judgePort(&door{target: "dc1:88", udp: row.udp, tcp: row.tcp})
			if r.Status != row.status || r.Symptom != row.symptom || !strings.Contains(r.Summary, row.says) {
				t.Errorf("got %v %q: %s\nwant %v %q with %q", r.Status, r.Symptom, r.Summary, row.status, row.symptom, row.says)
			}
			if (r.Hint == "") != (r.Status == check.Pass) || len(r.Evidence) != 2 {
				t.Errorf("hint %q, evidence %v", r.Hint, r.Evidence)
			}
		})
	}
}

// A password is taken for unsent only where not one byte of it can have left.
func TestVerdictsOnAPassword(t *testing.T) {
	t.Parallel()
	found := func(f kerberos.Failure, detail string, sent bool) error {
		return &kerberos.ClientError{Failure: f, Detail: detail, Sent: sent}
	}
	for _, row := range []struct {
		name string
		err  error
		want credential.Verdict
	}{
		{"a ticket", nil, credential.Accepted},
		{"a refusal", &kerberos.KDCError{Code: kerberos.ErrPreauthFailed}, credential.Refused},
		{"another refusal", &kerberos.KDCError{Code: kerberos.ErrGeneric}, credential.Refused},
		{"opened, and not what was asked", found(kerberos.ReplyModified, "", true), credential.Accepted},
		{"opened, and of another time", found(kerberos.ReplySkew, "", true), credential.Accepted},
		{"not opened", found(kerberos.BadIntegrity, "", true), credential.Refused},
		{"nothing came back", found(kerberos.Unreachable, "read answer", true), credential.Silent},
		{"nonsense came back", found(kerberos.Unreadable, "read answer", true), credential.Silent},
		{"refused at the door", found(kerberos.Unreachable, "dial", false), credential.Unsent},
		{"sent in part", found(kerberos.Unreachable, "send request", false), credential.Silent},
		{"no key for it", found(kerberos.NoKey, "make the key", false), credential.Unsent},
		{"sealed with another type", found(kerberos.OtherEtypes, "the reply is sealed", true), credential.Silent},
		{"anything else", errors.New("?"), credential.Silent},
	} {
		if got := verdictOf(row.err); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

var testDomain = directory.SID("S-1-5-21-1-2-3")

func serviceAccount(groups ...directory.SID) directory.Account {
	a := directory.Account{Name: "svc-userid", DN: "CN=svc-userid,DC=corp,DC=example", SID: testDomain.With(1104)}
	for _, g := range groups {
		a.Groups = append(a.Groups, directory.Group{SID: g})
	}
	return a
}

func TestGroupsAreJudged(t *testing.T) {
	t.Parallel()
	const logs, dcom, remote, operators = directory.EventLogReaders, directory.DistributedCOMUsers, directory.RemoteManagementUsers, directory.ServerOperators
	winrm := []MonitoredServer{{Transport: "winrm-http"}}
	wmi := []MonitoredServer{{Transport: "wmi"}}
	for _, row := range []struct {
		name    string
		account directory.Account
		servers []MonitoredServer
		status  check.Status
		says    string
	}{
		{"all", serviceAccount(logs, dcom, remote), winrm, check.Pass, "in the groups"},
		{"no event logs", serviceAccount(dcom, remote), winrm, check.Fail, "not in Event Log Readers"},
		{"no remote management", serviceAccount(logs, dcom), winrm, check.Fail, "not in Remote Management Users"},
		{"no remote management over WMI", serviceAccount(logs, dcom), wmi, check.Pass, ""},
		{"no DCOM over WMI", serviceAccount(logs, remote), wmi, check.Fail, "not in Distributed COM Users"},
		{"no DCOM over WinRM", serviceAccount(logs, remote), winrm, check.Warn, "not in Distributed COM Users"},
		{"server operators", serviceAccount(logs, dcom, remote, operators), winrm, check.Warn, "more than log monitoring needs"},
		{"domain admins", serviceAccount(testDomain.With(directory.RIDDomainAdmins)), winrm, check.Warn, "Domain Admins"},
		{"the admins of another domain", serviceAccount("S-1-5-21-9-9-9-512"), winrm, check.Fail, "Event Log Readers"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := judgeGroups(row.account, row.servers)
			if r.Status != row.status || !strings.Contains(r.Summary, row.says) || len(r.Evidence) != len(row.account.Groups) {
				t.Errorf("%v: %s (%v); want %v with %q", r.Status, r.Summary, r.Evidence, row.status, row.says)
			}
		})
	}
}

func TestPasswordAgeIsJudged(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, row := range []struct {
		name    string
		change  func(*directory.Account)
		lockout int
		status  check.Status
		symptom string
		says    string
	}{
		{"never expires", func(*directory.Account) {}, 0, check.Pass, "", "does not expire"},
		{"far", func(a *directory.Account) { a.PasswordExpires = now.Add(15 * day) }, 0, check.Pass, "", "good until 2026-01-17"},
		{"near", func(a *directory.Account) { a.PasswordExpires = now.Add(14 * day) }, 0, check.Warn, "kerberos.password-expired", "in 14 days"},
		{"over", func(a *directory.Account) { a.PasswordExpires = now }, 0, check.Fail, "kerberos.password-expired", "expired on 2026-01-02"},
		{"must change", func(a *directory.Account) { a.MustChange = true }, 0, check.Fail, "kerberos.password-expired", "must change"},
		{"the account ends soon", func(a *directory.Account) { a.Expires = now.Add(3 * day) }, 0, check.Warn, "kerberos.client-revoked", "in 3 days"},
		{"the account has ended", func(a *directory.Account) { a.Expires = now.Add(-day) }, 0, check.Fail, "kerberos.client-revoked", "expired on 2026-01-01"},
		{"close to a lockout", func(a *directory.Account) { a.BadPasswords = 3 }, 5, check.Warn, "kerberos.client-revoked", "3 wrong passwords here; 5 lock it"},
		{"far from a lockout", func(a *directory.Account) { a.BadPasswords = 2 }, 5, check.Pass, "", ""},
		{"no lockout", func(a *directory.Account) { a.BadPasswords = 99 }, 0, check.Pass, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := serviceAccount()
			a.PasswordSet = now.Add(-10 * day)
			row.change(&a)
			r := judgePasswordAge(a, directory.Policy{LockoutThreshold: row.lockout}, now)
			if r.Status != row.status || r.Symptom != row.symptom || !strings.Contains(r.Summary, row.says) {
				t.Errorf("%v %q: %s; want %v %q with %q", r.Status, r.Symptom, r.Summary, row.status, row.symptom, row.says)
			}
			if age, _ := r.Measure("password-age"); age != (10 * day).Seconds() {
				t.Errorf("the password is %v s old", age)
			}
		})
	}
}

func TestEncryptionTypesAndHoldersAreJudged(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		set     bool
		types   directory.EncryptionTypes
		control directory.Control
		bad     bool
	}{
		{false, 0, 0, false}, {true, directory.AES256, 0, false}, {true, directory.RC4, 0, true},
		{true, directory.RC4 | directory.AES128, 0, false}, {true, directory.AES256, directory.UseDESOnly, true},
	} {
		f, _ := judgeTypes("svc-userid", row.set, row.types, row.control)
		if (len(f) == 1) != row.bad || row.bad && (f[0].status != check.Fail || f[0].symptom != symptomNoEtype) {
			t.Errorf("%+v: %v", row, f)
		}
	}
	holder := func(dn string) directory.Holder { return directory.Holder{DN: dn} }
	for _, row := range []struct {
		name string
		h    directory.Holders
		bad  bool
		text string
	}{
		{"itself", directory.Holders{Direct: []directory.Holder{holder("CN=DC1")}}, false, "CN=DC1"},
		{"through HOST", directory.Holders{Host: []directory.Holder{holder("CN=DC1")}, Mapped: true}, false, "CN=DC1 (through HOST)"},
		{"nobody", directory.Holders{}, true, "nobody"},
		{"two", directory.Holders{Direct: []directory.Holder{holder("CN=DC1"), holder("CN=web")}}, true, "CN=DC1; CN=web"},
	} {
		f, text := judgeHolders(row.h)
		if (len(f) == 1) != row.bad || text != row.text || row.bad && f[0].symptom != symptomServiceUnknown {
			t.Errorf("%s: %v, %q", row.name, f, text)
		}
	}
}

func TestCatalogHasTheFamily(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, c := range Catalog() {
		seen[c.ID]++
		if !c.Title.Complete() || c.Source == "" || c.Run != nil || c.Target != "" {
			t.Errorf("%s: title %v, source %q", c.ID, c.Title, c.Source)
		}
	}
	for _, id := range []string{idNames, idDNS, idPort, idAccount, idClock, idTicket, idService, idReplicas, idBind, idGroups, idPassword, idEtypes, idSPNs, "firewall.api", "firewall.paste"} {
		if seen[id] != 1 {
			t.Errorf("%s is listed %d times", id, seen[id])
		}
	}
}
