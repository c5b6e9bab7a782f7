package credential

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Authority is who counts the refusals of a password: a realm with all its KDCs and domain
// controllers, or a single host with accounts of its own. A domain account's authority is
// its realm, whichever server carries the password there. The zero value is nobody.
// Authorities may be compared with ==.
type Authority struct {
	kind string // "realm" or "host"
	name string // folded
}

// RealmAuthority names a realm, by its DNS name or by a name that domains knows.
func RealmAuthority(realm string, domains Domains) (Authority, error) {
	err := plain(realm)
	if err == nil {
		realm, err = domains.dns(realm)
	}
	if err != nil {
		return Authority{}, fmt.Errorf("realm: %w", err)
	}
	return Authority{"realm", realm}, nil
}

// HostAuthority names a host, by name or address. A port is left out: SSH and the API of a
// firewall ask the same accounts. A host that is reached by a name and by an address is two
// authorities: use one of them.
func HostAuthority(host string) (Authority, error) {
	if err := plain(host); err != nil {
		return Authority{}, fmt.Errorf("host: %w", err)
	}
	name := host
	if h, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return Authority{}, fmt.Errorf("host %q: the port is not a number", clip(host))
		}
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if ip, err := netip.ParseAddr(name); err == nil {
		return Authority{"host", ip.Unmap().String()}, nil
	}
	name = fold(strings.TrimSuffix(name, "."))
	if name == "" || strings.ContainsAny(name, `\/@:[] `) {
		return Authority{}, fmt.Errorf("host %q is neither a name nor an address", clip(host))
	}
	return Authority{"host", name}, nil
}

// String is "realm CORP.EXAMPLE" or "host fw1.corp.example".
func (a Authority) String() string {
	if a.kind == "realm" {
		return "realm " + upper(a.name)
	}
	return strings.TrimSpace(a.kind + " " + a.name)
}

// at gives an account without a domain the one it has at an authority.
func (a Account) at(authority Authority) (Account, error) {
	if a.user == "" {
		return a, errors.New("gate: no account")
	}
	if authority.name == "" {
		return a, fmt.Errorf("gate of %s: no authority", a)
	}
	if a.domain == "" && authority.kind == "realm" {
		a.domain = authority.name
	}
	return a, nil
}
