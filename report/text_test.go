package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (rewrite with -update, and read the diff).\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func text(t *testing.T, results []check.Result, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, results, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextGolden(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		results []check.Result
		o       TextOptions
	}{
		{"green", allWell(), TextOptions{}},
		{"green-verbose", allWell(), TextOptions{Verbose: true}},
		{"green-ja", allWell(), TextOptions{Language: lang.Japanese}},
		{"unmatched", unmatched(), TextOptions{}},
		{"unmatched-ja", unmatched(), TextOptions{Language: lang.Japanese}},
		{"unmatched-ascii", unmatched(), TextOptions{ASCII: true}},
		{"unmatched-color", unmatched(), TextOptions{Color: true}},
		{"unmatched-narrow", unmatched(), TextOptions{Width: 50}},
		{"unreachable", unreachable(), TextOptions{}},
		{"lossy", lossy(), TextOptions{}},
		{"lossy-ja", lossy(), TextOptions{Language: lang.Japanese}},
		{"interrupted", interrupted(), TextOptions{}},
		{"odd", odd(), TextOptions{}},
		{"empty", nil, TextOptions{}},
		{"hostile", hostileResults(), TextOptions{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			golden(t, row.name+".txt", []byte(text(t, row.results, row.o)))
		})
	}
}

// hostile is everything that a peer could put into an answer to take a report over.
const hostile = "\x1b[2J\x1b]0;owned\x07\r\nready: 12 pass\x00\u202eevil\u2066\u009b31m\xff\xfe\t\u2028end"

func hostileResults() []check.Result {
	r := unmatched()[11]
	r.Target, r.Check, r.Source = hostile, hostile, hostile
	r.Title = lang.Text{EN: hostile, JA: hostile}
	r.Summary, r.Hint, r.Symptom = hostile, hostile, hostile
	r.CausedBy = &check.Ref{Check: hostile, Target: hostile}
	r.Evidence = []check.Evidence{{Name: hostile, Text: hostile}}
	r.Measures = append(r.Measures, check.Measure{Name: hostile, Value: 1, Unit: hostile})
	s := r
	s.Check, s.Status, s.Skipped, s.CausedBy = "skipped"+hostile, check.Skip, check.SkipReason(hostile), &check.Ref{Check: r.Check, Target: r.Target}
	return []check.Result{r, s}
}

func TestTextDoesNotMindHowTargetsInterleave(t *testing.T) {
	t.Parallel()
	inOrder := lossy()
	var mixed []check.Result
	for i := range 6 {
		mixed = append(mixed, inOrder[8+i], inOrder[2+i])
	}
	mixed = append(mixed, inOrder[:2]...)
	if got, want := text(t, mixed, TextOptions{}), text(t, inOrder, TextOptions{}); got != want {
		t.Errorf("another order of arrival gives\n%s\nwant\n%s", got, want)
	}
	if inOrder[0].Target != "fw1" || mixed[0].Target != "fw1/lab-udp" {
		t.Error("Text reordered its argument")
	}
}

func TestTextFitsItsWidth(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 60, 80, 120} {
		for _, language := range []lang.Language{lang.English, lang.Japanese} {
			for name, results := range map[string][]check.Result{
				"green": allWell(), "unmatched": unmatched(), "lossy": lossy(), "odd": odd(), "unreachable": unreachable(),
			} {
				out := text(t, results, TextOptions{Width: width, Language: language})
				for line := range strings.Lines(out) {
					line = strings.TrimSuffix(line, "\n")
					if w := stringWidth(line); w > width && !tableAt40(width, line) {
						t.Errorf("%s, %s, width %d: %d columns: %q", name, language, width, w, line)
					}
				}
			}
		}
	}
}

func TestASCIIIsEnglish(t *testing.T) {
	t.Parallel()
	got := text(t, unmatched(), TextOptions{ASCII: true, Language: lang.Japanese})
	if want := text(t, unmatched(), TextOptions{ASCII: true}); got != want {
		t.Errorf("Japanese in ASCII gives\n%s", got)
	}
}

// tableAt40 excuses the table, which has five numbers and does not get narrower than 47.
func tableAt40(width int, line string) bool {
	return width < 47 && (strings.Contains(line, "→") || strings.Contains(line, "   12") || strings.Contains(line, "    8"))
}
