package main

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// tap is a KDC address behind which another KDC is: it passes everything on, counts the requests that
// carry a password, and may keep an answer to itself.
type tap struct {
	address netip.AddrPort
	behind  netip.AddrPort

	overTCP, overUDP atomic.Int32 // requests with a password
	asked            atomic.Int32 // requests without

	// keep, if set, says of each answer, when the KDC has given it, whether it is kept. It may wait.
	keep func(password bool) bool
}

// startTap starts a tap in front of a KDC. It ends with the test.
func startTap(t *testing.T, behind netip.AddrPort, keep func(password bool) bool) *tap {
	t.Helper()
	if keep == nil {
		keep = func(bool) bool { return false }
	}
	tcp, udp := listenBoth(t)
	p := &tap{address: tcp.Addr().(*net.TCPAddr).AddrPort(), behind: behind, keep: keep}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { p.serveUDP(ctx, udp, &group) })
	group.Go(func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer conn.Close()
				defer context.AfterFunc(ctx, func() { conn.Close() })()
				p.serveTCP(ctx, conn)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = tcp.Close()
		_ = udp.Close()
		group.Wait()
	})
	return p
}

// listenBoth finds a port that is free over both.
func listenBoth(t *testing.T) (net.Listener, net.PacketConn) {
	t.Helper()
	for {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp
		}
		_ = tcp.Close()
	}
}

// count notes a request, and says whether it carries a password.
func (p *tap) count(request []byte, with *atomic.Int32) (password bool) {
	r, err := kerberos.DecodeRequest(request)
	if err == nil && r.HasTimestamp() {
		with.Add(1)
		return true
	}
	p.asked.Add(1)
	return false
}

func (p *tap) passwords() int { return int(p.overTCP.Load() + p.overUDP.Load()) }

func (p *tap) serveTCP(ctx context.Context, conn net.Conn) {
	for {
		request, err := readFrame(conn)
		if err != nil {
			return
		}
		password := p.count(request[4:], &p.overTCP)
		answer, err := p.forward(ctx, "tcp", request)
		if err != nil || p.keep(password) {
			_, _ = io.Copy(io.Discard, conn) // until the client gives up
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func (p *tap) serveUDP(ctx context.Context, conn net.PacketConn, group *sync.WaitGroup) {
	for {
		buffer := make([]byte, kerberos.MaxUDP)
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		group.Go(func() {
			password := p.count(buffer[:n], &p.overUDP)
			if answer, err := p.forward(ctx, "udp", buffer[:n]); err == nil && !p.keep(password) {
				_, _ = conn.WriteTo(answer, from)
			}
		})
	}
}

// forward asks the KDC behind, and returns what it answers.
func (p *tap) forward(ctx context.Context, network string, request []byte) ([]byte, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, p.behind.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	if network == "tcp" {
		return readFrame(conn)
	}
	answer := make([]byte, kerberos.MaxUDP)
	n, err := conn.Read(answer)
	return answer[:n], err
}

// readFrame reads one message over TCP with the four bytes of its length, RFC 4120 section 7.2.2.
func readFrame(r io.Reader) ([]byte, error) {
	frame := make([]byte, 4)
	if _, err := io.ReadFull(r, frame); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(frame)
	if size > kerberos.MaxTCP {
		return nil, io.ErrShortBuffer
	}
	frame = append(frame, make([]byte, size)...)
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}
