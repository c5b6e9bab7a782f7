package firewall

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate"
)

// Faulting switches the faults of one firewall on and off while it runs. It may be used
// concurrently.
type Faulting struct {
	*simulate.Faults
	fw         *Firewall
	background *background

	mu      sync.Mutex // taken while a fault is switched
	current atomic.Pointer[effects]
}

func newFaulting(fw *Firewall) *Faulting {
	f := &Faulting{Faults: simulate.NewFaults(Faults()), fw: fw, background: newBackground(fw)}
	f.current.Store(&effects{})
	return f
}

// effects is what the running faults do. It is never changed once it is published: a
// switch publishes a changed copy.
func (f *Faulting) effects() *effects { return f.current.Load() }

// Start switches a fault on, or starts a running one anew with other parameters.
// Parameters that are not given take their defaults. When it returns the fault is in
// effect, also for connections that were open. The error says what is wrong, and nothing
// has changed then.
func (f *Faulting) Start(id string, given map[string]string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	full, wasOn := f.Active(id)
	if err := f.Faults.Start(id, given); err != nil { // knows the IDs and the names of parameters
		return err
	}
	row := find(id)
	values, _ := f.Active(id)
	next := *f.effects()
	if err := row.start(&next, params{f.fw, id, values}); err != nil {
		f.Faults.Stop(id)
		if wasOn {
			_ = f.Faults.Start(id, full) // it was accepted before
		}
		return fmt.Errorf("fault %s: %w", id, err)
	}
	f.publish(&next)
	f.fw.note(KindFaultStarted, map[string]any{"fault": id, "params": values})
	return nil
}

// Stop switches a fault off; when it returns nothing of it happens any more. Stopping one
// that is off, or that does not exist, does nothing.
func (f *Faulting) Stop(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.On(id) {
		return
	}
	f.Faults.Stop(id)
	next := *f.effects()
	find(id).stop(&next)
	f.publish(&next)
	f.fw.note(KindFaultStopped, map[string]any{"fault": id})
}

func (f *Faulting) publish(e *effects) {
	f.current.Store(e)
	f.background.changed()
	f.fw.conns.reset(func(conn net.Conn) bool {
		return f.fw.refuses(e, panos.SSL, sourceOf(conn).Addr()) != ""
	})
}

func find(id string) fault {
	for _, row := range faultTable() {
		if row.ID == id {
			return row
		}
	}
	panic("no fault " + id) // simulate.Faults knows the same table
}
