package kerberos

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func seedRequest(tb testing.TB, tgs bool) []byte {
	tb.Helper()
	k := KDC{Network: "udp", Address: "192.0.2.1:88"}
	ask := ASRequest{Client: Principal{NamePrincipal, []string{"svc"}, "CORP.EXAMPLE"}}
	if tgs {
		req, err := k.buildTGS(seedTGT(tb), HTTPService("dc1.corp.example", "CORP.EXAMPLE"), DefaultEtypes())
		if err != nil {
			tb.Fatal(err)
		}
		b, err := req.Marshal()
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	req := ask.build(time.Now())
	b, err := req.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func seedReply(tb testing.TB) []byte {
	tb.Helper()
	req, err := DecodeRequest(seedRequest(tb, false))
	if err != nil {
		tb.Fatal(err)
	}
	now := time.Unix(1e9, 0)
	b, err := req.ASReply(Grant{
		Client: req.Client, Service: req.Service, Session: RandomKey(AES256), AuthTime: now, Start: now, End: now.Add(time.Hour),
		TicketKey: RandomKey(AES256), ReplyKey: RandomKey(AES256), Offers: []Offer{{Etype: AES256, Salt: "x", HasSalt: true}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func seedTGT(tb testing.TB) Credential {
	return Credential{
		Client: Principal{NamePrincipal, []string{"svc"}, "CORP.EXAMPLE"}, Session: RandomKey(AES256),
		Ticket: contextField(seedReply(tb), 5), End: time.Unix(2e9, 0),
	}
}

// What a KDC decodes: no bytes make it panic, and what it takes it can answer.
func FuzzDecodeRequest(f *testing.F) {
	f.Add(seedRequest(f, false))
	f.Add(seedRequest(f, true))
	f.Add([]byte{tagTGSReq, 0})
	key := RandomKey(AES256)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRequest(b)
		if err != nil {
			return
		}
		_, _ = r.Timestamp(key)
		if r.TGS {
			if _, err := r.OpenTGT(key); err == nil {
				t.Error("a ticket opens under a fresh key")
			}
			return
		}
		now := time.Unix(1e9, 0)
		_, _ = r.ASReply(Grant{Client: r.Client, Service: r.Service, Session: key, AuthTime: now, Start: now, End: now, TicketKey: key, ReplyKey: key})
	})
}

// What a client decodes.
func FuzzReadReply(f *testing.F) {
	f.Add(seedReply(f))
	e, err := (&ErrorReply{Code: ErrPreauthRequired, Methods: true, Offers: []Offer{{Etype: AES256, HasSalt: true}}, Service: TGT("X.Y")}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e)
	f.Add([]byte("\x6b\x82\xff\xffgarbage"))
	key := RandomKey(AES256)
	f.Fuzz(func(t *testing.T, b []byte) {
		k := KDC{Network: "udp", Address: "192.0.2.1:88"}
		for _, want := range []byte{tagASRep, tagTGSRep} {
			req := ASRequest{Client: Principal{NamePrincipal, []string{"svc"}, "CORP.EXAMPLE"}}.build(time.Unix(1e9, 0))
			r, err := k.readReply(b, want, req.ReqBody)
			var said *KDCError
			var found *ClientError
			switch {
			case err == nil:
				if _, err := r.open(key); err == nil {
					t.Error("a reply opens under a fresh key")
				}
			case !errors.As(err, &said) && !errors.As(err, &found):
				t.Errorf("an error without a type: %v", err)
			}
		}
	})
}

func FuzzReadKeytab(f *testing.F) {
	b, err := Keytab{Entries: []KeytabEntry{{Principal: HTTPService("h", "R.E"), KVNO: 3, Key: RandomKey(AES128)}}}.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{5, 2, 0xff, 0xff, 0xff, 0xfe, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		kt, err := ReadKeytab(b)
		if err != nil {
			return
		}
		once, err := kt.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadKeytab(once)
		if err != nil {
			t.Fatalf("written, it is not read: %v", err)
		}
		if twice, _ := again.Marshal(); !bytes.Equal(once, twice) {
			t.Errorf("%x becomes %x", once, twice)
		}
	})
}

func FuzzParsePrincipal(f *testing.F) {
	for _, s := range []string{"svc@CORP.EXAMPLE", `a\@b@C`, "HTTP/h@R", `\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePrincipal(s)
		if err != nil {
			return
		}
		if q, err := ParsePrincipal(p.String()); err != nil || !q.Equal(p) {
			t.Errorf("%q: %+v becomes %+v, %v", s, p, q, err)
		}
	})
}
