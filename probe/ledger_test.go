package probe

import (
	"testing"
	"time"
)

func TestLedgerBounds(t *testing.T) {
	t.Parallel()
	quiet := ledger{sent: 12, before: counters{1, 0}}
	for _, row := range []struct {
		name     string
		change   func(*ledger)
		received known
		authed   known
	}{
		{"all arrive", func(l *ledger) { l.after, l.mapped = counters{13, 12}, 12 },
			known{low: 12, high: 12}, known{low: 12, high: 12}},
		{"a third is lost", func(l *ledger) { l.after, l.mapped = counters{9, 8}, 8 },
			known{low: 8, high: 8}, known{low: 8, high: 8}},
		{"nothing matches", func(l *ledger) { l.after = counters{13, 0} },
			known{low: 12, high: 12}, known{}},
		{"reset and visibly lower", func(l *ledger) { l.before, l.after = counters{100, 90}, counters{9, 9} },
			known{high: 12, reset: true}, known{high: 12, reset: true}},
		{"reset and grown again", func(l *ledger) { l.after, l.mapped = counters{9, 9}, 12 },
			known{low: 12, high: 12, reset: true}, known{low: 12, high: 12, reset: true}},
		{"fell in between", func(l *ledger) { l.after, l.fell = counters{13, 12}, true },
			known{high: 12, reset: true}, known{high: 12, reset: true}},
		{"somebody else sends", func(l *ledger) { l.after, l.mapped = counters{40, 12}, 12 },
			known{low: 12, high: 12, surplus: true}, known{low: 12, high: 12}},
		{"shared and all proved", func(l *ledger) { l.shared, l.after, l.mapped = true, counters{40, 30}, 12 },
			known{low: 12, high: 12}, known{low: 12, high: 12}},
		{"shared and not told", func(l *ledger) { l.shared, l.after, l.mapped = true, counters{40, 4}, 3 },
			known{low: 3, high: 12}, known{low: 3, high: 4}},
		{"background and short", func(l *ledger) { l.background = background{log: 5}; l.after = counters{6, 0} },
			known{high: 5}, known{}},
		{"other users at our addresses are proof of arrival", func(l *ledger) { l.after, l.misnamed = counters{13, 12}, 12 },
			known{low: 12, high: 12}, known{low: 12, high: 12}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l := quiet
			row.change(&l)
			if got := l.received(); got != row.received {
				t.Errorf("received of %+v = %+v, want %+v", l, got, row.received)
			}
			if got := l.authenticated(); got != row.authed {
				t.Errorf("authenticated of %+v = %+v, want %+v", l, got, row.authed)
			}
		})
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	if _, ok := latencyOf(nil); ok {
		t.Error("no times have a latency")
	}
	ms := func(n ...int) (d []time.Duration) {
		for _, n := range n {
			d = append(d, time.Duration(n)*time.Millisecond)
		}
		return d
	}
	for _, row := range []struct {
		times []time.Duration
		want  latency
	}{
		{ms(3), latency{ms(3)[0], ms(3)[0], ms(3)[0]}},
		{ms(9, 1, 4), latency{ms(1)[0], ms(4)[0], ms(9)[0]}},
		{ms(9, 1, 4, 6), latency{ms(1)[0], ms(5)[0], ms(9)[0]}},
	} {
		if got, _ := latencyOf(row.times); got != row.want {
			t.Errorf("latencyOf(%v) = %v, want %v", row.times, got, row.want)
		}
	}
}
