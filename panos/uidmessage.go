package panos

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// UIDMessage is the log-ins and logouts of a request of type=user-id. A firewall takes the
// log-ins first (api-lab.paloaltonetworks.com, ip-user). uidprobe itself never sends one to
// a firewall.
type UIDMessage struct {
	Version         string // "1.0" or "2.0"
	Logins, Logouts []UIDEntry
}

// UIDEntry is one of them.
type UIDEntry struct {
	User    string // may be empty in a logout
	Address netip.Addr
	// Timeout is whole minutes; 0 if none was given, Never for a log-in that does not time
	// out (timeout="0").
	Timeout time.Duration
}

// The versions of a message that are in use.
const (
	UIDVersion1 = "1.0"
	UIDVersion2 = "2.0"
)

// The bounds of a message: bytes, and minutes of a timeout, which are ours.
const (
	maxUIDMessage = 1 << 20
	maxUIDTimeout = 10 * 365 * 24 * 60
)

// AppendXML appends the message as the parameter cmd has it. An empty Version means 2.0. Of
// a Timeout below a minute nothing is written, or it would read as never.
func (m UIDMessage) AppendXML(dst []byte) []byte {
	version := m.Version
	if version == "" {
		version = UIDVersion2
	}
	dst = appendElement(append(dst, "<uid-message>"...), "version", version)
	dst = append(dst, "<type>update</type><payload>"...)
	dst = appendUIDEntries(dst, Login, m.Logins)
	dst = appendUIDEntries(dst, Logout, m.Logouts)
	return append(dst, "</payload></uid-message>"...)
}

func appendUIDEntries(dst []byte, event EventType, entries []UIDEntry) []byte {
	if len(entries) == 0 {
		return dst
	}
	dst = append(dst, "<"+string(event)+">"...)
	for _, entry := range entries {
		dst = append(entry.appendAttributes(append(dst, "<entry"...)), "/>"...)
	}
	return append(dst, "</"+string(event)+">"...)
}

func (e UIDEntry) appendAttributes(dst []byte) []byte {
	if e.User != "" {
		dst = appendAttribute(dst, "name", e.User)
	}
	dst = appendAttribute(dst, "ip", e.Address.String())
	switch minutes := int64(e.Timeout / time.Minute); {
	case e.Timeout < 0:
		dst = appendAttribute(dst, "timeout", "0")
	case minutes > 0:
		dst = appendAttribute(dst, "timeout", strconv.FormatInt(minutes, 10))
	}
	return dst
}

func appendAttribute(dst []byte, name, value string) []byte {
	return append(appendEscaped(append(dst, " "+name+`="`...), value), '"')
}

// ParseUIDMessage reads the parameter cmd of a request of type=user-id. It is bounded, and
// expands no entities. An error says which entry is wrong; nothing of the message counts
// then. What a payload may hold besides log-ins and logouts (groups, tags, …) is an error
// as well, so that nothing is dropped in silence.
func ParseUIDMessage(text []byte) (UIDMessage, error) {
	if len(text) > maxUIDMessage {
		return UIDMessage{}, fmt.Errorf("uid-message of %d bytes: more than %d", len(text), maxUIDMessage)
	}
	root, err := parseTree(text)
	switch {
	case err != nil:
		return UIDMessage{}, fmt.Errorf("uid-message: not XML: %s", clip(err.Error(), excerptLength))
	case root.Name != "uid-message":
		return UIDMessage{}, fmt.Errorf("uid-message: the element is %q", clip(root.Name, 40))
	}
	m := UIDMessage{Version: root.childText("version")}
	payload, found := root.Child("payload")
	switch kind := root.childText("type"); {
	case m.Version != UIDVersion1 && m.Version != UIDVersion2:
		return UIDMessage{}, fmt.Errorf("uid-message: version %q is neither 1.0 nor 2.0", clip(m.Version, 40))
	case kind != "update":
		return UIDMessage{}, fmt.Errorf("uid-message: type %q is not update", clip(kind, 40))
	case !found:
		return UIDMessage{}, errors.New("uid-message: payload is missing")
	}
	if err := m.take(payload); err != nil {
		return UIDMessage{}, fmt.Errorf("uid-message: %w", err)
	}
	return m, nil
}

func (m *UIDMessage) take(payload Element) error {
	for _, c := range payload.Children {
		event, into := Login, &m.Logins
		switch c.Name {
		case string(Login):
		case string(Logout):
			event, into = Logout, &m.Logouts
		default:
			return fmt.Errorf("payload: %q is neither login nor logout", clip(c.Name, 40))
		}
		for _, entry := range c.Children {
			e, err := uidEntry(event, entry)
			if err != nil {
				return fmt.Errorf("%s %d: %w", event, len(*into)+1, err)
			}
			*into = append(*into, e)
		}
	}
	return nil
}

func uidEntry(event EventType, entry Element) (e UIDEntry, err error) {
	if entry.Name != "entry" {
		return UIDEntry{}, fmt.Errorf("%q is not an entry", clip(entry.Name, 40))
	}
	e.User, _ = entry.Attribute("name")
	if e.User == "" && event == Login {
		return UIDEntry{}, errors.New("name is missing")
	}
	ip, _ := entry.Attribute("ip")
	if e.Address, err = parseAddress(ip); err != nil {
		return UIDEntry{}, fmt.Errorf("ip: %w", err)
	}
	if minutes, ok := entry.Attribute("timeout"); ok {
		if e.Timeout, err = parseMinutes(minutes); err != nil {
			return UIDEntry{}, fmt.Errorf("timeout: %w", err)
		}
	}
	return e, nil
}

func parseMinutes(text string) (time.Duration, error) {
	n, err := parseCounter(text)
	switch {
	case err != nil:
		return 0, err
	case n > maxUIDTimeout:
		return 0, fmt.Errorf("%q minutes are more than %d", text, maxUIDTimeout)
	case n == 0:
		return Never, nil
	}
	return time.Duration(n) * time.Minute, nil
}
