package sender

import (
	"math"
	"time"
)

// pacer says how many messages are to go out now. It computes that from the time elapsed
// and the messages sent, so that one that is late does not make all others late.
type pacer struct {
	rate  Rate
	start time.Time // when message 0 was due
	burst int       // the most messages at once
	unit  int       // messages that can only go together, in one datagram
}

// tick is the shortest sleep. Shorter ones would cost more in timers than the evenness is
// worth: at 200,000 messages a second a tick is 40 datagrams, and the default receive
// buffer of Linux (208 KiB, 768 bytes for a small datagram) holds about 270: computed, not
// measured.
const tick = 200 * time.Microsecond

// due returns how many messages to send at now when done were sent before, and if that is
// none, how long to wait before asking again.
func (p *pacer) due(now time.Time, done uint64) (n int, wait time.Duration) {
	if p.rate == Max {
		return p.burst, 0
	}
	elapsed := now.Sub(p.start)
	backlog := p.rate.dueBy(elapsed) - min(done, p.rate.dueBy(elapsed))
	if backlog >= uint64(p.unit) {
		n = int(min(backlog, uint64(p.burst)))
		return n - n%p.unit, 0
	}
	wait = p.at(done) - elapsed
	if p.rate.dueAt(1) < tick {
		wait = max(wait, tick)
	}
	return 0, wait
}

// at is when the unit that begins with message k can go, from the start.
func (p *pacer) at(k uint64) time.Duration { return p.rate.dueAt(k + uint64(p.unit) - 1) }

// lag is how much later than it should a unit goes that begins with message k at now.
func (p *pacer) lag(now time.Time, k uint64) time.Duration {
	if p.rate == Max {
		return 0
	}
	return max(0, now.Sub(p.start)-p.at(k))
}

// forgive moves the schedule so that message k is due at now, if it was due before: what
// was not there to be sent was not late. It returns by how much.
func (p *pacer) forgive(now time.Time, k uint64) time.Duration {
	late := p.lag(now, k)
	p.start = p.start.Add(late)
	return late
}

// limit is the number of messages to send: count, or what the rate makes of duration,
// whichever is less. Zero is no bound.
func limit(r Rate, count uint64, duration time.Duration) uint64 {
	n := uint64(math.MaxUint64)
	if count > 0 {
		n = count
	}
	if duration > 0 {
		n = min(n, r.Within(duration))
	}
	return n
}
