package directory

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// The security layers of SASL GSSAPI, RFC 4752 section 3.3.
const (
	layerNone = 1
	layerConf = 4
)

// maxFrame is the longest sealed message that we take, and tell the server to send.
const maxFrame = 256 << 10

// login is the client of SASL GSSAPI, as go-ldap drives it.
type login struct {
	ticket   kerberos.Credential
	now      func() time.Time
	overTLS  bool
	bindings []byte

	initiator *kerberos.Initiator
	context   *kerberos.SecurityContext
	frame     int // the longest sealed message that the server takes
}

func (l *login) InitSecContext(target string, token []byte) ([]byte, bool, error) {
	return l.InitSecContextWithOptions(target, token, nil)
}

func (l *login) InitSecContextWithOptions(_ string, token []byte, _ []int) (out []byte, more bool, err error) {
	if l.initiator == nil {
		l.initiator, err = kerberos.NewInitiator(kerberos.InitiatorConfig{Ticket: l.ticket, Now: l.now, Flags: l.flags(), Bindings: l.bindings})
		if err != nil {
			return nil, false, err
		}
		return l.initiator.Token(), true, nil
	}
	l.context, out, err = l.initiator.Finish(token)
	return out, false, err
}

// flags leave out sealing within TLS: Active Directory refuses both at once.
func (l *login) flags() kerberos.GSSFlags {
	if l.overTLS {
		return kerberos.GSSMutual | kerberos.GSSReplay | kerberos.GSSSequence
	}
	return kerberos.DefaultGSSFlags
}

// NegotiateSaslAuth chooses the layer: the one that seals, or none within TLS.
func (l *login) NegotiateSaslAuth(token []byte, _ string) ([]byte, error) {
	if l.context == nil {
		return nil, &kerberos.GSSError{Failure: kerberos.NoContext, Detail: "the server goes on before the log-in is mutual"}
	}
	offer, _, err := l.context.Unwrap(token)
	if err != nil {
		return nil, err
	}
	if len(offer) != 4 {
		return nil, fmt.Errorf("sasl: the server's layers are %d bytes, want 4", len(offer))
	}
	layer, size := byte(layerConf), uint32(maxFrame)
	if l.overTLS {
		layer, size = layerNone, 0
	}
	if offer[0]&layer == 0 {
		return nil, fmt.Errorf("sasl: %w: the server offers the layers %03b, we need %03b", errNoLayer, offer[0], layer)
	}
	offer[0] = 0
	l.frame = int(binary.BigEndian.Uint32(offer))
	return l.context.Wrap(append([]byte{layer}, binary.BigEndian.AppendUint32(nil, size)[1:]...), false)
}

func (l *login) DeleteSecContext() error { return nil }

// endPoint is the channel binding tls-server-end-point, RFC 5929 section 4.1: the hash of the server's
// certificate with the hash of its signature, where that is not a weak one. A signature without a hash,
// such as Ed25519, has no binding.
func endPoint(s tls.ConnectionState) []byte {
	if len(s.PeerCertificates) == 0 {
		return nil
	}
	cert := s.PeerCertificates[0]
	h := signatureHash(cert.SignatureAlgorithm)
	if h == 0 {
		return nil
	}
	sum := h.New()
	sum.Write(cert.Raw)
	return sum.Sum([]byte("tls-server-end-point:"))
}

func signatureHash(a x509.SignatureAlgorithm) crypto.Hash {
	switch a {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		return crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		return crypto.SHA512
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256:
		return crypto.SHA256
	}
	return 0
}
