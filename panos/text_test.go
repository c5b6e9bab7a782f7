package panos

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample reads a file of testdata.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// diff reports a difference; addresses are compared by value.
func diff(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

var sampleState = ServerMonitorState{
	UDP: ServiceEnabled, SSL: ServiceEnabled,
	Senders: []SenderState{
		{Name: "Server1", VSys: "vsys1", Address: netip.MustParseAddr("192.0.2.16"), Connections: &Connections{}},
		{Name: "Server2 UDP", VSys: "vsys1", Address: netip.MustParseAddr("192.0.2.15")},
	},
}

func TestStateBothWays(t *testing.T) {
	t.Parallel()
	text := sample(t, "state.txt")
	got, err := ParseServerMonitorState(text)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, sampleState)
	diff(t, string(got.AppendText(nil)), string(text))
}

func TestStateFromTerminal(t *testing.T) {
	t.Parallel()
	got, err := ParseServerMonitorState(sample(t, "state-terminal.txt"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, ServerMonitorState{
		UDP: ServiceEnabled, SSL: ServiceDisabled,
		Senders: []SenderState{{
			Name: "ISE (lab)", VSys: "vsys2", Address: netip.MustParseAddr("2001:db8::15"),
			LogMessages: 1<<64 - 1, AuthSuccess: 7, Connections: &Connections{1, 3},
		}},
	})
}

func TestStateProxyLines(t *testing.T) {
	t.Parallel()
	counters := "\nnumber of log messages:1\nnumber of auth. success messages :2\n"
	for _, row := range []struct {
		name, line, wantName, wantVSys, wantAddress string
	}{
		{"plain", "Proxy: a(vsys: vsys1) Host: a(192.0.2.1)", "a", "vsys1", "192.0.2.1"},
		{"blanks", "Proxy: a  b (vsys:vsys3)   Host:  a  b ( 192.0.2.1 ) ", "a  b", "vsys3", "192.0.2.1"},
		{"parentheses", "Proxy: a (b)(vsys: vsys1)  Host: a (b)(192.0.2.1)", "a (b)", "vsys1", "192.0.2.1"},
		{"Host: in the name", "Proxy: x Host: y(vsys: vsys1)  Host: x Host: y(192.0.2.1)", "x Host: y", "vsys1", "192.0.2.1"},
		{"a whole line as name", "Proxy: a(vsys: b) Host: a(vsys: v2) Host: a(vsys: b) Host: a(192.0.2.1)", "a(vsys: b) Host: a", "v2", "192.0.2.1"},
		{"host of another name", "Proxy: a(vsys: vsys1) Host: fw.corp.example(192.0.2.1)", "a", "vsys1", "192.0.2.1"},
		{"IPv6", "Proxy: a(vsys: vsys1) Host: a(2001:db8::1)", "a", "vsys1", "2001:db8::1"},
		{"no blank before Host", "Proxy: a(vsys: vsys1)Host: a(192.0.2.1)", "a", "vsys1", "192.0.2.1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseServerMonitorState([]byte(row.line + counters))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got.Senders, []SenderState{{
				Name: row.wantName, VSys: row.wantVSys, Address: netip.MustParseAddr(row.wantAddress), LogMessages: 1, AuthSuccess: 2,
			}})
		})
	}
}

func TestStateErrors(t *testing.T) {
	t.Parallel()
	const proxy = "Proxy: lab one(vsys: vsys1)  Host: lab one(192.0.2.1)\n"
	const messages = "number of log messages : 5\n"
	const success = "number of auth. success messages : 4\n"
	for _, row := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"expected", "the text is empty"}},
		{"only blanks", " \r\n\t\n", []string{"the text is empty"}},
		{"something else", "\nServer error : op command for client useridd timed out\nmore", []string{`begins with "Server error : op command for client useridd timed out"`, "Proxy"}},
		{"counter missing", proxy + messages, []string{`sender "lab one"`, "number of auth. success messages is missing"}},
		{"both missing", proxy, []string{`sender "lab one"`, "number of log messages is missing"}},
		{"one connection counter", proxy + messages + success + "total connections made : 1", []string{`sender "lab one"`, "number of active connections is missing"}},
		{"negative", proxy + "number of log messages : -1\n" + success, []string{`sender "lab one"`, `number of log messages: "-1" is negative`}},
		{"above 64 bits", proxy + "number of log messages : 18446744073709551616\n", []string{`sender "lab one"`, "does not fit into 64 bits"}},
		{"no number", proxy + "number of log messages : many\n", []string{`sender "lab one"`, `"many" is not a number`}},
		{"sign", proxy + "number of log messages : +1\n", []string{`"+1" is not a number`}},
		{"nothing", proxy + "number of log messages :\n", []string{`sender "lab one"`, "the number is missing"}},
		{"twice", proxy + messages + messages, []string{`sender "lab one"`, "number of log messages is there twice"}},
		{"cut proxy line", "UDP Syslog Listener Service is enabled\nProxy: lab(vsys: vs", []string{`"Proxy: lab(vsys: vs" is not of the form`}},
		{"host name of a sender", "Proxy: a(vsys: v)Host: a(fw.corp.example)\n" + messages + success, []string{`sender "a"`, `"fw.corp.example" is not an IP address`}},
		{"zone", "Proxy: a(vsys: v)Host: a(fe80::1%eth0)\n" + messages + success, []string{"is not an IP address"}},
		{"counter without a block", "UDP Syslog Listener Service is enabled\n" + messages, []string{"number of log messages", "before the first line"}},
		{"names that no configuration takes", strings.ReplaceAll(proxy, "lab one", strings.Repeat("a", maxProxyLine/2)) + messages + success, []string{"is not of the form"}},
		{"endless proxy line", "Proxy: " + strings.Repeat("a(vsys: v)Host: ", 1000), []string{"is not of the form"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseServerMonitorState([]byte(row.text))
			wantError(t, err, row.want...)
			if len(err.Error()) > 600 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestStateKeepsOtherWordsOfAService(t *testing.T) {
	t.Parallel()
	got, err := ParseServerMonitorState([]byte("UDP syslog listener service is Not Running\n"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, ServerMonitorState{UDP: "not running"})
}

var sampleStatistics = ServerMonitorStatistics{
	Directory: []ServerStatus{{"AD", "AD", "192.0.2.43", "vsys1", "Connected"}},
	Syslog: []ServerStatus{
		{"Syslog1", "UDP", "192.0.2.40", "vsys1", "N/A"},
		{"Syslog2", "SSL", "192.0.2.41", "vsys1", "Not connected"},
	},
}

func TestStatisticsBothWays(t *testing.T) {
	t.Parallel()
	text := sample(t, "statistics.txt")
	got, err := ParseServerMonitorStatistics(text)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, sampleStatistics)
	diff(t, string(got.AppendText(nil)), string(text))
}

func TestStatisticsOutOfStep(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		file string
		want ServerMonitorStatistics
	}{
		{"statistics-crooked.txt", ServerMonitorStatistics{
			Directory: []ServerStatus{
				{"AD", "AD", "192.0.2.43", "vsys1", "Connection refused (0)"},
				{"東京 DC 1", "AD", "dc1.corp.example", "vsys2", "接続済み"},
			},
			Syslog: []ServerStatus{
				{"Syslog1", "UDP", "192.0.2.40", "vsys1", "N/A"},
				{"a name that is much longer than its column vsys9", "SSL", "2001:db8:ffff:ffff:ffff:ffff:ffff:41", "vsys1", "Not connected"},
			},
		}},
		{"statistics-more-columns.txt", ServerMonitorStatistics{Syslog: []ServerStatus{
			{"Syslog 1", "UDP", "192.0.2.40", "vsys1", "N/A"},
			{"Syslog2", "SSL", "192.0.2.41", "vsys1", "Not connected"},
		}}},
	} {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			got, err := ParseServerMonitorStatistics(sample(t, row.file))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
}

// The words of this row stand at the columns of their neighbours.
func TestStatisticsRowOneColumnOff(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("x", 30) + " " + strings.Repeat("y", 11)
	row := name + " SSL             fw.corp vsys1 Connected\n"
	got, err := ParseServerMonitorStatistics(append(ServerMonitorStatistics{}.AppendText(nil), row...))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, ServerMonitorStatistics{Syslog: []ServerStatus{{name, "SSL", "fw.corp", "vsys1", "Connected"}}})
}

func TestStatisticsTablesWithoutTitles(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("Directory Servers:\n", "", "Syslog Servers:\n", "").Replace(string(sample(t, "statistics.txt")))
	got, err := ParseServerMonitorStatistics([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, sampleStatistics)
}

func TestStatisticsErrors(t *testing.T) {
	t.Parallel()
	_, err := ParseServerMonitorStatistics([]byte("Invalid syntax.\n"))
	wantError(t, err, "Name … Host Vsys Status", `begins with "Invalid syntax."`)
	_, err = ParseServerMonitorStatistics(nil)
	wantError(t, err, "the text is empty")
	got, err := ParseServerMonitorStatistics(ServerMonitorStatistics{}.AppendText(nil))
	if err != nil {
		t.Errorf("two empty tables: %v", err)
	}
	diff(t, got, ServerMonitorStatistics{})
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestMappingsBothWays(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		file   string
		layout MappingLayout
		want   []Mapping
	}{
		{"mapping-narrow.txt", AddressNarrow, []Mapping{
			{addr("192.0.2.2"), "vsys1", "XMLAPI", `domain\user2`, 3597 * time.Second, 3597 * time.Second},
			{addr("192.0.2.1"), "vsys1", "XMLAPI", "user1", 2697 * time.Second, 2697 * time.Second},
		}},
		{"mapping-wide.txt", 0, []Mapping{
			{addr("192.0.2.2"), "vsys1", "SYSLOG", `corp\alice`, 45*time.Minute - 3*time.Second, 2697 * time.Second},
			{addr("2001:db8::7"), "vsys2", "SYSLOG", `corp\bob`, Never, Never},
		}},
	} {
		t.Run(row.file, func(t *testing.T) {
			t.Parallel()
			text := sample(t, row.file)
			got, err := ParseMappings(text)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
			diff(t, string(AppendMappings(nil, got, row.layout)), string(text))
		})
	}
}

func TestMappingsOtherForms(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text string
		want       []Mapping
	}{
		{"narrower user column", string(sample(t, "mapping-captive-portal.txt")), []Mapping{
			{addr("198.51.100.12"), "vsys1", "CP", "administrator", 845 * time.Second, 3497 * time.Second},
			{addr("198.51.100.11"), "vsys1", "CP", `corp\ann lee`, 898 * time.Second, 3587 * time.Second},
		}},
		{"one address", string(sample(t, "mapping-one.txt")), []Mapping{
			{addr("192.0.2.10"), "vsys1", "SYSLOG", `corp\alice`, 2577 * time.Second, 2577 * time.Second},
		}},
		{"user of digits, two blanks inside", "192.0.2.1 vsys1 SYSLOG 12  34 5 6\n", []Mapping{
			{addr("192.0.2.1"), "vsys1", "SYSLOG", "12  34", 5 * time.Second, 6 * time.Second},
		}},
		{"user named like its source", "192.0.2.1 vsys1 SYSLOG SYSLOG 5 5\n", []Mapping{
			{addr("192.0.2.1"), "vsys1", "SYSLOG", "SYSLOG", 5 * time.Second, 5 * time.Second},
		}},
		{"only a head", "IP Vsys From User IdleTimeout(s) MaxTimeout(s)\n--- --- --- --- --- ---\n", nil},
		{"total of none", "Total: 0 users\n", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseMappings([]byte(row.text))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
}

func TestMappingErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"the text is empty"}},
		{"something else", "No such thing\n", []string{`begins with "No such thing"`, "IP Vsys From User"}},
		{"short row", "192.0.2.1 vsys1 SYSLOG 5 6\n", []string{`row "192.0.2.1 vsys1 SYSLOG 5 6"`}},
		{"negative time", "192.0.2.1 vsys1 SYSLOG u -5 6\n", []string{"idle timeout", `"-5" is negative`}},
		{"huge time", "192.0.2.1 vsys1 SYSLOG u 5 9223372037\n", []string{"max timeout", "more than a duration holds"}},
		{"half a table", "192.0.2.1 vsys1 SYSLOG u 5 6\nTotal: 2 users\n", []string{"1 in the table", "total says 2"}},
		{"half of one", "IP address: 192.0.2.10 (vsys1)\nUser: corp\\alice\n", []string{"192.0.2.10", "user or source is missing"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseMappings([]byte(row.text))
			wantError(t, err, row.want...)
		})
	}
}

func TestSystemInfoBothWays(t *testing.T) {
	t.Parallel()
	text := sample(t, "system-info.txt")
	got, err := ParseSystemInfo(text)
	if err != nil {
		t.Fatal(err)
	}
	want := SystemInfo{Hostname: "PA-VM", Serial: "unknown", Model: "PA-VM", Version: "7.2.3-h2", Time: "Mon Aug 28 21:07:11 2017", MultiVSys: true}
	diff(t, got, want)
	diff(t, string(got.AppendText(nil)), string(text))
	_, err = ParseSystemInfo([]byte("uptime: 3 days\n"))
	wantError(t, err, "sw-version", `begins with "uptime: 3 days"`)
}

func TestCleanLine(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in, want string }{
		{"plain", "  a b ", "  a b"},
		{"colour", "\x1b[1;31mred\x1b[0m", "red"},
		{"title of the window", "\x1b]0;fw1\x07text", "text"},
		{"two-byte escape", "\x1b=text", "text"},
		{"escape at the end", "text\x1b[", "text"},
		{"escape within an escape", "\x1b[3\x1b[0mx", "x"},
		{"pager", "--more--\r        \rProxy", "Proxy"},
		{"pager that wipes its line", "lines 1-8 \r\x1b[K  text", "  text"},
		{"line ended for a terminal", "text\r\r", "text"},
		{"halves of a pager mark", "--mo--more--re--", "--mo re--"},
		{"prompt", "admin@PA-440> show", "show"},
		{"prompt of the active member", "admin@PA-440(active)>", ""},
		{"prompt in configuration mode", "admin@PA-440# show", "show"},
		{"two prompts", "a@fw> a@fw> x", "x"},
		{"no prompt", "user@corp.example x", "user@corp.example x"},
		{"NUL", "a\x00b", "ab"},
		{"no UTF-8", "a\xffb", "a\ufffdb"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := lines([]byte(row.in))[0]; got != row.want {
				t.Errorf("cleaned %q = %q, want %q", row.in, got, row.want)
			}
		})
	}
}

func TestAppendTextAppends(t *testing.T) {
	t.Parallel()
	for name, got := range map[string][]byte{
		"state":      sampleState.AppendText([]byte("X")),
		"statistics": sampleStatistics.AppendText([]byte("X")),
		"mappings":   AppendMappings([]byte("X"), nil, AddressWide),
		"info":       SystemInfo{}.AppendText([]byte("X")),
	} {
		if got[0] != 'X' {
			t.Errorf("%s: %q does not begin with what was there", name, got)
		}
	}
}
