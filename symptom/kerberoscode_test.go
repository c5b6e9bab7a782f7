package symptom

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestKerberosCodes(t *testing.T) {
	t.Parallel()
	codes := KerberosCodes()
	seen := map[int64]string{}
	for _, c := range codes {
		if seen[c.Number] != "" {
			t.Errorf("%d is %s and %s", c.Number, seen[c.Number], c.Symbol)
		}
		seen[c.Number] = c.Symbol
		if c.Message == "" || c.Symbol == "" {
			t.Errorf("%d has no name or no text: %+v", c.Number, c)
		}
		protocol, ok := KerberosProtocol(c.Number)
		if fromKDC := c.Origin == FromKDC; fromKDC != ok || protocol != c.Protocol {
			t.Errorf("%s: KerberosProtocol(%d) = %d, %v; the row says %d, from %s", c.Symbol, c.Number, protocol, ok, c.Protocol, c.Origin)
		}
		if ok {
			if number, _ := KerberosNumber(c.Protocol); number != c.Number {
				t.Errorf("%s: KerberosNumber(%d) = %d, want %d", c.Symbol, c.Protocol, number, c.Number)
			}
		}
		if system := c.Origin == FromSystem; system != (c.Processor != "") {
			t.Errorf("%s comes from %s and has the processor %q", c.Symbol, c.Origin, c.Processor)
		}
	}
	for _, s := range kerberos() {
		if s.Number != nil && seen[*s.Number] == "" {
			t.Errorf("%s: %d is not among the codes", s.ID, *s.Number)
		}
	}
	for number, symbol := range map[int64]string{ // one of each kind and both ends
		-1765328384: "KRB5KDC_ERR_NONE", -1765328360: "KRB5KDC_ERR_PREAUTH_FAILED",
		-1765328228: "KRB5_KDC_UNREACH", -1765328129: "KRB5_TRACE_NOSUPP",
		11: "EAGAIN", 145: "ETIMEDOUT", 148: "EHOSTUNREACH",
	} {
		if seen[number] != symbol {
			t.Errorf("%d is %q, want %s", number, seen[number], symbol)
		}
	}
	codes[0].Symbol = "changed"
	if KerberosCodes()[0].Symbol != "KRB5KDC_ERR_NONE" {
		t.Error("a caller can change the table")
	}
}

func TestKerberosRuleHasItsEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		protocol int
		number   int64
		ok       bool
	}{
		{0, -1765328384, true}, {24, -1765328360, true}, {127, -1765328257, true},
		{-1, -1765328385, false}, {128, -1765328256, false},
	} {
		if number, ok := KerberosNumber(c.protocol); ok != c.ok || number != c.number {
			t.Errorf("KerberosNumber(%d) = %d, %v; want %d, %v", c.protocol, number, ok, c.number, c.ok)
		}
		if protocol, ok := KerberosProtocol(c.number); ok != c.ok || ok && protocol != c.protocol {
			t.Errorf("KerberosProtocol(%d) = %d, %v; want %d, %v", c.number, protocol, ok, c.protocol, c.ok)
		}
	}
}

// The names and numbers are those of a library that is installed here.
func TestKerberosCodesAreThoseOfMIT(t *testing.T) {
	t.Parallel()
	const header = "/usr/include/krb5/krb5.h"
	data, err := os.ReadFile(header)
	if err != nil {
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			t.Fatalf("%v (Debian package libkrb5-dev), and the peers are required", err)
		}
		t.Skipf("%v (Debian package libkrb5-dev)", err)
	}
	theirs := map[string]int64{}
	for _, m := range regexp.MustCompile(`(?m)^#define (KRB5\w+)\s+\((-1765328\d+)L\)`).FindAllStringSubmatch(string(data), -1) {
		theirs[m[1]], _ = strconv.ParseInt(m[2], 10, 64)
	}
	if len(theirs) < 200 {
		t.Fatalf("%s defines %d numbers, want at least 200", header, len(theirs))
	}
	for _, c := range KerberosCodes() {
		if number, ok := theirs[c.Symbol]; c.Origin != FromSystem && (!ok || number != c.Number) {
			t.Errorf("%s is %d in %s (%v), want %d", c.Symbol, number, header, ok, c.Number)
		}
		delete(theirs, c.Symbol)
	}
	delete(theirs, "KRB5_ERR_RCSID") // marks the version of the table; nothing returns it
	for symbol, number := range theirs {
		protocol, ok := KerberosProtocol(number)
		if placeholder := strings.HasPrefix(symbol, "KRB5PLACEHOLD_"); !placeholder && ok {
			t.Errorf("%s (%d, protocol code %d) is not among the codes", symbol, number, protocol)
		} else if !placeholder && number < kerberosBase+256 {
			t.Errorf("%s (%d) is not among the codes", symbol, number)
		}
	}
}

func TestNTStatuses(t *testing.T) {
	t.Parallel()
	seen := map[uint32]bool{}
	for _, s := range NTStatuses() {
		if seen[s.Code] || !strings.HasPrefix(s.Symbol, "STATUS_") || !s.Meaning.Complete() || !s.Remedy.Complete() {
			t.Errorf("%#x %s stands twice, or is not complete", s.Code, s.Symbol)
		}
		seen[s.Code] = true
		if len(s.Symptoms) == 0 {
			t.Errorf("%s narrows down nothing", s.Symbol)
		}
		for _, id := range s.Symptoms {
			if _, ok := Find(id); !ok {
				t.Errorf("%s: no symptom %q", s.Symbol, id)
			}
		}
	}
	for _, code := range []uint32{0xC0000072, 0xC0000193, 0xC0000234, 0xC0000071, 0xC0000224, 0xC000006E, 0xC000006F, 0xC0000070} {
		if !seen[code] {
			t.Errorf("%#x is missing", code)
		}
	}
}
