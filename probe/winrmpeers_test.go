package probe_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/simulate/dc"
)

// badPeer is a server that is no WinRM, or one gone wrong.
type badPeer struct {
	name string
	way  string
	// bare answers a request without a log-in, and basic one with; nil is a plain 401, and silence.
	bare, basic func(io.Writer)
	tls         func(*tls.Config)
	service     *serviceOf // in place of basic; nil if there is none

	check, symptom string // of the cause
	says           string // in its summary
}

func write(text string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, text) }
}

func plain401(w io.Writer) {
	write("HTTP/1.1 401 \r\nServer: Microsoft-HTTPAPI/2.0\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: Kerberos\r\n" +
		"WWW-Authenticate: Basic realm=\"WSMAN\"\r\nContent-Length: 0\r\n\r\n")(w)
}

func only(scheme string) func(io.Writer) {
	return write("HTTP/1.1 401 \r\nWWW-Authenticate: " + scheme + "\r\nContent-Length: 0\r\n\r\n")
}

// endless writes until the peer has had enough.
func endless(head, line string) func(io.Writer) {
	return func(w io.Writer) {
		block := strings.Repeat(line, 1000)
		if _, err := io.WriteString(w, head); err != nil {
			return
		}
		for {
			if _, err := io.WriteString(w, block); err != nil {
				return
			}
		}
	}
}

func soapAnswer(body string) func(io.Writer) {
	return write(fmt.Sprintf("HTTP/1.1 200 \r\nContent-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}

const bomb = `<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` +
	`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&b;</s:Body></s:Envelope>`

var badPeers = []badPeer{
	{name: "a page", way: dc.WayHTTPKerberos, bare: write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"), check: "winrm.schemes", symptom: "winrm.other-status", says: "answers 200 OK: it is not WinRM"},
	{name: "a redirect", way: dc.WayHTTPKerberos, bare: write("HTTP/1.1 301 Moved\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"), check: "winrm.schemes", symptom: "winrm.other-status", says: "answers 301"},
	{name: "endless headers", way: dc.WayHTTPKerberos, bare: endless("HTTP/1.1 401 \r\n", "X-Filler: filler\r\n"), check: "winrm.schemes", says: "header is longer than we take"},
	{name: "an endless line", way: dc.WayHTTPKerberos, bare: endless("HTTP/1.1 401 \r\nX: ", "xxxxxxxxxx"), check: "winrm.schemes", says: "header is longer than we take"},
	{name: "a gigabyte announced", way: dc.WayHTTPKerberos, bare: endless("HTTP/1.1 401 \r\nContent-Length: 1073741824\r\n\r\n", "xxxxxxxxxx"), check: "winrm.schemes", says: "longer than we take"},
	{name: "a gigabyte in chunks", way: dc.WayHTTPKerberos, bare: endless("HTTP/1.1 401 \r\nTransfer-Encoding: chunked\r\n\r\n", "10\r\n0123456789abcdef\r\n"), check: "winrm.schemes", says: "bytes"},
	{name: "no HTTP", way: dc.WayHTTPKerberos, bare: write("220 mail.corp.example ESMTP\r\n\r\n"), check: "winrm.schemes", says: "does not begin an answer of HTTP/1.1"},
	{name: "an alert of TLS", way: dc.WayHTTPKerberos, bare: write("\x15\x03\x01\x00\x02\x02\x46"), check: "winrm.schemes", symptom: "winrm.cut", says: "this port wants HTTPS"},
	{name: "half an answer", way: dc.WayHTTPKerberos, bare: write("HTTP/1.1 401 \r\nServer: Micro"), check: "winrm.schemes", symptom: "winrm.cut", says: "read the answer"},
	{name: "control characters", way: dc.WayHTTPKerberos, bare: write("HTTP/1.1 418 \x1b[2J\r\nServer: \x1b[31m\r\nContent-Length: 0\r\n\r\n"), check: "winrm.schemes", symptom: "winrm.other-status", says: "answers 418"},
	{name: "Negotiate alone", way: dc.WayHTTPKerberos, bare: only("Negotiate"), basic: only("Negotiate"), check: "winrm.schemes", says: "offers Negotiate, and not Kerberos"},
	{name: "Kerberos alone", way: dc.WayHTTPKerberos, bare: only("Kerberos"), basic: only("Kerberos"), check: "winrm.schemes", says: "offers Kerberos, and not Negotiate"},
	{name: "a bomb", way: dc.WayHTTPSBasic, basic: soapAnswer(bomb), check: "winrm.login", says: "soap:"},
	{name: "deep", way: dc.WayHTTPSBasic, basic: soapAnswer(strings.Repeat("<a>", 100_000)), check: "winrm.login", says: "soap:"},
	{name: "a page after the log-in", way: dc.WayHTTPSBasic, basic: write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"), check: "winrm.login", says: "this is no WS-Management service"},
	{name: "a gigabyte after the log-in", way: dc.WayHTTPSBasic, basic: endless("HTTP/1.1 200 \r\nContent-Type: application/soap+xml\r\nContent-Length: 1073741824\r\n\r\n", "<a></a>"), check: "winrm.login", says: "longer than we take"},
	{name: "a proxy after the log-in", way: dc.WayHTTPSBasic, basic: write("HTTP/1.1 502 \r\nContent-Length: 0\r\n\r\n"), check: "winrm.login", symptom: "winrm.other-status", says: "answered 502"},
	{name: "silence after the log-in", way: dc.WayHTTPSBasic, check: "winrm.login", symptom: "winrm.timeout", says: "does not answer"},
	{name: "TLS 1.0", way: dc.WayHTTPSBasic, tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }, check: "winrm.certificate", symptom: "winrm.handshake", says: "version"},
	{name: "another certificate each time", way: dc.WayHTTPSBasic, tls: otherEachTime, check: "winrm.certificate", says: "a moment ago"},
	{name: "a certificate of the client is wanted", way: dc.WayHTTPSBasic, tls: func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 }, check: "winrm.certificate", symptom: "winrm.handshake", says: "handshake failure"},
}

func otherEachTime(c *tls.Config) {
	pairs, n := c.Certificates, new(atomic.Int64)
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pairs[min(int(n.Add(1))-1, 1)], nil }
	c.Certificates = nil
}

// Whatever a peer answers, one check says so, within its time, and the firewall's symptom is named where it is known.
func TestWinRMBadPeers(t *testing.T) {
	t.Parallel()
	for _, p := range badPeers {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			d := winrmDomain(t, nil)
			m := overWinRM(t, password, p.way, d)
			m.Servers[0] = p.start(t)
			results := logIn(t, m, check.Clocks{Attempt: 2 * time.Second})
			found := causes(results)
			if len(found) != 1 || found[0].Check != p.check || found[0].Symptom != p.symptom || !strings.Contains(found[0].Summary, p.says) {
				t.Fatalf("want %s with %q, saying %q; got %+v", p.check, p.symptom, p.says, found)
			}
			if found[0].Hint == "" || strings.ContainsAny(fmt.Sprintf("%s %s %v", found[0].Summary, found[0].Hint, found[0].Evidence), "\x1b\x00\r") {
				t.Errorf("%q, %q, %q", found[0].Summary, found[0].Hint, found[0].Evidence)
			}
			if p.check != "winrm.login" {
				return
			}
			// What came back does not show what became of the password: it is not sent again.
			if r := of(t, logIn(t, m, check.Clocks{}), "winrm.login"); r.Status != check.Skip || r.Skipped != check.Refused {
				t.Errorf("the second time: %v %s: %s", r.Status, r.Skipped, r.Summary)
			}
		})
	}
}

// start listens, over TLS or not, and gives the server as a firewall would know it.
func (p badPeer) start(t *testing.T) probe.MonitoredServer {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := probe.MonitoredServer{Name: "dc1", Host: server, Transport: "winrm-http", Port: netip.MustParseAddrPort(listener.Addr().String()).Port()}
	if p.way != dc.WayHTTPKerberos {
		s.Transport, s.Basic = "winrm-https", p.way == dc.WayHTTPSBasic
		authority, err := certs.NewAuthority("test")
		if err != nil {
			t.Fatal(err)
		}
		config := &tls.Config{}
		for range 2 {
			pair, err := authority.Server([]string{server}, certs.NoFlaw)
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = append(config.Certificates, pair)
		}
		if p.tls != nil {
			p.tls(config)
		} else {
			config.Certificates = config.Certificates[:1]
		}
		s.CertificateProfile = filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(s.CertificateProfile, authority.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		listener = tls.NewListener(listener, config)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go p.serve(listener)
	return s
}

func (p badPeer) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go p.converse(conn)
	}
}

func (p badPeer) converse(conn net.Conn) {
	defer conn.Close()
	for r := bufio.NewReader(conn); ; {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, _ := io.ReadAll(req.Body)
		bare := req.Header.Get("Authorization") == ""
		switch {
		case bare && p.bare == nil:
			plain401(conn)
		case bare:
			p.bare(conn)
		case p.service != nil:
			p.service.serve(conn, body)
			if !p.service.closes {
				continue
			}
		case p.basic != nil:
			p.basic(conn)
		default:
			_, _ = io.Copy(io.Discard, conn)
		}
		return
	}
}

// A server that is monitored by its address has to have a certificate for it.
func TestBasicByAddressWantsACertificateForIt(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	m := overWinRM(t, password, dc.WayHTTPSBasic, d)
	m.Servers[0].Host = "127.0.0.1"
	results := logIn(t, m, check.Clocks{})
	if found := causes(results); len(found) != 1 || found[0].Check != "certs.name" {
		t.Errorf("the causes are %s, want certs.name", texts(found))
	}
	if sent, _ := passwords(d); sent != 0 {
		t.Errorf("%d passwords were sent", sent)
	}
}
