package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/sender"
)

func fromFlags() []cli.Flag {
	return slices.Concat([]cli.Flag{
		&cli.StringFlag{Name: "from-firewall", Usage: "make the site file of the configuration at `URL|FILE`: https://HOST, or XML"},
		&cli.StringFlag{Name: "template", Usage: "only this `TEMPLATE` of Panorama"},
		&cli.StringFlag{Name: "api", Usage: "the `URL` of the XML API, where it is not that of --from-firewall or the management address"},
		&cli.StringFlag{Name: "password-env", Usage: "the site file takes the monitor account's password from the environment variable `NAME`"},
		&cli.StringFlag{Name: "password-file", Usage: "the site file takes it from `FILE`"},
		&cli.StringSliceFlag{Name: "to", Usage: "where a listener is reached, `udp://HOST[:514]` or tls://HOST[:6514], if not at the interface of the service route"},
		&cli.StringSliceFlag{Name: "dns", Usage: "a DNS server to ask, `ADDRESS[:53]`, instead of the firewall's; may be repeated"},
		&cli.StringSliceFlag{Name: "addresses", Usage: "a `NETWORK` that the test may use: nobody lives there; may be repeated"},
		&cli.BoolFlag{Name: "all-senders", Usage: "the senders of other hosts as well"},
	}, configFlags())
}

// configFlags say which configuration is read, and how the API is asked for it.
func configFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "vsys", Usage: "only this `VSYS`; of an API vsys1 unless given"},
		&cli.StringFlag{Name: "key-env", Usage: "the API's key is in the environment variable `NAME`"},
		&cli.StringFlag{Name: "key-file", Usage: "the API's key is in `FILE`"},
		&cli.StringFlag{Name: "ca", Usage: "PEM `FILE` of the CA of the firewall's certificates; the system's store unless given"},
		&cli.StringFlag{Name: "server-name", Usage: "the name in the certificates; the host of the URL unless given"},
	}
}

// fromFlagGiven is a flag that means nothing without --from-firewall.
func fromFlagGiven(c *cli.Context) string {
	for _, f := range fromFlags() {
		if name := f.Names()[0]; c.IsSet(name) {
			return name
		}
	}
	return ""
}

func initFrom(c *cli.Context, name string) error {
	o, err := originOf(c, name)
	if err != nil {
		return err
	}
	if o.Config, err = firewallConfig(c, o.Source, o.Key); err != nil {
		return err
	}
	if o.Key.File != "" {
		o.Key.File = seenFrom(filepath.Dir(name), o.Key.File)
	}
	draft, err := plan.From(o)
	if err != nil {
		return usageError{err}
	}
	if name == "-" {
		if len(draft.Files) > 0 {
			return usagef("the site file has %d files beside it, so it cannot go to standard output: name a file", len(draft.Files))
		}
		_, err := c.App.Writer.Write(draft.Site)
		return err
	}
	if err := writeDraft(c, name, draft); err != nil {
		return err
	}
	for _, text := range draft.Left {
		fmt.Fprintln(c.App.ErrWriter, "not covered:", text)
	}
	if _, err := plan.Load(name); err != nil {
		return usageError{fmt.Errorf("wrote %s, which has to be edited: %w", name, err)}
	}
	fmt.Fprintf(c.App.ErrWriter, "wrote %s; read it, then: uidprobe check -c %s\n", name, name)
	return nil
}

// writeDraft writes the site file last, and over nothing.
func writeDraft(c *cli.Context, name string, draft plan.Draft) error {
	dir := filepath.Dir(name)
	names := []string{name}
	for _, f := range draft.Files {
		names = append(names, filepath.Join(dir, f.Name))
	}
	for _, n := range names {
		if _, err := os.Lstat(n); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return usagef("%s is there already; name another file", n)
		}
	}
	for i, f := range draft.Files {
		if err := writeNew(names[1+i], f.Data); err != nil {
			return err
		}
		fmt.Fprintln(c.App.ErrWriter, "wrote", names[1+i])
	}
	return writeNew(name, draft.Site)
}

func originOf(c *cli.Context, name string) (o plan.Origin, err error) {
	from := c.String("from-firewall")
	o = plan.Origin{
		Source: from, VSys: c.String("vsys"), Template: c.String("template"), API: c.String("api"), ServerName: c.String("server-name"),
	}
	if isURL(from) && o.API == "" {
		o.API = from
	}
	dir := "."
	if name != "-" {
		dir = filepath.Dir(name)
		o.Prefix = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)) + "-"
	}
	if o.Key, err = referenceOf(c, "key"); err != nil {
		return o, err
	}
	if o.Password, err = referenceOf(c, "password"); err != nil {
		return o, err
	}
	if ca := c.String("ca"); ca != "" {
		o.CA = seenFrom(dir, ca)
	}
	if o.Password.File != "" {
		o.Password.File = seenFrom(dir, o.Password.File)
	}
	if o.To, err = destinationsOf(c); err != nil {
		return o, err
	}
	for _, text := range c.StringSlice("dns") {
		server, err := plan.ParseResolver(text)
		if err != nil {
			return o, usagef("--dns: %v", err)
		}
		o.DNS = append(o.DNS, server)
	}
	for _, text := range c.StringSlice("addresses") {
		network, err := netip.ParsePrefix(text)
		if err != nil || network != network.Masked() {
			return o, usagef("--addresses %q is not a network, such as %s", text, plan.DefaultAddresses)
		}
		o.Addresses = append(o.Addresses, network)
	}
	if !c.Bool("all-senders") {
		o.Here, err = ownAddresses()
	}
	return o, err
}

// referenceOf reads the two flags that say where a secret is.
func referenceOf(c *cli.Context, what string) (r credential.Reference, err error) {
	r = credential.Reference{Env: c.String(what + "-env"), File: c.String(what + "-file")}
	if r.Env != "" && r.File != "" {
		return r, usagef("--%s-env and --%[1]s-file do not go together", what)
	}
	return r, nil
}

// seenFrom is the path of a file as a site file in a folder refers to it.
func seenFrom(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	if path, err := filepath.Rel(dir, name); err == nil {
		return path
	}
	return name
}

func destinationsOf(c *cli.Context) (all []sender.Destination, err error) {
	seen := map[sender.Scheme]bool{}
	for _, text := range c.StringSlice("to") {
		to, err := sender.ParseDestination(text)
		switch {
		case err != nil:
			return nil, usagef("--to: %v", err)
		case to.Scheme != sender.UDP && to.Scheme != sender.TLS:
			return nil, usagef("--to %q: a firewall listens on udp:// and tls://", text)
		case seen[to.Scheme]:
			return nil, usagef("--to %q: there is one %s:// already", text, to.Scheme)
		}
		seen[to.Scheme] = true
		all = append(all, to)
	}
	return all, nil
}

// ownAddresses says whether an address is this host's. All of loopback counts as that.
func ownAddresses() (func(netip.Addr) bool, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	own := map[netip.Addr]bool{}
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own[p.Addr().Unmap()] = true
		}
	}
	return func(a netip.Addr) bool { return a.IsLoopback() || own[a.Unmap()] }, nil
}

func isURL(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}

// firewallConfig reads a configuration from a file or from the XML API.
func firewallConfig(c *cli.Context, source string, key credential.Reference) (*panos.Config, error) {
	if !isURL(source) {
		data, err := readConfig(c, source)
		if err != nil {
			return nil, usageError{err}
		}
		config, err := panos.ParseConfig(source, data)
		if err != nil {
			return nil, usageError{err}
		}
		return config, nil
	}
	if !key.Given() {
		return nil, usagef("where is the API's key? give --key-env NAME or --key-file FILE")
	}
	secret, err := key.Read()
	if err != nil {
		return nil, usageError{err}
	}
	trust := &tls.Config{ServerName: c.String("server-name")}
	if name := c.String("ca"); name != "" {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{err}
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(text) {
			return nil, usagef("%s: there is no certificate in PEM in it", name)
		}
	}
	client, err := panos.NewClient(panos.ClientConfig{URL: source, Key: secret, VSys: c.String("vsys"), TLS: trust})
	if err != nil {
		return nil, usageError{err}
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(c.Context, check.DefaultCheck)
	defer cancel()
	config, err := client.UserIDConfig(ctx)
	if err != nil {
		return nil, usageError{fmt.Errorf("read the configuration: %w", err)}
	}
	return config, nil
}
