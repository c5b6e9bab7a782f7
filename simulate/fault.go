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

	mu     sync.Mutex // guards active
	active map[string]map[string]string
}

// NewFaults returns the set of the faults a peer knows, all off.
func NewFaults(known []Fault) *Faults {
	return &Faults{known: known, active: map[string]map[string]string{}}
}

// Known lists the faults there are, on or off, in the order of the peer's table. The slice
// is the caller's.
func (f *Faults) Known() []Fault { return slices.Clone(f.known) }

// Start switches a fault on, or gives a running one other parameters. Parameters that are
// not given take their defaults. The error names what is known instead.
func (f *Faults) Start(id string, params map[string]string) error {
	fault, ok := f.find(id)
	if !ok {
		return fmt.Errorf("no fault %q; there are %s", id, strings.Join(f.ids(), ", "))
	}
	full := map[string]string{}
	for _, p := range fault.Params {
		full[p.Name] = p.Default
	}
	for name, value := range params {
		if _, ok := full[name]; !ok {
			return fmt.Errorf("fault %s has no parameter %q; %s", id, name, fault.params())
		}
		full[name] = value
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active[id] = full
	return nil
}

// Stop switches a fault off. Stopping one that is off does nothing.
func (f *Faults) Stop(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.active, id)
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
