package report

import (
	"regexp"
	"strings"
)

var port = regexp.MustCompile(`:[0-9]{1,5}$`)

// serverOf is the server that a target belongs to: "fw1/dc1:88 (192.0.2.10)" is fw1/dc1. The
// address behind a name and the port are left out.
func serverOf(target string) string {
	if name, rest, ok := strings.Cut(target, " ("); ok && strings.HasSuffix(rest, ")") {
		target = name
	}
	if strings.Contains(target, "://") {
		return target
	}
	bare := port.ReplaceAllString(target, "")
	if strings.Contains(bare[strings.LastIndexByte(bare, '/')+1:], ":") && !strings.HasSuffix(bare, "]") {
		return target // an IPv6 address, whose last part is no port
	}
	return bare
}

// firewallOf is the firewall that a target belongs to: what stands before the first slash. ""
// is a target of no firewall, or a firewall itself.
func firewallOf(target string) string {
	name, _, ok := strings.Cut(target, "/")
	if !ok || strings.Contains(target, "://") {
		return ""
	}
	return name
}
