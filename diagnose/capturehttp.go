package diagnose

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/symptom"
)

// httpTalk reads WinRM over HTTP: status codes, and the authentication that is offered and tried.
type httpTalk struct {
	c  *capture
	f  *flow
	in [2]httpSide

	requests  int
	answers   int
	asked     moment
	request   string
	tried     string // the scheme that the client tried last; "" if none
	winrm     bool   // or another web service, where it is port 80
	offered   []string
	challenge moment // of a 401 after which the client has not tried (again)
	last      string
}

// httpSide reads the heads of one side's messages and passes over what is between.
type httpSide struct {
	head []byte
	skip int64
}

// maxHead bounds the head of a message.
const maxHead = 16 << 10

var (
	requestLine = regexp.MustCompile(`^(?:GET|POST|PUT|HEAD|OPTIONS|CONNECT|DELETE) (\S+) HTTP/1\.[01]\r?$`)
	statusLine  = regexp.MustCompile(`^HTTP/1\.[01] (\d{3})(?: (.{0,200}?))?\r?$`)
	schemeWord  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,30}`)
)

func (t *httpTalk) data(side int, b []byte, at moment) {
	in := &t.in[side]
	for len(b) > 0 {
		if in.skip > 0 {
			n := min(in.skip, int64(len(b)))
			in.skip -= n
			b = b[n:]
			continue
		}
		line, rest, found := bytes.Cut(b, []byte("\n"))
		if len(in.head)+len(line) <= maxHead {
			in.head = append(in.head, line...)
		}
		if !found {
			return
		}
		in.head = append(in.head, '\n')
		b = rest
		t.line(side, in, len(bytes.TrimSpace(line)) == 0, at)
	}
}

// line looks whether a head begins, or ends, with a line.
func (t *httpTalk) line(side int, in *httpSide, blank bool, at moment) {
	first, _, _ := bytes.Cut(in.head, []byte("\n"))
	begins := requestLine.Match(first)
	if side == fromServer {
		begins = statusLine.Match(first)
	}
	switch {
	case !begins:
		in.head = in.head[:0] // part of a body
	case blank:
		head := string(in.head)
		in.head = in.head[:0]
		in.skip = t.message(side, head, at)
	}
}

func (t *httpTalk) gap(side int) { t.in[side] = httpSide{} }

// message reads a head and says how long its body is, as far as it says so.
func (t *httpTalk) message(side int, head string, at moment) (body int64) {
	lines := strings.Split(head, "\n")
	fields := headerFields(lines[1:])
	if n, err := strconv.ParseInt(fields.first("content-length"), 10, 64); err == nil && n > 0 {
		body = n
	}
	if side == fromClient {
		m := requestLine.FindStringSubmatch(lines[0])
		t.requests++
		t.asked, t.request = at, strings.TrimSpace(lines[0])
		t.winrm = t.f.server.Port() == portWinRM || strings.HasPrefix(m[1], "/wsman")
		if a := fields.first("authorization"); a != "" {
			t.tried = schemeWord.FindString(a)
			t.challenge = moment{}
		}
		return body
	}
	m := statusLine.FindStringSubmatch(lines[0])
	code, _ := strconv.Atoi(m[1])
	if code >= 200 {
		t.answers++
	}
	t.answer(code, strings.TrimSpace(lines[0]), fields, at)
	if code < 200 || code == 204 || code == 304 {
		return 0
	}
	return body
}

// answer judges a status. A 401 that offers schemes is how each log-in begins, and one with a
// token goes on; the one after which nothing follows is the refusal.
func (t *httpTalk) answer(code int, line string, fields headers, at moment) {
	if t.f.server.Port() == portHTTP && !t.winrm || t.requests == 0 && t.f.server.Port() != portWinRM {
		return
	}
	t.last = line
	switch {
	case code < 400:
		return
	case code == 401:
		offers := fields["www-authenticate"]
		t.offered = t.offered[:0]
		goesOn := false
		for _, o := range offers[:min(len(offers), 8)] {
			scheme := schemeWord.FindString(o)
			t.offered = append(t.offered, scheme)
			goesOn = goesOn || t.tried != "" && strings.EqualFold(scheme, t.tried) && len(strings.TrimSpace(o)) > len(scheme) &&
				!strings.EqualFold(scheme, "Basic")
		}
		t.challenge = at
		if t.tried != "" && !goesOn {
			t.unauthorized(at)
		}
		return
	}
	s, _ := symptom.ByHTTP(code)
	t.c.see(t.f.client, t.f.server, s.ID, wireWords("%s answers %q", "%s の応答は %q です", t.f.server.String(), line),
		path(t.f.server, t.f.client)+" "+line, at)
}

// unauthorized tells of a log-in that was refused.
func (t *httpTalk) unauthorized(at moment) {
	offered := "no scheme"
	if len(t.offered) > 0 {
		offered = strings.Join(t.offered, ", ")
	}
	what := wireWords("%s refuses the log-in with %s", "%s が %s によるログインを拒否しました", t.f.server.String(), t.tried)
	if t.tried == "" {
		what = wireWords("%s wants a log-in with %s, and the client does not try", "%s は %s によるログインを求めていますが、クライアントが応じていません", t.f.server.String(), offered)
	}
	t.c.see(t.f.client, t.f.server, "winrm.unauthorized", what,
		fmt.Sprintf("%s %s", path(t.f.server, t.f.client), t.last), at,
		check.Evidence{Name: "WWW-Authenticate", Text: offered})
	t.challenge, t.tried = moment{}, ""
}

// noAnswerAfter is when a request without an answer is one that waits too long: WS-Man's
// operation time-out as the firewall's facts have it is not known, so it is ours.
const noAnswerAfter = 10 * time.Second

func (t *httpTalk) end(e ending, at moment) {
	if !t.winrm && t.f.server.Port() != portWinRM {
		return
	}
	if t.challenge.number > 0 {
		if e.side >= 0 || t.c.ago(t.challenge) >= noAnswerAfter {
			t.unauthorized(t.challenge)
		}
		return
	}
	waits := t.requests > t.answers
	line := path(t.f.client, t.f.server) + " " + t.request
	switch {
	case e.side == fromServer && (waits || e.reset && t.answers == 0):
		how := "closed"
		if e.reset {
			how = "reset"
		}
		t.c.see(t.f.client, t.f.server, "winrm.cut", wireWords("%s ends the connection without an answer (%s)",
			"%s が応答せずに接続を切断しました (%s)", t.f.server.String(), how), path(t.f.server, t.f.client)+" TCP "+how+", no HTTP answer", at)
	case waits && (e.side == fromClient && at.when.Sub(t.asked.when) >= silentAfter || e.side < 0 && t.c.ago(t.asked) >= noAnswerAfter):
		t.c.see(t.f.client, t.f.server, "winrm.timeout", wireWords("%s does not answer a request",
			"%s が要求に応答しません", t.f.server.String()), line+", without an answer", t.asked)
	}
}

// headers are the fields of a head, by their names in lower case.
type headers map[string][]string

func headerFields(lines []string) headers {
	all := headers{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if ok && len(all) < 100 {
			name = strings.ToLower(strings.TrimSpace(name))
			all[name] = append(all[name], strings.TrimSpace(value))
		}
	}
	return all
}

func (h headers) first(name string) string {
	if len(h[name]) == 0 {
		return ""
	}
	return h[name][0]
}
