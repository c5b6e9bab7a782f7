// Package panos is what a firewall says and how to ask it.
package panos

import (
	"net/netip"
	"time"
)

// EventType is what a syslog parse profile's match means; it is chosen where a profile is
// attached to a sender.
type EventType string

// The event types, as in the configuration.
const (
	Login  EventType = "login"
	Logout EventType = "logout"
)

// ConnectionType is how a syslog sender reaches the firewall, in the configuration's words.
type ConnectionType string

// The connection types. The firewall's default is SSL.
const (
	UDP ConnectionType = "udp"
	SSL ConnectionType = "ssl"
)

// The ports of the listeners and of the API (web help, "Configure Access to Monitored
// Servers"; ports used for User-ID).
const (
	PortSyslogUDP = 514
	PortSyslogSSL = 6514
	PortAPI       = 443
)

// ListenerService is what the firewall says of one of its two listeners, in lower case. A
// word that is none of the constants is kept as it was read.
type ListenerService string

// The states. Only "enabled" is shown in the vendor's documents; "disabled" is inferred.
const (
	ServiceEnabled  ListenerService = "enabled"
	ServiceDisabled ListenerService = "disabled"
	ServiceUnknown  ListenerService = "" // the answer does not say
)

// ServerMonitorState is the answer to "show user server-monitor state all", the part
// about syslog.
type ServerMonitorState struct {
	UDP, SSL ListenerService
	Senders  []SenderState
}

// SenderState is the block of one syslog sender. Counters only grow, but for a reset; what
// resets them is not documented.
type SenderState struct {
	Name        string // may hold blanks
	VSys        string
	Address     netip.Addr // the sender's; messages are attributed by it
	LogMessages uint64     // messages received from the sender's address
	AuthSuccess uint64     // messages that matched a profile and were mapped
	// Connections is nil for a UDP sender, whose block has no such lines.
	Connections *Connections
}

// Connections are the counters of an SSL sender.
type Connections struct {
	Active uint64 // now
	Total  uint64 // made so far
}

// ServerMonitorStatistics is the answer to "show user server-monitor statistics".
type ServerMonitorStatistics struct {
	Directory []ServerStatus
	Syslog    []ServerStatus
}

// ServerStatus is one line of it.
type ServerStatus struct {
	Name   string
	Type   string // "AD", "UDP", "SSL": as printed
	Host   string // address or name
	VSys   string
	Status string // as printed: "Connected", "Not connected", "N/A", …
}

// Mapping is one line of a table of addresses and users.
type Mapping struct {
	Address netip.Addr
	VSys    string
	From    string // how it was learnt: "SYSLOG", "XMLAPI", …
	User    string // as printed, usually domain\user
	// Idle and Max are the remaining times in whole seconds (the rest is cut off when they
	// are written); Never if there is no limit. Before 11.1.8 the management plane's table
	// could give the total as Max (PAN-259091).
	Idle, Max time.Duration
}

// Never is the remaining time of a mapping that does not time out.
const Never time.Duration = -1

// Table is one of the two tables of mappings.
type Table string

// The tables. A mapping appears on the management plane first.
const (
	DataPlane       Table = "ip-user-mapping"
	ManagementPlane Table = "ip-user-mapping-mp"
)

// SystemInfo is the part of "show system info" that matters here.
type SystemInfo struct {
	Hostname  string
	Serial    string
	Model     string
	Version   string // "11.1.4-h7"
	Time      string // as printed; the firewall's own zone
	MultiVSys bool
}
