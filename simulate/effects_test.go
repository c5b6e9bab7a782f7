package simulate_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/uidprobe/uidprobe/simulate"
)

// lamp is a peer whose faults dim it and break it.
type lamp struct {
	dim    int
	starts *int
	broken bool
}

type switchLog struct {
	kinds  []string
	fields []map[string]any
	was    []lamp
	is     []lamp
}

func newLamp(log *switchLog) *simulate.Effects[lamp] {
	return simulate.NewEffects(simulate.EffectsConfig[lamp]{
		Rows: []simulate.Effect[lamp]{
			{
				Fault: simulate.Fault{ID: "dim", Params: []simulate.Param{{Name: "by", Default: "10"}}},
				Prepare: func(params map[string]string) (func(*lamp), error) {
					by, err := strconv.Atoi(params["by"])
					return func(l *lamp) { l.dim += by }, err
				},
			},
			{
				Fault: simulate.Fault{ID: "dimmer"},
				Prepare: func(map[string]string) (func(*lamp), error) {
					starts := new(int)
					return func(l *lamp) { l.dim *= 2; l.starts = starts }, nil
				},
			},
			{
				Fault: simulate.Fault{ID: "broken"},
				Prepare: func(map[string]string) (func(*lamp), error) {
					return func(l *lamp) { l.broken = true }, nil
				},
			},
		},
		Changed: func(was, is *lamp) error {
			log.was, log.is = append(log.was, *was), append(log.is, *is)
			if was.broken && !is.broken {
				return errors.New("it stays dark")
			}
			return nil
		},
		Note: func(kind string, fields map[string]any) {
			log.kinds, log.fields = append(log.kinds, kind), append(log.fields, maps.Clone(fields))
		},
	})
}

func TestEffectsComeTogetherInTheOrderOfTheTable(t *testing.T) {
	t.Parallel()
	e := newLamp(&switchLog{})
	start(t, e, "dimmer", nil) // first, and applied second
	start(t, e, "dim", map[string]string{"by": "4"})
	if got := e.Now().dim; got != 8 {
		t.Errorf("dim by 4, then doubled: %d, want 8", got)
	}
	e.Faults().Stop("dim")
	if got := e.Now().dim; got != 0 {
		t.Errorf("dim after its stop: %d, want 0", got)
	}
	e.Faults().Stop("dimmer")
	if got := *e.Now(); got != (lamp{}) {
		t.Errorf("all off: %+v, want the zero value", got)
	}
}

func TestWhatAStartMakesOutlivesTheSwitchOfAnotherFault(t *testing.T) {
	t.Parallel()
	e := newLamp(&switchLog{})
	start(t, e, "dimmer", nil)
	first := e.Now().starts
	start(t, e, "dim", nil)
	if e.Now().starts != first {
		t.Error("another fault's start made the state of this one anew")
	}
	start(t, e, "dimmer", nil)
	if e.Now().starts == first {
		t.Error("a start anew kept the state of the one before")
	}
}

func TestAStartThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	log := &switchLog{}
	e := newLamp(log)
	start(t, e, "dim", map[string]string{"by": "3"})
	before := e.Now()
	for name, params := range map[string]map[string]string{
		"value": {"by": "much"}, "name": {"to": "3"},
	} {
		if err := e.Faults().Start("dim", params); err == nil {
			t.Errorf("wrong %s: no error", name)
		}
	}
	if err := e.Faults().Start("flicker", nil); err == nil || err.Error() != `no fault "flicker"; there are dim, dimmer, broken` {
		t.Errorf("error = %v", err)
	}
	if e.Now() != before {
		t.Error("the effects were replaced")
	}
	if got, _ := e.Faults().Active("dim"); got["by"] != "3" {
		t.Errorf("dim runs with %v", got)
	}
	if len(log.kinds) != 1 {
		t.Errorf("events %v, want one start", log.kinds)
	}
}

func TestSwitchesAreNoted(t *testing.T) {
	t.Parallel()
	log := &switchLog{}
	e := newLamp(log)
	start(t, e, "broken", nil)
	start(t, e, "dim", nil)
	e.Faults().Stop("broken")
	e.Faults().Stop("broken") // it is off
	if want := []string{"fault-started", "fault-started", "fault-stopped"}; !slices.Equal(log.kinds, want) {
		t.Errorf("kinds %q, want %q", log.kinds, want)
	}
	want := []map[string]any{
		{"fault": "broken", "params": map[string]string{}},
		{"fault": "dim", "params": map[string]string{"by": "10"}},
		{"fault": "broken", "error": "it stays dark"},
	}
	if !reflect.DeepEqual(log.fields, want) {
		t.Errorf("fields %v, want %v", log.fields, want)
	}
	if got := []int{log.was[1].dim, log.is[1].dim}; !slices.Equal(got, []int{0, 10}) {
		t.Errorf("the second change was told as %v", got)
	}
}

func TestFaultsAreSwitchedSideBySide(t *testing.T) {
	t.Parallel()
	log := &switchLog{}
	e := newLamp(log)
	var all sync.WaitGroup
	for range 50 {
		for _, id := range []string{"dim", "dimmer"} {
			all.Go(func() {
				if err := e.Faults().Start(id, nil); err != nil {
					t.Error(err)
				}
				e.Faults().Stop(id)
			})
		}
	}
	all.Wait()
	if got := *e.Now(); got != (lamp{}) {
		t.Errorf("all off: %+v", got)
	}
}

func start(t *testing.T, e *simulate.Effects[lamp], id string, params map[string]string) {
	t.Helper()
	if err := e.Faults().Start(id, params); err != nil {
		t.Fatal(err)
	}
}
