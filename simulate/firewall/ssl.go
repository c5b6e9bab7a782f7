package firewall

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// acceptPause is how long a listener rests after a failed accept, such as when the
// process has no file descriptor left.
const acceptPause = 10 * time.Millisecond

func (fw *Firewall) acceptSSL(ctx context.Context) {
	config := fw.syslogTLS()
	for ctx.Err() == nil {
		conn, err := fw.ssl.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			fw.config.Log.Warn("accept", "listener", "ssl", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
			continue
		}
		// Subtle: taken in first and asked about faults then. A fault that starts in between
		// finds the connection in the list or is seen here.
		reason := fw.conns.add(conn)
		if reason == "" {
			if reason = fw.refuses(fw.faults.Now(), panos.SSL, sourceOf(conn).Addr()); reason != "" {
				fw.conns.remove(conn)
			}
		}
		if reason != "" {
			reset(conn)
			fw.refused(conn, "ssl", reason)
			continue
		}
		fw.running.Go(func() {
			defer fw.conns.remove(conn)
			defer conn.Close()
			fw.serveSSL(ctx, conn, config)
		})
	}
}

// syslogTLS is the listener's side of the handshake. It asks for no client certificate:
// nothing in the configuration of PAN-OS ties one to the listener. The minimum is TLS 1.2
// although the schema's default is 1.0.
func (fw *Firewall) syslogTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if fw.faults.Now().expired {
				return &fw.bad, nil
			}
			return &fw.good, nil
		},
		// A resumed session would not show a certificate that a fault has exchanged.
		SessionTicketsDisabled: true,
	}
}

func (fw *Firewall) refused(conn net.Conn, listener, reason string) {
	fw.note(KindConnectionRefused, map[string]any{
		"source": conn.RemoteAddr().String(), "listener": listener, "reason": reason,
	})
}

func (fw *Firewall) serveSSL(ctx context.Context, raw net.Conn, config *tls.Config) {
	conn := tls.Server(raw, config)
	within, cancel := context.WithTimeout(ctx, fw.config.HandshakeTimeout)
	err := conn.HandshakeContext(within)
	cancel()
	if err != nil {
		fw.refused(conn, "ssl", "handshake: "+err.Error())
		return
	}
	source := sourceOf(conn)
	s := fw.find(fw.faults.Now(), source.Addr(), panos.SSL)
	name := fw.connected(s)
	state := conn.ConnectionState()
	fw.note(KindConnectionOpened, map[string]any{
		"source": source.String(), "sender": name,
		"version": tls.VersionName(state.Version), "cipher": tls.CipherSuiteName(state.CipherSuite),
	})
	messages, reason := fw.readLines(conn, source)
	// The client learns that we are through; one that does not listen cannot hold us.
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_ = conn.CloseWrite()
	fw.disconnected(s)
	fw.note(KindConnectionClosed, map[string]any{
		"source": source.String(), "sender": name, "messages": messages, "reason": reason,
	})
}

func sourceOf(conn net.Conn) netip.AddrPort {
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		source := tcp.AddrPort()
		return netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
	}
	return netip.AddrPort{}
}

// readLines takes the lines of a connection until it ends.
func (fw *Firewall) readLines(conn io.Reader, source netip.AddrPort) (messages int, reason string) {
	lines := syslog.NewLines(conn, fw.rules.lineLimit())
	for {
		line, err := lines.Next()
		switch {
		case err == io.EOF:
			return messages, "closed by the sender"
		case errors.Is(err, net.ErrClosed):
			return messages, "reset by the firewall"
		case err != nil:
			return messages, err.Error()
		case line.Unterminated && fw.config.Dialect.FinalLine == panos.FinalLineDrop:
			fw.note(KindDiscarded, map[string]any{
				"source": source.String(), "transport": string(panos.SSL),
				"size": len(line.Text) + line.Cut, "reason": "the connection ended before the line did",
			})
			continue
		}
		for p := range fw.rules.message(line.Text, line.Cut) {
			messages++
			fw.take(arrival{piece: p, source: source, transport: panos.SSL, unterminated: line.Unterminated})
		}
	}
}

// connected counts a connection of a sender, which is nil for an unknown one.
func (fw *Firewall) connected(s *sender) (name string) {
	if s == nil {
		return ""
	}
	fw.mu.Lock()
	defer fw.mu.Unlock()
	s.connections.Active++
	s.connections.Total++
	return s.Name
}

func (fw *Firewall) disconnected(s *sender) {
	if s == nil {
		return
	}
	fw.mu.Lock()
	defer fw.mu.Unlock()
	s.connections.Active--
}
