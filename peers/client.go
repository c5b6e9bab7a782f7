package peers

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Client is MIT krb5 as a client of the realm, configured to behave as the firewall does: AES alone, no
// canonicalisation, and a clock that it does not correct. It is made anew for each test, with a
// credential cache of its own.
type Client struct {
	Config string // file: its krb5.conf
	Cache  string // file: its credential cache
	env    []string
}

const clientConfig = `[libdefaults]
 default_realm = %[1]s
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 dns_canonicalize_hostname = false
 kdc_timesync = 0
 canonicalize = false
 permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96
[realms]
 %[1]s = {
%[2]s }
`

// NewClient makes a client that knows these KDCs, in this order.
func NewClient(t testing.TB, kdcs ...netip.AddrPort) *Client {
	t.Helper()
	dir := t.TempDir()
	c := &Client{Config: filepath.Join(dir, "krb5.conf"), Cache: filepath.Join(dir, "ccache")}
	var list strings.Builder
	for _, kdc := range kdcs {
		fmt.Fprintf(&list, "  kdc = %s\n", kdc)
	}
	if err := os.WriteFile(c.Config, fmt.Appendf(nil, clientConfig, Realm, list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c.env = []string{"KRB5_CONFIG=" + c.Config, "KRB5CCNAME=FILE:" + c.Cache, "KRB5RCACHENAME=none:"}
	return c
}

// Run runs a program such as kinit or kvno, and fails the test if it does not end well.
func (c *Client) Run(t testing.TB, input, program string, args ...string) string {
	t.Helper()
	return output(t, input, c.env, Require(t, program, "krb5-user"), args...)
}

// Command prepares a program of MIT krb5, for whoever wants to see it fail or to measure it.
func (c *Client) Command(t testing.TB, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(bound(t), Require(t, program, "krb5-user"), args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.env...)
	return cmd
}

// Number is what krb5_get_init_creds_password returns for a principal: the number that a firewall
// shows, 0 for a ticket.
func (c *Client) Number(t testing.TB, principal, password string) int32 {
	t.Helper()
	program := numberProgram(t)
	out := output(t, password+"\n", c.env, program, principal)
	n, err := strconv.ParseInt(strings.TrimSpace(out), 10, 32)
	if err != nil {
		t.Fatalf("krb5_get_init_creds_password for %s: %q is no number", principal, out)
	}
	return int32(n)
}

// Number is what krb5_get_init_creds_password returns for a principal that asks one KDC.
func Number(t testing.TB, kdc netip.AddrPort, principal, password string) int32 {
	t.Helper()
	return NewClient(t, kdc).Number(t, principal, password)
}

// compiled is number.c of wire/kerberos as a program, made once.
var compiled = sync.OnceValues(func() (string, error) {
	code, err := source("wire", "kerberos", "testdata", "number.c")
	if err != nil {
		return "", err
	}
	program, err := cached("number", code)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	fresh := fmt.Sprintf("%s.%d", program, os.Getpid())
	if text, err := exec.Command("gcc", "-o", fresh, code, "-lkrb5").CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile %s: %w: %s", code, err, text)
	}
	return program, os.Rename(fresh, program)
})

func numberProgram(t testing.TB) string {
	t.Helper()
	Require(t, "gcc", "gcc")
	if _, err := os.Stat("/usr/include/krb5.h"); err != nil {
		Missing(t, "krb5.h is not installed (package libkrb5-dev)")
	}
	program, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// output is what a program prints. Its input and environment may hold a password, and are not shown.
func output(t testing.TB, input string, env []string, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(bound(t), program, args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), env...)
	cmd.Stdin = strings.NewReader(input)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v: %s%s", program, strings.Join(args, " "), err, out.String(), complaints.String())
	}
	return out.String()
}
