package syslog

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"
)

// Header is what stands before the text of a message, as far as it was understood.
type Header struct {
	Format Format

	HasPriority bool // whether there is a valid <PRI>; without one the next three are 0
	Priority    int  // 0 to 191
	Facility    int  // 0 to 23; FacilityName has its word
	Severity    int  // 0 to 7; SeverityName has its word

	// Time is zero if there is none. That of RFC 3164 has neither year nor zone: the year
	// is then 0 and the zone UTC.
	Time time.Time
	// Empty where the header has none, or "-".
	Host, App, Proc, MessageID string
	// Data is sorted by ID and name. Of a parameter that stands several times in one
	// element only the last is here: the parser keeps one.
	Data []Element

	// Body is the offset of what the RFCs call MSG: behind PRI and header. That of RFC 3164
	// begins with the tag ("sshd[42]: "), that of RFC 5424 perhaps with a byte order mark.
	Body int
	// Content is the offset of the text behind those as well.
	Content int

	// Problem is why the header was not understood whole; empty if it was. It is mostly the
	// parser's text, whose column counts from 0.
	Problem string
}

// ParseHeader reads the header of one message without its framing. It never fails: what
// follows neither RFC is Raw, its Problem says why. It is for display and cross-checks and
// takes microseconds; it may be called concurrently.
func ParseHeader(message []byte) Header {
	raw := Header{Format: Raw}
	priority, rest, ok := cutPriority(message)
	if ok {
		raw.HasPriority, raw.Priority = true, priority
		raw.Facility, raw.Severity = priority/8, priority%8
		raw.Body = len(message) - len(rest)
		raw.Content = raw.Body
		if looksLike5424(rest) {
			if h, ok := parse5424(message, raw); ok {
				return h
			}
		}
	}
	return parse3164(message, raw)
}

// looksLike5424 says whether the PRI is followed by a version and a blank.
func looksLike5424(rest []byte) bool {
	version, _, ok := bytes.Cut(rest, []byte{' '})
	if !ok || len(version) == 0 || len(version) > 3 || version[0] == '0' {
		return false
	}
	return !bytes.ContainsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
}

// parse5424 answers ok if at least one field behind the version was understood.
func parse5424(message []byte, h Header) (_ Header, ok bool) {
	parsed, err := rfc5424.NewMachine(rfc5424.WithBestEffort()).Parse(message)
	m, _ := parsed.(*rfc5424.SyslogMessage)
	if m == nil || err != nil && m.Timestamp == nil && m.Hostname == nil {
		return h, false
	}
	h.Format = RFC5424
	h.fields(&m.Base)
	if m.StructuredData != nil {
		h.Data = elements(*m.StructuredData)
	}
	if err != nil { // where the text begins is not known then
		h.Problem = err.Error()
		return h, true
	}
	h.Body = textOffset(message, m.Message)
	h.Content = h.Body
	if bytes.HasPrefix(message[h.Body:], byteOrderMark) {
		h.Content += len(byteOrderMark)
	}
	return h, true
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// parse3164 accepts what is met in practice: a time as in RFC 3339, fractions of a second,
// a day with a leading zero, no PRI.
func parse3164(message []byte, h Header) Header {
	machine := rfc3164.NewMachine(rfc3164.WithBestEffort(), rfc3164.WithRFC3339(), rfc3164.WithLenientDay(),
		rfc3164.WithSecondFractions(), rfc3164.WithOptionalPriority(), rfc3164.WithEmbeddedNewlines())
	parsed, err := machine.Parse(message)
	m, _ := parsed.(*rfc3164.SyslogMessage)
	if err != nil {
		h.Problem = err.Error()
	}
	if m == nil || m.Timestamp == nil {
		if err == nil { // the parser is content with less
			h.Problem = "no time stamp"
		}
		return h
	}
	h.Format = RFC3164
	h.Time = *m.Timestamp
	h.split3164(message)
	return h
}

// split3164 finds host and tag behind a time that the parser has accepted. The parser's
// own are not used: it takes the first group of an IPv6 host for a tag, and part of a tag
// for text where no blank follows it ("su[12]:text").
func (h *Header) split3164(message []byte) {
	rest := bytes.TrimLeft(message[h.Body+stampLength(message[h.Body:]):], " ")
	host, after, blank := bytes.Cut(rest, []byte{' '})
	if blank && isHost(host) {
		h.Host = string(host)
		rest = after
	}
	h.Body = len(message) - len(rest)
	h.App, h.Proc, rest = cutTag(rest)
	h.Content = len(message) - len(rest)
}

// stampLength is the length of the time that s begins with: one word as in RFC 3339, or
// "Mmm dd hh:mm:ss" and what follows the seconds without a blank.
func stampLength(s []byte) int {
	const bsd = len(time.Stamp)
	if len(s) < bsd {
		return len(s)
	}
	from := bsd
	if s[0] >= '0' && s[0] <= '9' {
		from = 0
	}
	if i := bytes.IndexByte(s[from:], ' '); i >= 0 {
		return from + i
	}
	return len(s)
}

// isHost tells a host from a tag: devices leave the host out, and then the tag follows the
// time. A colon or a bracket is a tag's, but for those of an IPv6 address.
func isHost(word []byte) bool {
	if _, err := netip.ParseAddr(string(word)); err == nil {
		return true
	}
	return len(word) > 0 && !bytes.ContainsAny(word, ":[")
}

// cutTag reads "name: " or "name[process]: ". A tag has at most 32 characters and no blank
// (RFC 3164 section 4.1.3); without a colon behind it a word is text.
func cutTag(s []byte) (name, process string, rest []byte) {
	tag, rest, ok := bytes.Cut(s, []byte{':'})
	if !ok || bytes.ContainsAny(tag, " \t") {
		return "", "", s
	}
	before, inside, bracket := bytes.Cut(tag, []byte{'['})
	if bracket {
		if inside, bracket = bytes.CutSuffix(inside, []byte{']'}); !bracket {
			return "", "", s
		}
	}
	if len(before) == 0 || len(before) > maxTag {
		return "", "", s
	}
	return string(before), string(inside), bytes.TrimPrefix(rest, []byte{' '})
}

func (h *Header) fields(m *syslog.Base) {
	if m.Timestamp != nil {
		h.Time = *m.Timestamp
	}
	for _, f := range []struct{ into, from *string }{
		{&h.Host, m.Hostname}, {&h.App, m.Appname}, {&h.Proc, m.ProcID}, {&h.MessageID, m.MsgID},
	} {
		if f.from != nil && *f.from != "-" {
			*f.into = *f.from
		}
	}
}

// textOffset is where the parser's text begins in the message, of which it is the end.
func textOffset(message []byte, text *string) int {
	if text == nil {
		return len(message)
	}
	return max(0, len(message)-len(*text))
}

func elements(data map[string]map[string]string) []Element {
	var all []Element
	for id, params := range data {
		e := Element{ID: id}
		for name, value := range params {
			e.Params = append(e.Params, Param{name, value})
		}
		slices.SortFunc(e.Params, func(a, b Param) int { return cmp.Compare(a.Name, b.Name) })
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Element) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
