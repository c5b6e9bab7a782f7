package kerberos

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

func seedCache(tb testing.TB) Cache {
	tb.Helper()
	_, ticket := service(tb, AES128)
	ticket.AuthTime, ticket.Start, ticket.End = time.Unix(1e9, 0).UTC(), time.Unix(1e9+60, 0).UTC(), time.Unix(2e9, 0).UTC()
	ticket.Flags = FlagForwardable | FlagPreauth
	tgt := ticket
	tgt.Service, tgt.Session, tgt.RenewTill = TGT("CORP.EXAMPLE"), RandomKey(AES256), time.Unix(2e9+5, 0).UTC()
	sooner := tgt
	sooner.End = time.Unix(15e8, 0).UTC()
	return Cache{Client: ticket.Client, Credentials: []Credential{ticket, sooner, tgt}, Offset: -90*time.Second + 5*time.Microsecond}
}

func TestCacheSurvives(t *testing.T) {
	t.Parallel()
	want := seedCache(t)
	b, err := want.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadCache(b)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Client.Equal(want.Client) || got.Offset != want.Offset || len(got.Credentials) != 3 || got.Skipped != 0 {
		t.Fatalf("%v, offset %v, %d tickets, %d skipped", got.Client, got.Offset, len(got.Credentials), got.Skipped)
	}
	for i, g := range got.Credentials {
		w := want.Credentials[i]
		if string(g.Ticket) != string(w.Ticket) || string(g.Session.value) != string(w.Session.value) || g.Session.etype != w.Session.etype ||
			!g.Service.Equal(w.Service) || g.Flags != w.Flags || !g.AuthTime.Equal(w.AuthTime) || !g.Start.Equal(w.Start) ||
			!g.End.Equal(w.End) || !g.RenewTill.Equal(w.RenewTill) || g.TicketEtype != AES256 || g.TicketKVNO != 3 {
			t.Errorf("%d: %+v, want %+v", i, g, w)
		}
	}
	tgt, ok := got.TGT()
	if !ok || !tgt.End.Equal(want.Credentials[2].End) {
		t.Errorf("TGT %v, until %v: want the one that ends last", ok, tgt.End)
	}
	got.Client.Name = []string{"another"}
	if _, ok := got.TGT(); ok {
		t.Error("the TGT of another client")
	}
}

// Format 3 writes the type of a key twice and has no header.
func TestCacheOfFormat3(t *testing.T) {
	t.Parallel()
	c := seedCache(t)
	c.Offset, c.Credentials = 0, c.Credentials[:1]
	b, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	names := len(c.Client.appendCache(nil))
	entry := 4 + names // version and header are of two bytes each
	key := entry + names + len(c.Credentials[0].Service.appendCache(nil))
	old := binary.BigEndian.AppendUint16(nil, cacheVersion3)
	old = append(old, b[4:key]...)
	old = append(append(old, b[key:key+2]...), b[key:]...)
	got, err := ReadCache(old)
	if err != nil || len(got.Credentials) != 1 || string(got.Credentials[0].Ticket) != string(c.Credentials[0].Ticket) {
		t.Errorf("%d tickets, %v", len(got.Credentials), err)
	}
}

func TestWhatIsNoTicketInACache(t *testing.T) {
	t.Parallel()
	c := seedCache(t)
	setting, gone, weak := c.Credentials[0], c.Credentials[0], c.Credentials[0]
	setting.Service = Principal{Name: []string{"krb5_ccache_conf_data", "fast_avail"}, Realm: cacheSettings}
	gone.AuthTime, gone.End = time.Unix(removed, 0), time.Time{}
	weak.Session = Key{RC4, make([]byte, 16)}
	c.Credentials = append(c.Credentials, setting, gone, weak)
	b, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadCache(b)
	if err != nil || len(got.Credentials) != 3 || got.Skipped != 3 {
		t.Errorf("%d tickets, %d skipped, %v; want 3, 3", len(got.Credentials), got.Skipped, err)
	}
}

func TestBadCaches(t *testing.T) {
	t.Parallel()
	b, err := seedCache(t).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":       {nil, "begins with neither"},
		"format 1":    {[]byte{5, 1, 0, 0}, "begins with neither"},
		"its header":  {b[:20], "within its header"},
		"its tickets": {b[:len(b)-9], "cut short"},
		"too long":    {make([]byte, maxCache+1), "at most"},
		"a length":    {append(b[:len(b)-8:len(b)-8], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "cut short"},
	} {
		if _, err := ReadCache(c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := (Cache{Credentials: []Credential{{}}}).Marshal(); err == nil {
		t.Error("a cache without a ticket is written")
	}
}
