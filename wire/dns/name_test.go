package dns

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 63)
	long := strings.Join([]string{label, label, label, label[:61]}, ".") // 253 letters
	for name, want := range map[string]string{
		"dc1.corp.example": "", "dc1.corp.example.": "", "_kerberos._tcp.corp.example": "", "DC1": "", long: "", long + ".": "",
		"":                "is empty",
		".":               "is empty",
		"a..b":            "nothing between two dots",
		".a":              "nothing between two dots",
		"a..":             "nothing between two dots",
		long + "a":        "has 254 letters; DNS takes 253",
		label + "a.b":     "has 64 letters; DNS takes 63 between two dots",
		"dc 1.example":    `has the letter ' '`,
		"d\u00e9.example": `has the letter`,
		"a\\b.example":    `has the letter '\\'`,
		"a\nb":            `has the letter '\n'`,
	} {
		err := CheckName(name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", name, err, want)
		}
		if _, packed := pack(name); (packed == nil) != (err == nil) {
			t.Errorf("%.40q: pack: %v", name, packed)
		}
	}
}

func TestNamesOfTheWireAreShown(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"dc1.corp.example.": "dc1.corp.example", ".": "", "a\x1b[2J.example.": `a\027[2J.example`, "\xe3\x81.": `\227\129`, `a\b.`: `a\092b`, `"x".`: `\034x\034`,
	} {
		if got := show(dnsmessage.MustNewName(raw)); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	a, b := dnsmessage.MustNewName("DC1.Corp."), dnsmessage.MustNewName("dc1.cORP.")
	if !same(a, b) || same(a, dnsmessage.MustNewName("dc2.corp.")) {
		t.Error("letters of any case are equal, and others are not")
	}
	// U+212A, the Kelvin sign, is a k to Unicode and not to DNS.
	if same(dnsmessage.MustNewName("\u212a."), dnsmessage.MustNewName("k.")) {
		t.Error("only ASCII letters have a case")
	}
}

func TestReverseName(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.10":         "10.2.0.192.in-addr.arpa",
		"::ffff:192.0.2.10":  "10.2.0.192.in-addr.arpa",
		"2001:db8::567:89ab": "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", // RFC 3596 section 2.5, its form
	} {
		if got := ReverseName(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	// The IANA's registry "DNS RCODEs".
	for code, want := range map[RCode]string{0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH", 10: "NOTZONE", 16: "RCODE16"} {
		if got := code.String(); got != want {
			t.Errorf("%d: %s, want %s", code, got, want)
		}
		if got, err := ParseRCode(strings.ToLower(want)); code <= 10 && (err != nil || got != code) {
			t.Errorf("%s: %d, %v", want, got, err)
		}
	}
	if _, err := ParseRCode("BAD"); err == nil || !strings.Contains(err.Error(), "SERVFAIL") {
		t.Errorf("%v, want what there is", err)
	}
	for kind, want := range map[Type]string{A: "A", AAAA: "AAAA", SRV: "SRV", PTR: "PTR", 65: "TYPE65"} {
		if got := kind.String(); got != want {
			t.Errorf("%d: %s, want %s", uint16(kind), got, want)
		}
	}
}
