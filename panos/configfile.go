package panos

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of a configuration file. The largest that are published, of Panorama with
// hundreds of firewalls, have some 30 MB.
const (
	MaxConfig         = 64 << 20 // bytes
	maxConfigElements = 4_000_000
	maxConfigDepth    = 256
)

// Config is a configuration file: a whole one, a part of one, or an answer of the API with one in
// it. It keeps every byte: Bytes returns what was read, but for what was changed. It is not safe
// for concurrent use while it is changed.
type Config struct {
	file  string
	text  []byte // as read
	root  *ConfigElement
	edits []configEdit
}

// ConfigElement is an element of a configuration file.
type ConfigElement struct {
	config   *Config
	parent   *ConfigElement
	children []*ConfigElement
	name     string
	entry    string // the attribute name

	// Offsets in the text: the element, and what stands between its tags. Where a tag closes
	// itself there is no end tag, and inner, innerEnd and end are the same.
	start, inner, innerEnd, end int

	given string // the text of a leaf that a set command has made; there is no file then
	place *configPlace
}

// configPlace is where an element stands that a set command has made.
type configPlace struct{ line, column int }

// ConfigError is a mistake in a configuration file.
type ConfigError struct {
	File         string
	Line, Column int // from 1, in characters; 0 where the mistake has no place
	Message      string
	Hint         string // what to do; may be empty
}

func (e *ConfigError) Error() string {
	text := e.File
	if e.Line > 0 {
		text += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	text += ": " + e.Message
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// ParseConfig reads a configuration in XML. file is only its name for errors. The error is a
// *ConfigError.
func ParseConfig(file string, text []byte) (*Config, error) {
	c := &Config{file: file, text: text}
	if len(text) > MaxConfig {
		return nil, &ConfigError{File: file, Message: fmt.Sprintf("%d bytes are more than the %d that are read", len(text), MaxConfig)}
	}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("its encoding is %q, not UTF-8", clip(charset, 40))
	}
	r := configReader{config: c}
	for {
		start := int(decoder.InputOffset())
		token, err := decoder.Token()
		if err == nil {
			err = r.take(token, start, int(decoder.InputOffset()))
		}
		switch {
		case errors.Is(err, io.EOF) && c.root != nil:
			return c, nil
		case errors.Is(err, io.EOF):
			return nil, c.problem(start, "there is no XML in it")
		case err != nil:
			return nil, c.problem(int(decoder.InputOffset()), "not XML: "+clip(xmlMessage(err), excerptLength))
		}
	}
}

// xmlMessage is the error without the line, which stands before it already.
func xmlMessage(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Msg
	}
	return err.Error()
}

func (c *Config) problem(offset int, message string) error {
	line, column := c.position(offset)
	return &ConfigError{File: c.file, Line: line, Column: column, Message: message}
}

// position counts from 1, the column in characters.
func (c *Config) position(offset int) (line, column int) {
	before := c.text[:min(offset, len(c.text))]
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// configReader builds the tree.
type configReader struct {
	config *Config
	open   *ConfigElement
	depth  int
	count  int
}

func (r *configReader) take(token xml.Token, start, end int) error {
	switch token := token.(type) {
	case xml.Directive:
		return errors.New("it holds a DTD, which no configuration has; entities are not expanded")
	case xml.StartElement:
		return r.begin(token, start, end)
	case xml.EndElement:
		// The end that a tag is which closes itself has no text.
		r.open.innerEnd, r.open.end = start, end
		r.open, r.depth = r.open.parent, r.depth-1
	case xml.CharData:
		if r.open == nil && len(bytes.TrimSpace(bytes.TrimPrefix(token, []byte("\ufeff")))) > 0 {
			return errors.New("text stands outside its first element")
		}
	}
	return nil
}

func (r *configReader) begin(token xml.StartElement, start, end int) error {
	e := &ConfigElement{config: r.config, parent: r.open, name: token.Name.Local, start: start, inner: end}
	for _, a := range token.Attr {
		if a.Name.Local == "name" && a.Name.Space == "" {
			e.entry = a.Value
		}
	}
	r.count++
	r.depth++
	switch {
	case r.open == nil && r.config.root != nil:
		return errTwoRoots
	case r.depth > maxConfigDepth:
		return fmt.Errorf("elements are nested more than %d deep", maxConfigDepth)
	case r.count > maxConfigElements:
		return fmt.Errorf("there are more than %d elements", maxConfigElements)
	case r.open == nil:
		r.config.root = e
	default:
		r.open.children = append(r.open.children, e)
	}
	r.open = e
	return nil
}

// Root is the outermost element.
func (c *Config) Root() *ConfigElement { return c.root }

// Changeable says whether the file is XML, and not set commands.
func (c *Config) Changeable() bool { return c.root.place == nil }

// File is the name of the file, as it was given.
func (c *Config) File() string { return c.file }

// Find returns the elements of that name, in the order of the file; what is within one of them
// is not looked at.
func (c *Config) Find(name string) (found []*ConfigElement) { return c.root.find(nil, name) }

func (e *ConfigElement) find(found []*ConfigElement, name string) []*ConfigElement {
	if e.name == name {
		return append(found, e)
	}
	for _, c := range e.children {
		found = c.find(found, name)
	}
	return found
}

// Name is the name of the tag.
func (e *ConfigElement) Name() string { return e.name }

// EntryName is the attribute name, which an entry has; "" if there is none.
func (e *ConfigElement) EntryName() string { return e.entry }

// Parent is the element round it; nil for the outermost.
func (e *ConfigElement) Parent() *ConfigElement { return e.parent }

// Children are the elements in it, in their order.
func (e *ConfigElement) Children() []*ConfigElement { return slices.Clone(e.children) }

// Child is the first child of that name; nil if there is none.
func (e *ConfigElement) Child(name string) *ConfigElement {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// Entries are the children named entry.
func (e *ConfigElement) Entries() (list []*ConfigElement) {
	for _, c := range e.children {
		if c.name == "entry" {
			list = append(list, c)
		}
	}
	return list
}

// Text is the text of the element without that of its children, written plainly or as CDATA,
// as it was before any change. Nothing is trimmed: a prefix may begin with a blank.
func (e *ConfigElement) Text() string {
	if e.place != nil {
		return e.given
	}
	var text []byte
	decoder := xml.NewDecoder(bytes.NewReader(e.config.text[e.start:e.end]))
	depth := 0
	for {
		token, err := decoder.Token()
		if err != nil {
			return string(text) // the whole was read before without an error
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 1 {
				text = append(text, token...)
			}
		}
	}
}

// Position is where the element begins, counted from 1, the column in characters.
func (e *ConfigElement) Position() (line, column int) {
	if e.place != nil {
		return e.place.line, e.place.column
	}
	return e.config.position(e.start)
}

// ValuePosition is where what stands in the element begins.
func (e *ConfigElement) ValuePosition() (line, column int) {
	if e.place != nil {
		return e.place.line, e.place.column
	}
	return e.config.position(e.inner)
}

// Problem is a mistake in the element.
func (e *ConfigElement) Problem(hint, format string, args ...any) *ConfigError {
	line, column := e.Position()
	return &ConfigError{e.config.file, line, column, fmt.Sprintf(format, args...), hint}
}

// XPath is the path of the element from the outermost one, entries by their names.
func (e *ConfigElement) XPath() string {
	step := "/" + e.name
	if e.entry != "" {
		quote := "'"
		if strings.Contains(e.entry, quote) {
			quote = `"`
		}
		step += "[@name=" + quote + e.entry + quote + "]"
	}
	if e.parent == nil {
		return step
	}
	return e.parent.XPath() + step
}
