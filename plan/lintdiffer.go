package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// differs compares what User-ID is made of in two configurations: that of the virtual system of the
// same name. What is each unit's own, such as addresses of interfaces, is left out.
func differs(l *configLint, u panos.UserID) ([]configFinding, string) {
	if l.Other == nil {
		return nil, "no other configuration was given"
	}
	var others []panos.UserID
	for _, o := range l.Other.UserID() {
		if o.VSys == u.VSys {
			others = append(others, o)
		}
	}
	var f found
	switch len(others) {
	case 0:
		f.fail(u.At, "%s has no User-ID agent in %q", l.Other.File(), u.VSys)
		return f, ""
	case 1:
	default:
		return nil, fmt.Sprintf("%s has %d virtual systems %q", l.Other.File(), len(others), u.VSys)
	}
	ours, theirs := facets(u), facets(others[0])
	names := slices.Collect(maps.Keys(ours))
	for name := range theirs {
		if _, both := ours[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		here, isHere := ours[name]
		there, isThere := theirs[name]
		switch {
		case !isThere:
			f.fail(here.At, "%s is not in %s", name, l.Other.File())
		case !isHere:
			f.fail(u.At, "%s is only in %s", name, l.Other.File())
		case here.Text != there.Text:
			f.fail(here.At, "%s is %q, and %q in %s", name, here.Text, there.Text, l.Other.File())
		}
	}
	return f, ""
}

// facets are what two units have to have in common, by names for people. The password is not among
// them: each unit may encrypt it in its own way.
func facets(u panos.UserID) map[string]panos.ConfigValue {
	all := map[string]panos.ConfigValue{}
	set := func(name string, v panos.ConfigValue) {
		if v.Given() {
			all[name] = v
		}
	}
	set("the user name of the Server Monitor Account", u.Account)
	set("Domain's DNS Name", u.Domain)
	set("the Kerberos Server Profile", u.KerberosProfile)
	set("the certificate profile", u.CertificateProfile)
	set("the syslog service profile", u.ServiceProfile)
	set("the time-out of mappings", u.Timeout)
	set("whether mappings time out", u.EnableTimeout)
	for _, k := range u.KDCs {
		set(fmt.Sprintf("server %q of the Kerberos Server Profile", k.Name), panos.ConfigValue{Text: strings.TrimSuffix(k.Host.Text+":"+k.Port.Text, ":"), At: k.Host.At})
	}
	for _, e := range u.Entries {
		set(fmt.Sprintf("server-monitor entry %q", e.Name), panos.ConfigValue{Text: entryText(e), At: e.At})
	}
	for _, n := range u.Networks {
		set(fmt.Sprintf("network %q", n.Name), panos.ConfigValue{Text: fmt.Sprintf("%s, excluded: %t", n.Network, n.Exclude), At: n.At})
	}
	for _, v := range u.IgnoredUsers {
		set(fmt.Sprintf("ignored user %q", v.Text), v)
	}
	for _, p := range u.Profiles {
		set(fmt.Sprintf("parse profile %q", p.Text), panos.ConfigValue{Text: leaves(p.At), At: p.At})
	}
	for _, z := range u.Zones {
		set(fmt.Sprintf("User-ID of zone %q", z.Name), panos.ConfigValue{Text: fmt.Sprint(z.UserID), At: z.At})
	}
	return all
}

func entryText(e panos.MonitorEntry) string {
	words := []string{string(e.Kind), e.Host.Text, e.Transport, string(e.Connection), e.DefaultDomain.Text}
	for _, a := range e.Attached {
		words = append(words, a.Name+"="+string(a.Event))
	}
	if e.Disabled {
		words = append(words, "disabled")
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// leaves is what stands in an element, whatever white space and attributes it is written with.
func leaves(e *panos.ConfigElement) string {
	children := e.Children()
	if len(children) == 0 {
		return e.Name() + "=" + e.Text()
	}
	var words []string
	for _, c := range children {
		words = append(words, leaves(c))
	}
	return strings.Join(words, " ")
}
