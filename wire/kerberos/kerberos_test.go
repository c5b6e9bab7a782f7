package kerberos

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The vectors of RFC 3962, appendix B.
func TestPasswordKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		etype          Etype
		password, salt string
		iterations     string
		want           string
	}{
		{AES128, "password", "ATHENA.MIT.EDUraeburn", "00000001", "42263c6e89f4fc28b8df68ee09799f15"},
		{AES256, "password", "ATHENA.MIT.EDUraeburn", "00000001", "fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161"},
		{AES256, "password", "ATHENA.MIT.EDUraeburn", "000004b0", "55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a"},
		{AES128, "password", "ATHENA.MIT.EDUraeburn", "000004b0", "4c01cd46d632d01e6dbe230a01ed642a"},
	} {
		parameters, _ := hex.DecodeString(c.iterations)
		key, err := PasswordKey(c.etype, c.password, c.salt, parameters)
		if got := hex.EncodeToString(key.Reveal()); err != nil || got != c.want {
			t.Errorf("%v of %q, %s: %s, %v; want %s", c.etype, c.password, c.iterations, got, err, c.want)
		}
	}
	for name, parameters := range map[string][]byte{"2^32": {0, 0, 0, 0}, "many": {0xff, 0xff, 0xff, 0xff}, "short": {1}} {
		if _, err := PasswordKey(AES256, "x", "y", parameters); !errors.Is(err, errIterations) {
			t.Errorf("%s iterations: %v, want a refusal", name, err)
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	key, err := NewKey(AES128, []byte("sixteen byte key"))
	if err != nil {
		t.Fatal(err)
	}
	c := Credential{Session: key}
	kt := Keytab{Entries: []KeytabEntry{{Key: key}}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "credential", c, "keytab", kt)
	text := log.String()
	for _, v := range []any{key, &key, c, &c, kt} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		text += string(b)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
			text += fmt.Sprintf(verb, v)
		}
	}
	for _, secret := range []string{"sixteen", hex.EncodeToString([]byte("sixteen")), "115 105 120", "c2l4dGVlbi"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is printed in %s", secret, text)
		}
	}
}

func TestPrincipals(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Principal{
		"svc@CORP.EXAMPLE":       {1, []string{"svc"}, "CORP.EXAMPLE"},
		"svc":                    {1, []string{"svc"}, ""},
		"HTTP/dc1@CORP.EXAMPLE":  {2, []string{"HTTP", "dc1"}, "CORP.EXAMPLE"},
		`a\@b.example@C.EXAMPLE`: {1, []string{"a@b.example"}, "C.EXAMPLE"},
		`a\/b\\c@X`:              {1, []string{`a/b\c`}, "X"},
	} {
		got, err := ParsePrincipal(in)
		if err != nil || !got.Equal(want) || got.Type != want.Type || got.String() != in {
			t.Errorf("%q: %+v, %v, again %q; want %+v", in, got, err, got, want)
		}
	}
	for _, in := range []string{"", "@X", "a@", "a@b@c", "a//b", "/a", `CORP\svc`, `a\`, "a\x00b"} {
		if p, err := ParsePrincipal(in); err == nil {
			t.Errorf("%q is read as %+v", in, p)
		}
	}
}

func TestRealms(t *testing.T) {
	t.Parallel()
	for realm, want := range map[string]string{
		"CORP.EXAMPLE": "", "corp.example": "", "": "empty", "CORP": "NetBIOS", "A..B": "empty label", ".A.B": "empty label",
		"A B.C": "in no DNS name", strings.Repeat("a", 64) + ".B": "allows 63", strings.Repeat("a.", 130): "at most 253",
	} {
		err := CheckRealm(realm)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("realm %q: %v, want %q", realm, err, want)
		}
	}
}

// Every number of this package is the project's table of MIT krb5's numbers, as far as it is here.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for code, want := range map[ErrorCode]int32{
		ErrClientUnknown: -1765328378, ErrEtypeUnsupported: -1765328370, ErrClientRevoked: -1765328366, ErrPreauthFailed: -1765328360,
		ErrBadIntegrity: -1765328353, ErrWrongRealm: -1765328316, ErrResponseTooBig: -1765328332, ErrGeneric: -1765328324,
	} {
		if got := code.MITNumber(); got != want {
			t.Errorf("%v: %d, want %d", code, got, want)
		}
	}
	for failure, want := range map[Failure]int32{
		Unreachable: -1765328228, ReplyModified: -1765328237, ReplySkew: -1765328236, BadIntegrity: -1765328353, NoEtype: -1765328234,
		OtherEtypes: -1765328147, NoMethod: -1765328174, BadParameters: -1765328140, NoKey: -1765328203, Unreadable: 0,
	} {
		got, ok := MITNumber(fmt.Errorf("wrapped: %w", &ClientError{Failure: failure}))
		if got != want || ok != (want != 0) {
			t.Errorf("%v: %d, %v; want %d", failure, got, ok, want)
		}
	}
	if got := ErrPreauthFailed.String() + ", " + ErrorCode(99).String(); got != "KDC_ERR_PREAUTH_FAILED, code 99" {
		t.Errorf("symbols %q", got)
	}
}

// The constants of code.go are named in their comments as the table names them.
func TestCodesAreNamed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("code.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\tErr\w+ +ErrorCode = (\d+) +// (\w+)$`).FindAllStringSubmatch(string(text), -1)
	if len(rows) < 20 {
		t.Errorf("%d codes found", len(rows))
	}
	for _, row := range rows {
		n, _ := strconv.Atoi(row[1])
		if got := ErrorCode(n).String(); got != row[2] {
			t.Errorf("%d is %s, the comment says %s", n, got, row[2])
		}
	}
}

// What a KDC says comes through whole, with the NTSTATUS in both shapes.
func TestErrorsComeThrough(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)
	for _, shape := range []DataShape{ErrorDataShape, MethodDataShape} {
		b, err := (&ErrorReply{
			Code: ErrClientRevoked, Text: "no", Status: StatusAccountDisabled, Shape: shape, Service: TGT("CORP.EXAMPLE"), STime: at,
		}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		e, err := decodeError(b)
		if err != nil || e.Code != ErrClientRevoked || e.Text != "no" || e.NTStatus != StatusAccountDisabled || e.DataShape != shape || !e.STime.Equal(at) {
			t.Errorf("%s: %+v, %v", shape, e, err)
		}
		e.KDC = "kdc tcp 192.0.2.1:88"
		if got, want := e.Error(), `kdc tcp 192.0.2.1:88: KDC_ERR_CLIENT_REVOKED (18), 0xC0000072 STATUS_ACCOUNT_DISABLED: "no"`; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// The bytes that Samba 4.17 sent in the lab: status, reserved, flags.
	data, err := statusData(StatusAccountDisabled, MethodDataShape)
	if err != nil || !strings.HasSuffix(hex.EncodeToString(data), "720000c00000000001000000") {
		t.Errorf("%x, %v", data, err)
	}
}

func TestOffersSurviveTheirEncoding(t *testing.T) {
	t.Parallel()
	for _, want := range [][]Offer{
		{},
		{{Etype: AES256, Salt: "CORP.EXAMPLEsvc", HasSalt: true, Parameters: []byte{0, 0, 16, 0}}, {Etype: RC4}},
		{{Etype: AES128, HasSalt: true}},
	} {
		b, err := etypeInfo2(want)
		if err != nil {
			t.Fatal(err)
		}
		got := offersOf([]paData{{19, b}})
		if got == nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if got := offersOf([]paData{{2, nil}}); got != nil {
		t.Errorf("no ETYPE-INFO2: %+v, want nil", got)
	}
}

func TestKeytab(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0).UTC()
	want := Keytab{Entries: []KeytabEntry{
		{Principal: parse(t, "svc@CORP.EXAMPLE"), KVNO: 2, Key: RandomKey(AES256), Time: at},
		{Principal: parse(t, "svc@CORP.EXAMPLE"), KVNO: 300, Key: RandomKey(AES256), Time: at},
		{Principal: parse(t, "HTTP/dc1.corp.example@CORP.EXAMPLE"), KVNO: 1, Key: RandomKey(AES128), Time: at},
	}}
	b, err := want.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadKeytab(append(b, 0, 0, 0, 0, 1, 2)) // MIT krb5 ends a keytab so
	if err != nil || len(got.Entries) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	for i, e := range got.Entries {
		w := want.Entries[i]
		if !e.Principal.Equal(w.Principal) || e.KVNO != w.KVNO || string(e.Key.value) != string(w.Key.value) || !e.Time.Equal(at) {
			t.Errorf("entry %d: %+v, want %+v", i, e, w)
		}
	}
	if e, err := got.Find(parse(t, "svc@CORP.EXAMPLE"), AES256); err != nil || e.KVNO != 300 {
		t.Errorf("version %d, %v; want the newest, 300", e.KVNO, err)
	}
	for name, etype := range map[string]Etype{"svc@CORP.EXAMPLE": AES128, "SVC@CORP.EXAMPLE": AES256} {
		if _, err := got.Find(parse(t, name), etype); err == nil {
			t.Errorf("%s has a key of %v", name, etype)
		}
	}
	for name, bad := range map[string][]byte{"empty": {}, "old": {5, 1}, "long": {5, 2, 0, 0, 1, 0, 1}, "cut": b[:len(b)-3]} {
		if _, err := ReadKeytab(bad); err == nil {
			t.Errorf("a keytab that is %s is read", name)
		}
	}
}
