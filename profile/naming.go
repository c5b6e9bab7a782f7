package profile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/panos"
)

// naming is how a firewall prints the users of one sender.
type naming struct {
	domain  string // the default domain; empty if the sender has none
	keepUPN bool   // the default domain leaves user@domain alone
	lower   bool
}

func newNaming(defaultDomain string, d panos.Dialect) naming {
	return naming{defaultDomain, d.DefaultDomainOnUPN == panos.UPNKeep, d.LowerCaseUser == panos.Yes}
}

// print returns the user as the firewall prints it. The default domain takes the place of
// the domain in the message, or is put before a name that has none (web help, "Configure
// Access to Monitored Servers"). Only domain\user and user@domain are taken for a domain:
// no document knows domain/user. ok is false for a domain without a user; that such a name
// maps nothing is an inference.
func (n naming) print(raw string) (user string, ok bool) {
	domain, name, qualified := strings.Cut(raw, `\`)
	upn := -1
	if !qualified {
		domain, name = "", raw
		upn = strings.LastIndexByte(raw, '@')
	}
	switch {
	case upn == 0, name == "":
		return "", false
	case upn > 0 && (n.domain == "" || n.keepUPN):
		// stays as it is
	case upn > 0:
		domain, name = n.domain, raw[:upn]
	case n.domain != "":
		domain = n.domain
	}
	if domain != "" {
		name = domain + `\` + name
	}
	if n.lower {
		name = lower(name)
	}
	return name, true
}

// named says whether print accepts a name: it has a user, and not only a domain.
func named(raw []byte) bool {
	if at := bytes.IndexByte(raw, '\\'); at >= 0 {
		return at < len(raw)-1
	}
	return len(raw) > 0 && bytes.LastIndexByte(raw, '@') != 0
}

// lower is strings.ToLower that leaves the bytes of what is not UTF-8 alone.
func lower(s string) string {
	if utf8.ValidString(s) {
		return strings.ToLower(s)
	}
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
