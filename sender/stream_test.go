package sender

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

func TestTCPFraming(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		framing syslog.Framing
		want    string
	}{
		{"", "one\ntwo\n"},
		{syslog.CRLF, "one\r\ntwo\r\n"},
		{syslog.NUL, "one\x00two\x00"},
		{syslog.OctetCount, "3 one3 two"},
	} {
		t.Run("framing "+string(row.framing), func(t *testing.T) {
			t.Parallel()
			handle, all := collect()
			conn := open(t, Connection{To: to(TCP, serve(t, nil, handle)), Framing: row.framing})
			if n, err := conn.Write(t.Context(), batchOf("one", "two")); n != 2 || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
			for range 2 { // closing again is nothing
				if err := conn.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
			if got := within(t, all); got != row.want {
				t.Errorf("the server got %q, want %q", got, row.want)
			}
			if conn.PeerClosed() {
				t.Error("PeerClosed, but we closed first")
			}
		})
	}
}

func TestTCPRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := to(TCP, l.Addr())
	_ = l.Close()
	report, err := Run(t.Context(), Config{Connection: Connection{To: d}, Source: endless(), Rate: Max, Count: 1})
	if e := wantKind(t, err, Refused); e.Error() != "dial "+d.String()+": connection refused" || e.Op != "dial" {
		t.Errorf("error %q", e)
	}
	if report.Sent != 0 || report.Ended != EndError || report.Errors[Refused] != 1 || report.Destination != d.String() || report.Kept {
		t.Errorf("%+v", report)
	}
}

// reset breaks the connection off, so that a RST goes out.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

func TestTCPResetInMidStream(t *testing.T) {
	t.Parallel()
	addr := serve(t, nil, func(c net.Conn) {
		_, _ = bufio.NewReaderSize(c, 16).ReadString('\n')
		reset(c)
	})
	report, err := Run(t.Context(), Config{Connection: Connection{To: to(TCP, addr)}, Source: endless(), Rate: PerSecond(5000), Duration: 30 * time.Second})
	if e := wantKind(t, err, Reset); !e.Gone || e.Op != "write" {
		t.Errorf("%+v; want a write after which the connection is gone", e)
	}
	if report.Sent == 0 || report.Ended != EndError || report.Errors[Reset] != 1 || report.Failed == 0 || !report.PeerClosed {
		t.Errorf("%+v; want some sent, and an end by error", report)
	}
}

// A reset that comes after the last write would be told by nothing but Close.
func TestTCPResetAfterTheLastWrite(t *testing.T) {
	t.Parallel()
	addr := serve(t, nil, func(c net.Conn) {
		_, _ = bufio.NewReaderSize(c, 16).ReadString('\n')
		reset(c)
	})
	conn := open(t, Connection{To: to(TCP, addr), CloseWait: 10 * time.Second})
	if n, err := conn.Write(t.Context(), batchOf("a")); n != 1 || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	if e := wantKind(t, conn.Close(), Reset); e.Op != "close" {
		t.Errorf("%+v", e)
	}
}

func TestTCPPeerCloses(t *testing.T) {
	t.Parallel()
	addr := serve(t, nil, func(c net.Conn) {
		_, _ = bufio.NewReaderSize(c, 16).ReadString('\n')
		_ = c.Close()
	})
	conn := open(t, Connection{To: to(TCP, addr)})
	if n, err := conn.Write(t.Context(), batchOf("a")); n != 1 || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	<-conn.link.(*stream).ended
	n, err := conn.Write(t.Context(), batchOf("b", "c"))
	e := wantKind(t, err, Closed)
	if want := "write " + conn.config.To.String() + ": the peer has closed the connection"; n != 0 || e.Error() != want || e.Lost != 2 || !e.Gone {
		t.Errorf("Write = %d, %+v; want 0, %s", n, e, want)
	}
	if err := conn.Close(); err != nil || !conn.PeerClosed() {
		t.Errorf("Close = %v, PeerClosed %v; want nil, true", err, conn.PeerClosed())
	}
}

// Nothing fails, but what was sent last may not have been read: the report says so.
func TestTCPPeerClosesAfterTheLastWrite(t *testing.T) {
	t.Parallel()
	addr := serve(t, nil, func(c net.Conn) {
		_, _ = bufio.NewReaderSize(c, 16).ReadString('\n')
		_ = c.Close()
	})
	conn := open(t, Connection{To: to(TCP, addr)})
	if n, err := conn.Write(t.Context(), batchOf("a")); n != 1 || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	<-conn.link.(*stream).ended
	if err := conn.Close(); err != nil || !conn.PeerClosed() {
		t.Errorf("Close = %v, PeerClosed %v; want nil, true", err, conn.PeerClosed())
	}
}

// neverReads is a server that takes connections and nothing else.
func neverReads(t testing.TB) net.Addr { return serve(t, nil, func(net.Conn) {}) }

// fat messages fill the socket buffers soon.
func fat() Source { return NewMessages(true, []byte(strings.Repeat("x", 60_000))) }

func TestTCPServerThatNeverReads(t *testing.T) {
	t.Parallel()
	c := Connection{To: to(TCP, neverReads(t)), WriteTimeout: time.Second}
	report, err := Run(t.Context(), Config{Connection: c, Source: fat(), Rate: Max})
	var e *Error
	if !errors.As(err, &e) || !e.Gone || !errors.Is(e, context.DeadlineExceeded) {
		t.Fatalf("error %v, want a time-out", err)
	}
	// The peer may be left between two messages, by chance.
	if want := map[bool]Kind{true: PartialWrite, false: Timeout}[e.Cut > 0]; e.Kind != want {
		t.Errorf("kind %s with %d bytes of a message cut, want %s", e.Kind, e.Cut, want)
	}
	if !strings.HasPrefix(e.Error(), "write "+c.To.String()+": the peer did nothing for 1s") {
		t.Errorf("error %q", e)
	}
	if e.Cut >= 60_001 || report.Sent == 0 || report.Failed == 0 || report.Bytes != 60_000*report.Sent || report.Ended != EndError {
		t.Errorf("%+v, cut %d", report, e.Cut)
	}
}

// What Write says was handed over whole is what the peer can read.
func TestTCPPartialWriteCountsWholeMessages(t *testing.T) {
	t.Parallel()
	conns := make(chan net.Conn, 1)
	addr := serve(t, nil, func(c net.Conn) { conns <- c })
	conn := open(t, Connection{To: to(TCP, addr), WriteTimeout: time.Second})
	peer := within(t, conns)
	b := &Batch{}
	for range 400 {
		b.Add([]byte(strings.Repeat("x", 59_999)))
	}
	n, err := conn.Write(t.Context(), b)
	var e *Error
	if !errors.As(err, &e) || n == 0 || n == 400 || e.Lost != 400-n {
		t.Fatalf("Write = %d, %+v", n, e)
	}
	_ = conn.Close()
	read := make(chan int64, 1)
	go func() {
		var total int64
		buf := make([]byte, 1<<20)
		for {
			k, err := peer.Read(buf)
			total += int64(k)
			if err != nil {
				read <- total
				return
			}
		}
	}()
	if got, want := within(t, read), int64(n)*60_000+int64(e.Cut); got != want {
		t.Errorf("the peer reads %d bytes; %d messages and %d bytes are %d", got, n, e.Cut, want)
	}
}

// quiet puts its timer off with each message.
type quiet struct {
	Source
	timer *time.Timer
}

func (q *quiet) Append(dst []byte) ([]byte, error) {
	q.timer.Reset(time.Second)
	return q.Source.Append(dst)
}

func TestTCPInterruptedWrite(t *testing.T) {
	t.Parallel()
	ctrlC := errors.New("interrupt")
	ctx, cancel := context.WithCancelCause(t.Context())
	// The source falls silent when a write blocks.
	source := &quiet{Source: fat(), timer: time.AfterFunc(time.Second, func() { cancel(ctrlC) })}
	defer source.timer.Stop()
	conn := open(t, Connection{To: to(TCP, neverReads(t)), WriteTimeout: time.Hour})
	begun := time.Now()
	report, err := Run(ctx, Config{Transport: conn, Source: source, Rate: Max, Count: 1_000_000})
	if e := wantKind(t, err, Interrupted); !errors.Is(e, ctrlC) || !e.Gone {
		t.Errorf("%+v; want the cause of the context's end", e)
	}
	if report.Sent == 0 || report.Ended != EndInterrupted || len(report.Errors) != 1 || report.Errors[Interrupted] != 1 {
		t.Errorf("%+v; want a partial result", report)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it took %v to stop", took)
	}
}

func TestDialInterruptedAndTimedOut(t *testing.T) {
	t.Parallel()
	silent := to(TLS, neverReads(t)) // TCP answers, TLS does not
	_, err := Dial(t.Context(), Connection{To: silent, DialTimeout: 100 * time.Millisecond})
	if e := wantKind(t, err, Timeout); e.Error() != "dial "+silent.String()+": the peer did nothing for 100ms" {
		t.Errorf("error %q", e)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = Dial(ctx, Connection{To: silent})
	if e := wantKind(t, err, Timeout); !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("%+v; want a deadline of the caller's to be a time-out", e)
	}
	stop := errors.New("stop")
	cancelled, stopNow := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { stopNow(stop) })
	_, err = Dial(cancelled, Connection{To: silent, DialTimeout: time.Hour})
	if e := wantKind(t, err, Interrupted); !errors.Is(e, stop) {
		t.Errorf("%+v; want the cause of the context's end", e)
	}
}

func TestDialResolves(t *testing.T) {
	t.Parallel()
	if err := onlyOne("fw1", []netip.Addr{netip.MustParseAddr("192.0.2.1")}); err != nil {
		t.Error(err)
	}
	err := onlyOne("fw1", []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")})
	if want := "fw1 has 2 addresses (192.0.2.1, 2001:db8::1); name one of them"; err == nil || err.Error() != want {
		t.Errorf("onlyOne = %v, want %s", err, want)
	}
	for source, want := range map[netip.Addr]string{
		{}: "ip", netip.MustParseAddr("192.0.2.1"): "ip4", netip.MustParseAddr("2001:db8::1"): "ip6",
	} {
		if got := family(source); got != want {
			t.Errorf("family(%v) = %s, want %s", source, got, want)
		}
	}
	sink := listenUDP(t)
	d := to(UDP, sink.LocalAddr())
	d.Host = "localhost"
	conn := open(t, Connection{To: d, Source: netip.MustParseAddr("127.0.0.1")})
	if conn.RemoteAddr().Addr() != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("localhost is %v", conn.RemoteAddr())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = Dial(ctx, Connection{To: Destination{UDP, "no-such-host.invalid", 514}}) // RFC 6761 section 6.4
	if e := (*Error)(nil); !errors.As(err, &e) || e.Kind != Resolve && e.Kind != Timeout {
		t.Errorf("an unknown name: %v, want kind %s", err, Resolve)
	}
}

func TestConnectionRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		c    Connection
		want string
	}{
		{"no framing on a stream", Connection{To: Destination{TCP, "fw1", 1}, Framing: syslog.None}, "messages over tcp want a framing"},
		{"datagrams on a stream", Connection{To: Destination{TLS, "fw1", 1}, PerDatagram: 2}, "tls has no datagrams to put 2 messages in"},
		{"less than one", Connection{To: Destination{UDP, "fw1", 1}, PerDatagram: -1}, "-1 messages in a datagram"},
		{"framing", Connection{To: Destination{UDP, "fw1", 1}, Framing: "x"}, `framing "x": want one of lf, crlf, nul, octet-count, none`},
		{"time", Connection{To: Destination{UDP, "fw1", 1}, DialTimeout: -1}, "a time limit is below 0"},
		{"scheme", Connection{To: Destination{"http", "fw1", 1}}, `no transport is called "http"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Dial(t.Context(), row.c); err == nil || err.Error() != row.want {
				t.Errorf("Dial: %v, want %s", err, row.want)
			}
		})
	}
}
