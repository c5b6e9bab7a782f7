package main

import (
	"errors"
	"testing"

	"github.com/uidprobe/uidprobe/check"
)

// Where several exit codes apply, the order is 130, 3, 2, 4, 1; 2 is known before anything is asked.
func TestExitCodesHaveAnOrder(t *testing.T) {
	t.Parallel()
	skip := func(reason check.SkipReason) check.Result {
		return check.Result{Status: check.Skip, Skipped: reason}
	}
	pass, fail := check.Result{Status: check.Pass}, check.Result{Status: check.Fail}
	internal := check.Result{Status: check.Error, Internal: true}
	for _, row := range []struct {
		name    string
		results []check.Result
		warn    bool
		want    int
	}{
		{"nothing asked", nil, false, exitNotReady},
		{"well", []check.Result{pass, skip(check.Chosen), skip(check.Inapplicable)}, false, exitReady},
		{"a warning", []check.Result{{Status: check.Warn}}, false, exitReady},
		{"a warning that counts", []check.Result{{Status: check.Warn}}, true, exitNotReady},
		{"failed", []check.Result{pass, fail}, false, exitNotReady},
		{"refused and failed", []check.Result{fail, skip(check.Refused), fail}, false, exitRefused},
		{"refused, failed and broken", []check.Result{skip(check.Refused), fail, internal}, false, exitBroken},
		{"all of it, and interrupted", []check.Result{internal, skip(check.Interrupted), skip(check.Refused), fail}, false, exitInterrupted},
	} {
		var tally check.Tally
		for _, r := range row.results {
			tally.Add(r)
		}
		got := exitReady
		var v verdict
		if err := verdictOf(tally, row.warn); errors.As(err, &v) {
			got = v.code
		}
		if got != row.want {
			t.Errorf("%s: exit code %d, want %d", row.name, got, row.want)
		}
	}
}
