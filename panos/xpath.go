package panos

import (
	"errors"
	"fmt"
	"strings"
)

// XPath is the part of the language that clients of the API use: a path from the root whose
// steps are names, each with at most one predicate of the form [@name='a'] or [@name='a' or
// @name='b'], and at its end perhaps @name.
type XPath struct {
	Steps []XPathStep
	Names bool // it ends in /@name: only the names are asked for
}

// XPathStep is one element on the way.
type XPathStep struct {
	Element string
	Names   []string // of entries; empty means every one
}

// The bounds of a path, in bytes and steps.
const (
	maxXPath      = 8 << 10
	maxXPathSteps = maxDepth
)

// ParseXPath reads a path. The error says where it is not of that form.
func ParseXPath(text string) (x XPath, err error) {
	rest := strings.TrimSpace(text)
	bad := func(why string) (XPath, error) {
		return XPath{}, fmt.Errorf("xpath %q: %s", clip(oneBlank(text), excerptLength), why)
	}
	switch {
	case len(text) > maxXPath:
		return bad(fmt.Sprintf("%d bytes are more than %d", len(text), maxXPath))
	case !strings.HasPrefix(rest, "/"):
		return bad("it does not begin with a slash")
	}
	for rest != "" {
		if len(x.Steps) == maxXPathSteps {
			return bad(fmt.Sprintf("more than %d steps", maxXPathSteps))
		}
		if rest == "/@name" && len(x.Steps) > 0 {
			x.Names = true
			return x, nil
		}
		var step XPathStep
		if step, rest, err = cutStep(rest); err != nil {
			return bad(err.Error())
		}
		x.Steps = append(x.Steps, step)
	}
	return x, nil
}

// cutStep takes "/name" or "/name[…]" off the start.
func cutStep(text string) (step XPathStep, rest string, err error) {
	text, slash := strings.CutPrefix(text, "/")
	end := strings.IndexFunc(text, func(r rune) bool { return !isNameRune(r) })
	if end < 0 {
		end = len(text)
	}
	step.Element, rest = text[:end], text[end:]
	if !slash || step.Element == "" {
		return XPathStep{}, "", fmt.Errorf("expected a slash and the name of an element before %q", clip(text, 40))
	}
	if rest, ok := strings.CutPrefix(rest, "["); ok {
		step.Names, rest, err = cutPredicate(rest)
		return step, rest, err
	}
	return step, rest, nil
}

// isNameRune says whether a character may stand in the name of an element of the
// configuration.
func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.'
}

// cutPredicate takes "@name='a' or @name='b']" off the start.
func cutPredicate(text string) (names []string, rest string, err error) {
	for {
		text = strings.TrimLeft(text, " ")
		after, ok := strings.CutPrefix(text, "@name")
		if !ok {
			return nil, "", fmt.Errorf("expected @name before %q", clip(text, 40))
		}
		after, ok = strings.CutPrefix(strings.TrimLeft(after, " "), "=")
		after = strings.TrimLeft(after, " ")
		if !ok || after == "" || after[0] != '\'' && after[0] != '"' {
			return nil, "", fmt.Errorf("expected a name in quotes before %q", clip(after, 40))
		}
		name, after, closed := strings.Cut(after[1:], after[:1])
		if !closed {
			return nil, "", errors.New("the quotes of a name are not closed")
		}
		names = append(names, name)
		after = strings.TrimLeft(after, " ")
		if rest, ok := strings.CutPrefix(after, "]"); ok {
			return names, rest, nil
		}
		if text, ok = strings.CutPrefix(after, "or "); !ok {
			return nil, "", fmt.Errorf("expected ] before %q", clip(after, 40))
		}
	}
}

// String is the path as it is sent. A name that holds both kinds of quotes cannot be
// written; ParseXPath gives none.
func (x XPath) String() string {
	var b strings.Builder
	for _, step := range x.Steps {
		b.WriteString("/" + step.Element)
		for i, name := range step.Names {
			quote := "'"
			if strings.Contains(name, quote) {
				quote = `"`
			}
			b.WriteString([]string{"[", " or "}[min(i, 1)] + "@name=" + quote + name + quote)
		}
		if len(step.Names) > 0 {
			b.WriteByte(']')
		}
	}
	if x.Names {
		b.WriteString("/@name")
	}
	return b.String()
}

// Find returns what the path leads to from root, which is its first step. For a path that
// ends in @name the elements are returned without all but their names.
func (x XPath) Find(root Element) []Element {
	found := []Element{{Children: []Element{root}}}
	for _, step := range x.Steps {
		var next []Element
		for _, e := range found {
			for _, c := range e.Children {
				if step.matches(c) {
					next = append(next, c)
				}
			}
		}
		found = next
	}
	if x.Names {
		return onlyNames(found)
	}
	return found
}

func (s XPathStep) matches(e Element) bool {
	if e.Name != s.Element {
		return false
	}
	name, named := e.Attribute("name")
	for _, want := range s.Names {
		if named && name == want {
			return true
		}
	}
	return len(s.Names) == 0
}

func onlyNames(elements []Element) (named []Element) {
	for _, e := range elements {
		if name, ok := e.Attribute("name"); ok {
			named = append(named, Element{Name: e.Name, Attributes: []Attribute{{"name", name}}})
		}
	}
	return named
}
