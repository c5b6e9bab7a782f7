package syslog

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"
)

var (
	tokyo = time.FixedZone("JST", 9*3600)
	noon  = time.Date(2026, 7, 5, 12, 0, 0, 120_000_000, tokyo)
)

func TestMessage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		message Message
		format  Format
		want    string
	}{
		{"3164 whole", Message{Priority: 38, Time: noon, Host: "nac1", App: "radiusd", Proc: "42", Text: "hi"}, RFC3164,
			"<38>Jul  5 12:00:00 nac1 radiusd[42]: hi"},
		{"3164 without process", Message{Priority: 0, Time: noon, Host: "nac1", App: "radiusd", Text: "hi"}, RFC3164,
			"<0>Jul  5 12:00:00 nac1 radiusd: hi"},
		{"3164 without tag", Message{Priority: 191, Time: noon, Host: "2001:db8::1", Text: "hi"}, RFC3164,
			"<191>Jul  5 12:00:00 2001:db8::1 hi"},
		{"5424 whole", Message{38, noon, "nac1", "radiusd", "42", "LOGIN",
			[]Element{{"uid@32473", []Param{{"user", `a"b\c]d`}, {"n", ""}}}, {"origin", nil}}, false, "hi"}, RFC5424,
			`<38>1 2026-07-05T12:00:00.12+09:00 nac1 radiusd 42 LOGIN [uid@32473 user="a\"b\\c\]d" n=""][origin] hi`},
		{"5424 empty", Message{}, RFC5424, "<0>1 - - - - - -"},
		{"5424 with byte order mark", Message{Priority: 13, BOM: true, Text: "日本"}, RFC5424, "<13>1 - - - - - - \ufeff日本"},
		{"raw", Message{Priority: 13, Host: "unused", Text: "any line"}, Raw, "any line"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := row.message.Append([]byte(">"), row.format)
			if err != nil || string(got) != ">"+row.want {
				t.Errorf("Append = %q, %v\nwant     %q", got, err, ">"+row.want)
			}
		})
	}
}

func TestMessageRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		message Message
		format  Format
		want    string
	}{
		{"3164 without time", Message{Host: "h"}, RFC3164, `rfc3164: no time`},
		{"3164 without host", Message{Time: noon}, RFC3164, `rfc3164: no host`},
		{"3164 blank in host", Message{Time: noon, Host: "a b"}, RFC3164, `rfc3164: host "a b" holds ' '`},
		{"3164 tag too long", Message{Time: noon, Host: "h", App: strings.Repeat("a", 33)}, RFC3164,
			`rfc3164: app "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is longer than 32 characters`},
		{"3164 colon in tag", Message{Time: noon, Host: "h", App: "a:"}, RFC3164, `rfc3164: app "a:" holds ':'`},
		{"3164 process without app", Message{Time: noon, Host: "h", Proc: "1"}, RFC3164, `rfc3164: process "1" without an app`},
		{"3164 with data", Message{Time: noon, Host: "h", Data: []Element{{"a", nil}}}, RFC3164,
			`rfc3164: message ID "" and 1 data elements have no place`},
		{"priority", Message{Priority: 192}, RFC5424, `rfc5424: priority 192 is not 0 to 191`},
		{"negative priority", Message{Priority: -1, Time: noon, Host: "h"}, RFC3164, `rfc3164: priority -1 is not 0 to 191`},
		{"5424 line end in host", Message{Host: "a\nb"}, RFC5424, `rfc5424: host "a\nb" holds '\n'`},
		{"5424 message ID too long", Message{MessageID: strings.Repeat("a", 33)}, RFC5424,
			`rfc5424: message ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is longer than 32 characters`},
		{"5424 element twice", Message{Data: []Element{{"a", nil}, {"a", nil}}}, RFC5424,
			`rfc5424: data element "a" stands twice (section 6.3.2)`},
		{"5424 element without a name", Message{Data: []Element{{"", nil}}}, RFC5424, `rfc5424: data element without a name`},
		{"5424 parameter name", Message{Data: []Element{{"a", []Param{{"b=", ""}}}}}, RFC5424, `rfc5424: parameter "b=" holds '='`},
		{"5424 parameter value", Message{Data: []Element{{"a", []Param{{"b", "\xff"}}}}}, RFC5424,
			`rfc5424: parameter "b": "\xff" is not UTF-8 (section 6.3.3)`},
		{"5424 zone", Message{Time: noon.In(time.FixedZone("LMT", 33539))}, RFC5424,
			`rfc5424: zone offset of 33539 seconds is no whole minute`},
		{"5424 year", Message{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, RFC5424, `rfc5424: year 10000 has no four digits`},
		{"format", Message{}, "cef", `format "cef": want one of rfc3164, rfc5424, raw`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := row.message.Append([]byte("before"), row.format)
			if err == nil || err.Error() != row.want || string(got) != "before" {
				t.Errorf("Append = %q, %v\nwant \"before\", %s", got, err, row.want)
			}
		})
	}
}

// What we build, go-syslog must read strictly and to the same fields.
func FuzzMessage(f *testing.F) {
	f.Add(38, int64(1783220400), "nac1", "radiusd", "42", "LOGIN", "uid@32473", "user", `a"b\c]d`, "hi")
	f.Add(0, int64(0), "", "", "", "", "", "", "", "")
	f.Add(191, int64(1), "h", "a", "", "", "", "", "", "text: with [brackets]")
	f.Fuzz(func(t *testing.T, pri int, unix int64, host, app, proc, id, element, name, value, text string) {
		m := Message{Priority: pri, Time: time.Unix(unix%4e10, 0).UTC(), Host: host, App: app, Proc: proc, MessageID: id, Text: text}
		if element != "" {
			m.Data = []Element{{element, []Param{{name, value}}}}
		}
		if built, err := m.Append(nil, RFC5424); err == nil {
			agrees5424(t, m, built)
		}
		m.MessageID, m.Data = "", nil
		if built, err := m.Append(nil, RFC3164); err == nil {
			agrees3164(t, m, built)
		}
	})
}

func agrees5424(t *testing.T, m Message, built []byte) {
	parsed, err := rfc5424.NewMachine().Parse(built)
	if err != nil {
		t.Fatalf("go-syslog refuses %q: %v", built, err)
	}
	got := parsed.(*rfc5424.SyslogMessage)
	want := rfc5424.SyslogMessage{Version: 1}
	want.ComputeFromPriority(uint8(m.Priority))
	want.Timestamp = &m.Time
	want.Hostname, want.Appname, want.ProcID = optional(m.Host), optional(m.App), optional(m.Proc)
	want.MsgID, want.Message = optional(m.MessageID), optional(m.Text)
	if m.Data != nil {
		want.StructuredData = &map[string]map[string]string{m.Data[0].ID: {m.Data[0].Params[0].Name: m.Data[0].Params[0].Value}}
	}
	if m.Time.IsZero() {
		want.Timestamp = nil
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("go-syslog reads %q otherwise (-want +got):\n%s", built, diff)
	}
	if h := ParseHeader(built); string(built[h.Body:]) != m.Text || h.Format != RFC5424 {
		t.Errorf("ParseHeader of %q: %+v", built, h)
	}
}

// agrees3164 compares what go-syslog is sure of. Its grammar knows no IPv6 host and no
// hyphen as a host, and it returns neither message nor error for control characters in the text.
func agrees3164(t *testing.T, m Message, built []byte) {
	parsed, err := rfc3164.NewMachine(rfc3164.WithEmbeddedNewlines()).Parse(built)
	got, _ := parsed.(*rfc3164.SyslogMessage)
	if err != nil || got == nil || strings.ContainsAny(m.Host, ":[") || m.Host == "-" {
		return
	}
	if *got.Priority != uint8(m.Priority) || got.Timestamp.Format(time.Stamp) != m.Time.Format(time.Stamp) {
		t.Errorf("go-syslog reads %q as priority %d, time %v", built, *got.Priority, got.Timestamp)
	}
	if got.Hostname != nil && *got.Hostname != m.Host {
		t.Errorf("go-syslog reads %q with the host %q, want %q", built, *got.Hostname, m.Host)
	}
	if m.App != "" && got.Appname != nil && *got.Appname != m.App {
		t.Errorf("go-syslog reads %q with the tag %q, want %q", built, *got.Appname, m.App)
	}
	if h := ParseHeader(built); h.Host != m.Host || h.App != m.App && m.App != "" || m.App != "" && string(built[h.Content:]) != m.Text {
		t.Errorf("ParseHeader of %q: %+v", built, h)
	}
}

func optional(s string) *string {
	if s == "" || s == "-" {
		return nil
	}
	return &s
}
