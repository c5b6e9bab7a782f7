package panos

import (
	"context"
	"slices"
	"strings"
)

// userIDNodes are read for UserIDConfig: all that UserID understands, but for interfaces and
// certificates, beside which secrets stand. Those are read leaf by leaf.
var userIDNodes = []ConfigNode{
	NodeParseProfiles, NodeServerMonitor, NodeNetworks, NodeNetworkSequence, NodeIgnoredUsers, NodeServiceProfile,
	NodeEnableTimeout, NodeTimeout, NodePredefinedProfiles, NodeInterfaceProfiles, NodeManagementServices, NodeManagementSources,
	NodeAccount, NodeDomain, NodeKerberosProfile, NodeConnectionSecurity, NodeZones, NodeKerberosServers,
	NodeSharedKerberosServers, NodeCertificateProfiles, NodeSharedCertificates, NodeServiceProfiles, NodeSharedServiceProfiles,
	NodeSharedParseProfiles, NodeHostname, NodeManagementAddress, NodeServiceRoutes, NodeDNS, NodePrimaryNTP, NodeSecondaryNTP,
	NodeHighAvailability, NodeHighAvailabilityPeerIP,
}

// UserIDConfig reads from the running configuration what the User-ID agent of the client's
// virtual system is made of, as a configuration that holds nothing else: no password, no key
// and no hash is asked for. What a manager has pushed by template may be missing from it.
func (c *Client) UserIDConfig(ctx context.Context) (*Config, error) {
	a := assembly{client: c, root: Element{Name: "config"}}
	for _, node := range userIDNodes {
		path, err := node.XPath(c.vsys)
		if err != nil {
			return nil, err
		}
		if err := a.read(ctx, path); err != nil {
			return nil, err
		}
	}
	config, err := a.config()
	if err != nil {
		return nil, err
	}
	for _, path := range config.furtherPaths() {
		if err := a.read(ctx, path.String()); err != nil {
			return nil, err
		}
	}
	return a.config()
}

// assembly puts what was read in its place.
type assembly struct {
	client *Client
	root   Element
}

func (a *assembly) read(ctx context.Context, path string) error {
	x, err := ParseXPath(path)
	if err != nil {
		return err
	}
	found, err := a.client.configAt(ctx, ConfigShow, path)
	if err != nil {
		return err
	}
	for _, e := range found {
		a.root.graft(x.Steps[1:], e)
	}
	return nil
}

func (a *assembly) config() (*Config, error) {
	return ParseConfig(a.client.Host(), append(a.root.AppendConfigXML(nil), '\n'))
}

// graft puts an element where the steps lead to, and makes what is missing on the way. The last
// step is the element itself.
func (e *Element) graft(steps []XPathStep, found Element) {
	if len(steps) == 1 {
		e.Children = append(e.Children, found)
		return
	}
	next := Element{Name: steps[0].Element}
	if len(steps[0].Names) == 1 {
		next.Attributes = []Attribute{{"name", steps[0].Names[0]}}
	}
	i := slices.IndexFunc(e.Children, func(c Element) bool {
		return c.Name == next.Name && slices.Equal(c.Attributes, next.Attributes)
	})
	if i < 0 {
		e.Children = append(e.Children, next)
		i = len(e.Children) - 1
	}
	e.Children[i].graft(steps[1:], found)
}

// furtherPaths are the leaves that what was read first leads to: the interface of the service
// route, and the certificates.
func (c *Config) furtherPaths() (paths []XPath) {
	device := []XPathStep{{Element: "config"}, {Element: "devices"}, {Element: "entry", Names: []string{"localhost.localdomain"}}}
	for _, u := range c.UserID() {
		if name := u.Device.Route.Interface; name.Given() {
			at := append(slices.Clone(device), interfaceSteps(name.Text)...)
			for _, leaf := range []string{"interface-management-profile", "ip"} {
				paths = append(paths, XPath{Steps: append(slices.Clone(at), XPathStep{Element: leaf})})
			}
		}
		vsys := append(slices.Clone(device), XPathStep{Element: "vsys"}, XPathStep{Element: "entry", Names: []string{u.VSys}})
		shared := []XPathStep{{Element: "config"}, {Element: "shared"}}
		for _, name := range u.certificateNames(c) {
			for _, place := range [][]XPathStep{vsys, shared} {
				paths = append(paths, XPath{Steps: append(slices.Clone(place), XPathStep{Element: "certificate"},
					XPathStep{Element: "entry", Names: []string{name}}, XPathStep{Element: "public-key"})})
			}
		}
	}
	return paths
}

// certificateNames are those that can be written in a path.
func (u UserID) certificateNames(c *Config) (names []string) {
	add := func(v ConfigValue) {
		if v.Given() && !(strings.Contains(v.Text, "'") && strings.Contains(v.Text, `"`)) && !slices.Contains(names, v.Text) {
			names = append(names, v.Text)
		}
	}
	for _, ca := range u.CAs {
		add(ca.Name)
	}
	for _, list := range c.Find("ssl-tls-service-profile") {
		if e := list.entryNamed(u.ServiceProfile.Text); e != nil {
			add(e.leaf("certificate"))
		}
	}
	return names
}

// interfaceSteps lead to the settings of an interface: network/interface/ethernet/entry/layer3, or the
// unit of a subinterface.
func interfaceSteps(name string) []XPathStep {
	entry := func(name string) XPathStep { return XPathStep{Element: "entry", Names: []string{name}} }
	steps := []XPathStep{{Element: "network"}, {Element: "interface"}}
	parent, _, unit := strings.Cut(name, ".")
	for _, kind := range []string{"loopback", "tunnel", "vlan"} {
		if parent != kind {
			continue
		}
		steps = append(steps, XPathStep{Element: kind})
		if unit {
			steps = append(steps, XPathStep{Element: "units"}, entry(name))
		}
		return steps
	}
	kind := "ethernet"
	if strings.HasPrefix(name, "ae") {
		kind = "aggregate-ethernet"
	}
	steps = append(steps, XPathStep{Element: kind}, entry(parent), XPathStep{Element: "layer3"})
	if unit {
		steps = append(steps, XPathStep{Element: "units"}, entry(name))
	}
	return steps
}
