package syslog

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Template is a message with places to fill in, such as
//
//	<${pri}>${time:rfc3164} ${host} radiusd: Login OK: user=${user} ip=${address}
//
// It is read once by ParseTemplate and filled in many times, without allocating. It may be
// used concurrently.
type Template struct {
	text  string
	parts []part
	tail  string // what stands behind the last place
}

// part is a piece of fixed text and the place behind it.
type part struct {
	literal string
	name    string
	layout  string // of a time

	wholeSeconds bool // the layout prints no fraction of a second
}

// Values are what a template is filled in with. A place whose value is zero is left empty,
// but for numbers, which are 0.
type Values struct {
	User, Domain string
	Address      netip.Addr
	Host         string
	Seq          uint64
	Time         time.Time
	Priority     int // the PRI: 0 to 191
	MAC          string
	// Cache spares printing the same second again and again; nil prints each time. Values
	// that share one may not be used concurrently.
	Cache *TimeCache
}

// Placeholder describes one kind of place in a template.
type Placeholder struct {
	Name  string // what stands between "${" and "}"
	Means string
}

// Placeholders lists every place that a template may hold, for help texts.
func Placeholders() []Placeholder {
	return []Placeholder{
		{"user", "the user, without a domain"},
		{"domain", "the user's domain"},
		{"address", "the user's address"},
		{"mac", "the hardware address of the user's device"},
		{"host", "the host that the message says it is from"},
		{"seq", "the number of the message"},
		{"pri", "the number of the priority; write <${pri}>"},
		{"time:rfc3164", "the time as Jan _2 15:04:05"},
		{"time:rfc3339", "the time as 2006-01-02T15:04:05.000000Z07:00"},
		{"time:GO-LAYOUT", "the time in a layout of Go's package time, such as 02/Jan/2006:15:04:05 -0700"},
	}
}

// The named layouts. Six digits of a second are the most that RFC 5424 section 6.2.3
// allows; that they are always six keeps messages equally long.
var namedLayouts = map[string]string{
	"rfc3164": time.Stamp,
	"rfc3339": "2006-01-02T15:04:05.000000Z07:00",
}

// ParseTemplate reads a template. "$$" stands for a dollar sign. The error is a
// *TemplateError.
func ParseTemplate(text string) (*Template, error) {
	t := &Template{text: text}
	var literal strings.Builder
	for at := 0; at < len(text); {
		dollar := strings.IndexByte(text[at:], '$')
		if dollar < 0 {
			literal.WriteString(text[at:])
			break
		}
		literal.WriteString(text[at : at+dollar])
		at += dollar
		if strings.HasPrefix(text[at:], "$$") {
			literal.WriteByte('$')
			at += 2
			continue
		}
		name, layout, size, problem := cutPlace(text[at:])
		if problem != "" {
			return nil, &TemplateError{Column: 1 + utf8.RuneCountInString(text[:at]), Problem: problem}
		}
		t.parts = append(t.parts, part{literal.String(), name, layout, wholeSeconds(layout)})
		literal.Reset()
		at += size
	}
	t.tail = literal.String()
	return t, nil
}

// String returns the text that the template was read from.
func (t *Template) String() string { return t.text }

// Uses says whether the template holds the place of that name: "user", "time", … without
// the layout.
func (t *Template) Uses(name string) bool {
	for _, p := range t.parts {
		if p.name == name {
			return true
		}
	}
	return false
}

// Append appends the message that v makes. It allocates nothing if dst has room.
func (t *Template) Append(dst []byte, v *Values) []byte {
	for i := range t.parts {
		dst = append(dst, t.parts[i].literal...)
		dst = t.parts[i].append(dst, v)
	}
	return append(dst, t.tail...)
}

func (p *part) append(dst []byte, v *Values) []byte {
	switch p.name {
	case "user":
		return append(dst, v.User...)
	case "domain":
		return append(dst, v.Domain...)
	case "address":
		return v.Address.AppendTo(dst)
	case "mac":
		return append(dst, v.MAC...)
	case "host":
		return append(dst, v.Host...)
	case "seq":
		return strconv.AppendUint(dst, v.Seq, 10)
	case "pri":
		return strconv.AppendInt(dst, int64(v.Priority), 10)
	default: // "time": ParseTemplate lets nothing else through
		if v.Time.IsZero() {
			return dst
		}
		if v.Cache != nil && p.wholeSeconds {
			return v.Cache.append(dst, v.Time, p.layout)
		}
		return v.Time.AppendFormat(dst, p.layout)
	}
}
