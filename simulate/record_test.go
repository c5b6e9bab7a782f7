package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sequences are the numbers of events.
func sequences(events []Event) (seqs []uint64) {
	for _, e := range events {
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

func TestRecordKeepsTheNewest(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name       string
		limit, add int
		since      uint64
		want       []uint64
	}{
		{"nothing", 3, 0, 0, nil},
		{"not full", 3, 2, 0, []uint64{1, 2}},
		{"just full", 3, 3, 0, []uint64{1, 2, 3}},
		{"one over", 3, 4, 0, []uint64{2, 3, 4}},
		{"round once", 3, 6, 0, []uint64{4, 5, 6}},
		{"round twice and one", 3, 10, 0, []uint64{8, 9, 10}},
		{"of one", 1, 5, 0, []uint64{5}},
		{"since the first", 3, 3, 1, []uint64{2, 3}},
		{"since one that is gone", 3, 10, 4, []uint64{8, 9, 10}},
		{"since one in the middle of the ring", 3, 10, 8, []uint64{9, 10}},
		{"since the last", 3, 10, 10, nil},
		{"since one that is to come", 3, 10, 11, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := NewRecord(row.limit)
			for i := range row.add {
				r.Add("message", map[string]any{"i": i})
			}
			events := r.Since(row.since)
			if got := sequences(events); !slices.Equal(got, row.want) {
				t.Errorf("Since(%d) = %v, want %v", row.since, got, row.want)
			}
			for _, e := range events {
				if e.Kind != "message" || e.Fields["i"] != int(e.Seq)-1 {
					t.Errorf("event %d is %q %v", e.Seq, e.Kind, e.Fields)
				}
			}
			if got := r.Count("message"); got != uint64(row.add) {
				t.Errorf("Count = %d, want %d: those no longer kept count", got, row.add)
			}
		})
	}
}

func TestRecordDefaultHistory(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, -1} {
		r := NewRecord(limit)
		for range DefaultHistory + 1 {
			r.Add("message", nil)
		}
		if events := r.Since(0); len(events) != DefaultHistory || events[0].Seq != 2 {
			t.Errorf("limit %d keeps %d from %d on, want %d from 2 on", limit, len(events), events[0].Seq, DefaultHistory)
		}
	}
}

func TestSinceIsACopy(t *testing.T) {
	t.Parallel()
	r := NewRecord(2)
	r.Add("a", nil)
	events := r.Since(0)
	r.Add("b", nil)
	r.Add("c", nil)
	if events[0].Kind != "a" || len(events) != 1 {
		t.Errorf("what was read has changed: %v", events)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	r := NewRecord(3)
	for range 5 {
		r.Add("message", nil)
	}
	r.Reset()
	if events, n := r.Since(0), r.Count("message"); events != nil || n != 0 {
		t.Errorf("after Reset: %v, count %d", events, n)
	}
	for range 4 {
		r.Add("message", nil)
	}
	if got, want := sequences(r.Since(0)), []uint64{7, 8, 9}; !slices.Equal(got, want) || r.Count("message") != 4 {
		t.Errorf("sequence numbers %v, count %d; want %v, 4", got, r.Count("message"), want)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecord(1) // fewer than are waited for
		go func() {
			for range 3 {
				time.Sleep(time.Second)
				r.Add("noise", nil)
				r.Add("message", nil)
			}
		}()
		started := time.Now()
		for _, row := range []struct {
			n    uint64
			want time.Duration
		}{{0, 0}, {1, time.Second}, {3, 3 * time.Second}, {2, 3 * time.Second}} {
			if err := r.Wait(t.Context(), "message", row.n); err != nil || time.Since(started) != row.want {
				t.Errorf("waited for %d until %v, %v; want %v", row.n, time.Since(started), err, row.want)
			}
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecord(0)
		mine := errors.New("mine")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, mine)
		defer cancel()
		started := time.Now()
		if err := r.Wait(ctx, "message", 1); !errors.Is(err, mine) || time.Since(started) != 5*time.Second {
			t.Errorf("Wait = %v after %v, want the cause after 5s", err, time.Since(started))
		}
		r.Add("message", nil)
		if err := r.Wait(ctx, "message", 1); err != nil {
			t.Errorf("what has happened is said although the context has ended: %v", err)
		}
	})
}

func TestResetStartsWaitingAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecord(0)
		r.Add("message", nil)
		done := make(chan error, 1)
		go func() { done <- r.Wait(t.Context(), "message", 2) }()
		synctest.Wait()
		r.Reset()
		r.Add("message", nil)
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("one message since Reset was taken for two")
		default:
		}
		r.Add("message", nil)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestRecordIsForManyAtOnce: sequence numbers have no gap, and agree with the times, while
// others add, read, wait and count.
func TestRecordIsForManyAtOnce(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 500
	r := NewRecord(writers * each)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				r.Add(fmt.Sprintf("kind%d", w), map[string]any{"i": i})
			}
		})
		all.Go(func() {
			if err := r.Wait(t.Context(), fmt.Sprintf("kind%d", w), each); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			var last uint64
			for last < writers*each/2 {
				for _, e := range r.Since(last) {
					if e.Seq != last+1 {
						t.Errorf("after %d comes %d", last, e.Seq)
						return
					}
					last = e.Seq
				}
				r.Count("kind0")
			}
		})
	}
	all.Wait()
	events := r.Since(0)
	next := map[string]int{}
	for i, e := range events {
		if e.Seq != uint64(i+1) || i > 0 && e.Time.Before(events[i-1].Time) {
			t.Fatalf("event %d has number %d and time %v", i, e.Seq, e.Time)
		}
		if e.Fields["i"] != next[e.Kind] {
			t.Fatalf("%s: %v comes before %d", e.Kind, e.Fields["i"], next[e.Kind])
		}
		next[e.Kind]++
	}
	if len(events) != writers*each {
		t.Errorf("%d events, want %d", len(events), writers*each)
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecord(2 * nextMost)
		mine := errors.New("mine")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, mine)
		defer cancel()
		if events, err := r.Next(ctx, 0); events != nil || !errors.Is(err, mine) {
			t.Errorf("Next of nothing = %v, %v; want the cause of the end", events, err)
		}
		go func() {
			time.Sleep(time.Second)
			r.Add("first", nil)
			time.Sleep(time.Second)
			r.Add("second", nil)
		}()
		started := time.Now()
		events, err := r.Next(t.Context(), 1) // above the first
		if got := sequences(events); err != nil || !slices.Equal(got, []uint64{2}) || time.Since(started) != 2*time.Second {
			t.Errorf("Next(1) = %v, %v after %v; want the second event after 2s", got, err, time.Since(started))
		}
		if events, err := r.Next(ctx, 0); err != nil || len(events) != 2 {
			t.Errorf("what there is is not said because ctx has ended: %v, %v", events, err)
		}
		for range 3 * nextMost {
			r.Add("more", nil)
		}
		events, _ = r.Next(t.Context(), 0)
		if len(events) != nextMost || events[0].Seq != nextMost+3 {
			t.Errorf("Next(0) is %d events from %d, want %d from %d on", len(events), events[0].Seq, nextMost, nextMost+3)
		}
		if r.Newest() != 3*nextMost+2 {
			t.Errorf("Newest = %d", r.Newest())
		}
		r.Reset()
		if r.Newest() != 3*nextMost+2 {
			t.Errorf("Newest after Reset = %d", r.Newest())
		}
	})
}
