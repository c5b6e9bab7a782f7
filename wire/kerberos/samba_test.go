package kerberos

import (
	"errors"
	"testing"

	"github.com/uidprobe/uidprobe/peers"
)

// What the client gets from a KDC with Active Directory's rules.
func TestAgainstSamba(t *testing.T) {
	if testing.Short() {
		t.Skip("a domain takes some seconds to provision")
	}
	t.Parallel()
	m := server{peers.Samba(t).KDC}
	for _, c := range []struct {
		name, word string
		want       int32
		status     NTStatus
	}{
		{"svc-userid@CORP.EXAMPLE", password, 0, 0},
		{"SVC-UserID@CORP.EXAMPLE", password, 0, 0},
		{"svc-userid@corp.example", password, -1765328237, 0},
		{"svc-userid@CORP", password, -1765328237, 0},
		{"svc-wrong@CORP.EXAMPLE", "wrong", -1765328360, 0},
		{"nobody@CORP.EXAMPLE", password, -1765328378, 0},
		{"svc-disabled@CORP.EXAMPLE", password, -1765328366, StatusAccountDisabled},
		{"svc-disabled@CORP.EXAMPLE", "wrong", -1765328360, 0}, // the password first
		{"svc-locked@CORP.EXAMPLE", password, -1765328366, 0},
		{"svc-expired@CORP.EXAMPLE", password, -1765328366, StatusAccountExpired},
		{"svc-hours@CORP.EXAMPLE", password, -1765328366, StatusLogonHours},
		{"svc-pwexpired@CORP.EXAMPLE", password, -1765328361, StatusPasswordExpired},
		{"svc-mustchange@CORP.EXAMPLE", password, -1765328361, StatusPasswordMustChange},
		{"svc-smartcard@CORP.EXAMPLE", password, -1765328360, 0},
	} {
		_, err := login(t, m.over("tcp"), parse(t, c.name), PasswordKeys(c.word))
		got, _ := MITNumber(err)
		var refused *KDCError
		if errors.As(err, &refused); got != c.want || refused != nil && refused.NTStatus != c.status {
			t.Errorf("%s: %v, number %d; want %d with %v", c.name, err, got, c.want, c.status)
		}
		if c.status != 0 && refused != nil && refused.DataShape != MethodDataShape {
			t.Errorf("%s: the status came as %q", c.name, refused.DataShape)
		}
	}
	tgt, err := login(t, m.over("tcp"), parse(t, "svc-userid@CORP.EXAMPLE"), PasswordKeys(password))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.over("tcp").ServiceTicket(ctx(t), tgt, HTTPService("dc1.corp.example", "CORP.EXAMPLE"), nil); err != nil {
		t.Errorf("HTTP by the name of the host: %v", err)
	}
	// A ticket with a PAC is too long for a datagram.
	if _, err := login(t, m.over("udp"), parse(t, "svc-userid@CORP.EXAMPLE"), PasswordKeys(password)); !errors.Is(err, ErrTooBig) {
		t.Errorf("over UDP: %v, want too big", err)
	}
}
