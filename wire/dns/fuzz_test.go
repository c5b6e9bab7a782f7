package dns

import (
	"strings"
	"testing"
	"time"
)

// FuzzDecodeQuery: what is read as a question can be answered, and the answer is one to it.
func FuzzDecodeQuery(f *testing.F) {
	plain, err := ask(f, "dc1.corp.example", A).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add(append([]byte("\x12\x34\x01\x20\x00\x01\x00\x00\x00\x00\x00\x01\x03dc1\x04corp\x07example\x00\x00\x01\x00\x01"), "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"...)) // with EDNS
	f.Add([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01"))                                                                                      // the root
	f.Add([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"))                                                                                  // a name that points at itself
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := DecodeQuery(b)
		if err != nil {
			if q.Readable && len(q.FormError()) != headerSize {
				t.Error("FORMERR is not a header")
			}
			return
		}
		if !q.Readable || q.UDPSize < 512 || strings.ContainsFunc(q.Name, func(r rune) bool { return r < '!' || r > '~' }) {
			t.Errorf("%+v", q)
		}
		answer, cut, err := q.Encode(Response{RCode: Refused}, q.UDPSize)
		if err != nil || cut {
			t.Fatalf("the question %+v has no answer: %v, cut %v", q, err, cut)
		}
		if !q.Supported {
			return
		}
		a, err := decode(answer, question{q.ID, q.raw.Name, q.Type})
		if err != nil || a.RCode != Refused {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// FuzzDecodeAnswer: what is read of an answer is printable and bounded, and means the same when it
// is written and read again.
func FuzzDecodeAnswer(f *testing.F) {
	q := ask(f, "kdc.corp.example", A)
	for _, r := range []Response{
		{RCode: NXDomain, Zone: "corp.example"},
		{Records: []Record{{Name: "kdc.corp.example", Type: A, TTL: time.Hour, Address: v4}}},
		{Records: []Record{{Name: "kdc.corp.example", Type: CNAME, TTL: time.Hour, Target: "dc1.corp.example"}, {Name: "dc1.corp.example", Type: A, Address: v4}}},
		{Truncated: true},
	} {
		f.Add(said(f, q, r), uint16(A))
	}
	srv := ask(f, "kdc.corp.example", SRV)
	f.Add(said(f, srv, Response{Records: []Record{{Name: "kdc.corp.example", Type: SRV, Target: "dc1.corp.example", Port: 88}}}), uint16(SRV))
	f.Fuzz(func(t *testing.T, b []byte, kind uint16) {
		q := question{id: 0x1234, name: q.name, kind: Type(kind)}
		a, err := decode(b, q)
		if err != nil {
			return
		}
		if len(a.CNAMEs) > maxAliases && q.kind != Any && q.kind != CNAME || len(a.Addresses) > len(b) {
			t.Errorf("%d aliases, %d addresses of %d bytes", len(a.CNAMEs), len(a.Addresses), len(b))
		}
		want := 0
		r := Response{RCode: a.RCode & 15, Authoritative: a.Authoritative, Recursive: a.Recursive}
		for _, address := range a.Addresses {
			one := Record{Name: "kdc.corp.example", Type: AAAA, Address: address}
			if address.Is4() {
				one.Type = A
			}
			if one.Check() == nil { // an IPv4 address may come as an IPv6 one
				r.Records = append(r.Records, one)
				if q.kind == one.Type || q.kind == Any {
					want++
				}
			}
		}
		for _, name := range append(a.CNAMEs, a.Names...) {
			if strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' }) {
				t.Errorf("a name that cannot be printed: %q", name)
			}
		}
		again, err := decode(said(t, q, r), q)
		if err != nil || again.RCode != r.RCode || len(again.Addresses) != want {
			t.Errorf("%+v, %v; want %+v", again, err, a)
		}
	})
}
