package dns

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// The bounds of a name, RFC 1035 section 2.3.4: 255 octets on the wire are 253 letters and dots.
const (
	maxName  = 253
	maxLabel = 63
)

// CheckName says what keeps a text from being a name that can be asked for. It takes what DNS
// takes and not only host names: _kerberos._tcp.corp.example is one.
func CheckName(name string) error {
	bare := strings.TrimSuffix(name, ".")
	switch {
	case bare == "":
		return fmt.Errorf("name %q is empty", name)
	case len(bare) > maxName:
		return fmt.Errorf("name %.20q… has %d letters; DNS takes %d", name, len(bare), maxName)
	}
	for label := range strings.SplitSeq(bare, ".") {
		if label == "" {
			return fmt.Errorf("name %q has nothing between two dots", name)
		}
		if len(label) > maxLabel {
			return fmt.Errorf("name %q: %.20q… has %d letters; DNS takes %d between two dots", name, label, len(label), maxLabel)
		}
		for _, c := range []byte(label) {
			if !plain(c) {
				return fmt.Errorf("name %q has the letter %q", name, rune(c))
			}
		}
	}
	return nil
}

// plain says whether a byte of a name stands for itself.
func plain(c byte) bool { return c > ' ' && c < 0x7f && c != '\\' && c != '"' }

// Canonical is a name in lower case and without the dot at its end: equal names are equal then.
func Canonical(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// ReverseName is the name under which an address is looked up, "1.2.0.192.in-addr.arpa".
func ReverseName(a netip.Addr) string {
	var b strings.Builder
	a = a.Unmap()
	if a.Is4() {
		v4 := a.As4()
		return fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", v4[3], v4[2], v4[1], v4[0])
	}
	v6 := a.As16()
	for i := len(v6) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "%x.%x.", v6[i]&0xf, v6[i]>>4)
	}
	return b.String() + "ip6.arpa"
}

// pack makes the wire's name of a checked one.
func pack(name string) (dnsmessage.Name, error) {
	if err := CheckName(name); err != nil {
		return dnsmessage.Name{}, err
	}
	return dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
}

// show makes a name of the wire printable.
func show(n dnsmessage.Name) string {
	raw := strings.TrimSuffix(n.String(), ".")
	var b strings.Builder
	for _, c := range []byte(raw) {
		if plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03d`, c)
		}
	}
	return b.String()
}

// same says whether two names of the wire are equal; letters of any case are, RFC 1035 section 2.3.3.
// Other bytes than ASCII letters have no case.
func same(a, b dnsmessage.Name) bool {
	return asciiLower(a.String()) == asciiLower(b.String())
}

func asciiLower(s string) string {
	lower := []byte(s)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}
