package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
)

// MaxCertificate is the longest certificate that is read, in bytes. OpenSSL takes no chain
// as long as a tenth of it.
const MaxCertificate = 1 << 20

// Parse reads one certificate in DER, as OpenSSL does where Go's parser refuses a host name
// that is not ASCII (RFC 5280 section 4.2.1.6): such names are in DNSNames as they are.
// Strictly says what Go thinks of it.
func Parse(der []byte) (*x509.Certificate, error) {
	if len(der) > MaxCertificate {
		return nil, fmt.Errorf("certificate of %d bytes: more than %d are not read", len(der), MaxCertificate)
	}
	c, err := x509.ParseCertificate(der)
	if err == nil {
		return c, nil
	}
	tamed, names, ok := tame(der)
	if !ok {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	c, tamedErr := x509.ParseCertificate(tamed)
	if tamedErr != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	restore(c, der, tamed)
	c.DNSNames = names
	return c, nil
}

// Strictly is what Go's parser says of a certificate that Parse has read; nil if it reads
// it as well.
func Strictly(c *x509.Certificate) error {
	_, err := x509.ParseCertificate(c.Raw)
	return err
}

// tame returns a copy of a certificate in which the host names are ASCII, of the same
// length, and the names as they were. ok is false if there is nothing to tame.
func tame(der []byte) (tamed []byte, names []string, ok bool) {
	value, at := extension(der, subjectAltName)
	if value == nil {
		return nil, nil, false
	}
	var list asn1.RawValue
	if rest, err := asn1.Unmarshal(value, &list); err != nil || len(rest) > 0 || !list.IsCompound {
		return nil, nil, false
	}
	tamed = bytes.Clone(der)
	offset := at + len(value) - len(list.Bytes)
	for rest := list.Bytes; len(rest) > 0; {
		var name asn1.RawValue
		next, err := asn1.Unmarshal(rest, &name)
		if err != nil {
			return nil, nil, false
		}
		if name.Class == asn1.ClassContextSpecific && name.Tag == 2 {
			names = append(names, string(name.Bytes))
			start := offset + len(list.Bytes) - len(next) - len(name.Bytes)
			for i, octet := range name.Bytes {
				if octet >= 0x80 || octet < ' ' {
					tamed[start+i] = 'x'
					ok = true
				}
			}
		}
		rest = next
	}
	return tamed, names, ok
}

// extension returns the value of an extension and where in der it begins. It looks for the
// identifier and reads what follows: the certificate as a whole is Go's to parse.
func extension(der []byte, id asn1.ObjectIdentifier) (value []byte, at int) {
	encoded, err := asn1.Marshal(id)
	if err != nil {
		return nil, 0
	}
	i := bytes.Index(der, encoded)
	if i < 0 {
		return nil, 0
	}
	rest := der[i+len(encoded):]
	var critical bool
	if after, err := asn1.Unmarshal(rest, &critical); err == nil {
		rest = after
	}
	var octets asn1.RawValue
	after, err := asn1.Unmarshal(rest, &octets)
	if err != nil || octets.Tag != asn1.TagOctetString || octets.Class != asn1.ClassUniversal {
		return nil, 0
	}
	return octets.Bytes, len(der) - len(after) - len(octets.Bytes)
}

// restore puts the bytes that were signed back into a certificate that was read from its
// tamed copy. Both are of one length, so that every part stands where it stood.
func restore(c *x509.Certificate, der, tamed []byte) {
	part := func(of []byte) []byte {
		if i := bytes.Index(tamed, of); i >= 0 {
			return der[i : i+len(of)]
		}
		return of
	}
	c.RawTBSCertificate = part(c.RawTBSCertificate)
	c.Raw = bytes.Clone(der)
}

// parseAll reads what a server presented. What cannot be read is named by its place.
func parseAll(raw [][]byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	var errs []error
	for i, der := range raw {
		c, err := Parse(der)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s of what was presented: %w", ordinal(i+1), err))
			continue
		}
		list = append(list, c)
	}
	return list, errors.Join(errs...)
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "the first"
	case 2:
		return "the second"
	case 3:
		return "the third"
	}
	return fmt.Sprintf("number %d", n)
}
