package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// MonitoredServer is a server-monitor entry of a directory server, which the firewall asks for
// logins.
type MonitoredServer struct {
	Name string // as shown; may hold blanks
	Host string // Network Address: an address or, as Kerberos needs it, a full name
	Type string // in the table: TypeAD, TypeExchange; empty means TypeAD
	VSys string // of the entry; empty means vsys1
	// Transport is how it is asked: WinRMHTTP, WinRMHTTPS or WMI; empty means WMI, the schema's
	// default.
	Transport string
}

// The types and transports of directory servers.
const (
	TypeAD       = "AD"
	TypeExchange = "Exchange"

	WinRMHTTP  = "winrm-http"
	WinRMHTTPS = "winrm-https"
	WMI        = "wmi"
)

// configTransports are the transports as the configuration has them (schema, 10.0.5).
var configTransports = map[string]string{WinRMHTTP: "WinRM-HTTP", WinRMHTTPS: "WinRM-HTTPS", WMI: "WMI"}

// ServerState is what became of an attempt to ask a directory server.
type ServerState struct {
	Status string   // as printed: panos.StatusConnected, panos.StatusKerberosError, …
	Log    []string // what is logged with it: lines without their time
}

// StateFunc finds out in which state a directory server is. now is the firewall's clock, which a
// fault may have put off. It ends with ctx, and may be called for several servers at once.
type StateFunc func(ctx context.Context, server MonitoredServer, now func() time.Time) ServerState

// These bound the time for which a reader waits for the servers: a person at the CLI as long as a
// log-in takes, the XML API, where a firewall shows what it knows, much shorter.
const (
	monitorPatience = 30 * time.Second
	apiPatience     = 2 * time.Second
)

// maxLogLines bounds the log: older lines are forgotten.
const maxLogLines = 1000

// monitor is what the firewall knows of its directory servers.
type monitor struct {
	mu   sync.Mutex // guards what follows
	log  []panos.LogLine
	last map[string]string // the last status of each server that was found out
}

// known returns the status of a server as it was last found out.
func (m *monitor) known(server string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return cmp.Or(m.last[server], panos.StatusNotConnected)
}

func (m *monitor) learn(server, status string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		m.last = map[string]string{}
	}
	m.last[server] = status
}

func (m *monitor) add(at time.Time, texts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, text := range texts {
		m.log = append(m.log, panos.LogLine{At: at, Text: text})
	}
	if extra := len(m.log) - maxLogLines; extra > 0 {
		m.log = slices.Delete(m.log, 0, extra)
	}
}

// now is the firewall's clock.
func (fw *Firewall) now() time.Time { return fw.config.Now().Add(fw.faults.Now().clockOff) }

// directoryStatus asks the servers of a virtual system, all at once, and notes what they lead to
// in the log. A passive unit asks none (that it shows them as not connected is documented).
func (fw *Firewall) directoryStatus(ctx context.Context, vsys string) []panos.ServerStatus {
	var rows []panos.ServerStatus
	var servers []MonitoredServer
	for _, s := range fw.config.Servers {
		if vsys == "" || s.VSys == vsys {
			servers = append(servers, s)
			rows = append(rows, panos.ServerStatus{Name: s.Name, Type: s.Type, Host: s.Host, VSys: s.VSys, Status: panos.StatusNotConnected})
		}
	}
	if fw.ha(fw.faults.Now()).passive() {
		return rows
	}
	ctx, cancel := context.WithTimeout(ctx, monitorPatience)
	defer cancel()
	states, late := make([]ServerState, len(servers)), make([]bool, len(servers))
	var asking sync.WaitGroup
	for i, s := range servers {
		asking.Go(func() {
			states[i] = fw.config.State(ctx, s, fw.now)
			late[i] = ctx.Err() != nil // what was cut off says nothing
		})
	}
	asking.Wait()
	for i, state := range states { // in the order of the table, whoever answered first
		if late[i] {
			rows[i].Status = fw.monitor.known(rows[i].Name)
			continue
		}
		fw.monitor.learn(rows[i].Name, state.Status)
		fw.monitor.add(fw.now(), state.Log)
		fw.note(KindServerState, map[string]any{"server": rows[i].Name, "status": state.Status, "log": state.Log})
		rows[i].Status = state.Status
	}
	return rows
}

// Log is the log of the User-ID process so far, of which the last lines are kept. It holds what
// the directory servers led to, and nothing else that a firewall logs there.
func (fw *Firewall) Log() string {
	fw.monitor.mu.Lock()
	defer fw.monitor.mu.Unlock()
	var text []byte
	for _, line := range fw.monitor.log {
		text = line.AppendText(text)
	}
	return string(text)
}

func (s MonitoredServer) withDefaults() MonitoredServer {
	s.Type, s.VSys, s.Transport = cmp.Or(s.Type, TypeAD), cmp.Or(s.VSys, defaultVSys), cmp.Or(s.Transport, WMI)
	return s
}

// validateServers reports every mistake; the names of senders are taken.
func (c Config) validateServers(names map[string]bool) (errs []error) {
	if len(c.Servers) > 0 && c.State == nil {
		errs = append(errs, errors.New("there are directory servers, and no function that tells their state"))
	}
	for i, s := range c.Servers {
		switch {
		case s.Name == "":
			errs = append(errs, fmt.Errorf("server %d has no name", i+1))
		case names[s.Name]:
			errs = append(errs, fmt.Errorf("server %q: the name is there twice", s.Name))
		}
		names[s.Name] = true
		if s.Host == "" {
			errs = append(errs, fmt.Errorf("server %q has no host", s.Name))
		}
		if s.Type != TypeAD && s.Type != TypeExchange {
			errs = append(errs, fmt.Errorf("server %q: type %q is not one of %s, %s", s.Name, s.Type, TypeAD, TypeExchange))
		}
		if configTransports[s.Transport] == "" {
			errs = append(errs, fmt.Errorf("server %q: transport %q is not one of %s, %s, %s", s.Name, s.Transport, WinRMHTTP, WinRMHTTPS, WMI))
		}
	}
	return errs
}

// element is the entry in the configuration.
func (s MonitoredServer) element() panos.Element {
	kind := "active-directory"
	if s.Type == TypeExchange {
		kind = "exchange"
	}
	return named(s.Name, leaf("disabled", "no"), node(kind, leaf("type", configTransports[s.Transport]), leaf("host", s.Host)))
}
