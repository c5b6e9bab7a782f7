package kerberos

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mitKDC is a KDC of MIT krb5 with a database of its own, in a directory of the test.
type mitKDC struct {
	address, dir string
	env          []string
}

const kdcConf = `[kdcdefaults]
 kdc_listen = %[1]s
 kdc_tcp_listen = %[1]s
[realms]
 CORP.EXAMPLE = {
  database_name = %[2]s/principal
  key_stash_file = %[2]s/stash
  acl_file = %[2]s/acl
  max_renewable_life = 7d
  supported_enctypes = aes256-cts:normal aes128-cts:normal rc4-hmac:normal
  default_principal_flags = +preauth
 }
[logging]
 kdc = FILE:%[2]s/kdc.log
`

const krb5Conf = `[libdefaults]
 default_realm = CORP.EXAMPLE
 dns_lookup_kdc = false
 rdns = false
 kdc_timesync = 0
 canonicalize = false
 permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96
[realms]
 CORP.EXAMPLE = {
  kdc = %[1]s
 }
`

const accounts = `add_policy -maxfailure 2 -lockoutduration 30m -failurecountinterval 30m lock
ank -pw Passw0rd.Svc1 svc-userid
ank -pw Passw0rd.Svc1 -allow_tix svc-disabled
ank -pw Passw0rd.Svc1 -policy lock svc-lockme
ank -pw Passw0rd.Svc1 -pwexpire "1 day ago" svc-pwexpired
ank -pw Passw0rd.Svc1 -expire "1 day ago" svc-expired
ank -pw Passw0rd.Svc1 +needchange svc-mustchange
ank -pw Passw0rd.Svc1 -e rc4-hmac:normal svc-rc4only
ank -pw Passw0rd.Svc1 -e aes128-cts:normal svc-aes128
ank -pw Passw0rd.Svc1 -requires_preauth svc-nopreauth
modprinc -requires_preauth svc-nopreauth
ank -randkey HTTP/sim.corp.example
ktadd -k %[1]s/http.keytab HTTP/sim.corp.example
ktadd -norandkey -k %[1]s/svc.keytab svc-userid
`

func startMIT(t *testing.T) *mitKDC {
	t.Helper()
	util, admin, server := peer(t, "kdb5_util"), peer(t, "kadmin.local"), peer(t, "krb5kdc")
	m := &mitKDC{dir: t.TempDir(), address: freePort(t)}
	m.write(t, "kdc.conf", fmt.Sprintf(kdcConf, m.address, m.dir))
	m.write(t, "krb5.conf", fmt.Sprintf(krb5Conf, m.address))
	m.env = append(os.Environ(), "KRB5_CONFIG="+filepath.Join(m.dir, "krb5.conf"), "KRB5_KDC_PROFILE="+filepath.Join(m.dir, "kdc.conf"), "LC_ALL=C")
	m.run(t, "", util, "-r", "CORP.EXAMPLE", "create", "-s", "-P", "master")
	m.run(t, fmt.Sprintf(accounts, m.dir), admin, "-r", "CORP.EXAMPLE")
	cmd := exec.Command(server, "-n")
	cmd.Env = m.env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	m.await(t)
	return m
}

// freePort is a port that was free a moment ago; the KDC wants to be told one.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// await returns when the KDC accepts a connection.
func (m *mitKDC) await(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for c := ctx(t); ; {
		conn, err := net.Dial("tcp", m.address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-c.Done():
			t.Fatalf("krb5kdc does not listen: %v", err)
		case <-tick.C:
		}
	}
}

func (m *mitKDC) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (m *mitKDC) run(t *testing.T, input, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx(t), program, args...)
	cmd.Env, cmd.Stdin = m.env, strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
	return string(out)
}

func (m *mitKDC) over(network string) KDC { return KDC{Network: network, Address: m.address} }

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
	m := startMIT(t)
	number := filepath.Join(t.TempDir(), "number")
	m.run(t, "", peer(t, "gcc"), "-o", number, filepath.Join("testdata", "number.c"), "-lkrb5")
	for _, c := range []struct {
		name, word string
		want       int32
		code       ErrorCode
	}{
		{"svc-userid", password, 0, 0},
		{"svc-aes128", password, 0, 0},
		{"svc-nopreauth", password, 0, 0},
		{"svc-userid", "wrong", -1765328360, ErrPreauthFailed},
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
		out := m.run(t, c.word+"\n", number, c.name+"@CORP.EXAMPLE")
		if n, err := strconv.ParseInt(strings.TrimSpace(out), 10, 32); err != nil || int32(n) != c.want {
			t.Errorf("%s: krb5_get_init_creds_password %q, want %d", c.name, out, c.want)
		}
	}
}

func TestMITDetails(t *testing.T) {
	t.Parallel()
	m := startMIT(t)
	k := m.over("tcp")
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
	b, err := os.ReadFile(filepath.Join(m.dir, "svc.keytab"))
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
	m := startMIT(t)
	lockme := parse(t, "svc-lockme@CORP.EXAMPLE")
	for n, want := range []ErrorCode{ErrPreauthFailed, ErrPreauthFailed, ErrClientRevoked} {
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
	m := startMIT(t)
	k := m.over("udp")
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
