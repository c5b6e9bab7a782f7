// Package simulate is what every simulated peer has.
package simulate

import (
	"context"
	"math"
	"sync"
	"time"
)

// Event is one thing that happened at a simulated peer.
type Event struct {
	Seq  uint64    `json:"seq"` // from 1, without gaps, in the order of Time
	Time time.Time `json:"time"`
	Kind string    `json:"kind"` // "message", "connection", "request", …
	// Fields tell what; which ones depends on the kind. Text from outside is as received, and
	// may be no valid UTF-8: see MarshalJSON.
	Fields map[string]any `json:"fields,omitempty"`
}

// Record is the history of a simulated peer. It keeps the newest events up to a bound and
// counts them all. It may be used concurrently; the zero value is not ready for use.
type Record struct {
	limit int

	mu     sync.Mutex // guards what follows
	next   uint64
	events []Event // a ring once it is full; the oldest is at start
	start  int
	counts map[string]uint64
	moved  chan struct{} // closed and replaced at each event
}

// DefaultHistory is the number of events a Record keeps.
const DefaultHistory = 10_000

// NewRecord returns an empty record that keeps limit events; 0 means DefaultHistory.
func NewRecord(limit int) *Record {
	if limit <= 0 {
		limit = DefaultHistory
	}
	return &Record{limit: limit, next: 1, counts: map[string]uint64{}, moved: make(chan struct{})}
}

// Add notes an event. The record owns fields, and what they point to, from then on: it makes
// no copy, and others read them at any time.
//
// Subtle: sequence and time are taken under one lock so that both orders agree.
func (r *Record) Add(kind string, fields map[string]any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := Event{Seq: r.next, Time: time.Now(), Kind: kind, Fields: fields}
	r.next++
	r.counts[kind]++
	if len(r.events) < r.limit {
		r.events = append(r.events, e)
	} else {
		r.events[r.start] = e
		r.start = (r.start + 1) % r.limit
	}
	close(r.moved)
	r.moved = make(chan struct{})
}

// Since returns the events kept whose sequence number is above seq, oldest first. The
// record still owns their fields: read them, and leave them as they are.
func (r *Record) Since(seq uint64) []Event {
	events, _, _ := r.page(seq, r.limit)
	return events
}

// nextMost bounds what Next returns at once, so that who reads holds the lock, and with it
// the peer, only for a moment.
const nextMost = 256

// Next is Since for who reads on and on: it waits until there is an event above seq, and
// returns the oldest of them, a few hundred at most. Where the first is not seq+1, those
// before it are no longer kept. The error is the cause of ctx's end, told only when there
// is nothing to return.
func (r *Record) Next(ctx context.Context, seq uint64) ([]Event, error) {
	for {
		events, _, moved := r.page(seq, nextMost)
		if len(events) > 0 {
			return events, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Newest is the sequence number of the newest event there was, 0 before the first. Reset
// does not change it.
func (r *Record) Newest() uint64 {
	_, newest, _ := r.page(math.MaxUint64, 0)
	return newest
}

// page is at most most events above seq, with the newest number given out so far and what
// is closed at the event after that. It looks at no event that it does not return: a
// reader costs the peer the same, however long the history.
func (r *Record) page(seq uint64, most int) (events []Event, newest uint64, moved <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	newest = r.next - 1
	first := r.next - uint64(len(r.events)) // of those kept: numbers have no gaps
	if seq < first {
		seq = first - 1
	}
	for ; seq < newest && len(events) < most; seq++ {
		events = append(events, r.events[(uint64(r.start)+seq+1-first)%uint64(len(r.events))])
	}
	return events, newest, r.moved
}

// Count is the number of events of a kind since the start or the last Reset, also of those
// no longer kept.
func (r *Record) Count(kind string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[kind]
}

// Wait returns when n events of a kind have happened, or with the cause of ctx's end.
func (r *Record) Wait(ctx context.Context, kind string, n uint64) error {
	for {
		r.mu.Lock()
		enough, moved := r.counts[kind] >= n, r.moved
		r.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Reset forgets all events and counts; sequence numbers go on.
func (r *Record) Reset() { r.reset() }

// reset returns the number of the newest event that was forgotten.
func (r *Record) reset() (newest uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events, r.start = nil, 0
	clear(r.counts)
	return r.next - 1
}
