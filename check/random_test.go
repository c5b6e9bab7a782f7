package check

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// diary is what happened in a run of a random plan.
type diary struct {
	mu      sync.Mutex // guards what follows
	planned map[Ref]Check
	begun   map[Ref]int // the moment, in steps
	ended   map[Ref]int
	later   map[Ref]bool // the follow-ups
	step    int
	now     int
	most    int
}

func (d *diary) mark(m map[Ref]int, ref Ref) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step++
	m[ref] = d.step
	if _, ended := d.ended[ref]; ended {
		d.now--
		return
	}
	d.now++
	d.most = max(d.most, d.now)
}

// families are IDs that many checks of a plan have.
var families = []string{"f0", "f1", "f2"}

// randomPlan makes checks that need and follow others at random, backwards mostly, so that
// some plans hold circles; some checks are left out, some break, some open others.
func randomPlan(random *rand.Rand, d *diary) []Check {
	n := 1 + random.IntN(25)
	ref := func(i int) Ref { return Ref{fmt.Sprintf("c%02d", i), fmt.Sprintf("t%d", i%(1+n/4))} }
	pick := func(i int) (refs []Ref) {
		for random.IntN(3) == 0 {
			if i > 0 && random.IntN(20) > 0 {
				refs = append(refs, ref(random.IntN(i)))
			} else {
				refs = append(refs, ref(random.IntN(n+1)))
			}
		}
		return refs
	}
	var checks, later []Check
	for i := range n {
		c := Check{ID: ref(i).Check, Target: ref(i).Target, Needs: pick(i), After: pick(i)}
		if random.IntN(4) == 0 {
			c.After = append(c.After, Ref{families[random.IntN(len(families))], AnyTarget})
		}
		if random.IntN(3) == 0 { // one of several checks with the same ID
			c.ID = families[random.IntN(len(families))]
			c.Target = fmt.Sprintf("%s-%d", c.Target, i)
		}
		if random.IntN(10) == 0 {
			c.Skip = &Skipped{Reason: []SkipReason{Chosen, Inapplicable}[random.IntN(2)]}
		}
		var then []Check
		if i > 0 && random.IntN(6) == 0 {
			then, later = later, nil
		}
		status, took := Status(random.IntN(7)), time.Duration(random.IntN(4))*time.Second
		if random.IntN(2) == 0 {
			status = Pass
		}
		c.Run = func(ctx context.Context) Result {
			d.mark(d.begun, c.Ref())
			defer d.mark(d.ended, c.Ref())
			select {
			case <-time.After(took):
			case <-ctx.Done():
				return Result{Status: Error}
			}
			if status == 6 {
				panic("at random")
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if status != 0 {
				for _, c := range then {
					d.planned[c.Ref()] = c
					d.later[c.Ref()] = true
				}
			}
			return Result{Status: status, Then: then}
		}
		if random.IntN(5) == 0 {
			later = append(later, c)
			continue
		}
		checks = append(checks, c)
		d.planned[c.Ref()] = c
	}
	return checks
}

// TestRandomPlans holds what Run promises for any plan: one result for each check, nothing
// begun before what it waits for has ended, one check of a target at a time, no more than
// the workers at once, and a check that was not asked says why.
func TestRandomPlans(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		synctest.Test(t, func(t *testing.T) { randomRun(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomRun(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 2))
	d := &diary{planned: map[Ref]Check{}, begun: map[Ref]int{}, later: map[Ref]bool{}, ended: map[Ref]int{}}
	checks := randomPlan(random, d)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	if seed%4 == 0 {
		time.AfterFunc(time.Duration(random.IntN(10))*time.Second, interrupt)
	}
	workers := 1 + random.IntN(4)
	results := map[Ref]Result{}
	for r := range Run(ctx, checks, Config{Workers: workers}) {
		if _, twice := results[r.Ref()]; twice {
			t.Errorf("two results of %v", r.Ref())
		}
		results[r.Ref()] = r
	}
	if len(results) != len(d.planned) || d.most > workers || d.now != 0 {
		t.Errorf("%d results of %d checks; %d at once with %d workers; %d still run", len(results), len(d.planned), d.most, workers, d.now)
	}
	for ref, c := range d.planned {
		d.holds(t, ref, c, results)
	}
}

// heldBack looks at a check that waited for an ID at any target: the checks that were in the plan from
// the start had ended by then. (When a follow-up came into the plan nobody but Run knows to the step.)
func (d *diary) heldBack(t *testing.T, ref Ref, id string, results map[Ref]Result) {
	for other, at := range d.begun {
		if other == ref || other.Check != id || d.later[other] {
			continue
		}
		if at > d.begun[ref] || d.ended[other] > d.begun[ref] {
			t.Errorf("%v began before %v had ended", ref, other)
		}
	}
}

// holds looks at one check of a run.
func (d *diary) holds(t *testing.T, ref Ref, c Check, results map[Ref]Result) {
	r, ok := results[ref]
	_, begun := d.begun[ref]
	switch {
	case !ok:
		t.Errorf("no result of %v", ref)
	case c.Skip != nil && (begun || r.Skipped != c.Skip.Reason && !r.Internal):
		t.Errorf("%v was left out by the plan, and is %v", ref, words([]Result{r}))
	case !begun && r.Status != Skip && !r.Internal:
		t.Errorf("%v was never asked, and is %v", ref, words([]Result{r}))
	case begun && r.Skipped != "" && r.Skipped != Interrupted:
		if r.Status != Skip { // a check of this plan may skip itself, without a reason
			t.Errorf("%v was asked, and is %v", ref, words([]Result{r}))
		}
	case r.Skipped == NeedNotMet && r.CausedBy == nil:
		t.Errorf("%v has no cause", ref)
	}
	if !begun {
		return
	}
	for _, need := range append(append([]Ref{}, c.Needs...), c.After...) {
		if need.Target == AnyTarget {
			d.heldBack(t, ref, need.Check, results)
			continue
		}
		if d.ended[need] > d.begun[ref] {
			t.Errorf("%v began before %v had ended", ref, need)
		}
		if _, ok := results[need]; !ok {
			t.Errorf("%v was asked although %v never was", ref, need)
		}
	}
	for _, need := range c.Needs {
		if s := results[need].Status; s != Pass && s != Warn {
			t.Errorf("%v was asked although %v is %v", ref, need, s)
		}
	}
	for other := range d.begun {
		if other != ref && other.Target == ref.Target && d.begun[other] < d.ended[ref] && d.ended[other] > d.begun[ref] {
			t.Errorf("%v and %v of one target ran at once", ref, other)
		}
	}
}
