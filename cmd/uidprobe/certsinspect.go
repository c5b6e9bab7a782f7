package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/probe"
)

func certsInspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "judge the certificate of a server, or in a file, as the firewall's client would",
		ArgsUsage: "HOST:PORT|FILE",
		Description: "--ca is the file with what the firewall's certificate profile holds; the system's store is never\n" +
			"asked. FILE is a chain in PEM, one certificate in DER, or a PFX file; it must be told from\n" +
			"HOST:PORT by being there. Each rule is one result, with what libcurl says of a failure in each of\n" +
			"its generations and what the firewall then logs. --bundle writes what would mend the chain.\n\n" +
			"Example: uidprobe certs inspect dc1.corp.example:5986 --ca profile-ca.pem --online",
		Flags: slices.Concat(inspectFlags(), []cli.Flag{
			&cli.StringFlag{Name: "password-file", Usage: "read the password of a PFX file from `FILE`"},
			&cli.StringFlag{Name: "bundle", Usage: "write the certificates to import into the certificate profile to `FILE`, if some would mend the chain"},
		}, attemptFlags(), outputFlags()),
		Action: inspectAction,
	}
}

// inspectFlags are those of every command that judges certificates.
func inspectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "ca", Usage: "`FILE` with the CAs of the firewall's certificate profile"},
		&cli.StringFlag{Name: "name", Usage: "the `FQDN` in Network Address of the server-monitor entry; HOST unless given"},
		&cli.StringFlag{Name: "crl", Usage: "`FILE` with revocation lists, PEM or DER"},
		&cli.BoolFlag{Name: "online", Usage: "ask the CRL, OCSP and issuer addresses that the certificates name"},
		&cli.DurationFlag{Name: "soon", Value: certs.DefaultSoon, Usage: "how long before its end a certificate gets a warning"},
	}
}

func inspectAction(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("certs inspect wants one HOST:PORT or FILE, and was given %d", c.NArg())
	}
	o, err := newOutput(c)
	if err != nil {
		return err
	}
	clocks, err := clocksOf(c)
	if err != nil {
		return err
	}
	config, err := tlsServersOf(c)
	if err != nil {
		return err
	}
	var mu sync.Mutex // guards wanted, and the lines of one chain
	var wanted []*x509.Certificate
	config.WinRM = true // whatever the port: it is what a firewall would verify
	config.Examined = func(x certs.Examination) {
		mu.Lock()
		defer mu.Unlock()
		if o.format == "text" {
			fmt.Fprintf(c.App.Writer, "%s\n%s\n\n", x.Target, strings.Join(x.Chain(), "\n"))
		}
		for _, missing := range x.Import {
			if !slices.ContainsFunc(wanted, missing.Equal) {
				wanted = append(wanted, missing)
			}
		}
	}
	checks, err := inspected(c, config)
	if err != nil {
		return err
	}
	verdict := o.runPlan(c.Context, c, &plan.Plan{Checks: checks}, clocks)
	if err := writeBundle(c, wanted); err != nil {
		return err
	}
	return verdict
}

// inspected are the checks of the argument: a file if there is one of that name.
func inspected(c *cli.Context, config probe.TLSServers) ([]check.Check, error) {
	argument := c.Args().First()
	info, err := os.Stat(argument)
	switch {
	case err == nil && info.IsDir():
		return nil, usagef("%s is a folder", argument)
	case err == nil:
		return inspectedFile(c, config, argument)
	case !errors.Is(err, fs.ErrNotExist):
		if target, parseErr := tlsTarget(argument); parseErr == nil {
			config.Targets = []probe.TLSTarget{target}
			return probe.TLSChecks(config), nil
		}
		return nil, usageError{err}
	}
	target, err := tlsTarget(argument)
	if err != nil {
		return nil, usagef("%s is neither a file that is there nor HOST:PORT: %w", argument, err)
	}
	config.Targets = []probe.TLSTarget{target}
	return probe.TLSChecks(config), nil
}

func inspectedFile(c *cli.Context, config probe.TLSServers, name string) ([]check.Check, error) {
	data, err := readSmall(name)
	if err != nil {
		return nil, usageError{err}
	}
	var password string
	if file := c.String("password-file"); file != "" {
		if password, err = passwordIn("password-file", file); err != nil {
			return nil, err
		}
	}
	raw, err := certs.Read(data, password)
	if err != nil {
		return nil, usagef("%s: %w", name, err)
	}
	return probe.CertificateChecks(config, name, certs.Presentation{Raw: raw, File: true}), nil
}

// readSmall reads a file that is no larger than any chain.
func readSmall(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > 64<<20 {
		err = fmt.Errorf("%s is %d bytes long; no certificates are", name, info.Size())
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// tlsTarget reads HOST[:PORT].
func tlsTarget(text string) (probe.TLSTarget, error) {
	host, service, err := net.SplitHostPort(text)
	if err != nil {
		host, service = strings.Trim(text, "[]"), ""
	}
	target := probe.TLSTarget{Port: probe.PortWinRM}
	if target.Host, err = plan.ParseHost(host); err != nil {
		return target, err
	}
	if service != "" {
		port, err := strconv.ParseUint(service, 10, 16)
		if err != nil || port == 0 {
			return target, fmt.Errorf("port %q is not one from 1 to 65535", service)
		}
		target.Port = uint16(port)
	}
	return target, nil
}

// tlsServersOf reads inspectFlags. The files are read here once, so that a mistake in them is
// one of usage.
func tlsServersOf(c *cli.Context) (probe.TLSServers, error) {
	config := probe.TLSServers{CAFile: c.String("ca"), Name: c.String("name"), Online: c.Bool("online"), Soon: c.Duration("soon")}
	if config.CAFile == "" {
		return config, usagef("%s wants --ca, the file with the CAs of the firewall's certificate profile; the system's store is never asked", c.Command.HelpName)
	}
	if config.Soon <= 0 {
		return config, usagef("--soon %v must be above 0", config.Soon)
	}
	config.Soon = min(config.Soon, 100*365*24*time.Hour)
	data, err := readSmall(config.CAFile)
	if err == nil {
		_, err = certs.ReadProfile(data)
	}
	if err != nil {
		return config, usagef("--ca %s: %w", config.CAFile, err)
	}
	if name := c.String("crl"); name != "" {
		data, err := readSmall(name)
		if err == nil {
			config.Lists, err = certs.ReadLists(data)
		}
		if err != nil {
			return config, usagef("--crl %s: %w", name, err)
		}
	}
	return config, nil
}

// writeBundle writes what --bundle asks for.
func writeBundle(c *cli.Context, wanted []*x509.Certificate) error {
	name := c.String("bundle")
	switch {
	case name == "":
		return nil
	case len(wanted) == 0:
		fmt.Fprintf(c.App.ErrWriter, "%s was not written: nothing that was seen would mend the chain by being imported\n", name)
		return nil
	}
	if err := os.WriteFile(name, certs.PEM(wanted), 0o644); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	fmt.Fprintf(c.App.ErrWriter, "wrote %s, %d to import; first compare the thumbprints with those that the CA itself tells\n", name, len(wanted))
	return nil
}
