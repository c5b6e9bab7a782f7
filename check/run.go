package check

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/lang"
)

// Config says how Run runs.
type Config struct {
	Workers int // targets asked side by side; 0 means 64
	Clocks  Clocks
}

// defaultWorkers is as much as the addresses of a large site's KDCs: almost all of the time a worker
// waits for an answer, and one that waits for a black hole must not keep the others from asking.
const defaultWorkers = 64

// Run asks the checks and yields each result as it is ready. Targets are asked side by
// side, the checks of one target in order. Every check gives exactly one result: what
// could not be asked is yielded as skipped, with the reason. Nothing runs any more when
// the loop over the sequence has ended, also when it was left by break. When ctx ends,
// running checks are told so and the rest is skipped as interrupted.
//
// The sequence may be ranged over more than once; each time the checks run anew.
func Run(ctx context.Context, checks []Check, config Config) iter.Seq[Result] {
	if config.Workers <= 0 {
		config.Workers = defaultWorkers
	}
	config.Clocks = config.Clocks.withDefaults()
	return func(yield func(Result) bool) {
		limit := config.Clocks.Run
		runCtx, cancel := context.WithTimeoutCause(ctx, limit, TimeoutError{"run", limit})
		s := newSchedule(config)
		defer s.running.Wait()
		defer cancel()
		for _, r := range s.add(checks) {
			if !yield(r) {
				return
			}
		}
		for {
			settled := s.step(runCtx)
			for _, r := range settled {
				if !yield(r) {
					return
				}
			}
			switch {
			case len(settled) > 0: // it may have made others ready
			case s.busy > 0:
				if !s.collect(<-s.done, yield) {
					return
				}
			default:
				for _, r := range s.stuck() {
					if !yield(r) {
						return
					}
				}
				return
			}
		}
	}
}

// schedule is the state of one run. Only the goroutine that ranges over the results
// touches it; workers answer on done.
type schedule struct {
	config  Config
	targets []string // in the order of their first check
	queues  map[string][]Check
	active  map[string]bool
	planned map[Ref]bool
	settled map[Ref]Result
	busy    int
	done    chan Result
	running sync.WaitGroup
}

func newSchedule(config Config) *schedule {
	return &schedule{
		config:  config,
		queues:  map[string][]Check{},
		active:  map[string]bool{},
		planned: map[Ref]bool{},
		settled: map[Ref]Result{},
		done:    make(chan Result, config.Workers),
	}
}

// add queues checks. A check that is there already would make two answers to one
// question: that is a defect of the plan, and its result says so.
func (s *schedule) add(checks []Check) (defects []Result) {
	for _, c := range checks {
		if s.planned[c.Ref()] {
			r := blank(c)
			r.Status, r.Internal = Error, true
			r.Summary = fmt.Sprintf("%v is in the plan twice", c.Ref())
			defects = append(defects, r)
			continue
		}
		s.planned[c.Ref()] = true
		if _, known := s.queues[c.Target]; !known {
			s.targets = append(s.targets, c.Target)
		}
		s.queues[c.Target] = append(s.queues[c.Target], c)
	}
	return defects
}

// step settles every check at the head of a queue that needs no asking, and starts as
// many of the others as there are workers.
func (s *schedule) step(ctx context.Context) (settled []Result) {
	for _, target := range s.targets {
		for !s.active[target] && len(s.queues[target]) > 0 {
			c := s.queues[target][0]
			r, decided := s.decide(ctx, c)
			switch {
			case decided:
				s.queues[target] = s.queues[target][1:]
				s.settled[c.Ref()] = r
				settled = append(settled, r)
				continue
			case s.busy < s.config.Workers && s.ready(c):
				s.queues[target] = s.queues[target][1:]
				s.start(ctx, c)
			}
			break
		}
	}
	return settled
}

// decide gives the result of a check that will not be asked.
func (s *schedule) decide(ctx context.Context, c Check) (r Result, decided bool) {
	r = blank(c)
	r.Status = Skip
	if c.Skip != nil {
		r.Skipped, r.Summary = c.Skip.Reason, c.Skip.Why
		return r, true
	}
	if ctx.Err() != nil {
		r.Skipped, r.Summary = ended(ctx)
		return r, true
	}
	for _, need := range c.Needs {
		need = need.at(c.Target)
		before, ok := s.settled[need]
		if !ok || before.Status == Pass || before.Status == Warn {
			continue
		}
		cause := s.root(need)
		r.CausedBy = &cause
		r.Skipped = NeedNotMet
		if before.Status == Skip && before.Skipped != NeedNotMet {
			r.Skipped = before.Skipped
		}
		r.Summary = fmt.Sprintf("not asked: %v did not pass", cause)
		if s.settled[cause].Status == Skip {
			r.Summary = fmt.Sprintf("not asked: %v was not asked either", cause)
		}
		return r, true
	}
	return r, false
}

// root follows what explains a result to what stands by itself, or is explained by
// something that has not been asked. Checks that blame each other in a circle end it too.
func (s *schedule) root(ref Ref) Ref {
	for range len(s.settled) {
		r, ok := s.settled[ref]
		if !ok || r.CausedBy == nil {
			break
		}
		ref = *r.CausedBy
	}
	return ref
}

// ended says why a run is over: its own clock, or somebody outside.
func ended(ctx context.Context) (SkipReason, string) {
	if timeout, ok := context.Cause(ctx).(TimeoutError); ok && timeout.Clock == "run" {
		return OutOfTime, fmt.Sprintf("not asked: the run ended after %v", timeout.After)
	}
	return Interrupted, "not asked: interrupted"
}

// ready says whether all that a check waits for has ended.
func (s *schedule) ready(c Check) bool { return len(s.open(c)) == 0 }

// open lists what a check waits for and has not ended. What it waits for at any target comes
// into play when all else has ended: until then more of it may be put into the plan.
func (s *schedule) open(c Check) (refs []Ref) {
	var anywhere []string
	for _, ref := range c.Needs {
		refs = s.unsettled(refs, ref.at(c.Target))
	}
	for _, ref := range c.After {
		if ref.Target == AnyTarget {
			anywhere = append(anywhere, ref.Check)
			continue
		}
		refs = s.unsettled(refs, ref.at(c.Target))
	}
	if len(refs) > 0 || anywhere == nil {
		return refs
	}
	for _, target := range s.targets {
		for _, id := range anywhere {
			if ref := (Ref{id, target}); s.planned[ref] && ref != c.Ref() {
				refs = s.unsettled(refs, ref)
			}
		}
	}
	return refs
}

func (s *schedule) unsettled(refs []Ref, ref Ref) []Ref {
	if _, ok := s.settled[ref]; ok {
		return refs
	}
	return append(refs, ref)
}

func (s *schedule) start(ctx context.Context, c Check) {
	s.active[c.Target] = true
	s.busy++
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		var r Result
		// Deferred, since a check can end this goroutine under us: a test's FailNow does. It
		// never blocks: done holds an answer of every worker.
		defer func() { s.done <- r }()
		s.ask(ctx, c, &r)
	}()
}

// ask runs one check within its clocks and completes its result.
func (s *schedule) ask(ctx context.Context, c Check, r *Result) {
	limit := c.Timeout
	if limit <= 0 {
		limit = s.config.Clocks.Check
	}
	checkCtx, stop := withCheckClock(context.WithValue(ctx, attemptKey{}, s.config.Clocks.Attempt), limit)
	defer stop()
	started := time.Now()
	defer func() {
		if v := recover(); v != nil {
			*r = broken(fmt.Sprintf("the check broke: %v", v))
			r.Evidence = []Evidence{{"stack", string(debug.Stack())}}
		} else if r.Status < Pass || r.Status > Error {
			*r = broken("the check gave no status")
		}
		complete(r, c)
		if r.Started.IsZero() {
			r.Started = started
		}
		if r.Took == 0 {
			r.Took = time.Since(started)
		}
	}()
	if c.Run == nil {
		*r = broken("the check has no Run")
		return
	}
	*r = c.Run(checkCtx)
	if r.Status == Error && !r.Internal && ctx.Err() != nil {
		// It was cut off in the middle: what it says about its target is worth nothing.
		r.Status, r.Hint, r.Symptom, r.CausedBy = Skip, "", "", nil
		r.Skipped, r.Summary = ended(ctx)
	}
}

func broken(summary string) Result {
	return Result{
		Status: Error, Internal: true, Summary: summary,
		Hint: "this is a defect of uidprobe: please report it with the evidence",
	}
}

func blank(c Check) Result {
	var r Result
	complete(&r, c)
	return r
}

// complete fills in what a check left out of its result. Whose result it is, is not the
// check's to say: the schedule is kept by it.
func complete(r *Result, c Check) {
	r.Check, r.Target = c.ID, c.Target
	if r.Title == (lang.Text{}) {
		r.Title = c.Title
	}
	if r.Source == "" {
		r.Source = c.Source
	}
	if r.CausedBy != nil {
		cause := r.CausedBy.at(c.Target)
		r.CausedBy = &cause
	}
}

// collect takes one answer in and yields it.
func (s *schedule) collect(r Result, yield func(Result) bool) bool {
	s.busy--
	s.active[r.Target] = false
	defects := s.add(r.Then)
	r.Then = nil
	s.settled[r.Ref()] = r
	for _, r := range append([]Result{r}, defects...) {
		if !yield(r) {
			return false
		}
	}
	return true
}

// stuck gives the results of checks that wait for something that will never end: a check
// that is not there, or one that waits for them.
func (s *schedule) stuck() (results []Result) {
	for _, target := range s.targets {
		for _, c := range s.queues[target] {
			r := blank(c)
			r.Status, r.Internal = Error, true
			r.Summary = "waits for ever: " + errors.Join(s.missing(c)...).Error()
			results = append(results, r)
		}
	}
	return results
}

func (s *schedule) missing(c Check) (errs []error) {
	for _, ref := range s.open(c) {
		if s.planned[ref] {
			errs = append(errs, fmt.Errorf("%v never ended", ref))
		} else {
			errs = append(errs, fmt.Errorf("%v is not in the plan", ref))
		}
	}
	if errs == nil {
		errs = append(errs, errors.New("another check of the same target never ended"))
	}
	return errs
}
