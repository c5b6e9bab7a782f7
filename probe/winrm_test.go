package probe_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/symptom"
)

// ways are the three in which a firewall reads a server over WinRM.
var ways = []string{dc.WayHTTPKerberos, dc.WayHTTPSBasic, dc.WayHTTPSKerberos}

// winrmDomain starts a domain controller with WinRM.
func winrmDomain(t *testing.T, change func(*dc.Config)) *dc.DC {
	t.Helper()
	return domain(t, func(c *dc.Config) {
		c.WinRM = &dc.WinRM{Host: server, Basic: true}
		if change != nil {
			change(c)
		}
	})
}

// overWinRM is a log-in that reads the server in one of the ways, by its name.
func overWinRM(t *testing.T, word, way string, d *dc.DC) probe.Monitoring {
	t.Helper()
	m := monitoring(t, word, d)
	m.WinRM = true
	at := netip.MustParseAddrPort(d.Addr())
	names, err := dns.Start(t.Context(), dns.Config{Records: dns.Controller("corp.example", server, at.Addr(), at.Port())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = names.Close() })
	m.Resolvers = []netip.AddrPort{names.Addr()}
	m.Servers[0] = serverOver(t, way, d)
	if way == dc.WayHTTPSBasic {
		m.KDCs = nil
	}
	return m
}

func serverOver(t *testing.T, way string, d *dc.DC) probe.MonitoredServer {
	t.Helper()
	s := probe.MonitoredServer{Name: "dc1", Host: server, Transport: "winrm-http", Basic: way == dc.WayHTTPSBasic}
	at := d.WinRMAddr()
	if way != dc.WayHTTPKerberos {
		s.Transport, at = "winrm-https", d.WinRMSAddr()
		s.CertificateProfile = filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(s.CertificateProfile, d.WinRMRoot(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.Port = netip.MustParseAddrPort(at).Port()
	return s
}

// Without a fault everything passes, in every way, and all is released and closed.
func TestWinRMThatWorks(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			d := winrmDomain(t, nil)
			results := logIn(t, overWinRM(t, password, way, d), check.Clocks{})
			for _, r := range results {
				if r.Finding() {
					t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
				}
			}
			events := of(t, results, "winrm.events")
			if text := evidence(events, "event 4624"); !strings.HasPrefix(text, "newest at ") {
				t.Errorf("event 4624: %q", text)
			}
			for _, name := range []string{"age-4624", "age-4768", "age-4769"} {
				if age, ok := events.Measure(name); !ok || age < 0 || age > 600 {
					t.Errorf("%s is %v, %t; want it within ten minutes", name, age, ok)
				}
			}
			if got := of(t, results, "winrm.query").Summary; got != "DC1 is a domain controller of corp.example" {
				t.Errorf("the query says %q", got)
			}
			login := of(t, results, "winrm.login")
			if want := way == dc.WayHTTPSKerberos; (evidence(login, "channel bindings") == "not wanted (CbtHardeningLevel is not Strict)") != want {
				t.Errorf("channel bindings: %v", login.Evidence)
			}
			if text := texts(results) + fmt.Sprintf("%+v", results); strings.Contains(text, password) {
				t.Error("the password is in a result")
			}
		})
	}
}

// Every fault of WinRM leaves one result that no other explains, in every way that it touches: that of its check, with
// its symptom, and with the line that the firewall would log.
func TestEveryFaultOfWinRM(t *testing.T) {
	t.Parallel()
	walked := 0
	for _, f := range dc.Faults() {
		if !strings.HasPrefix(f.ID, "winrm-") {
			continue
		}
		walked++
		for _, way := range ways {
			if f.Transports == nil || slices.Contains(f.Transports, way) {
				t.Run(f.ID+"/"+way, func(t *testing.T) {
					t.Parallel()
					winrmFault(t, f, way, nil)
				})
			}
		}
	}
	if walked < 30 {
		t.Errorf("%d faults were walked", walked)
	}
}

func winrmFault(t *testing.T, f simulate.Fault, way string, params map[string]string) check.Result {
	t.Helper()
	d := winrmDomain(t, nil)
	if err := d.Faults().Start(f.ID, params); err != nil {
		t.Fatal(err)
	}
	results := logIn(t, overWinRM(t, password, way, d), check.Clocks{Attempt: 2 * time.Second})
	found := causes(results)
	if len(found) != 1 {
		t.Fatalf("%d results stand without a cause, want 1:%s", len(found), texts(found))
	}
	r := found[0]
	if r.Check != f.Check || r.Symptom != f.Symptom {
		t.Errorf("the cause is %v with %q (%s), want %s with %q", r.Ref(), r.Symptom, r.Summary, f.Check, f.Symptom)
	}
	if r.Hint == "" {
		t.Errorf("%v says nothing to do", r.Ref())
	}
	if s, ok := symptom.Find(f.Symptom); ok && !s.ShownIn(evidence(r, "the firewall would log")) {
		t.Errorf("%v: the line of the log is %q", r.Ref(), evidence(r, "the firewall would log"))
	}
	return r
}

// Every flaw of a certificate that the firewall's client refuses is found by its rule, and nobody logs in.
func TestWinRMCertificatesAreJudged(t *testing.T) {
	t.Parallel()
	for _, flaw := range []certs.Flaw{certs.FlawExpired, certs.FlawUnknownCA, certs.FlawNameMismatch} {
		for _, way := range []string{dc.WayHTTPSBasic, dc.WayHTTPSKerberos} {
			t.Run(string(flaw)+"/"+way, func(t *testing.T) {
				t.Parallel()
				info, ok := certs.FindFlaw(flaw)
				if !ok {
					t.Fatal("there is no such flaw")
				}
				d := winrmDomain(t, func(c *dc.Config) { c.WinRM.Flaw = flaw })
				results := logIn(t, overWinRM(t, password, way, d), check.Clocks{})
				if found := causes(results); len(found) != 1 || found[0].Check != info.Check {
					t.Errorf("the causes are %s, want %s", texts(found), info.Check)
				}
				if r := of(t, results, "winrm.login"); r.Status != check.Skip {
					t.Errorf("%v: %v", r.Ref(), r.Status)
				}
				for _, e := range d.Record().Since(0) {
					if e.Fields["scheme"] == "Basic" {
						t.Errorf("a password was sent: %v", e.Fields)
					}
				}
			})
		}
	}
}

// Without a certificate profile the certificate is not judged, and no password leaves.
func TestBasicWantsACertificateProfile(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	m := overWinRM(t, password, dc.WayHTTPSBasic, d)
	m.Servers[0].CertificateProfile = ""
	if r := of(t, logIn(t, m, check.Clocks{}), "winrm.login"); r.Status != check.Skip || r.CausedBy == nil {
		t.Errorf("%v %s: %s", r.Status, r.Skipped, r.Summary)
	}
}
