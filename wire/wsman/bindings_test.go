package wsman

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"testing"
)

// The hash of RFC 5929 section 4.1: that of the signature, and never a weaker one than SHA-256.
func TestEndpointBindings(t *testing.T) {
	t.Parallel()
	raw := []byte("certificate")
	s256, s384, s512 := sha256.Sum256(raw), sha512.Sum384(raw), sha512.Sum512(raw)
	for algorithm, sum := range map[x509.SignatureAlgorithm][]byte{
		x509.MD5WithRSA: s256[:], x509.SHA1WithRSA: s256[:], x509.SHA256WithRSA: s256[:], x509.ECDSAWithSHA256: s256[:], x509.PureEd25519: s256[:],
		x509.SHA384WithRSA: s384[:], x509.ECDSAWithSHA384: s384[:], x509.SHA512WithRSAPSS: s512[:], x509.ECDSAWithSHA512: s512[:],
	} {
		got := EndpointBindings(&x509.Certificate{Raw: raw, SignatureAlgorithm: algorithm})
		if want := append([]byte("tls-server-end-point:"), sum...); !bytes.Equal(got, want) {
			t.Errorf("%v: %x, want %x", algorithm, got, want)
		}
	}
}
