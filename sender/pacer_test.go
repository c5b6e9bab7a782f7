package sender

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// taker is a transport that notes when messages were taken. delay is what write k takes.
type taker struct {
	delay  func(write int) time.Duration
	after  int // messages in a datagram
	at     []time.Duration
	most   int
	ragged int // writes with a datagram that is not full
	writes int
	start  time.Time
}

func (k *taker) Write(ctx context.Context, b *Batch) (int, error) {
	if k.delay != nil {
		time.Sleep(k.delay(k.writes)) // virtual: every user is in a bubble
	}
	k.writes++
	k.most = max(k.most, b.Len())
	if b.Len()%k.unit() != 0 {
		k.ragged++
	}
	for range b.Len() {
		k.at = append(k.at, time.Since(k.start))
	}
	return b.Len(), nil
}

func (k *taker) unit() int { return max(1, k.after) }

// endless is a source of one message.
func endless() Source { return NewMessages(true, []byte("<13>message")) }

// paced runs in a bubble, where time is virtual and exact.
func paced(t *testing.T, c Config, k *taker) (Report, error) {
	t.Helper()
	k.start = time.Now()
	c.Transport = k
	if c.Source == nil {
		c.Source = endless()
	}
	return Run(t.Context(), c)
}

func TestPaceIsExact(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rate     Rate
		duration time.Duration
		want     int
	}{
		{PerSecond(1), 10 * time.Second, 10},
		{PerSecond(3), 10 * time.Second, 30},
		{PerSecond(500), 10 * time.Second, 5000},
		{Rate{30000, time.Minute}, 10 * time.Second, 5000},
		{PerSecond(999), time.Minute, 999 * 60},
	} {
		t.Run(row.rate.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := &taker{}
				report, err := paced(t, Config{Rate: row.rate, Duration: row.duration}, k)
				if err != nil || len(k.at) != row.want || report.Sent != uint64(row.want) || report.Ended != EndDuration {
					t.Fatalf("%d messages in %v, report %+v, %v; want %d", len(k.at), row.duration, report, err, row.want)
				}
				for i, at := range k.at {
					if due := row.rate.dueAt(uint64(i)); at != due {
						t.Fatalf("message %d went at %v, due at %v", i, at, due)
					}
				}
				if off := report.Achieved/row.rate.PerSecond() - 1; !report.Kept || report.MaxLag != 0 || off > 1e-6 || off < -1e-6 {
					t.Errorf("achieved %v, kept %v, lag %v", report.Achieved, report.Kept, report.MaxLag)
				}
				if k.most != 1 {
					t.Errorf("%d messages at once, though each was due alone", k.most)
				}
			})
		})
	}
}

// Above 5,000 a second a batch goes every tick: never early, and at most a tick late.
func TestFastPaceGoesInSmallBatches(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []uint64{50_000, 200_000} {
		synctest.Test(t, func(t *testing.T) {
			k := &taker{}
			rate := PerSecond(perSecond)
			report, err := paced(t, Config{Rate: rate, Duration: time.Second}, k)
			if err != nil || report.Sent != perSecond || !report.Kept {
				t.Fatalf("%+v, %v", report, err)
			}
			for i, at := range k.at {
				if due := rate.dueAt(uint64(i)); at < due || at > due+tick {
					t.Fatalf("message %d of %v went at %v, due at %v", i, rate, at, due)
				}
			}
			if want := int(perSecond/5000) + 1; k.most > want || k.writes > 5001 {
				t.Errorf("%v: %d messages at once in %d writes, want at most %d in 5001", rate, k.most, k.writes, want)
			}
		})
	}
}

func TestLateWriteDoesNotDelayTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &taker{delay: func(write int) time.Duration {
			if write == 100 {
				return time.Second
			}
			return 0
		}}
		report, err := paced(t, Config{Rate: PerSecond(1000), Duration: 10 * time.Second}, k)
		if err != nil || report.Sent != 10_000 || report.Elapsed != 9999*time.Millisecond {
			t.Errorf("%d messages in %v, %v; want 10000 in 9.999s", report.Sent, report.Elapsed, err)
		}
		if last := k.at[len(k.at)-1]; last != 9999*time.Millisecond {
			t.Errorf("the last message went at %v", last)
		}
		// 1,000 messages fell due meanwhile; they go in bounded bursts.
		if k.most != batchMessages {
			t.Errorf("%d messages at once, want %d", k.most, batchMessages)
		}
		if !report.Kept || report.MaxLag != 999*time.Millisecond || report.Write.Max != time.Second {
			t.Errorf("kept %v, lag %v, slowest write %v; want true, 999ms, 1s", report.Kept, report.MaxLag, report.Write.Max)
		}
	})
}

func TestRateThatCannotBeKeptIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &taker{delay: func(int) time.Duration { return 512 * time.Millisecond }} // 256 a write: 500 a second
		report, err := paced(t, Config{Rate: PerSecond(1000), Duration: 60 * time.Second}, k)
		if err != nil || report.Ended != EndDuration {
			t.Fatalf("%+v, %v", report, err)
		}
		if report.Kept || report.Achieved < 490 || report.Achieved > 510 {
			t.Errorf("kept %v, achieved %v a second; want false, about 500", report.Kept, report.Achieved)
		}
		if report.MaxLag < 25*time.Second || report.Elapsed > 61*time.Second {
			t.Errorf("lag %v after %v; want about half the run, which ends in time", report.MaxLag, report.Elapsed)
		}
	})
}

func TestLastWriteThatHangsIsALag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &taker{delay: func(write int) time.Duration {
			if write == 9 {
				return 5 * time.Second
			}
			return 0
		}}
		report, _ := paced(t, Config{Rate: PerSecond(10), Count: 10}, k)
		if report.Kept || report.Sent != 10 || report.Ended != EndCount {
			t.Errorf("%+v; want 10 sent, by count, and the rate not kept", report)
		}
	})
}

func TestPaceOfDatagramsWithSeveralMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &taker{after: 10}
		report, err := paced(t, Config{Rate: PerSecond(100), Count: 25}, k)
		want := []time.Duration{90 * time.Millisecond, 190 * time.Millisecond, 240 * time.Millisecond}
		if err != nil || report.Sent != 25 || k.writes != 3 || k.at[0] != want[0] || k.at[10] != want[1] || k.at[20] != want[2] {
			t.Errorf("%d messages in %d writes at %v, %v; want 25 at %v", report.Sent, k.writes, k.at, err, want)
		}
	})
}

// Also when it catches up, each datagram is full.
func TestPaceKeepsDatagramsWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &taker{after: 10, delay: func(write int) time.Duration { return time.Duration(write%7) * 31 * time.Millisecond }}
		report, err := paced(t, Config{Rate: PerSecond(100), Count: 1000}, k)
		if err != nil || report.Sent != 1000 || k.ragged != 0 {
			t.Errorf("%d sent, %d writes with a datagram that is not full, %v", report.Sent, k.ragged, err)
		}
	})
}

func TestMaxIsBoundedByCountAndDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(int) time.Duration { return time.Millisecond }
		k := &taker{delay: slow}
		report, _ := paced(t, Config{Rate: Max, Count: 1000}, k)
		if report.Sent != 1000 || k.writes != 4 || report.Ended != EndCount || !report.Kept || report.Achieved != 250_000 {
			t.Errorf("count: %d writes, %+v", k.writes, report)
		}
		k = &taker{delay: slow}
		report, _ = paced(t, Config{Rate: Max, Duration: 100 * time.Millisecond}, k)
		if report.Sent != 100*batchMessages || report.Ended != EndDuration || report.Elapsed != 100*time.Millisecond {
			t.Errorf("duration: %+v", report)
		}
	})
}

// What a pipe did not bring was not late, and does not come as a burst.
func TestWaitingForTheSourceMovesTheSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		go func() {
			_, _ = w.Write([]byte("1\n2\n3\n"))
			time.Sleep(time.Hour)
			_, _ = w.Write([]byte("4\n5\n6\n"))
			_ = w.Close()
		}()
		k := &taker{}
		lines := NewLines(r, 0)
		report, err := paced(t, Config{Rate: PerSecond(10), Source: lines}, k)
		want := []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond,
			time.Hour, time.Hour + 100*time.Millisecond, time.Hour + 200*time.Millisecond}
		for i := range want {
			if len(k.at) != len(want) || k.at[i] != want[i] {
				t.Fatalf("lines went at %v, want %v", k.at, want)
			}
		}
		if err != nil || report.Ended != EndSource || !report.Kept || report.MaxLag != 0 || report.Waited != time.Hour-300*time.Millisecond {
			t.Errorf("%+v, %v", report, err)
		}
		if off := report.Achieved - 10; off > 2.6 || off < -0.1 { // one interval lies in the wait
			t.Errorf("achieved %v a second", report.Achieved)
		}
		_ = lines.Close()
	})
}

// A line goes out when it comes, also when there was room for more with it.
func TestLinesGoOutAsTheyCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		go func() {
			_, _ = w.Write([]byte("1\n"))
			time.Sleep(time.Hour)
			_, _ = w.Write([]byte("2\n"))
			_ = w.Close()
		}()
		k := &taker{}
		lines := NewLines(r, 0)
		report, err := paced(t, Config{Rate: Max, Source: lines}, k)
		if err != nil || len(k.at) != 2 || k.at[0] != 0 || k.at[1] != time.Hour || report.Waited != time.Hour {
			t.Errorf("lines went at %v, waited %v, %v; want 0s and 1h", k.at, report.Waited, err)
		}
		_ = lines.Close()
	})
}

func TestDurationEndsWaitingForTheSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		lines := NewLines(r, 0)
		report, err := paced(t, Config{Rate: Max, Source: lines, Duration: time.Minute}, &taker{})
		if err != nil || report.Ended != EndDuration || report.Sent != 0 {
			t.Errorf("%+v, %v", report, err)
		}
		_ = lines.Close()
		_ = w.Close()
	})
}

// A schedule that the source has moved still ends in time.
func TestDurationEndsAMovedSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(5*time.Second + 50*time.Millisecond)
			for ctx.Err() == nil {
				_, _ = w.Write([]byte("line\n"))
			}
		}()
		lines := NewLines(r, 0)
		k := &taker{}
		report, err := paced(t, Config{Rate: PerSecond(10), Source: lines, Duration: 10 * time.Second}, k)
		if last := k.at[len(k.at)-1]; err != nil || report.Sent != 50 || last != 9950*time.Millisecond {
			t.Errorf("%d lines, the last at %v, %v; want 50, at 9.95s", report.Sent, last, err)
		}
		cancel()
		_ = lines.Close()
	})
}
