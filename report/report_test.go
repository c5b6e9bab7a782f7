package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	ran := func(from, took time.Duration) check.Result {
		return check.Result{Started: start.Add(from), Took: took}
	}
	for _, row := range []struct {
		name    string
		results []check.Result
		started time.Duration // after start
		took    time.Duration
	}{
		{"one", []check.Result{ran(0, time.Second)}, 0, time.Second},
		{"the first comes last", []check.Result{ran(time.Minute, time.Second), ran(time.Second, time.Second)}, time.Second, 60 * time.Second},
		{"one within another", []check.Result{ran(0, time.Minute), ran(time.Second, time.Second)}, 0, time.Minute},
		{"never started", []check.Result{{Took: time.Hour}, ran(time.Second, 2*time.Second)}, time.Second, 2 * time.Second},
		{"a clock that went back", []check.Result{ran(0, -time.Minute)}, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			started, took := span(row.results)
			if !started.Equal(start.Add(row.started)) || took != row.took {
				t.Errorf("from %v for %v, want from %v for %v", started, took, start.Add(row.started), row.took)
			}
		})
	}
	if started, took := span([]check.Result{{Took: time.Hour}}); !started.IsZero() || took != 0 {
		t.Errorf("nothing started: from %v for %v", started, took)
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 ms", 999 * time.Microsecond: "0 ms", 999999 * time.Microsecond: "999 ms", time.Second: "1.0 s",
		59990 * time.Millisecond: "59.9 s", time.Minute: "1 min 0 s", 125*time.Second + 900*time.Millisecond: "2 min 5 s", 2 * time.Hour: "120 min 0 s",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%v) = %q, want %q", d, got, want)
		}
	}
}

// TestEvidenceIsBounded: some of it is enough to act on; all of it is there to be asked for.
func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	r := because("a", check.Fail, "")
	for n := range 8 {
		var lines strings.Builder
		for i := range 28 {
			fmt.Fprintf(&lines, "line %d of piece %d\n", i, n)
		}
		r.Evidence = append(r.Evidence, check.Evidence{Name: fmt.Sprintf("piece %d", n), Text: lines.String()})
	}
	few, all := text(t, []check.Result{r}, TextOptions{}), text(t, []check.Result{r}, TextOptions{Verbose: true})
	for _, row := range []struct {
		what      string
		few, many int
	}{
		{"│ line ", 6 * 20, 8 * 28},
		{"line 19 of piece 3\n", 1, 1},
		{"line 20 of piece 3\n", 0, 1},
		{"… 8 more lines: --verbose, or the JSON report", 6, 0},
		{"2 more: --verbose, or the JSON report", 1, 0},
	} {
		if few, all := strings.Count(few, row.what), strings.Count(all, row.what); few != row.few || all != row.many {
			t.Errorf("%q is there %d times, %d when verbose; want %d, %d", row.what, few, all, row.few, row.many)
		}
	}
}

// TestASkipThatCountsIsNotFaint: what keeps a target from being ready is coloured as such.
func TestASkipThatCountsIsNotFaint(t *testing.T) {
	t.Parallel()
	for reason, want := range map[check.SkipReason]color{
		check.Inapplicable: faint, check.Chosen: faint, check.Interrupted: yellow, check.NeedNotMet: yellow, check.Refused: yellow,
	} {
		if got := colorOf(check.Result{Status: check.Skip, Skipped: reason}); got != want {
			t.Errorf("colour of %s is %q, want %q", reason, got, want)
		}
	}
}

// TestWordsAreComplete: every text of the frame is there in both languages.
func TestWordsAreComplete(t *testing.T) {
	t.Parallel()
	words := []lang.Text{
		wordReady, wordNotReady, wordNothing, wordInterrupted, wordRefused, wordDefect, wordLimits, wordTrace, wordMay, labelShown, wordLikely, wordInferred, wordAbove,
		labelWanted, labelNext, labelSymptom, labelMeaning, labelCauses, labelRemedies, labelArticle, labelMeasured, labelEvidence, labelRule, labelBecause,
		headMessages, headLatency, checks(1), notAsked(1), alsoRed(1), lost("1", "2", 0, 1), moreLines(1), moreEvidence(1), within(0),
	}
	for _, s := range stages {
		words = append(words, s.word)
	}
	for _, reason := range reasons {
		words = append(words, reason)
	}
	for _, w := range words {
		if !w.Complete() {
			t.Errorf("%+v lacks a language", w)
		}
	}
	for _, label := range []lang.Text{labelWanted, labelNext, labelSymptom, labelShown, labelMeaning, labelCauses, labelRemedies, labelArticle, labelMeasured, labelEvidence, labelRule, labelBecause} {
		if stringWidth(label.EN) >= labelWidth || stringWidth(label.JA) >= labelWidth {
			t.Errorf("label %+v is wider than its column", label)
		}
	}
}
