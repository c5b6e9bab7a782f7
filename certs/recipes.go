package certs

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// unknownExtension is below the arc for examples (ITU-T X.660: joint-iso-itu-t 999).
var unknownExtension = asn1.ObjectIdentifier{2, 999, 1}

// expire ends a certificate a day ago.
func expire(m mill, template *x509.Certificate) {
	template.NotAfter = m.from.Add(backdate - 24*time.Hour)
	template.NotBefore = template.NotAfter.Add(-Lifetime)
}

func changeNotYetValid(s *spec) error {
	s.leaf.NotBefore = s.from.Add(backdate + 24*time.Hour)
	s.leaf.NotAfter = s.leaf.NotBefore.Add(Lifetime)
	return nil
}

// changeUnknownCA puts another root above the intermediate.
func changeUnknownCA(s *spec) error {
	s.signer = func(issuer) (issuer, error) {
		other := s.mill
		other.name = "nobody knows " + s.name
		return other.root(other.rootTemplate())
	}
	return nil
}

// changeOldRoot: the same subject on purpose. What differs is the key, which is how it
// looks when a CA was made anew and the client still has the old one. The server sends the
// new root, as many do.
func changeOldRoot(s *spec) error {
	s.signer = func(old issuer) (issuer, error) {
		template := s.mill.rootTemplate()
		template.Subject = old.cert.Subject
		return s.mill.root(template)
	}
	s.send = func(m *made) ([][]byte, error) {
		sent, err := sendUsual(m)
		return append(sent, m.top.cert.Raw), err
	}
	return nil
}

func changeMissingMiddle(s *spec) error {
	s.send = func(m *made) ([][]byte, error) { return [][]byte{m.leaf.cert.Raw}, nil }
	return nil
}

func changeWrongOrder(s *spec) error {
	s.send = func(m *made) ([][]byte, error) {
		return [][]byte{m.leaf.cert.Raw, m.top.cert.Raw, m.chain[0].cert.Raw}, nil
	}
	return nil
}

func changeSuperfluous(s *spec) error {
	s.send = func(m *made) ([][]byte, error) {
		other := s.mill
		other.name = "of somebody else " + s.name
		stranger, err := other.root(other.rootTemplate())
		if err != nil {
			return nil, err
		}
		sent, err := sendUsual(m)
		return append(sent, stranger.cert.Raw), err
	}
	return nil
}

// changeCrossSigned: the trusted root's key, signed by an older root as well. That one and
// its signature have expired, as AddTrust's did in May 2020: an OpenSSL before 1.1.0 goes
// that way and never sees the root that it trusts.
func changeCrossSigned(s *spec) error {
	s.send = func(m *made) ([][]byte, error) {
		older := s.mill
		older.name = "before " + s.name
		template := older.rootTemplate()
		expire(older, template)
		old, err := older.root(template)
		if err != nil {
			return nil, err
		}
		cross := s.mill.rootTemplate()
		cross.Subject = m.top.cert.Subject
		cross.SubjectKeyId = m.top.cert.SubjectKeyId
		expire(s.mill, cross)
		crossed, err := sign(cross, old.cert, m.top.key.Public(), old.key)
		if err != nil {
			return nil, err
		}
		sent, err := sendUsual(m)
		return append(sent, crossed.Raw), err
	}
	return nil
}

func changeNoBasicConstraints(s *spec) error {
	s.middle.BasicConstraintsValid, s.middle.IsCA, s.middle.MaxPathLenZero = false, false, false
	return s.keyID(s.middle)
}

func changeNotACA(s *spec) error {
	s.middle.IsCA, s.middle.MaxPathLenZero = false, false
	return s.keyID(s.middle)
}

// keyID gives a template that is no CA's an identifier of its key, so that nothing else
// differs from a CA.
func (s *spec) keyID(template *x509.Certificate) error {
	id := sha256.Sum256(template.SerialNumber.Bytes())
	template.SubjectKeyId = id[:20]
	return nil
}

// secondKind is part of the name of a CA below the intermediate.
const secondKind = "second issuing CA"

// changePathLength puts a CA below the intermediate, which allows none.
func changePathLength(s *spec) error {
	s.between = func(middle issuer) (issuer, []issuer, error) {
		template := s.authority(secondKind)
		template.MaxPathLenZero = true
		second, err := s.below(template, middle)
		return second, []issuer{second, middle}, err
	}
	return nil
}

// forbiddenName is one that no root made here permits.
const forbiddenName = "www.example.com"

func changeNameConstraint(s *spec) error {
	s.leaf.DNSNames = append(s.leaf.DNSNames, forbiddenName)
	return nil
}

func changeExtendedKeyUsage(s *spec) error {
	s.leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return nil
}

func changeKeyUsage(s *spec) error {
	s.leaf.KeyUsage = x509.KeyUsageContentCommitment
	return nil
}

func changeCritical(s *spec) error {
	s.leaf.ExtraExtensions = append(s.leaf.ExtraExtensions, pkix.Extension{Id: unknownExtension, Critical: true, Value: asn1.NullBytes})
	return nil
}

func changeNameMismatch(s *spec) error {
	s.leaf.DNSNames, s.leaf.IPAddresses = []string{otherName}, nil
	s.leaf.Subject = subject(otherName)
	return nil
}

// firstName is the first of the hosts that is no address.
func (s *spec) firstName() (string, error) {
	for _, host := range s.hosts {
		if net.ParseIP(host) == nil {
			return host, nil
		}
	}
	return "", errors.New("this flaw is one of names: it wants a host that is no address")
}

// domainOf cuts a name into its first label and the rest.
func (s *spec) domainOf() (label, domain string, err error) {
	name, err := s.firstName()
	if err != nil {
		return "", "", err
	}
	label, domain, ok := strings.Cut(name, ".")
	if !ok {
		return "", "", fmt.Errorf("this flaw wants a host with a domain, such as fw1.corp.example, and not %q", name)
	}
	return label, domain, nil
}

func changeCommonName(s *spec) error {
	name, err := s.firstName()
	s.leaf.Subject = subject(name)
	s.leaf.DNSNames, s.leaf.IPAddresses = nil, nil
	return err
}

func changeAddressOnly(s *spec) error {
	s.leaf.DNSNames = nil
	if len(s.leaf.IPAddresses) == 0 {
		s.leaf.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1).To4()}
	}
	// Not the address: OpenSSL would hold it to the constraints on host names.
	s.leaf.Subject = subject("TEST server without a name")
	return nil
}

// changeShortName needs a root of its own: one that permits the short name, too.
func changeShortName(s *spec) error {
	label, _, err := s.domainOf()
	s.leaf.DNSNames, s.leaf.IPAddresses = []string{label}, nil
	s.leaf.Subject = subject(label)
	s.rootTemplate.PermittedDNSDomains = append(s.rootTemplate.PermittedDNSDomains, label)
	return err
}

func changeWildcard(s *spec) error {
	_, domain, err := s.domainOf()
	s.leaf.DNSNames = []string{"*." + domain}
	s.leaf.Subject = subject("*." + domain)
	return err
}

// changeTrailingDot needs a root of its own, without a constraint on DNS names: OpenSSL
// finds "fw1.corp.example." outside of corp.example, and Go cannot read a constraint that
// ends in a dot. What keeps this one from harm is that its key is gone.
func changeTrailingDot(s *spec) error {
	name, err := s.firstName()
	s.leaf.DNSNames, s.leaf.IPAddresses = []string{name + "."}, nil
	s.leaf.Subject = subject(name + ".")
	s.rootTemplate.PermittedDNSDomains = nil
	return err
}

// changeNotASCII adds a name in UTF-8 where RFC 5280 section 4.2.1.6 wants IA5String.
func changeNotASCII(s *spec) error {
	name, err := s.firstName()
	if err != nil {
		return err
	}
	extension, err := alternativeNames([]string{name, "prüfstand.corp.example"})
	s.leaf.DNSNames, s.leaf.IPAddresses = nil, nil
	s.leaf.ExtraExtensions = append(s.leaf.ExtraExtensions, extension)
	return err
}

// subjectAltName is id-ce-subjectAltName (RFC 5280 section 4.2.1.6).
var subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// alternativeNames writes names as they are: x509 would refuse what is not ASCII.
func alternativeNames(names []string) (pkix.Extension, error) {
	var list []asn1.RawValue
	for _, name := range names {
		list = append(list, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte(name)})
	}
	value, err := asn1.Marshal(list)
	return pkix.Extension{Id: subjectAltName, Value: value}, err
}

// changeSHA1: only RSA, as a CA that still signs with SHA-1 has an RSA key.
func changeSHA1(s *spec) error {
	s.between = func(middle issuer) (issuer, []issuer, error) {
		key, err := freshRSA(2048)()
		if err != nil {
			return issuer{}, nil, err
		}
		s.publish(s.middle, s.made.top.cert)
		cert, err := sign(s.middle, s.made.top.cert, key.Public(), s.made.top.key)
		again := issuer{cert, key}
		return again, []issuer{again}, err
	}
	s.leaf.SignatureAlgorithm = x509.SHA1WithRSA
	return nil
}

func changeRSA1024(s *spec) error {
	s.leafKey = freshRSA(1024)
	s.leaf.KeyUsage |= x509.KeyUsageKeyEncipherment
	return nil
}

// changeHugeChain makes the intermediate larger than all that OpenSSL takes.
func changeHugeChain(s *spec) error {
	value, err := asn1.Marshal(make([]byte, MaxChainBytes+8192))
	s.middle.ExtraExtensions = append(s.middle.ExtraExtensions, pkix.Extension{Id: unknownExtension, Value: value})
	return err
}

func changeDuplicateSerial(s *spec) error {
	if s.root.cert != nil {
		s.middle.SerialNumber = s.root.cert.SerialNumber
		return nil
	}
	s.middle.SerialNumber = s.rootTemplate.SerialNumber
	return nil
}

// nowhere is an address at which nothing listens: the discard port, which no system has
// open any more. It stays on this host.
const nowhere = "http://127.0.0.1:9/uidprobe-test.crl"

func changeCRLUnreachable(s *spec) error {
	s.leaf.CRLDistributionPoints = []string{nowhere}
	return nil
}

func changeRevokedCRL(s *spec) error {
	s.leaf.CRLDistributionPoints = []string{s.address(intermediateCRL)}
	return nil
}

func changeRevokedOCSP(s *spec) error {
	s.leaf.OCSPServer = []string{s.address(ocspPath)}
	return nil
}

// tlsFeature is id-pe-tlsfeature, and its value the list of one: status_request (RFC 7633).
var (
	tlsFeature      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}
	tlsFeatureValue = []byte{0x30, 0x03, 0x02, 0x01, 0x05}
)

func changeMustStaple(s *spec) error {
	s.leaf.ExtraExtensions = append(s.leaf.ExtraExtensions, pkix.Extension{Id: tlsFeature, Value: tlsFeatureValue})
	return nil
}
