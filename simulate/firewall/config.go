package firewall

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// Config says what Start listens on and how the firewall is configured. The zero value
// is a firewall that listens nowhere and knows no sender.
type Config struct {
	// UDP, SSL and API are where the listeners are bound, "127.0.0.1:0"; port 0 picks a free
	// one, no host means 127.0.0.1, empty does not listen. What does not listen shows as
	// disabled.
	UDP, SSL, API string

	Version  string        // "11.1.4"; picks the defaults of the dialect. Empty means DefaultVersion
	Dialect  panos.Dialect // a switch at its zero value takes the version's default
	Hostname string        // in "show system info". Empty means the first of Hosts

	Senders []Sender // the server-monitor entries of type syslog, in order, with different names
	// Servers are the entries of directory servers. State tells the state of one: it is asked
	// whenever somebody reads the table or the log, and needed if there are servers.
	Servers []MonitoredServer
	State   StateFunc

	Authority *certs.Authority // signs the certificates of both TLS listeners; nil means a fresh one
	// Hosts are the names and addresses in the certificates: only what an Authority may vouch
	// for. Nil means DefaultHosts.
	Hosts []string
	// SyslogCertificate and APICertificate are what the listeners present in place of a
	// certificate that Authority signs: one with a flaw, say, as of certs.Mint. Nil, the
	// default, is a good one.
	SyslogCertificate, APICertificate *tls.Certificate

	APIKey credential.Secret // of the XML API; empty means a fresh one, see Firewall.APIKey
	// User and Password are what keygen and HTTP Basic want. Without both, neither works.
	User, Password credential.Secret

	// ManagementInterface and DataplaneInterface are what each says of syslog. The listeners
	// are on the one that ListenOn names; empty means Management. The XML API has a list of
	// permitted addresses of its own on a firewall, which is not simulated.
	ManagementInterface, DataplaneInterface Door
	ListenOn                                Interface
	// HA is the unit's place in a pair.
	HA HA
	// DataplaneDelay is how long after a login a mapping appears on the data plane; on the
	// management plane it is at once. Until then the data plane shows nothing, also not the
	// user before. No document bounds it; 0, the default, is no delay.
	DataplaneDelay time.Duration

	// MappingTimeout is the life of a mapping since the last login, in whole minutes on a
	// firewall: ip-user-mapping-timeout of the configuration schema. 0 means
	// DefaultMappingTimeout, panos.Never switches the timeout off.
	MappingTimeout time.Duration
	// IgnoreUsers are users whose logins make no mapping, "svc-backup" or "corp\svc-backup":
	// one without domain is ignored in every domain, without regard to case (inferred).
	IgnoreUsers []string
	// Networks are asked in order, and the first that holds an address decides. An address
	// that none holds is left out if there is an entry to include, and kept otherwise
	// (inferred; recalled from devices: mappings outside the included networks are not kept).
	Networks []Network

	// MaxConnections bounds the connections of each TLS listener; more are reset and recorded
	// as refused. 0 means DefaultMaxConnections.
	MaxConnections int
	// MaxMappings bounds the table; further addresses are recorded as mapping-refused. 0 means
	// DefaultMaxMappings.
	MaxMappings int
	// HandshakeTimeout is how long a client may take for its TLS handshake and, at the API,
	// for the header of a request. 0 means DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration
	History          int // events that the record keeps; 0 means simulate.DefaultHistory

	Log *slog.Logger // nil discards
	// Now is the firewall's clock, in its time zone; nil means time.Now in UTC.
	Now func() time.Time
}

// The defaults and bounds.
const (
	DefaultVersion          = "11.1.4"
	DefaultMappingTimeout   = 45 * time.Minute // configuration schema, 10.0.5
	DefaultMaxConnections   = 1000
	DefaultMaxMappings      = 100_000
	DefaultHandshakeTimeout = 10 * time.Second

	defaultVSys = "vsys1"

	MaxSenders = 50 // a vsys: validator of the configuration schema, 10.0.5

	// MaxRecordText bounds, in bytes, the text of a message in the record.
	MaxRecordText = 1024
)

// DefaultHosts are the names in the certificates when the configuration gives none.
func DefaultHosts() []string {
	return []string{"firewall.corp.example", "localhost", "127.0.0.1", "::1"}
}

// Sender is a server-monitor entry of type syslog. A message belongs to the first enabled
// entry with its source address and its transport.
type Sender struct {
	Name          string // as shown; may hold blanks
	VSys          string // of the entry and its mappings; empty means vsys1
	Address       netip.Addr
	Connection    panos.ConnectionType // empty means panos.SSL, the schema's default
	DefaultDomain string
	Profiles      []profile.Attachment // in order; at most 20
	// Disabled takes the entry out of use: it attributes no message and is not shown
	// (inferred).
	Disabled bool
}

// Network is an entry of the include-exclude-network list.
type Network struct {
	Name    string
	Prefix  netip.Prefix
	Exclude bool
}

// withDefaults fills in what is not given.
func (c Config) withDefaults() (Config, error) {
	c.Version = cmp.Or(c.Version, DefaultVersion)
	defaults, err := panos.DialectFor(c.Version)
	if err != nil {
		return c, err
	}
	dialect, err := c.Dialect.OrElse(defaults)
	if err != nil {
		return c, err
	}
	c.Dialect = dialect
	if c.Hosts == nil {
		c.Hosts = DefaultHosts()
	}
	c.MappingTimeout = cmp.Or(c.MappingTimeout, DefaultMappingTimeout)
	c.MaxConnections = cmp.Or(c.MaxConnections, DefaultMaxConnections)
	c.MaxMappings = cmp.Or(c.MaxMappings, DefaultMaxMappings)
	c.HandshakeTimeout = cmp.Or(c.HandshakeTimeout, DefaultHandshakeTimeout)
	c.ListenOn = cmp.Or(c.ListenOn, Management)
	if c.HA.Mode != "" {
		c.HA.State = cmp.Or(c.HA.State, HAActive)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = func() time.Time { return time.Now().UTC() }
	}
	c.Senders = slices.Clone(c.Senders)
	for i := range c.Senders {
		s := &c.Senders[i]
		s.VSys = cmp.Or(s.VSys, defaultVSys)
		s.Connection = cmp.Or(s.Connection, panos.SSL)
		s.Address = s.Address.Unmap()
	}
	c.Servers = slices.Clone(c.Servers)
	for i := range c.Servers {
		c.Servers[i] = c.Servers[i].withDefaults()
	}
	if len(c.Hosts) > 0 {
		c.Hostname = cmp.Or(c.Hostname, c.Hosts[0])
	}
	return c, c.validate()
}

// validate reports every mistake at once.
func (c Config) validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Hosts) == 0 {
		wrong("no host for the certificates")
	}
	if c.MappingTimeout < 0 && c.MappingTimeout != panos.Never {
		wrong("mapping timeout %v is below 0", c.MappingTimeout)
	}
	if c.DataplaneDelay < 0 {
		wrong("data plane delay %v is below 0", c.DataplaneDelay)
	}
	if err := c.HA.validate(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, c.validateDoors()...)
	if c.MaxConnections < 0 || c.MaxMappings < 0 || c.HandshakeTimeout < 0 {
		wrong("a bound is below 0")
	}
	if len(c.Senders) > MaxSenders {
		wrong("%d senders: a firewall takes %d", len(c.Senders), MaxSenders)
	}
	names := map[string]bool{}
	for i, s := range c.Senders {
		switch {
		case s.Name == "":
			wrong("sender %d has no name", i+1)
		case names[s.Name]:
			wrong("sender %q is there twice", s.Name)
		}
		names[s.Name] = true
		if !s.Address.IsValid() || s.Address.IsUnspecified() || s.Address.IsMulticast() {
			wrong("sender %q: %q is not the address of a host", s.Name, s.Address)
		}
		if s.Connection != panos.UDP && s.Connection != panos.SSL {
			wrong("sender %q: connection type %q is not one of udp, ssl", s.Name, s.Connection)
		}
	}
	errs = append(errs, c.validateServers(names)...)
	for i, n := range c.Networks {
		if !n.Prefix.IsValid() {
			wrong("network %d (%q) has no valid prefix", i+1, n.Name)
		}
	}
	return errors.Join(errs...)
}

func (c Config) validateDoors() (errs []error) {
	if c.ListenOn != Management && c.ListenOn != Dataplane {
		errs = append(errs, fmt.Errorf("interface %q is not one of %s, %s", c.ListenOn, Management, Dataplane))
	}
	for _, on := range []struct {
		name Interface
		door Door
	}{{Management, c.ManagementInterface}, {Dataplane, c.DataplaneInterface}} {
		for i, p := range on.door.Permitted {
			if !p.IsValid() {
				errs = append(errs, fmt.Errorf("%s interface: permitted address %d is not valid", on.name, i+1))
			}
		}
	}
	return errs
}

// bind is the network and the address to listen on: loopback unless the configuration
// names a host. An IPv4 address means IPv4 alone, also 0.0.0.0, which Go would bind to
// both families.
func bind(transport, address string) (network, bound string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", "", fmt.Errorf("listen %q: want host:port, such as 127.0.0.1:0", address)
	}
	host = cmp.Or(host, "127.0.0.1")
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		transport += "4"
	}
	return transport, net.JoinHostPort(host, port), nil
}
