package firewall

import (
	"bytes"
	"flag"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// full is a configuration that says something of everything.
func full(c *Config) {
	withKey(c)
	c.ManagementInterface.Permitted = prefixes("0.0.0.0/0", "127.0.0.1/32")
	c.DataplaneInterface.Permitted = prefixes("192.0.2.0/24")
	c.MappingTimeout = 90 * time.Minute
	c.IgnoreUsers = []string{"svc-backup", `corp\svc-scan`}
	c.Networks = []Network{{Name: "campus", Prefix: netip.MustParsePrefix("198.51.100.0/24")}, {Prefix: netip.MustParsePrefix("203.0.113.0/24"), Exclude: true}}
	c.Senders[1].VSys = "vsys2"
	c.Senders[1].Profiles = []profile.Attachment{{Profile: profile.Profile{
		Name: "vpn.co", Description: "a <regex>", Regex: &profile.RegexIdentifier{
			EventRegex: `login\ (ok|done)`, UsernameRegex: `user=(\S+)`, AddressRegex: `ip=(\S+)`,
		},
	}}}
	c.Senders = append(c.Senders, Sender{Name: "off", Address: loopback.Next(), Disabled: true})
}

// pretty puts each element on a line of its own.
func pretty(e panos.Element) []byte {
	text := bytes.ReplaceAll(e.AppendXML(nil), []byte("><"), []byte(">\n<"))
	return append(text, '\n')
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		golden string
		change func(*Config)
		faults []string
	}{
		{"default", nil, nil},
		{"full", full, nil},
		{"faults", full, []string{
			FaultServiceDisabled, FaultEntryDisabled, FaultWrongTransport, FaultWrongVSys, FaultDomainOverride, FaultWrongEventType, FaultNetworkExcluded,
		}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			t.Parallel()
			fw := start(t, test.change)
			for _, id := range test.faults {
				startFault(t, fw, id, nil)
			}
			got := pretty(fw.Configuration())
			golden := filepath.Join("testdata", "configuration-"+test.golden+".xml")
			if *update {
				writeFile(t, golden, got)
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
				t.Errorf("configuration\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// The listeners on the data plane, and a timeout that is switched off.
func TestConfigurationOfTheDataplane(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) {
		c.ListenOn, c.DataplaneInterface.DisableSSL, c.MappingTimeout = Dataplane, true, panos.Never
	})
	got := string(pretty(fw.Configuration()))
	for _, want := range []string{
		"<userid-syslog-listener-udp>yes</userid-syslog-listener-udp>\n<userid-syslog-listener-ssl>no</userid-syslog-listener-ssl>\n</entry>",
		"<disable-userid-syslog-listener-udp>yes</disable-userid-syslog-listener-udp>\n<disable-userid-syslog-listener-ssl>yes</",
		"<enable-mapping-timeout>no</enable-mapping-timeout>\n<syslog-service-profile>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nis not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "permitted-ip") {
		t.Errorf("a list of permitted addresses in\n%s", got)
	}
}

func TestReadConfig(t *testing.T) {
	t.Parallel()
	fw := start(t, full)
	const device = "/config/devices/entry[@name='localhost.localdomain']"
	const collector = device + "/vsys/entry[@name='vsys1']/user-id-collector"
	counted := func(n, inner string) string {
		return `<response status="success" code="19"><result total-count="` + n + `" count="` + n + `">` + inner + `</result></response>`
	}
	const absent = `<response status="success" code="7"><result/></response>`
	for _, test := range []struct {
		name, action, xpath string
		want                string
		code                int
	}{
		{"ignored users", "get", collector + "/ignore-user",
			counted("1", `<ignore-user><member>svc-backup</member><member>corp\svc-scan</member></ignore-user>`), 19},
		{"shown", "show", collector + "/setting/ip-user-mapping-timeout",
			counted("1", `<ip-user-mapping-timeout>90</ip-user-mapping-timeout>`), 19},
		{"one entry", "get", collector + "/server-monitor/entry[@name='lab udp']/syslog/connection-type",
			counted("1", `<connection-type>udp</connection-type>`), 19},
		{"of each entry", "get", collector + "/server-monitor/entry/disabled",
			counted("2", `<disabled>no</disabled><disabled>yes</disabled>`), 19},
		{"names", "get", device + "/vsys/entry/@name", counted("2", `<entry name="vsys1"/><entry name="vsys2"/>`), 19},
		{"permitted addresses", "get", device + "/deviceconfig/system/permitted-ip",
			counted("1", `<permitted-ip><entry name="0.0.0.0/0"/><entry name="127.0.0.1"/></permitted-ip>`), 19},
		{"not there", "get", collector + "/no-such-node", absent, 7},
		{"another vsys", "get", device + "/vsys/entry[@name='vsys9']/user-id-collector", absent, 7},
		{"predefined", "get", "/config/predefined/user-id-collector/syslog-parse-profile", absent, 7},
		{"not there, shown", "show", collector + "/no-such-node", `<response status="error"><msg><line>No such node</line></msg></response>`, 0},
		{"path that is none", "get", "config", `<response status="error" code="6"><msg><line>`, 6},
		{"no path", "get", "", `code="6"`, 6},
		{"action that writes", "set", collector, `<response status="error" code="17"><msg><line>`, 17},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			form := url.Values{"type": {"config"}, "action": {test.action}, "xpath": {test.xpath}}
			if status, body := ask(t, fw, "POST", "/api/", form, keyHeader); status != 200 || !strings.Contains(body, test.want) {
				t.Errorf("%d %s, want\n%s", status, body, test.want)
			}
			if status, _ := ask(t, fw, "POST", "/api/", form, nil); status != 403 {
				t.Errorf("%d without a key", status)
			}
		})
	}
	t.Cleanup(func() {
		codes := map[int]int{}
		for _, e := range fw.Record().Since(0) {
			if e.Kind == KindRequest {
				codes[e.Fields["code"].(int)]++
			}
		}
		if codes[19] != 6 || codes[7] != 3 || codes[6] != 2 || codes[17] != 1 || codes[0] != 1 {
			t.Errorf("recorded codes %v", codes)
		}
	})
}

// The client of this module reads every node that it knows.
func TestClientReadsTheConfiguration(t *testing.T) {
	t.Parallel()
	fw := start(t, full)
	client, err := panos.NewClient(panos.ClientConfig{URL: "https://" + fw.APIAddr().String(), Key: fw.APIKey(), TLS: clientTLS(fw)})
	if err != nil {
		t.Fatal(err)
	}
	for node, want := range map[panos.ConfigNode]bool{
		panos.NodeParseProfiles: true, panos.NodeServerMonitor: true, panos.NodeNetworks: true, panos.NodeNetworkSequence: true,
		panos.NodeIgnoredUsers: true, panos.NodeServiceProfile: true, panos.NodeEnableTimeout: true, panos.NodeTimeout: true,
		panos.NodePredefinedProfiles: false, panos.NodeInterfaceProfiles: true, panos.NodeManagementServices: true, panos.NodeManagementSources: true,
	} {
		for _, action := range []panos.ConfigAction{panos.ConfigGet, panos.ConfigShow} {
			found, err := client.Config(within(t), action, node)
			if err != nil || (len(found) == 1) != want {
				t.Errorf("%s %s: %+v, %v", action, node, found, err)
			}
		}
	}
}
