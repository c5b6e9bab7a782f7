package firewall

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// uidTableFull is what the simulated firewall says of a login when its table is full; the
// words of a firewall are not known.
const uidTableFull = "Add mapping failed"

// writeMappings answers a request of type=user-id: the other way to make mappings. Logins
// are taken before logouts (api-lab.paloaltonetworks.com, ip-user). Lists of ignored users
// and networks are the syslog agent's and are not asked (inferred). What fails is listed in
// the answer, and the rest holds.
func (fw *Firewall) writeMappings(cmd, vsys string) reply {
	message, err := panos.ParseUIDMessage([]byte(cmd))
	if err != nil {
		return failure(http.StatusOK, codeInvalidObject, panos.ErrorInLines, err.Error())
	}
	command := fmt.Sprintf("user-id login %d logout %d", len(message.Logins), len(message.Logouts))
	if fw.ha(fw.faults.Now()).passive() {
		answer := failure(http.StatusOK, codeDenied, panos.ErrorInLines, "this unit is passive")
		answer.command = command
		return answer
	}
	failures := fw.takeUID(message, cmp.Or(vsys, defaultVSys))
	answer := reply{status: http.StatusOK, command: command, body: panos.AppendUIDAnswer(nil, message.Version)}
	if len(failures) > 0 {
		answer.body = panos.AppendUIDErrorAnswer(nil, message.Version, failures)
	}
	return answer
}

func (fw *Firewall) takeUID(message panos.UIDMessage, vsys string) (failures []panos.UIDFailure) {
	fw.mu.Lock()
	events := fw.expire()
	for _, entry := range message.Logins {
		by := holder{fw.printed(entry.User), fromXMLAPI, cmp.Or(entry.Timeout, fw.config.MappingTimeout)}
		reason, event := fw.enter(place{vsys, entry.Address}, by)
		events = append(events, event)
		if reason != NoReason {
			failures = append(failures, panos.UIDFailure{Event: panos.Login, Entry: entry, Message: uidTableFull})
		}
	}
	for _, entry := range message.Logouts {
		reason, event := fw.logOut(place{vsys, entry.Address}, entry.User)
		events = append(events, event)
		if reason != NoReason {
			failures = append(failures, panos.UIDFailure{Event: panos.Logout, Entry: entry, Message: panos.UIDDeleteFailed})
		}
	}
	fw.mu.Unlock()
	fw.noteAll(events)
	return failures
}

// printed is a user name of the API as the table has it.
func (fw *Firewall) printed(user string) string {
	if fw.config.Dialect.LowerCaseUser == panos.Yes {
		return strings.ToLower(user)
	}
	return user
}

// minutes is a timeout as the configuration has it.
func minutes(d time.Duration) int64 { return max(1, int64(d/time.Minute)) }
