package check

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestCheckClock(t *testing.T) {
	t.Parallel()
	hold := func(ctx context.Context, d time.Duration) {
		release := Hold(ctx)
		time.Sleep(d)
		release()
	}
	for _, row := range []struct {
		name string
		ask  func(ctx context.Context)
		want time.Duration // until the clock of 10 s ends the context
	}{
		{"no hold", func(context.Context) {}, 10 * time.Second},
		{"a hold", func(ctx context.Context) { time.Sleep(4 * time.Second); hold(ctx, time.Minute) }, 70 * time.Second},
		{"two holds", func(ctx context.Context) { hold(ctx, time.Minute); time.Sleep(9 * time.Second); hold(ctx, time.Minute) }, 130 * time.Second},
		{"nested holds", func(ctx context.Context) {
			outer := Hold(ctx)
			hold(ctx, time.Minute)
			time.Sleep(time.Minute) // the outer one still holds
			outer()
		}, 130 * time.Second},
		{"holds that overlap", func(ctx context.Context) {
			first := Hold(ctx)
			time.Sleep(time.Minute)
			second := Hold(ctx)
			first()
			time.Sleep(time.Minute)
			second()
		}, 130 * time.Second},
		{"released twice", func(ctx context.Context) {
			release, other := Hold(ctx), Hold(ctx)
			release()
			release()
			time.Sleep(time.Minute) // other still holds
			other()
		}, 70 * time.Second},
		{"held at the last moment", func(ctx context.Context) { time.Sleep(10*time.Second - 1); hold(ctx, time.Minute) }, 70 * time.Second},
		{"held after the end", func(ctx context.Context) { time.Sleep(11 * time.Second); hold(ctx, time.Minute) }, 10 * time.Second},
		{"held in the context of an attempt", func(ctx context.Context) {
			attempt, cancel := Attempt(ctx)
			defer cancel()
			hold(attempt, time.Minute)
		}, 70 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var took time.Duration
				results := run(t.Context(), Config{Clocks: Clocks{Check: 10 * time.Second}}, ask("a", "t", func(ctx context.Context) Result {
					started := time.Now()
					ended := make(chan time.Duration, 1)
					stop := context.AfterFunc(ctx, func() { ended <- time.Since(started) })
					defer stop()
					row.ask(ctx)
					took = <-ended
					return Result{Status: Error, Summary: context.Cause(ctx).Error()}
				}))
				if took != row.want {
					t.Errorf("the clock ended the context after %v, want %v", took, row.want)
				}
				if got, want := results[0].Summary, "no answer within 10s (clock of the check)"; got != want {
					t.Errorf("cause %q, want %q", got, want)
				}
			})
		})
	}
}

// TestHoldsLeftOpen: a hold that outlives its check does not revive its context.
func TestHoldsLeftOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var release func()
		var kept context.Context
		run(t.Context(), Config{}, ask("a", "t", func(ctx context.Context) Result {
			kept, release = ctx, Hold(ctx)
			return Result{Status: Pass}
		}))
		release()
		Hold(kept)()
		if !errors.Is(kept.Err(), context.Canceled) || !errors.Is(context.Cause(kept), context.Canceled) {
			t.Errorf("the context of an ended check: %v, cause %v; want canceled", kept.Err(), context.Cause(kept))
		}
	})
}

// TestContextEndsWithItsCheck: whatever a check left running is told at once, not when the
// run ends, and holding its clock open changes nothing.
func TestContextEndsWithItsCheck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var kept context.Context
		run(t.Context(), Config{},
			ask("a", "t", func(ctx context.Context) Result { kept = ctx; Hold(ctx); return Result{Status: Pass} }),
			ask("b", "t", func(context.Context) Result {
				if !errors.Is(context.Cause(kept), context.Canceled) {
					t.Errorf("cause of an ended check's context: %v, want canceled", context.Cause(kept))
				}
				return Result{Status: Pass}
			}))
	})
}

func TestDefaultClocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		patient := ask("a", "t", takes(time.Hour))
		patient.Timeout = 2 * time.Hour
		results := run(t.Context(), Config{}, patient, ask("b", "u", takes(time.Hour)))
		if got, want := words(results), "b@u error, a@t skip(out-of-time)"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := time.Since(started); got != DefaultRun || results[0].Took != DefaultCheck {
			t.Errorf("the run took %v, the check %v; want %v, %v", got, results[0].Took, DefaultRun, DefaultCheck)
		}
	})
}

func TestHoldOutsideRun(t *testing.T) {
	t.Parallel()
	release := Hold(t.Context())
	release()
	release()
}

func TestAttempt(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		clocks Clocks
		want   TimeoutError
		took   time.Duration
	}{
		{"its own clock", Clocks{Attempt: 3 * time.Second, Check: time.Minute}, TimeoutError{"attempt", 3 * time.Second}, 3 * time.Second},
		{"the default", Clocks{}, TimeoutError{"attempt", DefaultAttempt}, DefaultAttempt},
		{"the clock of the check", Clocks{Attempt: time.Minute, Check: 2 * time.Second}, TimeoutError{"check", 2 * time.Second}, 2 * time.Second},
		{"the clock of the run", Clocks{Attempt: time.Minute, Run: time.Second}, TimeoutError{"run", time.Second}, time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var cause error
				var took time.Duration
				run(t.Context(), Config{Clocks: row.clocks}, ask("a", "t", func(ctx context.Context) Result {
					started := time.Now()
					attempt, cancel := Attempt(ctx)
					defer cancel()
					<-attempt.Done()
					cause, took = context.Cause(attempt), time.Since(started)
					return Result{Status: Fail}
				}))
				if cause != row.want || took != row.took {
					t.Errorf("ended by %v after %v, want %v after %v", cause, took, row.want, row.took)
				}
			})
		})
	}
}

func TestAttemptOutsideRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		ctx, cancel := Attempt(t.Context())
		defer cancel()
		<-ctx.Done()
		if took := time.Since(started); took != DefaultAttempt {
			t.Errorf("ended after %v, want %v", took, DefaultAttempt)
		}
	})
}

func TestCheckWithAClockOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		patient := ask("a", "t", takes(2*time.Minute))
		patient.Timeout = 3 * time.Minute
		hasty := ask("b", "t", takes(2*time.Minute))
		hasty.Timeout = time.Second
		results := run(t.Context(), Config{}, patient, hasty, ask("c", "t", takes(2*time.Minute)))
		if got, want := words(results), "a@t pass, b@t error, c@t error"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if results[1].Took != time.Second || results[2].Took != DefaultCheck {
			t.Errorf("took %v and %v, want %v and %v", results[1].Took, results[2].Took, time.Second, DefaultCheck)
		}
	})
}

func TestRunClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held := ask("held", "u", func(ctx context.Context) Result {
			defer Hold(ctx)()
			return takes(time.Hour)(ctx)
		})
		results := run(t.Context(), Config{Clocks: Clocks{Check: time.Minute, Run: 90 * time.Second}},
			ask("a", "t", takes(50*time.Second)), ask("b", "t", takes(50*time.Second)), ask("c", "t", answers(Pass)), held)
		if got, want := words(results), "a@t pass, b@t skip(out-of-time), c@t skip(out-of-time), held@u skip(out-of-time)"; got != want &&
			got != "a@t pass, held@u skip(out-of-time), b@t skip(out-of-time), c@t skip(out-of-time)" {
			t.Errorf("got %s, want %s", got, want)
		}
		for _, r := range results[1:] {
			if r.Summary != "not asked: the run ended after 1m30s" || r.Hint != "" || r.Symptom != "" {
				t.Errorf("%v: %q, hint %q, symptom %q", r.Ref(), r.Summary, r.Hint, r.Symptom)
			}
		}
	})
}

func TestTimeoutError(t *testing.T) {
	t.Parallel()
	var err error = TimeoutError{"attempt", 5 * time.Second}
	var timeout interface{ Timeout() bool }
	switch {
	case !errors.Is(err, context.DeadlineExceeded):
		t.Error("it is not a DeadlineExceeded")
	case errors.Is(err, context.Canceled):
		t.Error("it is a Canceled")
	case !errors.As(err, &timeout) || !timeout.Timeout():
		t.Error("it is not a timeout")
	}
	// A dialer gives a cancelled context back as its own error: the cause has to be asked for.
	ctx, cancel := withCheckClock(t.Context(), 0)
	defer cancel()
	<-ctx.Done()
	_, err = (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:1")
	if err == nil || context.Cause(ctx) != (TimeoutError{"check", 0}) {
		t.Errorf("dial: %v, cause %v", err, context.Cause(ctx))
	}
}
