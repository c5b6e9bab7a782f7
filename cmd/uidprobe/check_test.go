package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/report"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
)

// startSite starts a lab in this process and returns its site file's text and folder.
func startSite(t *testing.T, c site.Config) (lab *site.Site, dir, text string) {
	t.Helper()
	c.Out = filepath.Join(t.TempDir(), "lab")
	lab, err := site.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	data, err := os.ReadFile(filepath.Join(c.Out, site.SiteFile))
	if err != nil {
		t.Fatal(err)
	}
	return lab, c.Out, string(data)
}

// checkText checks a site file's text in a lab's folder.
func checkText(t *testing.T, dir, text string) ([]check.Result, int) {
	t.Helper()
	file := filepath.Join(dir, "changed.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := program(t, "check", "-c", file, "--format", "json")
	results, _, err := report.ReadJSON(strings.NewReader(stdout))
	if err != nil {
		t.Fatalf("%v; standard error: %s", err, stderr)
	}
	return results, code
}

// replace changes a text that has to hold what is replaced.
func replace(t *testing.T, text, old, new string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in:\n%s", old, text)
	}
	return strings.Replace(text, old, new, 1)
}

// What the site file says and the firewall does not is found by the check that asks for it.
func TestCheckFindsWhatTheSiteFileHasWrong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		transport string
		change    func(t *testing.T, dir, text string) string
		check     string
		status    check.Status
		says      string // in the summary or the evidence
	}{
		{"an entry that the firewall does not have", "udp", func(t *testing.T, _, text string) string {
			return replace(t, text, "lab-udp", "nac1")
		}, "listener.sender", check.Fail, `has no syslog sender "nac1"; it has "lab-udp"`},
		{"another transport than the entry's", "udp+ssl", func(t *testing.T, _, text string) string {
			ssl, test := strings.Index(text, "      - name: lab-ssl"), strings.Index(text, "\ntest:")
			return replace(t, text[:ssl]+text[test:], "lab-udp", "lab-ssl")
		}, "listener.sender", check.Fail, "Connection Type"},
		{"another default domain", "udp", func(t *testing.T, _, text string) string {
			return replace(t, text, "default_domain: corp", "default_domain: other")
		}, "delivery.mapped", check.Fail, `want "other\\uidprobe-`},
		{"a profile that reads another's messages too", "udp", func(t *testing.T, dir, text string) string {
			writeProfile(t, dir, "greedy", "eduroam-userid login user=${user} ip=${address}")
			return replace(t, text, "profiles:", "profiles:\n          - {name: greedy, event: login}") + "\nprofile_files: [profiles.yaml]\n"
		}, "delivery.messages", check.Fail, "is read by several profiles"},
		{"a profile that the firewall does not have", "udp", func(t *testing.T, dir, text string) string {
			writeProfile(t, dir, "unknown-to-it", "some product: login user=${user} ip=${address}")
			return replace(t, text, "profiles:", "profiles:\n          - {name: unknown-to-it, event: login}") + "\nprofile_files: [profiles.yaml]\n"
		}, "delivery.authenticated", check.Fail, "unknown-to-it 2 of 2 missing"},
		{"a message that no datagram holds", "udp", func(t *testing.T, dir, text string) string {
			writeProfile(t, dir, "long", "some product: login user=${user} ip=${address} "+strings.Repeat("x", 66000))
			return replace(t, text, "profiles:", "profiles:\n          - {name: long, event: login}") + "\nprofile_files: [profiles.yaml]\n"
		}, "delivery.sent", check.Error, ""},
		{"a CA that did not sign the listener's certificate", "ssl", func(t *testing.T, dir, text string) string {
			_, otherDir, _ := startSite(t, site.Config{})
			data, err := os.ReadFile(filepath.Join(otherDir, site.CAFile))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "other.pem"), data, 0o600); err != nil {
				t.Fatal(err)
			}
			at := strings.LastIndex(text, "ca.pem")
			return text[:at] + "other.pem" + text[at+len("ca.pem"):]
		}, "listener.certificate", check.Fail, ""},
		{"a key that is not the firewall's", "udp", func(t *testing.T, dir, text string) string {
			if err := os.WriteFile(filepath.Join(dir, site.KeyFile), []byte("somebody-elses\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return text
		}, "firewall.api", check.Fail, "403"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, dir, text := startSite(t, site.Config{Transports: strings.Split(row.transport, "+")})
			results, code := checkText(t, dir, row.change(t, dir, text))
			if code != exitNotReady {
				t.Errorf("exit code %d, want %d", code, exitNotReady)
			}
			cause := theCause(t, results)
			if cause.Check != row.check || cause.Status != row.status {
				t.Errorf("the cause is %s (%v): %s; want %s (%v)", cause.Check, cause.Status, cause.Summary, row.check, row.status)
			}
			if !strings.Contains(cause.Summary, row.says) {
				t.Errorf("summary = %q, want %q in it", cause.Summary, row.says)
			}
			if cause.Hint == "" {
				t.Error("there is no next step")
			}
		})
	}
}

func writeProfile(t *testing.T, dir, name, sample string) {
	t.Helper()
	event := strings.Fields(sample)[0]
	text := "profiles:\n  - name: " + name + "\n    event-type: login\n    field-identifier:\n" +
		"      event-string: '" + event + "'\n      username-prefix: 'user='\n      username-delimiter: '\\s'\n" +
		"      address-prefix: 'ip='\n      address-delimiter: '\\s'\n" +
		"    samples:\n      - message: '" + sample + " end'\n        user: '${user}'\n        address: '${address}'\n"
	if err := os.WriteFile(filepath.Join(dir, "profiles.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An address that is somebody's is not touched: exit code 4, and nothing is sent.
func TestCheckRefusesAddressesThatArePeoples(t *testing.T) {
	t.Parallel()
	lab, dir, text := startSite(t, site.Config{Transports: []string{"udp"}})
	conn, err := net.Dial("udp", lab.Firewall().UDPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("eduroam-userid login user=alice ip=198.51.100.3 mac=02-00-5E-10-00-01")); err != nil {
		t.Fatal(err)
	}
	if err := lab.Firewall().Wait(t.Context(), "message", 1); err != nil {
		t.Fatal(err)
	}
	before := lab.Firewall().Record().Count("message")
	results, code := checkText(t, dir, text)
	if code != exitRefused {
		t.Errorf("exit code %d, want %d", code, exitRefused)
	}
	cause := theCause(t, results)
	if cause.Check != "delivery.addresses" || !strings.Contains(cause.Summary, `198.51.100.3 is mapped to "corp\\alice"`) {
		t.Errorf("the cause is %s: %s", cause.Check, cause.Summary)
	}
	if sent := lab.Firewall().Record().Count("message") - before; sent > 1 {
		t.Errorf("%d messages were sent, want the one of the reachability test at most", sent)
	}
}

// A real sender that shares the address makes bounds of the counters; the mappings prove.
func TestCheckLivesWithASharedAddress(t *testing.T) {
	t.Parallel()
	_, dir, text := startSite(t, site.Config{Transports: []string{"udp"}, Faults: []site.Fault{{ID: "background-traffic"}}})
	results, code := checkText(t, dir, replace(t, text, "default_domain: corp", "default_domain: corp\n        shared_address: true"))
	if code != exitReady {
		t.Errorf("exit code %d, want %d", code, exitReady)
	}
	for _, r := range results {
		if r.Status != check.Pass {
			t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
		}
	}
}

// An interrupted check leaves its report, exit code 130, no mapping and no goroutine.
func TestInterruptedCheckLeavesAReport(t *testing.T) {
	before := runtime.NumGoroutine() // not parallel: it counts
	// One datagram is the reachability test, twelve are messages, of which the eleventh is
	// lost, so that the check goes on waiting for it.
	lab, dir, _ := startSite(t, site.Config{Transports: []string{"udp"}, Faults: []site.Fault{{ID: "udp-loss", Params: map[string]string{"every": "12"}}}})
	const mapped = 11
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop := make(chan error, 1)
	go func() {
		stop <- lab.Firewall().Wait(ctx, firewall.KindMappingAdded, mapped)
		cancel()
	}()
	var out, errOut strings.Builder
	code := run(ctx, []string{"uidprobe", "check", "-c", filepath.Join(dir, site.SiteFile), "--format", "json"}, strings.NewReader(""), &out, &errOut)
	if err := <-stop; err != nil {
		t.Fatal(err)
	}
	if code != exitInterrupted {
		t.Errorf("exit code %d, want %d; standard error: %s", code, exitInterrupted, errOut.String())
	}
	results, _, err := report.ReadJSON(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	skipped, cleaned := 0, ""
	for _, r := range results {
		for _, e := range r.Evidence {
			if e.Name == "clean-up" {
				cleaned = e.Text
			}
		}
		if r.Status != check.Skip {
			continue
		}
		skipped++
		if r.Skipped != check.Interrupted {
			t.Errorf("%v was skipped as %q, want %q", r.Ref(), r.Skipped, check.Interrupted)
		}
	}
	if skipped == 0 || skipped == len(results) {
		t.Errorf("%d of %d checks were skipped, want some", skipped, len(results))
	}
	if !strings.Contains(cleaned, "of 12 test messages were followed by a logout") {
		t.Errorf("clean-up = %q", cleaned)
	}
	if err := lab.Firewall().Wait(t.Context(), firewall.KindMappingRemoved, mapped); err != nil {
		t.Error(err)
	}
	if err := lab.Close(); err != nil {
		t.Error(err)
	}
	awaitGoroutines(t, before)
}

// awaitGoroutines waits until no more goroutines run than before.
func awaitGoroutines(t *testing.T, before int) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-deadline:
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
	}
}
