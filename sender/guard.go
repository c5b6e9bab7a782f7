package sender

import (
	"context"
	"net"
	"sync"
	"time"
)

// guard ends a write when its time is up or its context ends.
type guard struct {
	conn net.Conn

	mu   sync.Mutex // guards turn, and the deadline while a context may set it
	turn uint64     // odd during a write
}

// enter begins a write; leave ends it.
//
// Subtle: the function that the context's end calls may still be on its way when the write
// is over and the next one, of another context, has begun: a clean-up after Ctrl-C does
// that. It must not end that one, hence the turn.
func (g *guard) enter(ctx context.Context, timeout time.Duration) (leave func()) {
	g.mu.Lock()
	g.turn++
	turn := g.turn
	_ = g.conn.SetWriteDeadline(time.Now().Add(timeout))
	g.mu.Unlock()
	stop := func() bool { return true }
	if ctx.Done() != nil {
		stop = context.AfterFunc(ctx, func() { g.interrupt(turn) })
	}
	return func() {
		stop()
		g.mu.Lock()
		g.turn++
		g.mu.Unlock()
	}
}

func (g *guard) interrupt(turn uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turn == turn {
		_ = g.conn.SetWriteDeadline(time.Unix(1, 0))
	}
}
