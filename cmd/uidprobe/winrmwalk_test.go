package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/symptom"
)

// winrmWays are how a firewall reads a server over WinRM, by the names in the faults.
var winrmWays = map[string]site.Domain{
	dc.WayHTTPKerberos:  {},
	dc.WayHTTPSKerberos: {Transport: firewall.WinRMHTTPS},
	dc.WayHTTPSBasic:    {Transport: firewall.WinRMHTTPS, Basic: true},
}

// winrmLab is a lab whose firewall goes one of the ways.
func winrmLab(t *testing.T, way string, change func(*site.Domain), faults ...site.Fault) *site.Site {
	t.Helper()
	d := winrmWays[way]
	if change != nil {
		change(&d)
	}
	lab, err := site.Start(t.Context(), site.Config{Domain: &d, Transports: []string{}, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	return lab
}

// ofWinRM says whether a fault is one of WinRM: it is walked here.
func ofWinRM(f site.PeerFault) bool { return strings.HasPrefix(f.ID, "winrm-") }

func winrmFaults() (list []site.PeerFault) {
	for _, f := range site.Faults() {
		if ofWinRM(f) {
			list = append(list, f)
		}
	}
	return list
}

// logged are the symptoms that a firewall logs, among those that diagnose finds: the status is beside all of them.
func logged(ids []string) (list []string) {
	for _, id := range ids {
		if s, ok := symptom.Find(id); ok && s.Logged {
			list = append(list, id)
		}
	}
	return list
}

// holdsWinRM checks one stop of the walk: one result without a cause, the check's, with the symptom; and the symptom again
// from nothing but what the firewall prints.
func holdsWinRM(t *testing.T, lab *site.Site, id, wantSymptom string) {
	t.Helper()
	cause := theCause(t, checkLab(t, lab))
	if cause.Check != id || cause.Symptom != wantSymptom {
		t.Errorf("the cause is %v, %v, with the symptom %q (%s), want %s with %q", cause.Ref(), cause.Status, cause.Symptom, cause.Summary, id, wantSymptom)
	}
	if cause.Hint == "" {
		t.Errorf("%v says nothing to do", cause.Ref())
	}
}

// readsWinRM holds diagnose to what the firewall prints.
func readsWinRM(t *testing.T, lab *site.Site, wantSymptom string) {
	t.Helper()
	text := monitoringText(t, lab.Firewall())
	got := logged(diagnosed(t, text))
	if wantSymptom == "" {
		if len(got) > 0 || !strings.Contains(text, " "+panos.StatusConnected+"\n") {
			t.Errorf("diagnose finds %q, want nothing, in\n%s", got, text)
		}
		return
	}
	if !slices.Equal(got, []string{wantSymptom}) {
		t.Errorf("diagnose finds %q, want %q, in\n%s", got, wantSymptom, text)
	}
	if row, _ := symptom.Find(wantSymptom); !row.ShownIn(text) {
		t.Errorf("%q is not in what the firewall prints:\n%s", row.Pattern, text)
	}
}

// The walk through WinRM: every fault in each way that it touches leaves exactly one result that no other explains, that
// of its check, and it names its symptom; what the firewall prints leads diagnose to the same symptom.
func TestWinRMWalk(t *testing.T) {
	t.Parallel()
	for _, f := range winrmFaults() {
		for way := range winrmWays {
			if !touches(f.Fault, way) {
				continue
			}
			t.Run(f.ID+"/"+way, func(t *testing.T) {
				t.Parallel()
				lab := winrmLab(t, way, nil, site.Fault{ID: f.ID})
				holdsWinRM(t, lab, f.Check, f.Symptom)
				readsWinRM(t, lab, f.Symptom)
			})
		}
	}
}

// Without a fault everything passes in each way, and diagnose finds nothing wrong.
func TestWinRMWalkWithoutAFault(t *testing.T) {
	t.Parallel()
	for way := range winrmWays {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			lab := winrmLab(t, way, nil)
			for _, r := range checkLab(t, lab) {
				if r.Status != check.Pass && !leftOut(r) {
					t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
				}
			}
			readsWinRM(t, lab, "")
		})
	}
}

// The certificates: each flaw that stops the firewall is found by its rule, and the firewall logs it in the words of its
// libcurl, which diagnose reads.
func TestWinRMCertificateWalk(t *testing.T) {
	t.Parallel()
	for _, flaw := range certs.Flaws() {
		if flaw.Peers.Curl == 0 {
			continue
		}
		t.Run(string(flaw.Flaw), func(t *testing.T) {
			t.Parallel()
			newest := len(certs.Generations()) - 1
			for i, generation := range certs.Generations() {
				lab := winrmLab(t, dc.WayHTTPSKerberos, func(d *site.Domain) { d.WinRM.Flaw, d.Libcurl = flaw.Flaw, generation.Versions })
				failure := certs.FailsVerify
				switch {
				case flaw.Check == certs.RuleName:
					failure = certs.FailsName
				case flaw.Peers.Curl == 35:
					failure = certs.FailsHandshake
				}
				_, want := generation.Says(failure)
				readsWinRM(t, lab, want)
				if i == newest { // a result speaks for the newest
					holdsWinRM(t, lab, flaw.Check, want)
				}
			}
		})
	}
}

// A name that DNS does not know, where nothing but WinRM has to find it.
func TestWinRMNameWalk(t *testing.T) {
	t.Parallel()
	for _, id := range []string{dns.FaultNXDomain, dns.FaultServFail, dns.FaultRefused} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			lab := winrmLab(t, dc.WayHTTPSBasic, nil, site.Fault{ID: id})
			holdsWinRM(t, lab, "winrm.dns", "winrm.unresolved")
			readsWinRM(t, lab, "winrm.unresolved")
		})
	}
}

// walkedSymptoms are the symptoms that the walks above bring about by other means than a fault's own row.
func walkedSymptoms() map[string]bool {
	reproduced := map[string]bool{"winrm.unresolved": true} // TestWinRMNameWalk
	for _, f := range winrmFaults() {
		if f.Symptom != "" {
			reproduced[f.Symptom] = true
		}
	}
	for _, g := range certs.Generations() { // TestWinRMCertificateWalk
		for _, failure := range []certs.Failure{certs.FailsVerify, certs.FailsName, certs.FailsHandshake} {
			_, id := g.Says(failure)
			reproduced[id] = true
		}
	}
	return reproduced
}
