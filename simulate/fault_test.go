package simulate

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
)

func someFaults() *Faults {
	return NewFaults([]Fault{
		{ID: "udp-loss", Params: []Param{{Name: "every", Default: "3"}, {Name: "source", Default: ""}}},
		{ID: "api-slow", Params: []Param{{Name: "delay", Default: "1m"}}},
		{ID: "api-refused"},
	})
}

func TestFaultParameters(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		id     string
		params map[string]string
		want   map[string]string
		err    string
	}{
		{"defaults", "udp-loss", nil, map[string]string{"every": "3", "source": ""}, ""},
		{"one given", "udp-loss", map[string]string{"every": "5"}, map[string]string{"every": "5", "source": ""}, ""},
		{"given as empty", "udp-loss", map[string]string{"every": ""}, map[string]string{"every": "", "source": ""}, ""},
		{"none to give", "api-refused", map[string]string{}, map[string]string{}, ""},
		{"unknown fault", "udp\x1bloss", nil, nil, `no fault "udp\x1bloss"; there are udp-loss, api-slow, api-refused`},
		{"no fault", "", nil, nil, `no fault ""; there are udp-loss, api-slow, api-refused`},
		{"unknown parameter", "udp-loss", map[string]string{"often": "5"}, nil, `fault udp-loss has no parameter "often"; there are every, source`},
		{"parameter of another", "api-slow", map[string]string{"every": "5"}, nil, `fault api-slow has no parameter "every"; there are delay`},
		{"parameter of one that has none", "api-refused", map[string]string{"every": "5"}, nil, `fault api-refused has no parameter "every"; it has none`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := someFaults()
			message := ""
			if err := f.Start(row.id, row.params); err != nil {
				message = err.Error()
			}
			got, on := f.Active(row.id)
			if message != row.err || !maps.Equal(got, row.want) || on != (row.err == "") || f.On(row.id) != on {
				t.Errorf("on %v with %v, error %q; want %v, %q", on, got, message, row.want, row.err)
			}
		})
	}
}

func TestFaultsGoOnAndOff(t *testing.T) {
	t.Parallel()
	f := someFaults()
	running := func(want ...string) {
		t.Helper()
		if got := f.Running(); !slices.Equal(got, want) {
			t.Errorf("running %v, want %v", got, want)
		}
	}
	start := func(id string, params map[string]string) {
		t.Helper()
		if err := f.Start(id, params); err != nil {
			t.Error(err)
		}
	}
	running()
	start("udp-loss", map[string]string{"every": "5"})
	start("api-refused", nil)
	running("api-refused", "udp-loss")
	if f.Start("udp-loss", map[string]string{"often": "1"}) == nil {
		t.Error("an unknown parameter was taken")
	}
	if params, _ := f.Active("udp-loss"); params["every"] != "5" {
		t.Errorf("a refused start has changed the parameters: %v", params)
	}
	start("udp-loss", nil)
	if params, _ := f.Active("udp-loss"); params["every"] != "3" {
		t.Errorf("a second start has parameters %v, want the defaults", params)
	}
	f.Stop("udp-loss")
	f.Stop("udp-loss")
	f.Stop("never known")
	running("api-refused")
	if params, on := f.Active("udp-loss"); on || params != nil {
		t.Errorf("a stopped fault is on: %v, %v", on, params)
	}
}

func TestFaultParametersAreCopies(t *testing.T) {
	t.Parallel()
	f := someFaults()
	given := map[string]string{"every": "5"}
	if err := f.Start("udp-loss", given); err != nil {
		t.Fatal(err)
	}
	given["every"] = "changed"
	params, _ := f.Active("udp-loss")
	params["every"] = "changed"
	if params, _ := f.Active("udp-loss"); params["every"] != "5" {
		t.Errorf("somebody outside has changed a parameter: %v", params)
	}
}

func TestFaultsAreForManyAtOnce(t *testing.T) {
	t.Parallel()
	f := someFaults()
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 200 {
				every := fmt.Sprint(w*1000 + i)
				if err := f.Start("udp-loss", map[string]string{"every": every, "source": every}); err != nil {
					t.Error(err)
				}
				if params, on := f.Active("udp-loss"); on && params["every"] != params["source"] {
					t.Errorf("parameters of two starts at once: %v", params)
				}
				f.On("udp-loss")
				f.Running()
				f.Stop("udp-loss")
			}
		})
	}
	all.Wait()
	if got := f.Running(); len(got) != 0 {
		t.Errorf("running %v, want none", got)
	}
}
