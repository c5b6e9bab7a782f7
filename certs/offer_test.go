package certs

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var accepting = regexp.MustCompile(`^ACCEPT (\S+)$`)

// opensslServer starts openssl s_server on a free port of loopback.
func opensslServer(t *testing.T, dir string, more ...string) string {
	t.Helper()
	cmd := exec.Command(program(t, "openssl"), append([]string{"s_server", "-accept", "127.0.0.1:0",
		"-cert", filepath.Join(dir, "leaf.pem"), "-cert_chain", filepath.Join(dir, "chain.pem"), "-key", filepath.Join(dir, "server.key")}, more...)...)
	if _, err := cmd.StdinPipe(); err != nil { // it ends when its input does
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := ""
	lines := bufio.NewScanner(out)
	for address == "" && lines.Scan() {
		if found := accepting.FindStringSubmatch(lines.Text()); found != nil {
			address = found[1]
		}
	}
	if address == "" {
		t.Fatal("openssl s_server ended before it listened")
	}
	go func() { // it must not be stopped by a full pipe; it ends with the process
		for lines.Scan() {
		}
	}()
	return address
}

func dialTo(address string) Dial {
	return func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
}

// What a server of somebody else's offers is what it was told to offer.
func TestOffersOfOpenSSL(t *testing.T) {
	t.Parallel()
	dir := folder(t, minted(t, MintConfig{}))
	for _, test := range []struct {
		name  string
		flags []string
		want  map[uint16][]uint16
	}{
		{"all versions", []string{"-min_protocol", "TLSv1", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-SHA@SECLEVEL=0", "-ciphersuites", "TLS_AES_256_GCM_SHA384"},
			map[uint16][]uint16{tls.VersionTLS13: {0x1302}, tls.VersionTLS12: {0xc00a, 0xc02b}, tls.VersionTLS11: {0xc00a}, tls.VersionTLS10: {0xc00a}, VersionSSL30: nil}},
		{"TLS 1.2 alone", []string{"-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"},
			map[uint16][]uint16{tls.VersionTLS13: nil, tls.VersionTLS12: {0xcca9}, tls.VersionTLS11: nil, tls.VersionTLS10: nil, VersionSSL30: nil}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			offers, err := Offers(context.Background(), dialTo(opensslServer(t, dir, test.flags...)), host)
			if err != nil {
				t.Fatal(err)
			}
			got := map[uint16][]uint16{}
			for _, o := range offers {
				slices.Sort(o.Ciphers)
				got[o.Version] = o.Ciphers
				if (o.Err == nil) != (len(o.Ciphers) > 0) {
					t.Errorf("%s: %v and the error %v", VersionName(o.Version), o.Ciphers, o.Err)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// The chain that openssl sends is taken down as it is, by our own hello as well.
func TestCaptureFromOpenSSL(t *testing.T) {
	t.Parallel()
	for _, flaw := range []Flaw{NoFlaw, FlawNotASCII, FlawExpired} {
		p := minted(t, MintConfig{Flaw: flaw})
		address := opensslServer(t, folder(t, p))
		session, err := Capture(context.Background(), dialTo(address), host)
		if err != nil {
			t.Errorf("flaw %q: %v", flaw, err)
			continue
		}
		if fmt.Sprintf("%x", session.Raw) != fmt.Sprintf("%x", p.Server.Certificate) {
			t.Errorf("flaw %q: another chain, of %d", flaw, len(session.Raw))
		}
		conn, err := dialTo(address)(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		answer, err := Hello{Version: tls.VersionTLS12, Ciphers: ciphersOf(tls.VersionTLS12), ServerName: host}.Greet(context.Background(), conn, true)
		_ = conn.Close()
		if err != nil || fmt.Sprintf("%x", answer.Certificates) != fmt.Sprintf("%x", session.Raw) {
			t.Errorf("flaw %q: our own hello brings %d certificates, %v", flaw, len(answer.Certificates), err)
		}
	}
}
