package wsman

import "strings"

// Response is a message of a server that is no fault.
type Response struct {
	Header
	Result Result
}

// Result is what a server answers: Identity, Batch, Released, Item or Config.
type Result interface {
	result() string // the body
	actionOf() string
}

// Identity is who answers.
type Identity struct {
	ProtocolVersion string // empty in what is written means that of WS-Management 1
	ProductVendor   string
	ProductVersion  string // "OS: 6.3.9600 SP: 0.0 Stack: 3.0"; zeros before the log-in
	Profiles        []string
}

// Batch is the part of a list that one answer holds.
type Batch struct {
	Pulled  bool   // it answers a Pull
	Context string // to go on with; empty at the end, or if the server does not say at the end
	Items   []Item
	End     bool
}

// Released says that a list was released.
type Released struct{}

func (Identity) actionOf() string { return "" }
func (Released) actionOf() string { return ActionRelease + responseSuffix }
func (Item) actionOf() string     { return ActionGet + responseSuffix }
func (Config) actionOf() string   { return ActionGet + responseSuffix }
func (b Batch) actionOf() string {
	if b.Pulled {
		return ActionPull + responseSuffix
	}
	return ActionEnumerate + responseSuffix
}

func (Released) result() string { return "" }
func (i Item) result() string   { return i.marshal() }

func (i Identity) result() string {
	version := i.ProtocolVersion
	if version == "" {
		version = protocolVersion
	}
	s := `<wsmid:IdentifyResponse xmlns:wsmid="` + nsIdentity + `">` + tag("wsmid:ProtocolVersion", version) +
		tag("wsmid:ProductVendor", i.ProductVendor) + tag("wsmid:ProductVersion", i.ProductVersion)
	if len(i.Profiles) > 0 {
		s += "<wsmid:SecurityProfiles>"
		for _, p := range i.Profiles {
			s += tag("wsmid:SecurityProfileName", p)
		}
		s += "</wsmid:SecurityProfiles>"
	}
	return s + "</wsmid:IdentifyResponse>"
}

// result has the items in the namespace of enumeration after a Pull, and in that of WS-Management after an
// optimized Enumerate: so DSP0226 section 8 has it.
func (b Batch) result() string {
	outer, items := "n:EnumerateResponse", "w:"
	if b.Pulled {
		outer, items = "n:PullResponse", "n:"
	}
	var s strings.Builder
	s.WriteString("<" + outer + ">")
	if !b.Pulled || b.Context != "" {
		s.WriteString("<n:EnumerationContext>" + text(b.Context) + "</n:EnumerationContext>")
	}
	if b.Pulled || len(b.Items) > 0 || b.End {
		s.WriteString("<" + items + "Items>")
		for _, i := range b.Items {
			s.WriteString(i.marshal())
		}
		s.WriteString("</" + items + "Items>")
	}
	if b.End {
		s.WriteString("<" + items + "EndOfSequence/>")
	}
	return s.String() + "</" + outer + ">"
}

// Marshal encodes the response as SOAP.
func (r Response) Marshal() []byte {
	if _, ok := r.Result.(Identity); ok {
		return envelope("", r.Result.result())
	}
	if r.Action == "" {
		r.Action = r.Result.actionOf()
	}
	if r.MessageID == "" {
		r.MessageID = NewMessageID()
	}
	return envelope(r.Header.response(), r.Result.result())
}

// ReadResponse decodes what a server answers. The error is the *Fault that it says, or a *FormatError. It never
// panics, whatever the bytes are.
func ReadResponse(b []byte) (Response, error) {
	root, err := parse(b)
	if err != nil {
		return Response{}, &FormatError{"soap", err}
	}
	body := root.child("Body")
	if root.name.Local != "Envelope" || body == nil {
		return Response{}, badFormat("soap", "the root is %q, want an Envelope with a Body", root.name.Local)
	}
	if root.name.Space != nsSOAP {
		return Response{}, badFormat("soap", "the envelope is of %q, want SOAP 1.2", root.name.Space)
	}
	var r Response
	if r.Header, err = readHeader(root.child("Header")); err != nil {
		return r, &FormatError{"soap", err}
	}
	if f := body.child("Fault"); f != nil {
		return r, readFault(f, r.Header)
	}
	r.Result, err = readResult(r.Action, body)
	return r, err
}

func readResult(action string, body *element) (Result, error) {
	if len(body.children) == 0 {
		if action == ActionRelease+responseSuffix {
			return Released{}, nil
		}
		return nil, badFormat("soap", "the body of %q is empty", action)
	}
	e := body.children[0]
	switch e.name.Local {
	case "IdentifyResponse":
		return readIdentity(e), nil
	case "EnumerateResponse", "PullResponse":
		return readBatch(e), nil
	case "ReleaseResponse":
		return Released{}, nil
	case "Config":
		return readConfig(e)
	}
	if action != ActionGet+responseSuffix {
		return nil, badFormat("soap", "the body holds %q, which answers nothing that is asked here", e.name.Local)
	}
	return readItem(e), nil
}

func readIdentity(e *element) Identity {
	i := Identity{
		ProtocolVersion: e.child("ProtocolVersion").value(), ProductVendor: e.child("ProductVendor").value(),
		ProductVersion: e.child("ProductVersion").value(),
	}
	if p := e.child("SecurityProfiles"); p != nil {
		for _, c := range p.children {
			if v := c.value(); v != "" {
				i.Profiles = append(i.Profiles, v)
			}
		}
	}
	return i
}

func readBatch(e *element) Batch {
	b := Batch{Pulled: e.name.Local == "PullResponse", Context: e.child("EnumerationContext").value(), End: e.child("EndOfSequence") != nil}
	if items := e.child("Items"); items != nil {
		for _, c := range items.children {
			b.Items = append(b.Items, readItem(c))
		}
	}
	return b
}
