// Package report draws results for people and for programs.
//
// Every function here is pure: the same results give the same bytes on every machine.
// Targets are sorted by name; the checks of one target keep the order in which they were
// answered, which is the order of the plan. How the answers of several targets were
// interleaved therefore leaves no trace.
package report

import (
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
)

// ordered returns the results in the order in which every report shows them.
func ordered(results []check.Result) []check.Result {
	sorted := slices.Clone(results)
	slices.SortStableFunc(sorted, func(a, b check.Result) int {
		return strings.Compare(a.Target, b.Target)
	})
	return sorted
}

// tally counts results.
func tally(results []check.Result) (t check.Tally) {
	for _, r := range results {
		t.Add(r)
	}
	return t
}

// span is when the first of the results was started and how long it took until the last
// had ended. Results that were never started do not count; without any, both are zero.
func span(results []check.Result) (started time.Time, took time.Duration) {
	var ended time.Time
	for _, r := range results {
		if r.Started.IsZero() {
			continue
		}
		if started.IsZero() || r.Started.Before(started) {
			started = r.Started
		}
		if end := r.Started.Add(r.Took); end.After(ended) {
			ended = end
		}
	}
	if started.IsZero() {
		return started, 0
	}
	return started.UTC(), max(ended.Sub(started), 0)
}
