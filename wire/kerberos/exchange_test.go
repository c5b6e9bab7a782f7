package kerberos

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/peers"
)

// answering is a KDC that reads one request and then writes bytes and hangs up.
func answering(t *testing.T, answer []byte) (KDC, <-chan []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan []byte, 4)
	go func() {
		defer close(got)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			var head [4]byte
			_, _ = io.ReadFull(conn, head[:])
			request := make([]byte, binary.BigEndian.Uint32(head[:]))
			_, _ = io.ReadFull(conn, request)
			got <- request
			_, _ = conn.Write(answer)
			_ = conn.Close()
		}
	}()
	return KDC{Network: "tcp", Address: l.Addr().String()}, got
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer, want string
		failure            Failure
	}{
		{"nothing", "", "0 of 4 length bytes", Unreachable},
		{"half a length", "\x00\x00", "2 of 4 length bytes", Unreachable},
		{"zero", "\x00\x00\x00\x00", "an answer of 0 bytes", Unreachable},
		{"a byte too many", "\x00\x10\x00\x01", "an answer of 1048577 bytes", Unreachable},
		{"4 GiB", "\xff\xff\xff\xff", "an answer of 4294967295 bytes", Unreachable},
		{"half an answer", "\x00\x00\x00\x04ab", "2 of 4 bytes", Unreachable},
		{"another protocol", "\x00\x00\x00\x04HTTP", "begins with byte 0x48", Unreadable},
		{"a reply that is none", "\x00\x00\x00\x04\x6b\x02\x30\x00", "reply: malformed", Unreadable},
		{"an error that is none", "\x00\x00\x00\x04\x7e\x02\x30\x00", "KRB-ERROR: malformed", Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k, got := answering(t, []byte(c.answer))
			_, err := k.Ask(ctx(t), ASRequest{Client: Principal{NamePrincipal, []string{"svc"}, "CORP.EXAMPLE"}})
			var found *ClientError
			if !errors.As(err, &found) || found.Failure != c.failure || !found.Sent || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), k.String()) {
				t.Errorf("%v, want %s: %q of %v", err, c.failure, c.want, k)
			}
			if r, err := DecodeRequest(<-got); err != nil || r.HasTimestamp() || r.Canonicalize || r.Client.String() != "svc@CORP.EXAMPLE" {
				t.Errorf("the request: %+v, %v", r, err)
			}
			select {
			case again, open := <-got:
				if open {
					t.Errorf("a second request: %x", again)
				}
			default:
			}
		})
	}
}

func TestTheContextEndsAnExchange(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c, cancel := context.WithCancelCause(ctx(t))
	tired := errors.New("tired")
	go func() {
		_, _, _ = silent.ReadFrom(make([]byte, 100))
		cancel(tired)
	}()
	_, err = KDC{Network: "udp", Address: silent.LocalAddr().String()}.Exchange(c, []byte("x"))
	var found *ClientError
	if !errors.As(err, &found) || found.Failure != Unreachable || !found.Sent || !errors.Is(err, tired) {
		t.Errorf("%v, want unreachable because tired", err)
	}
	if _, err := (KDC{Network: "sctp", Address: "192.0.2.1:88"}).Exchange(c, nil); err == nil || !strings.Contains(err.Error(), "tcp or udp") {
		t.Errorf("another network: %v", err)
	}
}

// A port where nobody listens is told from silence: nothing was sent.
func TestAClosedPort(t *testing.T) {
	t.Parallel()
	closed, err := peers.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	_, err = KDC{Network: "tcp", Address: closed.String()}.Exchange(ctx(t), []byte("x"))
	var found *ClientError
	if !errors.As(err, &found) || found.Failure != Unreachable || found.Sent {
		t.Errorf("%v, want unreachable before anything is sent", err)
	}
}

// What cannot be sent in a useful way is not sent: a KDC that offers nothing sees no password.
func TestLoginKeepsThePasswordBack(t *testing.T) {
	t.Parallel()
	ask := ASRequest{Client: Principal{NamePrincipal, []string{"svc"}, "CORP.EXAMPLE"}}
	offer := []Offer{{Etype: AES256, Salt: "x", HasSalt: true}}
	for name, c := range map[string]struct {
		answer Answer
		keys   KeyFunc
		want   Failure
	}{
		"no method":     {Answer{Offers: offer, Required: &KDCError{}}, PasswordKeys(password), NoMethod},
		"nothing":       {Answer{Offers: []Offer{}}, PasswordKeys(password), NoEtype},
		"RC4":           {Answer{Offers: []Offer{{Etype: RC4}}}, PasswordKeys(password), OtherEtypes},
		"endless":       {Answer{Offers: []Offer{{Etype: AES256, Parameters: []byte{9, 0, 0, 0}}}}, PasswordKeys(password), BadParameters},
		"another's key": {Answer{Offers: offer}, Keytab{}.Keys(), NoKey},
	} {
		k := KDC{Network: "tcp", Address: "127.0.0.1:0"} // nothing can be sent there
		_, err := k.Login(ctx(t), ask, c.answer, c.keys)
		var found *ClientError
		if !errors.As(err, &found) || found.Failure != c.want || found.Sent || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
