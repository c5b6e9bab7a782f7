package directory_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/directory"
	"github.com/uidprobe/uidprobe/peers"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

func reason(err error) directory.Reason {
	var e *directory.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Reason
}

func TestRefusedBinds(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for _, c := range []struct {
		code byte
		text string
		want directory.Reason
	}{
		{8, "BindSimple: Transport encryption required.", directory.Stronger},
		{13, "", directory.Stronger},
		{7, "no such mechanism", directory.NoMechanism},
		{48, "", directory.Denied},
		{49, "80090308: LdapErr: DSID-0C090569, data 52e, v4563", directory.Denied},
		{49, "80090346: LdapErr: DSID-0C090597, data 80090346, v4563", directory.Stronger},
		{51, "", directory.Unavailable},
		{52, "", directory.Unavailable},
		{10, "", directory.Unavailable},
		{53, "", directory.Refused},
	} {
		f.bind = func(id []byte) []byte { return bindAnswer(id, c.code, c.text, nil) }
		_, err := f.dial(t)
		var e *directory.Error
		if !errors.As(err, &e) || e.Reason != c.want || e.Code != int(c.code) || e.Text != c.text && c.text != "" || e.Server != "ldap "+f.address || e.Doing != "bind" {
			t.Errorf("code %d: %v, want %s", c.code, err, c.want)
		}
	}
}

// What is no LDAP ends the question and nothing else.
func TestMalformedBinds(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for name, b := range map[string][]byte{
		"another protocol":    []byte("HTTP/1.1 400 Bad Request\r\n\r\n"),
		"nothing":             nil,
		"cut":                 {0x30, 0x20, 2, 1, 1},
		"no code":             ber(0x30, []byte{2, 1, 1}, ber(0x61)),
		"in progress, no end": ber(0x30, []byte{2, 1, 1}, ber(0x61, []byte{10, 1, 14}, ber(4), ber(4))),
		"an ID of text":       ber(0x30, ber(4, []byte("1")), ber(0x61)),
		"without an end":      bytes.Repeat([]byte{0x30, 0x80}, 1<<19),
		"nested":              nested(100_000),
		"announces much":      {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 1, 1, 0x61, 0x84, 0x7f, 0xff, 0xff, 0xf0, 10, 1, 0, 4, 0x84, 0x7f, 0xff, 0xff, 0xe0},
	} {
		f.bind = func([]byte) []byte { return b }
		if _, err := f.dial(t); reason(err) != directory.Malformed && reason(err) != directory.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// nested are values within values, whose lengths are right.
func nested(levels int) []byte {
	backwards := []byte{}
	for range levels {
		n := len(backwards)
		backwards = append(backwards, byte(n), byte(n>>8), byte(n>>16), byte(n>>24), 0x84, 0x30)
	}
	slices.Reverse(backwards)
	return backwards
}

// A server that does not seal is not talked with in the clear.
func TestNoLayerThatSeals(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.layers = 3
	if _, err := f.dial(t); reason(err) != directory.Stronger {
		t.Errorf("no layer that seals: %v", err)
	}
}

// Whoever has not the key of the service is not the server, and nobody on the way can change or read what
// is said.
func TestUntrustedServers(t *testing.T) {
	t.Parallel()
	type sealer func(s *kerberos.SecurityContext, plain []byte) []byte
	for name, seal := range map[string]sealer{
		"changed": func(s *kerberos.SecurityContext, plain []byte) []byte {
			b := sealed(s, plain)
			b[len(b)-1] ^= 1
			return b
		},
		"twice":        func(s *kerberos.SecurityContext, plain []byte) []byte { return slices.Repeat(sealed(s, plain), 2) },
		"in the clear": func(_ *kerberos.SecurityContext, plain []byte) []byte { return plain },
		"too long":     func(*kerberos.SecurityContext, []byte) []byte { return []byte{0, 4, 0, 1} },
		"not sealed": func(s *kerberos.SecurityContext, plain []byte) []byte {
			token, err := s.Wrap(plain, false)
			if err != nil {
				panic(err)
			}
			return frame(token)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.seal = seal
			f.search = after(func(id, _ []byte) []byte { return found(id) })
			c, err := f.dial(t)
			if err == nil { // of two answers the first is good
				_, err = c.Policy(bound(t))
			}
			want := directory.Untrusted
			if name == "in the clear" || name == "too long" { // both announce more than may come
				want = directory.Malformed
			}
			if reason(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
	f, other := newFake(t), newFake(t)
	f.ticket = other.ticket
	if _, err := f.dial(t); reason(err) != directory.Denied {
		t.Errorf("the ticket of another server: %v", err)
	}
	f.bind = func(id []byte) []byte { return bindAnswer(id, 14, "", []byte("no proof")) }
	if _, err := f.dial(t); reason(err) != directory.Untrusted {
		t.Errorf("a false proof: %v", err)
	}
}

func TestClosedAndSilent(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	closed, err := peers.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := directory.Dial(bound(t), directory.Config{Address: closed.String(), Host: host, Ticket: f.ticket}); reason(err) != directory.Closed {
		t.Errorf("closed: %v", err)
	}
	// A server that hears and says nothing: ctx ends when the question has come.
	for name, stage := range map[string]string{"bind": "bind", "search": "look for the account \"x\""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			why := errors.New("enough")
			ctx, cancel := context.WithCancelCause(bound(t))
			hang := func() { cancel(why); <-t.Context().Done() }
			f.search = after(func(_, _ []byte) []byte { hang(); return nil })
			if stage == "bind" {
				f.bind = func([]byte) []byte { hang(); return nil }
			}
			f.start(t)
			c, err := directory.Dial(ctx, directory.Config{Address: f.address, Host: host, Ticket: f.ticket})
			if err == nil {
				defer c.Close()
				_, err = c.Account(ctx, "x")
			}
			var e *directory.Error
			if !errors.As(err, &e) || e.Reason != directory.Silent || !errors.Is(err, why) || e.Doing != stage {
				t.Errorf("%v", err)
			}
		})
	}
}

// An answer that does not end is not read to its end.
func TestFloods(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.search = after(func(id, _ []byte) []byte {
		return found(id, slices.Repeat([][]byte{object("CN=A", "description", strings.Repeat("x", 8<<10))}, 200)...)
	})
	f.seal = func(s *kerberos.SecurityContext, plain []byte) (out []byte) {
		for part := range slices.Chunk(plain, 64<<10) {
			out = append(out, sealed(s, part)...)
		}
		return out
	}
	c, err := f.dial(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SPN(bound(t), "HTTP/x"); reason(err) != directory.Malformed || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%v", err)
	}
}

func TestDialNeedsATicket(t *testing.T) {
	t.Parallel()
	_, err := directory.Dial(bound(t), directory.Config{Address: "192.0.2.10:389", Host: host})
	if err == nil || reason(err) != "" || !strings.Contains(err.Error(), "ticket") {
		t.Errorf("%v", err)
	}
}

// What Samba does not let happen: two holders of a name, two accounts of a name, attributes that are hidden.
func TestWhatOnlyAFakeAnswers(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.search = after(func(id, request []byte) []byte {
		has := func(s string) bool { return bytes.Contains(request, []byte(s)) }
		switch {
		case has("HTTP/dup.corp.example"):
			return found(id, object("CN=監視,DC=corp,DC=example", "sAMAccountName", "監視", "msDS-SupportedEncryptionTypes", "24"), object("CN=B,DC=corp,DC=example", "sAMAccountName", "B$"))
		case has("sPNMappings"):
			return result(0x65, id, 32, "no such object")
		case has("twice"):
			return found(id, object("CN=A,DC=corp,DC=example"), object("CN=B,DC=corp,DC=example"))
		case has("primaryGroupID"):
			return found(id, object("CN=A,DC=corp,DC=example", "sAMAccountName", "A", "userAccountControl", "-2147483136"))
		case has("maxPwdAge"):
			return found(id, object("DC=corp,DC=example", "maxPwdAge", "-1"))
		case has("denied"):
			return result(0x65, id, 50, "insufficient")
		}
		return found(id)
	})
	c, err := f.dial(t)
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.SPN(bound(t), "HTTP/dup.corp.example")
	if err != nil || len(h.Effective()) != 2 || h.Mapped || h.Direct[0].Name != "監視" || h.Direct[0].Etypes != directory.AES128|directory.AES256 || h.Direct[1].EtypesSet {
		t.Errorf("two holders: %+v, %v", h, err)
	}
	if _, err := c.Account(bound(t), "twice"); !errors.Is(err, directory.ErrAmbiguous) || !strings.Contains(err.Error(), `"CN=B,DC=corp,DC=example"`) {
		t.Errorf("two accounts: %v", err)
	}
	if _, err := c.Policy(bound(t)); !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("half a policy: %v", err)
	}
	if _, err := c.Computer(bound(t), "denied.corp.example"); reason(err) != directory.Denied {
		t.Errorf("a search that is refused: %v", err)
	}
	if _, err := c.SPN(bound(t), "dc1.corp.example"); err == nil {
		t.Error("a name without a class is asked for")
	}
	f.search = after(func(id, request []byte) []byte {
		if bytes.Contains(request, []byte("tokenGroups")) {
			return found(id, object("CN=A,DC=corp,DC=example"))
		}
		if bytes.Contains(request, []byte("primaryGroupID")) {
			return found(id, object("CN=A,DC=corp,DC=example", "sAMAccountName", "A", "userAccountControl", "512"))
		}
		return found(id)
	})
	if c, err = f.dial(t); err != nil {
		t.Fatal(err)
	}
	a, err := c.Account(bound(t), "A")
	if err != nil || len(a.Hidden) != 4 || a.MustChange || a.Control != 512 || a.Groups != nil {
		t.Errorf("hidden attributes: %+v, %v", a, err)
	}
}
