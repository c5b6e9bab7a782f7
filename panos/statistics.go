package panos

import (
	"strings"
	"unicode"
)

const (
	directoryTitle = "Directory Servers:"
	syslogTitle    = "Syslog Servers:"
	tableRule      = 77 // dashes under a header

	maxTableLine = 4 << 10 // bytes; a longer line is no line of a table
)

// Statuses as they are printed in English. A firewall has others.
const (
	StatusConnected     = "Connected"
	StatusNotConnected  = "Not connected"
	StatusNotAvailable  = "N/A" // of a UDP sender, which has no connection
	StatusKerberosError = "Kerberos error"

	// Those of a server that is read over WinRM. What stands behind each is in the rows of symptom.
	StatusTimeout      = "Connection timeout"
	StatusNoAnswer     = "Connection refused(0)" // there was no answer of HTTP
	StatusRefused      = "Connection refused"
	StatusAccessDenied = "Access denied"
)

// The columns of the two tables; the layout is recalled. The last one has no width.
var (
	directoryColumns = []tableColumn{{"Name", 31}, {"TYPE", 9}, {"Host", 16}, {"Vsys", 8}, {"Status", 0}}
	syslogColumns    = []tableColumn{{"Name", 31}, {"Connection", 12}, {"Host", 16}, {"Vsys", 8}, {"Status", 0}}
)

type tableColumn struct {
	title string
	width int
}

// AppendText appends the answer to "show user server-monitor statistics" as the CLI prints
// it. That there are two groups with a status is documented, the layout is recalled. No
// field may be empty or hold line ends or two blanks in a row, or it cannot be read back.
func (s ServerMonitorStatistics) AppendText(dst []byte) []byte {
	dst = appendServers(dst, directoryTitle, directoryColumns, s.Directory)
	return appendServers(append(dst, '\n'), syslogTitle, syslogColumns, s.Syslog)
}

func appendServers(dst []byte, title string, columns []tableColumn, servers []ServerStatus) []byte {
	dst = append(append(dst, title...), '\n')
	for _, c := range columns {
		dst = appendPadded(dst, c.title, c.width, 0)
	}
	dst = append(dst, '\n')
	dst = append(dst, strings.Repeat("-", tableRule)...)
	dst = append(dst, '\n')
	for _, server := range servers {
		cells := []string{server.Name, server.Type, server.Host, server.VSys}
		for i, cell := range cells {
			dst = appendPadded(dst, cell, columns[i].width, 2)
		}
		dst = append(append(dst, server.Status...), '\n')
	}
	return dst
}

// ParseServerMonitorStatistics reads what "show user server-monitor statistics" prints.
// Names and statuses may hold blanks, further columns and tables are passed over, and a
// status stays as it is printed, in whatever language. Blanks in a row within a name count
// as one. A text without the head of a table is an error.
func ParseServerMonitorStatistics(text []byte) (ServerMonitorStatistics, error) {
	p := statisticsParser{group: groupNone}
	for _, line := range lines(text) {
		p.line(line)
	}
	if !p.found {
		return ServerMonitorStatistics{}, notThere("server monitor statistics",
			`a table with the columns "Name … Host Vsys Status"`, text)
	}
	return p.statistics, nil
}

// serverGroup is the table a row belongs to.
type serverGroup int

const (
	groupNone serverGroup = iota // no table yet, or one that is not asked for
	groupDirectory
	groupSyslog
)

type statisticsParser struct {
	statistics ServerMonitorStatistics
	found      bool
	titled     bool // the title of the table has said which group it is
	group      serverGroup
	header     tableHeader
}

func (p *statisticsParser) line(line string) {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" || len(line) > maxTableLine || strings.Trim(trimmed, "- ") == "" {
		return
	}
	if header, ok := parseTableHeader(line); ok {
		p.found, p.header = true, header
		if !p.titled {
			p.group = header.group()
		}
		p.titled = false
		return
	}
	if group, ok := tableTitle(trimmed); ok {
		p.group, p.header, p.titled = group, tableHeader{}, true
		return
	}
	server, ok := p.header.row(line)
	switch {
	case !ok:
	case p.group == groupDirectory:
		p.statistics.Directory = append(p.statistics.Directory, server)
	case p.group == groupSyslog:
		p.statistics.Syslog = append(p.statistics.Syslog, server)
	}
}

// tableTitle reads a line such as "Syslog Servers:". One that ends in a colon but is none
// of the two begins a table that is not asked for.
func tableTitle(line string) (serverGroup, bool) {
	title, colon := strings.CutSuffix(line, ":")
	switch {
	case strings.EqualFold(title+":", directoryTitle):
		return groupDirectory, true
	case strings.EqualFold(title+":", syslogTitle):
		return groupSyslog, true
	}
	return groupNone, colon && !strings.ContainsFunc(title, unicode.IsDigit)
}
