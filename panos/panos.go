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

// ListenerService is what the firewall says of one of its two listeners.
type ListenerService string

// The states. Only the first is shown in the vendor's documents; "disabled" is inferred.
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

// SenderState is the block of one syslog sender. Counters only grow, but for a reset.
type SenderState struct {
	Name        string // may hold blanks
	VSys        string
	Address     netip.Addr
	LogMessages uint64 // messages received from the sender's address
	AuthSuccess uint64 // messages that matched a profile and were mapped
	// Connections is nil for a UDP sender, whose block has no such lines.
	Connections *Connections
}

// Connections are the counters of an SSL sender.
type Connections struct {
	Active uint64
	Total  uint64
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
	Host   string
	VSys   string
	Status string // as printed: "Connected", "Not connected", "N/A", …
}

// Mapping is one line of a table of addresses and users.
type Mapping struct {
	Address netip.Addr
	VSys    string
	From    string // how it was learnt: "SYSLOG", "XMLAPI", …
	User    string // as printed, usually domain\user
	Idle    time.Duration
	Max     time.Duration
}

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
