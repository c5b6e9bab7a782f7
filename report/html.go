package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

//go:embed html/page.tmpl
var htmlPage string

//go:embed html/style.css
var htmlStyle string

//go:embed html/script.js
var htmlScript string

// HTMLOptions say how HTML draws. The zero value is English and names no people.
type HTMLOptions struct {
	Language lang.Language // of titles, meanings, causes, remedies and the frame; "" is English
	// ShowNames leaves the names of users as they are. Otherwise they are replaced, each by the
	// same wherever it stands, but for those of the test and of the accounts that are targets.
	ShowNames bool
	// FailOnWarn makes a warning keep the verdict from being "ready".
	FailOnWarn bool
	Version    string // of uidprobe; "" when it is not known
}

// HTML writes the report as one page that needs nothing else: no network, no file beside it. Its
// policy allows nothing but its own style and script, both by their hashes; without the script
// all is shown, only the filters are missing. It draws the ways from the monitored servers to the
// firewall, with the broken link, the findings, the numbers as charts, and every check. Text from
// outside is shown escaped and bounded. The errors are those of w.
func HTML(w io.Writer, results []check.Result, o HTMLOptions) error {
	h := &html{page: newPage(TextOptions{Language: o.Language, FailOnWarn: o.FailOnWarn}), o: o}
	t, err := template.New("page").Funcs(template.FuncMap{
		"w": func(key string) (string, error) {
			word, ok := htmlWords[key]
			if !ok {
				return "", fmt.Errorf("no word %q", key)
			}
			return h.in(word), nil
		},
		"label": func(key string) (string, error) {
			word, ok := htmlLabels[key]
			if !ok {
				return "", fmt.Errorf("no label %q", key)
			}
			return h.in(word), nil
		},
		"pair": func(key, text string) labelled { return labelled{h.in(htmlLabels[key]), text} },
	}).Parse(htmlPage)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, h.view(ordered(results))); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// html is the page while it is drawn: texts go through the same functions as in the text report.
type html struct {
	*page
	o HTMLOptions
}

// htmlView is all that the template shows.
type htmlView struct {
	Lang                  lang.Language
	Policy                string
	Style                 template.CSS // of this package, not from outside
	Script                template.JS  // of this package, not from outside
	Verdict, Why, Started string
	Ready, Names          bool
	Notes                 []string
	Routes                []routeView
	MoreRoutes            string
	Legend                []legendView
	Findings              []findingView
	Charts                []*chartView
	Servers               []serverView
	Statuses              []statusView
	All                   int
	Version               string
}

type legendView struct {
	State state
	Mark  string
	Word  string
}

type statusView struct {
	Status, Word, Mark string
	Count              int
}

// resultView is a result in a row of the list of all checks.
type resultView struct {
	Server             int // index, as the filter has it
	Anchor             string
	Status, Word, Mark string
	Check, Target      string
	Title, Found, Took string
	Because, Cause     string // and the anchor of the cause
	Measured           string
	Linked             bool // the finding above tells more
	Evidence           []evidenceView
}

// labelled is a text beside its label.
type labelled struct{ Label, Text string }

type evidenceView struct{ Name, Text string }

// findingView is a result that stands by itself and is not well.
type findingView struct {
	resultView
	Next, Wanted, Rule string
	Symptom, Logged    string
	Meaning, Article   string
	Causes, Remedies   []string
	Consequences       []consequenceView
	ConsequencesCount  int
	More               string
}

type consequenceView struct{ Anchor, Word, Name, Said string }

type serverView struct {
	ID      int
	Name    string
	Status  string // of its worst result
	Mark    string
	Counts  string
	Results []resultView
}

func (h *html) view(results []check.Result) htmlView {
	results = newDisguise(h.o.ShowNames, results).results(results)
	c := untangle(results)
	t := tally(results)
	v := htmlView{
		Lang: h.page.o.Language, Style: template.CSS(htmlStyle), Script: template.JS(htmlScript), Policy: policy(),
		Verdict: h.in(wordNotReady), Ready: t.Ready(h.o.FailOnWarn), Names: h.o.ShowNames,
		All: len(results), Version: h.safe(h.o.Version, maxName),
	}
	if v.Ready {
		v.Verdict = h.in(wordReady)
	}
	v.Why, v.Started = h.why(results, t)
	v.Notes = h.notes(results, t, v.Ready)
	var more int
	if v.Routes, more = h.routeViews(results, c); more > 0 {
		v.MoreRoutes = h.in(moreRoutes(more))
	}
	for _, s := range []state{stateWell, stateWarn, stateBroken, stateUnreached, stateUnasked} {
		v.Legend = append(v.Legend, legendView{s, stateMarks[s], h.in(stateWords[s])})
	}
	for _, chart := range []*chartView{
		h.counterChart(results), h.timeChart("chart-latency", chartLatency, latencies(results)), h.timeChart("chart-answers", chartAnswers, answers(results)),
	} {
		if chart != nil {
			v.Charts = append(v.Charts, chart)
		}
	}
	server := map[string]int{}
	for n, g := range groupsOf(results) {
		server[g.server] = n + 1
		v.Servers = append(v.Servers, h.server(results, c, g, n+1))
	}
	v.Findings = h.findings(results, c, server)
	for _, s := range []struct {
		status check.Status
		count  int
	}{{check.Fail, t.Fail}, {check.Error, t.Error}, {check.Warn, t.Warn}, {check.Skip, t.Skip}, {check.Pass, t.Pass}} {
		m := markOf(s.status)
		v.Statuses = append(v.Statuses, statusView{s.status.String(), s.status.String(), m.unicode, s.count})
	}
	return v
}

// policy lets the page do nothing but what it is for.
func policy() string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(htmlScript) + "; style-src " + hash(htmlStyle) +
		"; base-uri 'none'; form-action 'none'"
}

// why is what the verdict rests on, and when it was found out.
func (h *html) why(results []check.Result, t check.Tally) (why, when string) {
	var words []string
	if t.Interrupted() {
		words = append(words, h.in(wordInterrupted))
	}
	if t.Refused() {
		words = append(words, h.in(wordRefused))
	}
	if t.Ran() == 0 {
		words = append(words, h.in(wordNothing))
	}
	if len(results) > 0 {
		words = append(words, counts(results))
	}
	started, took := span(results)
	if !started.IsZero() {
		words = append(words, h.in(within(took)))
		when = started.Format("2006-01-02 15:04:05 UTC")
	}
	return strings.Join(words, ", "), when
}

// notes are what else is to be said of the whole run.
func (h *html) notes(results []check.Result, t check.Tally, ready bool) (notes []string) {
	if t.Internal() {
		notes = append(notes, h.in(wordDefect))
	}
	if ready {
		notes = append(notes, h.in(wordLimits))
	}
	if leavesTrace(results) {
		notes = append(notes, h.in(wordTrace))
	}
	return notes
}

// leavesTrace says whether tickets were asked for, as the text report tells.
func leavesTrace(results []check.Result) bool {
	p := newPage(TextOptions{})
	p.trace(results)
	return p.Len() > 0
}

// anchor is the ID of a finding or of a row.
func anchor(i int) string { return "r" + strconv.Itoa(i) }
