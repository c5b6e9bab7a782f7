package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/peers"
)

const wrongPassword = "Not-The-Passw0rd"

// spender is somebody who runs the program on an account of a real domain controller, who counts what
// it refuses.
type spender struct {
	t       *testing.T
	dc      *peers.SambaDC
	account string
	dir     string // state, and the file of the password
	kdcs    []netip.AddrPort
	args    []string // more flags
}

func newSpender(t *testing.T, password string, kdcs ...netip.AddrPort) *spender {
	t.Helper()
	d := peers.Samba(t)
	s := &spender{t: t, dc: d, account: d.Spare(t), dir: t.TempDir(), kdcs: kdcs}
	if kdcs == nil {
		s.kdcs = []netip.AddrPort{d.KDC}
	}
	s.password(password)
	return s
}

// password writes what runs from now on take for the password.
func (s *spender) password(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.file("password"), []byte(text+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *spender) file(name string) string { return filepath.Join(s.dir, name) }

// built is the program as it is shipped. The test program can stand for it elsewhere; here it would make
// the slow hash of each run under the race detector, four times as slow.
var built = sync.OnceValues(func() (string, error) {
	program, err := filepath.Abs(filepath.Join("..", "..", "build", "cache", "uidprobe"))
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return program, nil
})

// patience is for a process on a machine that does other things as well.
const patience = 5 * time.Minute

// command is the program as a process of its own.
func (s *spender) command(args ...string) *exec.Cmd {
	s.t.Helper()
	program, err := built()
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	s.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "UIDPROBE_STATE_DIR="+s.file("state"))
	return cmd
}

// probe is uidprobe probe kerberos.
func (s *spender) probe() *exec.Cmd {
	args := []string{"probe", "kerberos", "--account", s.account, "--realm", peers.Realm, "--server", "dc1.corp.example",
		"--password-file", s.file("password"), "--format", "json"}
	for _, kdc := range s.kdcs {
		args = append(args, "--kdc", kdc.String())
	}
	if !slices.Contains(s.args, "--attempt") {
		args = append(args, "--attempt", "30s") // a busy machine is not silence
	}
	return s.command(append(args, s.args...)...)
}

// outcome is what is left of a run.
type outcome struct {
	code           int
	stdout, stderr string
}

// end waits for a process that has been started.
func end(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	out, complaints := cmd.Stdout.(*bytes.Buffer), cmd.Stderr.(*bytes.Buffer)
	_ = cmd.Wait()
	return outcome{cmd.ProcessState.ExitCode(), out.String(), complaints.String()}
}

func begin(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func (s *spender) run() outcome { return end(s.t, begin(s.t, s.probe())) }

// results reads the report in JSON.
func (o outcome) results(t *testing.T) []check.Result {
	t.Helper()
	var report struct {
		Results []check.Result `json:"results"`
	}
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil || len(report.Results) == 0 {
		t.Fatalf("exit code %d, %d results, %v: %s%s", o.code, len(report.Results), err, o.stdout, o.stderr)
	}
	return report.Results
}

// ticket is the result of the check that spends the password, "fail kerberos.preauth-failed" or
// "skip refused".
func (o outcome) ticket(t *testing.T) string {
	t.Helper()
	for _, r := range o.results(t) {
		if r.Check == "kerberos.ticket" {
			return strings.TrimSpace(fmt.Sprintf("%v %s%s", r.Status, r.Symptom, r.Skipped))
		}
	}
	t.Fatalf("no result of kerberos.ticket: %s", o.stdout)
	return ""
}

// counted fails the test if the domain controller has counted something else.
func (s *spender) counted(want int, when string) {
	s.t.Helper()
	if got := s.dc.BadPasswords(s.t, s.account); got != want {
		s.t.Errorf("%s: badPwdCount of %s is %d, want %d", when, s.account, got, want)
	}
}

const (
	refusedNow     = "fail kerberos.preauth-failed"
	refusedEarlier = "skip refused"
)

// later runs three more, none of which may send the password.
func (s *spender) later(want int) {
	s.t.Helper()
	for n := range 3 {
		o := s.run()
		if got := o.ticket(s.t); got != refusedEarlier || o.code != 4 {
			s.t.Errorf("later run %d: %s, exit code %d; want %s, 4\n%s", n+1, got, o.code, refusedEarlier, o.stderr)
		}
	}
	s.counted(want, "after three more runs")
}

func TestAWrongPasswordIsCountedOnce(t *testing.T) {
	t.Parallel()
	s := newSpender(t, wrongPassword)
	o := s.run()
	if got := o.ticket(t); got != refusedNow || o.code != 1 {
		t.Errorf("first run: %s, exit code %d; want %s, 1\n%s", got, o.code, refusedNow, o.stdout)
	}
	s.counted(1, "after the first run")
	s.later(1)

	// However the account is written, it is the same one.
	for _, name := range []string{`CORP\` + s.account, strings.ToUpper(s.account) + "@corp.example"} {
		plain := s.account
		s.account, s.args = name, []string{"--netbios", "CORP"}
		o := s.run()
		if got := o.ticket(t); got != refusedEarlier || o.code != 4 {
			t.Errorf("as %s: %s, exit code %d; want %s, 4", name, got, o.code, refusedEarlier)
		}
		s.account, s.args = plain, nil
	}
	s.counted(1, "under its other names")

	s.args = []string{"--retry-refused-password"}
	if got := s.run().ticket(t); got != refusedNow {
		t.Errorf("retried: %s, want %s", got, refusedNow)
	}
	s.args = nil
	s.counted(2, "after --retry-refused-password")
	s.later(2)

	s.password(peers.Password)
	if got := s.run().ticket(t); got != "pass" {
		t.Errorf("with the right password: %s, want pass", got)
	}
	s.counted(0, "after the right password")
}

// Two runs at once are one attempt, also if they overlap where it counts: the second has begun to ask
// before the first has its answer.
func TestTwoProbesAtOnce(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	first := startTap(t, peers.Samba(t).KDC, func(password bool) bool {
		if password {
			arrived <- struct{}{}
			<-release
		}
		return false
	})
	begun := make(chan struct{}, 100)
	second := startTap(t, peers.Samba(t).KDC, func(bool) bool { begun <- struct{}{}; return false })
	s := newSpender(t, wrongPassword, first.address)
	a := begin(t, s.probe())
	<-arrived
	s.kdcs = []netip.AddrPort{second.address}
	b := begin(t, s.probe())
	<-begun
	close(release)
	results := []string{end(t, a).ticket(t), end(t, b).ticket(t)}
	if want := []string{refusedNow, refusedEarlier}; !slices.Equal(results, want) {
		t.Errorf("got %q, want %q", results, want)
	}
	if n, m := first.passwords(), second.passwords(); n != 1 || m != 0 {
		t.Errorf("%d and %d requests with a password, want 1 and 0", n, m)
	}
	s.counted(1, "after both")
	s.later(1)
}

func TestManyProbesAtOnce(t *testing.T) {
	t.Parallel()
	s := newSpender(t, wrongPassword)
	var all []*exec.Cmd
	for range 4 {
		all = append(all, begin(t, s.probe()))
	}
	count := map[string]int{}
	for _, cmd := range all {
		count[end(t, cmd).ticket(t)]++
	}
	if count[refusedNow] != 1 || count[refusedEarlier] != 3 {
		t.Errorf("%v, want one %s and three %s", count, refusedNow, refusedEarlier)
	}
	s.counted(1, "after all")
}

// A probe that is killed when the domain controller has counted its password, and before it has heard
// so, was an attempt.
func TestKilledAfterThePassword(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 10)
	kdc := startTap(t, peers.Samba(t).KDC, func(password bool) bool {
		if password {
			arrived <- struct{}{}
		}
		return password
	})
	s := newSpender(t, wrongPassword, kdc.address)
	cmd := begin(t, s.probe())
	<-arrived
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if o := end(t, cmd); o.code != -1 {
		t.Fatalf("exit code %d, want that of a signal\n%s", o.code, o.stdout)
	}
	s.counted(1, "after the kill")
	s.later(1)
	if n := kdc.passwords(); n != 1 {
		t.Errorf("%d requests with a password, want 1", n)
	}
}

// A domain controller whose answers get lost is not asked twice.
func TestEveryReplyDropped(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		attempt string
		keep    func(password bool) bool
		first   string
		sent    int
		code    int // of later runs
		later   string
	}{
		{"from the password on", "5s", func(password bool) bool { return password }, "fail kerberos.kdc-unreachable", 1, 4, refusedEarlier},
		// A KDC that answers nothing never sees a password, in no run.
		{"all", "1s", func(bool) bool { return true }, "skip need-not-met", 0, 1, "skip need-not-met"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			kdc := startTap(t, peers.Samba(t).KDC, row.keep)
			s := newSpender(t, wrongPassword, kdc.address)
			s.args = []string{"--attempt", row.attempt}
			o := s.run()
			if got := o.ticket(t); got != row.first || o.code != 1 {
				t.Errorf("first run: %s, exit code %d; want %s, 1\n%s", got, o.code, row.first, o.stdout)
			}
			s.counted(row.sent, "after the first run")
			for n := range 3 {
				o := s.run()
				if got := o.ticket(t); got != row.later || o.code != row.code {
					t.Errorf("later run %d: %s, exit code %d; want %s, %d", n+1, got, o.code, row.later, row.code)
				}
			}
			s.counted(row.sent, "after three more runs")
			if n, m := kdc.overTCP.Load(), kdc.overUDP.Load(); int(n) != row.sent || m != 0 {
				t.Errorf("%d requests with a password over TCP and %d over UDP, want %d and 0", n, m, row.sent)
			}
		})
	}
}

// Five KDCs are one authority: a firewall would try them all, and each refusal would count.
func TestFiveKDCs(t *testing.T) {
	t.Parallel()
	var taps []*tap
	var kdcs []netip.AddrPort
	for range 5 {
		kdc := startTap(t, peers.Samba(t).KDC, nil)
		taps, kdcs = append(taps, kdc), append(kdcs, kdc.address)
	}
	total := func() (tcp, udp int32) {
		for _, kdc := range taps {
			tcp, udp = tcp+kdc.overTCP.Load(), udp+kdc.overUDP.Load()
		}
		return tcp, udp
	}
	s := newSpender(t, wrongPassword, kdcs...)
	if got := s.run().ticket(t); got != refusedNow {
		t.Errorf("first run: %s, want %s", got, refusedNow)
	}
	s.counted(1, "after the first run")
	s.later(1)
	if tcp, udp := total(); tcp != 1 || udp != 0 {
		t.Errorf("%d requests with a password over TCP and %d over UDP, want 1 and 0", tcp, udp)
	}
	// Once it is proven all of them are asked with it.
	s.password(peers.Password)
	if got := s.run().ticket(t); got != "pass" {
		t.Errorf("with the right password: %s, want pass", got)
	}
	if tcp, udp := total(); tcp != 1+5 || udp != 0 {
		t.Errorf("%d requests with a password over TCP and %d over UDP in all, want 6 and 0", tcp, udp)
	}
	s.counted(0, "after the right password")
}

// Every check of a plan that takes the password, for two firewalls with one account: one attempt.
func TestEveryProbeOfAPlan(t *testing.T) {
	t.Parallel()
	a, b := startTap(t, peers.Samba(t).KDC, nil), startTap(t, peers.Samba(t).KDC, nil)
	s := newSpender(t, wrongPassword)
	var site strings.Builder
	site.WriteString("version: 1\nfirewalls:\n")
	for name, account := range map[string]string{"fw1": `CORP\` + s.account, "fw2": s.account + "@corp.example"} {
		fmt.Fprintf(&site, `  - name: %s
    monitoring:
      account: '%s'
      domain_dns_name: CORP.EXAMPLE
      netbios: CORP
      password: {file: %s}
      kerberos_server_profile: ['%s', '%s']
      servers:
        - {name: dc1, host: dc1.corp.example, transport: winrm-http}
        - {name: sim, host: sim.corp.example, transport: winrm-https}
`, name, account, s.file("password"), a.address, b.address)
	}
	if err := os.WriteFile(s.file("site.yaml"), []byte(site.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	tickets := func() (list []string, code int) {
		o := end(t, begin(t, s.command("check", "-c", s.file("site.yaml"), "--format", "json")))
		for _, r := range o.results(t) {
			if r.Check == "kerberos.ticket" {
				list = append(list, strings.TrimSpace(fmt.Sprintf("%v %s%s", r.Status, r.Symptom, r.Skipped)))
			}
		}
		slices.Sort(list)
		return list, o.code
	}
	if list, code := tickets(); !slices.Equal(list, []string{refusedNow, refusedEarlier}) || code != 4 {
		t.Errorf("first run: %q, exit code %d; want one of each, 4", list, code)
	}
	s.counted(1, "after the first run")
	for range 3 {
		if list, code := tickets(); !slices.Equal(list, []string{refusedEarlier, refusedEarlier}) || code != 4 {
			t.Errorf("later run: %q, exit code %d; want both refused, 4", list, code)
		}
	}
	s.counted(1, "after three more runs")
	if n := a.passwords() + b.passwords(); n != 1 {
		t.Errorf("%d requests with a password, want 1", n)
	}
}
