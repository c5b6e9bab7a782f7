package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

func TestRead(t *testing.T) {
	t.Parallel()
	p := minted(t, MintConfig{})
	whole, _, err := EncodePEM(p.Server)
	if err != nil {
		t.Fatal(err)
	}
	key, err := p.Files("the-password-of-the-test")
	if err != nil {
		t.Fatal(err)
	}
	var keyPEM, pfx []byte
	for _, f := range key {
		switch f.Name {
		case FileServerKey:
			keyPEM = f.Data
		case FileServerPFX:
			pfx = f.Data
		}
	}
	demanding, err := pkcs12.Modern2023.WithIterations(0x10001).Encode(p.Server.PrivateKey, p.Server.Leaf, nil, "the-password-of-the-test")
	if err != nil {
		t.Fatal(err)
	}
	demanding = bytes.ReplaceAll(demanding, []byte{2, 3, 1, 0, 1}, []byte{2, 3, 0x7f, 0xff, 0xff})
	one := appendCertificate(nil, p.Server.Certificate[0])
	lines := bytes.Count(one, []byte("\n"))
	second := bytes.Count(whole[:bytes.LastIndex(whole, []byte("-----BEGIN"))], []byte("\n")) + 1
	for _, test := range []struct {
		name     string
		data     []byte
		password string
		count    int
		want     string // in the error
	}{
		{"PEM", whole, "", 2, ""},
		{"PEM with CRLF", bytes.ReplaceAll(whole, []byte("\n"), []byte("\r\n")), "", 2, ""},
		{"PEM after a key", append(bytes.Clone(keyPEM), whole...), "", 2, ""},
		{"DER", p.Server.Certificate[0], "", 1, ""},
		{"PFX", pfx, "the-password-of-the-test", 2, ""},
		{"PFX with a wrong password", pfx, "guess", 0, "the password of the PFX file is wrong"},
		{"PFX without its password", pfx, "", 0, "the PFX file has a password: --password-file gives it"},
		{"PFX that demands endless work", demanding, "the-password-of-the-test", 0, "demands more than 5000000 rounds"},
		{"cut PFX", pfx[:len(pfx)/2], "the-password-of-the-test", 0, "neither a certificate in DER nor a PFX file"},
		{"cut PEM", whole[:len(whole)-100], "", 0, fmt.Sprintf("line %d: the certificate that begins here is cut or mangled (1 of 2 can be read)", second)},
		{"cut and then whole", append(append(bytes.Clone(one[:len(one)-60]), '\n'), one...), "", 0, "is cut or mangled (1 of 2 can be read)"},
		{"a key alone", keyPEM, "", 0, "it is PEM and holds no certificate"},
		{"cut DER", p.Server.Certificate[0][:100], "", 0, "neither a certificate in DER nor a PFX file"},
		{"DER rubbish", []byte{0x30, 0x82, 0xff, 0xff, 1, 2, 3}, "", 0, "neither a certificate in DER nor a PFX file"},
		{"rubbish", []byte("MZ\x90\x00"), "", 0, "it is neither PEM, DER nor PFX"},
		{"empty", []byte(" \n"), "", 0, "it is empty"},
		{"too long", make([]byte, maxFile+1), "", 0, "more than 16777216 are not read"},
		{"too many", bytes.Repeat(one, maxCertificates+1), "", 0, "it holds more than 1000 certificates"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			raw, err := Read(test.data, test.password)
			if len(raw) != test.count || (test.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d certificates and the error %v, want %d and %q", len(raw), err, test.count, test.want)
			}
		})
	}
	if lines < 12 {
		t.Errorf("a certificate has %d lines: its decoded text is missing", lines)
	}
	var wrong WrongPasswordError
	if _, err := Read(pfx, "guess"); !errors.As(err, &wrong) || !wrong.Given {
		t.Errorf("%v", err)
	}
}

func TestReadLists(t *testing.T) {
	t.Parallel()
	p := minted(t, MintConfig{Flaw: FlawRevokedCRL})
	text, err := p.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	lists, err := ReadLists(text)
	if err != nil || len(lists) != 2 {
		t.Fatalf("%d lists, %v", len(lists), err)
	}
	if again, err := ReadLists(lists[1].Raw); err != nil || len(again) != 1 {
		t.Errorf("in DER: %d lists, %v", len(again), err)
	}
	for _, bad := range []string{"rubbish", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "-----BEGIN CERTIFICATE-----\n"} {
		if _, err := ReadLists([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	// With the lists at hand nobody has to be asked.
	x := Examine(Presentation{Raw: p.Server.Certificate}, Question{Profile: []*x509.Certificate{p.Root}, Name: host, Lists: lists})
	if got := reds(x.Results); fmt.Sprint(got) != "[certs.revocation]" {
		t.Errorf("red are %q", got)
	}
}

// A certificate that Go refuses for a name is read as OpenSSL reads it, its signature too.
func TestParseAsOpenSSLDoes(t *testing.T) {
	t.Parallel()
	p := minted(t, MintConfig{Flaw: FlawNotASCII})
	c, err := Parse(p.Server.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParseCertificate(c.Raw); err == nil {
		t.Fatal("Go reads it by now: the flaw shows nothing any more")
	}
	if want := []string{host, "prüfstand.corp.example"}; fmt.Sprint(c.DNSNames) != fmt.Sprint(want) {
		t.Errorf("names %q, want %q", c.DNSNames, want)
	}
	issuer, err := Parse(p.Server.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := signedBy(c, issuer); err != nil {
		t.Errorf("its signature: %v", err)
	}
	if Strictly(c) == nil || Strictly(issuer) != nil {
		t.Errorf("Strictly: %v, %v", Strictly(c), Strictly(issuer))
	}
}

// Large things are judged in bounds, and the words stay short.
func TestLargeChains(t *testing.T) {
	t.Parallel()
	a := authority(t)
	s := newSpec(a.mill(), []string{host})
	s.root = a.root
	if err := s.apply(NoFlaw, false); err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		s.leaf.DNSNames = append(s.leaf.DNSNames, fmt.Sprintf("host-%d.corp.example", i))
	}
	if err := s.build(); err != nil {
		t.Fatal(err)
	}
	wide := s.made.sent
	long := [][]byte{s.made.sent[0]}
	for range 99 {
		extra, err := a.mill().root(a.mill().rootTemplate())
		if err != nil {
			t.Fatal(err)
		}
		long = append(long, extra.cert.Raw)
	}
	for _, test := range []struct {
		name string
		raw  [][]byte
		host string
		red  string
	}{
		{"10,000 names", wide, "none.corp.example", "[certs.size certs.name]"},
		{"a chain of 100 that leads nowhere", long, host, "[certs.size certs.chain certs.superfluous]"},
		{"1 MB of nothing", [][]byte{make([]byte, 1<<20)}, host, "[certs.readable]"},
		{"more than is read", [][]byte{append([]byte{0x30, 0x83, 0x20, 0, 0}, make([]byte, 2<<20)...)}, host, "[certs.readable]"},
		{"nothing", nil, host, "[certs.readable]"},
		{"rubbish behind a good one", append(append([][]byte{}, minted(t, MintConfig{}).Server.Certificate[0]), []byte("rubbish")), "", "[certs.readable certs.chain]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := Examine(Presentation{Raw: test.raw}, Question{Profile: []*x509.Certificate{a.Certificate()}, Name: test.host})
			if got := fmt.Sprint(reds(x.Results)); got != test.red {
				t.Errorf("red are %s, want %s", got, test.red)
			}
			for _, r := range x.Results {
				if len(r.Summary) > 2500 {
					t.Errorf("%s: a summary of %d bytes", r.Check, len(r.Summary))
				}
				for _, e := range r.Evidence {
					if len(e.Text) > 30_000 {
						t.Errorf("%s: evidence %s of %d bytes", r.Check, e.Name, len(e.Text))
					}
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	p, err := Mint(MintConfig{Hosts: []string{host}, Flaw: FlawNotASCII})
	if err != nil {
		f.Fatal(err)
	}
	text, _, err := EncodePEM(p.Server)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(p.Server.Certificate[0])
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMII"))
	f.Add([]byte{0x30, 0x80, 0x02, 0x01})
	f.Fuzz(func(t *testing.T, data []byte) {
		raw, err := Read(data, "")
		if err != nil {
			if len(err.Error()) == 0 {
				t.Error("an error without words")
			}
			return
		}
		// What is read is judged, and each rule has its say.
		x := Examine(Presentation{Raw: raw}, Question{Name: host, Now: p.Root.NotBefore})
		if len(x.Results) != len(Rules()) {
			t.Fatalf("%d results", len(x.Results))
		}
		for _, c := range x.Sent { // written and read again it is the same
			block, _ := pem.Decode(PEM([]*x509.Certificate{c}))
			if block == nil || !bytes.Equal(block.Bytes, c.Raw) {
				t.Error("a certificate does not survive PEM")
			}
		}
	})
}

// pipeEnd is a connection that gives what it was given and swallows what is written.
type pipeEnd struct {
	net.Conn
	from io.Reader
}

func (p pipeEnd) Read(b []byte) (int, error)  { return p.from.Read(b) }
func (p pipeEnd) Write(b []byte) (int, error) { return len(b), nil }
func (p pipeEnd) Close() error                { return nil }

func FuzzServerHello(f *testing.F) {
	f.Add([]byte("\x15\x03\x01\x00\x02\x02\x28"))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	hello := append([]byte{3, 3}, make([]byte, 32)...)
	hello = append(hello, 0, 0xc0, 0x2f, 0, 0, 0)
	message := append([]byte{2, 0, 0, byte(len(hello))}, hello...)
	message = append(message, 11, 0, 0, 9, 0, 0, 6, 0, 0, 3, 'a', 'b', 'c', 14, 0, 0, 0)
	f.Add(append([]byte{22, 3, 3, 0, byte(len(message))}, message...))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := Hello{Version: tls.VersionTLS12, Ciphers: ciphersOf(tls.VersionTLS12), ServerName: host}
		answer, err := h.Greet(context.Background(), pipeEnd{from: bytes.NewReader(data)}, true)
		if err == nil && answer.Version == 0 {
			t.Error("an answer without a version")
		}
	})
}

// The seed of the fuzz target above is what it means.
func TestServerHello(t *testing.T) {
	t.Parallel()
	hello := append([]byte{3, 3}, make([]byte, 32)...)
	hello = append(hello, 0, 0xc0, 0x2f, 0, 0, 0)
	message := append([]byte{2, 0, 0, byte(len(hello))}, hello...)
	message = append(message, 11, 0, 0, 9, 0, 0, 6, 0, 0, 3, 'a', 'b', 'c', 14, 0, 0, 0)
	record := append([]byte{22, 3, 3, 0, byte(len(message))}, message...)
	answer, err := Hello{Version: tls.VersionTLS12}.Greet(context.Background(), pipeEnd{from: bytes.NewReader(record)}, true)
	if err != nil || answer.Version != tls.VersionTLS12 || answer.Cipher != 0xc02f || fmt.Sprintf("%s", answer.Certificates) != "[abc]" {
		t.Errorf("%+v, %v", answer, err)
	}
	var alert AlertError
	if _, err := (Hello{Version: tls.VersionTLS12}).Greet(context.Background(), pipeEnd{from: strings.NewReader("\x15\x03\x01\x00\x02\x02\x28")}, true); !errors.As(err, &alert) || alert != 40 {
		t.Errorf("%v, want the alert 40", err)
	}
	if name, legacy := Cipher(0xc02f); name != tls.CipherSuiteName(0xc02f) || legacy != "" {
		t.Errorf("%s %s", name, legacy)
	}
}

// The names of the ciphers are those of crypto/tls where it knows them.
func TestCipherNames(t *testing.T) {
	t.Parallel()
	known := 0
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, c := range list {
			name, _ := Cipher(c.ID)
			if strings.HasPrefix(name, "0x") {
				t.Errorf("%s is not in the list", c.Name)
			}
			if name == c.Name {
				known++
			} else {
				t.Errorf("0x%04x is %s here and %s in crypto/tls", c.ID, name, c.Name)
			}
		}
	}
	if known < 20 {
		t.Errorf("%d are known", known)
	}
}
