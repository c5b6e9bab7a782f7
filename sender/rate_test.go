package sender

import (
	"math"
	"testing"
	"time"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in        string
		want      Rate
		perSecond float64
	}{
		{"500/s", Rate{500, time.Second}, 500},
		{"30000/m", Rate{30000, time.Minute}, 500},
		{"36/h", Rate{36, time.Hour}, 0.01},
		{"1000000000/s", Rate{1e9, time.Second}, 1e9},
		{"max", Max, 0},
	} {
		got, err := ParseRate(row.in)
		if got != row.want || err != nil || got.PerSecond() != row.perSecond || got.String() != row.in {
			t.Errorf("ParseRate(%q) = %v (%v a second), %v; want %v (%v)", row.in, got, got.PerSecond(), err, row.want, row.perSecond)
		}
		var read Rate
		text, _ := got.MarshalText()
		if err := read.UnmarshalText(text); err != nil || read != got {
			t.Errorf("%v reads back as %v, %v", got, read, err)
		}
	}
	const form = `: want messages per second, minute or hour, such as 500/s, 30000/m or 10/h, or max`
	for _, row := range []struct{ in, want string }{
		{"500", `rate "500"` + form},
		{"", `rate ""` + form},
		{"500/d", `rate "500/d"` + form},
		{"-1/s", `rate "-1/s"` + form},
		{"0.5/s", `rate "0.5/s"` + form},
		{"500/s/s", `rate "500/s/s"` + form},
		{"0/s", `rate "0/s": nothing would be sent`},
		{"1000000001/s", `rate "1000000001/s": more than 1000000000 messages a second; max is as fast as it goes`},
	} {
		if got, err := ParseRate(row.in); err == nil || err.Error() != row.want {
			t.Errorf("ParseRate(%q) = %v, %v\nwant %s", row.in, got, err, row.want)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	f.Add("500/s")
	f.Add("18446744073709551615/h")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err != nil {
			return
		}
		if again, err := ParseRate(r.String()); err != nil || again != r {
			t.Errorf("%q is %v, which reads back as %v, %v", s, r, again, err)
		}
	})
}

// Message k is due at k/rate, not a nanosecond before, and no rounding adds up.
func TestRateSchedule(t *testing.T) {
	t.Parallel()
	for _, r := range []Rate{{1, time.Second}, {3, time.Second}, {7, time.Minute}, {30001, time.Minute}, {999_999_937, time.Second}, {1, time.Hour}} {
		for _, k := range []uint64{0, 1, 2, 3, 1000, 86400*365*uint64(r.N)/uint64(r.Per/time.Second) + 1} {
			at := r.dueAt(k)
			if got := r.dueBy(at); got != k+1 && r.N < 1e8 {
				t.Errorf("%v: %d messages due by %v, when message %d is due", r, got, at, k)
			}
			if got := r.dueBy(at - 1); k > 0 && got > k {
				t.Errorf("%v: %d messages due just before message %d", r, got, k)
			}
		}
		if whole := r.dueAt(r.N * 1000); whole != 1000*r.Per {
			t.Errorf("%v: message %d is due at %v, want %v", r, r.N*1000, whole, 1000*r.Per)
		}
	}
	if at := PerSecond(1).dueAt(math.MaxUint64); at != math.MaxInt64 {
		t.Errorf("a message beyond all time is due at %v", at)
	}
}

func TestRateWithin(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rate Rate
		d    time.Duration
		want uint64
	}{
		{PerSecond(500), 10 * time.Second, 5000},
		{PerSecond(500), 10*time.Second + 1, 5001},
		{PerSecond(3), time.Second, 3},
		{PerSecond(1), time.Millisecond, 1},
		{Rate{30000, time.Minute}, 2 * time.Second, 1000},
		{PerSecond(1), 0, 0},
		{Rate{}, time.Second, 0},
		{Max, time.Second, math.MaxUint64},
	} {
		if got := row.rate.Within(row.d); got != row.want {
			t.Errorf("%v within %v: %d, want %d", row.rate, row.d, got, row.want)
		}
	}
}
