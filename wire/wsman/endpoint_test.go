package wsman_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

const (
	password = "Passw0rd.Svc1"
	hostname = "dc1.corp.example"
)

func testContext(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c
}

const realm = "CORP.EXAMPLE"

// ticket is one for HTTP/dc1.corp.example, with the service's keys, from a KDC of a dozen lines: one that wants no
// pre-authentication gives any service's ticket at once.
func ticket(t *testing.T) (kerberos.Credential, kerberos.Keytab) {
	t.Helper()
	client := kerberos.Principal{Type: kerberos.NamePrincipal, Name: []string{"svc-userid"}, Realm: realm}
	account, err := kerberos.PasswordKey(kerberos.AES256, password, client.Salt(), nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	grant := kerberos.Grant{
		Client: client, Service: kerberos.HTTPService(hostname, realm), Session: kerberos.RandomKey(kerberos.AES256),
		AuthTime: now, Start: now, End: now.Add(time.Hour), TicketKey: kerberos.RandomKey(kerberos.AES256), TicketKVNO: 1, ReplyKey: account,
		Offers: []kerberos.Offer{{Etype: kerberos.AES256, Salt: client.Salt(), HasSalt: true}},
	}
	kdc := kerberos.KDC{Network: "udp", Address: granting(t, grant)}
	answer, err := kdc.Ask(testContext(t), kerberos.ASRequest{Client: client, Service: grant.Service})
	if err != nil {
		t.Fatal(err)
	}
	got, err := answer.Reply.Open(kerberos.PasswordKeys(password))
	if err != nil {
		t.Fatal(err)
	}
	return got, kerberos.Keytab{Entries: []kerberos.KeytabEntry{{Principal: grant.Service, KVNO: 1, Key: grant.TicketKey}}}
}

// granting is a KDC that answers one datagram.
func granting(t *testing.T, g kerberos.Grant) (address string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		b := make([]byte, kerberos.MaxUDP)
		n, from, err := conn.ReadFrom(b)
		if err != nil {
			done <- err
			return
		}
		request, err := kerberos.DecodeRequest(b[:n])
		if err == nil {
			if b, err = request.ASReply(g); err == nil {
				_, err = conn.WriteTo(b, from)
			}
		}
		done <- err
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return conn.LocalAddr().String()
}

// endpoint is a server on net/http: other code than the Conn's own reading and writing of HTTP.
type endpoint struct {
	acceptor *kerberos.Acceptor
	refuse   bool // answers 401 to a log-in that is good
	noProof  bool // leaves out the token of the answer
	clear    bool // does not seal its answers
	handle   func(wsman.Request) (wsman.Result, *wsman.Fault)

	mu   sync.Mutex
	seen []string // the requests: "sealed *wsman.Pull"…
}

type connKey struct{}

// state is what belongs to a connection.
type state struct {
	sealing *wsman.Sealing
	pending *kerberos.Accepted
}

func (e *endpoint) start(t *testing.T, secure bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(e)
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, &state{})
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func (e *endpoint) note(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, what)
}

func (e *endpoint) notes() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.seen, ", ")
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := r.Context().Value(connKey{}).(*state)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case scheme == "Basic":
		if user, given, ok := r.BasicAuth(); !ok || user != "svc-userid" || given != password {
			e.challenge(w)
			return
		}
	case scheme == "Negotiate" || scheme == "Kerberos":
		e.login(w, s, scheme, value)
		return
	case s.sealing == nil:
		e.challenge(w)
		return
	}
	e.answer(w, r, s, body)
}

func (e *endpoint) challenge(w http.ResponseWriter) {
	for _, scheme := range []string{"Negotiate", "Kerberos", `Basic realm="WSMAN"`} {
		w.Header().Add("WWW-Authenticate", scheme)
	}
	w.Header().Set("Server", "Microsoft-HTTPAPI/2.0")
	w.WriteHeader(http.StatusUnauthorized)
}

func (e *endpoint) login(w http.ResponseWriter, s *state, scheme, value string) {
	token, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var reply []byte
	if s.pending != nil {
		e.note("signature")
		err = s.pending.Finish(token)
	} else {
		e.note(scheme)
		s.pending, reply, err = e.acceptor.Accept(token)
	}
	if reply != nil && !e.noProof {
		w.Header().Set("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(reply))
	}
	if err != nil || e.refuse {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if s.pending.Context != nil {
		s.sealing = &wsman.Sealing{Context: s.pending.Context, Scheme: wsman.Scheme(scheme)}
	}
	w.WriteHeader(http.StatusOK)
}

func (e *endpoint) answer(w http.ResponseWriter, r *http.Request, s *state, soap []byte) {
	how, contentType := "clear", wsman.ContentSOAP
	sealed := wsman.IsSealed(r.Header.Get("Content-Type"))
	if sealed {
		how = "sealed"
		var err error
		if soap, err = s.sealing.Open(r.Header.Get("Content-Type"), soap); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	} else if r.TLS == nil { // AllowUnencrypted is false
		e.note("refused")
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	status, body := http.StatusOK, []byte(nil)
	request, err := wsman.ReadRequest(soap)
	var result wsman.Result
	fault, _ := err.(*wsman.Fault)
	if fault == nil {
		e.note(how + " " + strings.TrimPrefix(strings.TrimPrefix(typeName(request.Operation), "wsman."), "*"))
		result, fault = e.handle(request)
	}
	if fault != nil {
		fault.RelatesTo = request.MessageID
		status, body = http.StatusInternalServerError, fault.Marshal()
	} else {
		body = wsman.Response{Header: wsman.Header{RelatesTo: request.MessageID}, Result: result}.Marshal()
	}
	if sealed && !e.clear {
		if contentType, body, err = s.sealing.Seal(body); err != nil {
			panic(err)
		}
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// connect opens a connection to a test server.
func connect(t *testing.T, s *httptest.Server) *wsman.Conn {
	t.Helper()
	cfg := wsman.ConnConfig{Address: s.Listener.Addr().String(), Host: hostname, UserAgent: "test"}
	if s.TLS != nil {
		roots := x509.NewCertPool()
		roots.AddCert(s.Certificate())
		cfg.TLS = &tls.Config{RootCAs: roots, ServerName: "example.com"} // httptest's certificate
	}
	c, err := wsman.Connect(testContext(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
