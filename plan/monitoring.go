package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/credential"
)

// maxNetBIOS is the longest NetBIOS name of a domain, in characters ([MS-NBTE] section 2.2.1: 16 bytes, the
// last of which is the kind of the name).
const maxNetBIOS = 15

func (r *reader) monitoring(at place, text monitoringFile) *Monitoring {
	if r.Wrong(at...) {
		return &Monitoring{}
	}
	m := &Monitoring{Account: text.Account, RealmAsTyped: text.RealmAsTyped}
	r.account(at.With("account"), text.Account)
	m.Realm = r.realm(at.With("domain_dns_name"), text.DomainDNSName)
	m.Domains = r.domains(at, text, m.Realm)
	r.proof(at, text, m)
	m.Resolvers = r.resolvers(at.With("dns"), text.DNS)
	m.LDAP = r.ldap(at.With("ldap"), text.LDAP)
	m.WinRM = !text.WinRM.Off
	m.Servers = r.servers(at.With("servers"), text.Servers)
	if profile := at.With("kerberos_server_profile"); r.Has(profile...) || !basicAlone(m.Servers) {
		m.KDCs = r.kdcs(profile, text.KDCs)
	}
	return m
}

// basicAlone says whether every server is read with Basic: then there is no Kerberos Server Profile.
func basicAlone(servers []Server) bool {
	return len(servers) > 0 && !slices.ContainsFunc(servers, func(s Server) bool { return s.Authentication != Basic })
}

// realm reads the Domain's DNS Name. A NetBIOS name is taken: that it is wrong is what a check
// finds out, as it is on the firewall.
func (r *reader) realm(at place, name string) string {
	const hint = "Domain's DNS Name of the Server Monitor Account, such as corp.example"
	if !r.text(at, name, hint) {
		return name
	}
	if fault := domainFault(name); fault != "" {
		r.Problem(at, hint, "%s: %q %s", at, name, fault)
	}
	return name
}

// domainFault says why a name cannot be that of a domain, or "".
func domainFault(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return "is an address and not the name of a domain"
	}
	if hostFault(name) != "" {
		return "is not the name of a domain"
	}
	return ""
}

// domains are the names that stand for the realm.
func (r *reader) domains(at place, text monitoringFile, realm string) credential.Domains {
	domains := credential.Domains{}
	if here := at.With("netbios"); r.given(here) {
		if fault := netBIOSFault(text.NetBIOS); fault != "" {
			r.Problem(here, "the name before the \\ of an account, such as CORP", "%s: %q %s", here, text.NetBIOS, fault)
		}
		domains[text.NetBIOS] = realm
	}
	for i, suffix := range text.UPNSuffixes {
		here := at.With("upn_suffixes", i)
		if r.Wrong(here...) {
			continue
		}
		if fault := domainFault(suffix); fault != "" {
			r.Problem(here, "what stands after the @ of an account, such as corp.example", "%s: %q %s", here, suffix, fault)
		}
		domains[suffix] = realm
	}
	return domains
}

func netBIOSFault(name string) string {
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return "is empty"
	case n > maxNetBIOS:
		return "has " + strconv.Itoa(n) + " characters, a NetBIOS name has at most " + strconv.Itoa(maxNetBIOS)
	case strings.ContainsAny(name, `\/:*?"<>|@. `) || nameFault(name) != "":
		return "is not the NetBIOS name of a domain"
	}
	return ""
}

// account checks the form of the user name. Whether its domain is the realm is what a check finds
// out, as for the realm.
func (r *reader) account(at place, text string) {
	const hint = `User Name of the Server Monitor Account, such as 'CORP\svc-userid'`
	if !r.text(at, text, hint) {
		return
	}
	if err := ParseAccount(text); err != nil {
		r.Problem(at, hint, "%s: %v", at, err)
	}
}

// ParseAccount says what is wrong with the form of an account's name: DOMAIN\user, user@domain or
// user.
func ParseAccount(text string) error {
	domains := credential.Domains{}
	for _, name := range domainIn(text) {
		domains[name] = "domain.invalid" // whichever it is
	}
	_, err := credential.ParseAccount(text, domains)
	return err
}

// domainIn is the domain in the name of an account, if it has one.
func domainIn(account string) []string {
	if name, _, ok := strings.Cut(account, `\`); ok {
		return []string{name}
	}
	if _, name, ok := strings.Cut(account, "@"); ok {
		return []string{name}
	}
	return nil
}

// proof reads what the account logs in with.
func (r *reader) proof(at place, text monitoringFile, m *Monitoring) {
	var given []string
	for _, key := range []string{"password", "keytab", "cache"} {
		if r.Has(at.With(key)...) {
			given = append(given, key)
		}
	}
	if len(given) > 1 {
		r.KeyProblem(at.With(given[1]), "keep one of them", "%s: %s are given, one is used", at, strings.Join(given, " and "))
	}
	if here := at.With("password"); r.given(here) {
		m.Password = r.secret(here, text.Password)
	}
	m.Keytab = r.optionalFile(at.With("keytab"), text.Keytab)
	if here := at.With("cache"); strings.HasPrefix(text.Cache, "FILE:") {
		r.Problem(here, "write the path alone, without FILE:", "%s: %q is not a path", here, text.Cache)
	} else {
		m.Cache = r.optionalFile(here, text.Cache)
	}
}

func (r *reader) kdcs(at place, text []string) (all []Endpoint) {
	const hint = "name the servers of the Kerberos Server Profile, such as [dc1.corp.example]"
	if !r.required(at, hint) {
		return nil
	}
	if len(text) == 0 {
		r.Problem(at, hint, "%s is empty", at)
	}
	seen := names{}
	for i, one := range text {
		here := at.With(i)
		if r.Wrong(here...) {
			continue
		}
		kdc, err := ParseEndpoint(one)
		if err != nil {
			r.Problem(here, "such as dc1.corp.example or '192.0.2.10:88'", "%s: %v", here, err)
			continue
		}
		r.once(seen, here, "server", strings.ToLower(kdc.Host)+":"+strconv.Itoa(int(kdc.Port)))
		all = append(all, kdc)
	}
	return all
}

// ParseEndpoint reads a server of a Kerberos Server Profile: a name or an address, with or without
// its port.
func ParseEndpoint(text string) (Endpoint, error) {
	host, port, fault := hostPort(text, DefaultKDCPort)
	if fault == "" {
		fault = hostFault(host)
	}
	if fault != "" {
		return Endpoint{}, fmt.Errorf("%q %s", text, fault)
	}
	return Endpoint{host, port}, nil
}

// resolvers reads DNS servers, which are addresses: a name would need one to be resolved.
func (r *reader) resolvers(at place, text []string) (all []netip.AddrPort) {
	const hint = "such as '192.0.2.53'; without dns: those of this host are asked"
	if r.given(at) && len(text) == 0 {
		r.Problem(at, hint, "%s is empty", at)
	}
	seen := names{}
	for i, one := range text {
		here := at.With(i)
		if r.Wrong(here...) {
			continue
		}
		server, err := ParseResolver(one)
		if err != nil {
			r.Problem(here, hint, "%s: %v", here, err)
			continue
		}
		r.once(seen, here, "DNS server", server.String())
		all = append(all, server)
	}
	return all
}

// ParseResolver reads a DNS server: an address, with or without its port.
func ParseResolver(text string) (netip.AddrPort, error) {
	host, port, fault := hostPort(text, DefaultDNSPort)
	address, err := netip.ParseAddr(host)
	switch {
	case fault != "":
	case err != nil:
		fault = "is not the address of a DNS server"
	default:
		fault = unicastFault(address)
	}
	if fault != "" {
		return netip.AddrPort{}, fmt.Errorf("%q %s", text, fault)
	}
	return netip.AddrPortFrom(address, port), nil
}

// ParseDomain reads the name of a domain as it stands in a dialog. A NetBIOS name is taken.
func ParseDomain(text string) (string, error) {
	if fault := domainFault(text); fault != "" {
		return "", fmt.Errorf("%q %s", text, fault)
	}
	return text, nil
}

// ParseHost reads the Network Address of a monitored server: a name or an address, without a port.
func ParseHost(text string) (string, error) {
	if fault := hostFault(text); fault != "" {
		return "", fmt.Errorf("%q %s", text, fault)
	}
	return text, nil
}

// ParseNetBIOS reads the NetBIOS name of a domain.
func ParseNetBIOS(text string) (string, error) {
	if fault := netBIOSFault(text); fault != "" {
		return "", fmt.Errorf("%q %s", text, fault)
	}
	return text, nil
}

// hostPort reads a host, a host with its port, or an IPv6 address with or without brackets.
func hostPort(text string, standard uint16) (host string, port uint16, fault string) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.String(), standard, ""
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 || strings.HasSuffix(text, "]") {
		return unbracketed(text), standard, ""
	}
	n, err := strconv.ParseUint(text[i+1:], 10, 16)
	if err != nil || n == 0 {
		return "", 0, "has no port from 1 to 65535 after its colon"
	}
	return unbracketed(text[:i]), uint16(n), ""
}

// unbracketed takes the brackets off an IPv6 address; elsewhere they stay and are a mistake.
func unbracketed(host string) string {
	inner, ok := strings.CutPrefix(host, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !ok || !closed || !strings.Contains(inner, ":") {
		return host
	}
	return inner
}

func (r *reader) ldap(at place, text ldapFile) LDAP {
	if port := at.With("port"); text.Port < 1 || text.Port > 65535 {
		r.Problem(port, "the standard port is "+strconv.Itoa(DefaultLDAPPort), "%s: %d is not a port", port, text.Port)
		return LDAP{}
	}
	l := LDAP{Off: text.Off, Port: uint16(text.Port), TLS: text.TLS}
	if text.CA != "" && !text.TLS {
		r.Problem(at.With("ca"), "add tls: true, or remove the key", "%s: without TLS there is no certificate to verify", at.With("ca"))
		return l
	}
	l.CA = r.optionalFile(at.With("ca"), text.CA)
	return l
}

func (r *reader) servers(at place, text []serverFile) (all []Server) {
	const hint = "name the servers that are monitored"
	if !r.required(at, hint) {
		return nil
	}
	if len(text) == 0 {
		r.Problem(at, hint, "%s is empty", at)
	}
	seenNames, seenHosts := names{}, names{}
	for i, one := range text {
		if here := at.With(i); !r.Wrong(here...) {
			all = append(all, r.server(here, one, seenNames, seenHosts))
		}
	}
	return all
}

func (r *reader) server(at place, text serverFile, seenNames, seenHosts names) Server {
	if name := at.With("name"); r.text(name, text.Name, "the name of the server on the firewall") {
		if fault := nameFault(text.Name); fault != "" {
			r.Problem(name, "write it as on the firewall", "%s: %q %s", name, text.Name, fault)
		}
		r.once(seenNames, name, "server", text.Name)
	}
	if host := at.With("host"); r.text(host, text.Host, "Network Address of the server, such as dc1.corp.example") {
		if fault := hostFault(text.Host); fault != "" {
			r.Problem(host, "such as dc1.corp.example, without a port", "%s: %q %s", host, text.Host, fault)
		}
		r.once(seenHosts, host, "server with the host", strings.ToLower(text.Host))
	}
	transport := at.With("transport")
	forms := strings.Join(Transports(), ", ")
	if r.text(transport, text.Transport, "write one of "+forms) && !slices.Contains(Transports(), text.Transport) {
		r.Problem(transport, didYouMean(strings.ToLower(text.Transport), Transports(), "write one of "+forms), "%s: %q is not a transport of a monitored server", transport, text.Transport)
	}
	s := Server{Name: text.Name, Host: text.Host, Transport: text.Transport, Authentication: Kerberos}
	if port := at.With("port"); r.given(port) {
		if text.Port < 1 || text.Port > 65535 {
			r.Problem(port, "the standard ports are 5985 for winrm-http and 5986 for winrm-https", "%s: %d is not a port", port, text.Port)
		} else {
			s.Port = uint16(text.Port)
		}
	}
	r.overTLS(at, text, &s)
	return s
}

// overTLS reads what means something for WinRM-HTTPS alone.
func (r *reader) overTLS(at place, text serverFile, s *Server) {
	profile, authentication := at.With("certificate_profile"), at.With("authentication")
	if s.Transport != TransportHTTPS && !r.Wrong(at.With("transport")...) {
		if r.Has(profile...) {
			r.KeyProblem(profile, "only winrm-https has a certificate to judge", "%s: it means nothing for %q", profile, s.Transport)
		}
		if r.given(authentication) && text.Authentication != Kerberos {
			r.Problem(authentication, "only winrm-https can be without Kerberos", "%s: it means nothing for %q", authentication, s.Transport)
		}
		if s.Transport == TransportWMI && s.Port != 0 {
			r.KeyProblem(at.With("port"), "WMI finds its ports itself", "%s: it means nothing for %q", at.With("port"), s.Transport)
		}
		return
	}
	s.CertificateProfile = r.optionalFile(profile, text.CertificateProfile)
	if !r.given(authentication) {
		return
	}
	forms := strings.Join(Authentications(), ", ")
	if !slices.Contains(Authentications(), text.Authentication) {
		r.Problem(authentication, didYouMean(strings.ToLower(text.Authentication), Authentications(), "write one of "+forms), "%s: %q is not one of %s", authentication, text.Authentication, forms)
		return
	}
	s.Authentication = text.Authentication
}
