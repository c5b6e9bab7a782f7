package panos

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"slices"
	"strings"
)

// UserID reads the virtual systems that have a User-ID agent configured, in the order of the
// file: of a whole configuration, of each template of Panorama, of a part, of an answer of the
// API. What Panorama pushes to a firewall is in its own export, not in the firewall's.
func (c *Config) UserID() (list []UserID) {
	for _, e := range c.Find("user-id-collector") {
		if e.parent != nil && (e.parent.name == "shared" || e.parent.name == "predefined") {
			continue // parse profiles for all, and no agent
		}
		list = append(list, userIDOf(e))
	}
	return list
}

func userIDOf(collector *ConfigElement) UserID {
	u := UserID{At: collector}
	s := scopeOf(collector)
	if s.vsys != nil {
		u.At, u.VSys = s.vsys, s.vsys.entry
	}
	u.Template = s.template
	u.Entries = monitorEntries(collector.path("server-monitor"))
	u.Profiles = entryNames(collector.path("syslog-parse-profile"))
	u.Networks = networkEntries(collector)
	u.IgnoredUsers = members(collector.path("ignore-user"))
	u.Zones = zoneEntries(s.vsys.path("zone"))

	setting := collector.path("setting")
	u.Account = setting.leaf("wmi-account")
	u.Domain = setting.leaf("domain-name")
	u.KerberosProfile = setting.leaf("server-profile")
	u.ServiceProfile = setting.leaf("syslog-service-profile")
	u.EnableTimeout = setting.leaf("enable-mapping-timeout")
	u.Timeout = setting.leaf("ip-user-mapping-timeout")
	if p := s.named("server-profile/kerberos", u.KerberosProfile); p != nil {
		u.KDCs, u.KDCsKnown = kerberosServers(p), true
	}
	u.CertificateProfile = s.vsys.path("user-id-ssl-auth").leaf("certificate-profile")
	if p := s.named("certificate-profile", u.CertificateProfile); p != nil {
		u.CertificateProfileKnown = true
		for _, name := range entryNames(p.path("CA")) {
			u.CAs = append(u.CAs, s.certificate(name))
		}
	}
	if p := s.named("ssl-tls-service-profile", u.ServiceProfile); p != nil {
		u.ListenerCAs = s.issuers(p.leaf("certificate"))
	}
	u.Device = deviceOf(s)
	return u
}

// configScope is where the things are that a virtual system refers to. Each may be nil.
type configScope struct {
	vsys, device, shared, root *ConfigElement
	template                   string
}

func scopeOf(collector *ConfigElement) (s configScope) {
	if e := collector.parent; e != nil && e.name == "entry" {
		s.vsys = e
		if list := e.parent; list != nil && list.name == "vsys" {
			s.device = list.parent
		}
	}
	if s.device == nil || s.device.parent == nil {
		return s
	}
	s.root = s.device.parent.parent
	s.shared = s.root.path("shared")
	if s.root != nil && s.root.parent != nil && s.root.parent.parent != nil && s.root.parent.parent.name == "template" {
		s.template = s.root.parent.entry
	}
	return s
}

// named is the entry of a list in the virtual system, or else in what is shared.
func (s configScope) named(list string, name ConfigValue) *ConfigElement {
	if !name.Given() {
		return nil
	}
	for _, place := range []*ConfigElement{s.vsys, s.shared} {
		if e := place.path(list).entryNamed(name.Text); e != nil {
			return e
		}
	}
	return nil
}

// path is the element that a path of names leads to; nil if it is not there, or if e is nil.
func (e *ConfigElement) path(names string) *ConfigElement {
	for _, name := range strings.Split(names, "/") {
		if e == nil {
			return nil
		}
		e = e.Child(name)
	}
	return e
}

// leaf is the text of the leaf that a path leads to, without blanks round it.
func (e *ConfigElement) leaf(names string) ConfigValue {
	if e = e.path(names); e == nil {
		return ConfigValue{}
	}
	return ConfigValue{strings.TrimSpace(e.Text()), e}
}

func (e *ConfigElement) entryNamed(name string) *ConfigElement {
	if e == nil {
		return nil
	}
	for _, c := range e.Entries() {
		if c.entry == name {
			return c
		}
	}
	return nil
}

func entriesIn(e *ConfigElement) []*ConfigElement {
	if e == nil {
		return nil
	}
	return e.Entries()
}

func entryNames(e *ConfigElement) (list []ConfigValue) {
	for _, c := range entriesIn(e) {
		list = append(list, ConfigValue{c.entry, c})
	}
	return list
}

// members are the texts of the elements named member.
func members(e *ConfigElement) (list []ConfigValue) {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if c.name == "member" {
			list = append(list, ConfigValue{strings.TrimSpace(c.Text()), c})
		}
	}
	return list
}

// File is the name of the file that the element stands in.
func (e *ConfigElement) File() string { return e.config.file }

// Attribute is the value of an attribute of the element's tag; "" if it has none of that name.
func (e *ConfigElement) Attribute(name string) string {
	if e.place != nil {
		return ""
	}
	token, err := xml.NewDecoder(bytes.NewReader(e.config.text[e.start:e.inner])).Token()
	start, ok := token.(xml.StartElement)
	if err != nil || !ok {
		return ""
	}
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func monitorEntries(list *ConfigElement) (entries []MonitorEntry) {
	for _, e := range entriesIn(list) {
		entries = append(entries, monitorEntry(e))
	}
	return entries
}

func monitorEntry(e *ConfigElement) MonitorEntry {
	m := MonitorEntry{Name: e.entry, At: e, Disabled: e.leaf("disabled").Yes(false)}
	for _, kind := range []MonitorKind{MonitorActiveDirectory, MonitorExchange, MonitorEDirectory, MonitorSyslog} {
		c := e.Child(string(kind))
		if c == nil {
			continue
		}
		m.Kind = kind
		switch kind {
		case MonitorActiveDirectory, MonitorExchange:
			m.Host, m.Transport = c.leaf("host"), cmp.Or(c.leaf("type").Text, "WMI")
		case MonitorSyslog:
			m.Host = c.leaf("address")
			m.Connection = ConnectionType(cmp.Or(c.leaf("connection-type").Text, string(SSL)))
			m.DefaultDomain = c.leaf("default-domain-name")
			m.Attached = attachedProfiles(c.Child("syslog-parse-profile"))
		}
		return m
	}
	return m
}

// attachedProfiles reads the list of 8.0 and later, or the one name of 7.x.
func attachedProfiles(list *ConfigElement) (all []AttachedProfile) {
	if list == nil {
		return nil
	}
	if name := strings.TrimSpace(list.Text()); len(list.children) == 0 && name != "" {
		return []AttachedProfile{{name, Login, list}}
	}
	for _, e := range list.Entries() {
		all = append(all, AttachedProfile{e.entry, EventType(cmp.Or(e.leaf("event-type").Text, string(Login))), e})
	}
	return all
}

// networkEntries are in the order of the sequence; those that it does not name come last.
func networkEntries(collector *ConfigElement) (list []NetworkEntry) {
	const name = "include-exclude-network"
	for _, e := range entriesIn(collector.path(name)) {
		if !e.leaf("disabled").Yes(false) {
			list = append(list, NetworkEntry{e.entry, e, e.leaf("network-address").Text, e.leaf("discovery").Text == "exclude"})
		}
	}
	order := members(collector.path(name + "-sequence/" + name))
	place := func(n NetworkEntry) int {
		i := slices.IndexFunc(order, func(v ConfigValue) bool { return v.Text == n.Name })
		if i < 0 {
			return len(order)
		}
		return i
	}
	slices.SortStableFunc(list, func(a, b NetworkEntry) int { return place(a) - place(b) })
	return list
}

func zoneEntries(list *ConfigElement) (all []ZoneEntry) {
	for _, e := range entriesIn(list) {
		all = append(all, ZoneEntry{e.entry, e, e.leaf("enable-user-identification").Yes(false)})
	}
	return all
}

func kerberosServers(profile *ConfigElement) (all []KerberosServer) {
	for _, e := range entriesIn(profile.path("server")) {
		all = append(all, KerberosServer{e.entry, e.leaf("host"), e.leaf("port")})
	}
	return all
}
