package sender

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

func TestUDPFraming(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		framing syslog.Framing
		per     int
		want    []string
	}{
		{"one message a datagram", "", 0, []string{"a", "b", "c", "d", "e"}},
		{"with a line feed", syslog.LF, 0, []string{"a\n", "b\n", "c\n", "d\n", "e\n"}},
		{"two a datagram, joined", "", 2, []string{"a\nb", "c\nd", "e"}},
		{"two a datagram, each with its end", syslog.CRLF, 2, []string{"a\r\nb\r\n", "c\r\nd\r\n", "e\r\n"}},
		{"octet count", syslog.OctetCount, 5, []string{"1 a1 b1 c1 d1 e"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sink := listenUDP(t)
			conn := open(t, Connection{To: to(UDP, sink.LocalAddr()), Framing: row.framing, PerDatagram: row.per, CloseWait: -1})
			n, err := conn.Write(t.Context(), batchOf("a", "b", "c", "d", "e"))
			if n != 5 || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
			if diff := cmp.Diff(row.want, receive(t, sink, len(row.want))); diff != "" {
				t.Errorf("datagrams (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUDPSource(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "darwin" {
		t.Skip("macOS has no 127.0.0.2 by default")
	}
	sink := listenUDP(t)
	from := netip.MustParseAddr("127.0.0.2")
	conn := open(t, Connection{To: to(UDP, sink.LocalAddr()), Source: from})
	if _, err := conn.Write(t.Context(), batchOf("a")); err != nil {
		t.Fatal(err)
	}
	_ = sink.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, peer, err := sink.ReadFromUDPAddrPort(make([]byte, 10))
	if err != nil || peer != conn.LocalAddr() || peer.Addr() != from {
		t.Errorf("from %v, %v; Conn says %v, want %v", peer, err, conn.LocalAddr(), from)
	}
	_, err = Dial(t.Context(), Connection{To: to(UDP, sink.LocalAddr()), Source: netip.MustParseAddr("192.0.2.77")})
	wantKind(t, err, LocalAddress)
}

func TestUDPMessageTooLong(t *testing.T) {
	t.Parallel()
	sink := listenUDP(t)
	messages := [][]byte{[]byte("before"), []byte(strings.Repeat("x", 65508)), []byte("after")} // 65,507 is what an IPv4 datagram holds
	report, err := Run(t.Context(), Config{Connection: Connection{To: to(UDP, sink.LocalAddr())}, Source: NewMessages(false, messages...), Rate: Max})
	if e := wantKind(t, err, TooLong); e.Lost != 1 || e.Gone {
		t.Errorf("%+v; want one message lost and a connection that goes on", e)
	}
	if report.Sent != 2 || report.Failed != 1 || report.Bytes != 11 || report.Errors[TooLong] != 1 {
		t.Errorf("%+v", report)
	}
	if diff := cmp.Diff([]string{"before", "after"}, receive(t, sink, 2)); diff != "" {
		t.Errorf("datagrams (-want +got):\n%s", diff)
	}
}

// closedUDP is a destination that nobody listens on.
func closedUDP(t *testing.T) Destination {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skipf("%s is not known to report an ICMP refusal to a connected socket; Linux is", runtime.GOOS)
	}
	sink := listenUDP(t)
	d := to(UDP, sink.LocalAddr())
	_ = sink.Close()
	return d
}

// The refusal of the only datagram comes when no write is left to report it.
func TestUDPRefusalOfTheLastDatagram(t *testing.T) {
	t.Parallel()
	d := closedUDP(t)
	report, err := Run(t.Context(), Config{Connection: Connection{To: d, CloseWait: 10 * time.Second}, Source: endless(), Rate: Max, Count: 1})
	e := wantKind(t, err, Refused)
	if want := "close " + d.String() + ": connection refused"; e.Error() != want {
		t.Errorf("error %q, want %q", e, want)
	}
	if report.Sent != 1 || report.Failed != 0 || report.Errors[Refused] != 1 || report.Ended != EndCount {
		t.Errorf("%+v; want one sent, and refused", report)
	}
}

// A later write reports the refusal of an earlier datagram, and its own is not sent.
func TestUDPRefusalOnALaterWrite(t *testing.T) {
	t.Parallel()
	d := closedUDP(t)
	conn := open(t, Connection{To: d, CloseWait: -1})
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		n, err := conn.Write(t.Context(), batchOf("a"))
		if err == nil {
			continue
		}
		e := wantKind(t, err, Refused)
		if want := "write " + d.String() + ": connection refused"; n != 0 || e.Lost != 1 || e.Gone || e.Error() != want {
			t.Errorf("Write = %d, %+v; want 0, %s", n, e, want)
		}
		if err := conn.Close(); err != nil {
			t.Errorf("Close = %v; the refusal was told", err)
		}
		return
	}
	t.Error("no write was refused")
}

func TestUDPRunGoesOnWhenRefused(t *testing.T) {
	t.Parallel()
	d := closedUDP(t)
	report, err := Run(t.Context(), Config{Connection: Connection{To: d}, Source: endless(), Rate: PerSecond(1000), Count: 50})
	wantKind(t, err, Refused)
	if report.Sent+report.Failed != 50 || report.Failed == 0 || report.Errors[Refused] < report.Failed || report.Ended != EndCount {
		t.Errorf("%+v; want 50 sent or failed, the failed ones refused", report)
	}
}

func TestUDPCancelledContextSendsNothing(t *testing.T) {
	t.Parallel()
	sink := listenUDP(t)
	conn := open(t, Connection{To: to(UDP, sink.LocalAddr())})
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	n, err := conn.Write(ctx, batchOf("a"))
	if e := wantKind(t, err, Interrupted); n != 0 || !errors.Is(e, stop) || e.Lost != 1 || e.Gone {
		t.Errorf("Write = %d, %+v", n, e)
	}
	if n, err := conn.Write(t.Context(), batchOf("cleaned up")); n != 1 || err != nil {
		t.Errorf("Write of another context = %d, %v", n, err)
	}
	if got := receive(t, sink, 1); got[0] != "cleaned up" {
		t.Errorf("the sink got %q", got)
	}
}
