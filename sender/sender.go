// Package sender puts syslog messages on the wire, at a rate.
//
// A Source makes messages, a Batch holds some of them, a Transport hands a batch to the
// kernel, and Run does it by the clock and reports. It tests and does not use: one
// connection to one address, nothing is sent twice, and nothing falls back to something
// else without a word.
package sender

import "context"

// Source makes messages. It need not be safe for concurrent use: Run calls it from one
// goroutine.
type Source interface {
	// Append appends the next message, without framing, and returns the longer slice.
	// The error is io.EOF when there are no more; dst is then returned as it was.
	Append(dst []byte) ([]byte, error)
}

// Waiter is what a Source also is whose next message may be long in coming, such as one
// that reads a pipe.
type Waiter interface {
	Ready() bool                    // whether Append returns at once
	Wait(ctx context.Context) error // returns once Ready, or with the cause of ctx's end
}

// Transport hands batches to the kernel.
type Transport interface {
	// Write hands over the messages of b in order, n of them whole. n is short only with
	// an error, which then is about message n and is an *Error if the transport can tell
	// its kind. Handed over is not delivered: a datagram may be lost and a stream may be
	// reset with messages still in its buffers.
	Write(ctx context.Context, b *Batch) (n int, err error)
}
