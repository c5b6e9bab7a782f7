// Package dc is a simulated domain controller: a Kerberos KDC with the rules of Active
// Directory, with WinRM and a security log behind it if wanted, that can go wrong on purpose.
//
// A test starts one, points a Kerberos client at Addr or at the krb5.conf of ClientConfig, and
// looks at the record. No set-up, no fixed port, no privilege:
//
//	d, err := dc.Start(t.Context(), dc.Config{
//		Accounts: []dc.Account{{Name: "svc-userid", Password: credential.New(password)}},
//		Services: []string{"HTTP/dc1.corp.example"},
//	})
//	defer d.Close()
//
// d.Faults().Start makes it go wrong in one of the ways that Faults lists, until Stop.
//
// Config.WinRM adds WS-Management over HTTP and HTTPS: Negotiate, Kerberos and Basic, sealed bodies, and queries in a part of
// WQL over a security log in which the KDC's own tickets are.
//
// It has no PAC, no FAST, no PKINIT, no password change, no delegation and no renewal of tickets, and
// keys of AES alone. What is inferred, because no document says it, is marked so where it is.
package dc

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/simulate"
)

// DC is a running domain controller. Its methods may be used concurrently, also after Close.
type DC struct {
	config    Config
	directory *directory
	record    *simulate.Record
	faults    *simulate.Effects[effects]
	replays   replays
	addr      string // both sockets, once they were bound first
	conns     conns
	datagrams chan struct{} // a place for each in work
	winrm     *winrm        // nil if there is none

	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	ctx     context.Context
	sockets *sockets // nil while the port is closed
}

// Start listens and serves until Close, or until ctx ends. The error reports every mistake in
// the configuration, or names the address that could not be bound.
func Start(ctx context.Context, config Config) (*DC, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulated domain controller: %w", err)
	}
	dc := &DC{
		config: config, record: simulate.NewRecord(config.History),
		datagrams: make(chan struct{}, maxDatagrams), conns: conns{open: map[net.Conn]bool{}},
	}
	if dc.directory, err = newDirectory(config); err != nil {
		return nil, fmt.Errorf("simulated domain controller: %w", err)
	}
	dc.faults = newFaults(dc)
	s, err := listen(config.Address)
	if err != nil {
		return nil, fmt.Errorf("simulated domain controller: %w", err)
	}
	dc.addr = s.tcp.Addr().String()
	if config.WinRM != nil {
		if dc.winrm, err = startWinRM(dc); err != nil {
			s.close()
			return nil, fmt.Errorf("simulated domain controller: %w", err)
		}
	}
	ctx, dc.stop = context.WithCancel(ctx)
	dc.ctx = ctx
	dc.running.Go(func() {
		<-ctx.Done()
		dc.closePort()
		if dc.winrm != nil {
			dc.winrm.close()
		}
		dc.conns.close()
	})
	dc.serve(s)
	if dc.winrm != nil {
		dc.winrm.serve()
	}
	return dc, nil
}

// serve takes sockets into use. The goroutine that waits for the end holds the WaitGroup above
// zero until then; afterwards, nothing is opened.
func (dc *DC) serve(s *sockets) {
	dc.mu.Lock()
	defer dc.mu.Unlock()
	if dc.ctx.Err() != nil || dc.sockets != nil {
		s.close()
		return
	}
	dc.sockets = s
	dc.running.Go(func() { dc.readUDP(dc.ctx, s.udp) })
	dc.running.Go(func() { dc.acceptTCP(dc.ctx, s.tcp) })
}

func (dc *DC) closePort() {
	dc.mu.Lock()
	defer dc.mu.Unlock()
	if dc.sockets != nil {
		dc.sockets.close()
		dc.sockets = nil
	}
}

// openPort binds the port anew that closePort closed.
func (dc *DC) openPort() error {
	s, err := listen(dc.addr)
	if err != nil {
		return err
	}
	dc.serve(s)
	return nil
}

// Close stops listening, closes what is connected, and returns when nothing of the domain
// controller runs any more. Its error is always nil. It may be called more than once.
func (dc *DC) Close() error {
	dc.stop()
	dc.running.Wait()
	return nil
}

// Addr is the address of the KDC, "127.0.0.1:1088", for UDP and TCP alike.
func (dc *DC) Addr() string { return dc.addr }

// Realm is the domain's realm.
func (dc *DC) Realm() string { return dc.config.Realm }

// Record is the history of what the KDC was asked and answered; see the Kind constants.
func (dc *DC) Record() *simulate.Record { return dc.record }

// Wait returns when n events of a kind have happened since the start, or with the cause of
// ctx's end.
func (dc *DC) Wait(ctx context.Context, kind string, n uint64) error {
	return dc.record.Wait(ctx, kind, n)
}

// Faults are the switches of the KDC's faults.
func (dc *DC) Faults() *simulate.Faults { return dc.faults.Faults() }

// now is the KDC's clock, with the fault of a clock that is off.
func (dc *DC) now(e *effects) time.Time { return dc.config.Now().UTC().Add(e.offset) }
