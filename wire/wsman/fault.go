package wsman

import (
	"fmt"
	"strconv"
	"strings"
)

// Fault is a refusal in SOAP. As an error of a Conn it was said by the server; in a server it is what to answer.
type Fault struct {
	Status    int    // of HTTP; 0 means 500
	Action    string // empty means the one that fits the Subcode
	MessageID string
	RelatesTo string

	Code    string // "Sender", "Receiver", "MustUnderstand" or "VersionMismatch"; empty means Receiver
	Subcode string // "wsman:AccessDenied", with the prefixes wsman, wsa, wsen, wse, wsx, s; else {namespace}name
	Reason  string
	Detail  string // the URI of a FaultDetail

	Windows *WSManFault // what Windows adds; nil if there is none
	WMI     *WMIError   // what newer Windows and OMI add; nil if there is none
}

// WSManFault is the detail of Windows, MS-WSMV section 2.2.4.43.
type WSManFault struct {
	Code     uint32 // a Win32 error or an HRESULT
	Machine  string
	Message  string
	Provider *ProviderFault // of a plug-in; nil if the service itself refuses
}

// ProviderFault is what a plug-in of the service said.
type ProviderFault struct {
	Provider, Path string // "WMI Provider", its DLL
	Message        string
	Fault          *WSManFault // nil if there is only a message
	Status         uint32      // StatusCode of an __ExtendedStatus; 0 if there is none
}

// WMIError is an instance of MSFT_WmiError or OMI_Error.
type WMIError struct {
	Class     string
	Code      uint32 // error_Code or OMI_Code
	CIMStatus uint32 // CIMStatusCode, DSP0200
	MessageID string // "HRESULT 0x80041003", "OMI:MI_Result:5"
	Message   string
}

// Codes are the numbers in the fault, the outermost first and each once.
func (f *Fault) Codes() []uint32 {
	var codes []uint32
	add := func(n uint32) {
		for _, c := range codes {
			if c == n {
				return
			}
		}
		if n != 0 {
			codes = append(codes, n)
		}
	}
	for w := f.Windows; w != nil; {
		add(w.Code)
		if w.Provider == nil {
			break
		}
		add(w.Provider.Status)
		w = w.Provider.Fault
	}
	if f.WMI != nil {
		add(f.WMI.Code)
		if _, number, ok := strings.Cut(f.WMI.MessageID, "HRESULT 0x"); ok {
			if n, err := strconv.ParseUint(strings.TrimSpace(number), 16, 32); err == nil {
				add(uint32(n))
			}
		}
	}
	return codes
}

// Has says whether one of the codes is in the fault.
func (f *Fault) Has(codes ...uint32) bool {
	for _, have := range f.Codes() {
		for _, c := range codes {
			if have == c {
				return true
			}
		}
	}
	return false
}

// Text is the most telling text: that of the plug-in, of WMI, of the service, or the reason.
func (f *Fault) Text() string {
	var texts []string
	if f.Windows != nil {
		if p := f.Windows.Provider; p != nil {
			if p.Fault != nil {
				texts = append(texts, p.Fault.Message)
			}
			texts = append(texts, p.Message)
		}
		texts = append(texts, f.Windows.Message)
	}
	if f.WMI != nil {
		texts = append(texts, f.WMI.Message)
	}
	for _, t := range append(texts, f.Reason) {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}

func (f *Fault) Error() string {
	s := "fault"
	for _, part := range []string{f.Code, f.Subcode} {
		if part != "" {
			s += " " + part
		}
	}
	for i, c := range f.Codes() {
		s += [2]string{" ", "/"}[min(i, 1)] + CodeName(c)
	}
	if t := f.Text(); t != "" {
		s += fmt.Sprintf(": %q", t)
	}
	return s
}

// Marshal encodes the fault as SOAP.
func (f *Fault) Marshal() []byte {
	action := f.Action
	if action == "" {
		action = f.action()
	}
	h := Header{Action: action, MessageID: f.MessageID, RelatesTo: f.RelatesTo}
	if h.MessageID == "" {
		h.MessageID = NewMessageID()
	}
	code := f.Code
	if code == "" {
		code = "Receiver"
	}
	sub := ""
	if f.Subcode != "" {
		sub = "<s:Subcode>" + f.subcodeValue() + "</s:Subcode>"
	}
	return envelope(h.response(), "<s:Fault><s:Code><s:Value>s:"+text(code)+"</s:Value>"+sub+"</s:Code>"+
		`<s:Reason><s:Text xml:lang="en-US">`+text(f.Reason)+"</s:Text></s:Reason>"+f.detail()+"</s:Fault>")
}

func (f *Fault) detail() string {
	s := tag("w:FaultDetail", f.Detail)
	if f.Windows != nil {
		s += f.Windows.marshal()
	}
	if f.WMI != nil {
		s += f.WMI.marshal()
	}
	if s == "" {
		return ""
	}
	return "<s:Detail>" + s + "</s:Detail>"
}

// action is that of the specification which defines the subcode: DSP0226 section 14.6.
func (f *Fault) action() string {
	switch prefix, _, _ := strings.Cut(f.Subcode, ":"); prefix {
	case "wsen":
		return nsEnum + "/fault"
	case "wsx":
		return nsTransfer + "/fault"
	case "wse":
		return nsEventing + "/fault"
	case "wsman":
		return "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
	}
	return nsAddressing + "/fault"
}

func (f *Fault) subcodeValue() string {
	space, local := "", f.Subcode
	if rest, ok := strings.CutPrefix(f.Subcode, "{"); ok {
		space, local, _ = strings.Cut(rest, "}")
	} else if prefix, name, ok := strings.Cut(f.Subcode, ":"); ok {
		local = name
		for _, p := range prefixes {
			if p.prefix == prefix {
				space = p.space
			}
		}
	}
	return `<s:Value xmlns:sub="` + text(space) + `">sub:` + text(local) + "</s:Value>"
}

func (w *WSManFault) marshal() string {
	s := `<f:WSManFault xmlns:f="` + nsFault + `" Code="` + strconv.FormatUint(uint64(w.Code), 10) + `" Machine="` + text(w.Machine) +
		`"><f:Message>` + text(w.Message)
	if p := w.Provider; p != nil {
		s += `<f:ProviderFault provider="` + text(p.Provider) + `" path="` + text(p.Path) + `">` + text(p.Message)
		if p.Fault != nil {
			s += p.Fault.marshal()
		}
		if p.Status != 0 {
			s += `<f:ExtendedError><e:__ExtendedStatus xmlns:e="` + WMIResource("root/cimv2", "__ExtendedStatus") + `"><e:StatusCode>` +
				strconv.FormatUint(uint64(p.Status), 10) + "</e:StatusCode></e:__ExtendedStatus></f:ExtendedError>"
		}
		s += "</f:ProviderFault>"
	}
	return s + "</f:Message></f:WSManFault>"
}

// classMSFT is the class of newer Windows.
const classMSFT = "MSFT_WmiError"

func (e *WMIError) marshal() string {
	class, code := e.Class, "error_Code"
	if class == "" {
		class = classMSFT
	}
	if class != classMSFT {
		code = "OMI_Code"
	}
	name := text(class)
	return `<z:` + name + ` b:IsCIM_Error="true" xmlns:b="` + nsBinding + `" xmlns:z="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/` + name + `">` +
		"<z:CIMStatusCode>" + strconv.FormatUint(uint64(e.CIMStatus), 10) + "</z:CIMStatusCode>" + tag("z:Message", e.Message) +
		tag("z:MessageID", e.MessageID) + "<z:" + code + ">" + strconv.FormatUint(uint64(e.Code), 10) + "</z:" + code + "></z:" + name + ">"
}
