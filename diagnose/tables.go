package diagnose

import (
	"regexp"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/symptom"
)

// statistics is "show user server-monitor statistics": a title, a head, a rule, rows.
type statistics struct{ title, head string }

func isTableHead(line string) bool {
	words := strings.Fields(line)
	return len(words) >= 4 && words[0] == "Name" && words[len(words)-1] == "Status" && strings.Contains(line, "Vsys")
}

// line hands head and row to the reader of whole tables, which knows how rows get out of step.
func (s *statistics) line(p *parser, line string) bool {
	trimmed := strings.TrimSpace(line)
	switch {
	case strings.EqualFold(trimmed, "Directory Servers:"), strings.EqualFold(trimmed, "Syslog Servers:"):
		s.title, s.head = trimmed, ""
		return true
	case isTableHead(trimmed):
		s.head = line
		return true
	case strings.Trim(trimmed, "-= ") == "":
		return true
	case s.head == "":
		return false
	}
	table, err := panos.ParseServerMonitorStatistics([]byte(s.title + "\n" + s.head + "\n" + line))
	if err != nil {
		return false
	}
	for _, row := range table.Directory {
		if !strings.HasPrefix(row.VSys, "vsys") {
			return false
		}
		p.directoryServer(row)
	}
	for _, row := range table.Syslog {
		if !strings.HasPrefix(row.VSys, "vsys") {
			return false
		}
		p.sender(row)
	}
	return len(table.Directory)+len(table.Syslog) > 0
}

func (s *statistics) end(*parser) {}

func (p *parser) directoryServer(row panos.ServerStatus) {
	who := subject{kind: atServer, name: row.Name, host: row.Host, vsys: row.VSys}
	if s, ok := symptom.DirectoryStatus(row.Status); ok {
		p.see(seen{subject: who, id: s.ID, symptom: &s})
		return
	}
	p.see(seen{subject: who, id: "server.status.unlisted", what: sprintf(
		"the status is %q, which is not in the table", "状態は %q で、一覧にありません", clipped(row.Status))})
}

func (p *parser) sender(row panos.ServerStatus) {
	who := subject{kind: atSender, name: row.Name, host: row.Host, vsys: row.VSys, ssl: strings.EqualFold(row.Type, "SSL")}
	s, ok := symptom.SyslogStatus(row.Status)
	if !ok {
		p.see(seen{subject: who, id: "syslog.status.unlisted", what: sprintf(
			"the status is %q, which is not in the table", "状態は %q で、一覧にありません", clipped(row.Status))})
		return
	}
	p.see(seen{subject: who, id: s.ID, symptom: &s})
}

// state is "show user server-monitor state": the two listeners, and a block a server.
type state struct{ block []string }

// maxBlock bounds the lines of a block; the known ones have five.
const maxBlock = 40

var listenerLine = regexp.MustCompile(`^(UDP|SSL) Syslog Listener Service is (\w+)$`)

func (s *state) line(p *parser, line string) bool {
	trimmed := strings.TrimSpace(line)
	if m := listenerLine.FindStringSubmatch(trimmed); m != nil {
		s.end(p)
		who := subject{kind: atListener, name: m[1] + " listener", ssl: m[1] == "SSL"}
		return p.bySymptoms(trimmed, who, []string{"syslog.listener.enabled", "syslog.listener.disabled"})
	}
	if strings.HasPrefix(trimmed, "Proxy:") {
		s.end(p)
		s.block = []string{trimmed}
		return true
	}
	if len(s.block) == 0 || len(s.block) == maxBlock || !strings.Contains(trimmed, ":") {
		return false
	}
	s.block = append(s.block, trimmed)
	return true
}

// end reads the block. One that broke off is passed over: its missing counters could be any.
func (s *state) end(p *parser) {
	if len(s.block) == 0 {
		return
	}
	read, err := panos.ParseServerMonitorState([]byte(strings.Join(s.block, "\n")))
	block := s.block
	s.block = nil
	if err != nil {
		p.file.notes = append(p.file.notes, "the block before line "+itoa(p.number)+" was not read: "+err.Error())
		return
	}
	for _, sender := range read.Senders {
		p.counters(sender, block)
	}
}

// counters notes which counters stand at zero: that nothing came at all explains that nothing
// matched.
func (p *parser) counters(sender panos.SenderState, block []string) {
	who := subject{kind: atSender, name: sender.Name, host: sender.Address.String(), vsys: sender.VSys, ssl: sender.Connections != nil}
	saved := p.raw
	defer func() { p.raw = saved }()
	note := func(id, counter string) {
		p.raw = block[0]
		for _, line := range block {
			if strings.Contains(line, counter) {
				p.raw = line
			}
		}
		if s := p.seeID(who, id); s != nil && s.context == nil {
			s.context = []string{shown(block[0])}
		}
	}
	if c := sender.Connections; c != nil {
		if c.Total == 0 {
			note("syslog.counters.no-connections-made", panos.CounterTotalConnections)
		}
		if c.Active == 0 {
			note("syslog.counters.no-active-connections", panos.CounterActiveConnections)
		}
	}
	switch {
	case sender.LogMessages == 0:
		note("syslog.counters.no-log-messages", panos.CounterLogMessages)
	case sender.AuthSuccess == 0:
		note("syslog.counters.no-auth-success", panos.CounterAuthSuccess)
	default:
		p.see(seen{subject: who, id: "syslog.counters", what: sprintf(
			"%d messages came, %d of them matched", "%d 件を受信し、うち %d 件が一致しました", sender.LogMessages, sender.AuthSuccess)})
	}
}

// ha is "show high-availability all" or "… state".
type ha struct{ local, told bool }

// haSeen is what the texts of one file say of the unit.
type haSeen struct{ told, passive bool }

var haGroup = regexp.MustCompile(`^Group \d+:$`)

func (h *ha) line(p *parser, line string) bool {
	trimmed := strings.TrimSpace(line)
	label, _, labelled := strings.Cut(trimmed, ":")
	switch {
	case strings.EqualFold(strings.TrimRight(trimmed, "."), "HA not enabled"):
		p.file.ha.told = true
		return true
	case !labelled:
		return false
	case label == "Local Information":
		h.local = true
	case label == "Peer Information":
		h.local = false
	case label == "State" && h.local && !h.told:
		h.told = true
		unit, err := panos.ParseHighAvailability([]byte("Local Information:\n" + trimmed))
		if err == nil {
			p.unit(unit)
		}
	}
	return true
}

func (h *ha) end(*parser) {}

func (p *parser) unit(unit panos.HighAvailability) {
	p.file.ha.told = true
	who := subject{kind: atUnit, name: "this unit"}
	if unit.Passive() {
		p.file.ha.passive = true
		p.seeID(who, "ha.passive")
		return
	}
	p.see(seen{subject: who, id: "ha.state", what: sprintf("the state of this unit is %q", "この機器の状態は %q です", clipped(unit.LocalState))})
}
