package firewall

import (
	"net/netip"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate"
)

// The kinds of events in a firewall's record, and the fields of each besides those that
// the comment names. What belongs to one message comes in the order over-long, mapping
// events, message; counters and tables have changed before the event is there.
const (
	// KindMessage: a message was counted for a sender. Fields sender, vsys, source, transport, size
	// (bytes, before it was cut), text (as received, at most MaxRecordText bytes), profiles
	// ([]Verdict), and where they are true: cut (bytes), unterminated, nul, invalid_utf8,
	// fault (the fault that made the message).
	KindMessage = "message"
	// KindUnknownSource: a message of an address that is no sender's on this transport. It counts
	// nowhere. Fields as for message, without sender, vsys and profiles.
	KindUnknownSource = "unknown-source"
	// KindOverLong: a message was longer than the dialect's limit. Fields source, transport,
	// size (bytes), outcome (drop, truncate, split).
	KindOverLong = "over-long"
	// KindDiscarded: a datagram, or the unfinished last line of a connection, was thrown
	// away uncounted. Fields source, transport, size (bytes), reason.
	KindDiscarded = "discarded"

	// KindConnectionOpened: a TLS client has finished its handshake with the syslog listener.
	// Fields source, sender (empty if unknown), version, cipher.
	KindConnectionOpened = "connection-opened"
	// KindConnectionClosed: such a connection has ended. Fields source, sender, messages, reason.
	KindConnectionClosed = "connection-closed"
	// KindConnectionRefused: a connection did not come to that. Fields source, listener
	// (ssl, api), reason.
	KindConnectionRefused = "connection-refused"

	// KindRequest: the XML API was asked. Fields source, type, command (the CLI form, if it is
	// known), status (HTTP), code (of the API, 0 if none), fault (if one decided the answer).
	// No secret is among them.
	KindRequest = "request"

	// KindMappingAdded: a login made or refreshed a mapping. Fields address, user, vsys, change
	// (added, refreshed, replaced), before (the user before), from (XMLAPI if no syslog message made it).
	KindMappingAdded = "mapping-added"
	// KindMappingRemoved: fields address, user, vsys, reason (logout, timeout, cleared).
	KindMappingRemoved = "mapping-removed"
	// KindMappingRefused: a login or logout was read but changed nothing. Fields address, user,
	// vsys, reason (a Reason).
	KindMappingRefused = "mapping-refused"

	// KindServerState: a directory server was asked for its state. Fields server, status and log
	// ([]string).
	KindServerState = "server-state"
	// KindFaultStarted and KindFaultStopped: fields fault, and params on the first.
	KindFaultStarted = simulate.KindFaultStarted
	KindFaultStopped = simulate.KindFaultStopped
	// KindCountersReset: a fault has put a sender's counters to zero. Field sender.
	KindCountersReset = "counters-reset"
)

// Reason is why a login or logout that was read did not change the table.
type Reason string

// The reasons.
const (
	IgnoredUser        Reason = "ignored-user"
	NetworkNotIncluded Reason = "network-not-included"
	TableFull          Reason = "table-full"
	NotMapped          Reason = "not-mapped"     // logout of an address that nobody has
	OtherUser          Reason = "another-user"   // logout of an address that another user has
	SameTimestamp      Reason = "same-timestamp" // login right after a logout, under the fault of that name
	NoReason           Reason = ""               // it did
)

// Verdict is what one attached profile made of a message.
type Verdict struct {
	Profile string          `json:"profile"`
	Event   panos.EventType `json:"event"`
	// Outcome is "mapping", "logout" or "nothing".
	Outcome   string       `json:"outcome"`
	User      string       `json:"user,omitempty"` // as the firewall prints it
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// Refused says, for each of Addresses, why the table did not change; nil if all did.
	Refused []Reason `json:"refused,omitempty"`
}
