package syslog

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/leodido/go-syslog/v4/rfc5424"
)

// header is a Header with the offsets turned into the texts behind them.
type header struct {
	Header
	Body, Content string
}

func parsed(message string) header {
	h := ParseHeader([]byte(message))
	got := header{h, message[h.Body:], message[h.Content:]}
	got.Header.Body, got.Header.Content = 0, 0
	return got
}

func authInfo(h Header) Header {
	h.HasPriority, h.Priority, h.Facility, h.Severity = true, 38, 4, 6
	return h
}

func TestParseHeaderOfLogger(t *testing.T) {
	t.Parallel()
	const text = "Login OK: user=uidprobe-0001 ip=198.51.100.1"
	utc := func(micro int) time.Time { return time.Date(2026, 11, 23, 15, 49, 34, micro*1000, time.UTC) }
	bsd := time.Date(0, 11, 23, 15, 49, 34, 0, time.UTC)
	want := []header{
		{authInfo(Header{Format: RFC5424, Time: utc(311886), Host: "nac1", App: "radiusd",
			Data: []Element{{"timeQuality", []Param{{"isSynced", "0"}, {"tzKnown", "1"}}}}}), text, text},
		{authInfo(Header{Format: RFC3164, Time: bsd, Host: "nac1", App: "radiusd"}), "radiusd: " + text, text},
		{authInfo(Header{Format: RFC3164, Time: bsd, Host: "nac1", App: "radiusd", Proc: "42"}), "radiusd[42]: " + text, text},
		{authInfo(Header{Format: RFC5424, Host: "nac1", App: "radiusd", Proc: "42"}), text, text},
		{authInfo(Header{Format: RFC5424, Time: utc(323360), Host: "nac1", App: "radiusd", Proc: "42", MessageID: "LOGIN",
			Data: []Element{{"uid@32473", []Param{{"user", `a"b`}}}}}), text, text},
	}
	file, err := os.ReadFile("testdata/logger.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("testdata/logger.txt has %d lines, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		if diff := cmp.Diff(want[i], parsed(line)); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", line, diff)
		}
	}
}

func TestParseHeader(t *testing.T) {
	t.Parallel()
	bsd := time.Date(0, 10, 11, 22, 14, 15, 0, time.UTC)
	pri34 := func(h Header) Header {
		h.HasPriority, h.Priority, h.Facility, h.Severity = true, 34, 4, 2
		return h
	}
	for _, row := range []struct {
		name, in string
		want     header
	}{
		{"3164, the example of the RFC", "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "mymachine", App: "su"}), "su: 'su root' failed", "'su root' failed"}},
		{"3164, no tag", "<34>Oct 11 22:14:15 192.0.2.1 Use the BFG!",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "192.0.2.1"}), "Use the BFG!", "Use the BFG!"}},
		{"3164, IPv6 host", "<34>Oct 11 22:14:15 2001:db8::1 su[12]: text",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "2001:db8::1", App: "su", Proc: "12"}), "su[12]: text", "text"}},
		{"3164, IPv6 host, no tag", "<34>Oct 11 22:14:15 2001:db8::1 just text",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "2001:db8::1"}), "just text", "just text"}},
		{"3164, no blank after the tag", "<34>Oct 11 22:14:15 h su[12]:text",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "h", App: "su", Proc: "12"}), "su[12]:text", "text"}},
		{"3164, two blanks after the tag", "<34>Oct 11 22:14:15 h su:  text",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "h", App: "su"}), "su:  text", " text"}},
		{"3164, a word too long for a tag", "<34>Oct 11 22:14:15 h https-is-not-a-tag-of-at-most-32-characters://x",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "h"}),
				"https-is-not-a-tag-of-at-most-32-characters://x", "https-is-not-a-tag-of-at-most-32-characters://x"}},
		{"3164, no host", "<34>Oct 11 22:14:15 su[1]: text",
			header{pri34(Header{Format: RFC3164, Time: bsd, App: "su", Proc: "1"}), "su[1]: text", "text"}},
		{"3164 without PRI", "Oct 11 22:14:15 h su: text",
			header{Header{Format: RFC3164, Time: bsd, Host: "h", App: "su"}, "su: text", "text"}},
		{"3164 with a line end inside", "<34>Oct 11 22:14:15 h su: one\ntwo",
			header{pri34(Header{Format: RFC3164, Time: bsd, Host: "h", App: "su"}), "su: one\ntwo", "one\ntwo"}},
		{"3164 with a time as in RFC 3339", "<34>2026-07-05T12:00:00.5+02:00 h su: text",
			header{pri34(Header{Format: RFC3164, Time: time.Date(2026, 7, 5, 12, 0, 0, 5e8, time.FixedZone("", 7200)), Host: "h", App: "su"}), "su: text", "text"}},
		{"5424, a byte order mark", "<34>1 - h a - - - \ufefftext",
			header{pri34(Header{Format: RFC5424, Host: "h", App: "a"}), "\ufefftext", "text"}},
		{"5424, no text", "<34>1 - h a - - -", header{pri34(Header{Format: RFC5424, Host: "h", App: "a"}), "", ""}},
		{"5424, cut short", "<34>1 2026-07-05T12:00:00Z h a",
			header{pri34(Header{Format: RFC5424, Time: time.Date(2026, 7, 5, 12, 0, 0, 0, time.UTC), Host: "h",
				Problem: "expecting an app-name (from 1 to max 48 US-ASCII characters) or a nil value [col 30]"}),
				"1 2026-07-05T12:00:00Z h a", "1 2026-07-05T12:00:00Z h a"}},
		{"a number after the PRI is not yet 5424", "<34>1 session opened",
			header{pri34(Header{Format: Raw, Problem: "no time stamp"}), "1 session opened", "1 session opened"}},
		{"Cisco ASA: PRI and a time with a year", "<34>Jul 05 2026 12:00:00 asa1 : %ASA-6-722051: Group <g>",
			header{pri34(Header{Format: Raw, Problem: "expecting a Stamp timestamp [col 13]"}),
				"Jul 05 2026 12:00:00 asa1 : %ASA-6-722051: Group <g>", "Jul 05 2026 12:00:00 asa1 : %ASA-6-722051: Group <g>"}},
		{"the vendor's example", `[Tue Jul 5 13:15:04 2005 CDT] Administrator authentication success`,
			header{Header{Format: Raw, Problem: "expecting a sequence number (from 1 to max 255 digits) [col 0]"},
				`[Tue Jul 5 13:15:04 2005 CDT] Administrator authentication success`, `[Tue Jul 5 13:15:04 2005 CDT] Administrator authentication success`}},
		{"a PRI above 191", "<192>text", header{Header{Format: Raw,
			Problem: "expecting a priority value in the range 1-191 or equal to 0 [col 3]"}, "<192>text", "<192>text"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, parsed(row.in)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", row.in, diff)
			}
		})
	}
}

func TestCutPriority(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in       string
		priority int
		rest     string
		ok       bool
	}{
		{"<0>x", 0, "x", true},
		{"<13>x", 13, "x", true},
		{"<191>", 191, "", true},
		{"<192>x", 0, "<192>x", false},
		{"<1911>x", 0, "<1911>x", false},
		{"<013>x", 0, "<013>x", false},
		{"<00>x", 0, "<00>x", false},
		{"<>x", 0, "<>x", false},
		{"<1", 0, "<1", false},
		{"<13", 0, "<13", false},
		{"<1a>", 0, "<1a>", false},
		{"", 0, "", false},
		{"13>x", 0, "13>x", false},
	} {
		priority, rest, ok := cutPriority([]byte(row.in))
		if priority != row.priority || string(rest) != row.rest || ok != row.ok {
			t.Errorf("cutPriority(%q) = %d, %q, %v; want %d, %q, %v", row.in, priority, rest, ok, row.priority, row.rest, row.ok)
		}
	}
}

func TestPriorityWords(t *testing.T) {
	t.Parallel()
	if p := Priority(4, 6); p != 38 {
		t.Errorf("Priority(4, 6) = %d, want 38 (auth.info)", p)
	}
	for got, want := range map[string]string{
		FacilityName(4): "auth", FacilityName(16): "local0", FacilityName(24): "facility 24", FacilityName(-1): "facility -1",
		SeverityName(6): "info", SeverityName(3): "err", SeverityName(8): "severity 8",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	for _, seed := range []string{
		"", "<34>", "<34>1 - - - - - -", "<34>Oct 11 22:14:15 2001:db8::1 su[12]:x", "Oct 11 22:14:15 h t: \xff",
		"<165>1 2003-10-11T22:14:15.003Z h e - ID47 [x@1 a=\"\\]\"] \ufeffx", "<34>1 2026-07-05T12:00:00Z h a",
		"<34>Oct 11 22:14:15 h a[a]]:a", "<34>Oct 11 22:14:15 ::1 [: ",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		h := ParseHeader(message)
		if h.Body < 0 || h.Body > h.Content || h.Content > len(message) {
			t.Fatalf("%q: body at %d, content at %d of %d", message, h.Body, h.Content, len(message))
		}
		if h.HasPriority != strings.HasPrefix(string(message), "<") && h.HasPriority {
			t.Fatalf("%q has a priority", message)
		}
		m, err := rfc5424.NewMachine().Parse(message)
		if strict, ok := m.(*rfc5424.SyslogMessage); err == nil && ok {
			if h.Format != RFC5424 || !h.HasPriority || h.Priority != int(*strict.Priority) || h.Problem != "" {
				t.Errorf("%q: go-syslog reads it strictly, ParseHeader says %+v", message, h)
			}
		}
		rebuild(t, message, h)
	})
}

// rebuild: what was read, built and read again, is the same, where a Message can say it.
func rebuild(t *testing.T, message []byte, h Header) {
	m := Message{h.Priority, h.Time, h.Host, h.App, h.Proc, h.MessageID, h.Data, h.Content-h.Body == 3 && h.Format == RFC5424, string(message[h.Content:])}
	if h.Format == Raw || h.Problem != "" || !h.HasPriority {
		return
	}
	built, err := m.Append(nil, h.Format)
	if err != nil {
		return
	}
	again := ParseHeader(built)
	if again.Format != h.Format && h.Time.Year() == 0 {
		t.Errorf("%q\nbuilt %q\nis %s, was %s", message, built, again.Format, h.Format)
		return
	}
	if string(built[again.Content:]) != m.Text || again.Host != h.Host || again.App != h.App || again.Proc != h.Proc ||
		again.Priority != h.Priority || !cmp.Equal(again.Data, h.Data) {
		t.Errorf("%q: %+v\nbuilt %q: %+v", message, h, built, again)
	}
}
