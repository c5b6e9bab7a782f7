package sender

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Scheme is the transport in a destination.
type Scheme string

// The schemes. "ssl" is read as TLS, since that is what the firewall calls it.
const (
	UDP Scheme = "udp"
	TLS Scheme = "tls"
	TCP Scheme = "tcp"
)

// The ports where a destination names none. Those of UDP and TLS are the firewall's
// (PAN-OS web help, "Configure Access to Monitored Servers") and IANA's. Plain TCP, which
// no PAN-OS listener offers, has no port of its own: 514 is the habit (514/tcp is "shell"
// in IANA's list, and 601/tcp, "syslog-conn", belongs to the BEEP mapping of RFC 3195).
const (
	DefaultPortUDP = 514
	DefaultPortTLS = 6514
	DefaultPortTCP = 514
)

// Destination is where messages go: udp://fw1, tls://fw1.corp.example:6514.
type Destination struct {
	Scheme Scheme
	Host   string // a name, or an address without brackets
	Port   uint16
}

// String returns the destination as ParseDestination reads it, always with its port.
func (d Destination) String() string {
	return string(d.Scheme) + "://" + net.JoinHostPort(d.Host, strconv.Itoa(int(d.Port)))
}

// ParseDestination reads a destination. The error says what a right one looks like.
func ParseDestination(s string) (Destination, error) {
	d, problem := parseDestination(s)
	if problem != "" {
		return Destination{}, fmt.Errorf("destination %q: %s; want udp://, tls:// or tcp://, a host and perhaps a port, such as %s",
			s, problem, example(d))
	}
	return d, nil
}

// example is right and keeps what was understood.
func example(d Destination) string {
	if d.Scheme == "" {
		d.Scheme = UDP
	}
	if d.Host == "" {
		d.Host = "fw1.corp.example"
	}
	d.Port = defaultPort(d.Scheme)
	return d.String()
}

func parseDestination(s string) (d Destination, problem string) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return d, "no transport"
	}
	switch strings.ToLower(scheme) {
	case "udp":
		d.Scheme = UDP
	case "tls", "ssl":
		d.Scheme = TLS
	case "tcp":
		d.Scheme = TCP
	default:
		return d, fmt.Sprintf("no transport is called %q", scheme)
	}
	host, port, problem := cutPort(strings.TrimSuffix(rest, "/"))
	if problem != "" {
		return d, problem
	}
	if problem = hostProblem(host); problem != "" {
		return d, problem
	}
	d.Host, d.Port = host, defaultPort(d.Scheme)
	if port == "" {
		return d, ""
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return d, fmt.Sprintf("port %q is not 1 to 65535", port)
	}
	d.Port = uint16(n)
	return d, ""
}

func defaultPort(s Scheme) uint16 {
	switch s {
	case TLS:
		return DefaultPortTLS
	case TCP:
		return DefaultPortTCP
	default:
		return DefaultPortUDP
	}
}

// cutPort splits "host", "host:port" and "[address]:port". port is empty if there is none.
func cutPort(s string) (host, port, problem string) {
	if inside, ok := strings.CutPrefix(s, "["); ok {
		host, after, ok := strings.Cut(inside, "]")
		if !ok {
			return "", "", `no "]"`
		}
		if after == "" {
			return host, "", bracketProblem(host)
		}
		if port, ok = strings.CutPrefix(after, ":"); !ok || port == "" {
			return "", "", fmt.Sprintf(`%q stands behind "]"`, after)
		}
		return host, port, bracketProblem(host)
	}
	host, port, colon := strings.Cut(s, ":")
	switch {
	case strings.Contains(port, ":"):
		return "", "", "an IPv6 address wants brackets, as [2001:db8::1]"
	case colon && port == "":
		return "", "", "no port behind the colon"
	}
	return host, port, ""
}

func bracketProblem(host string) string {
	if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
		return fmt.Sprintf("%q in brackets is not an IPv6 address", host)
	}
	return ""
}

// hostProblem holds a host to what a name or an address can be. It finds what belongs to
// other kinds of URL (a path, a user) and what the resolver would send out as it is.
func hostProblem(host string) string {
	if host == "" {
		return "no host"
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	for _, r := range host {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
		default:
			return fmt.Sprintf("a host does not hold %q", r)
		}
	}
	if len(host) > 253 { // RFC 1035 section 2.3.4, without the final dot
		return "a host name has at most 253 characters"
	}
	return ""
}
