package firewall

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// backgroundText is a message that no profile should read: it names no address.
const backgroundText = "<13>simulated background traffic of another program at the sender's address"

// traffic is what a running background-traffic fault makes.
type traffic struct {
	sender *sender
	rate   float64 // messages per second
}

// background makes the messages of the background-traffic fault in a goroutine of the
// firewall's, which sleeps while the fault is off.
type background struct {
	fw   *Firewall
	wake chan struct{} // holds one: what is on may have changed

	// mu is held while a message is made, so that none is made after changed has returned.
	mu sync.Mutex
}

func newBackground(fw *Firewall) *background {
	return &background{fw: fw, wake: make(chan struct{}, 1)}
}

// changed is called when other faults are in effect.
func (b *background) changed() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
	b.mu.Lock() // wait for the message that is being made
	defer b.mu.Unlock()
}

func (b *background) run(ctx context.Context) {
	for {
		t := b.fw.faults.Now().background
		if t == nil {
			select {
			case <-b.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		if b.pace(ctx, t) != nil {
			return
		}
	}
}

// pace makes messages until another traffic is asked for. Each is due by what has elapsed
// since the start, so that a late one does not delay the others.
func (b *background) pace(ctx context.Context, t *traffic) error {
	started := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for made := 0; ; {
		select {
		case <-timer.C:
		case <-b.wake:
			if b.fw.faults.Now().background != t {
				return nil
			}
			continue
		case <-ctx.Done():
			return ctx.Err()
		}
		if !b.make(t) {
			return nil
		}
		made++
		due := started.Add(time.Duration(float64(made) / t.rate * float64(time.Second)))
		timer.Reset(time.Until(due))
	}
}

// make makes one message if the fault is still on.
func (b *background) make(t *traffic) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fw.faults.Now().background != t {
		return false
	}
	b.fw.take(arrival{
		piece:     piece{text: []byte(backgroundText), size: len(backgroundText)},
		source:    netip.AddrPortFrom(t.sender.Address, 0),
		transport: t.sender.Connection,
		fault:     FaultBackgroundTraffic,
	})
	return true
}
