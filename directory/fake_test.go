package directory_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/directory"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// fake is an LDAP server that answers what a test wants: only what no real one does.
type fake struct {
	keytab kerberos.Keytab
	ticket kerberos.Credential
	layers byte                            // offered; 0 means all three
	bind   func(id []byte) []byte          // answers the first bind instead
	search func(id, request []byte) []byte // answers a search; nil closes
	// seal gives what is sent instead of a sealed answer.
	seal func(s *kerberos.SecurityContext, plain []byte) []byte
	// tls makes it LDAP over TLS, and bindings those that a log-in has to have.
	tls      *tls.Config
	bindings []byte
	address  string
}

// newFake has a ticket for itself, made by a KDC that is not there.
func newFake(t testing.TB) *fake {
	t.Helper()
	key, now := kerberos.RandomKey(kerberos.AES256), time.Now()
	client, err := kerberos.ParsePrincipal("svc-userid@CORP.EXAMPLE")
	if err != nil {
		t.Fatal(err)
	}
	service := directory.Service(host, "CORP.EXAMPLE")
	session := kerberos.RandomKey(kerberos.AES256)
	// The KDC's half makes a ticket in answer to a request; the client's half makes the request.
	l := listen(t, func(c net.Conn) {
		var size [4]byte
		_, _ = io.ReadFull(c, size[:])
		in := make([]byte, binary.BigEndian.Uint32(size[:]))
		_, _ = io.ReadFull(c, in)
		req, err := kerberos.DecodeRequest(in)
		if err != nil {
			t.Error(err)
			return
		}
		out, err := req.ASReply(kerberos.Grant{
			Client: client, Service: service, Session: session, AuthTime: now, Start: now, End: now.Add(time.Hour), TicketKey: key, ReplyKey: key,
		})
		if err != nil {
			t.Error(err)
		}
		_, _ = c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(out))), out...))
	})
	k := kerberos.KDC{Network: "tcp", Address: l}
	answer, err := k.Ask(bound(t), kerberos.ASRequest{Client: client, Service: service})
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := answer.Reply.Open(func(kerberos.Principal, kerberos.Offer) (kerberos.Key, error) { return key, nil })
	if err != nil {
		t.Fatal(err)
	}
	return &fake{keytab: kerberos.Keytab{Entries: []kerberos.KeytabEntry{{Principal: service, Key: key}}}, ticket: ticket}
}

// start listens as the fake is now: what a test changes later is for the next one.
func (f *fake) start(t testing.TB) {
	t.Helper()
	now := *f
	f.address = listen(t, now.serve)
}

// listen serves each connection until the test ends.
func listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func (f *fake) dial(t *testing.T) (*directory.Conn, error) {
	t.Helper()
	f.start(t)
	c, err := directory.Dial(bound(t), directory.Config{Address: f.address, Host: host, Ticket: f.ticket, TLS: trusting(f.tls)})
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

// trusting is the client's half of a server's configuration; nil of none.
func trusting(server *tls.Config) *tls.Config {
	if server == nil {
		return nil
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificates[0].Leaf)
	return &tls.Config{RootCAs: roots}
}

// serve is one connection: log-in, layer, and sealed questions.
func (f *fake) serve(c net.Conn) {
	acceptor := kerberos.NewAcceptor(kerberos.AcceptorConfig{Keytab: f.keytab, Bindings: f.bindings})
	want := byte(4)
	if f.tls != nil {
		c, want = tls.Server(c, f.tls), 1
	}
	id, token := readBind(c)
	if f.bind != nil {
		_, _ = c.Write(f.bind(id))
		return
	}
	got, reply, err := acceptor.Accept(token)
	if err != nil {
		_, _ = c.Write(bindAnswer(id, 49, err.Error(), nil))
		return
	}
	_, _ = c.Write(bindAnswer(id, 14, "", reply))
	id, _ = readBind(c)
	layers := f.layers
	if layers == 0 {
		layers = 7
	}
	offer, _ := got.Context.Wrap([]byte{layers, 1, 0, 0}, false)
	_, _ = c.Write(bindAnswer(id, 14, "", offer))
	if id, token = readBind(c); id == nil {
		return
	}
	if choice, _, err := got.Context.Unwrap(token); err != nil || choice[0] != want {
		_, _ = c.Write(bindAnswer(id, 49, "another layer was chosen", nil))
		return
	}
	_, _ = c.Write(bindAnswer(id, 0, "", nil))
	if f.tls == nil {
		f.answer(c, got.Context)
		return
	}
	for {
		m := fields(readMessage(c))
		if m == nil || m[1].Tag != 3 {
			return
		}
		_, _ = c.Write(f.search(m[0].FullBytes, m[1].Bytes))
	}
}

func (f *fake) answer(c net.Conn, s *kerberos.SecurityContext) {
	for {
		var size [4]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		in := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(c, in); err != nil {
			return
		}
		plain, ok, err := s.Unwrap(in)
		if err != nil || !ok {
			return
		}
		m := fields(plain)
		if m == nil || m[1].Tag != 3 { // an unbind ends it too
			return
		}
		plain = f.search(m[0].FullBytes, m[1].Bytes)
		if plain == nil {
			return
		}
		seal := f.seal
		if seal == nil {
			seal = sealed
		}
		out := seal(s, plain)
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// fields are what is in a sequence; nil if it is none.
func fields(b []byte) (list []asn1.RawValue) {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(b, &outer); err != nil {
		return nil
	}
	for rest := outer.Bytes; len(rest) > 0; {
		var one asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &one); err != nil {
			return nil
		}
		list = append(list, one)
	}
	return list
}

// readMessage reads one message; nil if there is none.
func readMessage(r io.Reader) []byte {
	b := make([]byte, 2)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil
	}
	n := int(b[1])
	if n >= 0x80 {
		more := make([]byte, n&0x7f)
		_, _ = io.ReadFull(r, more)
		b = append(b, more...)
		n = 0
		for _, x := range more {
			n = n<<8 | int(x)
		}
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil
	}
	return append(b, body...)
}

// readBind reads a bind request and gives its message ID and its token; nil if there is none.
func readBind(r io.Reader) (id, token []byte) {
	m := fields(readMessage(r))
	if m == nil {
		return nil, nil
	}
	request := fields(m[1].FullBytes)
	if sasl := fields(request[2].FullBytes); len(sasl) > 1 {
		token = sasl[1].Bytes
	}
	return m[0].FullBytes, token
}

// sealed is one message of the server.
func sealed(s *kerberos.SecurityContext, plain []byte) []byte {
	token, err := s.Wrap(plain, true)
	if err != nil {
		panic(err)
	}
	return frame(token)
}

// frame is a token with its length.
func frame(token []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(token))), token...)
}

// ber is one value.
func ber(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return append(binary.BigEndian.AppendUint32([]byte{tag, 0x84}, uint32(len(content))), content...)
}

func result(tag byte, id []byte, code byte, text string, more ...[]byte) []byte {
	parts := append([][]byte{{10, 1, code}, ber(4), ber(4, []byte(text))}, more...)
	return ber(0x30, id, ber(tag, parts...))
}

func bindAnswer(id []byte, code byte, text string, token []byte) []byte {
	if token == nil {
		return result(0x61, id, code, text)
	}
	return result(0x61, id, code, text, ber(0x87, token))
}

// object is an entry of a search; values are name, value, name, value.
func object(dn string, values ...string) []byte {
	var attributes []byte
	for i := 0; i < len(values); i += 2 {
		attributes = append(attributes, ber(0x30, ber(4, []byte(values[i])), ber(0x31, ber(4, []byte(values[i+1]))))...)
	}
	return append(ber(4, []byte(dn)), ber(0x30, attributes)...)
}

// found answers a search with entries.
func found(id []byte, objects ...[]byte) (b []byte) {
	for _, o := range objects {
		b = append(b, ber(0x30, id, ber(0x64, o))...)
	}
	return append(b, result(0x65, id, 0, "")...)
}

var rootDSE = object("", "defaultNamingContext", "DC=corp,DC=example", "configurationNamingContext", "CN=Configuration,DC=corp,DC=example")

// after answers who asks what the server is, and gives the rest to a test.
func after(search func(id, request []byte) []byte) func(id, request []byte) []byte {
	return func(id, request []byte) []byte {
		if bytes.Contains(request, []byte("defaultNamingContext")) {
			return found(id, rootDSE)
		}
		return search(id, request)
	}
}
