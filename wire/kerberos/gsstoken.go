package kerberos

import (
	"bytes"
	"crypto/md5"
	"encoding/asn1"
	"encoding/binary"
)

// GSSFlags are what an initiator asks of a context, RFC 4121 section 4.1.1.1.
type GSSFlags uint32

// The flags.
const (
	GSSDelegate GSSFlags = 1
	GSSMutual   GSSFlags = 2  // the acceptor proves that it can open the ticket
	GSSReplay   GSSFlags = 4  // tokens that come twice are found
	GSSSequence GSSFlags = 8  // tokens that are missing are found
	GSSConf     GSSFlags = 16 // tokens can be sealed
	GSSInteg    GSSFlags = 32
	GSSDCEStyle GSSFlags = 0x1000
)

// DefaultGSSFlags are those of a client that seals: all but delegation and DCE style.
const DefaultGSSFlags = GSSMutual | GSSReplay | GSSSequence | GSSConf | GSSInteg

// Has says whether all of the flags are set.
func (f GSSFlags) Has(flags GSSFlags) bool { return f&flags == flags }

// maxGSSToken bounds a token of the log-in: a ticket of Active Directory has up to 64 KiB (MaxTokenSize, at most 65535).
const maxGSSToken = 128 << 10

// The DER of the mechanisms' object identifiers, with their tag.
var (
	oidKerberos = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2} // 1.2.840.113554.1.2.2
	// oidMSKerberos is the same mechanism under the number that Windows 2000 gave it by mistake, MS-SPNG
	// section 3.1.5.2; Windows still offers it first.
	oidMSKerberos = []byte{6, 9, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2} // 1.2.840.48018.1.2.2
	oidSPNEGO     = []byte{6, 6, 0x2b, 6, 1, 5, 5, 2}                         // 1.3.6.1.5.5.2
)

// The first two bytes of a Kerberos token, RFC 4121 section 4.1.
const (
	tokenAPReq = 0x0100
	tokenAPRep = 0x0200
	tokenError = 0x0300
)

// frame puts the mechanism in front of a token, RFC 2743 section 3.1.
func frame(oid, body []byte) []byte {
	return derWrap(0x60, append(bytes.Clone(oid), body...))
}

func unframe(token []byte) (oid, body []byte, err error) {
	if len(token) > maxGSSToken {
		return nil, nil, gssFail(DefectiveToken, "a token of %d bytes; we take at most %d", len(token), maxGSSToken)
	}
	outer, ok := der(token, 0x60)
	if !ok {
		return nil, nil, gssFail(DefectiveToken, "it is not framed as RFC 2743 wants it")
	}
	var mech asn1.RawValue
	rest, err := asn1.Unmarshal(outer, &mech)
	if err != nil || mech.Tag != asn1.TagOID {
		return nil, nil, gssFail(DefectiveToken, "it names no mechanism")
	}
	return mech.FullBytes, rest, nil
}

func frameKerberos(id uint16, message []byte) []byte {
	return frame(oidKerberos, append(binary.BigEndian.AppendUint16(nil, id), message...))
}

func unframeKerberos(token []byte) (id uint16, message []byte, err error) {
	oid, body, err := unframe(token)
	if err != nil {
		return 0, nil, err
	}
	if !isKerberos(oid) {
		return 0, nil, gssFail(OtherMechanism, "the token is not of Kerberos")
	}
	if len(body) < 2 {
		return 0, nil, gssFail(DefectiveToken, "it ends before its message")
	}
	return binary.BigEndian.Uint16(body), body[2:], nil
}

func isKerberos(oid []byte) bool {
	return bytes.Equal(oid, oidKerberos) || bytes.Equal(oid, oidMSKerberos)
}

// derWrap is a value of DER with a tag of one byte.
func derWrap(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	out := []byte{tag}
	if n := len(content); n < 0x80 {
		out = append(out, byte(n))
	} else {
		length := bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, uint32(n)), "\x00")
		out = append(append(out, 0x80|byte(len(length))), length...)
	}
	return append(out, content...)
}

// der is the content of b, if b is one value with the tag and nothing behind it.
func der(b []byte, tag byte) ([]byte, bool) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(b, &v)
	if err != nil || len(rest) > 0 || b[0] != tag {
		return nil, false
	}
	return v.Bytes, true
}

const (
	gssChecksum     = 0x8003
	gssChecksumSize = 24
)

// gssChecksumBytes are the flags and bindings in place of a checksum, RFC 4121 section 4.1.1.
func gssChecksumBytes(flags GSSFlags, bindings []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 16)
	b = append(b, bindingsHash(bindings)...)
	return binary.LittleEndian.AppendUint32(b, uint32(flags))
}

func readGSSChecksum(b []byte) (flags GSSFlags, bindings []byte, err error) {
	if len(b) < gssChecksumSize || binary.LittleEndian.Uint32(b) != 16 {
		return 0, nil, gssFail(DefectiveToken, "the authenticator's checksum has %d bytes, or another form", len(b))
	}
	return GSSFlags(binary.LittleEndian.Uint32(b[20:])), b[4:20], nil
}

// bindingsHash is the MD5 of channel bindings without addresses, RFC 4121 section 4.1.1.2; zeros if
// there are none.
func bindingsHash(bindings []byte) []byte {
	if bindings == nil {
		return make([]byte, md5.Size)
	}
	b := make([]byte, 16, 20+len(bindings)) // types and lengths of the two addresses
	b = binary.LittleEndian.AppendUint32(b, uint32(len(bindings)))
	sum := md5.Sum(append(b, bindings...))
	return sum[:]
}
