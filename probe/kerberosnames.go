package probe

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// identity is who logs in, and who counts the refusals.
type identity struct {
	principal kerberos.Principal
	account   credential.Account
	authority credential.Authority
}

// The symptoms of names that are wrong.
const (
	symptomReplyModified  = "kerberos.reply-modified"
	symptomClientUnknown  = "kerberos.client-unknown"
	symptomServiceUnknown = "kerberos.service-unknown"
	symptomRealmUnknown   = "kerberos.realm-unknown"
	symptomRealmEmpty     = "kerberos.realm-unresolvable"
)

// finding is one thing that a check has to say.
type finding struct {
	status  check.Status
	text    string
	hint    string
	symptom string
}

// findings are what one check has to say, the first to be mended first.
type findings []finding

// result takes the worst of them for the check's; well is its summary when there is none.
func (list findings) result(well string) check.Result {
	r := check.Result{Status: check.Pass, Summary: well}
	var texts []string
	for _, f := range list {
		texts = append(texts, f.text)
		if f.status > r.Status {
			r.Status, r.Hint, r.Symptom = f.status, f.hint, f.symptom
		}
	}
	if texts != nil {
		r.Summary = strings.Join(texts, "; ")
	}
	return r
}

func (s *monitored) askNames(context.Context) check.Result {
	list := append(append(s.nameFindings, judgeProfile(s.config)...), judgeServers(s.config)...)
	well := fmt.Sprintf("it logs in as %v", s.who.principal)
	r := list.result(well)
	if s.known && r.Status != check.Pass {
		r.Summary += "; " + well
	}
	if s.known && !s.config.RealmAsTyped && s.who.principal.Realm != s.config.Realm {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "realm that is sent", Text: s.who.principal.Realm + " (upper case, as Active Directory writes realms; inferred: no document says what PAN-OS does)"})
	}
	return r
}

// identify reads the fields of the Server Monitor Account. ok is false where nobody can tell who
// would log in: then no question about the account is asked.
func identify(m Monitoring) (who identity, list findings, ok bool) {
	list = judgeRealm(m)
	user, more := judgeAccount(m)
	list = append(list, more...)
	for _, f := range list {
		if f.status > check.Warn {
			return who, list, false
		}
	}
	realm := m.Realm
	if !m.RealmAsTyped {
		realm = strings.ToUpper(realm)
	}
	who.principal = kerberos.Principal{Type: kerberos.NamePrincipal, Name: []string{user}, Realm: realm}
	var err error
	if who.account, err = credential.ParseAccount(user+"@"+m.Realm, m.Domains); err == nil {
		who.authority, err = credential.RealmAuthority(m.Realm, m.Domains)
	}
	if err != nil {
		return who, append(list, finding{check.Fail, err.Error(), "correct User Name and Domain's DNS Name of the Server Monitor Account", ""}), false
	}
	return who, list, true
}

const realmHint = "Device > User Identification > User Mapping > Server Monitor Account: enter the DNS name of the AD domain, such as CORP.EXAMPLE, as Domain's DNS Name, and commit"

// judgeRealm looks at Domain's DNS Name as it was typed.
func judgeRealm(m Monitoring) findings {
	fail := func(symptom, format string, a ...any) findings {
		return findings{{check.Fail, fmt.Sprintf(format, a...), realmHint, symptom}}
	}
	other := m.dnsName(m.Realm)
	switch {
	case m.Realm == "":
		return fail(symptomRealmEmpty, "Domain's DNS Name is empty")
	case other != "" && !strings.EqualFold(other, m.Realm):
		return fail(symptomReplyModified, "Domain's DNS Name %q is another name of the domain %s: a domain controller answers in its own realm, and the firewall throws the ticket away", m.Realm, other)
	case other == "" && !strings.Contains(m.Realm, "."):
		return fail(symptomReplyModified, "Domain's DNS Name %q has no dot: it looks like the NetBIOS name of the domain, and not like its DNS name", m.Realm)
	}
	if err := kerberos.CheckRealm(m.Realm); err != nil {
		return fail(symptomReplyModified, "Domain's DNS Name: %v", err)
	}
	if m.Realm != strings.ToUpper(m.Realm) {
		return findings{{check.Warn,
			fmt.Sprintf("Domain's DNS Name %q is not in upper case: whether the firewall turns it into a realm is not documented", m.Realm),
			fmt.Sprintf("enter it as %s; if the firewall logs %d, this is why", strings.ToUpper(m.Realm), mitNumber(kerberos.ReplyModified)),
			symptomReplyModified,
		}}
	}
	return nil
}

// mitNumber is the number of what a client finds by itself.
func mitNumber(f kerberos.Failure) int32 { return (&kerberos.ClientError{Failure: f}).MITNumber() }

// dnsName is what the site says that a name of a domain stands for; empty if it says nothing.
func (m Monitoring) dnsName(name string) string {
	for alias, dns := range m.Domains {
		if dns = strings.TrimSuffix(dns, "."); strings.EqualFold(alias, name) || strings.EqualFold(dns, name) {
			return dns
		}
	}
	return ""
}

const accountHint = "Device > User Identification > User Mapping > Server Monitor Account: enter the account of that domain as User Name (its sAMAccountName behind the NetBIOS name, or its UPN), and commit"

// judgeAccount looks at User Name as it was typed, and gives the user's own name.
func judgeAccount(m Monitoring) (user string, list findings) {
	fail := func(symptom, format string, a ...any) (string, findings) {
		return "", findings{{check.Fail, fmt.Sprintf(format, a...), accountHint, symptom}}
	}
	user, domain, form := splitAccount(m.Account)
	switch {
	case user == "":
		return fail("", "User Name %q holds no user's name", m.Account)
	case strings.ContainsAny(user, `\@/`):
		return fail(symptomClientUnknown, "User Name %q is neither DOMAIN\\user nor user@domain", m.Account)
	case domain == "" || m.isRealm(domain):
		return user, nil
	}
	home := m.dnsName(domain)
	switch {
	case form == '\\' && (m.isRealm(home) || home == "" && strings.EqualFold(domain, firstLabel(m.Realm))):
		return user, nil // the NetBIOS name, known or as it usually is: the first label
	case form == '@' && m.isRealm(home):
		return user, findings{{check.Warn,
			fmt.Sprintf("the UPN suffix %q is not the realm %s: which of the two the firewall asks for is not documented", domain, m.Realm),
			`write the account as NETBIOS\sAMAccountName: the part of a UPN before the @ can differ from that name`,
			symptomReplyModified,
		}}
	case home != "":
		return fail(symptomClientUnknown, "User Name %q is an account of %s, and Domain's DNS Name is %q", m.Account, home, m.Realm)
	}
	user, list = fail(symptomClientUnknown, "User Name %q: that %q is a name of the domain %s is not known, so no password is risked on it", m.Account, domain, m.Realm)
	list[0].hint = "say so if it is (the NetBIOS name, or a further UPN suffix, in the site file or on the command line); if not: " + accountHint
	return user, list
}

// splitAccount takes a domain off a user's name; form is the character between them, 0 if there is
// no domain.
func splitAccount(text string) (user, domain string, form byte) {
	if domain, user, ok := strings.Cut(text, `\`); ok {
		return user, domain, '\\'
	}
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return text[:i], text[i+1:], '@'
	}
	return text, "", 0
}

func (m Monitoring) isRealm(name string) bool {
	return name != "" && strings.EqualFold(strings.TrimSuffix(name, "."), strings.TrimSuffix(m.Realm, "."))
}

func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}

// judgeProfile looks at the Kerberos Server Profile.
func judgeProfile(m Monitoring) (list findings) {
	if len(m.KDCs) == 0 {
		list = append(list, finding{check.Fail, "the Kerberos Server Profile names no domain controller",
			"Device > Server Profiles > Kerberos: add the domain controllers of the domain, choose the profile in Server Monitor Account, and commit", symptomRealmUnknown})
	}
	return list
}

const serverHint = "Device > User Identification > User Mapping > Server Monitoring: enter the server's FQDN as Network Address, and commit"

// judgeServers looks at the Network Address of each monitored server: its service ticket is for
// HTTP/ and that name.
func judgeServers(m Monitoring) (list findings) {
	for _, server := range m.Servers {
		if !server.overKerberos() {
			continue
		}
		switch {
		case isAddress(server.Host):
			list = append(list, finding{check.Fail,
				fmt.Sprintf("the server %s is monitored by its address %s: no service has that name, and Kerberos needs an FQDN", server.Name, server.Host),
				serverHint, symptomServiceUnknown})
		case !strings.Contains(strings.TrimSuffix(server.Host, "."), "."):
			list = append(list, finding{check.Warn,
				fmt.Sprintf("the server %s is monitored by the short name %q: a domain controller may not know HTTP/%s, and DNS may not know the name", server.Name, server.Host, server.Host),
				serverHint, symptomServiceUnknown})
		}
	}
	return list
}

// overKerberos says whether the firewall asks for a service ticket. Over WMI it logs in with
// NTLM.
func (s MonitoredServer) overKerberos() bool { return s.overWinRM() && !s.overBasic() }

func isAddress(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}
