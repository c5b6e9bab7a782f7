package symptom

import (
	"strconv"
	"strings"
	"testing"
)

// Every status, line, number, command, port and remedy of the vendor's article is in the
// table, listed here by name: a row that goes missing is missed.
func TestTheArticleIsInTheTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, status, line string }{
		{"server.status.connected", "Connected", ""},
		{"server.status.disconnected", "Disconnected", ""},
		{"server.status.connection-timeout", "Connection timeout", ""},
		{"kerberos.status", "Kerberos error", ""},
		{"server.status.connection-refused-0", "Connection refused(0)", ""},
		{"server.status.connection-refused", "Connection refused", ""},
		{"server.status.access-denied", "Access denied", ""},
		{"server.status.not-connected", "Not connected", ""},
		{"syslog.status.not-available", "N/A", ""},
		{"syslog.status.connected", "Connected", ""},
		{"syslog.status.not-connected", "Not connected", ""},
		{"ha.passive", "", "  Local Information:\n    Version: 1\n    Mode: Active-Passive\n    State: passive (last 1 days)"},
		{"winrm.not-reached", "Connection refused(0)", "Error: pan_user_id_winrm_query(pan_user_id_win.c:2794): Connection failed. response code = 0, error: Couldn't connect to server in vsys 1"},
		{"winrm.unresolved", "Connection refused(0)", "pan_user_id_winrm_query(pan_user_id_win.c:2805): Connection failed. response code = 0, error: Couldn't resolve host name in vsys 1"},
		{"winrm.certificate-untrusted", "Connection refused(0)", "response code = 0, error: Peer certificate cannot be authenticated with given CA certificates in vsys 1"},
		{"winrm.certificate-refused", "Connection refused(0)", "response code = 0, error: SSL peer certificate or SSH remote key was not OK in vsys"},
		{"winrm.unauthorized", "Connection refused", "response code = 401, error: (null) in vsys 1"},
		{"winrm.access-denied", "Access denied", "pan_user_id_winrm_query(pan_user_id_win.c:2805): Connection failed. response code = 500, error: (null) in vsys 1"},
		{"wmi.access-denied", "Access denied", "Error: pan_user_id_win_wmic_log_query(pan_user_id_win.c:1670): log query for AD-Server failed: NTSTATUS: NT_STATUS_ACCESS_DENIED - Access denied"},
		{"wmi.namespace-denied", "Not connected", "Error: pan_user_id_win_log_query(pan_user_id_win.c:1349): log query for AD-Server failed: NTSTATUS: NT code 0x80041003 - NT code 0x80041003"},
	} {
		s, ok := Find(c.id)
		switch {
		case !ok:
			t.Errorf("%s is not in the table", c.id)
		case s.Status != c.status:
			t.Errorf("%s: status %q, want %q", c.id, s.Status, c.status)
		case c.line != "" && !s.ShownIn(c.line):
			t.Errorf("%s does not find %q", c.id, c.line)
		}
	}
	for _, number := range []int64{-1765328228, -1765328366, 11, 145, 16, -1765328237, -1765328378, -1765328370, -1765328360, -1765328316, -1765328353} {
		if s, ok := ByNumber(number); !ok || !s.ShownIn("failed to get krb5 tgt ticket with error "+strconv.FormatInt(number, 10)+".") {
			t.Errorf("%d has no row that finds its line", number)
		}
	}
	said := everythingSaid()
	for _, want := range []string{
		"show user server-monitor statistics", "show user server-monitor state NAME", "show high-availability all",
		"less mp-log useridd.log", "ping host", "traceroute host", "ping source ADDRESS host", "traceroute source ADDRESS host",
		`tcpdump filter "host ADDRESS" snaplen 0`, "view-pcap mgmt-pcap mgmt.pcap",
		"test authentication authentication-profile NAME username USER password",
		"135", "49152-65535", "5985", "5986", "514", "6514", "UDP 88", "TCP 88",
		"Service Route Configuration > UID Agent", "Device > Setup > Interfaces > Management", "Interface Management Profile",
		"Server Monitor Account", "Configure Server Monitoring Using WinRM", "WinRM-HTTPS in place of WinRM-HTTP",
		"KB5014692", "Do not require Kerberos preauthentication", "Event Log Readers", "support case",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no row says %q", want)
		}
	}
}

// everythingSaid is all English texts of the table, and what stands in its golden files.
func everythingSaid() string {
	var b strings.Builder
	for _, s := range All() {
		b.WriteString(s.Meaning.EN + "\n" + s.Golden())
		for _, text := range append(append(s.Causes[:0:0], s.Causes...), s.Remedies...) {
			b.WriteString(text.EN + "\n")
		}
	}
	return b.String()
}

// The line of every row is read as that row, whatever stands before and after it.
func TestLogLinesAreTheirRows(t *testing.T) {
	t.Parallel()
	rows := 0
	for _, s := range All() {
		if !s.Logged {
			continue
		}
		rows++
		golden := strings.TrimSpace(s.Golden())
		_, words, _ := strings.Cut(golden, "): ")
		for _, line := range []string{
			golden, words, golden + "\r\n",
			"2026-03-01 10:15:30.123 +0900 Error:  a_new_name(other.c:1): " + words,
		} {
			l, ok := ParseLogLine(line)
			if !ok {
				t.Errorf("%s: %q is not read", s.ID, line)
				continue
			}
			if got, _ := l.Symptom(); got.ID != s.ID {
				t.Errorf("%q is %q, want %q", line, got.ID, s.ID)
			}
			if l.Kind == LineWinRM && l.VSys != "1" || l.Kind == LineWMI && l.Server != "dc1.corp.example" {
				t.Errorf("%q is read as %+v", line, l)
			}
		}
	}
	if rows < 40 {
		t.Errorf("only %d rows are of the log", rows)
	}
	for _, line := range []string{
		"", "response code", "response code = abc, error: (null)", "NTSTATUS: fine", "krb5 tgt", "all is well",
		"failed to get krb5 tgt ticket with error 99999999999999999999.",
	} {
		if l, ok := ParseLogLine(line); ok {
			t.Errorf("%q is read as %+v", line, l)
		}
	}
	for line, want := range map[string]LogLine{
		"response code = 0, error: SSL peer certificate or SSH remote key was not OK in vsys": {Kind: LineWinRM, Text: "SSL peer certificate or SSH remote key was not OK"},
		"response code = 0, error: Something of tomorrow in vsys 12":                          {Kind: LineWinRM, Text: "Something of tomorrow", VSys: "12"},
		"log query for DC of Tokyo failed: NTSTATUS: NT code 0xC0000022 - NT code 0xC0000022": {Kind: LineWMI, Text: "NT code 0xC0000022", Server: "DC of Tokyo"},
		"failed to get krb5 tgt ticket with error -1765328343.":                               {Kind: LineKerberos, Number: -1765328343},
	} {
		if got, _ := ParseLogLine(line); got != want {
			t.Errorf("%q is read as %+v, want %+v", line, got, want)
		}
	}
}

// Every text of libcurl leads to its row, by itself and in a line; the tables name rows that
// exist.
func TestForeignTablesNameRows(t *testing.T) {
	t.Parallel()
	for _, c := range CurlErrors() {
		s, ok := ByCurlText(c.Text)
		if !ok || s.ID != c.Symptom {
			t.Errorf("%q is %q, want %q", c.Text, s.ID, c.Symptom)
		}
		code := 0
		if c.Symptom == "winrm.unauthorized" {
			code = 401
		}
		line := "Connection failed. response code = " + strconv.Itoa(code) + ", error: " + c.Text + " in vsys 1"
		if !s.ShownIn(line) {
			t.Errorf("%s does not find %q", s.ID, line)
		}
	}
	for _, c := range WindowsCodes() {
		if _, ok := Find(c.Symptom); !ok {
			t.Errorf("%s names the symptom %q, which does not exist", c.Name, c.Symptom)
		}
	}
	if s, ok := ByCurlText("(null)"); ok {
		t.Errorf("no error is %s", s.ID)
	}
}

// Statuses are read in English and in Japanese, and those of the two tables are not mixed up.
func TestStatusesAreReadInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ status, directory, syslog string }{
		{"Connected", "server.status.connected", "syslog.status.connected"},
		{"接続済み", "server.status.connected", "syslog.status.connected"},
		{"not  connected", "server.status.not-connected", "syslog.status.not-connected"},
		{"接続されていません", "server.status.not-connected", "syslog.status.not-connected"},
		{"N/A", "", "syslog.status.not-available"},
		{"Connection refused(0)", "server.status.connection-refused-0", ""},
		{"Connection refused (0)", "server.status.connection-refused-0", ""},
		{"接続が拒否されました（0）", "server.status.connection-refused-0", ""},
		{"Connection refused", "server.status.connection-refused", ""},
		{"Connection refused(401)", "server.status.connection-refused", ""},
		{"Connection timeout", "server.status.connection-timeout", ""},
		{"Kerberos エラー", "kerberos.status", ""},
		{"Access denied", "server.status.access-denied", ""},
		{"Something of tomorrow", "", ""}, {"", "", ""}, {"(0)", "", ""},
	} {
		if s, _ := DirectoryStatus(c.status); s.ID != c.directory {
			t.Errorf("a directory server's %q is %q, want %q", c.status, s.ID, c.directory)
		}
		if s, _ := SyslogStatus(c.status); s.ID != c.syslog {
			t.Errorf("a sender's %q is %q, want %q", c.status, s.ID, c.syslog)
		}
	}
	for status, aliases := range statusAliases {
		for _, word := range aliases {
			row := "dc1    AD       192.0.2.53      vsys1   " + word
			found := false
			for _, s := range All() {
				found = found || s.Status == status && !s.Logged && s.ShownIn(row)
			}
			if status != "N/A" && !found {
				t.Errorf("no row of the status %q finds %q", status, row)
			}
		}
	}
	for _, row := range []string{"nac1   UDP  192.0.2.10  vsys1   Connected", "nac1   SSL  192.0.2.10  vsys1   Not connected"} {
		for _, s := range server() {
			if s.ShownIn(row) {
				t.Errorf("%s finds the syslog sender %q", s.ID, row)
			}
		}
	}
}

// What a pattern of a logged row finds in a line, the reader of lines finds, and never more
// than one row for it.
func FuzzParseLogLine(f *testing.F) {
	for _, s := range All() {
		f.Add(s.Golden())
	}
	f.Add("response code = 0, error: a in vsys 1 response code = 401 in vsys")
	f.Fuzz(func(t *testing.T, text string) {
		for line := range strings.Lines(text) {
			l, ok := ParseLogLine(line)
			if !ok {
				continue
			}
			if l.Kind != LineKerberos && l.Number != 0 || l.Kind != LineWinRM && l.HTTP != 0 {
				t.Errorf("%q is read as %+v", line, l)
			}
			if s, found := l.Symptom(); found && !s.Logged {
				t.Errorf("%q is %s, which is no row of the log", line, s.ID)
			}
		}
	})
}
