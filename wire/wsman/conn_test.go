package wsman_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

func typeName(v any) string { return fmt.Sprintf("%T", v) }

func number(n int) wsman.Item {
	return wsman.Item{Properties: []wsman.Property{{Name: "RecordNumber", Values: []string{fmt.Sprint(n)}}}}
}

// windows answers every operation: a list of five items, two by two.
func windows(r wsman.Request) (wsman.Result, *wsman.Fault) {
	switch op := r.Operation.(type) {
	case wsman.Identify:
		return wsman.Identity{ProductVendor: "Microsoft Corporation", ProductVersion: "OS: 6.3.9600 SP: 0.0 Stack: 3.0"}, nil
	case wsman.Enumerate:
		if op.MaxElements != 2 || !op.Optimize || op.Query == "" {
			return nil, wsman.NewFault(wsman.CodeCannotProcessFilter, hostname)
		}
		return wsman.Batch{Context: "uuid:a", Items: []wsman.Item{number(1), number(2)}}, nil
	case wsman.Pull:
		switch op.Context {
		case "uuid:a":
			return wsman.Batch{Pulled: true, Context: "uuid:b", Items: []wsman.Item{number(3), number(4)}}, nil
		case "uuid:b":
			return wsman.Batch{Pulled: true, End: true, Items: []wsman.Item{number(5)}}, nil
		}
	case wsman.Release:
		return wsman.Released{}, nil
	case wsman.Get:
		return nil, wsman.NewFault(wsman.CodeAccessDenied, hostname)
	}
	return nil, wsman.NewFault(wsman.CodeSchemaValidation, hostname)
}

var query = wsman.Query{Namespace: "root/cimv2", WQL: "SELECT RecordNumber FROM Win32_NTLogEvent WHERE RecordNumber < 6", Batch: 2}

// The three ways of a firewall, and both schemes: log in, ask all, over a server on net/http.
func TestSessions(t *testing.T) {
	t.Parallel()
	cred, keytab := ticket(t)
	for _, c := range []struct {
		name          string
		secure, basic bool
		login         wsman.KerberosLogin
		list          bool // the server signs the list of SPNEGO
		seen          string
	}{
		{"http, negotiate", false, false, wsman.KerberosLogin{}, false, "Negotiate, sealed"},
		{"http, kerberos", false, false, wsman.KerberosLogin{Scheme: wsman.Kerberos, NoTab: true}, false, "Kerberos, sealed"},
		{"http, signed list", false, false, wsman.KerberosLogin{}, true, "Negotiate, signature, sealed"},
		{"https, negotiate", true, false, wsman.KerberosLogin{}, false, "Negotiate, clear"},
		{"https, bound", true, false, wsman.KerberosLogin{Bind: true}, false, "Negotiate, clear"},
		{"https, basic", true, true, wsman.KerberosLogin{}, false, "clear"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := &endpoint{handle: windows}
			s := e.start(t, c.secure)
			cfg := kerberos.AcceptorConfig{Keytab: keytab, SignList: c.list}
			if c.login.Bind {
				cfg.Bindings = wsman.EndpointBindings(s.Certificate())
			}
			e.acceptor = kerberos.NewAcceptor(cfg)
			conn := connect(t, s)
			if c.basic {
				basic(t, conn)
			} else {
				c.login.Ticket = cred
				if err := conn.Login(testContext(t), c.login); err != nil {
					t.Fatal(err)
				}
			}
			session(t, conn)
			if got := e.notes(); !strings.HasPrefix(got, c.seen+" Identify") || strings.Contains(got, "refused") {
				t.Errorf("the server saw %s; want %s", got, c.seen)
			}
		})
	}
}

func basic(t *testing.T, conn *wsman.Conn) {
	t.Helper()
	a, err := conn.Ask(testContext(t), "")
	if err != nil || a.Status != http.StatusUnauthorized {
		t.Fatalf("%v, %+v", err, a)
	}
	if err := conn.UseBasic(wsman.BasicLogin{User: "svc-userid", Password: password, Offered: a.Challenges()}); err != nil {
		t.Fatal(err)
	}
}

func session(t *testing.T, conn *wsman.Conn) {
	t.Helper()
	ctx := testContext(t)
	id, err := conn.Identify(ctx)
	if err != nil || id.ProductVersion != "OS: 6.3.9600 SP: 0.0 Stack: 3.0" {
		t.Fatalf("%v, %+v", err, id)
	}
	list, err := conn.Enumerate(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		for _, i := range list.Items {
			n, _ := i.Get("recordnumber")
			got = append(got, n)
		}
		if list.Done {
			break
		}
		if err := list.Pull(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if all := strings.Join(got, " "); all != "1 2 3 4 5" {
		t.Errorf("items %s", all)
	}
	if list, err = conn.Enumerate(ctx, query); err != nil {
		t.Fatal(err)
	}
	if err := list.Release(ctx); err != nil || !list.Done {
		t.Errorf("release: %v", err)
	}
	_, err = conn.Config(ctx)
	var f *wsman.Fault
	if !errors.As(err, &f) || !f.Has(wsman.CodeAccessDenied) || f.Status != http.StatusInternalServerError {
		t.Errorf("%v, want access denied", err)
	}
	if _, err := conn.Identify(ctx); err != nil { // a fault ends nothing
		t.Error(err)
	}
}

// How a log-in fails, with what the server said.
func TestRefusedLogins(t *testing.T) {
	t.Parallel()
	cred, keytab := ticket(t)
	other := kerberos.Keytab{Entries: []kerberos.KeytabEntry{{Principal: cred.Service, Key: kerberos.RandomKey(kerberos.AES256)}}}
	ahead := func() time.Time { return time.Now().Add(time.Hour) }
	for _, c := range []struct {
		name   string
		end    *endpoint
		says   kerberos.AcceptorConfig
		status int
		code   kerberos.ErrorCode  // of a KRB-ERROR
		gss    kerberos.GSSFailure // of what proves nothing
	}{
		{"other key", &endpoint{}, kerberos.AcceptorConfig{Keytab: other}, 401, kerberos.ErrModified, ""},
		{"clock", &endpoint{}, kerberos.AcceptorConfig{Keytab: keytab, Now: ahead}, 401, kerberos.ErrSkew, ""},
		{"says nothing", &endpoint{noProof: true}, kerberos.AcceptorConfig{Keytab: other}, 401, 0, ""},
		{"refused all the same", &endpoint{refuse: true}, kerberos.AcceptorConfig{Keytab: keytab}, 401, 0, ""},
		{"proves nothing", &endpoint{noProof: true}, kerberos.AcceptorConfig{Keytab: keytab}, 200, 0, kerberos.DefectiveToken},
		{"wants bindings", &endpoint{}, kerberos.AcceptorConfig{Keytab: keytab, Bindings: []byte("tls-server-end-point:x")}, 401, 0, kerberos.OtherMechanism},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.end.acceptor = kerberos.NewAcceptor(c.says)
			conn := connect(t, c.end.start(t, false))
			err := conn.Login(testContext(t), wsman.KerberosLogin{Ticket: cred})
			var login *wsman.LoginError
			if !errors.As(err, &login) || login.Answer.Status != c.status {
				t.Fatalf("%v, want a log-in that is refused with %d", err, c.status)
			}
			var krb *kerberos.KDCError
			var gss *kerberos.GSSError
			errors.As(err, &krb)
			errors.As(err, &gss)
			if c.code != 0 && (krb == nil || krb.Code != c.code) || c.gss != "" && (gss == nil || gss.Failure != c.gss) ||
				c.code == 0 && c.gss == "" && login.Reason != nil {
				t.Errorf("%v; want code %v, failure %q", err, c.code, c.gss)
			}
			if _, err := conn.Identify(testContext(t)); !errors.Is(err, wsman.ErrUnusable) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// A server that answers in the clear where it should seal is not believed.
func TestUnsealedAnswers(t *testing.T) {
	t.Parallel()
	cred, keytab := ticket(t)
	e := &endpoint{acceptor: kerberos.NewAcceptor(kerberos.AcceptorConfig{Keytab: keytab}), clear: true, handle: windows}
	s := e.start(t, false)
	for _, ask := range []struct {
		name string
		do   func(*wsman.Conn) error
		want func(error) bool
	}{
		{"result", func(c *wsman.Conn) error { _, err := c.Identify(testContext(t)); return err }, func(err error) bool {
			var f *wsman.FormatError
			return errors.As(err, &f) && strings.Contains(err.Error(), "is not sealed")
		}},
		{"fault", func(c *wsman.Conn) error { _, err := c.Config(testContext(t)); return err }, func(err error) bool {
			var status *wsman.StatusError
			var fault *wsman.Fault
			return errors.As(err, &status) && status.Unsealed != nil && status.Unsealed.Has(wsman.CodeAccessDenied) && !errors.As(err, &fault)
		}},
	} {
		conn := connect(t, s)
		if err := conn.Login(testContext(t), wsman.KerberosLogin{Ticket: cred}); err != nil {
			t.Fatal(err)
		}
		if err := ask.do(conn); !ask.want(err) {
			t.Errorf("%s: %v", ask.name, err)
		}
	}
}

// A password goes nowhere that it should not.
func TestBasicIsRefused(t *testing.T) {
	t.Parallel()
	offered := wsman.ParseChallenges([]string{`Basic realm="WSMAN"`})
	e := &endpoint{handle: windows}
	plain, secure := e.start(t, false), e.start(t, true)
	unverified, err := wsman.Connect(testContext(t), wsman.ConnConfig{Address: secure.Listener.Addr().String(), TLS: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unverified.Close() }()
	for _, c := range []struct {
		name string
		conn *wsman.Conn
		l    wsman.BasicLogin
		want error
	}{
		{"http", connect(t, plain), wsman.BasicLogin{User: "u", Offered: offered}, wsman.ErrBasicUnprotected},
		{"unverified", unverified, wsman.BasicLogin{User: "u", Offered: offered}, wsman.ErrBasicUnverified},
		{"not offered", connect(t, secure), wsman.BasicLogin{User: "u", Offered: wsman.ParseChallenges([]string{"Negotiate"})}, wsman.ErrBasicNotOffered},
	} {
		if err := c.conn.UseBasic(c.l); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := connect(t, secure).UseBasic(wsman.BasicLogin{User: "a:b", Offered: offered}); err == nil {
		t.Error("a colon in a name is taken")
	}
	conn := connect(t, secure)
	login := wsman.BasicLogin{User: "svc-userid", Password: "secret-" + password, Offered: offered}
	if err := conn.UseBasic(login); err != nil {
		t.Fatal(err)
	}
	_, err = conn.Identify(testContext(t))
	var status *wsman.StatusError
	if !errors.As(err, &status) || status.Status != 401 || !status.Challenges.Has("basic") || status.ServerName != "Microsoft-HTTPAPI/2.0" || status.Date.IsZero() {
		t.Errorf("%v, want 401", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if s := fmt.Sprintf(verb+verb+verb, login, conn, err); strings.Contains(s, "secret") || strings.Contains(s, "c2VjcmV0") {
			t.Errorf("%s shows the password: %s", verb, s)
		}
	}
}

// scripted answers each connection with bytes, after it has read something; "" waits until the client goes.
func scripted(t *testing.T, answer string, closes bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = conn.Read(make([]byte, 1<<16))
		_, _ = io.WriteString(conn, answer)
		if !closes {
			_, _ = io.Copy(io.Discard, conn)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// What servers do wrong, as the client says it.
func TestBadServers(t *testing.T) {
	t.Parallel()
	const soap = "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: "
	message := func(s string) string { return fmt.Sprintf("%s%d\r\n\r\n%s", soap, len(s), s) }
	other := string(wsman.Response{Header: wsman.Header{RelatesTo: "uuid:other"}, Result: wsman.Released{}}.Marshal())
	for _, c := range []struct {
		name, answer string
		closes       bool
		says         string
	}{
		{"closed", "", true, "wait for the answer: " + wsman.ErrClosed.Error()},
		{"cut", "HTTP/1.1 200 OK\r\nContent-Le", true, "read the answer: unexpected EOF"},
		{"page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", false, "something stands in between"},
		{"redirect", "HTTP/1.1 302 Found\r\nLocation: https://corp.example/\r\nContent-Length: 0\r\n\r\n", false, `a redirect to "https://corp.example/", which is not followed`},
		{"not found", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false, "answered 404 Not Found"},
		{"proxy", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", false, "answered 407"},
		{"plaintext refused", "HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", false, "answered 500 Internal Server Error with an empty body"},
		{"https", "\x15\x03\x01\x00\x02\x02\x46", false, "this port wants HTTPS"},
		{"other message", message(other), false, `it answers message "uuid:other"`},
		{"other result", message(string(wsman.Response{Result: wsman.Released{}}.Marshal())), false, "it is no answer to wsman.Identify"},
		{"500 without fault", strings.Replace(message(string(wsman.Response{Result: wsman.Identity{}}.Marshal())), "200 OK", "500 x", 1), false, "a message that is no fault"},
		{"upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", true, "answered 101"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address := scripted(t, c.answer, c.closes)
			conn, err := wsman.Connect(testContext(t), wsman.ConnConfig{Address: address})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, err = conn.Identify(testContext(t))
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "winrm http "+address) {
				t.Errorf("%v; want it to say %q", err, c.says)
			}
		})
	}
}

// An answer that nobody asked for is not taken for the next one.
func TestTwoAnswers(t *testing.T) {
	t.Parallel()
	soap := string(wsman.Response{Result: wsman.Identity{ProductVendor: "x"}}.Marshal())
	one := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\n\r\n%s", len(soap), soap)
	conn, err := wsman.Connect(testContext(t), wsman.ConnConfig{Address: scripted(t, one+one, false)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if id, err := conn.Identify(testContext(t)); err != nil || id.ProductVendor != "x" {
		t.Fatalf("%v, %+v", err, id)
	}
	_, err = conn.Identify(testContext(t))
	var format *wsman.FormatError
	if !errors.As(err, &format) || !strings.Contains(err.Error(), "which nobody asked for") {
		t.Errorf("%v, want that the second answer is refused", err)
	}
}

// The context ends every wait, also that for a server that answers nothing to who does not log in.
func TestContextEndsWaits(t *testing.T) {
	t.Parallel()
	conn, err := wsman.Connect(testContext(t), wsman.ConnConfig{Address: scripted(t, "", false)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = conn.Ask(ctx, "")
	var transport *wsman.TransportError
	if !errors.As(err, &transport) || transport.Phase != wsman.Wait || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want that the wait is over", err)
	}
	if _, err := conn.Ask(testContext(t), ""); !errors.Is(err, wsman.ErrUnusable) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestConnectFails(t *testing.T) {
	t.Parallel()
	e := &endpoint{handle: windows}
	plain, secure := e.start(t, false), e.start(t, true)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for _, c := range []struct {
		name string
		cfg  wsman.ConnConfig
		want wsman.Phase
	}{
		{"closed", wsman.ConnConfig{Address: closed.Addr().String()}, wsman.Dial},
		{"plain for TLS", wsman.ConnConfig{Address: plain.Listener.Addr().String(), TLS: &tls.Config{}}, wsman.Handshake},
		{"unknown issuer", wsman.ConnConfig{Address: secure.Listener.Addr().String(), TLS: &tls.Config{}}, wsman.Handshake},
		{"no port", wsman.ConnConfig{Address: "127.0.0.1"}, ""},
		{"two lines", wsman.ConnConfig{Address: plain.Listener.Addr().String(), Host: "a\r\nb: c"}, ""},
		{"path", wsman.ConnConfig{Address: plain.Listener.Addr().String(), Path: "/a b"}, ""},
		{"agent", wsman.ConnConfig{Address: plain.Listener.Addr().String(), UserAgent: "a\r\nb: c"}, ""},
	} {
		_, err := wsman.Connect(testContext(t), c.cfg)
		var transport *wsman.TransportError
		if is := errors.As(err, &transport); err == nil || is != (c.want != "") || is && transport.Phase != c.want {
			t.Errorf("%s: %v, want phase %q", c.name, err, c.want)
		}
	}
}

// The Conn reads what OMI answered, two lengths and all.
func TestRecordedServer(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"basic-identify", "krb5-spnego-token-and-body"} {
		b, err := os.ReadFile("testdata/omi/" + name + "/response.http")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := wsman.Connect(testContext(t), wsman.ConnConfig{Address: scripted(t, string(b), false)})
		if err != nil {
			t.Fatal(err)
		}
		id, err := conn.Identify(testContext(t))
		if err != nil || id.ProductVendor != "Open Management Infrastructure" {
			t.Errorf("%s: %v, %+v", name, err, id)
		}
		_ = conn.Close()
	}
}
