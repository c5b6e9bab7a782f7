package wsman

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// Every sealed exchange is opened in its order, and gives the text that was sealed; those of NTLM are refused by
// name, the flipped bit and the repeated body for what they are.
func TestOMISealed(t *testing.T) {
	t.Parallel()
	type ends struct{ client, server Sealing }
	open := map[string]ends{}
	opened, refused := 0, 0
	for _, x := range exchanges(t) { // in order: a context counts
		handshake, sealed := x.handshakeOf(t)
		if !sealed {
			continue
		}
		contentType, body := x.request(t)
		if strings.Contains(handshake, "ntlm") || strings.Contains(handshake, "nego") && strings.Contains(handshake, "omicli") {
			refused++
			wantNTLM(t, x, contentType, body)
			continue
		}
		e, ok := open[handshake]
		if !ok {
			e.client, e.server = contexts(t, handshake)
			open[handshake] = e
		}
		plain, err := e.server.Open(contentType, body)
		if want, bad := badSeals[x.name]; bad {
			refused++
			if gss, _ := as[*kerberos.GSSError](err); gss == nil || gss.Failure != want {
				t.Errorf("%s: %v, want %s", x.name, err, want)
			}
			continue
		}
		if err != nil || !bytes.Equal(plain, x.file(t, "request.plain")) {
			t.Errorf("%s: request: %v, or another text", x.name, err)
		}
		opened++
		if len(x.file(t, "response.http")) == 0 {
			continue
		}
		a := x.response(t)
		plain, err = e.client.Open(a.Header.Get("Content-Type"), a.Body)
		if err != nil || !bytes.Equal(plain, x.file(t, "response.plain")) {
			t.Errorf("%s: response: %v, or another text", x.name, err)
		}
		opened++
		wantSealedMessage(t, x, a, plain)
	}
	if opened != 51 || refused != 9 {
		t.Errorf("opened %d and refused %d bodies", opened, refused)
	}
}

var badSeals = map[string]kerberos.GSSFailure{
	"krb5-spnego-flipped-01-identify": kerberos.BadMIC,
	"krb5-spnego-replayed-02-replay":  kerberos.DuplicateToken,
}

func wantNTLM(t *testing.T, x exchange, contentType string, body []byte) {
	t.Helper()
	_, err := (Sealing{Scheme: Negotiate}).Open(contentType, body)
	if !errors.Is(err, errNTLM) {
		t.Errorf("%s: request: %v, want that it is of NTLM", x.name, err)
	}
	a := x.response(t)
	if _, err := readSealed(a.Header.Get("Content-Type"), a.Body); !errors.Is(err, errNTLM) {
		t.Errorf("%s: response: %v, want that it is of NTLM", x.name, err)
	}
}

func wantSealedMessage(t *testing.T, x exchange, a *Answer, soap []byte) {
	t.Helper()
	r, err := ReadResponse(soap)
	if f, ok := as[*Fault](err); ok {
		wantFault(t, x, f)
		return
	}
	if err != nil || a.Status != 200 {
		t.Errorf("%s: status %d, %v", x.name, a.Status, err)
		return
	}
	switch got := r.Result.(type) {
	case Identity:
		wantResult(t, x, r)
	case Batch:
		want := map[bool]int{true: 2, false: 0}[got.Pulled && !strings.HasSuffix(x.name, "-end")]
		switch {
		case strings.HasSuffix(x.name, "-end"):
			want = 7
		case strings.Contains(x.name, "omicli"):
			want = 1
		case strings.Contains(x.name, "aes128"):
			want = 9
		}
		if len(got.Items) != want {
			t.Errorf("%s: %d items, want %d", x.name, len(got.Items), want)
		}
	default:
		t.Errorf("%s: %T", x.name, got)
	}
}

// A token made under one log-in does not open under that of another connection.
func TestOMISealedForAnother(t *testing.T) {
	t.Parallel()
	contentType, body := exchange{name: "krb5-spnego-moved-01-identify"}.request(t)
	_, other := contexts(t, "krb5-spnego-wrap-00-handshake")
	_, err := other.Open(contentType, body)
	if gss, _ := as[*kerberos.GSSError](err); gss == nil || gss.Failure != kerberos.BadMIC {
		t.Errorf("%v, want that it does not open", err)
	}
}

// requests are how ReadRequest takes what OMI was sent: an operation, or the code and subcode of a fault.
var requests = map[string]string{
	"fault-malformed-xml":   "Sender wsman:SchemaValidationError",
	"fault-not-soap":        "Sender wsman:SchemaValidationError",
	"fault-not-xml":         "Sender wsman:SchemaValidationError",
	"fault-soap11":          "VersionMismatch ",
	"fault-must-understand": "MustUnderstand ",
	"fault-unknown-action":  "Sender wsa:ActionNotSupported",
	"fault-shell-create":    "Sender wsa:ActionNotSupported",
	"basic-identify-utf16":  "Sender wsman:SchemaValidationError",
}

// What OMI was sent in the clear is read as a request, or refused as the protocol wants it.
func TestOMIRequests(t *testing.T) {
	t.Parallel()
	read := 0
	for _, x := range exchanges(t) {
		contentType, body := x.request(t)
		if _, sealed := x.handshakeOf(t); sealed || len(body) == 0 || IsSealed(contentType) {
			continue
		}
		r, err := ReadRequest(body)
		if want, bad := requests[x.name]; bad {
			f, _ := as[*Fault](err)
			if f == nil || f.Code+" "+f.Subcode != want {
				t.Errorf("%s: %v, want %s", x.name, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		read++
		again, err := ReadRequest(r.Marshal())
		if err != nil || !equal(r, again) {
			t.Errorf("%s: read again: %v\n%+v\n%+v", x.name, err, again, r)
		}
		if e, ok := r.Operation.(Enumerate); ok && e.Query != "" && x.name != "fault-filter-dialect" && e.Dialect != DialectWQL {
			t.Errorf("%s: dialect %q", x.name, e.Dialect)
		}
	}
	if read != 48 {
		t.Errorf("read %d requests", read)
	}
}
