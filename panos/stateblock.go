package panos

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// stateBlock is what one server's block has said so far.
type stateBlock struct {
	name, vsys, address string
	counters            map[string]uint64
	others              bool // it has counters that are none of syslog's
}

func (b *stateBlock) take(label, value string) error {
	if !isCounter(label) {
		b.others = true
		return nil
	}
	if _, twice := b.counters[label]; twice {
		return fmt.Errorf("sender %q: %s is there twice", b.name, label)
	}
	n, err := parseCounter(value)
	if err != nil {
		return fmt.Errorf("sender %q: %s: %w", b.name, label, err)
	}
	b.counters[label] = n
	return nil
}

// parseCounter reads a number that cannot be negative.
func parseCounter(value string) (uint64, error) {
	n, err := strconv.ParseUint(value, 10, 64)
	switch {
	case err == nil:
		return n, nil
	case value == "":
		return 0, fmt.Errorf("the number is missing")
	case strings.HasPrefix(value, "-"):
		return 0, fmt.Errorf("%q is negative or no number", clip(value, 40))
	case strings.Trim(value, "0123456789") == "":
		return 0, fmt.Errorf("%q does not fit into 64 bits", clip(value, 40))
	}
	return 0, fmt.Errorf("%q is not a number", clip(value, 40))
}

// sender is the block as a syslog sender; ok is false if it is another kind of server.
func (b *stateBlock) sender() (s SenderState, ok bool, err error) {
	if len(b.counters) == 0 && b.others {
		return SenderState{}, false, nil
	}
	need := []string{CounterLogMessages, CounterAuthSuccess}
	_, active := b.counters[CounterActiveConnections]
	_, total := b.counters[CounterTotalConnections]
	if active || total {
		need = append(need, CounterActiveConnections, CounterTotalConnections)
	}
	for _, label := range need {
		if _, there := b.counters[label]; !there {
			return SenderState{}, false, fmt.Errorf("sender %q: %s is missing", b.name, label)
		}
	}
	address, err := parseAddress(b.address)
	if err != nil {
		return SenderState{}, false, fmt.Errorf("sender %q: %w", b.name, err)
	}
	s = SenderState{
		Name: b.name, VSys: b.vsys, Address: address,
		LogMessages: b.counters[CounterLogMessages],
		AuthSuccess: b.counters[CounterAuthSuccess],
	}
	if active {
		s.Connections = &Connections{b.counters[CounterActiveConnections], b.counters[CounterTotalConnections]}
	}
	return s, true, nil
}

// parseAddress reads an address as a firewall prints it: without a zone.
func parseAddress(s string) (netip.Addr, error) {
	address, err := netip.ParseAddr(s)
	if err != nil || address.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("%q is not an IP address", clip(s, 60))
	}
	return address, nil
}

// maxProxyLine bounds the search for the two halves of a line that begins a block: two
// names of at most 255 characters, a vsys, an address.
const maxProxyLine = 4 << 10

// parseProxyLine reads "Proxy: NAME(vsys: VSYS)     Host: NAME(ADDRESS)". A name may hold
// blanks and parentheses, even "Host:": the halves are split where both name the same
// server, and if they never do, at the first place that makes sense.
func parseProxyLine(line string) (*stateBlock, error) {
	bad := fmt.Errorf("%q is not of the form \"Proxy: NAME(vsys: VSYS) Host: NAME(ADDRESS)\"", clip(line, excerptLength))
	if len(line) > maxProxyLine {
		return nil, bad
	}
	rest := strings.TrimPrefix(line, proxyWord)
	var first *stateBlock
	for from := 0; ; {
		at := strings.Index(rest[from:], hostWord)
		if at < 0 {
			break
		}
		at += from
		from = at + len(hostWord)
		block, host, ok := splitProxyLine(rest[:at], rest[from:])
		switch {
		case ok && host == block.name:
			return block, nil
		case ok && first == nil:
			first = block
		}
	}
	if first == nil {
		return nil, bad
	}
	return first, nil
}

func splitProxyLine(left, right string) (block *stateBlock, host string, ok bool) {
	name, vsys, ok := cutParenthesis(left, vsysWord)
	if !ok || name == "" {
		return nil, "", false
	}
	host, address, ok := cutParenthesis(right, "(")
	return &stateBlock{name: name, vsys: vsys, address: address, counters: map[string]uint64{}}, host, ok
}

// cutParenthesis splits "text(inner)" at the last opening.
func cutParenthesis(s, opening string) (text, inner string, ok bool) {
	s, closed := strings.CutSuffix(strings.TrimSpace(s), ")")
	at := strings.LastIndex(s, opening)
	if !closed || at < 0 {
		return "", "", false
	}
	return strings.TrimSpace(s[:at]), strings.TrimSpace(s[at+len(opening):]), true
}
