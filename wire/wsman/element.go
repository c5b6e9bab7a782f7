package wsman

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The bounds of a message. MaxMessage is far above the 500 KiB that Windows sends at most by default.
const (
	MaxMessage  = 4 << 20 // bytes
	maxDepth    = 64
	maxElements = 100_000
	maxAttrs    = 256 // of one element
)

// element is one of a message, with its attributes and children. Text is what stands in it directly.
type element struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string
	children []*element
	parent   *element
}

var errDTD = errors.New("it has a DTD or a processing instruction, which SOAP forbids")

// parse reads a message. Entities are not expanded but for the five of XML, and there are no others
// without a DTD.
func parse(b []byte) (*element, error) {
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("it has %d bytes; we take at most %d", len(b), MaxMessage)
	}
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return nil, errors.New("it is in UTF-16; we take UTF-8")
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	p := parser{}
	for {
		token, err := d.Token()
		if err == io.EOF && p.root != nil && p.at == nil {
			return p.root, nil
		}
		if err == nil {
			err = p.take(token)
		}
		if err != nil {
			return nil, err
		}
	}
}

type parser struct {
	root, at     *element
	depth, count int
	text         [][]byte // one for each open element
}

func (p *parser) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return p.open(t)
	case xml.EndElement:
		p.at.text = string(p.text[p.depth-1])
		p.text = p.text[:p.depth-1]
		p.at, p.depth = p.at.parent, p.depth-1
	case xml.CharData:
		if p.depth > 0 {
			p.text[p.depth-1] = append(p.text[p.depth-1], t...)
		} else if len(bytes.TrimSpace(t)) > 0 {
			return errors.New("there is text outside of the envelope")
		}
	case xml.Directive:
		return errDTD
	case xml.ProcInst:
		if t.Target != "xml" || p.root != nil {
			return errDTD
		}
	}
	return nil
}

func (p *parser) open(t xml.StartElement) error {
	p.count, p.depth = p.count+1, p.depth+1
	switch {
	case p.root != nil && p.at == nil:
		return errors.New("there is a second element behind the envelope")
	case p.depth > maxDepth:
		return fmt.Errorf("its elements are nested deeper than %d", maxDepth)
	case p.count > maxElements:
		return fmt.Errorf("it has more than %d elements", maxElements)
	case len(t.Attr) > maxAttrs:
		return fmt.Errorf("an element has more than %d attributes", maxAttrs)
	}
	e := &element{name: t.Name, attrs: t.Copy().Attr, parent: p.at}
	if p.at == nil {
		p.root = e
	} else {
		p.at.children = append(p.at.children, e)
	}
	p.at, p.text = e, append(p.text, nil)
	return nil
}

// child is the first child with a local name; nil, on which all methods work, if there is none.
func (e *element) child(path ...string) *element {
	for _, local := range path {
		if e == nil {
			return nil
		}
		var next *element
		for _, c := range e.children {
			if c.name.Local == local {
				next = c
				break
			}
		}
		e = next
	}
	return e
}

// value is the text without the space around it.
func (e *element) value() string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.text)
}

// attr is an attribute by its local name; declarations of namespaces are none.
func (e *element) attr(local string) string {
	if e == nil {
		return ""
	}
	for _, a := range e.attrs {
		if a.Name.Local == local && a.Name.Space != "xmlns" {
			return a.Value
		}
	}
	return ""
}

// resolve makes a name of a text such as "wsman:AccessDenied", with the declarations that hold at e.
func (e *element) resolve(name string) xml.Name {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		return xml.Name{Local: name}
	}
	for ; e != nil; e = e.parent {
		for _, a := range e.attrs {
			if a.Name.Space == "xmlns" && a.Name.Local == prefix {
				return xml.Name{Space: a.Value, Local: local}
			}
		}
	}
	return xml.Name{Space: prefix, Local: local}
}

func isTrue(s string) bool { return s == "true" || s == "1" }
