package profile

import (
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/nearest"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// checkIgnores notes what is wrong with the suppressions of a file.
func checkIgnores(doc *strictyaml.Document, y setYAML) {
	var codes []string
	for _, rule := range LintRules() {
		codes = append(codes, rule.Code)
	}
	check := func(at strictyaml.Path, list []ignoreYAML) {
		seen := map[string]bool{}
		for i, x := range list {
			at := at.With("lint", i)
			switch {
			case doc.Wrong(at...):
				continue
			case x.Ignore == "":
				problemUnlessWrong(doc, at, "ignore", "ignore is missing or empty")
			case !slices.Contains(codes, x.Ignore):
				hint := "known are " + strings.Join(codes, ", ")
				if best := nearest.Word(x.Ignore, codes); best != "" {
					hint = "did you mean " + best + "?"
				}
				doc.Problem(at.With("ignore"), hint, "there is no rule %q", x.Ignore)
			case seen[x.Ignore]:
				doc.Problem(at.With("ignore"), "", "%q is ignored twice", x.Ignore)
			}
			seen[x.Ignore] = true
			if strings.TrimSpace(x.Because) == "" {
				problemUnlessWrong(doc, at, "because", "a rule is ignored for a reason: because is missing or empty")
			}
		}
	}
	check(nil, y.Lint)
	for i, p := range y.Profiles {
		check(strictyaml.Path{"profiles", i}, p.Lint)
	}
}
