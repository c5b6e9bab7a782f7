package sender

import (
	"math/bits"
	"time"
)

// Latency is how long the writes took: the time until the kernel had taken a batch.
type Latency struct {
	Writes uint64        `json:"writes"`
	Min    time.Duration `json:"min_ns"`
	Median time.Duration `json:"median_ns"` // within 2 %
	Max    time.Duration `json:"max_ns"`
}

// histogram counts durations in 32 steps to each power of two, so that it takes the same
// memory for any number of them.
type histogram struct {
	latency Latency
	counts  [64 * steps]uint64
}

const (
	stepBits = 5
	steps    = 1 << stepBits
)

func (h *histogram) add(d time.Duration) {
	if h.latency.Writes == 0 || d < h.latency.Min {
		h.latency.Min = d
	}
	h.latency.Max = max(h.latency.Max, d)
	h.latency.Writes++
	h.counts[step(d)]++
}

// result fills in the median: the middle of the step that holds it.
func (h *histogram) result() Latency {
	l := h.latency
	rank, seen := (l.Writes+1)/2, uint64(0)
	for i, n := range h.counts {
		if seen += n; n > 0 && seen >= rank {
			l.Median = min(max(middle(i), l.Min), l.Max)
			break
		}
	}
	return l
}

// step is the index of the step that d falls into. Below steps each duration has its own.
func step(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < steps {
		return int(v)
	}
	shift := bits.Len64(v) - stepBits - 1
	return (shift+1)*steps + int(v>>shift) - steps
}

func middle(i int) time.Duration {
	if i < steps {
		return time.Duration(i)
	}
	shift := i/steps - 1
	low := uint64(i%steps+steps) << shift
	return time.Duration(low + uint64(1)<<shift/2)
}
