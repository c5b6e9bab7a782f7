// Package check is one question to the world, its answer, and the way to ask many.
package check

import (
	"context"
	"time"

	"github.com/uidprobe/uidprobe/lang"
)

// Check is one question. It is data: making one opens no socket and reads no clock.
type Check struct {
	ID     string    // stable, "family.question"; reports, docs and suppressions key on it
	Title  lang.Text // the good outcome, as a sentence without a period
	Source string    // where the rule comes from: RFC and section, vendor page and version
	Target string    // what is asked; checks of one target run one after another, in order

	// Needs are the checks that must have passed (a warning passes). If one did not,
	// this check is skipped with that one as its cause.
	Needs []Ref
	// After are the checks that must have ended, whatever they found. Here the target may be
	// AnyTarget.
	After []Ref

	// Skip, if set, is why the plan already knows that this check will not be asked.
	Skip *Skipped
	// Timeout is this check's own clock. 0 means Clocks.Check.
	Timeout time.Duration
	// Run asks. It returns soon after ctx ends. The ID and the target of its result are
	// always those of the check; what it leaves zero of title, source, started and took is
	// filled in, as is an empty target of CausedBy. A failed check is a Result with Status
	// Fail; Error means that the answer could not be found out.
	Run func(ctx context.Context) Result
}

// AnyTarget, as the target of a Ref in After, stands for every target: all other checks of that
// ID must have ended that are in the plan once the rest of Needs and After has ended, with the
// follow-ups that were made until then. None at all is met. So a check can wait for follow-ups of
// which nobody knew the number when the plan was made: it names the checks that make them, and
// then these. It is not for Needs.
const AnyTarget = "*"

// Ref names a check at a target. In Needs and After an empty Target means the target
// of the check that has the Ref.
type Ref struct {
	Check  string `json:"check"`
	Target string `json:"target"`
}

func (r Ref) String() string { return r.Check + "@" + r.Target }

// Ref names this check.
func (c Check) Ref() Ref { return Ref{c.ID, c.Target} }

// at fills in the target of a reference made by a check at target.
func (r Ref) at(target string) Ref {
	if r.Target == "" {
		r.Target = target
	}
	return r
}
