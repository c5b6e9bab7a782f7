package syslog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is a message to be built. The zero value of a field leaves it out where the
// format allows that.
type Message struct {
	Priority  int       // 0 to 191; Priority(facility, severity) makes one
	Time      time.Time // printed in its own zone
	Host      string
	App       string // the tag, in RFC 3164
	Proc      string
	MessageID string    // RFC 5424 only
	Data      []Element // RFC 5424 only
	BOM       bool      // put a byte order mark before Text, as RFC 5424 section 6.4 asks for UTF-8
	Text      string    // any bytes; a line end in it would make two messages of it on most wires
}

// Append appends the message, without framing, in one of the formats. A field that the
// format cannot carry is an error which names it, and dst is then returned as it was. Raw
// is the Text alone.
func (m *Message) Append(dst []byte, f Format) ([]byte, error) {
	switch f {
	case Raw:
		return append(dst, m.Text...), nil
	case RFC3164:
		if err := m.check3164(); err != nil {
			return dst, fmt.Errorf("rfc3164: %w", err)
		}
		return m.append3164(dst), nil
	case RFC5424:
		if err := m.check5424(); err != nil {
			return dst, fmt.Errorf("rfc5424: %w", err)
		}
		return m.append5424(dst), nil
	}
	_, err := ParseFormat(string(f))
	return dst, err
}

// append3164 follows RFC 3164 section 4.1: <PRI>Mmm dd hh:mm:ss host tag[pid]: text.
func (m *Message) append3164(dst []byte) []byte {
	dst = appendPriority(dst, m.Priority)
	dst = m.Time.AppendFormat(dst, time.Stamp)
	dst = append(dst, ' ')
	dst = append(dst, m.Host...)
	dst = append(dst, ' ')
	if m.App != "" {
		dst = append(dst, m.App...)
		if m.Proc != "" {
			dst = append(dst, '[')
			dst = append(dst, m.Proc...)
			dst = append(dst, ']')
		}
		dst = append(dst, ':', ' ')
	}
	return append(dst, m.Text...)
}

// maxTag is the length of the longest tag (RFC 3164 section 4.1.3).
const maxTag = 32

func (m *Message) check3164() error {
	switch {
	case m.Time.IsZero():
		return fmt.Errorf("no time")
	case m.Host == "":
		return fmt.Errorf("no host")
	case m.MessageID != "" || len(m.Data) > 0:
		return fmt.Errorf("message ID %q and %d data elements have no place", m.MessageID, len(m.Data))
	case m.Proc != "" && m.App == "":
		return fmt.Errorf("process %q without an app", m.Proc)
	}
	return firstOf(checkPriority(m.Priority),
		checkField("host", m.Host, 255, ""),
		checkField("app", m.App, maxTag, ":[]"),
		checkField("process", m.Proc, 128, ":[]"))
}

// append5424 follows RFC 5424 section 6.
func (m *Message) append5424(dst []byte) []byte {
	dst = appendPriority(dst, m.Priority)
	dst = append(dst, "1 "...)
	if m.Time.IsZero() {
		dst = append(dst, '-')
	} else { // section 6.2.3: at most six digits of a second
		dst = m.Time.AppendFormat(dst, "2006-01-02T15:04:05.999999Z07:00")
	}
	for _, field := range []string{m.Host, m.App, m.Proc, m.MessageID} {
		dst = append(dst, ' ')
		dst = appendOrNil(dst, field)
	}
	dst = append(dst, ' ')
	dst = appendData(dst, m.Data)
	if m.Text == "" && !m.BOM {
		return dst
	}
	dst = append(dst, ' ')
	if m.BOM {
		dst = append(dst, byteOrderMark...)
	}
	return append(dst, m.Text...)
}

func (m *Message) check5424() error {
	_, offset := m.Time.Zone()
	switch {
	case !m.Time.IsZero() && (m.Time.Year() < 0 || m.Time.Year() > 9999):
		return fmt.Errorf("year %d has no four digits", m.Time.Year())
	case offset%60 != 0:
		return fmt.Errorf("zone offset of %d seconds is no whole minute", offset)
	}
	return firstOf(checkPriority(m.Priority),
		checkField("host", m.Host, 255, ""), checkField("app", m.App, 48, ""),
		checkField("process", m.Proc, 128, ""), checkField("message ID", m.MessageID, 32, ""),
		checkData(m.Data))
}

func appendData(dst []byte, data []Element) []byte {
	if len(data) == 0 {
		return append(dst, '-')
	}
	for _, e := range data {
		dst = append(dst, '[')
		dst = append(dst, e.ID...)
		for _, p := range e.Params {
			dst = append(dst, ' ')
			dst = append(dst, p.Name...)
			dst = append(dst, '=', '"')
			dst = appendEscaped(dst, p.Value)
			dst = append(dst, '"')
		}
		dst = append(dst, ']')
	}
	return dst
}

// appendEscaped puts a backslash before the three characters of RFC 5424 section 6.3.3.
func appendEscaped(dst []byte, value string) []byte {
	for i := range len(value) {
		switch value[i] {
		case '"', '\\', ']':
			dst = append(dst, '\\')
		}
		dst = append(dst, value[i])
	}
	return dst
}

func checkData(data []Element) error {
	ids := make(map[string]bool, len(data))
	for _, e := range data {
		if ids[e.ID] {
			return fmt.Errorf("data element %q stands twice (section 6.3.2)", e.ID)
		}
		ids[e.ID] = true
		if err := checkName("data element", e.ID); err != nil {
			return err
		}
		for _, p := range e.Params {
			if err := checkName("parameter", p.Name); err != nil {
				return err
			}
			if !utf8.ValidString(p.Value) {
				return fmt.Errorf("parameter %q: %q is not UTF-8 (section 6.3.3)", p.Name, p.Value)
			}
		}
	}
	return nil
}

// checkName holds an SD-NAME to the grammar of RFC 5424 section 6.
func checkName(what, s string) error {
	if s == "" {
		return fmt.Errorf("%s without a name", what)
	}
	return checkField(what, s, 32, `="]`)
}

// checkField wants visible ASCII without the characters of not, limit bytes at most. Empty is good.
func checkField(what, s string, limit int, not string) error {
	if len(s) > limit {
		return fmt.Errorf("%s %q is longer than %d characters", what, s, limit)
	}
	for _, r := range s {
		if r <= ' ' || r > '~' || strings.ContainsRune(not, r) {
			return fmt.Errorf("%s %q holds %q", what, s, r)
		}
	}
	return nil
}

func checkPriority(p int) error {
	if p < 0 || p > MaxPriority {
		return fmt.Errorf("priority %d is not 0 to %d", p, MaxPriority)
	}
	return nil
}

func appendPriority(dst []byte, p int) []byte {
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(p), 10)
	return append(dst, '>')
}

func appendOrNil(dst []byte, field string) []byte {
	if field == "" {
		return append(dst, '-')
	}
	return append(dst, field...)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
