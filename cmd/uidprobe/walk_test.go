package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/report"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/symptom"
)

// transports are the ways in which demo can be run.
var transports = []string{"udp", "ssl", "both"}

// touches says whether a fault touches what demo does over a transport.
func touches(f simulate.Fault, transport string) bool {
	return f.Transports == nil || transport == "both" || slices.Contains(f.Transports, transport)
}

// Every fault turns exactly its own check red, over both transports, and demo says so.
func TestDemoNamesExactlyTheFault(t *testing.T) {
	t.Parallel()
	for _, f := range firewall.Faults() {
		for _, transport := range transports {
			if !touches(f, transport) {
				continue
			}
			t.Run(f.ID+"/"+transport, func(t *testing.T) {
				t.Parallel()
				stdout, stderr, code := program(t, "demo", "--transport", transport, "--fault", f.ID, "--format", "json")
				if code != exitNotReady {
					t.Errorf("exit code %d, want %d; standard error:\n%s", code, exitNotReady, stderr)
				}
				results, _, err := report.ReadJSON(strings.NewReader(stdout))
				if err != nil {
					t.Fatal(err)
				}
				causes := theCauses(results)
				if len(causes) == 0 || len(causes) > 1 && transport != "both" {
					t.Errorf("%d results stand without a cause, want 1: %v", len(causes), summaries(causes))
				}
				for _, cause := range causes { // with both, what touches the whole firewall is seen by both
					if cause.Check != f.Check {
						t.Errorf("the cause is %v (%s), want %s", cause.Ref(), cause.Summary, f.Check)
					}
					if cause.Symptom != f.Symptom {
						t.Errorf("%v names the symptom %q, want %q", cause.Ref(), cause.Symptom, f.Symptom)
					}
					if !namesAPlace(cause.Hint) {
						t.Errorf("%v: the next step names no menu, command or setting: %s", cause.Ref(), cause.Hint)
					}
				}
			})
		}
	}
}

// namesAPlace says whether a hint names where to go: a menu of the firewall, a command of
// its CLI, or a key of the site file.
func namesAPlace(hint string) bool {
	return slices.ContainsFunc([]string{"Device > ", "show ", "tcpdump ", "XML API > ", "clocks.", "shared_address", "TCP 6514", "commit", "renew it"}, func(place string) bool {
		return strings.Contains(hint, place)
	})
}

// theCauses are the results that did not pass and that no other explains.
func theCauses(results []check.Result) (causes []check.Result) {
	for _, r := range results {
		if r.Finding() && r.CausedBy == nil {
			causes = append(causes, r)
		}
	}
	return causes
}

// theCause is the only one of them.
func theCause(t *testing.T, results []check.Result) check.Result {
	t.Helper()
	causes := theCauses(results)
	if len(causes) != 1 {
		t.Fatalf("%d results stand without a cause, want 1: %v", len(causes), summaries(causes))
	}
	return causes[0]
}

func summaries(results []check.Result) (texts []string) {
	for _, r := range results {
		texts = append(texts, fmt.Sprintf("%v: %v: %s", r.Ref(), r.Status, r.Summary))
	}
	return texts
}

func TestDemoIsReadyWithoutAFault(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := program(t, "demo", "--transport", transport, "--format", "json")
			results, _, err := report.ReadJSON(strings.NewReader(stdout))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Status != check.Pass && !leftOut(r) {
					t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
				}
			}
			if code != exitReady {
				t.Errorf("exit code %d, want %d\n%s", code, exitReady, stderr)
			}
		})
	}
}

// Every check is turned red by a fault, or the table below says by which test.
func TestEveryCheckHasAFault(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{ // check → the test that turns it red, here or in package probe
		"firewall.paste":     "TestPastedCounters",
		"listener.status":    "probe: TestStatusIsTheOneItShouldBe",
		"sender.sent":        "TestSendSaysWhatTheNetworkAnswers",
		"delivery.messages":  "TestCheckFindsWhatTheSiteFileHasWrong",
		"delivery.addresses": "TestCheckRefusesAddressesThatArePeoples",
		"delivery.sent":      "TestCheckFindsWhatTheSiteFileHasWrong",
		"dns.forward":        "probe: TestForwardSeesTheFaults",
		"dns.reverse":        "probe: TestForwardAndReverse",
		"dns.services":       "probe: TestServicesOfARealm",
		"net.dial":           "probe: TestPortsAreDialled",
		"kerberos.names":     "probe: TestNamesAreJudgedAsTyped",
		"kerberos.replicas":  "probe: TestReplicasThatDiffer",
		"directory.bind":     "probe: TestDirectoryThatIsNotThere",
		"directory.groups":   "probe: TestGroupsAreJudged",
		"directory.password": "probe: TestPasswordAgeIsJudged",
		"directory.etypes":   "probe: TestEncryptionTypesAndHoldersAreJudged",
		"directory.names":    "probe: TestEncryptionTypesAndHoldersAreJudged",
		"winrm.dns":          "probe: TestAServerThatDNSDoesNotKnow",
		"winrm.certificate":  "probe: TestWinRMBadPeers",
		"tls.address":        "probe: TestTLSSpeaksForTheFirewall",
		"tls.handshake":      "probe: TestTLSServersOfOtherKinds",
		"tls.server-name":    "probe: TestTLSServersOfOtherKinds",
		"tls.versions":       "probe: TestTLSServersOfOtherKinds",
		"tls.ciphers":        "probe: TestTLSNamesBrokenCiphers",
	}
	red := map[string]bool{}
	for _, f := range site.Faults() {
		red[f.Check] = true
	}
	for _, f := range certs.Flaws() {
		red[f.Check] = true
	}
	for _, c := range probe.Catalog() {
		if !red[c.ID] && elsewhere[c.ID] == "" {
			t.Errorf("no fault turns %s red", c.ID)
		}
		delete(red, c.ID)
	}
	for id := range red {
		t.Errorf("a fault names the check %q, which does not exist", id)
	}
}

// The walk: under a fault the firewall shows the symptom that the check names, and what it
// prints is found by the symptom's pattern and read by nothing else.
func TestWalkFromFaultToSymptomToText(t *testing.T) {
	t.Parallel()
	reproduced := map[string]bool{}
	for _, f := range firewall.Faults() {
		if f.Symptom != "" {
			reproduced[f.Symptom] = true
		}
	}
	for _, s := range symptom.All() {
		if !strings.HasPrefix(s.ID, "syslog.") {
			continue // those of directory servers are walked in kerberoswalk_test.go
		}
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			source := s.ID
			if s.ShownWith != "" {
				source = s.ShownWith
			}
			switch {
			case s.Normal:
				shows(t, s, nil)
				return
			case !reproduced[source]:
				if s.NoFault == "" {
					t.Errorf("no fault reproduces it, and it does not say why")
				}
				return
			}
			for _, f := range firewall.Faults() {
				if f.Symptom == source {
					shows(t, s, &f)
				}
			}
		})
	}
}

// shows runs the checks against a site with a fault and looks for the symptom in what the
// firewall prints.
func shows(t *testing.T, s symptom.Symptom, f *simulate.Fault) {
	t.Helper()
	lab, err := site.Start(t.Context(), site.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	if f != nil {
		if err := lab.Firewall().Faults().Start(f.ID, nil); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := lab.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := plan.Load(dir + "/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(loaded, plan.Options{Run: runMark()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	pattern := regexp.MustCompile(s.Pattern)
	found := false
	for r := range check.Run(t.Context(), p.Checks, check.Config{Clocks: loaded.Clocks}) {
		if found || f == nil && r.Check != "delivery.mapped" {
			continue // when all is well, look while the connections stand
		}
		found = pattern.MatchString(printed(t, lab.Firewall()))
	}
	if !found {
		t.Errorf("%q is not in what the firewall prints:\n%s", s.Pattern, printed(t, lab.Firewall()))
	}
}

func printed(t *testing.T, fw *firewall.Firewall) string {
	t.Helper()
	var text strings.Builder
	for _, command := range []string{"show user server-monitor state all", "show user server-monitor statistics"} {
		out, err := fw.CLI(command)
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(out)
	}
	return text.String()
}
