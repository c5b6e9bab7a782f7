package credential

import (
	"testing"
	"unicode/utf8"
)

func TestSkeleton(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		want  string
		names []string
	}{
		{"jesush", []string{"jesush", "jésush", "JÉSUSH", "je\u0301sush", "ｊｅｓｕｓｈ", "ＪÉsush"}},
		{"aaa", []string{"aaa", "ååå", "ÅÅÅ", "Å\u212BA"}}, // the last but one is the Angstrom sign
		{"bjorn", []string{"bjorn", "björn", "bjǫrṅ", "BJØRN"}},
		{"strasse", []string{"strasse", "straße", "STRAẞE"}},
		{"wieslaw", []string{"Wiesław", "WIESŁAW"}},
		{"やまた", []string{"やまだ", "ヤマダ", "ﾔﾏﾀﾞ", "やまた\u3099", "やまた"}},
		{"svc-uidprobe_1", []string{"svc-uidprobe_1", "SVC-UIDPROBE_1", "svc－uidprobe＿１"}},
		{"山田", []string{"山田"}},
	} {
		for _, name := range row.names {
			if got := skeleton(name); got != row.want {
				t.Errorf("skeleton of %q is %q, want %q", name, got, row.want)
			}
		}
	}
}

// Names that a directory may take for one have one gate, and a password refused for one is not sent for
// the other; other names have others.
func TestOneGateForOneSkeleton(t *testing.T) {
	t.Parallel()
	g, corp := fastGate(GateConfig{Dir: t.TempDir()}), authority(t, "corp")
	first, p := &peer{verdict: Refused}, &peer{verdict: Accepted}
	for _, row := range []struct {
		account string
		peer    *peer
		want    string
	}{
		{"jésush@corp", first, "refused, sent now"},
		{"jesush@corp", p, "refused"},
		{`CORP\ＪＥＳＵＳＨ`, p, "refused"},
		{"jesuss@corp", p, "ok"},
	} {
		err := g.Spend(t.Context(), account(t, row.account), corp, New(hidden), row.peer.ask, row.peer.send)
		if got := outcome(err); got != row.want {
			t.Errorf("%s: %s, want %s", row.account, got, row.want)
		}
	}
	if first.sent != 1 || p.sent != 1 {
		t.Errorf("sent %d and %d times, want once each", first.sent, p.sent)
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, seed := range []string{"svc-userid", "jésush", "ﾔﾏﾀﾞ", "STRAẞE", "ǅ", "\u0345", "ｦﾟ", "ヽヾヿ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := skeleton(name)
		if !utf8.ValidString(name) {
			return
		}
		if again := skeleton(got); again != got {
			t.Errorf("skeleton of %q is %q, and of that %q", name, got, again)
		}
		if other := skeleton(fold(name)); other != got {
			t.Errorf("%q and %q have skeletons %q and %q", name, fold(name), got, other)
		}
	})
}
