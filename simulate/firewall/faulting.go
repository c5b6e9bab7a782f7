package firewall

import (
	"net"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate"
)

func newFaults(fw *Firewall) *simulate.Effects[effects] {
	config := simulate.EffectsConfig[effects]{Changed: fw.switched, Note: fw.note}
	for _, row := range faultTable() {
		config.Rows = append(config.Rows, simulate.Effect[effects]{
			Fault: row.Fault,
			Prepare: func(values map[string]string) (func(*effects), error) {
				return row.prepare(params{fw, row.ID, values})
			},
		})
	}
	return simulate.NewEffects(config)
}

// switched makes other effects hold for what runs already: the background traffic, and
// connections that were open.
func (fw *Firewall) switched(_, is *effects) error {
	fw.background.changed()
	fw.conns.reset(func(conn net.Conn) bool {
		return fw.refuses(is, panos.SSL, sourceOf(conn).Addr()) != ""
	})
	return nil
}
