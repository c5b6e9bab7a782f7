package wsman

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"mime"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// Scheme is how a Kerberos log-in is named in HTTP.
type Scheme string

// The schemes: SPNEGO, RFC 4559, and Kerberos alone, MS-WSMV section 2.2.9.1.
const (
	Negotiate Scheme = "Negotiate"
	Kerberos  Scheme = "Kerberos"
)

func (s Scheme) protocol() string {
	if s == Kerberos {
		return "application/HTTP-Kerberos-session-encrypted"
	}
	return "application/HTTP-SPNEGO-session-encrypted"
}

// boundary is the one that Windows and everybody else writes.
const boundary = "Encrypted Boundary"

// Sealing seals the bodies of one side of one connection, MS-WSMV section 2.2.9.1, and opens the other side's.
type Sealing struct {
	Context *kerberos.SecurityContext
	Scheme  Scheme
	// NoTab leaves out the TAB in front of the parts' headers, which Windows writes and OMI does not find.
	NoTab bool
}

// Seal makes the content type and the body of a message. Sealed messages have to be sent in the order in which
// they were made.
func (s Sealing) Seal(soap []byte) (contentType string, body []byte, err error) {
	signature, sealed, err := s.Context.Detach(soap)
	if err != nil {
		return "", nil, err
	}
	tab := "\t"
	if s.NoTab {
		tab = ""
	}
	protocol := s.Scheme.protocol()
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\n%sContent-Type: %s\r\n%sOriginalContent: type=%s;Length=%d\r\n--%s\r\n%sContent-Type: application/octet-stream\r\n",
		boundary, tab, protocol, tab, ContentSOAP, len(soap), boundary, tab)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(signature))))
	b.Write(signature)
	b.Write(sealed)
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return fmt.Sprintf(`multipart/encrypted;protocol="%s";boundary="%s"`, protocol, boundary), b.Bytes(), nil
}

// IsSealed says whether a content type announces a sealed body.
func IsSealed(contentType string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(contentType)), "multipart/")
}

// Open reads a sealed body. The error is a *FormatError, which wraps a *kerberos.GSSError where the body was read
// and does not open; then the context is of no more use.
func (s Sealing) Open(contentType string, body []byte) (soap []byte, err error) {
	parts, err := readSealed(contentType, body)
	if err != nil {
		return nil, &FormatError{"sealed body", err}
	}
	if want := s.Scheme.protocol(); !strings.EqualFold(parts.protocol, want) {
		return nil, badFormat("sealed body", "it is of %q, and the log-in was of %q", parts.protocol, want)
	}
	plain, sealed, err := s.Context.Unwrap(parts.token)
	switch {
	case err != nil:
		return nil, &FormatError{"sealed body", err}
	case !sealed:
		return nil, badFormat("sealed body", "its token is signed but not sealed")
	case len(plain) != parts.length:
		return nil, badFormat("sealed body", "it holds %d bytes and says Length=%d", len(plain), parts.length)
	}
	return plain, nil
}

// sealedParts are a sealed body, taken apart.
type sealedParts struct {
	protocol string
	length   int // of the text, as the sender says
	token    []byte
}

var errNTLM = errors.New("it is sealed by NTLM, not by Kerberos")

// readSealed takes a body apart. The signature and the data are one token: how they are rotated is the token's
// affair. Where the data ends follows from the lengths, as it may hold the boundary.
func readSealed(contentType string, body []byte) (p sealedParts, err error) {
	marker, err := readContentType(contentType, &p)
	if err != nil {
		return p, err
	}
	rest, err := readPart(body, marker, func(name, value string) error { return p.header(name, value) })
	if err != nil {
		return p, fmt.Errorf("first part: %w", err)
	}
	if p.length < 0 {
		return p, errors.New("first part: it does not say Length= of the original")
	}
	octets := false
	rest, err = readPart(rest, marker, func(name, value string) error {
		octets = octets || name == "content-type" && strings.EqualFold(value, "application/octet-stream")
		return nil
	})
	if err != nil {
		return p, fmt.Errorf("second part: %w", err)
	}
	if !octets {
		return p, errors.New("second part: it is no application/octet-stream")
	}
	return p, p.payload(rest, marker)
}

func readContentType(contentType string, p *sealedParts) (marker string, err error) {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return "", fmt.Errorf("content type %.100q: %w", contentType, err)
	case kind == "multipart/x-multi-encrypted":
		return "", errors.New("it is split into several sealed parts, which no Kerberos peer does")
	case kind != "multipart/encrypted":
		return "", fmt.Errorf("content type %.100q: it is not multipart/encrypted", contentType)
	}
	p.protocol, p.length, marker = params["protocol"], -1, params["boundary"]
	if marker == "" || len(marker) > 70 { // RFC 2046 section 5.1.1
		return "", fmt.Errorf("content type %.100q: its boundary is missing or too long", contentType)
	}
	return marker, nil
}

// maxPartHeader bounds the header of a part.
const maxPartHeader = 4 << 10

// readPart reads "--boundary" and the headers behind it, and gives what follows. There is no empty line behind the
// headers: the part of octets begins at once, so its only header ends it.
func readPart(b []byte, marker string, header func(name, value string) error) (rest []byte, err error) {
	line, rest, ok := cutLine(b)
	if !ok || !isMarker(line, marker, "") {
		return nil, fmt.Errorf("it does not begin with the boundary %q", marker)
	}
	for read := 0; ; {
		if isMarkerAhead(rest, marker) {
			return rest, nil
		}
		line, after, ok := cutLine(rest)
		if read += len(line); !ok || read > maxPartHeader {
			return nil, errors.New("its headers do not end")
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%.60q is no header", line)
		}
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if err := header(name, value); err != nil {
			return nil, err
		}
		rest = after
		if name == "content-type" && strings.EqualFold(value, "application/octet-stream") {
			return rest, nil
		}
	}
}

func cutLine(b []byte) (line string, rest []byte, ok bool) {
	end := bytes.Index(b[:min(len(b), maxPartHeader)], []byte("\r\n"))
	if end < 0 {
		return "", nil, false
	}
	return string(b[:end]), b[end+2:], true
}

// isMarker takes "--boundary" and, as Exchange is said to write it, "-- boundary".
func isMarker(line, marker, end string) bool {
	rest, ok := strings.CutPrefix(line, "--")
	return ok && strings.TrimSpace(rest) == marker+end
}

func isMarkerAhead(b []byte, marker string) bool {
	line, _, ok := cutLine(b)
	return ok && isMarker(line, marker, "")
}

// header takes one of the first part.
func (p *sealedParts) header(name, value string) error {
	switch name {
	case "content-type":
		p.protocol = value
	case "originalcontent":
		for _, field := range strings.Split(value, ";") {
			key, n, _ := strings.Cut(strings.TrimSpace(field), "=")
			if !strings.EqualFold(key, "Length") {
				continue
			}
			length, err := strconv.Atoi(n)
			if err != nil || length < 0 || length > MaxMessage {
				return fmt.Errorf("Length=%.20s is no length of a message", n)
			}
			p.length = length
		}
	}
	return nil
}

// payload is the length of the signature, the signature, the data and the last boundary.
func (p *sealedParts) payload(b []byte, marker string) error {
	const size = 4
	if len(b) < size {
		return errors.New("it ends before the length of the signature")
	}
	signature := int64(binary.LittleEndian.Uint32(b))
	b = b[size:]
	end := signature + int64(p.length)
	if end > int64(len(b)) {
		return fmt.Errorf("a signature of %d bytes and Length=%d are more than the %d bytes that are there", signature, p.length, len(b))
	}
	last := strings.TrimRight(string(b[end:min(int64(len(b)), end+maxPartHeader)]), "\r\n")
	if !isMarker(last, marker, "--") {
		return fmt.Errorf("behind a signature of %d bytes and Length=%d there is no last boundary", signature, p.length)
	}
	p.token = b[:end]
	if bytes.HasPrefix(p.token, []byte{1, 0, 0, 0}) { // the version of an NTLM signature, MS-NLMP section 2.2.2.9
		return errNTLM
	}
	return nil
}
