package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

const noWindows = "no Windows server is monitored"

func serverByAddress(_ *configLint, u panos.UserID) ([]configFinding, string) {
	if !u.KerberosProfile.Given() {
		return nil, "the Server Monitor Account has no Kerberos Server Profile"
	}
	var f found
	for _, e := range windows(u) {
		if !winRM(e) {
			continue // WMI does not ask for a ticket by name
		}
		if _, err := netip.ParseAddr(e.Host.Text); err == nil {
			f.fail(e.Host.At, "server %q is given by its address %s", e.Name, e.Host.Text)
		} else if e.Host.Given() && !strings.Contains(e.Host.Text, ".") && !isVariable(e.Host) {
			f.fail(e.Host.At, "server %q: %q is not a full name", e.Name, e.Host.Text)
		}
	}
	return f, ""
}

func winRM(e panos.MonitorEntry) bool {
	return strings.HasPrefix(strings.ToLower(e.Transport), "winrm-")
}

// isVariable says whether Panorama puts something else in the place of a value.
func isVariable(v panos.ConfigValue) bool { return strings.HasPrefix(v.Text, "$") }

func realmNetBIOS(_ *configLint, u panos.UserID) ([]configFinding, string) {
	var f found
	switch {
	case !u.KerberosProfile.Given():
		return nil, "the Server Monitor Account has no Kerberos Server Profile"
	case isVariable(u.Domain):
		return nil, "the domain is a variable of Panorama"
	case !u.Domain.Given():
		f.fail(u.KerberosProfile.At, "the Server Monitor Account has no Domain's DNS Name, which is the realm")
	case !strings.Contains(u.Domain.Text, "."):
		f.fail(u.Domain.At, "Domain's DNS Name %q is a NetBIOS name", u.Domain.Text)
	}
	return f, ""
}

func httpWithoutKerberos(_ *configLint, u panos.UserID) ([]configFinding, string) {
	if u.KerberosProfile.Given() {
		return nil, ""
	}
	var f found
	for _, e := range windows(u) {
		if strings.EqualFold(e.Transport, TransportHTTP) {
			f.fail(e.At, "server %q is read over WinRM-HTTP, and the Server Monitor Account has no Kerberos Server Profile", e.Name)
		}
	}
	return f, ""
}

func httpsWithoutProfile(_ *configLint, u panos.UserID) ([]configFinding, string) {
	if u.VSys == "" {
		return nil, "the file holds less than a virtual system"
	}
	var f found
	for _, e := range windows(u) {
		switch {
		case !strings.EqualFold(e.Transport, TransportHTTPS):
		case !u.CertificateProfile.Given():
			f.fail(e.At, "server %q is read over WinRM-HTTPS, and Connection Security has no certificate profile", e.Name)
		case u.CertificateProfileKnown && len(u.CAs) == 0:
			f.fail(u.CertificateProfile.At, "certificate profile %q has no CA", u.CertificateProfile.Text)
			return f, ""
		}
	}
	return f, ""
}

// expirySoon is how long before its end a CA is warned of.
const expirySoon = 60 * 24 * time.Hour

func caExpiry(l *configLint, u panos.UserID) ([]configFinding, string) {
	var f found
	known := 0
	for _, ca := range u.CAs {
		if ca.Certificate == nil {
			continue
		}
		known++
		switch end := ca.Certificate.NotAfter; {
		case l.Now.After(end):
			f.fail(ca.Name.At, "CA %q has been invalid since %s", ca.Name.Text, end.UTC().Format(time.DateOnly))
		case end.Sub(l.Now) < expirySoon:
			f.warn(ca.Name.At, "CA %q is valid until %s, for %d more days", ca.Name.Text, end.UTC().Format(time.DateOnly), int(end.Sub(l.Now)/(24*time.Hour)))
		}
	}
	if known == 0 {
		return f, "the file holds no CA of a certificate profile"
	}
	return f, ""
}

func senderWithoutProfile(_ *configLint, u panos.UserID) ([]configFinding, string) {
	var f found
	for _, e := range senders(u) {
		switch {
		case len(e.Attached) == 0:
			f.fail(e.At, "sender %q has no parse profile", e.Name)
		case !slices.ContainsFunc(e.Attached, func(a panos.AttachedProfile) bool { return a.Event == panos.Login }):
			f.warn(e.At, "sender %q has profiles for logouts alone", e.Name)
		}
	}
	return f, noSenders(u)
}

func noSenders(u panos.UserID) string {
	if len(senders(u)) == 0 {
		return "there is no syslog sender"
	}
	return ""
}

func profileUnused(_ *configLint, u panos.UserID) ([]configFinding, string) {
	var f found
	for _, p := range u.Profiles {
		if !slices.ContainsFunc(u.Entries, func(e panos.MonitorEntry) bool { return e.Uses(p.Text) }) {
			f.warn(p.At, "no sender has profile %q", p.Text)
		}
	}
	return f, ""
}

func loginLogoutAlike(l *configLint, u panos.UserID) ([]configFinding, string) {
	d := drafter{sets: l.sets}
	var f found
	for _, e := range senders(u) {
		logins := map[string]string{}
		for _, a := range e.Attached {
			if p, ok := d.profile(u, a.Name); ok && a.Event == panos.Login {
				logins[eventOf(p)] = p.Name
			}
		}
		for _, a := range e.Attached {
			p, ok := d.profile(u, a.Name)
			if !ok || a.Event != panos.Logout {
				continue
			}
			if login, alike := logins[eventOf(p)]; alike {
				f.fail(a.At, "sender %q: login profile %q and logout profile %q look for the same event", e.Name, login, p.Name)
			}
		}
	}
	return f, noSenders(u)
}

// eventOf is what a profile knows its messages by.
func eventOf(p profile.Profile) string {
	if p.Regex != nil {
		return "regex " + p.Regex.EventRegex
	}
	if p.Field != nil {
		return "string " + p.Field.EventString
	}
	return ""
}

// elsewhere says why settings of the device are not judged; "" if they are.
func elsewhere(u panos.UserID) string {
	switch {
	case u.Device.At == nil:
		return "the file holds less than a device"
	case u.Template != "":
		return "another template of the stack may hold it"
	}
	return ""
}

func listenerOff(_ *configLint, u panos.UserID) ([]configFinding, string) {
	if why := elsewhere(u); why != "" {
		return nil, why
	}
	access, profiled, known := u.Device.Access()
	if !known {
		return nil, fmt.Sprintf("interface %q of the service route, or its management profile, is not in the file", u.Device.Route.Interface.Text)
	}
	var f found
	for _, t := range []panos.ConnectionType{panos.UDP, panos.SSL} {
		first := slices.IndexFunc(senders(u), func(e panos.MonitorEntry) bool { return e.Connection == t })
		if first < 0 {
			continue
		}
		name := senders(u)[first].Name
		switch on, sure := listens(access, t); {
		case !profiled:
			f.fail(access.At, "sender %q uses %s, and interface %q of the service route has no interface management profile", name, t, access.Name)
		case !on && sure:
			f.fail(access.At, "sender %q uses %s, and the %s listener is off at %s", name, t, t, interfaceWords(access))
		case !on:
			f.warn(access.At, "sender %q uses %s, and the configuration of %s does not say that the %s listener is on", name, t, interfaceWords(access), t)
		}
	}
	return f, noSenders(u)
}

// listens says whether a listener is on. The management interface's services are disabled by words;
// whether one of which nothing is written is off, as the schema says, is not certain.
func listens(access panos.InterfaceAccess, t panos.ConnectionType) (on, sure bool) {
	v := access.UDP
	if t == panos.SSL {
		v = access.SSL
	}
	if access.Name == "" {
		return !v.Yes(true), v.At != nil
	}
	return v.Yes(false), true
}

func interfaceWords(access panos.InterfaceAccess) string {
	if access.Name == "" {
		return "the management interface"
	}
	return fmt.Sprintf("interface management profile %q", access.Name)
}

func notPermitted(_ *configLint, u panos.UserID) ([]configFinding, string) {
	if why := elsewhere(u); why != "" {
		return nil, why
	}
	access, profiled, known := u.Device.Access()
	switch {
	case !known || !profiled:
		return nil, "the interface of the service route, or its management profile, is not in the file"
	case len(access.Permitted) == 0:
		return nil, ""
	}
	list := permittedBy(access)
	if len(list) == 0 {
		return nil, "no entry of the list is an address or a network"
	}
	var f found
	for _, e := range append(windows(u), senders(u)...) {
		a, err := netip.ParseAddr(e.Host.Text)
		if err != nil {
			continue // a name: its addresses are not in the configuration
		}
		if !slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) }) {
			f.fail(e.Host.At, "%s of %q is not among the permitted IP addresses of %s", a, e.Name, interfaceWords(access))
		}
	}
	return f, ""
}

// permittedBy are the networks that count. 0.0.0.0/0 is dropped from the list of the management
// interface (measured on PA-5220 11.1.13-h3 and PA-VM 11.2.3).
func permittedBy(access panos.InterfaceAccess) (list []netip.Prefix) {
	for _, v := range access.Permitted {
		p, err := netip.ParsePrefix(v.Text)
		if a, single := netip.ParseAddr(v.Text); single == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || access.Name == "" && p.Bits() == 0 && p.Addr().Is4() {
			continue
		}
		list = append(list, p)
	}
	return list
}

func oneServer(_ *configLint, u panos.UserID) ([]configFinding, string) {
	var f found
	list := enabled(u, panos.MonitorActiveDirectory)
	if len(list) == 1 {
		f.warn(list[0].At, "%q is the only Active Directory server that is monitored", list[0].Name)
	}
	if len(list) == 0 {
		return nil, "no Active Directory server is monitored"
	}
	return f, ""
}

func accountNotIgnored(_ *configLint, u panos.UserID) ([]configFinding, string) {
	switch {
	case len(windows(u)) == 0:
		return nil, noWindows
	case !u.Account.Given():
		return nil, "there is no Server Monitor Account"
	}
	var f found
	account := bareUser(u.Account.Text)
	if !slices.ContainsFunc(u.IgnoredUsers, func(v panos.ConfigValue) bool { return strings.EqualFold(bareUser(v.Text), account) }) {
		f.warn(u.Account.At, "%q is not among the ignored users", u.Account.Text)
	}
	return f, ""
}

// bareUser is a user's name without the domain.
func bareUser(name string) string {
	if _, user, ok := strings.Cut(name, `\`); ok {
		return user
	}
	user, _, _ := strings.Cut(name, "@")
	return user
}

// defaultTimeout is ip-user-mapping-timeout's default in minutes (configuration schema, 10.0.5).
const defaultTimeout = 45

func timeoutBelowInterim(l *configLint, u panos.UserID) ([]configFinding, string) {
	switch {
	case len(l.Interim) == 0:
		return nil, "no interim interval of a sender was given"
	case !u.EnableTimeout.Yes(true):
		return nil, "mappings do not time out"
	}
	minutes, at := defaultTimeout, u.Timeout.At
	if u.Timeout.Given() {
		n, err := strconv.Atoi(u.Timeout.Text)
		if err != nil {
			return []configFinding{}, fmt.Sprintf("ip-user-mapping-timeout %q is no number", u.Timeout.Text)
		}
		minutes = n
	}
	var f found
	for _, e := range senders(u) {
		interim, given := l.Interim[e.Name]
		if given && time.Duration(minutes)*time.Minute <= interim {
			if at == nil {
				at = e.At
			}
			f.fail(at, "mappings time out after %d minutes, and sender %q repeats itself every %s", minutes, e.Name, brief(interim))
		}
	}
	return f, ""
}

func noZone(_ *configLint, u panos.UserID) ([]configFinding, string) {
	switch {
	case u.VSys == "":
		return nil, "the file holds less than a virtual system"
	case u.Template != "":
		return nil, "another template of the stack may hold it"
	case len(u.Zones) == 0:
		return nil, "the file holds no zone"
	case slices.ContainsFunc(u.Zones, func(z panos.ZoneEntry) bool { return z.UserID }):
		return nil, ""
	}
	var f found
	f.fail(u.Zones[0].At, "none of the %d zones has User-ID enabled", len(u.Zones))
	return f, ""
}

func udpSender(_ *configLint, u panos.UserID) ([]configFinding, string) {
	access, profiled, known := u.Device.Access()
	on, _ := listens(access, panos.SSL)
	if !known || !profiled || !on {
		return nil, "the SSL listener is not on"
	}
	var f found
	for _, e := range senders(u) {
		if e.Connection == panos.UDP {
			f.warn(e.At, "sender %q uses UDP, and the SSL listener is on", e.Name)
		}
	}
	return f, noSenders(u)
}

// The limits of a virtual system (validators of the configuration schema, 10.0.5).
const maxServers = 100

func limits(_ *configLint, u panos.UserID) ([]configFinding, string) {
	var f found
	if n := len(u.Entries); n > maxServers {
		f.fail(u.Entries[maxServers].At, "%d servers and senders are configured, PAN-OS takes %d", n, maxServers)
	}
	n := 0
	for _, e := range u.Entries {
		if e.Kind != panos.MonitorSyslog {
			continue
		}
		if n++; n == MaxSenders+1 {
			f.fail(e.At, "more than %d syslog senders are configured", MaxSenders)
		}
		if attached := len(e.Attached); attached > profile.MaxAttachments {
			f.fail(e.At, "sender %q has %d profiles, PAN-OS takes %d", e.Name, attached, profile.MaxAttachments)
		}
	}
	return f, ""
}

func noNTP(_ *configLint, u panos.UserID) ([]configFinding, string) {
	if why := elsewhere(u); why != "" {
		return nil, why
	}
	var f found
	if len(u.Device.NTP) > 0 {
		return nil, ""
	}
	if u.KerberosProfile.Given() || slices.ContainsFunc(windows(u), func(e panos.MonitorEntry) bool { return strings.EqualFold(e.Transport, TransportHTTPS) }) {
		f.fail(u.Device.At, "no NTP server is set, and Kerberos and certificates need the right time")
	} else {
		f.warn(u.Device.At, "no NTP server is set")
	}
	return f, ""
}
