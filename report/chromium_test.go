package report

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/peers"
)

// browser is a headless Chromium, spoken to over two pipes in the protocol of its developer tools:
// each message is JSON and ends with a zero byte.
type browser struct {
	in      io.Writer
	session string
	events  chan event
	mu      sync.Mutex // guards what is below
	last    int
	waiting map[int]chan event
}

// event is an answer or an event of the browser.
type event struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// startBrowser starts a Chromium with a profile of its own, and opens an empty page.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	program := peers.Require(t, "chromium", "chromium")
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	c := exec.Command(program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--user-data-dir="+home, "about:blank")
	c.Env = append(os.Environ(), "HOME="+home)
	c.ExtraFiles = []*os.File{theirIn, theirOut}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirIn.Close()
	_ = theirOut.Close()
	b := &browser{in: ourOut, events: make(chan event, 10000), waiting: map[int]chan event{}}
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.read(ourIn)
	}()
	t.Cleanup(func() {
		b.mu.Lock()
		fmt.Fprint(b.in, `{"id":1000000,"method":"Browser.close"}`+"\x00")
		b.mu.Unlock()
		_ = c.Wait() // the pipes end with it
		_ = ourOut.Close()
		<-read
		_ = ourIn.Close()
	})
	var target struct {
		TargetID  string `json:"targetId"`
		SessionID string `json:"sessionId"`
	}
	b.ask(t, "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.ask(t, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.ask(t, domain+".enable", nil, nil)
	}
	return b
}

func (b *browser) read(from io.Reader) {
	r := bufio.NewReader(from)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var e event
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &e) != nil {
			continue
		}
		b.mu.Lock()
		answer := b.waiting[e.ID]
		delete(b.waiting, e.ID)
		b.mu.Unlock()
		switch {
		case e.ID != 0 && answer != nil:
			answer <- e
		case e.ID == 0:
			b.events <- e
		}
	}
}

// ask sends one command and waits for its answer.
func (b *browser) ask(t *testing.T, method string, params, result any) {
	t.Helper()
	b.mu.Lock()
	b.last++
	command := map[string]any{"id": b.last, "method": method}
	if params != nil {
		command["params"] = params
	}
	if b.session != "" {
		command["sessionId"] = b.session
	}
	text, err := json.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan event, 1)
	b.waiting[b.last] = answer
	_, err = b.in.Write(append(text, 0))
	b.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-answer:
		if e.Error != nil {
			t.Fatalf("chromium: %s: %s", method, e.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(e.Result, result); err != nil {
				t.Fatalf("chromium: %s: %v", method, err)
			}
		}
	case <-time.After(60 * time.Second):
		t.Fatalf("chromium: %s: no answer within 60s", method)
	}
}

// open opens a page and waits until it is loaded. Whatever the page complains of, and whatever it
// fetches but itself, fails the test.
func (b *browser) open(t *testing.T, page []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	url := "file://" + filepath.ToSlash(file)
	b.ask(t, "Page.navigate", map[string]any{"url": url}, nil)
	for e := range b.events {
		b.complain(t, e, url)
		if e.Method == "Page.loadEventFired" {
			return
		}
	}
}

func (b *browser) complain(t *testing.T, e event, url string) {
	t.Helper()
	switch e.Method {
	case "Runtime.exceptionThrown", "Log.entryAdded":
		t.Errorf("the page complains: %s", e.Params)
	case "Runtime.consoleAPICalled":
		t.Errorf("the page writes to the console: %s", e.Params)
	case "Network.requestWillBeSent":
		var sent struct {
			Request struct{ URL string }
		}
		if err := json.Unmarshal(e.Params, &sent); err != nil || strings.Split(sent.Request.URL, "#")[0] != url {
			t.Errorf("the page fetches %q", sent.Request.URL)
		}
	}
}

// calm fails the test for what the page complained of since it was opened.
func (b *browser) calm(t *testing.T) {
	t.Helper()
	for {
		select {
		case e := <-b.events:
			b.complain(t, e, "")
		default:
			return
		}
	}
}

// evaluate runs an expression in the page, and returns its value as JSON has it.
func (b *browser) evaluate(t *testing.T, expression string, value any) {
	t.Helper()
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception json.RawMessage `json:"exceptionDetails"`
	}
	b.ask(t, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.Exception != nil {
		t.Fatalf("%.200s: %s", expression, answer.Exception)
	}
	if value != nil {
		if err := json.Unmarshal(answer.Result.Value, value); err != nil {
			t.Fatalf("%.200s: %v: %s", expression, err, answer.Result.Value)
		}
	}
}

// look sets the width of the page and what it prefers, "light" or "dark".
func (b *browser) look(t *testing.T, width int, scheme string) {
	t.Helper()
	b.ask(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.ask(t, "Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// keep writes a build output for people to look at.
func keep(t *testing.T, name string, data []byte) {
	t.Helper()
	folder := filepath.Join("..", "build", "report")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// screenshot keeps a picture of the whole page.
func (b *browser) screenshot(t *testing.T, name string) {
	t.Helper()
	var shot struct{ Data string }
	b.ask(t, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	picture, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil || !bytes.HasPrefix(picture, []byte("\x89PNG")) {
		t.Fatalf("%s: no picture: %v", name, err)
	}
	keep(t, name+".png", picture)
}

// print prints the page, keeps the PDF and returns it.
func (b *browser) print(t *testing.T, name string) []byte {
	t.Helper()
	var printed struct{ Data string }
	b.ask(t, "Page.printToPDF", map[string]any{"preferCSSPageSize": true, "paperWidth": 8.27, "paperHeight": 11.69}, &printed)
	pdf, err := base64.StdEncoding.DecodeString(printed.Data)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, name+".pdf", pdf)
	return pdf
}
