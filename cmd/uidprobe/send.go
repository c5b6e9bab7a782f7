package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/sender"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

func sendCommand() *cli.Command {
	return &cli.Command{
		Name:  "send",
		Usage: "send test messages to a listener",
		Description: "What is sent: --template (a vendor's message, with test users and addresses), --message, or\n" +
			"the lines of --file. Off loopback only templates are sent, with the users and addresses\n" +
			"that the site file of -c reserves (without one: users uidprobe-…, 198.51.100.0/24), and more\n" +
			"than 100 a second or 1,000 in all only with allow_load in that site file.\n\n" +
			"Example: uidprobe send --to tls://192.0.2.1 --ca ca.pem --template cisco-ise --count 5",
		Flags: append(append(sendFlags(), tlsFlags()...), outputFlags()...),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := newOutput(c)
			if err != nil {
				return err
			}
			s, closeSource, err := newSending(c)
			if err != nil {
				return err
			}
			defer closeSource()
			p := &plan.Plan{Checks: []check.Check{probe.SendCheck(s)}}
			return o.runPlan(c.Context, c, p, check.Clocks{Run: 365 * 24 * time.Hour})
		},
	}
}

func sendFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "to", Usage: "where to: udp://HOST[:514], tls://HOST[:6514] or tcp://HOST:PORT"},
		&cli.StringFlag{Name: "template", Usage: "send messages of this vendor; see uidprobe list templates"},
		&cli.StringFlag{Name: "event", Value: "login", Usage: "which of the vendor's messages: login or logout"},
		&cli.StringSliceFlag{Name: "message", Usage: "send this text, which may hold ${user}, ${address}, ${time:rfc3164}, …; may be repeated"},
		&cli.StringFlag{Name: "file", Usage: "send the lines of `FILE`; - is standard input"},
		&cli.StringFlag{Name: "rate", Value: "50/s", Usage: "how fast: 500/s, 30000/m, max"},
		&cli.Uint64Flag{Name: "count", Usage: "how many messages; 1 unless --duration or --file says otherwise"},
		&cli.DurationFlag{Name: "duration", Usage: "how long"},
		&cli.StringFlag{Name: "source", Usage: "this host's `ADDRESS` to send from"},
		&cli.StringFlag{Name: "framing", Usage: "how messages end on a stream: lf, crlf, nul, octet-count"},
		&cli.IntFlag{Name: "per-datagram", Value: 1, Usage: "how many messages share a datagram, a line each"},
		&cli.StringFlag{Name: "domain", Usage: "what ${domain} stands for"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "the same seed makes the same messages, but for the time"},
		&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "a site `FILE` that reserves users and addresses, and allows load"},
	}
}

func tlsFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "ca", Usage: "PEM `FILE` of the CA that the listener's certificate must lead to; the system's store unless given"},
		&cli.StringFlag{Name: "cert", Usage: "PEM `FILE` of a client certificate"},
		&cli.StringFlag{Name: "key", Usage: "PEM `FILE` of its key"},
		&cli.StringFlag{Name: "server-name", Usage: "the name the certificate must have; the host of --to unless given"},
		&cli.StringFlag{Name: "tls-min", Value: "1.2", Usage: "lowest TLS version: 1.0, 1.1, 1.2, 1.3"},
		&cli.BoolFlag{Name: "insecure-skip-verify", Usage: "do not verify the certificate"},
	}
}

// reserved is what may be sent, and how hard.
type reserved struct {
	users     string
	addresses []netip.Prefix
	load      bool
}

// authInfo is the PRI of facility auth, severity info (RFC 5424 section 6.2.1).
const authInfo = 4*8 + 6

// lightRate and lightCount are what may be sent without the owner's word.
const (
	lightRate  = 100
	lightCount = 1000
)

func newSending(c *cli.Context) (s probe.Sending, closeSource func(), err error) {
	if c.String("to") == "" {
		return s, nil, usagef("send wants --to, such as --to udp://192.0.2.1:514")
	}
	to, err := sender.ParseDestination(c.String("to"))
	if err != nil {
		return s, nil, usageError{err}
	}
	s.Connection.To = to
	s.Connection.PerDatagram = c.Int("per-datagram")
	if s.Connection.PerDatagram < 1 {
		return s, nil, usagef("--per-datagram %d is below 1", s.Connection.PerDatagram)
	}
	if source := c.String("source"); source != "" {
		if s.Connection.Source, err = netip.ParseAddr(source); err != nil {
			return s, nil, usagef("--source %q is not an address", source)
		}
	}
	if framing := c.String("framing"); framing != "" {
		if s.Connection.Framing, err = syslog.ParseFraming(framing); err != nil {
			return s, nil, usageError{err}
		}
	}
	if s.Rate, err = sender.ParseRate(c.String("rate")); err != nil {
		return s, nil, usageError{err}
	}
	s.Count, s.Duration = c.Uint64("count"), c.Duration("duration")
	if s.Duration < 0 {
		return s, nil, usagef("--duration %v is negative", s.Duration)
	}
	if s.Count == 0 && s.Duration == 0 && c.String("file") == "" {
		s.Count = max(1, uint64(len(c.StringSlice("message"))))
	}
	if s.TLS, err = tlsOf(c); err != nil {
		return s, nil, err
	}
	r, err := reservedFor(c, to)
	if err != nil {
		return s, nil, err
	}
	if err := r.permit(c, s); err != nil {
		return s, nil, err
	}
	s.Source, closeSource, err = sourceOf(c, r, s.Count)
	return s, closeSource, err
}

func tlsOf(c *cli.Context) (probe.TLS, error) {
	t := probe.TLS{
		CAFile: c.String("ca"), ServerName: c.String("server-name"),
		CertificateFile: c.String("cert"), KeyFile: c.String("key"), SkipVerify: c.Bool("insecure-skip-verify"),
	}
	if (t.CertificateFile == "") != (t.KeyFile == "") {
		return t, usagef("--cert and --key go together")
	}
	versions := map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	version, ok := versions[c.String("tls-min")]
	if !ok {
		return t, usagef("--tls-min %q is not one of 1.0, 1.1, 1.2, 1.3", c.String("tls-min"))
	}
	t.MinVersion = version
	return t, nil
}

// reservedFor reads what the site file reserves; without one, the defaults.
func reservedFor(c *cli.Context, to sender.Destination) (reserved, error) {
	r := reserved{users: plan.DefaultUsers, addresses: []netip.Prefix{netip.MustParsePrefix(plan.DefaultAddresses)}}
	file := c.String("config")
	if file == "" {
		return r, nil
	}
	site, err := plan.Load(file)
	if err != nil {
		return r, usageError{err}
	}
	r.users, r.addresses = site.Test.Users, site.Test.Addresses
	for _, f := range site.Firewalls {
		for _, s := range f.Senders {
			r.load = r.load || f.AllowLoad && s.To.Host == to.Host
		}
	}
	return r, nil
}

// permit refuses what would touch live users or load a firewall without its owner's word.
func (r reserved) permit(c *cli.Context, s probe.Sending) error {
	if isLoopback(s.Connection.To.Host) {
		return nil
	}
	if c.String("file") != "" || len(c.StringSlice("message")) > 0 {
		return refuse(c, "off loopback only templates are sent, so that no live user is mapped: use --template")
	}
	if r.load {
		return nil
	}
	count := float64(s.Count)
	if s.Count == 0 {
		count = s.Rate.PerSecond() * s.Duration.Seconds()
	}
	if s.Rate == sender.Max || s.Rate.PerSecond() > lightRate || count > lightCount {
		return refuse(c, fmt.Sprintf("more than %d messages a second or %d in all need allow_load for this firewall in the site file of -c", lightRate, lightCount))
	}
	return nil
}

func refuse(c *cli.Context, why string) error {
	fmt.Fprintln(c.App.ErrWriter, "uidprobe: refused for safety:", why)
	return verdict{exitRefused}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// sourceOf makes the source of messages; close ends a file it reads.
func sourceOf(c *cli.Context, r reserved, count uint64) (source sender.Source, closeSource func(), err error) {
	given := 0
	for _, is := range []bool{c.String("template") != "", len(c.StringSlice("message")) > 0, c.String("file") != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return nil, nil, usagef("send wants one of --template, --message and --file")
	}
	if name := c.String("file"); name != "" {
		return fileSource(c, name)
	}
	texts := c.StringSlice("message")
	if name := c.String("template"); name != "" {
		if texts, err = templateTexts(name, c.String("event")); err != nil {
			return nil, nil, err
		}
	}
	g := sender.Generate{
		Users: r.users, Addresses: r.addresses, Domain: c.String("domain"),
		Hosts: []string{"uidprobe.corp.example"}, Priority: authInfo, Seed: c.Uint64("seed"),
		Count: count, Reuse: isLoopback(hostOf(c.String("to"))), Now: time.Now,
	}
	for _, text := range texts {
		t, err := syslog.ParseTemplate(text)
		if err != nil {
			return nil, nil, usageError{err}
		}
		g.Templates = append(g.Templates, t)
	}
	generator, err := sender.NewGenerator(g)
	if err != nil {
		return nil, nil, usageError{err}
	}
	return generator, func() {}, nil
}

func hostOf(to string) string {
	d, err := sender.ParseDestination(to)
	if err != nil {
		return ""
	}
	return d.Host
}

func fileSource(c *cli.Context, name string) (sender.Source, func(), error) {
	if name == "-" {
		return sender.NewLines(c.App.Reader, maxLine), func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, usageError{err}
	}
	return sender.NewLines(io.Reader(f), maxLine), func() { _ = f.Close() }, nil
}

// maxLine is the longest line sent from a file: what a UDP datagram holds.
const maxLine = 65507

// templateTexts are the sample messages of a vendor for an event.
func templateTexts(name, event string) (texts []string, err error) {
	if event != string(panos.Login) && event != string(panos.Logout) {
		return nil, usagef("--event %q is neither login nor logout", event)
	}
	var names []string
	for _, v := range library.All() {
		names = append(names, v.Name)
		if v.Name != name {
			continue
		}
		for _, p := range v.Profiles {
			if string(p.Event) == event {
				for _, s := range p.Samples {
					texts = append(texts, s.Message)
				}
			}
		}
		if len(texts) == 0 {
			return nil, usagef("template %s has no %s message", name, event)
		}
		return texts, nil
	}
	return nil, usagef("there is no template %q%s; there are %s", name, didYouMean(name, names), strings.Join(names, ", "))
}
