package plan

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// monitoring writes how the firewall logs in to the servers that it monitors; false if there is
// none that could be checked.
func (d *drafter) monitoring(u panos.UserID) bool {
	servers, any := d.servers(u)
	reason := d.unmonitored(u)
	switch {
	case !any:
	case reason != "":
		d.leave(4, "the monitored servers: %s", reason)
		for text := range strings.Lines(servers) {
			d.body.WriteString("    #" + strings.TrimPrefix(text, "    "))
		}
		return false
	}
	if !any {
		d.body.WriteString(servers)
		return false
	}
	d.line(4, "# How the firewall logs in to the servers that it monitors.")
	d.line(4, "monitoring:")
	d.line(6, "account: %s", yamlText(u.Account.Text))
	d.line(6, "domain_dns_name: %s", yamlText(u.Domain.Text))
	if name, _, ok := strings.Cut(u.Account.Text, `\`); ok && netBIOSFault(name) == "" {
		d.line(6, "netbios: %s", yamlText(name))
	} else if _, suffix, ok := strings.Cut(u.Account.Text, "@"); ok && !strings.EqualFold(suffix, u.Domain.Text) && domainFault(suffix) == "" {
		d.line(6, "upn_suffixes: [%s]", yamlText(suffix))
	}
	password := d.origin.Password
	if !password.Given() {
		password.Env = "UIDPROBE_SVC_PASSWORD"
	}
	d.line(6, "# The password is sent once, and not again after a refusal; without this line none is.")
	d.line(6, "password: %s", reference(password))
	d.kdcs(u)
	d.resolvers(u)
	d.body.WriteString(servers)
	return true
}

// unmonitored says why the site file cannot say how the firewall logs in.
func (d *drafter) unmonitored(u panos.UserID) string {
	switch {
	case !u.Account.Given():
		return "the Server Monitor Account has no user name"
	case ParseAccount(u.Account.Text) != nil:
		return fmt.Sprintf("the Server Monitor Account: %v", ParseAccount(u.Account.Text))
	case !u.Domain.Given():
		return "the Server Monitor Account has no Domain's DNS Name"
	case domainFault(u.Domain.Text) != "":
		return fmt.Sprintf("the Domain's DNS Name %q %s", u.Domain.Text, domainFault(u.Domain.Text))
	case u.KerberosProfile.Given() && !u.KDCsKnown:
		return fmt.Sprintf("the Kerberos Server Profile %q is not in the file", u.KerberosProfile.Text)
	}
	return ""
}

func (d *drafter) kdcs(u panos.UserID) {
	var list []string
	for _, k := range u.KDCs {
		text := k.Host.Text
		if k.Port.Given() && k.Port.Text != strconv.Itoa(DefaultKDCPort) {
			if a, err := netip.ParseAddr(text); err == nil && a.Is6() {
				text = "[" + text + "]"
			}
			text += ":" + k.Port.Text
		}
		if _, err := ParseEndpoint(text); err != nil {
			d.leave(6, "server %q of the Kerberos Server Profile: %v", k.Name, err)
			continue
		}
		list = append(list, yamlText(text))
	}
	if list != nil {
		d.line(6, "kerberos_server_profile: [%s]", strings.Join(list, ", "))
	}
}

func (d *drafter) resolvers(u panos.UserID) {
	var list []string
	for _, a := range d.origin.DNS {
		list = append(list, yamlText(a.String()))
	}
	for _, v := range u.Device.DNS {
		if d.origin.DNS != nil {
			break
		}
		if _, err := ParseResolver(v.Text); err != nil {
			d.leave(6, "DNS server: %v", err)
			continue
		}
		list = append(list, yamlText(v.Text))
	}
	if list != nil {
		d.line(6, "dns: [%s]", strings.Join(list, ", "))
	}
}

// servers are the lines of the monitored servers; any says that one is not a comment.
func (d *drafter) servers(u panos.UserID) (text string, any bool) {
	body := d.body
	d.body = bytes.Buffer{}
	defer func() { d.body = body }()
	ca := ""
	hosts := map[string]string{}
	var lines, left []string
	for _, e := range u.Entries {
		if e.Kind == panos.MonitorSyslog {
			continue
		}
		transport, reason := monitoredTransport(u, e)
		host := strings.ToLower(e.Host.Text)
		if other, twice := hosts[host]; reason == "" && twice {
			reason = fmt.Sprintf("%q has the same network address", other)
		}
		if reason != "" {
			left = append(left, fmt.Sprintf("server %q: %s", e.Name, reason))
			continue
		}
		hosts[host] = e.Name
		line := fmt.Sprintf("- {name: %s, host: %s, transport: %s", yamlText(e.Name), yamlText(e.Host.Text), transport)
		if transport == TransportHTTPS {
			if ca == "" {
				ca = d.certificates(u.CAs, u, "server-ca.pem")
			}
			if ca != "" {
				line += ", certificate_profile: " + yamlText(ca)
			}
			if !u.KerberosProfile.Given() {
				line += ", authentication: " + Basic
			}
		}
		lines = append(lines, line+"}")
	}
	if lines != nil {
		d.line(6, "servers:")
	}
	for _, line := range lines {
		d.line(8, "%s", line)
	}
	for _, text := range left {
		indent := 8
		if lines == nil {
			indent = 4
		}
		d.leave(indent, "%s", text)
	}
	return d.body.String(), lines != nil
}

// monitoredTransport is the transport of a directory server in the words of the site file, or why
// it is not covered.
func monitoredTransport(u panos.UserID, e panos.MonitorEntry) (transport, reason string) {
	switch {
	case e.Kind == panos.MonitorEDirectory:
		return "", "uidprobe does not read Novell eDirectory servers"
	case e.Kind == panos.MonitorExchange:
		return "", "uidprobe does not read Microsoft Exchange servers"
	case e.Kind != panos.MonitorActiveDirectory:
		return "", "it is of no known type"
	case e.Disabled:
		return "", "it is disabled"
	}
	transport = strings.ToLower(e.Transport)
	switch {
	case !strings.HasPrefix(transport, "winrm-") && transport != TransportWMI:
		return "", fmt.Sprintf("its transport protocol %q is not known", e.Transport)
	case nameFault(e.Name) != "":
		return "", "its name " + nameFault(e.Name)
	case hostFault(e.Host.Text) != "":
		return "", fmt.Sprintf("its network address %q %s", e.Host.Text, hostFault(e.Host.Text))
	case !u.KerberosProfile.Given() && transport == TransportHTTP:
		return "", "WinRM-HTTP wants a Kerberos Server Profile, and the Server Monitor Account has none"
	case !u.KerberosProfile.Given() && transport == TransportWMI:
		return "", "of WMI only the log-in with Kerberos is checked, and the Server Monitor Account has no Kerberos Server Profile"
	}
	return transport, ""
}
