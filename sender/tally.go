package sender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

func (r *run) sourceEnded(err error) {
	r.report.Ended = EndSource
	if !errors.Is(err, io.EOF) {
		r.report.Ended = EndError
		r.keep(fmt.Errorf("message %d: %w", r.made+1, err))
	}
}

// wrote counts a write of which n messages were handed over, and takes them out.
func (r *run) wrote(begun time.Time, n int) {
	r.lastWrite = time.Now()
	r.writes.add(r.lastWrite.Sub(begun))
	size := r.batch.Size()
	r.batch.Drop(n)
	r.report.Bytes += uint64(size - r.batch.Size())
	r.report.Sent += uint64(n)
	if r.firstWrite.IsZero() {
		r.first, r.firstWrite, r.firstWaited = uint64(n), r.lastWrite, r.report.Waited
	}
	handled := r.made - uint64(r.batch.Len())
	unit := min(uint64(r.pacer.unit), max(handled, 1))
	r.behind = r.pacer.lag(r.lastWrite, max(handled, unit)-unit)
}

// fail counts an error of the transport and says how many messages it cost. One that the
// transport cannot go on after ends the run.
func (r *run) fail(ctx context.Context, err error) (lost int) {
	e := &Error{Kind: Other, Op: "write", Destination: r.report.Destination, Lost: r.batch.Len(), Gone: true, Err: err}
	if known := (*Error)(nil); errors.As(err, &known) {
		copied := *known
		e = &copied
	}
	if ctx.Err() != nil && (e.Kind == Timeout || e.Kind == PartialWrite) { // the end of a run's ctx is always this
		e.Kind = Interrupted
	}
	r.count(e.Kind)
	r.keep(e)
	switch {
	case e.Kind == Interrupted:
		r.report.Ended = EndInterrupted
	case e.Gone || r.config.StopOnError:
		r.report.Ended = EndError
	}
	return e.Lost
}

func (r *run) interrupted(ctx context.Context) {
	r.report.Ended = EndInterrupted
	r.count(Interrupted)
	r.keep(&Error{Kind: Interrupted, Op: "send to", Destination: r.report.Destination, Err: context.Cause(ctx)})
}

// closed closes the connection and counts what that tells.
func (r *run) closed(conn *Conn) {
	if err := conn.Close(); err != nil {
		var e *Error
		if errors.As(err, &e) {
			r.count(e.Kind)
		}
		r.keep(err)
	}
	r.report.PeerClosed = conn.PeerClosed()
}

func (r *run) count(k Kind) {
	if r.report.Errors == nil {
		r.report.Errors = map[Kind]uint64{}
	}
	r.report.Errors[k]++
}

func (r *run) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// result completes the report.
func (r *run) result() Report {
	report := r.report
	if report.Ended == "" {
		report.Ended = EndError
	}
	report.Write = r.writes.result()
	if !r.start.IsZero() {
		report.Elapsed = r.lastWrite.Sub(r.start)
	}
	report.Achieved = r.achieved()
	report.Kept = report.Sent > 0 && r.behind <= max(100*time.Millisecond, report.Elapsed/100)
	return report
}

// achieved is measured, not derived from the schedule: a pacer that runs fast would show.
func (r *run) achieved() float64 {
	over := r.lastWrite.Sub(r.firstWrite) - (r.report.Waited - r.firstWaited)
	sent := float64(r.report.Sent) - float64(r.first)
	if r.config.Rate == Max {
		over, sent = r.lastWrite.Sub(r.start)-r.report.Waited, float64(r.report.Sent)
	}
	if over <= 0 || sent <= 0 {
		return 0
	}
	return sent / over.Seconds()
}
