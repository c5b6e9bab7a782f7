package profile

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// Sender is the entry of a monitored syslog server, so far as profiles are concerned.
type Sender struct {
	Name          string
	Address       string
	Transport     string // udp or ssl; empty means ssl, the schema's default
	Disabled      bool
	DefaultDomain string
	Profiles      []SenderProfile // in the order of the configuration
}

// SenderProfile is a profile of a sender, by its name: one of the same place, or a
// predefined one.
type SenderProfile struct {
	Name  string
	Event panos.EventType // the zero value means panos.Login
}

func (y senderYAML) sender() Sender {
	s := Sender{Name: y.Name, Address: y.Address, Transport: y.ConnectionType, Disabled: y.Disabled, DefaultDomain: y.DefaultDomainName}
	for _, a := range y.Profiles {
		s.Profiles = append(s.Profiles, SenderProfile{a.Name, cmp.Or(panos.EventType(a.EventType), panos.Login)})
	}
	return s
}

// checkSenders notes what is wrong with the senders of a file. A profile that is not in the file
// may be a predefined one.
func checkSenders(doc *strictyaml.Document, senders []senderYAML) {
	first := map[string]int{}
	for i, y := range senders {
		at := strictyaml.Path{"senders", i}
		if doc.Wrong(at...) {
			continue
		}
		switch before, again := first[y.Name]; {
		case y.Name == "":
			problemUnlessWrong(doc, at, "name", "the sender has no name")
		case again:
			line, _ := doc.At("senders", before, "name")
			doc.Problem(at.With("name"), "", "name %q is taken by the sender in line %d", y.Name, line)
		default:
			first[y.Name] = i
		}
		switch y.ConnectionType {
		case "", "udp", "ssl":
		default:
			problemUnlessWrong(doc, at, "connection-type", "connection-type %q is neither udp nor ssl", y.ConnectionType)
		}
		if n := len(y.Profiles); n > MaxAttachments {
			doc.Problem(at.With("profiles"), "", "%d profiles are attached, PAN-OS takes at most %d a sender", n, MaxAttachments)
		}
		checkAttached(doc, at, y.Profiles)
	}
}

func checkAttached(doc *strictyaml.Document, at strictyaml.Path, list []attachedYAML) {
	seen := map[string]bool{}
	for i, a := range list {
		at := at.With("profiles", i)
		switch {
		case a.Name == "":
			problemUnlessWrong(doc, at, "name", "the profile has no name")
		case seen[a.Name]:
			doc.Problem(at.With("name"), "", "profile %q is attached twice", a.Name)
		}
		seen[a.Name] = true
		switch panos.EventType(a.EventType) {
		case "", panos.Login, panos.Logout:
		default:
			problemUnlessWrong(doc, at, "event-type", "event-type %q is neither login nor logout", a.EventType)
		}
	}
}

// Format writes the set as a file that LoadSet reads back as the same set. It writes what it is
// given: whether PAN-OS takes it is for Validate to say. Cases and suppressions of lint are not
// part of a set.
func (s Set) Format() []byte {
	var b bytes.Buffer
	line := func(indent int, key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%*s%s: %s\n", indent, "", key, scalar(value))
		}
	}
	line(0, "vendor", s.Vendor)
	if s.Title.EN != "" || s.Title.JA != "" {
		b.WriteString("title:\n")
		line(2, "en", s.Title.EN)
		line(2, "ja", s.Title.JA)
	}
	line(0, "source", s.Source)
	line(0, "confidence", string(s.Confidence))
	line(0, "place", s.Place)
	if len(s.Profiles) > 0 {
		b.Write(Format(s.Profiles))
	}
	if s.Senders != nil {
		b.WriteString("senders:\n")
	}
	for _, x := range s.Senders {
		fmt.Fprintf(&b, "  - name: %s\n", scalar(x.Name))
		line(4, "address", x.Address)
		line(4, "connection-type", x.Transport)
		if x.Disabled {
			b.WriteString("    disabled: true\n")
		}
		line(4, "default-domain-name", x.DefaultDomain)
		if x.Profiles != nil {
			b.WriteString("    profiles:\n")
		}
		for _, a := range x.Profiles {
			fmt.Fprintf(&b, "      - name: %s\n", scalar(a.Name))
			line(8, "event-type", string(a.Event))
		}
	}
	return b.Bytes()
}
