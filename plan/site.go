// Package plan turns a site file into checks, or says what is wrong with the file.
package plan

import (
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/sender"
)

// Site is what a site file says, with every default filled in, every path resolved and
// every profile found. It is plain data: nothing was asked, opened or resolved to make it, but
// for the profile files, which were read. Secrets are references that nobody has followed yet.
type Site struct {
	File      string // as it was given to Load or Parse
	Firewalls []Firewall
	Test      Test
	Clocks    check.Clocks
}

// Firewall is one firewall: the syslog senders that this host stands in for, and how it logs
// in to the servers that it monitors. It has one of the two, or both.
type Firewall struct {
	Name    string // how reports call it; unique in the site
	Version string // the PAN-OS release, "11.1"; empty when the file does not say
	Dialect panos.Dialect
	API     API
	Senders []Sender // names are unique
	// Monitoring is nil where the file does not say how servers are monitored.
	Monitoring *Monitoring
	// AllowLoad is the owner's word that this firewall may be sent more than LightRate and
	// LightMessages.
	AllowLoad bool
}

// API is how the firewall's XML API is reached. Without a URL there is none, and counters
// are pasted by hand.
type API struct {
	URL  string // "https://192.0.2.1:443/api/": always with port and path
	Key  credential.Reference
	VSys string // DefaultVSys unless the file says otherwise
	// Target is the serial number of the firewall where URL is that of a Panorama; empty where
	// it is the firewall's own.
	Target string
	TLS    TLS // without a client certificate
}

// Monitoring is how the firewall logs in to the servers that it monitors: the fields of its
// dialogs.
type Monitoring struct {
	Account string // User Name of the Server Monitor Account, as typed there
	Realm   string // Domain's DNS Name, as typed there
	// RealmAsTyped sends the realm in the case in which it was typed.
	RealmAsTyped bool
	// Domains are the NetBIOS name and the further UPN suffixes, each with the realm.
	Domains credential.Domains

	// At most one of the four is given. Without one no password is spent and no ticket asked
	// for.
	Password credential.Reference
	Typed    credential.Secret // the password itself; no file can say it
	Keytab   string            // a file; it was there when the site file was read
	Cache    string            // a file, likewise

	KDCs      []Endpoint       // the Kerberos Server Profile, in its order; empty where every server is read with Basic
	Servers   []Server         // at least one; names and hosts are unique
	Resolvers []netip.AddrPort // the DNS servers to ask; empty means those of this host
	LDAP      LDAP
	// WinRM has the servers asked over WinRM as well, as a site file does unless it says otherwise.
	WinRM bool
}

// Spends says whether a run of the site spends a password: whether it needs a gate.
func (s Site) Spends() bool {
	for _, f := range s.Firewalls {
		if m := f.Monitoring; m != nil && (m.Password.Given() || m.Keytab != "" || !m.Typed.Empty()) {
			return true
		}
	}
	return false
}

// Endpoint is one server of a Kerberos Server Profile.
type Endpoint struct {
	Host string // a name or an address
	Port uint16 // never 0
}

// Server is one monitored server.
type Server struct {
	Name      string
	Host      string // Network Address, as typed there
	Transport string // one of Transports
	Port      uint16 // of WinRM; 0 means that of the transport, 5985 or 5986
	// CertificateProfile is a file with the CAs of the firewall's certificate profile, for winrm-https; it was
	// there when the site file was read. Empty means that none was given, and nobody logs in to the server.
	CertificateProfile string
	// Authentication is one of Authentications, and Kerberos for every other transport than winrm-https.
	Authentication string
}

// Transports are the ways in which a firewall reads a monitored server.
func Transports() []string { return []string{TransportHTTP, TransportHTTPS, TransportWMI} }

// The transports.
const (
	TransportHTTP  = "winrm-http"
	TransportHTTPS = "winrm-https"
	TransportWMI   = "wmi"
)

// The ways in which a firewall logs in over WinRM-HTTPS: with Kerberos where the Server Monitor Account has a Kerberos
// Server Profile, and otherwise with Basic.
const (
	Kerberos = "kerberos"
	Basic    = "basic"
)

// Authentications are the two.
func Authentications() []string { return []string{Kerberos, Basic} }

// LDAP says how the directory is asked what it says of the account.
type LDAP struct {
	Off  bool
	Port uint16 // DefaultLDAPPort, or DefaultLDAPSPort with TLS, unless the file says otherwise
	TLS  bool   // over TLS; otherwise what is said is sealed with the ticket's session
	CA   string // a PEM file; empty means the system's store
}

// TLS is what a connection is verified with. The paths are resolved, and were there when the
// site file was read.
type TLS struct {
	CA                 string // a PEM file; empty means the system's store
	ServerName         string // empty means the host of the address
	Certificate        string // a PEM file; empty means no client certificate
	Key                string // a PEM file; set exactly when Certificate is
	MinVersion         uint16 // a tls.Version constant of crypto/tls
	InsecureSkipVerify bool   // loud in the report
}

// Sender is one server-monitor entry of type syslog, and how this host sends as it.
type Sender struct {
	Name string             // of the entry on the firewall
	To   sender.Destination // scheme sender.UDP or sender.TLS, port set
	From netip.Addr         // this host's address; the zero value means by the route
	// DefaultDomain is what the entry on the firewall has; empty means none.
	DefaultDomain string
	// SharedAddress says that others send from this address too, so that the entry's
	// counters move without us.
	SharedAddress bool
	TLS           TLS // the zero value for UDP
	// Profiles are in the order of the entry, at most profile.MaxAttachments, each once.
	Profiles []profile.Attachment
	// Pool is the addresses that are reserved for this sender alone, Logins × Messages of
	// them, in the order of the file's networks.
	Pool []netip.Addr
}

// Test is what is sent and how long it is watched.
type Test struct {
	Users     string         // what the name of every test user begins with
	Addresses []netip.Prefix // the reserved networks that the senders' pools are cut from
	Messages  int            // for each login profile of each sender
	Rate      sender.Rate    // of each sender; never sender.Max
	Wait      time.Duration  // for counters and mappings to move
	Poll      time.Duration  // between two looks at them
	Idle      time.Duration  // how long counters are watched standing still before the test
}

// Transport is the transport of the entry in the firewall's words.
func (s Sender) Transport() panos.ConnectionType {
	if s.To.Scheme == sender.TLS {
		return panos.SSL
	}
	return panos.UDP
}

// Logins is how many of the sender's profiles are attached as logins. Each is sent
// Test.Messages messages.
func (s Sender) Logins() int { return s.attached(panos.Login) }

// attached counts the profiles that are attached with an event type.
func (s Sender) attached(event panos.EventType) (n int) {
	for _, a := range s.Profiles {
		if a.Event == event {
			n++
		}
	}
	return n
}

// Loopback says whether every message to the firewall stays on this host. A host name does
// not count as that, since nothing is looked up for a plan.
func (f Firewall) Loopback() bool {
	for _, s := range f.Senders {
		if a, err := netip.ParseAddr(s.To.Host); err != nil || !a.IsLoopback() {
			return false
		}
	}
	return true
}
