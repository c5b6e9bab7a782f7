package profile

import (
	"context"
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/strictyaml"
)

// expressions are the compiled expressions of a profile, in order.
func (t *lintTarget) expressions() (list []*regex) {
	if t.profile.Regex == nil {
		return nil
	}
	for _, x := range t.profile.Regex.leaves() {
		if r, err := newRegex(x.element, *x.value, t.dialect); err == nil {
			list = append(list, r)
		}
	}
	return list
}

func (t *lintTarget) regexPath(r *regex) strictyaml.Path {
	return t.at.With(regexIdentifier, r.element)
}

func (t *lintTarget) backtracking(ctx context.Context) (found []lintFinding) {
	for _, r := range t.expressions() {
		second, err := newSecondEngine(r)
		if err != nil {
			continue // engines-differ says so
		}
		if message, slow := second.catastrophe(ctx, r.source); slow {
			found = append(found, lintFinding{t.regexPath(r), fmt.Sprintf("%s: a backtracking engine is not done with a message of %d bytes", r.element, len(message)), message})
		}
	}
	return found
}

func (t *lintTarget) enginesDiffer(ctx context.Context) (found []lintFinding) {
	for _, r := range t.expressions() {
		second, err := newSecondEngine(r)
		if err != nil {
			found = append(found, lintFinding{path: t.regexPath(r), message: fmt.Sprintf("%s: the second engine does not take it: %s", r.element, oneLine(err))})
			continue
		}
		for _, x := range t.samples {
			if ctx.Err() != nil {
				return found
			}
			if message := r.differs(second, x.text); message != "" {
				found = append(found, lintFinding{t.regexPath(r), r.element + ": " + message, x.text})
				break // one message shows it
			}
		}
	}
	return found
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " ") }

// differs says what the engines do not agree on; it is empty if they do. Of a message on which the
// second runs out of time the rule on backtracking speaks.
func (r *regex) differs(second *secondEngine, text string) string {
	theirs, err := second.find(text)
	if err != nil {
		return ""
	}
	ours := r.first(text)
	tell := func(m engineMatch) string {
		switch {
		case !m.ok:
			return "nothing"
		case m.value.Start < 0:
			return brief(text[m.all.Start:m.all.End]) + " without a value"
		}
		return brief(text[m.value.Start:m.value.End])
	}
	if ours == theirs || r.element == eventRegex && ours.ok == theirs.ok {
		return ""
	}
	return fmt.Sprintf("one engine takes %s, the other %s", tell(ours), tell(theirs))
}
