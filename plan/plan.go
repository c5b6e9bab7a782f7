package plan

import (
	"errors"
	"fmt"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/probe"
)

// Plan is the checks of a site. Making one opens no socket and reads no secret.
type Plan struct {
	Checks   []check.Check
	families []*probe.Family
}

// Options are what a run adds to its site file.
type Options struct {
	// Run marks the users of this run: a few letters or digits that no earlier run has used,
	// so that a mapping proves this run.
	Run string
	// Paste, if set, has a person read the firewall instead of the XML API.
	Paste *probe.Paste
	// Gate is what every password passes, one for the whole run. It is needed where the site
	// names a password or a keytab to log in with.
	Gate *credential.Gate
}

// New makes the plan of a site. It is good for one run, since its checks share what they
// learn. A firewall that nobody can read, and one person for several firewalls, are errors.
func New(site *Site, o Options) (*Plan, error) {
	if o.Paste != nil && len(site.Firewalls) > 1 {
		return nil, fmt.Errorf("%s names %d firewalls: pasted counters are of one", site.File, len(site.Firewalls))
	}
	p := &Plan{}
	for _, f := range site.Firewalls {
		if len(f.Senders) > 0 && f.API.URL == "" && o.Paste == nil {
			return nil, fmt.Errorf("%s: firewall %q has no api section: add it, or paste its counters (--counters-before, --counters-after)", site.File, f.Name)
		}
		family := probe.NewFamily(firewallOf(site, f, o))
		p.families = append(p.families, family)
		p.Checks = append(p.Checks, family.Checks()...)
	}
	return p, nil
}

// Close ends the connections that the checks opened. It is called when the run is over.
func (p *Plan) Close() error {
	var errs []error
	for _, f := range p.families {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

func firewallOf(site *Site, f Firewall, o Options) probe.Firewall {
	out := probe.Firewall{
		Name:   f.Name,
		API:    probe.API{URL: f.API.URL, Key: f.API.Key, VSys: f.API.VSys, Target: f.API.Target, TLS: tlsOf(f.API.TLS)},
		Timing: probe.Timing{Wait: site.Test.Wait, Poll: site.Test.Poll, Idle: site.Test.Idle},
		Run:    o.Run,
		Paste:  o.Paste,
	}
	out.Monitoring = monitoringOf(f.Monitoring, o)
	for _, s := range f.Senders {
		out.Senders = append(out.Senders, probe.Sender{
			Name: s.Name, To: s.To, From: s.From,
			DefaultDomain: s.DefaultDomain, SharedAddress: s.SharedAddress,
			TLS: tlsOf(s.TLS), Profiles: s.Profiles, Dialect: f.Dialect,
			Users: site.Test.Users, Addresses: s.Pool, Messages: site.Test.Messages, Rate: site.Test.Rate,
		})
	}
	return out
}

func directoryOf(l LDAP) probe.DirectoryAccess {
	access := probe.DirectoryAccess{Off: l.Off, Port: l.Port}
	if l.TLS {
		access.TLS = &probe.TLS{CAFile: l.CA}
	}
	return access
}

func monitoringOf(m *Monitoring, o Options) *probe.Monitoring {
	if m == nil {
		return nil
	}
	out := &probe.Monitoring{
		Account: m.Account, Realm: m.Realm, RealmAsTyped: m.RealmAsTyped, Domains: m.Domains,
		Password: m.Password, Typed: m.Typed, Keytab: m.Keytab, Cache: m.Cache,
		Resolvers: m.Resolvers,
		Directory: directoryOf(m.LDAP),
		WinRM:     m.WinRM,
		Gate:      o.Gate,
	}
	for _, k := range m.KDCs {
		out.KDCs = append(out.KDCs, probe.Endpoint{Host: k.Host, Port: k.Port})
	}
	for _, s := range m.Servers {
		out.Servers = append(out.Servers, probe.MonitoredServer{
			Name: s.Name, Host: s.Host, Transport: s.Transport, Port: s.Port,
			CertificateProfile: s.CertificateProfile, Basic: s.Authentication == Basic,
		})
	}
	return out
}

func tlsOf(t TLS) probe.TLS {
	return probe.TLS{
		CAFile: t.CA, ServerName: t.ServerName, CertificateFile: t.Certificate, KeyFile: t.Key,
		MinVersion: t.MinVersion, SkipVerify: t.InsecureSkipVerify,
	}
}
