package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/directory"
	"github.com/uidprobe/uidprobe/lang"
)

const (
	idBind     = "directory.bind"
	idGroups   = "directory.groups"
	idPassword = "directory.password"
	idEtypes   = "directory.etypes"
	idSPNs     = "directory.names"
)

// directorySession is what the checks of the directory share. directory.bind sets it.
type directorySession struct {
	conn    *directory.Conn
	account directory.Account
}

func (d *directorySession) close() error {
	if d.conn == nil {
		return nil
	}
	return d.conn.Close()
}

// directoryChecks ask the domain controller over LDAP, with the ticket, what it says of the account.
func (s *monitored) directoryChecks() []check.Check {
	bound := []check.Ref{{Check: idBind}}
	checks := []check.Check{
		{
			ID:     idBind,
			Title:  lang.Text{EN: "the directory shows the account", JA: "ディレクトリでアカウントを参照できる"},
			Source: "RFC 4513 section 5.2; RFC 4752",
			Needs:  []check.Ref{{Check: idTicket}},
			After:  []check.Ref{{Check: idReplicas}},
			Run:    s.askDirectory,
		},
		{
			ID:     idGroups,
			Title:  lang.Text{EN: "the account is in the groups that monitoring needs, and in no mightier one", JA: "アカウントが監視に必要なグループだけに属している"},
			Source: "PAN-OS Administrator's Guide, Create a Dedicated Service Account for the User-ID Agent; MS-DTYP section 2.4.2.4",
			Needs:  bound,
			Run:    s.askGroups,
		},
		{
			ID:     idPassword,
			Title:  lang.Text{EN: "password and account do not expire soon, and a lockout is far", JA: "パスワードとアカウントの期限が近くなく、ロックアウトも近くない"},
			Source: "MS-ADTS section 3.1.1.4.5; MS-SAMR section 3.1.1.5",
			Needs:  bound,
			Run:    s.askPasswordAge,
		},
		{
			ID:     idEtypes,
			Title:  lang.Text{EN: "account and servers allow AES", JA: "アカウントとサーバーで AES が許可されている"},
			Source: "MS-KILE section 2.2.7; PAN-OS 9.0 release notes: AES128 and AES256 only",
			Needs:  bound,
			Run:    s.askEtypes,
		},
		{
			ID:     idSPNs,
			Title:  lang.Text{EN: "each server's service principal name stands on one account", JA: "各サーバーのサービス プリンシパル名が 1 つのアカウントだけに登録されている"},
			Source: "MS-ADTS section 5.1.1.4; MS-KILE section 3.3.5.1.1",
			Needs:  bound,
			After:  s.serviceRefs(),
			Run:    s.askSPNs,
		},
	}
	for i := range checks {
		checks[i].Target = s.target
		if s.config.Directory.Off {
			checks[i].Skip = &check.Skipped{Reason: check.Chosen, Why: "LDAP was left out by choice"}
		}
	}
	return checks
}

func (s *monitored) serviceRefs() (refs []check.Ref) {
	for _, server := range s.servers() {
		refs = append(refs, check.Ref{Check: idService, Target: s.prefix + strings.ToLower(server.Host)})
	}
	return refs
}

// place is a domain controller's directory: where it is, and the name that its ticket is for.
type place struct {
	host    string
	address netip.Addr
}

// directoryPlace is the KDC that gave the ticket, if the profile has its name; else another one
// that has; else a monitored server.
func (s *monitored) directoryPlace(ctx context.Context) (place, bool) {
	for _, d := range append([]*door{s.ticket.from}, s.doors()...) {
		if host := d.kdc.endpoint.Host; !isAddress(host) && d.told() {
			return place{host, d.address.Addr()}, true
		}
	}
	for _, server := range s.servers() {
		if isAddress(server.Host) {
			continue
		}
		if found := s.resolver().lookup(ctx, server.Host).usable(); len(found) > 0 {
			return place{server.Host, found[0]}, true
		}
	}
	return place{}, false
}

// The ports of LDAP, RFC 4511 section 5.2, and over TLS (IANA).
const (
	ldapPort  = 389
	ldapsPort = 636
)

// dialDirectory logs in with a ticket for the directory: no password is sent.
func (s *monitored) dialDirectory(ctx context.Context, at place) (*directory.Conn, error) {
	got, err := s.serviceTicket(ctx, directory.Service(at.host, s.ticket.Service.Realm))
	if err != nil {
		return nil, err
	}
	config := directory.Config{Host: at.host, Ticket: got, Now: s.at(s.ticket.from).Now}
	port := uint16(ldapPort)
	if t := s.config.Directory.TLS; t != nil {
		port = ldapsPort
		if config.TLS, err = t.config(at.host); err != nil {
			return nil, err
		}
	}
	if s.config.Directory.Port != 0 {
		port = s.config.Directory.Port
	}
	config.Address = net.JoinHostPort(at.address.String(), strconv.Itoa(int(port)))
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	return directory.Dial(attempt, config)
}

// askDirectory opens the directory and looks the account up. A domain controller that does not let
// it in is no trouble of the firewall's, which does not need LDAP for this.
func (s *monitored) askDirectory(ctx context.Context) check.Result {
	at, ok := s.directoryPlace(ctx)
	if !ok {
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "no domain controller is known by its name, and a ticket for a directory is for a name"}
	}
	conn, err := s.dialDirectory(ctx, at)
	if err != nil {
		return withoutDirectory(ctx, at, err)
	}
	s.directory.conn = conn
	account, err := s.lookUp(ctx, conn)
	if err != nil {
		return directoryFailure(at.host, err)
	}
	s.directory.account = account
	r := check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("%s shows %s", at.host, account.DN),
		Evidence: []check.Evidence{{Name: "UPN", Text: account.UPN}, {Name: "SID", Text: string(account.SID)}},
	}
	if t := s.config.Directory.TLS; t != nil && t.SkipVerify {
		r.Status = check.Warn
		r.Summary += "; its certificate is NOT verified"
		r.Hint = "give the CA of the domain controller's certificate"
	}
	return r
}

// lookUp finds the account by its name, and if nothing has it, by its UPN.
func (s *monitored) lookUp(ctx context.Context, conn *directory.Conn) (directory.Account, error) {
	account, err := asked(ctx, s.who.principal.NameString(), conn.Account)
	if errors.Is(err, directory.ErrNotFound) {
		return asked(ctx, s.who.account.String(), conn.Account)
	}
	return account, err
}

// asked asks one question of the directory within one attempt.
func asked[T any](ctx context.Context, name string, question func(context.Context, string) (T, error)) (T, error) {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	return question(attempt, name)
}

func withoutDirectory(ctx context.Context, at place, err error) check.Result {
	var certificate *tls.CertificateVerificationError
	r := check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: fmt.Sprintf("the directory of %s is not asked: %v", at.host, err)}
	if ctx.Err() != nil || errors.As(err, &certificate) {
		r.Status, r.Skipped = check.Error, ""
		r.Hint = "give the CA of the domain controller's certificate, or leave LDAP out"
	}
	return r
}

func directoryFailure(host string, err error) check.Result {
	return check.Result{
		Status: check.Error, Summary: fmt.Sprintf("%s: %v", host, err),
		Hint: "look in Active Directory Users and Computers for what is asked, and at what the account may read there",
	}
}

// askGroups looks at the groups, those through other groups among them.
func (s *monitored) askGroups(context.Context) check.Result {
	return judgeGroups(s.directory.account, s.config.Servers)
}

func judgeGroups(a directory.Account, servers []MonitoredServer) check.Result {
	var list findings
	missing := func(status check.Status, name, what string) {
		list = append(list, finding{status, fmt.Sprintf("%s is not in %s: %s", a.Name, name, what),
			fmt.Sprintf("on a domain controller: Add-ADGroupMember -Identity \"%s\" -Members %s", name, a.Name), ""})
	}
	if mighty := mightyGroup(a); mighty != "" {
		list = append(list, finding{check.Warn, fmt.Sprintf("%s is in %s, which may do all: a firewall needs far less", a.Name, mighty),
			"take it out, and put it into Event Log Readers, Distributed COM Users and Remote Management Users instead", ""})
	} else {
		winrm, wmi := transports(servers)
		if !a.MemberOf(directory.EventLogReaders) {
			missing(check.Fail, "Event Log Readers", "it may not read the security log")
		}
		if winrm && !a.MemberOf(directory.RemoteManagementUsers) {
			missing(check.Fail, "Remote Management Users", "WinRM lets it not in")
		}
		if !a.MemberOf(directory.DistributedCOMUsers) {
			status := check.Warn
			if wmi {
				status = check.Fail
			}
			missing(status, "Distributed COM Users", "WMI lets it not in")
		}
	}
	if a.MemberOf(directory.ServerOperators) {
		list = append(list, finding{check.Warn, fmt.Sprintf("%s is in Server Operators, which is more than log monitoring needs: only the monitoring of sessions does", a.Name),
			"switch session monitoring off (Device > User Identification > User Mapping > gear > Server Monitor), and take the account out of Server Operators", ""})
	}
	r := list.result(fmt.Sprintf("%s is in the groups that monitoring needs", a.Name))
	for _, g := range a.Groups {
		name := g.Name
		if name == "" {
			name = "(name not shown)"
		}
		r.Evidence = append(r.Evidence, check.Evidence{Name: string(g.SID), Text: name})
	}
	return r
}

// transports says over what the servers are monitored; none named means both.
func transports(servers []MonitoredServer) (winrm, wmi bool) {
	for _, server := range servers {
		winrm = winrm || server.overWinRM()
		wmi = wmi || !server.overWinRM()
	}
	return winrm || len(servers) == 0, wmi
}

func mightyGroup(a directory.Account) string {
	domain := a.SID.Domain()
	switch {
	case a.MemberOf(domain.With(directory.RIDDomainAdmins)):
		return "Domain Admins"
	case a.MemberOf(domain.With(directory.RIDEnterpriseAdmins)):
		return "Enterprise Admins"
	case a.MemberOf(directory.Administrators):
		return "Administrators"
	}
	return ""
}

// soon is how long before an end a check warns: two weeks, as Windows did its users by default.
const soon = 14 * 24 * time.Hour

// policyAsked is the policy that applies, and where it stands.
func (s *monitored) policyAsked(ctx context.Context) (directory.Policy, string, error) {
	conn := s.directory.conn
	if dn := s.directory.account.FineGrained; dn != "" {
		p, err := asked(ctx, dn, conn.FineGrainedPolicy)
		if !errors.Is(err, directory.ErrNotFound) {
			return p, dn, err
		}
		return p, dn + " (the directory does not show it to this account)", nil
	}
	p, err := asked(ctx, "", func(ctx context.Context, _ string) (directory.Policy, error) { return conn.Policy(ctx) })
	return p, "the domain's policy", err
}

func (s *monitored) askPasswordAge(ctx context.Context) check.Result {
	policy, where, err := s.policyAsked(ctx)
	if err != nil {
		return directoryFailure(s.target, err)
	}
	r := judgePasswordAge(s.directory.account, policy, s.at(s.ticket.from).Now())
	r.Evidence = append(r.Evidence, check.Evidence{Name: "policy", Text: fmt.Sprintf("%s: passwords live %v, lockout after %d wrong ones (0: never)", where, policy.MaxPasswordAge, policy.LockoutThreshold)})
	return r
}

// judgePasswordAge says how long the account will work as it is.
func judgePasswordAge(a directory.Account, p directory.Policy, now time.Time) check.Result {
	var list findings
	const renew = "set a new password on the account and on the firewall (Device > User Identification > User Mapping > Server Monitor Account), or exempt the service account from expiry"
	switch left := a.PasswordExpires.Sub(now); {
	case a.MustChange:
		list = append(list, finding{check.Fail, fmt.Sprintf("%s must change its password at the next log-in, which a firewall cannot do", a.Name), "untick User must change password at next logon", "kerberos.password-expired"})
	case a.PasswordExpires.IsZero():
	case left <= 0:
		list = append(list, finding{check.Fail, fmt.Sprintf("the password of %s expired on %s", a.Name, day(a.PasswordExpires)), renew, "kerberos.password-expired"})
	case left <= soon:
		list = append(list, finding{check.Warn, fmt.Sprintf("the password of %s expires on %s, in %d days", a.Name, day(a.PasswordExpires), days(left)), renew, "kerberos.password-expired"})
	}
	switch left := a.Expires.Sub(now); {
	case a.Expires.IsZero():
	case left <= 0:
		list = append(list, finding{check.Fail, fmt.Sprintf("the account %s expired on %s", a.Name, day(a.Expires)), "extend it, or let it never expire: Clear-ADAccountExpiration " + a.Name, "kerberos.client-revoked"})
	case left <= soon:
		list = append(list, finding{check.Warn, fmt.Sprintf("the account %s expires on %s, in %d days", a.Name, day(a.Expires), days(left)), "extend it, or let it never expire: Clear-ADAccountExpiration " + a.Name, "kerberos.client-revoked"})
	}
	if left := p.LockoutThreshold - a.BadPasswords; p.LockoutThreshold > 0 && a.BadPasswords > 0 && left <= 2 {
		list = append(list, finding{check.Warn, fmt.Sprintf("%s had %d wrong passwords here; %d lock it", a.Name, a.BadPasswords, p.LockoutThreshold), "find out who sends an old password: event 4771 on the domain controllers names the address", "kerberos.client-revoked"})
	}
	r := list.result(ageText(a))
	if !a.PasswordSet.IsZero() {
		age := now.Sub(a.PasswordSet)
		r.Measures = append(r.Measures, check.Measure{Name: "password-age", Value: age.Seconds(), Unit: "seconds"})
		r.Evidence = append(r.Evidence, check.Evidence{Name: "password set", Text: day(a.PasswordSet)})
	}
	r.Measures = append(r.Measures,
		check.Measure{Name: "bad-passwords", Value: float64(a.BadPasswords)},
		check.Measure{Name: "lockout-threshold", Value: float64(p.LockoutThreshold)})
	return r
}

func ageText(a directory.Account) string {
	if a.PasswordExpires.IsZero() {
		return "the password does not expire"
	}
	return "the password is good until " + day(a.PasswordExpires)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }

// askEtypes looks at the account and at the servers that are monitored.
func (s *monitored) askEtypes(ctx context.Context) check.Result {
	a := s.directory.account
	var list findings
	var evidence []check.Evidence
	look := func(name, dn string, set bool, types directory.EncryptionTypes, control directory.Control) {
		f, text := judgeTypes(name, set, types, control)
		list = append(list, f...)
		evidence = append(evidence, check.Evidence{Name: dn, Text: text})
	}
	look(a.Name, a.DN, a.EtypesSet, a.Etypes, a.Control)
	for _, server := range s.servers() {
		if isAddress(server.Host) {
			continue
		}
		c, err := asked(ctx, server.Host, s.directory.conn.Computer)
		switch {
		case errors.Is(err, directory.ErrNotFound):
			evidence = append(evidence, check.Evidence{Name: server.Host, Text: "the directory shows no computer of that name"})
		case err != nil:
			return directoryFailure(server.Host, err)
		default:
			look(c.Name, c.DN, c.EtypesSet, c.Etypes, c.Control)
		}
	}
	r := list.result("AES is allowed")
	r.Evidence = evidence
	return r
}

func judgeTypes(name string, set bool, types directory.EncryptionTypes, control directory.Control) (findings, string) {
	const hint = "tick This account supports Kerberos AES 128 and 256 bit encryption (msDS-SupportedEncryptionTypes 24), and then set the password anew: that makes the keys"
	switch {
	case control.Has(directory.UseDESOnly):
		return findings{{check.Fail, name + " may use DES alone, and a firewall takes AES alone", "untick Use only Kerberos DES encryption types for this account, and set the password anew", symptomNoEtype}}, "DES only"
	case !set:
		return nil, "not set: the domain's default"
	case !types.AES():
		return findings{{check.Fail, fmt.Sprintf("%s allows %v, and a firewall takes AES alone", name, types), hint, symptomNoEtype}}, types.String()
	}
	return nil, types.String()
}

// askSPNs asks who holds the name of each server's web service.
func (s *monitored) askSPNs(ctx context.Context) check.Result {
	var list findings
	var evidence []check.Evidence
	asking := 0
	for _, server := range s.servers() {
		if isAddress(server.Host) || !server.overKerberos() {
			continue
		}
		asking++
		holders, err := asked(ctx, "HTTP/"+server.Host, s.directory.conn.SPN)
		if err != nil {
			return directoryFailure(server.Host, err)
		}
		f, text := judgeHolders(holders)
		list = append(list, f...)
		evidence = append(evidence, check.Evidence{Name: holders.SPN, Text: text})
	}
	if asking == 0 {
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: "no monitored server needs a name"}
	}
	r := list.result(fmt.Sprintf("each of %d names stands on one account", asking))
	r.Evidence = evidence
	if refused := s.refusedService(); r.Status == check.Fail && refused != nil {
		r.CausedBy = refused
	}
	return r
}

func judgeHolders(h directory.Holders) (findings, string) {
	var names []string
	for _, holder := range h.Effective() {
		names = append(names, holder.DN)
	}
	switch text := strings.Join(names, "; "); len(names) {
	case 0:
		return findings{{check.Fail, "nobody in the domain has the name " + h.SPN, "monitor the server by the FQDN of its computer account; setspn -L COMPUTER lists its names", symptomServiceUnknown}}, "nobody"
	case 1:
		if len(h.Direct) == 0 {
			text += " (through HOST)"
		}
		return nil, text
	default:
		return findings{{check.Fail, fmt.Sprintf("%s stands on %d accounts: %s", h.SPN, len(names), text), "take it off the one that is not the server: setspn -D " + h.SPN + " ACCOUNT; setspn -X lists duplicates", symptomServiceUnknown}}, text
	}
}
