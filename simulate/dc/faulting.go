package dc

import "github.com/uidprobe/uidprobe/simulate"

func newFaults(dc *DC) *simulate.Effects[effects] {
	config := simulate.EffectsConfig[effects]{Changed: dc.switchPort, Note: dc.note}
	for _, row := range faultTable() {
		config.Rows = append(config.Rows, simulate.Effect[effects]{
			Fault:   row.Fault,
			Prepare: func(values map[string]string) (func(*effects), error) { return row.prepare(params{dc, values}) },
		})
	}
	return simulate.NewEffects(config)
}

// switchPort closes and opens the port as FaultPortClosed has it. Where another program has taken
// the port meanwhile, it stays closed, and the event fault-stopped says so.
func (dc *DC) switchPort(was, is *effects) error {
	if dc.winrm != nil {
		switch now, before := is.winrm.closed, was.winrm.closed; {
		case now && !before:
			dc.winrm.close()
		case before && !now:
			if err := dc.winrm.reopen(); err != nil {
				return err
			}
		}
	}
	switch {
	case is.closed && !was.closed:
		dc.closePort()
	case !is.closed && was.closed:
		return dc.openPort()
	}
	return nil
}
