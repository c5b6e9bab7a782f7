package wsman

import (
	"strconv"
	"strings"
)

// readFault reads a fault in any of the shapes of Windows and OMI. What is missing stays empty.
func readFault(e *element, h Header) *Fault {
	f := &Fault{Action: h.Action, MessageID: h.MessageID, RelatesTo: h.RelatesTo}
	code := e.child("Code", "Value")
	_, f.Code, _ = strings.Cut(code.value(), ":")
	if f.Code == "" {
		f.Code = code.value()
	}
	sub := e.child("Code", "Subcode", "Value")
	f.Subcode = subcode(sub)
	f.Reason = e.child("Reason", "Text").value()
	detail := e.child("Detail")
	if detail == nil {
		return f
	}
	f.Detail = detail.child("FaultDetail").value()
	for _, c := range detail.children {
		switch {
		case c.name.Local == "WSManFault":
			f.Windows = readWSManFault(c)
		case isTrue(c.attr("IsCIM_Error")) || c.child("CIMStatusCode") != nil || c.child("error_Code") != nil:
			f.WMI = readWMIError(c)
		}
	}
	return f
}

// subcode names a subcode with our prefixes, whatever those of the message are.
func subcode(e *element) string {
	if e.value() == "" {
		return ""
	}
	name := e.resolve(e.value())
	for _, p := range prefixes {
		if p.space == name.Space {
			return p.prefix + ":" + name.Local
		}
	}
	if name.Space == "" {
		return name.Local
	}
	return "{" + name.Space + "}" + name.Local
}

func readWSManFault(e *element) *WSManFault {
	w := &WSManFault{Code: number(e.attr("Code")), Machine: e.attr("Machine"), Message: e.child("Message").value()}
	if p := e.child("Message", "ProviderFault"); p != nil {
		w.Provider = &ProviderFault{
			Provider: p.attr("provider"), Path: p.attr("path"), Message: p.value(),
			Status: number(p.child("ExtendedError", "__ExtendedStatus", "StatusCode").value()),
		}
		if inner := p.child("WSManFault"); inner != nil {
			w.Provider.Fault = readWSManFault(inner)
		}
	}
	return w
}

func readWMIError(e *element) *WMIError {
	w := &WMIError{
		Class: e.name.Local, Message: e.child("Message").value(), MessageID: e.child("MessageID").value(),
		CIMStatus: number(e.child("CIMStatusCode").value()), Code: number(e.child("error_Code").value()),
	}
	if w.Code == 0 {
		w.Code = number(e.child("OMI_Code").value())
	}
	return w
}

// number reads a code, which some write as a signed one; 0 if it is none.
func number(s string) uint32 {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		return uint32(n)
	}
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return uint32(n)
	}
	return 0
}
