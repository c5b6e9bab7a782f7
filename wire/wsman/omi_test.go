package wsman

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// exchange is one of testdata/omi: what a server that nobody here wrote was sent and answered.
type exchange struct {
	name, answer, fault, keys, shows string
}

func exchanges(t *testing.T) (list []exchange) {
	t.Helper()
	b, err := os.ReadFile("testdata/omi/exchanges.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		f := strings.Split(line, "\t")
		list = append(list, exchange{f[0], f[1], f[2], f[3], f[4]})
	}
	return list
}

func (x exchange) file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/omi", x.name, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// request is the recorded request, with its body.
func (x exchange) request(t *testing.T) (contentType string, body []byte) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(x.file(t, "request.http"))))
	if err != nil {
		t.Fatal(err)
	}
	body, err = io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.Header.Get("Content-Type"), body
}

func (x exchange) response(t *testing.T) *Answer {
	t.Helper()
	a, err := ReadAnswer(bufio.NewReader(bytes.NewReader(x.file(t, "response.http"))), 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// session is what keys.json says of a log-in.
type session struct {
	Flags     string       `json:"gss_flags"`
	Initiator recordedKey  `json:"initiator_subkey"`
	Send      uint64       `json:"initiator_sequence_start"`
	Acceptor  *recordedKey `json:"acceptor_subkey"`
	Recv      *uint64      `json:"acceptor_sequence_start"`
}

type recordedKey struct {
	Etype kerberos.Etype
	Key   string
}

// contexts are both ends of a recorded log-in, fresh.
func contexts(t *testing.T, handshake string) (client, server Sealing) {
	t.Helper()
	var s session
	if err := json.Unmarshal(exchange{name: handshake}.file(t, "keys.json"), &s); err != nil {
		t.Fatal(err)
	}
	flags, err := strconv.ParseUint(s.Flags, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	recorded, recv := s.Initiator, s.Send // without an AP-REP both count from the initiator's
	if s.Acceptor != nil {
		recorded, recv = *s.Acceptor, *s.Recv
	}
	raw, err := hex.DecodeString(recorded.Key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := kerberos.NewKey(recorded.Etype, raw)
	if err != nil {
		t.Fatal(err)
	}
	keys := kerberos.ContextKeys{Initiator: true, Key: key, AcceptorKey: s.Acceptor != nil, Flags: kerberos.GSSFlags(flags), Send: s.Send, Recv: recv}
	scheme := Negotiate
	if strings.Contains(handshake, "kerberos-wrap") || strings.Contains(handshake, "omicli-krb5") {
		scheme = Kerberos
	}
	client = Sealing{Context: kerberos.RestoreContext(keys), Scheme: scheme}
	keys.Initiator, keys.Send, keys.Recv = false, keys.Recv, keys.Send
	return client, Sealing{Context: kerberos.RestoreContext(keys), Scheme: scheme}
}

// handshakeOf is the log-in of a sealed exchange; sealed is false for one in the clear.
func (x exchange) handshakeOf(t *testing.T) (name string, sealed bool) {
	t.Helper()
	if !strings.Contains(x.keys, "p") {
		return "", false
	}
	var k struct{ Handshake string }
	if err := json.Unmarshal(x.file(t, "keys.json"), &k); err != nil {
		t.Fatal(err)
	}
	return k.Handshake, true
}

// Every exchange in the clear is read: status, schemes, fault.
func TestOMIAnswers(t *testing.T) {
	t.Parallel()
	all := exchanges(t)
	if len(all) != 126 {
		t.Errorf("%d exchanges, want 126", len(all))
	}
	for _, x := range all {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(x.answer, "–") {
				if b := x.file(t, "response.http"); len(b) > 0 {
					t.Errorf("%d bytes of an answer, want none", len(b))
				}
				if _, err := ReadAnswer(bufio.NewReader(strings.NewReader("")), 0); err != io.EOF {
					t.Errorf("no answer: %v, want EOF", err)
				}
				return
			}
			a := x.response(t)
			if got := fmt.Sprintf("%d %s", a.Status, a.Reason); got != x.answer {
				t.Errorf("answer %q, want %q", got, x.answer)
			}
			if a.Status == http.StatusUnauthorized {
				wantSchemes(t, x, a)
			}
			if _, sealed := x.handshakeOf(t); !sealed {
				wantMessage(t, x, a, a.Body)
			}
		})
	}
}

func wantSchemes(t *testing.T, x exchange, a *Answer) {
	t.Helper()
	got, want := strings.Join(a.Challenges().Schemes(), " "), "Basic Negotiate Kerberos"
	if strings.Contains(x.name, "ntlm") && len(a.Challenges()) == 1 || strings.Contains(x.name, "omicli-nego") {
		want = "Negotiate" // in the middle of a log-in of NTLM
		if c, _ := a.Challenges().find("negotiate"); !bytes.Contains(c.Token, []byte("NTLMSSP")) {
			t.Errorf("token %x is not of NTLM", c.Token)
		}
	}
	if got != want {
		t.Errorf("offers %q, want %q", got, want)
	}
	if want == got && len(a.Challenges()) == 3 && a.Challenges()[0].Realm != "WSMAN" {
		t.Errorf("realm %q, want WSMAN", a.Challenges()[0].Realm)
	}
}

// wantMessage reads a message in the clear and holds it to the column of faults.
func wantMessage(t *testing.T, x exchange, a *Answer, soap []byte) {
	t.Helper()
	if len(soap) == 0 {
		if x.fault != "" {
			t.Errorf("no body, want the fault %q", x.fault)
		}
		return
	}
	r, err := ReadResponse(soap)
	var f *Fault
	if a.Status == http.StatusInternalServerError {
		if !errors.As(err, &f) {
			t.Fatalf("%v, want a fault", err)
		}
		wantFault(t, x, f)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	wantResult(t, x, r)
}

func wantFault(t *testing.T, x exchange, f *Fault) {
	t.Helper()
	subcode, reason, _ := strings.Cut(x.fault, ": ")
	subcode, reason = strings.TrimSuffix(subcode, ", empty reason"), strings.TrimSpace(reason)
	got := f.Subcode
	if got == "" {
		got = "SOAP-ENV:" + f.Code
	}
	if got != subcode || f.Reason != reason {
		t.Errorf("fault %q %q, want %q %q", got, f.Reason, subcode, reason)
	}
	if f.Subcode == "wsa:DestinationUnreachable" && strings.Contains(reason, "class") && (f.WMI == nil || f.WMI.CIMStatus != 5 || f.WMI.Class != "OMI_Error") {
		t.Errorf("WMI error %+v, want CIM status 5, invalid class", f.WMI)
	}
}

// batches are what the recorded lists hold; OMI gives a context at the end, too.
var batches = map[string]struct {
	items       int
	pulled, end bool
}{
	"enum-wql-1-enumerate":         {0, false, false},
	"enum-wql-2-pull":              {2, true, false},
	"enum-wql-3-pull-end":          {7, true, true},
	"enum-wql-no-rows":             {0, false, true},
	"enum-wql-optimized":           {9, false, true},
	"enum-wql-optimized-max2":      {2, false, false},
	"enum-wql-optimized-max2-pull": {2, true, false},
	"enum-omi-identify":            {1, false, true},
	"enum-no-message-id":           {9, false, true},
	"enum-class-all":               {20, false, false},
	"client-omicli-basic-00":       {1, false, true},
}

func wantResult(t *testing.T, x exchange, r Response) {
	t.Helper()
	switch got := r.Result.(type) {
	case Identity:
		if got.ProductVendor != "Open Management Infrastructure" || got.ProductVersion != "1.0.8-6" || len(got.Profiles) != 1 {
			t.Errorf("identity %+v", got)
		}
	case Batch:
		if want := batches[x.name]; len(got.Items) != want.items || got.Pulled != want.pulled || got.End != want.end || got.Context == "" {
			t.Errorf("%d items, pulled %v, end %v, context %q; want %+v", len(got.Items), got.Pulled, got.End, got.Context, want)
		}
		for _, i := range got.Items {
			if n, ok := i.Get("number"); strings.HasPrefix(i.Class, "X_") && (!ok || n == "") {
				t.Errorf("item %+v has no number", i)
			}
		}
	case Released:
		if x.name != "enum-wql-release" {
			t.Error("released")
		}
	case Item:
		if n, _ := got.Get("Number"); got.Class != "X_SmallNumber" || n == "" {
			t.Errorf("item %+v", got)
		}
	default:
		t.Errorf("%T", got)
	}
}
