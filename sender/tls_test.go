package sender

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	for _, row := range []struct {
		name   string
		server *tls.Config
		client TLSConfig
		want   TLSState // PeerExpires is not compared; an empty Cipher is any
	}{
		{"1.3, by address", &tls.Config{}, TLSConfig{Roots: p.roots},
			TLSState{Version: "TLS 1.3", ServerName: "127.0.0.1", Verified: true}},
		{"by name", &tls.Config{}, TLSConfig{Roots: p.roots, ServerName: "fw1.corp.example"},
			TLSState{Version: "TLS 1.3", ServerName: "fw1.corp.example", Verified: true}},
		{"1.2", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}, TLSConfig{Roots: p.roots},
			TLSState{Version: "TLS 1.2", Cipher: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ServerName: "127.0.0.1", Verified: true}},
		{"the client's own limit", &tls.Config{}, TLSConfig{Roots: p.roots, MaxVersion: tls.VersionTLS12},
			TLSState{Version: "TLS 1.2", ServerName: "127.0.0.1", Verified: true}},
		{"client certificate", &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: p.roots}, TLSConfig{Roots: p.roots, Certificate: &p.client},
			TLSState{Version: "TLS 1.3", ServerName: "127.0.0.1", Verified: true}},
		{"not verified", &tls.Config{}, TLSConfig{SkipVerify: true, ServerName: "other.corp.example"},
			TLSState{Version: "TLS 1.3", ServerName: "other.corp.example", Verified: false}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.server.Certificates = []tls.Certificate{p.server}
			handle, all := collect()
			d := to(TLS, serve(t, row.server, handle))
			report, err := Run(t.Context(), Config{Connection: Connection{To: d, TLS: row.client},
				Source: NewMessages(false, []byte("one"), []byte("two")), Rate: Max})
			if err != nil || report.Sent != 2 || report.Bytes != 6 || report.PeerClosed {
				t.Fatalf("%+v, %v", report, err)
			}
			if got := within(t, all); got != "one\ntwo\n" {
				t.Errorf("the server got %q", got)
			}
			row.want.PeerSubject, row.want.PeerIssuer = "CN=fw1.corp.example", "CN=uidprobe test CA"
			got := *report.TLS
			if got.PeerExpires.Before(time.Now()) || got.Cipher == "" {
				t.Errorf("%+v", got)
			}
			row.want.PeerExpires = got.PeerExpires
			if row.want.Cipher == "" {
				row.want.Cipher = got.Cipher
			}
			if got != row.want {
				t.Errorf("state %+v\nwant  %+v", got, row.want)
			}
		})
	}
}

func TestTLSHandshakeFails(t *testing.T) {
	t.Parallel()
	p, other := newPKI(t), newPKI(t)
	for _, row := range []struct {
		name   string
		server *tls.Config // nil: no TLS at all
		client TLSConfig
		kind   Kind
		text   string // part of the error
	}{
		{"unknown CA", &tls.Config{}, TLSConfig{Roots: other.roots}, TLSCertificate, "certificate signed by unknown authority"},
		{"wrong name", &tls.Config{}, TLSConfig{Roots: p.roots, ServerName: "fw2.corp.example"}, TLSCertificate, "is valid for fw1.corp.example, not fw2.corp.example"},
		{"no roots at all", &tls.Config{}, TLSConfig{Roots: x509.NewCertPool()}, TLSCertificate, "unknown authority"},
		{"too old", &tls.Config{MaxVersion: tls.VersionTLS12}, TLSConfig{Roots: p.roots, MinVersion: tls.VersionTLS13}, TLSHandshake, "protocol version not supported"},
		{"1.1 is not spoken unless asked", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, TLSConfig{Roots: p.roots}, TLSHandshake, "protocol version not supported"},
		{"1.2 server wants a certificate", &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}, TLSConfig{Roots: p.roots}, TLSHandshake, ""},
		{"not TLS", nil, TLSConfig{Roots: p.roots}, TLSHandshake, "first record does not look like a TLS handshake"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			handle := func(c net.Conn) { _, _ = io.Copy(io.Discard, c); _ = c.Close() }
			if row.server == nil {
				handle = func(c net.Conn) {
					_, _ = c.Write([]byte("220 smtp.corp.example ESMTP\r\n"))
					_, _ = io.Copy(io.Discard, c)
				}
			} else {
				row.server.Certificates = []tls.Certificate{p.server}
			}
			d := to(TLS, serve(t, row.server, handle))
			_, err := Dial(t.Context(), Connection{To: d, TLS: row.client})
			e := wantKind(t, err, row.kind)
			if !strings.HasPrefix(e.Error(), "dial "+d.String()+": ") || !strings.Contains(e.Error(), row.text) {
				t.Errorf("error %q, want it to hold %q", e, row.text)
			}
		})
	}
}

// With TLS 1.3 the server looks at the client's certificate when the client's handshake is
// over: the refusal is an alert that only reading finds.
func TestTLS13ServerWantsACertificate(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	config := &tls.Config{Certificates: []tls.Certificate{p.server}, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
	addr := serve(t, config, func(c net.Conn) { _ = c.(*tls.Conn).Handshake() })
	c := Connection{To: to(TLS, addr), TLS: TLSConfig{Roots: p.roots}, CloseWait: 10 * time.Second}
	report, err := Run(t.Context(), Config{Connection: c, Source: endless(), Rate: Max, Count: 1})
	e := wantKind(t, err, TLSHandshake)
	if !strings.HasSuffix(e.Error(), "remote error: tls: certificate required") {
		t.Errorf("error %q", e)
	}
	if report.Errors[TLSHandshake] != 1 || report.TLS == nil || report.TLS.Version != "TLS 1.3" {
		t.Errorf("%+v", report)
	}
}

func TestTLSPeerClosesDuringWrites(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	config := &tls.Config{Certificates: []tls.Certificate{p.server}}
	for name, end := range map[string]func(net.Conn){
		"with a close_notify":    func(c net.Conn) { _ = c.Close() },
		"without a close_notify": func(c net.Conn) { _ = c.(*tls.Conn).NetConn().Close() },
		"by a reset":             func(c net.Conn) { reset(c.(*tls.Conn).NetConn()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := serve(t, config, func(c net.Conn) {
				_, _ = bufio.NewReader(c).ReadString('\n')
				end(c)
			})
			c := Connection{To: to(TLS, addr), TLS: TLSConfig{Roots: p.roots}}
			report, err := Run(t.Context(), Config{Connection: c, Source: endless(), Rate: PerSecond(5000), Duration: 30 * time.Second})
			var e *Error
			if !errors.As(err, &e) || e.Kind != Closed && e.Kind != Reset {
				t.Fatalf("error %v, want kind %s or %s", err, Closed, Reset)
			}
			if !e.Gone || report.Sent == 0 || report.Failed == 0 || report.Ended != EndError || !report.PeerClosed {
				t.Errorf("%+v", report)
			}
		})
	}
}

// tapped notes what is read from a connection.
type tapped struct {
	net.Conn
	seen []byte
}

func (c *tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.seen = append(c.seen, b[:n]...)
	return n, err
}

// recordTypes are the types of the TLS records in a stream (RFC 5246 section 6.2.1), which
// TLS 1.2 does not hide.
func recordTypes(stream []byte) (types []byte) {
	for len(stream) >= 5 {
		types = append(types, stream[0])
		stream = stream[min(len(stream), 5+int(stream[3])<<8+int(stream[4])):]
	}
	return types
}

// The last record is an alert: the close_notify tells the server an end from a connection
// cut off. (crypto/tls itself reads io.EOF for both.)
func TestTLSCloseSaysSo(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	seen := make(chan []byte, 1)
	config := &tls.Config{Certificates: []tls.Certificate{p.server}, MaxVersion: tls.VersionTLS12}
	addr := serve(t, nil, func(c net.Conn) {
		tap := &tapped{Conn: c}
		_, _ = io.Copy(io.Discard, struct{ io.Reader }{tls.Server(tap, config)})
		_ = c.Close()
		seen <- tap.seen
	})
	conn := open(t, Connection{To: to(TLS, addr), TLS: TLSConfig{Roots: p.roots}})
	if _, err := conn.Write(t.Context(), batchOf("a")); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	const alert, data = 21, 23
	types := recordTypes(within(t, seen))
	if n := len(types); n < 2 || types[n-1] != alert || types[n-2] != data {
		t.Errorf("records of types %v, want data and an alert at the end", types)
	}
}

// Everything that was sent arrives, although the server's session tickets come back.
func TestTLSDeliversAllBeforeClose(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	handle, all := collect()
	addr := serve(t, &tls.Config{Certificates: []tls.Certificate{p.server}}, handle)
	c := Connection{To: to(TLS, addr), TLS: TLSConfig{Roots: p.roots}, CloseWait: -1}
	g := radius(t, Generate{Reuse: true, Count: 20_000})
	report, err := Run(t.Context(), Config{Connection: c, Source: g, Rate: Max})
	if err != nil || report.Sent != 20_000 || report.Write.Writes < 79 || report.Write.Writes > 100 {
		t.Fatalf("%+v, %v; want 20000 sent in about 79 writes", report, err)
	}
	if n := strings.Count(within(t, all), "\n"); n != 20_000 {
		t.Errorf("the server got %d of 20000 lines", n)
	}
}
