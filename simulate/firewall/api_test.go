package firewall

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
)

const (
	refused   = "<response status = 'error' code = '403'><result><msg>Invalid Credential</msg></result></response>"
	cmdState  = "<show><user><server-monitor><state>all</state></server-monitor></user></show>"
	cmdByIP   = "<show><user><ip-user-mapping><ip>198.51.100.1</ip></ip-user-mapping></user></show>"
	cmdByIPMP = "<show><user><ip-user-mapping-mp><ip>198.51.100.2</ip></ip-user-mapping-mp></user></show>"
)

func withKey(c *Config) {
	c.APIKey, c.User, c.Password = credential.New("key-of-the-test"), credential.New("admin"), credential.New("pass-of-the-test")
}

func httpClient(t *testing.T, fw *Firewall) *http.Client {
	transport := &http.Transport{TLSClientConfig: clientTLS(fw)}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// ask sends a request and gives status and body.
func ask(t *testing.T, fw *Firewall, method, path string, form url.Values, header http.Header) (int, string) {
	t.Helper()
	target := "https://" + fw.APIAddr().String() + path
	var body io.Reader
	if method == http.MethodGet {
		target += "?" + form.Encode()
	} else {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(within(t), method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := httpClient(t, fw).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func op(cmd string) url.Values { return url.Values{"type": {"op"}, "cmd": {cmd}} }

var keyHeader = http.Header{"X-Pan-Key": {"key-of-the-test"}}

func basic(user, password string) http.Header {
	return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}}
}

func TestAPI(t *testing.T) {
	t.Parallel()
	fw := start(t, withKey)
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	state := `<response status="success"><result><![CDATA[
UDP Syslog Listener Service is enabled
SSL Syslog Listener Service is enabled

Proxy: lab udp(vsys: vsys1)     Host: lab udp(127.0.0.1)
  number of log messages                            : 1
  number of auth. success messages                  : 1
`
	with := func(form url.Values, name, value string) url.Values {
		form.Set(name, value)
		return form
	}
	for _, test := range []struct {
		name   string
		method string
		path   string
		form   url.Values
		header http.Header
		status int
		want   string // prefix of the body
	}{
		{"state", "POST", "/api/", op(cmdState), keyHeader, 200, state},
		{"state by GET and without the slash", "GET", "/api", op(cmdState), keyHeader, 200, state},
		{"key in the form", "POST", "/api/", with(op(cmdState), "key", "key-of-the-test"), nil, 200, state},
		{"key in the query", "GET", "/api/", with(op(cmdState), "key", "key-of-the-test"), nil, 200, state},
		{"basic", "GET", "/api/", op(cmdState), basic("admin", "pass-of-the-test"), 200, state},
		{"one server", "GET", "/api/", op(strings.Replace(cmdState, "all", "lab udp", 1)), keyHeader, 200, state + "]]>"},
		{"a server that is not there", "GET", "/api/", op(strings.Replace(cmdState, "all", "dc1", 1)), keyHeader, 200,
			`<response status="success" code="7"><result/></response>`},
		{"statistics", "GET", "/api/", op("<show><user><server-monitor><statistics/></server-monitor></user></show>"), keyHeader, 200,
			"<response status=\"success\"><result><![CDATA[\nDirectory Servers:\n"},
		{"mapping", "POST", "/api/", op(cmdByIP), keyHeader, 200,
			`<response status="success"><result><entry><ip>198.51.100.1</ip><vsys>vsys1</vsys><type>SYSLOG</type><user>corp\alice</user>`},
		{"no mapping", "POST", "/api/", op(cmdByIPMP), keyHeader, 200, `<response status="success"><result/></response>`},
		{"mapping of another vsys", "POST", "/api/", with(op(cmdByIP), "vsys", "vsys9"), keyHeader, 200, `<response status="success"><result/></response>`},
		{"system info", "GET", "/api/", op("<show><system><info></info></system></show>"), keyHeader, 200,
			`<response status="success"><result><system><hostname>firewall.corp.example</hostname>`},
		{"keygen", "POST", "/api/", url.Values{"type": {"keygen"}, "user": {"admin"}, "password": {"pass-of-the-test"}}, nil, 200,
			"<response status = 'success'><result><key>key-of-the-test</key></result></response>"},
		{"keygen by GET", "GET", "/api/", url.Values{"type": {"keygen"}, "user": {"admin"}, "password": {"pass-of-the-test"}}, nil, 200,
			"<response status = 'success'><result><key>key-of-the-test</key></result></response>"},
		{"keygen, wrong password", "POST", "/api/", url.Values{"type": {"keygen"}, "user": {"admin"}, "password": {"guess"}}, keyHeader, 403, refused},
		{"keygen, wrong user", "POST", "/api/", url.Values{"type": {"keygen"}, "user": {"root"}, "password": {"pass-of-the-test"}}, nil, 403, refused},
		{"no key", "GET", "/api/", op(cmdState), nil, 403, refused},
		{"wrong key", "GET", "/api/", op(cmdState), http.Header{"X-Pan-Key": {"guess"}}, 403, refused},
		{"wrong key with right password", "GET", "/api/", with(op(cmdState), "key", "guess"), basic("admin", "pass-of-the-test"), 403, refused},
		{"basic, wrong password", "GET", "/api/", op(cmdState), basic("admin", "guess"), 403, refused},
		{"unknown command", "GET", "/api/", op("<request><restart><system/></restart></request>"), keyHeader, 200, `<response status="error" code="17"><msg><line>`},
		{"command that is not XML", "GET", "/api/", op("show user"), keyHeader, 200, `<response status="error" code="17"><msg><line>`},
		{"no type", "GET", "/api/", url.Values{}, keyHeader, 200, "<response status = 'error' code = '400'><result><msg>"},
		{"another type", "GET", "/api/", url.Values{"type": {"commit"}}, keyHeader, 200, "<response status = 'error' code = '400'><result><msg>"},
		{"another path", "GET", "/api/v1", op(cmdState), keyHeader, 404, "404"},
		{"another method", "PUT", "/api/", op(cmdState), keyHeader, 405, "Method Not Allowed"},
		{"a long form", "POST", "/api/", op(strings.Repeat("x", maxBody)), keyHeader, 400, "<response status = 'error' code = '400'><result><msg>bad request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, body := ask(t, fw, test.method, test.path, test.form, test.header)
			if status != test.status || !strings.HasPrefix(body, test.want) {
				t.Errorf("status %d, body\n%s\nwant %d\n%s", status, body, test.status, test.want)
			}
		})
	}
}

func TestRequestsAreRecordedWithoutSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	fw := start(t, func(c *Config) {
		withKey(c)
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	ask(t, fw, "GET", "/api/", url.Values{"type": {"keygen"}, "user": {"admin"}, "password": {"pass-of-the-test"}}, nil)
	ask(t, fw, "GET", "/api/", url.Values{"type": {"op"}, "cmd": {cmdByIP}, "key": {"key-of-the-test"}}, nil)
	ask(t, fw, "POST", "/api/", url.Values{"type": {"op"}, "key": {"secret-guess"}}, nil)
	wait(t, fw, KindRequest, 3)
	var got []string
	for _, e := range fw.Record().Since(0) {
		text, err := json.Marshal([]any{e.Fields["type"], e.Fields["command"], e.Fields["status"], e.Fields["code"]})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text))
	}
	want := `["keygen","",200,0] ["op","show user ip-user-mapping ip 198.51.100.1",200,0] ["op","",403,403]`
	if strings.Join(got, " ") != want {
		t.Errorf("recorded %s\nwant     %s", got, want)
	}
	_ = fw.Close()
	record, err := json.Marshal(fw.Record().Since(0))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"pass-of-the-test", "key-of-the-test", "secret-guess"} {
		if strings.Contains(string(record)+log.String(), secret) {
			t.Errorf("%s stands in the record or in the log", secret)
		}
	}
	if !strings.Contains(log.String(), "msg=request") {
		t.Errorf("nothing was logged: %s", log.String())
	}
}

// Without an account nothing is one, and the key is made anew.
func TestNoAccount(t *testing.T) {
	t.Parallel()
	fw, other := start(t, nil), start(t, nil)
	if fw.APIKey().Reveal() == other.APIKey().Reveal() || len(fw.APIKey().Reveal()) < 20 {
		t.Error("the keys are not fresh")
	}
	status, body := ask(t, fw, "POST", "/api/", url.Values{"type": {"keygen"}, "user": {""}, "password": {""}}, nil)
	if status != 403 || body != refused {
		t.Errorf("keygen: %d %s", status, body)
	}
	if status, _ := ask(t, fw, "GET", "/api/", op(cmdState), basic("", "")); status != 403 {
		t.Errorf("basic: %d", status)
	}
}

func TestCLI(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	send(t, dialUDP(t, fw), login("alice", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	for _, test := range []struct{ command, want, err string }{
		{"show user server-monitor state all", "Proxy: lab ssl(vsys: vsys1)     Host: lab ssl(127.0.0.1)\n" +
			"  number of log messages                            : 0\n", ""},
		{`show user server-monitor state "lab udp"`, "  number of auth. success messages                  : 1\n", ""},
		{"show user server-monitor  statistics ", "lab ssl                        SSL         127.0.0.1       vsys1   Not connected\n", ""},
		{"show user ip-user-mapping all", `corp\alice`, ""},
		{"show user ip-user-mapping ip 198.51.100.1", "Total: 1 users", ""},
		{"show user ip-user-mapping-mp all", `corp\alice`, ""},
		{"show user ip-user-mapping-mp ip 198.51.100.2", "Total: 0 users", ""},
		{"show system info", "sw-version: 11.1.4\n", ""},
		{"show user server-monitor state dc1", "", `no server-monitor entry "dc1"`},
		{"request restart system", "", `command "request restart system" is not known`},
		{"", "", "is not known"},
	} {
		got, err := fw.CLI(test.command)
		switch {
		case test.err == "" && (err != nil || !strings.Contains(got, test.want)):
			t.Errorf("%s: %v\n%s\nwant in it %q", test.command, err, got, test.want)
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
			t.Errorf("%s: error %v, want %q in it", test.command, err, test.err)
		}
	}
	state, err := fw.CLI("show user server-monitor state all")
	if err != nil {
		t.Fatal(err)
	}
	if parsed, err := panos.ParseServerMonitorState([]byte(state)); err != nil || len(parsed.Senders) != 2 || parsed.Senders[0] != fw.State().Senders[0] {
		t.Errorf("the text is read back as %+v, %v", parsed, err)
	}
}

// FuzzAPI: whatever is asked, the answer is one of the API's, and no secret is in it.
func FuzzAPI(f *testing.F) {
	f.Add("type=op&cmd="+url.QueryEscape(cmdState), "key-of-the-test", "")
	f.Add("type=keygen&user=admin&password=x", "", "type=op;%zz")
	f.Add("%", "\x00", strings.Repeat("a=b&", 100))
	config := Config{Senders: []Sender{{Name: "s", Address: loopback, Profiles: attachments()}}}
	withKey(&config)
	fw, err := Start(f.Context(), config)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = fw.Close() })
	f.Fuzz(func(t *testing.T, query, key, body string) {
		r := httptest.NewRequest(http.MethodPost, "/api/", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-PAN-KEY", key)
		w := httptest.NewRecorder()
		fw.serveRequest(w, r)
		response, err := panos.ParseResponse(w.Body.Bytes())
		if err != nil {
			t.Fatalf("the answer cannot be read: %v\n%s", err, w.Body)
		}
		if response.Status != "success" && response.Status != "error" {
			t.Fatalf("status %q", response.Status)
		}
		if keygen := strings.Contains(w.Body.String(), "<key>"); !keygen && key != "key-of-the-test" && response.Status == "success" {
			t.Fatalf("answered without a key: %s", w.Body)
		}
	})
}
