package plan

import (
	"net/netip"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// The defaults of a site file. The clocks' are check.DefaultAttempt, check.DefaultCheck and
// check.DefaultRun.
const (
	DefaultUsers      = "uidprobe-"       // no person is called that
	DefaultAddresses  = "198.51.100.0/24" // TEST-NET-2, RFC 5737: nobody lives there
	DefaultMessages   = 4
	DefaultRate       = "50/s" // below LightRate
	DefaultVSys       = "vsys1"
	DefaultMinVersion = "1.2"
	DefaultKDCPort    = 88  // RFC 4120 section 7.2
	DefaultDNSPort    = 53  // RFC 1035 section 4.2
	DefaultLDAPPort   = 389 // RFC 4516 section 2
	DefaultLDAPSPort  = 636 // IANA service name ldaps
	DefaultWait       = probe.DefaultWait
	DefaultPoll       = probe.DefaultPoll
	DefaultIdle       = probe.DefaultIdle
)

// fillDefaults gives every optional key that the file does not have, or has wrong, its
// default. What is merely off when absent (shared_address, tls, ca, …) needs none, and
// the event of a profile is known only when the profile is.
func fillDefaults(doc *strictyaml.Document, f *siteFile) {
	fill(doc, &f.Test.Users, DefaultUsers, "test", "users")
	fill(doc, &f.Test.Addresses, []netip.Prefix{netip.MustParsePrefix(DefaultAddresses)}, "test", "addresses")
	fill(doc, &f.Test.Messages, DefaultMessages, "test", "messages")
	fill(doc, &f.Test.Rate, DefaultRate, "test", "rate")
	fill(doc, &f.Test.Wait, DefaultWait, "test", "wait")
	fill(doc, &f.Test.Poll, DefaultPoll, "test", "poll")
	fill(doc, &f.Test.Idle, DefaultIdle, "test", "idle")
	fill(doc, &f.Clocks.Attempt, check.DefaultAttempt, "clocks", "attempt")
	fill(doc, &f.Clocks.Check, check.DefaultCheck, "clocks", "check")
	fill(doc, &f.Clocks.Run, check.DefaultRun, "clocks", "run")
	for i := range f.Firewalls {
		fw := &f.Firewalls[i]
		fill(doc, &fw.API.VSys, DefaultVSys, "firewalls", i, "api", "vsys")
		ldap := DefaultLDAPPort
		if fw.Monitoring.LDAP.TLS {
			ldap = DefaultLDAPSPort
		}
		fill(doc, &fw.Monitoring.LDAP.Port, ldap, "firewalls", i, "monitoring", "ldap", "port")
		for j := range fw.Senders {
			fill(doc, &fw.Senders[j].TLS.MinVersion, DefaultMinVersion, "firewalls", i, "senders", j, "tls", "min_version")
		}
	}
}

func fill[T any](doc *strictyaml.Document, v *T, value T, path ...any) {
	if !doc.Has(path...) || doc.Wrong(path...) {
		*v = value
	}
}
