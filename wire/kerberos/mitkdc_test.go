package kerberos

import (
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/peers"
)

// server is a KDC that others wrote.
type server struct{ kdc netip.AddrPort }

func (s server) over(network string) KDC { return KDC{Network: network, Address: s.kdc.String()} }

func login(t *testing.T, k KDC, client Principal, keys KeyFunc) (Credential, error) {
	t.Helper()
	ask := ASRequest{Client: client}
	answer, err := k.Ask(ctx(t), ask)
	if err != nil {
		return Credential{}, err
	}
	if answer.Reply != nil {
		return answer.Reply.Open(keys)
	}
	return k.Login(ctx(t), ask, answer, keys)
}

// The client gets from a KDC that others wrote what the C library gets from it: a ticket or the very
// number.
func TestAgainstMIT(t *testing.T) {
	t.Parallel()
	m := server{peers.MIT(t).KDC}
	library := peers.NewClient(t, m.kdc)
	for _, c := range []struct {
		name, word string
		want       int32
		code       ErrorCode
	}{
		{"svc-userid", password, 0, 0},
		{"svc-aes128", password, 0, 0},
		{"svc-nopreauth", password, 0, 0},
		{"svc-wrong", "wrong", -1765328360, ErrPreauthFailed},
		{"svc-nopreauth", "wrong", -1765328353, 0},
		{"nobody", password, -1765328378, ErrClientUnknown},
		{"SVC-UserID", password, -1765328378, ErrClientUnknown}, // names have a case in MIT krb5
		{"svc-disabled", password, -1765328366, ErrClientRevoked},
		{"svc-expired", password, -1765328383, ErrClientExpired},
		{"svc-pwexpired", password, -1765328361, ErrPasswordExpired},
		{"svc-mustchange", password, -1765328361, ErrPasswordExpired},
		{"svc-rc4only", password, -1765328174, 0},
	} {
		for _, network := range []string{"udp", "tcp"} {
			_, err := login(t, m.over(network), parse(t, c.name+"@CORP.EXAMPLE"), PasswordKeys(c.word))
			got, _ := MITNumber(err)
			var refused *KDCError
			if errors.As(err, &refused); got != c.want || (refused == nil) != (c.code == 0) || refused != nil && refused.Code != c.code {
				t.Errorf("%s over %s: %v, number %d; want %d, %v", c.name, network, err, got, c.want, c.code)
			}
		}
		if n := library.Number(t, c.name+"@CORP.EXAMPLE", c.word); n != c.want {
			t.Errorf("%s: krb5_get_init_creds_password %d, want %d", c.name, n, c.want)
		}
	}
}

func TestMITDetails(t *testing.T) {
	t.Parallel()
	mit := peers.MIT(t)
	k := server{mit.KDC}.over("tcp")
	answer, err := k.Ask(ctx(t), ASRequest{Client: parse(t, "svc-userid@CORP.EXAMPLE")})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Offers) == 0 || answer.Offers[0].Etype != AES256 || answer.Offers[0].Salt != "CORP.EXAMPLEsvc-userid" {
		t.Errorf("offers %+v, want AES256 with the default salt first", answer.Offers)
	}
	if skew := time.Since(answer.Required.STime).Abs(); skew > time.Minute {
		t.Errorf("the KDC's clock is %v from ours", skew)
	}
	b, err := os.ReadFile(mit.UserKeytab)
	if err != nil {
		t.Fatal(err)
	}
	kt, err := ReadKeytab(b)
	if err != nil || len(kt.Entries) != 2 || kt.Skipped != 1 {
		t.Fatalf("keytab of MIT krb5: %d keys, %d skipped, %v; want 2, 1", len(kt.Entries), kt.Skipped, err)
	}
	tgt, err := login(t, k, parse(t, "svc-userid@CORP.EXAMPLE"), kt.Keys())
	if err != nil {
		t.Fatal(err)
	}
	if !tgt.Flags.Has(FlagInitial|FlagPreauth|FlagForwardable) || tgt.TicketEtype != AES256 || tgt.Client.String() != "svc-userid@CORP.EXAMPLE" {
		t.Errorf("TGT: flags %08x, %v, for %v", uint32(tgt.Flags), tgt.TicketEtype, tgt.Client)
	}
	got, err := k.ServiceTicket(ctx(t), tgt, HTTPService("sim.corp.example", "CORP.EXAMPLE"), nil)
	if err != nil || got.Service.String() != "HTTP/sim.corp.example@CORP.EXAMPLE" || got.Session.Etype() != AES256 {
		t.Errorf("service ticket: %v for %v, session %v", err, got.Service, got.Session)
	}
	_, err = k.ServiceTicket(ctx(t), tgt, HTTPService("none.corp.example", "CORP.EXAMPLE"), nil)
	if n, _ := MITNumber(err); n != -1765328377 {
		t.Errorf("a service that is not there: %v", err)
	}
}

// One wrong password is one failure in the KDC's database: nothing is sent twice.
func TestAWrongPasswordIsSentOnce(t *testing.T) {
	t.Parallel()
	m := server{peers.OwnMIT(t, 0).KDC}
	lockme := parse(t, "svc-lockme@CORP.EXAMPLE") // after three
	for n, want := range []ErrorCode{ErrPreauthFailed, ErrPreauthFailed, ErrPreauthFailed, ErrClientRevoked} {
		_, err := login(t, m.over("tcp"), lockme, PasswordKeys("wrong"))
		var refused *KDCError
		if !errors.As(err, &refused) || refused.Code != want {
			t.Errorf("try %d: %v, want %v", n+1, err, want)
		}
	}
}

// A clock that is off is an error of the KDC at the password, and of the client without one.
func TestMITAndSkew(t *testing.T) {
	t.Parallel()
	k := server{peers.MIT(t).KDC}.over("udp")
	k.Now = func() time.Time { return time.Now().Add(time.Hour) }
	_, err := login(t, k, parse(t, "svc-userid@CORP.EXAMPLE"), PasswordKeys(password))
	if n, _ := MITNumber(err); n != -1765328347 {
		t.Errorf("with pre-authentication: %v, want SKEW", err)
	}
	_, err = login(t, k, parse(t, "svc-nopreauth@CORP.EXAMPLE"), PasswordKeys(password))
	if n, _ := MITNumber(err); n != -1765328236 {
		t.Errorf("without: %v, want KDCREP_SKEW", err)
	}
}
