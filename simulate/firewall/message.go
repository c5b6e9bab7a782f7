package firewall

import (
	"bytes"
	"net/netip"
	"slices"
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
	e := fw.faults.Now()
	s := fw.find(e, a.source.Addr(), a.transport)
	if s == nil {
		fw.note(KindUnknownSource, fields)
		return
	}
	// Outside the lock: matching is the expensive part, and several connections can do it
	// side by side.
	verdicts := s.matching(e).match(a.text)
	after := fw.count(s, verdicts, e)
	for _, event := range after {
		fw.note(event.kind, event.fields)
	}
	fields["sender"], fields["vsys"], fields["profiles"] = s.Name, s.vsys(e), verdicts
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
		done, changes := fw.apply(s, v, e)
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
		s.reset()
		events = append(events, happening{KindCountersReset, map[string]any{"sender": s.Name}})
	}
	return events
}

// apply changes the table as one verdict says. done says whether anything was mapped, or
// would have been but for the defect of the same timestamp, which strikes behind the counter
// (inferred).
func (fw *Firewall) apply(s *sender, v *Verdict, e *effects) (done bool, events []happening) {
	for i, address := range v.Addresses {
		at := place{s.vsys(e), address}
		var reason Reason
		var event happening
		if v.Event == panos.Logout {
			e.race.logout(at, fw.config.Now())
			reason, event = fw.logOut(at, v.User)
			if reason == NotMapped && e.strayMaps {
				reason, event = fw.logIn(at, v.User, e)
			}
		} else {
			reason, event = fw.logIn(at, v.User, e)
		}
		if reason != NoReason {
			if v.Refused == nil {
				v.Refused = make([]Reason, len(v.Addresses))
			}
			v.Refused[i] = reason
		}
		done = done || reason == NoReason || reason == SameTimestamp
		events = append(events, event)
	}
	return done, events
}

// logIn takes a login of a sender.
func (fw *Firewall) logIn(at place, user string, e *effects) (Reason, happening) {
	reason := fw.gate(e, user, at.address)
	if reason == NoReason && e.race.lost(at, fw.config.Now()) {
		reason = SameTimestamp
	}
	if reason != NoReason {
		return reason, refusedChange(at, user, reason)
	}
	life := fw.config.MappingTimeout
	if e.mappingLife != nil {
		life = *e.mappingLife
	}
	return fw.enter(at, holder{user, fromSyslog, life})
}

// enter makes or refreshes a mapping. It must be called under the lock.
func (fw *Firewall) enter(at place, by holder) (Reason, happening) {
	change, before, reason := fw.mappings.login(at, by, fw.config.Now())
	if reason != NoReason {
		return reason, refusedChange(at, by.user, reason)
	}
	event := happening{KindMappingAdded, at.fields(by.user)}
	event.fields["change"] = change
	if before != "" {
		event.fields["before"] = before
	}
	if by.from != fromSyslog {
		event.fields["from"] = by.from
	}
	return NoReason, event
}

// logOut takes a mapping away. It must be called under the lock.
func (fw *Firewall) logOut(at place, user string) (Reason, happening) {
	if reason := fw.mappings.logout(at, user); reason != NoReason {
		return reason, refusedChange(at, user, reason)
	}
	return NoReason, removed(at, user, "logout")
}

func (p place) fields(user string) map[string]any {
	return map[string]any{"address": p.address.String(), "user": user, "vsys": p.vsys}
}

func removed(at place, user, reason string) happening {
	event := happening{KindMappingRemoved, at.fields(user)}
	event.fields["reason"] = reason
	return event
}

func refusedChange(at place, user string, reason Reason) happening {
	event := happening{KindMappingRefused, at.fields(user)}
	event.fields["reason"] = string(reason)
	return event
}

// expire deletes the mappings that have reached their end. It must be called under the lock.
func (fw *Firewall) expire() (events []happening) {
	for _, m := range fw.mappings.expire(fw.config.Now()) {
		events = append(events, removed(m.place, m.user, "timeout"))
	}
	return events
}

// gate says why a login of a sender makes no mapping.
func (fw *Firewall) gate(e *effects, user string, address netip.Addr) Reason {
	name := user[strings.LastIndexByte(user, '\\')+1:]
	if e.ignores(name) {
		return IgnoredUser
	}
	for _, ignored := range fw.config.IgnoreUsers {
		if strings.EqualFold(ignored, user) || strings.EqualFold(ignored, name) {
			return IgnoredUser
		}
	}
	includes := false
	for _, n := range fw.networks(e) {
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

// networks is the include-exclude list while these faults run.
func (fw *Firewall) networks(e *effects) []Network {
	if e.excluded == nil {
		return fw.config.Networks
	}
	return slices.Concat(e.excluded, fw.config.Networks)
}
