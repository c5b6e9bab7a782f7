package panos

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/credential"
)

func TestParseResponseEnvelope(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		file     string
		status   string
		code     int
		hasCode  bool
		messages []string
	}{
		{"keygen.xml", "success", 0, false, nil},
		{"mappings.xml", "success", 0, false, nil},
		{"not-found.xml", "success", 7, true, nil},
		{"error-403.xml", "error", 403, true, []string{"Invalid Credential"}},
		{"error-400.xml", "error", 400, true, []string{`Missing value for parameter "type"`}},
		{"error-lines.xml", "error", 12, true, []string{"one <entry> is invalid", "two"}},
		{"error-no-code.xml", "error", 0, false, []string{"No such node"}},
		{"error-nested-lines.xml", "error", 17, true, []string{"show -> user is unexpected", "show is invalid"}},
		{"error-result-line.xml", "error", 13, true, []string{"not found"}},
		{"error-msg.xml", "error", 18, true, []string{"malformed"}},
		{"error-uid.xml", "error", 0, false, []string{"Delete mapping failed"}},
	} {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			got, err := ParseResponse(sample(t, row.file))
			if err != nil {
				t.Fatal(err)
			}
			got.Result = Element{}
			diff(t, got, Response{Status: row.status, Code: row.code, HasCode: row.hasCode, Messages: row.messages})
		})
	}
}

func TestParseResponseKeepsTextAndChildren(t *testing.T) {
	t.Parallel()
	body := "\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><response status=\"success\"><result a='1'>x<![CDATA[<y>]]>&amp;<b>in</b>z</result></response>\n<!-- end -->\n"
	got, err := ParseResponse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got.Result, Element{
		Name: "result", Attributes: []Attribute{{"a", "1"}}, Text: "x<y>&z",
		Children: []Element{{Name: "b", Text: "in"}},
	})
}

func TestParseResponseRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		failure    Failure
		want       []string
	}{
		{"nothing", "", CutShort, []string{"the answer is empty"}},
		{"blanks", " \n", CutShort, []string{"the answer is empty"}},
		{"a page", string(sample(t, "login.html")), NotAPI, []string{`an HTML page titled "Switch & Router Log-in": is this the firewall's management address?`}},
		{"a page in capitals, without a title", "<HTML><body>hi", NotAPI, []string{"an HTML page without a title", "management address"}},
		{"a page with half a title", "<html><title>Half", NotAPI, []string{`titled "Half"`}},
		{"JSON", `{"error": "no"}`, NotAPI, []string{"not XML", `begins with "{\"error\": \"no\"}"`}},
		{"another XML", "<rss version='2'/>", NotAPI, []string{"not of the API", `"<rss version='2'/>"`}},
		{"no status", "<response/>", NotAPI, []string{`no "status"`}},
		{"code is a word", "<response status='error' code='x'/>", NotAPI, []string{"code is not a number"}},
		{"crossed tags", "<response status='success'><a></b></response>", NotAPI, []string{"cannot be read", "line 1"}},
		{"a DTD", `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hosts">]><response status="success"><result>&e;</result></response>`, NotAPI, []string{"DTD"}},
		{"an internal DTD", `<!DOCTYPE response [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><response status="success">&b;</response>`, NotAPI, []string{"DTD"}},
		{"an entity", `<response status="success"><result>&e;</result></response>`, NotAPI, []string{"cannot be read", "entity"}},
		{"deep", strings.Repeat("<response status='success'>", maxDepth+1), NotAPI, []string{"nested more than 64 deep"}},
		{"many", "<response status='success'>" + strings.Repeat("<a/>", maxElements), NotAPI, []string{"more than 100000 elements"}},
		{"two answers", `<response status="success"/><response status="error"/>`, NotAPI, []string{"something follows"}},
		{"text after", `<response status="success"/>x`, NotAPI, []string{"something follows"}},
		{"another encoding", `<?xml version="1.0" encoding="UTF-16"?><response status="success"/>`, NotAPI, []string{`"UTF-16", not UTF-8`}},
		{"NUL", "<response status='success'>\x00</response>", NotAPI, []string{"cannot be read"}},
		{"long", "<response status='success'>" + strings.Repeat(" ", MaxAnswer), TooLong, []string{"longer than 8388608 bytes"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseResponse([]byte(row.body))
			wantError(t, err, row.want...)
			var answer *AnswerError
			if !errors.As(err, &answer) || answer.Failure != row.failure {
				t.Errorf("failure of %#v, want %s", err, row.failure)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// Every beginning of a good answer is cut short, and nothing else.
func TestParseResponseCutAnywhere(t *testing.T) {
	t.Parallel()
	whole := []byte(`<?xml version="1.0"?><response status = 'success'><!-- c --><result a="é"><a>日本&amp;</a><![CDATA[ü]]></result></response>`)
	if _, err := ParseResponse(whole); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		_, err := ParseResponse(whole[:n])
		var answer *AnswerError
		if !errors.As(err, &answer) || answer.Failure != CutShort {
			t.Errorf("cut after %d bytes (%q): %v", n, whole[:n], err)
		}
	}
}

func TestResponseErr(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		file, want   string
		unauthorized bool
	}{
		{"keygen.xml", "", false},
		{"not-found.xml", "", false},
		{"error-403.xml", `the firewall answered error code 403 (forbidden: the key, user name or password is not accepted): "Invalid Credential"`, true},
		{"error-lines.xml", `the firewall answered error code 12 (invalid object): "one <entry> is invalid; two"`, false},
		{"error-no-code.xml", `the firewall answered error: "No such node"`, false},
	} {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			response, err := ParseResponse(sample(t, row.file))
			if err != nil {
				t.Fatal(err)
			}
			err = response.Err()
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != row.want || IsUnauthorized(err) != row.unauthorized {
				t.Errorf("Err() = %q, unauthorized %v; want %q, %v", got, IsUnauthorized(err), row.want, row.unauthorized)
			}
		})
	}
}

func TestUnauthorized(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		err  APIError
		want bool
	}{
		{"403", APIError{Code: 403, HasCode: true}, true},
		{"16, role", APIError{Code: 16, HasCode: true}, true},
		{"22, session", APIError{Code: 22, HasCode: true, Status: "unauth"}, true},
		{"15, passive device", APIError{Code: 15, HasCode: true}, false},
		{"code over HTTP status", APIError{Code: 17, HasCode: true, HTTPStatus: 403}, false},
		{"status without a code", APIError{Status: "unauth"}, true},
		{"HTTP status without a code", APIError{Status: "error", HTTPStatus: 401}, true},
		{"neither", APIError{Status: "error", HTTPStatus: 500}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := IsUnauthorized(&row.err); got != row.want {
				t.Errorf("IsUnauthorized(%v) = %v, want %v", &row.err, got, row.want)
			}
		})
	}
}

func response(t testing.TB, body string) Response {
	t.Helper()
	r, err := ParseResponse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func success(result string) string {
	return `<response status="success"><result>` + result + `</result></response>`
}

func TestStateFromResponse(t *testing.T) {
	t.Parallel()
	want := ServerMonitorState{UDP: ServiceEnabled, SSL: ServiceEnabled, Senders: []SenderState{{
		Name: "Server1", VSys: "vsys1", Address: addr("192.0.2.16"), LogMessages: 12, AuthSuccess: 9, Connections: &Connections{1, 4},
	}}}
	text := string(want.AppendText(nil))
	for _, row := range []struct{ name, body string }{
		{"CDATA", string(sample(t, "state.xml"))},
		{"text", success(text)},
		{"text within an element", success("<state>" + text + "</state>")},
		{"a line an element", success("<line>" + strings.ReplaceAll(text, "\n", "</line><line>") + "</line>")},
		{"entries", success(`<udp-syslog-listener-service>enabled</udp-syslog-listener-service><ssl-syslog-listener-service>Enabled</ssl-syslog-listener-service>
			<syslog><entry name="Server1"><vsys>vsys1</vsys><host>192.0.2.16</host><number-of-log-messages>12</number-of-log-messages>
			<number_of_auth_success_messages>9</number_of_auth_success_messages><number-of-active-connections>1</number-of-active-connections>
			<total-connections-made>4</total-connections-made></entry></syslog>`)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := response(t, row.body).ServerMonitorState()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, want)
		})
	}
	_, err := response(t, success(`<entry name="a"><number-of-log-messages>12</number-of-log-messages></entry>`)).ServerMonitorState()
	wantError(t, err, `sender "a"`, "number of auth. success messages is missing")
	_, err = response(t, success(`<entry name="a"><colour>red</colour></entry>`)).ServerMonitorState()
	wantError(t, err, "expected a line", `begins with "red"`)
	_, err = response(t, success("")).ServerMonitorState()
	wantError(t, err, "the text is empty")
}

func TestStatisticsFromResponse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, body string }{
		{"CDATA", string(AppendTextAnswer(nil, sample(t, "statistics.txt")))},
		{"text within an element", success("<a>" + string(sample(t, "statistics.txt")) + "</a>")},
		{"entries", success(`<entry name="AD"><type>AD</type><host>192.0.2.43</host><vsys>vsys1</vsys><status>Connected</status></entry>
			<entry name="Syslog1"><connection>UDP</connection><address>192.0.2.40</address><vsys>vsys1</vsys><status>N/A</status></entry>
			<entry><name>Syslog2</name><type>SSL</type><host>192.0.2.41</host><vsys>vsys1</vsys><state>Not connected</state></entry>`)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := response(t, row.body).ServerMonitorStatistics()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, sampleStatistics)
		})
	}
	_, err := response(t, success("<entry name='x'/>")).ServerMonitorStatistics()
	wantError(t, err, "expected a table")
}

var sampleMappings = []Mapping{
	{addr("198.51.100.99"), "vsys1", "XMLAPI", "pauser", 8747 * time.Second, 8747 * time.Second},
	{addr("198.51.100.100"), "vsys1", "SYSLOG", `corp\bob`, 45 * time.Minute, 45 * time.Minute},
}

func TestMappingsFromResponse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		want       []Mapping
	}{
		{"entries", string(sample(t, "mappings.xml")), sampleMappings},
		{"CDATA", string(AppendTextAnswer(nil, AppendMappings(nil, sampleMappings, AddressWide))), sampleMappings},
		{"text within an element", success("<table>" + string(AppendMappings(nil, sampleMappings, AddressNarrow)) + "</table>"), sampleMappings},
		{"no times", success("<entry><ip>2001:db8::1</ip><vsys>vsys1</vsys><type>SYSLOG</type><user>u</user></entry>"), []Mapping{{addr("2001:db8::1"), "vsys1", "SYSLOG", "u", 0, 0}}},
		{"never", success("<entry><ip>192.0.2.1</ip><user>u</user><idle_timeout>Never</idle_timeout><timeout>never</timeout></entry>"), []Mapping{{Address: addr("192.0.2.1"), User: "u", Idle: Never, Max: Never}}},
		{"not mapped", string(sample(t, "unmapped.xml")), nil},
		{"not mapped, no result", `<response status="success"/>`, nil},
		{"not mapped, a count", success("<count>0</count>"), nil},
		{"not present", string(sample(t, "not-found.xml")), nil},
		{"not present, with a message", `<response status="success" code="7"><result><msg>no such object</msg></result></response>`, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := response(t, row.body).Mappings()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
	for _, row := range []struct {
		name, result string
		want         []string
	}{
		{"half an answer", "<entry><ip>192.0.2.1</ip><user>u</user></entry><count>2</count>", []string{"1 in the answer", "count says 2"}},
		{"no address", "<entry><user>u</user></entry>", []string{"ip", `"" is not an IP address`}},
		{"no user", "<entry><ip>192.0.2.1</ip></entry>", []string{"192.0.2.1", "user is missing"}},
		{"negative", "<entry><ip>192.0.2.1</ip><user>u</user><timeout>-1</timeout></entry>", []string{"192.0.2.1", "timeout", "negative"}},
		{"something else", "<job>1</job><x/>", []string{`"entry"`, `"job", "x"`}},
		{"words", "no such thing", []string{`begins with "no such thing"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := response(t, success(row.result)).Mappings()
			wantError(t, err, row.want...)
		})
	}
}

func TestSystemInfoFromResponse(t *testing.T) {
	t.Parallel()
	want, err := ParseSystemInfo(sample(t, "system-info.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, body string }{
		{"elements", string(sample(t, "system-info.xml"))},
		{"elements without system", strings.NewReplacer("<system>", "", "</system>", "").Replace(string(sample(t, "system-info.xml")))},
		{"CDATA", string(AppendTextAnswer(nil, sample(t, "system-info.txt")))},
		{"our own", string(AppendSystemInfoAnswer(nil, want))},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			body := strings.NewReplacer("<result>\n", "<result>").Replace(row.body)
			got, err := response(t, body).SystemInfo()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, want)
		})
	}
	_, err = response(t, success("<system><uptime>1</uptime></system>")).SystemInfo()
	wantError(t, err, "sw-version")
}

func TestKeyFromResponse(t *testing.T) {
	t.Parallel()
	key, err := response(t, string(sample(t, "keygen.xml"))).Key()
	if err != nil || key.Reveal() != "EXAMPLE-KEY-0001==" {
		t.Errorf("key %q, %v", key.Reveal(), err)
	}
	_, err = response(t, success("<key> </key>")).Key()
	wantError(t, err, "holds no key")
	_, err = response(t, success("<key>two words</key>")).Key()
	wantError(t, err, "does not fit into a header")
	if strings.Contains(err.Error(), "words") {
		t.Errorf("%q quotes the key", err)
	}
}

// What a simulated firewall writes is, byte for byte, what the samples have.
func TestAnswersAreLikeTheSamples(t *testing.T) {
	t.Parallel()
	state, err := ParseServerMonitorState(sample(t, "state.xml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		file string
		got  []byte
	}{
		{"state.xml", AppendTextAnswer(nil, state.AppendText(nil))},
		{"mappings.xml", AppendMappingsAnswer(nil, sampleMappings)},
		{"unmapped.xml", AppendMappingsAnswer(nil, nil)},
		{"keygen.xml", AppendKeyAnswer(nil, credential.New("EXAMPLE-KEY-0001=="))},
		{"error-403.xml", AppendErrorAnswer(nil, ErrorInResult, 403, "Invalid Credential")},
		{"error-lines.xml", AppendErrorAnswer(nil, ErrorInLines, 12, "one <entry> is invalid", "two")},
		{"error-msg.xml", AppendErrorAnswer(nil, ErrorInMsg, 18, "malformed")},
		{"not-found.xml", AppendNotFoundAnswer(nil)},
	} {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			diff(t, string(row.got), strings.TrimSuffix(string(sample(t, row.file)), "\n"))
		})
	}
}

func TestAnswersHoldWhateverIsPutIn(t *testing.T) {
	t.Parallel()
	nasty := "a]]>b\x00\xff<&>\"'\ufffe"
	got := response(t, string(AppendTextAnswer(nil, []byte(nasty)))).Result.Text
	if want := "\na]]>b\ufffd\ufffd<&>\"'\ufffd"; got != want {
		t.Errorf("text %q came back as %q, want %q", nasty, got, want)
	}
	mapping := []Mapping{{netip.IPv6Loopback(), "vsys1", "SYSLOG", `<d>\u&"x"`, 0, Never}}
	back, err := response(t, string(AppendMappingsAnswer(nil, mapping))).Mappings()
	if err != nil {
		t.Fatal(err)
	}
	diff(t, back, mapping)
	for _, shape := range []ErrorShape{ErrorInResult, ErrorInLines, ErrorInMsg} {
		r := response(t, string(AppendErrorAnswer(nil, shape, 17, nasty, "<second>")))
		if r.Code != 17 || r.Text() != "a]]>b\ufffd\ufffd<&>\"'\ufffd; <second>" {
			t.Errorf("shape %d: code %d, text %q", shape, r.Code, r.Text())
		}
		if bytes.Contains(AppendErrorAnswer(nil, shape, 0, "m"), []byte("code")) {
			t.Errorf("shape %d writes a code that is none", shape)
		}
	}
}

func TestMeaning(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 403, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22} {
		meaning, known := Meaning(code)
		if !known || !meaning.Complete() {
			t.Errorf("Meaning(%d) = %+v, %v, want a pair", code, meaning, known)
		}
	}
	for _, code := range []int{0, 9, 23, 404, -1} {
		if meaning, known := Meaning(code); known || meaning.EN != "" {
			t.Errorf("Meaning(%d) = %+v, but the vendor's table has no such code", code, meaning)
		}
	}
	if got, _ := Meaning(16); got.EN != "unauthorized: the role of the API user does not allow it" {
		t.Errorf("Meaning(16) = %q", got.EN)
	}
}
