package plan_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/sender"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// draft makes a site file and reads it back, with its files beside it.
func draft(t *testing.T, o plan.Origin) (plan.Draft, *plan.Site) {
	t.Helper()
	o.Source, o.Prefix = "running.xml", "site-"
	d, err := plan.From(o)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range append(d.Files, plan.DraftFile{Name: "site.yaml", Data: d.Site}) {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	site, err := plan.Load(filepath.Join(dir, "site.yaml"))
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Site)
	}
	return d, site
}

func TestFromCoversWhatUserIDIsMadeOf(t *testing.T) {
	t.Parallel()
	text, _ := lintText(t)
	d, site := draft(t, plan.Origin{Config: parseConfig(t, "running.xml", text)})
	if len(d.Left) != 0 || len(site.Firewalls) != 1 || site.Spends() != true {
		t.Fatalf("left %q, %d firewalls", d.Left, len(site.Firewalls))
	}
	fw := site.Firewalls[0]
	if fw.Name != "fw1" || fw.Version != "11.1.4" || fw.API.URL != "https://203.0.113.1:443/api/" || fw.API.Key.Env != "UIDPROBE_FW1_KEY" {
		t.Errorf("firewall %q %q, API %+v", fw.Name, fw.Version, fw.API)
	}
	s := fw.Senders[0]
	if s.Name != "NAC" || s.To.String() != "tls://203.0.113.1:6514" || s.From.String() != "192.0.2.15" || len(s.Profiles) != 2 ||
		s.Profiles[0].Event != panos.Login || s.Profiles[1].Event != panos.Logout || s.Profiles[1].Profile.Field.EventString != "stop" {
		t.Errorf("sender %+v", s)
	}
	m := fw.Monitoring
	if m.Account != `CORP\svc-userid` || m.Realm != "corp.example" || m.Domains["CORP"] != "corp.example" || m.Password.Env != "UIDPROBE_SVC_PASSWORD" ||
		len(m.KDCs) != 1 || m.KDCs[0] != (plan.Endpoint{Host: "dc1.corp.example", Port: 88}) {
		t.Errorf("monitoring %+v", m)
	}
	if len(m.Servers) != 2 || m.Servers[0].Transport != plan.TransportHTTP || m.Servers[1].Host != "dc2.corp.example" ||
		filepath.Base(m.Servers[1].CertificateProfile) != "site-server-ca.pem" || m.Servers[1].Authentication != plan.Kerberos {
		t.Errorf("servers %+v", m.Servers)
	}
	for _, secret := range []string{"-AQ==", "wmi-password"} {
		if strings.Contains(string(d.Site), secret) {
			t.Errorf("%q is in the site file", secret)
		}
	}
}

// What the site file cannot say is left out, and told.
func TestFromTellsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	good, _ := lintText(t)
	const http = `<entry name="dc1"><active-directory>`
	for _, row := range []struct {
		name   string
		change swap
		here   string
		want   string
	}{
		{"eDirectory", swap{http, `<entry name="ed1"><e-directory/></entry>` + http}, "", `server "ed1": uidprobe does not read Novell eDirectory servers`},
		{"Exchange", swap{http, `<entry name="ex1"><exchange/></entry>` + http}, "", `server "ex1": uidprobe does not read Microsoft Exchange servers`},
		{"disabled", swap{http, `<entry name="dc1"><disabled>yes</disabled><active-directory>`}, "", `server "dc1": it is disabled`},
		{"twice", swap{"dc2.corp.example", "DC1.corp.example"}, "", `server "dc2": "dc1" has the same network address`},
		{"variable", swap{"dc2.corp.example", "$dc2"}, "", `server "dc2": its network address "$dc2"`},
		{"no account", swap{`<wmi-account>CORP\svc-userid</wmi-account>`, ""}, "", "the monitored servers: the Server Monitor Account has no user name"},
		{"no realm", swap{"<domain-name>corp.example</domain-name>", ""}, "", "the Server Monitor Account has no Domain's DNS Name"},
		{"profile elsewhere", swap{`<entry name="krb"><server>`, `<entry name="other"><server>`}, "", `the Kerberos Server Profile "krb" is not in the file`},
		{"HTTP without Kerberos", swap{"<server-profile>krb</server-profile>", ""}, "", `server "dc1": WinRM-HTTP wants a Kerberos Server Profile`},
		{"other host", swap{}, "192.0.2.99", `sender "NAC": 192.0.2.15 is not an address of this host`},
		{"other family", swap{"<address>192.0.2.15", "<address>2001:db8::15"}, "", `sender "NAC": 2001:db8::15 and the listener's 203.0.113.1 are of different address families`},
		{"same origin", swap{http, `<entry name="NAC2"><syslog><address>192.0.2.15</address><syslog-parse-profile><entry name="in"/></syslog-parse-profile></syslog></entry>` + http}, "", `sender "NAC2": the firewall cannot tell it from "NAC"`},
		{"predefined", swap{`<entry name="in"/>`, `<entry name="in"/><entry name="Cisco ASA"/>`}, "", `profile "Cisco ASA" is not in the file`},
		{"line break", swap{http, "<entry name=\"x&#10;  evil: true\"><e-directory/></entry>" + http}, "", `server "x\n  evil: true": uidprobe does not read`},
		{"included networks", swap{"<ignore-user>", `<include-exclude-network><entry name="n"><discovery>include</discovery><network-address>192.0.2.0/24</network-address></entry></include-exclude-network><ignore-user>`}, "",
			"vsys1: the firewall keeps no mapping of 198.51.100.0/24, which the test uses: reserve addresses with --addresses"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(good, row.change.old) {
				t.Fatalf("%q is not in the file", row.change.old)
			}
			o := plan.Origin{Config: parseConfig(t, "running.xml", strings.Replace(good, row.change.old, row.change.new, 1))}
			if row.here != "" {
				o.Here = func(a netip.Addr) bool { return a.String() == row.here }
			}
			d, _ := draft(t, o)
			if len(d.Left) != 1 || !strings.Contains(d.Left[0], row.want) {
				t.Errorf("left %q, want %q", d.Left, row.want)
			}
			if !strings.Contains(string(d.Site), "# Not covered: "+d.Left[0]) {
				t.Errorf("it does not stand in the file:\n%s", d.Site)
			}
		})
	}
}

// Basic alone: no Kerberos Server Profile, and every server over HTTPS.
func TestFromOfServersReadWithBasic(t *testing.T) {
	t.Parallel()
	good, _ := lintText(t)
	text := strings.NewReplacer("<server-profile>krb</server-profile>", "", "<type>WinRM-HTTP</type>", "<type>WinRM-HTTPS</type>").Replace(good)
	_, site := draft(t, plan.Origin{Config: parseConfig(t, "running.xml", text)})
	for _, s := range site.Firewalls[0].Monitoring.Servers {
		if s.Authentication != plan.Basic || s.Transport != plan.TransportHTTPS {
			t.Errorf("server %+v", s)
		}
	}
}

func TestFromSeveralVirtualSystems(t *testing.T) {
	t.Parallel()
	good, _ := lintText(t)
	_, rest, _ := strings.Cut(good, `<entry name="vsys1">`)
	second, _, _ := strings.Cut(rest, `</entry></vsys>`)
	both := strings.Replace(good, "</entry></vsys>", `</entry><entry name="vsys2">`+strings.Replace(second, "192.0.2.15", "192.0.2.16", 1)+"</entry></vsys>", 1)
	d, site := draft(t, plan.Origin{Config: parseConfig(t, "running.xml", both)})
	if len(site.Firewalls) != 2 || site.Firewalls[0].Name != "fw1-vsys1" || site.Firewalls[1].Name != "fw1-vsys2" || site.Firewalls[1].API.VSys != "vsys2" || d.Left != nil {
		t.Errorf("firewalls %+v, left %q", site.Firewalls, d.Left)
	}
	_, site = draft(t, plan.Origin{Config: parseConfig(t, "running.xml", both), VSys: "vsys2"})
	if len(site.Firewalls) != 1 || site.Firewalls[0].Senders[0].From.String() != "192.0.2.16" {
		t.Errorf("vsys2 alone: %+v", site.Firewalls)
	}
	i := strings.LastIndex(both, "<event-string>start")
	_, err := plan.From(plan.Origin{Config: parseConfig(t, "running.xml", both[:i]+strings.Replace(both[i:], "start", "begin", 1))})
	if err == nil || !strings.Contains(err.Error(), `different profiles "in"; choose one with --vsys`) {
		t.Errorf("two profiles of one name: %v", err)
	}
}

// A template of Panorama says neither where the API nor where the listener is.
func TestFromATemplate(t *testing.T) {
	t.Parallel()
	good, _ := lintText(t)
	_, body, _ := strings.Cut(good, "<config ")
	body = strings.Replace(body, "<ip-address>203.0.113.1</ip-address>", "", 1)
	text := `<config><devices><entry name="localhost.localdomain"><template><entry name="branch"><config ` + body + `</entry></template></entry></devices></config>`
	d, site := draft(t, plan.Origin{Config: parseConfig(t, "panorama.xml", text)})
	if len(d.Left) != 1 || !strings.Contains(d.Left[0], "where the listener is reached is not in the file; give --to") || site.Firewalls[0].Senders != nil || site.Firewalls[0].Monitoring == nil {
		t.Errorf("left %q, %+v", d.Left, site.Firewalls[0])
	}
	d, site = draft(t, plan.Origin{
		Config: parseConfig(t, "panorama.xml", text), Template: "branch", API: "https://fw1.corp.example",
		To: []sender.Destination{{Scheme: sender.TLS, Host: "192.0.2.1", Port: 7514}},
	})
	if d.Left != nil || site.Firewalls[0].Senders[0].To.Port != 7514 || len(site.Firewalls[0].Senders[0].Profiles) != 2 {
		t.Errorf("left %q, %+v", d.Left, site.Firewalls[0])
	}
	if _, err := plan.From(plan.Origin{Config: parseConfig(t, "panorama.xml", text), Template: "other"}); !errors.Is(err, plan.ErrNothingToCheck) {
		t.Errorf("another template: %v", err)
	}
}

// Whatever a configuration holds, the site file is one that can be read, or says what to edit; it holds no
// key that the configuration brought in.
func FuzzFrom(f *testing.F) {
	text, err := os.ReadFile("testdata/lint.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`CORP\svc-userid`, "dc1.corp.example", "NAC", "192.0.2.15", "user=")
	f.Add("x\ny: z", "a'b", "'", "::1", "\u2028")
	f.Add("#", "$v", "- {", "0.0.0.0", "$")
	f.Fuzz(func(t *testing.T, account, host, name, address, prefix string) {
		document, err := panos.ParseElement(text)
		if err != nil {
			t.Fatal(err)
		}
		change(&document, map[string]string{"wmi-account": account, "host": host, "address": address, "username-prefix": prefix}, name)
		config, err := panos.ParseConfig("fuzz.xml", document.AppendConfigXML(nil))
		if err != nil {
			return
		}
		d, err := plan.From(plan.Origin{Config: config, Source: name, Prefix: "site-", API: "https://192.0.2.1"})
		if err != nil {
			return
		}
		_, err = plan.Parse("site.yaml", d.Site)
		var problems strictyaml.Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("%v\n%s", err, d.Site)
		}
		for _, p := range problems {
			// The file of profiles is not written here. A value may be wrong; the form of the file is not.
			if !strings.HasPrefix(p.Message, "profile_files[0]: there is no file") && !strings.HasPrefix(p.Message, "firewalls[0].") {
				t.Errorf("%+v\n%s", p, d.Site)
			}
		}
	})
}

// change puts texts into the elements of those names, and a name into every entry named NAC.
func change(e *panos.Element, texts map[string]string, name string) {
	if text, ok := texts[e.Name]; ok && len(e.Children) == 0 {
		e.Text = text
	}
	for i, a := range e.Attributes {
		if a.Value == "NAC" {
			e.Attributes[i].Value = name
		}
	}
	for i := range e.Children {
		change(&e.Children[i], texts, name)
	}
}
