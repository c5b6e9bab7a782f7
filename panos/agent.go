package panos

import (
	"bytes"
	"fmt"
	"strings"
)

// Agent is one User-ID agent or redistribution agent that a firewall takes mappings from.
// A mapping that no syslog message explains may come from one.
type Agent struct {
	Name   string
	VSys   string // empty if not told
	Host   string // as printed
	Status string // as printed; "" if the answer has none
}

const (
	agentWord = "Agent:"
	noAgents  = "no user-id agent agents" // as a public inventory script looks for it
)

// AppendAgents appends what "show user user-id-agent state all" prints. The line that
// begins a block and that of the status are those of a public inventory script; the text
// for no agent is known only as far as that script looks for it.
func AppendAgents(dst []byte, agents []Agent) []byte {
	if len(agents) == 0 {
		return append(dst, noAgents+"\n"...)
	}
	for i, a := range agents {
		if i > 0 {
			dst = append(dst, '\n')
		}
		dst = fmt.Appendf(dst, "%s %s", agentWord, a.Name)
		if a.VSys != "" {
			dst = fmt.Appendf(dst, "%s %s)", vsysWord, a.VSys)
		}
		dst = fmt.Appendf(dst, "     %s %s\n", hostWord, a.Host)
		if a.Status != "" {
			dst = fmt.Appendf(dst, "  %-50s: %s\n", "Status", a.Status)
		}
	}
	return dst
}

// ParseAgents reads what "show user user-id-agent state all" prints. No agent at all is no
// error if the text says so. Lines other than those that begin a block and the status are
// passed over.
func ParseAgents(text []byte) (agents []Agent, err error) {
	found := false
	for _, line := range lines(text) {
		line = strings.TrimSpace(line)
		if strings.Contains(strings.ToLower(line), noAgents) {
			found = true
			continue
		}
		if rest, ok := strings.CutPrefix(line, agentWord); ok {
			a, err := parseAgentLine(rest)
			if err != nil {
				return nil, fmt.Errorf("agents: %w", err)
			}
			agents, found = append(agents, a), true
			continue
		}
		label, value, ok := strings.Cut(line, ":")
		if ok && len(agents) > 0 && strings.TrimSpace(label) == "Status" {
			first(&agents[len(agents)-1].Status, strings.TrimSpace(value))
		}
	}
	if !found {
		return nil, notThere("agents", fmt.Sprintf("%q or a line such as %q", noAgents, "Agent: NAME(vsys: vsys1) Host: …"), text)
	}
	return agents, nil
}

// parseAgentLine reads NAME(vsys: VSYS) Host: HOST; a name may hold blanks.
func parseAgentLine(line string) (a Agent, err error) {
	left, host, ok := strings.Cut(line, hostWord)
	a.Host = strings.TrimSpace(host)
	a.Name = strings.TrimSpace(left)
	if name, vsys, inside := cutParenthesis(left, vsysWord); inside {
		a.Name, a.VSys = name, vsys
	}
	if !ok || a.Name == "" {
		return Agent{}, fmt.Errorf("%q is not of the form \"Agent: NAME(vsys: VSYS) Host: HOST\"", clip(oneBlank(agentWord+line), excerptLength))
	}
	return a, nil
}

// Agents reads the result of "show user user-id-agent state all", which is text, and of
// the statistics and the redistribution commands, which are entries with a name (public
// inventory script; the names of their child elements are assumed).
func (r Response) Agents() (agents []Agent, err error) {
	if len(bytes.TrimSpace([]byte(r.Result.Text))) > 0 {
		return ParseAgents([]byte(r.Result.Text))
	}
	for _, entry := range r.Result.entries() {
		a := Agent{Name: entry.entryName()}
		if a.Name == "" {
			return nil, fmt.Errorf("agents: entry %d has no name", len(agents)+1)
		}
		a.VSys, _ = entry.field("vsys")
		a.Host, _ = entry.field("host", "address", "ip", "ip-address")
		a.Status, _ = entry.field("status", "state", "connection-status")
		agents = append(agents, a)
	}
	if agents == nil && !r.Result.empty() {
		return ParseAgents(r.Result.allText())
	}
	return agents, nil
}

// serviceLabel is what a line of the service status begins with.
const serviceLabel = "User id service"

// AppendServiceStatus appends the line of "show user user-id-service status" that public
// clients read.
func AppendServiceStatus(dst []byte, status string) []byte {
	return appendLabelled(dst, "", serviceLabel, status)
}

// ParseServiceStatus reads "up" or "down" from "show user user-id-service status": whether
// this firewall gives its mappings to others. Any other word is kept, in lower case.
func ParseServiceStatus(text []byte) (status string, err error) {
	for _, line := range lines(text) {
		label, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && strings.EqualFold(oneBlank(label), serviceLabel) && strings.TrimSpace(value) != "" {
			return strings.ToLower(oneBlank(value)), nil
		}
	}
	return "", notThere("user-id service status", `a line such as "User id service: up"`, text)
}
