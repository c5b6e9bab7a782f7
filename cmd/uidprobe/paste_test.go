package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/report"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
)

// operator plays the person at the firewall's CLI: each time a prompt names a file, the
// commands of the prompt are run and what they print is saved there.
type operator struct {
	t    *testing.T
	lab  *site.Site
	dir  string
	omit string // a command that the operator forgets
	sent uint64 // messages that the firewall is going to count in the test

	mu   sync.Mutex // guards text
	text strings.Builder
}

func (o *operator) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	for _, file := range []string{"before.txt", "after.txt"} {
		if strings.Contains(string(p), "save what they print in") && strings.Contains(string(p), file) {
			if file == "after.txt" {
				// A person is slower than any datagram; this one has to wait for them.
				ctx, cancel := context.WithTimeout(o.t.Context(), 20*time.Second)
				if err := o.lab.Firewall().Wait(ctx, firewall.KindMessage, o.sent); err != nil {
					o.t.Error(err)
				}
				cancel()
			}
			o.save(filepath.Join(o.dir, file), string(p))
		}
	}
	return len(p), nil
}

func (o *operator) save(file, prompt string) {
	var session strings.Builder
	for _, line := range strings.Split(prompt, "\n") {
		command := strings.TrimSpace(line)
		if !strings.HasPrefix(command, "show ") || command == o.omit {
			continue
		}
		out, err := o.lab.Firewall().CLI(command)
		if err != nil {
			o.t.Errorf("%s: %v", command, err)
		}
		session.WriteString("admin@lab-fw> " + command + "\n\n" + out + "\n")
	}
	session.WriteString("admin@lab-fw> ")
	if err := os.WriteFile(file, []byte(session.String()), 0o600); err != nil {
		o.t.Error(err)
	}
}

// Where there is no API, a person closes the loop: the prompts name the commands, and what
// they print proves what became of the messages.
func TestPastedCounters(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		faults []site.Fault
		omit   string
		sent   uint64
		code   int
		check  string // the one that stands without a cause
		says   string
	}{
		{name: "all well", sent: 12, code: exitReady},
		{name: "a profile is missing", faults: []site.Fault{{ID: "profile-missing"}}, sent: 12, code: exitNotReady,
			check: "delivery.authenticated", says: "0 of 12 messages received matched a login profile"},
		{name: "datagrams are lost", faults: []site.Fault{{ID: "udp-loss"}}, sent: 8, code: exitNotReady,
			check: "delivery.received", says: "8 of 12 messages received"},
		{name: "the mappings are forgotten", omit: "show user ip-user-mapping all type SYSLOG", sent: 12, code: exitNotReady,
			check: "firewall.paste", says: "there is no output of: show user ip-user-mapping all type SYSLOG"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			lab, dir, text := startSite(t, site.Config{Transports: []string{"udp"}, Faults: row.faults})
			api, senders := strings.Index(text, "    api:"), strings.Index(text, "    senders:")
			file := filepath.Join(dir, "no-api.yaml")
			if err := os.WriteFile(file, []byte(text[:api]+text[senders:]), 0o600); err != nil {
				t.Fatal(err)
			}
			person := &operator{t: t, lab: lab, dir: dir, omit: row.omit, sent: row.sent}
			var out strings.Builder
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			code := run(ctx, []string{"uidprobe", "check", "-c", file, "--format", "json",
				"--counters-before", filepath.Join(dir, "before.txt"), "--counters-after", filepath.Join(dir, "after.txt")},
				strings.NewReader(""), &out, person)
			if code != row.code {
				t.Errorf("exit code %d, want %d\n%s", code, row.code, person.text.String())
			}
			results, _, err := report.ReadJSON(strings.NewReader(out.String()))
			if err != nil {
				t.Fatal(err)
			}
			if row.check == "" {
				for _, r := range results {
					if r.Status != check.Pass && r.Skipped != check.Inapplicable {
						t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
					}
				}
				return
			}
			if cause := theCause(t, results); cause.Check != row.check || !strings.Contains(cause.Summary, row.says) {
				t.Errorf("the cause is %s: %s; want %s: %s", cause.Check, cause.Summary, row.check, row.says)
			}
		})
	}
}

func TestPastedCountersUsage(t *testing.T) {
	t.Parallel()
	_, dir, text := startSite(t, site.Config{Transports: []string{"udp"}})
	api, senders := strings.Index(text, "    api:"), strings.Index(text, "    senders:")
	file := filepath.Join(dir, "no-api.yaml")
	after := filepath.Join(dir, "after.txt")
	for name, data := range map[string]string{file: text[:api] + text[senders:], after: "old"} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name string
		args []string
		says string
	}{
		{"neither API nor paste", nil, `firewall "lab-fw" has no api section: add it, or paste its counters`},
		{"one alone", []string{"--counters-before", "x"}, "go together"},
		{"an old paste", []string{"--counters-before", "x", "--counters-after", after}, "is there already"},
	} {
		_, stderr, code := program(t, append([]string{"check", "-c", file}, row.args...)...)
		if code != exitUsage || !strings.Contains(stderr, row.says) {
			t.Errorf("%s: exit code %d, %q; want %d and %q", row.name, code, stderr, exitUsage, row.says)
		}
	}
}
