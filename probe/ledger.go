package probe

import (
	"fmt"
	"slices"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// counters are the two counters of a sender entry that a message can move.
type counters struct {
	log  uint64 // number of log messages
	auth uint64 // number of auth. success messages
}

func countersOf(s panos.SenderState) counters { return counters{s.LogMessages, s.AuthSuccess} }

func (c counters) String() string {
	return fmt.Sprintf("log messages %d, auth. success messages %d", c.log, c.auth)
}

// background is what moves the counters without us, in messages a second.
type background struct {
	log, auth float64
}

// ledger is what one delivery can be judged by. Counters are bounds: they may be moved by
// others, or reset. A mapping is a proof: no other run makes that user at that address.
type ledger struct {
	sent          int
	mapped        int // with the right user
	misnamed      int // with another user at our address
	before, after counters
	elapsed       time.Duration // between the two readings
	background    background
	shared        bool // others are known to send from the same address
	// fell says that a counter was seen to go down between two readings.
	fell bool
}

// known is a number of messages that could be told, or the reason why not.
type known struct {
	low, high int  // the bounds that are certain; equal if the number is known
	reset     bool // the counters contradict the mappings, or fell
	surplus   bool // they rose by more than was sent, and nobody else is known to send
}

func (k known) exact() bool { return !k.reset && !k.surplus && k.low == k.high }

// received bounds how many of our messages the firewall counted as log messages.
func (l ledger) received() known {
	return l.bound(l.before.log, l.after.log, l.background.log, l.sent, l.mapped+l.misnamed)
}

// authenticated bounds how many of our messages it counted as auth. success.
func (l ledger) authenticated() known {
	return l.bound(l.before.auth, l.after.auth, l.background.auth, l.sent, l.mapped+l.misnamed)
}

// bound tells how many of sent messages a counter has seen, of which proved made
// mappings.
func (l ledger) bound(before, after uint64, background float64, sent, proved int) known {
	if l.fell || after < before || after-before < uint64(proved) {
		// A mapping proves a message that the counter does not show: it was set back.
		return known{low: proved, high: sent, reset: true}
	}
	rise := after - before
	if background == 0 && !l.shared {
		if rise > uint64(sent) {
			return known{low: proved, high: sent, surplus: true}
		}
		return known{low: int(rise), high: int(rise)}
	}
	// Some of the rise may be others', all of it at the most: what is missing is missing
	// for certain, what is there may be theirs.
	return known{low: proved, high: int(min(rise, uint64(sent)))}
}

// latency is the time from message to mapping.
type latency struct {
	min, median, max time.Duration
}

func latencyOf(times []time.Duration) (latency, bool) {
	if len(times) == 0 {
		return latency{}, false
	}
	slices.Sort(times)
	middle := times[len(times)/2]
	if len(times)%2 == 0 {
		middle = (times[len(times)/2-1] + middle) / 2
	}
	return latency{times[0], middle, times[len(times)-1]}, true
}
