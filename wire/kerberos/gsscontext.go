package kerberos

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"
)

// SecurityContext is an established context of RFC 4121: it seals and signs what its side sends, and
// opens and checks what the peer does. It may be used concurrently, but the tokens have to reach
// the peer in the order in which they were made. It prints nothing of its keys.
type SecurityContext struct {
	flags     GSSFlags
	initiator bool // this side is
	key       Key
	subkey    bool // key is the acceptor's subkey

	mu         sync.Mutex // guards what follows
	send, recv uint64     // the next sequence numbers
}

// Flags are what the initiator asked for.
func (s *SecurityContext) Flags() GSSFlags { return s.flags }

// Etype is the type of the key that seals.
func (s *SecurityContext) Etype() Etype { return s.key.Etype() }

// Format keeps the keys out of every verb: those in unexported fields do not do it themselves.
func (s *SecurityContext) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, "gss context with a ", s.key)
}

// Of the header of a token, RFC 4121 section 4.2.
const (
	gssHeader    = 16
	idWrap       = 0x0504
	idMIC        = 0x0404
	flagAcceptor = 1
	flagSealed   = 2
	flagSubkey   = 4

	confounderSize = 16
	checksumSize   = 12 // of both AES types of RFC 3962
	// sealedOverhead is what sealing adds behind the header: confounder, the header once more, checksum.
	sealedOverhead = confounderSize + gssHeader + checksumSize
)

// SignatureSize is the length of what Detach puts in front of the sealed text.
const SignatureSize = gssHeader + sealedOverhead

func usageOf(fromInitiator bool, id int) uint32 {
	switch {
	case id == idWrap && fromInitiator:
		return keyusage.GSSAPI_INITIATOR_SEAL
	case id == idWrap:
		return keyusage.GSSAPI_ACCEPTOR_SEAL
	case fromInitiator:
		return keyusage.GSSAPI_INITIATOR_SIGN
	}
	return keyusage.GSSAPI_ACCEPTOR_SIGN
}

// header is a fresh one of this side, with the next sequence number.
func (s *SecurityContext) header(id uint16, flags byte) []byte {
	if !s.initiator {
		flags |= flagAcceptor
	}
	if s.subkey {
		flags |= flagSubkey
	}
	h := append(binary.BigEndian.AppendUint16(nil, id), flags, 0xff, 0, 0, 0, 0)
	if id == idMIC {
		copy(h[3:], "\xff\xff\xff\xff\xff")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h = binary.BigEndian.AppendUint64(h, s.send)
	s.send++
	return h
}

// Wrap makes a token of a text: sealed, or signed and readable.
func (s *SecurityContext) Wrap(plain []byte, seal bool) ([]byte, error) {
	if !seal {
		h := s.header(idWrap, 0)
		sum, err := s.sum(usageOf(s.initiator, idWrap), plain, h)
		binary.BigEndian.PutUint16(h[4:], uint16(len(sum)))
		return bytes.Join([][]byte{h, plain, sum}, nil), err
	}
	h := s.header(idWrap, flagSealed)
	sealed, err := s.seal(h, plain)
	return append(h, sealed...), err
}

// Detach seals a text as Windows does for WinRM: the first SignatureSize bytes of the token apart from the
// rest, which is as long as the text. Unwrap takes the two joined.
func (s *SecurityContext) Detach(plain []byte) (signature, sealed []byte, err error) {
	h := s.header(idWrap, flagSealed)
	if sealed, err = s.seal(h, plain); err != nil {
		return nil, nil, err
	}
	// The header's copy and the checksum, which are at the end, go to the front.
	const rotated = gssHeader + checksumSize
	binary.BigEndian.PutUint16(h[6:], rotated)
	at := len(sealed) - rotated
	token := bytes.Join([][]byte{h, sealed[at:], sealed[:at]}, nil)
	return token[:SignatureSize], token[SignatureSize:], nil
}

func (s *SecurityContext) seal(header, plain []byte) ([]byte, error) {
	e, err := s.key.seal(bytes.Join([][]byte{plain, header}, nil), usageOf(s.initiator, idWrap), 0)
	return e.Cipher, err
}

func (s *SecurityContext) sum(usage uint32, parts ...[]byte) ([]byte, error) {
	et, err := crypto.GetEtype(int32(s.key.etype))
	if err != nil {
		return nil, err
	}
	return et.GetChecksumHash(s.key.value, bytes.Join(parts, nil), usage)
}

func (s *SecurityContext) check(sum []byte, usage uint32, parts ...[]byte) bool {
	et, err := crypto.GetEtype(int32(s.key.etype))
	return err == nil && et.VerifyChecksum(s.key.value, bytes.Join(parts, nil), sum, usage)
}

// Unwrap opens or checks a token of Wrap or Detach of the peer. Whoever wants what was sealed looks at
// that. The error is a *GSSError; after one the context is of no more use.
func (s *SecurityContext) Unwrap(token []byte) (plain []byte, sealed bool, err error) {
	h, body, err := s.peerHeader(token, idWrap)
	if err != nil {
		return nil, false, err
	}
	extra, rotated := int(binary.BigEndian.Uint16(h[4:])), int(binary.BigEndian.Uint16(h[6:]))
	if len(body) > 0 {
		r := rotated % len(body)
		body = bytes.Join([][]byte{body[r:], body[:r]}, nil)
	}
	h[6], h[7] = 0, 0
	if sealed = h[2]&flagSealed != 0; sealed {
		plain, err = s.open(h, body, extra)
	} else {
		plain, err = s.verify(h, body, extra)
	}
	if err != nil {
		return nil, false, err
	}
	return plain, sealed, s.arrived(h)
}

// open takes from behind the text what the sender filled up with, and its copy of the header.
func (s *SecurityContext) open(header, body []byte, extra int) ([]byte, error) {
	inner, err := s.key.open(types.EncryptedData{EType: int32(s.key.etype), Cipher: body}, usageOf(!s.initiator, idWrap))
	if err != nil {
		return nil, &GSSError{BadMIC, "a sealed token does not open", err}
	}
	end := len(inner) - gssHeader
	if end < extra || !bytes.Equal(inner[end:], header) {
		return nil, gssFail(BadMIC, "the header is not the one that was sealed")
	}
	return inner[:end-extra], nil
}

func (s *SecurityContext) verify(header, body []byte, extra int) ([]byte, error) {
	if extra != checksumSize || len(body) < extra {
		return nil, gssFail(DefectiveToken, "a signed token with a checksum of %d bytes", extra)
	}
	header[4], header[5] = 0, 0
	text, sum := body[:len(body)-extra], body[len(body)-extra:]
	if !s.check(sum, usageOf(!s.initiator, idWrap), text, header) {
		return nil, gssFail(BadMIC, "the checksum of a signed token is wrong")
	}
	return text, nil
}

// peerHeader is a copy of the header of a token that the peer made for this side.
func (s *SecurityContext) peerHeader(token []byte, id uint16) (header, body []byte, err error) {
	if len(token) < gssHeader || binary.BigEndian.Uint16(token) != id || token[3] != 0xff {
		return nil, nil, gssFail(DefectiveToken, "%d bytes that do not begin as a token of RFC 4121", len(token))
	}
	if fromAcceptor := token[2]&flagAcceptor != 0; fromAcceptor != s.initiator {
		return nil, nil, gssFail(BadMIC, "the token is of our own side: it was sent back")
	}
	if subkey := token[2]&flagSubkey != 0; subkey != s.subkey {
		return nil, nil, gssFail(BadMIC, "the token is made with the other of the two keys")
	}
	return bytes.Clone(token[:gssHeader]), token[gssHeader:], nil
}

// arrived takes the sequence number of a token that is genuine. Where the initiator asked for
// neither replay detection nor order, none is looked at.
func (s *SecurityContext) arrived(header []byte) error {
	n := binary.BigEndian.Uint64(header[8:])
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.flags&(GSSReplay|GSSSequence) == 0:
		return nil
	case n < s.recv:
		return gssFail(DuplicateToken, "token %d after token %d", n, s.recv-1)
	case n > s.recv && s.flags.Has(GSSSequence):
		return gssFail(OutOfSequence, "token %d, expected %d", n, s.recv)
	}
	s.recv = n + 1
	return nil
}

// MIC makes a token that signs a text that goes another way.
func (s *SecurityContext) MIC(text []byte) ([]byte, error) {
	h := s.header(idMIC, 0)
	sum, err := s.sum(usageOf(s.initiator, idMIC), text, h)
	return append(h, sum...), err
}

// VerifyMIC checks a token of the peer's MIC. The error is a *GSSError.
func (s *SecurityContext) VerifyMIC(text, token []byte) error {
	h, sum, err := s.peerHeader(token, idMIC)
	if err != nil {
		return err
	}
	if !s.check(sum, usageOf(!s.initiator, idMIC), text, h) {
		return gssFail(BadMIC, "the signature of a text is wrong")
	}
	return s.arrived(h)
}

// encryptedDER is EncryptedData, RFC 4120 section 5.2.9.
func encryptedDER(e types.EncryptedData) ([]byte, error) {
	return asn1.Marshal(struct {
		Etype  int32  `asn1:"explicit,tag:0"`
		Cipher []byte `asn1:"explicit,tag:2"`
	}{e.EType, e.Cipher})
}
