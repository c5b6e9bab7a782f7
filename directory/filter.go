package directory

import (
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// escaped is the only way of a value into a filter, RFC 4515 section 3.
func escaped(value string) string { return ldap.EscapeFilter(value) }

// equals is the filter of one value.
func equals(attribute, value string) string {
	return "(" + attribute + "=" + escaped(value) + ")"
}

func both(filters ...string) string   { return "(&" + strings.Join(filters, "") + ")" }
func either(filters ...string) string { return "(|" + strings.Join(filters, "") + ")" }

// quoted is a name in a sentence.
func quoted(s string) string { return strconv.Quote(s) }
