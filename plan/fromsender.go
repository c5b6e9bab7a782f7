package plan

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/sender"
)

// senders writes the syslog senders of a virtual system, and returns how many profiles are attached
// as logins and as logouts to those that this host can stand in for.
func (d *drafter) senders(u panos.UserID) (logins, logouts int, err error) {
	listener := d.listenerTLS(u)
	begun := false
	for _, e := range u.Entries {
		if e.Kind != panos.MonitorSyslog {
			continue
		}
		before := d.body.Len()
		if !begun {
			d.line(4, "# This host stands in for these senders: it needs the address that each entry names.")
			d.line(4, "senders:")
		}
		in, out, err := d.sender(u, e, listener)
		if err != nil {
			return 0, 0, err
		}
		if in == 0 {
			// Only comments were written: senders: stands before the first that counts.
			text := d.body.String()[before:]
			d.body.Truncate(before)
			if !begun {
				text = text[strings.Index(text, "senders:\n")+len("senders:\n"):]
			}
			d.body.WriteString(text)
			continue
		}
		begun = true
		logins, logouts = logins+in, logouts+out
	}
	return logins, logouts, nil
}

func (d *drafter) sender(u panos.UserID, e panos.MonitorEntry, listener string) (logins, logouts int, err error) {
	from, reason := senderAddress(e)
	to, found := d.destination(u, e.Connection)
	switch {
	case e.Disabled:
		reason = "it is disabled"
	case reason != "":
	case e.Connection != panos.UDP && e.Connection != panos.SSL:
		reason = fmt.Sprintf("its connection type %q is neither udp nor ssl", e.Connection)
	case !found:
		reason = "where the listener is reached is not in the file; give --to"
	case otherFamily(to.Host, from):
		reason = fmt.Sprintf("%s and the listener's %s are of different address families; give --to", from, to.Host)
	case d.origin.Here != nil && !d.origin.Here(from):
		reason = fmt.Sprintf("%s is not an address of this host; make this file there", from)
	}
	if reason == "" {
		o := origin{from, to.Scheme}
		if other, taken := d.origins[o]; taken {
			reason = fmt.Sprintf("the firewall cannot tell it from %q, which has the same address and transport", other)
		}
		defer func() {
			if logins > 0 {
				d.origins[o] = e.Name
			}
		}()
	}
	attached, missing, err := d.attached(u, e)
	if err != nil {
		return 0, 0, err
	}
	for _, a := range attached {
		if a.Event == panos.Logout {
			logouts++
		} else {
			logins++
		}
	}
	if reason == "" && logins == 0 {
		reason = strings.Join(append([]string{"no profile that can be tested is attached as a login"}, missing...), "; ")
	}
	if reason != "" {
		d.leave(6, "sender %q: %s", e.Name, reason)
		return 0, 0, nil
	}
	for _, m := range missing {
		d.leave(6, "sender %q: %s", e.Name, m)
	}
	d.line(6, "- name: %s", yamlText(e.Name))
	d.line(8, "to: %s", yamlText(to.String()))
	d.line(8, "from: %s", yamlText(from.String()))
	if e.DefaultDomain.Given() {
		d.line(8, "default_domain: %s", yamlText(e.DefaultDomain.Text))
	}
	if to.Scheme == sender.TLS && listener != "" {
		d.line(8, "tls: %s", listener)
	}
	d.line(8, "profiles:")
	for _, a := range attached {
		d.line(10, "- {name: %s, event: %s}", yamlText(a.Profile.Name), a.Event)
	}
	return logins, logouts, nil
}

// otherFamily says whether a target is given by an address that a sender cannot send to.
func otherFamily(target string, from netip.Addr) bool {
	a, err := netip.ParseAddr(target)
	return err == nil && a.Is4() != from.Is4()
}

func senderAddress(e panos.MonitorEntry) (from netip.Addr, fault string) {
	from, err := netip.ParseAddr(e.Host.Text)
	if p, prefixed := netip.ParsePrefix(e.Host.Text); prefixed == nil && p.IsSingleIP() {
		from, err = p.Addr(), nil
	}
	if err != nil {
		return from, fmt.Sprintf("%q is not the address of a sender", e.Host.Text)
	}
	if fault := unicastFault(from); fault != "" {
		return from, fmt.Sprintf("%s %s", from, fault)
	}
	return from, ""
}

// destination is where the listener is: the interface of the UID agent's service route.
func (d *drafter) destination(u panos.UserID, t panos.ConnectionType) (sender.Destination, bool) {
	to := sender.Destination{Scheme: sender.UDP, Port: panos.PortSyslogUDP}
	if t == panos.SSL {
		to = sender.Destination{Scheme: sender.TLS, Port: panos.PortSyslogSSL}
	}
	for _, given := range d.origin.To {
		if given.Scheme == to.Scheme {
			return given, true
		}
	}
	device := u.Device
	if device.OnManagement() {
		to.Host = device.Address.Text
		if host, _, ok := strings.Cut(strings.TrimPrefix(d.origin.API, "https://"), "/"); to.Host == "" && (ok || host != "") {
			to.Host, _, _ = hostPort(host, panos.PortAPI)
		}
	} else {
		texts := []string{device.Route.Address.Text}
		if i, ok := device.Interface(); ok {
			for _, a := range i.Addresses {
				texts = append(texts, a.Text)
			}
		}
		for _, text := range texts {
			if p, err := netip.ParsePrefix(text); err == nil {
				text = p.Addr().String()
			}
			if a, err := netip.ParseAddr(text); err == nil && to.Host == "" {
				to.Host = a.String()
			}
		}
	}
	return to, to.Host != "" && hostFault(to.Host) == ""
}

// attached finds the profiles of a sender. missing says of which none could be had, and why.
func (d *drafter) attached(u panos.UserID, e panos.MonitorEntry) (list []profile.Attachment, missing []string, err error) {
	dialect, version := panos.DefaultDialect(), u.Device.Version
	if of, err := panos.DialectFor(version); err == nil {
		dialect = of
	}
	for _, a := range e.Attached {
		p, ok := d.profile(u, a.Name)
		switch {
		case !ok:
			missing = append(missing, fmt.Sprintf("profile %q is not in the file (the predefined ones are delivered by content updates)", a.Name))
			continue
		case a.Event != panos.Login && a.Event != panos.Logout:
			missing = append(missing, fmt.Sprintf("profile %q has the event type %q", a.Name, a.Event))
			continue
		}
		p.Event = a.Event
		p, ok = withSample(p, dialect)
		if !ok {
			missing = append(missing, fmt.Sprintf("no sample message could be made for profile %q: add one under samples: in a file of profiles, and attach it", a.Name))
			continue
		}
		before, there := d.profiles[p.Name]
		if before.Event = p.Event; there && !reflect.DeepEqual(before, p) {
			return nil, nil, errors.New("two virtual systems have different profiles " + fmt.Sprintf("%q", p.Name) + "; choose one with --vsys or --template")
		}
		if !there {
			d.profiles[p.Name], d.order = p, append(d.order, p.Name)
		}
		list = append(list, profile.Attachment{Profile: p, Event: a.Event})
	}
	return list, missing, nil
}

// profile finds a profile: that of the virtual system, else a shared one, else a predefined one.
func (d *drafter) profile(u panos.UserID, name string) (profile.Profile, bool) {
	place := u.At.XPath()
	root := place[:max(0, strings.LastIndex(place, "/devices/"))]
	for _, near := range []func(string) bool{
		func(p string) bool { return strings.HasPrefix(p, place) },
		func(p string) bool { return strings.HasPrefix(p, root+"/shared/") },
		func(p string) bool { return strings.Contains(p, "/predefined/") },
	} {
		for _, s := range d.sets {
			if !near(s.Place) {
				continue
			}
			for _, p := range s.Profiles {
				if p.Name == name {
					return p, true
				}
			}
		}
	}
	return profile.Profile{}, false
}

// listenerTLS is how the certificate of the listener is verified.
func (d *drafter) listenerTLS(u panos.UserID) string {
	var keys []string
	if ca := d.certificates(u.ListenerCAs, u, "listener-ca.pem"); ca != "" {
		keys = append(keys, "ca: "+yamlText(ca))
	} else if d.origin.CA != "" {
		keys = append(keys, "ca: "+yamlText(d.origin.CA))
	}
	if d.origin.ServerName != "" {
		keys = append(keys, "server_name: "+yamlText(d.origin.ServerName))
	}
	if keys == nil {
		return ""
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// certificates writes those that the file has, and returns the name of the file; "" if there is
// none.
func (d *drafter) certificates(list []panos.ConfigCertificate, u panos.UserID, name string) string {
	var text []byte
	for _, c := range list {
		if c.Certificate != nil {
			text = fmt.Appendf(text, "# %s: %s, until %s\n", oneLine(c.Name.Text), oneLine(c.Certificate.Subject.String()), c.Certificate.NotAfter.UTC().Format("2006-01-02"))
			text = append(text, c.PEM()...)
		}
	}
	if text == nil {
		return ""
	}
	if len(d.users) > 1 {
		name = fileWord(u.Label()) + "-" + name
	}
	name = d.origin.Prefix + name
	d.files = append(d.files, DraftFile{name, text})
	return name
}

// fileWord is a text as a part of a file's name on every system.
func fileWord(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, text)
}
