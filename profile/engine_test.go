package profile

import (
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
)

func engines(t *testing.T, element, source string, d panos.Dialect) (*regex, *secondEngine) {
	t.Helper()
	r, err := newRegex(element, source, d)
	if err != nil {
		t.Fatal(err)
	}
	second, err := newSecondEngine(r)
	if err != nil {
		t.Fatal(err)
	}
	return r, second
}

// What differs is told with the places in bytes, also behind letters of several bytes and bytes that
// are no letters.
func TestEnginesDiffer(t *testing.T) {
	t.Parallel()
	loud := panos.DefaultDialect()
	loud.Case = panos.CaseInsensitive
	for _, row := range []struct {
		name, element, source, text string
		dialect                     panos.Dialect
		want                        string
	}{
		{"alike", usernameRegex, `user=([a-z]+)`, "user=jane x", panos.DefaultDialect(), ""},
		{"alike, nothing", usernameRegex, `user=([a-z]+)`, "User=jane x", panos.DefaultDialect(), ""},
		{"alike, regardless of case", usernameRegex, `user=([a-z]+)`, "User=jane x", loud, ""},
		{"alike, behind letters", usernameRegex, `user=([^ ]+) x`, "日本 é user=jäne x", panos.DefaultDialect(), ""},
		{"alike, behind no letters", usernameRegex, `user=([^ ]+)$`, "\xff\xfe é user=jane", panos.DefaultDialect(), ""},
		{"alike, an idle group", usernameRegex, `user=x|(y)`, "user=x", panos.DefaultDialect(), ""},
		{"alike, an empty group", usernameRegex, `user=()`, "é user=", panos.DefaultDialect(), ""},
		{"alike, without a group", usernameRegex, `user=[a-z]+`, "é user=jane", panos.DefaultDialect(), ""},
		{"named groups count last", usernameRegex, `(?P<user>[a-z]+)@([a-z]+)`, "é jane@corp x", panos.DefaultDialect(), `one engine takes "jane", the other "corp"`},
		{"quoted text", usernameRegex, `user=(\Qa.b\E)`, "user=a.b", panos.DefaultDialect(), `one engine takes "a.b", the other nothing`},
		{"of an event only whether it matches counts", eventRegex, `(?P<user>[a-z]+)@([a-z]+)`, "jane@corp", panos.DefaultDialect(), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r, second := engines(t, row.element, row.source, row.dialect)
			if got := r.differs(second, row.text); got != row.want {
				t.Errorf("%s on %q: %q, want %q", row.source, row.text, got, row.want)
			}
		})
	}
}

// An exponential expression and one of the third power run out of time, one of the second
// power does not.
func TestCatastrophe(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, source string
		want         bool
	}{
		{"a class", `user=([a-z]+) `, false},
		{"the square", `.*user=(.*) x`, false},
		{"bounded", `([0-9]{1,3}\.){3}[0-9]{1,3} x`, false},
		{"words with blanks between", `user=([a-z]+( [a-z]+)*) x`, false},
		{"a repetition of a repetition", `user=(([a-z]+)+) x`, true},
		{"nothing again and again", `user=((x*)*) `, true},
		{"a repetition that may be nothing", `user=(x*)y`, false},
		{"branches that overlap", `user=((ab?|[a-z])*) x`, true},
		{"what may be left out between", `user=(([a-z]+ ?)*) x`, true},
		{"the third power", `([a-z]*[a-z]*[a-z]*) x`, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, second := engines(t, usernameRegex, row.source, panos.DefaultDialect())
			if message, got := second.catastrophe(t.Context(), row.source); got != row.want || got && !strings.HasSuffix(message, "\x00!") {
				t.Errorf("%s: %v, want %v", row.source, got, row.want)
			}
		})
	}
}
