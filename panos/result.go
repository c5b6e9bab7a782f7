package panos

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/credential"
)

// ServerMonitorState reads the result of the state command. No answer of a device is
// public: text, plain or as CDATA, is what its siblings give and what is expected. Text
// within child elements is read as well, as are entries whose child elements are named
// like the CLI's labels. The answer must have succeeded.
func (r Response) ServerMonitorState() (ServerMonitorState, error) {
	if len(bytes.TrimSpace([]byte(r.Result.Text))) > 0 {
		return ParseServerMonitorState([]byte(r.Result.Text))
	}
	if s, ok, err := stateFromEntries(r.Result); ok || err != nil {
		return s, err
	}
	return ParseServerMonitorState(r.Result.allText())
}

// ServerMonitorStatistics reads the result of the statistics command, as text or as
// entries; which of them a device sends is not known.
func (r Response) ServerMonitorStatistics() (ServerMonitorStatistics, error) {
	if len(bytes.TrimSpace([]byte(r.Result.Text))) > 0 {
		return ParseServerMonitorStatistics([]byte(r.Result.Text))
	}
	if s, ok := statisticsFromEntries(r.Result); ok {
		return s, nil
	}
	return ParseServerMonitorStatistics(r.Result.allText())
}

// Mappings reads the result of a mapping command. A success without an entry means that
// nothing is mapped.
func (r Response) Mappings() ([]Mapping, error) {
	if r.NotFound() || r.Result.empty() {
		return nil, nil
	}
	if len(bytes.TrimSpace([]byte(r.Result.Text))) > 0 {
		return ParseMappings([]byte(r.Result.Text))
	}
	entries := r.Result.entries()
	count, counted := r.Result.Child("count")
	if len(entries) == 0 && !counted {
		if m, err := ParseMappings(r.Result.allText()); err == nil {
			return m, nil
		}
		return nil, fmt.Errorf("mappings: expected elements named \"entry\", found %s", r.Result.childNames())
	}
	return mappingsFromEntries(entries, count, counted)
}

func mappingsFromEntries(entries []Element, count Element, counted bool) (mappings []Mapping, err error) {
	for _, entry := range entries {
		m, err := mappingFromEntry(entry)
		if err != nil {
			return nil, fmt.Errorf("mappings: %w", err)
		}
		mappings = append(mappings, m)
	}
	if counted {
		n, err := parseCounter(strings.TrimSpace(count.Text))
		if err != nil {
			return nil, fmt.Errorf("mappings: count: %w", err)
		}
		if n != uint64(len(mappings)) {
			return nil, fmt.Errorf("mappings: %d in the answer, but its count says %d", len(mappings), n)
		}
	}
	return mappings, nil
}

// mappingFromEntry reads an entry. Times that are not there are 0.
func mappingFromEntry(entry Element) (m Mapping, err error) {
	if m.Address, err = parseAddress(entry.childText("ip")); err != nil {
		return Mapping{}, fmt.Errorf("entry: ip: %w", err)
	}
	m.VSys, m.From, m.User = entry.childText("vsys"), entry.childText("type"), entry.childText("user")
	if m.User == "" {
		return Mapping{}, fmt.Errorf("entry of %v: user is missing", m.Address)
	}
	if text := entry.childText("idle_timeout"); text != "" {
		if m.Idle, err = parseSeconds(text); err != nil {
			return Mapping{}, fmt.Errorf("entry of %v: idle_timeout: %w", m.Address, err)
		}
	}
	if text := entry.childText("timeout"); text != "" {
		if m.Max, err = parseSeconds(text); err != nil {
			return Mapping{}, fmt.Errorf("entry of %v: timeout: %w", m.Address, err)
		}
	}
	return m, nil
}

// SystemInfo reads the result of "show system info": result/system, or the same elements
// directly in the result, or text.
func (r Response) SystemInfo() (SystemInfo, error) {
	if len(bytes.TrimSpace([]byte(r.Result.Text))) > 0 {
		return ParseSystemInfo([]byte(r.Result.Text))
	}
	from := r.Result
	if system, ok := r.Result.Child("system"); ok {
		from = system
	}
	var info SystemInfo
	for _, c := range from.Children {
		info.set(c.Name, oneBlank(c.Text))
	}
	if info.told() {
		return info, nil
	}
	return ParseSystemInfo(from.allText())
}

// Key reads the result of keygen.
func (r Response) Key() (credential.Secret, error) {
	key := r.Result.childText("key")
	if key == "" {
		return credential.Secret{}, errors.New("the answer holds no key")
	}
	if !headerSafe(key) {
		return credential.Secret{}, errors.New("the answer holds a key that does not fit into a header")
	}
	return credential.New(key), nil
}
