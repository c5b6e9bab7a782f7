package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/diagnose"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/symptom"
)

// kerberosFaults are the faults that a log-in to a directory server meets: all of the domain controller's and
// the DNS server's, and those of the firewall that name such a check.
func kerberosFaults() (list []site.PeerFault) {
	for _, f := range site.Faults() {
		if (f.Peer != site.PeerFirewall || ofKerberos(f.Check)) && !ofWinRM(f) {
			list = append(list, f)
		}
	}
	return list
}

// ofKerberos says whether a check, a symptom or a fault's check is one of the log-in to a directory server: it
// is walked here, in a lab with a domain.
func ofKerberos(id string) bool { return strings.HasPrefix(id, "kerberos.") }

// The walk through the log-in to a directory server: every fault leaves exactly one result that no other
// explains, that of its check, and it names its symptom; and what the firewall prints, its table and its log
// and nothing else, leads diagnose to the same symptom.
func TestKerberosWalk(t *testing.T) {
	t.Parallel()
	for _, f := range kerberosFaults() {
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			lab := domainLab(t, site.Fault{ID: f.ID})
			cause := theCause(t, checkLab(t, lab))
			if cause.Check != f.Check || cause.Symptom != f.Symptom {
				t.Errorf("the cause is %v with the symptom %q (%s), want %s with %q", cause.Ref(), cause.Symptom, cause.Summary, f.Check, f.Symptom)
			}
			if cause.Hint == "" {
				t.Errorf("%v says nothing to do", cause.Ref())
			}
			text := monitoringText(t, lab.Firewall())
			if got := numbered(diagnosed(t, text)); f.Symptom != "" && !slices.Equal(got, []string{f.Symptom}) || f.Symptom == "" && len(got) > 0 {
				t.Errorf("diagnose finds %q, want %q, in\n%s", got, f.Symptom, text)
			}
			if row, ok := symptom.Find(f.Symptom); ok && !row.ShownIn(text) {
				t.Errorf("%q is not in what the firewall prints:\n%s", row.Pattern, text)
			}
		})
	}
}

// numbered are the symptoms with a number that the firewall logs: the status is beside all of them.
func numbered(ids []string) (list []string) {
	for _, id := range ids {
		if s, ok := symptom.Find(id); ok && s.Number != nil {
			list = append(list, id)
		}
	}
	return list
}

// Without a fault everything passes, and diagnose finds nothing wrong.
func TestKerberosWalkWithoutAFault(t *testing.T) {
	t.Parallel()
	lab := domainLab(t)
	for _, r := range checkLab(t, lab) {
		if r.Status != check.Pass && !leftOut(r) {
			t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
		}
	}
	text := monitoringText(t, lab.Firewall())
	if !strings.Contains(text, " "+panos.StatusConnected+"\n") {
		t.Errorf("the domain controller is not connected:\n%s", text)
	}
	if got := diagnosed(t, text); slices.ContainsFunc(got, ofKerberos) {
		t.Errorf("diagnose finds %q in\n%s", got, text)
	}
}

// leftOut says whether a check was not asked for a reason that leaves a site ready: the lab has one KDC, and no
// LDAP.
func leftOut(r check.Result) bool {
	return r.Status == check.Skip && (r.Skipped == check.Inapplicable || r.Skipped == check.Chosen)
}

// Every symptom of a directory server is reproduced by a fault, or stands beside one that is, or says why not; and
// every fault names one that there is.
func TestEveryKerberosSymptomHasAFault(t *testing.T) {
	t.Parallel()
	reproduced := walkedSymptoms()
	for _, f := range kerberosFaults() {
		if f.Symptom == "" {
			continue // the firewall shows nothing of it
		}
		reproduced[f.Symptom] = true
		if _, ok := symptom.Find(f.Symptom); !ok {
			t.Errorf("%s names the symptom %q, which does not exist", f.ID, f.Symptom)
		}
	}
	for _, s := range symptom.All() {
		if strings.HasPrefix(s.ID, "syslog.") || s.Normal {
			continue
		}
		shown := reproduced[s.ID] || reproduced[s.ShownWith]
		if shown == (s.NoFault != "") {
			t.Errorf("%s: reproduced %t, and it says of that: %q", s.ID, shown, s.NoFault)
		}
	}
}

// What is printed while all is well is found as well, by the rows that say so.
func TestDirectoryServersWhileAllIsWell(t *testing.T) {
	t.Parallel()
	for id, state := range map[string]struct{ fault, command string }{
		"server.status.connected": {"", "show user server-monitor statistics"},
		"ha.passive":              {firewall.FaultHAPassive, "show high-availability all"},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			lab := domainLab(t)
			if state.fault != "" {
				if err := lab.StartFault(state.fault, nil); err != nil {
					t.Fatal(err)
				}
			}
			s, ok := symptom.Find(id)
			if !ok {
				t.Fatalf("no symptom %s", id)
			}
			text, err := lab.Firewall().CLI(state.command)
			if err != nil || !s.ShownIn(text) {
				t.Errorf("%q is not in %q, %v", s.Pattern, text, err)
			}
		})
	}
}

// domainLab is a firewall without senders that logs in to a domain controller.
func domainLab(t *testing.T, faults ...site.Fault) *site.Site {
	t.Helper()
	lab, err := site.Start(t.Context(), site.Config{Domain: &site.Domain{}, Transports: []string{}, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	return lab
}

// checkLab runs the plan of a lab's site file.
func checkLab(t *testing.T, lab *site.Site) (results []check.Result) {
	t.Helper()
	dir := t.TempDir()
	if err := lab.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := plan.Load(filepath.Join(dir, site.SiteFile))
	if err != nil {
		t.Fatal(err)
	}
	gate := credential.NewGate(credential.GateConfig{Dir: filepath.Join(dir, "gate"), Command: "test", Hold: check.Hold, RandomSecrets: true})
	p, err := plan.New(loaded, plan.Options{Run: runMark(), Gate: gate})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for r := range check.Run(t.Context(), p.Checks, check.Config{Clocks: loaded.Clocks}) {
		if r.Internal {
			t.Errorf("%v broke: %s", r.Ref(), r.Summary)
		}
		results = append(results, r)
	}
	return results
}

// monitoringText is what a person copies from the firewall: the table, and the log.
func monitoringText(t *testing.T, fw *firewall.Firewall) string {
	t.Helper()
	var text strings.Builder
	for _, command := range []string{"show user server-monitor statistics", panos.LogCommand} {
		out, err := fw.CLI(command)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "admin@%s> %s\n%s\n", site.FirewallName, command, out)
	}
	return text.String()
}

// diagnosed are the symptoms that diagnose finds in a text.
func diagnosed(t *testing.T, text string) (ids []string) {
	t.Helper()
	results, err := diagnose.Text(strings.NewReader(text), diagnose.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Symptom != "" {
			ids = append(ids, r.Symptom)
		}
	}
	return ids
}
