package directory_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/directory"
	"github.com/uidprobe/uidprobe/peers"
)

// certificate is a server's of its own, for Host.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// settings put a certificate into files for Samba. Its own take a minute to make, and have a negative number, which
// crypto/x509 refuses.
func settings(t *testing.T, c tls.Certificate) []string {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: c.Leaf.Raw}, "key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert := filepath.Join(dir, "cert")
	return []string{"tls certfile = " + cert, "tls cafile = " + cert, "tls keyfile = " + filepath.Join(dir, "key")}
}

func overTLS(t *testing.T, dc *peers.SambaDC, c *tls.Config) (*directory.Conn, error) {
	t.Helper()
	conn, err := directory.Dial(bound(t), directory.Config{
		Address: address(dc, "636"), Host: host, TLS: c, Ticket: ticket(t, dc, "svc-userid", directory.Service(host, peers.Realm)),
	})
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

// Samba takes Kerberos within TLS only where it is told to.
func TestSambaOverTLS(t *testing.T) {
	t.Parallel()
	own := certificate(t)
	options, trusted := settings(t, own), trusting(&tls.Config{Certificates: []tls.Certificate{own}})
	strict := peers.SambaWith(t, options...)
	if _, err := overTLS(t, strict, trusted); reason(err) != directory.Stronger {
		t.Errorf("by default: %v, want stronger-auth-required", err)
	}
	_, err := overTLS(t, strict, &tls.Config{})
	var unknown x509.UnknownAuthorityError
	if reason(err) != directory.NoTLS || !errors.As(err, &unknown) {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	other := trusted.Clone()
	other.ServerName = "dc2.corp.example"
	var name x509.HostnameError
	if _, err := overTLS(t, strict, other); reason(err) != directory.NoTLS || !errors.As(err, &name) {
		t.Errorf("the certificate of another server: %v", err)
	}
	dc := peers.SambaWith(t, append(options, "ldap server require strong auth = allow_sasl_over_tls")...)
	c, err := overTLS(t, dc, trusted)
	if err != nil {
		t.Fatal(err)
	}
	if a := account(t, c, "svc-userid"); a.Name != "svc-userid" || len(a.Groups) == 0 {
		t.Errorf("%+v", a)
	}
}

// Within TLS the log-in is bound to the server's certificate, for servers that want that.
func TestBoundToTLS(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	own := certificate(t)
	sum := sha256.Sum256(own.Leaf.Raw) // the hash of its signature, RFC 5929 section 4.1
	f.tls, f.bindings = &tls.Config{Certificates: []tls.Certificate{own}}, append([]byte("tls-server-end-point:"), sum[:]...)
	f.search = after(func(id, _ []byte) []byte {
		return found(id, object("DC=corp,DC=example", "maxPwdAge", "-36288000000000", "lockoutThreshold", "5", "lockoutDuration", "-1", "lockOutObservationWindow", "-1"))
	})
	c, err := f.dial(t)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.Policy(bound(t)); err != nil || p.LockoutThreshold != 5 {
		t.Errorf("%+v, %v", p, err)
	}
	f.bindings = []byte("tls-server-end-point:another")
	if _, err := f.dial(t); reason(err) != directory.Denied {
		t.Errorf("another certificate: %v", err)
	}
}
