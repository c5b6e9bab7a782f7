package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/lang"
)

// Fault is a way in which a simulated peer can go wrong.
type Fault struct {
	ID    string    // "udp-loss"
	Title lang.Text // what is wrong, as a sentence without a period
	// Check is the ID of the check that must turn red, and no other without a cause.
	Check string
	// Symptom is what the firewall shows then; empty if it shows nothing of it.
	Symptom string
	// Transports are the ways of reaching the listener that the fault touches: "udp",
	// "ssl". Nil means every one.
	Transports []string
	Params     []Param
}

// Param is a parameter of a fault.
type Param struct {
	Name    string
	Default string
	Means   string // what it says, with its unit
}

// Faults are the faults of one peer that can be switched on and off while it runs. It may
// be used concurrently.
type Faults struct {
	known []Fault
	peer  switched // nil: a switch does nothing but be on or off

	switching sync.Mutex // held while a fault is switched, with all that follows from it

	mu     sync.Mutex // guards active
	active map[string]map[string]string
}

// switched is what a peer does when a fault of it is switched. Its methods are not called
// twice at once.
type switched interface {
	// prepare says whether a fault can start with these parameters; commit makes it so, once it
	// counts as on.
	prepare(id string, params map[string]string) (commit func() error, err error)
	stopped(id string)
}

// NewFaults returns the set of the faults a peer knows, all off. They do nothing: see
// NewEffects.
func NewFaults(known []Fault) *Faults {
	return &Faults{known: known, active: map[string]map[string]string{}}
}

// Known lists the faults there are, on or off, in the order of the peer's table. The slice
// is the caller's.
func (f *Faults) Known() []Fault { return slices.Clone(f.known) }

// Start switches a fault on, or starts a running one anew with other parameters. Parameters
// that are not given take their defaults. When it returns the fault is in effect. The error
// says what is wrong, or names what is known instead, and nothing has changed then.
func (f *Faults) Start(id string, params map[string]string) error {
	full, err := f.complete(id, params)
	if err != nil {
		return err
	}
	f.switching.Lock()
	defer f.switching.Unlock()
	commit := func() error { return nil }
	if f.peer != nil {
		if commit, err = f.peer.prepare(id, maps.Clone(full)); err != nil {
			return err
		}
	}
	f.set(id, full)
	return commit()
}

// complete are the parameters of a fault with the defaults of those not given.
func (f *Faults) complete(id string, params map[string]string) (map[string]string, error) {
	fault, ok := f.find(id)
	if !ok {
		return nil, fmt.Errorf("no fault %q; there are %s", id, strings.Join(f.ids(), ", "))
	}
	full := map[string]string{}
	for _, p := range fault.Params {
		full[p.Name] = p.Default
	}
	for name, value := range params {
		if _, ok := full[name]; !ok {
			return nil, fmt.Errorf("fault %s has no parameter %q; %s", id, name, fault.params())
		}
		full[name] = value
	}
	return full, nil
}

// set notes that a fault is on; nil parameters are off.
func (f *Faults) set(id string, params map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if params == nil {
		delete(f.active, id)
		return
	}
	f.active[id] = params
}

// Stop switches a fault off; when it returns nothing of it happens any more. Stopping one that
// is off, or that does not exist, does nothing.
func (f *Faults) Stop(id string) {
	f.switching.Lock()
	defer f.switching.Unlock()
	if !f.On(id) {
		return
	}
	f.set(id, nil)
	if f.peer != nil {
		f.peer.stopped(id)
	}
}

// Active returns the parameters of a fault that is on. The map is a copy.
func (f *Faults) Active(id string) (params map[string]string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	params, on = f.active[id]
	return maps.Clone(params), on
}

// On says whether a fault is on.
func (f *Faults) On(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, on := f.active[id]
	return on
}

// Running lists the faults that are on, sorted.
func (f *Faults) Running() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.active))
}

func (f Fault) params() string {
	var names []string
	for _, p := range f.Params {
		names = append(names, p.Name)
	}
	if names == nil {
		return "it has none"
	}
	return "there are " + strings.Join(names, ", ")
}

func (f *Faults) find(id string) (Fault, bool) {
	for _, fault := range f.known {
		if fault.ID == id {
			return fault, true
		}
	}
	return Fault{}, false
}

func (f *Faults) ids() (ids []string) {
	for _, fault := range f.known {
		ids = append(ids, fault.ID)
	}
	return ids
}
