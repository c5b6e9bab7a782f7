// Package firewall is a simulated PAN-OS firewall as seen by syslog senders and by users
// of its XML API.
//
// It does what the vendor's documents say, and where they are silent what a
// panos.Dialect and the comments marked "inferred" say. One thing it does differently on
// purpose: a source that is not permitted sees its connection reset, where a firewall drops
// its packets silently.
//
// # In the tests of another project
//
// A test starts one, points the code under test at UDPAddr, SSLAddr or APIAddr, waits for
// what it should cause, and looks at the table. No set-up, no sleep, no fixed port:
//
//	func TestAnnounce(t *testing.T) {
//		fw, err := firewall.Start(t.Context(), firewall.Config{
//			UDP: "127.0.0.1:0",
//			Senders: []firewall.Sender{{
//				Name: "vpn1", Address: netip.MustParseAddr("127.0.0.1"), Connection: panos.UDP, DefaultDomain: "corp",
//				Profiles: []profile.Attachment{{Event: panos.Login, Profile: profile.Profile{
//					Name: "vpn-login",
//					Regex: &profile.RegexIdentifier{
//						EventRegex: `session opened`, UsernameRegex: `user=(\S+)`, AddressRegex: `assigned=(\S+)`,
//					},
//				}}},
//			}},
//		})
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer fw.Close()
//
//		if err := announce(fw.UDPAddr().String(), "alice", "198.51.100.7"); err != nil { // the code under test
//			t.Fatal(err)
//		}
//		if err := fw.Wait(t.Context(), firewall.KindMessage, 1); err != nil {
//			t.Fatal(err)
//		}
//		m := fw.Mappings(panos.DataPlane)
//		if len(m) != 1 || m[0].User != `corp\alice` {
//			t.Errorf("mappings %+v; the firewall's record: %+v", m, fw.Record().Since(0))
//		}
//	}
//
// A sender over TLS verifies the certificate of fw.Authority().Pool() for the name
// "firewall.corp.example". The XML API wants fw.APIKey(): it answers type=op, config (get and
// show), user-id and keygen. fw.Faults().Start makes the firewall go wrong in one of the ways
// that Faults lists, until Stop. A message that does not arrive as it should is in fw.Record(),
// with what each profile made of it and the reason for which it came to nothing.
package firewall

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate"
)

// Firewall is a running firewall. Its methods may be used concurrently, also after Close:
// they then tell how it ended.
type Firewall struct {
	config     Config
	key        credential.Secret
	authority  *certs.Authority
	good, bad  tls.Certificate // of the syslog listener; bad has expired
	goodAPI    tls.Certificate
	record     *simulate.Record
	faults     *simulate.Effects[effects]
	background *background
	rules      rules
	senders    []*sender

	udp    *net.UDPConn
	ssl    net.Listener
	api    net.Listener
	server *http.Server
	conns  *connections // of the SSL listener

	monitor monitor

	life    context.Context // ends with the firewall: it bounds what no caller's context does
	stop    context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex // guards mappings and the counters of senders
	mappings *mappings
}

// Start listens and serves until Close, or until ctx ends. The error reports every
// mistake in the configuration, or names the listener that could not be bound.
func Start(ctx context.Context, config Config) (*Firewall, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulated firewall: %w", err)
	}
	fw := &Firewall{
		config:   config,
		key:      config.APIKey,
		record:   simulate.NewRecord(config.History),
		rules:    rules{config.Dialect},
		conns:    newConnections(config.MaxConnections),
		mappings: newMappings(config.MaxMappings),
	}
	fw.faults, fw.background = newFaults(fw), newBackground(fw)
	if fw.key.Empty() {
		fw.key = credential.New(rand.Text())
	}
	for _, prepare := range []func() error{fw.compileSenders, fw.mint, fw.listen} {
		if err := prepare(); err != nil {
			return nil, fmt.Errorf("simulated firewall: %w", err)
		}
	}
	ctx, fw.stop = context.WithCancel(ctx)
	fw.life = ctx
	fw.serve(ctx)
	return fw, nil
}

func (fw *Firewall) compileSenders() error {
	var errs []error
	for _, config := range fw.config.Senders {
		s, err := newSender(config, fw.config.Dialect)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		fw.senders = append(fw.senders, s)
	}
	return errors.Join(errs...)
}

func (fw *Firewall) mint() (err error) {
	if fw.authority = fw.config.Authority; fw.authority == nil {
		if fw.authority, err = certs.NewAuthority("simulated firewall"); err != nil {
			return err
		}
	}
	if fw.good, err = fw.authority.Server(fw.config.Hosts, certs.NoFlaw); err != nil {
		return err
	}
	fw.goodAPI = fw.good
	if c := fw.config.SyslogCertificate; c != nil {
		fw.good = *c
	}
	if c := fw.config.APICertificate; c != nil {
		fw.goodAPI = *c
	}
	fw.bad, err = fw.authority.Server(fw.config.Hosts, certs.FlawExpired)
	return err
}

// listen binds every listener that the configuration names, or none.
func (fw *Firewall) listen() (err error) {
	defer func() {
		if err != nil {
			fw.closeListeners()
		}
	}()
	if fw.config.UDP != "" {
		if fw.udp, err = listenUDP(fw.config.UDP); err != nil {
			return err
		}
	}
	if fw.config.SSL != "" {
		if fw.ssl, err = listenTCP(fw.config.SSL); err != nil {
			return err
		}
	}
	if fw.config.API != "" {
		if fw.api, err = listenTCP(fw.config.API); err != nil {
			return err
		}
		fw.server = fw.newServer()
	}
	return nil
}

func listenTCP(address string) (net.Listener, error) {
	network, address, err := bind("tcp", address)
	if err != nil {
		return nil, err
	}
	return net.Listen(network, address)
}

func (fw *Firewall) closeListeners() {
	if fw.udp != nil {
		_ = fw.udp.Close()
	}
	for _, l := range []net.Listener{fw.ssl, fw.api} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// serve starts every goroutine of the firewall. All end with ctx, and Close waits for them.
func (fw *Firewall) serve(ctx context.Context) {
	if fw.udp != nil {
		queue := newQueue()
		fw.running.Go(func() { fw.readUDP(ctx, queue) })
		fw.running.Go(func() { fw.takeUDP(ctx, queue) })
	}
	if fw.ssl != nil {
		fw.running.Go(func() { fw.acceptSSL(ctx) })
	}
	if fw.api != nil {
		fw.serveAPI(ctx)
	}
	fw.running.Go(func() { fw.background.run(ctx) })
	fw.running.Go(func() {
		<-ctx.Done()
		fw.closeListeners()
		if fw.server != nil {
			_ = fw.server.Close()
		}
		fw.conns.close()
	})
}

// Close stops listening, resets what is connected, and returns when nothing of the
// firewall runs any more. Its error is always nil. It may be called more than once.
func (fw *Firewall) Close() error {
	fw.stop()
	fw.running.Wait()
	return nil
}

// UDPAddr is where the UDP listener is bound; nil if there is none.
func (fw *Firewall) UDPAddr() net.Addr {
	if fw.udp == nil {
		return nil
	}
	return fw.udp.LocalAddr()
}

// SSLAddr is where the SSL listener is bound; nil if there is none.
func (fw *Firewall) SSLAddr() net.Addr { return addr(fw.ssl) }

// APIAddr is where the XML API is bound; nil if there is none.
func (fw *Firewall) APIAddr() net.Addr { return addr(fw.api) }

func addr(l net.Listener) net.Addr {
	if l == nil {
		return nil
	}
	return l.Addr()
}

// Authority is the CA that signed the firewall's certificates.
func (fw *Firewall) Authority() *certs.Authority { return fw.authority }

// APIKey is the key that the XML API takes.
func (fw *Firewall) APIKey() credential.Secret { return fw.key }

// Dialect is the dialect that the firewall runs, complete.
func (fw *Firewall) Dialect() panos.Dialect { return fw.config.Dialect }

// Record is the history of what the firewall received and did; see the Kind constants.
func (fw *Firewall) Record() *simulate.Record { return fw.record }

// Wait returns when n events of a kind have happened since the start, or with the cause
// of ctx's end.
func (fw *Firewall) Wait(ctx context.Context, kind string, n uint64) error {
	return fw.record.Wait(ctx, kind, n)
}

// Faults are the switches of the firewall's faults.
func (fw *Firewall) Faults() *simulate.Faults { return fw.faults.Faults() }

// note puts an event into the record and into the log.
func (fw *Firewall) note(kind string, fields map[string]any) {
	fw.config.Log.Debug(kind, "event", fields)
	fw.record.Add(kind, fields)
}
