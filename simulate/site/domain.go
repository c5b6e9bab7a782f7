package site

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// Domain is the Active Directory domain of a lab: one domain controller, the DNS server that
// knows it, and the service account with which a firewall logs in there.
type Domain struct {
	// Name is the domain's DNS name, in any case. Empty means corp.example.
	Name string
	// Account is the service account's sAMAccountName. Empty means svc-userid.
	Account string
	// Password is the account's. Empty means a fresh one, see Site.ServicePassword.
	Password credential.Secret
	// State is that of the account from the start; empty is usable.
	State dc.State

	Behaviour dc.Behaviour // of the KDC; empty means dc.Windows
	Lockout   dc.Lockout   // the zero value locks nobody out
	MaxUDP    int          // bytes of the longest ticket over UDP; 0 means dc.DefaultMaxUDP

	// Transport is how the firewall reads the domain controller: firewall.WinRMHTTP, WinRMHTTPS or WMI; empty means
	// WinRMHTTP. There is no WMI in the lab yet: with that, a ticket is all that the firewall gets.
	Transport string
	// Basic is a firewall without a Kerberos Server Profile: over WinRMHTTPS it sends the password.
	Basic bool
	// WinRM is the domain controller's. Its host and addresses are set here; Basic is switched on where it is needed.
	WinRM dc.WinRM
	// Libcurl is the generation of libcurl in the firewall, by whose texts it logs failures: the Versions of one of
	// certs.Generations. Empty means the newest.
	Libcurl string

	// KDCPort and DNSPort are the ports of the two servers; 0 picks free ones.
	KDCPort, DNSPort int
	// WinRMPort and WinRMSPort are those of WinRM over HTTP and HTTPS; 0 picks free ones.
	WinRMPort, WinRMSPort int
}

// The names that a domain is made of.
const (
	DefaultDomainName = "corp.example"
	DefaultAccount    = "svc-userid"
	ControllerName    = "dc1" // in the firewall's list, and the first label of the host name
)

func (d Domain) withDefaults() (Domain, error) {
	d.Name = strings.ToLower(cmp.Or(d.Name, DefaultDomainName))
	d.Account = cmp.Or(d.Account, DefaultAccount)
	d.Transport = cmp.Or(d.Transport, firewall.WinRMHTTP)
	if d.Basic && d.Transport != firewall.WinRMHTTPS {
		return d, errors.New("a firewall without a Kerberos Server Profile reads nothing over " + d.Transport + " here: use " + firewall.WinRMHTTPS)
	}
	if err := checkLibcurl(d.Libcurl); err != nil {
		return d, err
	}
	if err := kerberos.CheckRealm(strings.ToUpper(d.Name)); err != nil {
		return d, err
	}
	if d.Password.Empty() {
		d.Password = credential.New(rand.Text())
	}
	return d, nil
}

// host is the full name of the domain controller.
func (d Domain) host() string { return ControllerName + "." + d.Name }

// realm is the domain's, in upper case as Active Directory has it.
func (d Domain) realm() string { return strings.ToUpper(d.Name) }

// netBIOS is the domain's short name.
func (d Domain) netBIOS() string {
	label, _, _ := strings.Cut(d.realm(), ".")
	return label[:min(len(label), 15)]
}

// domain is a running one.
type domain struct {
	Domain
	dc  *dc.DC
	dns *dns.Server
}

func startDomain(ctx context.Context, c Config) (*domain, error) {
	d := &domain{Domain: *c.Domain}
	var err error
	d.dc, err = dc.Start(ctx, dc.Config{
		Address: c.bind(d.KDCPort), Realm: d.realm(), NetBIOS: d.netBIOS(),
		Accounts:  []dc.Account{{Name: d.Account, Password: d.Password, State: d.State}},
		Services:  []string{"host/" + d.host(), "HTTP/" + d.host(), "WSMAN/" + d.host()},
		WinRM:     d.winrm(c),
		Behaviour: d.Behaviour, Lockout: d.Lockout, MaxUDP: d.MaxUDP, History: c.History, Log: c.Log,
	})
	if err != nil {
		return nil, err
	}
	kdc := d.kdc()
	d.dns, err = dns.Start(ctx, dns.Config{
		Address: c.bind(d.DNSPort), Records: dns.Controller(d.Name, d.host(), kdc.Addr(), kdc.Port()),
		History: c.History, Log: c.Log,
	})
	if err != nil {
		return nil, errors.Join(err, d.dc.Close())
	}
	return d, nil
}

// winrm is the configuration of the domain controller's. Where no test CA may vouch for its name, it has no HTTPS
// unless that is what the firewall uses.
func (d *domain) winrm(c Config) *dc.WinRM {
	w := d.WinRM
	w.Host, w.HTTP, w.HTTPS = d.host(), c.bind(d.WinRMPort), c.bind(d.WinRMSPort)
	w.Basic = w.Basic || d.Basic
	if !certs.Permits(w.Host) && d.Transport != firewall.WinRMHTTPS {
		w.HTTPS = dc.Off
	}
	return &w
}

// kdc is the address of the KDC, as the DNS server tells it.
func (d *domain) kdc() netip.AddrPort {
	return reachable(netip.MustParseAddrPort(d.dc.Addr())) // it is what a socket was bound to
}

// reachable is an address to connect to: that of this host for what is bound to all addresses.
func reachable(bound netip.AddrPort) netip.AddrPort {
	if bound.Addr().IsUnspecified() {
		return netip.AddrPortFrom(loopback(bound.Addr()), bound.Port())
	}
	return bound
}

func (d *domain) close() error { return errors.Join(d.dns.Close(), d.dc.Close()) }

// server is the domain controller in the firewall's list.
func (d *domain) server() firewall.MonitoredServer {
	return firewall.MonitoredServer{Name: ControllerName, Host: d.host(), Transport: d.Transport}
}

// profile is the KDC's entry in the Kerberos Server Profile.
func (d *domain) profile() string {
	return net.JoinHostPort(d.host(), fmt.Sprint(d.kdc().Port()))
}

// DC is the lab's domain controller; nil if it has no domain.
func (s *Site) DC() *dc.DC {
	if s.domain == nil {
		return nil
	}
	return s.domain.dc
}

// DNS is the lab's DNS server; nil if it has no domain.
func (s *Site) DNS() *dns.Server {
	if s.domain == nil {
		return nil
	}
	return s.domain.dns
}

// ServicePassword is that of the service account; empty if the lab has no domain.
func (s *Site) ServicePassword() credential.Secret {
	if s.domain == nil {
		return credential.Secret{}
	}
	return s.domain.Password
}
