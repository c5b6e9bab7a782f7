package directory_test

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/uidprobe/uidprobe/directory"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// bytesConn is a connection on which these bytes come.
type bytesConn struct {
	net.Conn
	io.Reader
}

func (c bytesConn) Read(b []byte) (int, error) { return c.Reader.Read(b) }

// Whatever comes on a sealed connection, only what the server sealed is read from it.
func FuzzSealedConnection(f *testing.F) {
	fake := newFake(f)
	// Without order, so that one context opens the same token again and again.
	i, err := kerberos.NewInitiator(kerberos.InitiatorConfig{Ticket: fake.ticket, Flags: kerberos.GSSMutual | kerberos.GSSConf | kerberos.GSSInteg})
	if err != nil {
		f.Fatal(err)
	}
	got, reply, err := kerberos.NewAcceptor(kerberos.AcceptorConfig{Keytab: fake.keytab}).Accept(i.Token())
	if err != nil {
		f.Fatal(err)
	}
	client, _, err := i.Finish(reply)
	if err != nil {
		f.Fatal(err)
	}
	wrapped := func(seal bool) []byte {
		token, err := got.Context.Wrap([]byte("LDAP"), seal)
		if err != nil {
			f.Fatal(err)
		}
		return frame(token)
	}
	f.Add(append(wrapped(true), wrapped(true)...))
	f.Add(wrapped(false))
	f.Add([]byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := io.ReadAll(directory.NewWire(bytesConn{Reader: bytes.NewReader(b)}, client))
		if len(bytes.ReplaceAll(out, []byte("LDAP"), nil)) > 0 {
			t.Errorf("%x is read as %q, %v", b, out, err)
		}
	})
}
