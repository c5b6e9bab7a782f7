package firewall

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// effects is what the faults that are on do: one field for each. Fields that are pointers
// belong to one start of their fault, and are nil while it is off.
type effects struct {
	disabled       []panos.ConnectionType
	shutOut        Interface // where the listeners are taken to be, and nobody is permitted
	noProfile      string    // a sender's name
	wrongEvent     string    // a sender's name
	logoutsMap     string    // a sender's name
	strayMaps      bool
	entryDisabled  string // a sender's name
	wrongTransport string // a sender's name
	moved          moved
	overridden     *overridden
	ignored        string // what the names of the users begin with, without a domain
	excluded       []Network
	passive        bool
	clockOff       time.Duration
	dataplaneDelay *time.Duration
	mappingLife    *time.Duration
	race           *race
	expired        bool
	apiRefused     bool
	apiDelay       *time.Duration
	loss           *loss
	reset          *resetting
	background     *traffic
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

// ignores says whether a user, named without a domain, is among the ignored.
func (e *effects) ignores(name string) bool {
	n := len(e.ignored)
	return n > 0 && len(name) >= n && strings.EqualFold(name[:n], e.ignored)
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
