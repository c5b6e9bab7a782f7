package dns

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// questionOf is a question as bytes, and as they are read.
func questionOf(tb testing.TB, name string) ([]byte, Question) {
	tb.Helper()
	b, err := question{7, dnsmessage.MustNewName(name + "."), A}.encode()
	if err != nil {
		tb.Fatal(err)
	}
	q, err := DecodeQuery(b)
	if err != nil {
		tb.Fatal(err)
	}
	return b, q
}

func TestDecodeAnswer(t *testing.T) {
	t.Parallel()
	query, q := questionOf(t, "dc1.corp.example")
	address := netip.MustParseAddr("192.0.2.53")
	b, _, err := q.Encode(Response{Records: []Record{{Name: "dc1.corp.example", Type: A, TTL: time.Minute, Address: address}}}, 512)
	if err != nil {
		t.Fatal(err)
	}
	of, a, err := DecodeAnswer(b)
	if err != nil {
		t.Fatal(err)
	}
	if of.Name != "dc1.corp.example" || of.Type != A || of.ID != 7 || !slices.Equal(a.Addresses, []netip.Addr{address}) {
		t.Errorf("got %+v of %+v", a, of)
	}
	if of, a, err := DecodeAnswer(q.FormError()); err != nil || of.Name != "" || of.ID != 7 || a.RCode != FormErr {
		t.Errorf("without a question: %+v of %+v, %v", a, of, err)
	}
	if _, _, err := DecodeAnswer(query); err == nil {
		t.Error("a question is read as an answer")
	}
	if _, _, err := DecodeAnswer(b[:8]); err == nil {
		t.Error("half a header is read as an answer")
	}
}

// What a capture holds is anybody's bytes.
func FuzzDecodeForeignAnswer(f *testing.F) {
	_, q := questionOf(f, "dc1.corp.example")
	b, _, err := q.Encode(Response{RCode: NXDomain, Zone: "corp.example"}, 512)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(q.FormError())
	f.Fuzz(func(t *testing.T, data []byte) {
		of, _, err := DecodeAnswer(data)
		if err == nil && of.Name != "" && len(of.Name) > 4*255 {
			t.Errorf("a name of %d bytes", len(of.Name))
		}
	})
}
