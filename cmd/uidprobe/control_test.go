//go:build !windows

package main

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/sender"
)

// The control API, driven with curl: events as they come, faults on and off, mappings, reset.
func TestCurlControlsTheSimulatedFirewall(t *testing.T) {
	t.Parallel()
	curl := peer(t, "curl", "curl")
	l := startLab(t, "--control", "127.0.0.1:0", "--transport", "udp")
	data, err := os.ReadFile(l.file("control.json"))
	if err != nil {
		t.Fatal(err)
	}
	var control struct{ URL, Token string }
	if err := json.Unmarshal(data, &control); err != nil {
		t.Fatal(err)
	}
	send := func(text string) {
		to := l.to(t, sender.UDP)
		conn, err := net.Dial("udp", net.JoinHostPort(to.Host, port(to)))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write := func(method, path, body string) string {
		return output1(t, curl, "--silent", "--show-error", "--fail-with-body", "--request", method, "--data", body,
			"--header", "Authorization: Bearer "+control.Token, control.URL+path)
	}
	send("eduroam-userid login user=uidprobe-1 ip=198.51.100.1 mac=02-00-5E-10-00-01")
	l.awaitReceived(t, "lab-udp", 1)
	if got := output1(t, curl, "--silent", control.URL+"mappings"); !strings.Contains(got, `"user":"corp\\uidprobe-1"`) {
		t.Errorf("mappings = %s, want that of uidprobe-1", got)
	}
	events := output1(t, curl, "--silent", control.URL+"events?kind=message")
	var event struct {
		Seq    uint64
		Fields struct {
			Sender   string
			Profiles []struct{ Profile, Outcome string }
		}
	}
	if err := json.Unmarshal([]byte(events), &event); err != nil || event.Fields.Sender != "lab-udp" || len(event.Fields.Profiles) < 5 {
		t.Errorf("events (%v) = %s, want one message with what each profile made of it", err, events)
	}
	write("PUT", "faults/profile-missing", "{}")
	send("eduroam-userid login user=uidprobe-2 ip=198.51.100.2 mac=02-00-5E-10-00-01")
	l.awaitReceived(t, "lab-udp", 2)
	write("DELETE", "faults/profile-missing", "")
	send("eduroam-userid login user=uidprobe-3 ip=198.51.100.3 mac=02-00-5E-10-00-01")
	l.awaitReceived(t, "lab-udp", 3)
	got := output1(t, curl, "--silent", control.URL+"mappings")
	if strings.Contains(got, "uidprobe-2") || !strings.Contains(got, "uidprobe-3") {
		t.Errorf("mappings = %s, want uidprobe-3, and not uidprobe-2 that came during the fault", got)
	}
	write("POST", "reset", "")
	l.awaitReceived(t, "lab-udp", 0)
	if got := strings.TrimSpace(output1(t, curl, "--silent", control.URL+"mappings")); got != "[]" {
		t.Errorf("mappings after a reset = %s, want none", got)
	}
}
