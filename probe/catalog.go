package probe

import (
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/sender"
)

// Catalog lists one of each check that this package can make, in the order in which they
// are asked. Its checks are for reading: they have no target and are not run.
func Catalog() []check.Check {
	// A sender over SSL has every check that one over UDP has.
	specimen := Firewall{Senders: []Sender{{To: sender.Destination{Scheme: sender.TLS}}}}
	list := NewFamily(specimen).Checks()
	specimen.Paste = &Paste{}
	list = append(list, NewFamily(specimen).Checks()[0], SendCheck(Sending{}))
	for i := range list {
		list[i].Target, list[i].Run = "", nil
	}
	return list
}
