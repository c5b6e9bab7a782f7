package probe

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// The IDs of the Kerberos family.
const (
	idNames    = "kerberos.names"
	idDNS      = "kerberos.dns"
	idPort     = "kerberos.port"
	idAccount  = "kerberos.account"
	idClock    = "kerberos.clock"
	idTicket   = "kerberos.ticket"
	idService  = "kerberos.service"
	idReplicas = "kerberos.replicas"
)

// monitored is what the checks of one firewall's log-in to its servers share. The order of Needs and
// After says who may read a field: each KDC is written by the check that looks its name up, each
// door by the check of its port, and both are read by checks that wait for all of those.
type monitored struct {
	config   Monitoring
	firewall *firewallSession
	prefix   string // of the targets; empty where there is only one firewall, without a name

	who          identity
	nameFindings findings
	known        bool // who logs in
	target       string

	kdcs      []*kdc // in the order of the profile
	discovery discovery

	ticket    *ticket // what the check of that name got
	proven    bool    // by this run, with a password or keys
	directory directorySession

	mu       sync.Mutex // guards what follows
	unserved []check.Ref
	tickets  map[string]kerberos.Credential // for HTTP/ and a server's host, by the host in lower case
	winrm    []*winrmDoor
}

// kdc is one entry of the Kerberos Server Profile.
type kdc struct {
	endpoint Endpoint
	target   string
	broken   bool    // its name leads nowhere
	found    *lookup // of its name; nil if that is an address
	doors    []*door
}

// door is one address of a KDC.
type door struct {
	kdc      *kdc
	address  netip.AddrPort
	target   string
	shut     bool // its check did not pass
	udp, tcp voice
}

func newMonitored(m Monitoring, firewall *firewallSession) *monitored {
	s := &monitored{config: m, firewall: firewall}
	if name := firewall.config.Name; name != "" {
		s.prefix = name + "/"
	}
	s.who, s.nameFindings, s.known = identify(m)
	account := s.who.account.String()
	if !s.known {
		account = strings.TrimSuffix(m.Account+"@"+m.Realm, "@")
	}
	s.target = s.prefix + account
	seen := map[string]bool{}
	for _, endpoint := range m.KDCs {
		name := strings.ToLower(endpoint.String())
		if seen[name] {
			continue // asked once, however often it is named
		}
		seen[name] = true
		s.kdcs = append(s.kdcs, &kdc{endpoint: endpoint, target: s.prefix + name})
	}
	return s
}

// doors are the addresses of all KDCs, in the order of the profile.
func (s *monitored) doors() (list []*door) {
	for _, k := range s.kdcs {
		list = append(list, k.doors...)
	}
	return list
}

// checks lists the family, in the order in which a firewall goes: names, DNS, port, account, ticket,
// service, and then each server.
func (s *monitored) checks() []check.Check {
	var list []check.Check
	if s.config.usesKerberos() {
		list = s.kerberosChecks()
	}
	list = append(list, s.winrmChecks()...)
	for i, c := range list {
		list[i] = explained(c)
	}
	return list
}

// usesKerberos says whether anything here is Kerberos: all is, but for servers that are read with Basic.
func (m Monitoring) usesKerberos() bool {
	if len(m.KDCs) > 0 || len(m.Servers) == 0 {
		return true
	}
	return slices.ContainsFunc(m.Servers, func(server MonitoredServer) bool { return !server.overBasic() })
}

func (s *monitored) kerberosChecks() []check.Check {
	list := []check.Check{{
		ID:     idNames,
		Title:  lang.Text{EN: "the names of realm, account and servers are such that Kerberos takes them", JA: "レルム、アカウント、サーバーの名前が Kerberos で使える形になっている"},
		Source: "PAN-OS help, Server Monitor Account: Domain's DNS Name; RFC 4120 section 6.1",
		Target: s.target,
		Run:    s.askNames,
	}}
	for _, k := range s.kdcs {
		list = append(list, s.dnsCheck(k))
	}
	list = append(list, s.accountChecks()...)
	for _, server := range s.servers() {
		list = append(list, s.serviceCheck(server))
	}
	list = append(list, s.replicasCheck())
	return append(list, s.directoryChecks()...)
}

// afterPorts are the checks by which it is known what each KDC says without a password.
func (s *monitored) afterPorts() []check.Ref {
	refs := []check.Ref{{Check: idNames}}
	for _, k := range s.kdcs {
		refs = append(refs, check.Ref{Check: idDNS, Target: k.target})
	}
	return append(refs, check.Ref{Check: idPort, Target: check.AnyTarget})
}

func (s *monitored) accountChecks() []check.Check {
	checks := []check.Check{
		{
			ID:     idAccount,
			Title:  lang.Text{EN: "the KDC knows the account and would take its password", JA: "KDC にアカウントがあり、パスワードによる認証を受け付ける"},
			Source: "RFC 4120 section 3.1; MS-KILE section 2.2.1; KB kA1Ki000000TO9ZKAW",
			Target: s.target,
			After:  s.afterPorts(),
			Run:    s.askAccount,
		},
		{
			ID:     idClock,
			Title:  lang.Text{EN: "the clocks are less than five minutes apart", JA: "時刻の差が 5 分未満である"},
			Source: "RFC 4120 section 3.1.3",
			Target: s.target,
			After:  s.afterClocks(),
			Run:    s.askClock,
		},
		{
			ID:     idTicket,
			Title:  lang.Text{EN: "the account gets its ticket", JA: "アカウントのチケットを取得できる"},
			Source: "RFC 4120 section 3.1; PAN-OS 9.0 release notes: AES128 and AES256 only",
			Target: s.target,
			Needs:  []check.Ref{{Check: idAccount}},
			After:  []check.Ref{{Check: idClock}},
			Run:    s.askTicket,
		},
	}
	if !s.config.canLogIn() {
		checks[2].Skip = &check.Skipped{Reason: check.Chosen, Why: "no password, keytab or credential cache was given"}
	}
	return checks
}

// canLogIn says whether there is something to log in with.
func (m Monitoring) canLogIn() bool {
	return m.Password.Given() || !m.Typed.Empty() || m.Keytab != "" || m.Cache != ""
}

// servers are the monitored servers, each host once.
func (s *monitored) servers() (list []MonitoredServer) {
	seen := map[string]bool{}
	for _, server := range s.config.Servers {
		if host := strings.ToLower(server.Host); !seen[host] {
			seen[host] = true
			list = append(list, server)
		}
	}
	return list
}

// answering is the first door, in the order of the profile, of which what it said is of use.
func (s *monitored) answering(heard func(*door) bool) *door {
	for _, d := range s.doors() {
		if heard(d) {
			return d
		}
	}
	return nil
}

// unanswered is the result of a question for which no KDC was heard.
func (s *monitored) unanswered(question string) check.Result {
	cause := s.obstacle()
	if cause == nil {
		return check.Result{Status: check.Skip, Skipped: check.NeedNotMet, Summary: question + ": no KDC was asked", CausedBy: &check.Ref{Check: idNames, Target: s.target}}
	}
	return check.Result{Status: check.Skip, Skipped: check.NeedNotMet, CausedBy: cause, Summary: question + ": no KDC answers"}
}

// obstacle is the first check that kept us from hearing a KDC.
func (s *monitored) obstacle() *check.Ref {
	for _, k := range s.kdcs {
		if k.broken {
			return &check.Ref{Check: idDNS, Target: k.target}
		}
		for _, d := range k.doors {
			if d.shut {
				return &check.Ref{Check: idPort, Target: d.target}
			}
		}
	}
	return nil
}

// at is a KDC to ask over TCP, with the clock that the door's answers told.
func (s *monitored) at(d *door) kerberos.KDC {
	k := kerberos.KDC{Network: "tcp", Address: d.address.String(), Now: s.config.now}
	if ahead, ok := d.ahead(); ok && !s.config.KeepClock {
		k.Now = func() time.Time { return s.config.now().Add(ahead) }
	}
	return k
}
