package dc

import (
	"crypto/sha256"
	"sync"
	"time"
)

// replays remembers the authenticators of TGS requests while their time is in bounds, RFC 4120
// section 3.2.3.
type replays struct {
	mu   sync.Mutex // guards seen
	seen map[[sha256.Size]byte]time.Time
}

// maxReplays bounds the memory; past it, the cache starts again.
const maxReplays = 50_000

func (r *replays) again(authenticator []byte, now time.Time, window time.Duration) bool {
	key := sha256.Sum256(authenticator)
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, ok := r.seen[key]; ok && now.Sub(at).Abs() <= 2*window {
		return true
	}
	if r.seen == nil || len(r.seen) >= maxReplays {
		r.seen = map[[sha256.Size]byte]time.Time{}
	}
	r.seen[key] = now
	return false
}
