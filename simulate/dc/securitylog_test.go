package dc

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

func officeLog(w WinRM, now time.Time) *securityLog {
	w.Host = "dc1.corp.example"
	l := &securityLog{}
	l.begin(w, Config{Realm: DefaultRealm, NetBIOS: "CORP"}, now)
	return l
}

// The office goes on with its day: whenever one looks, each kind of event is a minute old at most, none is in the
// future, and numbers and times have one order.
func TestTheOfficeGoesOn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 30, 0, time.UTC)
	l := officeLog(WinRM{}, now)
	for _, later := range []time.Duration{0, time.Second, time.Minute, 3 * time.Hour} {
		at := now.Add(later)
		newest := map[int]time.Time{}
		last, users := 1<<30, map[string]bool{}
		var before time.Time
		for i, r := range l.rows(at, &winrmEffects{}) {
			when, ok := r.time("TimeGenerated")
			var code, record int
			value, _ := wsman.Item(r).Get("EventCode")
			fmt.Sscan(value, &code)
			value, _ = wsman.Item(r).Get("RecordNumber")
			fmt.Sscan(value, &record)
			if !ok || when.After(at) || record >= last || i > 0 && when.After(before) {
				t.Fatalf("after %v, event %d (%d) at %v, the one before it is %d at %v", later, record, code, when, last, before)
			}
			last, before = record, when
			if newest[code].IsZero() {
				newest[code] = when
			}
			if code == EventLogon {
				users[l.user(r)] = true
			}
		}
		for _, code := range []int{EventLogon, EventTGT, EventService, EventRenewal} {
			if at.Sub(newest[code]) > time.Minute {
				t.Errorf("after %v, the newest %d is of %v", later, code, newest[code])
			}
		}
		if !users["alice"] || !users["WS01$"] || !users["svc-backup"] {
			t.Errorf("users, machines and services log on; seen: %v", users)
		}
	}
}

// user is who logged on.
func (l *securityLog) user(r row) string {
	for _, p := range r.Properties {
		if p.Name == "InsertionStrings" {
			return p.Values[userField["4624"]]
		}
	}
	return ""
}

// The log keeps the newest, also when its clock jumps.
func TestTheLogIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	l := officeLog(WinRM{}, now)
	if n := len(l.rows(now.AddDate(5, 0, 0), &winrmEffects{})); n > 1000 {
		t.Errorf("a jump of years makes %d events", n)
	}
	l = officeLog(WinRM{Quiet: true}, now)
	for i := range maxEvents + 7 {
		l.write(now, EventTGT, false, fmt.Sprint(i))
	}
	rows := l.rows(now, &winrmEffects{})
	if value, _ := wsman.Item(rows[len(rows)-1]).Get("InsertionStrings"); len(rows) != maxEvents || value != "7" {
		t.Errorf("%d events, the oldest is %s", len(rows), value)
	}
}

// A wrong password at the KDC is an audit failure.
func TestAWrongPasswordIsInTheLog(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, func(c *Config) { c.WinRM.Quiet = true })
	if _, err := login(ctx(t), d.over(udp), user(t, "svc-userid"), "wrong"); err == nil {
		t.Fatal("a wrong password got a ticket")
	}
	rows := d.winrm.log.rows(time.Now(), &winrmEffects{})
	if len(rows) != 1 {
		t.Fatalf("%d events", len(rows))
	}
	for name, want := range map[string]string{"EventCode": "4771", "Type": "Audit Failure", "InsertionStrings": "svc-userid", "ComputerName": "dc1.corp.example"} {
		if got, _ := wsman.Item(rows[0]).Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// Bytes that are no request, or too many of them, end the connection with a 400, and the server goes on.
func TestWinRMBearsBadInput(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, nil)
	for name, test := range map[string]struct {
		send string
		want int
	}{
		"a TLS hello":       {"\x16\x03\x01\x00\x05hello\r\n\r\n", 400},
		"an endless header": {"POST /wsman HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", maxWebHeader+wsman.MaxMessage), 400},
		"a gigabyte":        {"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n" + strings.Repeat("x", maxWebHeader+wsman.MaxMessage), 400},
		"another method":    {"GET /wsman HTTP/1.1\r\nHost: x\r\n\r\n", 405},
		"another path":      {"POST /owa HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404},
		"no base64":         {"POST /wsman HTTP/1.1\r\nHost: x\r\nAuthorization: Negotiate ***\r\nContent-Length: 0\r\n\r\n", 401},
		"no token":          {"POST /wsman HTTP/1.1\r\nHost: x\r\nAuthorization: Negotiate AAAA\r\nContent-Length: 0\r\n\r\n", 401},
		"sealed by nobody":  {"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/encrypted\r\nContent-Length: 1\r\n\r\nx", 401},
		"HTTP/1.0, no host": {"POST /wsman HTTP/1.0\r\nContent-Length: 0\r\n\r\n", 401},
		"a body in chunks":  {"POST /wsman HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 401},
		"broken chunks":     {"POST /wsman HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		"asked to continue": {"POST /wsman HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", 100},
	} {
		conn, err := net.Dial("tcp", d.WinRMAddr())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.Copy(conn, strings.NewReader(test.send)) // the server may hang up before the end
		}()
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			// A server that hangs up on unread bytes resets the connection, and with it what it said.
			if !strings.HasPrefix(name, "a") || test.want != 400 {
				t.Errorf("%s: %v", name, err)
			}
		} else if answer.StatusCode != test.want {
			t.Errorf("%s: %d, want %d", name, answer.StatusCode, test.want)
		}
		_ = conn.Close()
		<-sent
	}
	if step, got := exchange(t, d, WayHTTPKerberos); step != "events" || got != "true" {
		t.Errorf("afterwards: %s: %s", step, got)
	}
}

// SOAP that is none, XML that grows, and what is not served: a fault each.
func TestWinRMAnswersBadMessagesWithFaults(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, nil)
	uri := func(namespace, class string) wsman.Header {
		return wsman.Header{To: "http://dc1/wsman", MessageID: "uuid:1", ResourceURI: wsman.WMIResource(namespace, class)}
	}
	ask := func(h wsman.Header, op wsman.Operation) []byte {
		return wsman.Request{Header: h, Operation: op}.Marshal()
	}
	for name, test := range map[string]struct {
		soap []byte
		want string
	}{
		"no XML":             {[]byte("hello"), "0x80338041"},
		"an XML bomb":        {[]byte(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>`), "0x80338041"},
		"another namespace":  {ask(uri("root/other", "*"), wsman.Enumerate{Query: eventsWQL}), "0x8004100E"},
		"another class":      {ask(uri("root/cimv2", "*"), wsman.Enumerate{Query: "SELECT * FROM Win32_Other"}), "0x80041010"},
		"no query":           {ask(uri("root/cimv2", "*"), wsman.Enumerate{}), "0x80338041"},
		"another dialect":    {ask(uri("root/cimv2", "*"), wsman.Enumerate{Query: "x", Dialect: "http://example.com/xpath"}), "wsen:FilterDialectRequestedUnavailable"},
		"no list":            {ask(uri("root/cimv2", "*"), wsman.Pull{Context: "uuid:2"}), "wsen:InvalidEnumerationContext"},
		"no list to release": {ask(uri("root/cimv2", "*"), wsman.Release{Context: "uuid:2"}), "wsen:InvalidEnumerationContext"},
		"the configuration":  {ask(wsman.Header{To: "http://dc1/wsman", MessageID: "uuid:1", ResourceURI: wsman.ResourceConfig}, wsman.Get{}), "5 ERROR_ACCESS_DENIED"},
	} {
		a, ok := d.winrm.operate(ctx(t), test.soap, "svc-userid", &winrmEffects{}, map[string]any{})
		_, err := wsman.ReadResponse(a.body)
		if !ok || a.status != 500 || err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(strings.TrimPrefix(test.want, "wsen:"))) {
			t.Errorf("%s: %d, %v, want %s", name, a.status, err, test.want)
		}
	}
	// A whole class without a query is listed; without OptimizeEnumeration the first answer has nothing but the context.
	a, _ := d.winrm.operate(ctx(t), ask(uri("root/cimv2", classComputer), wsman.Enumerate{}), "svc-userid", &winrmEffects{}, map[string]any{})
	r, err := wsman.ReadResponse(a.body)
	if b, ok := r.Result.(wsman.Batch); err != nil || !ok || b.Context == "" || len(b.Items) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// No event and no log holds the password, whatever way it came.
func TestWinRMKeepsThePasswordToItself(t *testing.T) {
	t.Parallel()
	d := startWithWinRM(t, func(c *Config) { c.Accounts[0].Password = credential.New(password) })
	if step, got := exchange(t, d, WayHTTPSBasic); step != "events" || got != "true" {
		t.Fatalf("%s: %s", step, got)
	}
	var all bytes.Buffer
	fmt.Fprintf(&all, "%+v %+v", d.Record().Since(0), d.winrm.log.rows(time.Now(), &winrmEffects{}))
	for _, secret := range []string{password, base64Of([]byte(`CORP\svc-userid:` + password))} {
		if strings.Contains(all.String(), secret) {
			t.Error("it is in the record or in the log")
		}
	}
}
