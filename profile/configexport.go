package profile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// Export puts profiles and senders into a configuration in XML, each set at its place, and returns
// the file. What a set does not change stays byte for byte; what is not in a set stays as
// well. A set without a place goes to the only one that the configuration has. The error
// joins everything that cannot be written.
func Export(file string, data []byte, sets []Set) ([]byte, error) {
	c, err := parseConfig(file, data)
	if err != nil {
		return nil, err
	}
	if !c.Changeable() {
		return nil, &panos.ConfigError{File: file, Message: "set commands are not changed in place", Hint: "export the profiles as set commands, or give XML"}
	}
	known := places(c)
	taken := map[string]bool{}
	var errs []error
	for _, s := range sets {
		p, err := s.placeIn(file, known)
		if err == nil && taken[p.xpath()] {
			err = fmt.Errorf("two files of profiles are for %s", p.xpath())
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		taken[p.xpath()] = true
		errs = append(errs, s.write(p)...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c.Bytes(), nil
}

func (s Set) placeIn(file string, known []configSite) (configSite, error) {
	i := slices.IndexFunc(known, func(p configSite) bool { return p.xpath() == s.Place })
	switch {
	case i >= 0:
		return known[i], nil
	case s.Place == "" && len(known) == 1:
		return known[0], nil
	case len(known) == 0:
		return configSite{}, &panos.ConfigError{File: file, Message: "there is no " + collectorElement + " in it", Hint: "begin one on the firewall, or export without a configuration"}
	}
	var names []string
	for _, p := range known {
		names = append(names, p.xpath())
	}
	what := "the profiles have no place"
	if s.Place != "" {
		what = "there is no " + s.Place + " in it"
	}
	return configSite{}, &panos.ConfigError{File: file, Message: what, Hint: "set place: in the file of profiles to one of " + strings.Join(names, ", ")}
}

// write changes what is different.
func (s Set) write(p configSite) (errs []error) {
	old, errs := p.read()
	if errs != nil {
		return errs
	}
	var added []panos.Element
	for _, x := range s.Profiles {
		if err := x.writable(); err != nil {
			errs = append(errs, err)
			continue
		}
		i := slices.IndexFunc(old.Profiles, func(y Profile) bool { return y.Name == x.Name })
		switch {
		case i < 0:
			added = append(added, x.element())
		case x.sameAs(old.Profiles[i]):
		case strings.HasPrefix(p.xpath(), "/config/predefined"):
			errs = append(errs, fmt.Errorf("profile %q is predefined, and cannot be changed: give it another name, in a virtual system", x.Name))
		default:
			x.change(p.profiles.Entries()[i], old.Profiles[i])
		}
	}
	changed, newcomers, more := s.writeSenders(p, old.Senders)
	errs = append(errs, more...)
	if p.element.Name() != collectorElement && (p.profiles == nil && added != nil || p.servers == nil && newcomers != nil) {
		errs = append(errs, p.element.Problem("give a file with "+collectorElement, "there is no place for what is new in a %s", p.element.Name()))
	}
	if errs != nil {
		return errs
	}
	p.add(added, newcomers)
	for _, change := range changed {
		change()
	}
	return nil
}

// add appends new entries, and the lists that they need.
func (p configSite) add(profiles, senders []panos.Element) {
	var lists []panos.Element
	for _, x := range []struct {
		list    *panos.ConfigElement
		name    string
		entries []panos.Element
	}{{p.profiles, profilesElement, profiles}, {p.servers, serversElement, senders}} {
		switch {
		case len(x.entries) == 0:
		case x.list != nil:
			x.list.Append(x.entries...)
		default:
			lists = append(lists, panos.Element{Name: x.name, Children: x.entries})
		}
	}
	p.element.Append(lists...)
}

// writable says what is wrong with a profile for a configuration.
func (p Profile) writable() error {
	errs := []error{p.Validate()}
	for _, text := range append(p.values(), p.Description) {
		if err := panos.ConfigText(text); err != nil {
			errs = append(errs, fmt.Errorf("profile %q: %w", p.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (p Profile) values() (list []string) {
	for _, x := range p.leaves() {
		list = append(list, *x.value)
	}
	return list
}

func (p Profile) leaves() (list []leaf) {
	if p.Regex != nil {
		list = append(list, p.Regex.leaves()...)
	}
	if p.Field != nil {
		list = append(list, p.Field.leaves()...)
	}
	return list
}

// sameAs compares what a configuration holds.
func (p Profile) sameAs(q Profile) bool {
	return p.Description == q.Description && reflect.DeepEqual(p.Regex, q.Regex) && reflect.DeepEqual(p.Field, q.Field)
}

// change writes what is different into the entry.
func (p Profile) change(e *panos.ConfigElement, old Profile) {
	if p.Description != old.Description {
		setLeaf(e, descriptionElem, p.Description)
	}
	if (p.Regex == nil) != (old.Regex == nil) {
		identifier := e.Child(regexIdentifier)
		if identifier == nil {
			identifier = e.Child(fieldIdentifier)
		}
		identifier.Replace(p.identifier())
		return
	}
	identifier := e.Child(p.identifier().Name)
	was := old.values()
	for i, x := range p.leaves() {
		if *x.value != was[i] {
			identifier.Child(x.element).SetText(*x.value)
		}
	}
	if f := p.Field; f != nil && f.AddressesPerLog != old.Field.AddressesPerLog {
		n := ""
		if f.AddressesPerLog != 0 {
			n = strconv.Itoa(f.AddressesPerLog)
		}
		setLeaf(identifier, addressPerLog, n)
	}
}

// setLeaf sets the text of a child, makes it, or, for an empty one, removes it.
func setLeaf(e *panos.ConfigElement, name, text string) {
	switch c := e.Child(name); {
	case c == nil:
		e.Append(panos.Element{Name: name, Text: text})
	case text == "":
		c.Remove()
	default:
		c.SetText(text)
	}
}

// element is the profile as a configuration has it.
func (p Profile) element() panos.Element {
	e := entry(p.Name)
	if p.Description != "" {
		e.Children = append(e.Children, panos.Element{Name: descriptionElem, Text: p.Description})
	}
	e.Children = append(e.Children, p.identifier())
	return e
}

func (p Profile) identifier() panos.Element {
	e := panos.Element{Name: regexIdentifier}
	if p.Field != nil {
		e.Name = fieldIdentifier
	}
	for _, x := range p.leaves() {
		e.Children = append(e.Children, panos.Element{Name: x.element, Text: *x.value})
	}
	if p.Field != nil && p.Field.AddressesPerLog != 0 {
		e.Children = append(e.Children, panos.Element{Name: addressPerLog, Text: strconv.Itoa(p.Field.AddressesPerLog)})
	}
	return e
}

func entry(name string) panos.Element {
	return panos.Element{Name: "entry", Attributes: []panos.Attribute{{Name: "name", Value: name}}}
}

// ConfigXML is the sets as configuration of their own, to be loaded or pasted: one
// user-id-collector, with profiles and senders.
func (s Set) ConfigXML() ([]byte, error) {
	if err := s.writable(); err != nil {
		return nil, err
	}
	e := panos.Element{Name: collectorElement}
	list := panos.Element{Name: profilesElement}
	for _, p := range s.Profiles {
		list.Children = append(list.Children, p.element())
	}
	if list.Children != nil {
		e.Children = append(e.Children, list)
	}
	servers := panos.Element{Name: serversElement}
	for _, x := range s.Senders {
		servers.Children = append(servers.Children, x.element())
	}
	if servers.Children != nil {
		e.Children = append(e.Children, servers)
	}
	return append(e.AppendConfigXML(nil), '\n'), nil
}

func (s Set) writable() error {
	var errs []error
	for _, p := range s.Profiles {
		errs = append(errs, p.writable())
	}
	for _, x := range s.Senders {
		errs = append(errs, x.writable())
	}
	return errors.Join(errs...)
}

// SetCommands are the sets as commands of the CLI, one a line. They name the template of
// Panorama, and the virtual system if that is not always vsys1, which a firewall without
// further ones does not name. The error joins every value that no form of a command can hold.
func SetCommands(sets []Set) ([]byte, error) {
	several := slices.ContainsFunc(sets, func(s Set) bool { return s.Place != "" && s.Label() != "vsys1" })
	var text bytes.Buffer
	var errs []error
	for _, s := range sets {
		w := setWriter{text: &text, prefix: "set " + placeWords(s.Place, several) + collectorElement}
		w.errs = append(w.errs, s.writable())
		s.set(&w)
		errs = append(errs, w.errs...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

func (s Set) set(w *setWriter) {
	for _, p := range s.Profiles {
		at := profilesElement + " " + w.value(p.Name)
		if p.Description != "" {
			w.line(at, descriptionElem, p.Description)
		}
		identifier := p.identifier()
		for _, x := range identifier.Children {
			w.line(at+" "+identifier.Name, x.Name, x.Text)
		}
	}
	for _, x := range s.Senders {
		x.set(w)
	}
}

// setWriter writes set commands.
type setWriter struct {
	prefix string
	text   *bytes.Buffer
	errs   []error
}

func (w *setWriter) line(at, name, value string) {
	fmt.Fprintf(w.text, "%s %s %s %s\n", w.prefix, at, name, w.value(value))
}

func (w *setWriter) value(text string) string {
	quoted, err := panos.SetValue(text)
	if err != nil {
		w.errs = append(w.errs, err)
	}
	return quoted
}

// placeWords are what stands between set and user-id-collector.
func placeWords(place string, vsys bool) (words string) {
	x, err := panos.ParseXPath(place)
	if err != nil {
		return ""
	}
	for i, step := range x.Steps {
		if step.Element == "shared" {
			words += "shared "
		}
		if i == 0 || len(step.Names) != 1 {
			continue
		}
		name, err := panos.SetValue(step.Names[0])
		switch list := x.Steps[i-1].Element; {
		case err != nil:
		case list == "template":
			words += "template " + name + " config "
		case list == "vsys" && vsys:
			words += "vsys " + name + " "
		}
	}
	return words
}
