package simulate

import (
	"fmt"
	"sync/atomic"
)

// The kinds of events in the record of every peer that has faults.
const (
	// KindFaultStarted is a fault switched on: fault, params.
	KindFaultStarted = "fault-started"
	// KindFaultStopped is a fault switched off: fault; with error, what it could not undo.
	KindFaultStopped = "fault-stopped"
)

// Effect is a fault and what it does to a peer. E is the peer's struct of all that its faults
// can do, whose zero value is a peer without any.
type Effect[E any] struct {
	Fault
	// Prepare turns parameters, which are complete, into the fault's change of an E, or says which of
	// them is wrong. It is called once for each start. The change is applied anew whenever a fault
	// of the peer is switched: state that it captures belongs to one start and outlives that.
	Prepare func(params map[string]string) (change func(*E), err error)
}

// EffectsConfig says what Effects switch.
type EffectsConfig[E any] struct {
	Rows []Effect[E] // changes are applied in their order
	// Changed is called when a switch put another E in the place of one, before the switch
	// returns and not twice at once. Its error is that of Start, and the event's of a Stop; the
	// fault is switched nevertheless. Nil: nothing has to follow.
	Changed func(was, is *E) error
	// Note records a switch that is done, of a kind above. Nil: it is not recorded.
	Note func(kind string, fields map[string]any)
}

// Effects are what the running faults of a peer do together. They may be used concurrently.
type Effects[E any] struct {
	config  EffectsConfig[E]
	faults  *Faults
	current atomic.Pointer[E]
	changes map[string]func(*E) // of the running ones; held under Faults.switching
}

// NewEffects returns the effects of faults that are all off.
func NewEffects[E any](config EffectsConfig[E]) *Effects[E] {
	e := &Effects[E]{config: config, changes: map[string]func(*E){}}
	known := make([]Fault, len(config.Rows))
	for i, row := range config.Rows {
		known[i] = row.Fault
	}
	e.faults = NewFaults(known)
	e.faults.peer = e
	e.current.Store(new(E))
	return e
}

// Faults are the switches.
func (e *Effects[E]) Faults() *Faults { return e.faults }

// Now is what the running faults do. It is never changed: a switch puts another in its place.
// Who takes it once for each request sees no fault come or go in the middle of one.
func (e *Effects[E]) Now() *E { return e.current.Load() }

func (e *Effects[E]) prepare(id string, params map[string]string) (commit func() error, err error) {
	for _, row := range e.config.Rows {
		if row.ID != id {
			continue
		}
		change, err := row.Prepare(params)
		if err != nil {
			return nil, fmt.Errorf("fault %s: %w", id, err)
		}
		return func() error {
			e.changes[id] = change
			err := e.publish()
			e.note(KindFaultStarted, map[string]any{"fault": id, "params": params})
			return err
		}, nil
	}
	return nil, fmt.Errorf("no fault %q", id) // Faults knows the same rows
}

func (e *Effects[E]) stopped(id string) {
	delete(e.changes, id)
	fields := map[string]any{"fault": id}
	if err := e.publish(); err != nil {
		fields["error"] = err.Error()
	}
	e.note(KindFaultStopped, fields)
}

func (e *Effects[E]) publish() error {
	next := new(E)
	for _, row := range e.config.Rows {
		if change, on := e.changes[row.ID]; on {
			change(next)
		}
	}
	was := e.current.Swap(next)
	if e.config.Changed == nil {
		return nil
	}
	return e.config.Changed(was, next)
}

func (e *Effects[E]) note(kind string, fields map[string]any) {
	if e.config.Note != nil {
		e.config.Note(kind, fields)
	}
}
