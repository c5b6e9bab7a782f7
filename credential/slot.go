package credential

import (
	"context"
	"crypto/sha256"
	"sync"
)

// slot is what this run knows of one account at one authority.
type slot struct {
	turn chan struct{} // holds one element while somebody has the turn

	mu    sync.Mutex // guards what follows
	known map[fingerprint]knowledge
}

type fingerprint [sha256.Size]byte

// knowledge is what this run knows of one password. The zero value: nothing.
type knowledge struct {
	accepted bool          // by a server, while this run was there to see
	refused  *RefusedError // used no more, and why
	salt     string        // of sum, and its rounds
	rounds   int
	sum      []byte // the slow hash, so that it is made once a run
}

// enter waits for the turn. Whoever has it leaves.
func (s *slot) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // select would choose at random
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *slot) leave() { <-s.turn }

func (s *slot) get(print fingerprint) knowledge {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[print]
}

// update changes what is known, and returns it.
func (s *slot) update(print fingerprint, change func(*knowledge)) knowledge {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.known[print]
	change(&k)
	s.known[print] = k
	return k
}
