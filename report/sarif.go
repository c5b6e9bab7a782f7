package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// The parts of SARIF 2.1.0 (OASIS Standard, 27 March 2020) that code scanning reads; the numbers
// are the sections of the standard.
const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
)

type (
	sarifLog struct { // 3.13
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct { // 3.14
		Tool       sarifTool     `json:"tool"`
		Results    []sarifResult `json:"results"`
		ColumnKind string        `json:"columnKind"`
	}
	sarifTool struct { // 3.18
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct { // 3.19
		Name     string      `json:"name"`
		Version  string      `json:"version,omitempty"`
		Language string      `json:"language"`
		Rules    []sarifRule `json:"rules"`
	}
	sarifRule struct { // 3.49
		ID        string        `json:"id"`
		Short     sarifText     `json:"shortDescription"`
		Full      *sarifText    `json:"fullDescription,omitempty"`
		Help      *sarifText    `json:"help,omitempty"`
		Configure sarifConfig   `json:"defaultConfiguration"`
		Bag       *sarifRuleBag `json:"properties,omitempty"`
	}
	sarifRuleBag struct {
		Source string `json:"source"`
	}
	sarifConfig struct { // 3.50
		Level string `json:"level"`
	}
	sarifText struct { // 3.11, 3.12
		Text string `json:"text"`
	}
	sarifResult struct { // 3.27
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Kind         string             `json:"kind"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Prints       map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct { // 3.28
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct { // 3.29
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct { // 3.4
		URI string `json:"uri"`
	}
	sarifRegion struct { // 3.30
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
	sarifLogical struct { // 3.33
		FullName string `json:"fullyQualifiedName"`
	}
	sarifSuppression struct { // 3.35
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

// SARIF writes the findings for systems that show them beside the lines of a file: a rule for each
// check, and a result for each place of each finding. What is ignored with a reason is a
// suppressed result; what passed, or was not asked, has none. The errors are those of w, and a
// result without a status.
func SARIF(w io.Writer, results []check.Result, m Meta, language lang.Language) error {
	results = ordered(results)
	tag := "en"
	if language == lang.Japanese {
		tag = "ja"
	}
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "uidprobe", Version: m.Version, Language: tag, Rules: []sarifRule{}}},
		Results:    []sarifResult{},
		ColumnKind: "unicodeCodePoints",
	}
	rules := map[string]int{}
	for _, r := range results {
		if r.Status < check.Pass || r.Status > check.Error {
			return fmt.Errorf("report: %q has no status", r.Ref())
		}
		i, known := rules[r.Check]
		if !known {
			i = len(run.Tool.Driver.Rules)
			rules[r.Check] = i
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(r, language))
		}
		rule := &run.Tool.Driver.Rules[i]
		found := sarifResultsOf(r, i)
		if len(found) > 0 && (rule.Configure.Level == "none" || found[0].Level == "error") {
			rule.Configure.Level = found[0].Level
		}
		if rule.Help == nil && r.Hint != "" {
			rule.Help = &sarifText{printable(r.Hint)}
		}
		run.Results = append(run.Results, found...)
	}
	text, err := json.MarshalIndent(sarifLog{sarifSchema, sarifVersion, []sarifRun{run}}, "", "  ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

func sarifRuleOf(r check.Result, language lang.Language) sarifRule {
	rule := sarifRule{ID: r.Check, Short: sarifText{printable(r.Title.In(language))}, Configure: sarifConfig{"none"}}
	if rule.Short.Text == "" {
		rule.Short.Text = r.Check
	}
	if r.Source != "" {
		rule.Full = &sarifText{printable(rule.Short.Text + " (" + r.Source + ")")}
		rule.Bag = &sarifRuleBag{printable(r.Source)}
	}
	return rule
}

// sarifResultsOf are the results of one answer: one for each place.
func sarifResultsOf(r check.Result, rule int) (list []sarifResult) {
	ignored := slices.IndexFunc(r.Evidence, func(e check.Evidence) bool { return e.Name == check.EvidenceBecause })
	if !r.Finding() && ignored < 0 {
		return nil
	}
	base := sarifResult{RuleID: r.Check, RuleIndex: rule, Kind: "fail", Level: "error"}
	if r.Status == check.Warn || ignored >= 0 {
		base.Level = "warning"
	}
	if ignored >= 0 {
		base.Suppressions = []sarifSuppression{{"inSource", "accepted", printable(r.Evidence[ignored].Text)}}
	}
	logical := []sarifLogical{{printable(r.Target)}}
	places := r.Places()
	if len(places) == 0 {
		base.Message = sarifText{sarifMessage(r.Summary)}
		base.Locations = []sarifLocation{{Logical: logical}}
		base.Prints = map[string]string{"uidprobe/v1": r.Check + " " + r.Target}
		return []sarifResult{base}
	}
	findings := findingsOf(r)
	for i, p := range places {
		x := base
		x.Message = sarifText{sarifMessage(r.Summary)}
		if i < len(findings) {
			x.Message.Text = sarifMessage(r.Target + ": " + findings[i])
		}
		x.Locations = []sarifLocation{{&sarifPhysical{sarifArtifact{sarifURI(p.File)}, sarifRegion{p.Line, p.Column}}, logical}}
		// Without the line, so that a finding stays the same when lines above it are added.
		x.Prints = map[string]string{"uidprobe/v1": fmt.Sprintf("%s %s %d", r.Check, printable(r.Target), i)}
		list = append(list, x)
	}
	return list
}

// findingsOf are the words for the places, in their order.
func findingsOf(r check.Result) (list []string) {
	for _, e := range r.Evidence {
		if e.Name == "finding" {
			list = append(list, e.Text)
		}
	}
	return list
}

// sarifMessage is a text in which brackets are no links and braces no places (3.11.5, 3.11.6).
func sarifMessage(text string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "{", "{{", "}", "}}").Replace(printable(text))
}

// sarifURI is the name of a file as a relative URI, or an absolute one for an absolute name.
func sarifURI(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	u := url.URL{Path: path.Clean(name)}
	switch {
	case strings.HasPrefix(name, "/"):
		u.Scheme = "file"
	case len(name) > 2 && name[1] == ':' && name[2] == '/':
		u.Scheme, u.Path = "file", "/"+u.Path
	}
	return u.String()
}
