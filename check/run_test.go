package check

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/lang"
)

func TestRun(t *testing.T) {
	t.Parallel()
	need := func(c Check, refs ...Ref) Check { c.Needs = refs; return c }
	after := func(c Check, refs ...Ref) Check { c.After = refs; return c }
	left := func(c Check, reason SkipReason) Check { c.Skip = &Skipped{reason, "left out"}; return c }
	blames := func(ref Ref) func(context.Context) Result {
		return func(context.Context) Result { return Result{Status: Fail, CausedBy: &ref} }
	}
	for _, row := range []struct {
		name   string
		checks []Check
		want   string
	}{
		{"nothing", nil, ""},
		{"one", []Check{ask("a", "t", answers(Pass))}, "a@t pass"},
		{"a need that passed", []Check{ask("a", "t", answers(Pass)), need(ask("b", "t", answers(Fail)), Ref{"a", ""})}, "a@t pass, b@t fail"},
		{"a need that warned is met", []Check{ask("a", "t", answers(Warn)), need(ask("b", "t", answers(Pass)), Ref{"a", ""})}, "a@t warn, b@t pass"},
		{"a need that failed", []Check{ask("a", "t", answers(Fail)), need(ask("b", "t", answers(Pass)), Ref{"a", ""})}, "a@t fail, b@t skip(need-not-met) <- a@t"},
		{"a need that could not be found out", []Check{ask("a", "t", answers(Error)), need(ask("b", "t", answers(Pass)), Ref{"a", "t"})}, "a@t error, b@t skip(need-not-met) <- a@t"},
		{"a chain names its root", []Check{
			ask("a", "t", answers(Fail)), need(ask("b", "t", answers(Pass)), Ref{"a", ""}),
			need(ask("c", "t", answers(Pass)), Ref{"b", ""}), need(ask("d", "t", answers(Pass)), Ref{"c", ""}),
		}, "a@t fail, b@t skip(need-not-met) <- a@t, c@t skip(need-not-met) <- a@t, d@t skip(need-not-met) <- a@t"},
		{"the root of checks that blame others", []Check{
			ask("a", "t", answers(Fail)), ask("b", "t", blames(Ref{"a", ""})), ask("c", "t", blames(Ref{"b", "t"})),
			need(ask("d", "t", answers(Pass)), Ref{"c", ""}),
		}, "a@t fail, b@t fail <- a@t, c@t fail <- b@t, d@t skip(need-not-met) <- a@t"},
		{"the root is not in the plan", []Check{
			ask("a", "t", blames(Ref{"x", "y"})), need(ask("b", "t", answers(Pass)), Ref{"a", ""}),
		}, "a@t fail <- x@y, b@t skip(need-not-met) <- x@y"},
		{"checks that blame each other", []Check{
			ask("a", "t", blames(Ref{"b", ""})), ask("b", "t", blames(Ref{"a", ""})), need(ask("c", "t", answers(Pass)), Ref{"b", ""}),
		}, "a@t fail <- b@t, b@t fail <- a@t, c@t skip(need-not-met) <- b@t"},
		{"left out, and what needs it", []Check{
			left(ask("a", "t", answers(Pass)), Inapplicable), need(ask("b", "t", answers(Pass)), Ref{"a", ""}), need(ask("c", "t", answers(Pass)), Ref{"b", ""}),
		}, "a@t skip(inapplicable), b@t skip(inapplicable) <- a@t, c@t skip(inapplicable) <- a@t"},
		{"chosen, and what needs it", []Check{
			left(ask("a", "t", answers(Pass)), Chosen), need(ask("b", "t", answers(Pass)), Ref{"a", ""}),
		}, "a@t skip(chosen), b@t skip(chosen) <- a@t"},
		{"a check that skips itself", []Check{
			ask("a", "t", func(context.Context) Result { return Result{Status: Skip, Skipped: Refused} }), need(ask("b", "t", answers(Pass)), Ref{"a", ""}),
		}, "a@t skip(refused), b@t skip(refused) <- a@t"},
		{"after a failure", []Check{ask("a", "t", answers(Fail)), after(ask("b", "t", answers(Pass)), Ref{"a", ""})}, "a@t fail, b@t pass"},
		{"after one left out", []Check{left(ask("a", "t", answers(Pass)), Chosen), after(ask("b", "t", answers(Pass)), Ref{"a", ""})}, "a@t skip(chosen), b@t pass"},
		{"a need of another target", []Check{
			need(ask("b", "t", answers(Pass)), Ref{"a", "u"}), ask("a", "u", answers(Fail)),
		}, "a@u fail, b@t skip(need-not-met) <- a@u"},
		{"after another target", []Check{
			after(ask("b", "t", answers(Pass)), Ref{"a", "u"}), ask("a", "u", answers(Fail)),
		}, "a@u fail, b@t pass"},
		{"the first need that is not met counts", []Check{
			ask("a", "t", answers(Fail)), ask("b", "t", answers(Fail)), need(ask("c", "t", answers(Pass)), Ref{"b", ""}, Ref{"a", ""}),
		}, "a@t fail, b@t fail, c@t skip(need-not-met) <- b@t"},
		{"a need that is not met yet does not hide one that never will be", []Check{
			ask("a", "t", answers(Fail)), need(ask("c", "t", answers(Pass)), Ref{"slow", "u"}, Ref{"a", ""}), ask("slow", "u", takes(time.Hour)),
		}, "a@t fail, c@t skip(need-not-met) <- a@t, slow@u pass"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				long := Config{Clocks: Clocks{Check: 2 * time.Hour, Run: 3 * time.Hour}}
				if got := words(run(t.Context(), long, row.checks...)); got != row.want {
					t.Errorf("got  %s\nwant %s", got, row.want)
				}
			})
		})
	}
}

func TestRunCompletesResults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := Check{
			ID: "a", Target: "t", Title: lang.Text{EN: "good"}, Source: "RFC 0",
			Run: func(context.Context) Result {
				time.Sleep(3 * time.Second) // of the bubble's clock
				return Result{Status: Pass, Check: "forged", Target: "forged", Summary: "said"}
			},
		}
		started := time.Now()
		got := run(t.Context(), Config{}, c)
		want := []Result{{
			Check: "a", Target: "t", Title: lang.Text{EN: "good"}, Source: "RFC 0",
			Status: Pass, Summary: "said", Started: started, Took: 3 * time.Second,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}

		own := Result{Status: Pass, Title: lang.Text{EN: "own"}, Source: "RFC 1", Started: started.Add(-time.Hour), Took: time.Minute}
		c.Run = func(context.Context) Result { return own }
		got = run(t.Context(), Config{}, c)
		own.Check, own.Target = "a", "t"
		if diff := cmp.Diff([]Result{own}, got); diff != "" {
			t.Errorf("what a check says itself is kept (-want +got):\n%s", diff)
		}
	})
}

func TestSkippedResultsSayWhy(t *testing.T) {
	t.Parallel()
	needs := []Ref{{Check: "a"}}
	results := run(t.Context(), Config{},
		ask("a", "t", answers(Fail)),
		Check{ID: "b", Target: "t", Needs: needs, Run: answers(Pass)},
		Check{ID: "c", Target: "t", Skip: &Skipped{Chosen, "left out by --only"}},
		Check{ID: "d", Target: "t", Needs: []Ref{{Check: "c"}}, Run: answers(Pass)})
	for i, want := range []string{"", "not asked: a@t did not pass", "left out by --only", "not asked: c@t was not asked either"} {
		if got := results[i].Summary; got != want {
			t.Errorf("%v says %q, want %q", results[i].Ref(), got, want)
		}
		if i > 0 && !results[i].Started.IsZero() {
			t.Errorf("%v was started at %v, want never", results[i].Ref(), results[i].Started)
		}
	}
}

func TestTargetsRunSideBySideAndChecksInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var checks []Check
		var now, most, ofTarget atomic.Int32
		for range 3 {
			for _, target := range []string{"t", "u", "v", "w"} {
				id := string(rune('a' + len(checks)))
				checks = append(checks, ask(id, target, func(context.Context) Result {
					if n := now.Add(1); n > most.Load() {
						most.Store(n)
					}
					if target == "t" && ofTarget.Add(1) > 1 {
						t.Error("two checks of one target at a time")
					}
					time.Sleep(time.Second)
					if target == "t" {
						ofTarget.Add(-1)
					}
					now.Add(-1)
					return Result{Status: Pass}
				}))
			}
		}
		for workers, want := range map[int]struct {
			most int32
			took time.Duration
		}{1: {1, 12 * time.Second}, 2: {2, 6 * time.Second}, 4: {4, 3 * time.Second}, 0: {4, 3 * time.Second}} {
			most.Store(0)
			started := time.Now()
			results := run(t.Context(), Config{Workers: workers}, checks...)
			if got := time.Since(started); got != want.took || most.Load() != want.most {
				t.Errorf("%d workers: %v with %d at a time, want %v with %d", workers, got, most.Load(), want.took, want.most)
			}
			of := map[string][]string{}
			for _, r := range results {
				of[r.Target] = append(of[r.Target], r.Check)
			}
			for target, ids := range of {
				if len(ids) != 3 || !slices.IsSorted(ids) {
					t.Errorf("%d workers: order of %s is %v", workers, target, ids)
				}
			}
		}
	})
}

func TestResultsAreYieldedAsTheyAreReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		checks := []Check{ask("slow", "t", takes(9*time.Second)), ask("quick", "u", takes(2*time.Second)), {ID: "never", Target: "v", Skip: &Skipped{Reason: Chosen}}}
		want := map[string]time.Duration{"slow": 9 * time.Second, "quick": 2 * time.Second, "never": 0}
		for r := range Run(t.Context(), checks, Config{}) {
			if got := time.Since(started); got != want[r.Check] {
				t.Errorf("%s came after %v, want %v", r.Check, got, want[r.Check])
			}
		}
	})
}

func TestRunAgainAsksAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	sequence := Run(t.Context(), []Check{ask("a", "t", func(context.Context) Result { asked.Add(1); return Result{Status: Pass} })}, Config{})
	for range 3 {
		for r := range sequence {
			if r.Status != Pass {
				t.Errorf("got %v", r.Status)
			}
		}
	}
	if asked.Load() != 3 {
		t.Errorf("asked %d times, want 3", asked.Load())
	}
}

// TestWaitingBlocksNoWorker: a target that waits for another one does not hold a worker,
// so that a single one is enough for any plan.
func TestWaitingBlocksNoWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := ask("a", "t", answers(Pass))
		first.Needs = []Ref{{"b", "u"}}
		second := ask("b", "u", takes(time.Second))
		second.After = []Ref{{"c", "v"}}
		got := words(run(t.Context(), Config{Workers: 1}, first, second, ask("c", "v", answers(Fail))))
		if want := "c@v fail, b@u pass, a@t pass"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
