// Package dns is a simulated DNS server that can go wrong on purpose.
//
// A test starts one, points a resolver at Addr, and looks at the record. No set-up, no fixed
// port, no privilege:
//
//	d, err := dns.Start(t.Context(), dns.Config{
//		Records: dns.Controller("corp.example", "dc1.corp.example", netip.MustParseAddr("127.0.0.1"), 88),
//	})
//	defer d.Close()
//
// d.Faults().Start makes it go wrong in one of the ways that Faults lists, until Stop.
//
// It has the records that it was given and asks no other server. It has no DNSSEC, no zone transfer,
// no update and no wildcard.
package dns

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/uidprobe/uidprobe/simulate"
)

// Server is a running DNS server. Its methods may be used concurrently, also after Close.
type Server struct {
	config    Config
	zone      zone
	record    *simulate.Record
	faults    *simulate.Effects[effects]
	addr      netip.AddrPort // both sockets, once they were bound first
	conns     conns
	datagrams chan struct{} // a place for each in work

	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	ctx     context.Context
	sockets *sockets // nil while the port is closed
}

// Start listens and serves until Close, or until ctx ends. The error reports every mistake in
// the configuration, or names the address that could not be bound.
func Start(ctx context.Context, config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulated DNS server: %w", err)
	}
	d := &Server{
		config: config, zone: newZone(config), record: simulate.NewRecord(config.History),
		datagrams: make(chan struct{}, maxDatagrams), conns: conns{open: map[net.Conn]bool{}},
	}
	d.faults = newFaults(d)
	s, err := listen(config.Address)
	if err != nil {
		return nil, fmt.Errorf("simulated DNS server: %w", err)
	}
	d.addr = s.tcp.Addr().(*net.TCPAddr).AddrPort()
	ctx, d.stop = context.WithCancel(ctx)
	d.ctx = ctx
	d.running.Go(func() {
		<-ctx.Done()
		d.closePort()
		d.conns.close()
	})
	d.serve(s)
	return d, nil
}

// serve takes sockets into use. The goroutine that waits for the end holds the WaitGroup above
// zero until then; afterwards, nothing is opened.
func (d *Server) serve(s *sockets) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil || d.sockets != nil {
		s.close()
		return
	}
	d.sockets = s
	d.running.Go(func() { d.readUDP(d.ctx, s.udp) })
	d.running.Go(func() { d.acceptTCP(d.ctx, s.tcp) })
}

func (d *Server) closePort() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sockets != nil {
		d.sockets.close()
		d.sockets = nil
	}
}

// openPort binds the port anew that closePort closed.
func (d *Server) openPort() error {
	s, err := listen(d.addr.String())
	if err != nil {
		return err
	}
	d.serve(s)
	return nil
}

// Close stops listening, closes what is connected, and returns when nothing of the server runs
// any more. Its error is always nil. It may be called more than once.
func (d *Server) Close() error {
	d.stop()
	d.running.Wait()
	return nil
}

// Addr is the address of the server, for UDP and TCP alike.
func (d *Server) Addr() netip.AddrPort { return d.addr }

// Record is the history of what the server was asked and answered; see the Kind constants.
func (d *Server) Record() *simulate.Record { return d.record }

// Wait returns when n events of a kind have happened since the start, or with the cause of
// ctx's end.
func (d *Server) Wait(ctx context.Context, kind string, n uint64) error {
	return d.record.Wait(ctx, kind, n)
}

// Faults are the switches of the server's faults.
func (d *Server) Faults() *simulate.Faults { return d.faults.Faults() }
