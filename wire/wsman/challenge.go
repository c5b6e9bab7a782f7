package wsman

import (
	"encoding/base64"
	"slices"
	"strings"
)

// Challenge is one scheme of WWW-Authenticate.
type Challenge struct {
	Scheme string // as received
	Token  []byte // of Negotiate and Kerberos; nil if there is none
	Realm  string // of Basic
}

// Challenges are the schemes that a server offers, in its order.
type Challenges []Challenge

// Has says whether a scheme is offered, without regard to case.
func (c Challenges) Has(scheme string) bool {
	_, ok := c.find(scheme)
	return ok
}

// Schemes are the names.
func (c Challenges) Schemes() []string {
	var names []string
	for _, one := range c {
		names = append(names, one.Scheme)
	}
	return names
}

func (c Challenges) find(scheme string) (Challenge, bool) {
	i := slices.IndexFunc(c, func(one Challenge) bool { return strings.EqualFold(one.Scheme, scheme) })
	if i < 0 {
		return Challenge{}, false
	}
	return c[i], true
}

// maxChallenges bounds the list of a server that does not stop.
const maxChallenges = 32

// ParseChallenges reads the values of WWW-Authenticate, one scheme a line as Windows writes them, or several in
// one, RFC 9110 section 11.6.1.
func ParseChallenges(values []string) Challenges {
	var list Challenges
	for _, value := range values {
		for _, field := range splitQuoted(value) {
			name, rest, _ := strings.Cut(field, " ")
			switch {
			case len(list) >= maxChallenges:
				return list
			case name == "":
			case !strings.Contains(name, "="):
				list = append(list, Challenge{Scheme: name})
				list[len(list)-1].parameter(strings.TrimSpace(rest))
			case len(list) > 0: // one more parameter of the scheme before it
				list[len(list)-1].parameter(field)
			}
		}
	}
	return list
}

func (c *Challenge) parameter(s string) {
	if name, value, ok := strings.Cut(s, "="); ok && strings.EqualFold(strings.TrimSpace(name), "realm") {
		c.Realm = strings.Trim(strings.TrimSpace(value), `"`)
	} else if b, err := base64.StdEncoding.DecodeString(s); err == nil && len(b) > 0 {
		c.Token = b
	}
}

// splitQuoted splits at the commas that are not in quotes.
func splitQuoted(s string) (fields []string) {
	quoted, from := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			fields, from = append(fields, strings.TrimSpace(s[from:i])), i+1
		}
	}
	return append(fields, strings.TrimSpace(s[from:]))
}
