package wsman

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// sealings are both ends of one context.
func sealings(tb testing.TB, scheme Scheme) (client, server Sealing) {
	tb.Helper()
	keys := kerberos.ContextKeys{Initiator: true, Key: kerberos.RandomKey(kerberos.AES256), AcceptorKey: true, Flags: kerberos.DefaultGSSFlags, Send: 7, Recv: 9}
	client = Sealing{Context: kerberos.RestoreContext(keys), Scheme: scheme}
	keys.Initiator, keys.Send, keys.Recv = false, 9, 7
	return client, Sealing{Context: kerberos.RestoreContext(keys), Scheme: scheme}
}

func TestSealedBodies(t *testing.T) {
	t.Parallel()
	for _, scheme := range []Scheme{Negotiate, Kerberos} {
		for _, noTab := range []bool{false, true} {
			client, server := sealings(t, scheme)
			client.NoTab = noTab
			for _, soap := range []string{"", "x", "--Encrypted Boundary--\r\n", strings.Repeat("é", 4000)} {
				contentType, body, err := client.Seal([]byte(soap))
				if err != nil {
					t.Fatal(err)
				}
				if tabs := bytes.Count(body[:200], []byte("\r\n\t")); tabs != map[bool]int{false: 3, true: 0}[noTab] {
					t.Errorf("%d TABs", tabs)
				}
				if !IsSealed(contentType) || IsSealed(ContentSOAP) {
					t.Error("which one is sealed?")
				}
				got, err := server.Open(contentType, append(body, "\r\n"...)) // OMI's extra line
				if err != nil || string(got) != soap {
					t.Errorf("%s, no TAB %v: %v, %.40q", scheme, noTab, err, got)
				}
				contentType, body, _ = server.Seal([]byte(soap))
				if got, err := client.Open(contentType, body); err != nil || string(got) != soap {
					t.Errorf("back: %v, %.40q", err, got)
				}
			}
		}
	}
}

// A body that another rule of the same protocol made: gss_wrap's RRC of 0, and the space of Exchange.
func TestOtherSealedBodies(t *testing.T) {
	t.Parallel()
	client, server := sealings(t, Negotiate)
	token, err := client.Context.Wrap([]byte("text"), true)
	if err != nil {
		t.Fatal(err)
	}
	body := handMade("-- Encrypted Boundary", Negotiate.protocol(), 4, 60, token, "-- Encrypted Boundary--")
	if got, err := server.Open(contentTypeOf(Negotiate), body); err != nil || string(got) != "text" {
		t.Errorf("%v, %q", err, got)
	}
}

func contentTypeOf(s Scheme) string {
	return fmt.Sprintf(`multipart/encrypted;protocol="%s";boundary="Encrypted Boundary"`, s.protocol())
}

func handMade(marker, protocol string, length, signature int, token []byte, end string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\r\nContent-Type: %s\r\nOriginalContent: type=%s;Length=%d\r\n%s\r\nContent-Type: application/octet-stream\r\n",
		marker, protocol, ContentSOAP, length, marker)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(signature)))
	b.Write(token)
	b.WriteString(end + "\r\n")
	return b.Bytes()
}

func TestBadSealedBodies(t *testing.T) {
	t.Parallel()
	const marker, end = "--Encrypted Boundary", "--Encrypted Boundary--"
	protocol := Negotiate.protocol()
	good := func(c Sealing, seal bool) []byte {
		token, err := c.Context.Wrap([]byte("text"), seal)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for _, c := range []struct {
		name string
		make func(Sealing) (contentType string, body []byte)
		says string
	}{
		{"length", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), handMade(marker, protocol, 3, 61, good(s, true), end)
		}, "holds 4 bytes and says Length=3"},
		{"signature", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), handMade(marker, protocol, 4, 59, good(s, true), end)
		}, "no last boundary"},
		{"huge signature", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), handMade(marker, protocol, 4, 0xffffffff, good(s, true), end)
		}, "more than the"},
		{"huge length", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), handMade(marker, protocol, 1<<40, 60, good(s, true), end)
		}, "no length of a message"},
		{"signed", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), handMade(marker, protocol, 4, 28, good(s, false), end)
		}, "signed but not sealed"},
		{"other scheme", func(s Sealing) (string, []byte) {
			return contentTypeOf(Kerberos), handMade(marker, Kerberos.protocol(), 4, 60, good(s, true), end)
		}, "HTTP-Kerberos"},
		{"no end", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), handMade(marker, protocol, 4, 60, good(s, true), "")
		}, "no last boundary"},
		{"cut", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), handMade(marker, protocol, 4, 60, good(s, true)[:30], end)
		}, "more than the"},
		{"cut header", func(s Sealing) (string, []byte) { return contentTypeOf(Negotiate), []byte(marker + "\r\nContent") }, "do not end"},
		{"no header", func(s Sealing) (string, []byte) { return contentTypeOf(Negotiate), []byte(marker + "\r\nx\r\n") }, "no header"},
		{"no length", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), bytes.Replace(handMade(marker, protocol, 4, 60, good(s, true), end), []byte("Length="), []byte("Size="), 1)
		}, "does not say Length="},
		{"no octets", func(s Sealing) (string, []byte) {
			return contentTypeOf(Negotiate), bytes.Replace(handMade(marker, protocol, 4, 60, good(s, true), end), []byte("octet-stream\r\n"), []byte("octets\r\n"), 1)
		}, "second part"},
		{"short", func(s Sealing) (string, []byte) {
			b := handMade(marker, protocol, 4, 60, nil, "")
			return contentTypeOf(Negotiate), b[:len(b)-4]
		}, "length of the signature"},
		{"empty", func(s Sealing) (string, []byte) { return contentTypeOf(Negotiate), nil }, "boundary"},
		{"clear", func(s Sealing) (string, []byte) { return ContentSOAP, nil }, "not multipart/encrypted"},
		{"several", func(s Sealing) (string, []byte) { return `multipart/x-multi-encrypted;boundary="a"`, nil }, "several sealed parts"},
		{"no boundary", func(s Sealing) (string, []byte) { return `multipart/encrypted`, nil }, "boundary is missing"},
		{"endless", func(s Sealing) (string, []byte) {
			b := handMade(marker, protocol, 4, 60, good(s, true), end)
			return contentTypeOf(Negotiate), bytes.Replace(b, []byte("Original"), []byte(strings.Repeat("A: b\r\n", 5000)+"Original"), 1)
		}, "do not end"},
	} {
		client, server := sealings(t, Negotiate)
		contentType, body := c.make(client)
		_, err := server.Open(contentType, body)
		if _, ok := as[*FormatError](err); !ok || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.says)
		}
	}
}
