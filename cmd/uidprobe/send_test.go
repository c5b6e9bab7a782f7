package main

import (
	"context"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/report"
)

// What the network answers to a message is a result, with its kind and the next step.
func TestSendSaysWhatTheNetworkAnswers(t *testing.T) {
	t.Parallel()
	closed := freeTCPPort(t)
	for _, row := range []struct {
		name   string
		args   []string
		status check.Status
		says   string
	}{
		{"nobody listens", []string{"--to", "tcp://" + closed, "--template", "cisco-ise"}, check.Fail, "refused"},
		{"no CA for it", []string{"--to", "tls://" + closed, "--ca", "nowhere.pem", "--template", "cisco-ise"}, check.Error, "nowhere.pem"},
		{"nothing to send", []string{"--to", "udp://" + closed, "--file", "-"}, check.Error, "no message to send"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := program(t, append([]string{"send", "--format", "json"}, row.args...)...)
			if code != exitNotReady {
				t.Errorf("exit code %d, want %d; standard error: %s", code, exitNotReady, stderr)
			}
			results, _, err := report.ReadJSON(strings.NewReader(stdout))
			if err != nil {
				t.Fatal(err)
			}
			r := theCause(t, results)
			if r.Check != "sender.sent" || r.Status != row.status || !strings.Contains(r.Summary, row.says) || r.Hint == "" {
				t.Errorf("%s: %v: %q (hint %q), want %v and %q", r.Check, r.Status, r.Summary, r.Hint, row.status, row.says)
			}
		})
	}
}

// freeTCPPort is an address where nobody listens.
func freeTCPPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Ctrl-C gives the partial result, and exit code 130.
func TestInterruptedSendTellsWhatItSent(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		buf := make([]byte, 2048)
		for range 3 {
			if _, _, err := conn.ReadFrom(buf); err != nil {
				return
			}
		}
		cancel()
	}()
	var out, errOut strings.Builder
	code := run(ctx, []string{"uidprobe", "send", "--to", "udp://" + conn.LocalAddr().String(), "--template", "cisco-ise",
		"--duration", "1h", "--rate", "100/s", "--format", "json"}, strings.NewReader(""), &out, &errOut)
	if code != exitInterrupted {
		t.Errorf("exit code %d, want %d; standard error: %s", code, exitInterrupted, errOut.String())
	}
	results, _, err := report.ReadJSON(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	sent, _ := results[0].Measure("sent")
	if sent < 3 || sent > 1000 || results[0].Skipped != check.Interrupted {
		t.Errorf("%v messages sent, skipped as %q: %s", sent, results[0].Skipped, results[0].Summary)
	}
}

// A simulator that is interrupted leaves its counters and no goroutine.
func TestInterruptedSimulatorLeavesItsCounters(t *testing.T) {
	before := runtime.NumGoroutine() // not parallel: it counts
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errOut strings.Builder
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"uidprobe", "simulate", "firewall", "--out", dir, "--fault", "background-traffic"}, strings.NewReader(""), &out, &errOut)
	}()
	if err := awaitFile(filepath.Join(dir, "site.yaml")); err != nil {
		t.Fatal(err)
	}
	cancel()
	if code := <-done; code != exitReady {
		t.Errorf("exit code %d, want %d; standard error: %s", code, exitReady, errOut.String())
	}
	if !strings.Contains(out.String(), "Proxy: lab-ssl(vsys: vsys1)") {
		t.Errorf("standard output = %q, want the counters", out.String())
	}
	awaitGoroutines(t, before)
}
