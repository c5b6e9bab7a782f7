package wsman

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

func readAnswer(s string, limit int) (*Answer, error) {
	return ReadAnswer(bufio.NewReader(strings.NewReader(s)), limit)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct {
		name, in, body string
		close          bool
	}{
		{"length", ok + "Content-Length: 2\r\n\r\nhi", "hi", false},
		{"same length twice", ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "hi", false},
		{"two lengths", ok + "Content-Length: 2\r\nContent-Length: 0\r\n\r\nhi", "hi", true},
		{"two lengths, a line too many", ok + "Content-Length: 2\r\nContent-Length: 0\r\n\r\n\r\nhi", "hi", true},
		{"chunks", ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\nA: b\r\n\r\n", "hi", false},
		{"until the end", ok + "\r\nhi", "hi", true},
		{"close", ok + "Connection: close\r\nContent-Length: 2\r\n\r\nhi", "hi", true},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi", true},
		{"continue", "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", "hi", false},
		{"no reason", "HTTP/1.1 401 \r\nContent-Length: 0\r\n\r\n", "", false},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\nhi", "", false},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "hi", false},
	} {
		a, err := readAnswer(c.in, 0)
		if err != nil || string(a.Body) != c.body || a.Close != c.close {
			t.Errorf("%s: %v, %+v", c.name, err, a)
		}
	}
	a, err := readAnswer(ok+"Content-Length: 2\r\nContent-Length: 0\r\nDate: Tue, 08 Jun 2021 05:54:59 GMT\r\n\r\nhi", 0)
	if err != nil || !equal(a.Lengths, []int64{2, 0}) || a.Date().Unix() != 1623131699 {
		t.Errorf("%v, %+v", err, a)
	}
}

// The next answer begins where the one before it ends.
func TestAnswersFollowEachOther(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{
		"length": "Content-Length: 2\r\n\r\nhi", "chunks": "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n", "nothing": "Content-Length: 0\r\n\r\n",
	} {
		r := bufio.NewReader(strings.NewReader("HTTP/1.1 200 OK\r\n" + first + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
		for _, want := range []int{200, 404} {
			if a, err := ReadAnswer(r, 0); err != nil || a.Status != want || a.Close {
				t.Errorf("%s: %v, %+v, want %d", name, err, a, want)
			}
		}
		if _, err := ReadAnswer(r, 0); err != io.EOF {
			t.Errorf("%s: %v, want the end", name, err)
		}
	}
}

// endless is a header that does not end, in constant memory.
type endless struct{ text string }

func (e endless) Read(b []byte) (int, error) { return copy(b, e.text), nil }

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, says string }{
		{"not HTTP", "SSH-2.0-OpenSSH\r\n", "does not begin an answer"},
		{"HTTP/2", "HTTP/2 200 OK\r\n\r\n", "does not begin an answer"},
		{"bad code", "HTTP/1.1 20 OK\r\n\r\n", "does not begin an answer"},
		{"TLS", "\x15\x03\x01\x00\x02\x02\x46", "this port wants HTTPS"},
		{"bad header", "HTTP/1.1 200 OK\r\nfoo\r\n\r\n", "no header"},
		{"space in header", "HTTP/1.1 200 OK\r\nfoo : bar\r\n\r\n", "no header"},
		{"bad length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "is no length"},
		{"long body", "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "longer than we take"},
		{"long open body", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 101), "longer than we take"},
		{"long chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n70\r\n" + strings.Repeat("a", 0x70), "longer than we take"},
		{"continue for ever", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9), "interim"},
	} {
		_, err := readAnswer(c.in, 100)
		if _, ok := as[*FormatError](err); !ok || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.says)
		}
	}
	for name, text := range map[string]string{"headers": "A: b\r\n", "one line": "a"} {
		in := io.MultiReader(strings.NewReader("HTTP/1.1 200 OK\r\n"), endless{text})
		if _, err := ReadAnswer(bufio.NewReader(in), 0); err == nil || !strings.Contains(err.Error(), "header is longer") {
			t.Errorf("endless %s: %v", name, err)
		}
	}
	for _, in := range []string{"HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhi"} {
		if _, err := readAnswer(in, 0); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v, want an unexpected EOF", in, err)
		}
	}
}

func TestChallenges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   []string
		want Challenges
	}{
		{[]string{"Negotiate", "Kerberos", `Basic realm="WSMAN"`, "CredSSP"},
			Challenges{{Scheme: "Negotiate"}, {Scheme: "Kerberos"}, {Scheme: "Basic", Realm: "WSMAN"}, {Scheme: "CredSSP"}}},
		{[]string{`Negotiate aGk=, Basic realm="a, b", charset="UTF-8"`}, Challenges{{Scheme: "Negotiate", Token: []byte("hi")}, {Scheme: "Basic", Realm: "a, b"}}},
		{[]string{"", ",", "Negotiate !!!"}, Challenges{{Scheme: "Negotiate"}}},
		{nil, nil},
	} {
		if got := ParseChallenges(c.in); !equal(got, c.want) {
			t.Errorf("%q: %+v, want %+v", c.in, got, c.want)
		}
	}
	if n := len(ParseChallenges([]string{strings.Repeat("a,", 1000)})); n != maxChallenges {
		t.Errorf("%d challenges", n)
	}
	if !(Challenges{{Scheme: "basic"}}).Has("Basic") || (Challenges{}).Has("Basic") {
		t.Error("Has")
	}
}
