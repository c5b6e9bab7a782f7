package dc

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// The events of the security log that a firewall reads, and one that tells of a log-on that failed.
const (
	EventLogon        = 4624
	EventTGT          = 4768
	EventService      = 4769
	EventRenewal      = 4770
	eventPreauthWrong = 4771
)

// Event is one of the security log.
type Event struct {
	Code    int
	At      time.Time // zero means the start
	Strings []string  // InsertionStrings: the fields of the event in their order
	Failure bool      // an audit failure
}

// securityLog is the log of the domain controller. What happens at the KDC and at WinRM is written into it; around
// that, a made-up office goes on with its day, so that there is always something new to read.
type securityLog struct {
	mu     sync.Mutex // guards what follows
	config Config
	host   string
	events []numbered
	next   int       // record number
	minute time.Time // up to which the office has worked; zero if there is none
}

type numbered struct {
	Event
	record int
}

const (
	maxEvents    = 10_000
	officeBefore = 15 * time.Minute // of its day are in the log at the start
	firstRecord  = 1001
)

func (l *securityLog) begin(w WinRM, c Config, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.config, l.host, l.next = c, w.Host, firstRecord
	for _, e := range w.Events {
		if e.At.IsZero() {
			e.At = now
		}
		l.add(e)
	}
	if !w.Quiet {
		l.minute = now.Add(-officeBefore).Truncate(time.Minute)
		l.catchUp(now)
	}
}

// add gives an event its number. The caller holds mu.
func (l *securityLog) add(e Event) {
	l.events = append(l.events, numbered{e, l.next})
	l.next++
	if extra := len(l.events) - maxEvents; extra > 0 {
		l.events = slices.Delete(l.events, 0, extra)
	}
}

// write adds what happens now.
func (l *securityLog) write(now time.Time, code int, failure bool, fields ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.host == "" {
		return // it has not begun
	}
	l.catchUp(now)
	l.add(Event{Code: code, At: now, Strings: fields, Failure: failure})
}

// catchUp lets the office work until now, minute by minute. The caller holds mu.
func (l *securityLog) catchUp(now time.Time) {
	if l.minute.IsZero() {
		return
	}
	if now.Sub(l.minute) > 24*time.Hour { // a clock that jumped
		l.minute = now.Add(-officeBefore).Truncate(time.Minute)
	}
	for !l.minute.After(now) {
		for _, e := range l.office(l.minute) {
			l.add(e)
		}
		l.minute = l.minute.Add(time.Minute)
	}
}

// officeWorkers log on in turn, each from a machine of its own; the addresses are for documentation.
var officeWorkers = []string{"alice", "bob", "carol", "dave", "erin"}

// office is what one minute brings: a user who logs on, the user's machine, a service and a renewal.
func (l *securityLog) office(at time.Time) []Event {
	i := int(at.Unix()/60) % len(officeWorkers)
	user, machine := officeWorkers[i], fmt.Sprintf("WS%02d$", i+1)
	address, port := fmt.Sprintf("192.0.2.%d", 101+i), strconv.Itoa(49152+i)
	e := func(after time.Duration, code int, fields []string) Event {
		return Event{Code: code, At: at.Add(after), Strings: fields}
	}
	// Sorted by time within the minute, and all in its first seconds: a reader finds none in the future.
	return []Event{
		e(0, EventTGT, l.tgtFields(user, address, port)),
		e(0, EventService, l.serviceFields(user, l.computer(), address, port)),
		e(0, EventLogon, l.logonFields(user, address, port, "Kerberos", "3")),
		e(0, EventTGT, l.tgtFields(machine, address, port)),
		e(0, EventService, l.serviceFields(machine, l.computer(), address, port)),
		e(0, EventLogon, l.logonFields(machine, address, port, "Kerberos", "3")),
		e(0, EventRenewal, l.renewalFields(user, address, port)),
		e(0, EventLogon, l.logonFields("svc-backup", "192.0.2.53", "50123", "Kerberos", "3")),
	}
}

// computer is the account of the domain controller.
func (l *securityLog) computer() string {
	label, _, _ := strings.Cut(strings.ToUpper(l.host), ".")
	return label + "$"
}

// rows are the events as WMI shows them, the newest first, as Windows reads its log.
func (l *securityLog) rows(now time.Time, e *winrmEffects) (rows []row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.catchUp(now)
	for _, event := range slices.Backward(l.events) {
		if e.noAudit && event.Code != EventLogon || event.At.After(now) || e.noEvents {
			continue
		}
		rows = append(rows, l.row(event))
	}
	return rows
}

func (l *securityLog) row(e numbered) row {
	kind, typeName := 4, "Audit Success" // documentation of Win32_NTLogEvent
	if e.Failure {
		kind, typeName = 5, "Audit Failure"
	}
	return newRow(classEvents,
		number("Category", eventTasks[e.Code].number), text("CategoryString", eventTasks[e.Code].name), text("ComputerName", l.host),
		text("Data"), number("EventCode", e.Code), number("EventIdentifier", e.Code), number("EventType", kind),
		text("InsertionStrings", e.Strings...), text("Logfile", "Security"), text("Message", eventTasks[e.Code].message),
		number("RecordNumber", e.record), text("SourceName", "Microsoft-Windows-Security-Auditing"),
		date("TimeGenerated", e.At), date("TimeWritten", e.At), text("Type", typeName), text("User"))
}

// eventTask is what an event of the provider has beside its fields.
type eventTask struct {
	number        int
	name, message string
}

// eventTasks: Microsoft, "Security auditing", the pages of these events. Of the messages there is the first line.
var eventTasks = map[int]eventTask{
	EventLogon:        {12544, "Logon", "An account was successfully logged on."},
	EventTGT:          {14339, "Kerberos Authentication Service", "A Kerberos authentication ticket (TGT) was requested."},
	EventService:      {14337, "Kerberos Service Ticket Operations", "A Kerberos service ticket was requested."},
	EventRenewal:      {14337, "Kerberos Service Ticket Operations", "A Kerberos service ticket was renewed."},
	eventPreauthWrong: {14339, "Kerberos Authentication Service", "Kerberos pre-authentication failed."},
}

const (
	noSID    = "S-1-0-0"
	noGUID   = "{00000000-0000-0000-0000-000000000000}"
	etypeAES = "0x12" // AES256
)

// SIDs are made up: they are of no domain that exists.
func sidOf(name string) string {
	sum := 1000
	for _, b := range []byte(strings.ToLower(name)) {
		sum = (sum*31 + int(b)) % 100_000
	}
	return "S-1-5-21-1111111111-2222222222-3333333333-" + strconv.Itoa(1100+sum)
}

func (l *securityLog) mapped(address string) string {
	if ip := net.ParseIP(address); ip != nil && ip.To4() != nil {
		return "::ffff:" + address
	}
	return address
}

// The fields stand in the order of Microsoft's "Security auditing": the XML of each event.

func (l *securityLog) tgtFields(user, address, port string) []string {
	return []string{user, l.config.Realm, sidOf(user), "krbtgt", sidOf("krbtgt"), "0x40810010", "0x0", etypeAES, "2", l.mapped(address), port, "", "", ""}
}

func (l *securityLog) serviceFields(user, service, address, port string) []string {
	return []string{user + "@" + l.config.Realm, l.config.Realm, service, sidOf(service), "0x40810000", etypeAES, l.mapped(address), port, "0x0", noGUID, "-"}
}

func (l *securityLog) renewalFields(user, address, port string) []string {
	return []string{user + "@" + l.config.Realm, l.config.Realm, "krbtgt", sidOf("krbtgt"), "0x50800002", etypeAES, l.mapped(address), port}
}

func (l *securityLog) logonFields(user, address, port, authentication, logonType string) []string {
	process := "Kerberos"
	if authentication != "Kerberos" {
		process = "Advapi"
	}
	return []string{
		noSID, "-", "-", "0x0", sidOf(user), user, l.config.NetBIOS, "0x3e7a1", logonType, process, authentication, "-", noGUID, "-", "-", "0",
		"0x0", "-", address, port, "%%1833", "-", "-", "-", "%%1843", "0x0", "%%1842",
	}
}

// logOn writes a log-on at WinRM itself.
func (l *securityLog) logOn(now time.Time, c Config, user, source, authentication string) {
	host, port, _ := net.SplitHostPort(source)
	logonType := "3"
	if authentication != "Kerberos" {
		authentication, logonType = "Negotiate", "8" // NetworkCleartext, which Basic is
	}
	l.write(now, EventLogon, false, l.logonFields(user, host, port, authentication, logonType)...)
}

// ticket writes what the KDC granted.
func (w *winrm) ticket(in arrival, client, service kerberos.Principal) {
	if w == nil {
		return
	}
	host, port, _ := net.SplitHostPort(in.source)
	now := w.now(&in.effects.winrm)
	if in.TGS {
		w.log.write(now, EventService, false, w.log.serviceFields(client.NameString(), service.NameString(), host, port)...)
		return
	}
	w.log.write(now, EventTGT, false, w.log.tgtFields(client.NameString(), host, port)...)
}

// badPassword writes a wrong one that the KDC saw.
func (w *winrm) badPassword(in arrival, name string) {
	if w == nil || in.Request == nil {
		return
	}
	host, port, _ := net.SplitHostPort(in.source)
	w.log.write(w.now(&in.effects.winrm), eventPreauthWrong, true,
		name, sidOf(name), "krbtgt/"+w.dc.config.Realm, "0x40810010", "0x18", "2", w.log.mapped(host), port, "", "", "")
}
