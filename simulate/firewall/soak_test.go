package firewall

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	out "github.com/uidprobe/uidprobe/sender" // this package has senders of its own
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// What the endurance test asks for, and what it tolerates.
const (
	soakRate      = 20_000           // messages a second over UDP
	soakFlood     = 2_000            // more, from each unknown source
	soakAllowed   = 1_000            // connections
	soakRefused   = 1_000            // beyond those
	soakMappings  = 500              // bound of the table; the users have 762 addresses
	soakHandshake = 10 * time.Second // what a client may take for it; a loaded machine needs seconds

	// heapTolerance is what the heap may have grown by, in bytes, when everything is as it was:
	// events of other lengths in the history, buffers of the runtime. One byte leaked for
	// each message of ten minutes would be 12 MB.
	heapTolerance = 4 << 20
	// Goroutines and descriptors may not grow at all.
)

// TestSoak is the endurance test: the load over UDP, and beside it everything that goes wrong with
// senders. Each message is accounted for exactly once, nobody slows anybody else, and
// nothing grows.
//
// It is not parallel: others' goroutines and memory would be taken for the firewall's. The
// tests that are wait until it is over.
func TestSoak(t *testing.T) {
	if os.Getenv("UIDPROBE_SOAK") == "" {
		// It takes every processor, and other packages' tests run beside this one's.
		t.Skip("the endurance test has a command of its own: make soak")
	}
	s := newSoak(t)
	s.round() // fills history, table and pools, so that what grows afterwards is a leak
	before := s.measure()
	ctx, cancel := context.WithTimeout(context.Background(), soakTime(t))
	defer cancel()
	var load sync.WaitGroup
	load.Go(func() { s.load(ctx, loopback, soakRate, 0) })
	for _, source := range unknownSources() {
		load.Go(func() { s.load(ctx, source, soakFlood, 0) })
	}
	rounds := 0
	for ctx.Err() == nil {
		s.round()
		rounds++
	}
	load.Wait()
	s.wantFlat(before, s.measure())
	t.Logf("%d rounds of misbehaving clients; datagrams: %d sent, of those %d counted, %d of unknown sources, %d discarded, %s",
		rounds, s.sentUDP, s.fw.Record().Count(KindMessage)-s.sentSSL, s.fw.Record().Count(KindUnknownSource), s.fw.Record().Count(KindDiscarded), s.drops())
}

func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("UIDPROBE_SOAK")
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("UIDPROBE_SOAK is %q, want a duration such as 10m", text)
	}
	return d
}

// unknownSources are addresses of this host that are no sender's.
func unknownSources() (sources []netip.Addr) {
	if runtime.GOOS != "linux" {
		return nil // elsewhere only 127.0.0.1 can be sent from without setting up more
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")}
}

type soak struct {
	t  *testing.T
	fw *Firewall

	mu      sync.Mutex // guards sentUDP, and t's reports of the load
	sentUDP uint64     // datagrams handed to the kernel, of known and unknown sources
	sentSSL uint64     // messages that must have been counted

	refused uint64 // connections that must have been refused because there are too many
}

func newSoak(t *testing.T) *soak {
	return &soak{t: t, fw: start(t, func(c *Config) {
		c.MaxConnections, c.MaxMappings, c.HandshakeTimeout = soakAllowed, soakMappings, soakHandshake
	})}
}

// load sends log-ins over UDP from a source: so many, or until ctx ends.
func (s *soak) load(ctx context.Context, source netip.Addr, rate, count uint64) {
	template, err := syslog.ParseTemplate("<38>login ok user=${user} ip=${address}")
	if err != nil {
		s.t.Error(err)
		return
	}
	generator, err := out.NewGenerator(out.Generate{
		Templates: []*syslog.Template{template}, Users: "uidprobe-", Reuse: true, Addresses: []netip.Prefix{
			netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
		},
	})
	if err != nil {
		s.t.Error(err)
		return
	}
	to, err := out.ParseDestination("udp://" + s.fw.UDPAddr().String())
	if err != nil {
		s.t.Error(err)
		return
	}
	report, err := out.Run(ctx, out.Config{
		Connection: out.Connection{To: to, Source: source}, Source: generator, Rate: out.PerSecond(rate), Count: count,
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sentUDP += report.Sent
	var failed *out.Error
	// The end of ctx can cut a batch short: what is left of it was not sent, and is not in Sent.
	interrupted := errors.As(err, &failed) && failed.Kind == out.Interrupted
	if !interrupted && (err != nil || report.Failed > 0) {
		s.t.Errorf("load from %s: %v, %d messages were not handed over", source, err, report.Failed)
	}
	if count == 0 {
		s.t.Logf("load from %s: %d messages, %.0f of %d a second, rate kept: %v", source, report.Sent, report.Achieved, rate, report.Kept)
	}
}

// round lets all kinds of clients come and go: as many as there are places, as many
// again, and those that misbehave. At its end none is there.
func (s *soak) round() {
	for _, source := range append(unknownSources(), loopback) {
		s.load(context.Background(), source, soakRate, 2*soakMappings)
	}
	var bad []io.Closer
	waits := []func(){}
	for _, misbehave := range []func() (io.Closer, func()){
		s.silent, s.halfHello, s.plainText, s.midRecord, s.byteAtATime, s.vanished, s.renegotiating,
	} {
		conn, wait := misbehave()
		bad, waits = append(bad, conn), append(waits, wait)
	}
	for _, wait := range waits {
		wait()
	}
	for _, conn := range bad {
		_ = conn.Close()
	}
	s.none()
	s.full()
	s.none()
}

// none waits until the firewall has seen the end of each connection.
func (s *soak) none() {
	s.t.Helper()
	s.until("every connection has ended", func() bool {
		s.fw.conns.mu.Lock()
		defer s.fw.conns.mu.Unlock()
		return len(s.fw.conns.open) == 0
	})
}

// full fills every place, sees the next ones refused, and sends a message over each of the first.
func (s *soak) full() {
	open := make([]*tls.Conn, soakAllowed)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := w; i < soakAllowed; i += 8 {
				open[i] = s.dial()
			}
		})
	}
	all.Wait()
	defer func() {
		for _, conn := range open {
			if conn != nil {
				_ = conn.Close()
			}
		}
	}()
	for range soakRefused {
		s.refused++ // the firewall's own count of them is held against this
		conn, err := net.Dial("tcp", s.fw.SSLAddr().String())
		if err != nil { // the reset was faster than the last step of the connection
			continue
		}
		// Sooner than a silent client is cut off, or one that was let in would look refused.
		_ = conn.SetDeadline(time.Now().Add(soakHandshake / 2))
		if n, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			s.t.Fatalf("connection %d was not refused: %d bytes, %v", soakAllowed+1, n, err)
		}
		_ = conn.Close()
	}
	for i, conn := range open {
		if conn == nil {
			s.t.Fatal("there are connections missing")
		}
		s.write(conn, login(fmt.Sprintf("uidprobe-%04d", i), "192.0.2.1")+"\n")
		s.sentSSL++
	}
	s.wantSSL("while all places are taken")
}

// wantSSL waits until the messages over TLS are counted. That a load runs beside, and that
// others hold their connections open, must not keep it from happening soon.
func (s *soak) wantSSL(when string) {
	s.t.Helper()
	s.until(fmt.Sprintf("%d messages over TLS are counted %s", s.sentSSL, when), func() bool {
		return counters(s.t, s.fw, "lab ssl")[0] >= s.sentSSL
	})
	if got := counters(s.t, s.fw, "lab ssl")[0]; got != s.sentSSL {
		s.t.Fatalf("%s %d messages over TLS are counted, want %d", when, got, s.sentSSL)
	}
}

// until waits for what an event of the firewall's brings about.
func (s *soak) until(what string, is func() bool) {
	s.t.Helper()
	ctx := within(s.t)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-ctx.Done():
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (s *soak) dialTCP() net.Conn {
	conn, err := net.Dial("tcp", s.fw.SSLAddr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// dial gives a connection whose handshake is done on this side.
func (s *soak) dial() *tls.Conn {
	conn, err := tls.Dial("tcp", s.fw.SSLAddr().String(), clientTLS(s.fw))
	if err != nil {
		s.t.Error(err)
		return nil
	}
	return conn
}

func (s *soak) write(to io.Writer, text string) {
	if _, err := io.WriteString(to, text); err != nil {
		s.t.Fatal(err)
	}
}

// ended waits until the firewall hangs up.
func (s *soak) ended(conn net.Conn) func() {
	return func() {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			s.t.Fatal("a client that does not finish its handshake is not cut off")
		}
	}
}

// Each of the clients below begins at once, and is waited for once all have begun.

// silent connects and says nothing.
func (s *soak) silent() (io.Closer, func()) {
	conn := s.dialTCP()
	return conn, s.ended(conn)
}

// halfHello stays in the middle of its first record: a handshake, TLS 1.0, 512 bytes.
func (s *soak) halfHello() (io.Closer, func()) {
	conn := s.dialTCP()
	s.write(conn, "\x16\x03\x01\x02\x00\x01\x00")
	return conn, s.ended(conn)
}

// plainText does not speak TLS.
func (s *soak) plainText() (io.Closer, func()) {
	conn := s.dialTCP()
	s.write(conn, login("uidprobe-plain", "192.0.2.9")+"\n")
	return conn, s.ended(conn)
}

// midRecord sends a whole message, and then cuts the record of another one.
func (s *soak) midRecord() (io.Closer, func()) {
	cut := &cutter{Conn: s.dialTCP(), left: -1}
	conn := tls.Client(cut, clientTLS(s.fw))
	s.write(conn, login("uidprobe-whole", "192.0.2.9")+"\n")
	s.sentSSL++
	cut.left = 20
	s.write(conn, login("uidprobe-cut", "192.0.2.9")+"\n")
	return conn, func() {}
}

// cutter lets only so many bytes through, if left is not below 0, and hangs up then.
type cutter struct {
	net.Conn
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	if c.left < 0 {
		return c.Conn.Write(p)
	}
	n := min(c.left, len(p))
	c.left -= n
	if _, err := c.Conn.Write(p[:n]); err != nil {
		return 0, err
	}
	if n < len(p) {
		_ = c.Conn.Close()
	}
	return len(p), nil
}

// byteAtATime sends each byte in a record of its own, and the last line without its end.
func (s *soak) byteAtATime() (io.Closer, func()) {
	conn := s.dial()
	var done sync.WaitGroup
	done.Go(func() {
		for _, b := range []byte(login("uidprobe-slow", "192.0.2.9") + "\n" + login("uidprobe-slower", "192.0.2.9")) {
			if _, err := conn.Write([]byte{b}); err != nil {
				s.t.Error(err)
				return
			}
		}
		_ = conn.Close()
	})
	s.sentSSL += 2
	return conn, done.Wait
}

// vanished sends a message and closes its half of the TCP connection, without a word of TLS.
func (s *soak) vanished() (io.Closer, func()) {
	raw := s.dialTCP()
	conn := tls.Client(raw, clientTLS(s.fw))
	s.write(conn, login("uidprobe-gone", "192.0.2.9")+"\n")
	s.sentSSL++
	_ = raw.(*net.TCPConn).CloseWrite()
	return raw, func() {}
}

// renegotiating is openssl's client, which asks for another handshake: Go's cannot. The
// message before it counts.
func (s *soak) renegotiating() (io.Closer, func()) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			s.t.Fatal("openssl is not installed")
		}
		s.t.Log("openssl is not installed: no client renegotiates")
		return io.NopCloser(nil), func() {}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	cmd := exec.CommandContext(ctx, openssl, "s_client", "-tls1_2", "-connect", s.fw.SSLAddr().String())
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	input, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.write(input, login("uidprobe-again", "192.0.2.9")+"\n")
	s.sentSSL++
	return input, func() {
		defer cancel()
		s.wantSSL("before the renegotiation")
		s.write(input, "R\n") // its letter for it, at the start of what it reads
		if err := cmd.Wait(); ctx.Err() != nil || !strings.Contains(output.String(), "RENEGOTIATING") {
			s.t.Fatalf("a client that renegotiates was not cut off: %v\n%s", err, &output)
		}
	}
}

// account holds what was sent against what became of it, once nothing is under way.
func (s *soak) account() {
	record := s.fw.Record()
	drops, known := s.fw.KernelDrops() // the load is over: they are all there
	if !known && runtime.GOOS == "linux" {
		s.t.Error("the kernel's drops are not known")
	}
	arrived := func() uint64 {
		return record.Count(KindMessage) - s.sentSSL + record.Count(KindUnknownSource) + record.Count(KindDiscarded)
	}
	if known {
		s.until("what was sent is accounted for", func() bool { return arrived()+drops >= s.sentUDP })
		if got := arrived() + drops; got != s.sentUDP {
			s.t.Errorf("%d datagrams are accounted for, and %d were sent", got, s.sentUDP)
		}
	}
	s.wantSSL("at the end")
	udp, ssl := counters(s.t, s.fw, "lab udp"), counters(s.t, s.fw, "lab ssl")
	if got := udp[0] + ssl[0]; got != record.Count(KindMessage) {
		s.t.Errorf("the counters say %d messages, the record %d", got, record.Count(KindMessage))
	}
	if got := record.Count(KindMappingAdded) + record.Count(KindMappingRefused); got != record.Count(KindMessage) {
		s.t.Errorf("%d log-ins were mapped or refused, of %d", got, record.Count(KindMessage))
	}
	if got := udp[1] + ssl[1]; got != record.Count(KindMappingAdded) {
		s.t.Errorf("%d messages authenticated somebody, and %d were mapped", got, record.Count(KindMappingAdded))
	}
	if n := len(s.fw.Mappings(panos.DataPlane)); n != soakMappings || record.Count(KindMappingRefused) == 0 {
		s.t.Errorf("%d mappings, %d refused; want %d and some", n, record.Count(KindMappingRefused), soakMappings)
	}
	s.wantRefusals()
	if len(unknownSources()) > 0 && record.Count(KindUnknownSource) == 0 {
		s.t.Error("no message came of an unknown source")
	}
}

// wantRefusals: too many, and in each round three that did not finish or begin a handshake.
func (s *soak) wantRefusals() {
	rounds := s.refused / soakRefused
	if got, want := s.fw.Record().Count(KindConnectionRefused), s.refused+3*rounds; got != want {
		s.t.Errorf("%d connections are recorded as refused, want %d", got, want)
	}
	opened, closed := s.fw.Record().Count(KindConnectionOpened), s.fw.Record().Count(KindConnectionClosed)
	for _, sender := range s.fw.State().Senders {
		if c := sender.Connections; c != nil && (uint64(c.Total) != opened || c.Active != 0 || opened != closed) {
			s.t.Errorf("%d connections opened, %d closed; the counters say %+v", opened, closed, *c)
		}
	}
}

func (s *soak) drops() string {
	if n, known := s.fw.KernelDrops(); known {
		return strconv.FormatUint(n, 10) + " dropped by the kernel"
	}
	return "what the kernel dropped is unknown here"
}

// size is what must not grow.
type size struct {
	heap        uint64
	goroutines  int
	descriptors int // -1 where it is unknown
}

// measure looks when nothing is under way: all datagrams are taken, nobody is connected.
func (s *soak) measure() size {
	s.t.Helper()
	s.account()
	runtime.GC()
	runtime.GC() // what the first one finalised
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return size{memory.HeapAlloc, runtime.NumGoroutine(), descriptors()}
}

func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}

func (s *soak) wantFlat(before, after size) {
	s.t.Logf("heap %d → %d KiB, goroutines %d → %d, descriptors %d → %d",
		before.heap>>10, after.heap>>10, before.goroutines, after.goroutines, before.descriptors, after.descriptors)
	if after.heap > before.heap+heapTolerance {
		s.t.Errorf("the heap has grown by %d KiB, tolerated are %d", (after.heap-before.heap)>>10, heapTolerance>>10)
	}
	if after.goroutines > before.goroutines || after.descriptors > before.descriptors {
		s.t.Errorf("goroutines or descriptors have grown: %+v, before %+v", after, before)
	}
}

// What the kernel throws away is a number of its own: nobody reads here, so that what does
// not fit into the smallest buffer is dropped, and all is accounted for.
func TestKernelDrops(t *testing.T) {
	t.Parallel()
	conn, err := listenUDP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fw := &Firewall{udp: conn}
	n, known := fw.KernelDrops()
	if runtime.GOOS != "linux" {
		if known {
			t.Errorf("%d drops are known where nothing tells", n)
		}
		t.Skip("the kernel's drops are read on Linux alone")
	}
	if n != 0 || !known {
		t.Fatalf("at the start there are %d drops, known %v", n, known)
	}
	if err := conn.SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	to := dialUDP(t, fw)
	const sent = 1000
	for range sent {
		send(t, to, "message")
	}
	dropped, _ := fw.KernelDrops()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	var read uint64
	for buffer := make([]byte, 100); dropped+read < sent; read++ {
		if _, err := conn.Read(buffer); err != nil {
			t.Fatalf("%d datagrams were dropped and %d read, of %d, then: %v", dropped, read, sent, err)
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)) // what is there is there already
	if n, err := conn.Read(make([]byte, 100)); err == nil {
		t.Errorf("another %d bytes are there: too many drops were counted", n)
	}
	if dropped == 0 || read == 0 || dropped+read != sent {
		t.Errorf("%d datagrams were dropped and %d read, of %d", dropped, read, sent)
	}
	_ = conn.Close()
	if _, known := fw.KernelDrops(); known {
		t.Error("after Close the drops are known")
	}
	if _, known := (&Firewall{}).KernelDrops(); known {
		t.Error("without a UDP listener the drops are known")
	}
}
