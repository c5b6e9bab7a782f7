package wsman

import (
	"strings"
	"testing"
	"time"
)

func TestRequestsSurvive(t *testing.T) {
	t.Parallel()
	h := Header{
		To: "http://dc1.corp.example:5985/wsman", MessageID: NewMessageID(), ResourceURI: WMIResource(`root\cimv2`, "*"),
		Selectors: []Selector{{"__cimnamespace", "root/cimv2"}}, MaxEnvelopeSize: 153600, OperationTimeout: 10 * time.Second,
	}
	with := func(action string) Header { h := h; h.Action = action; return h }
	for _, r := range []Request{
		{Header{}, Identify{}},
		{with(ActionEnumerate), Enumerate{Query: "SELECT * FROM X WHERE A < 9 AND B = '&\"'", Dialect: DialectWQL, Optimize: true, MaxElements: 20}},
		{with(ActionEnumerate), Enumerate{}},
		{with(ActionPull), Pull{"uuid:1", 32000}},
		{with(ActionRelease), Release{"uuid:1"}},
		{with(ActionGet), Get{}},
	} {
		got, err := ReadRequest(r.Marshal())
		if err != nil || !equal(got, r) {
			t.Errorf("%v\n got %+v\nwant %+v", err, got, r)
		}
	}
}

func TestResponsesSurvive(t *testing.T) {
	t.Parallel()
	instance := Item{"Win32_NTLogEvent", WMIResource("root/cimv2", "Win32_NTLogEvent"), []Property{
		{Name: "RecordNumber", Values: []string{"17"}}, {Name: "TimeGenerated", Values: []string{"2026-11-23T14:36:13Z"}, Datetime: true},
		{Name: "InsertionStrings", Values: []string{"a<b", " ", "-"}}, {Name: "User", Null: true},
	}}
	fragment := Item{Properties: instance.Properties}
	h := func(r Result) Header {
		return Header{Action: r.actionOf(), To: anonymous, MessageID: NewMessageID(), RelatesTo: "uuid:1"}
	}
	for _, r := range []Result{
		Batch{Items: []Item{instance, fragment}, End: true}, Batch{Context: "uuid:2"}, Batch{Pulled: true, Context: "uuid:2", Items: []Item{fragment}},
		Batch{Pulled: true, End: true}, Released{}, instance, DefaultConfig(),
	} {
		want := Response{h(r), r}
		got, err := ReadResponse(want.Marshal())
		if err != nil || !equal(got, want) {
			t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
		}
	}
	want := Response{Result: Identity{protocolVersion, "Microsoft Corporation", "OS: 6.3.9600 SP: 0.0 Stack: 3.0", []string{"a", "b"}}}
	if got, err := ReadResponse(want.Marshal()); err != nil || !equal(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

// The items of an Enumerate are in the namespace of WS-Management, those of a Pull in that of enumeration: a
// reader of local names cannot tell, other clients do.
func TestItemsNamespaces(t *testing.T) {
	t.Parallel()
	for pulled, want := range map[bool]string{false: "<w:Items></w:Items><w:EndOfSequence/>", true: "<n:Items></n:Items><n:EndOfSequence/>"} {
		if got := string(Response{Result: Batch{Pulled: pulled, End: true}}.Marshal()); !strings.Contains(got, want) {
			t.Errorf("%s\nhas no %s", got, want)
		}
	}
}

// What Windows answers, in its shapes; facts as captured by other clients.
func TestWindowsShapes(t *testing.T) {
	t.Parallel()
	const soap = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="` + nsAddressing + `" xmlns:n="` + nsEnum + `" xmlns:w="` + nsWSMan + `"><s:Header><a:Action>` +
		ActionEnumerate + `Response</a:Action></s:Header><s:Body><n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:Items>` +
		`<p:Win32_X xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_X" xmlns:cim="` + nsCIM + `" xmlns:xsi="` + nsXSI + `" xsi:type="p:Win32_X_Type">` +
		`<p:InstallDate><cim:Datetime>2013-03-09T02:57:32Z</cim:Datetime></p:InstallDate><p:Y xsi:nil="true"/></p:Win32_X>` +
		`<w:XmlFragment xmlns:xsi="x"><InstallDate><Datetime>20130309025732.500000+060</Datetime></InstallDate><A>1</A><A>2</A></w:XmlFragment>` +
		`</w:Items><w:EndOfSequence/></n:EnumerateResponse></s:Body></s:Envelope>`
	r, err := ReadResponse([]byte(soap))
	if err != nil {
		t.Fatal(err)
	}
	b := r.Result.(Batch)
	if !b.End || b.Context != "" || len(b.Items) != 2 || b.Items[0].Class != "Win32_X" || b.Items[1].Class != "" {
		t.Fatalf("%+v", b)
	}
	for i, want := range []time.Time{time.Date(2013, 3, 9, 2, 57, 32, 0, time.UTC), time.Date(2013, 3, 9, 1, 57, 32, 5e8, time.UTC)} {
		if got, err := b.Items[i].Time("installdate"); err != nil || !got.Equal(want) {
			t.Errorf("item %d: %v, %v; want %v", i, got, err, want)
		}
	}
	if _, ok := b.Items[0].Get("Y"); ok || !b.Items[0].Properties[1].Null {
		t.Error("Y is not null")
	}
	if !equal(b.Items[1].Properties[1].Values, []string{"1", "2"}) {
		t.Errorf("array %q", b.Items[1].Properties[1].Values)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"2026-11-23T14:36:13.25+09:00": "2026-11-23T05:36:13.25Z", "20261123143613.000000-300": "2026-11-23T19:36:13Z",
		"20261123143613.000000+00x": "", "20261323143613.000000+000": "", "yesterday": "", "20261123143613.000000+-10": "",
	} {
		got, err := ParseTime(s)
		if text := got.UTC().Format(time.RFC3339Nano); want == "" && err == nil || want != "" && text != want {
			t.Errorf("%s: %s, %v; want %q", s, text, err, want)
		}
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Duration{
		"PT60.000S": time.Minute, "PT1M30S": 90 * time.Second, "P1DT1H": 25 * time.Hour, "PT0.5S": time.Second / 2, "PT0S": 0,
		"P": -1, "PT": -1, "P1DT": -1, "-PT1S": -1, "P1M": -1, "PT1S2M": -1, "": -1, "P99999999999999999999D": -1,
	} {
		got, err := ParseDuration(s)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%s: %v, %v; want %v", s, got, err, want)
		}
	}
	if got := FormatDuration(10 * time.Second); got != "PT10.000S" {
		t.Error(got)
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string][2]string{
		WMIResource("root/cimv2", "*"):                               {"root/cimv2", "*"},
		"HTTP://schemas.microsoft.com/wbem/wsman/1/wmi/root/a/B?x=1": {"root/a", "B"},
		"http://schemas.microsoft.com/wbem/wsman/1/wmi/":             {}, ResourceConfig: {}, "": {},
	} {
		ns, class, ok := ParseWMIResource(uri)
		if ok != (want[1] != "") || ns != want[0] || class != want[1] {
			t.Errorf("%s: %q %q %v", uri, ns, class, ok)
		}
	}
}

// What a server has to refuse, with the code that it says.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	body := func(header, body string) string {
		return string(envelope(`<a:MessageID>uuid:7</a:MessageID>`+header, body))
	}
	for name, c := range map[string][2]string{
		"no operation":  {body("", ""), "wsa:ActionNotSupported"},
		"two in body":   {body("", "<a/><b/>"), "wsman:SchemaValidationError"},
		"bad size":      {body("<w:MaxEnvelopeSize>-1</w:MaxEnvelopeSize>", ""), "wsman:SchemaValidationError"},
		"bad timeout":   {body("<w:OperationTimeout>soon</w:OperationTimeout>", ""), "wsman:SchemaValidationError"},
		"no enumerate":  {body("<a:Action>"+ActionEnumerate+"</a:Action>", ""), "wsman:SchemaValidationError"},
		"no context":    {body("<a:Action>"+ActionPull+"</a:Action>", "<n:Pull/>"), "wsman:SchemaValidationError"},
		"bad count":     {body("<a:Action>"+ActionEnumerate+"</a:Action>", "<n:Enumerate><w:MaxElements>x</w:MaxElements></n:Enumerate>"), "wsman:SchemaValidationError"},
		"no such thing": {body("<a:Action>urn:x</a:Action>", ""), "wsa:ActionNotSupported"},
	} {
		_, err := ReadRequest([]byte(c[0]))
		if f, _ := as[*Fault](err); f == nil || f.Subcode != c[1] || f.RelatesTo != "uuid:7" {
			t.Errorf("%s: %v, want %s, related", name, err, c[1])
		}
	}
}

// Bombs and tricks end early, and say why.
func TestBadXML(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"bomb":         {`<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>`, "DTD"},
		"file":         {`<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`, "DTD"},
		"instruction":  {`<?xml-stylesheet href="x"?><a/>`, "processing instruction"},
		"entity":       {`<a>&nbsp;</a>`, "entity"},
		"deep":         {strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65), "deeper than 64"},
		"many":         {"<a>" + strings.Repeat("<b/>", maxElements) + "</a>", "more than 100000 elements"},
		"attributes":   {"<a" + strings.Repeat(` b="1"`, 257) + "/>", "more than 256 attributes"},
		"long":         {strings.Repeat(" ", MaxMessage+1), "we take at most"},
		"utf-16":       {"\xff\xfe<\x00a\x00/\x00>\x00", "UTF-16"},
		"latin 1":      {`<?xml version="1.0" encoding="iso-8859-1"?><a/>`, "iso-8859-1"},
		"no utf-8":     {"<a>\xff</a>", "UTF-8"},
		"two roots":    {"<a/><b/>", "second element"},
		"text outside": {"<a/>x", "outside"},
		"empty":        {"", "EOF"},
		"cut":          {"<a><b>", "EOF"},
		"html":         {"<html><br></html>", "br"},
	} {
		_, err := ReadResponse([]byte(c[0]))
		f, ok := as[*FormatError](err)
		if !ok || !strings.Contains(f.Error(), c[1]) {
			t.Errorf("%s: %v, want it to say %q", name, err, c[1])
		}
	}
	if _, err := ReadResponse([]byte("\xef\xbb\xbf" + string(Response{Result: Released{}}.Marshal()))); err != nil {
		t.Errorf("a BOM of UTF-8: %v", err)
	}
}

func TestBadResponses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"soap 1.1":     {`<s:Envelope xmlns:s="` + nsSOAP11 + `"><s:Body/></s:Envelope>`, "SOAP 1.2"},
		"no envelope":  {"<a/>", "want an Envelope"},
		"no body":      {`<s:Envelope xmlns:s="` + nsSOAP + `"/>`, "with a Body"},
		"empty":        {string(envelope("", "")), "is empty"},
		"other":        {string(envelope("", "<Shell/>")), `"Shell"`},
		"config":       {string(envelope("", "<Config/>")), "no Service"},
		"config value": {string(envelope("", "<Config><Service><AllowUnencrypted>maybe</AllowUnencrypted><Auth/></Service></Config>")), `AllowUnencrypted "maybe"`},
		"config count": {string(envelope("", "<Config><MaxTimeoutms>soon</MaxTimeoutms><Service><Auth/></Service></Config>")), `MaxTimeoutms "soon"`},
	} {
		_, err := ReadResponse([]byte(c[0]))
		if f, ok := as[*FormatError](err); !ok || !strings.Contains(f.Error(), c[1]) {
			t.Errorf("%s: %v, want it to say %q", name, err, c[1])
		}
	}
}
