package firewall

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/uidprobe/uidprobe/panos"
)

const (
	// maxDatagram is more than UDP carries over IPv4 or IPv6, so that none is cut (on
	// Windows a short buffer is an error).
	maxDatagram = 64 << 10
	// receiveBuffer is what the kernel is asked for; it may give less.
	receiveBuffer = 8 << 20
	// queueBytes and queueLength bound what is read and not yet looked at.
	queueBytes  = 32 << 20
	queueLength = 1 << 16
	// maxReadErrors is how many reads in a row may go wrong before the listener gives up.
	maxReadErrors = 100
)

func listenUDP(address string) (*net.UDPConn, error) {
	network, address, err := bind("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	udp := conn.(*net.UDPConn)
	// Best effort: with a small buffer the listener works as well, it only loses bursts earlier.
	_ = udp.SetReadBuffer(receiveBuffer)
	return udp, nil
}

// queue holds datagrams between the goroutine that reads the socket, and does nothing
// else, and the one that looks at them: profiles cost more time than a kernel buffer bridges.
type queue struct {
	datagrams chan datagram
	bytes     atomic.Int64
}

type datagram struct {
	source netip.AddrPort
	data   []byte
}

func newQueue() *queue { return &queue{datagrams: make(chan datagram, queueLength)} }

// put says whether there was room.
func (q *queue) put(d datagram) bool {
	if q.bytes.Add(int64(len(d.data))) > queueBytes {
		q.bytes.Add(-int64(len(d.data)))
		return false
	}
	select {
	case q.datagrams <- d:
		return true
	default:
		q.bytes.Add(-int64(len(d.data)))
		return false
	}
}

func (fw *Firewall) readUDP(ctx context.Context, q *queue) {
	buffer := make([]byte, maxDatagram)
	for bad := 0; ctx.Err() == nil && bad < maxReadErrors; {
		n, source, err := fw.udp.ReadFromUDPAddrPort(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			bad++
			fw.config.Log.Warn("read datagram", "error", err)
			continue
		}
		bad = 0
		source = netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
		reason := fw.loses(fw.faults.Now(), source.Addr())
		if reason == "" && !q.put(datagram{source, bytes.Clone(buffer[:n])}) {
			reason = "the queue is full"
		}
		if reason != "" {
			fw.note(KindDiscarded, map[string]any{
				"source": source.String(), "transport": string(panos.UDP), "size": n, "reason": reason,
			})
		}
	}
}

func (fw *Firewall) takeUDP(ctx context.Context, q *queue) {
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-q.datagrams:
			q.bytes.Add(-int64(len(d.data)))
			for p := range fw.rules.datagram(d.data) {
				fw.take(arrival{piece: p, source: d.source, transport: panos.UDP})
			}
		}
	}
}
