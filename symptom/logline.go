package symptom

import (
	"regexp"
	"strconv"
	"strings"
)

// LineKind is which of the firewall's queries a line of its log is about.
type LineKind string

// The kinds.
const (
	LineKerberos LineKind = "kerberos" // no ticket for the service account
	LineWinRM    LineKind = "winrm"    // a WinRM query failed
	LineWMI      LineKind = "wmi"      // a WMI query failed
)

// LogLine is a line of the firewall's log that says why a monitored server is not connected.
// Name and number of the source file, and what stands before the words, are not looked at:
// they change with the release.
type LogLine struct {
	Kind LineKind
	// Number is the number of a LineKerberos.
	Number int64
	// HTTP is the response code of a LineWinRM, 0 when no answer came; Text is then libcurl's.
	HTTP int
	// Text is what stands in the line: libcurl's error or "(null)", the NTSTATUS of a LineWMI.
	Text string
	// Server and VSys are as the line names them: only WMI lines name a server, only WinRM
	// lines a virtual system, "1".
	Server, VSys string
}

// The lines, after what the vendor's article shows (facts of its examples).
var (
	winrmShape = regexp.MustCompile(`(?i)\bresponse code\s*[=:]\s*(\d{1,3})\b\s*,?\s*(?:error\s*[:=]?\s*(.*?))?\s*(?:\bin vsys\s*(\d*)\b?)?\.?\s*$`)
	wmiShape   = regexp.MustCompile(`(?i)\bNTSTATUS:\s*(NT_STATUS_\w+|NT code 0x[0-9a-f]{1,8})\b`)
	wmiServer  = regexp.MustCompile(`(?i)\bquery for (.{1,255}?) failed\b`)
)

// ParseLogLine reads one line. ok is false for every line that does not say why a query failed.
func ParseLogLine(line string) (l LogLine, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	switch {
	case containsFold(line, "krb5 tgt"):
		return parseKerberosLine(line)
	case containsFold(line, "response code"):
		return parseWinRMLine(line)
	case containsFold(line, "NTSTATUS:"):
		return parseWMILine(line)
	}
	return LogLine{}, false
}

func parseKerberosLine(line string) (LogLine, bool) {
	numbers := KerberosLogNumbers(line)
	if len(numbers) == 0 {
		return LogLine{}, false
	}
	return LogLine{Kind: LineKerberos, Number: numbers[0]}, true
}

func parseWinRMLine(line string) (LogLine, bool) {
	m := winrmShape.FindStringSubmatch(line)
	if m == nil {
		return LogLine{}, false
	}
	code, err := strconv.Atoi(m[1])
	if err != nil {
		return LogLine{}, false
	}
	return LogLine{Kind: LineWinRM, HTTP: code, Text: strings.TrimSpace(m[2]), VSys: m[3]}, true
}

func parseWMILine(line string) (LogLine, bool) {
	m := wmiShape.FindStringSubmatch(line)
	if m == nil {
		return LogLine{}, false
	}
	l := LogLine{Kind: LineWMI, Text: m[1]}
	if m := wmiServer.FindStringSubmatch(line); m != nil {
		l.Server = strings.TrimSpace(m[1])
	}
	return l, true
}

// Symptom returns the row that the line shows. ok is false for a Kerberos number, a curl text
// or a response code that no row is for.
func (l LogLine) Symptom() (Symptom, bool) {
	switch l.Kind {
	case LineKerberos:
		return ByNumber(l.Number)
	case LineWinRM:
		if s, ok := ByCurlText(l.Text); ok {
			return s, true
		}
		return ByHTTP(l.HTTP)
	case LineWMI:
		return byNTText(l.Text)
	}
	return Symptom{}, false
}

// containsFold is strings.Contains whatever the case of ASCII letters, without a copy.
func containsFold(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}
