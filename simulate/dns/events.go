package dns

import "github.com/uidprobe/uidprobe/simulate"

// The kinds of events in the record.
const (
	// KindQuery is a question that was read: transport, source, name, type.
	KindQuery = "query"
	// KindAnswer is what was sent for it: transport, source, name, type, records (how many), and
	// result: the response code, or "none" where a fault kept silent, "garbage" where it sent
	// that; and truncated or other-id, where they are so.
	KindAnswer = "answer"
	// KindDiscarded is bytes that were no question: transport, source, size, reason.
	KindDiscarded = "discarded"
	// KindConnection is a TCP connection that was accepted: source.
	KindConnection = "connection"
	// KindFaultStarted is a fault switched on: fault, params.
	KindFaultStarted = simulate.KindFaultStarted
	// KindFaultStopped is a fault switched off: fault; with error, what it could not undo.
	KindFaultStopped = simulate.KindFaultStopped
)

// note puts an event into the record and into the log.
func (d *Server) note(kind string, fields map[string]any) {
	d.config.Log.Debug(kind, "event", fields)
	d.record.Add(kind, fields)
}
