package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// spec is how a server's certificate and its chain are made. A flaw changes it, before or
// after the certificates are signed.
type spec struct {
	mill
	hosts []string

	rootTemplate *x509.Certificate // used where there is no root yet
	middle       *x509.Certificate // the template of the intermediate
	leaf         *x509.Certificate
	leafKey      func() (crypto.Signer, error)
	selfSigned   bool
	staple       bool // the server sends an OCSP response of its own accord

	// between puts further CAs between the intermediate and the server.
	between func(middle issuer) (below issuer, chain []issuer, err error)
	// signer, if set, signs the intermediate in the root's place.
	signer func(root issuer) (issuer, error)
	// send says what the server presents; sendUsual unless set.
	send func(m *made) ([][]byte, error)

	root issuer // what the client trusts
	made made
}

// made is what build has signed.
type made struct {
	leaf   issuer
	chain  []issuer // above the leaf, without the root
	top    issuer   // that signed the first of the chain
	answer []byte   // an OCSP response for the leaf
	sent   [][]byte
}

func newSpec(m mill, hosts []string) *spec {
	s := &spec{mill: m, hosts: hosts, leafKey: freshKey}
	s.rootTemplate = m.rootTemplate()
	s.middle = m.intermediate()
	return s
}

// apply prepares the templates and lets the flaw change them. own says that the root is
// made for this certificate alone.
func (s *spec) apply(flaw Flaw, own bool) error {
	if err := s.serverTemplate(); err != nil {
		return err
	}
	if flaw == NoFlaw {
		return nil
	}
	for _, row := range flawTable() {
		if row.Flaw != flaw {
			continue
		}
		if row.OwnCA && !own {
			return fmt.Errorf("flaw %q needs a CA of its own: use certs.Mint", flaw)
		}
		return row.change(s)
	}
	return fmt.Errorf("no flaw %q", flaw)
}

func (s *spec) serverTemplate() error {
	if len(s.hosts) == 0 {
		return errors.New("no host given")
	}
	s.leaf = s.template(subject(s.hosts[0]))
	s.leaf.KeyUsage = x509.KeyUsageDigitalSignature
	s.leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range s.hosts {
		if !Permits(host) {
			return fmt.Errorf("a test authority vouches for %s and %s only, not for %q",
				strings.Join(permittedDomains, ", "), strings.Join(permittedRanges, ", "), host)
		}
		if address, err := netip.ParseAddr(host); err == nil {
			s.leaf.IPAddresses = append(s.leaf.IPAddresses, net.IP(address.AsSlice()))
		} else {
			s.leaf.DNSNames = append(s.leaf.DNSNames, host)
		}
	}
	return nil
}

// build signs everything, from the root down.
func (s *spec) build() (err error) {
	if s.root.cert == nil {
		if s.root, err = s.mill.root(s.rootTemplate); err != nil {
			return err
		}
	}
	s.made.top = s.root
	if s.signer != nil {
		if s.made.top, err = s.signer(s.root); err != nil {
			return err
		}
	}
	middle, err := s.below(s.middle, s.made.top)
	if err != nil {
		return err
	}
	parent := middle
	s.made.chain = []issuer{middle}
	if s.between != nil {
		if parent, s.made.chain, err = s.between(middle); err != nil {
			return err
		}
	}
	if err := s.buildLeaf(parent); err != nil {
		return err
	}
	if s.staple {
		if s.made.answer, err = ocspAnswer(s.made.leaf.cert, parent, true, s.from); err != nil {
			return err
		}
	}
	if s.send == nil {
		s.send = sendUsual
	}
	s.made.sent, err = s.send(&s.made)
	return err
}

func (s *spec) buildLeaf(parent issuer) error {
	key, err := s.leafKey()
	if err != nil {
		return err
	}
	if s.selfSigned {
		parent = issuer{s.leaf, key}
		s.made.chain = nil
	} else {
		s.publish(s.leaf, parent.cert)
	}
	cert, err := sign(s.leaf, parent.cert, key.Public(), parent.key)
	s.made.leaf = issuer{cert, key}
	return err
}

// sendUsual is the leaf and what stands between it and the root, each signed by the next.
func sendUsual(m *made) ([][]byte, error) {
	sent := [][]byte{m.leaf.cert.Raw}
	for _, c := range m.chain {
		sent = append(sent, c.cert.Raw)
	}
	return sent, nil
}

// server is what a TLS server is given.
func (s *spec) server() tls.Certificate {
	return tls.Certificate{
		Certificate: s.made.sent, PrivateKey: s.made.leaf.key, Leaf: s.made.leaf.cert, OCSPStaple: s.made.answer,
	}
}
