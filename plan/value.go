package plan

import (
	"net/netip"
	"strings"
	"time"
	"unicode"
)

// required says whether there is a value at a path that must have one, and one that could be
// read. It notes a missing one; a wrong or a misspelt one has been noted.
func (r *reader) required(at place, hint string) bool {
	switch {
	case r.Has(at...):
		return !r.Wrong(at...)
	case !r.Misspelt(at...):
		r.Problem(at, hint, "%s is missing", at)
	}
	return false
}

// given says whether the file has a value at a path, and one that could be read.
func (r *reader) given(at place) bool { return r.Has(at...) && !r.Wrong(at...) }

// text is required for a text, which must not be empty either.
func (r *reader) text(at place, value, hint string) bool {
	if !r.required(at, hint) {
		return false
	}
	if value == "" {
		r.Problem(at, hint, "%s is empty", at)
	}
	return value != ""
}

// positive notes a duration that is none. Defaults are above 0.
func (r *reader) positive(at place, d time.Duration) bool {
	if d <= 0 {
		r.Problem(at, "", "%s must be above 0, got %s", at, brief(d))
	}
	return d > 0
}

// brief writes a duration as people do: 10m, not 10m0s.
func brief(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// count notes a list that is longer than a firewall takes.
func (r *reader) count(at place, n, most int, what string) {
	if n > most {
		r.Problem(at, "", "%s: %d %s, PAN-OS takes at most %d", at, n, what, most)
	}
}

// names finds what comes twice in a list.
type names map[string]place

// once notes a name that came before; what says of what it is the name.
func (r *reader) once(seen names, at place, what, name string) {
	if first, twice := seen[name]; twice {
		line, _ := r.At(first...)
		r.Problem(at, "remove or rename one of them", "%s: there is a %s %q on line %d already", at, what, name, line)
		return
	}
	seen[name] = at
}

// nameFault says what makes a name unfit to stand in one line of a report and of a
// firewall's answer, or "".
func nameFault(s string) string {
	switch {
	case strings.TrimSpace(s) != s:
		return "begins or ends with a blank"
	case strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) || !unicode.IsPrint(c) }):
		return "holds a character that cannot be printed"
	}
	return ""
}

// hostFault says what is wrong with a host name or address, or "".
func hostFault(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		if a.Zone() != "" {
			return "has a zone (%), which means something on one host only"
		}
		return ""
	}
	const maxName = 253 // RFC 1035 section 2.3.4, as text without the final dot
	if s == "" || len(s) > maxName {
		return "is not a host name or an address"
	}
	labels := strings.Split(strings.TrimSuffix(s, "."), ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || strings.Trim(strings.ToLower(l), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "is not a host name or an address"
		}
	}
	// RFC 1123 section 2.1: what ends in digits was meant to be an address.
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "is not an address"
	}
	return ""
}
