package dns

import (
	"time"

	wire "github.com/uidprobe/uidprobe/wire/dns"
)

// effects is what the running faults do.
type effects struct {
	closed bool
	rows   []scoped
}

// scoped is a fault and the questions that it touches.
type scoped struct {
	name  string    // canonical; empty means every one
	kind  wire.Type // 0 means every one
	apply func(*trouble)
}

// trouble is what the running faults do to one question.
type trouble struct {
	silent    bool
	garbage   string // what of it; empty means none
	truncated bool
	otherID   bool
	lame      bool
	delay     time.Duration
	code      *wire.RCode
	empty     bool
}

// on gathers what is done to a question.
func (e *effects) on(q wire.Question) (t trouble) {
	for _, row := range e.rows {
		if (row.name == "" || row.name == wire.Canonical(q.Name)) && (row.kind == 0 || row.kind == q.Type) {
			row.apply(&t)
		}
	}
	return t
}

// change makes a good answer a bad one.
func (t trouble) change(r *wire.Response, in arrival) {
	switch {
	case t.lame:
		*r = wire.Response{}
	case t.code != nil:
		*r = wire.Response{RCode: *t.code, Authoritative: *t.code == wire.NXDomain, Recursive: true, Zone: zoneOf(r, in, *t.code)}
	case t.empty:
		*r = wire.Response{Authoritative: true, Recursive: true, Zone: zoneOf(r, in, wire.NXDomain)}
	}
	r.OtherID = t.otherID
	r.Truncated = t.truncated && in.transport == udp
}

// zoneOf is the zone that an answer names which says that something does not exist.
func zoneOf(r *wire.Response, in arrival, code wire.RCode) string {
	if code != wire.NXDomain {
		return ""
	}
	if r.Zone != "" {
		return r.Zone
	}
	name, _ := zone{}.of(wire.Canonical(in.Name))
	return name
}
