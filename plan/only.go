package plan

import (
	"context"
	"fmt"
	stdpath "path"

	"github.com/uidprobe/uidprobe/check"
)

// Only leaves out, as chosen, every check whose ID matches none of the patterns (as in
// path.Match) and that no chosen check needs. A check that waits for follow-ups at any target
// goes by what they found: it keeps them, and the checks that make them. A pattern that matches
// nothing is an error.
func (p *Plan) Only(patterns []string) error {
	s := selection{checks: p.Checks, patterns: patterns, keep: map[check.Ref]bool{}, followUps: map[string]bool{}}
	for _, pattern := range patterns {
		matched, err := s.choose(pattern)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
		if !matched {
			return fmt.Errorf("no check is called %q; see uidprobe list checks", pattern)
		}
	}
	for i, c := range p.Checks {
		if !s.keep[c.Ref()] {
			p.Checks[i].Skip = &leftOut
		} else if c.Run != nil {
			p.Checks[i].Run = s.filter(c.Run)
		}
	}
	return nil
}

var leftOut = check.Skipped{Reason: check.Chosen, Why: "left out by choice"}

// selection is what is left of a plan.
type selection struct {
	checks    []check.Check
	patterns  []string
	keep      map[check.Ref]bool
	followUps map[string]bool // IDs of follow-ups that a kept check waits for
}

// choose keeps the checks that a pattern names. A follow-up is in no plan yet: who waits for it
// also names the checks that make it.
func (s *selection) choose(pattern string) (matched bool, err error) {
	for _, c := range s.checks {
		ok, err := stdpath.Match(pattern, c.ID)
		if err != nil {
			return false, err
		}
		if ok {
			matched = true
			s.with(c.Ref())
		}
		for _, ref := range c.After {
			if ok, _ := stdpath.Match(pattern, ref.Check); ok && ref.Target == check.AnyTarget {
				matched = true
				s.makers(c)
			}
		}
	}
	return matched, nil
}

// with keeps a check and all that it needs.
func (s *selection) with(ref check.Ref) {
	if s.keep[ref] {
		return
	}
	s.keep[ref] = true
	for _, c := range s.checks {
		if c.Ref() != ref {
			continue
		}
		for _, need := range c.Needs {
			s.with(at(need, c))
		}
		s.makers(c)
	}
}

// makers keeps what a check that waits for follow-ups waits for.
func (s *selection) makers(c check.Check) {
	waits := false
	for _, ref := range c.After {
		if ref.Target == check.AnyTarget {
			waits = true
			if s.keep[c.Ref()] {
				s.followUps[ref.Check] = true
			}
		}
	}
	if !waits {
		return
	}
	for _, ref := range c.After {
		if ref.Target != check.AnyTarget {
			s.with(at(ref, c))
		}
	}
}

func at(ref check.Ref, c check.Check) check.Ref {
	if ref.Target == "" {
		ref.Target = c.Target
	}
	return ref
}

// filter leaves out the follow-ups that nobody chose.
func (s *selection) filter(run func(context.Context) check.Result) func(context.Context) check.Result {
	return func(ctx context.Context) check.Result {
		r := run(ctx)
		for i, c := range r.Then {
			if !s.followUps[c.ID] && !s.named(c.ID) {
				r.Then[i].Skip = &leftOut
			}
		}
		return r
	}
}

func (s *selection) named(id string) bool {
	for _, pattern := range s.patterns {
		if ok, _ := stdpath.Match(pattern, id); ok {
			return true
		}
	}
	return false
}
