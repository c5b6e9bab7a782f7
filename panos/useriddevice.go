package panos

import "cmp"

func deviceOf(s configScope) UserIDDevice {
	d := UserIDDevice{At: s.device}
	system := s.device.path("deviceconfig/system")
	d.Hostname = system.leaf("hostname")
	d.Address = system.leaf("ip-address")
	if s.root != nil {
		d.Version = cmp.Or(s.root.Attribute("detail-version"), s.root.Attribute("version"))
	}
	d.Management = InterfaceAccess{
		At:        system,
		UDP:       system.leaf("service/disable-userid-syslog-listener-udp"),
		SSL:       system.leaf("service/disable-userid-syslog-listener-ssl"),
		Permitted: entryNames(system.path("permitted-ip")),
	}
	if e := system.path("route/service").entryNamed("uid-agent"); e != nil {
		d.Route = ServiceRoute{e.leaf("source/interface"), e.leaf("source/address")}
	}
	for _, e := range entriesIn(s.device.path("network/profiles/interface-management-profile")) {
		d.InterfaceProfiles = append(d.InterfaceProfiles, InterfaceAccess{
			Name: e.entry, At: e,
			UDP:       e.leaf("userid-syslog-listener-udp"),
			SSL:       e.leaf("userid-syslog-listener-ssl"),
			Permitted: entryNames(e.path("permitted-ip")),
		})
	}
	d.Interfaces = dataInterfaces(s.device.path("network/interface"))
	for _, name := range []string{"primary", "secondary"} {
		if v := system.leaf("dns-setting/servers/" + name); v.Given() {
			d.DNS = append(d.DNS, v)
		}
		if v := system.leaf("ntp-servers/" + name + "-ntp-server/ntp-server-address"); v.Given() {
			d.NTP = append(d.NTP, v)
		}
	}
	d.HA = s.device.path("deviceconfig/high-availability").leaf("enabled")
	d.HAPeer = s.device.path("deviceconfig/high-availability/group").leaf("peer-ip")
	return d
}

// dataInterfaces are those of every kind, and their subinterfaces.
func dataInterfaces(list *ConfigElement) (all []DataInterface) {
	if list == nil {
		return nil
	}
	for _, kind := range list.children {
		holders := entriesIn(kind)
		if kind.name == "loopback" || kind.name == "tunnel" || kind.name == "vlan" {
			holders = append(holders, kind) // has the settings and units of an entry itself
			holders = append(holders, entriesIn(kind.path("units"))...)
		}
		for _, e := range holders {
			all = append(all, interfacesIn(e, kind.name)...)
		}
	}
	return all
}

func interfacesIn(e *ConfigElement, name string) (all []DataInterface) {
	if e.entry != "" {
		name = e.entry
	}
	settings := e
	if layer3 := e.Child("layer3"); layer3 != nil {
		settings = layer3
		for _, unit := range entriesIn(layer3.path("units")) {
			all = append(all, interfacesIn(unit, "")...)
		}
	}
	i := DataInterface{Name: name, At: e, Addresses: entryNames(settings.path("ip")), Profile: settings.leaf("interface-management-profile")}
	i.Addresses = append(i.Addresses, entryNames(settings.path("ipv6/address"))...)
	if i.Profile.Given() || i.Addresses != nil {
		all = append([]DataInterface{i}, all...)
	}
	return all
}
