package directory

import (
	"crypto/tls"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// Config says which domain controller to ask, and with what ticket.
type Config struct {
	Address string // "192.0.2.10:389"; with TLS port 636. Dial adds no port
	// Host is the server's full name: its ticket is for ldap/Host, its certificate for Host.
	Host string
	// TLS makes it LDAP over TLS. Where it has no ServerName, Host is taken. Nil is LDAP without TLS: what
	// follows the log-in is sealed with the ticket's session.
	TLS *tls.Config
	// Ticket is for Service(Host, realm), from kerberos.KDC.ServiceTicket.
	Ticket kerberos.Credential
	// Now is the clock of the authenticator: that of the KDC, where it is not ours. Nil means time.Now.
	Now func() time.Time
}

// Service is the principal of a host's directory, ldap/host@REALM.
func Service(host, realm string) kerberos.Principal {
	return kerberos.Principal{Type: kerberos.NameService, Name: []string{"ldap", host}, Realm: realm}
}

// Root is what the server says of itself.
type Root struct {
	Domain        string    // the DN of its domain, "DC=corp,DC=example"
	Configuration string    // the DN of the forest's configuration
	Host          string    // dnsHostName
	Time          time.Time // its clock, to the second; zero if it does not tell
}

// DNSDomain is the domain as the DNS writes it, "corp.example".
func (r Root) DNSDomain() string {
	var labels []string
	for _, part := range strings.Split(r.Domain, ",") {
		if name, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(name), "DC") {
			labels = append(labels, strings.TrimSpace(value))
		}
	}
	return strings.Join(labels, ".")
}

// Conn is a connection to a domain controller, logged in. It may be used concurrently. A ctx that
// ends in the middle of a question closes it.
type Conn struct {
	server string
	wire   *wireConn
	ldap   *ldap.Conn
	root   Root
}

// Root is what the server said of itself at Dial.
func (c *Conn) Root() Root { return c.root }

// Close ends the connection.
func (c *Conn) Close() error {
	err := c.wire.Close()
	_ = c.ldap.Close() // returns when its goroutines have ended
	return err
}
