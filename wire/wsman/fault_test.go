package wsman

import (
	"strings"
	"testing"
)

const windowsFault = `<s:Envelope xml:lang="en-US" xmlns:s="` + nsSOAP + `" xmlns:a="` + nsAddressing + `" xmlns:n="` + nsEnum + `" xmlns:w="` + nsWSMan + `"><s:Header>` +
	`<a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/fault</a:Action><a:RelatesTo>uuid:7</a:RelatesTo></s:Header><s:Body><s:Fault>` +
	`<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>SUB</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="">REASON </s:Text></s:Reason>` +
	`<s:Detail>DETAIL</s:Detail></s:Fault></s:Body></s:Envelope>`

func windowsShape(sub, reason, detail string) []byte {
	return []byte(strings.NewReplacer("SUB", sub, "REASON", reason, "DETAIL", detail).Replace(windowsFault))
}

// The shapes in which Windows says no.
func TestFaultShapes(t *testing.T) {
	t.Parallel()
	const f = ` xmlns:f="` + nsFault + `"`
	for _, c := range []struct {
		name, sub, reason, detail string
		subcode, text             string
		codes                     []uint32
	}{
		{"access denied", "w:AccessDenied", "Access is denied.",
			`<f:WSManFault` + f + ` Code="5" Machine="dc1.corp.example"><f:Message>Access is denied. </f:Message></f:WSManFault>`,
			"wsman:AccessDenied", "Access is denied.", []uint32{CodeAccessDenied}},
		{"provider", "w:InternalError", "",
			`<f:WSManFault` + f + ` Code="2150859013" Machine="dc1"><f:Message><f:ProviderFault provider="WMI Provider" path="%systemroot%\system32\WsmWmiPl.dll">` +
				`<f:WSManFault` + f + ` Code="2147942405" Machine="dc1"><f:Message>Access is denied. </f:Message></f:WSManFault>` +
				`<f:ExtendedError><p:__ExtendedStatus xmlns:p="x"><p:StatusCode>2147749891</p:StatusCode></p:__ExtendedStatus></f:ExtendedError></f:ProviderFault></f:Message></f:WSManFault>`,
			"wsman:InternalError", "Access is denied.", []uint32{CodeWMIProviderDenied, CodeWBEMAccessDenied, CodeEAccessDenied}},
		{"provider text", "w:InvalidParameter", "one",
			`<w:FaultDetail>urn:x</w:FaultDetail><f:WSManFault` + f + ` Code="87" Machine="dc1"><f:Message><f:ProviderFault provider="p" path="q">two</f:ProviderFault></f:Message></f:WSManFault>`,
			"wsman:InvalidParameter", "two", []uint32{87}},
		{"newer", "w:InternalError", "Reason.",
			`<p:MSFT_WmiError b:IsCIM_Error="true" xmlns:b="` + nsBinding + `" xmlns:p="x"><p:CIMStatusCode>27</p:CIMStatusCode><p:Message>WMI.</p:Message>` +
				`<p:MessageID>HRESULT 0x803381a6</p:MessageID><p:error_Code>2150859174</p:error_Code></p:MSFT_WmiError>`,
			"wsman:InternalError", "WMI.", []uint32{0x803381A6}},
		{"signed", "n:CannotProcessFilter", "R",
			`<f:WSManFault` + f + ` Code="-2144108518" Machine=""><f:Message/></f:WSManFault>`, "wsen:CannotProcessFilter", "R", []uint32{CodeCannotProcessFilter}},
		{"no detail", "x:Own", "R", "", "{x}Own", "R", nil},
	} {
		_, err := ReadResponse(windowsShape(c.sub, c.reason, c.detail))
		got, ok := as[*Fault](err)
		if !ok || got.Code != "Sender" || got.Subcode != c.subcode || got.Text() != c.text || !equal(got.Codes(), c.codes) || got.RelatesTo != "uuid:7" {
			t.Errorf("%s: %v, codes %v, want %s %q %v", c.name, err, got.Codes(), c.subcode, c.text, c.codes)
		}
	}
}

func TestFaultsSurvive(t *testing.T) {
	t.Parallel()
	inner := &WSManFault{Code: CodeEAccessDenied, Machine: "dc1.corp.example", Message: "Access is denied."}
	for _, f := range []*Fault{
		{Code: "Sender", Subcode: "wsman:AccessDenied", Reason: "no <b>", Windows: inner},
		{Code: "Receiver", Subcode: "wsen:CannotProcessFilter", Detail: "urn:x", Windows: &WSManFault{Code: 7, Message: "m", Provider: &ProviderFault{
			Provider: "WMI Provider", Path: `%systemroot%\x.dll`, Fault: inner, Status: CodeWBEMAccessDenied}}},
		{Code: "Receiver", Subcode: "wsa:DestinationUnreachable", WMI: &WMIError{classMSFT, 5, 6, "HRESULT 0x80041003", "denied"}},
		{Code: "Receiver", Subcode: "wsman:InternalError", WMI: &WMIError{"OMI_Error", 5, 5, "OMI:MI_Result:5", "The specified class does not exist."}},
		{Code: "MustUnderstand"}, {Code: "Sender", Subcode: "{urn:own}Thing"},
		NewFault(CodeTimedOut, "dc1.corp.example"), NewFault(0x80331234, ""),
	} {
		_, err := ReadResponse(f.Marshal())
		got, ok := as[*Fault](err)
		if !ok {
			t.Errorf("%v: %v", f, err)
			continue
		}
		want := *f
		want.Action, want.MessageID, want.Reason = got.Action, got.MessageID, strings.TrimSpace(want.Reason)
		if w := want.Windows; w != nil {
			trimmed := *w
			trimmed.Message = strings.TrimSpace(w.Message)
			want.Windows = &trimmed
		}
		if !equal(*got, want) {
			t.Errorf("\n got %+v\nwant %+v", *got, want)
		}
		if got.Action != f.action() || got.MessageID == "" {
			t.Errorf("action %q, message %q", got.Action, got.MessageID)
		}
	}
}

func TestFaultTexts(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]*Fault{
		`fault Sender wsman:AccessDenied 5 ERROR_ACCESS_DENIED: "Access is denied."`: NewFault(CodeAccessDenied, ""),
		`fault Receiver wsman:InternalError 0x80331234`:                              NewFault(0x80331234, ""),
		`fault Receiver 7/0x80070005 E_ACCESSDENIED`: {Code: "Receiver", Windows: &WSManFault{Code: 7, Provider: &ProviderFault{
			Fault: &WSManFault{Code: CodeEAccessDenied}}}},
	} {
		if got := f.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if f := NewFault(CodeWMIServiceDenied, ""); !f.Has(1, CodeWMIServiceDenied) || f.Has(CodeAccessDenied) {
		t.Errorf("codes %v", f.Codes())
	}
	// The numbers in decimal, as Windows shows them and people search for them.
	for code, decimal := range map[uint32]uint32{
		CodeEAccessDenied: 2147942405, CodeWMIServiceDenied: 2150859012, CodeWMIProviderDenied: 2150859013, CodeWMICannotConnectDenied: 2150859014,
		CodeTimedOut: 2150858793, CodeCannotProcessFilter: 2150858778, CodeQuotaMaxOperationsShell: 2150859173, CodeSchemaValidation: 2150858817,
		CodeCannotConnect: 2150858770, CodeWBEMAccessDenied: 2147749891,
	} {
		if code != decimal {
			t.Errorf("%#x is %d, want %d", code, code, decimal)
		}
	}
}
