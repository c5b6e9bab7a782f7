package directory

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"math"
	"testing"
	"time"
)

func TestFiletimes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]time.Time{
		0:                  {},
		-1:                 {},
		math.MaxInt64:      {},
		116444736000000000: time.Unix(0, 0),
		134084610945678912: time.Date(2025, 11, 24, 12, 31, 34, 567891200, time.UTC),
		116444735999999999: time.Unix(0, -100),
		1:                  time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC),
	} {
		if got := filetime(n); !got.Equal(want) {
			t.Errorf("filetime %d is %v, want %v", n, got, want.UTC())
		}
	}
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]time.Duration{
		0:               0,
		5:               0,
		math.MinInt64:   0, // never
		-1:              100 * time.Nanosecond,
		-36288000000000: 42 * 24 * time.Hour,
		-18000000000:    30 * time.Minute,
		-math.MaxInt64:  math.MaxInt64,
	} {
		if got := interval(n); got != want {
			t.Errorf("interval %d is %v, want %v", n, got, want)
		}
	}
}

func TestSIDs(t *testing.T) {
	t.Parallel()
	// The built-in group 573 and a user of a domain, as Samba writes them.
	for text, b := range map[SID][]byte{
		EventLogReaders: {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x3d, 2, 0, 0},
		"S-1-5-21-2513888602-2400939521-1542127157-1103": {
			1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x5a, 0xe5, 0xd6, 0x95, 0x01, 0x6e, 0x1b, 0x8f, 0x35, 0xfe, 0xea, 0x5b, 0x4f, 4, 0, 0,
		},
		"S-1-0": {1, 0, 0, 0, 0, 0, 0, 0},
	} {
		if got, err := DecodeSID(b); err != nil || got != text || !bytes.Equal(got.bytes(), b) {
			t.Errorf("%x: %v, %v, back %x; want %v", b, got, err, got.bytes(), text)
		}
	}
	user := SID("S-1-5-21-1-2-3-1103")
	if rid, ok := user.RID(); !ok || rid != 1103 || user.Domain() != "S-1-5-21-1-2-3" || user.Domain().With(RIDDomainUsers) != "S-1-5-21-1-2-3-513" || user.BuiltIn() {
		t.Errorf("parts of %v", user)
	}
	if !ServerOperators.BuiltIn() {
		t.Error("Server Operators are built in")
	}
	if _, ok := SID("nobody").RID(); ok {
		t.Error("a RID of no SID")
	}
	for _, s := range []SID{"", "S-1", "S-2-5-32", "S-1-x-3", "S-1-5-4294967296", "nobody"} {
		if s.bytes() != nil {
			t.Errorf("%q has bytes", s)
		}
	}
}

func FuzzDecodeSID(f *testing.F) {
	f.Add([]byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x3d, 2, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := DecodeSID(b); err == nil && !bytes.Equal(s.bytes(), b) {
			t.Errorf("%x is %v, and back %x", b, s, s.bytes())
		}
	})
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"svc":               "(&(objectClass=user)(sAMAccountName=svc))",
		`CORP\svc`:          "(&(objectClass=user)(sAMAccountName=svc))",
		"svc@corp.example":  "(&(objectClass=user)(|(userPrincipalName=svc@corp.example)(sAMAccountName=svc)))",
		"svc@other.example": "(&(objectClass=user)(userPrincipalName=svc@other.example))",
		`*)(cn=*\`:          `(&(objectClass=user)(sAMAccountName=))`,
		"*)(cn=*":           `(&(objectClass=user)(sAMAccountName=\2a\29\28cn=\2a))`,
		"監\x00":             `(&(objectClass=user)(sAMAccountName=\e7\9b\a3\00))`,
	} {
		if got := accountFilter(name, "corp.example"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestEncryptionTypes(t *testing.T) {
	t.Parallel()
	for e, want := range map[EncryptionTypes]string{
		0: "none", RC4: "RC4", 28: "RC4, AES128, AES256", 0x27: "DES-CBC-CRC, DES-CBC-MD5, RC4, AES256-SK", DES | AES256: "DES-CBC-CRC, DES-CBC-MD5, AES256",
	} {
		if e.String() != want || e.AES() != (e&0x18 != 0) {
			t.Errorf("%#x: %v, AES %v; want %s", uint32(e), e, e.AES(), want)
		}
	}
}

func TestMappings(t *testing.T) {
	t.Parallel()
	const mapping = "host=alerter,appmgmt,http,w3svc,wins"
	for class, want := range map[string]bool{"http": true, "HTTP": true, "wsman": false, "host": false, "htt": false} {
		if hostCovers(mapping, class) != want {
			t.Errorf("%s: want %v", class, want)
		}
	}
	if hostCovers("ldap=http", "http") || hostCovers("", "") {
		t.Error("another mapping is taken for that of HOST")
	}
}

func TestRootDomain(t *testing.T) {
	t.Parallel()
	for dn, want := range map[string]string{"DC=corp,DC=example": "corp.example", "dc=a, DC=b": "a.b", "OU=x,DC=y": "y", "": ""} {
		if got := (Root{Domain: dn}).DNSDomain(); got != want {
			t.Errorf("%s: %q, want %q", dn, got, want)
		}
	}
}

// RFC 5929 section 4.1: the hash of the signature, but for the weak ones.
func TestEndPoint(t *testing.T) {
	t.Parallel()
	raw := []byte("certificate")
	small, middle, large := sha256.Sum256(raw), sha512.Sum384(raw), sha512.Sum512(raw)
	for a, want := range map[x509.SignatureAlgorithm][]byte{
		x509.SHA1WithRSA: small[:], x509.SHA256WithRSA: small[:], x509.ECDSAWithSHA256: small[:], x509.SHA384WithRSAPSS: middle[:],
		x509.ECDSAWithSHA512: large[:], x509.PureEd25519: nil,
	} {
		got := endPoint(tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: raw, SignatureAlgorithm: a}}})
		if want != nil {
			want = append([]byte("tls-server-end-point:"), want...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%v: %q, want %q", a, got, want)
		}
	}
	if endPoint(tls.ConnectionState{}) != nil {
		t.Error("a binding without a certificate")
	}
}
