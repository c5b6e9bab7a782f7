package profile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/uidprobe/uidprobe/panos"
)

// writeSenders returns the changes of the senders that are there, and those that are not.
func (s Set) writeSenders(p configSite, old []Sender) (changes []func(), added []panos.Element, errs []error) {
	var entries []*panos.ConfigElement
	if p.servers != nil {
		for _, e := range p.servers.Entries() {
			if e.Child(syslogElement) != nil {
				entries = append(entries, e)
			}
		}
	}
	for _, x := range s.Senders {
		if err := x.writable(); err != nil {
			errs = append(errs, err)
			continue
		}
		i := slices.IndexFunc(old, func(y Sender) bool { return y.Name == x.Name })
		if i < 0 {
			added = append(added, x.element())
			continue
		}
		change, err := x.change(entries[i], old[i])
		if err != nil {
			errs = append(errs, err)
		}
		changes = append(changes, change)
	}
	return changes, added, errs
}

// change says what to write into the entry.
func (x Sender) change(e *panos.ConfigElement, old Sender) (change func(), err error) {
	syslog := e.Child(syslogElement)
	list := syslog.Child(profilesElement)
	single := list != nil && len(list.Children()) == 0 && list.Text() != "" && len(old.Profiles) == 1
	same := slices.Equal(x.Profiles, old.Profiles)
	if single && !same && (len(x.Profiles) != 1 || x.Profiles[0].Event == panos.Logout) {
		return func() {}, fmt.Errorf("sender %q is in the form of PAN-OS 7, which has one profile for logins", x.Name)
	}
	return func() {
		if x.Disabled != old.Disabled {
			setLeaf(e, disabledElement, map[bool]string{true: "yes", false: "no"}[x.Disabled])
		}
		var missing []panos.Element
		for _, row := range []struct{ name, text, was string }{
			{addressElement, x.Address, old.Address}, {connectionType, x.Transport, old.Transport}, {defaultDomain, x.DefaultDomain, old.DefaultDomain},
		} {
			switch {
			case row.text == row.was:
			case syslog.Child(row.name) == nil:
				missing = append(missing, panos.Element{Name: row.name, Text: row.text})
			default:
				setLeaf(syslog, row.name, row.text)
			}
		}
		switch {
		case same:
		case single:
			list.SetText(x.Profiles[0].Name)
		case list == nil:
			missing = append(missing, x.attached())
		case len(x.Profiles) == 0:
			list.Remove()
		default:
			list.SetChildren(x.attached().Children...)
		}
		syslog.Append(missing...)
	}, nil
}

// writable says what is wrong with a sender for a configuration.
func (x Sender) writable() error {
	var errs []error
	for _, text := range []string{x.Name, x.Address, x.DefaultDomain} {
		if err := panos.ConfigText(text); err != nil {
			errs = append(errs, fmt.Errorf("sender %q: %w", x.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (x Sender) element() panos.Element {
	syslog := panos.Element{Name: syslogElement}
	for _, row := range [][2]string{{addressElement, x.Address}, {connectionType, x.Transport}} {
		if row[1] != "" {
			syslog.Children = append(syslog.Children, panos.Element{Name: row[0], Text: row[1]})
		}
	}
	if len(x.Profiles) > 0 {
		syslog.Children = append(syslog.Children, x.attached())
	}
	if x.DefaultDomain != "" {
		syslog.Children = append(syslog.Children, panos.Element{Name: defaultDomain, Text: x.DefaultDomain})
	}
	e := entry(x.Name)
	if x.Disabled {
		e.Children = append(e.Children, panos.Element{Name: disabledElement, Text: "yes"})
	}
	e.Children = append(e.Children, syslog)
	return e
}

func (x Sender) attached() panos.Element {
	list := panos.Element{Name: profilesElement}
	for _, a := range x.Profiles {
		e := entry(a.Name)
		e.Children = []panos.Element{{Name: eventTypeElement, Text: string(cmp.Or(a.Event, panos.Login))}}
		list.Children = append(list.Children, e)
	}
	return list
}

// set writes the sender as set commands.
func (x Sender) set(w *setWriter) {
	at := serversElement + " " + w.value(x.Name)
	if x.Disabled {
		w.line(at, disabledElement, "yes")
	}
	at += " " + syslogElement
	for _, row := range [][2]string{{addressElement, x.Address}, {connectionType, x.Transport}, {defaultDomain, x.DefaultDomain}} {
		if row[1] != "" {
			w.line(at, row[0], row[1])
		}
	}
	for _, a := range x.Profiles {
		w.line(at+" "+profilesElement+" "+w.value(a.Name), eventTypeElement, string(cmp.Or(a.Event, panos.Login)))
	}
}
