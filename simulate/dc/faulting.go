package dc

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/uidprobe/uidprobe/simulate"
)

// Faulting switches the faults of one KDC on and off while it runs. It may be used
// concurrently.
type Faulting struct {
	*simulate.Faults
	dc *DC

	mu      sync.Mutex // taken while a fault is switched
	current atomic.Pointer[effects]
}

func newFaulting(dc *DC) *Faulting {
	f := &Faulting{Faults: simulate.NewFaults(Faults()), dc: dc}
	f.current.Store(&effects{})
	return f
}

func (f *Faulting) effects() *effects { return f.current.Load() }

// Start switches a fault on, or a running one anew with other parameters. Parameters that are
// not given take their defaults. When it returns the fault is in effect for every request that
// comes from then on. The error says what is wrong, and nothing has changed then.
func (f *Faulting) Start(id string, given map[string]string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	old, wasOn := f.Active(id)
	if err := f.Faults.Start(id, given); err != nil { // knows the IDs and the names of parameters
		return err
	}
	next, err := f.compute()
	if err != nil {
		f.Faults.Stop(id)
		if wasOn {
			_ = f.Faults.Start(id, old) // it was accepted before
		}
		return err
	}
	if err := f.publish(next); err != nil {
		return err
	}
	values, _ := f.Active(id)
	f.dc.note(KindFaultStarted, map[string]any{"fault": id, "params": values})
	return nil
}

// Stop switches a fault off. Stopping one that is off, or that does not exist, does nothing.
// Where the port of FaultPortClosed was taken by another program meanwhile, it stays closed: the
// event fault-stopped says so.
func (f *Faulting) Stop(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.On(id) {
		return
	}
	f.Faults.Stop(id)
	fields := map[string]any{"fault": id}
	next, err := f.compute()
	if err == nil { // what is left was accepted before
		err = f.publish(next)
	}
	if err != nil {
		fields["error"] = err.Error()
	}
	f.dc.note(KindFaultStopped, fields)
}

// compute makes the effects of all that is on, in the order of the table.
func (f *Faulting) compute() (*effects, error) {
	next := &effects{}
	for _, row := range faultTable() {
		values, on := f.Active(row.ID)
		if !on {
			continue
		}
		if err := row.apply(next, params{f.dc, values}); err != nil {
			return nil, fmt.Errorf("fault %s: %w", row.ID, err)
		}
	}
	return next, nil
}

func (f *Faulting) publish(next *effects) error {
	was := f.current.Swap(next)
	switch {
	case next.closed && !was.closed:
		f.dc.closePort()
	case !next.closed && was.closed:
		return f.dc.openPort()
	}
	return nil
}
