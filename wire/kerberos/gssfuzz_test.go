package kerberos

import (
	"bytes"
	"testing"
	"time"
)

// What an acceptor decodes of somebody who has no ticket: nobody is let in.
func FuzzAccept(f *testing.F) {
	kt, ticket := service(f, AES256)
	for _, spnego := range []bool{false, true} {
		i, err := NewInitiator(InitiatorConfig{Ticket: ticket, SPNEGO: spnego})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i.Token())
	}
	f.Add([]byte("\x60\x0b\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"))
	other := NewAcceptor(AcceptorConfig{Keytab: Keytab{Entries: []KeytabEntry{{Principal: kt.Entries[0].Principal, Key: RandomKey(AES256)}}}})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, _, err := other.Accept(b)
		if err == nil || got != nil {
			t.Error("a log-in under a fresh key")
		}
		if failure(err) == "" {
			t.Errorf("an error without a type: %v", err)
		}
	})
}

// What an initiator decodes of whoever answers: nobody else is taken for the service.
func FuzzFinish(f *testing.F) {
	kt, ticket := service(f, AES256)
	ticket.Start = time.Unix(1e9, 0)
	for _, spnego := range []bool{false, true} {
		i, err := NewInitiator(InitiatorConfig{Ticket: ticket, SPNEGO: spnego})
		if err != nil {
			f.Fatal(err)
		}
		_, reply, err := NewAcceptor(AcceptorConfig{Keytab: kt, SignList: spnego}).Accept(i.Token())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(reply, spnego)
	}
	f.Add(frameKerberos(tokenError, []byte{0x7e, 2, 0x30, 0}), false)
	f.Fuzz(func(t *testing.T, b []byte, spnego bool) {
		i, err := NewInitiator(InitiatorConfig{Ticket: ticket, SPNEGO: spnego})
		if err != nil {
			t.Fatal(err)
		}
		if c, last, err := i.Finish(b); err == nil || c != nil || last != nil {
			t.Error("a proof of another log-in is taken")
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	client, server, _ := connect(f, InitiatorConfig{Flags: GSSMutual}, AcceptorConfig{})
	for _, seal := range []bool{false, true} {
		token, err := client.Wrap([]byte("text"), seal)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
	}
	mic, err := client.MIC([]byte("text"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(mic)
	f.Fuzz(func(t *testing.T, b []byte) {
		own := bytes.Clone(b)
		if plain, _, err := server.Unwrap(b); err == nil && string(plain) != "text" {
			t.Errorf("%x opens as %q", b, plain)
		}
		_ = server.VerifyMIC([]byte("text"), b)
		if !bytes.Equal(own, b) {
			t.Error("the token was changed in place")
		}
	})
}

func FuzzReadCache(f *testing.F) {
	b, err := seedCache(f).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{5, 3, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ReadCache(b)
		if err != nil {
			return
		}
		once, err := c.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadCache(once)
		if err != nil {
			t.Fatalf("written, it is not read: %v", err)
		}
		if twice, _ := again.Marshal(); !bytes.Equal(once, twice) {
			t.Errorf("%x becomes %x", once, twice)
		}
	})
}
