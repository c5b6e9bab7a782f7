package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/simulate/site"
)

func simulateDCCommand() *cli.Command {
	return &cli.Command{
		Name:  "dc",
		Usage: "play a domain controller: a KDC with one service account, WinRM with a security log, and the DNS server that knows it",
		Description: "Runs until it is interrupted, then prints what it was asked. With --out it writes a krb5.conf, the\n" +
			"account's password and keytab, and a site.yaml as soon as everything listens; site.yaml comes last,\n" +
			"so that a script can wait for it. The password is made anew at each start unless one is given.\n\n" +
			"Example: uidprobe simulate dc --out lab --fault kdc-preauth-failed",
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "host", Value: "127.0.0.1", Usage: "the `ADDRESS` to listen on"},
		}, domainFlags()...),
			&cli.StringFlag{Name: "out", Usage: "write the files to `DIR`"},
			&cli.StringFlag{Name: "control", Usage: "start the control APIs, the domain controller's on `HOST:PORT` of loopback, such as 127.0.0.1:0"},
			faultFlag(),
		),
		Action: simulateDC,
	}
}

// domainFlags describe a simulated domain.
func domainFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "kdc-port", Usage: "port of the KDC, over UDP and TCP; 0 picks a free one"},
		&cli.IntFlag{Name: "dns-port", Usage: "port of the DNS server, over UDP and TCP; 0 picks a free one"},
		&cli.IntFlag{Name: "winrm-port", Usage: "port of WinRM over HTTP; 0 picks a free one"},
		&cli.IntFlag{Name: "winrms-port", Usage: "port of WinRM over HTTPS; 0 picks a free one"},
		&cli.StringFlag{Name: "winrm-mode", Value: defaultWinRMMode, Usage: "how the firewall reads the domain controller: " + strings.Join(slices.Sorted(maps.Keys(winrmModes)), ", ")},
		&cli.StringFlag{Name: "winrm-flaw", Usage: "what is wrong with the certificate of WinRM, a `FLAW` as in uidprobe list flaws"},
		&cli.StringFlag{Name: "realm", Value: dc.DefaultRealm, Usage: "the domain's `NAME`"},
		&cli.StringFlag{Name: "account", Value: site.DefaultAccount, Usage: "`NAME` of the service account"},
		&cli.StringFlag{Name: "password-file", Usage: "read the account's password from `FILE`"},
		&cli.StringFlag{Name: "password-env", Usage: "read it from the environment variable `NAME`"},
		&cli.IntFlag{Name: "lockout", Usage: "how many bad passwords lock the account; 0 is none"},
	}
}

// domainOf reads domainFlags.
func domainOf(c *cli.Context) (*site.Domain, error) {
	realm, err := plan.ParseDomain(c.String("realm"))
	if err != nil {
		return nil, usagef("--realm %w", err)
	}
	if c.Int("lockout") < 0 {
		return nil, usagef("--lockout %d is below 0", c.Int("lockout"))
	}
	d := &site.Domain{
		Name: realm, Account: c.String("account"), Lockout: dc.Lockout{Threshold: c.Int("lockout")},
		KDCPort: c.Int("kdc-port"), DNSPort: c.Int("dns-port"), WinRMPort: c.Int("winrm-port"), WinRMSPort: c.Int("winrms-port"),
		WinRM: dc.WinRM{Flaw: certs.Flaw(c.String("winrm-flaw"))},
	}
	mode, ok := winrmModes[c.String("winrm-mode")]
	if !ok {
		known := slices.Sorted(maps.Keys(winrmModes))
		return nil, usagef("--winrm-mode %q is not one of %s%s", c.String("winrm-mode"), strings.Join(known, ", "), didYouMean(c.String("winrm-mode"), known))
	}
	d.Transport, d.Basic = mode.Transport, mode.Authentication == plan.Basic
	if from := (credential.Reference{File: c.String("password-file"), Env: c.String("password-env")}); from.Given() {
		if d.Password, err = from.Read(); err != nil {
			return nil, usageError{err}
		}
	}
	return d, nil
}

func simulateDC(c *cli.Context) (err error) {
	if err := noArguments(c); err != nil {
		return err
	}
	domain, err := domainOf(c)
	if err != nil {
		return err
	}
	faults, err := faultsOf(c, slices.Sorted(maps.Keys(winrmModes)), site.PeerDC, site.PeerDNS)
	if err != nil {
		return err
	}
	lab, err := site.Start(c.Context, site.Config{
		Host: c.String("host"), Domain: domain, WithoutFirewall: true, Faults: faults, Out: c.String("out"), Control: c.String("control"),
	})
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	sayLab(c, lab)
	<-c.Context.Done()
	return sumUp(c.App.Writer, lab, domain.Account)
}

// sayLab tells a person where a lab listens, and what to do with it.
func sayLab(c *cli.Context, lab *site.Site) {
	if fw := lab.Firewall(); fw != nil {
		fmt.Fprintf(c.App.ErrWriter, "simulated firewall, PAN-OS %s, listening: %s\n", c.String("panos"), listening(fw))
	}
	sayDomain(c, lab)
	if control := lab.Control(); control != nil {
		fmt.Fprintf(c.App.ErrWriter, "control API: http://%v/v1/; %s\n", control.Addr(), tokenPlace(c.String("out")))
	}
	if dir := c.String("out"); dir != "" {
		fmt.Fprintf(c.App.ErrWriter, "try: uidprobe check -c %s; end with Ctrl-C\n", filepath.Join(dir, site.SiteFile))
	}
}

func sayDomain(c *cli.Context, lab *site.Site) {
	if lab.DC() != nil {
		fmt.Fprintf(c.App.ErrWriter, "simulated domain controller of %s, listening: kdc %v, dns %v%s\n", lab.DC().Realm(), lab.DC().Addr(), lab.DNS().Addr(), winrmPlaces(lab.DC()))
	}
}

// winrmPlaces says where WinRM listens.
func winrmPlaces(d *dc.DC) (text string) {
	if addr := d.WinRMAddr(); addr != "" {
		text += ", winrm http " + addr
	}
	if addr := d.WinRMSAddr(); addr != "" {
		text += ", winrm https " + addr
	}
	return text
}

// sumUp prints what a domain's servers were asked.
func sumUp(w io.Writer, lab *site.Site, account string) error {
	bad, err := lab.DC().BadPasswords(account)
	if err != nil {
		return err
	}
	kdc, names := lab.DC().Record(), lab.DNS().Record()
	_, err = fmt.Fprintf(w, "kdc: %d requests, %d answers, %d discarded\nwinrm: %d requests, %d discarded\ndns: %d queries, %d answers, %d discarded\nbad passwords of %s since its last good one: %d\n",
		kdc.Count(dc.KindRequest), kdc.Count(dc.KindAnswer), kdc.Count(dc.KindDiscarded),
		kdc.Count(dc.KindWinRMAnswer), kdc.Count(dc.KindWinRMDiscarded),
		names.Count(dns.KindQuery), names.Count(dns.KindAnswer), names.Count(dns.KindDiscarded), account, bad)
	return err
}
