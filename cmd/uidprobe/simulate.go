package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
)

func simulateCommand() *cli.Command {
	return &cli.Command{
		Name:        "simulate",
		Usage:       "play the peers, with their faults",
		Description: "Example: uidprobe simulate firewall --out lab",
		Subcommands: []*cli.Command{simulateFirewallCommand(), simulateDCCommand(), simulateSiteCommand()},
	}
}

func simulateFirewallCommand() *cli.Command {
	return &cli.Command{
		Name:  "firewall",
		Usage: "play a firewall: syslog listeners, parse profiles, counters, mappings, XML API",
		Description: "Runs until it is interrupted, then prints its counters. With --out it writes the CA, the API\n" +
			"key and a site.yaml as soon as everything listens; site.yaml comes last, so that a script can\n" +
			"wait for it.\n\n" +
			"Example: uidprobe simulate firewall --out lab --fault udp-loss,every=5",
		Flags:  firewallFlags(),
		Action: simulateFirewall,
	}
}

func simulateSiteCommand() *cli.Command {
	return &cli.Command{
		Name:  "site",
		Usage: "play a firewall, and the domain controller and DNS server that it logs in to",
		Description: "simulate firewall and simulate dc in one: the firewall shows in its server monitor what becomes of\n" +
			"its log-in, under every fault of the domain controller and the DNS server.\n\n" +
			"Example: uidprobe simulate site --out lab --fault kdc-account-locked",
		Flags:  append(firewallFlags(), domainFlags()...),
		Action: simulateFirewall,
	}
}

// firewallFlags describe a simulated firewall.
func firewallFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "host", Value: "127.0.0.1", Usage: "the `ADDRESS` to listen on"},
		&cli.IntFlag{Name: "udp-port", Usage: "port of the syslog listener over UDP; 0 picks a free one"},
		&cli.IntFlag{Name: "ssl-port", Usage: "port of the syslog listener over TLS; 0 picks a free one"},
		&cli.IntFlag{Name: "api-port", Usage: "port of the XML API; 0 picks a free one"},
		&cli.StringFlag{Name: "ssl-flaw", Usage: "what is wrong with the certificate of the SSL syslog listener, a `FLAW` as in uidprobe list flaws"},
		&cli.StringFlag{Name: "api-flaw", Usage: "what is wrong with the certificate of the XML API, a `FLAW` as in uidprobe list flaws"},
		&cli.StringFlag{Name: "sender", Usage: "the `ADDRESS` that the messages come from; loopback unless given"},
		&cli.StringFlag{Name: "out", Usage: "write ca.pem, the API's secrets and site.yaml to `DIR`"},
		&cli.StringFlag{Name: "panos", Value: firewall.DefaultVersion, Usage: "the PAN-OS `VERSION` to play"},
		&cli.StringFlag{Name: "control", Usage: "start the control API on `HOST:PORT` of loopback, such as 127.0.0.1:0"},
		dialectFlag(),
		&cli.BoolFlag{Name: "show-dialect", Usage: "print the dialect with its reasons, as a file for --dialect, and end"},
		faultFlag(),
		transportFlag(),
	}
}

func faultFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "fault", Usage: "switch on `ID[,PARAM=VALUE...]`; see uidprobe list faults; may be repeated"}
}

func transportFlag() cli.Flag {
	return &cli.StringFlag{Name: "transport", Value: "both", Usage: "the senders' transports: udp, ssl or both"}
}

// transportsOf reads --transport.
func transportsOf(c *cli.Context) ([]string, error) {
	switch value := c.String("transport"); value {
	case "udp", "ssl":
		return []string{value}, nil
	case "both":
		return []string{"udp", "ssl"}, nil
	case "tls":
		return []string{"ssl"}, nil
	default:
		return nil, usagef("--transport %q is not one of udp, ssl, both", value)
	}
}

// flawOf reads a flag that names one flaw of a certificate, or none.
func flawOf(c *cli.Context, flag string) (certs.Flaw, error) {
	name := c.String(flag)
	if name == "" {
		return "", nil
	}
	flaws, err := flawsOf(name)
	switch {
	case err != nil:
		return "", usagef("--%s: %w", flag, err)
	case len(flaws) != 1:
		return "", usagef("--%s wants one flaw", flag)
	}
	return flaws[0], nil
}

// faultsOf reads --fault, for a lab of these peers. A fault that touches none of the transports
// would change nothing, and is refused.
func faultsOf(c *cli.Context, transports []string, peers ...string) (faults []site.Fault, err error) {
	for _, value := range c.StringSlice("fault") {
		words := strings.Split(value, ",")
		f := site.Fault{ID: words[0], Params: map[string]string{}}
		for _, word := range words[1:] {
			name, v, ok := strings.Cut(word, "=")
			if !ok {
				return nil, usagef("--fault %q: want ID,PARAM=VALUE, such as udp-loss,every=5", value)
			}
			f.Params[name] = v
		}
		if err := fits(f.ID, transports, peers); err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// fits says what keeps a fault from showing: there is none of that name, or none at these peers.
func fits(id string, transports, peers []string) error {
	var ids []string
	for _, fault := range site.Faults() {
		played := slices.Contains(peers, fault.Peer)
		if played {
			ids = append(ids, fault.ID)
		}
		if fault.ID != id {
			continue
		}
		touches := func(t string) bool { return slices.Contains(fault.Transports, t) }
		switch {
		case !played:
			return usagef("--fault %s is one of the peer %q, which is not played here", id, fault.Peer)
		case fault.Transports != nil && !slices.ContainsFunc(transports, touches) && fault.Peer == site.PeerDC:
			return usagef("--fault %s touches only WinRM over %s; use simulate site with --winrm-mode", id, strings.Join(fault.Transports, ", "))
		case fault.Transports != nil && !slices.ContainsFunc(transports, touches):
			return usagef("--fault %s touches only %s; use --transport %[2]s or both", id, strings.Join(fault.Transports, ", "))
		}
		return nil
	}
	return usagef("there is no fault %q%s; see uidprobe list faults", id, didYouMean(id, ids))
}

func simulateFirewall(c *cli.Context) (err error) {
	if err := noArguments(c); err != nil {
		return err
	}
	transports, err := transportsOf(c)
	if err != nil {
		return err
	}
	domain, peers, err := playedDomain(c)
	if err != nil {
		return err
	}
	ways := transports
	if domain != nil {
		ways = append(slices.Clone(transports), c.String("winrm-mode"))
	}
	faults, err := faultsOf(c, ways, peers...)
	if err != nil {
		return err
	}
	dialect, err := dialectOf(c.String("panos"), c.StringSlice("dialect"))
	if err != nil {
		return err
	}
	if c.Bool("show-dialect") {
		return showDialect(c.App.Writer, c.String("panos"), dialect)
	}
	sslFlaw, err := flawOf(c, "ssl-flaw")
	if err != nil {
		return err
	}
	apiFlaw, err := flawOf(c, "api-flaw")
	if err != nil {
		return err
	}
	config := site.Config{
		SSLFlaw: sslFlaw, APIFlaw: apiFlaw,
		Host: c.String("host"), UDPPort: c.Int("udp-port"), SSLPort: c.Int("ssl-port"), APIPort: c.Int("api-port"),
		Version: c.String("panos"), Dialect: dialect, Transports: transports, Faults: faults, Out: c.String("out"),
		Control: c.String("control"), Domain: domain,
	}
	if address := c.String("sender"); address != "" {
		if config.Sender, err = netip.ParseAddr(address); err != nil {
			return usagef("--sender %q is not an address", address)
		}
	}
	lab, err := site.Start(c.Context, config)
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	sayLab(c, lab)
	<-c.Context.Done()
	fw := lab.Firewall()
	if drops, known := fw.KernelDrops(); known && drops > 0 {
		fmt.Fprintf(c.App.ErrWriter, "the kernel dropped %d datagrams before the listener could read them; no counter shows them\n", drops)
	}
	state, err := fw.CLI("show user server-monitor state all")
	if err != nil {
		return err
	}
	if _, err = fmt.Fprint(c.App.Writer, state); err != nil || domain == nil {
		return err
	}
	return sumUp(c.App.Writer, lab, domain.Account)
}

// playedDomain is the domain of simulate site, with the peers that are played; simulate firewall has
// none.
func playedDomain(c *cli.Context) (*site.Domain, []string, error) {
	if c.Command.Name != "site" {
		return nil, []string{site.PeerFirewall}, nil
	}
	domain, err := domainOf(c)
	return domain, []string{site.PeerFirewall, site.PeerDC, site.PeerDNS}, err
}

// listening says where a firewall listens, for a person.
func listening(fw *firewall.Firewall) string {
	var words []string
	for _, l := range []struct {
		name string
		addr net.Addr
	}{{"syslog udp", fw.UDPAddr()}, {"syslog ssl", fw.SSLAddr()}, {"XML API", fw.APIAddr()}} {
		if l.addr != nil {
			words = append(words, fmt.Sprintf("%s %v", l.name, l.addr))
		}
	}
	return strings.Join(words, ", ")
}

// tokenPlace says where the token of the control API is. It is in no output.
func tokenPlace(dir string) string {
	if dir == "" {
		return "writes want a token, which --out writes to " + site.ControlFile
	}
	return "url and token are in " + filepath.Join(dir, site.ControlFile)
}
