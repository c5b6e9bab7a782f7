package profile

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// userPart explains the user name.
func (m *Matcher) userPart(p *compiled, v view) Part {
	h, s := m.username(p, v.text)
	part := p.username.describe(v, h, s)
	part.Role = UsernamePart
	switch s {
	case found:
		value := Value{Span: h.value, Text: string(h.value.of(v.text))}
		if _, ok := m.users.print(value.Text); !ok {
			value.Problem = "is a domain without a user"
			part.Problem = fmt.Sprintf("%s at column %d %s", brief(value.Text), v.column(h.value.Start), value.Problem)
		}
		part.Values = []Value{value}
		if trimmed := strings.Trim(value.Text, round); trimmed != value.Text {
			part.Hint = "the blanks or quotes round the user are part of the name (dialect switch trim_value)"
		}
	case emptyValue:
		part.Problem = v.empty(part, h)
	}
	return part.judged(p.username, v, h)
}

// addressPart explains the addresses. The part matched if one of them can be used.
func (m *Matcher) addressPart(p *compiled, v view) Part {
	first, s := p.address.next(v.text, hit{})
	first, s = m.trim(v.text, first, s)
	part := p.address.describe(v, first, s)
	part.Role = AddressPart
	if s == emptyValue {
		part.Problem = v.empty(part, first)
	}
	if s == noMatch {
		part.Hint = cmp.Or(part.Hint, v.otherFamily(part))
	}
	usable := false
	for h := range m.addresses(p, v.text) {
		value := Value{Span: h.value, Text: string(h.value.of(v.text))}
		value.Address, value.Problem = address(h.value.of(v.text), &m.dialect)
		part.Values = append(part.Values, value)
		part.Span = Span{min(part.Span.Start, h.all.Start), max(part.Span.End, h.all.End)}
		if value.Problem == "" {
			usable = true
		} else if part.Problem == "" {
			part.Problem = fmt.Sprintf("%s at column %d %s", brief(value.Text), v.column(h.value.Start), value.Problem)
			part.Hint = cmp.Or(addressHint(h.value.of(v.text)), part.Hint)
		}
	}
	if usable {
		part.Problem = ""
	}
	return part.judged(p.address, v, first)
}

// judged completes a part once it is known whether it has a problem.
func (p Part) judged(by pattern, v view, h hit) Part {
	p.Matched = p.Problem == ""
	if !p.Matched && p.Hint == "" && h != (hit{}) {
		p.Hint = by.again(v, h)
	}
	return p
}

// empty says where a value should be.
func (v view) empty(p Part, h hit) string {
	return fmt.Sprintf("%s matched, but the value at column %d is empty", p.Element, v.column(h.value.Start))
}

// addressHint says what may be behind a value that is not a usable address.
func addressHint(value []byte) string {
	trimmed := bytes.Trim(value, " \t\"'<>[](),;")
	if a, err := netip.ParseAddr(string(trimmed)); err != nil {
		return ""
	} else if a.IsUnspecified() {
		return "the client had no address yet: take a message that is sent later, such as RADIUS accounting"
	}
	if len(trimmed) < len(value) {
		return fmt.Sprintf("%s would be one: let prefix and delimiter, or the group, leave out what stands round it", brief(trimmed))
	}
	return ""
}

// otherFamily points at an IPv6 address at the place where an expression for IPv4 gave up.
func (v view) otherFamily(p Part) string {
	start, end := p.Span.End, p.Span.End
	inAddress := func(i int) bool { return bytes.IndexByte([]byte("0123456789abcdefABCDEF:."), v.text[i]) >= 0 }
	for start > 0 && inAddress(start-1) {
		start--
	}
	for end < len(v.text) && inAddress(end) {
		end++
	}
	// The label before the address may end in what could be part of it: "Source:2001:db8::1".
	for ; start <= p.Span.End && start < end; start++ {
		if start > 0 && isWord(v.text[start-1]) {
			continue
		}
		if a, err := netip.ParseAddr(string(v.text[start:end])); err == nil && a.Is6() {
			return fmt.Sprintf("%s at column %d is IPv6, which the expression does not read", a, v.column(start))
		}
	}
	return ""
}

// move shifts what the patterns saw to where it stands in the whole message.
func (p *Part) move(by int) {
	if p.Span != (Span{}) {
		p.Span = p.Span.move(by)
	}
	for i := range p.Values {
		p.Values[i].Span = p.Values[i].Span.move(by)
	}
}
