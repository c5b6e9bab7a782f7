package firewall

import (
	"fmt"
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
	e := fw.faults.effects()
	for _, s := range fw.senders {
		if !s.used(e) || !keep(s) {
			continue
		}
		block := panos.SenderState{
			Name: s.Name, VSys: s.vsys(e), Address: s.Address,
			LogMessages: s.logMessages, AuthSuccess: s.authSuccess,
		}
		if s.connection(e) == panos.SSL {
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
	e := fw.faults.effects()
	if _, door := fw.door(e); door.disabled(transport) {
		return panos.ServiceDisabled
	}
	return e.service(transport)
}

// Statistics is the answer to "show user server-monitor statistics". An SSL sender is
// "Connected" while it has a connection (inferred from the word), a UDP sender always
// "N/A". On a passive unit none is connected.
func (fw *Firewall) Statistics() panos.ServerMonitorStatistics {
	return fw.statistics(func(*sender) bool { return true })
}

func (fw *Firewall) statistics(keep func(*sender) bool) panos.ServerMonitorStatistics {
	fw.mu.Lock()
	defer fw.mu.Unlock()
	var statistics panos.ServerMonitorStatistics
	e := fw.faults.effects()
	for _, s := range fw.senders {
		if !s.used(e) || !keep(s) {
			continue
		}
		row := panos.ServerStatus{Name: s.Name, Type: "UDP", Host: s.Address.String(), VSys: s.vsys(e), Status: "N/A"}
		if s.connection(e) == panos.SSL {
			row.Type, row.Status = "SSL", "Not connected"
			if s.connections.Active > 0 && !fw.ha(e).passive() {
				row.Status = "Connected"
			}
		}
		statistics.Syslog = append(statistics.Syslog, row)
	}
	return statistics
}

// Mappings is a table of addresses and users, by address. What is on the management plane
// is on the data plane after Config.DataplaneDelay.
func (fw *Firewall) Mappings(table panos.Table) []panos.Mapping {
	return fw.list(table, func(*mapping) bool { return true })
}

func (fw *Firewall) list(table panos.Table, keep func(*mapping) bool) []panos.Mapping {
	delay := fw.config.DataplaneDelay
	if late := fw.faults.effects().dataplaneDelay; late != nil {
		delay = *late
	}
	fw.mu.Lock()
	ended := fw.expire()
	now := fw.config.Now()
	found := fw.mappings.list(now, func(m *mapping) bool {
		late := table == panos.DataPlane && now.Sub(m.mapped) < delay
		return !late && !m.cleared[table] && keep(m)
	})
	fw.mu.Unlock()
	fw.noteAll(ended)
	return found
}

// clear takes mappings out of one table: they are gone when they are in none.
func (fw *Firewall) clear(table panos.Table, keep func(*mapping) bool) {
	fw.mu.Lock()
	events := fw.expire()
	for _, m := range fw.mappings.clear(table, keep) {
		events = append(events, removed(m.place, m.user, "cleared"))
	}
	fw.mu.Unlock()
	fw.noteAll(events)
}

func (fw *Firewall) noteAll(events []happening) {
	for _, event := range events {
		fw.note(event.kind, event.fields)
	}
}

// SystemInfo is the answer to "show system info". Its model says that this is no real
// firewall.
func (fw *Firewall) SystemInfo() panos.SystemInfo {
	info := panos.SystemInfo{
		Hostname: fw.config.Hostname, Serial: "000000000000", Model: "uidprobe-simulator",
		Version: fw.config.Version, Time: fw.config.Now().Format(time.ANSIC),
	}
	e := fw.faults.effects()
	for _, s := range fw.senders {
		info.MultiVSys = info.MultiVSys || s.vsys(e) != defaultVSys
	}
	return info
}

// answer is the answer to a command: exactly one field is set.
type answer struct {
	state      *panos.ServerMonitorState
	statistics *panos.ServerMonitorStatistics
	mappings   *[]panos.Mapping
	info       *panos.SystemInfo
	ha         *panos.HighAvailability
	plain      []byte // as the CLI prints it
}

// NoServerError is the answer to a question about a server-monitor entry that is not
// there.
type NoServerError struct{ Name string }

func (e NoServerError) Error() string { return fmt.Sprintf("no server-monitor entry %q", e.Name) }
