//go:build !windows

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/sender"
)

// lab is a simulated firewall in a process of its own.
type lab struct {
	dir  string
	site *plan.Site
}

func startLab(t *testing.T, args ...string) *lab {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "lab")
	startProcess(t, exec.Command("uidprobe", append([]string{"simulate", "firewall", "--out", dir}, args...)...))
	if err := awaitFile(filepath.Join(dir, "site.yaml")); err != nil {
		t.Fatal(err)
	}
	site, err := plan.Load(filepath.Join(dir, "site.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return &lab{dir: dir, site: site}
}

// startProcess starts a program and ends it with the test; what it wrote is shown if the
// test fails.
func startProcess(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		killer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		killer.Stop()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", cmd.Args[0], out.String())
		}
	})
}

func (l *lab) file(name string) string { return filepath.Join(l.dir, name) }

// to is where a transport's sender sends to.
func (l *lab) to(t *testing.T, scheme sender.Scheme) sender.Destination {
	t.Helper()
	for _, s := range l.site.Firewalls[0].Senders {
		if s.To.Scheme == scheme {
			return s.To
		}
	}
	t.Fatalf("the site has no sender with scheme %s", scheme)
	return sender.Destination{}
}

// op asks the XML API with curl.
func (l *lab) op(t *testing.T, key, cmd string) string {
	t.Helper()
	out := output1(t, peer(t, "curl", "curl"), "--silent", "--show-error", "--cacert", l.file("ca.pem"),
		"--header", "X-PAN-KEY: "+key, "--data-urlencode", "type=op", "--data-urlencode", "cmd="+cmd, l.site.Firewalls[0].API.URL)
	var answer struct {
		Status string `xml:"status,attr"`
		Result string `xml:"result"`
	}
	if err := xml.Unmarshal([]byte(out), &answer); err != nil || answer.Status != "success" {
		t.Fatalf("answer to %s: %v: %s", cmd, err, out)
	}
	return answer.Result
}

func (l *lab) key(t *testing.T) string {
	t.Helper()
	key, err := l.site.Firewalls[0].API.Key.Read()
	if err != nil {
		t.Fatal(err)
	}
	return key.Reveal()
}

// received is the number of log messages of a sender entry, as the API tells curl.
func (l *lab) received(t *testing.T, key, name string) uint64 {
	t.Helper()
	text := l.op(t, key, "<show><user><server-monitor><state>all</state></server-monitor></user></show>")
	state, err := panos.ParseServerMonitorState([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range state.Senders {
		if s.Name == name {
			return s.LogMessages
		}
	}
	t.Fatalf("no sender %q in:\n%s", name, text)
	return 0
}

// awaitReceived waits until a counter is what it should be, and fails with what it is.
func (l *lab) awaitReceived(t *testing.T, name string, want uint64) {
	t.Helper()
	key := l.key(t)
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		got := l.received(t, key, name)
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("number of log messages of %s = %d, want %d", name, got, want)
		}
	}
}

// output1 runs a program to its end and returns what it wrote on standard output.
func output1(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out, errOut.String())
	}
	return string(out) + errOut.String()
}

func port(d sender.Destination) string { return strconv.Itoa(int(d.Port)) }

// loggen is syslog-ng's load generator: the counters equal what it sent, over both transports.
func TestLoggenDeliversIntoTheSimulatedFirewall(t *testing.T) {
	t.Parallel()
	loggen := peer(t, "loggen", "syslog-ng-core")
	l := startLab(t)
	const n = 500
	udp, ssl := l.to(t, sender.UDP), l.to(t, sender.TLS)
	count := []string{"--rate", "2000", "--number", strconv.Itoa(n), "--interval", "60", "--size", "300"}
	output1(t, loggen, append(count, "--inet", "--dgram", udp.Host, port(udp))...)
	l.awaitReceived(t, "lab-udp", n)
	output1(t, loggen, append(count, "--use-ssl", ssl.Host, port(ssl))...)
	l.awaitReceived(t, "lab-ssl", n)
}

func TestLoggerDeliversRFC5424IntoTheSimulatedFirewall(t *testing.T) {
	t.Parallel()
	logger := peer(t, "logger", "bsdutils")
	l := startLab(t)
	udp := l.to(t, sender.UDP)
	for i := range 5 {
		output1(t, logger, "--rfc5424", "--udp", "--server", udp.Host, "--port", port(udp), "--sd-id", "test@32473",
			"--sd-param", `n="1"`, fmt.Sprintf("eduroam-userid login user=uidprobe-%d ip=198.51.100.%d mac=02-00-5E-10-00-01", i, i+1))
	}
	l.awaitReceived(t, "lab-udp", 5)
	out := output1(t, peer(t, "curl", "curl"), "--silent", "--cacert", l.file("ca.pem"), "--header", "X-PAN-KEY: "+l.key(t),
		"--data-urlencode", "type=op",
		"--data-urlencode", "cmd=<show><user><ip-user-mapping><ip>198.51.100.3</ip></ip-user-mapping></user></show>", l.site.Firewalls[0].API.URL)
	if !strings.Contains(out, `<user>corp\uidprobe-2</user>`) {
		t.Errorf("the mapping of 198.51.100.3 is %s, want the user corp\\uidprobe-2", out)
	}
}

func TestCurlGetsAKeyAndReadsTheCounters(t *testing.T) {
	t.Parallel()
	curl := peer(t, "curl", "curl")
	l := startLab(t)
	password, err := os.ReadFile(l.file("api-password"))
	if err != nil {
		t.Fatal(err)
	}
	out := output1(t, curl, "--silent", "--show-error", "--cacert", l.file("ca.pem"),
		"--data-urlencode", "type=keygen", "--data-urlencode", "user=admin",
		"--data-urlencode", "password="+strings.TrimSpace(string(password)), l.site.Firewalls[0].API.URL)
	var answer struct {
		Key string `xml:"result>key"`
	}
	if err := xml.Unmarshal([]byte(out), &answer); err != nil || answer.Key == "" {
		t.Fatalf("keygen: %v: %s", err, out)
	}
	if got := l.received(t, answer.Key, "lab-udp"); got != 0 {
		t.Errorf("number of log messages = %d, want 0", got)
	}
}

func TestOpenSSLVerifiesTheListener(t *testing.T) {
	t.Parallel()
	openssl := peer(t, "openssl", "openssl")
	l := startLab(t)
	ssl := l.to(t, sender.TLS)
	out := output1(t, openssl, "s_client", "-connect", net.JoinHostPort(ssl.Host, port(ssl)), "-CAfile", l.file("ca.pem"),
		"-verify_return_error", "-verify_ip", ssl.Host, "-brief")
	if !strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl s_client says:\n%s", out)
	}
	l2 := startLab(t, "--fault", "tls-certificate-expired")
	ssl = l2.to(t, sender.TLS)
	cmd := exec.CommandContext(t.Context(), openssl, "s_client", "-connect", net.JoinHostPort(ssl.Host, port(ssl)),
		"-CAfile", l2.file("ca.pem"), "-verify_return_error")
	text, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(text), "certificate has expired") {
		t.Errorf("with an expired certificate openssl s_client says (%v):\n%s", err, text)
	}
}

// syslog-ng is a receiver that nobody here wrote: every line sent is in its file.
func TestSendWritesEveryLineIntoSyslogNG(t *testing.T) {
	t.Parallel()
	syslogNG := peer(t, "syslog-ng", "syslog-ng-core")
	for _, transport := range []string{"udp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			received := filepath.Join(dir, "received.log")
			port := freePort(t, transport)
			source := fmt.Sprintf(`network(ip("127.0.0.1") port(%d) transport("udp") so-rcvbuf(1048576) flags(no-parse))`, port)
			args := []string{"send", "--to", fmt.Sprintf("udp://127.0.0.1:%d", port)}
			if transport == "tls" {
				ca := makeCertificates(t, dir)
				source = fmt.Sprintf(`network(ip("127.0.0.1") port(%d) transport("tls") flags(no-parse)
					tls(key-file("%s/server.key") cert-file("%s/server.pem") peer-verify(optional-untrusted)))`, port, dir, dir)
				args = []string{"send", "--to", fmt.Sprintf("tls://127.0.0.1:%d", port), "--ca", ca}
			}
			startSyslogNG(t, syslogNG, dir, source, received, transport, port)

			var lines strings.Builder
			const n = 400
			for i := range n {
				fmt.Fprintf(&lines, "<38>Nov 23 10:00:00 uidprobe.corp.example test: line %04d äöü \"quoted\" \\ end\n", i)
			}
			file := filepath.Join(dir, "messages.log")
			if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, code := program(t, append(args, "--file", file, "--rate", "2000/s")...)
			if code != exitReady {
				t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
			}
			if got := awaitSize(t, received, lines.Len()); got != lines.String() {
				t.Errorf("syslog-ng wrote %d bytes, want the %d bytes sent:\n%.500s", len(got), lines.Len(), got)
			}
		})
	}
}

func startSyslogNG(t *testing.T, syslogNG, dir, source, received, transport string, port int) {
	t.Helper()
	config := filepath.Join(dir, "syslog-ng.conf")
	text := fmt.Sprintf(`@version: 3.38
options { stats-freq(0); keep-hostname(yes); };
source s { %s; };
destination d { file("%s" template("${MSG}\n")); };
log { source(s); destination(d); };
`, source, received)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	startProcess(t, exec.Command(syslogNG, "--foreground", "--stderr", "--no-caps", "--cfgfile", config,
		"--persist-file", filepath.Join(dir, "persist"), "--pidfile", filepath.Join(dir, "pid"), "--control", filepath.Join(dir, "control")))
	if err := awaitFile(filepath.Join(dir, "control")); err != nil {
		t.Fatal(err)
	}
	if transport != "udp" {
		awaitPort(t, port)
	}
}

func awaitPort(t *testing.T, port int) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}

// freePort is a port that was free a moment ago.
func freePort(t *testing.T, transport string) int {
	t.Helper()
	if transport == "udp" {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.LocalAddr().(*net.UDPAddr).Port
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// makeCertificates makes a CA and a server's certificate with openssl, in dir.
func makeCertificates(t *testing.T, dir string) (ca string) {
	t.Helper()
	openssl := peer(t, "openssl", "openssl")
	ca = filepath.Join(dir, "ca.pem")
	output1(t, openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
		"-subj", "/CN=TEST CA", "-keyout", filepath.Join(dir, "ca.key"), "-out", ca)
	output1(t, openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
		"-subj", "/CN=receiver.corp.example", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
		"-CA", ca, "-CAkey", filepath.Join(dir, "ca.key"), "-keyout", filepath.Join(dir, "server.key"), "-out", filepath.Join(dir, "server.pem"))
	return ca
}

// awaitSize waits until a file holds as many bytes, and returns them.
func awaitSize(t *testing.T, name string, size int) string {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(name)
		if err == nil && len(data) >= size {
			return string(data)
		}
		select {
		case <-tick.C:
		case <-deadline:
			return string(data)
		}
	}
}
