// Package simulate is what every simulated peer has.
package simulate

import (
	"context"
	"sync"
	"time"
)

// Event is one thing that happened at a simulated peer.
type Event struct {
	Seq  uint64    `json:"seq"` // from 1, without gaps, in the order of Time
	Time time.Time `json:"time"`
	Kind string    `json:"kind"` // "message", "connection", "request", …
	// Fields tell what; which ones depends on the kind. Text from outside is as received.
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

// Add notes an event. The record owns fields from then on.
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
	r.mu.Lock()
	defer r.mu.Unlock()
	var events []Event
	for i := range r.events {
		if e := r.events[(r.start+i)%len(r.events)]; e.Seq > seq {
			events = append(events, e)
		}
	}
	return events
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
func (r *Record) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events, r.start = nil, 0
	clear(r.counts)
}
