package simulate

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// short is a stream of events in short: "1 a", "gap 2-5".
func short(t *testing.T, text string) string {
	t.Helper()
	var words []string
	for l := range strings.Lines(text) {
		words = append(words, shortLine(t, l))
	}
	return strings.Join(words, ", ")
}

func shortLine(t *testing.T, text string) string {
	t.Helper()
	var line struct {
		Event
		Gap *gap
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		t.Fatalf("line %q: %v", text, err)
	}
	if line.Gap != nil {
		return fmt.Sprintf("gap %d-%d", line.Gap.From, line.Gap.To)
	}
	return fmt.Sprintf("%d %s", line.Seq, line.Kind)
}

// TestControlEvents: the record keeps 3.
func TestControlEvents(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		add   string // a letter each; "!" resets
		query string
		want  string
	}{
		{"nothing", "", "", ""},
		{"all", "abc", "", "1 a, 2 b, 3 c"},
		{"since", "abc", "?since=2", "3 c"},
		{"since the last", "abc", "?since=3", ""},
		{"of a kind", "aba", "?kind=a", "1 a, 3 a"},
		{"of two kinds", "abc", "?kind=a&kind=c", "1 a, 3 c"},
		{"of an unknown kind", "abc", "?kind=z", ""},
		{"the oldest are gone", "abcde", "", "gap 1-2, 3 c, 4 d, 5 e"},
		{"some of those asked for are gone", "abcde", "?since=1", "gap 2-2, 3 c, 4 d, 5 e"},
		{"what is gone was seen", "abcde", "?since=2", "3 c, 4 d, 5 e"},
		{"gone, of whatever kind", "abcde", "?kind=e", "gap 1-2, 5 e"},
		{"all gone", "abc!", "", "gap 1-3"},
		{"reset and seen", "abc!", "?since=3", ""},
		{"since a reset", "abc!de", "?since=3", "4 d, 5 e"},
		{"before a reset", "abc!de", "?since=2", "gap 3-3, 4 d, 5 e"},
		{"not followed", "a", "?follow=false", "1 a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l := startLab(t, func(c *ControlConfig) { c.Record = NewRecord(3) })
			for _, kind := range row.add {
				if kind == '!' {
					l.config.Record.Reset()
					continue
				}
				l.config.Record.Add(string(kind), nil)
			}
			status, text := l.ask(t, "GET", "/v1/events"+row.query, "")
			if got := short(t, text); status != 200 || got != row.want {
				t.Errorf("%d %s, want %s", status, got, row.want)
			}
		})
	}
}

// More than one page, and none twice or missing.
func TestControlEventsOfManyPages(t *testing.T) {
	t.Parallel()
	const many = 5*nextMost + 7
	l := startLab(t, func(c *ControlConfig) { c.Record = NewRecord(many) })
	for range many {
		l.config.Record.Add("message", nil)
	}
	_, text := l.ask(t, "GET", "/v1/events?since=3", "")
	var seq uint64 = 3
	for line := range strings.Lines(text) {
		if seq++; shortLine(t, line) != fmt.Sprintf("%d message", seq) {
			t.Fatalf("line %s, want %d", line, seq)
		}
	}
	if seq != many {
		t.Errorf("the last is %d, want %d", seq, many)
	}
}

func TestControlFollows(t *testing.T) {
	t.Parallel()
	l := startLab(t, func(c *ControlConfig) {
		c.Record = NewRecord(3)
		c.Patience = 200 * time.Millisecond // an idle follower is not a slow one
	})
	l.config.Record.Add("a", nil)
	response := l.open(t, "GET", "/v1/events?follow=true&kind=a&kind=c", "", nil)
	if got := response.Header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("content type is %q", got)
	}
	lines := bufio.NewReader(response.Body)
	next := func(want string) {
		t.Helper()
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("waiting for %s: %v", want, err)
		}
		if got := shortLine(t, line); got != want {
			t.Errorf("next is %s, want %s", got, want)
		}
	}
	next("1 a")
	idle := time.NewTimer(2 * l.config.Patience)
	<-idle.C
	l.config.Record.Add("b", nil)
	l.config.Record.Add("c", nil)
	next("3 c")
	l.config.Record.Reset() // seen by nobody who is up to date
	l.config.Record.Add("a", nil)
	next("4 a")
	_ = l.Close()
	if _, err := lines.ReadString('\n'); !errors.Is(err, io.EOF) {
		t.Errorf("after Close a follower sees %v, want the end", err)
	}
}

// A follower that leaves gives its place back.
func TestControlFollowersAreBounded(t *testing.T) {
	t.Parallel()
	l := startLab(t, nil)
	var all []*http.Response
	for range maxFollowers {
		all = append(all, l.open(t, "GET", "/v1/events?follow=true", "", nil))
	}
	status, text := l.ask(t, "GET", "/v1/events?follow=true", "")
	if want := `{"error":"64 clients follow the events already: end one, or ask without follow"}` + "\n"; status != 503 || text != want {
		t.Errorf("one more: %d %s", status, text)
	}
	if status, _ := l.ask(t, "GET", "/v1/events", ""); status != 200 {
		t.Errorf("without follow: %d", status)
	}
	if response := l.open(t, "HEAD", "/v1/events?follow=true", "", nil); response.StatusCode != 200 {
		t.Errorf("a HEAD that would follow: %d", response.StatusCode)
	}
	_ = all[0].Body.Close()
	select {
	case l.followers <- struct{}{}:
	case <-within(t).Done():
		t.Error("the place of one who left does not come back")
	}
}

// rawFollower asks for the events and reads nothing.
func rawFollower(t *testing.T, l *lab) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "GET /v1/events?follow=true HTTP/1.0\r\nHost: %s\r\n\r\n", l.Addr()); err != nil {
		t.Fatal(err)
	}
	return conn
}

// The peer notes far more than a follower reads and than the kernel buffers: it is held up
// by nobody, and the follower, once it reads, is told of each event or of its loss.
func TestControlSlowFollowerIsToldWhatItMissed(t *testing.T) {
	t.Parallel()
	l := startLab(t, func(c *ControlConfig) { c.Record, c.Patience = NewRecord(100), time.Minute })
	conn := rawFollower(t, l)
	const many, size = 50_000, 1000
	text := strings.Repeat("x", size)
	for range many {
		l.config.Record.Add("message", map[string]any{"text": text})
	}
	deadline, _ := within(t).Deadline()
	_ = conn.SetDeadline(deadline)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	var seq, gaps, missed uint64
	for lines := bufio.NewReader(response.Body); seq < many; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("after event %d: %v", seq, err)
		}
		var e struct {
			Seq uint64
			Gap *gap
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		from, to := e.Seq, e.Seq
		if e.Gap != nil {
			from, to = e.Gap.From, e.Gap.To
			gaps, missed = gaps+1, missed+to-from+1
		}
		if from != seq+1 || to < from {
			t.Fatalf("after %d comes %s", seq, line)
		}
		seq = to
	}
	if seq != many || gaps == 0 || missed < many/2 {
		t.Errorf("told of %d events, %d gaps of %d events in all; want %d, and that most were missed", seq, gaps, missed, many)
	}
}

// A follower that goes on not reading is cut off.
func TestControlStuckFollowerIsCutOff(t *testing.T) {
	t.Parallel()
	l := startLab(t, func(c *ControlConfig) { c.Record, c.Patience = NewRecord(20_000), 200*time.Millisecond })
	for range 20_000 {
		l.config.Record.Add("message", map[string]any{"text": strings.Repeat("x", 1000)})
	}
	conn := rawFollower(t, l)
	deadline, _ := within(t).Deadline()
	_ = conn.SetDeadline(deadline)
	for ctx := within(t); len(l.followers) == 0 && ctx.Err() == nil; { // until it follows
		l.ask(t, "GET", "/v1/health", "")
	}
	for ctx := within(t); len(l.followers) > 0; { // until it no longer does
		if ctx.Err() != nil {
			t.Fatal("a follower that reads nothing is still served")
		}
		l.ask(t, "GET", "/v1/health", "")
	}
	n, err := io.Copy(io.Discard, conn)
	if n >= 20_000*1000 {
		t.Errorf("%d bytes came, %v: it was not cut off", n, err)
	}
}

// What a peer was sent is in the stream as valid JSON, and its bytes can be had back.
func TestEventsAreValidJSON(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		fields map[string]any
		want   string // of the fields
	}{
		{"none", nil, ""},
		{"plain", map[string]any{"text": "<38>login & ok"}, `{"text":"<38>login & ok"}`},
		{"Japanese", map[string]any{"text": "ログイン"}, `{"text":"ログイン"}`},
		{"control characters", map[string]any{"text": "a\x00b\x1b[2J\n"}, `{"text":"a\u0000b\u001b[2J\n"}`},
		{"Latin-1", map[string]any{"text": "caf\xe9 x"}, `{"text":"caf` + `\ufffd` + ` x","text_base64":"Y2Fp6SB4"}`},
		{"half a rune", map[string]any{"text": "a\xe3\x83"}, `{"text":"a` + `\ufffd\ufffd` + `","text_base64":"YeOD"}`},
		{"U+FFFD as sent", map[string]any{"text": "\ufffd"}, `{"text":"` + "\ufffd" + `"}`},
		{"deeper", map[string]any{"profiles": []map[string]string{{"user": "\xff"}}}, `{"profiles":[{"user":"\ufffd"}]}`},
		{"unwritable", map[string]any{"rate": math.NaN()}, `{"unwritable":"json: error calling MarshalJSON for type simulate.Event: json: unsupported value: NaN"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			before := len(row.fields)
			text := line(nil, Event{Seq: 1, Kind: "message", Fields: row.fields})
			want := `{"seq":1,"time":"0001-01-01T00:00:00Z","kind":"message"`
			if row.want != "" {
				want += `,"fields":` + strings.ReplaceAll(row.want, "Y2Fp6SB4", base64.StdEncoding.EncodeToString([]byte("caf\xe9 x")))
			}
			if string(text) != want+"}" || !utf8.Valid(text) || bytes.ContainsAny(text, "\n") {
				t.Errorf("%s\nwant %s}", text, want)
			}
			if len(row.fields) != before {
				t.Errorf("the record's own fields have changed: %v", row.fields)
			}
			var back struct {
				Fields struct {
					Text  string
					Exact []byte `json:"text_base64"`
				}
			}
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if sent, ok := row.fields["text"].(string); ok && back.Fields.Text != sent && string(back.Fields.Exact) != sent {
				t.Errorf("%q comes back as %q, %q", sent, back.Fields.Text, back.Fields.Exact)
			}
		})
	}
}

func FuzzParseParams(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"every":"5"}`, `{"every":5,"on":true}`, `{"every":[1]}`, `{"a":1}{`, `{`, `{"a"`, `{"a":1,}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		params, err := parseParams(body)
		if err != nil {
			return
		}
		text, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseParams(text)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(params) {
			t.Errorf("%q is %v, and written again %v, %v", body, params, again, err)
		}
	})
}

// A client that nobody here wrote.
func TestCurlDrivesTheControlAPI(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed")
	}
	l := startLab(t, nil)
	base := "http://" + l.Addr().String()
	curl := func(args ...string) *exec.Cmd {
		return exec.CommandContext(within(t), path, append([]string{"--silent", "--show-error", "--noproxy", "*"}, args...)...)
	}
	ask := func(want string, args ...string) {
		t.Helper()
		output, err := curl(append(args, "--write-out", "%{http_code}")...).CombinedOutput()
		if got := strings.ReplaceAll(string(output), "\n", " "); err != nil || got != want {
			t.Errorf("curl %v: %s, %v\nwant %s", args, got, err, want)
		}
	}
	bearer := []string{"-H", "Authorization: Bearer " + testToken}
	ask(`["<198.51.100.1>"] 200`, base+"/v1/mappings")
	ask(`{"error":"PUT wants the token: send the header Authorization: Bearer TOKEN"} 401`, "-X", "PUT", base+"/v1/faults/udp-loss")
	ask(`{"id":"udp-loss","title":{"en":"","ja":""},"check":"","params":[{"name":"every","default":"3","means":"","value":"5"},`+
		`{"name":"source","default":"","means":"","value":""}],"on":true} 200`,
		append(bearer, "-X", "PUT", "-d", `{"every": 5}`, base+"/v1/faults/udp-loss")...)
	ask(`{"id":"api-slow","title":{"en":"","ja":""},"check":"","params":[{"name":"delay","default":"1m","means":""}],"on":false} 200`,
		append(bearer, "-X", "DELETE", base+"/v1/faults/api-slow")...)
	ask(fmt.Sprintf(`{"error":"host \"rebind.corp.example\" is not this one: ask for %s"} 403`, base),
		"-H", "Host: rebind.corp.example", base+"/v1/health")

	for range 12 {
		l.record.Add("message", map[string]any{"text": "caf\xe9"})
	}
	follow := curl("--no-buffer", base+"/v1/events?follow=true&since=1")
	output, err := follow.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	for i := range 12 { // the gap, ten that are kept, and one that is yet to come
		if i == 11 {
			l.record.Add("last", nil)
		}
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%d message", i+2)
		switch i {
		case 0:
			want = "gap 2-2"
		case 11:
			want = "13 last"
		}
		if got := shortLine(t, line); got != want {
			t.Errorf("curl's line %d is %s, want %s", i, got, want)
		}
	}
	_ = l.Close()
	if err := follow.Wait(); err != nil {
		t.Errorf("curl does not see a proper end: %v", err)
	}
}
