package panos

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The bounds of an answer. The largest one that is asked for, the counters of 100 servers,
// has less than 100 kB.
const (
	MaxAnswer   = 8 << 20 // bytes of an answer's body
	maxElements = 100_000
	maxDepth    = 64
)

// Element is an element of an answer. Text is its own text, whether it was written plainly
// or as CDATA, without that of its children.
type Element struct {
	Name       string
	Attributes []Attribute
	Text       string
	Children   []Element
}

// Attribute is an attribute of an element.
type Attribute struct{ Name, Value string }

// Attribute returns the value of the attribute of that name.
func (e Element) Attribute(name string) (value string, ok bool) {
	for _, a := range e.Attributes {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Child returns the first child of that name.
func (e Element) Child(name string) (Element, bool) {
	for _, c := range e.Children {
		if c.Name == name {
			return c, true
		}
	}
	return Element{}, false
}

// childText is the text of the first child of that name, without blanks round it.
func (e Element) childText(name string) string {
	c, _ := e.Child(name)
	return strings.TrimSpace(c.Text)
}

// empty says whether there is nothing in the element.
func (e Element) empty() bool { return len(e.Children) == 0 && strings.TrimSpace(e.Text) == "" }

// AppendXML appends the element as XML: its attributes, its text and then its children. Where
// text stands between children, which no configuration has, it moves to the front; blanks
// alone are left out beside children.
func (e Element) AppendXML(dst []byte) []byte {
	dst = append(append(dst, '<'), e.Name...)
	for _, a := range e.Attributes {
		dst = appendAttribute(dst, a.Name, a.Value)
	}
	if len(e.Children) == 0 && e.Text == "" {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	if len(e.Children) == 0 || strings.TrimSpace(e.Text) != "" {
		dst = appendEscaped(dst, e.Text)
	}
	for _, c := range e.Children {
		dst = c.AppendXML(dst)
	}
	return append(append(append(dst, "</"...), e.Name...), '>')
}

// allText is the text of the element and of all below it, each on a line of its own.
func (e Element) allText() []byte {
	return e.appendAllText(nil)
}

func (e Element) appendAllText(dst []byte) []byte {
	dst = append(dst, e.Text...)
	for _, c := range e.Children {
		dst = c.appendAllText(append(dst, '\n'))
	}
	return dst
}

// entries are the elements named "entry" below e, at any depth but not within another one.
func (e Element) entries() (found []Element) {
	for _, c := range e.Children {
		if c.Name == "entry" {
			found = append(found, c)
			continue
		}
		found = append(found, c.entries()...)
	}
	return found
}

// childNames lists the names of the children, for an error.
func (e Element) childNames() string {
	var names []string
	for _, c := range e.Children[:min(len(e.Children), 8)] {
		names = append(names, fmt.Sprintf("%q", clip(c.Name, 40)))
	}
	return strings.Join(names, ", ")
}

var (
	errDTD      = errors.New("it holds a DTD, which no answer of the API has; entities are not expanded")
	errTooDeep  = fmt.Errorf("elements are nested more than %d deep", maxDepth)
	errTooMany  = fmt.Errorf("there are more than %d elements", maxElements)
	errTwoRoots = errors.New("something follows the end of the answer")
	errCutShort = errors.New("cut short")
)

// ParseElement reads one XML document, such as a part of a configuration, within the bounds
// of an answer.
func ParseElement(document []byte) (Element, error) {
	if len(document) > MaxAnswer {
		return Element{}, fmt.Errorf("XML of %d bytes: more than %d", len(document), MaxAnswer)
	}
	e, err := parseTree(document)
	if err != nil {
		return Element{}, fmt.Errorf("XML: %s", clip(err.Error(), excerptLength))
	}
	return e, nil
}

// parseTree reads one XML document within the bounds.
func parseTree(document []byte) (Element, error) {
	t := treeParser{decoder: xml.NewDecoder(bytes.NewReader(document))}
	t.decoder.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("its encoding is %q, not UTF-8", clip(charset, 40))
	}
	for {
		token, err := t.decoder.Token()
		switch {
		case err == io.EOF && t.done:
			return t.root, nil
		case err == io.EOF || cutShort(document, err):
			return Element{}, errCutShort
		case err != nil:
			return Element{}, err
		}
		if err := t.take(token); err != nil {
			return Element{}, err
		}
	}
}

// cutShort says whether the XML ended too soon, be it within a character. Package xml has
// no error value for it.
func cutShort(document []byte, err error) bool {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		return false
	}
	return strings.HasPrefix(syntax.Msg, "unexpected EOF") || syntax.Msg == "invalid UTF-8" && endsWithinRune(document)
}

func endsWithinRune(text []byte) bool {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			return !utf8.FullRune(tail)
		}
	}
	return false
}

// openElement collects its text apart: adding to a string for every piece would take
// square time.
type openElement struct {
	Element
	text []byte
}

type treeParser struct {
	decoder *xml.Decoder
	root    Element
	done    bool
	open    []openElement // from the root to the element that is being read
	count   int
}

func (t *treeParser) take(token xml.Token) error {
	switch token := token.(type) {
	case xml.Directive:
		return errDTD
	case xml.StartElement:
		return t.start(token)
	case xml.EndElement:
		t.end()
	case xml.CharData:
		if len(t.open) > 0 {
			top := &t.open[len(t.open)-1]
			top.text = append(top.text, token...)
		} else if len(bytes.TrimSpace(token)) > 0 {
			if t.done {
				return errTwoRoots
			}
			return errors.New("text stands before its first element")
		}
	}
	return nil
}

func (t *treeParser) start(token xml.StartElement) error {
	t.count++
	switch {
	case t.done:
		return errTwoRoots
	case len(t.open) >= maxDepth:
		return errTooDeep
	case t.count > maxElements:
		return errTooMany
	}
	e := Element{Name: token.Name.Local}
	for _, a := range token.Attr {
		e.Attributes = append(e.Attributes, Attribute{a.Name.Local, a.Value})
	}
	t.open = append(t.open, openElement{Element: e})
	return nil
}

func (t *treeParser) end() {
	last := len(t.open) - 1
	e := t.open[last].Element
	e.Text = string(t.open[last].text)
	t.open = t.open[:last]
	if last == 0 {
		t.root, t.done = e, true
		return
	}
	parent := &t.open[last-1]
	parent.Children = append(parent.Children, e)
}
