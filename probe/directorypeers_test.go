package probe_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/peers"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
)

// atSamba is a log-in of an account at a real domain controller, which DNS knows by its name.
func atSamba(t *testing.T, d *peers.SambaDC, name string, hosts ...string) probe.Monitoring {
	t.Helper()
	s, err := dns.Start(t.Context(), dns.Config{Records: dns.Controller("corp.example", server, d.KDC.Addr(), d.KDC.Port())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	m := monitoring(t, peers.Password)
	m.Account = `CORP\` + name
	m.KDCs = []probe.Endpoint{{Host: server, Port: d.KDC.Port()}}
	m.Resolvers = []netip.AddrPort{s.Addr()}
	m.Directory = probe.DirectoryAccess{}
	m.Servers = nil
	for _, host := range append([]string{server}, hosts...) {
		m.Servers = append(m.Servers, probe.MonitoredServer{Name: host, Host: host, Transport: "winrm-http"})
	}
	return m
}

func TestDirectoryOfSamba(t *testing.T) {
	t.Parallel()
	d := peers.Samba(t)
	// A domain of Samba 4.17 has no Remote Management Users, so that these are monitored over WMI.
	wanted := []string{"Event Log Readers", "Distributed COM Users"}
	join := func(t *testing.T, name string, groups ...string) {
		for _, group := range groups {
			d.Tool(t, "group", "addmembers", group, name)
		}
	}
	for _, row := range []struct {
		name    string
		prepare func(t *testing.T, name string)
		hosts   []string
		check   string // the one that is looked at
		status  check.Status
		symptom string
		says    string
	}{
		{"in the groups", func(t *testing.T, name string) { join(t, name, wanted...) }, nil, "directory.groups", check.Pass, "", "in the groups that monitoring needs"},
		{"in no group", func(*testing.T, string) {}, nil, "directory.groups", check.Fail, "", "not in Event Log Readers"},
		{"in the groups through another one", func(t *testing.T, name string) {
			through := "through-" + name
			d.Tool(t, "group", "add", through)
			join(t, through, wanted...)
			join(t, name, through)
		}, nil, "directory.groups", check.Pass, "", ""},
		{"server operators", func(t *testing.T, name string) { join(t, name, append(wanted, "Server Operators")...) }, nil, "directory.groups", check.Warn, "", "more than log monitoring needs"},
		{"domain admin", func(t *testing.T, name string) { join(t, name, "Domain Admins") }, nil, "directory.groups", check.Warn, "", "Domain Admins"},
		{"the password never expires", func(t *testing.T, name string) { d.Set(t, name, "userAccountControl", fmt.Sprint(0x10200)) }, nil, "directory.password", check.Pass, "", "does not expire"},
		{"AES alone", func(t *testing.T, name string) { d.Set(t, name, "msDS-SupportedEncryptionTypes", "24") }, nil, "directory.etypes", check.Pass, "", "AES is allowed"},
		{"the name of the server", func(*testing.T, string) {}, nil, "directory.names", check.Pass, "", "each of 1 names"},
		{"a name that nobody has", func(*testing.T, string) {}, []string{"nobody.corp.example"}, "directory.names", check.Fail, "kerberos.service-unknown", "nobody in the domain"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			name := d.Spare(t)
			row.prepare(t, name)
			m := atSamba(t, d, name, row.hosts...)
			if row.check == "directory.groups" {
				m.Servers[0].Transport = "wmi"
			}
			results := logIn(t, m, check.Clocks{})
			if r := of(t, results, "directory.bind"); r.Status != check.Pass || !strings.Contains(r.Summary, "CN="+name) {
				t.Fatalf("bind: %v: %s\n%s", r.Status, r.Summary, texts(results))
			}
			r := of(t, results, row.check)
			if r.Status != row.status || r.Symptom != row.symptom || !strings.Contains(r.Summary, row.says) {
				t.Errorf("%v %q: %s; want %v %q with %q", r.Status, r.Symptom, r.Summary, row.status, row.symptom, row.says)
			}
			if r.Symptom == "kerberos.service-unknown" && (r.CausedBy == nil || r.CausedBy.Check != "kerberos.service") {
				t.Errorf("the service's own check failed as well, and the cause is %v", r.CausedBy)
			}
			if n := d.BadPasswords(t, name); n != 0 {
				t.Errorf("%d wrong passwords were counted", n)
			}
		})
	}
}

// A domain controller that gives no ticket for its directory is no trouble of the firewall's.
func TestDirectoryThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*dc.Config)
		says   string
	}{
		{"no ticket", nil, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
		{"nothing listens", func(c *dc.Config) { c.Services = append(c.Services, "ldap/"+server) }, "refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m, _ := byName(t, domain(t, row.change))
			m.Directory = probe.DirectoryAccess{Port: 1} // nothing but root may listen there
			results := logIn(t, m, check.Clocks{})
			if r := of(t, results, "directory.bind"); r.Status != check.Skip || r.Skipped != check.Inapplicable || !strings.Contains(r.Summary, row.says) {
				t.Errorf("bind: %v %v: %s; want a skip with %q", r.Status, r.Skipped, r.Summary, row.says)
			}
			if r := of(t, results, "directory.groups"); r.Status != check.Skip || r.Skipped != check.Inapplicable {
				t.Errorf("groups: %v %v: %s", r.Status, r.Skipped, r.Summary)
			}
			if found := causes(results); found != nil {
				t.Errorf("the causes are %s", texts(found))
			}
		})
	}
}
