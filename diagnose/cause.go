package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
)

// finding is something seen, with where it belongs and what explains it.
type finding struct {
	*seen
	target string
	status check.Status
	note   string // what else matters, for the summary
	cause  *finding
	// server is the one of the tables that it is about; nil if none is known.
	server *seen
	// near are servers of which the text does not say whether they are meant.
	near []string
}

// findings attributes everything that was seen and finds what explains what.
func (d *Diagnosis) findings() []*finding {
	a := attribution{d: d}
	for _, s := range d.record.all {
		if s.subject.kind == atServer {
			a.servers = append(a.servers, s)
		}
	}
	all := make([]*finding, 0, len(d.record.all))
	known := map[check.Ref]*finding{}
	for _, s := range d.record.all {
		f := a.finding(s)
		ref := check.Ref{Check: f.id, Target: f.target}
		if same := known[ref]; same != nil {
			same.merge(f)
			continue
		}
		known[ref] = f
		all = append(all, f)
	}
	for _, f := range all {
		if f.status != check.Pass {
			f.cause = causeOf(f, all)
		}
	}
	return all
}

// merge adds what the text calls otherwise and is the same: a host that was pinged by name and
// by address, a line that names the server and one that does not.
func (f *finding) merge(other *finding) {
	sum := *f.seen // what was recorded stays as it is
	sum.count += other.count
	if other.last.order > sum.last.order {
		sum.last = other.last
	}
	sum.spells = append(slices.Clone(sum.spells), other.spells...)
	sum.moreSpells += other.moreSpells
	if sum.what.EN != other.what.EN {
		sum.what.EN += "; " + other.what.EN
		sum.what.JA += "。" + other.what.JA
	}
	f.seen = &sum
	sum.details = append(slices.Clone(sum.details), other.details...)
	f.status = max(f.status, other.status)
	f.near = append(f.near, other.near...)
	slices.Sort(f.near)
	f.near = slices.Compact(f.near)
}

// attribution knows the servers that the tables of the texts name.
type attribution struct {
	d       *Diagnosis
	servers []*seen
}

func (a attribution) finding(s *seen) *finding {
	f := &finding{seen: s, status: a.statusOf(s)}
	switch s.subject.kind {
	case atServer, atSender:
		f.target = a.nameOf(s.subject)
	case atLog:
		a.place(f)
	case atHost, atWire:
		f.target = s.subject.name
		if f.target == "" {
			f.target = "a host"
		}
		if server := a.named(s.subject.name, s.subject.host); server != nil {
			f.at(a, server)
		}
	case atProfile:
		f.target = strings.TrimSpace("test authentication " + s.subject.name)
	default:
		f.target = s.subject.name
	}
	if a.passive(s) {
		f.status, f.note = check.Pass, "normal on the passive unit of a pair"
	}
	return f
}

// passive says whether a status is no trouble because its unit is the passive one: the file
// says so, or, if it is silent about it, every file that is not.
func (a attribution) passive(s *seen) bool {
	if s.id != "server.status.not-connected" && s.id != "syslog.status.not-connected" {
		return false
	}
	if s.file.ha.told {
		return s.file.ha.passive
	}
	told := false
	for _, f := range a.d.files {
		if f.ha.told && !f.ha.passive {
			return false
		}
		told = told || f.ha.told
	}
	return told
}

func (a attribution) statusOf(s *seen) check.Status {
	if s.status != 0 {
		return s.status
	}
	switch s.id {
	case "network.ping-some-lost", "network.traceroute-stops", "syslog.counters.no-active-connections",
		"server.status.unlisted", "syslog.status.unlisted":
		return check.Warn
	case "syslog.counters", "ha.state":
		return check.Pass
	}
	if s.symptom != nil && s.symptom.Normal {
		return check.Pass
	}
	return check.Fail
}

// nameOf is the server's name, with its virtual system where two have it.
func (a attribution) nameOf(who subject) string {
	for _, s := range a.d.record.all {
		other := s.subject
		if (other.kind == atServer || other.kind == atSender) && other.name == who.name && other.vsys != who.vsys {
			return who.name + " (" + who.vsys + ")"
		}
	}
	return who.name
}

// named finds a server of the tables by any of its names.
func (a attribution) named(names ...string) *seen {
	for _, s := range a.servers {
		for _, name := range names {
			if name != "" && (sameHost(s.subject.name, name) || sameHost(s.subject.host, name)) {
				return s
			}
		}
	}
	return nil
}

// sameHost compares names of hosts: whatever their case, and a short one with a full one.
func sameHost(a, b string) bool {
	a, b = strings.ToLower(strings.TrimSuffix(a, ".")), strings.ToLower(strings.TrimSuffix(b, "."))
	if a == b {
		return a != ""
	}
	if _, err := netip.ParseAddr(a); err == nil {
		return false
	}
	if _, err := netip.ParseAddr(b); err == nil {
		return false
	}
	shortA, _, fullA := strings.Cut(a, ".")
	shortB, _, fullB := strings.Cut(b, ".")
	return shortA == shortB && shortA != "" && fullA != fullB
}

// place finds the server that a line of the log is about. Only WMI lines name one. For the
// others it is the one whose status says the same, if it is only one.
func (a attribution) place(f *finding) {
	who := f.subject
	if who.name != "" {
		f.target = who.name
		if server := a.named(who.name); server != nil {
			f.at(a, server)
			a.over(f, []*seen{server})
		}
		return
	}
	var all, fitting []*seen
	for _, s := range a.servers {
		if who.vsys != "" && s.subject.vsys != who.vsys {
			continue
		}
		all = append(all, s)
		if s.symptom != nil && f.symptom != nil && s.symptom.Status == f.symptom.Status {
			fitting = append(fitting, s)
		}
	}
	if len(fitting) == 0 {
		a.over(f, all)
		fitting = all
	}
	if one := onlyServer(fitting); one != nil {
		f.at(a, one)
		return
	}
	for _, s := range fitting {
		f.near = append(f.near, a.nameOf(s.subject))
	}
	slices.Sort(f.near)
	f.near = slices.Compact(f.near)
	switch {
	case strings.HasPrefix(f.id, "kerberos."):
		f.target = "service account" // it is the account that gets no ticket
	case who.vsys != "":
		f.target = "log of " + who.vsys
	default:
		f.target = "log"
	}
}

// at puts a finding at a server of the tables.
func (f *finding) at(a attribution, server *seen) {
	f.target, f.server = a.nameOf(server.subject), server
}

// onlyServer is the server, if all of the rows are of one.
func onlyServer(rows []*seen) *seen {
	for _, s := range rows {
		if s.subject != rows[0].subject {
			return nil
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

// over makes a line of the log a warning where the tables show each server it can be about as
// Connected: it is over, or comes and goes.
func (a attribution) over(f *finding, rows []*seen) {
	for _, s := range rows {
		if s.id != "server.status.connected" {
			return
		}
	}
	if len(rows) > 0 {
		f.status, f.note = check.Warn, "the status table shows Connected: it is over, or comes and goes"
	}
}

// rule says that one symptom explains another.
type explains struct {
	effect, cause string
	// anywhere says that the two may be seen at different places.
	anywhere bool
	// before says that the cause must have been seen first.
	before bool
}

// chains are looked through in order: the nearest cause first. What a status is explained by is
// in the symptom table, and not here.
var chains = []explains{
	{effect: "kerberos.client-revoked", cause: "kerberos.preauth-failed", before: true}, // the lockout
	{effect: "kerberos.client-revoked", cause: "kerberos.bad-integrity", before: true},
	{effect: "kerberos.dns-try-again", cause: "network.name-unknown", anywhere: true},
	{effect: "winrm.unresolved", cause: "network.name-unknown"},
	{effect: "kerberos.kdc-unreachable", cause: "network.name-unknown"},
	{effect: "kerberos.kdc-unreachable", cause: "network.unreachable"},
	{effect: "winrm.not-reached", cause: "network.unreachable"},
	{effect: "winrm.timeout", cause: "network.unreachable"},
	{effect: "wmi.not-reached", cause: "network.unreachable"},
	{effect: "winrm.timeout", cause: "network.ping-lost"},
	{effect: "wmi.not-reached", cause: "network.ping-lost"},
	{effect: "server.status.connection-timeout", cause: "network.unreachable"},
	{effect: "server.status.connection-timeout", cause: "network.ping-lost"},
	{effect: "server.status.connection-timeout", cause: "network.traceroute-stops"},
	{effect: "network.ping-lost", cause: "network.unreachable"},
	{effect: "network.traceroute-stops", cause: "network.unreachable"},
	{effect: "network.traceroute-stops", cause: "network.ping-lost"},
	{effect: "syslog.counters.no-active-connections", cause: "syslog.status.not-connected"},
	{effect: "syslog.counters.no-connections-made", cause: "syslog.status.not-connected"},
	{effect: "syslog.counters.no-log-messages", cause: "syslog.status.not-connected"},
	{effect: "syslog.counters.no-active-connections", cause: "syslog.counters.no-connections-made"},
	{effect: "syslog.counters.no-log-messages", cause: "syslog.counters.no-connections-made"},
}

// causeOf is what explains a finding; nil if it stands by itself.
func causeOf(f *finding, all []*finding) *finding {
	if strings.HasPrefix(f.id, "syslog.") && f.id != "syslog.listener.disabled" {
		if listener := closedListener(f, all); listener != nil {
			return listener
		}
	}
	if f.subject.kind == atLog {
		if cause := packetsBehind(f, all); cause != nil {
			return cause
		}
	}
	if f.subject.kind == atServer {
		if cause := lineBehind(f, all); cause != nil {
			return cause
		}
	}
	for _, c := range chains {
		if c.effect != f.id {
			continue
		}
		for _, other := range all {
			if other.id == c.cause && (c.anywhere || other.target == f.target) && other.status != check.Pass &&
				(!c.before || other.first.order < f.first.order) {
				return other
			}
		}
	}
	return nil
}

// closedListener explains why nothing comes from a sender: the service of its transport is off.
func closedListener(f *finding, all []*finding) *finding {
	for _, other := range all {
		if other.id == "syslog.listener.disabled" && other.subject.ssl == f.subject.ssl {
			return other
		}
	}
	return nil
}

// packetsBehind is what a capture shows of the same symptom, where the line of the log does not
// say at which server it is.
func packetsBehind(f *finding, all []*finding) *finding {
	for _, other := range all {
		if other != f && other.subject.kind == atWire && other.id == f.id && other.status == check.Fail {
			return other
		}
	}
	return nil
}

// lineBehind is the line of the log that explains a status: one at the same server, or one of
// which nobody can say at which of several it was seen. Of several the last counts, since the
// table shows what is now; one whose status is this one goes before others.
func lineBehind(f *finding, all []*finding) (cause *finding) {
	best := 0
	for _, other := range all {
		if other.subject.kind != atLog && other.subject.kind != atWire || other.status == check.Pass || other.status == check.Warn {
			continue
		}
		rank := 0
		same := other.target == f.target
		fits := other.symptom != nil && f.symptom != nil && other.symptom.Status == f.symptom.Status ||
			other.symptom == nil && strings.HasPrefix(other.id, "kerberos.") && f.id == "kerberos.status"
		switch {
		case same && fits:
			rank = 3
		case fits && slices.Contains(other.near, f.target):
			rank = 2
		case same:
			rank = 1
		}
		if rank > best || rank == best && rank > 0 && other.last.order > cause.last.order {
			best, cause = rank, other
		}
	}
	return cause
}
