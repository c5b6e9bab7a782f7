package panos

import (
	"slices"
	"strings"
)

// UserID is what the User-ID agent of one virtual system is made of, read out of a
// configuration. It is plain data with its places; nothing in it is a password or a key. The
// names of elements are those of the configuration schema (10.0.5).
type UserID struct {
	// At is the virtual system, or user-id-collector where the file holds no more than that.
	At       *ConfigElement
	VSys     string // "vsys1"; empty if the file does not say
	Template string // of Panorama; empty on a firewall

	Entries      []MonitorEntry // server-monitor, in its order
	Profiles     []ConfigValue  // the names of its own parse profiles
	Networks     []NetworkEntry // include-exclude-network, in the order in which they are asked
	IgnoredUsers []ConfigValue
	Zones        []ZoneEntry

	Account         ConfigValue // User Name of the Server Monitor Account
	Domain          ConfigValue // Domain's DNS Name
	KerberosProfile ConfigValue
	KDCs            []KerberosServer // of that profile
	KDCsKnown       bool             // the profile is in the file

	CertificateProfile      ConfigValue // User-ID Connection Security
	CertificateProfileKnown bool        // the profile is in the file
	CAs                     []ConfigCertificate

	ServiceProfile ConfigValue // of the SSL listener: an SSL/TLS service profile
	// ListenerCAs is the CA that issued the listener's certificate, or that certificate itself
	// where it issued itself; empty if the file does not hold it.
	ListenerCAs []ConfigCertificate

	EnableTimeout, Timeout ConfigValue // of mappings; Timeout is in minutes

	Device UserIDDevice
}

// UserIDDevice is what User-ID shares with the rest of the firewall.
type UserIDDevice struct {
	// At is nil where the file holds less than a device.
	At                *ConfigElement
	Hostname          ConfigValue
	Version           string      // "10.2.3"; empty if the file does not say
	Address           ConfigValue // of the management interface
	Management        InterfaceAccess
	Route             ServiceRoute // of the UID agent; the zero value is the management interface
	InterfaceProfiles []InterfaceAccess
	Interfaces        []DataInterface
	DNS, NTP          []ConfigValue
	HA                ConfigValue // deviceconfig/high-availability/enabled
	HAPeer            ConfigValue
}

// ConfigValue is a text in a configuration and its place. At is nil where there is none.
type ConfigValue struct {
	Text string
	At   *ConfigElement
}

// Given says whether the value is there and not empty.
func (v ConfigValue) Given() bool { return v.At != nil && v.Text != "" }

// Yes says whether the value is "yes", or, if it is not there, what the default says.
func (v ConfigValue) Yes(standard bool) bool {
	if v.At == nil {
		return standard
	}
	return v.Text == "yes"
}

// MonitorKind is what a server-monitor entry stands for, in the configuration's words.
type MonitorKind string

// The kinds of entries.
const (
	MonitorActiveDirectory MonitorKind = "active-directory"
	MonitorExchange        MonitorKind = "exchange"
	MonitorEDirectory      MonitorKind = "e-directory"
	MonitorSyslog          MonitorKind = "syslog"
)

// MonitorEntry is a server-monitor entry.
type MonitorEntry struct {
	Name     string
	At       *ConfigElement
	Disabled bool
	Kind     MonitorKind // empty if it is none of them
	Host     ConfigValue // of a directory server, or the address of a syslog sender
	// Transport is WMI, WinRM-HTTP or WinRM-HTTPS as written; WMI where nothing is.
	Transport string

	// Of a syslog sender.
	Connection    ConnectionType // SSL where nothing is written
	DefaultDomain ConfigValue
	Attached      []AttachedProfile
}

// AttachedProfile is a parse profile as a syslog sender has it.
type AttachedProfile struct {
	Name  string
	Event EventType // Login where nothing is written
	At    *ConfigElement
}

// NetworkEntry is an enabled entry of include-exclude-network.
type NetworkEntry struct {
	Name    string
	At      *ConfigElement
	Network string // as written
	Exclude bool
}

// ZoneEntry is a zone of the virtual system.
type ZoneEntry struct {
	Name   string
	At     *ConfigElement
	UserID bool
}

// KerberosServer is a server of a Kerberos Server Profile.
type KerberosServer struct {
	Name       string
	Host, Port ConfigValue // the port is 88 where nothing is written
}

// InterfaceAccess is who and what an interface takes: the management interface, or an interface
// management profile.
type InterfaceAccess struct {
	Name      string // of the profile; empty for the management interface
	At        *ConfigElement
	UDP, SSL  ConfigValue   // the listener services as written: the management interface's disable them
	Permitted []ConfigValue // empty means that everybody is
}

// DataInterface is a data plane interface that has an address or a management profile.
type DataInterface struct {
	Name      string // "ethernet1/1", "ethernet1/1.10"
	At        *ConfigElement
	Addresses []ConfigValue // as written: "192.0.2.1/24", or the name of an address object
	Profile   ConfigValue   // its interface management profile
}

// ServiceRoute is where the packets of a service leave from.
type ServiceRoute struct {
	Interface, Address ConfigValue
}

// Uses says whether the sender has the profile.
func (e MonitorEntry) Uses(profile string) bool {
	return slices.ContainsFunc(e.Attached, func(a AttachedProfile) bool { return a.Name == profile })
}

// Label names the virtual system for people: "vsys1", "branch vsys2" for a template.
func (u UserID) Label() string {
	return strings.TrimSpace(u.Template + " " + u.VSys)
}

// Interface is the interface that the service route of the UID agent names; false means that
// it is the management interface, or that the file does not have it.
func (d UserIDDevice) Interface() (DataInterface, bool) {
	for _, i := range d.Interfaces {
		if i.Name == d.Route.Interface.Text && d.Route.Interface.Given() {
			return i, true
		}
	}
	return DataInterface{}, false
}

// OnManagement says whether the UID agent's packets leave by the management interface, the
// default.
func (d UserIDDevice) OnManagement() bool {
	route := d.Route.Interface.Text
	return !d.Route.Address.Given() && (route == "" || route == "MGT")
}

// Access is what the interface of the service route takes. known is false where the file does
// not tell: the interface or its profile is not in it. An interface without a profile takes
// nothing, and is known: its profile is nil.
func (d UserIDDevice) Access() (access InterfaceAccess, profile bool, known bool) {
	if d.OnManagement() {
		return d.Management, true, d.At != nil
	}
	i, ok := d.Interface()
	switch {
	case !ok:
		return InterfaceAccess{}, false, false
	case !i.Profile.Given():
		return InterfaceAccess{Name: i.Name, At: i.At}, false, true
	}
	for _, p := range d.InterfaceProfiles {
		if p.Name == i.Profile.Text {
			return p, true, true
		}
	}
	return InterfaceAccess{}, false, false
}
