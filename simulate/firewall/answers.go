package firewall

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// State is the answer to "show user server-monitor state all".
func (fw *Firewall) State() panos.ServerMonitorState {
	return fw.state(func(*sender) bool { return true })
}

func (fw *Firewall) state(keep func(*sender) bool) panos.ServerMonitorState {
	state := panos.ServerMonitorState{UDP: fw.service(panos.UDP), SSL: fw.service(panos.SSL)}
	fw.mu.Lock()
	defer fw.mu.Unlock()
	for _, s := range fw.senders {
		if s.Disabled || !keep(s) {
			continue
		}
		block := panos.SenderState{
			Name: s.Name, VSys: s.VSys, Address: s.Address,
			LogMessages: s.logMessages, AuthSuccess: s.authSuccess,
		}
		if s.Connection == panos.SSL {
			connections := s.connections
			block.Connections = &connections
		}
		state.Senders = append(state.Senders, block)
	}
	return state
}

// service is what the firewall says of a listener. One that is not configured is disabled.
func (fw *Firewall) service(transport panos.ConnectionType) panos.ListenerService {
	if transport == panos.UDP && fw.udp == nil || transport == panos.SSL && fw.ssl == nil {
		return panos.ServiceDisabled
	}
	return fw.faults.effects().service(transport)
}

// Statistics is the answer to "show user server-monitor statistics". An SSL sender is
// "Connected" while it has a connection (inferred from the word), a UDP sender always
// "N/A".
func (fw *Firewall) Statistics() panos.ServerMonitorStatistics {
	return fw.statistics(func(*sender) bool { return true })
}

func (fw *Firewall) statistics(keep func(*sender) bool) panos.ServerMonitorStatistics {
	fw.mu.Lock()
	defer fw.mu.Unlock()
	var statistics panos.ServerMonitorStatistics
	for _, s := range fw.senders {
		if s.Disabled || !keep(s) {
			continue
		}
		row := panos.ServerStatus{Name: s.Name, Type: "UDP", Host: s.Address.String(), VSys: s.VSys, Status: "N/A"}
		if s.Connection == panos.SSL {
			row.Type, row.Status = "SSL", "Not connected"
			if s.connections.Active > 0 {
				row.Status = "Connected"
			}
		}
		statistics.Syslog = append(statistics.Syslog, row)
	}
	return statistics
}

// Mappings is a table of addresses and users, by address. Both tables hold the same: a
// mapping is on the data plane without delay.
func (fw *Firewall) Mappings(panos.Table) []panos.Mapping {
	return fw.list(func(place) bool { return true })
}

func (fw *Firewall) list(keep func(place) bool) []panos.Mapping {
	fw.mu.Lock()
	ended := fw.expire()
	found := fw.mappings.list(fw.config.Now(), keep)
	fw.mu.Unlock()
	for _, event := range ended {
		fw.note(event.kind, event.fields)
	}
	return found
}

// SystemInfo is the answer to "show system info". Its model says that this is no real
// firewall.
func (fw *Firewall) SystemInfo() panos.SystemInfo {
	info := panos.SystemInfo{
		Hostname: fw.config.Hostname, Serial: "000000000000", Model: "uidprobe-simulator",
		Version: fw.config.Version, Time: fw.config.Now().Format(time.ANSIC),
	}
	for _, s := range fw.senders {
		info.MultiVSys = info.MultiVSys || s.VSys != fw.senders[0].VSys
	}
	return info
}

// answer is the answer to a command: exactly one field is set.
type answer struct {
	state      *panos.ServerMonitorState
	statistics *panos.ServerMonitorStatistics
	mappings   *[]panos.Mapping
	info       *panos.SystemInfo
}

// NoServerError is the answer to a question about a server-monitor entry that is not
// there.
type NoServerError struct{ Name string }

func (e NoServerError) Error() string { return fmt.Sprintf("no server-monitor entry %q", e.Name) }

// ask answers a command; vsys narrows it to one virtual system, empty to none.
func (fw *Firewall) ask(command panos.Command, vsys string) (answer, error) {
	within := func(s *sender) bool { return vsys == "" || s.VSys == vsys }
	switch command.Kind {
	case panos.KindState:
		name, all := command.Argument, command.Argument == panos.AllServers
		state := fw.state(func(s *sender) bool { return within(s) && (all || s.Name == name) })
		if !all && len(state.Senders) == 0 {
			return answer{}, NoServerError{name}
		}
		return answer{state: &state}, nil
	case panos.KindStatistics:
		statistics := fw.statistics(within)
		return answer{statistics: &statistics}, nil
	case panos.KindMappings, panos.KindMappingsMP, panos.KindMapping, panos.KindMappingMP:
		address, _ := netip.ParseAddr(command.Argument)
		found := fw.list(func(at place) bool {
			return (vsys == "" || at.vsys == vsys) && (command.Argument == "" || at.address == address)
		})
		return answer{mappings: &found}, nil
	case panos.KindSystemInfo:
		info := fw.SystemInfo()
		return answer{info: &info}, nil
	}
	return answer{}, fmt.Errorf("command %q is not simulated", command.Kind)
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
	default:
		return a.info.AppendText(nil)
	}
}

// xml is the answer as the XML API gives it.
func (a answer) xml() []byte {
	switch {
	case a.mappings != nil:
		return panos.AppendMappingsAnswer(nil, *a.mappings)
	case a.info != nil:
		return panos.AppendSystemInfoAnswer(nil, *a.info)
	}
	return panos.AppendTextAnswer(nil, a.text())
}

// CLI answers a command as it is typed at the firewall: "show user server-monitor state
// all", "… state NAME", "show user server-monitor statistics", "show user ip-user-mapping
// all", "… ip ADDRESS", the same of ip-user-mapping-mp, "show system info". The error names
// what is not known of the command. Faults of the API do not touch it.
func (fw *Firewall) CLI(command string) (string, error) {
	parsed, err := panos.ParseCLI(command)
	if err != nil {
		return "", err
	}
	a, err := fw.ask(parsed, "")
	if err != nil {
		return "", err
	}
	return string(a.text()), nil
}
