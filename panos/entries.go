package panos

import (
	"fmt"
	"strings"
	"unicode"
)

// What stands here reads shapes that no public sample shows: entries with child elements,
// as the sibling commands of the user-id agent have them. Names are taken as the CLI's
// words, whatever joins them.

// labelOf makes one form of "number of auth. success messages", number-of-auth-success-messages
// and number_of_auth_success_messages.
func labelOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(words, "-")
}

// field is the text of the first child whose label is one of those.
func (e Element) field(labels ...string) (string, bool) {
	for _, c := range e.Children {
		for _, label := range labels {
			if labelOf(c.Name) == label {
				return strings.TrimSpace(c.Text), true
			}
		}
	}
	return "", false
}

// entryName is the name of an entry: its attribute, or its child.
func (e Element) entryName() string {
	if name, ok := e.Attribute("name"); ok {
		return strings.TrimSpace(name)
	}
	name, _ := e.field("name", "proxy")
	return name
}

// stateFromEntries reads senders from entries; ok is false if there are none.
func stateFromEntries(result Element) (s ServerMonitorState, ok bool, err error) {
	for _, entry := range result.entries() {
		block := stateBlock{name: entry.entryName(), counters: map[string]uint64{}}
		for _, c := range entry.Children {
			label, known := counterOf(c.Name)
			if !known {
				label = c.Name
			}
			if err := block.take(label, strings.TrimSpace(c.Text)); err != nil {
				return s, false, fmt.Errorf("server monitor state: %w", err)
			}
		}
		if len(block.counters) == 0 {
			continue
		}
		block.vsys, _ = entry.field("vsys")
		block.address, _ = entry.field("host", "address", "ip", "ip-address")
		sender, _, err := block.sender()
		if err != nil {
			return s, false, fmt.Errorf("server monitor state: %w", err)
		}
		s.Senders, ok = append(s.Senders, sender), true
	}
	if ok {
		s.UDP, s.SSL = serviceOf(result, udpService), serviceOf(result, sslService)
	}
	return s, ok, nil
}

// counterOf finds the counter that an element is named after.
func counterOf(name string) (label string, ok bool) {
	for _, counter := range []string{CounterLogMessages, CounterAuthSuccess, CounterActiveConnections, CounterTotalConnections} {
		if labelOf(name) == labelOf(counter) {
			return counter, true
		}
	}
	return "", false
}

func serviceOf(result Element, label string) ListenerService {
	word, _ := result.field(labelOf(strings.TrimSuffix(label, " is ")))
	return ListenerService(strings.ToLower(word))
}

// statisticsFromEntries reads servers from entries; ok is false if none has a status. The
// connection UDP or SSL tells a syslog sender.
func statisticsFromEntries(result Element) (s ServerMonitorStatistics, ok bool) {
	for _, entry := range result.entries() {
		server := ServerStatus{Name: entry.entryName()}
		server.Type, _ = entry.field("type", "connection", "connection-type")
		server.Host, _ = entry.field("host", "address", "ip", "ip-address")
		server.VSys, _ = entry.field("vsys")
		server.Status, _ = entry.field("status", "state", "connection-status")
		if server.Name == "" || server.Status == "" {
			continue
		}
		ok = true
		switch ConnectionType(strings.ToLower(server.Type)) {
		case UDP, SSL:
			s.Syslog = append(s.Syslog, server)
		default:
			s.Directory = append(s.Directory, server)
		}
	}
	return s, ok
}
