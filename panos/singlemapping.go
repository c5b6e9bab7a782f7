package panos

import (
	"fmt"
	"strings"
)

// singleMapping is what the lines about one address have said so far. This form of "show
// user ip-user-mapping ip A" is recalled, not verified: it is read, never written.
//
//	IP address:    192.0.2.10 (vsys1)
//	User:          corp\alice
//	From:          SYSLOG
//	Idle Timeout:  2577s
//	Max. TTL:      2577s
type singleMapping struct {
	address, user, from, idle, limit string
}

// singleLine reads one line of that form; others are passed over.
func (p *mappingParser) singleLine(line string) error {
	label, value, ok := strings.Cut(line, ":")
	if !ok {
		return nil
	}
	value = strings.TrimSpace(value)
	if strings.EqualFold(label, "IP address") {
		if p.single != nil {
			return fmt.Errorf("two lines begin with %q", label)
		}
		p.found, p.single = true, &singleMapping{address: value}
		return nil
	}
	if p.single == nil {
		return nil
	}
	switch strings.ToLower(label) {
	case "user":
		p.single.user = value
	case "from", "ident. by":
		p.single.from = value
	case "idle timeout":
		p.single.idle = value
	case "max. ttl":
		p.single.limit = value
	}
	return nil
}

func (s singleMapping) mapping() (m Mapping, err error) {
	word, rest, _ := strings.Cut(s.address, " ")
	if m.Address, err = parseAddress(word); err != nil {
		return Mapping{}, err
	}
	m.VSys = strings.Trim(strings.TrimSpace(rest), "()")
	m.User, m.From = s.user, s.from
	if m.User == "" || m.From == "" || m.VSys == "" || strings.Contains(m.VSys+m.From, " ") {
		return Mapping{}, fmt.Errorf("%v: vsys, user or source is missing", m.Address)
	}
	if m.Idle, err = parseSeconds(strings.TrimSuffix(s.idle, "s")); err != nil {
		return Mapping{}, fmt.Errorf("%v: idle timeout: %w", m.Address, err)
	}
	if m.Max, err = parseSeconds(strings.TrimSuffix(s.limit, "s")); err != nil {
		return Mapping{}, fmt.Errorf("%v: max. TTL: %w", m.Address, err)
	}
	return m, nil
}
