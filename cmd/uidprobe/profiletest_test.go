package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/report"
)

func testResults() []check.Result {
	return []check.Result{
		{Check: "profile.case", Target: "a", Status: check.Pass, Summary: "well"},
		{Check: "profile.case", Target: "b", Status: check.Fail, Summary: "b: user", Hint: "correct it", Evidence: []check.Evidence{
			{Name: profile.EvidenceDiff, Text: "  event: login\n- user: zoë\n+ user: zo\n"},
			{Name: "message 1", Text: "-\x1b[2J user=zoë"},
			{Name: "nearest profile", Text: "one\n- two\n"},
		}},
		{Check: "profile.case.can-fail", Target: "b", Status: check.Skip, Skipped: check.NeedNotMet, CausedBy: &check.Ref{Check: "profile.case", Target: "b"}},
		{Check: "profile.tested", Target: "c", Status: check.Warn, Summary: "c: no case"},
	}
}

// The diff is coloured and nothing else of a message is; what a message holds steers no terminal.
func TestDrawTests(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		options report.TextOptions
		want    []string
	}{
		{"plain", report.TextOptions{}, []string{
			"FAIL b: user", "    event: login", "  - user: zoë", "  + user: zo", "  message 1: -\ufffd[2J user=zoë",
			"  nearest profile:", "    one", "    - two", "  next: correct it", "WARN c: no case", "2 cases: 1 passed, 1 failed; 1 other findings"}},
		{"colour", report.TextOptions{Color: true}, []string{
			"\x1b[31mFAIL b: user\x1b[0m", "    event: login", "\x1b[31m  - user: zoë\x1b[0m", "\x1b[32m  + user: zo\x1b[0m", "  message 1: -\ufffd[2J user=zoë",
			"  nearest profile:", "    one", "    - two", "\x1b[2m  next: correct it\x1b[0m", "\x1b[33mWARN c: no case\x1b[0m", "\x1b[31m2 cases: 1 passed, 1 failed; 1 other findings\x1b[0m"}},
		{"ASCII", report.TextOptions{ASCII: true}, []string{
			"FAIL b: user", "    event: login", `  - user: zo\u00eb`, "  + user: zo", `  message 1: -\ufffd[2J user=zo\u00eb`,
			"  nearest profile:", "    one", "    - two", "  next: correct it", "WARN c: no case", "2 cases: 1 passed, 1 failed; 1 other findings"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := drawTests(&b, testResults(), row.options); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDrawTestsSpeaksJapanese(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := drawTests(&b, testResults(), report.TextOptions{Language: lang.Japanese}); err != nil {
		t.Fatal(err)
	}
	if want := "ケース 2 件: 成功 1 件、失敗 1 件。その他の指摘 1 件\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("got %q, want %q at the end", b.String(), want)
	}
}
