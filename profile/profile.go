// Package profile is PAN-OS syslog parse profiles: what they are, what they match, and
// why they do not.
//
// Where the vendor's documents say how a profile matches, the package does that; where
// they are silent it asks panos.Dialect. Facts are from the web help of PAN-OS 9.1 to
// 11.1, "Syslog Filters" and "Configure Access to Monitored Servers", and the
// constraints of fields from the configuration schema of 10.0.5.
package profile

import (
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
)

// Profile is one syslog parse profile. Exactly one of Regex and Field is set. It is plain
// data; Validate says what a firewall would refuse.
type Profile struct {
	Name        string // at most MaxName characters; does not start with a digit
	Description string // at most MaxDescription characters
	// Event is what the profile is meant for. A firewall does not know it: there, the event
	// type belongs to the attachment. The zero value means panos.Login, the schema's default.
	Event panos.EventType
	Regex *RegexIdentifier
	Field *FieldIdentifier

	Samples    []Sample   // messages that it must read
	MustNotMap []Negative // messages that it must leave alone
}

// RegexIdentifier finds event, user and address by regular expressions (RE2: no
// look-around, no back-references). All three are mandatory, at most MaxPattern
// characters each, and search anywhere in the message. The value is a group of the
// expression; which one is a switch of the dialect.
type RegexIdentifier struct {
	EventRegex    string // only gates: nothing is taken out of it
	UsernameRegex string
	AddressRegex  string
}

// FieldIdentifier finds the event by a literal string, and user and address between a
// literal prefix and a delimiter. A delimiter `\s` is a blank, `\t` a tab and `\n` a line
// break or the end of the message; everything else, and every prefix, is literal. All
// strings are mandatory, at most MaxPattern characters each.
type FieldIdentifier struct {
	EventString       string
	UsernamePrefix    string
	UsernameDelimiter string
	AddressPrefix     string
	AddressDelimiter  string
	// AddressesPerLog is the maximum number of addresses taken from one message, 1 to
	// MaxAddressesPerLog. 0 means 1. PAN-OS has it from 10.0 on.
	AddressesPerLog int
}

// Sample is a message that a profile must read, and what it must find. All three are
// templates of wire/syslog: ${user}, ${address}, ${time:rfc3164}, ….
type Sample struct {
	Message string
	User    string // as it stands in the message, before any default domain
	Address string
}

// Negative is a message that a profile must not map. Message is a template as in Sample.
type Negative struct {
	Message string
	Why     string // "failed log-in"
}

// Set is the profiles of one file with what the file says about them all.
type Set struct {
	Vendor     string    // the name of the template; empty outside the library
	Title      lang.Text // the product
	Source     string    // where the format of the messages is published
	Confidence Confidence
	Place      string // the path in a configuration that they were imported from; empty if they were not
	Profiles   []Profile
	Senders    []Sender // in the order of the configuration
}

// Confidence says where the profiles of a Set come from.
type Confidence string

// The confidences. The zero value says nothing.
const (
	Documented Confidence = "documented" // the profile is published with the format
	Derived    Confidence = "derived"    // the profile was written from the published format
)

// The constraints of the configuration schema (PAN-OS 10.0.5), in characters.
const (
	MaxName            = 63
	MaxDescription     = 255
	MaxPattern         = 1024
	MaxAddressesPerLog = 3
	MaxAttachments     = 20 // profiles a sender
	MaxDefaultDomain   = 63
)
