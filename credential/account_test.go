package credential

import (
	"strings"
	"testing"
)

var corp = Domains{"CORP": "corp.example", "mail.example": "CORP.EXAMPLE.", "ONE": "one"}

func TestOneAccountHasManyNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text, want string
	}{
		{`CORP\u`, "u@CORP.EXAMPLE"},
		{`corp\U`, "u@CORP.EXAMPLE"},
		{"u@corp", "u@CORP.EXAMPLE"},
		{"u@CORP.EXAMPLE", "u@CORP.EXAMPLE"},
		{"U@corp.example.", "u@CORP.EXAMPLE"},
		{`corp.example\u`, "u@CORP.EXAMPLE"},
		{"u@mail.example", "u@CORP.EXAMPLE"},
		{"u@other.example", "u@OTHER.EXAMPLE"},
		{`ONE\u`, "u@ONE"},
		{"u", "u"},
		{`.\u`, "u"},
		{"SVC-Kelvin\u212a", "svc-kelvink"},
		{`CORP\ユーザー`, "ユーザー@CORP.EXAMPLE"},
		{`CORP\STRASSE`, "strasse@CORP.EXAMPLE"},
	} {
		got, err := ParseAccount(row.text, corp)
		if err != nil || got.String() != row.want {
			t.Errorf("%q is %v, %v; want %s", row.text, got, err, row.want)
		}
		if again, err := ParseAccount(got.String(), corp); err != nil || again != got {
			t.Errorf("%q again is %v, %v", got, again, err)
		}
	}
	a, _ := ParseAccount(`CORP\U`, corp)
	if a.User() != "u" || a.Domain() != "corp.example" {
		t.Errorf("user %q, domain %q", a.User(), a.Domain())
	}
}

func TestNoAccount(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", maxAccount+1)
	for _, row := range []struct {
		text    string
		domains Domains
		err     string
	}{
		{"", corp, `account "": it is empty`},
		{`LAB\u`, corp, `account "LAB\\u": domain "LAB": its DNS name is not known: write user@dns.name, or say which domain that is`},
		{"u@corp", nil, `account "u@corp": domain "corp": its DNS name is not known: write user@dns.name, or say which domain that is`},
		{`CORP\`, corp, `account "CORP\\": no user name`},
		{"@corp", corp, `account "@corp": no user name`},
		{"u@", corp, `account "u@": domain "" is not a name`},
		{"u@.", corp, `account "u@.": domain "." is not a name`},
		{`\u`, corp, `account "\\u": domain "" is not a name`},
		{"u@a..b", corp, `account "u@a..b": domain "a..b" is not a name`},
		{"u@a:b.c", corp, `account "u@a:b.c": domain "a:b.c" is not a name`},
		{`CORP\u@corp.example`, corp, `account "CORP\\u@corp.example": more than one of \ and @`},
		{"u@corp@corp.example", corp, `account "u@corp@corp.example": more than one of \ and @`},
		{" u", corp, `account " u": it begins or ends with a blank`},
		{"u\x00", corp, `account "u\x00": it holds the character U+0000`},
		{"u\u200b", corp, `account "u\u200b": it holds the character U+200B`},
		{"u\xff", corp, `account "u\xff": it is not UTF-8`},
		{long, corp, `account "` + long[:100] + `…": more than 1024 bytes`},
		{`CORP\u`, Domains{"CORP": "a.example", "corp": "b.example"}, `account "CORP\\u": domain "corp" stands for a.example and for b.example`},
	} {
		got, err := ParseAccount(row.text, row.domains)
		if err == nil || err.Error() != row.err || got != (Account{}) {
			t.Errorf("%q: %v, error\n%v, want\n%s", clip(row.text), got, err, row.err)
		}
	}
}

func FuzzParseAccount(f *testing.F) {
	for _, seed := range []string{`CORP\u`, "u@corp", "u@CORP.EXAMPLE", `.\u`, "u", "İ@ı.x", "ß@corp", "u@x.", "\u212a\\u", "u@corp..", "."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAccount(text, corp)
		if err != nil {
			if a != (Account{}) || !strings.HasPrefix(err.Error(), "account ") {
				t.Errorf("%q: %v beside error %q", text, a, err)
			}
			return
		}
		if again, err := ParseAccount(a.String(), corp); err != nil || again != a {
			t.Errorf("%q is %q, and that is %q, %v", text, a, again, err)
		}
		if upper, err := ParseAccount(upper(text), corp); err != nil || upper != a {
			t.Errorf("%q is %q, in upper case %q, %v", text, a, upper, err)
		}
	})
}

func TestAuthorities(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		realm bool
		text  string
		want  string
		err   string
	}{
		{true, "CORP.EXAMPLE", "realm CORP.EXAMPLE", ""},
		{true, "corp", "realm CORP.EXAMPLE", ""},
		{true, "corp.example.", "realm CORP.EXAMPLE", ""},
		{true, "LAB", "", `realm: domain "LAB": its DNS name is not known: write user@dns.name, or say which domain that is`},
		{true, "", "", "realm: it is empty"},
		{false, "FW1.corp.example", "host fw1.corp.example", ""},
		{false, "fw1.corp.example.:443", "host fw1.corp.example", ""},
		{false, "192.0.2.1:22", "host 192.0.2.1", ""},
		{false, "::ffff:192.0.2.1", "host 192.0.2.1", ""},
		{false, "[2001:DB8::1]:443", "host 2001:db8::1", ""},
		{false, "2001:db8:0::1", "host 2001:db8::1", ""},
		{false, "https://fw1", "", `host "https://fw1": the port is not a number`},
		{false, "https://fw1/", "", `host "https://fw1/": the port is not a number`},
		{false, "fw1/api", "", `host "fw1/api" is neither a name nor an address`},
		{false, ":443", "", `host ":443" is neither a name nor an address`},
		{false, "", "", "host: it is empty"},
	} {
		parse := HostAuthority
		if row.realm {
			parse = func(text string) (Authority, error) { return RealmAuthority(text, corp) }
		}
		got, err := parse(row.text)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if got.String() != row.want || message != row.err {
			t.Errorf("%q is %q, %q; want %q, %q", row.text, got, message, row.want, row.err)
		}
	}
}

// TestGateNames: what is one account at one authority has one file, and nothing else has.
func TestGateNames(t *testing.T) {
	t.Parallel()
	realm, other, host := authority(t, "CORP"), authority(t, "other.example"), authority(t, "host:fw1")
	name := func(text string, at Authority) string {
		a, err := account(t, text).at(at)
		if err != nil {
			t.Fatal(err)
		}
		return gateName(a, at)
	}
	want := name("u@CORP.EXAMPLE", realm)
	for _, same := range []string{`CORP\u`, "u@corp", "u", `.\U`} {
		if got := name(same, realm); got != want {
			t.Errorf("%s has gate %s, want %s", same, got, want)
		}
	}
	seen := map[string]string{}
	for _, row := range []struct {
		text string
		at   Authority
	}{{"u@corp", realm}, {"v@corp", realm}, {"u@corp", other}, {"u", other}, {"u", host}, {"u@corp", host}, {"u@corp", authority(t, "host:corp.example")}} {
		got, what := name(row.text, row.at), row.text+" at "+row.at.String()
		if seen[got] != "" || len(got) != 32 {
			t.Errorf("%s and %s have gate %s", what, seen[got], got)
		}
		seen[got] = what
	}
}

// account parses one that a test is sure of.
func account(t *testing.T, text string) Account {
	t.Helper()
	a, err := ParseAccount(text, corp)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// authority is a realm, or with "host:" a host.
func authority(t *testing.T, text string) (a Authority) {
	t.Helper()
	host, isHost := strings.CutPrefix(text, "host:")
	var err error
	if isHost {
		a, err = HostAuthority(host)
	} else {
		a, err = RealmAuthority(text, corp)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}
