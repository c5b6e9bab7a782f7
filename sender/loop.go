package sender

import (
	"context"
	"time"
)

func (r *run) loop(ctx context.Context) {
	r.end = limit(r.config.Rate, r.config.Count, r.config.Duration)
	r.start = time.Now()
	r.lastWrite = r.start
	r.pacer = pacer{rate: r.config.Rate, start: r.start, burst: batchMessages, unit: 1}
	if t, ok := r.transport.(interface{ unit() int }); ok {
		r.pacer.unit = max(1, t.unit())
		r.pacer.burst = max(r.pacer.unit, batchMessages-batchMessages%r.pacer.unit)
	}
	r.timer = time.NewTimer(0)
	defer r.timer.Stop()
	for r.report.Ended == "" {
		r.round(ctx)
	}
}

// round sends one batch, or waits until one is due.
func (r *run) round(ctx context.Context) {
	if !r.await(ctx) {
		return
	}
	now := time.Now()
	left := r.end - r.made
	pacer := r.pacer
	pacer.unit = int(max(1, min(uint64(pacer.unit), left))) // the last datagram may hold fewer
	switch {
	case ctx.Err() != nil:
		r.interrupted(ctx)
		return
	case left == 0 || r.outOfTime(now, pacer):
		r.report.Ended = r.limitReached()
		return
	}
	n, wait := pacer.due(now, r.made)
	if n == 0 {
		r.sleep(ctx, wait)
		return
	}
	r.report.MaxLag = max(r.report.MaxLag, pacer.lag(now, r.made))
	sourceEnd := r.fill(int(min(uint64(n), left)))
	if r.batch.Len() > 0 {
		r.made += uint64(r.batch.Len())
		r.write(ctx)
	}
	if sourceEnd != nil && r.report.Ended == "" {
		r.sourceEnded(sourceEnd)
	}
}

// outOfTime says whether the duration is over, but for messages that fell due just before:
// they would be missing for no other reason than that the clock is looked at now and then.
func (r *run) outOfTime(now time.Time, p pacer) bool {
	end := r.start.Add(r.config.Duration)
	if r.config.Duration == 0 || now.Before(end) {
		return false
	}
	due := p.start.Add(p.at(r.made))
	return p.rate == Max || due.Before(end.Add(-lastMoment)) || !due.Before(end)
}

const lastMoment = 10 * time.Millisecond

// limitReached tells the two limits apart.
func (r *run) limitReached() Ended {
	if r.config.Count > 0 && r.made == r.config.Count {
		return EndCount
	}
	return EndDuration
}

// await waits for a source that has nothing yet. What it did not have was not late.
func (r *run) await(ctx context.Context) bool {
	w, ok := r.config.Source.(Waiter)
	if !ok || r.made == r.end || w.Ready() {
		return true
	}
	limited, cancel := ctx, func() {}
	if r.config.Duration > 0 {
		limited, cancel = context.WithDeadline(ctx, r.start.Add(r.config.Duration))
	}
	defer cancel()
	begun := time.Now()
	err := w.Wait(limited)
	switch {
	case ctx.Err() != nil:
		r.interrupted(ctx)
		return false
	case err != nil:
		r.report.Ended = EndDuration
		return false
	}
	now := time.Now()
	waited := r.pacer.forgive(now, r.made)
	if r.config.Rate == Max {
		waited = now.Sub(begun)
	}
	r.report.Waited += waited
	return true
}

// fill makes a batch of up to n messages. A source that would have to wait ends it early.
func (r *run) fill(n int) error {
	r.batch.Reset()
	w, waits := r.config.Source.(Waiter)
	for r.batch.Len() < n && (r.batch.Size() < batchBytes || r.batch.Len()%r.pacer.unit != 0) {
		if waits && r.batch.Len() > 0 && !w.Ready() {
			return nil
		}
		if err := r.batch.Append(r.config.Source); err != nil {
			return err
		}
	}
	return nil
}

// write hands the batch over, without what cannot be.
func (r *run) write(ctx context.Context) {
	for r.batch.Len() > 0 {
		begun := time.Now()
		n, err := r.transport.Write(ctx, &r.batch)
		r.wrote(begun, n)
		if err == nil {
			return
		}
		r.leaveOut(r.fail(ctx, err), err)
	}
}

// leaveOut takes the messages out that a write did not hand over: those of one datagram, or
// all when the run is over.
func (r *run) leaveOut(lost int, err error) {
	if lost = min(max(lost, 1), r.batch.Len()); r.report.Ended != "" {
		lost = r.batch.Len()
	}
	if lost == 0 {
		return
	}
	if r.config.OnFail != nil {
		r.config.OnFail(r.made-uint64(r.batch.Len()), lost, err)
	}
	r.report.Failed += uint64(lost)
	r.batch.Drop(lost)
}

// sleep waits, but not beyond the duration or ctx.
func (r *run) sleep(ctx context.Context, d time.Duration) {
	if r.config.Duration > 0 {
		d = min(d, time.Until(r.start.Add(r.config.Duration)))
	}
	r.timer.Reset(d)
	select {
	case <-r.timer.C:
	case <-ctx.Done():
	}
}
