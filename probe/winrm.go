package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/wire/dns"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// The IDs of the WinRM family. Those of a certificate are certs.Rules.
const (
	idWinRMDNS         = "winrm.dns"
	idWinRMPort        = "winrm.port"
	idWinRMCertificate = "winrm.certificate"
	idWinRMSchemes     = "winrm.schemes"
	idWinRMLogin       = "winrm.login"
	idWinRMIdentify    = "winrm.identify"
	idWinRMQuery       = "winrm.query"
	idWinRMEvents      = "winrm.events"
)

// winrmDoor is one address of a monitored server. All of its checks have one target, so that one runs at a time:
// each reads what those before it have written.
type winrmDoor struct {
	*monitored
	server  MonitoredServer
	address netip.AddrPort
	target  string
	tls     *tlsServer // nil over HTTP
	// unshaken says that the handshake did not come to its end, though it showed a certificate.
	unshaken bool

	choice  string // the Authorization to which it says what it offers; none, as a rule
	offered wsman.Challenges
	date    time.Duration // of the server's clock, ahead of this host's
	dated   bool          // it told its time
	// doubtful says that the schemes have warned of what may keep the log-in from working.
	doubtful bool
	bare     bool // the schemes have warned that bodies may go in the clear

	scheme wsman.Scheme // of the log-in with Kerberos
	conn   *wsman.Conn  // logged in; nil if there is none
	isDC   bool         // it says so
}

// winrmChecks are those of every server that is read over WinRM. The ones of an address follow the look-up of the
// name, or stand here where the server is monitored by its address.
func (s *monitored) winrmChecks() (list []check.Check) {
	if !s.config.WinRM {
		return nil
	}
	for _, server := range s.servers() {
		if server.overWinRM() {
			list = append(list, s.winrmDNSCheck(server))
		}
	}
	return list
}

// winrmTarget is the target of what is asked of a server as a whole, that of kerberos.service.
func (s *monitored) winrmTarget(server MonitoredServer) string {
	return s.prefix + strings.ToLower(server.Host)
}

func (s *monitored) winrmDNSCheck(server MonitoredServer) check.Check {
	c := check.Check{
		ID:     idWinRMDNS,
		Title:  lang.Text{EN: "DNS knows the address of the monitored server", JA: "DNS で監視対象サーバーのアドレスを解決できる"},
		Source: "PAN-OS help, Server Monitoring: Network Address; RFC 1035 section 4.1.1",
		Target: s.winrmTarget(server),
		Run:    func(ctx context.Context) check.Result { return s.askServerName(ctx, server) },
	}
	if k := s.kdcOf(server); k != nil {
		c.After = []check.Ref{{Check: idDNS, Target: k.target}}
	}
	return c
}

// kdcOf is the KDC that has the server's name; nil if there is none.
func (s *monitored) kdcOf(server MonitoredServer) *kdc {
	for _, k := range s.kdcs {
		if !isAddress(server.Host) && dns.Canonical(k.endpoint.Host) == dns.Canonical(server.Host) {
			return k
		}
	}
	return nil
}

// askServerName finds the addresses of a server, and makes each a target of its own.
func (s *monitored) askServerName(ctx context.Context, server MonitoredServer) check.Result {
	host := strings.Trim(server.Host, "[]")
	if address, err := netip.ParseAddr(host); err == nil {
		return s.openServer(server, []netip.Addr{address}, check.Result{Status: check.Pass, Summary: "an address: no name is looked up"})
	}
	var found lookup
	k := s.kdcOf(server)
	if k != nil && k.found != nil {
		found = *k.found // one question a name is enough
	} else {
		found = s.resolver().lookup(ctx, host)
	}
	r := found.result()
	if len(found.usable()) == 0 && r.Status == check.Fail {
		speak(&r, certs.FailsToResolve, true)
	}
	if r.Status != check.Pass && k != nil {
		r.CausedBy = &check.Ref{Check: idDNS, Target: k.target}
	}
	return s.openServer(server, found.usable(), r)
}

// openServer adds the checks of each address.
func (s *monitored) openServer(server MonitoredServer, addresses []netip.Addr, r check.Result) check.Result {
	seen := map[netip.Addr]bool{}
	for _, address := range addresses {
		if address = address.Unmap(); seen[address] {
			continue
		}
		seen[address] = true
		d := s.newWinRMDoor(server, address)
		for _, c := range d.checks() {
			r.Then = append(r.Then, explained(c))
		}
	}
	return r
}

func (s *monitored) newWinRMDoor(server MonitoredServer, address netip.Addr) *winrmDoor {
	host := strings.ToLower(strings.Trim(server.Host, "[]"))
	at := TLSTarget{Host: host, Port: server.port()}
	d := &winrmDoor{monitored: s, server: server, address: netip.AddrPortFrom(address, at.Port), target: s.prefix + at.String(), scheme: wsman.Negotiate}
	if !isAddress(host) {
		d.target = fmt.Sprintf("%s (%v)", d.target, address)
	}
	if server.overTLS() {
		// The certificate has to be for the Network Address, also where that is an address.
		config := TLSServers{CAFile: server.CertificateProfile, Name: host, WinRM: true, Now: s.config.now}
		d.tls = newTLSServer(config, at, address, d.target)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.winrm = append(s.winrm, d)
	return d
}

// checks lists those of one address, in the order in which a firewall goes.
func (d *winrmDoor) checks() []check.Check {
	list := []check.Check{{
		ID:     idWinRMPort,
		Title:  lang.Text{EN: "the port of WinRM takes a connection", JA: "WinRM のポートに接続できる"},
		Source: "Microsoft, Installation and configuration for Windows Remote Management: 5985, 5986",
		Run:    d.askPort,
	}}
	heard := check.Ref{Check: idWinRMPort}
	login := []check.Ref{{Check: idWinRMSchemes}}
	if d.tls != nil {
		heard = check.Ref{Check: idTLSHandshake}
		list = append(list, d.certificateChecks()...)
		login = append(login, check.Ref{Check: idWinRMCertificate})
	}
	list = append(list, check.Check{
		ID:     idWinRMSchemes,
		Title:  lang.Text{EN: "WinRM answers, and offers the authentication that the firewall uses", JA: "WinRM が応答し、ファイアウォールが使う認証方式を提示する"},
		Source: "RFC 9110 section 11.6.1; PAN-OS 11.1 guide, Configure Server Monitoring Using WinRM",
		Needs:  []check.Ref{heard},
		After:  d.afterKDCs(),
		Run:    d.askSchemes,
	}, d.loginCheck(login), check.Check{
		ID:     idWinRMIdentify,
		Title:  lang.Text{EN: "WinRM says who it is, and is set up safely", JA: "WinRM が自身の情報を返し、安全に設定されている"},
		Source: "DSP0226 section 11; Microsoft, Installation and configuration for Windows Remote Management",
		Needs:  []check.Ref{{Check: idWinRMLogin}},
		Run:    d.askIdentity,
	}, check.Check{
		ID:     idWinRMQuery,
		Title:  lang.Text{EN: `the account may ask the WMI namespace root\cimv2`, JA: `アカウントが WMI 名前空間 root\cimv2 を参照できる`},
		Source: "PAN-OS 11.1 guide, Configure Server Monitoring Using WinRM: CIMV2 privileges",
		Needs:  []check.Ref{{Check: idWinRMIdentify}},
		Run:    d.askQuery,
	}, check.Check{
		ID:     idWinRMEvents,
		Title:  lang.Text{EN: "the account reads the security log, and log-ons are in it", JA: "アカウントがセキュリティ ログを読み取れ、ログオンが記録されている"},
		Source: "PAN-OS 11.1 guide, Create a Dedicated Service Account for the User-ID Agent: events 4624, 4768, 4769, 4770",
		Needs:  []check.Ref{{Check: idWinRMQuery}},
		Run:    d.askEvents,
	})
	for i := range list {
		list[i].Target = d.target
	}
	return list
}

// afterKDCs waits for the KDCs' clocks, and for a password that Kerberos can prove at less cost.
func (d *winrmDoor) afterKDCs() []check.Ref {
	if !d.config.usesKerberos() {
		return nil
	}
	return []check.Ref{{Check: idClock, Target: d.monitored.target}, {Check: idTicket, Target: d.monitored.target}}
}

func (d *winrmDoor) loginCheck(needs []check.Ref) check.Check {
	c := check.Check{
		ID:     idWinRMLogin,
		Title:  lang.Text{EN: "WinRM lets the account log in", JA: "アカウントで WinRM にログインできる"},
		Source: "PAN-OS 9.0 new features: WinRM; RFC 4559; RFC 7617; MS-WSMV section 2.2.9.1",
		Needs:  needs,
		Run:    d.askLogin,
	}
	switch {
	case d.server.overKerberos():
		c.Needs = append(c.Needs, check.Ref{Check: idService, Target: d.winrmTarget(d.server)})
		c.Run = d.askKerberosLogin
	case d.config.Keytab != "" || d.config.Cache != "":
		c.Skip = &check.Skipped{Reason: check.Chosen, Why: "Basic wants a password, and none was given: a keytab or a ticket is no password"}
	case !d.config.canLogIn():
		c.Skip = &check.Skipped{Reason: check.Chosen, Why: "no password was given"}
	}
	return c
}

// askPort makes one connection, and ends it.
func (d *winrmDoor) askPort(ctx context.Context) check.Result {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	began := time.Now()
	conn, err := new(net.Dialer).DialContext(attempt, "tcp", d.address.String())
	took := time.Since(began)
	if err == nil {
		_ = conn.Close()
		return check.Result{
			Status: check.Pass, Summary: fmt.Sprintf("%v takes connections", d.address),
			Evidence: []check.Evidence{{Name: "from", Text: conn.LocalAddr().String()}},
			Measures: []check.Measure{{Name: "connect", Value: took.Seconds(), Unit: "seconds"}},
		}
	}
	r := d.notDialled(cause(attempt, err))
	r.Measures = []check.Measure{{Name: "waited", Value: took.Seconds(), Unit: "seconds"}}
	return r
}

// notDialled is the result of a connection that was not made.
func (d *winrmDoor) notDialled(err error) check.Result {
	f := certs.FailsToConnect
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		f = certs.FailsInTime
	}
	r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%v: %v", d.address, err), Hint: d.listenerHint()}
	if f == certs.FailsInTime {
		r.Hint = fmt.Sprintf("see that TCP %d is let through on the way and by the Windows firewall (netsh advfirewall firewall show rule name=all dir=in); the firewall asks from the address of its service route (Device > Setup > Services > Service Route Configuration > UID Agent)", d.address.Port())
	}
	speak(&r, f, true)
	return r
}

// listenerHint looks first, and then makes the listener.
func (d *winrmDoor) listenerHint() string {
	if d.tls != nil {
		return fmt.Sprintf("on the server: winrm enumerate winrm/config/listener must list Transport = HTTPS with Port = %d; if it does not: winrm quickconfig -transport:https; if it does, look at the Windows firewall and at those on the way", d.address.Port())
	}
	return fmt.Sprintf("on the server: winrm enumerate winrm/config/listener must list Transport = HTTP with Port = %d; if it does not: winrm quickconfig; if it does, look at the Windows firewall and at those on the way", d.address.Port())
}

// connect opens a connection that nobody is logged in on. Over TLS with verify the certificate has to be the one that
// was examined.
func (d *winrmDoor) connect(ctx context.Context, verify bool) (*wsman.Conn, error) {
	config := wsman.ConnConfig{Address: d.address.String(), Host: strings.ToLower(strings.Trim(d.server.Host, "[]"))}
	if d.tls != nil {
		config.TLS = d.tlsConfig(verify)
	}
	return wsman.Connect(ctx, config)
}

func (d *winrmDoor) hangUp() {
	if d.conn != nil {
		_ = d.conn.Close()
		d.conn = nil
	}
}

// closeWinRM ends the connections that are still open, when no check runs any more.
func (s *monitored) closeWinRM() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.winrm {
		d.hangUp()
	}
}

// winrmCatalog is one of each check of a server's address.
func winrmCatalog() (list []check.Check) {
	server := MonitoredServer{Host: "dc1.corp.example", Transport: winrmHTTPS}
	s := newMonitored(Monitoring{
		Account: "svc-userid", Realm: "CORP.EXAMPLE", Cache: "cache", KDCs: []Endpoint{{Host: "dc1.corp.example"}},
		Servers: []MonitoredServer{server}, WinRM: true,
	}, &firewallSession{})
	list = s.winrmChecks()
	for _, c := range s.newWinRMDoor(server, netip.AddrFrom4([4]byte{192, 0, 2, 10})).checks() {
		if strings.HasPrefix(c.ID, "winrm.") { // the others are those of TLS servers
			list = append(list, c)
		}
	}
	return list
}
