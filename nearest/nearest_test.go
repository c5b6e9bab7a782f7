package nearest

import (
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	t.Parallel()
	known := []string{"check", "config", "demo", "udp-loss", "to"}
	for _, row := range []struct{ name, in, want string }{
		{"the word itself", "check", "check"},
		{"two letters swapped", "chekc", "check"},
		{"a letter missing", "confg", "config"},
		{"a letter added", "demoo", "demo"},
		{"a letter wrong", "dema", "demo"},
		{"three slips in eight letters", "odp-losses", "udp-loss"},
		{"a short word may have one slip", "t", "to"},
		{"nothing near", "kerberos", ""},
		{"nothing", "", ""},
		{"too long to be a slip", strings.Repeat("check", 30), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := Word(row.in, known); got != row.want {
				t.Errorf("Word(%q) = %q, want %q", row.in, got, row.want)
			}
		})
	}
}
