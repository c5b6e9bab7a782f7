package probe

import (
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/sender"
)

// Catalog lists one of each check that this package can make, in the order in which they
// are asked. Its checks are for reading: they have no target and are not run.
func Catalog() []check.Check {
	// A sender over SSL has every check that one over UDP has.
	specimen := Firewall{API: API{URL: "https://192.0.2.1"}, Senders: []Sender{{To: sender.Destination{Scheme: sender.TLS}}}}
	list := NewFamily(specimen).Checks()
	specimen.Paste = &Paste{}
	list = append(list, NewFamily(specimen).Checks()[0], SendCheck(Sending{}))
	list = append(list, kerberosCatalog()...)
	list = append(list, winrmCatalog()...)
	list = append(list, tlsCatalog()...)
	list = append(list, networkCatalog()...)
	for i := range list {
		list[i].Target, list[i].Run = "", nil
	}
	return list
}

// kerberosCatalog is one of each check of a log-in, those of the addresses of a KDC among them.
func kerberosCatalog() []check.Check {
	s := newMonitored(Monitoring{
		Account: "svc-userid", Realm: "CORP.EXAMPLE", Cache: "cache", KDCs: []Endpoint{{Host: "dc1.corp.example"}},
		Servers: []MonitoredServer{{Host: "dc1.corp.example"}},
	}, &firewallSession{})
	var list []check.Check
	for _, c := range s.checks() {
		list = append(list, c)
		if c.ID == idDNS {
			list = append(list, s.portCheck(&door{}))
		}
	}
	return list
}
