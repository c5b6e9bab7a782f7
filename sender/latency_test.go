package sender

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramMedian(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 100, 9999} {
		h := &histogram{}
		var all []time.Duration
		for range n {
			d := time.Duration(math.Exp(random.Float64() * 25)) // 1 ns to about a minute
			all = append(all, d)
			h.add(d)
		}
		slices.Sort(all)
		got, want := h.result(), all[(n-1)/2]
		if got.Min != all[0] || got.Max != all[n-1] || got.Writes != uint64(n) {
			t.Errorf("%d: min %v, max %v, writes %d; want %v, %v", n, got.Min, got.Max, got.Writes, all[0], all[n-1])
		}
		if off := math.Abs(float64(got.Median-want)) / float64(want); off > 0.02 {
			t.Errorf("%d: median %v, want %v within 2 %%", n, got.Median, want)
		}
	}
	if got := (&histogram{}).result(); got != (Latency{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestHistogramTakesAnyDuration(t *testing.T) {
	t.Parallel()
	last := -1
	for _, d := range []time.Duration{-1, 0, 1, 31, 32, 33, 63, 64, 65, 1000, time.Hour, math.MaxInt64} {
		i := step(d)
		if i < last || i >= len(histogram{}.counts) {
			t.Errorf("%v is in step %d after %d", d, i, last)
		}
		if m := middle(i); d > 32 && math.Abs(float64(m-d))/float64(d) > 0.02 {
			t.Errorf("%v is in a step round %v", d, m)
		}
		last = i
	}
}
