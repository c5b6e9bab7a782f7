package dc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// peer is a program that has to be there: a missing one is a visible skip, or a failure where
// the peers are required.
func peer(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, "%s is not installed", name)
	}
	return path
}

func missing(t *testing.T, format string, a ...any) {
	t.Helper()
	if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
		t.Fatalf("a peer is required: "+format, a...)
	}
	t.Skipf(format, a...)
}

// numberProgram is testdata/number.c of wire/kerberos, compiled once.
var numberProgram = sync.OnceValues(func() (string, error) {
	out := filepath.Join(scratch, "number")
	source := filepath.Join("..", "..", "wire", "kerberos", "testdata", "number.c")
	if text, err := exec.Command("gcc", "-o", out, source, "-lkrb5").CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile %s: %w: %s", source, err, text)
	}
	return out, nil
})

// mit is MIT krb5 with a configuration that knows one KDC.
type mit struct {
	t   *testing.T
	dir string
	env []string
}

func newMIT(t *testing.T, d *DC, change func(string) string) mit {
	t.Helper()
	dir := t.TempDir()
	text := d.ClientConfig()
	if change != nil {
		text = change(text)
	}
	file := filepath.Join(dir, "krb5.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return mit{t, dir, append(os.Environ(),
		"KRB5_CONFIG="+file, "KRB5CCNAME=FILE:"+filepath.Join(dir, "ccache"), "KRB5RCACHENAME=none:", "LC_ALL=C")}
}

func (m mit) run(input, program string, args ...string) (string, error) {
	m.t.Helper()
	// Where no KDC answers, MIT krb5 asks again and again, for 18 s or more.
	patient, cancel := context.WithTimeout(m.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(patient, peer(m.t, program), args...)
	cmd.Env, cmd.Stdin = m.env, strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// number is what krb5_get_init_creds_password returns.
func (m mit) number(principal, word string) int32 {
	m.t.Helper()
	program, err := numberProgram()
	if err != nil {
		missing(m.t, "%v", err)
	}
	out, err := m.run(word+"\n", program, principal)
	if err != nil {
		m.t.Fatalf("number %s: %v: %s", principal, err, out)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(out), 10, 64)
	if err != nil {
		m.t.Fatal(err)
	}
	return int32(n)
}

// tcpOnly makes MIT krb5 ask over TCP first.
func tcpOnly(config string) string {
	return strings.Replace(config, "[libdefaults]", "[libdefaults]\n udp_preference_limit = 1", 1)
}

// kinit gets a TGT and kvno a service ticket, over UDP and over TCP.
func TestMITGetsTickets(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(string) string{"udp": nil, "tcp": tcpOnly} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := start(t, nil)
			m := newMIT(t, d, change)
			if out, err := m.run(password+"\n", "kinit", "svc-userid@CORP.EXAMPLE"); err != nil {
				t.Fatalf("kinit: %v: %s", err, out)
			}
			keytab := filepath.Join(m.dir, "service.keytab")
			b, err := d.ServiceKeytab().Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(keytab, b, 0o600); err != nil {
				t.Fatal(err)
			}
			// kvno -k opens the ticket with the service's key.
			out, err := m.run("", "kvno", "-k", keytab, webName+"@CORP.EXAMPLE")
			if err != nil || !strings.Contains(out, "kvno = 1, keytab entry valid") {
				t.Errorf("kvno: %v: %s", err, out)
			}
			if out, err := m.run("", "kvno", "HTTP/none.corp.example"); err == nil || !strings.Contains(out, "not found in Kerberos database") {
				t.Errorf("kvno of a service that is not there: %v: %s", err, out)
			}
			for _, e := range d.Record().Since(0) {
				if e.Kind == KindRequest && e.Fields["transport"] != name {
					t.Errorf("%v over %v, want all over %s", e.Fields["type"], e.Fields["transport"], name)
				}
			}
			want := []string{"AS KDC_ERR_PREAUTH_REQUIRED", "AS ticket", "TGS ticket", "TGS KDC_ERR_S_PRINCIPAL_UNKNOWN"}
			// kvno asks twice for a service that is not there.
			if got := slices.Compact(results(d)); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("answers %q, want %q", got, want)
			}
		})
	}
}

// kinit takes the keytab of an account in place of a password.
func TestMITTakesTheAccountKeytab(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	m := newMIT(t, d, nil)
	kt, err := d.AccountKeytab("SVC-UserID")
	if err != nil {
		t.Fatal(err)
	}
	b, err := kt.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(m.dir, "account.keytab")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := m.run("", "kinit", "-k", "-t", file, "svc-userid@CORP.EXAMPLE"); err != nil {
		t.Fatalf("kinit: %v: %s", err, out)
	}
	if out, _ := m.run("", "klist", "-e", "-k", file); strings.Count(out, "svc-userid@CORP.EXAMPLE") != 2 {
		t.Errorf("klist: %s, want two keys", out)
	}
}

// Each fault gives MIT krb5, and our own client, the number that the table says.
func TestEveryFaultShowsItsNumber(t *testing.T) {
	t.Parallel()
	for _, row := range faultTable() {
		want, ok := MITNumber(row.ID)
		if !ok || row.service {
			continue
		}
		t.Run(row.ID, func(t *testing.T) {
			t.Parallel()
			d := start(t, nil)
			if err := d.Faults().Start(row.ID, nil); err != nil {
				t.Fatal(err)
			}
			_, err := login(untilSilent(t, d), d.over("tcp"), user(t, "svc-userid"), password)
			if got, ok := kerberos.MITNumber(err); !ok || got != want {
				t.Errorf("our client: %v, number %d, want %d", err, got, want)
			}
			if got := newMIT(t, d, nil).number("svc-userid@CORP.EXAMPLE", password); got != want {
				t.Errorf("krb5_get_init_creds_password: %d, want %d", got, want)
			}
			d.Faults().Stop(row.ID)
			if _, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password); err != nil {
				t.Errorf("after the fault: %v", err)
			}
		})
	}
}

// What ETYPE-INFO2 can be, and what MIT krb5 1.20 makes of it: without one it takes its own first type
// and the default salt.
func TestMITAndOffers(t *testing.T) {
	t.Parallel()
	for info, want := range map[string]int32{offerEmpty: -1765328234, offerRC4: -1765328147, offerMissing: 0, offerNothing: -1765328174} {
		t.Run(info, func(t *testing.T) {
			t.Parallel()
			d := start(t, nil)
			if err := d.Faults().Start(FaultNoOffer, map[string]string{"info": info}); err != nil {
				t.Fatal(err)
			}
			_, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password)
			if got, _ := kerberos.MITNumber(err); got != want {
				t.Errorf("our client: %v, number %d, want %d", err, got, want)
			}
			if got := newMIT(t, d, nil).number("svc-userid@CORP.EXAMPLE", password); got != want {
				t.Errorf("krb5_get_init_creds_password: %d, want %d", got, want)
			}
		})
	}
}

// The realm in lower case, and the NetBIOS name, are accepted, and the reply names the realm as
// the domain does: the number of the article. The case of the user does not matter.
func TestMITAndNames(t *testing.T) {
	t.Parallel()
	d := start(t, func(c *Config) { c.Referrals = map[string]string{"other.example": "OTHER.EXAMPLE"} })
	m := newMIT(t, d, func(text string) string {
		kdc := " = {\n  kdc = " + d.Addr() + "\n }\n"
		return strings.Replace(text, "[realms]\n", "[realms]\n corp.example"+kdc+" CORP"+kdc+" OTHER.EXAMPLE"+kdc+" NONE.EXAMPLE"+kdc, 1)
	})
	for name, want := range map[string]int32{
		"svc-userid@CORP.EXAMPLE":  0,
		"SVC-UserID@CORP.EXAMPLE":  0,
		"svc-userid@corp.example":  -1765328237,
		"svc-userid@CORP":          -1765328237,
		"svc-userid@OTHER.EXAMPLE": -1765328316,
		"svc-userid@NONE.EXAMPLE":  -1765328378,
		"nobody@CORP.EXAMPLE":      -1765328378,
	} {
		if got := m.number(name, password); got != want {
			t.Errorf("krb5_get_init_creds_password for %s: %d, want %d", name, got, want)
		}
		_, err := login(ctx(t), d.over("udp"), user(t, name), password)
		if got, _ := kerberos.MITNumber(err); got != want {
			t.Errorf("our client for %s: %v, number %d, want %d", name, err, got, want)
		}
	}
}

// Each state of an account, in both behaviours, to MIT krb5 and to our client, which sees the
// NTSTATUS as well.
func TestMITAndStates(t *testing.T) {
	t.Parallel()
	for behaviour, rows := range states {
		for state, want := range rows {
			t.Run(string(behaviour)+" "+string(state), func(t *testing.T) {
				t.Parallel()
				d := start(t, func(c *Config) { c.Behaviour, c.Accounts[0].State = behaviour, state })
				_, err := login(ctx(t), d.over("tcp"), user(t, "svc-userid"), password)
				var refused *kerberos.KDCError
				if !errors.As(err, &refused) || refused.Code != want.code || refused.NTStatus != want.status {
					t.Errorf("our client: %v, want %v with %v", err, want.code, want.status)
				} else if want.status != 0 && refused.DataShape != behaviour.shape() {
					t.Errorf("the status came as %q, want %q", refused.DataShape, behaviour.shape())
				}
				if got := newMIT(t, d, nil).number("svc-userid@CORP.EXAMPLE", password); got != want.code.MITNumber() {
					t.Errorf("krb5_get_init_creds_password: %d, want %d", got, want.code.MITNumber())
				}
			})
		}
	}
}
