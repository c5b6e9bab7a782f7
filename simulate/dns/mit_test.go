package dns

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/simulate/dc"
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

const (
	password = "Passw0rd.Svc1"
	// inside says to the test binary that it runs in a namespace of its own, where /etc/resolv.conf
	// names 127.0.0.1; its value is the compiled number.c.
	inside = "UIDPROBE_TEST_RESOLVER"
)

// resolvConf is the system's resolver without patience: what a silent server comes to does not
// depend on how long one waits for it.
const resolvConf = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"

// With the name of a KDC behind each fault, MIT krb5 on the system's own resolver shows the number
// that the table says. A namespace has a resolv.conf of its own, and a port 53 for everyone.
func TestEveryFaultShowsItsNumber(t *testing.T) {
	if program := os.Getenv(inside); program != "" {
		numbers(t, program)
		return
	}
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("namespaces are Linux's")
	}
	program, err := numberProgram()
	if err != nil {
		missing(t, "%v", err)
	}
	peer(t, "unshare")
	peer(t, "ip")
	if out, err := exec.Command("unshare", "-rnm", "true").CombinedOutput(); err != nil {
		missing(t, "unshare -rnm: %v: %s", err, out)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"resolv.conf": resolvConf, "nsswitch.conf": "hosts: files dns\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script := `mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && ` +
		`ip link set lo up && exec "$2" -test.run '^TestEveryFaultShowsItsNumber$' -test.v`
	cmd := exec.CommandContext(ctx(t), "unshare", "-rnm", "sh", "-c", script, "sh", dir, os.Args[0])
	cmd.Env = append(os.Environ(), inside+"="+program)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestEveryFaultShowsItsNumber") {
		t.Errorf("in a namespace: %v\n%s", err, out)
	}
}

// numbers runs inside the namespace.
func numbers(t *testing.T, program string) {
	kdc, err := dc.Start(t.Context(), dc.Config{Accounts: []dc.Account{{Name: "svc-userid", Password: credential.New(password)}}})
	if err != nil {
		t.Fatal(err)
	}
	defer kdc.Close()
	d := start(t, func(c *Config) {
		c.Address = "127.0.0.1:53"
		c.Records = Controller(domain, host, netip.MustParseAddr("127.0.0.1"), 88)
	})
	config := filepath.Join(t.TempDir(), "krb5.conf")
	text := strings.ReplaceAll(kdc.ClientConfig(), "127.0.0.1:", host+":")
	if !strings.Contains(text, host) {
		t.Fatalf("no KDC to name in %s", text)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	number := func() int {
		cmd := exec.CommandContext(ctx(t), program, "svc-userid@CORP.EXAMPLE")
		cmd.Env = append(os.Environ(), "KRB5_CONFIG="+config, "LC_ALL=C")
		cmd.Stdin = strings.NewReader(password + "\n")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := number(); got != 0 {
		t.Fatalf("without a fault: %d", got)
	}
	if out, err := exec.Command("getent", "ahosts", host).Output(); err != nil || !strings.HasPrefix(string(out), "127.0.0.1 ") {
		t.Errorf("getent ahosts: %v: %s", err, out)
	}
	for _, row := range faultTable() {
		d.Record().Reset()
		var params map[string]string
		if row.ID == FaultSlow {
			params = map[string]string{"delay": "200ms"} // within the patience of resolvConf, as 3s are within the default
		}
		d.begin(t, row.ID, params)
		if got := number(); got != int(row.number) {
			t.Errorf("%s: krb5_get_init_creds_password returns %d, want %d; %q", row.ID, got, row.number, told(d))
		}
		if row.ID != FaultPortClosed && d.Record().Count(KindAnswer) == 0 {
			t.Errorf("%s: nobody asked", row.ID)
		}
		d.Faults().Stop(row.ID)
	}
	mixed(t, d, number)
	if got := number(); got != 0 {
		t.Errorf("after the faults: %d", got)
	}
}

// What comes of two answers, one for each kind of address, that are not alike. The KDC has an IPv4
// address alone. The judgement of the probe is drawn from this.
func mixed(t *testing.T, d *Server, number func() int) {
	for _, c := range []struct {
		fault  string
		params map[string]string
		want   int
	}{
		{FaultServFail, map[string]string{"type": "AAAA"}, 0},
		{FaultSilent, map[string]string{"type": "AAAA"}, 0},
		{FaultServFail, map[string]string{"type": "A"}, numberUnreachable}, // AAAA: no data, which is final
		{FaultLame, map[string]string{"type": "A"}, numberUnreachable},
		{FaultSilent, map[string]string{"type": "A"}, numberTryAgain},
		{FaultGarbage, map[string]string{"what": garbageShort}, numberTryAgain},
		{FaultGarbage, map[string]string{"what": garbageQuestion}, numberUnreachable},
	} {
		d.begin(t, c.fault, c.params)
		if got := number(); got != c.want {
			t.Errorf("%s %v: %d, want %d", c.fault, c.params, got, c.want)
		}
		d.Faults().Stop(c.fault)
	}
}
