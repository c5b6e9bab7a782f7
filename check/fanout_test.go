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

// after makes a check wait.
func after(c Check, refs ...Ref) Check { c.After = refs; return c }

func TestAfterAnyTarget(t *testing.T) {
	t.Parallel()
	waits := func(refs ...Ref) Check { return after(ask("z", "z", answers(Pass)), refs...) }
	every := Ref{"port", AnyTarget}
	for _, row := range []struct {
		name   string
		checks []Check
		want   string
	}{
		{"none is met", []Check{waits(every)}, "z@z pass"},
		{"those of the plan", []Check{waits(every), ask("port", "u", answers(Pass)), ask("port", "v", answers(Fail))}, "port@u pass, port@v fail, z@z pass"},
		{"follow-ups", []Check{
			waits(Ref{"dns", "a"}, Ref{"dns", "b"}, every),
			ask("dns", "a", opens(Pass, ask("port", "a1", answers(Fail)), ask("port", "a2", answers(Pass)))),
			ask("dns", "b", answers(Fail)),
		}, "dns@a pass, dns@b fail, port@a1 fail, port@a2 pass, z@z pass"},
		{"follow-ups of follow-ups", []Check{
			waits(Ref{"dns", "a"}, every),
			ask("dns", "a", opens(Pass, ask("port", "a1", opens(Pass, ask("port", "a2", opens(Pass, ask("port", "a3", answers(Pass)))))))),
		}, "dns@a pass, port@a1 pass, port@a2 pass, port@a3 pass, z@z pass"},
		{"skipped ones too", []Check{waits(every), Check{ID: "port", Target: "u", Skip: &Skipped{Reason: Chosen}}}, "port@u skip(chosen), z@z pass"},
		{"not itself", []Check{after(ask("port", "u", answers(Pass)), every), ask("port", "v", answers(Pass))}, "port@v pass, port@u pass"},
		{"two that wait for each other", []Check{after(ask("port", "u", answers(Pass)), every), after(ask("port", "v", answers(Pass)), every)}, "port@u error!, port@v error!"},
		{"one behind it in its own queue", []Check{waits(every), ask("port", "z", answers(Pass))}, "z@z error!, port@z error!"},
		{"not in Needs", []Check{func() Check { c := waits(); c.Needs = []Ref{every}; return c }(), ask("port", "u", answers(Pass))}, "port@u pass, z@z error!"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := words(run(t.Context(), Config{Workers: 1}, row.checks...)); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestStuckNamesWhatItWaitsForAtAnyTarget(t *testing.T) {
	t.Parallel()
	every := Ref{"port", AnyTarget}
	for _, r := range run(t.Context(), Config{}, after(ask("z", "z", answers(Pass)), every), ask("port", "z", answers(Pass)), ask("port", "u", answers(Pass))) {
		want := map[Ref]string{
			{"z", "z"}:    "waits for ever: port@z never ended",
			{"port", "z"}: "waits for ever: another check of the same target never ended",
		}[r.Ref()]
		if r.Summary != want {
			t.Errorf("%v: got %q, want %q", r.Ref(), r.Summary, want)
		}
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
