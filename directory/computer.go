package directory

import (
	"context"
	"strings"
)

// Computer is what the directory says of a server.
type Computer struct {
	DN, Name  string // Name is sAMAccountName, "DC1$"
	DNSName   string // dNSHostName
	Control   Control
	Etypes    EncryptionTypes // without EtypesSet the domain's default holds
	EtypesSet bool
	SPNs      []string
	System    string // operatingSystem, as the server wrote it
}

// Computer finds a server by its name in the DNS. The error is an *Error, or wraps ErrNotFound or
// ErrAmbiguous.
func (c *Conn) Computer(ctx context.Context, fqdn string) (Computer, error) {
	fqdn = strings.TrimSuffix(fqdn, ".")
	e, err := c.one(ctx, question{
		doing: "look for the server " + quoted(fqdn), base: c.root.Domain, filter: both("(objectClass=computer)", equals("dNSHostName", fqdn)),
		attributes: []string{"sAMAccountName", "dNSHostName", "userAccountControl", "msDS-SupportedEncryptionTypes", "servicePrincipalName", "operatingSystem"},
	})
	if err != nil {
		return Computer{}, err
	}
	m := Computer{
		DN: e.dn(), Name: e.text("sAMAccountName"), DNSName: e.text("dNSHostName"), Control: Control(e.number32("userAccountControl")),
		SPNs: e.texts("servicePrincipalName"), System: e.text("operatingSystem"),
	}
	m.Etypes, m.EtypesSet = e.etypes()
	return m, nil
}
