package site

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate/firewall"
)

// Test is what the site file says of the test. Zero fields take what suits peers on the
// same host: a test that takes a few seconds.
type Test struct {
	Users     string        // reserved prefix of user names; empty means "uidprobe-"
	Addresses netip.Prefix  // reserved pool; the zero value means 198.51.100.0/24
	Messages  int           // for each login profile and sender; 0 means 2
	Rate      string        // "50/s"; empty means "100/s", the most that needs no allowance
	Wait      time.Duration // 0 means 3s
	Poll      time.Duration // 0 means 20ms
	Idle      time.Duration // 0 means 300ms
}

func (t Test) withDefaults() Test {
	return Test{
		Users:     cmp.Or(t.Users, "uidprobe-"),
		Addresses: cmp.Or(t.Addresses, netip.MustParsePrefix("198.51.100.0/24")),
		Messages:  cmp.Or(t.Messages, 2),
		Rate:      cmp.Or(t.Rate, "100/s"),
		Wait:      cmp.Or(t.Wait, 3*time.Second),
		Poll:      cmp.Or(t.Poll, 20*time.Millisecond),
		Idle:      cmp.Or(t.Idle, 300*time.Millisecond),
	}
}

// Clocks are the three clocks of the site file. 0 means 5s for an attempt, 30s for a check
// and 2m for the run.
type Clocks struct{ Attempt, Check, Run time.Duration }

func (c Clocks) withDefaults() Clocks {
	return Clocks{
		Attempt: cmp.Or(c.Attempt, 5*time.Second),
		Check:   cmp.Or(c.Check, 30*time.Second),
		Run:     cmp.Or(c.Run, 2*time.Minute),
	}
}

// SiteYAML is the text of the site file that reaches the lab. dir is the folder in which
// it will find the files of WriteFiles; empty means beside the site file.
func (s *Site) SiteYAML(dir string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The way to a simulated site: it holds as long as the simulator runs.\n")
	fmt.Fprintf(&b, "version: 1\nfirewalls:\n")
	fmt.Fprintf(&b, "  - name: %s\n", FirewallName)
	if s.fw != nil {
		s.writeFirewall(&b, dir)
	}
	if s.domain != nil {
		s.domain.writeMonitoring(&b, dir)
	}
	if s.fw != nil && len(s.config.Transports) > 0 {
		s.writeTest(&b)
	}
	c := s.config.Clocks
	fmt.Fprintf(&b, "clocks: {attempt: %v, check: %v, run: %v}\n", c.Attempt, c.Check, c.Run)
	return b.Bytes()
}

func (s *Site) writeFirewall(b *bytes.Buffer, dir string) {
	ca, key := quote(filepath.Join(dir, CAFile)), quote(filepath.Join(dir, KeyFile))
	fmt.Fprintf(b, "    panos: %s\n", quote(s.fw.SystemInfo().Version))
	s.writeDialect(b)
	fmt.Fprintf(b, "    api:\n      url: https://%s\n", s.reach(s.fw.APIAddr()))
	fmt.Fprintf(b, "      key: {file: %s}\n      ca: %s\n      server_name: %s\n", key, ca, HostName)
	if s.config.VSys != "" {
		fmt.Fprintf(b, "      vsys: %s\n", quote(s.config.VSys))
	}
	if len(s.config.Transports) > 0 {
		fmt.Fprintf(b, "    senders:\n")
	}
	for _, transport := range s.config.Transports {
		s.writeSender(b, transport, ca)
	}
}

// writeMonitoring writes how the firewall logs in to the domain controller. The domain is in upper case: what
// PAN-OS makes of another is not known, and a check warns of it. There is no LDAP server to ask.
func (d *domain) writeMonitoring(b *bytes.Buffer, dir string) {
	fmt.Fprintf(b, "    monitoring:\n      account: %s\n      domain_dns_name: %s\n      netbios: %s\n",
		quote(d.netBIOS()+`\`+d.Account), quote(d.realm()), quote(d.netBIOS()))
	fmt.Fprintf(b, "      password: {file: %s}\n", quote(filepath.Join(dir, ServicePasswordFile)))
	if !d.Basic {
		fmt.Fprintf(b, "      kerberos_server_profile: [%s]\n", quote(d.profile()))
	}
	fmt.Fprintf(b, "      dns: [%s]\n      ldap: {off: true}\n", quote(reachable(d.dns.Addr()).String()))
	server := d.server()
	fmt.Fprintf(b, "      servers:\n        - {name: %s, host: %s, transport: %s%s}\n", server.Name, quote(server.Host), server.Transport, d.winrmKeys(dir))
}

// winrmKeys say how the server is reached over WinRM.
func (d *domain) winrmKeys(dir string) string {
	switch d.Transport {
	case firewall.WinRMHTTP:
		return fmt.Sprintf(", port: %d", portOf(d.dc.WinRMAddr()))
	case firewall.WinRMHTTPS:
		authentication := "kerberos"
		if d.Basic {
			authentication = "basic"
		}
		return fmt.Sprintf(", port: %d, certificate_profile: %s, authentication: %s",
			portOf(d.dc.WinRMSAddr()), quote(filepath.Join(dir, WinRMCAFile)), authentication)
	}
	return ""
}

// portOf is the port of an address that a socket was bound to.
func portOf(bound string) uint16 { return netip.MustParseAddrPort(bound).Port() }

func (s *Site) writeTest(b *bytes.Buffer) {
	t := s.config.Test
	fmt.Fprintf(b, "test:\n  users: %s\n  addresses: [%s]\n  messages: %d\n  rate: %s\n  wait: %v\n  poll: %v\n  idle: %v\n",
		quote(t.Users), quote(t.Addresses.String()), t.Messages, t.Rate, t.Wait, t.Poll, t.Idle)
}

// writeDialect writes the switches that the version alone does not give.
func (s *Site) writeDialect(b *bytes.Buffer) {
	usual, err := panos.DialectFor(s.fw.SystemInfo().Version)
	if err != nil {
		return // the firewall would not have started
	}
	before, after := switches(usual), switches(s.fw.Dialect())
	var changed []string
	for _, sw := range panos.Switches() {
		if after[sw.Name] != before[sw.Name] {
			changed = append(changed, sw.Name+": "+quote(after[sw.Name]))
		}
	}
	if len(changed) > 0 {
		fmt.Fprintf(b, "    dialect: {%s}\n", strings.Join(changed, ", "))
	}
}

// switches are the values of a dialect by the names of its switches, which JSON shares.
func switches(d panos.Dialect) map[string]string {
	text, err := json.Marshal(d)
	if err != nil {
		panic(err) // words and numbers can be marshalled
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		panic(err)
	}
	words := map[string]string{}
	for name, value := range values {
		words[name] = strings.Trim(string(value), `"`)
	}
	return words
}

func (s *Site) writeSender(b *bytes.Buffer, transport, ca string) {
	name, scheme, addr := UDPSender, "udp", s.fw.UDPAddr()
	if transport == string(panos.SSL) {
		name, scheme, addr = SSLSender, "tls", s.fw.SSLAddr()
	}
	fmt.Fprintf(b, "      - name: %s\n        to: %s://%s\n        from: %s\n        default_domain: %s\n",
		name, scheme, s.reach(addr), quote(s.config.Sender.String()), DefaultDomain)
	if transport == string(panos.SSL) {
		fmt.Fprintf(b, "        tls: {ca: %s, server_name: %s}\n", ca, HostName)
	}
	fmt.Fprintf(b, "        profiles:\n")
	for _, a := range s.config.Profiles {
		fmt.Fprintf(b, "          - {name: %s, event: %s}\n", quote(a.Profile.Name), cmp.Or(a.Event, panos.Login))
	}
}

// reach is an address to connect to: that of this host for a listener that is bound to
// all addresses.
func (s *Site) reach(addr net.Addr) string {
	bound, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return addr.String()
	}
	return reachable(bound).String()
}

// quote is a YAML scalar in single quotes, which hold everything but a line break as it
// stands: also a path of Windows.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
