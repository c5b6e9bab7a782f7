package credential

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// signalling is a context that tells when somebody waits for its end: a Spend does so once
// for its turn in the process and then once for each look at a lock that another has.
type signalling struct {
	context.Context
	calls *atomic.Int32
	locks chan struct{} // closed at the first look at the lock
}

func newSignalling(ctx context.Context) signalling {
	return signalling{ctx, new(atomic.Int32), make(chan struct{})}
}

func (s signalling) Done() <-chan struct{} {
	if s.calls.Add(1) == 2 {
		close(s.locks)
	}
	return s.Context.Done()
}

// TestManyAtOnce: one sends, the others wait and then go on freely or are refused.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const many = 20
	for _, row := range []struct {
		verdict     Verdict
		gates       int
		asked, sent int32
		want        string
	}{
		{Accepted, 1, 1, many, "20 ok"},
		{Refused, 1, 1, 1, "19 refused, 1 refused, sent now"},
		{Silent, 1, 1, 1, "19 pending, 1 pending, sent now"},
		{Refused, many, 1, 1, "19 refused, 1 refused, sent now"}, // as so many processes
		{Silent, many, 1, 1, "19 pending, 1 pending, sent now"},
	} {
		t.Run(fmt.Sprintf("%v through %d gates", row.verdict, row.gates), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var asked, sent, held, inside atomic.Int32
			hold := func(context.Context) func() { held.Add(1); return func() { held.Add(-1) } }
			var gates []*Gate
			for range row.gates {
				gates = append(gates, fastGate(GateConfig{Dir: dir, Hold: hold}))
			}
			ask := func(context.Context) error { asked.Add(1); return nil }
			send := func(context.Context) (Verdict, error) {
				if sent.Add(1) == 1 && row.verdict == Accepted {
					inside.Add(1) // nobody may be here beside the first
					for range 1000 {
						if sent.Load() != 1 {
							t.Error("the first was not alone")
						}
					}
				}
				return row.verdict, nil
			}
			outcomes := make(chan string, many)
			var group sync.WaitGroup
			for i := range many {
				group.Go(func() {
					err := gates[i%row.gates].Spend(t.Context(), account(t, "u@corp"), authority(t, "corp"), New(hidden), ask, send)
					outcomes <- outcome(err)
				})
			}
			group.Wait()
			close(outcomes)
			count := map[string]int{}
			for o := range outcomes {
				count[o]++
			}
			if asked.Load() != row.asked || sent.Load() != row.sent || held.Load() != 0 {
				t.Errorf("asked %d, sent %d, held %d; want %d, %d, 0", asked.Load(), sent.Load(), held.Load(), row.asked, row.sent)
			}
			if got := tally(count); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// tally prints counts, the outcomes in order.
func tally(count map[string]int) string {
	var parts []string
	for _, o := range []string{"ok", "refused", "pending", "refused, sent now", "pending, sent now", "error"} {
		if count[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[o], o))
		}
	}
	return strings.Join(parts, ", ")
}

// TestOthersGoOnAfterAPeerThatDoesNotAnswer: the next one in the queue asks its own peer.
func TestOthersGoOnAfterAPeerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	g := fastGate(GateConfig{Dir: t.TempDir()})
	for i, row := range []struct {
		peer peer
		want string
	}{
		{peer{askErr: errors.New("no route")}, "error"}, {peer{verdict: Unsent}, "error"},
		{peer{askErr: errors.New("no answer")}, "error"}, {peer{verdict: Accepted}, "ok"},
	} {
		if got := outcome(spend(t, g, hidden, &row.peer)); got != row.want {
			t.Errorf("peer %d: %s, want %s", i+1, got, row.want)
		}
	}
}

// TestDifferentPasswordsTakeTurns, and each is proven by itself.
func TestDifferentPasswordsTakeTurns(t *testing.T) {
	t.Parallel()
	g := fastGate(GateConfig{Dir: t.TempDir()})
	var inside, asked atomic.Int32
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			ask := func(context.Context) error { asked.Add(1); return nil }
			send := func(context.Context) (Verdict, error) {
				if inside.Add(1) != 1 {
					t.Error("not alone")
				}
				defer inside.Add(-1)
				return Accepted, nil
			}
			if err := g.Spend(t.Context(), account(t, "u@corp"), authority(t, "corp"), New(fmt.Sprint("password ", i)), ask, send); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if asked.Load() != 10 {
		t.Errorf("asked %d times, want 10", asked.Load())
	}
}

// TestWaitingEndsWithItsContext, for the turn in the process and for the lock on disk.
func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, sameGate := range []bool{true, false} {
		dir := t.TempDir()
		first := fastGate(GateConfig{Dir: dir})
		second := first
		if !sameGate {
			second = fastGate(GateConfig{Dir: dir})
		}
		p := &peer{verdict: Accepted}
		p.between = func() {
			ctx, cancel := context.WithCancelCause(t.Context())
			stopped := errors.New("interrupted")
			waiting := newSignalling(ctx)
			if sameGate {
				waiting.calls.Add(1) // it never comes to the lock
			}
			done := make(chan error)
			other := &peer{verdict: Accepted}
			go func() {
				done <- second.Spend(waiting, account(t, "u@corp"), authority(t, "corp"), New(hidden), other.ask, other.send)
			}()
			<-waiting.locks
			cancel(stopped)
			if err := <-done; !errors.Is(err, stopped) || !strings.Contains(err.Error(), "password not sent: wait for") || other.sent+other.asked != 0 {
				t.Errorf("%v, %+v", err, other)
			}
		}
		if err := spend(t, first, hidden, p); err != nil {
			t.Error(err)
		}
	}
}

// TestAVerdictDuringTheWaitCounts: whoever waited for another process uses what that found,
// also with --retry-refused-password, which forgives what was there before.
func TestAVerdictDuringTheWaitCounts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		verdict     Verdict
		retry       bool
		before      Verdict // of an earlier run
		want        string
		asked, sent int
	}{
		{Accepted, false, Unsent, "ok", 0, 1},
		{Accepted, false, Accepted, "ok", 0, 1},
		{Refused, false, Unsent, "refused", 0, 0},
		{Refused, true, Unsent, "refused", 0, 0},
		{Refused, true, Refused, "refused", 0, 0},
		{Silent, true, Silent, "pending", 0, 0},
		{Silent, true, Accepted, "pending", 0, 0},
		{Unsent, true, Unsent, "ok", 1, 1},
		{Unsent, false, Accepted, "ok", 1, 1}, // an earlier run's proof is not this run's
		{Unsent, true, Refused, "ok", 1, 1},
		{Unsent, false, Refused, "refused", 0, 0},
	} {
		dir := t.TempDir()
		_ = spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: row.before})
		second := fastGate(GateConfig{Dir: dir, RetryRefused: row.retry})
		waiting, other := newSignalling(t.Context()), &peer{verdict: Accepted}
		done := make(chan error, 1)
		p := &peer{verdict: row.verdict}
		p.between = func() {
			go func() {
				done <- second.Spend(waiting, account(t, "u@corp"), authority(t, "corp"), New(hidden), other.ask, other.send)
			}()
			<-waiting.locks
		}
		_ = spend(t, fastGate(GateConfig{Dir: dir, RetryRefused: row.before == Refused || row.before == Silent}), hidden, p)
		got := outcome(<-done)
		if p.sent != 1 || got != row.want || other.asked != row.asked || other.sent != row.sent {
			t.Errorf("%v after %v, retry %v: the other is %s, asked %d, sent %d; want %s, %d, %d",
				row.verdict, row.before, row.retry, got, other.asked, other.sent, row.want, row.asked, row.sent)
		}
		again := &peer{verdict: Accepted}
		if got := outcome(spend(t, second, hidden, again)); got != row.want || again.asked != 0 {
			t.Errorf("%v after %v, retry %v: the other's next use is %s, asked %d; want %s, 0", row.verdict, row.before, row.retry, got, again.asked, row.want)
		}
	}
}

// TestManyUseAProvenPassword while one of them finds it refused.
func TestManyUseAProvenPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := fastGate(GateConfig{Dir: dir})
	_ = spend(t, g, hidden, &peer{verdict: Accepted})
	var uses atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			send := func(context.Context) (Verdict, error) {
				if uses.Add(1) == 5 {
					return Refused, nil
				}
				return Accepted, nil
			}
			ask := func(context.Context) error { return errors.New("nobody asks") }
			err := g.Spend(t.Context(), account(t, "u@corp"), authority(t, "corp"), New(hidden), ask, send)
			if got := outcome(err); got != "ok" && got != "refused" && got != "refused, sent now" {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
	group.Wait()
	for _, g := range []*Gate{g, fastGate(GateConfig{Dir: dir})} {
		if got := outcome(spend(t, g, hidden, &peer{verdict: Accepted})); got != "refused" {
			t.Errorf("afterwards: %s, want refused", got)
		}
	}
}

// TestWhatIsNew: a record is as good as a verdict of our own if it came during the wait.
func TestWhatIsNew(t *testing.T) {
	t.Parallel()
	base := newLedger(fewRounds)
	of := func(attempt int, state State) record {
		return record{State: state, Sum: sumOf(1), Attempt: attempt, Sent: noon}
	}
	for _, row := range []struct {
		name   string
		before State // of attempt 2; "" is none
		waited bool
		now    record
		want   bool
	}{
		{"the same acceptance", StateAccepted, true, of(2, StateAccepted), false},
		{"a further acceptance", StateAccepted, true, of(3, StateAccepted), true},
		{"a further refusal", StateRefused, true, of(3, StateRefused), true},
		{"the same refusal", StateRefused, true, of(2, StateRefused), false},
		{"judged meanwhile", StatePending, true, of(2, StateRefused), true},
		{"revoked meanwhile", StateAccepted, false, of(3, StateRefused), true},
		{"an intent taken back", StatePending, true, of(1, StateAccepted), false},
		{"an old silence", StatePending, false, of(2, StatePending), false},
		{"a silence we waited for", StatePending, true, of(2, StatePending), true},
		{"a first record", "", true, of(1, StateAccepted), true},
	} {
		l := base
		l.Attempts = 2
		if row.before != "" {
			r := of(2, row.before)
			if row.before != StatePending {
				r.Judged = &r.Sent
			}
			l = l.with(r)
		}
		raw, err := l.format()
		if err != nil {
			t.Fatal(err)
		}
		if got := (before{raw, row.waited}).precedes(row.now, page{ledger: base, sum: sumOf(1)}); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
	if !(before{nil, false}).precedes(of(1, StateAccepted), page{ledger: base, sum: sumOf(1)}) {
		t.Error("a first file is not new")
	}
}
