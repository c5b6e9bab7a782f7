package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const testToken = "token-of-the-tests"

// lab is a peer with a control API.
type lab struct {
	*Control
	record *Record
	faults *Faults
	resets atomic.Int32
	log    bytes.Buffer
}

func startLab(t *testing.T, change func(*ControlConfig)) *lab {
	t.Helper()
	l := &lab{record: NewRecord(10), faults: someFaults()}
	config := ControlConfig{
		Token: testToken, Record: l.record, Faults: l.faults,
		Mappings: func() any { return []string{"<198.51.100.1>"} },
		Reset:    func() { l.resets.Add(1) },
		Log:      slog.New(slog.NewTextHandler(&l.log, nil)),
	}
	if change != nil {
		change(&config)
	}
	c, err := StartControl(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	l.Control = c
	t.Cleanup(func() { _ = c.Close() })
	return l
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// open sends a request: a word of each header is set unless it is empty.
func (l *lab) open(t *testing.T, method, path, body string, headers map[string]string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(within(t), method, "http://"+l.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
		if name == "Host" {
			request.Host = value
		}
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// ask is open with the token, to the end.
func (l *lab) ask(t *testing.T, method, path, body string) (status int, answer string) {
	t.Helper()
	response := l.open(t, method, path, body, map[string]string{"Authorization": "Bearer " + testToken})
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestControlAnswers(t *testing.T) {
	t.Parallel()
	const known = "udp-loss, api-slow, api-refused"
	for _, row := range []struct {
		name         string
		method, path string
		body         string
		status       int
		want         string // without the line end
	}{
		{"mappings", "GET", "/v1/mappings", "", 200, `["<198.51.100.1>"]`},
		{"a fault that is off", "GET", "/v1/faults/api-slow", "", 200,
			`{"id":"api-slow","title":{"en":"","ja":""},"check":"","params":[{"name":"delay","default":"1m","means":""}],"on":false}`},
		{"start with defaults", "PUT", "/v1/faults/api-slow", "", 200,
			`{"id":"api-slow","title":{"en":"","ja":""},"check":"","params":[{"name":"delay","default":"1m","means":"","value":"1m"}],"on":true}`},
		{"start with an empty object", "PUT", "/v1/faults/api-refused", " {} ", 200,
			`{"id":"api-refused","title":{"en":"","ja":""},"check":"","on":true}`},
		{"a number is taken as written", "PUT", "/v1/faults/api-slow", `{"delay": 1.50}`, 200,
			`{"id":"api-slow","title":{"en":"","ja":""},"check":"","params":[{"name":"delay","default":"1m","means":"","value":"1.50"}],"on":true}`},
		{"stop one that is off", "DELETE", "/v1/faults/api-refused", "", 200,
			`{"id":"api-refused","title":{"en":"","ja":""},"check":"","on":false}`},
		{"reset", "POST", "/v1/reset", "", 200, `{"since":0}`},
		{"reset with an empty object", "POST", "/v1/reset", "{}", 200, `{"since":0}`},
		{"no event", "GET", "/v1/events", "", 200, ``},

		{"unknown fault, shown", "GET", "/v1/faults/udp-los", "", 404, `{"error":"no fault \"udp-los\"; there are ` + known + `"}`},
		{"unknown fault, started", "PUT", "/v1/faults/udp-los", "", 404, `{"error":"no fault \"udp-los\"; there are ` + known + `"}`},
		{"unknown fault, stopped", "DELETE", "/v1/faults/udp-los", "", 404, `{"error":"no fault \"udp-los\"; there are ` + known + `"}`},
		{"unknown parameter", "PUT", "/v1/faults/udp-loss", `{"often":"5"}`, 400, `{"error":"fault udp-loss has no parameter \"often\"; there are every, source"}`},
		{"not JSON", "PUT", "/v1/faults/udp-loss", `every=5`, 400, `{"error":"the body is not a JSON object; send an object of parameters, such as {\"every\": \"5\"}, or no body"}`},
		{"an array", "PUT", "/v1/faults/udp-loss", `["every"]`, 400, `{"error":"the body is not a JSON object; send an object of parameters, such as {\"every\": \"5\"}, or no body"}`},
		{"null as a value", "PUT", "/v1/faults/udp-loss", `{"every":null}`, 400, `{"error":"parameter \"every\" is not a text, a number, true or false; send an object of parameters, such as {\"every\": \"5\"}, or no body"}`},
		{"twice", "PUT", "/v1/faults/udp-loss", `{"every":"5","every":"6"}`, 400, `{"error":"parameter \"every\" is there twice; send an object of parameters, such as {\"every\": \"5\"}, or no body"}`},
		{"not the whole", "PUT", "/v1/faults/udp-loss", `{"every":"5"`, 400, `{"error":"the body is not a whole JSON object; send an object of parameters, such as {\"every\": \"5\"}, or no body"}`},
		{"more behind", "PUT", "/v1/faults/udp-loss", `{"every":"5"} {}`, 400, `{"error":"something stands behind the JSON object; send an object of parameters, such as {\"every\": \"5\"}, or no body"}`},
		{"not UTF-8", "PUT", "/v1/faults/udp-loss", "{\"every\":\"\xff\"}", 400, `{"error":"the body is not UTF-8; send an object of parameters, such as {\"every\": \"5\"}, or no body"}`},
		{"the largest body", "PUT", "/v1/faults/api-refused", strings.Repeat(" ", maxControlBody), 200, `{"id":"api-refused","title":{"en":"","ja":""},"check":"","on":true}`},
		{"one above", "PUT", "/v1/faults/api-refused", strings.Repeat(" ", maxControlBody+1), 413, `{"error":"the body is above 65536 bytes"}`},
		{"reset of a part", "POST", "/v1/reset", `{"only":"record"}`, 400, `{"error":"a reset has no parameters: it resets record, counters, mappings and faults"}`},
		{"unknown path", "GET", "/v2/events", "", 404, `{"error":"no path \"/v2/events\"; there are /v1/health, /v1/events, /v1/mappings, /v1/faults, /v1/faults/{id}, /v1/reset"}`},
		{"the wrong method", "GET", "/v1/reset", "", 405, `{"error":"GET /v1/reset: there is POST"}`},
		{"another wrong method", "POST", "/v1/faults/udp-loss", "", 405, `{"error":"POST /v1/faults/{id}: there is GET, PUT, DELETE"}`},
		{"since no number", "GET", "/v1/events?since=-1", "", 400, `{"error":"since=\"-1\": want the number of the last event seen, or 0"}`},
		{"since the future", "GET", "/v1/events?since=1", "", 400, `{"error":"since=1: the newest event is 0; the peer was started anew: begin with since=0"}`},
		{"follow without a word", "GET", "/v1/events?follow", "", 400, `{"error":"follow=\"\": want true or false"}`},
		{"unknown parameter of events", "GET", "/v1/events?form=1", "", 400, `{"error":"no parameter \"form\"; there are since, kind, follow"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			status, got := startLab(t, nil).ask(t, row.method, row.path, row.body)
			if want := strings.TrimPrefix(row.want+"\n", "\n"); status != row.status || got != want {
				t.Errorf("%s %s: %d %s\nwant %d %s", row.method, row.path, status, got, row.status, want)
			}
		})
	}
}

func TestControlSwitchesAndResets(t *testing.T) {
	t.Parallel()
	l := startLab(t, nil)
	if status, text := l.ask(t, "PUT", "/v1/faults/udp-loss", `{"every":7,"source":"192.0.2.1"}`); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	if params, _ := l.faults.Active("udp-loss"); !maps.Equal(params, map[string]string{"every": "7", "source": "192.0.2.1"}) {
		t.Errorf("the fault runs with %v", params)
	}
	var list struct{ Faults []faultState }
	_, text := l.ask(t, "GET", "/v1/faults", "")
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	on := ""
	for _, f := range list.Faults {
		on += fmt.Sprintf("%s %v ", f.ID, f.On)
	}
	if want := "udp-loss true api-slow false api-refused false "; on != want {
		t.Errorf("listed are %q, want %q", on, want)
	}
	l.ask(t, "DELETE", "/v1/faults/udp-loss", "")
	if l.faults.On("udp-loss") {
		t.Error("a deleted fault is on")
	}
	l.ask(t, "PUT", "/v1/faults/api-slow", "")
	l.ask(t, "PUT", "/v1/faults/api-refused", "")
	for range 12 {
		l.record.Add("message", nil)
	}
	status, text := l.ask(t, "POST", "/v1/reset", "")
	if status != 200 || text != `{"since":12}`+"\n" {
		t.Errorf("reset: %d %s", status, text)
	}
	if running := l.faults.Running(); len(running) > 0 || l.resets.Load() != 1 || l.record.Count("message") != 0 {
		t.Errorf("after a reset: faults %v, %d resets of the peer, %d messages", running, l.resets.Load(), l.record.Count("message"))
	}
	if strings.Contains(l.log.String(), testToken) || !strings.Contains(l.log.String(), "fault started") {
		t.Errorf("the log holds the token, or not what was done:\n%s", &l.log)
	}
}

func TestControlHealth(t *testing.T) {
	t.Parallel()
	l := startLab(t, nil)
	l.record.Add("message", nil)
	_, text := l.ask(t, "GET", "/v1/health", "")
	var got struct {
		Status  string
		Started time.Time
		Newest  uint64
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Status != "ok" || got.Newest != 1 || !got.Started.Equal(l.started) {
		t.Errorf("health is %s, %v", text, err)
	}
}

func TestControlWithoutParts(t *testing.T) {
	t.Parallel()
	l := startLab(t, func(c *ControlConfig) { c.Faults, c.Mappings, c.Reset = nil, nil, nil })
	for _, row := range [][3]string{
		{"GET", "/v1/faults", `200 {"faults":[]}`},
		{"PUT", "/v1/faults/udp-loss", `404 {"error":"no fault \"udp-loss\"; this peer has none"}`},
		{"GET", "/v1/mappings", `404 {"error":"this peer has no mappings"}`},
		{"POST", "/v1/reset", `200 {"since":0}`},
	} {
		status, text := l.ask(t, row[0], row[1], "")
		if got := fmt.Sprintf("%d %s", status, strings.TrimSpace(text)); got != row[2] {
			t.Errorf("%s %s: %s, want %s", row[0], row[1], got, row[2])
		}
	}
	l = startLab(t, func(c *ControlConfig) { c.Mappings = func() any { return make(chan int) } })
	if status, text := l.ask(t, "GET", "/v1/mappings", ""); status != 500 || !strings.Contains(text, "cannot be written as JSON") {
		t.Errorf("mappings that are no JSON: %d %s", status, text)
	}
}

// Reads are open to this host; writes want the token, and neither answers to a name that
// somebody has pointed here.
func TestControlGuards(t *testing.T) {
	t.Parallel()
	l := startLab(t, nil)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	const right = "Bearer " + testToken
	for _, row := range []struct {
		name, method, path string
		host, token        string
		status             int
	}{
		{"read", "GET", "/v1/mappings", "", "", 200},
		{"read with a wrong token", "GET", "/v1/mappings", "", "Bearer wrong", 200},
		{"write", "PUT", "/v1/faults/api-slow", "", right, 200},
		{"write, scheme in capitals", "PUT", "/v1/faults/api-slow", "", "BEARER " + testToken, 200},
		{"start without token", "PUT", "/v1/faults/api-slow", "", "", 401},
		{"stop without token", "DELETE", "/v1/faults/api-slow", "", "", 401},
		{"reset without token", "POST", "/v1/reset", "", "", 401},
		{"wrong token", "POST", "/v1/reset", "", "Bearer " + testToken[:10], 401},
		{"longer token", "POST", "/v1/reset", "", right + "x", 401},
		{"empty token", "POST", "/v1/reset", "", "Bearer ", 401},
		{"another scheme", "POST", "/v1/reset", "", "Basic " + testToken, 401},
		{"without scheme", "POST", "/v1/reset", "", testToken, 401},
		{"unknown fault without token", "PUT", "/v1/faults/unknown", "", "", 401},

		{"localhost", "GET", "/v1/health", "localhost:" + port, "", 200},
		{"LOCALHOST", "GET", "/v1/health", "LOCALHOST:" + port, "", 200},
		{"IPv6", "GET", "/v1/health", "[::1]:" + port, "", 200},
		{"127.9.9.9", "GET", "/v1/health", "127.9.9.9:" + port, "", 200},
		{"a name that points here", "GET", "/v1/health", "rebind.corp.example:" + port, "", 403},
		{"a name that begins right", "GET", "/v1/health", "localhost.corp.example:" + port, "", 403},
		{"an address that begins right", "GET", "/v1/health", "127.0.0.1.corp.example:" + port, "", 403},
		{"another address", "GET", "/v1/health", "192.0.2.1:" + port, "", 403},
		{"unspecified", "GET", "/v1/health", "0.0.0.0:" + port, "", 403},
		{"another port", "GET", "/v1/health", "127.0.0.1:1", "", 403},
		{"no port", "GET", "/v1/health", "127.0.0.1", "", 403},
		{"no port, IPv6", "GET", "/v1/health", "[::1]", "", 403},
		{"write by another name", "POST", "/v1/reset", "rebind.corp.example:" + port, right, 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			headers := map[string]string{"Authorization": row.token, "Origin": "http://rebind.corp.example"}
			if row.host != "" {
				headers["Host"] = row.host
			}
			response := l.open(t, row.method, row.path, "", headers)
			if response.StatusCode != row.status {
				t.Errorf("status %d, want %d", response.StatusCode, row.status)
			}
			for name := range response.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("header %s lets other origins in", name)
				}
			}
			if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options is %q", got)
			}
			if got := response.Header.Get("WWW-Authenticate") != ""; got != (row.status == 401) {
				t.Errorf("asks for a token: %v", got)
			}
		})
	}
	t.Cleanup(func() { // after the rows
		if l.resets.Load() != 0 {
			t.Errorf("%d resets by who may not", l.resets.Load())
		}
	})
}

func TestControlConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		config ControlConfig
		want   string
	}{
		{"no record", ControlConfig{}, "control API: no record to show"},
		{"no port", ControlConfig{Record: NewRecord(1), Listen: "127.0.0.1"}, `control API: listen "127.0.0.1": want host:port, such as 127.0.0.1:0`},
		{"everywhere", ControlConfig{Record: NewRecord(1), Listen: "0.0.0.0:0"}, `control API: listen "0.0.0.0:0": only loopback, such as 127.0.0.1:0: whoever reaches the port may read`},
		{"a name", ControlConfig{Record: NewRecord(1), Listen: "fw.corp.example:0"}, `control API: listen "fw.corp.example:0": only loopback, such as 127.0.0.1:0: whoever reaches the port may read`},
		{"token", ControlConfig{Record: NewRecord(1), Token: "two words"}, "control API: the token holds what a header cannot: want letters, digits and punctuation"},
		{"patience", ControlConfig{Record: NewRecord(1), Patience: -1}, "control API: patience -1ns is below 0"},
	} {
		c, err := StartControl(t.Context(), row.config)
		if err == nil {
			_ = c.Close()
			t.Errorf("%s was accepted", row.name)
		} else if err.Error() != row.want {
			t.Errorf("%s: %q, want %q", row.name, err, row.want)
		}
	}
	l := startLab(t, nil)
	var bound *net.OpError
	if _, err := StartControl(t.Context(), ControlConfig{Record: NewRecord(1), Listen: l.Addr().String()}); !errors.As(err, &bound) {
		t.Errorf("a port that is taken: %v", err)
	}
}

func TestControlTokenIsFreshAndNotPrinted(t *testing.T) {
	t.Parallel()
	fresh := func(c *ControlConfig) { c.Token, c.Listen = "", ":0" }
	a, b := startLab(t, fresh), startLab(t, fresh)
	if a.Token() == b.Token() || len(a.Token()) < 26 {
		t.Errorf("tokens are %q and %q", a.Token(), b.Token())
	}
	if response := a.open(t, "POST", "/v1/reset", "", map[string]string{"Authorization": "Bearer " + a.Token()}); response.StatusCode != 200 {
		t.Errorf("the fresh token: status %d", response.StatusCode)
	}
	if !a.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Errorf("without a host the API is bound to %v", a.Addr())
	}
	given := startLab(t, nil)
	config := ControlConfig{Token: testToken, Listen: "127.0.0.1:0"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, what := range []any{config, given.Control, given.config} {
			if text := fmt.Sprintf(verb, what); strings.Contains(text, testToken) {
				t.Errorf("%s of a %T prints the token: %s", verb, what, text)
			}
		}
	}
}

// Close waits for what runs, tells who follows, and does not wait for who does nothing.
func TestControlCloses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, err := StartControl(ctx, ControlConfig{Record: NewRecord(10)})
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{Control: c}
	silent, err := net.Dial("tcp", c.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	following := l.open(t, "GET", "/v1/events?follow=true", "", nil)
	cancel()
	_ = c.Close()
	_ = c.Close()
	if rest, err := io.ReadAll(following.Body); err != nil || len(rest) > 0 {
		t.Errorf("a follower sees the end as %q, %v", rest, err)
	}
	if _, err := silent.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("a silent client sees %v, want the end", err)
	}
	if _, err := net.Dial("tcp", c.Addr().String()); err == nil {
		t.Error("a closed API listens")
	}
}

// Clients that do not finish what they began are cut off, and hold up nobody.
func TestControlSlowClients(t *testing.T) {
	t.Parallel()
	l := startLab(t, func(c *ControlConfig) { c.Patience = 300 * time.Millisecond })
	host := "Host: " + l.Addr().String() + "\r\n"
	for _, row := range []struct{ name, begin, want string }{
		{"nothing", "", ""},
		{"half a header", "GET /v1/health HTTP/1.1\r\nHo", "HTTP/1.1 400"},
		{"half a body", "PUT /v1/faults/api-slow HTTP/1.1\r\n" + host + "Authorization: Bearer " + testToken + "\r\nContent-Length: 5\r\n\r\n{", "HTTP/1.1 408"},
		{"a body that nobody reads", "GET /v1/health HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\n{", "HTTP/1.1 200"},
		{"a body without leave", "POST /v1/reset HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\n{", "HTTP/1.1 401"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			deadline, _ := within(t).Deadline()
			_ = conn.SetDeadline(deadline)
			if _, err := io.WriteString(conn, row.begin); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(conn) // to the end of the connection
			if !strings.HasPrefix(string(answer), row.want) || row.want == "" && len(answer) > 0 || err != nil {
				t.Errorf("answered %q, %v; want %q and the end", answer, err, row.want)
			}
		})
	}
}

// More connections than there are places are closed at once; places come back.
func TestControlConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	l := startLab(t, nil)
	var open []net.Conn
	for range maxControlConns {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
	}
	one, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	_ = one.SetDeadline(time.Now().Add(20 * time.Second))
	if n, err := one.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("connection %d sees %d bytes, %v; want the end", maxControlConns+1, n, err)
	}
	for _, conn := range open {
		_ = conn.Close()
	}
	ctx := within(t)
	for { // until the server has seen that they are closed
		request, _ := http.NewRequestWithContext(ctx, "GET", "http://"+l.Addr().String()+"/v1/health", nil)
		response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("no place comes back: %v", err)
		}
	}
}

func TestKnownIsACopy(t *testing.T) {
	t.Parallel()
	f := someFaults()
	known := f.Known()
	ids := func() (ids []string) {
		for _, fault := range f.Known() {
			ids = append(ids, fault.ID)
		}
		return ids
	}
	known[0].ID = "changed"
	if got, want := ids(), []string{"udp-loss", "api-slow", "api-refused"}; !slices.Equal(got, want) {
		t.Errorf("known are %v, want %v", got, want)
	}
}
