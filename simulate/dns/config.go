package dns

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	wire "github.com/uidprobe/uidprobe/wire/dns"
)

// Config says where a DNS server listens and what it knows. The zero value knows nothing and
// listens on a free port of 127.0.0.1.
type Config struct {
	// Address is where the server listens, over UDP and over TCP on the same port. Port 0 picks
	// one that is free for both; no host means 127.0.0.1; empty means "127.0.0.1:0".
	Address string
	Records []wire.Record
	// Zones are the domains that the server has itself, as "corp.example": of another name it says
	// REFUSED. Nil means that every name is in its zone, so that one without a record does not
	// exist.
	Zones   []string
	History int // events that the record keeps; 0 means simulate.DefaultHistory

	Log *slog.Logger // nil discards
}

// The bounds.
const (
	maxConns     = 500              // TCP connections at once; more are closed
	maxDatagrams = 64               // datagrams in work at once; more wait
	idle         = 30 * time.Second // for a question on a TCP connection
	defaultTTL   = time.Minute      // of a record that says none
)

func (c Config) withDefaults() (Config, error) {
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	if strings.HasPrefix(c.Address, ":") {
		c.Address = "127.0.0.1" + c.Address
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, c.check()
}

// check reports every mistake.
func (c Config) check() error {
	var errs []error
	aliases, others := map[string]bool{}, map[string]bool{}
	for _, r := range c.Records {
		if err := r.Check(); err != nil {
			errs = append(errs, err)
			continue
		}
		name := wire.Canonical(r.Name)
		if aliases[name] || r.Type == wire.CNAME && others[name] { // RFC 1034 section 3.6.2
			errs = append(errs, fmt.Errorf("record %v of %q: an alias is the only record of its name", r.Type, r.Name))
		}
		if r.Type == wire.CNAME {
			aliases[name] = true
		} else {
			others[name] = true
		}
	}
	for _, z := range c.Zones {
		if err := wire.CheckName(z); err != nil {
			errs = append(errs, fmt.Errorf("zone: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Controller is what the DNS of a domain says of a domain controller: its address both ways, and
// the SRV records by which a client finds its KDC and its LDAP server. A firewall does not ask for
// those (it has a Kerberos Server Profile).
func Controller(domain, host string, address netip.Addr, kdcPort uint16) []wire.Record {
	kind := wire.AAAA
	if address.Unmap().Is4() {
		kind = wire.A
	}
	service := func(name string, port uint16) wire.Record {
		return wire.Record{Name: name + "." + domain, Type: wire.SRV, Target: host, Port: port, Weight: 100}
	}
	return []wire.Record{
		{Name: host, Type: kind, Address: address.Unmap()},
		{Name: wire.ReverseName(address), Type: wire.PTR, Target: host},
		service("_kerberos._tcp", kdcPort),
		service("_kerberos._udp", kdcPort),
		service("_kerberos._tcp.dc._msdcs", kdcPort),
		service("_ldap._tcp", 389),
		service("_ldap._tcp.dc._msdcs", 389),
	}
}
