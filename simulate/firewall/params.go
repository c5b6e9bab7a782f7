package firewall

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/uidprobe/uidprobe/panos"
)

// params are the complete parameters of a fault that is to start.
type params struct {
	fw     *Firewall
	fault  string
	values map[string]string
}

// sender is the name of an enabled entry.
func (p params) sender() (string, error) {
	s, err := p.entry()
	if err != nil {
		return "", err
	}
	return s.Name, nil
}

// forSender prepares a fault of one entry.
func forSender(does func(e *effects, name string)) func(params) (change, error) {
	return func(p params) (change, error) {
		name, err := p.sender()
		return func(e *effects) { does(e, name) }, err
	}
}

func (p params) entry() (*sender, error) {
	name := p.values["sender"]
	var names []string
	for _, s := range p.fw.senders {
		if s.Disabled {
			continue
		}
		if name == "" || s.Name == name {
			return s, nil
		}
		names = append(names, strconv.Quote(s.Name))
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the firewall has no sender in use")
	}
	return nil, fmt.Errorf("sender: no entry %q in use; there are %s", name, strings.Join(names, ", "))
}

func (p params) transports(name string) ([]panos.ConnectionType, error) {
	switch value := p.values[name]; value {
	case "both":
		return []panos.ConnectionType{panos.UDP, panos.SSL}, nil
	case string(panos.UDP), string(panos.SSL):
		return []panos.ConnectionType{panos.ConnectionType(value)}, nil
	default:
		return nil, fmt.Errorf("%s: %q is not one of udp, ssl, both", name, value)
	}
}

// number is a whole number from 1 to most.
func (p params) number(name string, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(p.values[name], 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%s: %q is not a number from 1 to %d", name, p.values[name], most)
	}
	return n, nil
}

const maxCount = 1_000_000_000

func (p params) loss() (change, error) {
	every, err := p.number("every", maxCount)
	l := &loss{every: every, seen: map[netip.Addr]uint64{}}
	return func(e *effects) { e.loss = l }, err
}

func (p params) reset() (change, error) {
	name, err := p.sender()
	if err != nil {
		return nil, err
	}
	after, err := p.number("after", maxCount)
	r := &resetting{sender: name, left: after}
	return func(e *effects) { e.reset = r }, err
}

// maxDelay bounds the durations of faults.
const maxDelay = time.Hour

func (p params) duration(name string) (*time.Duration, error) {
	d, err := time.ParseDuration(p.values[name])
	if err != nil || d <= 0 || d > maxDelay {
		return nil, fmt.Errorf("%s: %q is not a duration above 0 and up to %v, such as 500ms", name, p.values[name], maxDelay)
	}
	return &d, nil
}

// maxOffset bounds how far a clock can be off.
const maxOffset = 24 * time.Hour

// offset is a duration of either sign.
func (p params) offset(name string) (time.Duration, error) {
	d, err := time.ParseDuration(p.values[name])
	if err != nil || d.Abs() > maxOffset {
		return 0, fmt.Errorf("%s: %q is not a duration up to %v, such as 10m or -1h", name, p.values[name], maxOffset)
	}
	return d, nil
}

// text is a word that is not empty.
func (p params) text(name string) (string, error) {
	value := p.values[name]
	if strings.TrimSpace(value) == "" || strings.ContainsFunc(value, unicode.IsControl) {
		return "", fmt.Errorf("%s: %q is not a name", name, value)
	}
	return value, nil
}

func (p params) onInterface(name string) (Interface, error) {
	switch on := Interface(p.values[name]); on {
	case Management, Dataplane:
		return on, nil
	default:
		return "", fmt.Errorf("%s: %q is not one of %s, %s", name, on, Management, Dataplane)
	}
}

func (p params) move() (_ change, err error) {
	m := moved{vsys: p.values["vsys"]}
	number, ok := strings.CutPrefix(m.vsys, "vsys")
	if n, err := strconv.ParseUint(number, 10, 16); !ok || err != nil || n == 0 {
		return nil, fmt.Errorf("vsys: %q is not a virtual system, such as vsys2", m.vsys)
	}
	m.sender, err = p.sender()
	return func(e *effects) { e.moved = m }, err
}

func (p params) override() (change, error) {
	s, err := p.entry()
	if err != nil {
		return nil, err
	}
	o := overridden{sender: s.Name}
	if o.domain, err = p.text("domain"); err != nil {
		return nil, err
	}
	if o.compiled, err = compile(s.Profiles, o.domain, s.dialect); err != nil {
		return nil, fmt.Errorf("domain: %w", err)
	}
	return func(e *effects) { e.overridden = &o }, nil
}

func (p params) exclude() (change, error) {
	prefix, err := netip.ParsePrefix(p.values["network"])
	if err != nil {
		return nil, fmt.Errorf("network: %q is not a network, such as 198.51.100.0/24", p.values["network"])
	}
	networks := []Network{{Name: FaultNetworkExcluded, Prefix: prefix.Masked(), Exclude: true}}
	return func(e *effects) { e.excluded = networks }, nil
}

// maxBackground bounds the messages per second that a fault makes.
const maxBackground = 10_000

func (p params) background() (change, error) {
	s, err := p.entry()
	if err != nil {
		return nil, err
	}
	text := p.values["rate"]
	rate, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || !(rate >= 0.01 && rate <= maxBackground) { // NaN is in no range
		return nil, fmt.Errorf("rate: %q is not a rate from 0.01/s to %d/s, such as 20/s", text, maxBackground)
	}
	made := &traffic{sender: s, rate: rate}
	return func(e *effects) { e.background = made }, nil
}
