package profile

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/panos"
)

// The XML elements of a profile. The YAML keys are the same.
const (
	regexIdentifier   = "regex-identifier"
	eventRegex        = "event-regex"
	usernameRegex     = "username-regex"
	addressRegex      = "address-regex"
	fieldIdentifier   = "field-identifier"
	eventString       = "event-string"
	usernamePrefix    = "username-prefix"
	usernameDelimiter = "username-delimiter"
	addressPrefix     = "address-prefix"
	addressDelimiter  = "address-delimiter"
	addressPerLog     = "address-per-log"
)

// profileName is the pattern of the schema; the length is checked apart from it, for a
// clearer message.
var profileName = regexp.MustCompile(`^[a-zA-Z._-][ 0-9a-zA-Z._-]*$`)

// whiteSpaceOnly is the text that the firewall itself shows (schema, from 9.1 on).
const whiteSpaceOnly = `white space only, please use \s for white space`

// problem is one thing that a firewall, or RE2, refuses.
type problem struct {
	path    []any // of keys below the profile; empty is the profile as a whole
	message string
	hint    string // what to do; may be empty
}

// Validate says everything about the profile that a firewall, or the regular expressions
// of this package, would refuse, one error each, joined; nil if there is nothing.
// Samples are not looked at.
func (p Profile) Validate() error {
	var errs []error
	for _, problem := range p.problems() {
		text := fmt.Sprintf("profile %q: %s", p.Name, problem.message)
		if problem.hint != "" {
			text += "; " + problem.hint
		}
		errs = append(errs, errors.New(text))
	}
	return errors.Join(errs...)
}

func (p Profile) problems() (found []problem) {
	found = append(found, p.nameProblems()...)
	if n := utf8.RuneCountInString(p.Description); n > MaxDescription {
		found = append(found, problem{[]any{"description"},
			fmt.Sprintf("description has %d characters, PAN-OS takes at most %d", n, MaxDescription), ""})
	}
	switch p.Event {
	case "", panos.Login, panos.Logout:
	default:
		found = append(found, problem{[]any{"event-type"},
			fmt.Sprintf("event-type %q is neither login nor logout", p.Event), ""})
	}
	switch {
	case p.Regex != nil && p.Field != nil:
		found = append(found, problem{[]any{fieldIdentifier},
			"there are a regex-identifier and a field-identifier", "a profile has exactly one of the two"})
	case p.Regex == nil && p.Field == nil:
		found = append(found, problem{nil,
			"there is no identifier", "give a regex-identifier or a field-identifier"})
	}
	if p.Regex != nil {
		found = append(found, p.Regex.problems()...)
	}
	if p.Field != nil {
		found = append(found, p.Field.problems()...)
	}
	return found
}

func (p Profile) nameProblems() []problem {
	at := []any{"name"}
	switch n := utf8.RuneCountInString(p.Name); {
	case n == 0:
		return []problem{{at, "the profile has no name", ""}}
	case n > MaxName:
		return []problem{{at, fmt.Sprintf("name has %d characters, PAN-OS takes at most %d", n, MaxName), ""}}
	case !profileName.MatchString(p.Name):
		return []problem{{at, fmt.Sprintf("PAN-OS refuses the name %q", p.Name),
			"a name has letters, digits, blanks, dots, hyphens and underscores, and begins with none of digit and blank"}}
	}
	return nil
}

func (r RegexIdentifier) problems() (found []problem) {
	for _, e := range []struct{ element, text string }{
		{eventRegex, r.EventRegex}, {usernameRegex, r.UsernameRegex}, {addressRegex, r.AddressRegex},
	} {
		at := []any{regexIdentifier, e.element}
		if p, bad := stringProblem(at, e.element, e.text); bad {
			found = append(found, p)
		} else if message, hint := refusal(e.text); message != "" {
			found = append(found, problem{at, e.element + ": " + message, hint})
		}
	}
	return found
}

func (f FieldIdentifier) problems() (found []problem) {
	for _, e := range []struct {
		element, text string
		delimiter     bool
	}{
		{eventString, f.EventString, false},
		{usernamePrefix, f.UsernamePrefix, false},
		{usernameDelimiter, f.UsernameDelimiter, true},
		{addressPrefix, f.AddressPrefix, false},
		{addressDelimiter, f.AddressDelimiter, true},
	} {
		at := []any{fieldIdentifier, e.element}
		if p, bad := stringProblem(at, e.element, e.text); bad {
			found = append(found, p)
		} else if e.delimiter && strings.TrimSpace(e.text) == "" {
			found = append(found, problem{at, e.element + ": " + whiteSpaceOnly, ""})
		}
	}
	if n := f.AddressesPerLog; n < 0 || n > MaxAddressesPerLog {
		found = append(found, problem{[]any{fieldIdentifier, addressPerLog},
			fmt.Sprintf("address-per-log %d is not between 1 and %d", n, MaxAddressesPerLog), ""})
	}
	return found
}

// stringProblem checks what holds for every string of an identifier.
func stringProblem(at []any, element, text string) (problem, bool) {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return problem{at, element + " is missing or empty", "it is mandatory"}, true
	case n > MaxPattern:
		return problem{at, fmt.Sprintf("%s has %d characters, PAN-OS takes at most %d", element, n, MaxPattern), ""}, true
	case !utf8.ValidString(text):
		return problem{at, element + " is not UTF-8", ""}, true
	}
	return problem{}, false
}
