package lang

import "testing"

func TestTextFallsBackToEnglish(t *testing.T) {
	t.Parallel()
	if got := (Text{EN: "time"}).In(Japanese); got != "time" {
		t.Errorf("In(Japanese) of a text without Japanese = %q, want the English one", got)
	}
	if got := (Text{EN: "time", JA: "時刻"}).In(Japanese); got != "時刻" {
		t.Errorf("In(Japanese) = %q, want 時刻", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   string
		want Language
		ok   bool
	}{
		{"en", English, true},
		{"ja", Japanese, true},
		{"JA", Japanese, true},
		{"ja_JP.UTF-8", Japanese, true},
		{"en-GB", English, true},
		{"fr", English, false},
		{"", English, false},
		{"C.UTF-8", English, false},
	} {
		if got, ok := Parse(row.in); got != row.want || ok != row.ok {
			t.Errorf("Parse(%q) = %q, %v, want %q, %v", row.in, got, ok, row.want, row.ok)
		}
	}
}
