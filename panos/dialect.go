package panos

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/nearest"
)

// Bytes is a size.
type Bytes int

// DialectVersion changes whenever a switch is added, removed or gets another default.
const DialectVersion = 2

// Dialect is how a firewall behaves where the vendor's documents are silent or differ
// between releases. package profile compiles against it and the simulated firewall runs
// it. Each field is a switch that Switches describes; DefaultDialect is the stated
// assumption. A Dialect is a comparable value.
type Dialect struct {
	MaxMessage           Bytes         `json:"max_message" yaml:"max_message"`
	OverLong             OverLong      `json:"over_long" yaml:"over_long"`
	DatagramLines        DatagramLines `json:"datagram_lines" yaml:"datagram_lines"`
	OctetCount           OctetCount    `json:"octet_count" yaml:"octet_count"`
	FinalLine            FinalLine     `json:"final_line" yaml:"final_line"`
	MatchOn              MatchOn       `json:"match_on" yaml:"match_on"`
	Group                Group         `json:"group" yaml:"group"`
	NoGroup              NoGroup       `json:"no_group" yaml:"no_group"`
	Case                 Case          `json:"case" yaml:"case"`
	Prefix               Occurrence    `json:"prefix" yaml:"prefix"`
	MissingDelimiter     MissingDelim  `json:"missing_delimiter" yaml:"missing_delimiter"`
	SeveralProfiles      Several       `json:"several_profiles" yaml:"several_profiles"`
	IPv6                 Answer        `json:"ipv6" yaml:"ipv6"`
	MappedIPv4           Answer        `json:"mapped_ipv4" yaml:"mapped_ipv4"`
	TrimValue            Answer        `json:"trim_value" yaml:"trim_value"`
	DefaultDomainOnUPN   UPNDomain     `json:"default_domain_on_upn" yaml:"default_domain_on_upn"`
	LowerCaseUser        Answer        `json:"lower_case_user" yaml:"lower_case_user"`
	LogoutAuthenticates  Answer        `json:"logout_authenticates" yaml:"logout_authenticates"`
	KeptOutAuthenticates Answer        `json:"kept_out_authenticates" yaml:"kept_out_authenticates"`
}

// The values of the switches. Each is the word that stands in a dialect file.
type (
	OverLong      string // what becomes of a message above MaxMessage
	DatagramLines string // what becomes of line ends inside a datagram
	OctetCount    string // what becomes of an RFC 6587 octet count before a message
	FinalLine     string // what becomes of a line that a TLS close leaves without its end
	MatchOn       string // what part of a line the patterns see
	Group         string // which group of a regex is the value
	NoGroup       string // what a regex without a group yields
	Case          string // whether event strings, prefixes and regexes regard case
	Occurrence    string // which occurrence of a prefix counts
	MissingDelim  string // what a prefix without its delimiter yields
	Several       string // what happens when several profiles of a sender match
	Answer        string // yes or no
	UPNDomain     string // what the default domain does to user@domain
)

// The words.
const (
	OverLongDrop     OverLong = "drop"
	OverLongTruncate OverLong = "truncate"
	OverLongSplit    OverLong = "split"

	DatagramSplit DatagramLines = "split"
	DatagramWhole DatagramLines = "whole"

	OctetCountKeep  OctetCount = "keep"
	OctetCountStrip OctetCount = "strip"

	FinalLineTake FinalLine = "take"
	FinalLineDrop FinalLine = "drop"

	MatchWholeLine MatchOn = "line"
	MatchContent   MatchOn = "content" // after <PRI> and header

	GroupFirst Group = "first"
	GroupLast  Group = "last"

	NoGroupWholeMatch NoGroup = "whole-match"
	NoGroupNothing    NoGroup = "nothing"

	CaseSensitive   Case = "sensitive"
	CaseInsensitive Case = "insensitive"

	OccurrenceFirst Occurrence = "first"
	OccurrenceLast  Occurrence = "last"

	MissingDelimNothing MissingDelim = "nothing"
	MissingDelimRest    MissingDelim = "rest-of-line"

	SeveralAll   Several = "all"
	SeveralFirst Several = "first"

	Yes Answer = "yes"
	No  Answer = "no"

	UPNReplace UPNDomain = "replace"
	UPNKeep    UPNDomain = "keep"
)

// Switch describes one switch of the dialect, for people and for validation.
type Switch struct {
	Name    string   // the key in a dialect file
	Default string   // its value in DefaultDialect
	Values  []string // the values it can take; nil for a number
	Open    string   // the question that no document answers
	Reason  string   // why the default is what it is
}

// DefaultDialect is the assumption for PAN-OS 10.0 and later.
func DefaultDialect() Dialect {
	return Dialect{
		MaxMessage:           MaxMessage10,
		OverLong:             OverLongTruncate,
		DatagramLines:        DatagramSplit,
		OctetCount:           OctetCountKeep,
		FinalLine:            FinalLineTake,
		MatchOn:              MatchWholeLine,
		Group:                GroupFirst,
		NoGroup:              NoGroupWholeMatch,
		Case:                 CaseSensitive,
		Prefix:               OccurrenceFirst,
		MissingDelimiter:     MissingDelimNothing,
		SeveralProfiles:      SeveralAll,
		IPv6:                 Yes,
		MappedIPv4:           No,
		TrimValue:            No,
		DefaultDomainOnUPN:   UPNReplace,
		LowerCaseUser:        Yes,
		LogoutAuthenticates:  No,
		KeptOutAuthenticates: No,
	}
}

// The longest message by release: 2,048 bytes in the 9.1 web help ("Syslog Filters"),
// 8,000 bytes from the 10.0 web help on.
const (
	MaxMessage9  Bytes = 2048
	MaxMessage10 Bytes = 8000
)

// releasePattern is major.minor, a maintenance release, and what is built on it.
var releasePattern = regexp.MustCompile(`^([0-9]{1,4})\.([0-9]{1,4})(\.[0-9]{1,4})?(-[0-9A-Za-z]{1,16})?$`)

// DialectFor is DefaultDialect with what the documents say of a release: "9.1", "10.0",
// "11.1.4-h7". A version that is not understood is an error.
func DialectFor(version string) (Dialect, error) {
	parts := releasePattern.FindStringSubmatch(version)
	if parts == nil {
		return Dialect{}, fmt.Errorf("PAN-OS version %q: want major.minor, such as 11.1", clip(version, 60))
	}
	d := DefaultDialect()
	if major, _ := strconv.Atoi(parts[1]); major < 10 {
		d.MaxMessage = MaxMessage9
	}
	return d, nil
}

// Switches lists every switch of the dialect in the order of its fields.
func Switches() []Switch {
	d := DefaultDialect()
	words := func(values ...string) []string { return values }
	yesNo := words(string(Yes), string(No))
	return []Switch{
		{"max_message", fmt.Sprint(d.MaxMessage), nil,
			"whether the limit counts the line end, and what a release between the documents does",
			"8,000 bytes in the web help from 10.0 on, 2,048 in that of 9.1; the line end is not counted"},
		{"over_long", string(d.OverLong), words("drop", "truncate", "split"),
			"what becomes of a message above the limit",
			"a fixed buffer that is cut is the usual way of a listener"},
		{"datagram_lines", string(d.DatagramLines), words("split", "whole"),
			"whether each line of a datagram counts as a message",
			"the web help says that one packet may hold several messages, each on a line of its own"},
		{"octet_count", string(d.OctetCount), words("keep", "strip"),
			"what becomes of an RFC 6587 octet count",
			"no document mentions octet counting; the count then stands before the line, where unanchored patterns do not mind it"},
		{"final_line", string(d.FinalLine), words("take", "drop"),
			"whether a line counts that the end of a connection leaves without its line end",
			"everything that was received is more likely counted than thrown away"},
		{"match_on", string(d.MatchOn), words("line", "content"),
			"whether <PRI> and header are stripped before matching",
			"the vendor's example has no header at all, and no RFC is named in the documents"},
		{"group", string(d.Group), words("first", "last"),
			"which group of a regex is the value when there are several",
			"all published examples have one group"},
		{"no_group", string(d.NoGroup), words("whole-match", "nothing"),
			"what a username or address regex without a group yields",
			"it is the nearest thing to what the author meant"},
		{"case", string(d.Case), words("sensitive", "insensitive"),
			"whether strings and regexes regard case",
			"the documents speak of a matching string, and the schema has no flag"},
		{"prefix", string(d.Prefix), words("first", "last"),
			"which occurrence of a prefix counts",
			"a search from the start of the message; user and address are searched independently, since samples exist with the address first"},
		{"missing_delimiter", string(d.MissingDelimiter), words("nothing", "rest-of-line"),
			"what a prefix yields whose delimiter does not follow",
			"a value without an end is not a value; the delimiter \\n matches the end of the message, as the vendor's own example needs"},
		{"several_profiles", string(d.SeveralProfiles), words("all", "first"),
			"what happens when several profiles of a sender match one message",
			"the schema holds an ordered list without a rule of precedence"},
		{"ipv6", string(d.IPv6), yesNo,
			"whether an IPv6 address makes a mapping",
			"the documents show IPv4 only, but networks and senders take both"},
		{"mapped_ipv4", string(d.MappedIPv4), yesNo,
			"whether ::ffff:192.0.2.1 maps 192.0.2.1",
			"it is not the text of a usable address"},
		{"trim_value", string(d.TrimValue), yesNo,
			"whether blanks and quotes round a value are removed",
			"nothing says that the value is touched"},
		{"default_domain_on_upn", string(d.DefaultDomainOnUPN), words("replace", "keep"),
			"what the default domain does to user@domain",
			"the web help says that it overrides the domain of the user name"},
		{"lower_case_user", string(d.LowerCaseUser), yesNo,
			"whether user names are printed in lower case",
			"recalled from devices, not verified"},
		{"logout_authenticates", string(d.LogoutAuthenticates), yesNo,
			"whether a matched logout raises the auth. success counter",
			"the counter is described as messages that were mapped, and a logout maps nothing"},
		{"kept_out_authenticates", string(d.KeptOutAuthenticates), yesNo,
			"whether a login raises the auth. success counter whose user is ignored or whose address is not included",
			"the counter is described as messages that were mapped"},
	}
}

// Set changes the switch of that name. The error names the values it can take.
func (d *Dialect) Set(name, value string) error {
	for _, s := range Switches() {
		if s.Name != name {
			continue
		}
		if s.Values == nil {
			return d.setNumber(name, value)
		}
		for _, v := range s.Values {
			if v == value {
				d.setWord(name, value)
				return nil
			}
		}
		return fmt.Errorf("dialect switch %s: %q is not one of %s", name, value, strings.Join(s.Values, ", "))
	}
	return fmt.Errorf("dialect has no switch %q%s", name, nearestSwitch(name))
}

func (d *Dialect) setNumber(name, value string) error {
	var n int
	if _, err := fmt.Sscanf(value, "%d", &n); err != nil || fmt.Sprint(n) != value || n < 1 {
		return fmt.Errorf("dialect switch %s: %q is not a number of bytes above 0", name, value)
	}
	d.MaxMessage = Bytes(n)
	return nil
}

// nearestSwitch names the switch that was most likely meant.
func nearestSwitch(name string) string {
	var names []string
	for _, s := range Switches() {
		names = append(names, s.Name)
	}
	if near := nearest.Word(name, names); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// setWord sets a switch whose values are words. The value has been checked.
func (d *Dialect) setWord(name, value string) { d.field(name).SetString(value) }

// Get returns the value of the switch of that name, as Set takes it; "" or "0" if it was
// never set, and "" for a name that is none.
func (d Dialect) Get(name string) string {
	if f := d.field(name); f.IsValid() {
		return fmt.Sprint(f.Interface())
	}
	return ""
}

// OrElse returns the dialect with each switch that was never set taken from defaults. The
// error names every switch that has a value it cannot take.
func (d Dialect) OrElse(defaults Dialect) (Dialect, error) {
	var errs []error
	for _, s := range Switches() {
		value := d.Get(s.Name)
		if value == "" || value == "0" {
			value = defaults.Get(s.Name)
		}
		errs = append(errs, d.Set(s.Name, value))
	}
	return d, errors.Join(errs...)
}

// field is the field whose key in a dialect file is name.
func (d *Dialect) field(name string) reflect.Value {
	v := reflect.ValueOf(d).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
