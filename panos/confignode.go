package panos

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/uidprobe/uidprobe/credential"
)

// ConfigNode is a place in the configuration that the client may read. None of them holds a
// password, a key or a hash: the settings of user-id-collector are therefore read one by
// one.
type ConfigNode string

// The nodes. Those of the virtual system are under user-id-collector.
const (
	NodeParseProfiles      ConfigNode = "syslog-parse-profile"
	NodeServerMonitor      ConfigNode = "server-monitor"
	NodeNetworks           ConfigNode = "include-exclude-network"
	NodeNetworkSequence    ConfigNode = "include-exclude-network-sequence"
	NodeIgnoredUsers       ConfigNode = "ignore-user"
	NodeServiceProfile     ConfigNode = "setting/syslog-service-profile"
	NodeEnableTimeout      ConfigNode = "setting/enable-mapping-timeout"
	NodeTimeout            ConfigNode = "setting/ip-user-mapping-timeout"
	NodePredefinedProfiles ConfigNode = "predefined/syslog-parse-profile"
	NodeInterfaceProfiles  ConfigNode = "interface-management-profile"
	NodeManagementServices ConfigNode = "deviceconfig/system/service"
	NodeManagementSources  ConfigNode = "deviceconfig/system/permitted-ip"

	NodeAccount                ConfigNode = "setting/wmi-account"
	NodeDomain                 ConfigNode = "setting/domain-name"
	NodeKerberosProfile        ConfigNode = "setting/server-profile"
	NodeConnectionSecurity     ConfigNode = "vsys/user-id-ssl-auth"
	NodeZones                  ConfigNode = "vsys/zone"
	NodeKerberosServers        ConfigNode = "vsys/kerberos"
	NodeSharedKerberosServers  ConfigNode = "shared/kerberos"
	NodeCertificateProfiles    ConfigNode = "vsys/certificate-profile"
	NodeSharedCertificates     ConfigNode = "shared/certificate-profile"
	NodeServiceProfiles        ConfigNode = "vsys/ssl-tls-service-profile"
	NodeSharedServiceProfiles  ConfigNode = "shared/ssl-tls-service-profile"
	NodeSharedParseProfiles    ConfigNode = "shared/syslog-parse-profile"
	NodeHostname               ConfigNode = "deviceconfig/system/hostname"
	NodeManagementAddress      ConfigNode = "deviceconfig/system/ip-address"
	NodeServiceRoutes          ConfigNode = "deviceconfig/system/route"
	NodeDNS                    ConfigNode = "deviceconfig/system/dns-setting"
	NodePrimaryNTP             ConfigNode = "primary/ntp-server-address"
	NodeSecondaryNTP           ConfigNode = "secondary/ntp-server-address"
	NodeHighAvailability       ConfigNode = "deviceconfig/high-availability/enabled"
	NodeHighAvailabilityPeerIP ConfigNode = "deviceconfig/high-availability/group/peer-ip"
)

const (
	configDevice    = "/config/devices/entry[@name='localhost.localdomain']/"
	configCollector = "/user-id-collector/"
	configVSys      = configDevice + "vsys/entry[@name='VSYS']/"
	configShared    = "/config/shared/"
)

// configPaths has the whole path of each node; VSYS stands for the virtual system.
var configPaths = map[ConfigNode]string{
	NodeParseProfiles:      collectorPath(NodeParseProfiles),
	NodeServerMonitor:      collectorPath(NodeServerMonitor),
	NodeNetworks:           collectorPath(NodeNetworks),
	NodeNetworkSequence:    collectorPath(NodeNetworkSequence),
	NodeIgnoredUsers:       collectorPath(NodeIgnoredUsers),
	NodeServiceProfile:     collectorPath(NodeServiceProfile),
	NodeEnableTimeout:      collectorPath(NodeEnableTimeout),
	NodeTimeout:            collectorPath(NodeTimeout),
	NodePredefinedProfiles: "/config/predefined/user-id-collector/syslog-parse-profile",
	NodeInterfaceProfiles:  configDevice + "network/profiles/interface-management-profile",
	NodeManagementServices: configDevice + "deviceconfig/system/service",
	NodeManagementSources:  configDevice + "deviceconfig/system/permitted-ip",

	NodeAccount:                collectorPath(NodeAccount),
	NodeDomain:                 collectorPath(NodeDomain),
	NodeKerberosProfile:        collectorPath(NodeKerberosProfile),
	NodeConnectionSecurity:     configVSys + "user-id-ssl-auth",
	NodeZones:                  configVSys + "zone",
	NodeKerberosServers:        configVSys + "server-profile/kerberos",
	NodeSharedKerberosServers:  configShared + "server-profile/kerberos",
	NodeCertificateProfiles:    configVSys + "certificate-profile",
	NodeSharedCertificates:     configShared + "certificate-profile",
	NodeServiceProfiles:        configVSys + "ssl-tls-service-profile",
	NodeSharedServiceProfiles:  configShared + "ssl-tls-service-profile",
	NodeSharedParseProfiles:    configShared + "user-id-collector/syslog-parse-profile",
	NodeHostname:               configDevice + "deviceconfig/system/hostname",
	NodeManagementAddress:      configDevice + "deviceconfig/system/ip-address",
	NodeServiceRoutes:          configDevice + "deviceconfig/system/route",
	NodeDNS:                    configDevice + "deviceconfig/system/dns-setting",
	NodePrimaryNTP:             configDevice + "deviceconfig/system/ntp-servers/primary-ntp-server/ntp-server-address",
	NodeSecondaryNTP:           configDevice + "deviceconfig/system/ntp-servers/secondary-ntp-server/ntp-server-address",
	NodeHighAvailability:       configDevice + "deviceconfig/high-availability/enabled",
	NodeHighAvailabilityPeerIP: configDevice + "deviceconfig/high-availability/group/peer-ip",
}

func collectorPath(node ConfigNode) string {
	return configDevice + "vsys/entry[@name='VSYS']" + configCollector + string(node)
}

// XPath is the path of the node, in that virtual system if it has one; empty means vsys1. A
// node that is none of the constants is an error, and so is a vsys that is not of the form
// vsys1.
func (n ConfigNode) XPath(vsys string) (string, error) {
	path, ok := configPaths[n]
	if vsys == "" {
		vsys = "vsys1"
	}
	switch {
	case !ok:
		return "", fmt.Errorf("configuration node %q is not one that may be read", clip(string(n), 60))
	case !isVSys(vsys):
		return "", fmt.Errorf("vsys %q is not of the form vsys1", clip(vsys, 60))
	}
	return strings.Replace(path, "VSYS", vsys, 1), nil
}

// Config reads a node of the configuration, in the client's virtual system. Nil means that
// it is not there: the firewall's default holds. What a manager has pushed by template may
// be missing from the answer.
func (c *Client) Config(ctx context.Context, action ConfigAction, node ConfigNode) (found []Element, err error) {
	path, err := node.XPath(c.vsys)
	if err != nil {
		return nil, err
	}
	return c.configAt(ctx, action, path)
}

// configAt reads what stands at a path that this package has made.
func (c *Client) configAt(ctx context.Context, action ConfigAction, path string) (found []Element, err error) {
	switch {
	case action != ConfigShow && action != ConfigGet:
		return nil, fmt.Errorf("configuration action %q is not one that may be sent", clip(string(action), 40))
	case c.key.Empty():
		return nil, errors.New("there is no API key to ask with")
	}
	form := url.Values{"type": {"config"}, "action": {string(action)}, "xpath": {path}}
	if c.target != "" {
		form.Set("target", c.target)
	}
	err = c.ask(ctx, request{
		command:     "config " + string(action) + " " + path,
		form:        form,
		key:         c.key,
		secrets:     []credential.Secret{c.key},
		mayBeAbsent: true,
		config:      true,
	}, func(r Response) error {
		found, err = r.Config(ConfigNode(path))
		return err
	})
	return found, err
}

// noSuchNode says whether the answer is how "show" tells that nothing is there.
func (r Response) noSuchNode() bool {
	return r.Status == "error" && !r.HasCode && strings.EqualFold(r.Text(), NoSuchNode)
}

// Config reads the result of a request for a node: nil if it is not there. An element of
// another name is an error.
func (r Response) Config(node ConfigNode) ([]Element, error) {
	if r.NotFound() || r.Result.empty() {
		return nil, nil
	}
	want := string(node[strings.LastIndexByte(string(node), '/')+1:])
	for _, c := range r.Result.Children {
		if c.Name != want {
			return nil, fmt.Errorf("configuration: expected %q, found %s", want, r.Result.childNames())
		}
	}
	if len(r.Result.Children) == 0 {
		return nil, fmt.Errorf("configuration: expected %q, found text", want)
	}
	return r.Result.Children, nil
}
