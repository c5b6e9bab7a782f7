package panos

import "strings"

// HighAvailability is the part of "show high-availability state" that matters here. A unit
// that is passive keeps no session with directory servers: "Not connected" is normal there
// (KB article "How to troubleshoot connection errors between the PAN-OS integrated User-ID
// agent and monitored servers").
type HighAvailability struct {
	Enabled    bool   // all else is empty if not
	Mode       string // "Active-Passive"
	LocalState string // "active", "passive", "suspended", …: as printed
	PeerState  string // empty if not told
	// LocalLast and PeerLast say how long that state has lasted, as the CLI prints it: "1
	// days". The XML is read without them.
	LocalLast, PeerLast string
	PeerConnection      string // "up", "down"
	RunningSync         string // of the running configurations: "synchronized"
}

// Passive says whether this unit is the passive one of a pair.
func (h HighAvailability) Passive() bool { return h.Enabled && h.LocalState == "passive" }

const (
	haOff      = "HA not enabled"
	haGroup    = "Group "
	haLocal    = "Local Information"
	haPeer     = "Peer Information"
	haSync     = "Configuration Synchronization"
	haDuration = " (last "
)

// AppendText appends the lines of "show high-availability state" and "… all" that
// HighAvailability holds, in the order of the CLI: Group, Mode, Local Information and State
// as in the KB article, the rest as in public samples of 6.1 and later, which print the
// same for both commands. An empty field has no line.
func (h HighAvailability) AppendText(dst []byte) []byte {
	if !h.Enabled {
		return append(dst, haOff+"\n"...)
	}
	dst = append(dst, haGroup+"1:\n"...)
	dst = appendLabelled(dst, "  ", "Mode", h.Mode)
	dst = append(dst, "  "+haLocal+":\n"...)
	dst = appendLabelled(dst, "    ", "Mode", h.Mode)
	dst = appendLabelled(dst, "    ", "State", withDuration(h.LocalState, h.LocalLast))
	if h.PeerState != "" || h.PeerConnection != "" {
		dst = append(dst, "  "+haPeer+":\n"...)
		dst = appendLabelled(dst, "    ", "Connection status", h.PeerConnection)
		dst = appendLabelled(dst, "    ", "State", withDuration(h.PeerState, h.PeerLast))
	}
	if h.RunningSync != "" {
		dst = append(dst, "  "+haSync+":\n"...)
		dst = appendLabelled(dst, "    ", "Running Configuration", h.RunningSync)
	}
	return dst
}

func appendLabelled(dst []byte, indent, label, value string) []byte {
	if value == "" {
		return dst
	}
	return append(dst, indent+label+": "+value+"\n"...)
}

func withDuration(state, last string) string {
	if state == "" || last == "" {
		return state
	}
	return state + haDuration + last + ")"
}

// ParseHighAvailability reads what "show high-availability state" and "… all" print,
// whatever the indentation. A text that says neither that it is not enabled nor the state
// of this unit is an error.
func ParseHighAvailability(text []byte) (HighAvailability, error) {
	p := haParser{}
	for _, line := range lines(text) {
		p.line(strings.TrimSpace(line))
	}
	switch {
	case p.ha.LocalState != "":
		p.ha.Enabled = true
		return p.ha, nil
	case p.off:
		return HighAvailability{}, nil
	}
	return HighAvailability{}, notThere("high availability",
		`"HA not enabled", or "Local Information:" with a line "State: …"`, text)
}

// haParser takes the first line of each label in a section: further down, links and
// monitors have states of their own.
type haParser struct {
	ha      HighAvailability
	off     bool
	section string
}

func (p *haParser) line(line string) {
	if strings.EqualFold(strings.TrimRight(line, "."), haOff) {
		p.off = true
		return
	}
	label, value, ok := strings.Cut(line, ":")
	if !ok {
		return
	}
	value = strings.TrimSpace(value)
	switch label {
	case haLocal, haPeer, haSync:
		p.section = label
	case "Mode":
		if p.section != haPeer {
			first(&p.ha.Mode, value)
		}
	case "State":
		p.state(value)
	case "Connection status":
		if p.section == haPeer {
			first(&p.ha.PeerConnection, value)
		}
	case "Running Configuration":
		first(&p.ha.RunningSync, value)
	}
}

func (p *haParser) state(value string) {
	last := ""
	if state, rest, ok := strings.Cut(value, haDuration); ok {
		if inner, closed := strings.CutSuffix(rest, ")"); closed {
			value, last = strings.TrimSpace(state), strings.TrimSpace(inner)
		}
	}
	switch {
	case p.section == haLocal && p.ha.LocalState == "":
		p.ha.LocalState, p.ha.LocalLast = value, last
	case p.section == haPeer && p.ha.PeerState == "":
		p.ha.PeerState, p.ha.PeerLast = value, last
	}
}

func first(field *string, value string) {
	if *field == "" {
		*field = value
	}
}
