package panos

import (
	"fmt"
	"strings"
)

// The counters as the CLI names them (KB article "How to troubleshoot connection errors
// between the PAN-OS integrated User-ID agent and monitored servers").
const (
	CounterLogMessages       = "number of log messages"
	CounterAuthSuccess       = "number of auth. success messages"
	CounterActiveConnections = "number of active connections"
	CounterTotalConnections  = "total connections made"
)

const (
	udpService = "UDP Syslog Listener Service is "
	sslService = "SSL Syslog Listener Service is "
	proxyWord  = "Proxy:"
	hostWord   = "Host:"
	vsysWord   = "(vsys:"
)

// AppendText appends the answer to "show user server-monitor state all" as the CLI prints
// it. The labels and their order are documented, the padding is recalled. A service whose
// state is unknown has no line. Names must not hold line ends.
func (s ServerMonitorState) AppendText(dst []byte) []byte {
	dst = appendService(dst, udpService, s.UDP)
	dst = appendService(dst, sslService, s.SSL)
	for _, sender := range s.Senders {
		dst = sender.appendText(append(dst, '\n'))
	}
	return dst
}

func appendService(dst []byte, label string, state ListenerService) []byte {
	if state == ServiceUnknown {
		return dst
	}
	dst = append(dst, label...)
	dst = append(dst, state...)
	return append(dst, '\n')
}

func (s SenderState) appendText(dst []byte) []byte {
	dst = fmt.Appendf(dst, "Proxy: %s(vsys: %s)     Host: %s(%s)\n", s.Name, s.VSys, s.Name, s.Address)
	dst = appendCounter(dst, CounterLogMessages, s.LogMessages)
	dst = appendCounter(dst, CounterAuthSuccess, s.AuthSuccess)
	if s.Connections != nil {
		dst = appendCounter(dst, CounterActiveConnections, s.Connections.Active)
		dst = appendCounter(dst, CounterTotalConnections, s.Connections.Total)
	}
	return dst
}

func appendCounter(dst []byte, label string, n uint64) []byte {
	return fmt.Appendf(dst, "  %-50s: %d\n", label, n)
}

// ParseServerMonitorState reads what "show user server-monitor state" prints, whatever its
// columns and whatever a terminal added. Lines that it does not know are passed over, and
// so is the block of a server that has no syslog counter but others: a directory server.
//
// A block that lacks a counter, or has one that is not a number of 64 bits, is an error
// that names sender and counter. So is a text without a service line and without a block.
func ParseServerMonitorState(text []byte) (ServerMonitorState, error) {
	var p stateParser
	for _, line := range lines(text) {
		if err := p.line(strings.TrimSpace(line)); err != nil {
			return ServerMonitorState{}, fmt.Errorf("server monitor state: %w", err)
		}
	}
	if err := p.endBlock(); err != nil {
		return ServerMonitorState{}, fmt.Errorf("server monitor state: %w", err)
	}
	if !p.found {
		return ServerMonitorState{}, notThere("server monitor state",
			`a line such as "UDP Syslog Listener Service is enabled" or "Proxy: …"`, text)
	}
	return p.state, nil
}

type stateParser struct {
	state ServerMonitorState
	found bool
	block *stateBlock // the block that is being read
}

func (p *stateParser) line(line string) error {
	if word, ok := cutPrefixFold(line, udpService); ok {
		p.found, p.state.UDP = true, ListenerService(strings.ToLower(word))
		return nil
	}
	if word, ok := cutPrefixFold(line, sslService); ok {
		p.found, p.state.SSL = true, ListenerService(strings.ToLower(word))
		return nil
	}
	if strings.HasPrefix(line, proxyWord) {
		if err := p.endBlock(); err != nil {
			return err
		}
		p.found = true
		block, err := parseProxyLine(line)
		p.block = block
		return err
	}
	return p.counter(line)
}

func (p *stateParser) counter(line string) error {
	colon := strings.LastIndexByte(line, ':')
	if colon < 0 {
		return nil
	}
	label, value := strings.TrimSpace(line[:colon]), strings.TrimSpace(line[colon+1:])
	if p.block == nil {
		if isCounter(label) {
			return fmt.Errorf("%q stands before the first line that begins with %q", clip(line, excerptLength), proxyWord)
		}
		return nil
	}
	return p.block.take(label, value)
}

func (p *stateParser) endBlock() error {
	if p.block == nil {
		return nil
	}
	sender, ok, err := p.block.sender()
	if ok {
		p.state.Senders = append(p.state.Senders, sender)
	}
	p.block = nil
	return err
}

// cutPrefixFold cuts a prefix whatever its case and returns the rest without blanks.
func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	rest = strings.TrimSpace(s[len(prefix):])
	return rest, rest != ""
}

func isCounter(label string) bool {
	switch label {
	case CounterLogMessages, CounterAuthSuccess, CounterActiveConnections, CounterTotalConnections:
		return true
	}
	return false
}
