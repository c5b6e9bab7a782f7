package plan

import (
	"context"
	"fmt"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// ConfigLintID begins the ID of the checks of LintConfig; the rule's code follows.
const ConfigLintID = "config."

// ConfigLint is a configuration to be judged, and what no configuration says.
type ConfigLint struct {
	Config *panos.Config
	// Other is the configuration that has to say the same: the peer's of a pair, or the device's
	// beside its template. Nil means that there is none.
	Other *panos.Config
	// Interim is how often a sender repeats what it said of a user, by the sender's name.
	Interim        map[string]time.Duration
	Now            time.Time // certificates are judged at this time
	VSys, Template string    // only these; empty means every one
}

// ConfigRule is something that a configuration may have wrong.
type ConfigRule struct {
	Code   string    // stable: "server-by-address"
	Title  lang.Text // the good outcome
	Source string
	Hint   string // what to do
	find   func(*configLint, panos.UserID) ([]configFinding, string)
}

// configFinding is one mistake.
type configFinding struct {
	status check.Status
	at     *panos.ConfigElement
	text   string
}

// configLint is what the rules look at.
type configLint struct {
	ConfigLint
	sets []profile.Set
}

// ConfigRules lists the rules, in the order in which they are asked.
func ConfigRules() []ConfigRule { return configRules }

// LintConfig makes a check of every rule for every virtual system that has a User-ID agent. They open
// no socket. The error is a mistake in the parse profiles, or that there is no agent.
func LintConfig(c ConfigLint) (list []check.Check, err error) {
	l := &configLint{ConfigLint: c}
	if l.sets, err = profile.Import(c.Config.File(), c.Config.Bytes()); err != nil {
		return nil, err
	}
	for _, u := range c.Config.UserID() {
		if c.VSys != "" && c.VSys != u.VSys || c.Template != "" && c.Template != u.Template {
			continue
		}
		for _, rule := range configRules {
			list = append(list, l.check(rule, u))
		}
	}
	if list == nil {
		return nil, fmt.Errorf("%s: there is no User-ID agent in it (user-id-collector)", c.Config.File())
	}
	return list, nil
}

func (l *configLint) check(rule ConfigRule, u panos.UserID) check.Check {
	target := u.Label()
	if target == "" {
		target = u.At.Name()
	}
	return check.Check{
		ID: ConfigLintID + rule.Code, Title: rule.Title, Source: rule.Source, Target: target,
		Run: func(context.Context) check.Result {
			findings, inapplicable := rule.find(l, u)
			return resultOf(rule, target, findings, inapplicable)
		},
	}
}

func resultOf(rule ConfigRule, target string, findings []configFinding, inapplicable string) check.Result {
	if len(findings) == 0 && inapplicable != "" {
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: target + ": " + inapplicable}
	}
	if len(findings) == 0 {
		return check.Result{Status: check.Pass, Summary: target + ": " + rule.Title.EN}
	}
	r := check.Result{Status: check.Warn, Hint: rule.Hint, Summary: target + ": " + findings[0].text}
	if n := len(findings) - 1; n > 0 {
		r.Summary += fmt.Sprintf(", and %d more", n)
	}
	for _, f := range findings {
		if f.status == check.Fail {
			r.Status = check.Fail
		}
		r.Evidence = append(r.Evidence, check.Evidence{Name: "finding", Text: f.text})
		if f.at != nil {
			line, column := f.at.Position()
			r.Evidence = append(r.Evidence,
				check.Evidence{Name: check.EvidencePlace, Text: check.Place{File: f.at.File(), Line: line, Column: column}.String()},
				check.Evidence{Name: "path", Text: f.at.XPath()})
		}
	}
	return r
}

// found collects findings.
type found []configFinding

func (f *found) fail(at *panos.ConfigElement, format string, args ...any) {
	*f = append(*f, configFinding{check.Fail, at, fmt.Sprintf(format, args...)})
}

func (f *found) warn(at *panos.ConfigElement, format string, args ...any) {
	*f = append(*f, configFinding{check.Warn, at, fmt.Sprintf(format, args...)})
}

// enabled are the entries of these kinds that are in use.
func enabled(u panos.UserID, kinds ...panos.MonitorKind) (list []panos.MonitorEntry) {
	for _, e := range u.Entries {
		for _, kind := range kinds {
			if e.Kind == kind && !e.Disabled {
				list = append(list, e)
			}
		}
	}
	return list
}

// windows are the servers that the Server Monitor Account logs in to.
func windows(u panos.UserID) []panos.MonitorEntry {
	return enabled(u, panos.MonitorActiveDirectory, panos.MonitorExchange)
}

func senders(u panos.UserID) []panos.MonitorEntry { return enabled(u, panos.MonitorSyslog) }
