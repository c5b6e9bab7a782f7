package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/peers"
)

// htmlOf draws results as HTML.
func htmlOf(t *testing.T, results []check.Result, o HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, results, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestChromiumShowsTheReport(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	for _, row := range []struct {
		name     string
		results  []check.Result
		language lang.Language
		broken   string // the stages that are broken
		findings int
	}{
		{"green", allWell(), lang.English, "", 0},
		{"unmatched", unmatched(), lang.English, "Parse profile", 1},
		{"unmatched-ja", unmatched(), lang.Japanese, "解析プロファイル", 1},
		{"lossy", lossy(), lang.English, "Received", 2},
		{"unreachable", unreachable(), lang.English, "Firewall", 1},
		{"refused-password", refusedPassword(), lang.English, "Account", 1},
		{"odd", odd(), lang.English, "Mapping", 0},
		{"hostile", hostileResults(), lang.English, "", 2},
	} {
		b.open(t, []byte(htmlOf(t, row.results, HTMLOptions{Language: row.language, Version: "1.2.3"})))
		var broken []string
		b.evaluate(t, `[...new Set([...document.querySelectorAll(".lying .stop.broken text:first-of-type")].map(e => e.textContent))]`, &broken)
		if row.name == "odd" {
			if !slices.Contains(broken, row.broken) {
				t.Errorf("%s: broken at %q, want %q among them", row.name, broken, row.broken)
			}
		} else if got := strings.Join(broken, ", "); got != row.broken {
			t.Errorf("%s: broken at %q, want %q", row.name, got, row.broken)
		}
		var findings int
		b.evaluate(t, `document.querySelectorAll("article.finding").length`, &findings)
		if row.findings > 0 && findings != row.findings {
			t.Errorf("%s: %d findings, want %d", row.name, findings, row.findings)
		}
		for _, look := range []struct {
			name  string
			width int
		}{{"light", 1280}, {"dark", 1280}, {"narrow", 390}} {
			scheme := strings.Replace(look.name, "narrow", "light", 1)
			b.look(t, look.width, scheme)
			var wide int
			b.evaluate(t, `document.documentElement.scrollWidth`, &wide)
			if wide > look.width {
				t.Errorf("%s, %s: the page is %d wide, the window %d", row.name, look.name, wide, look.width)
			}
			b.screenshot(t, row.name+"-"+look.name)
		}
		if pdf := b.print(t, row.name); !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("/Page")) {
			t.Errorf("%s: printed %.20q", row.name, pdf)
		}
		b.calm(t)
	}
}

// axe is the script of axe-core, which npm has.
func axe(t *testing.T) string {
	t.Helper()
	file := os.Getenv("UIDPROBE_AXE")
	if file == "" {
		file = filepath.Join("..", "build", "axe", "node_modules", "axe-core", "axe.min.js")
	}
	script, err := os.ReadFile(file)
	if err != nil {
		peers.Missing(t, "axe-core is not here (npm install --prefix build/axe axe-core): %v", err)
	}
	return string(script)
}

func TestAxeFindsNothingSerious(t *testing.T) {
	t.Parallel()
	script := axe(t)
	b := startBrowser(t)
	for _, row := range []struct {
		name    string
		results []check.Result
	}{{"green", allWell()}, {"unmatched", unmatched()}, {"lossy", lossy()}, {"odd", odd()}, {"hostile", hostileResults()}, {"refused-password", refusedPassword()}} {
		for _, look := range []struct {
			scheme string
			width  int
		}{{"light", 1280}, {"dark", 1280}, {"light", 390}} {
			b.look(t, look.width, look.scheme)
			b.open(t, []byte(htmlOf(t, row.results, HTMLOptions{})))
			b.evaluate(t, `document.querySelectorAll("details").forEach(d => { d.open = true; }); 1`, nil)
			b.evaluate(t, script+"\n;1", nil)
			var found []struct{ ID, Impact, Help, Where string }
			b.evaluate(t, `axe.run().then(r => r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Where: v.nodes.map(n => n.html).slice(0, 3).join(" ")})))`, &found)
			for _, f := range found {
				t.Errorf("%s, %s, %d: %s (%s): %s: %.300s", row.name, look.scheme, look.width, f.ID, f.Impact, f.Help, f.Where)
			}
		}
	}
}

func TestFiltersWork(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.look(t, 1280, "light")
	b.open(t, []byte(htmlOf(t, lossy(), HTMLOptions{})))
	const visible = `[...document.querySelectorAll("#checks tr[data-status]")].filter(e => e.offsetParent).length`
	const findings = `[...document.querySelectorAll("article")].filter(e => e.offsetParent).length`
	set := func(selector, property, value string) string {
		return fmt.Sprintf(`{const e = document.querySelector(%q); e.%s = %s; e.dispatchEvent(new Event("change", {bubbles: true}));}`, selector, property, value)
	}
	for _, step := range []struct {
		name             string
		do               string
		checks, findings int
		says             string
	}{
		{"all", "1", 14, 2, "14 of 14 checks shown"},
		{"one server", set("select", "value", `"3"`), 6, 1, "6 of 14 checks shown"},
		{"without those that passed", set(`input[value="pass"]`, "checked", "false"), 2, 1, "2 of 14 checks shown"},
		{"only warnings", set(`input[value="fail"]`, "checked", "false") + set("select", "value", `""`), 2, 1, "2 of 14 checks shown"},
		{"none", `document.querySelectorAll("input").forEach(e => { e.checked = false; });` + set("select", "value", `""`), 0, 0, "0 of 14 checks shown"},
		{"a link brings back what it leads to", `location.hash = "#` + anchor(10) + `"; new Promise(r => setTimeout(r, 0))`, 14, 2, "14 of 14 checks shown"},
	} {
		b.evaluate(t, step.do, nil)
		var checks, found int
		var says string
		b.evaluate(t, visible, &checks)
		b.evaluate(t, findings, &found)
		b.evaluate(t, `document.getElementById("shown").textContent`, &says)
		if checks != step.checks || found != step.findings || says != step.says {
			t.Errorf("%s: %d checks, %d findings, %q; want %d, %d, %q", step.name, checks, found, says, step.checks, step.findings, step.says)
		}
	}
	var open []bool
	b.evaluate(t, `document.getElementById("toggle").click(); [...document.querySelectorAll("details.evidence")].map(d => d.open)`, &open)
	if slices.Contains(open, false) {
		t.Errorf("evidence is open: %v", open)
	}
	b.calm(t)
}

func TestChromiumShowsAllWithoutScript(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.ask(t, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	b.open(t, []byte(htmlOf(t, lossy(), HTMLOptions{})))
	var checks int
	var filters bool
	b.evaluate(t, `[...document.querySelectorAll("#checks tr[data-status]")].filter(e => e.offsetParent).length`, &checks)
	b.evaluate(t, `document.getElementById("filters").offsetParent !== null`, &filters)
	if checks != 14 || filters {
		t.Errorf("%d checks shown, filters %v; want 14, and no filters that do nothing", checks, filters)
	}
}

// How long ten thousand results take is written to the log; what is held is that they are shown.
func TestChromiumTakesTenThousandResults(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	var results []check.Result
	for n := range 714 {
		for _, r := range lossy() {
			r.Target = strings.Replace(r.Target, "fw1", fmt.Sprintf("fw%03d", n), 1)
			if r.CausedBy != nil {
				r.CausedBy = &check.Ref{Check: r.CausedBy.Check, Target: r.Target}
			}
			results = append(results, r)
		}
	}
	b.look(t, 1280, "light")
	b.open(t, []byte(htmlOf(t, results, HTMLOptions{})))
	var load, filter float64
	b.evaluate(t, `performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd`, &load)
	b.evaluate(t, `(async () => {
		const start = performance.now(), e = document.querySelector('input[value="pass"]');
		e.checked = false;
		e.dispatchEvent(new Event("change", {bubbles: true}));
		await new Promise(r => requestAnimationFrame(() => setTimeout(r, 0)));
		return performance.now() - start;
	})()`, &filter)
	var says string
	b.evaluate(t, `document.getElementById("shown").textContent`, &says)
	if want := "2856 of 9996 checks shown"; says != want {
		t.Errorf("says %q, want %q", says, want)
	}
	t.Logf("9996 results: loaded in %.0f ms, filtered in %.0f ms", load, filter)
}
