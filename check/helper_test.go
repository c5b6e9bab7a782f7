package check

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// ask makes a check.
func ask(id, target string, run func(context.Context) Result) Check {
	return Check{ID: id, Target: target, Run: run}
}

// answers is a Run that answers at once.
func answers(s Status) func(context.Context) Result {
	return func(context.Context) Result { return Result{Status: s} }
}

// takes is a Run that passes after d, or errs when its context ends before.
func takes(d time.Duration) func(context.Context) Result {
	return func(ctx context.Context) Result {
		select {
		case <-time.After(d):
			return Result{Status: Pass}
		case <-ctx.Done():
			return Result{Status: Error, Summary: context.Cause(ctx).Error(), Hint: "wait longer", Symptom: "slow"}
		}
	}
}

// run collects all results.
func run(ctx context.Context, config Config, checks ...Check) (results []Result) {
	for r := range Run(ctx, checks, config) {
		results = append(results, r)
	}
	return results
}

// words is results in short: "a@t pass, b@t skip(need-not-met) <- a@t".
func words(results []Result) string {
	var all []string
	for _, r := range results {
		word := fmt.Sprintf("%v %v", r.Ref(), r.Status)
		if r.Skipped != "" {
			word += "(" + string(r.Skipped) + ")"
		}
		if r.Internal {
			word += "!"
		}
		if r.CausedBy != nil {
			word += " <- " + r.CausedBy.String()
		}
		all = append(all, word)
	}
	return strings.Join(all, ", ")
}
