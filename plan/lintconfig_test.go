package plan_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
)

// lintText is testdata/lint.xml with a CA, and a time long before the CA's end.
func lintText(t *testing.T) (text string, now time.Time) {
	t.Helper()
	data, err := os.ReadFile("testdata/lint.xml")
	if err != nil {
		t.Fatal(err)
	}
	authority, err := certs.NewAuthority("lint")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(authority.PEM())
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	// As some exports write it: in one line.
	return strings.Replace(string(data), "@CA@", strings.Join(strings.Fields(string(authority.PEM())), " "), 1), ca.NotAfter.Add(-100 * 24 * time.Hour)
}

func parseConfig(t *testing.T, name, text string) *panos.Config {
	t.Helper()
	c, err := panos.ParseConfig(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func lint(t *testing.T, l plan.ConfigLint) (findings []check.Result, all map[string]check.Result) {
	t.Helper()
	checks, err := plan.LintConfig(l)
	if err != nil {
		t.Fatal(err)
	}
	all = map[string]check.Result{}
	for r := range check.Run(t.Context(), checks, check.Config{}) {
		all[r.Check] = r
		if r.Finding() {
			findings = append(findings, r)
		}
	}
	return findings, all
}

// swap puts one text in the place of another, which has to be there.
type swap struct{ old, new string }

// Each finding, put into a configuration of which there is nothing to say, is found, and nothing else.
func TestEachFindingOfConfigLint(t *testing.T) {
	t.Parallel()
	good, now := lintText(t)
	const ssl = "<disable-userid-syslog-listener-ssl>no</disable-userid-syslog-listener-ssl>"
	const route = `<route><service><entry name="uid-agent"><source><interface>ethernet1/1</interface><address>192.0.2.1/24</address></source></entry></service></route><permitted-ip>`
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	const sender = `<entry name="s%d"><syslog><address>192.0.2.16</address><syslog-parse-profile><entry name="in"/></syslog-parse-profile></syslog></entry>`
	const server = `<entry name="d%d"><active-directory><type>WinRM-HTTP</type><host>dc3.corp.example</host></active-directory></entry>`
	for _, row := range []struct {
		name    string
		change  []swap
		now     time.Time
		interim time.Duration
		code    string // empty: nothing is found
		status  check.Status
		want    string
	}{
		{name: "nothing"},
		{name: "nothing on a data plane interface", change: []swap{{"<permitted-ip><entry name=\"192.0.2.0/24\"/>", route + `<entry name="192.0.2.0/24"/>`}}},
		{name: "address", change: []swap{{"<host>dc2.corp.example", "<host>192.0.2.12"}}, code: "server-by-address", status: check.Fail, want: `server "dc2" is given by its address 192.0.2.12`},
		{name: "short name", change: []swap{{"<host>dc2.corp.example", "<host>dc2"}}, code: "server-by-address", status: check.Fail, want: `"dc2" is not a full name`},
		{name: "address, over WMI", change: []swap{{"<type>WinRM-HTTPS</type><host>dc2.corp.example", "<type>WMI</type><host>192.0.2.12"}}},
		{name: "NetBIOS", change: []swap{{"<domain-name>corp.example", "<domain-name>CORP"}}, code: "realm-netbios", status: check.Fail, want: `"CORP" is a NetBIOS name`},
		{name: "no realm", change: []swap{{"<domain-name>corp.example</domain-name>", ""}}, code: "realm-netbios", status: check.Fail, want: "has no Domain's DNS Name"},
		{name: "no Kerberos profile", change: []swap{{"<server-profile>krb</server-profile>", ""}}, code: "http-without-kerberos", status: check.Fail, want: `server "dc1" is read over WinRM-HTTP`},
		{name: "no certificate profile", change: []swap{{"<certificate-profile>winrm</certificate-profile>", ""}}, code: "https-without-certificate-profile", status: check.Fail, want: `server "dc2" is read over WinRM-HTTPS`},
		{name: "empty certificate profile", change: []swap{{`<CA><entry name="corp-root"/></CA>`, ""}}, code: "https-without-certificate-profile", status: check.Fail, want: `certificate profile "winrm" has no CA`},
		{name: "CA soon", now: now.Add(50 * 24 * time.Hour), code: "ca-expiry", status: check.Warn, want: "for 50 more days"},
		{name: "CA expired", now: now.Add(101 * 24 * time.Hour), code: "ca-expiry", status: check.Fail, want: `CA "corp-root" has been invalid since`},
		{name: "no profile", change: []swap{{`<address>192.0.2.15</address>`, `<address>192.0.2.15</address></syslog></entry><entry name="x"><syslog><address>192.0.2.16</address></syslog></entry><entry name="NAC2"><syslog><address>192.0.2.17</address>`}}, code: "sender-without-profile", status: check.Fail, want: `sender "NAC" has no parse profile`},
		{name: "logouts alone", change: []swap{{`<entry name="in"/>`, `<entry name="in"><event-type>logout</event-type></entry>`}}, code: "sender-without-profile", status: check.Warn, want: `sender "NAC" has profiles for logouts alone`},
		{name: "unused", change: []swap{{`<entry name="out"><event-type>logout</event-type></entry>`, ""}}, code: "profile-unused", status: check.Warn, want: `no sender has profile "out"`},
		{name: "alike", change: []swap{{"<event-string>stop", "<event-string>start"}}, code: "login-logout-alike", status: check.Fail, want: `login profile "in" and logout profile "out" look for the same event`},
		{name: "listener off", change: []swap{{ssl, "<disable-userid-syslog-listener-ssl>yes</disable-userid-syslog-listener-ssl>"}}, code: "listener-off", status: check.Fail, want: "the ssl listener is off at the management interface"},
		{name: "listener not written", change: []swap{{ssl, ""}}, code: "listener-off", status: check.Warn, want: "does not say that the ssl listener is on"},
		{name: "listener off on the data plane", change: []swap{{"<permitted-ip><entry name=\"192.0.2.0/24\"/>", route + `<entry name="192.0.2.0/24"/>`}, {"<userid-syslog-listener-ssl>yes", "<userid-syslog-listener-ssl>no"}}, code: "listener-off", status: check.Fail, want: `the ssl listener is off at interface management profile "uid-in"`},
		{name: "not permitted", change: []swap{{"<address>192.0.2.15", "<address>198.51.100.15"}}, code: "not-permitted", status: check.Fail, want: `198.51.100.15 of "NAC" is not among the permitted IP addresses of the management interface`},
		{name: "permitted on the data plane", change: []swap{{"<permitted-ip><entry name=\"192.0.2.0/24\"/>", route + `<entry name="192.0.2.0/24"/>`}, {"<address>192.0.2.15", "<address>198.51.100.15"}}},
		{name: "one server", change: []swap{{`<entry name="dc2"><active-directory>`, `<entry name="dc2"><disabled>yes</disabled><active-directory>`}}, code: "one-server", status: check.Warn, want: `"dc1" is the only Active Directory server`},
		{name: "not ignored", change: []swap{{"<member>svc-userid", "<member>svc-backup"}}, code: "account-not-ignored", status: check.Warn, want: `"CORP\\svc-userid" is not among the ignored users`},
		{name: "ignored with its domain", change: []swap{{"<member>svc-userid", `<member>corp\SVC-userid`}}},
		{name: "time-out", interim: 45 * time.Minute, code: "timeout-below-interim", status: check.Fail, want: `mappings time out after 45 minutes, and sender "NAC" repeats itself every 45m`},
		{name: "time-out is longer", interim: 44 * time.Minute},
		{name: "no zone", change: []swap{{"<enable-user-identification>yes", "<enable-user-identification>no"}}, code: "no-zone", status: check.Fail, want: "none of the 2 zones"},
		{name: "UDP", change: []swap{{"<address>192.0.2.15</address>", "<address>192.0.2.15</address><connection-type>udp</connection-type>"}, {"udp>yes</disable", "udp>no</disable"}}, code: "udp-sender", status: check.Warn, want: `sender "NAC" uses UDP`},
		{name: "50 senders", change: []swap{{"<server-monitor>", "<server-monitor>" + many(49, sender)}}},
		{name: "51 senders", change: []swap{{"<server-monitor>", "<server-monitor>" + many(50, sender)}}, code: "limits", status: check.Fail, want: "more than 50 syslog senders"},
		{name: "101 servers", change: []swap{{"<server-monitor>", "<server-monitor>" + many(98, server)}}, code: "limits", status: check.Fail, want: "101 servers and senders"},
		{name: "21 profiles", change: []swap{{`<entry name="in"/>`, `<entry name="in"/>` + many(19, `<entry name="p%d"/>`)}}, code: "limits", status: check.Fail, want: `sender "NAC" has 21 profiles`},
		{name: "no NTP", change: []swap{{"<ntp-server-address>192.0.2.123</ntp-server-address>", ""}}, code: "no-ntp", status: check.Fail, want: "no NTP server is set, and Kerberos"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			text := good
			for _, s := range row.change {
				if !strings.Contains(text, s.old) {
					t.Fatalf("%q is not in the file", s.old)
				}
				text = strings.Replace(text, s.old, s.new, 1)
			}
			l := plan.ConfigLint{Config: parseConfig(t, "fw.xml", text), Now: now}
			if !row.now.IsZero() {
				l.Now = row.now
			}
			if row.interim > 0 {
				l.Interim = map[string]time.Duration{"NAC": row.interim}
			}
			findings, _ := lint(t, l)
			if row.code == "" {
				if len(findings) > 0 {
					t.Fatalf("found %+v", findings)
				}
				return
			}
			if len(findings) != 1 {
				t.Fatalf("%d findings, want one: %+v", len(findings), findings)
			}
			r := findings[0]
			if r.Check != plan.ConfigLintID+row.code || r.Status != row.status || !strings.Contains(r.Summary, row.want) {
				t.Errorf("%s %v %q, want %s %v %q", r.Check, r.Status, r.Summary, row.code, row.status, row.want)
			}
			if r.Hint == "" || r.Source == "" || len(r.Places()) == 0 || r.Places()[0].File != "fw.xml" || r.Places()[0].Line < 2 {
				t.Errorf("hint %q, source %q, places %v", r.Hint, r.Source, r.Places())
			}
		})
	}
}

// Every rule has a row above; a good configuration is asked each of them.
func TestConfigRulesAreComplete(t *testing.T) {
	t.Parallel()
	good, now := lintText(t)
	_, all := lint(t, plan.ConfigLint{
		Config: parseConfig(t, "fw.xml", good), Other: parseConfig(t, "peer.xml", good), Now: now, Interim: map[string]time.Duration{"NAC": time.Minute},
	})
	var codes []string
	for _, rule := range plan.ConfigRules() {
		if slices.Contains(codes, rule.Code) || rule.Title.EN == "" || rule.Title.JA == "" || rule.Source == "" || rule.Hint == "" {
			t.Errorf("rule %+v", rule)
		}
		codes = append(codes, rule.Code)
		if r := all[plan.ConfigLintID+rule.Code]; r.Status != check.Pass {
			t.Errorf("%s: %v %s", rule.Code, r.Status, r.Summary)
		}
	}
}

func TestConfigLintComparesTwoUnits(t *testing.T) {
	t.Parallel()
	good, now := lintText(t)
	for _, row := range []struct {
		change swap
		want   string
	}{
		{swap{"-AQ==", "-BR=="}, ""}, // each unit encrypts by itself
		{swap{"<hostname>fw1", "<hostname>fw2"}, ""},
		{swap{`<event-string>stop`, `<event-string>end`}, `parse profile "out" is "event-string=stop`},
		{swap{"<host>dc2.corp", "<host>dc3.corp"}, `server-monitor entry "dc2" is "active-directory dc2.corp.example WinRM-HTTPS", and "active-directory dc3.corp.example WinRM-HTTPS" in peer.xml`},
		{swap{"<member>svc-userid</member>", ""}, `ignored user "svc-userid" is not in peer.xml`},
		{swap{`<entry name="untrust"/>`, `<entry name="untrust"/><entry name="dmz"/>`}, `User-ID of zone "dmz" is only in peer.xml`},
		{swap{`<entry name="vsys1">`, `<entry name="vsys2">`}, `peer.xml has no User-ID agent in "vsys1"`},
	} {
		other := strings.Replace(good, row.change.old, row.change.new, 1)
		findings, _ := lint(t, plan.ConfigLint{Config: parseConfig(t, "fw.xml", good), Other: parseConfig(t, "peer.xml", other), Now: now})
		switch {
		case row.want == "" && len(findings) == 0:
		case len(findings) != 1 || findings[0].Check != "config.differs" || row.want == "" || !strings.Contains(findings[0].Summary, row.want):
			t.Errorf("%q: %+v, want %q", row.change.new, findings, row.want)
		}
	}
}

// A template is not judged by what another one of its stack may hold.
func TestConfigLintOfATemplate(t *testing.T) {
	t.Parallel()
	good, now := lintText(t)
	_, body, _ := strings.Cut(good, "<config ")
	text := `<config><devices><entry name="localhost.localdomain"><template><entry name="branch"><config ` + body + `</entry></template></entry></devices></config>`
	text = strings.Replace(text, "<ntp-server-address>192.0.2.123</ntp-server-address>", "", 1)
	findings, all := lint(t, plan.ConfigLint{Config: parseConfig(t, "panorama.xml", text), Now: now})
	r := all["config.no-ntp"]
	if len(findings) != 0 || r.Skipped != check.Inapplicable || r.Target != "branch vsys1" {
		t.Errorf("findings %+v, %+v", findings, r)
	}
	if _, err := plan.LintConfig(plan.ConfigLint{Config: parseConfig(t, "x.xml", "<config/>")}); err == nil || !strings.Contains(err.Error(), "there is no User-ID agent") {
		t.Errorf("without an agent: %v", err)
	}
}
