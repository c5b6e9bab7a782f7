package check

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/lang"
)

func TestStatusWords(t *testing.T) {
	t.Parallel()
	for s, word := range map[Status]string{Pass: "pass", Skip: "skip", Warn: "warn", Fail: "fail", Error: "error"} {
		var back Status
		text, err := s.MarshalText()
		if err != nil || string(text) != word || s.String() != word {
			t.Errorf("%d: %q, %q, %v; want %q", int(s), text, s, err, word)
		}
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("read back %q as %v, %v", text, back, err)
		}
	}
	for _, s := range []Status{0, 6, -1} {
		if text, err := s.MarshalText(); err == nil {
			t.Errorf("%v is written as %q", s, text)
		}
	}
	if got := Status(6).String(); got != "status(6)" {
		t.Errorf("String of no status = %q", got)
	}
	for _, word := range []string{"", "PASS", "ok", "pass "} {
		s := Fail
		if err := s.UnmarshalText([]byte(word)); err == nil || s != Fail {
			t.Errorf("%q is read as %v, %v", word, s, err)
		}
	}
}

func TestResultAsJSON(t *testing.T) {
	t.Parallel()
	r := Result{
		Check: "a", Title: lang.Text{EN: "good", JA: "良"}, Target: "t", Status: Skip, Skipped: NeedNotMet,
		CausedBy: &Ref{"b", "u"}, Evidence: []Evidence{{"n", "t"}}, Measures: []Measure{{"m", 1.5, "seconds"}},
		Started: time.Date(2024, 2, 8, 0, 0, 0, 0, time.UTC), Took: time.Second, Then: []Check{{ID: "c"}},
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got Result
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	r.Then = nil
	if diff := cmp.Diff(r, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFindingAndExcused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		r    Result
		want bool
	}{
		{Result{Status: Pass}, false}, {Result{Status: Warn}, true}, {Result{Status: Fail}, true}, {Result{Status: Error}, true}, {Result{}, true},
		{Result{Status: Skip, Skipped: Inapplicable}, false}, {Result{Status: Skip, Skipped: Chosen}, false},
		{Result{Status: Skip, Skipped: NeedNotMet}, true}, {Result{Status: Skip, Skipped: Interrupted}, true},
		{Result{Status: Skip, Skipped: OutOfTime}, true}, {Result{Status: Skip, Skipped: Refused}, true}, {Result{Status: Skip}, true},
	} {
		if got := row.r.Finding(); got != row.want {
			t.Errorf("Finding of %v %q = %v, want %v", row.r.Status, row.r.Skipped, got, row.want)
		}
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	r := Result{Measures: []Measure{{"a", 0, ""}, {"b", 2, ""}, {"b", 3, ""}}}
	for name, want := range map[string]struct {
		value float64
		ok    bool
	}{"a": {0, true}, "b": {2, true}, "c": {0, false}} {
		if value, ok := r.Measure(name); value != want.value || ok != want.ok {
			t.Errorf("Measure(%q) = %v, %v, want %v, %v", name, value, ok, want.value, want.ok)
		}
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	pass, warn := Result{Status: Pass}, Result{Status: Warn}
	skip := func(reason SkipReason) Result { return Result{Status: Skip, Skipped: reason} }
	for _, row := range []struct {
		name          string
		results       []Result
		ready, strict bool
	}{
		{"nothing asked", nil, false, false},
		{"all left out", []Result{skip(Chosen), skip(Inapplicable)}, false, false},
		{"one passed", []Result{pass}, true, true},
		{"one passed, others left out", []Result{pass, skip(Chosen), skip(Inapplicable)}, true, true},
		{"a warning", []Result{pass, warn}, true, false},
		{"nothing but a warning", []Result{warn}, true, false},
		{"a failure", []Result{pass, {Status: Fail}}, false, false},
		{"an error", []Result{pass, {Status: Error}}, false, false},
		{"no status counts as an error", []Result{pass, {}}, false, false},
		{"a need not met", []Result{pass, skip(NeedNotMet)}, false, false},
		{"interrupted", []Result{pass, skip(Interrupted)}, false, false},
		{"out of time", []Result{pass, skip(OutOfTime)}, false, false},
		{"refused", []Result{pass, skip(Refused)}, false, false},
		{"skipped without a reason", []Result{pass, {Status: Skip}}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var tally Tally
			ran := 0
			for _, r := range row.results {
				tally.Add(r)
				if r.Status != Skip {
					ran++
				}
			}
			if ready, strict := tally.Ready(false), tally.Ready(true); ready != row.ready || strict != row.strict {
				t.Errorf("ready %v, %v when warnings count; want %v, %v", ready, strict, row.ready, row.strict)
			}
			if tally.Ran() != ran {
				t.Errorf("ran %d, want %d", tally.Ran(), ran)
			}
		})
	}
}

func TestTallyCounts(t *testing.T) {
	t.Parallel()
	var tally Tally
	for _, r := range []Result{
		{Status: Pass}, {Status: Pass}, {Status: Warn}, {Status: Fail}, {Status: Error, Internal: true}, {Status: Skip, Skipped: Interrupted}, {Status: Skip, Skipped: Refused},
	} {
		tally.Add(r)
	}
	if tally.Pass != 2 || tally.Warn != 1 || tally.Fail != 1 || tally.Error != 1 || tally.Skip != 2 {
		t.Errorf("counts %+v", tally)
	}
	if !tally.Internal() || !tally.Interrupted() || !tally.Refused() {
		t.Errorf("internal %v, interrupted %v, refused %v; want all", tally.Internal(), tally.Interrupted(), tally.Refused())
	}
	var none Tally
	none.Add(Result{Status: Error})
	if none.Internal() || none.Interrupted() || none.Refused() {
		t.Error("a plain error is internal, interrupted or refused")
	}
}
