package certs

import (
	"crypto/x509"
	"encoding/asn1"
	"net/netip"
	"strings"
)

// match is how libcurl compares the name in the address with a certificate (Curl_ossl
// verifyhost and Curl_cert_hostcheck of lib/vtls, read at 7.88): the alternative names
// decide if there are any, and only without them the last common name.
type match struct {
	ok         bool
	by         string // the name in the certificate that matched
	commonName bool   // that was the common name
	wildcard   bool
	dot        bool // it matched because libcurl ignores a dot at the end
}

func matchName(c *x509.Certificate, name string) match {
	address, err := netip.ParseAddr(name)
	for _, ip := range c.IPAddresses {
		if other, ok := netip.AddrFromSlice(ip); ok && err == nil && other.Unmap() == address.Unmap() {
			return match{ok: true, by: ip.String()}
		}
	}
	for _, pattern := range c.DNSNames {
		if err != nil && hostMatches(name, pattern) { // an address is never compared with a name
			return matched(name, pattern)
		}
	}
	if len(c.DNSNames) > 0 || len(c.IPAddresses) > 0 {
		return match{}
	}
	if last := lastCommonName(c); last != "" && hostMatches(name, last) {
		m := matched(name, last)
		m.commonName = true
		return m
	}
	return match{}
}

func matched(name, pattern string) match {
	return match{
		ok: true, by: pattern, wildcard: strings.HasPrefix(pattern, "*."),
		dot: strings.HasSuffix(name, ".") != strings.HasSuffix(pattern, "."),
	}
}

// hostMatches: a wildcard stands for the whole first label, and only where two dots follow.
func hostMatches(name, pattern string) bool {
	name, pattern = strings.TrimSuffix(name, "."), strings.TrimSuffix(pattern, ".")
	if name == "" || pattern == "" || strings.ContainsRune(pattern, 0) {
		return false
	}
	if strings.HasPrefix(pattern, "*.") && strings.Count(pattern, ".") > 1 {
		if _, err := netip.ParseAddr(name); err == nil {
			return false
		}
		_, rest, ok := strings.Cut(name, ".")
		return ok && equalFold(rest, pattern[2:])
	}
	return equalFold(name, pattern)
}

// equalFold ignores the case of ASCII letters alone, as libcurl does.
func equalFold(a, b string) bool {
	lower := func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	return strings.Map(lower, a) == strings.Map(lower, b)
}

// lastCommonName is the last of the subject: Go keeps it as the only one.
func lastCommonName(c *x509.Certificate) (last string) {
	commonName := asn1.ObjectIdentifier{2, 5, 4, 3}
	for _, attribute := range c.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.Equal(commonName) {
			last = text
		}
	}
	return last
}
