package firewall

import (
	"net/netip"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// effects is what the faults that are on do: one field for each. Fields that are pointers
// belong to one start of their fault, and are nil while it is off.
type effects struct {
	disabled     []panos.ConnectionType
	notPermitted bool
	noProfile    string // a sender's name
	wrongEvent   string // a sender's name
	expired      bool
	apiRefused   bool
	apiDelay     *time.Duration
	loss         *loss
	reset        *resetting
	background   *traffic
}

// service is what the firewall says of a listener.
func (e *effects) service(transport panos.ConnectionType) panos.ListenerService {
	for _, t := range e.disabled {
		if t == transport {
			return panos.ServiceDisabled
		}
	}
	return panos.ServiceEnabled
}

// refuses says why a listener takes nothing at present; empty if it does.
func (e *effects) refuses(transport panos.ConnectionType) (reason string) {
	switch {
	case e.service(transport) == panos.ServiceDisabled:
		return FaultServiceDisabled
	case e.notPermitted:
		return FaultSourceNotPermitted
	}
	return ""
}

// loses says why a datagram of this source is not received; empty if it is.
func (e *effects) loses(source netip.Addr) (reason string) {
	if reason = e.refuses(panos.UDP); reason != "" {
		return reason
	}
	if e.loss.next(source) {
		return FaultUDPLoss
	}
	return ""
}

// loss drops every so manieth datagram of each source.
type loss struct {
	every uint64

	mu   sync.Mutex // guards seen
	seen map[netip.Addr]uint64
}

// maxLossSources bounds the sources that are told apart; beyond, they count as one.
const maxLossSources = 1024

// next says whether this datagram is lost. A nil loss loses none.
func (l *loss) next(source netip.Addr) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.seen[source]; !known && len(l.seen) >= maxLossSources {
		source = netip.Addr{}
	}
	l.seen[source]++
	return l.seen[source]%l.every == 0
}

// resetting puts the counters of a sender to zero once. It is used under the firewall's
// lock.
type resetting struct {
	sender string
	left   uint64 // messages until then; 0 when it has happened
}

// due counts a message that matched a login and says whether the counters fall now. A nil
// resetting never does.
func (r *resetting) due(sender string) bool {
	if r == nil || r.sender != sender || r.left == 0 {
		return false
	}
	r.left--
	return r.left == 0
}
