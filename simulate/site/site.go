// Package site is the simulated peers wired into one lab, with the site file to reach it.
package site

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/simulate/firewall"
)

// Config says what the lab is. The zero value is one firewall on free ports of 127.0.0.1
// with a sender for each transport.
type Config struct {
	// Transports are those that have a listener and a sender: "udp", "ssl". Nil means both; where
	// there is a domain, an empty list is a firewall without senders.
	Transports []string
	// Host is the address that everything is bound to. Empty means 127.0.0.1.
	Host string
	// UDPPort, SSLPort and APIPort are the ports of the listeners; 0 picks a free one.
	UDPPort, SSLPort, APIPort int
	// Sender is the address that messages come from. The zero value means the loopback
	// address of Host's family.
	Sender netip.Addr

	// VSys is the virtual system of the senders and their mappings; empty means vsys1.
	VSys string
	// Profiles are attached to every sender, at most profile.MaxAttachments; nil means
	// Attachments.
	Profiles []profile.Attachment

	Version string        // of PAN-OS; empty means firewall.DefaultVersion
	Dialect panos.Dialect // the zero value is the version's

	// Domain, if set, gives the lab a domain controller and a DNS server, and the firewall a
	// directory server to log in to. WithoutFirewall leaves them by themselves.
	Domain          *Domain
	WithoutFirewall bool

	// SSLFlaw and APIFlaw are what is wrong with the certificate of the SSL syslog listener and of
	// the API, from the start; empty is nothing.
	SSLFlaw, APIFlaw certs.Flaw

	Faults []Fault // of any peer, to be on from the start
	Test   Test    // what the site file says of the test
	Clocks Clocks  // what the site file says of its clocks

	// Control is where the control API listens, "127.0.0.1:0". Empty: there is none. It is that of
	// the firewall; the domain controller and the DNS server have one each, on free ports beside
	// it. Without a firewall it is the domain controller's.
	Control string

	// Out, if set, is the folder that Start writes the files of WriteFiles into as its last
	// act. A site file that lies there from before is removed first.
	Out string

	History int              // events that a peer's record keeps; 0 means simulate.DefaultHistory
	Log     *slog.Logger     // nil discards
	Now     func() time.Time // the firewall's clock; nil means time.Now in UTC
}

// Fault names a fault of a peer and its parameters; those not given take their
// defaults.
type Fault struct {
	ID     string
	Params map[string]string
}

// The names that the lab is made of.
const (
	FirewallName  = "lab-fw"
	HostName      = "firewall.corp.example" // in the certificates
	UDPSender     = "lab-udp"
	SSLSender     = "lab-ssl"
	DefaultDomain = "corp"
	User          = "admin" // for keygen; the password is made anew at each start
)

// Site is a running lab. It may be used concurrently.
type Site struct {
	roots    []*x509.Certificate // of certificates with flaws
	config   Config
	fw       *firewall.Firewall // nil if there is none
	domain   *domain            // nil if there is none
	controls []control          // one a peer, if there are any
	password credential.Secret
}

// Start starts the peers, and the faults that the configuration names. They run until
// Close, or until ctx ends.
func Start(ctx context.Context, config Config) (*Site, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulated site: %w", err)
	}
	if config.Out != "" {
		if err := os.Remove(filepath.Join(config.Out, SiteFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("simulated site: remove the site file of an earlier start: %w", err)
		}
	}
	s := &Site{config: config, password: credential.New(rand.Text())}
	if err := s.start(ctx); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("simulated site: %w", err)
	}
	return s, nil
}

func (s *Site) start(ctx context.Context) error {
	authority, err := certs.NewAuthority("simulated site")
	if err != nil {
		return err
	}
	if s.config.Domain != nil { // first: the firewall logs in there
		if s.domain, err = startDomain(ctx, s.config); err != nil {
			return err
		}
	}
	if !s.config.WithoutFirewall {
		fw := s.firewallConfig(authority)
		if fw.SyslogCertificate, err = s.flawed(s.config.SSLFlaw); err != nil {
			return err
		}
		if fw.APICertificate, err = s.flawed(s.config.APIFlaw); err != nil {
			return err
		}
		if s.fw, err = firewall.Start(ctx, fw); err != nil {
			return err
		}
	}
	for _, f := range s.config.Faults {
		if err := s.StartFault(f.ID, f.Params); err != nil {
			return err
		}
	}
	if err := s.startControls(ctx); err != nil {
		return err
	}
	if s.config.Out != "" {
		return s.WriteFiles(s.config.Out)
	}
	return nil
}

func (c Config) withDefaults() (Config, error) {
	if c.Transports == nil {
		c.Transports = []string{string(panos.UDP), string(panos.SSL)}
	}
	if len(c.Transports) == 0 && c.Domain == nil {
		return c, errors.New("no transport")
	}
	for i, t := range c.Transports {
		if t != string(panos.UDP) && t != string(panos.SSL) {
			return c, fmt.Errorf("transport %q is not one of udp, ssl", t)
		}
		if slices.Contains(c.Transports[:i], t) {
			return c, fmt.Errorf("transport %q is there twice", t)
		}
	}
	c.Host = cmp.Or(c.Host, "127.0.0.1")
	host, err := netip.ParseAddr(c.Host)
	if err != nil {
		return c, fmt.Errorf("host %q is not an address to listen on, such as 127.0.0.1", c.Host)
	}
	if !c.Sender.IsValid() {
		c.Sender = loopback(host)
	}
	if c.Profiles == nil {
		c.Profiles = Attachments()
	}
	if c.Domain == nil && c.WithoutFirewall {
		return c, errors.New("neither a firewall nor a domain")
	}
	if c.Domain != nil {
		domain, err := c.Domain.withDefaults()
		if err != nil {
			return c, err
		}
		c.Domain = &domain
	}
	c.Test, c.Clocks = c.Test.withDefaults(), c.Clocks.withDefaults()
	return c, nil
}

func loopback(like netip.Addr) netip.Addr {
	if like.Is6() {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// hosts are the names and addresses in the firewall's certificates.
func hosts() []string { return []string{HostName, "localhost", "127.0.0.1", "::1"} }

// flawed mints a certificate with a flaw, of a CA of its own, which goes into the CA file; nil
// without a flaw.
func (s *Site) flawed(flaw certs.Flaw) (*tls.Certificate, error) {
	if flaw == "" {
		return nil, nil
	}
	pki, err := certs.Mint(certs.MintConfig{Hosts: hosts(), Flaw: flaw})
	if err != nil {
		return nil, err
	}
	s.roots = append(s.roots, pki.Root)
	return &pki.Server, nil
}

// authorities is the CA file: what signed the certificates of the firewall.
func (s *Site) authorities() []byte { return append(s.fw.Authority().PEM(), certs.PEM(s.roots)...) }

func (s *Site) firewallConfig(authority *certs.Authority) firewall.Config {
	c := s.config
	fw := firewall.Config{
		API:       c.bind(c.APIPort),
		Version:   c.Version,
		Dialect:   c.Dialect,
		Hostname:  FirewallName,
		Authority: authority,
		User:      credential.New(User),
		Password:  s.password,
		History:   c.History,
		Log:       c.Log,
		Now:       c.Now,
	}
	if s.domain != nil {
		fw.Servers, fw.State = []firewall.MonitoredServer{s.domain.server()}, s.domain.state
	}
	fw.Hosts = hosts()
	for _, transport := range c.Transports {
		sender := firewall.Sender{
			Name: UDPSender, VSys: c.VSys, Address: c.Sender, Connection: panos.UDP, DefaultDomain: DefaultDomain, Profiles: c.Profiles,
		}
		if transport == string(panos.UDP) {
			fw.UDP = c.bind(c.UDPPort)
		} else {
			fw.SSL = c.bind(c.SSLPort)
			sender.Name, sender.Connection = SSLSender, panos.SSL
		}
		fw.Senders = append(fw.Senders, sender)
	}
	return fw
}

func (c Config) bind(port int) string { return net.JoinHostPort(c.Host, strconv.Itoa(port)) }

// Firewall is the lab's firewall; nil if it has none.
func (s *Site) Firewall() *firewall.Firewall { return s.fw }

// Close stops the peers and returns when nothing of them runs any more. The files stay.
func (s *Site) Close() error {
	var errs []error
	for _, c := range s.controls {
		errs = append(errs, c.Close())
	}
	if s.fw != nil { // before what it logs in to
		errs = append(errs, s.fw.Close())
	}
	if s.domain != nil {
		errs = append(errs, s.domain.close())
	}
	return errors.Join(errs...)
}
