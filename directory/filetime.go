package directory

import (
	"math"
	"time"
)

const (
	// unixInFiletime is 1970 in steps of 100 ns since 1601, MS-DTYP section 2.3.3.
	unixInFiletime = 116444736000000000
	step           = 100 * time.Nanosecond
	stepsPerSecond = int64(time.Second / step)
)

// filetime makes a time of a FILETIME. 0 and the largest number, which both stand for "never", are
// the zero time.
func filetime(n int64) time.Time {
	if n <= 0 || n == math.MaxInt64 {
		return time.Time{}
	}
	n -= unixInFiletime
	return time.Unix(n/stepsPerSecond, n%stepsPerSecond*int64(step)).UTC()
}

// interval makes a duration of the negative steps of 100 ns that a policy is written in. The
// smallest number, which stands for "never", and 0 are both 0; what time.Duration cannot hold
// (292 years) is its largest.
func interval(n int64) time.Duration {
	switch {
	case n == math.MinInt64 || n >= 0:
		return 0
	case -n > math.MaxInt64/int64(step):
		return math.MaxInt64
	}
	return time.Duration(-n) * step
}
