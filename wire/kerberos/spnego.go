package kerberos

import (
	"bytes"
	"encoding/asn1"
)

// The states of a negotiation, RFC 4178 section 4.2.2; -1 is an answer without one.
const (
	spnegoNone      = -1
	spnegoCompleted = 0
	spnegoMore      = 1
	spnegoReject    = 2
	spnegoWantsMIC  = 3
)

const (
	tagNegInit = 0xa0
	tagNegResp = 0xa1
	tagOctets  = 4
	tagEnum    = 10
)

// negInit is NegTokenInit, what an initiator says first.
type negInit struct {
	list  []byte // the DER of the list of mechanisms: what mechListMIC signs
	mechs [][]byte
	token []byte
	mic   []byte
}

func (n negInit) marshal() []byte {
	fields := [][]byte{derWrap(0xa0, n.list), derWrap(0xa2, derWrap(tagOctets, n.token))}
	return frame(oidSPNEGO, derWrap(tagNegInit, derWrap(tagSequence, fields...)))
}

func readNegInit(token []byte) (n negInit, err error) {
	oid, body, err := unframe(token)
	if err != nil {
		return n, err
	}
	if !bytes.Equal(oid, oidSPNEGO) {
		return n, gssFail(OtherMechanism, "the token is not of SPNEGO")
	}
	fields, ok := negFields(body, tagNegInit)
	if !ok {
		return n, gssFail(DefectiveToken, "no NegTokenInit of SPNEGO")
	}
	n.list = fields[0]
	for _, v := range children(n.list) {
		n.mechs = append(n.mechs, v.FullBytes)
	}
	n.token, n.mic = octets(fields[2]), octets(fields[3])
	if len(n.mechs) == 0 {
		return n, gssFail(DefectiveToken, "SPNEGO offers no mechanism")
	}
	return n, nil
}

// negResp is NegTokenResp, every later message.
type negResp struct {
	state int
	mech  []byte // with its tag; nil if there is none
	token []byte
	mic   []byte
}

func (n negResp) marshal() []byte {
	var fields [][]byte
	if n.state != spnegoNone {
		fields = append(fields, derWrap(0xa0, []byte{tagEnum, 1, byte(n.state)}))
	}
	if n.mech != nil {
		fields = append(fields, derWrap(0xa1, n.mech))
	}
	if n.token != nil {
		fields = append(fields, derWrap(0xa2, derWrap(tagOctets, n.token)))
	}
	if n.mic != nil {
		fields = append(fields, derWrap(0xa3, derWrap(tagOctets, n.mic)))
	}
	return derWrap(tagNegResp, derWrap(tagSequence, fields...))
}

func readNegResp(token []byte) (n negResp, err error) {
	if len(token) > maxGSSToken {
		return n, gssFail(DefectiveToken, "a token of %d bytes; we take at most %d", len(token), maxGSSToken)
	}
	fields, ok := negFields(token, tagNegResp)
	if !ok {
		return n, gssFail(DefectiveToken, "no NegTokenResp of SPNEGO")
	}
	n.state = spnegoNone
	if b, ok := der(fields[0], tagEnum); ok && len(b) == 1 {
		n.state = int(b[0])
	}
	n.mech, n.token, n.mic = fields[1], octets(fields[2]), octets(fields[3])
	return n, nil
}

// negFields are the four fields that both messages have at most; false if it is another message.
func negFields(b []byte, tag byte) (fields [4][]byte, ok bool) {
	inner, ok := der(b, tag)
	if !ok {
		return fields, false
	}
	if _, ok := der(inner, tagSequence); !ok {
		return fields, false
	}
	for _, f := range children(inner) {
		if f.Class == asn1.ClassContextSpecific && f.Tag < len(fields) {
			fields[f.Tag] = f.Bytes
		}
	}
	return fields, true
}

// octets is the content of an octet string; nil if it is none.
func octets(b []byte) []byte {
	content, ok := der(b, tagOctets)
	if !ok {
		return nil
	}
	return append([]byte{}, content...)
}

// spnegoInitiator offers Kerberos alone and sends its token at once.
type spnegoInitiator struct {
	list    []byte
	pending *SecurityContext // there, but for the acceptor's signature of the list
}

func newSPNEGOInitiator() *spnegoInitiator {
	return &spnegoInitiator{list: derWrap(tagSequence, oidKerberos)}
}

func (s *spnegoInitiator) init(token []byte) []byte {
	return negInit{list: s.list, token: token}.marshal()
}

// finish reads an answer of the acceptor. The signature of the list is optional, as the first choice is
// taken; where the acceptor gives one or asks for one it is checked and answered, RFC 4178 section 5.
func (s *spnegoInitiator) finish(answer []byte, inner func([]byte) (*SecurityContext, error)) (*SecurityContext, []byte, error) {
	n, err := readNegResp(answer)
	if err != nil {
		return nil, nil, err
	}
	if s.pending != nil {
		return s.finishSigned(n)
	}
	if n.mech != nil && !isKerberos(n.mech) {
		return nil, nil, gssFail(OtherMechanism, "the acceptor wants another mechanism than Kerberos")
	}
	rejected := gssFail(OtherMechanism, "the acceptor rejects the log-in")
	if n.state == spnegoReject && n.token == nil {
		return nil, nil, rejected
	}
	c, err := inner(n.token) // a rejection may say why in here
	switch {
	case err != nil:
		return nil, nil, err
	case n.state == spnegoReject:
		return nil, nil, rejected
	case n.state < 0 || n.state > spnegoWantsMIC:
		return nil, nil, gssFail(DefectiveToken, "the acceptor does not say whether the log-in is complete")
	}
	return s.sign(c, n)
}

func (s *spnegoInitiator) sign(c *SecurityContext, n negResp) (*SecurityContext, []byte, error) {
	if n.mic != nil {
		if err := c.VerifyMIC(s.list, n.mic); err != nil {
			return nil, nil, err
		}
	}
	if n.state == spnegoCompleted {
		return c, nil, nil
	}
	own, err := c.MIC(s.list)
	if err != nil {
		return nil, nil, err
	}
	if n.mic == nil {
		s.pending = c
		return nil, negResp{state: spnegoMore, mic: own}.marshal(), nil
	}
	return c, negResp{state: spnegoCompleted, mic: own}.marshal(), nil
}

func (s *spnegoInitiator) finishSigned(n negResp) (*SecurityContext, []byte, error) {
	if n.mic == nil || n.state != spnegoCompleted {
		return nil, nil, gssFail(DefectiveToken, "the acceptor asked for a signature and gives none")
	}
	if err := s.pending.VerifyMIC(s.list, n.mic); err != nil {
		return nil, nil, err
	}
	return s.pending, nil, nil
}
