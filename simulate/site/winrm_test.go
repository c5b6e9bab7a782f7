package site_test

import (
	"cmp"
	"net/http"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/symptom"
)

// ways are how a firewall reads a server over WinRM, by the names in the faults.
var ways = map[string]site.Domain{
	dc.WayHTTPKerberos:  {},
	dc.WayHTTPSKerberos: {Transport: firewall.WinRMHTTPS},
	dc.WayHTTPSBasic:    {Transport: firewall.WinRMHTTPS, Basic: true},
}

// inWay starts a lab whose firewall goes one of the ways.
func inWay(t *testing.T, way string, change func(*site.Domain)) *site.Site {
	t.Helper()
	d := ways[way]
	if change != nil {
		change(&d)
	}
	return domain(t, func(c *site.Config) { c.Domain = &d })
}

// In each way the firewall is connected, and it is WinRM that it has asked.
func TestTheFirewallReadsTheSecurityLog(t *testing.T) {
	t.Parallel()
	for way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := inWay(t, way, nil)
			if got, log := status(t, s); got != panos.StatusConnected || log != "" {
				t.Fatalf("status %q, log %q", got, log)
			}
			var last string
			sealed := false
			for _, e := range s.DC().Record().Since(0) {
				if e.Kind == dc.KindWinRMAnswer && e.Fields["operation"] == "Enumerate" {
					last, _ = e.Fields["query"].(string)
					sealed = e.Fields["sealed"] == true
					if e.Fields["status"] != http.StatusOK || e.Fields["account"] != "svc-userid@CORP.EXAMPLE" {
						t.Errorf("%v", e.Fields)
					}
				}
			}
			if !strings.Contains(last, "Win32_NTLogEvent") || sealed != (way == dc.WayHTTPKerberos) {
				t.Errorf("asked %q, sealed %t", last, sealed)
			}
			if n, err := s.DC().BadPasswords("svc-userid"); n != 0 || err != nil {
				t.Errorf("%d bad passwords, %v", n, err)
			}
		})
	}
}

// winrmFaults are those of the domain controller's WinRM.
func winrmFaults() (list []simulate.Fault) {
	for _, f := range dc.Faults() {
		if strings.HasPrefix(f.ID, "winrm-") {
			list = append(list, f)
		}
	}
	return list
}

func touches(f simulate.Fault, way string) bool {
	for _, one := range f.Transports {
		if one == way {
			return true
		}
	}
	return f.Transports == nil
}

// Under each fault the firewall shows the status of its symptom and logs its line, and nothing without one.
func TestWhatTheFirewallShowsOfWinRM(t *testing.T) {
	t.Parallel()
	for _, f := range winrmFaults() {
		for way := range ways {
			if !touches(f, way) {
				continue
			}
			t.Run(f.ID+"/"+way, func(t *testing.T) {
				t.Parallel()
				s := inWay(t, way, nil)
				if err := s.StartFault(f.ID, nil); err != nil {
					t.Fatal(err)
				}
				got, log := status(t, s)
				row, _ := symptom.Find(f.Symptom)
				if want := cmp.Or(row.Status, panos.StatusConnected); got != want {
					t.Errorf("status %q, want %q; log %q", got, want, log)
				}
				if f.Symptom == "" && log != "" || f.Symptom != "" && !row.ShownIn(log) {
					t.Errorf("%q is not in the log %q", row.Pattern, log)
				}
				s.StopFault(f.ID)
				if got, log := status(t, s); got != panos.StatusConnected {
					t.Errorf("afterwards: status %q, log %q", got, log)
				}
			})
		}
	}
}

// curlOf is the exit code of curl from 7.62 for a flaw, as curl itself was seen to give it.
func curlOf(t *testing.T, flaw certs.Flaw) int {
	t.Helper()
	info, ok := certs.FindFlaw(flaw)
	if !ok {
		t.Fatalf("no flaw %q", flaw)
	}
	return info.Peers.Curl
}

// Each flaw of a certificate stops the firewall where it stops curl, and is logged in the words of its libcurl.
func TestCertificatesUnderEachLibcurl(t *testing.T) {
	t.Parallel()
	for _, flaw := range certs.Flaws() {
		if flaw.Flaw == certs.FlawNotASCII {
			continue // crypto/tls, on which the simulated firewall stands, does not go on with such a certificate
		}
		for _, generation := range certs.Generations() {
			t.Run(string(flaw.Flaw)+"/"+generation.Versions, func(t *testing.T) {
				t.Parallel()
				s := inWay(t, dc.WayHTTPSBasic, func(d *site.Domain) { d.Libcurl, d.WinRM.Flaw = generation.Versions, flaw.Flaw })
				got, log := status(t, s)
				if curlOf(t, flaw.Flaw) == 0 {
					if got != panos.StatusConnected || log != "" {
						t.Errorf("curl takes it; status %q, log %q", got, log)
					}
					return
				}
				failure := certs.FailsVerify
				switch {
				case flaw.Check == certs.RuleName:
					failure = certs.FailsName
				case curlOf(t, flaw.Flaw) == 35:
					failure = certs.FailsHandshake
				}
				text, id := generation.Says(failure)
				row, _ := symptom.Find(id)
				if got != panos.StatusNoAnswer || !strings.HasSuffix(log, "response code = 0, error: "+text+" in vsys 1\n") || !row.ShownIn(log) {
					t.Errorf("status %q, log %q, want %q and %s", got, log, text, id)
				}
			})
		}
	}
}

// A name that DNS does not know is libcurl's to tell where Kerberos has not asked for it before.
func TestTheFirewallDoesNotFindTheName(t *testing.T) {
	t.Parallel()
	for _, generation := range certs.Generations() {
		s := inWay(t, dc.WayHTTPSBasic, func(d *site.Domain) { d.Libcurl = generation.Versions })
		if err := s.StartFault(dns.FaultNXDomain, nil); err != nil {
			t.Fatal(err)
		}
		text, id := generation.Says(certs.FailsToResolve)
		if got, log := status(t, s); got != panos.StatusNoAnswer || !strings.HasSuffix(log, "error: "+text+" in vsys 1\n") || id != "winrm.unresolved" {
			t.Errorf("%s: status %q, log %q, want %q (%s)", generation.Versions, got, log, text, id)
		}
	}
}

func TestWinRMOfASiteIsValidated(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]site.Domain{
		"libcurl":                           {Libcurl: "7"},
		"without a Kerberos Server Profile": {Basic: true},
		"a test CA must not vouch for it":   {Name: "corp.com", Transport: firewall.WinRMHTTPS},
		"unknown flaw":                      {WinRM: dc.WinRM{Flaw: "rusty"}},
	} {
		s, err := site.Start(t.Context(), site.Config{Domain: &d})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
		if s != nil {
			_ = s.Close()
		}
	}
	s := domain(t, func(c *site.Config) { c.Domain = &site.Domain{Name: "corp.com"} })
	if s.DC().WinRMAddr() == "" || s.DC().WinRMSAddr() != "" {
		t.Errorf("a domain that is not for documentation listens over HTTP at %q and over HTTPS at %q", s.DC().WinRMAddr(), s.DC().WinRMSAddr())
	}
}
