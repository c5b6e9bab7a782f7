package firewall

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// HA is the unit's place in a pair. The zero value is a unit that stands alone.
type HA struct {
	Mode  string // ActivePassive, ActiveActive; empty means that HA is not enabled
	State string // of this unit, such as HAPassive. Empty means HAActive
	// PassiveTakes makes a passive unit count and map as an active one. What a firewall does
	// is not documented; the assumption is that it takes nothing and counts nothing.
	PassiveTakes bool
}

// Modes and states, as "show high-availability" prints them.
const (
	ActivePassive = "Active-Passive"
	ActiveActive  = "Active-Active"
	HAActive      = "active"
	HAPassive     = "passive"
)

// idle says whether the unit takes no messages. Of states other than passive nothing is
// known: they are taken for active.
func (h HA) idle() bool { return h.passive() && !h.PassiveTakes }

func (h HA) passive() bool { return h.Mode != "" && h.State == HAPassive }

func (h HA) validate() error {
	switch {
	case h.Mode != "" && !slices.Contains([]string{ActivePassive, ActiveActive}, h.Mode):
		return fmt.Errorf("HA mode %q is not one of %s, %s", h.Mode, ActivePassive, ActiveActive)
	case h.Mode == "" && h.State != "":
		return fmt.Errorf("HA state %q without a mode", h.State)
	case strings.ContainsAny(h.State, " \t\r\n"):
		return fmt.Errorf("HA state %q is not one word", h.State)
	}
	return nil
}

// ha is the unit's place while these faults run.
func (fw *Firewall) ha(e *effects) HA {
	h := fw.config.HA
	if e.passive {
		h = HA{Mode: cmp.Or(h.Mode, ActivePassive), State: HAPassive, PassiveTakes: h.PassiveTakes}
	}
	return h
}

// HighAvailability is the answer to "show high-availability state" and "… all". The peer is
// invented: the active one of a passive unit, and the other way round.
func (fw *Firewall) HighAvailability() panos.HighAvailability {
	h := fw.ha(fw.faults.Now())
	if h.Mode == "" {
		return panos.HighAvailability{}
	}
	peer := HAPassive
	if h.State == HAPassive || h.Mode == ActiveActive {
		peer = HAActive
	}
	return panos.HighAvailability{
		Enabled: true, Mode: h.Mode, LocalState: h.State, PeerState: peer, PeerConnection: "up", RunningSync: "synchronized",
	}
}
