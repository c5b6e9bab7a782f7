package probe

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// Monitoring is how a firewall logs in to the servers that it monitors: the fields of the PAN-OS
// dialogs, and what a probe needs to do the same from here.
type Monitoring struct {
	// Account is User Name of the Server Monitor Account as typed there: `CORP\svc-userid`,
	// `svc-userid` or `svc-userid@corp.example`.
	Account string
	Realm   string // Domain's DNS Name, as typed there
	// RealmAsTyped sends the realm as it was typed. Otherwise it is sent in upper case, as realms
	// of Active Directory are written; whether PAN-OS does so is not documented.
	RealmAsTyped bool
	// Domains are the NetBIOS name and further UPN suffixes of the domain, each with its DNS name.
	Domains credential.Domains

	// Password, Keytab and Cache say with what to log in; at most one is given. With none no
	// password is spent, and the checks that need a ticket are left out as chosen.
	Password credential.Reference
	// Typed is the password itself where it was typed or piped: it is taken where Password names
	// no place.
	Typed  credential.Secret
	Keytab string // a keytab file
	Cache  string // a credential cache file of MIT krb5: it holds a TGT, and nothing is spent

	KDCs      []Endpoint // the Kerberos Server Profile, in its order
	Servers   []MonitoredServer
	Resolvers []netip.AddrPort // the DNS servers to ask; nil means those of this host
	Directory DirectoryAccess
	// WinRM has the servers asked over WinRM as well, and not only the KDCs about them.
	WinRM bool

	// Gate is what a password passes. Without one a password is not spent.
	Gate *credential.Gate
	// KeepClock proves the password with this host's time. Otherwise the KDC's clock is taken, as MIT
	// krb5 does by default (kdc_timesync): a wrong clock here must not cost an attempt.
	KeepClock bool
	Now       func() time.Time // this host's clock; nil means time.Now
}

// Endpoint is a KDC of a Kerberos Server Profile.
type Endpoint struct {
	Host string // a name or an address
	Port uint16 // 0 means 88
}

const kerberosPort = 88 // RFC 4120 section 7.2

// String is "dc1.corp.example:88", with brackets around an IPv6 address.
func (e Endpoint) String() string {
	return net.JoinHostPort(e.Host, strconv.Itoa(int(e.port())))
}

func (e Endpoint) port() uint16 {
	if e.Port == 0 {
		return kerberosPort
	}
	return e.Port
}

// MonitoredServer is one server of User Mapping > Server Monitoring.
type MonitoredServer struct {
	Name      string
	Host      string // Network Address as typed there
	Transport string // "winrm-http", "winrm-https" or "wmi"
	Port      uint16 // of WinRM; 0 means 5985, or 5986 for winrm-https
	// CertificateProfile is a file with the CAs of the firewall's certificate profile, for winrm-https. Without
	// one the server's certificate is not judged, and nobody logs in there.
	CertificateProfile string
	// Basic says that the firewall logs in with Basic, as it does over winrm-https where the Server Monitor
	// Account has no Kerberos Server Profile. Over another transport it means nothing.
	Basic bool
}

// The transports, as a site file names them.
const (
	winrmHTTP  = "winrm-http"
	winrmHTTPS = "winrm-https"
)

func (s MonitoredServer) overWinRM() bool { return s.Transport != "wmi" }
func (s MonitoredServer) overTLS() bool   { return s.Transport == winrmHTTPS }
func (s MonitoredServer) overBasic() bool { return s.overTLS() && s.Basic }

func (s MonitoredServer) port() uint16 {
	switch {
	case s.Port != 0:
		return s.Port
	case s.overTLS():
		return wsman.PortHTTPS
	}
	return wsman.PortHTTP
}

// DirectoryAccess says how a domain controller is asked over LDAP what it says of the account.
type DirectoryAccess struct {
	Off  bool   // not asked
	Port uint16 // 0 means 389, or 636 with TLS
	// TLS, if set, makes it LDAP over TLS. Otherwise what is said is sealed with the ticket's session.
	TLS *TLS
}

// secret is the password, from wherever it is. An empty one, without an error, says that none
// was given.
func (m Monitoring) secret() (credential.Secret, error) {
	if m.Password.Given() {
		return m.Password.Read()
	}
	return m.Typed, nil
}

func (m Monitoring) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
