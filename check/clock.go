package check

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Clocks are the three time limits of a run. A zero one takes its default.
type Clocks struct {
	Attempt time.Duration // one connection, one request and its answer
	Check   time.Duration // one check with all its attempts
	Run     time.Duration // the whole run
}

// The defaults. One attempt is shorter than the 10 s operation time-out of a WS-Man
// query; a check holds several attempts and the wait for counters to move.
const (
	DefaultAttempt = 5 * time.Second
	DefaultCheck   = 60 * time.Second
	DefaultRun     = 10 * time.Minute
)

func (c Clocks) withDefaults() Clocks {
	if c.Attempt <= 0 {
		c.Attempt = DefaultAttempt
	}
	if c.Check <= 0 {
		c.Check = DefaultCheck
	}
	if c.Run <= 0 {
		c.Run = DefaultRun
	}
	return c
}

// TimeoutError is the cause of a context that one of the three clocks has ended.
type TimeoutError struct {
	Clock string // "attempt", "check" or "run"
	After time.Duration
}

func (e TimeoutError) Error() string {
	return fmt.Sprintf("no answer within %v (clock of the %s)", e.After, e.Clock)
}

// Timeout makes it a net.Error in spirit.
func (TimeoutError) Timeout() bool { return true }

// Is makes errors.Is(err, context.DeadlineExceeded) hold.
func (TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

type (
	attemptKey struct{} // the attempt's limit, a time.Duration
	clockKey   struct{} // the check's *stopwatch
)

// Attempt returns a context for one attempt, within the limit that Run was given.
// Outside Run the limit is DefaultAttempt. The cause of its end is a TimeoutError.
func Attempt(ctx context.Context) (context.Context, context.CancelFunc) {
	limit, ok := ctx.Value(attemptKey{}).(time.Duration)
	if !ok {
		limit = DefaultAttempt
	}
	return context.WithTimeoutCause(ctx, limit, TimeoutError{"attempt", limit})
}

// Hold stops the clock of the check that ctx belongs to until release is called: time
// spent waiting for one's turn is not the check's. Holds may nest. The run's clock goes on.
func Hold(ctx context.Context) (release func()) {
	w, ok := ctx.Value(clockKey{}).(*stopwatch)
	if !ok {
		return func() {}
	}
	w.hold()
	return sync.OnceFunc(w.release)
}

// stopwatch ends a context after a limit of time in which it was not held.
type stopwatch struct {
	expire func()

	mu    sync.Mutex // guards what follows
	timer *time.Timer
	left  time.Duration
	since time.Time
	holds int
}

// withCheckClock returns a context that ends after limit, not counting holds.
func withCheckClock(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &stopwatch{
		expire: func() { cancel(TimeoutError{"check", limit}) },
		left:   limit,
		since:  time.Now(),
	}
	w.timer = time.AfterFunc(limit, w.expire)
	stop := func() {
		w.hold() // so that no timer outlives the check
		cancel(context.Canceled)
	}
	return context.WithValue(ctx, clockKey{}, w), stop
}

func (w *stopwatch) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holds++
	if w.holds == 1 && w.timer.Stop() {
		w.left -= time.Since(w.since)
	}
}

func (w *stopwatch) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holds--
	if w.holds == 0 {
		w.since = time.Now()
		w.timer = time.AfterFunc(max(w.left, 0), w.expire)
	}
}
