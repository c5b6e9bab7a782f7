//go:build !windows

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/sender"
	"github.com/uidprobe/uidprobe/simulate/site"
)

// rsyslogd finds rsyslog: in the folder that UIDPROBE_PEERS_DIR names, where Debian's
// packages were unpacked because they conflict with syslog-ng's, or installed.
func rsyslogd(t *testing.T) func(config, pid string) *exec.Cmd {
	t.Helper()
	dir := os.Getenv("UIDPROBE_PEERS_DIR")
	program := filepath.Join(dir, "usr", "sbin", "rsyslogd")
	modules, err := filepath.Glob(filepath.Join(dir, "usr", "lib", "*", "rsyslog"))
	if _, missing := os.Stat(program); dir == "" || missing != nil || err != nil || len(modules) != 1 {
		program = peer(t, "rsyslogd", "rsyslog, with rsyslog-gnutls; or unpacked in UIDPROBE_PEERS_DIR, see .ci/run")
		return func(config, pid string) *exec.Cmd { return exec.Command(program, "-n", "-f", config, "-i", pid) }
	}
	return func(config, pid string) *exec.Cmd {
		cmd := exec.Command(program, "-n", "-M", modules[0], "-f", config, "-i", pid)
		cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Dir(modules[0]))
		return cmd
	}
}

// startEndable starts a program that the test may end before it is over itself: end asks the
// program to end, waits until it has, and gives what it wrote.
func startEndable(t *testing.T, cmd *exec.Cmd) (end func() string) {
	t.Helper()
	var out bytes.Buffer // read when the program has ended
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceValue(func() string {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		killer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer killer.Stop()
		_ = cmd.Wait()
		return out.String()
	})
	t.Cleanup(func() {
		if text := end(); t.Failed() {
			t.Logf("%s wrote:\n%s", cmd.Args[0], text)
		}
	})
	return end
}

// eventually waits until a number is what it should be, and fails with what it is.
func eventually(t *testing.T, what string, want uint64, number func() uint64) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		got := number()
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s = %d, want %d", what, got, want)
		}
	}
}

// restartingLab is a simulated firewall that comes back on the same ports, with a fresh CA,
// API key and counters, and with its files in the same place.
type restartingLab struct {
	lab
	udp, ssl, api int
	end           func() string
}

func newRestartingLab(t *testing.T) *restartingLab {
	t.Helper()
	l := &restartingLab{lab: lab{dir: filepath.Join(t.TempDir(), "lab")}}
	l.udp, l.ssl, l.api = keptPort(t), keptPort(t), keptPort(t)
	l.start(t)
	return l
}

// keptPort is a free port below those that systems give out by themselves (from 32768 on on
// Linux): nobody is given it by chance while its firewall is down.
func keptPort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		at := fmt.Sprintf("127.0.0.1:%d", port)
		stream, err := net.Listen("tcp", at)
		if err != nil {
			continue
		}
		stream.Close()
		datagrams, err := net.ListenPacket("udp", at)
		if err != nil {
			continue
		}
		datagrams.Close()
		return port
	}
	t.Fatal("no port is free")
	return 0
}

func (l *restartingLab) start(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(l.file(site.SiteFile)); err != nil { // or an old one ends the waiting
		t.Fatal(err)
	}
	l.end = startEndable(t, exec.Command("uidprobe", "simulate", "firewall", "--out", l.dir,
		"--udp-port", strconv.Itoa(l.udp), "--ssl-port", strconv.Itoa(l.ssl), "--api-port", strconv.Itoa(l.api)))
	if err := awaitFile(l.file(site.SiteFile)); err != nil {
		t.Fatal(err)
	}
	loaded, err := plan.Load(l.file(site.SiteFile))
	if err != nil {
		t.Fatal(err)
	}
	l.site = loaded
}

// stop ends the firewall and holds the counters that it prints last to what was received.
func (l *restartingLab) stop(t *testing.T, udp, ssl uint64) {
	t.Helper()
	text := l.end()
	_, text, _ = strings.Cut(text, "end with Ctrl-C\n")
	state, err := panos.ParseServerMonitorState([]byte(text))
	if err != nil || len(state.Senders) != 2 {
		t.Fatalf("the firewall's last words: %v\n%s", err, text)
	}
	for i, want := range []uint64{udp, ssl} {
		// Every line forwarded is a login: what a forwarder does to a message must not hide that.
		if s := state.Senders[i]; s.LogMessages != want || s.AuthSuccess != want {
			t.Errorf("%s ended with %d messages, %d of them logins, want %d", s.Name, s.LogMessages, s.AuthSuccess, want)
		}
	}
}

// forwarder is a syslog server that nobody here wrote. It reads udp.log and tls.log, and
// forwards the one over UDP and the other over TLS. It keeps its place in the files while
// it is down, and forwards then what has been written meanwhile.
type forwarder struct {
	start func(t *testing.T)
	stop  func()
	// reload makes it read the CA file again, if it does not do so itself.
	reload func(t *testing.T)
	// queue is its own statistics of a transport ("udp", "tls") since its start: messages that
	// have left its queue for the firewall, and that wait there.
	queue func(t *testing.T, transport string) (left, waiting uint64)
}

// feed appends so many logins to a file that is forwarded.
func feed(t *testing.T, dir, transport string, n int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, transport+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "eduroam-userid login user=uidprobe-%d ip=198.51.100.%d mac=02-00-5E-10-00-01\n", i, i+1)
	}
	if _, err := io.WriteString(f, lines.String()); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Through a restart of either side the firewall's counters are what the forwarder says has
// left its queues: none is lost, none is there twice. Over UDP the firewall is restarted
// while nobody sends, since nothing can know what becomes of a datagram.
func TestForwardersThroughRestarts(t *testing.T) {
	t.Parallel()
	for name, configure := range map[string]func(*testing.T, *restartingLab, string) forwarder{
		"rsyslog": newRsyslog, "syslog-ng": newSyslogNG,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peer(t, "curl", "curl")
			dir := t.TempDir()
			feed(t, dir, "udp", 0)
			feed(t, dir, "tls", 0)
			l := newRestartingLab(t)
			throughRestarts(t, l, configure(t, l, dir), dir)
		})
	}
}

func throughRestarts(t *testing.T, l *restartingLab, f forwarder, dir string) {
	t.Helper()
	received := func(udp, tls uint64) {
		t.Helper()
		l.awaitReceived(t, "lab-udp", udp)
		l.awaitReceived(t, "lab-ssl", tls)
	}
	left := func(udp, tls uint64) {
		t.Helper()
		for transport, want := range map[string]uint64{"udp": udp, "tls": tls} {
			eventually(t, "messages that left the forwarder over "+transport, want, func() uint64 {
				n, waiting := f.queue(t, transport)
				return n + 1e6*waiting // nothing may wait
			})
		}
	}
	f.start(t)
	feed(t, dir, "udp", 100)
	feed(t, dir, "tls", 100)
	received(100, 100)
	left(100, 100)

	f.stop()
	feed(t, dir, "udp", 50)
	feed(t, dir, "tls", 50)
	f.start(t)
	received(150, 150)
	left(50, 50)

	l.stop(t, 150, 150)
	oldCA := readFile(t, l.file(site.CAFile))
	feed(t, dir, "tls", 30)
	eventually(t, "messages that wait in the forwarder while the firewall is down", 30, func() uint64 {
		_, waiting := f.queue(t, "tls")
		return waiting
	})
	l.start(t)
	if readFile(t, l.file(site.CAFile)) == oldCA {
		t.Error("the firewall came back with the CA that it had")
	}
	f.reload(t)
	received(0, 30)
	feed(t, dir, "udp", 20)
	feed(t, dir, "tls", 20)
	received(20, 50)
	left(70, 100)
	f.stop()
	l.stop(t, 20, 50)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// rsyslog reads the CA file anew for each connection: it needs no word from us.
func newRsyslog(t *testing.T, l *restartingLab, dir string) forwarder {
	t.Helper()
	command := rsyslogd(t)
	config, statistics := filepath.Join(dir, "rsyslog.conf"), filepath.Join(dir, "statistics")
	text := fmt.Sprintf(`global(workDirectory="%[1]s" net.enableDNS="off")
module(load="imfile")
module(load="impstats" interval="1" format="json" resetCounters="off" log.syslog="off" log.file="%[2]s")
input(type="imfile" File="%[1]s/udp.log" Tag="radiusd:" Facility="auth" Severity="info" ruleset="udp")
input(type="imfile" File="%[1]s/tls.log" Tag="radiusd:" Facility="auth" Severity="info" ruleset="tls")
ruleset(name="udp") {
  action(type="omfwd" name="udp" target="127.0.0.1" port="%[3]d" protocol="udp" queue.type="LinkedList")
}
ruleset(name="tls") {
  action(type="omfwd" name="tls" target="127.0.0.1" port="%[4]d" protocol="tcp"
    StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
    StreamDriverPermittedPeers="%[5]s" StreamDriver.CAFile="%[6]s"
    action.resumeInterval="1" action.resumeRetryCount="-1" queue.type="LinkedList")
}
`, dir, statistics, l.udp, l.ssl, site.HostName, l.file(site.CAFile))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var end func() string
	return forwarder{
		start: func(t *testing.T) {
			t.Helper()
			if err := os.RemoveAll(statistics); err != nil { // those of the run before
				t.Fatal(err)
			}
			end = startEndable(t, command(config, filepath.Join(dir, "pid")))
		},
		stop:   func() { end() },
		reload: func(*testing.T) {},
		queue: func(t *testing.T, transport string) (left, waiting uint64) {
			t.Helper()
			return rsyslogQueue(t, statistics, transport+" queue")
		},
	}
}

// rsyslogQueue reads the newest line about a queue that impstats wrote.
func rsyslogQueue(t *testing.T, statistics, name string) (left, waiting uint64) {
	t.Helper()
	data, err := os.ReadFile(statistics)
	if err != nil {
		return 0, 0 // not yet written
	}
	for _, line := range slices.Backward(strings.SplitAfter(string(data), "\n")) {
		_, object, found := strings.Cut(line, ": ")
		if !found || !strings.HasSuffix(line, "\n") { // not yet written to its end
			continue
		}
		var q struct {
			Name      string `json:"name"`
			Size      uint64 `json:"size"`
			Enqueued  uint64 `json:"enqueued"`
			Full      uint64 `json:"discarded.full"`
			NearlyAll uint64 `json:"discarded.nf"`
		}
		if err := json.Unmarshal([]byte(object), &q); err != nil {
			t.Fatalf("statistics of rsyslog: %v: %s", err, line)
		}
		if q.Name == name {
			return q.Enqueued - q.Size - q.Full - q.NearlyAll, q.Size
		}
	}
	return 0, 0
}

// syslog-ng keeps the CA in memory until it is told to reload, and refuses a firewall that
// came back with another one until then. What it read from the file is its own from then
// on: with flow control it would read what waits a second time at the reload.
func newSyslogNG(t *testing.T, l *restartingLab, dir string) forwarder {
	t.Helper()
	program, ctl := peer(t, "syslog-ng", "syslog-ng-core"), peer(t, "syslog-ng-ctl", "syslog-ng-core")
	config, control := filepath.Join(dir, "syslog-ng.conf"), filepath.Join(dir, "control")
	text := fmt.Sprintf(`@version: 3.38
options { stats-freq(0); stats-level(1); time-reopen(1); };
source udp { file("%[1]s/udp.log" follow-freq(0.1) flags(no-parse) program-override("radiusd") default-facility(auth)); };
source tls { file("%[1]s/tls.log" follow-freq(0.1) flags(no-parse) program-override("radiusd") default-facility(auth)); };
destination udp { network("127.0.0.1" port(%[2]d) transport("udp")); };
destination tls { network("127.0.0.1" port(%[3]d) transport("tls") tls(ca-file("%[4]s") peer-verify(required-trusted))); };
log { source(udp); destination(udp); };
log { source(tls); destination(tls); };
`, dir, l.udp, l.ssl, l.file(site.CAFile))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var end func() string
	return forwarder{
		start: func(t *testing.T) {
			t.Helper()
			if err := os.RemoveAll(control); err != nil {
				t.Fatal(err)
			}
			end = startEndable(t, exec.Command(program, "--foreground", "--stderr", "--no-caps", "--cfgfile", config,
				"--persist-file", filepath.Join(dir, "persist"), "--pidfile", filepath.Join(dir, "pid"), "--control", control))
			if err := awaitFile(control); err != nil {
				t.Fatal(err)
			}
		},
		stop:   func() { end() },
		reload: func(t *testing.T) { t.Helper(); output1(t, ctl, "reload", "--control="+control) },
		queue: func(t *testing.T, transport string) (left, waiting uint64) {
			t.Helper()
			return syslogNGQueue(t, output1(t, ctl, "stats", "--control="+control), transport)
		},
	}
}

// syslogNGQueue reads the statistics of a destination. They have a number "written" as well,
// which counts a message whose write fails with the handshake.
func syslogNGQueue(t *testing.T, statistics, transport string) (left, waiting uint64) {
	t.Helper()
	numbers := map[string]uint64{}
	for line := range strings.Lines(statistics) {
		words := strings.Split(strings.TrimSpace(line), ";")
		if len(words) != 6 || words[0] != "dst.network" || words[1] != transport+"#0" {
			continue
		}
		n, err := strconv.ParseUint(words[5], 10, 64)
		if err != nil {
			t.Fatalf("statistics of syslog-ng: %v: %s", err, line)
		}
		numbers[words[4]] = n
	}
	return numbers["processed"] - numbers["queued"] - numbers["dropped"], numbers["queued"]
}

// rsyslog is a receiver that nobody here wrote: it takes every line, over a connection whose
// certificate was verified, and none over one whose certificate was refused.
func TestSendWritesEveryLineIntoRsyslogOverTLS(t *testing.T) {
	t.Parallel()
	command := rsyslogd(t)
	dir := t.TempDir()
	ca := makeCertificates(t, dir)
	received := filepath.Join(dir, "received.log")
	port := freePort(t, "tcp")
	config := filepath.Join(dir, "rsyslog.conf")
	text := fmt.Sprintf(`global(workDirectory="%[1]s" net.enableDNS="off" maxMessageSize="16k" DefaultNetstreamDriver="gtls"
  DefaultNetstreamDriverCAFile="%[1]s/ca.pem" DefaultNetstreamDriverCertFile="%[1]s/server.pem" DefaultNetstreamDriverKeyFile="%[1]s/server.key")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
template(name="asReceived" type="string" string="%%rawmsg%%\n")
input(type="imtcp" address="127.0.0.1" port="%[2]d" ruleset="store")
ruleset(name="store") { action(type="omfile" file="%[3]s" template="asReceived") }
`, dir, port, received)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	startEndable(t, command(config, filepath.Join(dir, "pid")))
	awaitPort(t, port)

	var lines strings.Builder
	for i := range 400 {
		fmt.Fprintf(&lines, "<38>Nov 23 10:00:00 uidprobe.corp.example test: line %04d äöü \"quoted\" \\ end\n", i)
	}
	file := filepath.Join(dir, "messages.log")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	to := sender.Destination{Scheme: sender.TLS, Host: "127.0.0.1", Port: uint16(port)}.String()
	other := t.TempDir()
	stdout, stderr, code := program(t, "send", "--to", to, "--ca", makeCertificates(t, other), "--message", "refused")
	if code != exitNotReady || !strings.Contains(stdout, "unknown authority") {
		t.Errorf("with another CA: exit code %d, want %d and an unknown authority\n%s%s", code, exitNotReady, stdout, stderr)
	}
	stdout, stderr, code = program(t, "send", "--to", to, "--ca", ca, "--file", file, "--rate", "2000/s")
	if code != exitReady {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if got := awaitSize(t, received, lines.Len()); got != lines.String() {
		t.Errorf("rsyslog wrote %d bytes, want the %d bytes sent:\n%.500s", len(got), lines.Len(), got)
	}
}
