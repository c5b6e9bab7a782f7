package dc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

const (
	maxWebHeader = 64 << 10 // bytes
	serverName   = "Microsoft-HTTPAPI/2.0"
)

// winrmConn is one connection of a client, with the log-in that is bound to it.
type winrmConn struct {
	winrm     *winrm
	transport string
	source    string
	conn      net.Conn
	bindings  []byte // of the TLS connection; nil without TLS

	client  string         // who has logged in with Kerberos; empty is nobody
	sealing *wsman.Sealing // of that log-in
}

// webRequest is one request of HTTP, read whole.
type webRequest struct {
	*http.Request
	body []byte
}

// webAnswer is one answer of HTTP.
type webAnswer struct {
	status      int
	reason      string // WinRM leaves it empty, HTTP.sys does not
	header      [][2]string
	contentType string
	body        []byte
	close       bool
}

func (c *winrmConn) serve(ctx context.Context) {
	limited := &io.LimitedReader{R: c.conn}
	r := bufio.NewReader(limited)
	for {
		limited.N = maxWebHeader + wsman.MaxMessage
		_ = c.conn.SetReadDeadline(time.Now().Add(idle))
		req, err := c.read(r)
		if errors.Is(err, errNoRequest) {
			return
		}
		if err != nil {
			c.winrm.dc.note(KindWinRMDiscarded, map[string]any{"transport": c.transport, "source": c.source, "reason": err.Error()})
			c.write(webAnswer{status: http.StatusBadRequest, reason: "Bad Request", contentType: "text/html; charset=us-ascii", body: []byte(badRequest), close: true})
			return
		}
		if c.winrm.dc.faults.Now().winrm.cut {
			return
		}
		answer, ok := c.answer(ctx, req)
		if !ok { // silent, until the client gives up
			drain(c.conn)
			return
		}
		answer.close = answer.close || req.Close
		if !c.write(answer) || answer.close {
			return
		}
	}
}

// badRequest is like what HTTP.sys says to bytes that are no request.
const badRequest = "<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD><BODY><h2>Bad Request - Invalid Verb</h2></BODY></HTML>\r\n"

// errNoRequest is a connection that ended between two requests.
var errNoRequest = errors.New("no request")

func (c *winrmConn) read(r *bufio.Reader) (webRequest, error) {
	if _, err := r.Peek(1); err != nil {
		return webRequest{}, errNoRequest
	}
	req, err := http.ReadRequest(r)
	if err != nil {
		return webRequest{}, err
	}
	if strings.EqualFold(req.Header.Get("Expect"), "100-continue") {
		if _, err := io.WriteString(c.conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return webRequest{}, err
		}
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, wsman.MaxMessage+1))
	if err == nil && len(body) > wsman.MaxMessage {
		err = fmt.Errorf("a body of more than %d bytes", wsman.MaxMessage)
	}
	return webRequest{req, body}, err
}

// write says whether the connection can go on.
func (c *winrmConn) write(a webAnswer) bool {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.status, a.reason)
	if a.contentType != "" {
		fmt.Fprintf(&b, "Content-Type: %s\r\n", a.contentType)
	}
	fmt.Fprintf(&b, "Server: %s\r\n", serverName)
	for _, h := range a.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	e := &c.winrm.dc.faults.Now().winrm
	fmt.Fprintf(&b, "Date: %s\r\n", c.winrm.now(e).Format(http.TimeFormat))
	if a.close {
		b.WriteString("Connection: close\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(a.body))
	b.Write(a.body)
	_ = c.conn.SetWriteDeadline(time.Now().Add(idle))
	_, err := c.conn.Write(b.Bytes())
	return err == nil
}

func drain(conn net.Conn) {
	_ = conn.SetDeadline(time.Time{})
	_, _ = io.Copy(io.Discard, conn)
}

// answer gives the answer to a request; ok is false for silence.
func (c *winrmConn) answer(ctx context.Context, req webRequest) (a webAnswer, ok bool) {
	e := &c.winrm.dc.faults.Now().winrm
	note := map[string]any{"transport": c.transport, "source": c.source, "scheme": authScheme(req.Header.Get("Authorization"))}
	defer func() {
		note["status"] = a.status
		c.winrm.dc.note(KindWinRMAnswer, note)
	}()
	if e.mute || e.muteUnknown && req.Header.Get("Authorization") == "" && c.client == "" {
		return a, false
	}
	if e.page != nil {
		return *e.page, true
	}
	switch {
	case !strings.EqualFold(strings.TrimSuffix(req.URL.Path, "/"), wsman.Path):
		return webAnswer{status: http.StatusNotFound, reason: "Not Found", contentType: "text/html; charset=us-ascii"}, true
	case req.Method != http.MethodPost:
		return webAnswer{status: http.StatusMethodNotAllowed, header: [][2]string{{"Allow", "POST"}}}, true
	}
	who, token, refused := c.authenticate(req, e, note)
	if refused != nil {
		return *refused, true
	}
	note["account"] = who
	a, ok = c.admitted(ctx, req, who, e, note)
	if token != "" {
		a.header = append(a.header, [2]string{"WWW-Authenticate", token})
	}
	return a, ok
}

// admitted answers a request of somebody who is known.
func (c *winrmConn) admitted(ctx context.Context, req webRequest, who string, e *winrmEffects, note map[string]any) (webAnswer, bool) {
	contentType := req.Header.Get("Content-Type")
	sealed := wsman.IsSealed(contentType)
	if len(req.body) == 0 { // it logs in, and asks nothing yet
		return webAnswer{status: http.StatusOK}, true
	}
	note["sealed"] = sealed
	if e.refuseBodies || !sealed && c.bindings == nil && !c.allowsUnencrypted(e) {
		return webAnswer{status: http.StatusInternalServerError}, true
	}
	soap := req.body
	if sealed {
		if c.sealing == nil {
			return webAnswer{status: http.StatusBadRequest, close: true}, true
		}
		var err error
		if soap, err = c.sealing.Open(contentType, req.body); err != nil {
			note["reason"] = err.Error()
			return webAnswer{status: http.StatusBadRequest, close: true}, true // what Windows does is not known
		}
	}
	out, ok := c.winrm.operate(ctx, soap, who, e, note)
	if !ok {
		return webAnswer{}, false
	}
	if !sealed {
		out.contentType = wsman.ContentSOAP
		return out, true
	}
	var err error
	if out.contentType, out.body, err = c.sealing.Seal(out.body); err != nil {
		note["reason"] = err.Error()
		return webAnswer{status: http.StatusInternalServerError, close: true}, true
	}
	return out, true
}

func (c *winrmConn) allowsUnencrypted(e *winrmEffects) bool {
	return c.winrm.AllowUnencrypted || e.allowUnencrypted
}

// bind keeps a log-in with Kerberos.
func (c *winrmConn) bind(client string, context *kerberos.SecurityContext, scheme wsman.Scheme) {
	c.client, c.sealing = client, &wsman.Sealing{Context: context, Scheme: scheme}
}
