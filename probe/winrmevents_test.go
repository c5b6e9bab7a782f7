package probe_test

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// operations are what WinRM was asked to do, and the queries among it.
func operations(d *dc.DC) (names, queries []string) {
	for _, e := range d.Record().Since(0) {
		if e.Kind != dc.KindWinRMAnswer {
			continue
		}
		if name, ok := e.Fields["operation"].(string); ok {
			names = append(names, name)
		}
		if q, ok := e.Fields["query"].(string); ok {
			queries = append(queries, q)
		}
	}
	return names, queries
}

// Of a log with many events only the newest are taken: the rest is released, bounded in time, and nothing of what is in
// an event is asked for.
func TestOnlyTheNewestEventsAreRead(t *testing.T) {
	t.Parallel()
	newest := time.Now().Add(-time.Minute).Truncate(time.Second)
	d := winrmDomain(t, func(c *dc.Config) {
		c.WinRM.Quiet = true
		for i := range 100 {
			c.WinRM.Events = append(c.WinRM.Events, dc.Event{Code: 4770, At: newest.Add(time.Duration(i-99) * time.Second)})
		}
	})
	r := of(t, logIn(t, overWinRM(t, password, dc.WayHTTPKerberos, d), check.Clocks{}), "winrm.events")
	if want := "newest at " + newest.UTC().Format("2006-01-02 15:04:05 MST"); evidence(r, "event 4770") != want {
		t.Errorf("%q, want %q", evidence(r, "event 4770"), want)
	}
	names, queries := operations(d)
	if got := strings.Count(strings.Join(names, " "), "Release"); got != 1 {
		t.Errorf("%d lists were released, want 1: %v", got, names)
	}
	events := 0
	for _, q := range queries {
		if !strings.Contains(q, "Win32_NTLogEvent") {
			continue
		}
		events++
		if strings.Contains(q, "*") || strings.Contains(q, "InsertionStrings") || strings.Contains(q, "Message") || !strings.Contains(q, "TimeGenerated>='") {
			t.Errorf("the query is %q", q)
		}
	}
	if events != 4 {
		t.Errorf("%d queries for events, want 4", events)
	}
}

// serviceOf is a WinRM over Basic that answers as a test wants; the fields are those of its configuration and of each event.
type serviceOf struct {
	config wsman.Config
	code   string // of each event; empty means the one asked for
	at     string // of each event
	closes bool   // the connection after each answer
	nobody bool   // it says what Windows says to somebody who is not logged in
}

var askedCode = regexp.MustCompile(`EventCode=(\d+)`)

func (s serviceOf) answer(r wsman.Request) wsman.Result {
	text := func(name, value string) wsman.Property { return wsman.Property{Name: name, Values: []string{value}} }
	switch op := r.Operation.(type) {
	case wsman.Get:
		return s.config
	case wsman.Enumerate:
		asked := askedCode.FindStringSubmatch(op.Query)
		if asked == nil {
			return wsman.Batch{End: true, Items: []wsman.Item{{Properties: []wsman.Property{text("Name", "EX1"), text("Domain", "corp.example"), text("DomainRole", "3")}}}}
		}
		code := cmp.Or(s.code, asked[1])
		at := text("TimeGenerated", s.at)
		at.Datetime = true
		return wsman.Batch{End: true, Items: []wsman.Item{{Properties: []wsman.Property{text("EventCode", code), at}}}}
	}
	if s.nobody {
		return wsman.Identity{ProductVendor: "Microsoft Corporation", ProductVersion: "OS: 0.0.0 SP: 0.0 Stack: 3.0"}
	}
	return wsman.Identity{ProductVendor: "Microsoft Corporation", ProductVersion: "OS: 10.0.17763 SP: 0.0 Stack: 3.0"}
}

// serve writes the answer to a request with a password.
func (s serviceOf) serve(w io.Writer, body []byte) {
	r, err := wsman.ReadRequest(body)
	if err != nil {
		plain401(w)
		return
	}
	soap := string(wsman.Response{Header: wsman.Header{RelatesTo: r.MessageID}, Result: s.answer(r)}.Marshal())
	if s.closes {
		write(fmt.Sprintf("HTTP/1.1 200 \r\nConnection: close\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\n\r\n%s", len(soap), soap))(w)
		return
	}
	soapAnswer(soap)(w)
}

// A server that ends the connection after each answer is asked over a new one.
func TestAServerThatEndsEachConnection(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	m := overWinRM(t, password, dc.WayHTTPSBasic, d)
	service := serviceOf{config: wsman.DefaultConfig(), at: time.Now().UTC().Format(time.RFC3339), closes: true}
	m.Servers[0] = badPeer{way: dc.WayHTTPSBasic, service: &service}.start(t)
	if results := logIn(t, m, check.Clocks{}); len(causes(results)) > 0 || of(t, results, "winrm.events").Status != check.Pass {
		t.Errorf("the causes are %s", texts(causes(results)))
	}
}

// What may go in the clear is warned of once: where Basic is offered over HTTP, and else where the configuration says so.
// Windows shows that to administrators alone.
func TestWhatIsNotSealedIsWarnedOf(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, func(c *dc.Config) { c.WinRM.AllowUnencrypted = true })
	results := logIn(t, overWinRM(t, password, dc.WayHTTPKerberos, d), check.Clocks{})
	warned(t, results, "winrm.schemes")
	if got := evidence(of(t, results, "winrm.identify"), "winrm/config"); !strings.HasPrefix(got, "not readable with this account") {
		t.Errorf("winrm/config: %q", got)
	}

	service := serviceOf{config: wsman.DefaultConfig(), at: time.Now().UTC().Format(time.RFC3339)}
	service.config.AllowUnencrypted = true
	m := overWinRM(t, password, dc.WayHTTPSBasic, d)
	m.Servers[0] = badPeer{way: dc.WayHTTPSBasic, service: &service}.start(t)
	results = logIn(t, m, check.Clocks{})
	warned(t, results, "winrm.identify")
	if got := of(t, results, "winrm.query").Summary; got != "EX1 is a member of corp.example" {
		t.Errorf("the query says %q", got)
	}
}

func warned(t *testing.T, results []check.Result, id string) {
	t.Helper()
	found := causes(results)
	if len(found) != 1 || found[0].Check != id || found[0].Status != check.Warn || !strings.Contains(found[0].Hint, `@{AllowUnencrypted="false"}`) {
		t.Errorf("the causes are %s, want a warning of %s", texts(found), id)
	}
	if r := of(t, results, "winrm.events"); r.Status != check.Pass {
		t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
	}
}

// Events that cannot be are no events.
func TestEventsThatCannotBe(t *testing.T) {
	t.Parallel()
	d := winrmDomain(t, nil)
	for says, service := range map[string]serviceOf{
		`an event "4625" came where 4624 was asked for`: {config: wsman.DefaultConfig(), code: "4625", at: time.Now().UTC().Format(time.RFC3339)},
		"events:": {config: wsman.DefaultConfig(), at: "yesterday"},
	} {
		m := overWinRM(t, password, dc.WayHTTPSBasic, d)
		m.Servers[0] = badPeer{way: dc.WayHTTPSBasic, service: &service}.start(t)
		r := of(t, logIn(t, m, check.Clocks{}), "winrm.events")
		if r.Status != check.Fail || !strings.Contains(r.Summary, says) {
			t.Errorf("%v: %s; want %q", r.Status, r.Summary, says)
		}
	}
}

// An answer that anybody would have got does not prove the password: it is not sent again.
func TestAnAnswerForAnybodyProvesNothing(t *testing.T) {
	t.Parallel()
	m := overWinRM(t, password, dc.WayHTTPSBasic, winrmDomain(t, nil))
	m.Servers[0] = badPeer{way: dc.WayHTTPSBasic, service: &serviceOf{nobody: true}}.start(t)
	if r := of(t, logIn(t, m, check.Clocks{}), "winrm.login"); r.Status != check.Error || !strings.Contains(r.Summary, "without a log-in") {
		t.Errorf("%v: %s", r.Status, r.Summary)
	}
	if r := of(t, logIn(t, m, check.Clocks{}), "winrm.login"); r.Skipped != check.Refused {
		t.Errorf("the second time: %v: %s", r.Status, r.Summary)
	}
}
