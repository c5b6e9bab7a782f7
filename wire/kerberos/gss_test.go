package kerberos

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"
)

func hourAhead() time.Time { return time.Now().Add(time.Hour) }

// service is one with a key, and a ticket for it.
func service(tb testing.TB, e Etype) (Keytab, Credential) {
	tb.Helper()
	key, session, now := RandomKey(AES256), RandomKey(e), time.Now()
	grant := Grant{
		Client: Principal{NamePrincipal, []string{"svc-userid"}, "CORP.EXAMPLE"}, Service: HTTPService("dc1.corp.example", "CORP.EXAMPLE"),
		Session: session, AuthTime: now, Start: now, End: now.Add(time.Hour), TicketKey: key, TicketKVNO: 3,
	}.inUTC()
	ticket, err := grant.ticket()
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := ticket.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	kt := Keytab{Entries: []KeytabEntry{{Principal: grant.Service, KVNO: 2, Key: RandomKey(AES256)}, {Principal: grant.Service, KVNO: 3, Key: key}}}
	return kt, Credential{Client: grant.Client, Service: grant.Service, Session: session, Ticket: raw, Start: now, End: grant.End}
}

// connect logs in; i has the flags, a the bindings that a test wants.
func connect(tb testing.TB, i InitiatorConfig, a AcceptorConfig) (client, server *SecurityContext, got *Accepted) {
	tb.Helper()
	if i.Ticket.Ticket == nil {
		a.Keytab, i.Ticket = service(tb, AES256)
	}
	one, err := NewInitiator(i)
	if err != nil {
		tb.Fatal(err)
	}
	got, reply, err := NewAcceptor(a).Accept(one.Token())
	if err != nil {
		tb.Fatal(err)
	}
	client, last, err := one.Finish(reply)
	if err != nil {
		tb.Fatal(err)
	}
	if last != nil {
		if err := got.Finish(last); err != nil {
			tb.Fatal(err)
		}
	}
	return client, got.Context, got
}

func failure(err error) GSSFailure {
	var e *GSSError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Failure
}

func TestContexts(t *testing.T) {
	t.Parallel()
	bindings := []byte("tls-server-end-point:abc")
	for _, c := range []struct {
		name  string
		etype Etype
		i     InitiatorConfig
		a     AcceptorConfig
	}{
		{"kerberos", AES256, InitiatorConfig{}, AcceptorConfig{}},
		{"AES128", AES128, InitiatorConfig{}, AcceptorConfig{}},
		{"spnego", AES256, InitiatorConfig{SPNEGO: true}, AcceptorConfig{}},
		{"spnego, signed", AES256, InitiatorConfig{SPNEGO: true}, AcceptorConfig{SignList: true}},
		{"not mutual", AES256, InitiatorConfig{Flags: GSSConf | GSSInteg | GSSReplay | GSSSequence}, AcceptorConfig{}},
		{"not mutual, spnego", AES256, InitiatorConfig{Flags: GSSConf | GSSInteg, SPNEGO: true}, AcceptorConfig{}},
		{"bound", AES256, InitiatorConfig{Bindings: bindings}, AcceptorConfig{Bindings: bindings}},
		{"bound, and nobody asks", AES256, InitiatorConfig{Bindings: bindings}, AcceptorConfig{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.a.Keytab, c.i.Ticket = service(t, c.etype)
			client, server, got := connect(t, c.i, c.a)
			if got.Client.String() != "svc-userid@CORP.EXAMPLE" || got.Service.String() != "HTTP/dc1.corp.example@CORP.EXAMPLE" || got.Bound != (c.i.Bindings != nil) {
				t.Errorf("accepted %v for %v, bound %v", got.Client, got.Service, got.Bound)
			}
			if client.Etype() != c.etype || server.Etype() != c.etype || client.Flags() != server.Flags() {
				t.Errorf("%v and %v, flags %x and %x", client, server, client.Flags(), server.Flags())
			}
			for range 2 {
				exchange(t, client, server)
				exchange(t, server, client)
			}
		})
	}
}

// exchange sends in each form.
func exchange(t *testing.T, from, to *SecurityContext) {
	t.Helper()
	plain := []byte("LDAP")
	for _, seal := range []bool{true, false} {
		token, err := from.Wrap(plain, seal)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(token, plain) == seal {
			t.Errorf("seal %v, and the text is %q", seal, token)
		}
		if got, sealed, err := to.Unwrap(token); err != nil || sealed != seal || !bytes.Equal(got, plain) {
			t.Errorf("%q, %v, %v", got, sealed, err)
		}
	}
	signature, sealed, err := from.Detach(plain)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, err := to.Unwrap(append(signature, sealed...)); err != nil || !ok || !bytes.Equal(got, plain) {
		t.Errorf("detached: %q, %v, %v", got, ok, err)
	}
	mic, err := from.MIC(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := to.VerifyMIC(plain, mic); err != nil {
		t.Error(err)
	}
}

// No byte of a token can be another one, and no token can be cut.
func TestChangedTokens(t *testing.T) {
	t.Parallel()
	client, server, _ := connect(t, InitiatorConfig{}, AcceptorConfig{})
	mic, err := client.MIC([]byte("texts"))
	if err != nil {
		t.Fatal(err)
	}
	clear, _ := client.Wrap([]byte("texts"), false)
	sealed, _ := client.Wrap([]byte("texts"), true)
	for name, token := range map[string][]byte{"mic": mic, "clear": clear, "sealed": sealed} {
		read := func(b []byte) error {
			if name == "mic" {
				return server.VerifyMIC([]byte("texts"), b)
			}
			_, _, err := server.Unwrap(b)
			return err
		}
		for i := range token {
			changed := bytes.Clone(token)
			changed[i] ^= 0x41 // of 17 bytes no power of two is a whole rotation
			if f := failure(read(changed)); f != BadMIC && f != DefectiveToken {
				t.Errorf("%s: byte %d is another one: %q", name, i, f)
			}
			if f := failure(read(token[:i])); f != BadMIC && f != DefectiveToken {
				t.Errorf("%s: cut at %d: %q", name, i, f)
			}
		}
	}
}

// RFC 4121 section 4.2.5: a sender may rotate by any number.
func TestAnyRotation(t *testing.T) {
	t.Parallel()
	client, server, _ := connect(t, InitiatorConfig{}, AcceptorConfig{})
	for _, rotate := range []int{1, 28, 44, 60, 61, 1000, 0xffff} {
		for _, seal := range []bool{true, false} {
			token, err := client.Wrap([]byte("some text"), seal)
			if err != nil {
				t.Fatal(err)
			}
			body := bytes.Clone(token[gssHeader:])
			for i, b := range body {
				token[gssHeader+(i+rotate)%len(body)] = b
			}
			binary.BigEndian.PutUint16(token[6:], uint16(rotate))
			if got, _, err := server.Unwrap(token); err != nil || string(got) != "some text" {
				t.Errorf("rotated by %d, sealed %v: %q, %v", rotate, seal, got, err)
			}
		}
	}
}

func TestOrderOfTokens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		flags        GSSFlags
		again, ahead GSSFailure
	}{
		{"sequence", DefaultGSSFlags, DuplicateToken, OutOfSequence},
		{"replay", GSSMutual | GSSReplay, DuplicateToken, ""},
		{"neither", GSSMutual, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, server, _ := connect(t, InitiatorConfig{Flags: c.flags}, AcceptorConfig{})
			first, _ := client.Wrap([]byte("1"), true)
			_, _ = client.Wrap([]byte("2"), true)
			third, _ := client.Wrap([]byte("3"), true)
			if _, _, err := server.Unwrap(first); err != nil {
				t.Fatal(err)
			}
			if _, _, err := server.Unwrap(first); failure(err) != c.again {
				t.Errorf("twice: %v, want %q", err, c.again)
			}
			if _, _, err := server.Unwrap(third); failure(err) != c.ahead {
				t.Errorf("without the second: %v, want %q", err, c.ahead)
			}
			own, _ := server.Wrap([]byte("mine"), true)
			if _, _, err := server.Unwrap(own); failure(err) != BadMIC {
				t.Errorf("its own token: %v", err)
			}
		})
	}
}

// What an acceptor refuses, and what it tells the initiator.
func TestRefusedLogins(t *testing.T) {
	t.Parallel()
	kt, ticket := service(t, AES256)
	other, _ := service(t, AES256)
	late := func() time.Time { return time.Now().Add(2 * time.Hour) }
	for _, c := range []struct {
		name string
		i    InitiatorConfig
		a    AcceptorConfig
		want GSSFailure
		code ErrorCode
	}{
		{"another key", InitiatorConfig{}, AcceptorConfig{Keytab: other}, NoTicketKey, ErrModified},
		{"skew", InitiatorConfig{Now: func() time.Time { return time.Now().Add(MaxSkew + time.Minute) }}, AcceptorConfig{}, GSSSkew, ErrSkew},
		{"an old ticket", InitiatorConfig{Now: late}, AcceptorConfig{Now: late}, TicketExpired, ErrTicketExpired},
		{"not bound", InitiatorConfig{}, AcceptorConfig{Bindings: []byte("x")}, BadBindings, 0},
		{"bound elsewhere", InitiatorConfig{Bindings: []byte("y")}, AcceptorConfig{Bindings: []byte("x")}, BadBindings, 0},
	} {
		for _, spnego := range []bool{false, true} {
			c.i.Ticket, c.i.SPNEGO = ticket, spnego
			if c.a.Keytab.Entries == nil {
				c.a.Keytab = kt
			}
			i, err := NewInitiator(c.i)
			if err != nil {
				t.Fatal(err)
			}
			_, reply, err := NewAcceptor(c.a).Accept(i.Token())
			if failure(err) != c.want {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
			_, _, err = i.Finish(reply)
			var refused *KDCError
			switch errors.As(err, &refused); {
			case c.code != 0 && (refused == nil || refused.Code != c.code || refused.KDC != ticket.Service.String()):
				t.Errorf("%s, spnego %v: the initiator hears %v, want %v", c.name, spnego, err, c.code)
			case c.code == 0 && failure(err) == "":
				t.Errorf("%s, spnego %v: the initiator hears %v", c.name, spnego, err)
			}
		}
	}
}

// Whoever has a ticket of one client cannot log in as another.
func TestAnotherClientsTicket(t *testing.T) {
	t.Parallel()
	kt, ticket := service(t, AES256)
	ticket.Client.Name = []string{"Administrator"}
	i, err := NewInitiator(InitiatorConfig{Ticket: ticket})
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := NewAcceptor(AcceptorConfig{Keytab: kt}).Accept(i.Token()); failure(err) != BadMIC || got != nil {
		t.Errorf("accepted %+v, %v", got, err)
	}
}

// A log-in that was recorded on the way is of no use.
func TestReplayedLogin(t *testing.T) {
	t.Parallel()
	now := time.Now()
	kt, ticket := service(t, AES256)
	a := NewAcceptor(AcceptorConfig{Keytab: kt, Now: func() time.Time { return now }})
	i, err := NewInitiator(InitiatorConfig{Ticket: ticket})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Accept(i.Token()); err != nil {
		t.Fatal(err)
	}
	_, reply, err := a.Accept(i.Token())
	if failure(err) != DuplicateToken || reply == nil {
		t.Errorf("again: %v", err)
	}
	now = now.Add(MaxSkew + time.Second) // too old now to be taken, remembered or not
	if _, _, err := a.Accept(i.Token()); failure(err) != GSSSkew {
		t.Errorf("later: %v", err)
	}
	now = now.Add(3 * MaxSkew)
	_ = a.remember([]byte("another"))
	if len(a.seen) != 1 {
		t.Errorf("%d log-ins are remembered, want the last", len(a.seen))
	}
}

// An acceptor that cannot open the ticket cannot pretend to.
func TestFalseProofs(t *testing.T) {
	t.Parallel()
	kt, ticket := service(t, AES256)
	log := func() *Initiator {
		i, err := NewInitiator(InitiatorConfig{Ticket: ticket})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	first, second := log(), log()
	_, reply, err := NewAcceptor(AcceptorConfig{Keytab: kt}).Accept(first.Token())
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(reply)
	changed[len(changed)-1] ^= 1
	for name, c := range map[string]struct {
		i      *Initiator
		answer []byte
		want   GSSFailure
	}{
		"of another log-in": {second, reply, NotMutual},
		"changed":           {log(), changed, NotMutual},
		"empty":             {log(), nil, NotMutual},
		"not Kerberos":      {log(), frame(oidSPNEGO, nil), OtherMechanism},
		"our own token":     {log(), log().Token(), DefectiveToken},
		"garbage":           {log(), []byte("HTTP/1.1 401"), DefectiveToken},
	} {
		if _, _, err := c.i.Finish(c.answer); failure(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if _, _, err := c.i.Finish(reply); failure(err) != NoContext {
			t.Errorf("%s: a second answer: %v", name, err)
		}
	}
	if _, _, err := first.Finish(reply); err != nil {
		t.Errorf("the genuine one: %v", err)
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	kt, ticket := service(t, AES256)
	log := func() (*Initiator, []byte, *Accepted) {
		i, err := NewInitiator(InitiatorConfig{Ticket: ticket, SPNEGO: true})
		if err != nil {
			t.Fatal(err)
		}
		got, reply, err := NewAcceptor(AcceptorConfig{Keytab: kt, SignList: true}).Accept(i.Token())
		if err != nil {
			t.Fatal(err)
		}
		return i, reply, got
	}
	ntlm := []byte{6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10}
	for name, c := range map[string]struct {
		change func(*negResp)
		want   GSSFailure
	}{
		"another mechanism":      {func(n *negResp) { n.mech = ntlm }, OtherMechanism},
		"a rejection":            {func(n *negResp) { n.state, n.token = spnegoReject, nil }, OtherMechanism},
		"a rejection with proof": {func(n *negResp) { n.state = spnegoReject }, OtherMechanism},
		"no state":               {func(n *negResp) { n.state = spnegoNone }, DefectiveToken},
		"a state of its own":     {func(n *negResp) { n.state = 9 }, DefectiveToken},
		"a false signature":      {func(n *negResp) { n.mic[20] ^= 1 }, BadMIC},
		"no proof":               {func(n *negResp) { n.token = nil }, NotMutual},
	} {
		i, reply, _ := log()
		n, err := readNegResp(reply)
		if err != nil {
			t.Fatal(err)
		}
		c.change(&n)
		if _, _, err := i.Finish(n.marshal()); failure(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	_, _, got := log()
	if err := got.Finish(negResp{state: spnegoCompleted}.marshal()); failure(err) != DefectiveToken || got.Context != nil {
		t.Errorf("a list that is not signed: %v", err)
	}
	first := negInit{list: derWrap(tagSequence, ntlm, oidKerberos), token: []byte("NTLMSSP")}
	if _, reply, err := NewAcceptor(AcceptorConfig{Keytab: kt}).Accept(first.marshal()); failure(err) != OtherMechanism || reply == nil {
		t.Errorf("another first choice: %v", err)
	}
}

// An acceptor may ask for the signature and give its own only then, RFC 4178 section 5 (request-mic).
func TestAcceptorWantsTheSignatureFirst(t *testing.T) {
	t.Parallel()
	kt, ticket := service(t, AES256)
	for _, kind := range []string{"honest", "without", "false"} {
		honest := kind == "honest"
		i, err := NewInitiator(InitiatorConfig{Ticket: ticket, SPNEGO: true})
		if err != nil {
			t.Fatal(err)
		}
		got, reply, err := NewAcceptor(AcceptorConfig{Keytab: kt}).Accept(i.Token())
		if err != nil {
			t.Fatal(err)
		}
		n, _ := readNegResp(reply)
		n.state = spnegoWantsMIC
		c, last, err := i.Finish(n.marshal())
		if err != nil || c != nil || last == nil {
			t.Fatalf("%v, %v", c, err)
		}
		list := derWrap(tagSequence, oidKerberos)
		got.pending, got.list = got.Context, list
		if err := got.Finish(last); err != nil {
			t.Fatal(err)
		}
		answer := negResp{state: spnegoCompleted}
		if answer.mic, err = got.Context.MIC(list); err != nil {
			t.Fatal(err)
		}
		switch kind {
		case "without":
			answer.mic = nil
		case "false":
			answer.mic[20] ^= 1
		}
		c, last, err = i.Finish(answer.marshal())
		if honest != (err == nil) || honest != (c != nil) || last != nil {
			t.Errorf("%s: %v, %v", kind, c, err)
		}
	}
}

func TestContextsKeepTheirKeys(t *testing.T) {
	t.Parallel()
	kt, ticket := service(t, AES256)
	i, err := NewInitiator(InitiatorConfig{Ticket: ticket})
	if err != nil {
		t.Fatal(err)
	}
	a := NewAcceptor(AcceptorConfig{Keytab: kt})
	got, reply, err := a.Accept(i.Token())
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := i.Finish(reply)
	if err != nil {
		t.Fatal(err)
	}
	cache := Cache{Client: ticket.Client, Credentials: []Credential{ticket}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", a, "i", i, "c", c, "got", got, "cache", cache)
	j, _ := json.Marshal([]any{a, *i, c, got, cache})
	text := fmt.Sprintf("%v %+v %#v %x %s %d ", a, a, a, a, a, a) + fmt.Sprintf("%v %+v %#v %x %s %d ", *i, i, *i, i, i, i) +
		fmt.Sprintf("%v %+v %#v %x %s %d ", c, c, c, c, c, c) + fmt.Sprintf("%v %+v %#v ", got, got, got) + fmt.Sprintf("%v %+v %#v ", cache, cache, cache) +
		log.String() + string(j)
	for name, key := range map[string]Key{"service": kt.Entries[1].Key, "session": ticket.Session, "subkey": i.subkey, "context": c.key} {
		for _, form := range []string{"%x", "%v", "%s", "%#v", "%X", "%q"} {
			if shown := fmt.Sprintf(form, key.Reveal()); bytes.Contains([]byte(text), bytes.Trim([]byte(shown), "[]{}")) {
				t.Errorf("the %s key is shown as %s", name, form)
			}
		}
	}
}
