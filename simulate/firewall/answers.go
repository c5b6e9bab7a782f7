package firewall

import (
	"context"
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
	e := fw.faults.Now()
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
	e := fw.faults.Now()
	if _, door := fw.door(e); door.disabled(transport) {
		return panos.ServiceDisabled
	}
	return e.service(transport)
}

// Statistics is the answer to "show user server-monitor statistics". An SSL sender is
// "Connected" while it has a connection (inferred from the word), a UDP sender always
// "N/A". On a passive unit none is connected. The directory servers are asked first, which takes as
// long as that takes.
func (fw *Firewall) Statistics() panos.ServerMonitorStatistics {
	return fw.statistics(fw.life, "")
}

// statistics is narrowed to a virtual system; empty is none.
func (fw *Firewall) statistics(ctx context.Context, vsys string) panos.ServerMonitorStatistics {
	statistics := panos.ServerMonitorStatistics{Directory: fw.directoryStatus(ctx, vsys)}
	fw.mu.Lock()
	defer fw.mu.Unlock()
	e := fw.faults.Now()
	for _, s := range fw.senders {
		if !s.used(e) || vsys != "" && s.vsys(e) != vsys {
			continue
		}
		row := panos.ServerStatus{Name: s.Name, Type: "UDP", Host: s.Address.String(), VSys: s.vsys(e), Status: panos.StatusNotAvailable}
		if s.connection(e) == panos.SSL {
			row.Type, row.Status = "SSL", panos.StatusNotConnected
			if s.connections.Active > 0 && !fw.ha(e).passive() {
				row.Status = panos.StatusConnected
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
	if late := fw.faults.Now().dataplaneDelay; late != nil {
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
		Version: fw.config.Version, Time: fw.now().Format(time.ANSIC),
	}
	e := fw.faults.Now()
	for _, s := range fw.senders {
		info.MultiVSys = info.MultiVSys || s.vsys(e) != defaultVSys
	}
	return info
}

// Clock is the answer to "show clock".
func (fw *Firewall) Clock() panos.Clock { return panos.ClockAt(fw.now()) }

// answer is the answer to a command: exactly one field is set.
type answer struct {
	state      *panos.ServerMonitorState
	statistics *panos.ServerMonitorStatistics
	mappings   *[]panos.Mapping
	info       *panos.SystemInfo
	ha         *panos.HighAvailability
	clock      *panos.Clock
	plain      []byte // as the CLI prints it
}

// NoServerError is the answer to a question about a server-monitor entry that is not
// there.
type NoServerError struct{ Name string }

func (e NoServerError) Error() string { return fmt.Sprintf("no server-monitor entry %q", e.Name) }
