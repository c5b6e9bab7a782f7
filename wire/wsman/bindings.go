package wsman

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
)

// EndpointBindings are the channel bindings of a TLS server, "tls-server-end-point:" and a hash of its
// certificate: with SHA-256 where the certificate is signed with MD5 or SHA-1, and otherwise with the hash of its
// signature, RFC 5929 section 4.1. For a signature without a hash, such as Ed25519, which the RFC leaves open, it is
// SHA-256 as in OpenSSL's users.
func EndpointBindings(certificate *x509.Certificate) []byte {
	var sum []byte
	switch certificate.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		s := sha512.Sum384(certificate.Raw)
		sum = s[:]
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		s := sha512.Sum512(certificate.Raw)
		sum = s[:]
	default:
		s := sha256.Sum256(certificate.Raw)
		sum = s[:]
	}
	return append([]byte("tls-server-end-point:"), sum...)
}
