package peers

import (
	"net/netip"
	"sync"
	"testing"
	"time"
)

// MITKDC is a krb5kdc with a database of its own. Its accounts are in testdata/peers/README.md.
type MITKDC struct {
	KDC        netip.AddrPort // TCP and UDP
	Keytab     string         // file: HTTP/dc1.corp.example and HTTP/sim.corp.example
	UserKeytab string         // file: svc-userid
	server     *server
}

var sharedMIT = sync.OnceValues(func() (*MITKDC, error) { return startMIT(0) })

// MIT is the KDC that all tests of this process share: use the accounts, and do not change them.
func MIT(t testing.TB) *MITKDC {
	t.Helper()
	requireMIT(t)
	m, err := sharedMIT()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// OwnMIT is a KDC of this test alone, whose clock is ahead by skew.
func OwnMIT(t testing.TB, skew time.Duration) *MITKDC {
	t.Helper()
	requireMIT(t)
	if skew != 0 {
		requireFaketime(t)
	}
	m, err := startMIT(skew)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.server.close)
	return m
}

func requireMIT(t testing.TB) {
	t.Helper()
	Require(t, "bash", "bash")
	Require(t, "krb5kdc", "krb5-kdc")
	Require(t, "kdb5_util", "krb5-kdc")
	Require(t, "kadmin.local", "krb5-admin-server")
}

func startMIT(skew time.Duration) (*MITKDC, error) {
	address, err := FreePort()
	if err != nil {
		return nil, err
	}
	s, err := start("mit-kdc.sh", "ADDRESS="+address.String(), "REALM="+Realm, "FAKETIME="+faketime(skew))
	if err != nil {
		return nil, err
	}
	return &MITKDC{address, s.file("http.keytab"), s.file("svc.keytab"), s}, nil
}
