package dc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// startWithWinRM is a domain controller with WinRM, Basic included.
func startWithWinRM(t *testing.T, change func(*Config)) *DC {
	t.Helper()
	return start(t, func(c *Config) {
		c.WinRM = &WinRM{Basic: true}
		if change != nil {
			change(c)
		}
	})
}

// ticket is one for WinRM, as a client gets it from the KDC.
func ticket(t *testing.T, d *DC) kerberos.Credential {
	t.Helper()
	tgt, err := login(ctx(t), d.over(udp), user(t, "svc-userid"), password)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.over(udp).ServiceTicket(ctx(t), tgt, kerberos.HTTPService(d.WinRMHost(), d.Realm()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connect opens a connection in one of the ways, and verifies the certificate over TLS.
func connect(t *testing.T, d *DC, way string) *wsman.Conn {
	t.Helper()
	cfg := wsman.ConnConfig{Address: d.WinRMAddr(), Host: d.WinRMHost()}
	if way != WayHTTPKerberos {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(d.WinRMRoot())
		cfg.Address, cfg.TLS = d.WinRMSAddr(), &tls.Config{RootCAs: pool}
	}
	c, err := wsman.Connect(ctx(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// logIn opens a connection and logs in; with Basic the first request is what proves it.
func logIn(t *testing.T, d *DC, way string) (*wsman.Conn, error) {
	t.Helper()
	c := connect(t, d, way)
	if way != WayHTTPSBasic {
		return c, c.Login(ctx(t), wsman.KerberosLogin{Ticket: ticket(t, d)})
	}
	a, err := c.Ask(ctx(t), "")
	if err != nil {
		return c, err
	}
	return c, c.UseBasic(wsman.BasicLogin{User: `CORP\svc-userid`, Password: password, Offered: a.Challenges()})
}

var ways = []string{WayHTTPKerberos, WayHTTPSBasic, WayHTTPSKerberos}

// In each of the three ways a client logs in, is told who answers, and reads the security log.
func TestWinRMIsReadInThreeWays(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			d := startWithWinRM(t, nil)
			c, err := logIn(t, d, way)
			if err != nil {
				t.Fatal(err)
			}
			who, err := c.Identify(ctx(t))
			if err != nil || who.ProductVendor != "Microsoft Corporation" || who.ProductVersion != productVersion {
				t.Errorf("Identify: %+v, %v", who, err)
			}
			rows, err := c.Enumerate(ctx(t), wsman.Query{Namespace: "root/cimv2", WQL: "SELECT Name, DomainRole FROM Win32_ComputerSystem", Batch: 1})
			if err != nil || len(rows.Items) != 1 || !rows.Done {
				t.Fatalf("the computer: %+v, %v", rows, err)
			}
			if name, _ := rows.Items[0].Get("Name"); name != "DC1" {
				t.Errorf("the computer is %q", name)
			}
			for _, code := range []int{EventLogon, EventTGT, EventService, EventRenewal} {
				since := time.Now().Add(-10 * time.Minute).UTC().Format("20060102150405.000000-000")
				wql := fmt.Sprintf("SELECT RecordNumber,EventCode,TimeGenerated FROM Win32_NTLogEvent WHERE Logfile='Security' AND EventCode=%d AND TimeGenerated>='%s'", code, since)
				rows, err := c.Enumerate(ctx(t), wsman.Query{Namespace: "root/cimv2", WQL: wql, Batch: 1})
				if err != nil || len(rows.Items) != 1 {
					t.Fatalf("%d: %+v, %v", code, rows, err)
				}
				if got, _ := rows.Items[0].Get("EventCode"); got != fmt.Sprint(code) {
					t.Errorf("asked for %d, got %s", code, got)
				}
				if at, err := rows.Items[0].Time("TimeGenerated"); err != nil || time.Since(at) > 10*time.Minute {
					t.Errorf("%d was at %v, %v", code, at, err)
				}
				if rows.Done {
					t.Errorf("there is only one event %d", code)
				}
				if err := rows.Release(ctx(t)); err != nil {
					t.Errorf("release: %v", err)
				}
			}
			if n := d.winrm.open.count(); n != 0 {
				t.Errorf("%d lists are open that were released", n)
			}
		})
	}
}

// What the client does on the domain controller is in its log: the tickets, and the log-on.
func TestTheLogTellsOfTheClientItself(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, func(c *Config) { c.WinRM.Quiet = true })
	c, err := logIn(t, d, WayHTTPKerberos)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.Enumerate(ctx(t), wsman.Query{Namespace: "root/cimv2", WQL: "SELECT * FROM Win32_NTLogEvent WHERE Logfile='Security'"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range rows.Items {
		code, _ := item.Get("EventCode")
		for _, p := range item.Properties {
			if p.Name == "InsertionStrings" {
				got = append(got, code+" "+p.Values[userField[code]]+" "+p.Values[addressField[code]])
			}
		}
		if item.Class != classEvents {
			t.Errorf("an instance of %q", item.Class)
		}
	}
	want := []string{"4624 svc-userid 127.0.0.1", "4769 svc-userid@CORP.EXAMPLE ::ffff:127.0.0.1", "4768 svc-userid ::ffff:127.0.0.1"}
	if !slices.Equal(got, want) {
		t.Errorf("the log is %q, want %q", got, want)
	}
}

// Where the account and the address stand, by the documents of these events.
var (
	userField    = map[string]int{"4624": 5, "4768": 0, "4769": 0}
	addressField = map[string]int{"4624": 18, "4768": 9, "4769": 6}
)

// An unauthenticated POST brings the schemes, the clock and the server's name.
func TestWinRMOffersItsSchemes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		way    string
		change func(*WinRM)
		want   []string
	}{
		"http":                            {WayHTTPKerberos, func(*WinRM) {}, []string{"Negotiate", "Kerberos"}},
		"http, unencrypted allowed":       {WayHTTPKerberos, func(w *WinRM) { w.AllowUnencrypted = true }, []string{"Negotiate", "Kerberos", "Basic"}},
		"https":                           {WayHTTPSBasic, func(*WinRM) {}, []string{"Negotiate", "Kerberos", "Basic"}},
		"https as it comes":               {WayHTTPSBasic, func(w *WinRM) { w.Basic = false }, []string{"Negotiate", "Kerberos"}},
		"https, Kerberos is switched off": {WayHTTPSBasic, func(w *WinRM) { w.NoKerberos = true }, []string{"Basic"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := startWithWinRM(t, func(c *Config) { test.change(c.WinRM) })
			a, err := connect(t, d, test.way).Ask(ctx(t), "")
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Challenges().Schemes(); a.Status != http.StatusUnauthorized || !slices.Equal(got, test.want) || len(a.Body) != 0 {
				t.Errorf("%d %q with %d bytes, want 401 %q", a.Status, got, len(a.Body), test.want)
			}
			if a.Header.Get("Server") != "Microsoft-HTTPAPI/2.0" || time.Since(a.Date()).Abs() > time.Minute || a.Reason != "" {
				t.Errorf("server %q, date %v, reason %q", a.Header.Get("Server"), a.Date(), a.Reason)
			}
		})
	}
}

// statusOf is what an error of a client says: the status of HTTP, the code of a fault, or that nothing came.
func statusOf(err error) string {
	var (
		fault     *wsman.Fault
		status    *wsman.StatusError
		transport *wsman.TransportError
		format    *wsman.FormatError
	)
	switch {
	case err == nil:
		return "200"
	case errors.As(err, &fault):
		codes := fault.Codes()
		if len(codes) == 0 {
			return "fault " + fault.Subcode
		}
		return fmt.Sprintf("fault %#x", codes[0])
	case errors.As(err, &status) && status.Empty:
		return fmt.Sprint(status.Status, " empty")
	case errors.As(err, &status):
		return fmt.Sprint(status.Status)
	case errors.As(err, &transport):
		return string(transport.Phase)
	case errors.As(err, &format):
		return "format"
	}
	return err.Error()
}

// exchange goes as far as it can: log in, identify, ask for the computer, and for an event.
func exchange(t *testing.T, d *DC, way string) (step, got string) {
	t.Helper()
	c, err := logIn(t, d, way)
	if err != nil {
		return "login", statusOf(err)
	}
	if _, err = c.Identify(ctx(t)); err != nil {
		return "identify", statusOf(err)
	}
	if _, err = c.Enumerate(ctx(t), wsman.Query{Namespace: "root/cimv2", WQL: "SELECT Name FROM Win32_ComputerSystem"}); err != nil {
		return "query", statusOf(err)
	}
	rows, err := c.Enumerate(ctx(t), wsman.Query{Namespace: "root/cimv2", WQL: "SELECT EventCode FROM Win32_NTLogEvent WHERE EventCode = 4768"})
	if err != nil {
		return "events", statusOf(err)
	}
	return "events", fmt.Sprint(len(rows.Items) > 0)
}

// Each fault that lets a connection stand is met where it should be, in each way it touches.
func TestWinRMFaultsAreMet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ id, way, step, want string }{
		{FaultWinRMCut, WayHTTPKerberos, "login", "wait for the answer"},
		{FaultWinRMOtherPrefix, WayHTTPKerberos, "login", "404"},
		{FaultWinRMStopped, WayHTTPKerberos, "login", "503 empty"},
		{FaultWinRMProxy, WayHTTPSKerberos, "login", "407"},
		{FaultWinRMPortal, WayHTTPSKerberos, "login", "302"},
		{FaultWinRMKerberosOff, WayHTTPKerberos, "login", "401 empty"},
		{FaultWinRMOtherAccount, WayHTTPKerberos, "login", "401 empty"},
		{FaultWinRMTicketRefused, WayHTTPSKerberos, "login", "401 empty"},
		{FaultWinRMClock, WayHTTPKerberos, "login", "401 empty"},
		{FaultWinRMBindings, WayHTTPSKerberos, "login", "401 empty"},
		{FaultWinRMBasicRefused, WayHTTPSBasic, "identify", "401 empty"},
		{FaultWinRMMemberServer, WayHTTPSBasic, "identify", "401 empty"},
		{FaultWinRMBasicOff, WayHTTPSBasic, "login", wsman.ErrBasicNotOffered.Error()},
		{FaultWinRMEmpty, WayHTTPKerberos, "identify", "500 empty"},
		{FaultWinRMDenied, WayHTTPKerberos, "query", "fault 0x5"},
		{FaultWinRMInternalDenied, WayHTTPSBasic, "query", "fault 0x80070005"},
		{FaultWinRMWMIDenied, WayHTTPSKerberos, "query", "fault 0x80338104"},
		{FaultWinRMConnectDenied, WayHTTPKerberos, "query", "fault 0x80338106"},
		{FaultWinRMEventsDenied, WayHTTPKerberos, "events", "fault 0x80338105"},
		{FaultWinRMFilter, WayHTTPKerberos, "query", "fault 0x8033801a"},
		{FaultWinRMQuota, WayHTTPKerberos, "query", "fault 0x803381a5"},
		{FaultWinRMSchema, WayHTTPKerberos, "query", "fault 0x80338041"},
		{FaultWinRMOtherFault, WayHTTPKerberos, "query", "fault 0x803380f7"},
		{FaultWinRMTimedOut, WayHTTPKerberos, "query", "fault 0x80338029"},
		{FaultWinRMNoEvents, WayHTTPKerberos, "events", "false"},
		{FaultWinRMNoAudit, WayHTTPSBasic, "events", "false"},
		{FaultWinRMUnencrypted, WayHTTPKerberos, "events", "true"},
		{FaultWinRMMuteFirst, WayHTTPKerberos, "events", "true"},
	} {
		t.Run(test.id, func(t *testing.T) {
			t.Parallel()
			d := startWithWinRM(t, nil)
			if err := d.Faults().Start(test.id, nil); err != nil {
				t.Fatal(err)
			}
			if step, got := exchange(t, d, test.way); step != test.step || !strings.Contains(got, test.want) {
				t.Errorf("%s: %s, want %s: %s", step, got, test.step, test.want)
			}
			d.Faults().Stop(test.id)
			if step, got := exchange(t, d, test.way); step != "events" || got != "true" {
				t.Errorf("after the fault: %s: %s", step, got)
			}
		})
	}
}

// A query that is slow ends with the time-out that its client gave, with a fault; without a client that waits as long, with
// nothing.
func TestASlowQueryEndsInTime(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, nil)
	if err := d.Faults().Start(FaultWinRMSlow, map[string]string{"delay": "1h"}); err != nil {
		t.Fatal(err)
	}
	c, err := logIn(t, d, WayHTTPKerberos)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Enumerate(ctx(t), wsman.Query{Namespace: "root/cimv2", WQL: eventsWQL, Timeout: 10 * time.Millisecond})
	if got := statusOf(err); got != "fault 0x80338029" {
		t.Errorf("%s (%v)", got, err)
	}
	short, cancel := context.WithTimeout(ctx(t), 10*time.Millisecond)
	defer cancel()
	_, err = c.Enumerate(short, wsman.Query{Namespace: "root/cimv2", WQL: eventsWQL})
	if got := statusOf(err); got != string(wsman.Wait) {
		t.Errorf("%s (%v)", got, err)
	}
}

// A refused ticket comes with the reason that the service gives.
func TestARefusedTicketTellsWhy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id     string
		params map[string]string
		want   kerberos.ErrorCode
	}{
		{FaultWinRMOtherAccount, nil, kerberos.ErrModified},
		{FaultWinRMClock, nil, kerberos.ErrSkew},
		{FaultWinRMOtherAccount, map[string]string{"token": "no"}, 0},
		{FaultWinRMTicketRefused, nil, 0},
	} {
		d := startWithWinRM(t, nil)
		if err := d.Faults().Start(test.id, test.params); err != nil {
			t.Fatal(err)
		}
		_, err := logIn(t, d, WayHTTPKerberos)
		var refused *wsman.LoginError
		if !errors.As(err, &refused) {
			t.Fatalf("%s: %v is no refused log-in", test.id, err)
		}
		var said *kerberos.KDCError
		if got := errors.As(err, &said); got != (test.want != 0) || got && said.Code != test.want {
			t.Errorf("%s %v: %v, want %v", test.id, test.params, err, test.want)
		}
	}
}

// Bindings: none, right and wrong ones, at each level.
func TestWinRMBindings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		level Bindings
		bind  bool
		want  string
	}{
		{BindingsNone, false, "200"}, {BindingsNone, true, "200"},
		{BindingsRelaxed, false, "200"}, {BindingsRelaxed, true, "200"},
		{BindingsStrict, false, "401 empty"}, {BindingsStrict, true, "200"},
	} {
		d := startWithWinRM(t, func(c *Config) { c.WinRM.Bindings = test.level })
		err := connect(t, d, WayHTTPSKerberos).Login(ctx(t), wsman.KerberosLogin{Ticket: ticket(t, d), Bind: test.bind})
		if got := statusOf(err); got != test.want {
			t.Errorf("%s, bound %t: %s (%v), want %s", test.level, test.bind, got, err, test.want)
		}
	}
	// A client whose TLS ends at somebody in between is tied to another certificate.
	d := startWithWinRM(t, nil)
	i, err := kerberos.NewInitiator(kerberos.InitiatorConfig{Ticket: ticket(t, d), Bindings: []byte("tls-server-end-point:another"), SPNEGO: true})
	if err != nil {
		t.Fatal(err)
	}
	c := &winrmConn{winrm: d.winrm, transport: transportHTTPS, bindings: []byte("tls-server-end-point:ours")}
	_, _, err = c.accept(i.Token(), &winrmEffects{})
	var wrong *kerberos.GSSError
	if !errors.As(err, &wrong) || wrong.Failure != kerberos.BadBindings {
		t.Errorf("other bindings: %v", err)
	}
}

// A password counts as anywhere else in the domain, and in all forms of the name.
func TestWinRMBasicIsALogOnOfTheDomain(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, func(c *Config) {
		c.Accounts = append(c.Accounts, Account{Name: "off", Password: credential.New(password), State: Disabled})
		c.Lockout = Lockout{Threshold: 2}
	})
	for _, test := range []struct{ name, word, want string }{
		{`CORP\svc-userid`, password, ""}, {`corp.example\SVC-userid`, password, ""}, {"svc-userid@corp.example", password, ""}, {"svc-userid", password, ""},
		{`OTHER\svc-userid`, password, "no such account"}, {"nobody", password, "no such account"}, {"off", password, "the account is disabled"},
		{"svc-userid", "wrong", "wrong password"}, {"svc-userid", "wrong", "wrong password"}, {"svc-userid", password, "the account is locked"},
	} {
		if _, why := d.winrm.basic(test.name+":"+test.word, "127.0.0.1:1", &winrmEffects{}); why != test.want {
			t.Errorf("%s: %q, want %q", test.name, why, test.want)
		}
	}
	if n, err := d.BadPasswords("svc-userid"); n != 2 || err != nil {
		t.Errorf("%d bad passwords, %v", n, err)
	}
}

// A list is given in parts, each as long as both sides allow, and is kept for a while.
func TestWinRMListsInParts(t *testing.T) {
	t.Parallel()
	var events []Event
	for i := range 50 {
		events = append(events, Event{Code: EventTGT, Strings: []string{fmt.Sprintf("user%02d", i), strings.Repeat("x", 1000)}})
	}
	d := startWithWinRM(t, func(c *Config) { c.WinRM.Quiet, c.WinRM.Events, c.WinRM.MaxBatch = true, events, 40 })
	c, err := logIn(t, d, WayHTTPKerberos)
	if err != nil {
		t.Fatal(err)
	}
	q := wsman.Query{Namespace: "root/cimv2", WQL: "SELECT InsertionStrings FROM Win32_NTLogEvent WHERE RecordNumber <= 1050", Batch: 45, MaxEnvelope: 20 << 10}
	rows, err := c.Enumerate(ctx(t), q)
	if err != nil {
		t.Fatal(err)
	}
	var users []string
	parts := 0
	for {
		parts++
		if len(rows.Items) > 20 {
			t.Errorf("part %d of 20 KiB has %d items of 1 KiB", parts, len(rows.Items))
		}
		for _, item := range rows.Items {
			name, _ := item.Get("InsertionStrings")
			users = append(users, name)
		}
		if rows.Done {
			break
		}
		if err := rows.Pull(ctx(t)); err != nil {
			t.Fatal(err)
		}
	}
	if len(users) != 50 || users[0] != "user49" || users[49] != "user00" || parts < 3 {
		t.Errorf("%d events in %d parts: %q", len(users), parts, users)
	}
	q.MaxEnvelope = 0
	if rows, err = c.Enumerate(ctx(t), q); err != nil || len(rows.Items) != 40 {
		t.Errorf("MaxBatch: %d items, %v", len(rows.Items), err)
	}
	q.MaxEnvelope = 2500
	if _, err = c.Enumerate(ctx(t), q); statusOf(err) != "fault wsman:EncodingLimit" {
		t.Errorf("an envelope for less than an item: %v", err)
	}
}

// A list that nobody goes on with is forgotten, and nobody else can go on with it.
func TestWinRMForgetsLists(t *testing.T) {
	t.Parallel()
	var o enumerations
	now := time.Now()
	b, err := o.begin(&enumeration{owner: "a"}, now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if o.find(b.Context, "b", now, time.Minute) != nil {
		t.Error("somebody else goes on with it")
	}
	if o.find(b.Context, "a", now.Add(50*time.Second), time.Minute) == nil {
		t.Error("it is gone too early")
	}
	if o.find(b.Context, "a", now.Add(100*time.Second), time.Minute) == nil {
		t.Error("its time does not begin anew")
	}
	if o.find(b.Context, "a", now.Add(200*time.Second), time.Minute) != nil || o.remove(b.Context, "a", now.Add(200*time.Second)) {
		t.Error("it is kept too long")
	}
	if _, err = o.begin(&enumeration{owner: "a"}, now.Add(300*time.Second), time.Minute); err != nil || o.count() != 1 {
		t.Errorf("%d lists are kept, %v", o.count(), err)
	}
	for err == nil && o.count() < 2*maxEnumerations {
		_, err = o.begin(&enumeration{owner: "a"}, now.Add(300*time.Second), time.Minute)
	}
	if o.count() != maxEnumerations || statusOf(err) != "fault 0x803381a5" {
		t.Errorf("%d lists, %v", o.count(), err)
	}
}

// Bodies in the clear are refused over HTTP with a bare 500, and taken where they are allowed.
func TestWinRMRefusesBodiesInTheClear(t *testing.T) {
	t.Parallel()
	for allowed, want := range map[bool]int{false: 500, true: 200} {
		d := startWithWinRM(t, func(c *Config) { c.WinRM.AllowUnencrypted = allowed })
		req, err := http.NewRequestWithContext(ctx(t), http.MethodPost, "http://"+d.WinRMAddr()+"/wsman", strings.NewReader(string(wsman.Request{Operation: wsman.Identify{}}.Marshal())))
		if err != nil {
			t.Fatal(err)
		}
		i, err := kerberos.NewInitiator(kerberos.InitiatorConfig{Ticket: ticket(t, d), SPNEGO: true})
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Negotiate "+base64Of(i.Token()))
		answer, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want || answer.ContentLength > 0 != allowed {
			t.Errorf("allowed %t: %d with %d bytes", allowed, answer.StatusCode, answer.ContentLength)
		}
	}
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
