package dc

import "github.com/uidprobe/uidprobe/simulate"

// The kinds of events in the record. No event holds a password, a key or a ticket.
const (
	// KindRequest is a request that was read: transport, source, type (AS or TGS), client,
	// service, etypes, proof (whether it carries an encrypted timestamp), canonicalize.
	KindRequest = "request"
	// KindAnswer is what was sent for it: transport, source, type, client, service, and result: "ticket",
	// "none" where a fault kept silent, or the error's symbol; with an error also code and, if
	// there was one, ntstatus.
	KindAnswer = "answer"
	// KindDiscarded is bytes that were no request: transport, source, size, reason.
	KindDiscarded = "discarded"
	// KindBadPassword is a wrong password: account, count.
	KindBadPassword = "bad-password"
	// KindLocked is an account that its last bad password locked: account.
	KindLocked = "locked"
	// KindConnection is a TCP connection that was accepted: source.
	KindConnection = "connection"
	// KindWinRMConnection is a connection that WinRM accepted: transport (http or https), source.
	KindWinRMConnection = "winrm-connection"
	// KindWinRMAnswer is a request of HTTP with its answer: transport, source, scheme (of Authorization) and status,
	// which is 0 for silence. Where it came so far also account, bound (whether the log-in came with channel
	// bindings), sealed, operation, query, fault; and reason and failure where it was not taken.
	KindWinRMAnswer = "winrm-answer"
	// KindWinRMDiscarded is bytes that were no request, or no TLS: transport, source, reason.
	KindWinRMDiscarded = "winrm-discarded"
	// KindFaultStarted is a fault switched on: fault, params.
	KindFaultStarted = simulate.KindFaultStarted
	// KindFaultStopped is a fault switched off: fault; with error, what it could not undo.
	KindFaultStopped = simulate.KindFaultStopped
)

// note puts an event into the record and into the log.
func (dc *DC) note(kind string, fields map[string]any) {
	dc.config.Log.Debug(kind, "event", fields)
	dc.record.Add(kind, fields)
}
