// Package probe is the questions to the world, one file a family.
package probe

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/sender"
)

// Firewall is one firewall, the syslog senders that this host stands in for, and the servers
// that it monitors.
type Firewall struct {
	Name    string // how reports call it; the target of its checks
	API     API    // with no URL, and no Paste, only Monitoring is asked
	Paste   *Paste // if set, a person reads the firewall and API is not used
	Senders []Sender
	// Monitoring, if set, is how it logs in to the servers that it monitors.
	Monitoring *Monitoring
	Timing     Timing
	// Run marks the users of one run, so that a mapping proves this run and not an earlier
	// one: a few letters or digits.
	Run string
}

// API is how the firewall's XML API is reached.
type API struct {
	URL  string
	Key  credential.Reference
	VSys string
	// Target is the serial number of the firewall where URL is that of a Panorama.
	Target string
	TLS    TLS
}

// TLS is what a connection is verified with.
type TLS struct {
	CAFile          string // PEM; empty means the system's store
	ServerName      string // empty means the host of the address
	CertificateFile string // PEM of a client certificate; empty means none
	KeyFile         string
	MinVersion      uint16 // a tls.Version constant; 0 means TLS 1.2
	SkipVerify      bool   // loud in the report
}

// Sender is one server-monitor entry of type syslog and how this host sends as it.
type Sender struct {
	Name          string // of the entry on the firewall
	To            sender.Destination
	From          netip.Addr // this host's address; the zero value means by the route
	DefaultDomain string
	// SharedAddress says that others send from this address too, so that the entry's
	// counters move without us.
	SharedAddress bool
	TLS           TLS
	Profiles      []profile.Attachment // in the order of the entry
	Dialect       panos.Dialect

	Users     string       // the prefix of the user names that are reserved for tests
	Addresses []netip.Addr // reserved for this sender alone, one for each message
	Messages  int          // for each profile that is attached as a login
	Rate      sender.Rate
}

// Timing is how long the probe watches the firewall.
type Timing struct {
	Wait time.Duration // for counters and mappings to move; 0 means DefaultWait
	Poll time.Duration // between two looks at them; 0 means DefaultPoll
	Idle time.Duration // how long counters have to stand still before a test; 0 means DefaultIdle
}

// The defaults. No document bounds the time from message to mapping; readers of the
// tables are known to poll, and to allow seconds.
const (
	DefaultWait = 10 * time.Second
	DefaultPoll = 200 * time.Millisecond
	DefaultIdle = time.Second
)

func (t Timing) withDefaults() Timing {
	if t.Wait <= 0 {
		t.Wait = DefaultWait
	}
	if t.Poll <= 0 {
		t.Poll = DefaultPoll
	}
	if t.Idle <= 0 {
		t.Idle = DefaultIdle
	}
	return t
}

// Connection is the transport of the entry in the firewall's words.
func (s Sender) Connection() panos.ConnectionType {
	if s.To.Scheme == sender.TLS {
		return panos.SSL
	}
	return panos.UDP
}

// roots reads the CA file; nil means the system's store.
func (t TLS) roots() (*x509.CertPool, error) {
	if t.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no PEM certificate", t.CAFile)
	}
	return pool, nil
}

// config makes the client's configuration; host is the name in the address.
func (t TLS) config(host string) (*tls.Config, error) {
	roots, err := t.roots()
	if err != nil {
		return nil, err
	}
	c := &tls.Config{
		RootCAs:            roots,
		ServerName:         t.name(host),
		MinVersion:         max(t.MinVersion, tls.VersionTLS12),
		InsecureSkipVerify: t.SkipVerify,
	}
	if t.CertificateFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertificateFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("client certificate %s: %w", t.CertificateFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func (t TLS) name(host string) string {
	if t.ServerName != "" {
		return t.ServerName
	}
	return host
}
