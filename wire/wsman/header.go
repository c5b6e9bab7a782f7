package wsman

import (
	"fmt"
	"strconv"
	"time"
)

// Header is what stands in the header of a message, a request's or a response's.
type Header struct {
	Action      string // of a request: the operation's, if empty
	To          string
	MessageID   string // NewMessageID
	RelatesTo   string // of a response: the request's MessageID
	ResourceURI string
	Selectors   []Selector

	MaxEnvelopeSize  int           // of the answer, in bytes; 0 leaves it to the server
	OperationTimeout time.Duration // 0 leaves it to the server
}

// Selector chooses an instance of a resource.
type Selector struct{ Name, Value string }

// Selector is the value of a selector, without regard to case in its name.
func (h Header) Selector(name string) (string, bool) {
	for _, s := range h.Selectors {
		if equalFold(s.Name, name) {
			return s.Value, true
		}
	}
	return "", false
}

// request writes the header in the order of Windows' clients.
func (h Header) request() string {
	s := tag("a:To", h.To) + tag(`w:ResourceURI s:mustUnderstand="true"`, h.ResourceURI) +
		`<a:ReplyTo><a:Address s:mustUnderstand="true">` + anonymous + `</a:Address></a:ReplyTo>` +
		tag(`a:Action s:mustUnderstand="true"`, h.Action)
	if h.MaxEnvelopeSize > 0 {
		s += tag(`w:MaxEnvelopeSize s:mustUnderstand="true"`, strconv.Itoa(h.MaxEnvelopeSize))
	}
	s += tag("a:MessageID", h.MessageID)
	if h.OperationTimeout > 0 {
		s += tag("w:OperationTimeout", FormatDuration(h.OperationTimeout))
	}
	if len(h.Selectors) > 0 {
		s += "<w:SelectorSet>"
		for _, sel := range h.Selectors {
			s += `<w:Selector Name="` + text(sel.Name) + `">` + text(sel.Value) + "</w:Selector>"
		}
		s += "</w:SelectorSet>"
	}
	return s
}

func (h Header) response() string {
	to := h.To
	if to == "" {
		to = anonymous
	}
	return tag("a:Action", h.Action) + tag("a:MessageID", h.MessageID) + tag("a:To", to) + tag("a:RelatesTo", h.RelatesTo)
}

// readHeader reads what it knows. The error is of a number or a duration.
func readHeader(e *element) (h Header, err error) {
	h = Header{
		Action: e.child("Action").value(), To: e.child("To").value(), MessageID: e.child("MessageID").value(),
		RelatesTo: e.child("RelatesTo").value(), ResourceURI: e.child("ResourceURI").value(),
	}
	if set := e.child("SelectorSet"); set != nil {
		for _, c := range set.children {
			h.Selectors = append(h.Selectors, Selector{c.attr("Name"), c.value()})
		}
	}
	if s := e.child("MaxEnvelopeSize").value(); s != "" {
		if h.MaxEnvelopeSize, err = strconv.Atoi(s); err != nil || h.MaxEnvelopeSize < 0 {
			return h, fmt.Errorf("MaxEnvelopeSize %q: it is no number of bytes", s)
		}
	}
	if s := e.child("OperationTimeout").value(); s != "" {
		h.OperationTimeout, err = ParseDuration(s)
	}
	return h, err
}

// understood are the headers that are read, or that can be left aside without harm.
var understood = map[string]bool{
	"Action": true, "To": true, "MessageID": true, "RelatesTo": true, "ResourceURI": true, "ReplyTo": true, "FaultTo": true, "From": true,
	"SelectorSet": true, "OptionSet": true, "MaxEnvelopeSize": true, "OperationTimeout": true, "Locale": true, "DataLocale": true,
	"SessionId": true, "ActivityId": true, "OperationID": true, "SequenceId": true,
}

// notUnderstood is a header that has to be understood and is not; nil if there is none.
func notUnderstood(header *element) *element {
	if header == nil {
		return nil
	}
	for _, c := range header.children {
		if isTrue(c.attr("mustUnderstand")) && !understood[c.name.Local] {
			return c
		}
	}
	return nil
}
