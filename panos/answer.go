package panos

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/credential"
)

// The writers here give a simulated firewall the shapes that are known of real ones, down
// to the quoting. What XML cannot hold, such as NUL, becomes U+FFFD.

const (
	successOpen   = `<response status="success"><result>`
	responseClose = `</result></response>`
)

// AppendTextAnswer appends a success whose result is text in CDATA, the shape that "show
// user group list" has (pan-os-python).
func AppendTextAnswer(dst, text []byte) []byte {
	dst = append(dst, successOpen...)
	dst = appendCDATA(dst, "\n"+string(text))
	return append(dst, responseClose...)
}

// appendCDATA splits the text where it would end the section.
func appendCDATA(dst []byte, text string) []byte {
	text = strings.Map(xmlRune, strings.ToValidUTF8(text, "\ufffd"))
	text = strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>")
	return append(append(append(dst, "<![CDATA["...), text...), "]]>"...)
}

// xmlRune replaces what no XML document may hold (XML 1.0 section 2.2).
func xmlRune(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xfffd, r >= 0x10000:
		return r
	}
	return 0xfffd
}

// AppendMappingsAnswer appends the answer to a mapping command: an entry for each, then
// their count (literal test data of public clients). Without a mapping it is a success
// without an entry.
func AppendMappingsAnswer(dst []byte, mappings []Mapping) []byte {
	if len(mappings) == 0 {
		return append(dst, `<response status="success"><result/></response>`...)
	}
	dst = append(dst, successOpen...)
	for _, m := range mappings {
		dst = append(dst, "<entry>"...)
		dst = appendElement(dst, "ip", m.Address.String())
		dst = appendElement(dst, "vsys", m.VSys)
		dst = appendElement(dst, "type", m.From)
		dst = appendElement(dst, "user", m.User)
		dst = appendElement(dst, "idle_timeout", seconds(m.Idle))
		dst = appendElement(dst, "timeout", seconds(m.Max))
		dst = append(dst, "</entry>\n"...)
	}
	dst = fmt.Appendf(dst, "<count>%d</count>\n", len(mappings))
	return append(dst, responseClose...)
}

// AppendSystemInfoAnswer appends the answer to "show system info". An empty field has an
// empty element.
func AppendSystemInfoAnswer(dst []byte, info SystemInfo) []byte {
	dst = append(append(dst, successOpen...), "<system>"...)
	for _, f := range info.fields() {
		dst = appendElement(dst, f.name, f.value)
	}
	return append(append(dst, "</system>"...), responseClose...)
}

// AppendKeyAnswer appends the answer to keygen, with the blanks and single quotes that
// devices send. This is a place where a key is meant to go out.
func AppendKeyAnswer(dst []byte, key credential.Secret) []byte {
	dst = append(dst, `<response status = 'success'><result>`...)
	dst = appendElement(dst, "key", key.Reveal())
	return append(dst, responseClose...)
}

// ErrorShape is one of the shapes that errors of the API have.
type ErrorShape int

// The shapes.
const (
	ErrorInResult ErrorShape = iota // result/msg, blanks and single quotes: refused keys and requests
	ErrorInLines                    // msg/line, several messages: refused commands
	ErrorInMsg                      // msg
)

// AppendErrorAnswer appends an error of the API. Code 0 stands for no code. ErrorInLines
// has a line for each message, the first as CDATA; the other shapes join them.
func AppendErrorAnswer(dst []byte, shape ErrorShape, code int, messages ...string) []byte {
	if shape == ErrorInResult {
		dst = append(dst, `<response status = 'error'`...)
		if code != 0 {
			dst = fmt.Appendf(dst, " code = '%d'", code)
		}
		dst = append(dst, "><result>"...)
		dst = appendElement(dst, "msg", strings.Join(messages, "; "))
		return append(dst, responseClose...)
	}
	dst = append(dst, `<response status="error"`...)
	if code != 0 {
		dst = fmt.Appendf(dst, ` code="%d"`, code)
	}
	dst = append(dst, '>')
	if shape == ErrorInMsg {
		dst = appendElement(dst, "msg", strings.Join(messages, "; "))
	} else {
		dst = appendLines(dst, messages)
	}
	return append(dst, "</response>"...)
}

func appendLines(dst []byte, messages []string) []byte {
	dst = append(dst, "<msg>"...)
	for i, message := range messages {
		if i > 0 {
			dst = appendElement(dst, "line", message)
			continue
		}
		dst = appendCDATA(append(dst, "<line>"...), message)
		dst = append(dst, "</line>"...)
	}
	return append(dst, "</msg>"...)
}

// AppendNotFoundAnswer appends the success that says that the object is not there.
func AppendNotFoundAnswer(dst []byte) []byte {
	return append(dst, `<response status="success" code="7"><result/></response>`...)
}

func appendElement(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = append(appendEscaped(dst, text), "</"...)
	return append(append(dst, name...), '>')
}

func appendEscaped(dst []byte, text string) []byte {
	buffer := bytes.NewBuffer(dst)
	_ = xml.EscapeText(buffer, []byte(text)) // a buffer refuses nothing
	return buffer.Bytes()
}
