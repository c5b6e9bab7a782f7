package certs

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"
)

// MintConfig says what Mint makes. Hosts are needed, all else has a default.
type MintConfig struct {
	Hosts  []string // names and addresses of the server, as Permits allows
	Flaw   Flaw
	Client string // the common name of the client; empty means "uidprobe test client"
	// Seed makes names, serial numbers and, with Now, dates the same again; keys never are. 0 is
	// a seed of its own each time.
	Seed uint64
	// Now is when validity begins, less an hour; it is cut to the hour. Zero means the present.
	Now time.Time
	// Base is where the CRLs, the OCSP responder and the issuers' certificates are published,
	// such as "http://127.0.0.1:8080" (see PKI.Handler). Empty writes no such addresses, but
	// for the flaws that are about them.
	Base string
}

// PKI is a test PKI: a root, an intermediate, a server and a client. The keys of its CAs
// are in no file that it writes: once it is gone nobody signs with them.
type PKI struct {
	Seed   uint64
	Flaw   Flaw
	Root   *x509.Certificate // for the certificate profile
	Server tls.Certificate   // with what the server sends, as the flaw has it
	Client tls.Certificate

	spec         *spec
	intermediate issuer
	root         issuer
}

// defaultBase is where flaws that are about addresses point when there is no base.
const defaultBase = "http://pki.corp.example"

// Mint makes a test PKI. The errors are those of Authority.Server, and those of a flaw that
// wants other hosts.
func Mint(c MintConfig) (*PKI, error) {
	p, err := mint(c)
	if err != nil {
		return nil, fmt.Errorf("mint for %q: %w", strings.Join(c.Hosts, ", "), err)
	}
	return p, nil
}

func mint(c MintConfig) (*PKI, error) {
	if c.Seed == 0 {
		var octets [8]byte
		_, _ = rand.Read(octets[:])                         // it never fails
		c.Seed = binary.BigEndian.Uint64(octets[:])>>12 + 1 // short enough for every JSON reader
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	if c.Client == "" {
		c.Client = "uidprobe test client"
	}
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], c.Seed)
	source := mathrand.NewChaCha8(seed)
	m := mill{
		name:    fmt.Sprintf("%04x", source.Uint64()&0xffff),
		from:    beginning(c.Now.Truncate(time.Hour)),
		serials: source,
		base:    strings.TrimSuffix(c.Base, "/"),
	}
	s := newSpec(m, c.Hosts)
	if err := s.apply(c.Flaw, true); err != nil {
		return nil, err
	}
	if err := s.build(); err != nil {
		return nil, err
	}
	p := &PKI{Seed: c.Seed, Flaw: c.Flaw, Root: s.root.cert, Server: s.server(), spec: s, root: s.root}
	p.intermediate = s.made.top
	if len(s.made.chain) > 0 {
		p.intermediate = s.made.chain[0]
	}
	// The client is below an intermediate of its own: the server's may be the flaw.
	middle, err := s.below(s.mill.intermediate(), s.root)
	if err != nil {
		return nil, err
	}
	p.Client, err = m.client(c.Client, middle)
	return p, err
}
