package sender

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Config says what Run sends, where to and how fast.
type Config struct {
	// Connection is dialled and closed by Run, unless Transport is given, which is left open.
	Connection Connection
	Transport  Transport

	Source   Source
	Rate     Rate
	Count    uint64        // messages at most; 0 is no bound
	Duration time.Duration // from the first message; 0 is no bound

	// StopOnError ends the run with the first write that fails. Without it a datagram that
	// could not be sent is left out and counted, and the run goes on with the next one. A
	// stream that failed is always the end.
	StopOnError bool
	// OnFail is called, if not nil, for messages that were not handed over: n of them from
	// message first on, counted from 0 in the order in which the source made them.
	OnFail func(first uint64, n int, err error)
}

// What goes into one batch at most: one write of a stream, one round of datagrams.
const (
	batchMessages = 256
	batchBytes    = 64 << 10
)

// Run sends until the count, the duration, the source or ctx ends, or the transport fails.
// It is an open loop: messages go when they are due and wait for no answer; when they
// cannot, the report says so.
//
// The report is always what was done. The error is the first *Error that was met, also if
// the run went on after it; an *Error of kind Interrupted if ctx ended it; what the source
// failed with, wrapped; or plain when c itself is wrong.
func Run(ctx context.Context, c Config) (Report, error) {
	if err := c.check(); err != nil {
		return Report{}, err
	}
	r := &run{config: c, transport: c.Transport, report: Report{Asked: c.Rate}}
	if r.transport == nil {
		r.report.Destination = c.Connection.To.String()
		conn, err := Dial(ctx, c.Connection)
		if err != nil {
			r.fail(ctx, err)
			return r.result(), r.err
		}
		r.transport = conn
		defer conn.Close()
	}
	conn, isConn := r.transport.(*Conn)
	if isConn {
		r.report.Destination = conn.config.To.String()
		r.report.Local, r.report.Remote, r.report.TLS = conn.local, conn.remote, conn.tls
	}
	r.loop(ctx)
	if isConn && c.Transport == nil {
		r.closed(conn)
	}
	return r.result(), r.err
}

func (c Config) check() error {
	switch {
	case c.Source == nil:
		return errors.New("nothing to send: no source")
	case c.Duration < 0:
		return fmt.Errorf("duration %v is below 0", c.Duration)
	}
	if err := c.Rate.check(); err != nil {
		return fmt.Errorf("rate %v: %w", c.Rate, err)
	}
	if c.Transport == nil {
		_, err := c.Connection.withDefaults()
		return err
	}
	return nil
}

// run is one run under way.
type run struct {
	config    Config
	transport Transport
	pacer     pacer
	timer     *time.Timer
	batch     Batch

	end    uint64 // number of messages to make
	made   uint64
	writes histogram
	report Report
	err    error // the first

	start, lastWrite time.Time
	first            uint64        // messages of the first write
	firstWrite       time.Time     // when it ended
	firstWaited      time.Duration // what was waited until then
	behind           time.Duration // at the end of the last write
}
