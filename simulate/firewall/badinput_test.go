package firewall

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

func TestBadMessages(t *testing.T) {
	t.Parallel()
	long := login("alice", "198.51.100.1") + " " + strings.Repeat("x", 9000)
	for _, test := range []struct {
		name, message string
		fields        map[string]any
	}{
		{"over the limit", long, map[string]any{"size": len(long), "cut": len(long) - 8000, "text": long[:MaxRecordText]}},
		{"NUL", "<38>a\x00b", map[string]any{"nul": true, "invalid_utf8": nil}},
		{"invalid UTF-8", "<38>a\xff\xfe", map[string]any{"invalid_utf8": true, "nul": nil, "text": "<38>a\xff\xfe"}},
		{"control characters", "<38>\x1b[31mred", map[string]any{"text": "<38>\x1b[31mred"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, nil)
			for i, conn := range []net.Conn{dialUDP(t, fw), dialSSL(t, fw)} {
				send(t, conn, test.message)
				wait(t, fw, KindMessage, uint64(i+1))
				got := last(t, fw, KindMessage).Fields
				for name, want := range test.fields {
					if got[name] != want {
						t.Errorf("%s: field %s is %v, want %v", conn.RemoteAddr().Network(), name, got[name], want)
					}
				}
			}
			wantCounters(t, fw, "lab udp", 1, 0)
			wantCounters(t, fw, "lab ssl", 1, 0)
			if over := fw.Record().Count(KindOverLong); (over == 2) != (test.name == "over the limit") {
				t.Errorf("%d messages are over the limit", over)
			}
		})
	}
}

func TestOverLongIsDropped(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.Dialect.OverLong = panos.OverLongDrop })
	conn := dialUDP(t, fw)
	send(t, conn, strings.Repeat("x", 8001))
	send(t, conn, "y")
	wait(t, fw, KindMessage, 1)
	wantCounters(t, fw, "lab udp", 1, 0)
	if got := last(t, fw, KindOverLong).Fields["outcome"]; got != "drop" {
		t.Errorf("outcome %v", got)
	}
}

func TestLargestDatagram(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	message := strings.Repeat("x", 65507)
	send(t, dialUDP(t, fw), message)
	wait(t, fw, KindMessage, 1)
	if got := last(t, fw, KindMessage).Fields["size"]; got != len(message) {
		t.Errorf("size %v, want %d", got, len(message))
	}
}

func TestHalfALineThenClose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		final    panos.FinalLine
		messages uint64
	}{{panos.FinalLineTake, 2}, {panos.FinalLineDrop, 1}} {
		t.Run(string(test.final), func(t *testing.T) {
			t.Parallel()
			fw := start(t, func(c *Config) { c.Dialect.FinalLine = test.final })
			conn := dialSSL(t, fw)
			send(t, conn, login("alice", "198.51.100.1"))
			if _, err := conn.Write([]byte(login("bob", "198.51.100.2"))); err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
			wait(t, fw, KindConnectionClosed, 1)
			wantCounters(t, fw, "lab ssl", test.messages, test.messages)
			if closed := last(t, fw, KindConnectionClosed).Fields; closed["messages"] != int(test.messages) || closed["reason"] != "closed by the sender" {
				t.Errorf("closed with %+v", closed)
			}
			if test.final == panos.FinalLineTake {
				if last(t, fw, KindMessage).Fields["unterminated"] != true {
					t.Error("the last message is not marked as unterminated")
				}
			} else {
				wait(t, fw, KindDiscarded, 1)
			}
		})
	}
}

// cutting is a connection that passes on a limited number of bytes and then breaks.
type cutting struct {
	net.Conn
	left int
}

func (c *cutting) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p[:min(len(p), c.left)])
	if c.left -= n; err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

func TestBadConnections(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		do     func(t *testing.T, fw *Firewall)
		kind   string
		reason string
	}{
		{"silent client", func(t *testing.T, fw *Firewall) { dialTCP(t, fw.SSLAddr()) }, KindConnectionRefused, "deadline exceeded"},
		{"no TLS", func(t *testing.T, fw *Firewall) { send(t, dialTCP(t, fw.SSLAddr()), login("a", "198.51.100.1")) },
			KindConnectionRefused, "first record does not look like a TLS handshake"},
		{"leaves within the handshake", func(t *testing.T, fw *Firewall) {
			conn := dialTCP(t, fw.SSLAddr())
			_, _ = conn.Write([]byte{22, 3, 1})
			_ = conn.Close()
		}, KindConnectionRefused, "EOF"},
		{"does not trust us", func(t *testing.T, fw *Firewall) {
			_ = tls.Client(dialTCP(t, fw.SSLAddr()), &tls.Config{ServerName: "firewall.corp.example", RootCAs: nil, MinVersion: tls.VersionTLS12}).Handshake()
		}, KindConnectionRefused, "bad certificate"},
		{"old TLS", func(t *testing.T, fw *Firewall) {
			c := clientTLS(fw)
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			_ = tls.Client(dialTCP(t, fw.SSLAddr()), c).Handshake()
		}, KindConnectionRefused, "unsupported versions"},
		{"cut within a record", func(t *testing.T, fw *Firewall) {
			raw := &cutting{dialTCP(t, fw.SSLAddr()), 1 << 20}
			conn := tls.Client(raw, clientTLS(fw))
			if err := conn.Handshake(); err != nil {
				t.Fatal(err)
			}
			raw.left = 10
			_, _ = conn.Write([]byte(login("a", "198.51.100.1") + "\n"))
			_ = raw.Close()
		}, KindConnectionClosed, "unexpected EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, func(c *Config) {
				if test.name == "silent client" {
					c.HandshakeTimeout = 2 * time.Second // as short as a busy machine's own handshakes allow
				}
			})
			test.do(t, fw)
			wait(t, fw, test.kind, 1)
			if got := last(t, fw, test.kind).Fields["reason"]; !strings.Contains(got.(string), test.reason) {
				t.Errorf("reason %q, want %q in it", got, test.reason)
			}
			wantCounters(t, fw, "lab ssl", 0, 0)
			// and the listener still serves
			send(t, dialSSL(t, fw), login("b", "198.51.100.2"))
			wait(t, fw, KindMessage, 1)
			wantTable(t, fw, `198.51.100.2 corp\b`)
		})
	}
}

func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.MaxConnections = 2 })
	first := dialSSL(t, fw)
	dialSSL(t, fw)
	if third, err := tls.Dial("tcp", fw.SSLAddr().String(), clientTLS(fw)); err == nil {
		_ = third.Close()
		t.Error("a third connection is served")
	}
	wait(t, fw, KindConnectionRefused, 1)
	if got := last(t, fw, KindConnectionRefused).Fields["reason"]; got != "too many connections" {
		t.Errorf("reason %v", got)
	}
	_ = first.Close()
	wait(t, fw, KindConnectionClosed, 1)
	dialTCP(t, fw.APIAddr()) // the API has a bound of its own
}

// A sender in the middle of a line, and one in the middle of a handshake, keep nobody.
func TestSlowClientSlowsNobody(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	dialTCP(t, fw.SSLAddr())
	slow := dialSSL(t, fw)
	_, _ = slow.Write([]byte("<38>login ok us"))
	fast := dialSSL(t, fw)
	for range 100 {
		send(t, fast, login("alice", "198.51.100.1"))
	}
	wait(t, fw, KindMessage, 100)
	_, _ = slow.Write([]byte("er=bob ip=198.51.100.2\n"))
	wait(t, fw, KindMessage, 101)
	wantTable(t, fw, `198.51.100.1 corp\alice, 198.51.100.2 corp\bob`)
}

func TestUnknownSourceOverTLS(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.Senders = c.Senders[:1] })
	send(t, dialSSL(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindUnknownSource, 1)
	wantTable(t, fw, "")
	wantCounters(t, fw, "lab udp", 0, 0)
}

// The queue of datagrams is bounded by number and by bytes.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	q := newQueue()
	big := make([]byte, 64<<10)
	n := 0
	for q.put(datagram{data: big}) {
		n++
	}
	if n != queueBytes/len(big) {
		t.Errorf("%d datagrams of 64 KiB fit", n)
	}
	q = newQueue()
	for n = 0; q.put(datagram{}); n++ {
	}
	if n != queueLength {
		t.Errorf("%d empty datagrams fit", n)
	}
}

// The chain of the listener as an implementation sees it that nobody here wrote.
func TestOpenSSLVerifiesTheListener(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	fw := start(t, nil)
	ca := t.TempDir() + "/ca.pem"
	writeFile(t, ca, fw.Authority().PEM())
	cmd := exec.CommandContext(within(t), openssl, "s_client", "-connect", fw.SSLAddr().String(), "-CAfile", ca,
		"-verify_return_error", "-verify_hostname", "firewall.corp.example", "-quiet", "-no_ign_eof")
	cmd.Stdin = strings.NewReader(login("alice", "198.51.100.1") + "\n")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("openssl s_client: %v\n%s", err, output)
	}
	wait(t, fw, KindMessage, 1)
	wantTable(t, fw, `198.51.100.1 corp\alice`)
}
