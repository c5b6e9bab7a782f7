package report

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/peers"
)

func markdownOf(t *testing.T, results []check.Result, o MarkdownOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Markdown(&b, results, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdownGolden(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		results []check.Result
		o       MarkdownOptions
	}{
		{"green.md", allWell(), MarkdownOptions{Version: "1.2.3"}},
		{"unmatched.md", unmatched(), MarkdownOptions{}},
		{"unmatched-ja.md", unmatched(), MarkdownOptions{Language: lang.Japanese}},
		{"lossy.md", lossy(), MarkdownOptions{FailOnWarn: true}},
		{"odd.md", odd(), MarkdownOptions{}},
		{"refused-password.md", refusedPassword(), MarkdownOptions{}},
		{"empty.md", nil, MarkdownOptions{}},
	} {
		golden(t, row.name, []byte(markdownOf(t, row.results, row.o)))
	}
}

func TestMarkdownCell(t *testing.T) {
	t.Parallel()
	p := newMarkdown(MarkdownOptions{})
	for _, row := range []struct{ name, in, want string }{
		{"a loss", "! 8", "! 8"},
		{"words", "UDP loses silently: send over SSL (TCP 6514), or slower", "UDP loses silently: send over SSL (TCP 6514), or slower"},
		{"Japanese", "チェックが合格していない（推定）", "チェックが合格していない（推定）"},
		{"a menu", "Device > Setup", "Device &gt; Setup"},
		{"a user", `mapped to corp\alice now`, "mapped to `corp\\alice` now"},
		{"a mention", "ask @all now", "ask `@all` now"},
		{"neighbours", "*a* _b_ c", "`*a* _b_` c"},
		{"a reference", "see #12, GH-3 and 0123456789abcdef", "see `#12, GH-3` and `0123456789abcdef`"},
		{"a link", "https://x.example/ or www.x.example", "`https://x.example/` or `www.x.example`"},
		{"emoji", "a :+1: b", "a `:+1:` b"},
		{"a bar", "a|b", "<code>a&#124;b</code>"},
		{"a backquote", "a`b", "<code>a&#96;b</code>"},
		{"markup", "<b>", "`<b>`"},
		{"a command", "/close now", "`/close` now"},
		{"a line end", "a\n| b", "<code>a&#92;n&#124;</code> b"},
		{"an empty one", "", ""},
	} {
		if got := p.cell(row.in); got != row.want {
			t.Errorf("%s: cell(%q) = %q, want %q", row.name, row.in, got, row.want)
		}
	}
}

// The renderer of GitHub makes of hostile results what it makes of harmless ones: the same tables,
// with nothing in them but text and code.
func TestHostileTextIsInertInMarkdown(t *testing.T) {
	t.Parallel()
	for _, results := range [][]check.Result{markupResults(), hostileResults()} {
		assertInert(t, markdownOf(t, results, MarkdownOptions{}), TextOptions{})
	}
	program := peers.Require(t, "cmark-gfm", "cmark-gfm")
	for _, row := range []struct {
		name    string
		results []check.Result
	}{{"markup", markupResults()}, {"hostile", hostileResults()}, {"lossy", lossy()}, {"unmatched", unmatched()}} {
		text := markdownOf(t, row.results, MarkdownOptions{Version: markup})
		c := exec.Command(program, "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e", "tagfilter")
		c.Stdin = strings.NewReader(text)
		page, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(string(page), -1) {
			switch name := strings.Trim(strings.Fields(strings.Trim(tag, "<>/"))[0], "/"); name {
			case "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "br", "ul", "li":
			default:
				t.Errorf("%s: the page has %s", row.name, tag)
			}
		}
		for _, table := range strings.Split(string(page), "<table>")[1:] {
			table, _, _ = strings.Cut(table, "</table>")
			columns := strings.Count(table, "<th") - strings.Count(table, "<thead")
			for _, tr := range strings.Split(table, "<tr>")[2:] {
				if n := strings.Count(tr, "<td"); n != columns {
					t.Errorf("%s: a row of %d cells, want %d: %.300s", row.name, n, columns, tr)
				}
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add(markup)
	f.Add(hostile)
	f.Add("a\\|b `c` | d")
	p := regexp.MustCompile("`[^`|]*`|<code>[^`<>|]*</code>")
	f.Fuzz(func(t *testing.T, words string) {
		cell := newMarkdown(MarkdownOptions{}).cell(words)
		assertInert(t, cell, TextOptions{})
		left := strings.ReplaceAll(p.ReplaceAllString(cell, ""), "&gt;", "")
		if strings.ContainsAny(left, "`|*_[]<>@#~\\$&{}") {
			t.Errorf("cell(%q) = %q", words, cell)
		}
	})
}
