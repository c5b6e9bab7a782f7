package panos

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// configEdit puts text in the place of a piece of the file.
type configEdit struct {
	start, end int
	text       []byte
}

// Bytes is the file with its changes. Without one it is what was read, byte for byte.
func (c *Config) Bytes() []byte {
	edits := slices.Clone(c.edits)
	slices.SortStableFunc(edits, func(a, b configEdit) int { return a.start - b.start })
	var text []byte
	at := 0
	for _, e := range edits {
		text = append(append(text, c.text[at:e.start]...), e.text...)
		at = e.end
	}
	return append(text, c.text[at:]...)
}

// edit notes a change. Two changes of one piece are a mistake of the caller.
func (c *Config) edit(start, end int, text []byte) {
	for _, e := range c.edits {
		if start < e.end && e.start < end {
			panic("panos: a piece of a configuration is changed twice")
		}
	}
	c.edits = append(c.edits, configEdit{start, end, text})
}

// ConfigText says whether a text can stand in a configuration in XML at all: there are
// characters that XML cannot hold.
func ConfigText(text string) error {
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			return fmt.Errorf("%q is not UTF-8", clip(text, excerptLength))
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xfffe, r == 0xffff:
			return fmt.Errorf("%q has the character %U in it, which XML cannot hold", clip(text, excerptLength), r)
		}
	}
	return nil
}

// SetText puts a text between the tags. What else stood there, a comment or CDATA, is gone.
func (e *ConfigElement) SetText(text string) {
	escaped := appendEscaped(nil, text)
	if !e.closesItself() {
		e.config.edit(e.inner, e.innerEnd, escaped)
		return
	}
	e.config.edit(e.start, e.end, e.opened(escaped))
}

func (e *ConfigElement) closesItself() bool { return e.end == e.inner }

// opened is an element that closes itself with something in it.
func (e *ConfigElement) opened(inner []byte) []byte {
	tag := bytes.TrimRight(bytes.TrimSuffix(e.config.text[e.start:e.inner], []byte("/>")), " \t\r\n")
	text := append(bytes.Clone(tag), '>')
	text = append(text, inner...)
	return append(append(append(text, "</"...), e.tag()...), '>')
}

// tag is the name as it is written, with its prefix if it has one.
func (e *ConfigElement) tag() []byte {
	rest := e.config.text[e.start+1 : e.inner]
	return rest[:bytes.IndexAny(rest, " \t\r\n/>")]
}

// Append adds children behind the last one, indented as that one is.
func (e *ConfigElement) Append(children ...Element) {
	if len(children) == 0 {
		return
	}
	var text []byte
	if n := len(e.children); n > 0 {
		last := e.children[n-1]
		for _, c := range children {
			text = c.appendIndented(append(text, last.lead()...), last.lead(), e.unit())
		}
		e.config.edit(last.end, last.end, text)
		return
	}
	lead, unit := e.lead(), e.unit()
	if lead != "" {
		lead += unit
	}
	for _, c := range children {
		text = c.appendIndented(append(text, lead...), lead, unit)
	}
	text = append(text, e.lead()...)
	if e.closesItself() {
		e.config.edit(e.start, e.end, e.opened(text))
		return
	}
	e.config.edit(e.inner, e.innerEnd, text)
}

// SetChildren puts others in the place of all children. What stands between them is gone.
func (e *ConfigElement) SetChildren(children ...Element) {
	n := len(e.children)
	if n == 0 {
		e.Append(children...)
		return
	}
	first, lead := e.children[0], e.children[0].lead()
	var text []byte
	for i, c := range children {
		if i > 0 {
			text = append(text, lead...)
		}
		text = c.appendIndented(text, lead, e.unit())
	}
	e.config.edit(first.start, e.children[n-1].end, text)
}

// Replace puts another element in the place of this one.
func (e *ConfigElement) Replace(by Element) {
	e.config.edit(e.start, e.end, by.appendIndented(nil, e.lead(), e.unit()))
}

// Remove takes the element out, with the blanks before it.
func (e *ConfigElement) Remove() { e.config.edit(e.start-len(e.lead()), e.end, nil) }

// lead is the line break and the indentation that stand before the element; empty where it
// does not begin a line.
func (e *ConfigElement) lead() string {
	before := e.config.text[:e.start]
	blank := before[len(bytes.TrimRight(before, " \t")):]
	switch rest := before[:len(before)-len(blank)]; {
	case bytes.HasSuffix(rest, []byte("\r\n")):
		return "\r\n" + string(blank)
	case bytes.HasSuffix(rest, []byte("\n")):
		return "\n" + string(blank)
	}
	return ""
}

// unit is what one level is indented by: what the children have more than the element, or the
// element more than its parent, or two blanks.
func (e *ConfigElement) unit() string {
	if len(e.children) > 0 {
		if more, ok := strings.CutPrefix(e.children[0].lead(), e.lead()); ok && more != "" {
			return strings.TrimLeft(more, "\r\n")
		}
	}
	if e.parent != nil {
		if more, ok := strings.CutPrefix(e.lead(), e.parent.lead()); ok && strings.Trim(more, " \t") == "" && more != "" {
			return more
		}
	}
	return "  "
}

// AppendConfigXML appends the element as a configuration has it, a line for each element,
// two blanks for each level, without a line end behind it.
func (e Element) AppendConfigXML(dst []byte) []byte { return e.appendIndented(dst, "\n", "  ") }

// appendIndented appends the element. lead stands before each line of it, which begins with a line
// break; an empty one keeps everything in one line.
func (e Element) appendIndented(dst []byte, lead, unit string) []byte {
	if len(e.Children) == 0 || lead == "" {
		return e.AppendXML(dst)
	}
	dst = append(append(dst, '<'), e.Name...)
	for _, a := range e.Attributes {
		dst = appendAttribute(dst, a.Name, a.Value)
	}
	dst = append(dst, '>')
	for _, c := range e.Children {
		dst = c.appendIndented(append(dst, lead+unit...), lead+unit, unit)
	}
	dst = append(append(dst, lead...), "</"...)
	return append(append(dst, e.Name...), '>')
}
