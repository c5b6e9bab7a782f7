package check

import (
	"context"
	"strings"
	"testing"
)

func TestDefectsOfAPlanEndInResults(t *testing.T) {
	t.Parallel()
	waits := func(id, target string, needs ...Ref) Check {
		return Check{ID: id, Target: target, Needs: needs, Run: answers(Pass)}
	}
	for _, row := range []struct {
		name    string
		checks  []Check
		want    string
		summary string // of the last result
	}{
		{"a panic", []Check{ask("a", "t", func(context.Context) Result { panic("oh") })}, "a@t error!", "the check broke: oh"},
		{"a panic without a value", []Check{ask("a", "t", func(context.Context) Result { panic(nil) })}, "a@t error!", "the check broke: panic called with nil argument"},
		{"no status", []Check{ask("a", "t", answers(0))}, "a@t error!", "the check gave no status"},
		{"a status that is none", []Check{ask("a", "t", answers(6))}, "a@t error!", "the check gave no status"},
		{"no Run", []Check{{ID: "a", Target: "t"}}, "a@t error!", "the check has no Run"},
		{"what needs a broken one", []Check{ask("a", "t", answers(0)), waits("b", "t", Ref{"a", ""})}, "a@t error!, b@t skip(need-not-met) <- a@t", "not asked: a@t did not pass"},
		{"twice", []Check{ask("a", "t", answers(Pass)), ask("a", "t", answers(Fail))}, "a@t error!, a@t pass", ""},
		{"the same ID at two targets is fine", []Check{ask("a", "t", answers(Pass)), waits("a", "u", Ref{"a", "t"})}, "a@t pass, a@u pass", ""},
		{"a need that is not there", []Check{waits("a", "t", Ref{"x", ""})}, "a@t error!", "waits for ever: x@t is not in the plan"},
		{"a need that is not there, in front of others", []Check{waits("a", "t", Ref{"x", "u"}), ask("b", "t", answers(Pass))}, "a@t error!, b@t error!", "waits for ever: another check of the same target never ended"},
		{"an After that is not there", []Check{{ID: "a", Target: "t", After: []Ref{{"x", ""}}, Run: answers(Pass)}}, "a@t error!", "waits for ever: x@t is not in the plan"},
		{"itself", []Check{waits("a", "t", Ref{"a", ""})}, "a@t error!", "waits for ever: a@t never ended"},
		{"a circle", []Check{waits("a", "t", Ref{"b", "u"}), waits("b", "u", Ref{"a", "t"})}, "a@t error!, b@u error!", "waits for ever: a@t never ended"},
		{"a circle by the order of a target", []Check{waits("a", "t", Ref{"b", ""}), ask("b", "t", answers(Pass))}, "a@t error!, b@t error!", "waits for ever: another check of the same target never ended"},
		{"a circle holds up nobody else", []Check{waits("a", "t", Ref{"a", ""}), ask("b", "u", answers(Pass))}, "b@u pass, a@t error!", "waits for ever: a@t never ended"},
		{"one left out needs nothing", []Check{{ID: "a", Target: "t", Needs: []Ref{{"x", ""}}, Skip: &Skipped{Chosen, "left out"}}}, "a@t skip(chosen)", "left out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			results := run(t.Context(), Config{}, row.checks...)
			if got := words(results); got != row.want {
				t.Fatalf("got %s, want %s", got, row.want)
			}
			if got := results[len(results)-1].Summary; got != row.summary {
				t.Errorf("it says %q, want %q", got, row.summary)
			}
		})
	}
}

func TestAPanicShowsItsStack(t *testing.T) {
	t.Parallel()
	r := run(t.Context(), Config{}, ask("a", "t", explode))[0]
	if len(r.Evidence) != 1 || r.Evidence[0].Name != "stack" || !strings.Contains(r.Evidence[0].Text, "check.explode") {
		t.Errorf("evidence %v, want a stack with the function that broke", r.Evidence)
	}
	if !strings.Contains(r.Hint, "defect of uidprobe") || r.Took < 0 || r.Started.IsZero() {
		t.Errorf("hint %q, started %v", r.Hint, r.Started)
	}
}

func explode(context.Context) Result {
	var none []Result
	return none[len(none)]
}
