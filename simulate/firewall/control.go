package firewall

import (
	"context"
	"net/netip"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate"
)

// StartControl starts the control API of the firewall on an address of its own: its record,
// mappings and faults, and a reset. listen is "127.0.0.1:0", which empty means as well. Whoever
// starts it closes it, before the firewall.
func (fw *Firewall) StartControl(ctx context.Context, listen string) (*simulate.Control, error) {
	return simulate.StartControl(ctx, simulate.ControlConfig{
		Listen:   listen,
		Record:   fw.Record(),
		Faults:   fw.Faults(),
		Mappings: func() any { return fw.mappingRows() },
		Reset:    fw.Reset,
		Log:      fw.config.Log,
	})
}

// Reset puts every counter to zero and forgets every mapping. Open connections stay, and
// are still counted as active. Faults and record are left alone.
func (fw *Firewall) Reset() {
	fw.mu.Lock()
	defer fw.mu.Unlock()
	for _, s := range fw.senders {
		s.reset()
	}
	fw.mappings = newMappings(fw.mappings.limit)
}

// reset puts the counters to zero, but for the connections that are open. It must be called
// under the firewall's lock.
func (s *sender) reset() {
	s.logMessages, s.authSuccess = 0, 0
	s.connections.Total = s.connections.Active
}

// mappingRow is a mapping as the control API tells it: with the words of the configuration
// and numbers in seconds.
type mappingRow struct {
	Address   netip.Addr `json:"address"`
	VSys      string     `json:"vsys"`
	User      string     `json:"user"`
	From      string     `json:"from"`
	Seconds   float64    `json:"seconds"`    // until it times out; -1: never
	DataPlane bool       `json:"data_plane"` // whether policy would see it already
}

func (fw *Firewall) mappingRows() []mappingRow {
	type key struct {
		address netip.Addr
		vsys    string
	}
	seen := map[key]bool{}
	for _, m := range fw.Mappings(panos.DataPlane) {
		seen[key{m.Address, m.VSys}] = true
	}
	rows := []mappingRow{}
	for _, m := range fw.Mappings(panos.ManagementPlane) {
		row := mappingRow{m.Address, m.VSys, m.User, m.From, m.Max.Seconds(), seen[key{m.Address, m.VSys}]}
		if m.Max == panos.Never {
			row.Seconds = -1
		}
		rows = append(rows, row)
	}
	return rows
}
