package profile

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// Survivor is a mutant that no case of a suite notices.
type Survivor struct {
	Mutant Mutant
	// Message tells the mutant from the profile: a message of a case, with a small change. It is
	// empty where none was found: the mutant may then be the same in other words.
	Message string
	Was, Is string // what becomes of it by the profile, and by the mutant
}

// Survivors runs the cases of the suite against every mutant of a profile under test, and
// returns those that fail none. Only cases that pass count. The same suite gives the same
// survivors. It ends early, with the cause, when ctx does.
func (s *Suite) Survivors(ctx context.Context, t Tested) (survivors []Survivor, mutants int, err error) {
	senders := s.sendersOf(t)
	list := t.Profile.Mutants()
	for _, m := range list {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		if survivor, lives := survives(senders, m); lives {
			survivors = append(survivors, survivor)
		}
	}
	return survivors, len(list), nil
}

// sender is the cases that share the entry of a sender, which pass.
type sender struct {
	config  Config
	at      int // the attachment that is weakened
	matcher *Matcher
	cases   []Case
}

// sendersOf groups the cases that attach a profile. Where the profile stands twice in an entry
// under one name, Compile has refused it.
func (s *Suite) sendersOf(t Tested) (list []*sender) {
	for _, c := range s.Cases {
		at := slices.IndexFunc(c.Config.Attachments, func(a Attachment) bool { return t.is(a.Profile) })
		if at < 0 {
			continue
		}
		i := slices.IndexFunc(list, func(x *sender) bool { return x.at == at && sameConfig(x.config, c.Config) })
		if i < 0 {
			m, err := Compile(c.Config)
			if err != nil {
				continue
			}
			i, list = len(list), append(list, &sender{config: c.Config, at: at, matcher: m})
		}
		if c.passes(list[i].matcher) {
			list[i].cases = append(list[i].cases, c)
		}
	}
	return list
}

func sameConfig(a, b Config) bool {
	return a.DefaultDomain == b.DefaultDomain && a.Dialect == b.Dialect && reflect.DeepEqual(a.Attachments, b.Attachments)
}

// with is the sender with its profile weakened.
func (x *sender) with(m Mutant) (*Matcher, error) {
	c := x.config
	c.Attachments = slices.Clone(c.Attachments)
	c.Attachments[x.at].Profile = m.Profile
	return Compile(c)
}

// survives says whether all cases still pass, and finds a message that tells the mutant.
func survives(senders []*sender, m Mutant) (s Survivor, lives bool) {
	matchers := make([]*Matcher, len(senders))
	for i, x := range senders {
		weak, err := x.with(m)
		if err != nil {
			return s, false
		}
		matchers[i] = weak
		for _, c := range x.cases {
			if !c.passes(weak) {
				return s, false
			}
		}
	}
	s.Mutant = m
	for i, x := range senders {
		if x.slip(matchers[i], &s) {
			break
		}
	}
	return s, true
}

// MutantChecks are one question for each profile of the suite: whether each of its mutants
// fails a case. A survivor is a warning, since the profile may be right all the same.
func (s *Suite) MutantChecks() (list []check.Check) {
	for _, t := range s.Tested {
		list = append(list, check.Check{
			ID: idMutants, Target: t.String(), Source: testSource,
			Title: lang.Text{EN: "each weakened copy of the profile fails a case", JA: "プロファイルを緩めた写しは、どれもいずれかのケースに失敗する"},
			Run:   func(ctx context.Context) check.Result { return s.mutantResult(ctx, t) },
		})
	}
	return list
}

func (s *Suite) mutantResult(ctx context.Context, t Tested) check.Result {
	survivors, mutants, err := s.Survivors(ctx, t)
	if err != nil {
		return check.Result{Status: check.Error, Summary: fmt.Sprintf("%s: %v", t, err), Hint: "name fewer files"}
	}
	if !slices.ContainsFunc(s.sendersOf(t), func(x *sender) bool { return len(x.cases) > 0 }) {
		return check.Result{
			Status: check.Warn, Summary: fmt.Sprintf("%s has no case that passes: all %d mutants survive", t, mutants), Hint: "add cases, and see them pass with profile test",
			Measures: []check.Measure{{Name: "mutants", Value: float64(mutants)}, {Name: "survivors", Value: float64(mutants)}, {Name: "alike"}},
		}
	}
	alike := 0
	r := check.Result{Status: check.Pass}
	for _, x := range survivors {
		if x.Message == "" {
			alike++
			continue
		}
		r.Evidence = append(r.Evidence,
			check.Evidence{Name: "survivor", Text: x.Mutant.String()},
			check.Evidence{Name: "slips through", Text: x.Message},
			check.Evidence{Name: "becomes", Text: x.Is + ", without the change " + x.Was})
	}
	slipping := len(survivors) - alike
	r.Summary = fmt.Sprintf("%s: %d of %d mutants fail a case", t, mutants-len(survivors), mutants)
	if alike > 0 {
		r.Summary += fmt.Sprintf(", and no message was found that tells %d others from the profile", alike)
	}
	if slipping > 0 {
		r.Status = check.Warn
		r.Summary += fmt.Sprintf("; %d survive", slipping)
		r.Hint = "add the message that slips through as a case, with what must become of it; or simplify the pattern if the difference does not matter"
	}
	r.Measures = []check.Measure{
		{Name: "mutants", Value: float64(mutants)}, {Name: "survivors", Value: float64(slipping)}, {Name: "alike", Value: float64(alike)},
	}
	return r
}
