package dns

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// answering is a UDP server that answers each question with the datagrams that make returns.
func answering(t *testing.T, reply func(Question) [][]byte) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := background(func() {
		buffer := [4096]byte{}
		for {
			n, from, err := conn.ReadFrom(buffer[:])
			if errors.Is(err, net.ErrClosed) {
				return
			}
			q, err := DecodeQuery(buffer[:n])
			if err != nil {
				continue
			}
			for _, b := range reply(q) {
				_, _ = conn.WriteTo(b, from)
			}
		}
	})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// background runs f and says when it has ended.
func background(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	return done
}

// An answer of somebody else, or of an earlier question, is passed over, and the right one is
// taken.
func TestAnswersOfOthersArePassedOver(t *testing.T) {
	t.Parallel()
	server := answering(t, func(q Question) [][]byte {
		encode := func(q Question, r Response) []byte {
			b, _, err := q.Encode(r, 512)
			if err != nil {
				panic(err)
			}
			return b
		}
		other := q
		other.raw.Name.Data[0]++
		return [][]byte{
			encode(q, Response{OtherID: true, RCode: NXDomain}),
			encode(other, Response{RCode: NXDomain}),
			[]byte("x"),
			encode(q, Response{Authoritative: true, Records: []Record{{Name: "dc1.corp.example", Type: A, Address: v4}}}),
		}
	})
	a, err := Query(ctx(t), server, "udp", "DC1.corp.example.", A)
	if err != nil || !slices.Equal(a.Addresses, []netip.Addr{v4}) || a.Server != server || a.Network != "udp" {
		t.Errorf("%+v, %v", a, err)
	}
}

// When nothing else comes until patience ends, the error tells what did.
func TestOnlyAnswersOfOthers(t *testing.T) {
	t.Parallel()
	c, cancel := context.WithCancelCause(ctx(t))
	tired := errors.New("tired")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := background(func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		b := make([]byte, 512)
		n, _ := conn.Read(b)
		q, err := DecodeQuery(b[2:n])
		if err != nil {
			panic(err)
		}
		reply, _, _ := q.Encode(Response{OtherID: true}, 512)
		// The second one, which is never whole, tells that the first was read.
		_, _ = conn.Write(append([]byte{0, byte(len(reply))}, reply...))
		_, _ = conn.Write([]byte{0, 9, 'x'})
		cancel(tired)
		_, _ = io.Copy(io.Discard, conn)
	})
	server := listener.Addr().(*net.TCPAddr).AddrPort()
	_, err = Query(c, server, "tcp", "dc1.corp.example", A)
	var failed *Error
	if !errors.As(err, &failed) || !errors.Is(err, tired) || failed.Server != server || failed.Failure != Mismatched && failed.Failure != Silent {
		t.Errorf("%v, want one that is mismatched, or silent where nothing was read in time", err)
	}
	<-done
}

func TestSilence(t *testing.T) {
	t.Parallel()
	c, cancel := context.WithCancelCause(ctx(t))
	tired := errors.New("tired")
	server := answering(t, func(Question) [][]byte { cancel(tired); return nil })
	_, err := Query(c, server, "udp", "dc1.corp.example", A)
	var failed *Error
	if !errors.As(err, &failed) || failed.Failure != Silent || !errors.Is(err, tired) || !strings.HasPrefix(err.Error(), "dns udp "+server.String()+": read answer: tired") {
		t.Errorf("%v, want silence", err)
	}
}

func TestAClosedPort(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := listener.Addr().(*net.TCPAddr).AddrPort()
	_ = listener.Close()
	_, err = Query(ctx(t), server, "tcp", "dc1.corp.example", A)
	var failed *Error
	if !errors.As(err, &failed) || failed.Failure != Unreachable || !strings.Contains(err.Error(), ": dial: ") {
		t.Errorf("%v, want unreachable", err)
	}
}

// Over TCP, what ends too early is told by how much.
func TestTCPIsReadWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sent, want string }{
		"nothing":       {"", "read answer: 0 of 2 length bytes"},
		"half a length": {"\x00", "read answer: 1 of 2 length bytes"},
		"half":          {"\x00\x0cabc", "read answer: 3 of 12 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			done := background(func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				b := make([]byte, 512)
				_, _ = conn.Read(b)
				_, _ = conn.Write([]byte(c.sent))
				_ = conn.Close()
			})
			_, err = Query(ctx(t), listener.Addr().(*net.TCPAddr).AddrPort(), "tcp", "dc1.corp.example", A)
			var failed *Error
			if !errors.As(err, &failed) || failed.Failure != Unreachable || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			<-done
		})
	}
}

func TestQuestionsThatAreNotAsked(t *testing.T) {
	t.Parallel()
	server := netip.MustParseAddrPort("127.0.0.1:53")
	if _, err := Query(ctx(t), server, "udp", "a..b", A); err == nil || !strings.Contains(err.Error(), "nothing between two dots") {
		t.Errorf("a bad name: %v", err)
	}
	if _, err := Query(ctx(t), server, "unix", "a.example", A); err == nil || !strings.Contains(err.Error(), "neither udp nor tcp") {
		t.Errorf("another network: %v", err)
	}
}
