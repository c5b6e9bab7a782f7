package dc

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/wire/wsman"
)

// debianPython is Debian's, which has Debian's modules: another one may stand before it on the path.
const debianPython = "/usr/bin/python3"

// stranger is a client of WinRM that nobody here wrote, with a ticket of MIT krb5.
type stranger struct {
	mit
	dc *DC
	ca string // file
}

// newStranger logs in with kinit.
func newStranger(t *testing.T, d *DC) stranger {
	t.Helper()
	s := stranger{mit: newMIT(t, d, nil), dc: d}
	s.ca = filepath.Join(s.dir, "ca.pem")
	if err := os.WriteFile(s.ca, d.WinRMRoot(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := s.run(password+"\n", "kinit", "svc-userid@CORP.EXAMPLE"); err != nil {
		t.Fatalf("kinit: %v: %s", err, out)
	}
	return s
}

// endpoint is the URL under the server's name, and the address that the name stands for.
func (s stranger) endpoint(way string) (url, host, address, port string) {
	scheme, addr := "https", s.dc.WinRMSAddr()
	if way == WayHTTPKerberos {
		scheme, addr = "http", s.dc.WinRMAddr()
	}
	address, port, err := net.SplitHostPort(addr)
	if err != nil {
		s.t.Fatal(err)
	}
	host = s.dc.WinRMHost()
	return fmt.Sprintf("%s://%s:%s/wsman", scheme, host, port), host, address, port
}

// answer is what a stranger got for one message.
type answer struct {
	Status int
	Text   string
}

// pywinrm sends messages with pywinrm.
func (s stranger) pywinrm(way, encryption string, messages ...[]byte) (answers []answer) {
	s.t.Helper()
	if err := exec.CommandContext(ctx(s.t), debianPython, "-c", "import winrm, requests_kerberos, gssapi").Run(); err != nil {
		missing(s.t, "pywinrm is not installed (packages python3-winrm, python3-requests-kerberos, python3-gssapi): %v", err)
	}
	url, _, address, _ := s.endpoint(way)
	asked := map[string]any{"endpoint": url, "address": address, "auth": "kerberos", "encryption": encryption, "ca": s.ca}
	if way == WayHTTPSBasic {
		asked["auth"], asked["user"], asked["password"] = "basic", `CORP\svc-userid`, password
	}
	var texts []string
	for _, m := range messages {
		texts = append(texts, string(m))
	}
	asked["messages"] = texts
	input, err := json.Marshal(asked)
	if err != nil {
		s.t.Fatal(err)
	}
	folder := filepath.Join("..", "..", "testdata", "peers", "pywinrm")
	cmd := exec.CommandContext(ctx(s.t), debianPython, filepath.Join(folder, "client.py"))
	cmd.Env = append(s.env, "PYTHONPATH="+folder, "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore")
	cmd.Stdin = strings.NewReader(string(input))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &answers)
	}
	if err != nil || len(answers) != len(messages) {
		s.t.Fatalf("pywinrm: %v: %s%s", err, out, complaints.String())
	}
	return answers
}

// curl sends one message with curl. The password stands in its configuration, on standard input.
func (s stranger) curl(way string, message []byte) answer {
	s.t.Helper()
	url, host, address, port := s.endpoint(way)
	body := filepath.Join(s.t.TempDir(), "body")
	out := body + ".out"
	if err := os.WriteFile(body, message, 0o600); err != nil {
		s.t.Fatal(err)
	}
	config := fmt.Sprintf("url = %q\nresolve = %q\nnoproxy = \"*\"\ncacert = %q\nsilent\nheader = \"Content-Type: %s\"\ndata-binary = \"@%s\"\noutput = %q\nwrite-out = \"%%{http_code}\"\nmax-time = 30\n",
		url, host+":"+port+":"+address, s.ca, wsman.ContentSOAP, body, out)
	if way == WayHTTPSBasic {
		config += fmt.Sprintf("basic\nuser = %q\n", `CORP\svc-userid:`+password)
	} else {
		config += "negotiate\nuser = \":\"\n"
	}
	code, err := s.run(config, "curl", "--config", "-")
	var a answer
	if _, scan := fmt.Sscan(code, &a.Status); scan != nil {
		s.t.Fatalf("curl: %q, %v", code, err)
	}
	if text, err := os.ReadFile(out); err == nil {
		a.Text = string(text)
	}
	return a
}

func identifyMessage() []byte { return wsman.Request{Operation: wsman.Identify{}}.Marshal() }

func queryMessage(wql string) []byte {
	return wsman.Request{
		Header:    wsman.Header{To: "http://dc1.corp.example/wsman", MessageID: wsman.NewMessageID(), ResourceURI: wsman.WMIResource("root/cimv2", "*"), MaxEnvelopeSize: 153600},
		Operation: wsman.Enumerate{Query: wql, Optimize: true, MaxElements: 5},
	}.Marshal()
}

const eventsWQL = "SELECT EventCode, TimeGenerated FROM Win32_NTLogEvent WHERE Logfile='Security' AND EventCode=4624"

// pywinrm, with Debian's modules, reads in all three ways; over HTTP it seals with MIT krb5.
func TestPywinrmReads(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			d := startWithWinRM(t, nil)
			got := newStranger(t, d).pywinrm(way, "auto", identifyMessage(), queryMessage(eventsWQL), queryMessage("SELECT FROM"), queryMessage(eventsWQL))
			for i, want := range []struct {
				status int
				text   string
			}{{200, "Microsoft Corporation"}, {200, "<EventCode>4624</EventCode>"}, {500, `Code="2150858778"`}, {200, "<EventCode>4624</EventCode>"}} {
				if got[i].Status != want.status || !strings.Contains(got[i].Text, want.text) {
					t.Errorf("message %d: %d %s, want %d with %s", i+1, got[i].Status, got[i].Text, want.status, want.text)
				}
			}
			sealed := 0
			for _, e := range d.Record().Since(0) {
				if e.Kind == KindWinRMAnswer && e.Fields["sealed"] == true {
					sealed++
				}
			}
			if want := map[string]int{WayHTTPKerberos: 4}[way]; sealed != want {
				t.Errorf("%d messages were sealed, want %d", sealed, want)
			}
		})
	}
}

// A client that does not seal over HTTP gets a 500 without a word; over HTTPS it may seal nevertheless.
func TestPywinrmThatDoesNotSeal(t *testing.T) {
	t.Parallel()
	s := newStranger(t, startWithWinRM(t, nil))
	if got := s.pywinrm(WayHTTPKerberos, "never", identifyMessage())[0]; got.Status != 500 || got.Text != "" {
		t.Errorf("over HTTP: %d %q, want a bare 500", got.Status, got.Text)
	}
	if got := s.pywinrm(WayHTTPSKerberos, "always", queryMessage(eventsWQL))[0]; got.Status != 200 || !strings.Contains(got.Text, "<EventCode>4624</EventCode>") {
		t.Errorf("sealed within TLS: %d %q", got.Status, got.Text)
	}
}

// pywinrm ties its log-in to the TLS connection once it has seen the certificate: Strict takes it.
func TestPywinrmIsBound(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, func(c *Config) { c.WinRM.Bindings = BindingsStrict })
	s := newStranger(t, d)
	for range 2 {
		s.pywinrm(WayHTTPSKerberos, "never", identifyMessage(), identifyMessage())
	}
	bound, refused := false, false
	for _, e := range d.Record().Since(0) {
		if e.Kind == KindWinRMAnswer {
			bound = bound || e.Fields["bound"] == true && e.Fields["status"] == 200
			refused = refused || e.Fields["failure"] == "bad-bindings"
		}
	}
	if !bound || !refused {
		t.Errorf("bound log-ins were taken: %t, unbound ones refused: %t", bound, refused)
	}
}

// statusOfFault is the code of HTTP that a client meets under each fault that lets it speak HTTP at all; the text of the
// answer, where it has one, holds what stands beside it.
var statusOfFault = []struct {
	id     string
	status int
	text   string
}{
	{"", 200, "EnumerateResponse"},
	{FaultWinRMMuteFirst, 200, "EnumerateResponse"},
	{FaultWinRMOtherPrefix, 404, ""},
	{FaultWinRMStopped, 503, ""},
	{FaultWinRMProxy, 407, "cannot be displayed"},
	{FaultWinRMPortal, 302, "cannot be displayed"},
	{FaultWinRMHTML, 200, "cannot be displayed"},
	{FaultWinRMBasicOff, 401, ""},
	{FaultWinRMKerberosOff, 401, ""},
	{FaultWinRMBasicRefused, 401, ""},
	{FaultWinRMMemberServer, 401, ""},
	{FaultWinRMOtherAccount, 401, ""},
	{FaultWinRMTicketRefused, 401, ""},
	{FaultWinRMClock, 401, ""},
	{FaultWinRMBindings, 401, ""},
	{FaultWinRMEmpty, 500, ""},
	{FaultWinRMDenied, 500, `Code="5"`},
	{FaultWinRMInternalDenied, 500, `Code="2147942405"`},
	{FaultWinRMWMIDenied, 500, `Code="2150859012"`},
	{FaultWinRMConnectDenied, 500, `Code="2150859014"`},
	{FaultWinRMEventsDenied, 500, `Code="2150859013"`},
	{FaultWinRMTimedOut, 500, `Code="2150858793"`},
	{FaultWinRMFilter, 500, `Code="2150858778"`},
	{FaultWinRMQuota, 500, `Code="2150859173"`},
	{FaultWinRMSchema, 500, `Code="2150858817"`},
	{FaultWinRMOtherFault, 500, `Code="2150858999"`},
}

// curl meets each fault with the code of the table, over HTTPS with a password and with a ticket.
func TestCurlMeetsTheFaults(t *testing.T) {
	t.Parallel()
	known := map[string][]string{}
	for _, f := range Faults() {
		known[f.ID] = f.Transports
	}
	for _, way := range []string{WayHTTPSBasic, WayHTTPSKerberos} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			d := startWithWinRM(t, nil)
			s := newStranger(t, d)
			for _, test := range statusOfFault {
				if only := known[test.id]; only != nil && !strings.Contains(strings.Join(only, " "), way) {
					continue
				}
				if test.id != "" {
					if err := d.Faults().Start(test.id, nil); err != nil {
						t.Fatal(err)
					}
				}
				got := s.curl(way, queryMessage(eventsWQL))
				if got.Status != test.status || !strings.Contains(got.Text, test.text) || test.text == "" && strings.Contains(got.Text, "Envelope") {
					t.Errorf("%s: %d %q, want %d with %q", test.id, got.Status, got.Text, test.status, test.text)
				}
				d.Faults().Stop(test.id)
			}
		})
	}
	d := startWithWinRM(t, nil)
	if got := newStranger(t, d).curl(WayHTTPKerberos, identifyMessage()); got.Status != 500 || got.Text != "" {
		t.Errorf("in the clear over HTTP: %d %q, want a bare 500", got.Status, got.Text)
	}
}

// pywinrm meets the faults sealed: the code of HTTP is in the clear, what the fault says is not.
func TestPywinrmMeetsTheFaults(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, nil)
	s := newStranger(t, d)
	for _, test := range []struct {
		id     string
		status int
		text   string
	}{
		{FaultWinRMOtherAccount, 401, ""}, {FaultWinRMClock, 401, ""}, {FaultWinRMKerberosOff, 401, ""},
		{FaultWinRMDenied, 500, `Code="5"`}, {FaultWinRMEventsDenied, 500, `Code="2150859013"`},
	} {
		if err := d.Faults().Start(test.id, nil); err != nil {
			t.Fatal(err)
		}
		if got := s.pywinrm(WayHTTPKerberos, "always", queryMessage(eventsWQL))[0]; got.Status != test.status || !strings.Contains(got.Text, test.text) {
			t.Errorf("%s: %d %q, want %d with %q", test.id, got.Status, got.Text, test.status, test.text)
		}
		d.Faults().Stop(test.id)
	}
}
