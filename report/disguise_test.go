package report

import (
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
)

func TestDisguise(t *testing.T) {
	t.Parallel()
	results := []check.Result{
		{Check: "kerberos.port", Target: "fw1/dc1.corp.example:88"},
		{Check: "kerberos.ticket", Target: `fw1/svc-userid@CORP.EXAMPLE`},
	}
	d := newDisguise(false, results)
	for _, row := range []struct{ name, in, want string }{
		{"domain and user", `mapped to "corp\\alice" (GP)`, `mapped to "corp\\user-1" (GP)`},
		{"the same again, in another case", `CORP\Alice`, `CORP\user-1`},
		{"as a principal", "alice@corp.example and bob@corp.example", "user-1@corp.example and user-2@corp.example"},
		{"a field of a message", "User-Name=alice, Framed-IP-Address=198.51.100.1", "User-Name=user-1, Framed-IP-Address=198.51.100.1"},
		{"an element", `<user>corp\carol</user><user>dave</user>`, `<user>corp\user-3</user><user>user-4</user>`},
		{"a user of the test", `corp\uidprobe-3fa2c1-1 User-Name=uidprobe-0001`, `corp\uidprobe-3fa2c1-1 User-Name=uidprobe-0001`},
		{"the account that is a target", `svc-userid@CORP.EXAMPLE, CORP\svc-userid`, `svc-userid@CORP.EXAMPLE, CORP\svc-userid`},
		{"a service", "HTTP/dc1.corp.example@CORP.EXAMPLE, krbtgt/CORP.EXAMPLE@CORP.EXAMPLE", "HTTP/dc1.corp.example@CORP.EXAMPLE, krbtgt/CORP.EXAMPLE@CORP.EXAMPLE"},
		{"a check and its target", "not asked: kerberos.port@dc1.corp.example:88 did not pass", "not asked: kerberos.port@dc1.corp.example:88 did not pass"},
		{"an escape", `abc\x1b[2J def\n`, `abc\x1b[2J def\n`},
		{"nothing of a person", "8 of 12 messages received", "8 of 12 messages received"},
	} {
		if got := d.text(row.in); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	if got := newDisguise(true, results).text(`corp\alice`); got != `corp\alice` {
		t.Errorf("with names shown: %q", got)
	}
}

// What is handed on names nobody, unless that is asked for; the report for programs keeps all.
func TestReportsThatAreHandedOnNameNobody(t *testing.T) {
	t.Parallel()
	results := odd()
	results[6].Evidence = append(results[6].Evidence, check.Evidence{Name: `of corp\alice`, Text: "alice@corp.example\nuser=alice"})
	for name, draw := range map[string]func(show bool) string{
		"HTML":     func(show bool) string { return htmlOf(t, results, HTMLOptions{ShowNames: show}) },
		"Markdown": func(show bool) string { return markdownOf(t, results, MarkdownOptions{ShowNames: show}) },
	} {
		if strings.Contains(draw(false), "alice") {
			t.Errorf("%s names alice", name)
		}
		if !strings.Contains(draw(true), "alice") {
			t.Errorf("%s does not name alice when asked to", name)
		}
	}
}
