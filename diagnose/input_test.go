package diagnose

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/japanese"

	"github.com/uidprobe/uidprobe/check"
)

const oneLine = "failed to get krb5 tgt ticket with error 11.\n"

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wide is text as UTF-16 with its mark.
func wide(text string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func shiftJIS(t *testing.T, text string) []byte {
	t.Helper()
	b, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// aboutContent are results without those about the files themselves.
func aboutContent(results []check.Result) []string {
	return slices.DeleteFunc(short(results), func(word string) bool {
		return strings.Contains(word, " capture@") || strings.Contains(word, " archive@")
	})
}

// Nothing readable is lost, and what cannot be read is said.
func TestForeignBytes(t *testing.T) {
	t.Parallel()
	const found = "fail kerberos.dns-try-again@service account"
	const japanese = "Directory Servers:\nName  TYPE  Host  Vsys  Status\n東京 𠮷 DC  AD  192.0.2.1  vsys1  未接続\n"
	whole := zipped(t, bytes.Repeat([]byte(oneLine), 2_000))
	tar := append(append(make([]byte, 257), "ustar"...), make([]byte, 600)...)
	for _, c := range []struct {
		name string
		data []byte
		want string // a result
		err  string
	}{
		{"plain", []byte(oneLine), found, ""},
		{"without an end of line", []byte(strings.TrimSpace(oneLine)), found, ""},
		{"with a mark", []byte("\xef\xbb\xbf" + oneLine), found, ""},
		{"compressed", zipped(t, []byte(oneLine)), found, ""},
		{"compressed twice", zipped(t, zipped(t, []byte(oneLine))), found, ""},
		{"compressed, two members", append(zipped(t, []byte("x\n")), zipped(t, []byte(oneLine))...), found, ""},
		{"compressed too often", zipped(t, zipped(t, zipped(t, []byte(oneLine)))), "", "more than 2 archives"},
		{"compressed and cut", whole[:len(whole)/2], found, "unpack gzip: unexpected EOF"},
		{"not gzip after all", []byte("\x1f\x8bnothing of the kind"), "", "unpack gzip: "},
		{"UTF-16", wide(oneLine, false), found, ""},
		{"UTF-16, the other way round", wide(oneLine, true), found, ""},
		{"UTF-16, cut within a character", append(wide(oneLine, false), 0x0a), found, ""},
		{"Japanese in UTF-16", wide(japanese, false), "fail server.status.not-connected@東京 𠮷 DC", ""},
		{"broken UTF-8", []byte("\xff\xfex \xc3\x28\n" + oneLine)[2:], found, ""},
		{"colours and bells", []byte("\x1b[31mfailed to get \x07krb5 tgt ticket\x1b[0m with error 11.\n"), found, ""},
		{"zeros", []byte("\x00\x00\x00\n" + oneLine), found, ""},
		{"a long line", []byte(strings.Repeat("x", 3*DefaultMaxLine) + "\n" + oneLine), found, ""},
		{"the beginning of a long line", []byte(strings.TrimSpace(oneLine) + strings.Repeat(" ", 3*DefaultMaxLine)), found, ""},
		{"cut at rotation", []byte("ser_id_win.c:2062): " + oneLine), found, ""},
		{"no tar archive after all", tar, "", "unpack tar: "},
		{"no zip archive after all", []byte("PK\x03\x04........"), "", "zip"},
		{"half a head of a capture", []byte("\xd4\xc3\xb2\xa1........"), "", "the file ends within the head of the capture"},
		{"Shift-JIS", shiftJIS(t, "Directory Servers:\nName  TYPE  Host  Vsys  Status\n東京表示  AD  192.0.2.1  vsys1  未接続\n"), "fail server.status.not-connected@東京表示", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{bytes.NewReader(c.data), iotest.OneByteReader(bytes.NewReader(c.data))} {
				if _, whole := r.(*bytes.Reader); !whole && len(c.data) > 1000 && !strings.Contains(c.name, "archive") {
					continue // one call a byte
				}
				results, err := Text(r, Config{})
				if got := aboutContent(results); c.want != "" && !slices.Contains(got, c.want) || c.want == "" && len(got) > 0 {
					t.Errorf("found %q, want %q", got, c.want)
				}
				last := results[len(results)-1]
				if c.err == "" {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				if err == nil || !strings.Contains(err.Error(), c.err) || last.Status != check.Error || !strings.Contains(last.Summary, c.err) {
					t.Errorf("error %v, result %v %q; want %q in both", err, last.Status, last.Summary, c.err)
				}
			}
		})
	}
}

func TestLongLinesAreCounted(t *testing.T) {
	t.Parallel()
	d := New(Config{MaxLine: 100, KeepUnknown: 1})
	if err := d.Read(t.Context(), "a", strings.NewReader(strings.Repeat("y", 1000)+"\n"+oneLine)); err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Lines: 2, Understood: 1, Unknown: 1, Cut: 1}); d.Counts() != want {
		t.Errorf("counts %+v, want %+v", d.Counts(), want)
	}
	if kept := d.Unknown()[0].Text; kept != strings.Repeat("y", 100) {
		t.Errorf("kept %q", kept)
	}
}

// A reader that fails is an error that says after which line, and keeps what came before.
func TestReadingFails(t *testing.T) {
	t.Parallel()
	results, err := Text(io.MultiReader(strings.NewReader(oneLine+oneLine), iotest.ErrReader(io.ErrClosedPipe)), Config{})
	if err == nil || err.Error() != "text: after line 2: io: read/write on closed pipe" {
		t.Errorf("the error is %v", err)
	}
	if got := short(results); !slices.Equal(got, []string{"fail kerberos.dns-try-again@service account"}) {
		t.Errorf("found %q", got)
	}
}

// Secrets are taken out wherever a line is repeated, and words that only look like it stay.
func TestRedact(t *testing.T) {
	t.Parallel()
	const secret = "S3cr3t.Value_0123456789"
	for _, line := range []string{
		"test authentication authentication-profile p username u password " + secret,
		"Enter password : " + secret,
		"https://192.0.2.1/api/?type=op&key=" + secret + "&cmd=x",
		"<response><result><key>" + secret + "</key></result></response>",
		"<password>" + secret + "</password>", "<bind-password>" + secret + "</bind-password>", "<phash>" + secret + "</phash>",
		"X-PAN-KEY: " + secret, "Cookie: PHPSESSID=" + secret + "; other=" + secret, "set-cookie: a=" + secret,
		"Authorization: Basic " + secret, `"authorization": "Bearer ` + secret + `"`,
		"curl -H 'Authorization: Negotiate " + secret + "'",
		"password=" + secret, "passwd: " + secret, `"password": "` + secret + `"`, "bind-password = " + secret,
		"uidprobe probe kerberos --password " + secret, "PHPSESSID=" + secret, "auth_token=" + secret,
		"set shared server-profile ldap x bind-password " + secret, "https://admin:" + secret + "@192.0.2.1/",
		"phash $5$saltsalt$" + strings.Repeat("abcDEF01", 5),
	} {
		got := Redact(line)
		if strings.Contains(got, secret) || strings.Contains(got, "abcDEF01") || !strings.Contains(got, redacted) {
			t.Errorf("%q becomes %q", line, got)
		}
		found, err := Text(strings.NewReader("failed to get krb5 tgt ticket with error 11. "+line+"\n"+line+"\n"), Config{KeepUnknown: 9})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := json.Marshal(found); err != nil || bytes.Contains(all, []byte(secret)) {
			t.Errorf("%v, or the secret is in %s", err, all)
		}
	}
	for _, line := range []string{
		"KDC_ERR_KEY_EXPIRED: Password has expired", "the password of the service account is wrong",
		"Authentication to KERBEROS server at dc1.corp.example for user \"u\"",
		"failed to get krb5 tgt ticket with error -1765328360.", "Kerberos error", "number of active connections : 0",
		"dc1   AD   192.0.2.1  vsys1   Kerberos error",
	} {
		if got := Redact(line); got != line {
			t.Errorf("%q becomes %q", line, got)
		}
	}
}

// A file that grows, is cut short and is replaced is read on, until the context ends.
func TestFollow(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "useridd.log")
	write := func(text string, flags int) {
		t.Helper()
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flags, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	line := func(number string) string { return "failed to get krb5 tgt ticket with error " + number + ".\n" }
	write(line("11"), 0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f, err := NewFollow(ctx, name, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := make(chan string, 10)
	d := New(Config{Seen: func(r check.Result) { seen <- r.Symptom }})
	done := make(chan error, 1)
	go func() { done <- d.Read(ctx, name, f) }()
	next := func(want string) {
		t.Helper()
		select {
		case got := <-seen:
			if got != want {
				t.Fatalf("seen %q, want %q", got, want)
			}
		case err := <-done:
			t.Fatalf("ended with %v before %q was seen", err, want)
		}
	}
	next("kerberos.dns-try-again")
	write(line("-1765328360"), os.O_APPEND)
	next("kerberos.preauth-failed")
	write(line("16"), os.O_TRUNC)
	next("kerberos.resolver-busy")
	if err := os.Rename(name, name+".old"); err != nil {
		t.Skip("an open file is not renamed here: ", err)
	}
	write(line("-1765328366"), 0)
	next("kerberos.client-revoked")
	cancel()
	if err := <-done; err != nil && err != context.Canceled {
		t.Errorf("ended with %v", err)
	}
	if d.Counts().Understood != 4 {
		t.Errorf("counts %+v", d.Counts())
	}
	if _, err := NewFollow(ctx, name+".missing", 0); err == nil {
		t.Error("a file that is not there is followed")
	}
}
