package check

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestInterruptKeepsWhatIsFinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, interrupt)
		after := ask("e", "u", answers(Pass))
		after.After = []Ref{{"b", "t"}}
		failed := ask("f", "v", answers(Fail))
		honest := ask("g", "w", func(ctx context.Context) Result {
			<-ctx.Done()
			return Result{Status: Fail, Summary: "found out just before"}
		})
		left := Check{ID: "h", Target: "u", Skip: &Skipped{Reason: Chosen}}
		results := run(ctx, Config{}, ask("a", "t", takes(time.Second)), ask("b", "t", takes(time.Minute)), ask("c", "t", answers(Pass)), after, left, failed, honest)
		of := map[string]Result{}
		for _, r := range results {
			of[r.Check] = r
		}
		for id, want := range map[string]string{
			"a": "a@t pass", "b": "b@t skip(interrupted)", "c": "c@t skip(interrupted)", "e": "e@u skip(interrupted)",
			"f": "f@v fail", "g": "g@w fail", "h": "h@u skip(chosen)",
		} {
			if got := words([]Result{of[id]}); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		if b := of["b"]; b.Summary != "not asked: interrupted" || b.Hint != "" || b.Symptom != "" || b.Took != 2*time.Second {
			t.Errorf("the one cut off: %+v", b)
		}
		if len(results) != 7 {
			t.Errorf("%d results, want 7: %s", len(results), words(results))
		}
	})
}

func TestInterruptedBeforeTheStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(TimeoutError{"attempt", time.Second}) // somebody else's clock is not the run's
	got := words(run(ctx, Config{}, ask("a", "t", func(context.Context) Result { t.Error("asked"); return Result{} })))
	if want := "a@t skip(interrupted)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestInterruptHidesNoDefect: a check that broke while it was cut off is still broken.
func TestInterruptHidesNoDefect(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	got := words(run(ctx, Config{},
		ask("a", "t", func(ctx context.Context) Result { interrupt(); panic("late") }),
		ask("b", "u", func(ctx context.Context) Result { <-ctx.Done(); return Result{Status: Error, Internal: true} })))
	if got != "a@t error!, b@u error!" && got != "b@u error!, a@t error!" {
		t.Errorf("got %s, want both as internal errors", got)
	}
}

// TestBreakLeavesNothingBehind is held by the bubble too, which does not end with a
// goroutine or a timer in it.
func TestBreakLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		first  Check
		plan   []Check
		leaves func(r Result) bool
	}{
		{"at a result", ask("a", "t", takes(time.Second)), []Check{ask("b", "u", takes(time.Hour)), ask("c", "v", takes(time.Second)), ask("d", "t", answers(Pass))}, func(Result) bool { return true }},
		{"at a skipped one", Check{ID: "a", Target: "t", Skip: &Skipped{Reason: Chosen}}, []Check{ask("b", "u", takes(time.Hour))}, func(Result) bool { return true }},
		{"at a defect", ask("a", "t", takes(time.Hour)), []Check{ask("a", "t", answers(Pass))}, func(r Result) bool { return r.Internal }},
		{"at the first of many that wait for ever", Check{ID: "a", Target: "t", Needs: []Ref{{"x", ""}}}, []Check{ask("b", "t", answers(Pass))}, func(r Result) bool { return r.Internal }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var now atomic.Int32
				var checks []Check
				for _, c := range append([]Check{row.first}, row.plan...) {
					if ask := c.Run; ask != nil {
						c.Run = func(ctx context.Context) Result {
							now.Add(1)
							defer now.Add(-1)
							return ask(ctx)
						}
					}
					checks = append(checks, c)
				}
				started := time.Now()
				for r := range Run(t.Context(), checks, Config{}) {
					if row.leaves(r) {
						break
					}
				}
				if now.Load() != 0 {
					t.Errorf("%d checks run on after the loop", now.Load())
				}
				if took := time.Since(started); took > time.Second {
					t.Errorf("leaving took %v: nobody told the checks", took)
				}
			})
		})
	}
}

// TestPanicOfTheLoop: the body of the loop may panic; what runs is still ended first.
func TestPanicOfTheLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := false
		func() {
			defer func() {
				if v := recover(); v != "mine" {
					t.Errorf("recovered %v, want the loop's own panic", v)
				}
			}()
			checks := []Check{ask("a", "t", answers(Pass)), ask("b", "u", func(ctx context.Context) Result {
				<-ctx.Done()
				ended = true
				return Result{Status: Error}
			})}
			for range Run(t.Context(), checks, Config{}) {
				panic("mine")
			}
		}()
		if !ended {
			t.Error("a check was still running")
		}
	})
}

// TestCheckThatEndsItsGoroutine: a check can call FailNow of a test, which is Goexit.
func TestCheckThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	results := run(t.Context(), Config{}, ask("a", "t", func(context.Context) Result { runtime.Goexit(); return Result{} }), ask("b", "t", answers(Pass)))
	if got, want := words(results), "a@t error!, b@t pass"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
