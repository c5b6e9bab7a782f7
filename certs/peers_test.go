package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// program finds a program that nobody here wrote. A missing one is a visible skip, and a
// failure where the peers are required.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// output runs a program for at most half a minute. Its own text decides, not its exit code.
func output(t *testing.T, stdin string, name string, args ...string) (text string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+t.TempDir(), "http_proxy=", "https_proxy=", "no_proxy=*")
	cmd.Stdin = strings.NewReader(stdin)
	all, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	return string(all), cmd.ProcessState.ExitCode()
}

// folder has the files of a PKI, as a person would have them.
func folder(t *testing.T, p *PKI) string {
	t.Helper()
	dir := t.TempDir()
	lists, err := p.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	sent, key, err := EncodePEM(p.Server)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"ca.pem": PEM([]*x509.Certificate{p.Root}), "sent.pem": sent, "server.key": key, "lists.pem": lists,
		"leaf.pem": appendCertificate(nil, p.Server.Certificate[0]), "chain.pem": PEM(chain(t, p.Server)[1:]),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serve is a TLS server with a certificate on loopback; it answers HTTP with nothing much.
func serve(t *testing.T, c tls.Certificate) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				var buffer [2048]byte
				if _, err := conn.Read(buffer[:]); err == nil {
					_, _ = conn.Write([]byte("HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
				}
			}()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().String()
}

var verifyError = regexp.MustCompile(`(?m)^error (\d+) at \d+ depth lookup: (.*)$`)

// verifyNumber is the first error of openssl verify.
func verifyNumber(t *testing.T, openssl, dir string, more ...string) int {
	t.Helper()
	args := append([]string{"verify", "-CAfile", filepath.Join(dir, "ca.pem"), "-untrusted", filepath.Join(dir, "sent.pem"),
		"-no-CApath", "-no-CAstore", "-purpose", "sslserver", "-auth_level", "2", "-verify_hostname", host}, more...)
	text, _ := output(t, "", openssl, append(args, filepath.Join(dir, "leaf.pem"))...)
	if strings.Contains(text, "leaf.pem: OK") {
		return errOK
	}
	return numberIn(t, verifyError, text)
}

func numberIn(t *testing.T, pattern *regexp.Regexp, text string) int {
	t.Helper()
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no error number in:\n%s", text)
	}
	number, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	if want := OpenSSLText(number); want != strings.TrimSpace(found[2]) {
		t.Errorf("openssl calls error %d %q, the table %q", number, found[2], want)
	}
	return number
}

var clientError = regexp.MustCompile(`(?m)^verify error:num=(\d+):(.*)$`)

// clientNumber is the first error of openssl s_client.
func clientNumber(t *testing.T, openssl, dir, address string) int {
	t.Helper()
	text, _ := output(t, "", openssl, "s_client", "-connect", address, "-servername", host, "-verify_return_error",
		"-verify_hostname", host, "-CAfile", filepath.Join(dir, "ca.pem"), "-no-CApath", "-no-CAstore")
	switch {
	case strings.Contains(text, "excessive message size"):
		return HandshakeFails
	case strings.Contains(text, "Verification: OK"):
		return errOK
	}
	return numberIn(t, clientError, text)
}

// curlCode is the exit code of curl against a server that it knows by its name.
func curlCode(t *testing.T, curl, dir, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	_, code := output(t, "", curl, "--silent", "--show-error", "--max-time", "20", "--cacert", filepath.Join(dir, "ca.pem"),
		"--resolve", host+":"+port+":127.0.0.1", "https://"+net.JoinHostPort(host, port)+"/")
	return code
}

// What the table of the flaws says of other programs is what they say, and what Examine
// says of OpenSSL and of libcurl is what those do.
func TestPeersSayWhatTheTableSays(t *testing.T) {
	t.Parallel()
	openssl, curl := program(t, "openssl"), program(t, "curl")
	for _, f := range append(Flaws(), FlawInfo{}) {
		t.Run("flaw "+string(f.Flaw), func(t *testing.T) {
			t.Parallel()
			p := minted(t, MintConfig{Flaw: f.Flaw})
			dir := folder(t, p)
			address := serve(t, p.Server)
			got := Peers{
				Verify: verifyNumber(t, openssl, dir),
				Client: clientNumber(t, openssl, dir, address),
				Curl:   curlCode(t, curl, dir, address),
				Go:     f.Peers.Go,
			}
			crl := []string{"-crl_check_all", "-CRLfile", filepath.Join(dir, "lists.pem")}
			if f.Flaw == FlawCRLUnreachable {
				crl = crl[:1] // there is no list
			}
			got.VerifyCRL = verifyNumber(t, openssl, dir, crl...)
			if got != f.Peers {
				t.Errorf("they say %+v, the table says %+v", got, f.Peers)
			}
			x := examine(p, nil)
			agree(t, f, x)
		})
	}
}

// agree holds an examination to what the table says of OpenSSL, curl and Go.
func agree(t *testing.T, f FlawInfo, x Examination) {
	t.Helper()
	client := x.OpenSSL
	if x.Failure == FailsHandshake {
		client = HandshakeFails
	}
	wantClient := f.Peers.Client
	if f.Flaw == FlawTrailingDot {
		wantClient = errOK // the one row where libcurl and openssl s_client differ
	}
	if client != wantClient {
		t.Errorf("Examine says that OpenSSL says %d, the table %d", client, wantClient)
	}
	for _, g := range Generations() {
		want := f.Peers.Curl
		if want == 60 && f.Check == RuleName {
			want = g.name
		}
		if got := g.Code(x.Failure); got != want {
			t.Errorf("libcurl %s: Examine says %d, the table %d", g.Versions, got, want)
		}
	}
	switch {
	case f.Peers.Go == "" && x.Go != nil:
		t.Errorf("Go says %v, the table that it accepts", x.Go)
	case f.Peers.Go != "" && (x.Go == nil || !strings.Contains(x.Go.Error(), f.Peers.Go)):
		t.Errorf("Go says %v, the table %q", x.Go, f.Peers.Go)
	}
}

// A revoked certificate is refused by a curl that is given the list, and by openssl ocsp.
func TestRevokedIsRefusedByWhoAsks(t *testing.T) {
	t.Parallel()
	openssl, curl := program(t, "openssl"), program(t, "curl")
	for _, flaw := range []Flaw{NoFlaw, FlawRevokedCRL, FlawRevokedOCSP} {
		t.Run("flaw "+string(flaw), func(t *testing.T) {
			t.Parallel()
			p := published(t, flaw)
			dir := folder(t, p)
			_, port, _ := net.SplitHostPort(serve(t, p.Server))
			_, code := output(t, "", curl, "--silent", "--cacert", filepath.Join(dir, "ca.pem"), "--crlfile", filepath.Join(dir, "lists.pem"),
				"--resolve", host+":"+port+":127.0.0.1", "https://"+net.JoinHostPort(host, port)+"/")
			want, word := 0, "good"
			if flaw != NoFlaw {
				want, word = 60, "revoked"
			}
			if code != want {
				t.Errorf("curl --crlfile exits with %d, want %d", code, want)
			}
			issuer := filepath.Join(dir, "issuer.pem")
			if err := os.WriteFile(issuer, appendCertificate(nil, p.intermediate.cert.Raw), 0o600); err != nil {
				t.Fatal(err)
			}
			text, _ := output(t, "", openssl, "ocsp", "-issuer", issuer, "-cert", filepath.Join(dir, "leaf.pem"),
				"-url", p.spec.base+ocspPath, "-CAfile", filepath.Join(dir, "ca.pem"), "-verify_other", issuer, "-trust_other")
			if !strings.Contains(text, "leaf.pem: "+word) || !strings.Contains(text, "Response verify OK") {
				t.Errorf("openssl ocsp does not say %s:\n%s", word, text)
			}
		})
	}
}

// What is minted is read by openssl x509 and openssl pkcs12, with the same names and dates.
func TestOpenSSLReadsWhatIsMinted(t *testing.T) {
	t.Parallel()
	openssl := program(t, "openssl")
	p := minted(t, MintConfig{Seed: 7})
	dir := folder(t, p)
	text, _ := output(t, "", openssl, "x509", "-in", filepath.Join(dir, "leaf.pem"), "-noout", "-serial", "-subject", "-ext", "subjectAltName,extendedKeyUsage", "-fingerprint", "-sha1")
	for _, want := range []string{
		fmt.Sprintf("serial=%X", p.Server.Leaf.SerialNumber), "CN = " + host, "DNS:" + host, "TLS Web Server Authentication",
		"Fingerprint=" + colons(Thumbprint(p.Server.Leaf)),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("openssl x509 does not say %q:\n%s", want, text)
		}
	}
	text, _ = output(t, "", openssl, "x509", "-in", filepath.Join(dir, "ca.pem"), "-noout", "-text")
	for _, want := range []string{"Name Constraints: critical", "DNS:corp.example", "IP:192.0.2.0/255.255.255.0", "CA:TRUE"} {
		if !strings.Contains(text, want) {
			t.Errorf("openssl x509 does not say %q of the root:\n%s", want, text)
		}
	}
	pfx, err := EncodePFX(p.Server, "lab-password-of-the-test")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "server.pfx")
	if err := os.WriteFile(name, pfx, 0o600); err != nil {
		t.Fatal(err)
	}
	text, code := output(t, "lab-password-of-the-test\n", openssl, "pkcs12", "-in", name, "-passin", "stdin", "-nokeys")
	if code != 0 || strings.Count(text, "-----BEGIN CERTIFICATE-----") != 2 {
		t.Errorf("openssl pkcs12 does not read it: %d\n%s", code, text)
	}
	_, code = output(t, "wrong\n", openssl, "pkcs12", "-in", name, "-passin", "stdin", "-nokeys")
	if code == 0 {
		t.Error("openssl pkcs12 reads it with a wrong password")
	}
	raw, err := Read(pfx, "lab-password-of-the-test")
	if err != nil || len(raw) != 2 || !bytes.Equal(raw[0], p.Server.Certificate[0]) {
		t.Errorf("it comes back as %d certificates: %v", len(raw), err)
	}
}

func colons(hex string) string {
	var pairs []string
	for i := 0; i < len(hex); i += 2 {
		pairs = append(pairs, hex[i:i+2])
	}
	return strings.Join(pairs, ":")
}
