package report

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/symptom"
)

func because(id string, status check.Status, cause string) check.Result {
	r := check.Result{Check: id, Target: "fw1", Status: status}
	if cause != "" {
		r.CausedBy = &check.Ref{Check: cause, Target: "fw1"}
	}
	return r
}

func TestUntangle(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		results []check.Result
		want    map[int][]int
	}{
		{"alone", []check.Result{because("a", check.Fail, "")}, map[int][]int{}},
		{"one under another", []check.Result{because("a", check.Fail, ""), because("b", check.Skip, "a")}, map[int][]int{0: {1}}},
		{"the cause comes later", []check.Result{because("b", check.Skip, "a"), because("a", check.Fail, "")}, map[int][]int{1: {0}}},
		{"a chain goes to its root", []check.Result{because("a", check.Fail, ""), because("b", check.Skip, "a"), because("c", check.Skip, "b")}, map[int][]int{0: {1, 2}}},
		{"a cause that is not here", []check.Result{because("b", check.Skip, "a"), because("c", check.Skip, "b")}, map[int][]int{0: {1}}},
		{"a cause that passed", []check.Result{because("a", check.Pass, ""), because("b", check.Fail, "a")}, map[int][]int{}},
		{"itself", []check.Result{because("a", check.Fail, "a")}, map[int][]int{}},
		{"a circle, and one that leads into it", []check.Result{because("a", check.Fail, "b"), because("b", check.Fail, "a"), because("c", check.Skip, "a")}, map[int][]int{}},
		{"a pass is nobody's consequence", []check.Result{because("a", check.Fail, ""), because("b", check.Pass, "a")}, map[int][]int{}},
		{"twice in the plan: under the one that did not pass", []check.Result{because("a", check.Pass, ""), because("b", check.Skip, "a"), because("a", check.Error, "")}, map[int][]int{2: {1}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, untangle(row.results).consequences); diff != "" {
				t.Errorf("consequences (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyRoot(t *testing.T) {
	t.Parallel()
	at := func(r check.Result, target string) check.Result { r.Target = target; return r }
	results := []check.Result{
		because("a", check.Fail, ""), because("b", check.Fail, ""), // fw1
		at(because("c", check.Skip, "a"), "fw2"), at(because("d", check.Pass, ""), "fw2"), at(because("e", check.Skip, "a"), "fw2"),
		at(because("f", check.Skip, "a"), "fw3"), at(because("g", check.Skip, "b"), "fw3"),
		at(because("h", check.Skip, "a"), "fw4"), at(because("i", check.Warn, ""), "fw4"),
		at(because("j", check.Pass, ""), "fw5"),
	}
	c := untangle(results)
	for _, row := range []struct {
		name             string
		start, end, want int
		ok               bool
	}{
		{"its own", 0, 2, 0, false}, {"one of another target", 2, 5, 0, true}, {"two", 5, 7, 0, false},
		{"and something of its own", 7, 9, 0, false}, {"all well", 9, 10, 0, false},
	} {
		if root, ok := c.onlyRoot(row.start, row.end, results); ok != row.ok || ok && root != row.want {
			t.Errorf("%s: %d, %v; want %d, %v", row.name, root, ok, row.want, row.ok)
		}
	}
}

// TestFoldedSkipsKeepWhatTheyExplain: two checks left out for one reason share a line, and
// what either of them explains stands under it.
func TestFoldedSkipsKeepWhatTheyExplain(t *testing.T) {
	t.Parallel()
	results := []check.Result{because("a.x", check.Skip, ""), because("b.x", check.Skip, ""), because("c.x", check.Skip, "a.x"), because("d.x", check.Skip, "b.x")}
	for i := range results {
		results[i].Skipped = check.Inapplicable
	}
	out := text(t, results, TextOptions{})
	want := `  – SKIP  a.x, b.x: inapplicable
    and 2 checks were not asked because of it:
      c.x, d.x
`
	if !strings.Contains(out, want) {
		t.Errorf("got\n%s\nwant in it\n%s", out, want)
	}
}

// TestNothingIsDroppedInSilence: whatever causes what, a report names each check that did
// not pass, exactly once, and all of them when everything is asked for.
func TestNothingIsDroppedInSilence(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		n := 1 + random.IntN(12)
		ref := func(i int) check.Ref {
			return check.Ref{Check: fmt.Sprintf("c%02d.x", i), Target: fmt.Sprintf("t%d", i%3)}
		}
		var results []check.Result
		for i := range n {
			r := check.Result{Check: ref(i).Check, Target: ref(i).Target, Status: check.Status(1 + random.IntN(5)), Title: lang.Text{EN: "title", JA: "題"}}
			if r.Status == check.Skip {
				r.Skipped = []check.SkipReason{check.Inapplicable, check.NeedNotMet, check.Interrupted}[random.IntN(3)]
			}
			if random.IntN(2) == 0 {
				cause := ref(random.IntN(n + 1))
				r.CausedBy = &cause
			}
			results = append(results, r)
		}
		for _, verbose := range []bool{false, true} {
			out := text(t, results, TextOptions{Verbose: verbose, Width: 100})
			for _, r := range results {
				shown := 0
				for line := range strings.Lines(out) {
					for because := range strings.SplitSeq(line, ", ") {
						before, _, _ := strings.Cut(because, "because")
						shown += strings.Count(before, r.Check)
					}
				}
				if want := r.Status != check.Pass || verbose; want && shown != 1 || !want && shown != 0 {
					t.Fatalf("seed %d, verbose %v: %v (%v) is named %d times in\n%s", seed, verbose, r.Ref(), r.Status, shown, out)
				}
			}
		}
	}
}

func TestSymptomIsExplainedOnce(t *testing.T) {
	t.Parallel()
	results := unmatched()
	other := results[11]
	other.Target = "fw1/nac"
	p := newPage(TextOptions{})
	p.find = func(id string) (symptom.Symptom, bool) {
		return symptom.Symptom{
			ID: id, Title: lang.Text{EN: "the counter stands still"}, Meaning: lang.Text{EN: "nothing matched"},
			Causes: []lang.Text{{EN: "cause one"}}, Remedies: []lang.Text{{EN: "remedy one"}}, Confidence: "inferred",
		}, true
	}
	p.report(ordered(append(results, other)))
	out := p.String()
	for want, times := range map[string]int{
		"the counter stands still":               2,
		"nothing matched":                        1,
		"• cause one":                            1,
		"1. remedy one":                          1,
		"the counter stands still (explained":    1,
		"its wording is not":                     1,
		"(syslog.counters.no-auth-success)":      1,
		"  ✗ FAIL  delivery.authenticated\n":     2,
		"and 2 checks were not asked because of": 1,
	} {
		if got := strings.Count(out, want); got != times {
			t.Errorf("%q is there %d times, want %d, in\n%s", want, got, times, out)
		}
	}
}

func TestUnknownSymptomIsNamed(t *testing.T) {
	t.Parallel()
	r := because("a", check.Fail, "")
	r.Symptom = "syslog.of.tomorrow"
	if out := text(t, []check.Result{r}, TextOptions{}); !strings.Contains(out, "symptom   syslog.of.tomorrow\n") {
		t.Errorf("the symptom is not named in\n%s", out)
	}
}
