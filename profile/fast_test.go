package profile

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// published are expressions in the shapes that vendors and communities publish, with those
// that the chain must leave to package regexp.
var published = []struct {
	source string
	fast   bool
	gate   bool
}{
	{`(authentication\ success){1}`, true, true},
	{`User:([a-zA-Z0-9\\\._]+)`, true, true},
	{`Source:([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})`, true, true},
	{`, Username = (.+), IP = `, true, true},
	{`([^ :(]+)\([^)]*\)\[`, true, true},
	{`[0-9a-fA-F],([^,/]+),[0-9]+/[0-9]+/[0-9]+,`, true, true},
	{`, ([0-9a-fA-F.:]+)$`, true, true},
	{`^[^]]*sshd[^] ]*\[[0-9]+\]: Accepted [a-z/-]+ for `, true, true},
	{`%ASA-4-113019: .* Session Type: (SSL|AnyConnect-Parent),`, false, true},
	{`a|b|(c|d)e`, false, true},
	{`user=(.*?) `, true, true},
	{` cs-username=([^ -][^ ]*)`, true, true},
	{`x([^,])y`, true, true},
	{`([0-9]{1,3}\.){3}`, true, true},
	{`(?i)user`, false, false},
	{`[^,]{1,15}x`, false, false},
	{`user=(é+)`, false, false},
	{`\buser\b`, false, false},
	{`(a+)+b`, false, false},
	{`[^a]+[^b]+c`, false, false},
	{`(?m)^a$`, false, false},
	{`.*`, false, false},
}

// The shapes that profiles have go the short way; the others do not, or they would be wrong.
func TestFastTakesWhatIsPublished(t *testing.T) {
	t.Parallel()
	for _, row := range published {
		re := regexp.MustCompile(row.source)
		if got := compileFast(row.source, min(1, re.NumSubexp())) != nil; got != row.fast {
			t.Errorf("%s: a chain: %v, want %v", row.source, got, row.fast)
		}
		if got := compileGate(row.source) != nil; got != row.gate {
			t.Errorf("%s: a gate: %v, want %v", row.source, got, row.gate)
		}
	}
}

// equal holds the short way to package regexp.
func equal(t *testing.T, re *regexp.Regexp, line string) {
	t.Helper()
	for group := range re.NumSubexp() + 1 {
		f := compileFast(re.String(), group)
		if f == nil {
			continue
		}
		all, value, ok, sure := f.find([]byte(line))
		if !sure {
			continue
		}
		var got []int
		if ok {
			got = []int{all.Start, all.End, value.Start, value.End}
		}
		var want []int
		if at := re.FindStringSubmatchIndex(line); at != nil {
			want = []int{at[0], at[1], at[2*group], at[2*group+1]}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q on %q, group %d: the chain found %v, regexp %v\n%+v", re, line, group, got, want, f.links)
		}
	}
	gate := regex{re: re, gates: compileGate(re.String())}
	if got, want := gate.matches([]byte(line)), re.MatchString(line); got != want {
		t.Fatalf("%q on %q: the gate says %v, regexp %v", re, line, got, want)
	}
}

// pieces are what generated expressions are put together from, and what lines are.
var (
	pieces = []string{
		"a", "b", "ab", ",", ": ", "=", `\.`, `\(`, "user=", "é", "k", "1",
		"[a-z]", "[^,]", "[^ab]", "[0-9]", "[^é]", `[^\x00-\x7f]`, ".", `\d`, `\S`, `[[:alpha:]]`, `(?s:.)`, `[^\x00-\x{10FFFF}]`,
		"+", "*", "?", "+?", "*?", "??", "{1,3}", "{2}", "{2,}", "{0,2}?", "{3,5}",
		"(", ")", "(?:", ")", "|", "^", "$", `\b`, `\z`, "(?i)", "(?P<n>", ")",
	}
	scraps = []string{"a", "b", "ab", "ba", ",", ": ", "=", ".", "(", "user=", "é", "\xc3", "\xa9", "k", "K", "1", "12", "\n", "\xff", " ", "\u212a", "\ufffd", "aaaa"}
)

// compose reads a choice as a list of pieces; parentheses are closed.
func compose(choice []byte, from []string) string {
	var b strings.Builder
	open := 0
	for _, c := range choice {
		piece := from[int(c)%len(from)]
		switch {
		case strings.HasPrefix(piece, "(") && !strings.HasSuffix(piece, ")"):
			open++
		case piece == ")":
			if open == 0 {
				continue
			}
			open--
		}
		b.WriteString(piece)
	}
	return b.String() + strings.Repeat(")", open)
}

// FuzzFast goes through expressions and lines put together from pieces, and through those that
// the fuzzer thinks of.
func FuzzFast(f *testing.F) {
	for _, row := range published {
		f.Add(row.source, "x Administrator authentication success User:a.b Source:192.0.2.1 , Username = a, IP = b, IP = ", []byte{1, 20, 12, 26, 3}, []byte{1, 2, 3, 4})
	}
	f.Add("", "", []byte{17, 24, 12, 24, 41, 3, 42, 29}, []byte{0, 10, 11, 3, 16})
	f.Fuzz(func(t *testing.T, source, line string, expression, text []byte) {
		if len(source) > 200 || len(line) > 400 || len(expression) > 40 || len(text) > 60 {
			return
		}
		composed := compose(text, scraps)
		for _, s := range []string{source, compose(expression, pieces)} {
			re, err := regexp.Compile(s)
			if err != nil {
				continue
			}
			equal(t, re, line)
			equal(t, re, composed)
		}
	})
}

// Generated expressions and lines in great number, the same in each run.
func TestFastIsRegexp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	choice := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return b
	}
	fast := 0
	for range 20_000 {
		re, err := regexp.Compile(compose(choice(1+r.IntN(9)), pieces))
		if err != nil {
			continue
		}
		if compileFast(re.String(), 0) == nil {
			continue
		}
		fast++
		for range 8 {
			equal(t, re, compose(choice(r.IntN(14)), scraps))
		}
	}
	if fast < 1_600 {
		t.Errorf("only %d expressions had a chain", fast)
	}
}
