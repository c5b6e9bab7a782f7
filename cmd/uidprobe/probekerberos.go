package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/plan"
)

func probeKerberosCommand() *cli.Command {
	return &cli.Command{
		Name:  "kerberos",
		Usage: "get the tickets that the firewall would get to read its monitored servers",
		Description: "Takes what stands in the dialogs of the firewall and needs no krb5.conf. Everything that can be\n" +
			"learnt without the password is asked first; the password is sent once, and after a refusal not\n" +
			"again, in later runs either, until it changes: exit code 4. Without a password, a keytab or a\n" +
			"cache no ticket is asked for, and the report says so.\n\n" +
			"Example: uidprobe probe kerberos --account 'CORP\\svc-userid' --realm CORP.EXAMPLE" +
			" --kdc dc1.corp.example --server dc1.corp.example --password-file svc.password",
		Flags: slices.Concat(accountFlags(), kerberosFlags(), logInFlags(), gateFlags(), attemptFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := newOutput(c)
			if err != nil {
				return err
			}
			m, err := monitoringOf(c)
			if err != nil {
				return err
			}
			clocks, err := clocksOf(c)
			if err != nil {
				return err
			}
			return probeMonitoring(c, m, o, clocks)
		},
	}
}

// accountFlags are the fields of the dialogs that every log-in of the firewall needs.
func accountFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "account", Usage: "`USER` Name of the Server Monitor Account, as typed there: CORP\\svc-userid, svc-userid@corp.example"},
		&cli.StringFlag{Name: "realm", Usage: "Domain's DNS `NAME`, as typed there"},
		&cli.StringFlag{Name: "netbios", Usage: "the domain's NetBIOS `NAME`, where it is not the first part of the realm"},
		&cli.StringSliceFlag{Name: "upn-suffix", Usage: "another `NAME` that stands after the @ of the domain's accounts; may be repeated"},
		&cli.StringSliceFlag{Name: "kdc", Usage: "a server of the Kerberos Server Profile, `HOST[:88]`, in its order; may be repeated"},
		&cli.StringSliceFlag{Name: "dns", Usage: "a DNS server that the firewall asks, `ADDRESS[:53]`; this host's unless given; may be repeated"},
		&cli.BoolFlag{Name: "realm-as-typed", Usage: "send the realm as it is typed, and not in upper case"},
	}
}

func kerberosFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "server", Usage: "a monitored server's Network Address, `HOST`; may be repeated"},
		&cli.StringFlag{Name: "transport", Value: plan.Transports()[0], Usage: "how the servers are read: " + strings.Join(plan.Transports(), ", ")},
		&cli.BoolFlag{Name: "no-ldap", Usage: "leave out what the directory says of the account"},
		&cli.IntFlag{Name: "ldap-port", Usage: fmt.Sprintf("port of the directory; 0 is %d, or %d over TLS", plan.DefaultLDAPPort, plan.DefaultLDAPSPort)},
		&cli.BoolFlag{Name: "ldap-tls", Usage: "ask the directory over TLS; otherwise what is said is sealed with the ticket"},
		&cli.StringFlag{Name: "ldap-ca", Usage: "the CA of the directory's certificate, a PEM `FILE`; the system's unless given"},
	}
}

// attemptFlags are the three clocks.
func attemptFlags() []cli.Flag {
	return []cli.Flag{
		&cli.DurationFlag{Name: "attempt", Value: check.DefaultAttempt, Usage: "the time for one request and its answer"},
		&cli.DurationFlag{Name: "check-time", Value: check.DefaultCheck, Usage: "the time for one check with all its attempts"},
		&cli.DurationFlag{Name: "run-time", Value: check.DefaultRun, Usage: "the time for the whole run"},
	}
}

func clocksOf(c *cli.Context) (check.Clocks, error) {
	for _, name := range []string{"attempt", "check-time", "run-time"} {
		if c.Duration(name) <= 0 {
			return check.Clocks{}, usagef("%s %v must be above 0", flagName(name), c.Duration(name))
		}
	}
	return check.Clocks{Attempt: c.Duration("attempt"), Check: c.Duration("check-time"), Run: c.Duration("run-time")}, nil
}

// probeMonitoring runs the plan of a site that is one firewall without a name, which only monitors.
func probeMonitoring(c *cli.Context, m *plan.Monitoring, o output, clocks check.Clocks) error {
	site := &plan.Site{Firewalls: []plan.Firewall{{Monitoring: m}}, Clocks: clocks}
	return runSite(c, site, o, plan.Options{})
}

// monitoringOf reads the flags of probe kerberos.
func monitoringOf(c *cli.Context) (*plan.Monitoring, error) {
	if err := wantsFlags(c, "account", "realm", "kdc"); err != nil {
		return nil, err
	}
	m := newMonitoring(c)
	if err := readDomain(c, m); err != nil {
		return nil, err
	}
	if err := readServers(c, m); err != nil {
		return nil, err
	}
	return m, readLogIn(c, m)
}

// flagExamples are what flags hold that a command cannot do without.
var flagExamples = map[string]string{
	"account": "svc-userid", "realm": "corp.example", "kdc": "dc1.corp.example", "server": "dc1.corp.example",
}

func wantsFlags(c *cli.Context, names ...string) error {
	for _, name := range names {
		if !c.IsSet(name) {
			found := ""
			if name == "kdc" && c.IsSet("realm") {
				found = "; uidprobe probe dns --realm " + c.String("realm") + " finds some"
			}
			return usagef("probe %s wants --%s, such as --%[2]s %s%s", c.Command.Name, name, flagExamples[name], found)
		}
	}
	return nil
}

// newMonitoring has what accountFlags say that cannot be wrong.
func newMonitoring(c *cli.Context) *plan.Monitoring {
	return &plan.Monitoring{Account: c.String("account"), RealmAsTyped: c.Bool("realm-as-typed"), Domains: credential.Domains{}}
}

// readDomain reads the realm and the names that stand for it, and sees that the account is one.
func readDomain(c *cli.Context, m *plan.Monitoring) (err error) {
	if m.Realm, err = plan.ParseDomain(c.String("realm")); err != nil {
		return usagef("--realm %w", err)
	}
	if c.IsSet("netbios") {
		name, err := plan.ParseNetBIOS(c.String("netbios"))
		if err != nil {
			return usagef("--netbios %w", err)
		}
		m.Domains[name] = m.Realm
	}
	for _, text := range c.StringSlice("upn-suffix") {
		name, err := plan.ParseDomain(text)
		if err != nil {
			return usagef("--upn-suffix %w", err)
		}
		m.Domains[name] = m.Realm
	}
	if err := plan.ParseAccount(m.Account); err != nil {
		return usagef(`--account: %w; such as 'CORP\svc-userid' or svc-userid@corp.example`, err)
	}
	return nil
}

// readKDCs reads whom to ask for tickets and for names.
func readKDCs(c *cli.Context, m *plan.Monitoring) (err error) {
	for _, text := range c.StringSlice("kdc") {
		kdc, err := plan.ParseEndpoint(text)
		if err != nil {
			return usagef("--kdc %w", err)
		}
		if slices.Contains(m.KDCs, kdc) {
			return usagef("--kdc %s is given twice", text)
		}
		m.KDCs = append(m.KDCs, kdc)
	}
	m.Resolvers, err = resolversOf(c, "dns")
	return err
}

// addServers reads the monitored servers; like is what they have in common.
func addServers(c *cli.Context, m *plan.Monitoring, like plan.Server) error {
	for _, text := range c.StringSlice("server") {
		host, err := plan.ParseHost(text)
		if err != nil {
			return usagef("--server %w; write it without a port", err)
		}
		server := like
		server.Name, server.Host = host, host
		if slices.Contains(m.Servers, server) {
			return usagef("--server %s is given twice", text)
		}
		m.Servers = append(m.Servers, server)
	}
	return nil
}

// readServers reads whom to ask.
func readServers(c *cli.Context, m *plan.Monitoring) error {
	if err := readKDCs(c, m); err != nil {
		return err
	}
	transport := c.String("transport")
	if !slices.Contains(plan.Transports(), transport) {
		return usagef("--transport %q is not one of %s", transport, strings.Join(plan.Transports(), ", "))
	}
	if err := addServers(c, m, plan.Server{Transport: transport}); err != nil {
		return err
	}
	port := c.Int("ldap-port")
	if port < 0 || port > 65535 {
		return usagef("--ldap-port %d is not a port", port)
	}
	m.LDAP = plan.LDAP{Off: c.Bool("no-ldap"), Port: uint16(port), TLS: c.Bool("ldap-tls"), CA: c.String("ldap-ca")}
	if m.LDAP.CA != "" && !m.LDAP.TLS {
		return usagef("--ldap-ca is for --ldap-tls")
	}
	return nil
}
