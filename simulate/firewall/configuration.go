package firewall

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// Names in the simulated configuration that stand for nothing which is simulated.
const (
	configDevice         = "localhost.localdomain"
	configInterface      = "uidprobe-simulated" // the interface management profile
	configServiceProfile = "uidprobe-simulated" // the SSL/TLS service profile of the listener
)

// maxRecordPath bounds an XPath in the record, in bytes.
const maxRecordPath = 200

// readConfig answers a request of type=config. The running and the candidate configuration
// are the same.
func (fw *Firewall) readConfig(action, xpath string) reply {
	request, err := panos.ParseConfigRequest(action, xpath)
	if err != nil {
		code := codeBadRequest
		if refused, ok := err.(*panos.RequestError); ok {
			code = refused.Code
		}
		return failure(http.StatusOK, code, panos.ErrorInLines, err.Error())
	}
	path := request.XPath.String()
	answer := reply{status: http.StatusOK, code: codeSuccess, command: "config " + action + " " + path[:min(len(path), maxRecordPath)]}
	found := request.XPath.Find(fw.Configuration())
	switch {
	case len(found) > 0:
		answer.body = panos.AppendConfigAnswer(nil, found)
	case request.Action == panos.ConfigShow:
		answer.code, answer.body = 0, panos.AppendNoSuchNodeAnswer(nil)
	default:
		answer.code, answer.body = codeNotPresent, panos.AppendNotFoundAnswer(nil)
	}
	return answer
}

// Configuration is the simulated firewall's configuration as PAN-OS 10.0.5 has it, so far as
// it is simulated, with what the running faults have set: the nodes user-id-collector,
// interface-management-profile, deviceconfig/system/service and permitted-ip. Two faults
// stand in no configuration: the users of ignored-user, and the mapping-timeout below a
// minute.
func (fw *Firewall) Configuration() panos.Element {
	e := fw.faults.Now()
	return node("config", node("devices", named(configDevice,
		node("network", node("profiles", fw.interfaceProfiles(e))),
		node("deviceconfig", node("system", fw.managementInterface(e)...)),
		node("vsys", fw.virtualSystems(e)...),
	)))
}

// interfaceProfiles is empty while nothing is said of a data plane interface.
func (fw *Firewall) interfaceProfiles(e *effects) panos.Element {
	on, door := fw.door(e)
	if on != Dataplane {
		door = fw.config.DataplaneInterface
		if len(door.Permitted) == 0 {
			return node("interface-management-profile")
		}
	}
	entry := named(configInterface,
		leaf("userid-syslog-listener-udp", yes(on == Dataplane && fw.service(panos.UDP) == panos.ServiceEnabled)),
		leaf("userid-syslog-listener-ssl", yes(on == Dataplane && fw.service(panos.SSL) == panos.ServiceEnabled)))
	entry.Children = append(entry.Children, permittedAddresses(door)...)
	return node("interface-management-profile", entry)
}

func (fw *Firewall) managementInterface(e *effects) []panos.Element {
	on, door := fw.door(e)
	if on != Management {
		door = fw.config.ManagementInterface
	}
	off := func(t panos.ConnectionType) string {
		return yes(on != Management || fw.service(t) == panos.ServiceDisabled)
	}
	services := node("service",
		leaf("disable-userid-syslog-listener-udp", off(panos.UDP)),
		leaf("disable-userid-syslog-listener-ssl", off(panos.SSL)))
	return append([]panos.Element{services}, permittedAddresses(door)...)
}

// permittedAddresses is nothing where every address is permitted.
func permittedAddresses(door Door) []panos.Element {
	if len(door.Permitted) == 0 {
		return nil
	}
	var entries []panos.Element
	for _, p := range door.Permitted {
		name := p.String()
		if p.IsSingleIP() {
			name = p.Addr().String()
		}
		entries = append(entries, named(name))
	}
	return []panos.Element{node("permitted-ip", entries...)}
}

// virtualSystems are vsys1 and those of the senders and servers.
func (fw *Firewall) virtualSystems(e *effects) (entries []panos.Element) {
	senders := map[string][]*sender{defaultVSys: nil}
	for _, s := range fw.senders {
		senders[s.vsys(e)] = append(senders[s.vsys(e)], s)
	}
	for _, s := range fw.config.Servers {
		if _, there := senders[s.VSys]; !there {
			senders[s.VSys] = nil
		}
	}
	for _, vsys := range slices.Sorted(maps.Keys(senders)) {
		entries = append(entries, named(vsys, fw.collector(e, vsys, senders[vsys])))
	}
	return entries
}

// collector has the lists of networks and ignored users in every virtual system, as the
// simulated firewall applies them.
func (fw *Firewall) collector(e *effects, vsys string, senders []*sender) panos.Element {
	children := []panos.Element{
		fw.settings(),
		node("syslog-parse-profile", parseProfiles(senders)...),
		node("server-monitor", append(entriesOf(e, senders), fw.directoryEntries(vsys)...)...),
	}
	if networks := fw.networks(e); len(networks) > 0 {
		children = append(children, networkLists(networks)...)
	}
	if len(fw.config.IgnoreUsers) > 0 {
		children = append(children, node("ignore-user", members(fw.config.IgnoreUsers)...))
	}
	return node("user-id-collector", children...)
}

func (fw *Firewall) settings() panos.Element {
	timeout := fw.config.MappingTimeout
	settings := node("setting", leaf("enable-mapping-timeout", yes(timeout != panos.Never)))
	if timeout != panos.Never {
		settings.Children = append(settings.Children, leaf("ip-user-mapping-timeout", strconv.FormatInt(minutes(timeout), 10)))
	}
	settings.Children = append(settings.Children, leaf("syslog-service-profile", configServiceProfile))
	return settings
}

// parseProfiles are those that a sender has, each once.
func parseProfiles(senders []*sender) (entries []panos.Element) {
	seen := map[string]bool{}
	for _, s := range senders {
		for _, a := range s.Profiles {
			if !seen[a.Profile.Name] {
				seen[a.Profile.Name] = true
				entries = append(entries, parseProfile(a.Profile))
			}
		}
	}
	return entries
}

func parseProfile(p profile.Profile) panos.Element {
	var identifier panos.Element
	if r := p.Regex; r != nil {
		identifier = node("regex-identifier",
			leaf("event-regex", r.EventRegex), leaf("username-regex", r.UsernameRegex), leaf("address-regex", r.AddressRegex))
	}
	if f := p.Field; f != nil {
		identifier = node("field-identifier",
			leaf("event-string", f.EventString),
			leaf("username-prefix", f.UsernamePrefix), leaf("username-delimiter", f.UsernameDelimiter),
			leaf("address-prefix", f.AddressPrefix), leaf("address-delimiter", f.AddressDelimiter),
			leaf("address-per-log", strconv.Itoa(max(1, f.AddressesPerLog))))
	}
	if p.Description == "" {
		return named(p.Name, identifier)
	}
	return named(p.Name, leaf("description", p.Description), identifier)
}

// entriesOf are the server-monitor entries of a virtual system.
func entriesOf(e *effects, senders []*sender) (entries []panos.Element) {
	for _, s := range senders {
		now := s.as(e)
		var attached []panos.Element
		for _, a := range s.matching(e).profiles {
			attached = append(attached, named(a.Profile.Name, leaf("event-type", string(cmp.Or(a.Event, panos.Login)))))
		}
		syslog := node("syslog", leaf("address", now.Address.String()), leaf("connection-type", string(now.Connection)))
		if attached != nil {
			syslog.Children = append(syslog.Children, node("syslog-parse-profile", attached...))
		}
		if now.DefaultDomain != "" {
			syslog.Children = append(syslog.Children, leaf("default-domain-name", now.DefaultDomain))
		}
		entries = append(entries, named(s.Name, leaf("disabled", yes(now.Disabled)), syslog))
	}
	return entries
}

// directoryEntries are those of directory servers in a virtual system.
func (fw *Firewall) directoryEntries(vsys string) (entries []panos.Element) {
	for _, s := range fw.config.Servers {
		if s.VSys == vsys {
			entries = append(entries, s.element())
		}
	}
	return entries
}

// networkLists are the entries, and their order.
func networkLists(networks []Network) []panos.Element {
	var entries []panos.Element
	var names []string
	for i, n := range networks {
		name, discovery := cmp.Or(n.Name, fmt.Sprintf("network-%d", i+1)), "include"
		if n.Exclude {
			discovery = "exclude"
		}
		names = append(names, name)
		entries = append(entries, named(name,
			leaf("disabled", "no"), leaf("discovery", discovery), leaf("network-address", n.Prefix.Masked().String())))
	}
	const list = "include-exclude-network"
	return []panos.Element{node(list, entries...), node(list+"-sequence", node(list, members(names)...))}
}

func members(names []string) (list []panos.Element) {
	for _, name := range names {
		list = append(list, leaf("member", name))
	}
	return list
}

func node(name string, children ...panos.Element) panos.Element {
	return panos.Element{Name: name, Children: children}
}

func named(name string, children ...panos.Element) panos.Element {
	return panos.Element{Name: "entry", Attributes: []panos.Attribute{{Name: "name", Value: name}}, Children: children}
}

func leaf(name, text string) panos.Element { return panos.Element{Name: name, Text: text} }

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
