package profile

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/nearest"
	"github.com/uidprobe/uidprobe/panos"
)

// The elements of a configuration round profiles.
const (
	collectorElement = "user-id-collector"
	profilesElement  = "syslog-parse-profile"
	serversElement   = "server-monitor"
	syslogElement    = "syslog"
	eventTypeElement = "event-type"
	descriptionElem  = "description"
	addressElement   = "address"
	connectionType   = "connection-type"
	disabledElement  = "disabled"
	defaultDomain    = "default-domain-name"
)

// Import reads the parse profiles and syslog senders out of a configuration: XML of any extent
// (a running configuration, a virtual system, what Panorama has in templates, an answer of the
// API), or set commands. There is one set for each place that has any, in the order of the file.
// The form of 7.x, where a sender has one profile and no event type, is read as well. The error
// joins a *panos.ConfigError for each mistake.
func Import(file string, data []byte) ([]Set, error) {
	c, err := parseConfig(file, data)
	if err != nil {
		return nil, err
	}
	var sets []Set
	var errs []error
	for _, p := range places(c) {
		set, err := p.read()
		errs = append(errs, err...)
		if set.Profiles != nil || set.Senders != nil {
			sets = append(sets, set)
		}
	}
	return sets, errors.Join(errs...)
}

// parseConfig tells set commands from XML.
func parseConfig(file string, data []byte) (*panos.Config, error) {
	switch head := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n"); {
	case len(head) == 0:
		return nil, &panos.ConfigError{File: file, Line: 1, Column: 1, Message: "the file is empty"}
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return nil, &panos.ConfigError{File: file, Line: 1, Column: 1, Message: "the file is compressed", Hint: "unpack it"}
	case head[0] == '<':
		return panos.ParseConfig(file, data)
	case bytes.Contains(data, []byte("set ")) && !bytes.Contains(head, []byte{0}):
		return panos.ParseSetCommands(file, data)
	}
	return nil, &panos.ConfigError{File: file, Line: 1, Column: 1, Message: "neither XML nor set commands"}
}

// configSite is one place of a configuration that has profiles or senders.
type configSite struct {
	element  *panos.ConfigElement // what the path names: the collector, or the one list that there is
	profiles *panos.ConfigElement // nil if there is none
	servers  *panos.ConfigElement // nil if there is none
}

func (p configSite) xpath() string { return p.element.XPath() }

// places are those of a file. A file may also hold nothing but a list, as the API answers.
func places(c *panos.Config) (list []configSite) {
	for _, e := range c.Find(collectorElement) {
		list = append(list, configSite{e, e.Child(profilesElement), e.Child(serversElement)})
	}
	if list != nil {
		return list
	}
	for _, e := range c.Find(serversElement) {
		list = append(list, configSite{element: e, servers: e})
	}
	if list != nil {
		return list
	}
	for _, e := range c.Find(profilesElement) {
		list = append(list, configSite{element: e, profiles: e})
	}
	return list
}

func (p configSite) read() (set Set, errs []error) {
	set.Place = p.xpath()
	if p.servers != nil {
		for _, e := range p.servers.Entries() {
			if e.Child(syslogElement) == nil {
				continue
			}
			s, err := readSender(e)
			errs = append(errs, err...)
			set.Senders = append(set.Senders, s)
		}
	}
	if p.profiles == nil {
		return set, errs
	}
	first := map[string]bool{}
	for _, e := range p.profiles.Entries() {
		profile, err := readProfile(e)
		errs = append(errs, err...)
		if first[profile.Name] {
			errs = append(errs, e.Problem("", "there are two profiles %q", profile.Name))
		}
		first[profile.Name] = true
		profile.Event = set.eventOf(profile.Name)
		set.Profiles = append(set.Profiles, profile)
	}
	return set, errs
}

// Label names the place of the set in a word or two: "vsys1", "branch-vsys2" for a template of
// Panorama, "shared".
func (s Set) Label() string {
	x, err := panos.ParseXPath(s.Place)
	if err != nil {
		return ""
	}
	var words []string
	for _, step := range x.Steps {
		switch {
		case step.Element == "shared" || step.Element == "predefined":
			words = append(words, step.Element)
		case len(step.Names) == 1 && step.Names[0] != "localhost.localdomain":
			words = append(words, step.Names[0])
		}
	}
	return strings.Join(words, "-")
}

// eventOf is what the first sender that has the profile takes its messages for.
func (s Set) eventOf(name string) panos.EventType {
	for _, x := range s.Senders {
		for _, a := range x.Profiles {
			if a.Name == name {
				return a.Event
			}
		}
	}
	return panos.Login
}

// readProfile reads an entry, and asks what a firewall or package regexp would refuse.
func readProfile(e *panos.ConfigElement) (p Profile, errs []error) {
	p.Name = e.EntryName()
	for _, c := range e.Children() {
		switch name := c.Name(); {
		case name == descriptionElem:
			p.Description = c.Text()
		case name == regexIdentifier:
			r := &RegexIdentifier{}
			errs = append(errs, readLeaves(c, r.leaves())...)
			p.Regex = r
		case name == fieldIdentifier:
			f := &FieldIdentifier{}
			errs = append(errs, readLeaves(c, f.leaves())...)
			if per := c.Child(addressPerLog); per != nil {
				var err error
				if f.AddressesPerLog, err = strconv.Atoi(strings.TrimSpace(per.Text())); err != nil || f.AddressesPerLog == 0 {
					errs = append(errs, atValue(per, "", "%s %q is not a number between 1 and %d", addressPerLog, brief(per.Text()), MaxAddressesPerLog))
				}
			}
			p.Field = f
		default:
			hint := ""
			if best := nearest.Word(name, []string{regexIdentifier, fieldIdentifier, descriptionElem}); best != "" {
				hint = "did you mean " + best + "?"
			}
			errs = append(errs, c.Problem(hint, "unknown identifier %q in profile %q: known are %s and %s", name, p.Name, regexIdentifier, fieldIdentifier))
		}
	}
	if errs != nil {
		return p, errs
	}
	for _, x := range p.problems() {
		errs = append(errs, atValue(deepest(e, x.path), x.hint, "profile %q: %s", p.Name, x.message))
	}
	return p, errs
}

// A leaf is a string of an identifier.
type leaf struct {
	element string
	value   *string
}

func (r *RegexIdentifier) leaves() []leaf {
	return []leaf{{eventRegex, &r.EventRegex}, {usernameRegex, &r.UsernameRegex}, {addressRegex, &r.AddressRegex}}
}

func (f *FieldIdentifier) leaves() []leaf {
	return []leaf{{eventString, &f.EventString}, {usernamePrefix, &f.UsernamePrefix}, {usernameDelimiter, &f.UsernameDelimiter},
		{addressPrefix, &f.AddressPrefix}, {addressDelimiter, &f.AddressDelimiter}}
}

func readLeaves(e *panos.ConfigElement, leaves []leaf) (errs []error) {
	names := []string{addressPerLog}
	for _, x := range leaves {
		names = append(names, x.element)
		if c := e.Child(x.element); c != nil {
			*x.value = c.Text()
		}
	}
	if len(leaves) == 3 {
		names = names[1:] // of a regex identifier
	}
	for _, c := range e.Children() {
		if !slices.Contains(names, c.Name()) {
			hint := ""
			if best := nearest.Word(c.Name(), names); best != "" {
				hint = "did you mean " + best + "?"
			}
			errs = append(errs, c.Problem(hint, "unknown element %q in %s", c.Name(), e.Name()))
		}
	}
	return errs
}

// deepest follows a path of names as far as it goes.
func deepest(e *panos.ConfigElement, path []any) *panos.ConfigElement {
	for _, step := range path {
		name, _ := step.(string)
		c := e.Child(name)
		if c == nil {
			break
		}
		e = c
	}
	return e
}

// atValue is a mistake in what stands in an element.
func atValue(e *panos.ConfigElement, hint, format string, args ...any) error {
	x := e.Problem(hint, format, args...)
	if len(e.Children()) == 0 {
		x.Line, x.Column = e.ValuePosition()
	}
	return x
}

func readSender(e *panos.ConfigElement) (s Sender, errs []error) {
	syslog := e.Child(syslogElement)
	text := func(of *panos.ConfigElement, name string) string {
		if c := of.Child(name); c != nil {
			return strings.TrimSpace(c.Text())
		}
		return ""
	}
	s = Sender{
		Name: e.EntryName(), Address: text(syslog, addressElement), Transport: text(syslog, connectionType),
		Disabled: text(e, disabledElement) == "yes", DefaultDomain: text(syslog, defaultDomain),
	}
	switch s.Transport {
	case "", "udp", "ssl":
	default:
		errs = append(errs, atValue(syslog.Child(connectionType), "", "connection-type %q is neither udp nor ssl", s.Transport))
	}
	list := syslog.Child(profilesElement)
	if list == nil {
		return s, errs
	}
	if name := strings.TrimSpace(list.Text()); len(list.Children()) == 0 && name != "" {
		s.Profiles = []SenderProfile{{name, panos.Login}} // as 7.x has it
		return s, errs
	}
	for _, a := range list.Entries() {
		event := panos.EventType(cmp.Or(text(a, eventTypeElement), string(panos.Login)))
		if event != panos.Login && event != panos.Logout {
			errs = append(errs, atValue(a.Child(eventTypeElement), "", "event-type %q is neither login nor logout", string(event)))
		}
		s.Profiles = append(s.Profiles, SenderProfile{a.EntryName(), event})
	}
	return s, errs
}
