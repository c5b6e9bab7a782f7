package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
)

// maxConsequences is how many of the results that a finding explains are listed under it; they are all in the list
// of checks.
const maxConsequences = 50

// findings are the results that stand by themselves and are not well, the worst first.
func (h *html) findings(results []check.Result, c causes, server map[string]int) (list []findingView) {
	for _, i := range standing(results, c) {
		list = append(list, h.findingOf(results, c, i, server[serverOf(results[i].Target)]))
	}
	return list
}

// standing are the results that are shown as findings, by their index, the worst first.
func standing(results []check.Result, c causes) (which []int) {
	for i, r := range results {
		if stands(r, c, i) {
			which = append(which, i)
		}
	}
	slices.SortStableFunc(which, func(a, b int) int { return rankOf(results[b]) - rankOf(results[a]) })
	return which
}

// stands says whether a result is shown as a finding: it is not well, and nothing else that is
// shown explains it.
func stands(r check.Result, c causes, i int) bool {
	_, explained := c.root[i]
	return !explained && (r.Finding() || r.Status == check.Skip && speaks(r))
}

func (h *html) findingOf(results []check.Result, c causes, i, server int) findingView {
	r := results[i]
	v := findingView{resultView: h.result(results, c, i, server)}
	v.Next, v.Wanted, v.Rule = h.safe(r.Hint, maxSentence), h.in(r.Title), h.safe(r.Source, maxSentence)
	v.Evidence = h.pieces(r.Evidence)
	h.symptomOf(&v, r)
	v.ConsequencesCount = len(c.consequences[i])
	for n, j := range c.consequences[i] {
		if n == maxConsequences {
			v.More = h.in(moreRows(v.ConsequencesCount - n))
			break
		}
		other := results[j]
		v.Consequences = append(v.Consequences, consequenceView{
			anchor(j), markOf(other.Status).word, h.ref(other.Ref(), r.Target), h.said(other),
		})
	}
	return v
}

// symptomOf explains what the firewall shows, the first time it is met.
func (h *html) symptomOf(v *findingView, r check.Result) {
	if r.Symptom == "" {
		return
	}
	id := h.safe(r.Symptom, maxName)
	s, ok := h.find(r.Symptom)
	if !ok {
		v.Symptom = id
		return
	}
	if s.Number != nil {
		id += fmt.Sprintf(", %d", *s.Number)
	}
	may := wordLikely
	if r.Status == check.Warn {
		may = wordMay
	}
	v.Symptom = fmt.Sprintf("%s: %s (%s)", h.in(may), h.in(s.Title), id)
	if s.Confidence == "inferred" || s.Confidence == "recalled" {
		v.Symptom += "; " + h.in(wordInferred)
	}
	if h.told[r.Symptom] {
		v.Symptom += "; " + h.in(wordAbove)
		return
	}
	h.told[r.Symptom] = true
	v.Logged, v.Meaning, v.Article = h.safe(logged(s, r.Evidence), maxSentence), h.in(s.Meaning), h.safe(s.Article, maxSentence)
	for _, cause := range s.Causes {
		v.Causes = append(v.Causes, h.in(cause))
	}
	for _, remedy := range s.Remedies {
		v.Remedies = append(v.Remedies, h.in(remedy))
	}
}

// server is the checks of one server.
func (h *html) server(results []check.Result, c causes, g group, id int) serverView {
	name := h.safe(g.server, maxName)
	if name == "" {
		name = "-"
	}
	m := markOf(g.worst.Status)
	own := make([]check.Result, 0, len(g.which))
	v := serverView{ID: id, Name: name, Status: statusOf(g.worst), Mark: m.unicode}
	for _, i := range g.which {
		own = append(own, results[i])
		row := h.result(results, c, i, id)
		if row.Linked = stands(results[i], c, i); !row.Linked {
			row.Evidence = h.pieces(results[i].Evidence)
		}
		if results[i].Target == g.server {
			row.Target = ""
		}
		v.Results = append(v.Results, row)
	}
	v.Counts = counts(own)
	return v
}

// result is a row.
func (h *html) result(results []check.Result, c causes, i, server int) resultView {
	r := results[i]
	m := markOf(r.Status)
	v := resultView{
		Server: server, Anchor: anchor(i), Status: statusOf(r), Word: m.word, Mark: m.unicode,
		Check: h.safe(r.Check, maxName), Target: h.safe(r.Target, maxName),
		Title: h.in(r.Title), Found: h.said(r), Measured: h.measures(r),
	}
	if r.Status == check.Skip {
		v.Found = h.page.why(r.Skipped, r.Summary, r.CausedBy)
		if r.Skipped == check.Refused {
			v.Found = h.said(r)
		}
	}
	if !r.Started.IsZero() {
		v.Took = duration(max(r.Took, 0))
	}
	if root, ok := c.root[i]; ok {
		v.Because, v.Cause = h.ref(results[root].Ref(), r.Target), anchor(root)
	}
	return v
}

// statusOf is the word of a status for the filter: one that is none counts as an error.
func statusOf(r check.Result) string {
	if r.Status < check.Pass || r.Status > check.Error {
		return check.Error.String()
	}
	return r.Status.String()
}

// pieces are what was seen, bounded.
func (h *html) pieces(evidence []check.Evidence) (list []evidenceView) {
	for n, e := range evidence {
		if n == manyPieces {
			list = append(list, evidenceView{"…", h.in(moreEvidence(len(evidence) - n))})
			break
		}
		name := h.safe(e.Name, maxName)
		if name == "" {
			name = "-"
		}
		lines, more := h.safeLines(e.Text, manyLines)
		if more > 0 {
			lines = append(lines, "… "+h.in(moreLines(more)))
		}
		list = append(list, evidenceView{name, strings.Join(lines, "\n")})
	}
	return list
}
