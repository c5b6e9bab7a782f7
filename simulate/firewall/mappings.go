package firewall

import (
	"cmp"
	"container/list"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// mappings is the table of addresses and users. One address of a vsys has one user, one
// user may have many addresses. Its methods must be called under the firewall's lock.
//
// Nothing runs to expire entries: who reads or writes expires them first. All live
// equally long, so that the list in the order of their last login is also that of their
// ends, and expiring looks at no entry in vain.
type mappings struct {
	timeout time.Duration // panos.Never: none
	limit   int
	entries map[place]*list.Element // of *mapping
	order   *list.List              // the last login longest ago is at the front
}

// place is what a mapping belongs to.
type place struct {
	vsys    string
	address netip.Addr
}

type mapping struct {
	place
	user  string
	since time.Time // of the last login
}

func newMappings(timeout time.Duration, limit int) *mappings {
	return &mappings{timeout: timeout, limit: limit, entries: map[place]*list.Element{}, order: list.New()}
}

// login makes or refreshes a mapping. The change is one of the words of KindMappingAdded.
func (m *mappings) login(at place, user string, now time.Time) (change, before string, refused Reason) {
	if e, ok := m.entries[at]; ok {
		entry := e.Value.(*mapping)
		before, change = entry.user, "refreshed"
		if !strings.EqualFold(before, user) {
			change = "replaced"
		}
		entry.user, entry.since = user, now
		m.order.MoveToBack(e)
		return change, before, NoReason
	}
	if len(m.entries) >= m.limit {
		return "", "", TableFull
	}
	m.entries[at] = m.order.PushBack(&mapping{at, user, now})
	return "added", "", NoReason
}

// logout deletes a mapping. That of another user stays (inferred: the logout is of a
// session that has ended before that user came).
func (m *mappings) logout(at place, user string) Reason {
	e, ok := m.entries[at]
	switch {
	case !ok:
		return NotMapped
	case !strings.EqualFold(e.Value.(*mapping).user, user):
		return OtherUser
	}
	m.remove(e)
	return NoReason
}

// expire deletes and returns what has reached its timeout.
func (m *mappings) expire(now time.Time) (ended []*mapping) {
	if m.timeout == panos.Never {
		return nil
	}
	for e := m.order.Front(); e != nil; e = m.order.Front() {
		entry := e.Value.(*mapping)
		if now.Sub(entry.since) < m.timeout {
			break
		}
		m.remove(e)
		ended = append(ended, entry)
	}
	return ended
}

func (m *mappings) remove(e *list.Element) {
	delete(m.entries, e.Value.(*mapping).place)
	m.order.Remove(e)
}

// list returns the entries that keep accepts, by address and vsys.
func (m *mappings) list(now time.Time, keep func(place) bool) []panos.Mapping {
	var found []panos.Mapping
	for at, e := range m.entries {
		if keep(at) {
			left := m.left(e.Value.(*mapping), now)
			found = append(found, panos.Mapping{
				Address: at.address, VSys: at.vsys, From: "SYSLOG", User: e.Value.(*mapping).user, Idle: left, Max: left,
			})
		}
	}
	slices.SortFunc(found, func(a, b panos.Mapping) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.VSys, b.VSys))
	})
	return found
}

// left is the remaining life, in whole seconds, rounded up: an entry that is there has
// not ended.
func (m *mappings) left(e *mapping, now time.Time) time.Duration {
	if m.timeout == panos.Never {
		return panos.Never
	}
	left := m.timeout - now.Sub(e.since)
	return (left + time.Second - 1).Truncate(time.Second)
}
