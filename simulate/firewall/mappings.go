package firewall

import (
	"cmp"
	"container/heap"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// The sources of mappings, as the table prints them.
const (
	fromSyslog = "SYSLOG" // recalled, not verified
	fromXMLAPI = "XMLAPI"
)

// mappings is the table of addresses and users. One address of a vsys has one user, one
// user may have many addresses. Its methods must be called under the firewall's lock.
//
// Nothing runs to expire entries: who reads or writes expires them first. The one that
// ends next is at the top of a heap, so that expiring looks at no entry in vain.
type mappings struct {
	limit   int
	entries map[place]*mapping
	ends    ends
}

// place is what a mapping belongs to.
type place struct {
	vsys    string
	address netip.Addr
}

type mapping struct {
	place
	holder
	mapped  time.Time            // when this user got the address
	end     time.Time            // of the last login's life
	at      int                  // in the heap; below 0 if it does not end
	cleared map[panos.Table]bool // the tables that a command has cleared it from; nil for none
}

// holder is who has an address, by a login.
type holder struct {
	user string
	from string
	life time.Duration // panos.Never: it does not end
}

func newMappings(limit int) *mappings {
	return &mappings{limit: limit, entries: map[place]*mapping{}}
}

// login makes or refreshes a mapping. The change is one of the words of KindMappingAdded.
func (m *mappings) login(at place, by holder, now time.Time) (change, before string, refused Reason) {
	entry, ok := m.entries[at]
	switch {
	case !ok && len(m.entries) >= m.limit:
		return "", "", TableFull
	case !ok:
		entry, change = &mapping{place: at, mapped: now, at: -1}, "added"
		m.entries[at] = entry
	case strings.EqualFold(entry.user, by.user):
		before, change = entry.user, "refreshed"
	default:
		before, change = entry.user, "replaced"
		entry.mapped = now
	}
	entry.holder, entry.cleared = by, nil
	m.schedule(entry, now)
	return change, before, NoReason
}

// schedule puts an entry where its new end belongs.
func (m *mappings) schedule(entry *mapping, now time.Time) {
	if entry.life == panos.Never {
		m.unschedule(entry)
		return
	}
	entry.end = now.Add(entry.life)
	if entry.at < 0 {
		heap.Push(&m.ends, entry)
		return
	}
	heap.Fix(&m.ends, entry.at)
}

func (m *mappings) unschedule(entry *mapping) {
	if entry.at >= 0 {
		heap.Remove(&m.ends, entry.at)
	}
}

// logout deletes a mapping; an empty user stands for whoever has it. That of another user
// stays (inferred: the logout is of a session that has ended before that user came).
func (m *mappings) logout(at place, user string) Reason {
	entry, ok := m.entries[at]
	switch {
	case !ok:
		return NotMapped
	case user != "" && !strings.EqualFold(entry.user, user):
		return OtherUser
	}
	m.remove(entry)
	return NoReason
}

// expire deletes and returns what has reached its end.
func (m *mappings) expire(now time.Time) (ended []*mapping) {
	for len(m.ends) > 0 && !now.Before(m.ends[0].end) {
		entry := m.ends[0]
		m.remove(entry)
		ended = append(ended, entry)
	}
	return ended
}

// clear takes what keep accepts out of one table, and returns what is in none then.
func (m *mappings) clear(table panos.Table, keep func(*mapping) bool) (gone []*mapping) {
	for _, entry := range m.entries {
		if !keep(entry) {
			continue
		}
		if entry.cleared == nil {
			entry.cleared = map[panos.Table]bool{}
		}
		if entry.cleared[table] = true; len(entry.cleared) == 2 {
			m.remove(entry)
			gone = append(gone, entry)
		}
	}
	slices.SortFunc(gone, (*mapping).compare)
	return gone
}

func (m *mappings) remove(entry *mapping) {
	delete(m.entries, entry.place)
	m.unschedule(entry)
}

// list returns the entries that keep accepts, by address and vsys.
func (m *mappings) list(now time.Time, keep func(*mapping) bool) []panos.Mapping {
	var kept []*mapping
	for _, entry := range m.entries {
		if keep(entry) {
			kept = append(kept, entry)
		}
	}
	slices.SortFunc(kept, (*mapping).compare)
	var found []panos.Mapping
	for _, entry := range kept {
		left := entry.left(now)
		found = append(found, panos.Mapping{
			Address: entry.address, VSys: entry.vsys, From: entry.from, User: entry.user, Idle: left, Max: left,
		})
	}
	return found
}

func (e *mapping) compare(other *mapping) int {
	return cmp.Or(e.address.Compare(other.address), cmp.Compare(e.vsys, other.vsys))
}

// left is the remaining life, in whole seconds, rounded up: an entry that is there has
// not ended.
func (e *mapping) left(now time.Time) time.Duration {
	if e.life == panos.Never {
		return panos.Never
	}
	return (e.end.Sub(now) + time.Second - 1).Truncate(time.Second)
}

// ends is the heap of the entries that end, the next at the top.
type ends []*mapping

func (h ends) Len() int           { return len(h) }
func (h ends) Less(i, j int) bool { return h[i].end.Before(h[j].end) }

func (h ends) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push is called by package heap.
func (h *ends) Push(entry any) {
	e := entry.(*mapping)
	e.at = len(*h)
	*h = append(*h, e)
}

// Pop is called by package heap.
func (h *ends) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last], *h = nil, (*h)[:last]
	e.at = -1
	return e
}
