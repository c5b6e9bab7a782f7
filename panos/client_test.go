package panos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uidprobe/uidprobe/credential"
)

const (
	testKey      = "KEY+with/odd&<signs>=="
	testPassword = `pass"wörd&<1>`
)

// asked is one request as the server saw it.
type asked struct {
	method, uri string
	header      http.Header
	form        url.Values
}

// api is a server that answers with one body and notes what it was asked.
type api struct {
	*httptest.Server
	mu       sync.Mutex // guards requests
	requests []asked
}

func newAPI(t *testing.T, handler http.HandlerFunc) *api {
	t.Helper()
	a := &api{}
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		form, formErr := url.ParseQuery(string(body))
		if err != nil || formErr != nil {
			t.Errorf("body %q: %v, %v", body, err, formErr)
		}
		a.mu.Lock()
		a.requests = append(a.requests, asked{r.Method, r.RequestURI, r.Header.Clone(), form})
		a.mu.Unlock()
		handler(w, r)
	}))
	a.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

func (a *api) all() []asked {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func xmlAnswer(body []byte) http.HandlerFunc {
	return answer(http.StatusOK, "application/xml; charset=UTF-8", string(body))
}

// trust is a TLS configuration that verifies the test server.
func (a *api) trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate())
	return &tls.Config{RootCAs: pool}
}

func (a *api) client(t *testing.T, change ...func(*ClientConfig)) *Client {
	t.Helper()
	config := ClientConfig{URL: a.URL, Key: credential.New(testKey), TLS: a.trust()}
	for _, f := range change {
		f(&config)
	}
	c, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestClientAsks(t *testing.T) {
	t.Parallel()
	wantInfo, err := ParseSystemInfo(sample(t, "system-info.txt"))
	if err != nil {
		t.Fatal(err)
	}
	one := sampleMappings[:1]
	for _, row := range []struct {
		name, cmd, answer string
		ask               func(context.Context, *Client) (any, error)
		want              any
	}{
		{"state", "<show><user><server-monitor><state>all</state></server-monitor></user></show>",
			string(AppendTextAnswer(nil, sample(t, "state.txt"))),
			func(ctx context.Context, c *Client) (any, error) { return c.ServerMonitorState(ctx) }, sampleState},
		{"statistics", "<show><user><server-monitor><statistics></statistics></server-monitor></user></show>",
			string(AppendTextAnswer(nil, sample(t, "statistics.txt"))),
			func(ctx context.Context, c *Client) (any, error) { return c.ServerMonitorStatistics(ctx) }, sampleStatistics},
		{"mapping", "<show><user><ip-user-mapping><ip>198.51.100.99</ip></ip-user-mapping></user></show>",
			string(AppendMappingsAnswer(nil, one)),
			func(ctx context.Context, c *Client) (any, error) { return c.Mapping(ctx, DataPlane, one[0].Address) }, one},
		{"mapping on the management plane", "<show><user><ip-user-mapping-mp><ip>198.51.100.99</ip></ip-user-mapping-mp></user></show>",
			string(AppendMappingsAnswer(nil, one)),
			func(ctx context.Context, c *Client) (any, error) {
				return c.Mapping(ctx, ManagementPlane, one[0].Address)
			}, one},
		{"not mapped", "<show><user><ip-user-mapping><ip>2001:db8::1</ip></ip-user-mapping></user></show>",
			string(sample(t, "unmapped.xml")),
			func(ctx context.Context, c *Client) (any, error) {
				return c.Mapping(ctx, DataPlane, addr("2001:db8::1"))
			}, []Mapping(nil)},
		{"not present", "<show><user><ip-user-mapping><ip>2001:db8::1</ip></ip-user-mapping></user></show>",
			string(sample(t, "not-found.xml")),
			func(ctx context.Context, c *Client) (any, error) {
				return c.Mapping(ctx, DataPlane, addr("2001:db8::1"))
			}, []Mapping(nil)},
		{"system info", "<show><system><info></info></system></show>", string(sample(t, "system-info.xml")),
			func(ctx context.Context, c *Client) (any, error) { return c.SystemInfo(ctx) }, wantInfo},
		{"clock", "<show><clock></clock></show>", string(sample(t, "clock.xml")),
			func(ctx context.Context, c *Client) (any, error) { return c.Clock(ctx) }, Clock{evening, "JST"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t, xmlAnswer([]byte(row.answer)))
			var seen []Exchange
			c := server.client(t, func(config *ClientConfig) {
				config.VSys, config.Target = "vsys2", "0123456789"
				config.Observe = func(e Exchange) { seen = append(seen, e) }
			})
			got, err := row.ask(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
			requests := server.all()
			if len(requests) != 1 {
				t.Fatalf("%d requests", len(requests))
			}
			diff(t, requests[0].form, url.Values{"type": {"op"}, "cmd": {row.cmd}, "vsys": {"vsys2"}, "target": {"0123456789"}})
			if r := requests[0]; r.method != "POST" || r.uri != "/api/" || r.header.Get("X-PAN-KEY") != testKey || r.header.Get("Accept-Encoding") != "" || r.header.Get("Idempotency-Key") != "" {
				t.Errorf("asked by %s %s with %v", r.method, r.uri, r.header)
			}
			command, err := ParseCommand(row.cmd)
			if err != nil {
				t.Fatal(err)
			}
			if len(seen) != 1 || seen[0] != (Exchange{command.CLI(), 200, row.answer, nil}) {
				t.Errorf("observed %+v", seen)
			}
		})
	}
}

// On the wire the header has the vendor's capitals; net/http would write X-Pan-Key.
func TestClientHeaderAsTheVendorWritesIt(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(sample(t, "system-info.xml")))
	var wire bytes.Buffer
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: server.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			defer conn.Close()
			request, readErr := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &wire)))
			err = readErr
			if err == nil {
				_, err = io.Copy(io.Discard, request.Body)
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+string(sample(t, "system-info.xml")))
		}
		done <- err
	}()
	c := server.client(t, func(config *ClientConfig) { config.URL = "https://" + listener.Addr().String() + "/api" })
	if _, err := c.SystemInfo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(wire.String(), "\r\nX-PAN-KEY: "+testKey+"\r\n") || strings.Count(wire.String(), testKey) != 1 {
		t.Errorf("on the wire: %q", wire.String())
	}
}

func TestKeygen(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(sample(t, "keygen.xml")))
	var seen []Exchange
	c := server.client(t, func(config *ClientConfig) {
		config.Key = credential.Secret{}
		config.Observe = func(e Exchange) { seen = append(seen, e) }
	})
	key, err := c.Keygen(t.Context(), `corp\admin`, credential.New(testPassword))
	if err != nil || key.Reveal() != "EXAMPLE-KEY-0001==" {
		t.Fatalf("key %q, %v", key.Reveal(), err)
	}
	r := server.all()[0]
	diff(t, r.form, url.Values{"type": {"keygen"}, "user": {`corp\admin`}, "password": {testPassword}})
	if r.method != "POST" || r.uri != "/api/" || r.header.Get("X-PAN-KEY") != "" {
		t.Errorf("asked by %s %s with %v", r.method, r.uri, r.header)
	}
	diff(t, seen, []Exchange{{"keygen", 200, credential.Redacted, nil}})

	if _, err := c.SystemInfo(t.Context()); err == nil || len(server.all()) != 1 {
		t.Errorf("a client without a key asked: %v, %d requests", err, len(server.all()))
	}
	other, err := c.WithKey(key)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = other.SystemInfo(t.Context())
	if got := server.all()[1].header.Get("X-PAN-KEY"); got != "EXAMPLE-KEY-0001==" {
		t.Errorf("WithKey asks with %q", got)
	}
	if _, err := c.WithKey(credential.New("a\nb")); err == nil {
		t.Error("WithKey took a line end")
	}
	for name, ask := range map[string]func() error{
		"no user":     func() error { _, err := c.Keygen(t.Context(), "", credential.New("x")); return err },
		"no password": func() error { _, err := c.Keygen(t.Context(), "u", credential.Secret{}); return err },
	} {
		if err := ask(); err == nil || len(server.all()) != 2 {
			t.Errorf("%s: %v, %d requests", name, err, len(server.all()))
		}
	}
}

func TestAPIErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name         string
		status       int
		body         string
		want         APIError
		text         string // HOST stands for the address
		unauthorized bool
		notFound     bool
	}{
		{"bad key", 403, string(sample(t, "error-403.xml")), APIError{HTTPStatus: 403, Status: "error", Code: 403, HasCode: true, Text: "Invalid Credential"},
			`HOST: show system info: the firewall answered error code 403 (forbidden: the key, user name or password is not accepted): "Invalid Credential"`, true, false},
		{"no code", 200, string(sample(t, "error-no-code.xml")), APIError{HTTPStatus: 200, Status: "error", Text: "No such node"},
			`HOST: show system info: the firewall answered error: "No such node"`, false, false},
		{"role", 200, `<response status="unauth" code="16"><msg><line>Unauthorized request</line></msg></response>`,
			APIError{HTTPStatus: 200, Status: "unauth", Code: 16, HasCode: true, Text: "Unauthorized request"},
			`HOST: show system info: the firewall answered unauth code 16 (unauthorized: the role of the API user does not allow it): "Unauthorized request"`, true, false},
		{"a code nobody knows", 200, `<response status="error" code="77"/>`, APIError{HTTPStatus: 200, Status: "error", Code: 77, HasCode: true},
			`HOST: show system info: the firewall answered error code 77`, false, false},
		{"not present", 200, string(sample(t, "not-found.xml")), APIError{HTTPStatus: 200, Status: "success", Code: 7, HasCode: true},
			`HOST: show system info: the firewall answered success code 7 (object not present)`, false, true},
		{"success that is none", 500, string(sample(t, "system-info.xml")), APIError{HTTPStatus: 500, Status: "success"},
			`HOST: show system info: the firewall answered success with HTTP status 500`, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t, answer(row.status, "application/xml", row.body))
			c := server.client(t)
			_, err := c.SystemInfo(t.Context())
			var got *APIError
			if !errors.As(err, &got) {
				t.Fatalf("%T %v", err, err)
			}
			row.want.Host, row.want.Command = c.Host(), "show system info"
			diff(t, *got, row.want)
			diff(t, strings.Replace(err.Error(), c.Host(), "HOST", 1), row.text)
			if IsUnauthorized(err) != row.unauthorized || IsNotFound(err) != row.notFound {
				t.Errorf("unauthorized %v, not found %v", IsUnauthorized(err), IsNotFound(err))
			}
		})
	}
}

func TestMappingOfAnotherAddress(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(AppendMappingsAnswer(nil, sampleMappings)))
	c := server.client(t)
	got, err := c.Mapping(t.Context(), DataPlane, sampleMappings[0].Address)
	wantError(t, err, "asked for 198.51.100.99, the answer holds 198.51.100.100")
	if got != nil || FailureOf(err) != Unreadable {
		t.Errorf("%v, %v", got, err)
	}
	for _, row := range []struct {
		table   Table
		address netip.Addr
	}{
		{"no-table", addr("192.0.2.1")},
		{DataPlane, netip.Addr{}},
		{DataPlane, addr("fe80::1%eth0")},
	} {
		if _, err := c.Mapping(t.Context(), row.table, row.address); err == nil {
			t.Errorf("Mapping(%q, %v) asked", row.table, row.address)
		}
	}
	if n := len(server.all()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestNotSentCommands(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(sample(t, "unmapped.xml")))
	for _, command := range []Command{{}, {Kind: KindMappings}, {Kind: KindMappingsMP}, {KindMappingsOf, "SYSLOG"}, {KindMappingsMPOf, "SYSLOG"},
		{KindClear, "192.0.2.1"}, {KindClearMP, "192.0.2.1"}, {Kind: KindClearAll}, {Kind: KindClearAllMP}, {Kind: "reboot"}} {
		err := server.client(t).op(t.Context(), command, func(Response) error { return nil })
		wantError(t, err, "not one that may be sent")
	}
	if n := len(server.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestClientIsConcurrent(t *testing.T) {
	t.Parallel()
	server := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(AppendSystemInfoAnswer(nil, SystemInfo{Hostname: "fw1"}))
	})
	c := server.client(t)
	var group sync.WaitGroup
	var mu sync.Mutex
	counts := map[string]int{}
	for i := range 8 {
		group.Go(func() {
			name := fmt.Sprint(i % 2)
			own := c.Observed(func(e Exchange) {
				mu.Lock()
				defer mu.Unlock()
				counts[name]++
			})
			for range 5 {
				if info, err := own.SystemInfo(t.Context()); err != nil || info.Hostname != "fw1" {
					t.Errorf("%+v, %v", info, err)
				}
			}
		})
	}
	group.Wait()
	diff(t, counts, map[string]int{"0": 20, "1": 20})
}

// A connection is used again, and one that the firewall has closed meanwhile is no error.
func TestIdleConnectionThatWasClosed(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(sample(t, "system-info.xml")))
	dials := 0
	c := server.client(t, func(config *ClientConfig) {
		config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dials++
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	})
	for range 3 {
		if _, err := c.SystemInfo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if dials != 1 {
		t.Errorf("%d connections for three questions", dials)
	}
	if _, err := c.Keygen(t.Context(), "admin", credential.New(testPassword)); FailureOf(err) != Unreadable || dials != 2 {
		t.Errorf("keygen: %v, %d connections; a password wants one of its own", err, dials)
	}
	server.CloseClientConnections()
	if _, err := c.SystemInfo(t.Context()); err != nil {
		t.Errorf("after the firewall closed the connection: %v", err)
	}
}

// What the firewall does when it closes an idle connection just as a question arrives: the
// question goes again over a new one. A connection of its own gets no second chance.
func TestQuestionOnConnectionThatCloses(t *testing.T) {
	t.Parallel()
	var count atomic.Int32
	server := newAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		if n := count.Add(1); n == 2 || n == 4 {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(AppendSystemInfoAnswer(nil, SystemInfo{Hostname: "fw1"}))
	})
	c := server.client(t)
	for range 2 {
		if info, err := c.SystemInfo(t.Context()); err != nil || info.Hostname != "fw1" {
			t.Errorf("%+v, %v", info, err)
		}
	}
	if n := count.Load(); n != 3 {
		t.Errorf("%d requests for two questions, the second over a connection that closed; want 3", n)
	}
	_, err := c.Keygen(t.Context(), "admin", credential.New(testPassword))
	if n := count.Load(); FailureOf(err) != Lost || n != 4 {
		t.Errorf("keygen: %v, %d requests; a password is sent once", err, n)
	}
}

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		config ClientConfig
		want   string
	}{
		{"no URL", ClientConfig{}, "must begin with https://"},
		{"http", ClientConfig{URL: "http://192.0.2.1/api/"}, "would send the key in the clear"},
		{"http on loopback", ClientConfig{URL: "http://127.0.0.1/"}, "would send the key in the clear"},
		{"ssh", ClientConfig{URL: "ssh://192.0.2.1"}, "must begin with https://"},
		{"no host", ClientConfig{URL: "https:///api/"}, "names no host"},
		{"another path", ClientConfig{URL: "https://192.0.2.1/php/"}, `has the path "/php/": the API is at /api/`},
		{"query", ClientConfig{URL: "https://192.0.2.1/api/?key=" + testKey}, "holds a query"},
		{"user and password", ClientConfig{URL: "https://u:secret@192.0.2.1/"}, "holds a user name"},
		{"port", ClientConfig{URL: "https://192.0.2.1:70000/"}, "not from 1 to 65535"},
		{"port 0", ClientConfig{URL: "https://192.0.2.1:0/"}, "not from 1 to 65535"},
		{"no URL at all", ClientConfig{URL: "https://u:secret@192.0.2.1:x/"}, "cannot be read"},
		{"key with a line end", ClientConfig{URL: "https://192.0.2.1/", Key: credential.New("secret\n")}, "API key holds characters"},
		{"vsys", ClientConfig{URL: "https://192.0.2.1/", VSys: "vsys 1"}, `vsys "vsys 1"`},
		{"target", ClientConfig{URL: "https://192.0.2.1/", Target: "1\n"}, `target "1\n"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewClient(row.config)
			wantError(t, err, row.want)
			for _, secret := range []string{"secret", testKey} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q holds a secret", err)
				}
			}
		})
	}
}

func TestNewClientAddresses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ url, host, endpoint string }{
		{"https://192.0.2.1", "192.0.2.1:443", "https://192.0.2.1/api/"},
		{"https://fw1.corp.example:4443/api", "fw1.corp.example:4443", "https://fw1.corp.example:4443/api/"},
		{"https://[2001:db8::1]/api/", "[2001:db8::1]:443", "https://[2001:db8::1]/api/"},
	} {
		c, err := NewClient(ClientConfig{URL: row.url})
		if err != nil {
			t.Fatal(err)
		}
		if c.Host() != row.host || c.endpoint != row.endpoint {
			t.Errorf("%s: host %s, endpoint %s", row.url, c.Host(), c.endpoint)
		}
		if c.link.tls.MinVersion != tls.VersionTLS12 {
			t.Errorf("%s: the minimum version is %s", row.url, tls.VersionName(c.link.tls.MinVersion))
		}
	}
}

// The environment's proxy would take the request away from the server, and the test with it.
func TestClientUsesNoProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	server := newAPI(t, xmlAnswer(sample(t, "system-info.xml")))
	c := server.client(t, func(config *ClientConfig) {
		// Proxies are never used for loopback: the name makes it look like another host.
		config.URL = "https://example.com:443"
		config.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
	})
	if _, err := c.SystemInfo(t.Context()); err != nil {
		t.Error(err)
	}
	if c.link.transport.Proxy != nil {
		t.Error("the transport asks the environment for a proxy")
	}
}
