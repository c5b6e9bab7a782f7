package check

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// opens is a Run that passes and makes follow-ups.
func opens(s Status, then ...Check) func(context.Context) Result {
	return func(context.Context) Result { return Result{Status: s, Then: then} }
}

func TestFanOut(t *testing.T) {
	t.Parallel()
	need := func(c Check, refs ...Ref) Check { c.Needs = refs; return c }
	for _, row := range []struct {
		name   string
		checks []Check
		want   string
	}{
		{"into its own target, at the end", []Check{ask("a", "t", opens(Pass, ask("c", "t", answers(Pass)))), ask("b", "t", answers(Pass))}, "a@t pass, b@t pass, c@t pass"},
		{"into a new target", []Check{ask("a", "t", opens(Pass, ask("b", "192.0.2.1", answers(Fail))))}, "a@t pass, b@192.0.2.1 fail"},
		{"into one whose queue is empty again", []Check{need(ask("a", "t", opens(Pass, ask("c", "u", answers(Pass)))), Ref{"b", "u"}), ask("b", "u", answers(Pass))}, "b@u pass, a@t pass, c@u pass"},
		{"of a failure", []Check{ask("a", "t", opens(Fail, need(ask("b", "u", answers(Pass)), Ref{"a", "t"})))}, "a@t fail, b@u skip(need-not-met) <- a@t"},
		{"in generations", []Check{ask("a", "t", opens(Pass, ask("b", "u", opens(Pass, need(ask("c", "v", answers(Pass)), Ref{"b", "u"})))))}, "a@t pass, b@u pass, c@v pass"},
		{"something waits for it", []Check{need(ask("z", "z", answers(Pass)), Ref{"b", "u"}), ask("a", "t", opens(Pass, ask("b", "u", answers(Pass))))}, "a@t pass, b@u pass, z@z pass"},
		{"something waits for what never comes", []Check{need(ask("z", "z", answers(Pass)), Ref{"b", "u"}), ask("a", "t", opens(Pass))}, "a@t pass, z@z error!"},
		{"skipped from the start", []Check{ask("a", "t", opens(Pass, Check{ID: "b", Target: "u", Skip: &Skipped{Reason: Inapplicable}}))}, "a@t pass, b@u skip(inapplicable)"},
		{"what is there already", []Check{ask("a", "t", opens(Pass, ask("b", "t", answers(Fail)))), ask("b", "t", answers(Pass))}, "a@t pass, b@t error!, b@t pass"},
		{"itself", []Check{ask("a", "t", opens(Pass, ask("a", "t", answers(Pass))))}, "a@t pass, a@t error!"},
		{"none of a check that gave no status", []Check{ask("a", "t", opens(0, ask("b", "t", answers(Pass))))}, "a@t error!"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			results := run(t.Context(), Config{}, row.checks...)
			if got := words(results); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			for _, r := range results {
				if r.Then != nil {
					t.Errorf("%v still holds its follow-ups", r.Ref())
				}
			}
		})
	}
}

func TestFanOutOfAnInterruptedRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithTimeout(t.Context(), time.Second)
		defer interrupt()
		got := words(run(ctx, Config{}, ask("a", "t", func(ctx context.Context) Result {
			<-ctx.Done()
			return Result{Status: Pass, Then: []Check{ask("b", "u", answers(Pass))}}
		})))
		if want := "a@t pass, b@u skip(interrupted)"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestFanOutRunsSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var then []Check
		for _, address := range []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"} {
			then = append(then, ask("dial", address, takes(time.Second)))
		}
		started := time.Now()
		results := run(t.Context(), Config{}, ask("lookup", "name", opens(Pass, then...)))
		if took := time.Since(started); len(results) != 4 || took != time.Second {
			t.Errorf("%d results after %v, want 4 after 1s", len(results), took)
		}
	})
}
