package firewall

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// ask answers a command; vsys narrows it to one virtual system, empty to none.
func (fw *Firewall) ask(ctx context.Context, command panos.Command, vsys string) (answer, error) {
	e := fw.faults.Now()
	within := func(s *sender) bool { return vsys == "" || s.vsys(e) == vsys }
	switch command.Kind {
	case panos.KindState:
		name, all := command.Argument, command.Argument == panos.AllServers
		state := fw.state(func(s *sender) bool { return within(s) && (all || s.Name == name) })
		if !all && len(state.Senders) == 0 {
			return answer{}, fw.noSender(name)
		}
		return answer{state: &state}, nil
	case panos.KindStatistics:
		statistics := fw.statistics(ctx, vsys)
		return answer{statistics: &statistics}, nil
	case panos.KindSystemInfo:
		info := fw.SystemInfo()
		return answer{info: &info}, nil
	case panos.KindClock:
		clock := fw.Clock()
		return answer{clock: &clock}, nil
	case panos.KindHAState, panos.KindHAAll:
		ha := fw.HighAvailability()
		return answer{ha: &ha}, nil
	case panos.KindAgentState, panos.KindAgentStatistics:
		return answer{plain: panos.AppendAgents(nil, nil)}, nil
	case panos.KindServiceStatus:
		return answer{plain: panos.AppendServiceStatus(nil, "down")}, nil // it redistributes nothing
	}
	return fw.askTable(command, vsys)
}

// noSender says why there is nothing to tell of an entry.
func (fw *Firewall) noSender(name string) error {
	if slices.ContainsFunc(fw.config.Servers, func(s MonitoredServer) bool { return s.Name == name }) {
		return fmt.Errorf("the state of the directory server %q is not simulated: nobody has published what is printed", name)
	}
	return NoServerError{name}
}

// tables are the commands about a table of mappings.
var tables = map[panos.Kind]panos.Table{
	panos.KindMapping: panos.DataPlane, panos.KindMappingMP: panos.ManagementPlane,
	panos.KindMappings: panos.DataPlane, panos.KindMappingsMP: panos.ManagementPlane,
	panos.KindMappingsOf: panos.DataPlane, panos.KindMappingsMPOf: panos.ManagementPlane,
	panos.KindClear: panos.DataPlane, panos.KindClearMP: panos.ManagementPlane,
	panos.KindClearAll: panos.DataPlane, panos.KindClearAllMP: panos.ManagementPlane,
}

func (fw *Firewall) askTable(command panos.Command, vsys string) (answer, error) {
	table, known := tables[command.Kind]
	if !known {
		return answer{}, fmt.Errorf("command %q is not simulated", command.Kind)
	}
	keep := func(m *mapping) bool { return (vsys == "" || m.vsys == vsys) && selects(command, m) }
	if command.Changes() {
		fw.clear(table, keep)
		return answer{plain: []byte{}}, nil // what a firewall prints then is not known
	}
	found := fw.list(table, keep)
	return answer{mappings: &found}, nil
}

// selects says whether the argument of a command means a mapping.
func selects(command panos.Command, m *mapping) bool {
	switch command.Kind {
	case panos.KindMappingsOf, panos.KindMappingsMPOf:
		return strings.EqualFold(m.from, command.Argument)
	case panos.KindMapping, panos.KindMappingMP, panos.KindClear, panos.KindClearMP:
		address, err := netip.ParseAddr(command.Argument)
		return err == nil && m.address == address
	}
	return true
}

// text is the answer as the CLI prints it.
func (a answer) text() []byte {
	switch {
	case a.state != nil:
		return a.state.AppendText(nil)
	case a.statistics != nil:
		return a.statistics.AppendText(nil)
	case a.mappings != nil:
		return panos.AppendMappings(nil, *a.mappings, panos.AddressWide)
	case a.info != nil:
		return a.info.AppendText(nil)
	case a.ha != nil:
		return a.ha.AppendText(nil)
	case a.clock != nil:
		return a.clock.AppendText(nil)
	}
	return a.plain
}

// xml is the answer as the XML API gives it.
func (a answer) xml() []byte {
	switch {
	case a.mappings != nil:
		return panos.AppendMappingsAnswer(nil, *a.mappings)
	case a.info != nil:
		return panos.AppendSystemInfoAnswer(nil, *a.info)
	case a.ha != nil:
		return panos.AppendHighAvailabilityAnswer(nil, *a.ha)
	case a.clock != nil:
		return panos.AppendClockAnswer(nil, *a.clock)
	}
	return panos.AppendTextAnswer(nil, a.text())
}

// CLI answers a command as it is typed at the firewall: "show user server-monitor state
// all", "… state NAME", "show user server-monitor statistics", "show user ip-user-mapping
// all", "… all type SOURCE", "… ip ADDRESS", the same of ip-user-mapping-mp, "clear
// user-cache" and "… user-cache-mp" with "all" or "ip ADDRESS", "show high-availability state"
// and "… all", "show system info", "show clock", "show user user-id-agent state all" and "…
// statistics", "show user user-id-service status", and panos.LogCommand: the log, after the
// directory servers were asked once more. The error names what is not known of the command.
// Faults of the API do not touch it.
func (fw *Firewall) CLI(command string) (string, error) {
	if strings.Join(strings.Fields(command), " ") == panos.LogCommand {
		fw.directoryStatus(fw.life, "")
		return fw.Log(), nil
	}
	parsed, err := panos.ParseCLI(command)
	if err != nil {
		return "", err
	}
	a, err := fw.ask(fw.life, parsed, "")
	if err != nil {
		return "", err
	}
	return string(a.text()), nil
}
