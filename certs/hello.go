package certs

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
)

// Hello is a ClientHello of our own: crypto/tls offers neither old versions' ciphers one by
// one nor a look at a certificate that it cannot parse. No session comes of it.
type Hello struct {
	Version    uint16   // the highest that is offered, and the only one: tls.VersionTLS12
	Ciphers    []uint16 // in the order of preference
	ServerName string   // empty sends none, as does an address
}

// ServerHello is what a server answers, up to its certificate where that is not encrypted
// (not in TLS 1.3).
type ServerHello struct {
	Version, Cipher uint16
	Certificates    [][]byte
	Staple          []byte
}

// AlertError is the alert with which a server ends a handshake (RFC 8446 section 6).
type AlertError uint8

func (e AlertError) Error() string {
	return fmt.Sprintf("the server ends the handshake with the alert %d (%v)", uint8(e), tls.AlertError(e))
}

// VersionSSL30 is SSL 3.0, which crypto/tls no longer knows.
const VersionSSL30 = 0x0300

// The handshake messages and extensions that are used here (RFC 8446 section 4, RFC 6066).
const (
	recordAlert, recordHandshake              = 21, 22
	typeServerHello, typeCertificate          = 2, 11
	typeCertificateStatus, typeServerDone     = 22, 14
	typeServerKeyExchange                     = 12
	extServerName, extStatusRequest           = 0, 5
	extGroups, extPointFormats, extSignatures = 10, 11, 13
	extVersions, extKeyShare                  = 43, 51
)

// maxMessage bounds what is read of one handshake message.
const maxMessage = 4 << 20

// Greet sends the hello over a fresh connection and reads the answer. With certificate it
// goes on until the certificate has come. It ends with ctx; the caller closes conn.
func (h Hello) Greet(ctx context.Context, conn net.Conn, certificate bool) (answer ServerHello, err error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	message, err := h.marshal()
	if err != nil {
		return answer, err
	}
	if _, err := conn.Write(message); err != nil {
		return answer, err
	}
	r := &records{from: conn}
	for {
		kind, body, err := r.message()
		if err != nil {
			return answer, err
		}
		if kind != typeServerHello && answer.Version == 0 {
			return answer, errors.New("the server begins with another message than its hello")
		}
		switch kind {
		case typeServerHello:
			if err := answer.hello(body); err != nil {
				return answer, err
			}
			if !certificate || answer.Version > tls.VersionTLS12 {
				return answer, nil
			}
		case typeCertificate:
			if answer.Certificates, err = certificateList(body); err != nil {
				return answer, err
			}
		case typeCertificateStatus:
			if len(body) > 4 {
				answer.Staple = body[4:]
			}
		}
		if kind == typeServerDone || kind == typeServerKeyExchange {
			return answer, nil
		}
	}
}

// marshal writes the record with the hello.
func (h Hello) marshal() ([]byte, error) {
	b := binary.BigEndian.AppendUint16(nil, min(h.Version, tls.VersionTLS12))
	random := make([]byte, 32)
	_, _ = rand.Read(random) // it never fails
	b = append(b, random...)
	b = append(b, 0) // no session
	b = binary.BigEndian.AppendUint16(b, uint16(2*len(h.Ciphers)))
	for _, c := range h.Ciphers {
		b = binary.BigEndian.AppendUint16(b, c)
	}
	b = append(b, 1, 0) // no compression
	if h.Version > VersionSSL30 {
		extensions, err := h.extensions()
		if err != nil {
			return nil, err
		}
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(extensions))), extensions...)
	}
	message := append([]byte{1, 0}, binary.BigEndian.AppendUint16(nil, uint16(len(b)))...)
	message = append(message, b...)
	record := []byte{recordHandshake, 3, 1}
	if h.Version == VersionSSL30 {
		record[2] = 0
	}
	record = binary.BigEndian.AppendUint16(record, uint16(len(message)))
	return append(record, message...), nil
}

func (h Hello) extensions() ([]byte, error) {
	var b []byte
	add := func(id uint16, body []byte) {
		b = binary.BigEndian.AppendUint16(b, id)
		b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
		b = append(b, body...)
	}
	if _, err := netip.ParseAddr(h.ServerName); h.ServerName != "" && err != nil {
		name := append([]byte{0}, prefixed([]byte(h.ServerName))...)
		add(extServerName, prefixed(name))
	}
	add(extStatusRequest, []byte{1, 0, 0, 0, 0})
	add(extGroups, prefixed([]byte{0, 29, 0, 23, 0, 24, 0, 25})) // X25519, P-256, P-384, P-521
	add(extPointFormats, []byte{1, 0})
	add(extSignatures, prefixed([]byte{4, 3, 5, 3, 6, 3, 8, 7, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 3, 2, 1, 2, 2}))
	if h.Version == tls.VersionTLS13 {
		add(extVersions, []byte{2, 3, 4})
		key, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		share := append([]byte{0, 29}, prefixed(key.PublicKey().Bytes())...)
		add(extKeyShare, prefixed(share))
	}
	return b, nil
}

// prefixed puts a length of two octets before.
func prefixed(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

var errShort = errors.New("the server's message is cut short")

// hello reads a ServerHello. A HelloRetryRequest of TLS 1.3 has the same form, and says the
// version and the cipher as well.
func (a *ServerHello) hello(body []byte) error {
	if len(body) < 35 {
		return errShort
	}
	a.Version = binary.BigEndian.Uint16(body)
	body = body[34:]
	session := int(body[0])
	if len(body) < 1+session+3 {
		return errShort
	}
	body = body[1+session:]
	a.Cipher = binary.BigEndian.Uint16(body)
	body = body[3:]
	if len(body) < 2 {
		return nil
	}
	for body = body[2:]; len(body) >= 4; {
		id, n := binary.BigEndian.Uint16(body), int(binary.BigEndian.Uint16(body[2:]))
		if len(body) < 4+n {
			return errShort
		}
		if id == extVersions && n == 2 {
			a.Version = binary.BigEndian.Uint16(body[4:])
		}
		body = body[4+n:]
	}
	return nil
}

func certificateList(body []byte) (list [][]byte, err error) {
	if len(body) < 3 || len(body) < 3+uint24(body) {
		return nil, errShort
	}
	for body = body[3 : 3+uint24(body)]; len(body) >= 3; {
		n := uint24(body)
		if len(body) < 3+n {
			return nil, errShort
		}
		list = append(list, body[3:3+n])
		body = body[3+n:]
	}
	return list, nil
}

func uint24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

// records puts handshake messages together from records.
type records struct {
	from    io.Reader
	pending []byte
}

func (r *records) message() (kind byte, body []byte, err error) {
	for len(r.pending) < 4 || len(r.pending) < 4+uint24(r.pending[1:]) {
		if len(r.pending) >= 4 && uint24(r.pending[1:]) > maxMessage {
			return 0, nil, fmt.Errorf("the server announces a message of %d bytes; more than %d are not read", uint24(r.pending[1:]), maxMessage)
		}
		if err := r.record(); err != nil {
			return 0, nil, err
		}
	}
	n := 4 + uint24(r.pending[1:])
	kind, body = r.pending[0], r.pending[4:n]
	r.pending = r.pending[n:]
	return kind, body, nil
}

func (r *records) record() error {
	var head [5]byte
	if _, err := io.ReadFull(r.from, head[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(head[3:]))
	if head[1] != 3 || head[0] != recordAlert && head[0] != recordHandshake || n > 1<<14+2048 || n == 0 {
		return NotTLSError{Sample: head[:]}
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r.from, body); err != nil {
		return err
	}
	if head[0] == recordAlert {
		if len(body) < 2 {
			return errShort
		}
		return AlertError(body[1])
	}
	r.pending = append(r.pending, body...)
	return nil
}
