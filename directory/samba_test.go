package directory_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/directory"
	"github.com/uidprobe/uidprobe/peers"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

const host = "dc1.corp.example"

func bound(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// ticket logs in as an account and asks for a ticket of a service.
func ticket(t testing.TB, dc *peers.SambaDC, account string, service kerberos.Principal) kerberos.Credential {
	t.Helper()
	k := kerberos.KDC{Network: "tcp", Address: dc.KDC.String()}
	client, err := kerberos.ParsePrincipal(account + "@" + peers.Realm)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := k.Ask(bound(t), kerberos.ASRequest{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	tgt, err := k.Login(bound(t), kerberos.ASRequest{Client: client}, answer, kerberos.PasswordKeys(peers.Password))
	if err != nil {
		t.Fatal(err)
	}
	c, err := k.ServiceTicket(bound(t), tgt, service, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// dial is a connection of svc-userid, sealed.
func dial(t testing.TB, dc *peers.SambaDC) *directory.Conn {
	t.Helper()
	c, err := directory.Dial(bound(t), directory.Config{
		Address: address(dc, "389"), Host: host,
		Ticket: ticket(t, dc, "svc-userid", directory.Service(host, peers.Realm)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestSambaRoot(t *testing.T) {
	t.Parallel()
	root := dial(t, peers.Samba(t)).Root()
	if root.Domain != "DC=corp,DC=example" || root.DNSDomain() != "corp.example" || root.Host != host || root.Configuration != "CN=Configuration,DC=corp,DC=example" {
		t.Errorf("%+v", root)
	}
	if apart := time.Since(root.Time).Abs(); apart > time.Minute {
		t.Errorf("its clock is %v from ours", apart)
	}
}

func account(t *testing.T, c *directory.Conn, name string) directory.Account {
	t.Helper()
	a, err := c.Account(bound(t), name)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hidden != nil {
		t.Errorf("%s: %v are hidden", name, a.Hidden)
	}
	return a
}

// Each state of an account that testdata/peers makes.
func TestSambaAccounts(t *testing.T) {
	t.Parallel()
	c := dial(t, peers.Samba(t))
	day := 24 * time.Hour
	about := func(at time.Time, ago time.Duration) bool { // a kept domain is up to 20 days old
		return !at.IsZero() && time.Since(at) > ago-time.Hour && time.Since(at) < ago+21*day
	}
	for name, good := range map[string]func(directory.Account) bool{
		"svc-userid": func(a directory.Account) bool {
			return a.DN == "CN=svc-userid,CN=Users,DC=corp,DC=example" && a.Name == "svc-userid" && a.UPN == "svc-userid@corp.example" &&
				a.Control == 0x200|directory.PasswordNeverExpires && a.Computed == 0 && !a.MustChange && about(a.PasswordSet, 0) &&
				a.PasswordExpires.IsZero() && a.Expires.IsZero() && a.LockedAt.IsZero() && !a.EtypesSet && a.FineGrained == "" && a.SPNs == nil
		},
		"svc-disabled": func(a directory.Account) bool { return a.Control.Has(directory.Disabled) },
		"svc-locked":   func(a directory.Account) bool { return a.Locked() && about(a.LockedAt, 0) },
		"svc-expired":  func(a directory.Account) bool { return about(a.Expires, day) && !a.Locked() },
		"svc-pwexpired": func(a directory.Account) bool {
			return about(a.PasswordSet, 100*day) && a.PasswordExpires.Equal(a.PasswordSet.Add(42*day)) && a.Computed.Has(directory.PasswordExpired)
		},
		"svc-mustchange": func(a directory.Account) bool { return a.MustChange && a.PasswordSet.IsZero() },
		"svc-smartcard":  func(a directory.Account) bool { return a.Control.Has(directory.SmartcardRequired) },
		"svc-nopreauth":  func(a directory.Account) bool { return a.Control.Has(directory.NoPreauth) },
		"svc-http":       func(a directory.Account) bool { return len(a.SPNs) == 1 && a.SPNs[0] == "HTTP/sim.corp.example" },
	} {
		if a := account(t, c, name); !good(a) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestSambaNames(t *testing.T) {
	t.Parallel()
	c := dial(t, peers.Samba(t))
	for _, name := range []string{"SVC-UserID", `CORP\svc-userid`, "svc-userid@corp.example", "svc-userid@CORP.EXAMPLE"} {
		if a := account(t, c, name); a.Name != "svc-userid" {
			t.Errorf("%s is %s", name, a.Name)
		}
	}
	// Administrator has no stored principal name.
	if a := account(t, c, "Administrator@corp.example"); a.Name != "Administrator" || !a.MemberOf(directory.Administrators) {
		t.Errorf("%+v", a)
	}
	for _, name := range []string{"nobody", "*", "svc-*", "svc-userid@other.example", "x)(objectClass=*", "監視"} {
		if a, err := c.Account(bound(t), name); !errors.Is(err, directory.ErrNotFound) {
			t.Errorf("%q: %v, %v; want none", name, a.DN, err)
		}
	}
	if _, err := c.Computer(bound(t), "none.corp.example"); !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("a server that is not there: %v", err)
	}
}

// Groups within groups, in any language, whichever way they are read.
func TestSambaGroups(t *testing.T) {
	t.Parallel()
	dc := peers.Samba(t)
	name := dc.Spare(t)
	japanese := "監視-" + name
	dc.Tool(t, "group", "add", japanese)
	dc.Tool(t, "group", "addmembers", japanese, name)
	dc.Tool(t, "group", "addmembers", "Event Log Readers", japanese)
	dc.Tool(t, "group", "addmembers", "Distributed COM Users", name)
	c := dial(t, dc)
	a := account(t, c, name)
	followed, err := c.Followed(bound(t), a, directory.RIDDomainUsers)
	if err != nil {
		t.Fatal(err)
	}
	for way, groups := range map[string][]directory.Group{"tokenGroups": a.Groups, "members": followed} {
		a.Groups = groups
		if !a.MemberOf(directory.EventLogReaders) || !a.MemberOf(directory.DistributedCOMUsers) || !a.MemberOf(a.SID.Domain().With(directory.RIDDomainUsers)) {
			t.Errorf("%s: %+v", way, groups)
		}
		if a.MemberOf(directory.ServerOperators) || a.MemberOf(directory.RemoteManagementUsers) || a.MemberOf(directory.Administrators) {
			t.Errorf("%s: more than it is in: %+v", way, groups)
		}
		own := slices.IndexFunc(groups, func(g directory.Group) bool { return g.Name == japanese })
		if own < 0 || groups[own].DN != "CN="+japanese+",CN=Users,DC=corp,DC=example" || groups[own].SID.Domain() != a.SID.Domain() {
			t.Errorf("%s: the group in Japanese: %+v", way, groups)
		}
	}
	sids := func(groups []directory.Group) (list []string) {
		for _, g := range groups {
			list = append(list, string(g.SID))
		}
		slices.Sort(list)
		return list
	}
	if tokens := account(t, c, name).Groups; !slices.Equal(sids(tokens), sids(followed)) {
		t.Errorf("tokenGroups gives %v, the members %v", sids(tokens), sids(followed))
	}
}

func TestSambaPolicy(t *testing.T) {
	t.Parallel()
	dc := peers.Samba(t)
	name := dc.Spare(t)
	dc.Tool(t, "domain", "passwordsettings", "pso", "create", "strict-"+name, "10", "--max-pwd-age=7", "--account-lockout-threshold=3",
		"--account-lockout-duration=15", "--reset-account-lockout-after=15")
	dc.Tool(t, "domain", "passwordsettings", "pso", "apply", "strict-"+name, name)
	c := dial(t, dc)
	got, err := c.Policy(bound(t))
	want := directory.Policy{DN: "DC=corp,DC=example", MaxPasswordAge: 42 * 24 * time.Hour, LockoutThreshold: 10, LockoutObservation: 30 * time.Minute}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	a := account(t, c, name)
	if a.FineGrained != "CN=strict-"+name+",CN=Password Settings Container,CN=System,DC=corp,DC=example" {
		t.Errorf("fine-grained: %q", a.FineGrained)
	}
	// The object is there, and its values are not for everyone: zeros would be "never".
	if p, err := c.FineGrainedPolicy(bound(t), a.FineGrained); !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("%+v, %v; want not found", p, err)
	}
	if p, err := c.FineGrainedPolicy(bound(t), "CN=none,"+a.FineGrained); !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("%+v, %v; want not found", p, err)
	}
	// An administrator sees them.
	dc.Tool(t, "group", "addmembers", "Domain Admins", name)
	admin, err := directory.Dial(bound(t), directory.Config{Address: address(dc, "389"), Host: host, Ticket: ticket(t, dc, name, directory.Service(host, peers.Realm))})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	got, err = admin.FineGrainedPolicy(bound(t), a.FineGrained)
	want = directory.Policy{DN: a.FineGrained, MaxPasswordAge: 7 * 24 * time.Hour, LockoutThreshold: 3, LockoutDuration: 15 * time.Minute, LockoutObservation: 15 * time.Minute}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestSambaServers(t *testing.T) {
	t.Parallel()
	c := dial(t, peers.Samba(t))
	m, err := c.Computer(bound(t), "DC1.corp.example.")
	if err != nil || m.Name != "DC1$" || m.DNSName != host || !m.Control.Has(directory.ServerTrust) || !m.EtypesSet ||
		m.Etypes != directory.RC4|directory.AES128|directory.AES256 || !slices.Contains(m.SPNs, "HOST/dc1.corp.example") {
		t.Errorf("%+v, %v", m, err)
	}
	for spn, want := range map[string]struct {
		names  []string
		mapped bool
	}{
		"HTTP/dc1.corp.example":  {[]string{"DC1$"}, true}, // by HOST
		"http/DC1.corp.example":  {[]string{"DC1$"}, true},
		"HTTP/sim.corp.example":  {[]string{"svc-http"}, true},
		"WSMAN/dc1.corp.example": {nil, false},
		"HTTP/none.corp.example": {nil, true},
		"HTTP/*":                 {nil, true},
	} {
		h, err := c.SPN(bound(t), spn)
		var names []string
		for _, one := range h.Effective() {
			names = append(names, one.Name)
		}
		if err != nil || !slices.Equal(names, want.names) || h.Mapped != want.mapped || h.SPN != spn {
			t.Errorf("%s: %+v, %v; want %v", spn, h, err, want)
		}
	}
}

// A ticket that the server cannot open, and a clock that is off, are refusals of the server.
func TestSambaRefuses(t *testing.T) {
	t.Parallel()
	dc := peers.Samba(t)
	good := ticket(t, dc, "svc-userid", directory.Service(host, peers.Realm))
	other := ticket(t, dc, "svc-userid", kerberos.HTTPService("sim.corp.example", peers.Realm))
	_, err := directory.Dial(bound(t), directory.Config{Address: address(dc, "389"), Host: host, Ticket: other})
	var e *directory.Error
	if !errors.As(err, &e) || e.Reason != directory.Denied || e.Code != 49 {
		t.Errorf("the ticket of another service: %v", err)
	}
	_, err = directory.Dial(bound(t), directory.Config{
		Address: address(dc, "389"), Host: host, Ticket: good, Now: func() time.Time { return time.Now().Add(time.Hour) },
	})
	var refused *kerberos.KDCError
	if reason(err) != directory.Denied || !errors.As(err, &refused) || refused.Code != kerberos.ErrSkew {
		t.Errorf("an hour ahead: %v", err)
	}
}

// Whoever listens on the way sees neither questions nor answers, and can change nothing.
func TestSambaSeals(t *testing.T) {
	t.Parallel()
	dc := peers.Samba(t)
	var mu sync.Mutex
	var heard []byte
	spoil := false
	relay := listen(t, func(down net.Conn) {
		up, err := net.Dial("tcp", address(dc, "389"))
		if err != nil {
			t.Error(err)
			return
		}
		defer up.Close()
		hear := func(b []byte) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, b...)
			if spoil && b[0] == 0 { // a sealed message begins with its length
				b[len(b)-1] ^= 1
			}
		}
		var both sync.WaitGroup
		both.Go(func() { pump(up, down, func([]byte) {}); _ = up.Close() })
		both.Go(func() { pump(down, up, hear); _ = down.Close() })
		both.Wait()
	})
	config := directory.Config{Address: relay, Host: host, Ticket: ticket(t, dc, "svc-userid", directory.Service(host, peers.Realm))}
	c, err := directory.Dial(bound(t), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	account(t, c, "svc-userid")
	mu.Lock()
	for _, secret := range []string{"svc-userid", "Domain Users", "DC=corp"} {
		if bytes.Contains(heard, []byte(secret)) {
			t.Errorf("%q is heard on the way", secret)
		}
	}
	if !bytes.Contains(heard, []byte("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")) { // Kerberos, in the AP-REP
		t.Error("the log-in was not heard: the relay is not on the way")
	}
	spoil = true
	mu.Unlock()
	if _, err := c.Policy(bound(t)); reason(err) != directory.Untrusted {
		t.Errorf("a changed answer: %v", err)
	}
}

func pump(to io.Writer, from io.Reader, see func([]byte)) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			see(b[:n])
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func address(dc *peers.SambaDC, port string) string {
	return net.JoinHostPort(dc.KDC.Addr().String(), port)
}
