package sender

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Rate is how many messages go out in how long a time. The zero value is no rate at all
// and nothing sends at it.
type Rate struct {
	N   uint64 // at most MaxPerSecond to a second
	Per time.Duration
}

// Max is as fast as the transport takes them.
var Max = Rate{N: math.MaxUint64}

// MaxPerSecond is the highest rate that is not Max: one message a nanosecond.
const MaxPerSecond = 1_000_000_000

// PerSecond is a rate of n messages a second.
func PerSecond(n uint64) Rate { return Rate{n, time.Second} }

// ParseRate reads "500/s", "30000/m", "10/h" or "max".
func ParseRate(s string) (Rate, error) {
	if s == "max" {
		return Max, nil
	}
	number, unit, _ := strings.Cut(s, "/")
	n, err := strconv.ParseUint(number, 10, 64)
	per := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
	r := Rate{n, per}
	if err == nil && per > 0 {
		if err := r.check(); err != nil {
			return Rate{}, fmt.Errorf("rate %q: %w", s, err)
		}
		return r, nil
	}
	return Rate{}, fmt.Errorf("rate %q: want messages per second, minute or hour, such as 500/s, 30000/m or 10/h, or max", s)
}

// check holds a rate to what Run can do.
func (r Rate) check() error {
	switch {
	case r == Max:
		return nil
	case r.N == 0:
		return errors.New("nothing would be sent")
	case r.Per <= 0:
		return errors.New("no time is given")
	case r.N > uint64(r.Per): // a nanosecond each
		return fmt.Errorf("more than %d messages a second; max is as fast as it goes", MaxPerSecond)
	}
	return nil
}

// String returns the rate as ParseRate reads it, if it has one of its units.
func (r Rate) String() string {
	switch {
	case r == Max:
		return "max"
	case r == Rate{}:
		return "none"
	case r.Per == time.Second:
		return fmt.Sprintf("%d/s", r.N)
	case r.Per == time.Minute:
		return fmt.Sprintf("%d/m", r.N)
	case r.Per == time.Hour:
		return fmt.Sprintf("%d/h", r.N)
	}
	return fmt.Sprintf("%d/%v", r.N, r.Per)
}

// MarshalText writes what String returns.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRate reads.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}

// PerSecond is the rate in messages per second; 0 for Max and for no rate.
func (r Rate) PerSecond() float64 {
	if r == Max || r.Per <= 0 {
		return 0
	}
	return float64(r.N) / r.Per.Seconds()
}

// Within is the number of messages that fall due in a time d from the start: message k,
// from 0, is due after k intervals, so at least one is when d > 0. Max has no bound.
func (r Rate) Within(d time.Duration) uint64 {
	switch {
	case r == Max:
		return math.MaxUint64
	case d <= 0 || r.check() != nil:
		return 0
	}
	return r.dueBy(d - 1) // what is due at d itself falls behind the end
}

// dueBy is the number of messages due at elapsed or before. The product has 128 bits, so
// that no rounding adds up; N is no more than Per, so that the quotient fits.
func (r Rate) dueBy(elapsed time.Duration) uint64 {
	if elapsed < 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(elapsed), r.N)
	q, _ := bits.Div64(hi, lo, uint64(r.Per))
	return q + 1
}

// dueAt is when message k is due, from the start: the first moment at which dueBy counts it.
func (r Rate) dueAt(k uint64) time.Duration {
	hi, lo := bits.Mul64(k, uint64(r.Per))
	if hi >= r.N {
		return math.MaxInt64
	}
	q, rest := bits.Div64(hi, lo, r.N)
	if rest > 0 {
		q++
	}
	return time.Duration(min(q, math.MaxInt64))
}
