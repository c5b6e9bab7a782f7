package diagnose

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
)

// tlsTalk reads what a TLS connection says before it is sealed: versions, certificates, alerts.
type tlsTalk struct {
	c  *capture
	f  *flow
	in [2]tlsSide

	hello   bool   // of the client
	version uint16 // that the server chose; 0 as long as it has not
	told    bool   // an alert or a certificate has said what is wrong
	sealed  bool   // counted as such
}

// tlsSide reads the records of one side.
type tlsSide struct {
	buffer    []byte // of the record that has begun
	skip      int
	handshake []byte // of the message that has begun
	sealed    bool   // ChangeCipherSpec was seen
	lost      bool
	data      bool // application data was seen
}

// The content types of records, RFC 8446 section 5.1, and the handshake messages that matter.
const (
	recordCipherSpec  = 20
	recordAlert       = 21
	recordHandshake   = 22
	recordApplication = 23

	helloClient     = 1
	helloServer     = 2
	helloCertifcate = 11
)

// maxHandshake bounds a handshake message that is kept: a chain of certificates.
const maxHandshake = 64 << 10

const recordHead = 5

func (t *tlsTalk) data(side int, b []byte, at moment) {
	in := &t.in[side]
	for len(b) > 0 && !in.lost {
		if in.skip > 0 {
			n := min(in.skip, len(b))
			in.skip -= n
			b = b[n:]
			continue
		}
		n := min(len(b), in.want()-len(in.buffer))
		in.buffer, b = append(in.buffer, b[:n]...), b[n:]
		if len(in.buffer) < recordHead {
			continue
		}
		if kind := in.buffer[0]; kind < recordCipherSpec || kind > recordApplication || in.buffer[1] != 3 {
			in.lost = true
			t.noTLS(side, at)
			return
		}
		if in.buffer[0] == recordApplication || in.sealed {
			t.closed(side, in.buffer[0])
			in.skip, in.buffer = in.size(), in.buffer[:0]
			continue
		}
		if len(in.buffer) == recordHead+in.size() {
			t.record(side, in.buffer[0], in.buffer[recordHead:], at)
			in.buffer = in.buffer[:0]
		}
	}
}

func (in *tlsSide) size() int { return int(binary.BigEndian.Uint16(in.buffer[3:])) }

// want is how long the record is, as far as that is known.
func (in *tlsSide) want() int {
	if len(in.buffer) < recordHead {
		return recordHead
	}
	return recordHead + in.size()
}

// gap is passed over by who waits for nothing any more.
func (t *tlsTalk) gap(side int) {
	data := t.in[side].data
	t.in[side] = tlsSide{lost: true, data: data}
}

// noTLS tells of a server that speaks something else. A capture that begins in the middle shows
// anything.
func (t *tlsTalk) noTLS(side int, at moment) {
	if side != fromServer || !t.hello || t.version != 0 || t.told {
		return
	}
	t.fault("winrm.handshake", fmt.Sprintf("%v answers what is no TLS", t.f.server), path(t.f.server, t.f.client)+" no TLS record", at)
}

// closed notes a record that is sealed.
func (t *tlsTalk) closed(side int, kind byte) {
	if kind == recordApplication {
		t.in[side].data = true
	}
	if t.sealed || kind != recordApplication {
		return
	}
	t.sealed = true
	version := "TLS"
	if t.version != 0 {
		version = tls.VersionName(t.version)
	}
	t.c.count.sealed[services[t.f.server.Port()]+" ("+version+")"]++
}

func (t *tlsTalk) record(side int, kind byte, body []byte, at moment) {
	in := &t.in[side]
	switch kind {
	case recordCipherSpec:
		in.sealed = true
	case recordAlert:
		if len(body) == 2 {
			t.alert(side, body[0], body[1], at)
		}
	case recordHandshake:
		if len(in.handshake)+len(body) > maxHandshake {
			in.handshake = nil
			return
		}
		in.handshake = append(in.handshake, body...)
		for len(in.handshake) >= 4 {
			size := 4 + (int(in.handshake[1])<<16 | int(in.handshake[2])<<8 | int(in.handshake[3]))
			if len(in.handshake) < size {
				return
			}
			t.message(side, in.handshake[0], in.handshake[4:size], at)
			in.handshake = append(in.handshake[:0], in.handshake[size:]...)
		}
	}
}

func (t *tlsTalk) message(side int, kind byte, body []byte, at moment) {
	switch {
	case side == fromClient && kind == helloClient:
		t.hello = true
	case side == fromServer && kind == helloServer:
		t.version = chosenVersion(body)
	case side == fromServer && kind == helloCertifcate:
		t.certificate(body, at)
	}
}

// chosenVersion reads a ServerHello, RFC 8446 section 4.1.3: TLS 1.3 says its version in an
// extension. 0 is one that makes no sense.
func chosenVersion(b []byte) uint16 {
	if len(b) < 35 {
		return 0
	}
	version := binary.BigEndian.Uint16(b)
	b = b[34:]
	if session := int(b[0]); len(b) < 1+session+5 {
		return version
	} else {
		b = b[1+session+3:]
	}
	for b = b[2:]; len(b) >= 4; {
		kind, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if len(b) < 4+size {
			break
		}
		if kind == 43 && size == 2 {
			return binary.BigEndian.Uint16(b[4:])
		}
		b = b[4+size:]
	}
	return version
}

// certificate reads the chain of a server, RFC 5246 section 7.4.2.
func (t *tlsTalk) certificate(b []byte, at moment) {
	var names []string
	var leaf *x509.Certificate
	if len(b) < 3 {
		return
	}
	for b = b[3:]; len(b) >= 3 && len(names) < 8; {
		size := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		if len(b) < 3+size {
			break
		}
		c, err := x509.ParseCertificate(b[3 : 3+size])
		b = b[3+size:]
		switch {
		case err != nil:
			names = append(names, "a certificate that cannot be read: "+clipped(err.Error()))
		default:
			if leaf == nil {
				leaf = c
			}
			names = append(names, describeCertificate(c))
		}
	}
	if len(names) == 0 {
		return
	}
	line := path(t.f.server, t.f.client) + " TLS certificate " + names[0]
	chain := check.Evidence{Name: "certificates", Text: strings.Join(names, "\n")}
	t.c.see(t.f.client, t.f.server, "capture.certificate", wireWords("%s shows a certificate", "%s がサーバー証明書を提示しています", t.f.server.String()), line, at, chain)
	if leaf == nil || at.when.IsZero() || !at.when.After(leaf.NotAfter) && !at.when.Before(leaf.NotBefore) {
		return
	}
	t.told = true
	why := wireWords("the certificate of %s is good from %s to %s only", "%s の証明書の有効期間は %s から %s までです",
		t.f.server.String(), day(leaf.NotBefore), day(leaf.NotAfter))
	id := "capture.tls-alert"
	switch t.f.server.Port() {
	case portWinRMSecure:
		id = "winrm.certificate-untrusted"
	case portSyslogTLS:
		id = "syslog.status.not-connected"
	}
	t.c.see(t.f.client, t.f.server, id, why, line, at, chain)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

// describeCertificate is a certificate in a line: for whom, by whom, until when.
func describeCertificate(c *x509.Certificate) string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) > 10 {
		names = append(names[:10], "…")
	}
	text := fmt.Sprintf("of %q", clipped(c.Subject.String()))
	if len(names) > 0 {
		text += ", names " + clipped(strings.Join(names, " "))
	}
	return text + fmt.Sprintf(", by %q, from %s to %s", clipped(c.Issuer.String()), day(c.NotBefore), day(c.NotAfter))
}

// The alerts of RFC 8446 section 6 that are no trouble, and those about a certificate.
const (
	alertClose     = 0
	alertCancelled = 90
)

func aboutCertificate(alert byte) bool { return alert >= 42 && alert <= 46 || alert == 48 }

// alert tells of one that is not sealed.
func (t *tlsTalk) alert(side int, level, code byte, at moment) {
	if code == alertClose || code == alertCancelled || level == 1 && code != 100 && t.version == 0 {
		return // 112, unrecognized_name, is such a warning
	}
	from, to := t.f.client, t.f.server
	if side == fromServer {
		from, to = to, from
	}
	name := strings.TrimPrefix(tls.AlertError(code).Error(), "tls: ")
	id := "winrm.handshake"
	if aboutCertificate(code) && side == fromClient {
		id = "winrm.certificate-untrusted"
	}
	t.fault(id, fmt.Sprintf("%v sends the TLS alert %d (%s)", from, code, name),
		fmt.Sprintf("%s TLS alert %d (%s)", path(from, to), code, name), at)
}

// fault tells of a handshake that failed; the symptom is that of WinRM, others follow the port.
func (t *tlsTalk) fault(id, what, line string, at moment) {
	t.told = true
	switch t.f.server.Port() {
	case portSyslogTLS:
		id = "syslog.status.not-connected"
	case portHTTPS:
		id = "capture.tls-alert"
	}
	t.c.see(t.f.client, t.f.server, id, wireWords("%s", "TLS ハンドシェイクが失敗しました: %s", what), line, at)
}

// end tells of a handshake that broke off without a word.
func (t *tlsTalk) end(e ending, at moment) {
	if t.told || !t.hello || t.in[fromClient].data || t.in[fromServer].data || t.in[fromClient].sealed {
		return
	}
	if e.side < 0 {
		if t.version == 0 && t.c.ago(at) >= noAnswerAfter {
			t.c.see(t.f.client, t.f.server, silentID(t.f.server.Port()), wireWords("%s does not answer the TLS hello",
				"%s が TLS の ClientHello に応答しません", t.f.server.String()), path(t.f.client, t.f.server)+" TLS hello, without an answer", at)
		}
		return
	}
	who, how := t.f.client, "closes"
	if e.side == fromServer {
		who = t.f.server
	}
	if e.reset {
		how = "resets"
	}
	t.fault("winrm.handshake", fmt.Sprintf("%v %s the connection within the TLS handshake", who, how),
		path(t.f.client, t.f.server)+" TCP end within the TLS handshake, by "+who.String(), at)
}
