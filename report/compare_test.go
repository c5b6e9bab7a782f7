package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// differences names what a comparison holds: "broke delivery.sent@fw1 +2".
func differences(c Comparison) (list []string) {
	for _, s := range c.sections() {
		for _, d := range s.list {
			text := fmt.Sprintf("%s %s", s.name, d.Ref())
			if d.Explains > 0 {
				text += fmt.Sprintf(" +%d", d.Explains)
			}
			list = append(list, text)
		}
	}
	return list
}

func TestCompare(t *testing.T) {
	t.Parallel()
	one := func(status check.Status, summary string) []check.Result {
		return []check.Result{{Check: "net.dial", Target: "dc1:88 (192.0.2.10)", Status: status, Summary: summary}}
	}
	left := func(reason check.SkipReason) []check.Result {
		r := one(check.Skip, "not asked")
		r[0].Skipped = reason
		return r
	}
	moved := func(results []check.Result, target string) []check.Result {
		results[0].Target = target
		return results
	}
	for _, row := range []struct {
		name          string
		before, after []check.Result
		failOnWarn    bool
		want          []string
		worse         bool
	}{
		{"the same", allWell(), allWell(), false, nil, false},
		{"a fault and what it explains", allWell(), unmatched(), false, []string{"broke delivery.authenticated@fw1/lab-udp +2"}, true},
		{"mended again", unmatched(), allWell(), false, []string{"mended delivery.authenticated@fw1/lab-udp", "mended delivery.mapped@fw1/lab-udp", "mended delivery.logged-out@fw1/lab-udp"}, false},
		{"nothing answers", allWell(), unreachable(), false, []string{"broke firewall.api@fw1 +13"}, true},
		{"numbers alone", one(check.Fail, "no answer within 5s from 192.0.2.1:88"), one(check.Fail, "no answer within 1m2.5s from 192.0.2.1:4711"), false, nil, false},
		{"other words", one(check.Fail, "no answer within 5s"), one(check.Fail, "connection refused"), false, []string{"changed net.dial@dc1:88 (192.0.2.10)"}, false},
		{"other words of what is well", one(check.Pass, "a"), one(check.Pass, "b"), false, nil, false},
		{"a warning", one(check.Pass, ""), one(check.Warn, "slow"), false, []string{"changed net.dial@dc1:88 (192.0.2.10)"}, false},
		{"a warning that counts", one(check.Pass, ""), one(check.Warn, "slow"), true, []string{"broke net.dial@dc1:88 (192.0.2.10)"}, true},
		{"an error where a failure was", one(check.Fail, "a"), one(check.Error, "a"), false, []string{"changed net.dial@dc1:88 (192.0.2.10)"}, false},
		{"new and well", nil, one(check.Pass, ""), false, []string{"new net.dial@dc1:88 (192.0.2.10)"}, false},
		{"new and not well", nil, one(check.Fail, ""), false, []string{"broke net.dial@dc1:88 (192.0.2.10)"}, true},
		{"no longer in the plan", one(check.Pass, ""), nil, false, []string{"gone net.dial@dc1:88 (192.0.2.10)"}, false},
		{"left out by choice", one(check.Pass, ""), left(check.Chosen), false, []string{"gone net.dial@dc1:88 (192.0.2.10)"}, false},
		{"interrupted", one(check.Pass, ""), left(check.Interrupted), false, []string{"gone net.dial@dc1:88 (192.0.2.10)"}, true},
		{"refused for the first time", left(check.Inapplicable), left(check.Refused), false, []string{"broke net.dial@dc1:88 (192.0.2.10)"}, true},
		{"never asked", left(check.Chosen), nil, false, nil, false},
		{"another port and address", one(check.Pass, ""), moved(one(check.Fail, ""), "dc1:4711 (192.0.2.99)"), false, []string{"broke net.dial@dc1:4711 (192.0.2.99)"}, true},
		{"two of them: no guess", one(check.Pass, ""), append(moved(one(check.Pass, ""), "dc1:88 (192.0.2.98)"), moved(one(check.Pass, ""), "dc1:88 (192.0.2.99)")...), false,
			[]string{"new net.dial@dc1:88 (192.0.2.98)", "new net.dial@dc1:88 (192.0.2.99)", "gone net.dial@dc1:88 (192.0.2.10)"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := Compare(row.before, row.after, row.failOnWarn)
			if got := differences(c); !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if c.Worse() != row.worse {
				t.Errorf("worse is %v, want %v", c.Worse(), row.worse)
			}
		})
	}
}

func TestCompareIgnoresWhenAndInWhichOrder(t *testing.T) {
	t.Parallel()
	later := unmatched()
	slices.Reverse(later)
	for i := range later {
		later[i].Started = later[i].Started.Add(time.Hour)
		later[i].Took *= 2
	}
	slices.SortStableFunc(later, func(a, b check.Result) int { return strings.Compare(b.Target, a.Target) })
	if got := differences(Compare(unmatched(), later, false)); got != nil {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestComparisonGolden(t *testing.T) {
	t.Parallel()
	c := Compare(lossy(), odd(), false)
	for _, row := range []struct {
		name string
		draw func(*bytes.Buffer) error
	}{
		{"compare.txt", func(b *bytes.Buffer) error { return CompareText(b, c, TextOptions{}) }},
		{"compare-ja.txt", func(b *bytes.Buffer) error { return CompareText(b, c, TextOptions{Language: lang.Japanese}) }},
		{"compare.json", func(b *bytes.Buffer) error { return CompareJSON(b, c, Meta{Version: "1.2.3"}) }},
		{"compare.md", func(b *bytes.Buffer) error { return CompareMarkdown(b, c, MarkdownOptions{}) }},
		{"compare-same.txt", func(b *bytes.Buffer) error {
			return CompareText(b, Compare(allWell(), allWell(), false), TextOptions{})
		}},
	} {
		var b bytes.Buffer
		if err := row.draw(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, row.name, b.Bytes())
	}
}

func TestHostileTextIsInertInAComparison(t *testing.T) {
	t.Parallel()
	c := Compare(nil, append(hostileResults(), markupResults()...), false)
	var text, ticket, program bytes.Buffer
	if err := CompareText(&text, c, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := CompareMarkdown(&ticket, c, MarkdownOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := CompareJSON(&program, c, Meta{Version: hostile}); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*bytes.Buffer{&text, &ticket, &program} {
		assertInert(t, b.String(), TextOptions{})
	}
	if !json.Valid(program.Bytes()) {
		t.Error("not JSON")
	}
}
