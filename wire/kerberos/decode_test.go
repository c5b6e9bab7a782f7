package kerberos

import (
	"testing"
	"time"
)

func TestDecodeError(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	b, err := (&ErrorReply{
		Code: ErrClientRevoked, Status: StatusAccountDisabled, STime: at, Service: TGT("CORP.EXAMPLE"),
	}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	e, err := DecodeError(b)
	if err != nil {
		t.Fatal(err)
	}
	if e.Code != ErrClientRevoked || e.NTStatus != StatusAccountDisabled || !e.STime.Equal(at) || e.KDC != "" {
		t.Errorf("got %+v", e)
	}
	for _, c := range []struct {
		name string
		data []byte
	}{{"empty", nil}, {"a request", seedRequest(t, false)}, {"cut", b[:len(b)-4]}, {"a byte", b[:1]}} {
		if e, err := DecodeError(c.data); err == nil {
			t.Errorf("%s: %+v, want an error", c.name, e)
		}
	}
}

// What a capture holds is anybody's bytes.
func FuzzDecodeError(f *testing.F) {
	b, err := (&ErrorReply{Code: ErrPreauthFailed, Methods: true, Offers: []Offer{{Etype: AES256, Salt: "x", HasSalt: true}}}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := DecodeError(data); err == nil && e.Error() == "" {
			t.Error("an error without words")
		}
	})
}
