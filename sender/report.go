package sender

import (
	"net/netip"
	"time"
)

// Ended is why a run came to its end.
type Ended string

// The ends.
const (
	EndCount       Ended = "count"       // Config.Count messages were made
	EndDuration    Ended = "duration"    // Config.Duration was over
	EndSource      Ended = "source"      // the source had no more
	EndInterrupted Ended = "interrupted" // ctx ended
	EndError       Ended = "error"       // the transport or the source failed
)

// Report is what a run came to. It is plain data; also that of a run that failed is true.
type Report struct {
	Destination string         `json:"destination"`
	Local       netip.AddrPort `json:"local"`  // what the messages came from
	Remote      netip.AddrPort `json:"remote"` // the address behind Destination
	Ended       Ended          `json:"ended"`

	Sent   uint64 `json:"sent"`   // messages handed to the kernel whole
	Bytes  uint64 `json:"bytes"`  // of those, without framing
	Failed uint64 `json:"failed"` // messages made and not handed over

	Elapsed time.Duration `json:"elapsed_ns"` // from the first message due to the last write's end
	Waited  time.Duration `json:"waited_ns"`  // of that, for a source that had nothing; it does not count against the rate
	Asked   Rate          `json:"asked"`
	// Achieved is in messages per second: of those after the first write, in the time
	// between first and last. 0 says that a paced run had too few writes to tell.
	Achieved float64 `json:"achieved_per_second"`
	// Kept says whether the rate was kept: at the end the run was no more than 100 ms, or
	// 1 % of its time, behind. MaxLag is the most it was behind at any write.
	Kept   bool          `json:"kept"`
	MaxLag time.Duration `json:"max_lag_ns"`

	Write  Latency         `json:"write"`
	Errors map[Kind]uint64 `json:"errors,omitempty"` // failed writes, and what Close told; nil if none
	// PeerClosed says that the peer of a stream closed it first: it may not have read all.
	PeerClosed bool      `json:"peer_closed,omitempty"`
	TLS        *TLSState `json:"tls,omitempty"` // nil without TLS
}
