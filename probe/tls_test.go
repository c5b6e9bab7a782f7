package probe_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
)

const tlsHost = "dc1.corp.example"

// tlsLab is a PKI, published, and the file with what is trusted.
type tlsLab struct {
	pki *certs.PKI
	ca  string
}

func newTLSLab(t *testing.T, flaw certs.Flaw) tlsLab {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	pki, err := certs.Mint(certs.MintConfig{
		Hosts: []string{tlsHost, "127.0.0.1"}, Flaw: flaw, Base: "http://" + server.Listener.Addr().String(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = pki.Handler()
	server.Start()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, certs.PEM([]*x509.Certificate{pki.Root}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tlsLab{pki, ca}
}

// listenWith serves every connection with a function of the test, on loopback.
func listenWith(t *testing.T, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var mu sync.Mutex // guards open
	open := map[net.Conn]bool{}
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			running.Go(func() { defer conn.Close(); serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return netip.MustParseAddrPort(listener.Addr().String())
}

// shakeWith serves TLS with a configuration.
func shakeWith(config *tls.Config) func(net.Conn) {
	return func(conn net.Conn) {
		server := tls.Server(conn, config)
		_ = server.Handshake()
		var one [1]byte
		_, _ = server.Read(one[:])
	}
}

// askTLS runs the checks against an address, by the usual name.
func askTLS(t *testing.T, lab tlsLab, at netip.AddrPort, change func(*probe.TLSServers)) map[string]check.Result {
	t.Helper()
	config := probe.TLSServers{
		Targets: []probe.TLSTarget{{Host: tlsHost, Port: at.Port()}}, CAFile: lab.ca, Online: true,
		Lookup: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{at.Addr()}, nil },
	}
	if change != nil {
		change(&config)
	}
	results := map[string]check.Result{}
	for r := range check.Run(context.Background(), probe.TLSChecks(config), check.Config{Clocks: check.Clocks{Attempt: 20 * time.Second}}) {
		results[r.Check] = r
	}
	return results
}

func tlsReds(results map[string]check.Result) (ids []string) {
	for id, r := range results {
		if r.CausedBy == nil && (r.Status == check.Warn || r.Status == check.Fail || r.Status == check.Error) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Every flaw, served over TLS, leaves one red: its check.
func TestTLSFindsEveryFlaw(t *testing.T) {
	t.Parallel()
	for _, f := range append(certs.Flaws(), certs.FlawInfo{}) {
		t.Run("flaw "+string(f.Flaw), func(t *testing.T) {
			t.Parallel()
			lab := newTLSLab(t, f.Flaw)
			at := listenWith(t, shakeWith(&tls.Config{Certificates: []tls.Certificate{lab.pki.Server}, MinVersion: tls.VersionTLS12}))
			results := askTLS(t, lab, at, nil)
			var want []string
			if f.Flaw != certs.NoFlaw {
				want = []string{f.Check}
			}
			if got := tlsReds(results); !slices.Equal(got, want) {
				t.Errorf("red are %q, want %q", got, want)
				for _, id := range got {
					t.Logf("%s: %s", id, results[id].Summary)
				}
			}
			if len(results) != len(certs.Rules())+5 {
				t.Errorf("%d results", len(results))
			}
		})
	}
}

// What is no TLS server, or none of today, is told apart.
func TestTLSServersOfOtherKinds(t *testing.T) {
	t.Parallel()
	lab := newTLSLab(t, certs.NoFlaw)
	good := lab.pki.Server
	other, err := certs.Mint(certs.MintConfig{Hosts: []string{"dc2.corp.example"}})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Write([]byte(text))
			var buffer [4096]byte
			_, _ = conn.Read(buffer[:])
		}
	}
	for _, test := range []struct {
		name   string
		serve  func(net.Conn)
		red    string
		status check.Status
		want   string
	}{
		{"HTTP", answer("HTTP/1.1 400 Bad Request\r\n\r\n"), "tls.handshake", check.Fail, "the server speaks HTTP, not TLS"},
		{"SSH", answer("SSH-2.0-OpenSSH_9.2p1\r\n"), "tls.handshake", check.Fail, "the server speaks SSH, not TLS"},
		{"rubbish", answer("\x00\x01\x02\x03\x04\x05"), "tls.handshake", check.Fail, "does not speak TLS"},
		{
			"a certificate of 1 MB", shakeWith(&tls.Config{Certificates: []tls.Certificate{{
				Certificate: [][]byte{make([]byte, 1<<20)}, PrivateKey: good.PrivateKey,
			}}, MinVersion: tls.VersionTLS12}),
			"certs.readable", check.Fail, "the first of what was presented",
		},
		{"closes at once", func(net.Conn) {}, "tls.handshake", check.Fail, "127.0.0.1"},
		{
			"TLS 1.0 alone", shakeWith(&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}),
			"tls.versions", check.Fail, "speaks no version of today: TLS 1.0",
		},
		{
			"TLS 1.0 as well", shakeWith(&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10}),
			"tls.versions", check.Warn, "still takes TLS 1.1 and TLS 1.0",
		},
		{
			"TLS 1.3 alone", shakeWith(&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS13}),
			"tls.versions", check.Warn, "speaks TLS 1.3 alone",
		},
		{
			"another certificate without the name", shakeWith(&tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				if h.ServerName == "" {
					return &other.Server, nil
				}
				return &good, nil
			}}),
			"tls.server-name", check.Warn, `without the name the certificate is another: "dc2.corp.example"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			results := askTLS(t, lab, listenWith(t, test.serve), nil)
			if got := tlsReds(results); !slices.Equal(got, []string{test.red}) {
				t.Fatalf("red are %q, want %q: %+v", got, test.red, results[test.red])
			}
			r := results[test.red]
			if r.Status != test.status || !strings.Contains(r.Summary, test.want) || r.Hint == "" {
				t.Errorf("%v %q (%s), want %v and %q", r.Status, r.Summary, r.Hint, test.status, test.want)
			}
		})
	}
}

// A server with an RSA key that takes 3DES: the broken cipher is named, the merely old ones
// are counted.
func TestTLSNamesBrokenCiphers(t *testing.T) {
	t.Parallel()
	lab := newTLSLab(t, certs.FlawRSA1024)
	at := listenWith(t, shakeWith(&tls.Config{
		Certificates: []tls.Certificate{lab.pki.Server}, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		},
	}))
	r := askTLS(t, lab, at, nil)["tls.ciphers"]
	if r.Status != check.Warn || !strings.Contains(r.Summary, "takes TLS_RSA_WITH_3DES_EDE_CBC_SHA (64-bit blocks (SWEET32))") {
		t.Errorf("%v %s", r.Status, r.Summary)
	}
	if all, _ := r.Measure("ciphers"); all != 3 {
		t.Errorf("%v ciphers, want 3: %+v", all, r.Evidence)
	}
	if old, _ := r.Measure("legacy"); old != 2 {
		t.Errorf("%v legacy ciphers, want 2: %+v", old, r.Evidence)
	}
}

// At port 5986 a result has the symptom that the firewall would show, and its words.
func TestTLSSpeaksForTheFirewall(t *testing.T) {
	t.Parallel()
	closed := listenWith(t, func(net.Conn) {})
	lab := newTLSLab(t, certs.NoFlaw)
	for _, test := range []struct {
		name    string
		lookup  func(context.Context, string) ([]netip.Addr, error)
		red     string
		symptom string
	}{
		{"no address", func(context.Context, string) ([]netip.Addr, error) { return nil, nil }, "tls.address", "winrm.unresolved"},
		{"nothing listens", func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.83.61.7")}, nil // nobody has 5986 there
		}, "tls.handshake", "winrm.not-reached"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			results := askTLS(t, lab, closed, func(c *probe.TLSServers) {
				c.Targets, c.Lookup = []probe.TLSTarget{{Host: tlsHost}}, test.lookup
			})
			if got := tlsReds(results); !slices.Equal(got, []string{test.red}) {
				t.Fatalf("red are %q", got)
			}
			if r := results[test.red]; r.Symptom != test.symptom || len(r.Evidence) < 4 {
				t.Errorf("symptom %q, want %q; evidence %v", r.Symptom, test.symptom, r.Evidence)
			}
		})
	}
}

// A name with three addresses is three targets, each with its own results.
func TestTLSAsksEveryAddress(t *testing.T) {
	t.Parallel()
	lab := newTLSLab(t, certs.NoFlaw)
	at := listenWith(t, shakeWith(&tls.Config{Certificates: []tls.Certificate{lab.pki.Server}, MinVersion: tls.VersionTLS12}))
	silent := netip.MustParseAddr("127.83.61.8")
	config := probe.TLSServers{
		Targets: []probe.TLSTarget{{Host: tlsHost, Port: at.Port()}}, CAFile: lab.ca,
		Lookup: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{at.Addr(), silent}, nil },
	}
	got := map[string]check.Status{}
	for r := range check.Run(context.Background(), probe.TLSChecks(config), check.Config{}) {
		if r.Check == "tls.handshake" {
			got[r.Target] = r.Status
		}
	}
	want := map[string]check.Status{
		fmt.Sprintf("%s:%d (127.0.0.1)", tlsHost, at.Port()):   check.Pass,
		fmt.Sprintf("%s:%d (127.83.61.8)", tlsHost, at.Port()): check.Fail,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A server that takes the connection and says nothing ends with the attempt.
func TestTLSSilenceEndsWithTheAttempt(t *testing.T) {
	t.Parallel()
	lab := newTLSLab(t, certs.NoFlaw)
	at := listenWith(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	config := probe.TLSServers{
		Targets: []probe.TLSTarget{{Host: "127.0.0.1", Port: at.Port()}}, CAFile: lab.ca, Name: tlsHost,
	}
	for r := range check.Run(context.Background(), probe.TLSChecks(config), check.Config{Clocks: check.Clocks{Attempt: 100 * time.Millisecond}}) {
		if r.Check == "tls.handshake" && (r.Status != check.Fail || !strings.Contains(r.Summary, "attempt") || !strings.Contains(r.Hint, "swallows")) {
			t.Errorf("%v %s (%s)", r.Status, r.Summary, r.Hint)
		}
		if r.Check != "tls.handshake" && r.Status != check.Skip {
			t.Errorf("%s was asked: %v", r.Check, r.Status)
		}
	}
}

// A profile that cannot be read is no finding about the server.
func TestTLSWithoutAProfile(t *testing.T) {
	t.Parallel()
	lab := newTLSLab(t, certs.NoFlaw)
	at := listenWith(t, shakeWith(&tls.Config{Certificates: []tls.Certificate{lab.pki.Server}, MinVersion: tls.VersionTLS12}))
	results := askTLS(t, lab, at, func(c *probe.TLSServers) { c.CAFile = filepath.Join(t.TempDir(), "none.pem") })
	if r := results[certs.RuleChain]; r.Status != check.Error || !strings.Contains(r.Summary, "none.pem") {
		t.Errorf("%v %s", r.Status, r.Summary)
	}
}
