package kerberos

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/uidprobe/uidprobe/peers"
)

// Samba's client logs in to our acceptor. (That Samba's server takes our log-ins is shown by package
// directory, whose every question is sealed.)
func TestAcceptorAgainstSamba(t *testing.T) {
	if testing.Short() {
		t.Skip("a domain takes some seconds to provision")
	}
	t.Parallel()
	dc := peers.Samba(t)
	// Not HTTP/sim.corp.example: Samba 4.17 seals the tickets of an account that names no encryption types with RC4.
	file := filepath.Join(t.TempDir(), "http.keytab")
	dc.Tool(t, "domain", "exportkeytab", file, "--principal=HTTP/dc1.corp.example")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kt, err := ReadKeytab(raw)
	if err != nil {
		t.Fatal(err)
	}
	for mech, name := range map[string]string{"krb5": "gssapi_krb5", "spnego": "spnego"} {
		t.Run(mech, func(t *testing.T) {
			t.Parallel()
			client := peers.NewClient(t, netip.MustParseAddrPort(dc.KDC.String()))
			p := startLines(t, "samba.gensec", "python3-samba", []string{"KRB5_CONFIG=" + client.Config}, filepath.Join("testdata", "gensec-peer.py"),
				dc.Conf, name, "HTTP", "dc1.corp.example", "svc-userid@CORP.EXAMPLE")
			if _, err := io.WriteString(p.stdin, peers.Password+"\n"); err != nil {
				t.Fatal(err)
			}
			got, reply, err := NewAcceptor(AcceptorConfig{Keytab: kt}).Accept(value(t, p.ask("step", "-")[1]))
			if err != nil {
				t.Fatal(err)
			}
			if answer := p.ask("step", text(reply)); answer[0] != "done" {
				t.Fatalf("the initiator: %v", answer)
			}
			if got.Client.String() != "svc-userid@CORP.EXAMPLE" {
				t.Errorf("accepted %v", got.Client)
			}
			plain := []byte("sealed by Samba")
			back, sealed, err := got.Context.Unwrap(value(t, p.ask("wrap", "1", text(plain))[0]))
			if err != nil || !sealed || !bytes.Equal(back, plain) {
				t.Errorf("%q, %v, %v", back, sealed, err)
			}
			token, err := got.Context.Wrap(plain, true)
			if err != nil {
				t.Fatal(err)
			}
			if answer := p.ask("unwrap", text(token)); answer[1] != text(plain) {
				t.Errorf("the initiator reads %v", answer)
			}
		})
	}
}
