package dc

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

func code(t *testing.T, err error) kerberos.ErrorCode {
	t.Helper()
	var refused *kerberos.KDCError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a KRB-ERROR", err)
	}
	return refused.Code
}

func failure(t *testing.T, err error) kerberos.Failure {
	t.Helper()
	var found *kerberos.ClientError
	if !errors.As(err, &found) {
		t.Fatalf("got %v, want a failure of the client", err)
	}
	return found.Failure
}

func TestOurClientGetsTickets(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			d := start(t, func(c *Config) { c.Accounts[0].KVNO = 7 })
			k := d.over(network)
			tgt, err := login(ctx(t), k, user(t, "svc-userid"), password)
			if err != nil {
				t.Fatal(err)
			}
			if tgt.ReplyEtype != kerberos.AES256 || tgt.ReplyKVNO != 7 || tgt.End.Sub(tgt.Start) != DefaultLifetime {
				t.Errorf("TGT: reply under %v of version %d, life %v; want AES256, 7, 10h", tgt.ReplyEtype, tgt.ReplyKVNO, tgt.End.Sub(tgt.Start))
			}
			for name, want := range map[string]kerberos.ErrorCode{
				"dc1.corp.example": 0, "DC1.corp.example": 0, "dc2.corp.example": 0, "none.corp.example": kerberos.ErrServiceUnknown,
			} {
				got, err := k.ServiceTicket(ctx(t), tgt, kerberos.HTTPService(name, DefaultRealm), nil)
				switch {
				case want != 0:
					if c := code(t, err); c != want {
						t.Errorf("%s: %v, want %v", name, c, want)
					}
				case err != nil:
					t.Errorf("%s: %v", name, err)
				case got.Service.String() != "HTTP/"+name+"@CORP.EXAMPLE" || got.Client.String() != "svc-userid@CORP.EXAMPLE":
					t.Errorf("%s: a ticket of %v for %v", name, got.Client, got.Service)
				}
			}
			wsman := kerberos.Principal{Name: []string{"WSMAN", "dc2.corp.example"}, Realm: DefaultRealm}
			if _, err := k.ServiceTicket(ctx(t), tgt, wsman, nil); code(t, err) != kerberos.ErrServiceUnknown {
				t.Errorf("WSMAN by its host: %v, want unknown", err)
			}
		})
	}
}

// The bad passwords are counted one by one, Ask counts none, the account locks at the threshold and a
// good password starts anew.
func TestLockout(t *testing.T) {
	t.Parallel()
	now := time.Now()
	d := start(t, func(c *Config) {
		c.Lockout = Lockout{Threshold: 3, Duration: 30 * time.Minute, Window: 30 * time.Minute}
		c.Now = func() time.Time { return now }
	})
	k := d.over("tcp")
	try := func(word string) error {
		_, err := login(ctx(t), k, user(t, "SVC-userid"), word)
		return err
	}
	counted := func(want int) {
		t.Helper()
		if got, err := d.BadPasswords("svc-UserID"); err != nil || got != want {
			t.Errorf("bad passwords %d, %v; want %d", got, err, want)
		}
	}
	for n := 1; n <= 2; n++ {
		if c := code(t, try("wrong")); c != kerberos.ErrPreauthFailed {
			t.Errorf("wrong password: %v, want PREAUTH_FAILED", c)
		}
		counted(n)
	}
	if err := try(password); err != nil {
		t.Fatal(err)
	}
	counted(0)
	for range 3 {
		_ = try("wrong")
	}
	var refused *kerberos.KDCError
	if err := try(password); !errors.As(err, &refused) || refused.Code != kerberos.ErrClientRevoked || refused.NTStatus != kerberos.StatusAccountLockedOut {
		t.Errorf("locked: %v, want CLIENT_REVOKED with the status of a lock-out", err)
	}
	counted(3)
	if got := d.Record().Count(KindLocked); got != 1 {
		t.Errorf("%d events of a lock, want 1", got)
	}
	if err := d.Unlock("svc-userid"); err != nil {
		t.Fatal(err)
	}
	if err := try(password); err != nil {
		t.Errorf("unlocked: %v", err)
	}
}

func TestLockEndsByItself(t *testing.T) {
	t.Parallel()
	a, err := newAccount(Account{Name: "u", Password: credential.New("x")}, DefaultRealm)
	if err != nil {
		t.Fatal(err)
	}
	policy, now := Lockout{Threshold: 2, Duration: time.Minute, Window: time.Hour}, time.Unix(1e9, 0)
	a.badPassword(policy, now)
	if count, locked := a.badPassword(policy, now.Add(2*time.Hour)); count != 1 || locked {
		t.Errorf("after the window: count %d, locked %v; want 1, false", count, locked)
	}
	if _, locked := a.badPassword(policy, now.Add(2*time.Hour)); !locked {
		t.Error("the second within the window does not lock")
	}
	for after, want := range map[time.Duration]State{59 * time.Second: Locked, 61 * time.Second: Usable} {
		if got := a.state(now.Add(2*time.Hour + after)); got != want {
			t.Errorf("%v later: %q, want %q", after, got, want)
		}
	}
}

// Samba looks at the password first, so that a wrong one hides that the account is disabled.
func TestBehavioursDifferInOrder(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[Behaviour]kerberos.ErrorCode{Windows: kerberos.ErrClientRevoked, Samba: kerberos.ErrPreauthFailed} {
		d := start(t, func(c *Config) { c.Behaviour, c.Accounts[0].State = behaviour, Disabled })
		if _, err := login(ctx(t), d.over("udp"), user(t, "svc-userid"), "wrong"); code(t, err) != want {
			t.Errorf("%s: %v, want %v", behaviour, err, want)
		}
	}
}

func TestNoPreauth(t *testing.T) {
	t.Parallel()
	d := start(t, func(c *Config) { c.Accounts[0].NoPreauth = true })
	if _, err := login(ctx(t), d.over("udp"), user(t, "svc-userid"), password); err != nil {
		t.Error(err)
	}
	if _, err := login(ctx(t), d.over("udp"), user(t, "svc-userid"), "wrong"); failure(t, err) != kerberos.BadIntegrity {
		t.Errorf("wrong password: %v, want a decrypt integrity check", err)
	}
	if n, _ := d.BadPasswords("svc-userid"); n != 0 {
		t.Errorf("%d bad passwords; without pre-authentication the KDC sees none", n)
	}
}

// A UPN is one component of an enterprise name; one of another domain is referred.
func TestEnterpriseNames(t *testing.T) {
	t.Parallel()
	d := start(t, func(c *Config) {
		c.Accounts[0].UPN = "monitor@branch.example"
		c.Referrals = map[string]string{"Partner.example": "PARTNER.EXAMPLE"}
	})
	ask := func(upn string) error {
		_, err := d.over("tcp").Ask(ctx(t), kerberos.ASRequest{Client: kerberos.Principal{
			Type: kerberos.NameEnterprise, Name: []string{upn}, Realm: DefaultRealm,
		}})
		return err
	}
	for _, upn := range []string{"Monitor@branch.example", "svc-userid@corp.example", "svc-userid@CORP"} {
		if err := ask(upn); err != nil {
			t.Errorf("%s: %v", upn, err)
		}
	}
	if err := ask("x@branch.example"); code(t, err) != kerberos.ErrClientUnknown {
		t.Errorf("unknown UPN: %v", err)
	}
	var refused *kerberos.KDCError
	if err := ask("x@partner.EXAMPLE"); !errors.As(err, &refused) || refused.Code != kerberos.ErrWrongRealm || refused.ClientRealm != "PARTNER.EXAMPLE" {
		t.Errorf("a partner's UPN: %v, want a referral to PARTNER.EXAMPLE", err)
	}
}

func TestTooBigForUDP(t *testing.T) {
	t.Parallel()
	d := start(t, func(c *Config) { c.MaxUDP = 100 })
	if _, err := login(ctx(t), d.over("udp"), user(t, "svc-userid"), password); !errors.Is(err, kerberos.ErrTooBig) {
		t.Errorf("over UDP: %v, want too big", err)
	}
	if _, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password); err != nil {
		t.Errorf("over TCP: %v", err)
	}
}

// The clock shows in every refusal, and at the password as skew.
func TestClock(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	if err := d.Faults().Start(FaultClock, map[string]string{"offset": "-1h"}); err != nil {
		t.Fatal(err)
	}
	answer, err := d.over("udp").Ask(ctx(t), user(t, "svc-userid"))
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Since(answer.Required.STime); (off - time.Hour).Abs() > time.Minute {
		t.Errorf("the KDC's clock is %v behind, want 1h", off)
	}
	if _, err := login(ctx(t), d.over("udp"), user(t, "svc-userid"), password); code(t, err) != kerberos.ErrSkew {
		t.Errorf("got %v, want skew", err)
	}
}

// Every way to spoil a reply is found.
func TestReplyModified(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	for _, what := range modifications {
		if err := d.Faults().Start(FaultReplyModified, map[string]string{"what": what}); err != nil {
			t.Fatal(err)
		}
		if _, err := login(ctx(t), d.over("udp"), user(t, "svc-userid"), password); failure(t, err) != kerberos.ReplyModified {
			t.Errorf("%s: %v, want a modified reply", what, err)
		}
		if got := newMIT(t, d, nil).number("svc-userid@CORP.EXAMPLE", password); got != -1765328237 {
			t.Errorf("%s: krb5_get_init_creds_password: %d, want -1765328237", what, got)
		}
	}
}

func TestTransportFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault, network string
		want           kerberos.Failure // empty: a ticket
	}{
		{FaultGarbage, "udp", kerberos.Unreadable}, {FaultGarbage, "tcp", kerberos.Unreadable},
		{FaultHugeLength, "tcp", kerberos.Unreachable}, {FaultHugeLength, "udp", ""},
		{FaultCut, "tcp", kerberos.Unreachable}, {FaultCut, "udp", ""},
		{FaultMuteTCP, "tcp", kerberos.Unreachable}, {FaultMuteTCP, "udp", ""},
		{FaultMuteUDP, "udp", kerberos.Unreachable}, {FaultMuteUDP, "tcp", ""},
		{FaultMute, "udp", kerberos.Unreachable}, {FaultMute, "tcp", kerberos.Unreachable},
		{FaultPortClosed, "tcp", kerberos.Unreachable},
	} {
		t.Run(c.fault+" "+c.network, func(t *testing.T) {
			t.Parallel()
			d := start(t, nil)
			if err := d.Faults().Start(c.fault, nil); err != nil {
				t.Fatal(err)
			}
			_, err := login(untilSilent(t, d), d.over(c.network), user(t, "svc-userid"), password)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if got := failure(t, err); got != c.want {
				t.Errorf("%v is %q, want %q", err, got, c.want)
			}
			if !strings.Contains(err.Error(), d.Addr()) {
				t.Errorf("%q does not name the KDC", err)
			}
		})
	}
}

// Silence after a password is told from silence before it.
func TestMuteProofIsSent(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	if err := d.Faults().Start(FaultMuteProof, nil); err != nil {
		t.Fatal(err)
	}
	_, err := login(untilSilent(t, d), d.over("tcp"), user(t, "svc-userid"), password)
	var found *kerberos.ClientError
	if !errors.As(err, &found) || found.Failure != kerberos.Unreachable || !found.Sent {
		t.Errorf("got %v, want unreachable after sending", err)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not wrap the end of the context", err)
	}
}

func TestServiceFaults(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	tgt, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range faultTable() {
		if !row.service {
			continue
		}
		if err := d.Faults().Start(row.ID, nil); err != nil {
			t.Fatal(err)
		}
		_, err := d.over("udp").ServiceTicket(ctx(t), tgt, kerberos.HTTPService("dc1.corp.example", DefaultRealm), nil)
		if got := code(t, err); got != row.code {
			t.Errorf("%s: %v, want %v", row.ID, got, row.code)
		}
		d.Faults().Stop(row.ID)
	}
}

// The same authenticator does not get a second ticket.
func TestReplay(t *testing.T) {
	t.Parallel()
	var r replays
	now := time.Unix(1e9, 0)
	for i, c := range []struct {
		text  string
		after time.Duration
		want  bool
	}{{"a", 0, false}, {"b", 0, false}, {"a", time.Second, true}, {"a", time.Hour, false}} {
		if got := r.again([]byte(c.text), now.Add(c.after), kerberos.MaxSkew); got != c.want {
			t.Errorf("%d: %q after %v: %v, want %v", i, c.text, c.after, got, c.want)
		}
	}
}

func TestFaultParameters(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	for id, bad := range map[string]map[string]string{
		"kdc-account-disabled": {"account": "nobody"},
		"kdc-logon-hours":      {"when": "later"},
		"kdc-must-change":      {"shape": "cube"},
		FaultSlow:              {"delay": "-1s"},
		FaultClock:             {"offset": "soon"},
		FaultReplyModified:     {"what": "everything"},
		"no-such-fault":        nil,
	} {
		if err := d.Faults().Start(id, bad); err == nil {
			t.Errorf("%s takes %v", id, bad)
		}
	}
	if on := d.Faults().Running(); len(on) != 0 {
		t.Errorf("refused faults run: %v", on)
	}
	// One account alone, after the password, and in Samba's shape.
	given := map[string]string{"account": "SVC-userid", "when": "after", "shape": string(kerberos.MethodDataShape), "text": "no"}
	if err := d.Faults().Start("kdc-account-disabled", given); err != nil {
		t.Fatal(err)
	}
	_, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password)
	var refused *kerberos.KDCError
	if !errors.As(err, &refused) || refused.DataShape != kerberos.MethodDataShape || refused.Text != "no" || refused.NTStatus != kerberos.StatusAccountDisabled {
		t.Errorf("got %+v", err)
	}
	if got, want := results(d), []string{"AS KDC_ERR_PREAUTH_REQUIRED", "AS KDC_ERR_CLIENT_REVOKED"}; !slices.Equal(got, want) {
		t.Errorf("answers %q, want %q", got, want)
	}
}

func TestFaultTableIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range Faults() {
		if seen[f.ID] || f.Check == "" || !f.Title.Complete() {
			t.Errorf("fault %q: twice, or without a check, or without a title in both languages", f.ID)
		}
		seen[f.ID] = true
		// What goes wrong at WinRM has no number: the log-in at the KDC was good.
		if _, shows := MITNumber(f.ID); shows != strings.HasPrefix(f.Symptom, "kerberos.") {
			t.Errorf("fault %q: symptom %q, but a number: %v", f.ID, f.Symptom, shows)
		}
	}
	// The numbers of the article that a KDC produces on the wire.
	for _, number := range []int32{-1765328228, -1765328366, -1765328237, -1765328378, -1765328370, -1765328360, -1765328316, -1765328353} {
		if !slices.ContainsFunc(Faults(), func(f simulate.Fault) bool { n, _ := MITNumber(f.ID); return n == number }) {
			t.Errorf("no fault shows %d", number)
		}
	}
}

func TestConfigReportsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{
		Realm: "corp.example", Behaviour: "heimdal", MaxUDP: -1, Services: []string{"HTTP"},
		Accounts: []Account{{Name: "a"}, {Name: "A", Password: credential.New("x"), State: "tired", KVNO: 300, Etypes: []kerberos.Etype{kerberos.RC4}}},
	})
	if err == nil {
		t.Fatal("it starts")
	}
	for _, want := range []string{
		`realm "corp.example"`, `behaviour "heimdal"`, "a bound below zero", `service "HTTP"`, `account "a": it has no password`,
		`account "A": it is there twice`, `unknown state "tired"`, "key version 300", "arcfour-hmac keys",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

// Whatever arrives, the KDC goes on, and no secret is in the record.
func TestRecordHoldsNoSecret(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	if _, err := d.over("udp").Exchange(ctx(t), []byte("hello")); err != nil {
		t.Error(err)
	}
	if _, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password); err != nil {
		t.Fatal(err)
	}
	_, _ = login(ctx(t), d.over("tcp"), user(t, "svc-userid"), "another-secret")
	for _, e := range d.Record().Since(0) {
		b, err := e.MarshalJSON()
		if err != nil || strings.Contains(string(b), password) || strings.Contains(string(b), "another-secret") {
			t.Errorf("event %s, %v", b, err)
		}
	}
	if got := d.Record().Count(KindDiscarded); got != 1 {
		t.Errorf("%d messages discarded, want 1", got)
	}
}

// A TGS request that was changed, or is sent again, gets no ticket.
func TestReplayOverTheWire(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	tgt, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password)
	if err != nil {
		t.Fatal(err)
	}
	tap, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tap.Close()
	c, cancel := context.WithCancel(ctx(t))
	request := make(chan []byte, 1)
	go func() {
		defer cancel()
		b := make([]byte, maxMessage)
		n, _, _ := tap.ReadFrom(b)
		request <- b[:n]
	}()
	listener := kerberos.KDC{Network: "udp", Address: tap.LocalAddr().String()}
	if _, err := listener.ServiceTicket(c, tgt, kerberos.HTTPService("dc1.corp.example", DefaultRealm), nil); err == nil {
		t.Fatal("a silent listener gave a ticket")
	}
	raw := <-request
	changed := bytes.Replace(raw, []byte("dc1.corp"), []byte("dc2.corp"), 1) // not what the authenticator vouches for
	for _, b := range [][]byte{changed, raw, raw} {
		if _, err := d.over("udp").Exchange(ctx(t), b); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := results(d)[2:], []string{"TGS KRB_AP_ERR_MODIFIED", "TGS ticket", "TGS KRB_AP_ERR_REPEAT"}; !slices.Equal(got, want) {
		t.Errorf("answers %q, want %q", got, want)
	}
}

// A TGT that has expired, and one that another client presents.
func TestTGTIsChecked(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	d := start(t, func(c *Config) { c.Now = now })
	k := d.over("tcp")
	k.Now = now
	tgt, err := login(ctx(t), k, user(t, "svc-userid"), password)
	if err != nil {
		t.Fatal(err)
	}
	web := kerberos.HTTPService("dc1.corp.example", DefaultRealm)
	other := tgt
	other.Client.Name = []string{"another"}
	if _, err := k.ServiceTicket(ctx(t), other, web, nil); code(t, err) != kerberos.ErrBadMatch {
		t.Errorf("another's TGT: %v, want a mismatch", err)
	}
	ahead.Store(int64(5 * time.Hour))
	if got, err := k.ServiceTicket(ctx(t), tgt, web, nil); err != nil || !got.End.Equal(tgt.End) {
		t.Errorf("after 5 hours: %v, until %v; want until the TGT's end, %v", err, got.End, tgt.End)
	}
	ahead.Store(int64(11 * time.Hour))
	if _, err := k.ServiceTicket(ctx(t), tgt, web, nil); code(t, err) != kerberos.ErrTicketExpired {
		t.Errorf("after 11 hours: %v, want expired", err)
	}
}
