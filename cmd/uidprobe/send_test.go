package main

import (
	"net"
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
