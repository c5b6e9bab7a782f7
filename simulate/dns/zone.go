package dns

import (
	"strings"

	wire "github.com/uidprobe/uidprobe/wire/dns"
)

// zone is what a server knows. It is never changed.
type zone struct {
	records map[string][]wire.Record // by canonical name; with no record, only names below it have some
	zones   []string                 // canonical; nil means every name
}

func newZone(c Config) zone {
	z := zone{records: map[string][]wire.Record{}}
	for _, name := range c.Zones {
		z.zones = append(z.zones, wire.Canonical(name))
	}
	for _, r := range c.Records {
		if r.TTL == 0 {
			r.TTL = defaultTTL
		}
		name := wire.Canonical(r.Name)
		z.records[name] = append(z.records[name], r)
		for {
			// A name above one that exists does exist, RFC 8020.
			_, above, more := strings.Cut(name, ".")
			if !more {
				break
			}
			name = above
			if z.records[name] == nil {
				z.records[name] = []wire.Record{}
			}
		}
	}
	return z
}

// of is the zone that a name is in. Where every name is, it is the name's own last two labels:
// some zone has to be named in an answer that says "no".
func (z zone) of(name string) (string, bool) {
	if z.zones == nil {
		labels := strings.Split(name, ".")
		return strings.Join(labels[max(0, len(labels)-2):], "."), true
	}
	best, found := "", false
	for _, zone := range z.zones {
		if (name == zone || strings.HasSuffix(name, "."+zone)) && len(zone) > len(best) {
			best, found = zone, true
		}
	}
	return best, found
}

// maxAliases bounds a chain of aliases, which may be a loop.
const maxAliases = 8

// answer says what the zone has for a question.
func (z zone) answer(q wire.Question) wire.Response {
	name := wire.Canonical(q.Name)
	own, ok := z.of(name)
	if !ok || name == "" {
		return wire.Response{RCode: wire.Refused}
	}
	r := wire.Response{Authoritative: true, Recursive: true}
	for range maxAliases {
		list, exists := z.records[name]
		if !exists {
			r.RCode = wire.NXDomain
			break
		}
		alias := ""
		for _, record := range list {
			switch {
			case record.Type == q.Type || q.Type == wire.Any:
				r.Records = append(r.Records, record)
			case record.Type == wire.CNAME:
				r.Records = append(r.Records, record)
				alias = wire.Canonical(record.Target)
			}
		}
		if alias == "" {
			break
		}
		if _, inside := z.of(alias); !inside {
			break // the client asks whoever knows
		}
		name = alias
	}
	if len(r.Records) == 0 || r.RCode != wire.NoError {
		r.Zone = own
	}
	return r
}
