package panos

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uidprobe/uidprobe/credential"
)

func gzipped(t *testing.T, n int64) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.CopyN(w, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		handler http.HandlerFunc
		failure Failure
		want    []string
	}{
		{"a page", answer(200, "text/html", string(sample(t, "login.html"))), NotAPI,
			[]string{`the answer is an HTML page titled "Switch & Router Log-in": is this the firewall's management address?`}},
		{"a page that is not there", answer(404, "text/html", "<html><title>404 Not Found</title>"), NotAPI,
			[]string{`HTTP status 404: the answer is an HTML page titled "404 Not Found"`}},
		{"a forbidden page is no refusal of the API", answer(403, "text/html", "<html><title>Proxy</title>"), NotAPI, []string{"HTTP status 403"}},
		{"words", answer(200, "text/plain", "It works!"), NotAPI, []string{`begins with "It works!"`}},
		{"nothing", answer(502, "text/plain", ""), CutShort, []string{"HTTP status 502: the answer is empty"}},
		{"cut XML", xmlAnswer(sample(t, "system-info.xml")[:100]), CutShort, []string{"cut short after 100 bytes"}},
		{"cut body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = w.Write(sample(t, "system-info.xml")[:100])
		}, CutShort, []string{"cut short after 100 of 500 bytes"}},
		{"cut chunks", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(sample(t, "system-info.xml")[:100])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, CutShort, []string{"cut short after 100 bytes"}},
		{"no answer at all", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Lost, []string{"brought no answer"}},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, gzipped(t, 2*MaxAnswer))
		}, NotAPI, []string{`compressed ("gzip")`, "proxy"}},
		{"moved", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.corp.example/api/", http.StatusMovedPermanently)
		}, Redirected, []string{`HTTP status 301 points to "https://other.corp.example/api/", which is not followed`}},
		{"deep", xmlAnswer([]byte(strings.Repeat("<response status='success'>", 100))), NotAPI, []string{"nested more than"}},
		{"entity", xmlAnswer([]byte(`<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hosts">]><response status="success">&e;</response>`)), NotAPI, []string{"DTD"}},
		{"another answer", xmlAnswer(sample(t, "mappings.xml")), Unreadable, []string{"system info", "sw-version"}},
		{"long header", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("a", 100<<10))
		}, Lost, []string{"brought no answer"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t, row.handler)
			var seen []Exchange
			c := server.client(t, func(config *ClientConfig) { config.Observe = func(e Exchange) { seen = append(seen, e) } })
			_, err := c.SystemInfo(t.Context())
			wantError(t, err, append(row.want, c.Host()+": show system info: ")...)
			if got := FailureOf(err); got != row.failure {
				t.Errorf("failure %q, want %q: %v", got, row.failure, err)
			}
			if IsUnauthorized(err) {
				t.Errorf("%v counts as unauthorized", err)
			}
			if len(server.all()) != 1 {
				t.Errorf("%d requests, want 1", len(server.all()))
			}
			if len(seen) != 1 || !errors.Is(seen[0].Err, err) || len(seen[0].Answer) > MaxAnswer {
				t.Errorf("observed %d exchanges", len(seen))
			}
		})
	}
}

// A body of 100 MB is left as soon as it is too long: the server cannot get rid of it.
func TestEndlessBody(t *testing.T) {
	t.Parallel()
	const whole = 100 << 20
	written := make(chan int64, 1)
	server := newAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<response status='success'><result>")
		n, _ := io.CopyN(w, zeros{}, whole)
		written <- n
	})
	_, err := server.client(t).SystemInfo(t.Context())
	wantError(t, err, "longer than 8388608 bytes")
	if got := FailureOf(err); got != TooLong {
		t.Errorf("failure %q, want %q", got, TooLong)
	}
	if n := <-written; n == whole {
		t.Error("the whole body was taken")
	}
}

func TestWrongContentTypeIsRead(t *testing.T) {
	t.Parallel()
	server := newAPI(t, answer(200, "text/html", string(sample(t, "system-info.xml"))))
	if info, err := server.client(t).SystemInfo(t.Context()); err != nil || info.Hostname != "PA-VM" {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestConnectionFailures(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(sample(t, "system-info.xml")))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	plain := httptest.NewServer(answer(200, "application/xml", ""))
	t.Cleanup(plain.Close)
	for _, row := range []struct {
		name    string
		change  func(*ClientConfig)
		failure Failure
		want    string
	}{
		{"nobody listens", func(c *ClientConfig) { c.URL = "https://" + closed.Addr().String() }, Unreachable, "no connection: "},
		{"unknown authority", func(c *ClientConfig) { c.TLS = nil }, Untrusted, "the certificate is not accepted: x509: "},
		{"another name", func(c *ClientConfig) { c.TLS.ServerName = "fw1.corp.example" }, Untrusted, "fw1.corp.example"},
		{"expired", func(c *ClientConfig) { c.TLS.Time = func() time.Time { return time.Unix(1<<33, 0) } }, Untrusted, "expired"},
		{"no TLS", func(c *ClientConfig) { c.URL = "https://" + plain.Listener.Addr().String() }, BadTLS, "the port does not speak it"},
		{"no common version", func(c *ClientConfig) { c.TLS.MinVersion, c.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }, BadTLS, "no TLS session"},
		{"no such name", func(c *ClientConfig) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "fw9.corp.example", IsNotFound: true}}
			}
		}, Unreachable, "no connection: lookup fw9.corp.example: no such host"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := server.client(t, row.change).SystemInfo(t.Context())
			wantError(t, err, row.want)
			if FailureOf(err) != row.failure {
				t.Errorf("failure %q, want %q: %v", FailureOf(err), row.failure, err)
			}
		})
	}
	_, err = server.client(t, func(c *ClientConfig) { c.TLS.ServerName = "fw1.corp.example" }).SystemInfo(t.Context())
	var verification *tls.CertificateVerificationError
	var name x509.HostnameError
	if !errors.As(err, &verification) || len(verification.UnverifiedCertificates) == 0 || !errors.As(err, &name) {
		t.Errorf("the chain cannot be reached through %v", err)
	}
}

// deadline is a cause as package check has it.
type deadline struct{}

func (deadline) Error() string        { return "no answer within 5s (clock of the attempt)" }
func (deadline) Is(target error) bool { return target == context.DeadlineExceeded }

// hang is a place where a firewall can stop talking; reached tells that it did.
func hangs(t *testing.T) map[string]struct {
	url     string
	reached chan struct{}
} {
	all := map[string]struct {
		url     string
		reached chan struct{}
	}{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shook := make(chan struct{})
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 1))
		close(shook)
		_, _ = io.Copy(io.Discard, conn) // until the client leaves
		_ = conn.Close()
	}()
	t.Cleanup(func() { _ = listener.Close(); <-finished })
	all["while connecting"] = struct {
		url     string
		reached chan struct{}
	}{"https://" + listener.Addr().String(), shook}

	asked := make(chan struct{})
	server := newAPI(t, func(_ http.ResponseWriter, r *http.Request) { close(asked); <-r.Context().Done() })
	all["while waiting for the answer"] = struct {
		url     string
		reached chan struct{}
	}{server.URL, asked}

	began := make(chan struct{})
	slow := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<response status='success'>")
		_ = http.NewResponseController(w).Flush()
		close(began)
		<-r.Context().Done()
	})
	all["while "] = struct { // whether the first byte has been read by then is not ours to say
		url     string
		reached chan struct{}
	}{slow.URL, began}
	return all
}

func TestServerThatHangs(t *testing.T) {
	t.Parallel()
	trust := newAPI(t, nil).trust()
	for _, end := range []struct {
		name    string
		cause   error
		failure Failure
	}{
		{"deadline", deadline{}, TimedOut},
		{"interrupt", errors.New("interrupted by a signal"), Interrupted},
	} {
		for at, hang := range hangs(t) {
			t.Run(end.name+" "+at, func(t *testing.T) {
				t.Parallel()
				c, err := NewClient(ClientConfig{URL: hang.url, Key: credential.New(testKey), TLS: trust})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					<-hang.reached
					cancel(end.cause)
				}()
				_, err = c.SystemInfo(ctx)
				wantError(t, err, end.cause.Error(), at)
				if FailureOf(err) != end.failure || !errors.Is(err, end.cause) {
					t.Errorf("failure %q, want %q with its cause: %v", FailureOf(err), end.failure, err)
				}
				if err := c.Close(); err != nil { // comes back only when no handshake is left
					t.Error(err)
				}
			})
		}
	}
}

// The clock of the bubble tells whether Close cancelled the dial: the backstop would have
// ended it half a minute later.
func TestCloseWaitsForConnectionsInTheMaking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := false
		c, err := NewClient(ClientConfig{
			URL: "https://192.0.2.1/", Key: credential.New(testKey),
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				time.Sleep(time.Minute) // of the bubble
				left = true
				return nil, ctx.Err()
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, deadline{})
		defer cancel()
		started := time.Now()
		_, err = c.SystemInfo(ctx)
		wantError(t, err, "192.0.2.1:443: show system info: no answer within 5s (clock of the attempt), while connecting")
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(started); !left || took != time.Second+time.Minute {
			t.Errorf("Close came back after %v, dial left: %v", took, left)
		}
	})
}
