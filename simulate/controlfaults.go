package simulate

import (
	"net/http"
	"strings"

	"github.com/uidprobe/uidprobe/lang"
)

// faultState is a fault as the API shows it.
type faultState struct {
	ID         string       `json:"id"`
	Title      lang.Text    `json:"title"`
	Check      string       `json:"check"`
	Symptom    string       `json:"symptom,omitempty"`
	Transports []string     `json:"transports,omitempty"` // none: every one
	Params     []paramState `json:"params,omitempty"`
	On         bool         `json:"on"`
}

type paramState struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	Means   string `json:"means"`
	// Value is what it runs with; nil while the fault is off.
	Value *string `json:"value,omitempty"`
}

func (c *Control) state(f Fault) faultState {
	values, on := c.config.Faults.Active(f.ID)
	s := faultState{ID: f.ID, Title: f.Title, Check: f.Check, Symptom: f.Symptom, Transports: f.Transports, On: on}
	for _, p := range f.Params {
		shown := paramState{Name: p.Name, Default: p.Default, Means: p.Means}
		if value, has := values[p.Name]; has {
			shown.Value = &value
		}
		s.Params = append(s.Params, shown)
	}
	return s
}

func (c *Control) listFaults(w http.ResponseWriter, _ *http.Request) {
	states := []faultState{}
	for _, f := range c.config.Faults.Known() {
		states = append(states, c.state(f))
	}
	answer(w, http.StatusOK, map[string]any{"faults": states})
}

// named is the fault in the path. It has answered already when ok is false.
func (c *Control) named(w http.ResponseWriter, r *http.Request) (f Fault, ok bool) {
	id := r.PathValue("id")
	ids := []string{}
	for _, f := range c.config.Faults.Known() {
		if f.ID == id {
			return f, true
		}
		ids = append(ids, f.ID)
	}
	if len(ids) == 0 {
		fail(w, http.StatusNotFound, "no fault %q; this peer has none", clip(id))
		return Fault{}, false
	}
	fail(w, http.StatusNotFound, "no fault %q; there are %s", clip(id), strings.Join(ids, ", "))
	return Fault{}, false
}

func (c *Control) showFault(w http.ResponseWriter, r *http.Request) {
	if f, ok := c.named(w, r); ok {
		answer(w, http.StatusOK, c.state(f))
	}
}

// startFault switches a fault on, or starts a running one anew with other parameters.
func (c *Control) startFault(w http.ResponseWriter, r *http.Request) {
	f, ok := c.named(w, r)
	if !ok {
		return
	}
	params, ok := readParams(w, r)
	if !ok {
		return
	}
	c.writes.Lock()
	defer c.writes.Unlock()
	if err := c.config.Faults.Start(f.ID, params); err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	c.config.Log.Info("fault started", "fault", f.ID, "params", params)
	answer(w, http.StatusOK, c.state(f))
}

// stopFault switches a fault off. Stopping one that is off does nothing.
func (c *Control) stopFault(w http.ResponseWriter, r *http.Request) {
	f, ok := c.named(w, r)
	if !ok {
		return
	}
	c.writes.Lock()
	defer c.writes.Unlock()
	c.config.Faults.Stop(f.ID)
	c.config.Log.Info("fault stopped", "fault", f.ID)
	answer(w, http.StatusOK, c.state(f))
}

// reset puts everything back to the start, but for sequence numbers, which go on. The
// answer says from where on: what happens afterwards is above "since".
func (c *Control) reset(w http.ResponseWriter, r *http.Request) {
	params, ok := readParams(w, r)
	if !ok {
		return
	}
	if len(params) > 0 {
		fail(w, http.StatusBadRequest, "a reset has no parameters: it resets record, counters, mappings and faults")
		return
	}
	c.writes.Lock()
	defer c.writes.Unlock()
	for _, f := range c.config.Faults.Known() {
		c.config.Faults.Stop(f.ID)
	}
	if c.config.Reset != nil {
		c.config.Reset()
	}
	since := c.config.Record.reset()
	c.config.Log.Info("reset")
	answer(w, http.StatusOK, map[string]uint64{"since": since})
}

func (c *Control) mappings(w http.ResponseWriter, _ *http.Request) {
	if c.config.Mappings == nil {
		fail(w, http.StatusNotFound, "this peer has no mappings")
		return
	}
	answer(w, http.StatusOK, c.config.Mappings())
}

func (c *Control) health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"status": "ok", "started": c.started, "newest": c.config.Record.Newest(),
	})
}
