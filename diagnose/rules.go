package diagnose

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/strictyaml"
	"github.com/uidprobe/uidprobe/symptom"
)

// Rule finds a symptom in one line. Its pattern may have the groups server and vsys, which say
// where it is seen.
type Rule struct {
	Name    string
	pattern *regexp.Regexp
	row     *symptom.Symptom
	own     *ownSymptom
	tests   int
}

// Tests is how many lines the rule was held to when it was loaded.
func (r Rule) Tests() int { return r.tests }

// ownSymptom is one that a user's file describes.
type ownSymptom struct {
	ID       string
	Title    lang.Text
	Causes   []lang.Text
	Remedies []lang.Text
}

// rulesFile is a file of rules.
type rulesFile struct {
	Symptoms []symptomEntry `yaml:"symptoms"`
	Rules    []ruleEntry    `yaml:"rules"`
}

type textEntry struct {
	EN string `yaml:"en"`
	JA string `yaml:"ja"`
}

type symptomEntry struct {
	ID       string      `yaml:"id"`
	Title    textEntry   `yaml:"title"`
	Causes   []textEntry `yaml:"causes"`
	Remedies []textEntry `yaml:"remedies"`
}

type ruleEntry struct {
	Name    string      `yaml:"name"`
	Pattern string      `yaml:"pattern"`
	Symptom string      `yaml:"symptom"`
	Tests   []testEntry `yaml:"tests"`
}

// testEntry is a line, and what the rule makes of it.
type testEntry struct {
	Line   string `yaml:"line"`
	Not    bool   `yaml:"not"` // the rule must not find it
	Server string `yaml:"server"`
	VSys   string `yaml:"vsys"`
}

// RuleFiles are the names of the files of rules in a folder, sorted.
func RuleFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no file of rules: want one that ends in .yaml", dir)
	}
	return names, nil
}

// LoadRules reads every file of rules in a folder and runs their tests. Errors of the files are
// strictyaml.Problems, every mistake with file, line and column; a test that fails is one.
func LoadRules(dir string) ([]Rule, error) {
	names, err := RuleFiles(dir)
	if err != nil {
		return nil, err
	}
	var rules []Rule
	var problems strictyaml.Problems
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		of, err := ParseRules(name, data)
		var found strictyaml.Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
		}
		rules = append(rules, of...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return rules, nil
}

// ParseRules reads one file of rules and runs its tests. The error is strictyaml.Problems.
func ParseRules(name string, data []byte) ([]Rule, error) {
	var file rulesFile
	doc, err := strictyaml.Decode(name, data, &file)
	if doc == nil {
		return nil, err
	}
	own := ownSymptoms(doc, file.Symptoms)
	var rules []Rule
	for i, entry := range file.Rules {
		if r, ok := entry.rule(doc, strictyaml.Path{"rules", i}, own); ok {
			rules = append(rules, r)
		}
	}
	if len(file.Rules) == 0 && !doc.Misspelt("rules") && !doc.Wrong("rules") {
		doc.Problem(strictyaml.Path{}, "write at least one entry under rules", "no rule")
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return rules, nil
}

var symptomID = regexp.MustCompile(`^[a-z0-9]+(?:[.-][a-z0-9]+)+$`)

func ownSymptoms(doc *strictyaml.Document, entries []symptomEntry) map[string]*ownSymptom {
	own := map[string]*ownSymptom{}
	for i, e := range entries {
		at := strictyaml.Path{"symptoms", i}
		_, ours := symptom.Find(e.ID)
		switch {
		case !symptomID.MatchString(e.ID):
			doc.Problem(at.With("id"), "such as site.backup-window", "%q is not an ID of small letters, digits, dots and dashes", e.ID)
		case ours || own[e.ID] != nil:
			doc.Problem(at.With("id"), "choose another, or leave the entry out and name the symptom in the rule", "%q is in the table already", e.ID)
		case e.Title.EN == "":
			doc.Problem(at.With("title"), "title: {en: …}", "no title in English")
		}
		own[e.ID] = &ownSymptom{e.ID, text(e.Title), texts(e.Causes), texts(e.Remedies)}
	}
	return own
}

func text(e textEntry) lang.Text { return lang.Text(e) }

func texts(entries []textEntry) (all []lang.Text) {
	for _, e := range entries {
		all = append(all, text(e))
	}
	return all
}

func (e ruleEntry) rule(doc *strictyaml.Document, at strictyaml.Path, own map[string]*ownSymptom) (r Rule, ok bool) {
	r = Rule{Name: e.Name, tests: len(e.Tests)}
	if e.Name == "" && !doc.Misspelt(at.With("name")...) {
		doc.Problem(at.With("name"), "give it one, for messages", "the rule has no name")
	}
	if s, ours := symptom.Find(e.Symptom); ours {
		r.row = &s
	} else if r.own = own[e.Symptom]; r.own == nil {
		doc.Problem(at.With("symptom"), "uidprobe list symptoms shows what there is; describe a new one under symptoms", "%q is no symptom", e.Symptom)
	}
	pattern, err := regexp.Compile(e.Pattern)
	switch {
	case e.Pattern == "":
		doc.Problem(at.With("pattern"), "write an RE2 expression", "the rule has no pattern")
		return r, false
	case err != nil:
		doc.Problem(at.With("pattern"), "the syntax is RE2", "%v", err)
		return r, false
	}
	r.pattern = pattern
	for _, name := range pattern.SubexpNames() {
		if name != "" && !slices.Contains([]string{"server", "vsys"}, name) {
			doc.Problem(at.With("pattern"), "groups with a name are server and vsys", "group %q means nothing", name)
		}
	}
	r.runTests(doc, at, e.Tests)
	return r, true
}

// runTests holds the rule to its lines. A rule without a line that it finds was never seen to
// work.
func (r Rule) runTests(doc *strictyaml.Document, at strictyaml.Path, tests []testEntry) {
	positive := false
	for i, test := range tests {
		positive = positive || !test.Not
		who, found := r.find(test.Line)
		place := at.With("tests", i)
		switch {
		case test.Not && found:
			doc.Problem(place.With("line"), "", "rule %q finds the line and must not", r.Name)
		case !test.Not && !found:
			doc.Problem(place.With("line"), "", "rule %q does not find the line", r.Name)
		case test.Server != "" && who.name != test.Server:
			doc.Problem(place.With("server"), "", "rule %q finds the server %q, want %q", r.Name, who.name, test.Server)
		case test.VSys != "" && who.vsys != test.VSys:
			doc.Problem(place.With("vsys"), "", "rule %q finds the virtual system %q, want %q", r.Name, who.vsys, test.VSys)
		}
	}
	if !positive {
		doc.Problem(at, "add tests: [{line: …}] with a line from your log", "rule %q has no line that it must find", r.Name)
	}
}

// find looks for the rule in a line.
func (r Rule) find(line string) (who subject, found bool) {
	m := r.pattern.FindStringSubmatch(line)
	if m == nil {
		return subject{}, false
	}
	who = subject{kind: atLog}
	for i, name := range r.pattern.SubexpNames() {
		switch name {
		case "server":
			who.name = m[i]
		case "vsys":
			who.vsys = m[i]
			if m[i] != "" && !strings.HasPrefix(m[i], "vsys") {
				who.vsys = "vsys" + m[i]
			}
		}
	}
	return who, true
}

// byRule asks the user's rules.
func (p *parser) byRule(line string) bool {
	for i := range p.d.config.Rules {
		r := &p.d.config.Rules[i]
		who, found := r.find(line)
		if !found {
			continue
		}
		s := seen{subject: who, symptom: r.row, own: r.own}
		if r.row != nil {
			s.id = r.row.ID
		} else {
			s.id = r.own.ID
		}
		p.see(s)
		return true
	}
	return false
}
