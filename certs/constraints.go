package certs

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// forbidden says which name of a certificate a CA above it must not vouch for, as OpenSSL
// 3.0 compares them (v3_ncons.c); "" if none. With no alternative names of hosts the common
// name is held to the constraints if it looks like a host.
func forbidden(ca, c *x509.Certificate) (name string, failed int) {
	hosts := c.DNSNames
	if cn := lastCommonName(c); len(hosts) == 0 && !c.IsCA && looksLikeHost(cn) {
		hosts = []string{cn}
	}
	tests := []struct {
		kind                string
		names               []string
		permitted, excluded []string
		within              func(name, base string) bool
	}{
		{"host", hosts, ca.PermittedDNSDomains, ca.ExcludedDNSDomains, hostWithin},
		{"address", addresses(c.IPAddresses), networks(ca.PermittedIPRanges), networks(ca.ExcludedIPRanges), addressWithin},
		{"mailbox", c.EmailAddresses, ca.PermittedEmailAddresses, ca.ExcludedEmailAddresses, mailWithin},
		{"URI", uris(c.URIs), ca.PermittedURIDomains, ca.ExcludedURIDomains, uriWithin},
	}
	for _, t := range tests {
		for _, name := range t.names {
			if len(t.permitted) > 0 && !anyOf(t.permitted, name, t.within) {
				return fmt.Sprintf("%s %s", t.kind, quoted(name)), errPermitted
			}
			if anyOf(t.excluded, name, t.within) {
				return fmt.Sprintf("%s %s", t.kind, quoted(name)), errExcluded
			}
		}
	}
	return "", errOK
}

func anyOf(bases []string, name string, within func(name, base string) bool) bool {
	for _, base := range bases {
		if within(name, base) {
			return true
		}
	}
	return false
}

// hostWithin: the base itself, or labels put before it. A base with a leading dot is
// matched by what ends in it.
func hostWithin(name, base string) bool {
	if base == "" {
		return true
	}
	if len(name) < len(base) || !equalFold(name[len(name)-len(base):], base) {
		return false
	}
	return len(name) == len(base) || strings.HasPrefix(base, ".") || name[len(name)-len(base)-1] == '.'
}

func addressWithin(name, base string) bool {
	_, network, err := net.ParseCIDR(base)
	ip := net.ParseIP(name)
	if err != nil || ip == nil {
		return false
	}
	ones, bits := network.Mask.Size()
	return (ip.To4() != nil) == (bits == 32) && ones >= 0 && network.Contains(ip)
}

func mailWithin(name, base string) bool {
	if strings.Contains(base, "@") {
		return equalFold(name, base)
	}
	_, host, ok := strings.Cut(name, "@")
	if strings.HasPrefix(base, ".") {
		return ok && hostWithin(host, base)
	}
	return ok && equalFold(host, base)
}

func uriWithin(name, base string) bool {
	u, err := url.Parse(name)
	if err != nil || u.Hostname() == "" {
		return false
	}
	if strings.HasPrefix(base, ".") {
		return hostWithin(u.Hostname(), base)
	}
	return equalFold(u.Hostname(), base)
}

func addresses(list []net.IP) (texts []string) {
	for _, ip := range list {
		texts = append(texts, ip.String())
	}
	return texts
}

func networks(list []*net.IPNet) (texts []string) {
	for _, n := range list {
		texts = append(texts, n.String())
	}
	return texts
}

func uris(list []*url.URL) (texts []string) {
	for _, u := range list {
		texts = append(texts, u.String())
	}
	return texts
}

// looksLikeHost is OpenSSL's idea of a common name that is a host: letters, digits, dashes
// and underscores in labels, with at least one dot.
func looksLikeHost(s string) bool {
	if !strings.Contains(s, ".") {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		for _, r := range label {
			if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
				return false
			}
		}
	}
	return true
}
