package plan

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// destination reads where a sender sends to. ok is false when a mistake was noted.
func (r *reader) destination(at place, text string) (to sender.Destination, ok bool) {
	const example = "such as udp://192.0.2.1:514 or tls://fw1.corp.example:6514"
	u, fault := splitURL(text)
	if fault != "" {
		r.Problem(at, example, "%s: %s", at, fault)
		return to, false
	}
	standard := panos.PortSyslogUDP
	switch u.Scheme {
	case "udp":
		to.Scheme = sender.UDP
	case "tls", "ssl":
		to.Scheme, standard = sender.TLS, panos.PortSyslogSSL
	case "tcp":
		r.Problem(at, "use udp:// or tls://", "%s: PAN-OS has no syslog listener for plain TCP", at)
		return to, false
	default:
		r.Problem(at, example, "%s: %q is not a scheme of a syslog sender", at, u.Scheme)
		return to, false
	}
	if u.Path != "" && u.Path != "/" {
		r.Problem(at, "end it after the port", "%s: a listener has no path", at)
		return to, false
	}
	to.Host = u.Hostname()
	if a, err := netip.ParseAddr(to.Host); err == nil {
		if fault := unicastFault(a); fault != "" {
			r.Problem(at, "a listener has an address of its own", "%s: %q %s", at, a, fault)
			return to, false
		}
	}
	to.Port, ok = r.port(at, u, standard)
	return to, ok
}

// apiURL reads the address of the XML API and completes it: port and path are always there.
func (r *reader) apiURL(at place, text string) (complete string) {
	const example = "such as https://192.0.2.1"
	u, fault := splitURL(text)
	switch {
	case fault != "":
		r.Problem(at, example, "%s: %s", at, fault)
	case u.Scheme == "http":
		r.Problem(at, "use https://", "%s: the key is not sent over http", at)
	case u.Scheme != "https":
		r.Problem(at, example, "%s: %q is not the scheme of the XML API", at, u.Scheme)
	case strings.Trim(u.Path, "/") != "" && strings.Trim(u.Path, "/") != "api":
		r.Problem(at, "end it after the port", "%s: path %q is not that of the XML API, /api/", at, u.Path)
	default:
		port, ok := r.port(at, u, panos.PortAPI)
		if !ok {
			return ""
		}
		host := u.Hostname()
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return fmt.Sprintf("https://%s:%d/api/", host, port)
	}
	return ""
}

// splitURL parses a URL of scheme, host, port and path. The fault repeats nothing that could
// be a password.
func splitURL(text string) (u *url.URL, fault string) {
	switch {
	case strings.Contains(text, "@"):
		return nil, "a URL with user or password (@) is not taken"
	case strings.ContainsAny(text, "?#"):
		return nil, "a query (?) or fragment (#) has no meaning here"
	case !strings.Contains(text, "://"):
		return nil, fmt.Sprintf("%q is not a URL with scheme and host", text)
	}
	u, err := url.Parse(text)
	if err != nil {
		// Only the reason: package net/url puts the whole text before it.
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, fmt.Sprintf("%q is not a URL: %v", text, err)
	}
	if bad := hostFault(u.Hostname()); bad != "" {
		return nil, fmt.Sprintf("%q %s", u.Hostname(), bad)
	}
	return u, ""
}

// port reads the port of a URL. ok is false when a mistake was noted.
func (r *reader) port(at place, u *url.URL, standard int) (port uint16, ok bool) {
	text := u.Port()
	if text == "" {
		return uint16(standard), true
	}
	hint := fmt.Sprintf("the standard port is %d", standard)
	n, err := strconv.ParseUint(text, 10, 16)
	switch {
	case errors.Is(err, strconv.ErrRange):
		r.Problem(at, hint, "%s: port %s is above 65535", at, shorten(text))
	case err != nil || n == 0:
		r.Problem(at, hint, "%s: port %s is none", at, shorten(text))
	default:
		return uint16(n), true
	}
	return 0, false
}

// shorten cuts a number that nobody wants to read to its end.
func shorten(digits string) string {
	if len(digits) > 10 {
		return digits[:10] + "…"
	}
	return digits
}

// unicastFault says why an address cannot be that of one host, or "".
func unicastFault(a netip.Addr) string {
	switch {
	case a.Zone() != "":
		return "has a zone (%), which means something on one host only"
	case a.IsUnspecified():
		return "is no address of a host"
	case a.IsMulticast():
		return "is a multicast address"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "is the broadcast address"
	case a.Is4In6():
		return fmt.Sprintf("is %s in other words", a.Unmap())
	}
	return ""
}
