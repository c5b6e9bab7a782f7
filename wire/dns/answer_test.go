package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var (
	v4 = netip.MustParseAddr("192.0.2.10")
	v6 = netip.MustParseAddr("2001:db8::10")
)

func TestAnswersAreRead(t *testing.T) {
	t.Parallel()
	const name = "kdc.corp.example"
	a := func(name string, ttl time.Duration) Record { return Record{Name: name, Type: A, TTL: ttl, Address: v4} }
	alias := func(name, target string) Record {
		return Record{Name: name, Type: CNAME, TTL: time.Hour, Target: target}
	}
	for _, c := range []struct {
		name string
		kind Type
		said Response
		want string
	}{
		{"an address", A, Response{Records: []Record{a("KDC.corp.example", time.Minute)}, Authoritative: true}, "NOERROR aa [192.0.2.10] 1m0s"},
		{"an IPv6 address", AAAA, Response{Records: []Record{{Name: name, Type: AAAA, TTL: time.Second, Address: v6}}, Recursive: true}, "NOERROR ra [2001:db8::10] 1s"},
		{"an alias", A, Response{Records: []Record{alias(name, "x.example"), alias("x.example", "y.example"), a("y.example", time.Minute)}}, "NOERROR [192.0.2.10] alias [x.example y.example] 1m0s"},
		{"an alias in another order", A, Response{Records: []Record{a("y.example", 2*time.Hour), alias("x.example", "y.example"), alias(name, "x.example")}}, "NOERROR [192.0.2.10] alias [x.example y.example] 1h0m0s"},
		{"somebody else's address", A, Response{Records: []Record{a("other.example", 0)}, Recursive: true}, "NOERROR ra no-data"},
		{"another type", A, Response{Records: []Record{{Name: name, Type: AAAA, Address: v6}}, Recursive: true}, "NOERROR ra no-data"},
		{"nothing", A, Response{Authoritative: true, Zone: "corp.example"}, "NOERROR aa no-data"},
		{"nothing, and no authority", A, Response{}, "NOERROR lame"},
		{"no such name", A, Response{RCode: NXDomain, Authoritative: true, Zone: "corp.example"}, "NXDOMAIN aa"},
		{"no such name behind an alias", A, Response{RCode: NXDomain, Records: []Record{alias(name, "x.example")}}, "NXDOMAIN alias [x.example] 1h0m0s"},
		{"SERVFAIL", A, Response{RCode: ServFail, Recursive: true}, "SERVFAIL ra"},
		{"cut", A, Response{Truncated: true, Records: []Record{a(name, 0)}}, "NOERROR cut"},
		{"SRV", SRV, Response{Records: []Record{{Name: name, Type: SRV, TTL: time.Minute, Target: "dc1.corp.example", Port: 88, Priority: 1, Weight: 2}}}, "NOERROR [dc1.corp.example:88 (priority 1, weight 2)] 1m0s"},
		{"PTR", PTR, Response{Records: []Record{{Name: name, Type: PTR, TTL: time.Minute, Target: "dc1.corp.example"}}}, "NOERROR names [dc1.corp.example] 1m0s"},
		{"CNAME asked for", CNAME, Response{Records: []Record{alias(name, "x.example")}}, "NOERROR alias [x.example] 1h0m0s"},
		{"everything", Any, Response{Records: []Record{a(name, time.Minute), {Name: name, Type: AAAA, TTL: time.Hour, Address: v6}}}, "NOERROR [192.0.2.10 2001:db8::10] 1m0s"},
	} {
		q := ask(t, name, c.kind)
		got, err := decode(said(t, q, c.said), q)
		if text := describe(got); err != nil || text != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, text, err, c.want)
		}
	}
}

func describe(a Answer) string {
	parts := []string{a.RCode.String()}
	for _, f := range []struct {
		on   bool
		text string
	}{
		{a.Authoritative, "aa"}, {a.Recursive, "ra"}, {a.Truncated, "cut"}, {a.Lame, "lame"}, {a.NoData() && len(a.CNAMEs) == 0, "no-data"},
		{a.Addresses != nil, fmt.Sprint(a.Addresses)}, {a.SRV != nil, fmt.Sprint(a.SRV)}, {a.Names != nil, fmt.Sprint("names ", a.Names)},
		{a.CNAMEs != nil, fmt.Sprint("alias ", a.CNAMEs)}, {a.TTL != 0, a.TTL.String()},
	} {
		if f.on {
			parts = append(parts, f.text)
		}
	}
	return strings.Join(parts, " ")
}

// What answers another question is told from what cannot be read.
func TestAnswersToOtherQuestions(t *testing.T) {
	t.Parallel()
	q := ask(t, "dc1.corp.example", A)
	good := said(t, q, Response{Records: []Record{{Name: "dc1.corp.example", Type: A, Address: v4}}})
	change := func(f func([]byte)) []byte {
		b := append([]byte(nil), good...)
		f(b)
		return b
	}
	sent, err := q.encode()
	if err != nil {
		t.Fatal(err)
	}
	loop := Response{}
	for i := range 20 {
		loop.Records = append(loop.Records, Record{Name: fmt.Sprintf("n%d.example", i), Type: CNAME, Target: fmt.Sprintf("n%d.example", (i+1)%20)})
	}
	n0 := ask(t, "n0.example", A)
	for _, c := range []struct {
		name    string
		q       question
		message []byte
		other   bool
		want    string
	}{
		{"too short", q, good[:11], true, "11 bytes are no DNS message"},
		{"another identifier", q, change(func(b []byte) { b[1]++ }), true, "the identifier is 4661 and not 4660"},
		{"a question", q, sent, true, "a question and no answer"},
		{"another name", q, said(t, ask(t, "dc2.corp.example", A), Response{}), true, "about dc2.corp.example A and not about dc1.corp.example A"},
		{"another type", q, said(t, ask(t, "dc1.corp.example", AAAA), Response{}), true, "about dc1.corp.example AAAA"},
		{"no question", q, []byte("\x12\x34\x84\x00\x00\x00\x00\x00\x00\x00\x00\x00"), true, "repeats 0 questions"},
		{"half a question", q, good[:16], false, ""},
		{"half a record", q, good[:len(good)-2], false, ""},
		{"records that are not there", q, change(func(b []byte) { b[7] = 9 }), false, ""},
		{"a loop of aliases", n0, said(t, n0, loop), false, "a loop of them"},
	} {
		_, err := decode(c.message, c.q)
		var other notOursError
		if err == nil || errors.As(err, &other) != c.other || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q (another question: %v)", c.name, err, c.want, c.other)
		}
	}
	// A refusal may leave the question out.
	refusal, err := decode(asked(t, q).FormError(), q)
	if err != nil || refusal.RCode != FormErr {
		t.Errorf("a refusal: %+v, %v", refusal, err)
	}
	// What is cut need not end at the end of a record.
	cut, err := decode(change(func(b []byte) { b[2] |= 2; b[7] = 9 }), q)
	if err != nil || !cut.Truncated || len(cut.Addresses) != 1 {
		t.Errorf("a cut answer: %+v, %v", cut, err)
	}
}

func TestAnswersThatDoNotFit(t *testing.T) {
	t.Parallel()
	q := asked(t, ask(t, "dc1.corp.example", A))
	r := Response{Zone: "corp.example"}
	for range 40 {
		r.Records = append(r.Records, Record{Name: "dc1.corp.example", Type: A, Address: v4})
	}
	whole, cut, err := q.Encode(r, maxMessage)
	if err != nil || cut || len(whole) < 512 {
		t.Errorf("%d bytes, cut %v, %v", len(whole), cut, err)
	}
	for limit, want := range map[int]bool{len(whole): false, len(whole) - 1: true, q.UDPSize: true} {
		b, cut, err := q.Encode(r, limit)
		if err != nil || cut != want || len(b) > limit {
			t.Errorf("limit %d: %d bytes, cut %v, %v", limit, len(b), cut, err)
		}
	}
	for name, r := range map[string]Response{
		"is no IPv4 address":      {Records: []Record{{Name: "x", Type: A, Address: v6}}},
		"is no IPv6 address":      {Records: []Record{{Name: "x", Type: AAAA, Address: v4}}},
		"want A, AAAA":            {Records: []Record{{Name: "x", Type: 16, Target: "y"}}},
		"nothing between":         {Zone: "a..b"},
		`record CNAME of "x": na`: {Records: []Record{{Name: "x", Type: CNAME}}},
	} {
		if _, _, err := q.Encode(r, 512); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
}
