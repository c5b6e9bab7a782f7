package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// markup is what a peer could put into an answer to take a page or a ticket over.
const markup = "</script></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'`|--> {{.}} javascript:alert(3) [a](http://x.example) @all #1 !2 ~3 www.x.example :+1: *b* _c_ \\| 0123456789abcdef"

// markupResults have markup in every field that comes from outside.
func markupResults() []check.Result {
	r := unmatched()[11]
	r.Target, r.Source, r.Title = markup, markup, lang.Text{EN: markup, JA: markup}
	r.Summary, r.Hint, r.Symptom = markup, markup, markup
	r.Evidence = []check.Evidence{{Name: markup, Text: markup}}
	r.Measures = append(r.Measures, messages("sent", 12), check.Measure{Name: "answer-" + markup, Value: 1, Unit: "seconds"}, check.Measure{Name: markup, Value: 1, Unit: markup})
	s := r
	s.Check, s.Status, s.Skipped, s.CausedBy = markup, check.Skip, check.SkipReason(markup), &check.Ref{Check: r.Check, Target: markup}
	return []check.Result{r, s}
}

func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		results []check.Result
		o       HTMLOptions
	}{
		{"green.html", allWell(), HTMLOptions{Version: "1.2.3"}},
		{"unmatched-ja.html", unmatched(), HTMLOptions{Language: lang.Japanese}},
		{"refused-password.html", refusedPassword(), HTMLOptions{FailOnWarn: true}},
		{"lossy.html", lossy(), HTMLOptions{}},
		{"empty.html", nil, HTMLOptions{}},
	} {
		golden(t, row.name, []byte(htmlOf(t, row.results, row.o)))
	}
}

// The policy allows the style and the script of the page, by the bytes that stand in it, and no other.
func TestHTMLAllowsNothingButItself(t *testing.T) {
	t.Parallel()
	for _, results := range [][]check.Result{allWell(), markupResults(), hostileResults()} {
		page := htmlOf(t, results, HTMLOptions{})
		policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
		if policy == nil {
			t.Fatal("no policy")
		}
		want := "default-src 'none'"
		for _, element := range []string{"script", "style"} {
			found := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
			if len(found) != 1 {
				t.Fatalf("%d elements %s, want 1", len(found), element)
			}
			sum := sha256.Sum256([]byte(found[0][1]))
			want += "; " + element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		}
		want += "; base-uri 'none'; form-action 'none'"
		if got := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(policy[1]); got != want {
			t.Errorf("policy %q, want %q", got, want)
		}
		// What stands between quotes is a value: a quote from outside is written as a number.
		tags := regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`).ReplaceAllString(page, "")
		tags = regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tags, "_")
		for _, pattern := range []string{`<[a-z][^>]*\s(on[a-z]+|style|src|srcset|action)=`, `<(img|link|iframe|object|embed|base|video|audio)\b`, `url\(`, `@import`} {
			if found := regexp.MustCompile(pattern).FindString(tags); found != "" {
				t.Errorf("the page has %q", found)
			}
		}
	}
}

func TestHostileTextIsInertInHTML(t *testing.T) {
	t.Parallel()
	for _, l := range []lang.Language{lang.English, lang.Japanese} {
		page := htmlOf(t, hostileResults(), HTMLOptions{Language: l, Version: hostile})
		assertInert(t, page, TextOptions{})
		page = htmlOf(t, markupResults(), HTMLOptions{Language: l, Version: markup})
		if n := strings.Count(page, "<script"); n != 1 {
			t.Errorf("%d script elements, want 1", n)
		}
		if strings.Contains(page, `href="javascript`) || strings.Contains(page, "onerror=alert(2)>") {
			t.Error("markup from outside is markup of the page")
		}
		if want := "&lt;script&gt;alert(1)&lt;/script&gt;"; !strings.Contains(page, want) {
			t.Errorf("%s is not shown", want)
		}
	}
}

func TestHTMLIsTheSameForTheSameResults(t *testing.T) {
	t.Parallel()
	want := htmlOf(t, lossy(), HTMLOptions{})
	var mixed []check.Result
	for i := range 6 {
		mixed = append(mixed, lossy()[8+i], lossy()[2+i])
	}
	mixed = append(mixed, lossy()[:2]...)
	if got := htmlOf(t, mixed, HTMLOptions{}); got != want {
		t.Error("another order of arrival gives another page")
	}
}

func TestHTMLBoundsHugeText(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("漢", 1<<18)
	r := unmatched()[11]
	r.Target, r.Summary, r.Hint, r.Title = huge, huge, huge, lang.Text{EN: huge, JA: huge}
	r.Evidence = []check.Evidence{{Name: huge, Text: huge}}
	if page := htmlOf(t, []check.Result{r}, HTMLOptions{}); len(page) > 128<<10 {
		t.Errorf("a page of one result has %d bytes, want at most 128 KiB", len(page))
	}
}

func TestHTMLGivesBackTheErrorOfItsWriter(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	_ = r.Close()
	if err := HTML(w, allWell(), HTMLOptions{}); err != io.ErrClosedPipe {
		t.Errorf("HTML = %v, want %v", err, io.ErrClosedPipe)
	}
	if err := Markdown(w, allWell(), MarkdownOptions{}); err != io.ErrClosedPipe {
		t.Errorf("Markdown = %v, want %v", err, io.ErrClosedPipe)
	}
}

// documentedChecks are the IDs of docs/checks.md, which is printed from the checks themselves.
func documentedChecks(t *testing.T) (ids []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "checks.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "<!-- begin checks -->")
	list, _, _ = strings.Cut(list, "<!-- end checks -->")
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z]+\.[a-z-]+) \|`).FindAllStringSubmatch(list, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// Every check that can be asked has its place on a way, and when it fails, the way is broken there
// and nowhere else.
func TestTheBrokenLinkIsWhereTheFaultIs(t *testing.T) {
	t.Parallel()
	asked := 0
	for _, id := range documentedChecks(t) {
		stages, target := monitorStages, "fw1/dc1.corp.example"
		family, _, _ := strings.Cut(id, ".")
		if slices.Contains([]string{"delivery", "listener", "sender"}, family) {
			stages, target = messageStages, "fw1/lab-udp"
		}
		want := stageOf(stages, id)
		if want < 0 {
			t.Errorf("%s has no place on the way", id)
			continue
		}
		results := append(allWell(), check.Result{Check: "kerberos.service", Target: "fw1/dc1.corp.example", Status: check.Pass})
		results = append(results, check.Result{Check: id, Target: target, Status: check.Fail, Summary: "broken"})
		broken := map[string]bool{}
		sorted := ordered(results)
		for _, r := range routesOf(sorted, untangle(sorted)) {
			for _, s := range r.stops {
				if s.state == stateBroken {
					broken[r.stages()[s.stage].word.EN] = true
				}
			}
		}
		if len(broken) != 1 || !broken[stages[want].word.EN] {
			t.Errorf("%s: broken at %v, want %s alone", id, broken, stages[want].word.EN)
		}
		asked++
	}
	if asked < 30 {
		t.Errorf("only %d checks in docs/checks.md", asked)
	}
}

func TestServerOf(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ target, server, firewall string }{
		{"fw1", "fw1", ""},
		{"fw1/lab-udp", "fw1/lab-udp", "fw1"},
		{"fw1/dc1.corp.example:88", "fw1/dc1.corp.example", "fw1"},
		{"fw1/dc1.corp.example:88 (192.0.2.10)", "fw1/dc1.corp.example", "fw1"},
		{"fw1/svc@CORP.EXAMPLE", "fw1/svc@CORP.EXAMPLE", "fw1"},
		{"[2001:db8::1]:88", "[2001:db8::1]", ""},
		{"2001:db8::1", "2001:db8::1", ""},
		{"udp://fw1:514", "udp://fw1:514", ""},
		{"", "", ""},
	} {
		if got := serverOf(row.target); got != row.server {
			t.Errorf("serverOf(%q) = %q, want %q", row.target, got, row.server)
		}
		if got := firewallOf(row.target); got != row.firewall {
			t.Errorf("firewallOf(%q) = %q, want %q", row.target, got, row.firewall)
		}
	}
}

func TestAlikeWaysAreDrawnOnce(t *testing.T) {
	t.Parallel()
	var results []check.Result
	for n := range 60 {
		results = append(results, delivered(fmt.Sprintf("fw1/s%02d", n))...)
	}
	sorted := ordered(results)
	routes := routesOf(sorted, untangle(sorted))
	if len(routes) != 1 || len(routes[0].servers) != 60 {
		t.Fatalf("%d ways, want 1 of 60 servers", len(routes))
	}
}

// A password that is refused is no fault of the KDC, which answered; what comes after is not reached.
func TestStopsOfARefusedPassword(t *testing.T) {
	t.Parallel()
	results := ordered(refusedPassword())
	routes := routesOf(results, untangle(results))
	var got []string
	for _, r := range routes {
		for _, s := range r.stops {
			got = append(got, r.stages()[s.stage].word.EN+" "+string(s.state))
		}
	}
	want := []string{"Monitored server unasked", "Service ticket unreached", "Account broken", "KDC well", "DNS well", "Firewall unasked"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWordsOfThePageAreComplete(t *testing.T) {
	t.Parallel()
	for _, words := range []map[string]lang.Text{htmlWords, htmlLabels} {
		for key, word := range words {
			if !word.Complete() {
				t.Errorf("%s is not there in every language", key)
			}
		}
	}
	for _, stages := range [][]stage{messageStages, monitorStages} {
		for _, s := range stages {
			if !s.word.Complete() {
				t.Errorf("%v is not there in every language", s.word)
			}
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(markup, "fw1", hostile, uint8(4), 12.5)
	f.Add("delivery.sent", "fw1/dc1:88 (192.0.2.1)", `corp\alice`, uint8(2), -1.0)
	f.Fuzz(func(t *testing.T, id, target, words string, status uint8, value float64) {
		r := check.Result{
			Check: id, Target: target, Status: check.Status(status % 8), Summary: words, Hint: words, Source: words,
			Title: lang.Text{EN: words, JA: words}, Symptom: id, Skipped: check.SkipReason(words),
			Evidence: []check.Evidence{{Name: words, Text: words}},
			Measures: []check.Measure{messages("sent", value), {Name: "connect", Value: value, Unit: "seconds"}, {Name: words, Unit: words},
				{Name: "latency-min", Value: value}, {Name: "latency-median", Value: value}, {Name: "latency-max", Value: value}},
		}
		page := htmlOf(t, []check.Result{r, r}, HTMLOptions{Version: words})
		assertInert(t, page, TextOptions{})
		if n := strings.Count(strings.ToLower(page), "<script"); n != 1 {
			t.Errorf("%d script elements, want 1", n)
		}
	})
}
