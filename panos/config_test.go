package panos

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/credential"
)

func TestParseConfigRequest(t *testing.T) {
	t.Parallel()
	for _, action := range []ConfigAction{ConfigShow, ConfigGet} {
		got, err := ParseConfigRequest(string(action), "/config/shared")
		if err != nil {
			t.Fatal(err)
		}
		diff(t, got, ConfigRequest{action, XPath{Steps: []XPathStep{{Element: "config"}, {Element: "shared"}}}})
	}
	for _, row := range []struct {
		action, xpath string
		code          int
		want          string
	}{
		{"set", "/config", 17, `action "set" is neither show nor get`},
		{"", "/config", 17, `action ""`},
		{"get", "config", 6, `xpath "config": it does not begin with a slash`},
	} {
		got, err := ParseConfigRequest(row.action, row.xpath)
		wantError(t, err, row.want)
		var request *RequestError
		if !errors.As(err, &request) || request.Code != row.code || got.Action != "" {
			t.Errorf("%s %s: %+v, %#v, want code %d", row.action, row.xpath, got, err, row.code)
		}
	}
}

func TestConfigAnswersAreLikeTheSamples(t *testing.T) {
	t.Parallel()
	whole := sample(t, "config-get.xml")
	found, err := response(t, string(whole)).Config(NodeServerMonitor)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, string(AppendConfigAnswer(nil, found))+"\n", string(whole))
	diff(t, string(AppendConfigAnswer(nil, []Element{{Name: "a"}, {Name: "b"}})), `<response status="success" code="19"><result total-count="2" count="2"><a/><b/></result></response>`)
	diff(t, string(AppendConfigAnswer(nil, nil))+"\n", string(sample(t, "not-found.xml")))
	diff(t, string(AppendNoSuchNodeAnswer(nil))+"\n", string(sample(t, "config-no-such-node.xml")))
}

// The whole list of what can be read. None of the places may hold a password or a hash.
func TestNodesThatCanBeRead(t *testing.T) {
	t.Parallel()
	const device = "/config/devices/entry[@name='localhost.localdomain']/"
	const vsys = device + "vsys/entry[@name='vsys2']/"
	const collector = vsys + "user-id-collector/"
	want := map[ConfigNode]string{
		NodeParseProfiles:      collector + "syslog-parse-profile",
		NodeServerMonitor:      collector + "server-monitor",
		NodeNetworks:           collector + "include-exclude-network",
		NodeNetworkSequence:    collector + "include-exclude-network-sequence",
		NodeIgnoredUsers:       collector + "ignore-user",
		NodeServiceProfile:     collector + "setting/syslog-service-profile",
		NodeEnableTimeout:      collector + "setting/enable-mapping-timeout",
		NodeTimeout:            collector + "setting/ip-user-mapping-timeout",
		NodePredefinedProfiles: "/config/predefined/user-id-collector/syslog-parse-profile",
		NodeInterfaceProfiles:  device + "network/profiles/interface-management-profile",
		NodeManagementServices: device + "deviceconfig/system/service",
		NodeManagementSources:  device + "deviceconfig/system/permitted-ip",

		NodeAccount:                collector + "setting/wmi-account",
		NodeDomain:                 collector + "setting/domain-name",
		NodeKerberosProfile:        collector + "setting/server-profile",
		NodeConnectionSecurity:     vsys + "user-id-ssl-auth",
		NodeZones:                  vsys + "zone",
		NodeKerberosServers:        vsys + "server-profile/kerberos",
		NodeSharedKerberosServers:  "/config/shared/server-profile/kerberos",
		NodeCertificateProfiles:    vsys + "certificate-profile",
		NodeSharedCertificates:     "/config/shared/certificate-profile",
		NodeServiceProfiles:        vsys + "ssl-tls-service-profile",
		NodeSharedServiceProfiles:  "/config/shared/ssl-tls-service-profile",
		NodeSharedParseProfiles:    "/config/shared/user-id-collector/syslog-parse-profile",
		NodeHostname:               device + "deviceconfig/system/hostname",
		NodeManagementAddress:      device + "deviceconfig/system/ip-address",
		NodeServiceRoutes:          device + "deviceconfig/system/route",
		NodeDNS:                    device + "deviceconfig/system/dns-setting",
		NodePrimaryNTP:             device + "deviceconfig/system/ntp-servers/primary-ntp-server/ntp-server-address",
		NodeSecondaryNTP:           device + "deviceconfig/system/ntp-servers/secondary-ntp-server/ntp-server-address",
		NodeHighAvailability:       device + "deviceconfig/high-availability/enabled",
		NodeHighAvailabilityPeerIP: device + "deviceconfig/high-availability/group/peer-ip",
	}
	got := map[ConfigNode]string{}
	for node := range configPaths {
		path, err := node.XPath("vsys2")
		if err != nil {
			t.Fatal(err)
		}
		got[node] = path
		if _, err := ParseXPath(path); err != nil {
			t.Error(err)
		}
	}
	diff(t, got, want)
	if path, err := NodeTimeout.XPath(""); err != nil || !strings.Contains(path, "[@name='vsys1']") {
		t.Errorf("without a vsys: %q, %v", path, err)
	}
	_, err := ConfigNode("setting").XPath("vsys1")
	wantError(t, err, `node "setting" is not one that may be read`)
	_, err = NodeTimeout.XPath("vsys1'] | /config")
	wantError(t, err, "is not of the form vsys1")
}

func TestClientReadsTheConfiguration(t *testing.T) {
	t.Parallel()
	entry := []Element{{Name: "server-monitor", Attributes: []Attribute{{"admin", "admin"}, {"dirtyId", "4"}, {"time", "2026/11/23 15:32:36"}},
		Children: []Element{{Name: "entry", Attributes: []Attribute{{"name", "ISE one"}},
			Children: []Element{{Name: "syslog", Children: []Element{{Name: "address", Text: "192.0.2.15"}, {Name: "connection-type", Text: "udp"}}}}}}}}
	odd := strings.NewReplacer(`status="success" code="19"`, "status = 'success' code = '19'").Replace(string(sample(t, "config-get.xml")))
	for _, row := range []struct {
		name, answer string
		want         []Element
	}{
		{"there", string(sample(t, "config-get.xml")), entry},
		{"odd quotes", odd, entry},
		{"not present", string(sample(t, "not-found.xml")), nil},
		{"no such node", string(sample(t, "config-no-such-node.xml")), nil},
		{"empty result", success(""), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t, xmlAnswer([]byte(row.answer)))
			var seen []Exchange
			c := server.client(t, func(config *ClientConfig) {
				config.VSys, config.Target = "vsys3", "0123456789"
				config.Observe = func(e Exchange) { seen = append(seen, e) }
			})
			got, err := c.Config(t.Context(), ConfigShow, NodeServerMonitor)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
			path, err := NodeServerMonitor.XPath("vsys3")
			if err != nil {
				t.Fatal(err)
			}
			diff(t, server.all()[0].form, url.Values{"type": {"config"}, "action": {"show"}, "xpath": {path}, "target": {"0123456789"}})
			diff(t, seen, []Exchange{{"config show " + path, 200, row.answer, nil}})
		})
	}
}

func TestClientConfigFails(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, answer, want string }{
		{"another node", success("<phash>x</phash>"), `expected "server-monitor", found "phash"`},
		{"text", success("words"), `expected "server-monitor", found text`},
		{"role", `<response status="unauth" code="16"/>`, "role of the API user"},
		{"a code with those words", string(AppendErrorAnswer(nil, ErrorInMsg, 13, NoSuchNode)), "error code 13"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newAPI(t, xmlAnswer([]byte(row.answer))).client(t)
			got, err := c.Config(t.Context(), ConfigGet, NodeServerMonitor)
			wantError(t, err, c.Host()+": config get /config/", row.want)
			diff(t, got, []Element(nil))
		})
	}
	server := newAPI(t, xmlAnswer(sample(t, "config-get.xml")))
	for name, ask := range map[string]func() error{
		"node":   func() error { _, err := server.client(t).Config(t.Context(), ConfigShow, "setting"); return err },
		"action": func() error { _, err := server.client(t).Config(t.Context(), "set", NodeTimeout); return err },
		"vsys": func() error {
			c := server.client(t, func(config *ClientConfig) { config.VSys = "shared" })
			_, err := c.Config(t.Context(), ConfigShow, NodeTimeout)
			return err
		},
		"key": func() error {
			c := server.client(t, func(config *ClientConfig) { config.Key = credential.Secret{} })
			_, err := c.Config(t.Context(), ConfigShow, NodeTimeout)
			return err
		},
	} {
		if err := ask(); err == nil || len(server.all()) != 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(server.all()))
		}
	}
}
