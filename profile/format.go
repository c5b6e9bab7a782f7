package profile

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// Format writes profiles as a YAML file that Load reads back as the same profiles. It
// writes what it is given: whether PAN-OS takes it is for Validate to say.
func Format(profiles []Profile) []byte {
	var b bytes.Buffer
	b.WriteString("profiles:\n")
	for _, p := range profiles {
		p.format(&b)
	}
	return b.Bytes()
}

func (p Profile) format(b *bytes.Buffer) {
	line := func(indent int, key, value string) {
		fmt.Fprintf(b, "%*s%s: %s\n", indent, "", key, scalar(value))
	}
	line(2, "- name", p.Name)
	if p.Description != "" {
		line(4, "description", p.Description)
	}
	if p.Event != "" {
		line(4, "event-type", string(p.Event))
	}
	if f := p.Field; f != nil {
		fmt.Fprintf(b, "    %s:\n", fieldIdentifier)
		line(6, eventString, f.EventString)
		line(6, usernamePrefix, f.UsernamePrefix)
		line(6, usernameDelimiter, f.UsernameDelimiter)
		line(6, addressPrefix, f.AddressPrefix)
		line(6, addressDelimiter, f.AddressDelimiter)
		if f.AddressesPerLog != 0 {
			fmt.Fprintf(b, "      %s: %d\n", addressPerLog, f.AddressesPerLog)
		}
	}
	if r := p.Regex; r != nil {
		fmt.Fprintf(b, "    %s:\n", regexIdentifier)
		line(6, eventRegex, r.EventRegex)
		line(6, usernameRegex, r.UsernameRegex)
		line(6, addressRegex, r.AddressRegex)
	}
	if p.Samples != nil {
		b.WriteString("    samples:\n")
	}
	for _, s := range p.Samples {
		line(6, "- message", s.Message)
		line(8, "user", s.User)
		line(8, "address", s.Address)
	}
	if p.MustNotMap != nil {
		b.WriteString("    must-not-map:\n")
	}
	for _, n := range p.MustNotMap {
		line(6, "- message", n.Message)
		if n.Why != "" {
			line(8, "why", n.Why)
		}
	}
}

// scalar quotes a string for YAML: in single quotes, where only the quote itself is
// written twice, or in double quotes if something in it cannot be printed.
func scalar(s string) string {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if !strings.ContainsFunc(s, unprintable) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return `"` + b.String() + `"`
}
