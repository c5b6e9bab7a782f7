package wsman

import (
	"errors"
	"strconv"
	"strings"
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// Request is a message of a client: Identify, Enumerate, Pull, Release or Get, which are the Operations.
type Request struct {
	Header
	Operation Operation
}

// Operation is what a request asks for.
type Operation interface {
	action() string // empty for Identify, which has no addressing
	body() string
}

// Identify asks who answers, DSP0226 section 11.
type Identify struct{}

// Enumerate begins to list. Without a Query it lists the class that the resource names.
type Enumerate struct {
	Query string
	// Dialect is that of Query; empty means DialectWQL in what is written. In what is read it is what the client
	// says; DSP0226 section 8.3 takes XPath where it says nothing.
	Dialect     string
	Optimize    bool // the first items come with the answer
	MaxElements int  // items of one answer; 0 leaves it to the server
}

// Pull goes on with a list.
type Pull struct {
	Context     string // of the last answer
	MaxElements int
}

// Release ends a list before its end.
type Release struct{ Context string }

// Get reads one resource, such as ResourceConfig.
type Get struct{}

func (Identify) action() string  { return "" }
func (Enumerate) action() string { return ActionEnumerate }
func (Pull) action() string      { return ActionPull }
func (Release) action() string   { return ActionRelease }
func (Get) action() string       { return ActionGet }

func (Identify) body() string { return `<wsmid:Identify xmlns:wsmid="` + nsIdentity + `"/>` }
func (Get) body() string      { return "" }

func (e Enumerate) body() string {
	s := "<n:Enumerate>"
	if e.Optimize {
		s += "<w:OptimizeEnumeration/>"
	}
	s += positive("w:MaxElements", e.MaxElements)
	if e.Query != "" || e.Dialect != "" {
		dialect := e.Dialect
		if dialect == "" {
			dialect = DialectWQL
		}
		s += `<w:Filter Dialect="` + text(dialect) + `">` + text(e.Query) + "</w:Filter>"
	}
	return s + "</n:Enumerate>"
}

func (p Pull) body() string {
	return "<n:Pull>" + tag("n:EnumerationContext", p.Context) + positive("n:MaxElements", p.MaxElements) + "</n:Pull>"
}

func (r Release) body() string {
	return "<n:Release>" + tag("n:EnumerationContext", r.Context) + "</n:Release>"
}

func positive(name string, n int) string {
	if n <= 0 {
		return ""
	}
	return tag(name, strconv.Itoa(n))
}

// Marshal encodes the request as SOAP.
func (r Request) Marshal() []byte {
	if _, ok := r.Operation.(Identify); ok {
		return envelope("", r.Operation.body())
	}
	if r.Action == "" {
		r.Action = r.Operation.action()
	}
	return envelope(r.Header.request(), r.Operation.body())
}

// ReadRequest decodes what a client sends. The error is a *Fault to answer with; the header is there as far
// as it could be read. It never panics, whatever the bytes are.
func ReadRequest(b []byte) (Request, error) {
	root, err := parse(b)
	if err != nil {
		return Request{}, schemaFault(err.Error())
	}
	switch {
	case root.name.Local == "Envelope" && root.name.Space == nsSOAP11:
		return Request{}, &Fault{Code: "VersionMismatch", Reason: "SOAP 1.1 is not supported; use SOAP 1.2."}
	case root.name.Local != "Envelope" || root.name.Space != nsSOAP:
		return Request{}, schemaFault("the message is no SOAP envelope")
	}
	header := root.child("Header")
	var r Request
	if r.Header, err = readHeader(header); err != nil {
		return r, related(r, schemaFault(err.Error()))
	}
	if h := notUnderstood(header); h != nil {
		return r, related(r, &Fault{Code: "MustUnderstand", Reason: "The header " + h.name.Local + " is not understood."})
	}
	body := root.child("Body")
	if body == nil || len(body.children) > 1 {
		return r, related(r, schemaFault("the envelope has no body, or more than one element in it"))
	}
	if r.Operation, err = readOperation(r.Action, body); err != nil {
		var f *Fault
		if !errors.As(err, &f) {
			f = schemaFault(err.Error())
		}
		return r, related(r, f)
	}
	return r, nil
}

func related(r Request, f *Fault) *Fault {
	f.RelatesTo = r.MessageID
	return f
}

func readOperation(action string, body *element) (Operation, error) {
	if body.child("Identify") != nil {
		return Identify{}, nil
	}
	switch action {
	case ActionEnumerate:
		return readEnumerate(body.child("Enumerate"))
	case ActionPull:
		e := body.child("Pull")
		n, err := count(e, "MaxElements")
		if err == nil && e.child("EnumerationContext").value() == "" {
			err = errors.New("the Pull names no enumeration context")
		}
		return Pull{e.child("EnumerationContext").value(), n}, err
	case ActionRelease:
		return Release{body.child("Release", "EnumerationContext").value()}, nil
	case ActionGet:
		return Get{}, nil
	}
	return nil, &Fault{Code: "Sender", Subcode: "wsa:ActionNotSupported", Reason: "The action is not supported by the service."}
}

func readEnumerate(e *element) (Operation, error) {
	if e == nil {
		return nil, errors.New("the body of an Enumerate has no Enumerate")
	}
	n, err := count(e, "MaxElements")
	if err != nil {
		return nil, err
	}
	op := Enumerate{Optimize: e.child("OptimizeEnumeration") != nil, MaxElements: n}
	if f := e.child("Filter"); f != nil {
		op.Query, op.Dialect = f.value(), f.attr("Dialect")
	}
	return op, nil
}

func count(e *element, name string) (int, error) {
	s := e.child(name).value()
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, errors.New(name + " is no number of items")
	}
	return n, nil
}
