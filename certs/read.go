package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"software.sslmate.com/src/go-pkcs12"
)

// The bounds of Read: far above what any server can send, far below what hurts.
const (
	maxFile         = 16 << 20
	maxCertificates = 1000
)

// WrongPasswordError says that a PFX file did not open.
type WrongPasswordError struct{ Given bool }

func (e WrongPasswordError) Error() string {
	if e.Given {
		return "the password of the PFX file is wrong"
	}
	return "the PFX file has a password: --password-file gives it"
}

// Read reads the certificates of a file, in its order: PEM with any text between the
// blocks, one certificate in DER, or PKCS #12 (PFX) with its password. Keys in it are
// passed over. The error says what is wrong with it, and where.
func Read(data []byte, password string) (raw [][]byte, err error) {
	switch {
	case len(data) > maxFile:
		return nil, fmt.Errorf("it is %d bytes long; more than %d are not read", len(data), maxFile)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("it is empty")
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return readPEM(data)
	case data[0] != 0x30:
		return nil, errors.New("it is neither PEM, DER nor PFX")
	}
	if _, err := Parse(data); err == nil {
		return [][]byte{data}, nil
	}
	return readPFX(data, password)
}

func readPEM(data []byte) (raw [][]byte, err error) {
	begins := bytes.Count(data, []byte("-----BEGIN CERTIFICATE-----")) + bytes.Count(data, []byte("-----BEGIN TRUSTED CERTIFICATE-----"))
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" || block.Type == "TRUSTED CERTIFICATE" {
			raw = append(raw, block.Bytes)
		}
		if len(raw) > maxCertificates {
			return nil, fmt.Errorf("it holds more than %d certificates", maxCertificates)
		}
	}
	switch {
	case len(raw) < begins:
		return nil, fmt.Errorf("line %d: the certificate that begins here is cut or mangled (%d of %d can be read)", lineOf(data), len(raw), begins)
	case len(raw) == 0:
		return nil, errors.New("it is PEM and holds no certificate")
	}
	return raw, nil
}

// lineOf is the line of the first block that does not decode by itself.
func lineOf(data []byte) int {
	begin := []byte("-----BEGIN ")
	for at := 0; ; {
		next := bytes.Index(data[at:], begin)
		if next < 0 {
			return 1 + bytes.Count(data, []byte("\n"))
		}
		at += next
		end := bytes.Index(data[at+1:], begin)
		part := data[at:]
		if end >= 0 {
			part = data[at : at+1+end]
		}
		if block, _ := pem.Decode(part); block == nil {
			return 1 + bytes.Count(data[:at], []byte("\n"))
		}
		at++
	}
}

// maxIterations bounds the work that a PFX file may demand before its password is known to be
// right. Windows and OpenSSL write some thousands.
const maxIterations = 5_000_000

// iterations adds up the counts of all key derivations that stand readable in a PFX file:
// integers that follow a salt (RFC 7292 section 4 and appendix C, RFC 8018 appendix A.2).
func iterations(der []byte, depth int) (sum int64) {
	const deepest = 20
	salted := false
	for len(der) > 0 && depth < deepest && sum <= maxIterations {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			return sum
		}
		if v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger && salted {
			n := new(big.Int).SetBytes(v.Bytes)
			if !n.IsInt64() || n.Int64() > maxIterations {
				return maxIterations + 1
			}
			sum += n.Int64()
		}
		salted = v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString
		if v.IsCompound || salted {
			sum += iterations(v.Bytes, depth+1)
		}
		der = rest
	}
	return sum
}

func readPFX(data []byte, password string) ([][]byte, error) {
	if iterations(data, 0) > maxIterations {
		return nil, fmt.Errorf("the PFX file demands more than %d rounds of key derivation", maxIterations)
	}
	_, leaf, chain, err := pkcs12.DecodeChain(data, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return nil, WrongPasswordError{Given: password != ""}
	}
	if err != nil {
		return nil, fmt.Errorf("it is neither a certificate in DER nor a PFX file that can be read: %w", err)
	}
	raw := [][]byte{leaf.Raw}
	for _, c := range chain {
		raw = append(raw, c.Raw)
	}
	return raw, nil
}

// ReadProfile reads a file with the CAs of a certificate profile: as Read, and each must be
// one that can be read.
func ReadProfile(data []byte) ([]*x509.Certificate, error) {
	raw, err := Read(data, "")
	if err != nil {
		return nil, err
	}
	return parseAll(raw)
}

// ReadLists reads revocation lists: PEM or one in DER.
func ReadLists(data []byte) (lists []*x509.RevocationList, err error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("it is %d bytes long; more than %d are not read", len(data), maxFile)
	}
	ders := [][]byte{data}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		ders = nil
		for rest := data; ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if block.Type == "X509 CRL" {
				ders = append(ders, block.Bytes)
			}
		}
	}
	for _, der := range ders {
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, fmt.Errorf("it holds no revocation list that can be read: %w", err)
		}
		lists = append(lists, list)
	}
	if len(lists) == 0 {
		return nil, errors.New("it is PEM and holds no revocation list")
	}
	return lists, nil
}
