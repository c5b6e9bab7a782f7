package firewall

import (
	"bytes"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// arrival is a message on its way through the firewall.
type arrival struct {
	piece
	source       netip.AddrPort
	transport    panos.ConnectionType
	unterminated bool
	fault        string // the fault that made it, if one did
}

// take counts a message, lets the profiles of its sender read it, and changes the table.
func (fw *Firewall) take(a arrival) {
	if a.over {
		fw.note(KindOverLong, map[string]any{
			"source": a.source.String(), "transport": string(a.transport), "size": a.size,
			"outcome": string(fw.config.Dialect.OverLong),
		})
	}
	if a.dropped {
		return
	}
	fields := fw.describe(a)
	s := fw.find(a.source.Addr(), a.transport)
	if s == nil {
		fw.note(KindUnknownSource, fields)
		return
	}
	e := fw.faults.effects()
	// Outside the lock: matching is the expensive part, and several connections can do it
	// side by side.
	verdicts := s.matching(e).match(a.text)
	after := fw.count(s, verdicts, e)
	for _, event := range after {
		fw.note(event.kind, event.fields)
	}
	fields["sender"], fields["vsys"], fields["profiles"] = s.Name, s.VSys, verdicts
	fw.note(KindMessage, fields)
}

func (fw *Firewall) describe(a arrival) map[string]any {
	fields := map[string]any{
		"source": a.source.String(), "transport": string(a.transport), "size": a.size,
		"text": string(a.text[:min(len(a.text), MaxRecordText)]),
	}
	if a.cut > 0 {
		fields["cut"] = a.cut
	}
	for name, is := range map[string]bool{
		"unterminated": a.unterminated,
		"nul":          bytes.IndexByte(a.text, 0) >= 0,
		"invalid_utf8": !utf8.Valid(a.text),
	} {
		if is {
			fields[name] = true
		}
	}
	if a.fault != "" {
		fields["fault"] = a.fault
	}
	return fields
}

// happening is an event to be noted once the lock is free.
type happening struct {
	kind   string
	fields map[string]any
}

// count raises the counters of a sender by one message and changes the table as the
// verdicts say, which it completes. A message raises auth. success once, however many
// profiles and addresses it matched: the counter is one of messages.
func (fw *Firewall) count(s *sender, verdicts []Verdict, e *effects) (events []happening) {
	fw.mu.Lock()
	defer fw.mu.Unlock()
	s.logMessages++
	events = fw.expire()
	authenticated, login := false, false
	for i := range verdicts {
		v := &verdicts[i]
		if v.Outcome == string(profile.Nothing) {
			continue
		}
		done, changes := fw.apply(s, v)
		events = append(events, changes...)
		if v.Event == panos.Login {
			login = true
			authenticated = authenticated || done || fw.config.Dialect.KeptOutAuthenticates == panos.Yes
		} else {
			authenticated = authenticated || fw.config.Dialect.LogoutAuthenticates == panos.Yes
		}
	}
	if authenticated {
		s.authSuccess++
	}
	if login && e.reset.due(s.Name) {
		s.logMessages, s.authSuccess = 0, 0
		s.connections.Total = s.connections.Active
		events = append(events, happening{KindCountersReset, map[string]any{"sender": s.Name}})
	}
	return events
}

// apply changes the table as one verdict says. done says whether anything was mapped.
func (fw *Firewall) apply(s *sender, v *Verdict) (done bool, events []happening) {
	for i, address := range v.Addresses {
		at := place{s.VSys, address}
		fields := map[string]any{"address": address.String(), "user": v.User, "vsys": s.VSys}
		event := happening{KindMappingAdded, fields}
		var reason Reason
		if v.Event == panos.Logout {
			event.kind, fields["reason"] = KindMappingRemoved, "logout"
			reason = fw.mappings.logout(at, v.User)
		} else if reason = fw.gate(v.User, address); reason == NoReason {
			var before string
			fields["change"], before, reason = fw.mappings.login(at, v.User, fw.config.Now())
			if before != "" {
				fields["before"] = before
			}
		}
		if reason != NoReason {
			if v.Refused == nil {
				v.Refused = make([]Reason, len(v.Addresses))
			}
			v.Refused[i] = reason
			delete(fields, "change")
			event.kind, fields["reason"] = KindMappingRefused, string(reason)
		}
		done = done || reason == NoReason
		events = append(events, event)
	}
	return done, events
}

// expire deletes the mappings that have reached their end. It must be called under the lock.
func (fw *Firewall) expire() (events []happening) {
	for _, m := range fw.mappings.expire(fw.config.Now()) {
		events = append(events, happening{KindMappingRemoved, map[string]any{
			"address": m.address.String(), "user": m.user, "vsys": m.vsys, "reason": "timeout",
		}})
	}
	return events
}

// gate says why a login makes no mapping.
func (fw *Firewall) gate(user string, address netip.Addr) Reason {
	name := user[strings.LastIndexByte(user, '\\')+1:]
	for _, ignored := range fw.config.IgnoreUsers {
		if strings.EqualFold(ignored, user) || strings.EqualFold(ignored, name) {
			return IgnoredUser
		}
	}
	includes := false
	for _, n := range fw.config.Networks {
		if n.Prefix.Contains(address) {
			if n.Exclude {
				return NetworkNotIncluded
			}
			return NoReason
		}
		includes = includes || !n.Exclude
	}
	if includes {
		return NetworkNotIncluded
	}
	return NoReason
}
