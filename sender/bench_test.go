package sender

import (
	"crypto/tls"
	"io"
	"net"
	"testing"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

const benchLine = "<${pri}>${time:rfc3164} ${host} radiusd[1234]: (1234) Login OK: [${user}] (from client wlc1 port 0 cli ${mac}) " +
	"Framed-IP-Address=${address} Acct-Session-Id=000${seq} NAS-Identifier=wlc1.corp.example Called-Station-Id=guest Service-Type=Framed-User"

func benchGenerator(b *testing.B) *Generator {
	return radius(b, Generate{
		Templates: []*syslog.Template{template(b, benchLine)},
		Reuse:     true, UserCount: 10_000, Addresses: prefixes("198.51.100.0/24"), Priority: 38,
	})
}

// What a message costs to make: no allocation, about as long as one address of it takes to print.
func BenchmarkTemplateAppend(b *testing.B) {
	g := benchGenerator(b)
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = g.Append(dst[:0])
	}
	b.SetBytes(int64(len(dst)))
}

func benchRun(b *testing.B, c Connection) {
	g := benchGenerator(b)
	b.ReportAllocs()
	b.ResetTimer()
	report, err := Run(b.Context(), Config{Connection: c, Source: g, Rate: Max, Count: uint64(b.N)})
	if err != nil || report.Sent != uint64(b.N) {
		b.Fatalf("%+v, %v", report, err)
	}
	b.SetBytes(int64(report.Bytes / report.Sent))
	b.ReportMetric(report.Achieved, "msg/s")
}

// discard reads all that comes in large pieces.
func discard(c net.Conn) {
	buf := make([]byte, 256<<10)
	_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{c}, buf)
	_ = c.Close()
}

func BenchmarkSendUDP(b *testing.B) {
	sink := listenUDP(b)
	go func() {
		buf := make([]byte, 1<<16)
		for {
			if _, err := sink.Read(buf); err != nil {
				return
			}
		}
	}()
	benchRun(b, Connection{To: to(UDP, sink.LocalAddr()), CloseWait: -1})
}

func BenchmarkSendTCP(b *testing.B) {
	benchRun(b, Connection{To: to(TCP, serve(b, nil, discard)), CloseWait: -1})
}

func BenchmarkSendTLS(b *testing.B) {
	p := newPKI(b)
	addr := serve(b, &tls.Config{Certificates: []tls.Certificate{p.server}}, discard)
	benchRun(b, Connection{To: to(TLS, addr), TLS: TLSConfig{Roots: p.roots}, CloseWait: -1})
}
