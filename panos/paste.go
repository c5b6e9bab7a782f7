package panos

import (
	"errors"
	"fmt"
)

// Paste is what was found in text that a person copied from a terminal. What was not there
// is nil.
type Paste struct {
	// State holds the senders of all outputs of "show user server-monitor state", of which
	// each may be there once.
	State *ServerMonitorState
	// Statistics and HA are the last ones, where a prompt or a command stands between two.
	Statistics *ServerMonitorStatistics
	HA         *HighAvailability
	Mappings   []PastedMappings // every output, in order
}

// PastedMappings is one output of a mapping command.
type PastedMappings struct {
	// Command is the one that stood before it; the zero value if none was copied, and then
	// nobody can tell which table it is.
	Command  Command
	Mappings []Mapping
	// Said is what the firewall printed about one address, if it is not understood: nobody
	// has published its words for an address that is not mapped. Bounded, and empty
	// otherwise.
	Said string
}

// MaxPaste bounds a paste, in bytes.
const MaxPaste = MaxAnswer

// ParsePaste reads text copied from a terminal: outputs of "show user server-monitor state"
// and "… statistics", "show user ip-user-mapping" and "… -mp", "show high-availability
// state" and "… all", in any order, with or without the commands, with prompts, marks of
// the pager, and output of other commands between them.
//
// A text that holds none of them is an error that says what was looked for. So is an output
// that broke off, an answer to one of the commands that is not understood (but see Said),
// and a sender that is there twice: nobody could say which of its counters are meant.
func ParsePaste(text []byte) (Paste, error) {
	if len(text) > MaxPaste {
		return Paste{}, fmt.Errorf("paste of %d bytes: more than %d", len(text), MaxPaste)
	}
	p := pasteParser{senders: map[pastedSender]bool{}}
	found := false
	for _, s := range pasteSections(text) {
		if s.topic == topicNone || s.empty() {
			continue
		}
		found = true
		if err := p.take(s); err != nil {
			return Paste{}, fmt.Errorf("line %d: %w", s.line, err)
		}
	}
	if !found {
		return Paste{}, notThere("paste",
			`the output of "show user server-monitor state all", "… statistics", "show user ip-user-mapping …" or "show high-availability state"`, text)
	}
	return p.paste, nil
}

// pastedSender is what tells senders apart.
type pastedSender struct{ name, vsys string }

type pasteParser struct {
	paste   Paste
	senders map[pastedSender]bool
}

func (p *pasteParser) take(s pasteSection) error {
	switch s.topic {
	case topicState:
		state, err := ParseServerMonitorState(s.text())
		if err != nil {
			return err
		}
		return p.addState(state)
	case topicStatistics:
		statistics, err := ParseServerMonitorStatistics(s.text())
		p.paste.Statistics = &statistics
		return err
	case topicHA:
		ha, err := ParseHighAvailability(s.text())
		p.paste.HA = &ha
		return err
	}
	mappings, err := ParseMappings(s.text())
	pasted := PastedMappings{Command: s.command, Mappings: mappings}
	if spec, _ := specOf(s.command.Kind); err != nil && spec.argument == addressArgument && !s.anchored {
		pasted.Said, err = excerpt(s.text()), nil
	}
	p.paste.Mappings = append(p.paste.Mappings, pasted)
	return err
}

// addState puts the blocks of several outputs together.
func (p *pasteParser) addState(state ServerMonitorState) error {
	if p.paste.State == nil {
		p.paste.State = &ServerMonitorState{}
	}
	whole := p.paste.State
	if err := errors.Join(sameService(&whole.UDP, state.UDP), sameService(&whole.SSL, state.SSL)); err != nil {
		return err
	}
	for _, s := range state.Senders {
		key := pastedSender{s.Name, s.VSys}
		if p.senders[key] {
			return fmt.Errorf("server monitor state: sender %q is there twice: keep the outputs of one moment", clip(s.Name, 60))
		}
		p.senders[key] = true
	}
	whole.Senders = append(whole.Senders, state.Senders...)
	return nil
}

func sameService(have *ListenerService, got ListenerService) error {
	if *have != ServiceUnknown && got != ServiceUnknown && *have != got {
		return errors.New("server monitor state: a listener service changed from one output to the next: keep the outputs of one moment")
	}
	if got != ServiceUnknown {
		*have = got
	}
	return nil
}
