package certs

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"
)

// The same seed and time make the same names, serial numbers and dates; keys never.
func TestSeed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	one, two := minted(t, MintConfig{Seed: 42, Now: now}), minted(t, MintConfig{Seed: 42, Now: now.Add(20 * time.Minute)})
	other := minted(t, MintConfig{Seed: 43, Now: now})
	for _, pair := range [][2]*x509.Certificate{
		{one.Root, two.Root}, {one.Server.Leaf, two.Server.Leaf}, {one.Client.Leaf, two.Client.Leaf},
	} {
		a, b := pair[0], pair[1]
		if a.Subject.String() != b.Subject.String() || a.SerialNumber.Cmp(b.SerialNumber) != 0 || !a.NotBefore.Equal(b.NotBefore) || !a.NotAfter.Equal(b.NotAfter) {
			t.Errorf("two of one seed differ: %v and %v", Text(a), Text(b))
		}
		if bytes.Equal(a.RawSubjectPublicKeyInfo, b.RawSubjectPublicKeyInfo) {
			t.Errorf("two of one seed have one key: %s", a.Subject)
		}
	}
	if one.Root.SerialNumber.Cmp(other.Root.SerialNumber) == 0 || one.Root.Subject.String() == other.Root.Subject.String() {
		t.Error("another seed makes the same root")
	}
	if a, b := minted(t, MintConfig{}), minted(t, MintConfig{}); a.Seed == b.Seed || a.Seed == 0 {
		t.Errorf("without a seed they have the seeds %d and %d", a.Seed, b.Seed)
	}
}

// Whatever the flaw: TEST in every name, seven days at most, and no root vouches for the
// world but the one of the trailing dot, whose key is gone.
func TestMintedIsHarmless(t *testing.T) {
	t.Parallel()
	for _, f := range append(Flaws(), FlawInfo{}) {
		p := minted(t, MintConfig{Flaw: f.Flaw})
		all := append(chain(t, p.Server), p.Root, p.Client.Leaf)
		for _, c := range all {
			if !strings.Contains(c.Subject.String(), "TEST") {
				t.Errorf("flaw %q: %s does not say TEST", f.Flaw, c.Subject)
			}
			if life := c.NotAfter.Sub(c.NotBefore); life > Lifetime {
				t.Errorf("flaw %q: %s lives %v", f.Flaw, c.Subject, life)
			}
			if c.IsCA && bytes.Equal(c.RawSubject, c.RawIssuer) && len(c.PermittedDNSDomains) == 0 && f.Flaw != FlawTrailingDot {
				t.Errorf("flaw %q: the root %s has no name constraints", f.Flaw, c.Subject)
			}
		}
		files, err := p.Files("lab-password-of-the-test")
		if err != nil {
			t.Errorf("flaw %q: %v", f.Flaw, err)
			continue
		}
		keys := 0
		for _, file := range files {
			holdsKey := bytes.Contains(file.Data, []byte("PRIVATE KEY")) || strings.HasSuffix(file.Name, ".pfx") || bytes.Contains(file.Data, []byte("lab-password"))
			if holdsKey != file.Secret {
				t.Errorf("flaw %q: %s holds a secret: %v; is marked: %v", f.Flaw, file.Name, holdsKey, file.Secret)
			}
			keys += bytes.Count(file.Data, []byte("-----BEGIN PRIVATE KEY-----"))
		}
		if keys != 2 {
			t.Errorf("flaw %q: %d keys are written, want those of server and client", f.Flaw, keys)
		}
	}
}

func TestMintRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		config MintConfig
		want   string
	}{
		{"a real name", MintConfig{Hosts: []string{"dc1.contoso.com"}}, `not for "dc1.contoso.com"`},
		{"no host", MintConfig{Hosts: []string{}}, "no host given"},
		{"an unknown flaw", MintConfig{Hosts: []string{host}, Flaw: "rusty"}, `no flaw "rusty"`},
		{"a flaw of names without one", MintConfig{Hosts: []string{"192.0.2.1"}, Flaw: FlawWildcard}, "wants a host that is no address"},
		{"a wildcard of nothing", MintConfig{Hosts: []string{"localhost"}, Flaw: FlawWildcard}, "wants a host with a domain"},
	} {
		_, err := Mint(test.config)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q in it", test.name, err, test.want)
		}
	}
}

// The client's certificate is one for clients, below the same root.
func TestMintedClient(t *testing.T) {
	t.Parallel()
	p := minted(t, MintConfig{Flaw: FlawNoBasicConstraints, Client: "probe of the test"})
	roots, middle := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(p.Root)
	for _, c := range chain(t, p.Client)[1:] {
		middle.AddCert(c)
	}
	if _, err := p.Client.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: middle, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
	if !slices.Equal(p.Client.Leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}) || p.Client.Leaf.Subject.CommonName != "probe of the test" {
		t.Errorf("%v", Text(p.Client.Leaf))
	}
}
