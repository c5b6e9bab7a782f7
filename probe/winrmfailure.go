package probe

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/symptom"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

const symptomCut = "winrm.cut"

// firewallShows names the symptom of a result, with the line that the firewall would log and the status it would show.
func firewallShows(r *check.Result, id string) {
	s, ok := symptom.Find(id)
	if !ok {
		return
	}
	r.Symptom = id
	r.Evidence = append(r.Evidence, check.Evidence{Name: "the firewall would log", Text: strings.TrimSpace(s.Golden())})
	if s.Status != "" {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "and show", Text: s.Status})
	}
}

// failure is the result of a request that brought nothing: what was answered, what the firewall would show of it, and
// what to do.
func (d *winrmDoor) failure(err error) check.Result {
	var login *wsman.LoginError
	var fault *wsman.Fault
	var status *wsman.StatusError
	var format *wsman.FormatError
	var transport *wsman.TransportError
	switch {
	case errors.As(err, &login):
		return d.refusedTicket401(login)
	case errors.As(err, &fault):
		return d.faulted(fault)
	case errors.As(err, &status):
		return d.statusFailure(status)
	case errors.As(err, &format):
		return d.unreadable(format)
	case errors.As(err, &transport):
		return d.transportFailure(transport)
	case errors.Is(err, wsman.ErrBasicNotOffered):
		r := check.Result{Status: check.Fail, Summary: err.Error(), Hint: fmt.Sprintf(authHint, schemeBasic)}
		firewallShows(&r, symptomUnauthorized)
		return r
	}
	if errors.Is(err, errNothingProven) {
		return check.Result{Status: check.Error, Summary: err.Error(), Hint: "see whether something on the way takes the log-in out of the request; on the server: winrm get winrm/config/service/auth must say Basic = true"}
	}
	return check.Result{Status: check.Error, Summary: err.Error(), Hint: "run again; the trouble is on this host: see the error"}
}

// refusedTicket401 is a log-in with Kerberos that was refused.
func (d *winrmDoor) refusedTicket401(e *wsman.LoginError) check.Result {
	why, hint := d.loginReason(e)
	r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s refuses the ticket: %s", d.target, clean(why)), Hint: hint}
	r.Evidence = append(d.ticketEvidence(), check.Evidence{Name: "answer", Text: clean(e.Error())})
	if e.Answer.Status == http.StatusUnauthorized {
		firewallShows(&r, symptomUnauthorized)
	}
	if d.doubtful {
		r.CausedBy = &check.Ref{Check: idWinRMSchemes, Target: d.target}
	}
	return r
}

// statusFailure is an answer without a message.
func (d *winrmDoor) statusFailure(e *wsman.StatusError) check.Result {
	r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s: %s", d.target, clean(e.Error()))}
	if e.ServerName != "" {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "Server", Text: clean(e.ServerName)})
	}
	switch {
	case e.Status == http.StatusUnauthorized && d.server.overBasic():
		r.Summary = fmt.Sprintf("%s refuses user name and password of %s", d.target, d.config.Account)
		r.Hint = "on the server: log Security, event 4625 at this time, whose Sub Status says why (0xC000006A password, 0xC0000064 no such user, 0xC0000234 locked, 0xC0000072 disabled); " + basicHint
		if d.proven {
			r.Summary += ": the KDC has just taken the same password, so it is right, and the server knows no domain accounts with Basic: it is no domain controller"
			r.Hint = basicHint
		}
	case e.Status == http.StatusUnauthorized:
		r.Hint = "on the server: log Security, event 4625, and log Microsoft-Windows-WinRM/Operational at this time; winrm get winrm/config/service/auth"
	case e.Status == http.StatusInternalServerError && e.Unsealed != nil:
		return d.faulted(e.Unsealed)
	case e.Status == http.StatusInternalServerError && e.Empty:
		r.Summary = fmt.Sprintf("%s answers 500 with an empty body: it takes no message in the clear, or cannot open a sealed one", d.target)
		r.Hint = "on the server: winrm get winrm/config/service must say AllowUnencrypted = false, which is right: the firewall seals; see that nothing on the way changes HTTP (a proxy, an inspecting firewall), and restart the service WinRM (net stop winrm, net start winrm)"
	default:
		r.Hint = statusHint(e.Status)
	}
	if s, ok := symptom.ByHTTP(e.Status); ok {
		firewallShows(&r, s.ID)
	}
	return r
}

// basicHint says where Basic works.
const basicHint = "Basic takes domain accounts on a domain controller alone: for another server, such as Exchange, give the Server Monitor Account a Kerberos Server Profile (Device > User Identification > User Mapping > Server Monitor Account)"

// statusHint is what to do about a status that WinRM does not give as a rule.
func statusHint(status int) string {
	switch {
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return "on the server: winrm enumerate winrm/config/listener must say URLPrefix = wsman for the port; netsh http show servicestate shows who else has the port"
	case status == http.StatusServiceUnavailable:
		return "on the server: sc query winrm; start it with net start winrm, and see the log Microsoft-Windows-WinRM/Operational"
	case status/100 == 3, status == http.StatusForbidden, status == http.StatusProxyAuthRequired, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return "something on the way answers in place of WinRM, such as a proxy or a portal: let the firewall and this host reach the server without it; winrm enumerate winrm/config/listener shows what the server itself has"
	}
	return "on the server: winrm enumerate winrm/config/listener, and netsh http show servicestate: see who answers on the port"
}

// otherStatus is an answer to a request without a log-in that is not the 401 that WinRM gives.
func (d *winrmDoor) otherStatus(a *wsman.Answer) check.Result {
	r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s answers %d %s: it is not WinRM, or something stands in front of it", d.target, a.Status, http.StatusText(a.Status)), Hint: statusHint(a.Status)}
	if s, ok := symptom.ByHTTP(a.Status); ok {
		firewallShows(&r, s.ID)
	}
	return r
}

// unreadable is an answer that is none of WinRM.
func (d *winrmDoor) unreadable(e *wsman.FormatError) check.Result {
	r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s: %s", d.target, clean(e.Error())), Hint: statusHint(http.StatusOK)}
	switch {
	case e.What == "sealed body":
		r.Hint = "something on the way changes HTTP (a proxy, an inspecting firewall): leave the server out of it; if nothing is there, restart the service WinRM on the server"
	case d.tls == nil && strings.Contains(e.Error(), "HTTPS"):
		r.Hint = "on the server: winrm enumerate winrm/config/listener shows which port is HTTP (5985) and which HTTPS (5986); the transport of Device > User Identification > User Mapping > Server Monitoring has to fit"
		firewallShows(&r, symptomCut)
	}
	return r
}

// transportFailure is a connection that brought no answer.
func (d *winrmDoor) transportFailure(e *wsman.TransportError) check.Result {
	var other *otherCertificateError
	switch {
	case e.Phase == wsman.Dial:
		return d.notDialled(e.Err)
	case errors.As(e.Err, &other):
		return check.Result{
			Status: check.Fail, Summary: fmt.Sprintf("%s: %v", d.target, other),
			Hint: "see whether several servers share the address, or the certificate was changed just now: winrm enumerate winrm/config/listener on each, then run again",
		}
	case e.Phase == wsman.Handshake:
		r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s: %v", d.target, e.Err), Hint: d.tls.handshakeHint(certs.FailureOf(e.Err), e.Err)}
		speak(&r, certs.FailureOf(e.Err), true)
		return r
	case certs.FailureOf(e.Err) == certs.FailsInTime:
		r := check.Result{
			Status: check.Fail, Summary: fmt.Sprintf("%s takes the connection and does not answer: %v", d.target, e.Err),
			Hint: "on the server: sc query winrm, and the load of the process that runs it; see that nothing on the way holds HTTP back",
		}
		speak(&r, certs.FailsInTime, true)
		return r
	}
	r := check.Result{
		Status: check.Fail, Summary: fmt.Sprintf("%s: %s: %s", d.target, e.Phase, clean(e.Err.Error())),
		Hint: "on the server: winrm enumerate winrm/config/listener shows which port is HTTP and which HTTPS; see whether WinRM was restarted (log System), and whether a proxy or an inspecting firewall on the way ends the connection",
	}
	firewallShows(&r, symptomCut)
	return r
}

// grant is what has to be done about a fault, by its code.
type grant struct {
	codes []uint32
	why   string
	hint  string
}

const groupHint = `on a domain controller: net group, or net localgroup "Remote Management Users" /domain, must list the account; if not, add it (Active Directory Users and Computers > Builtin)`

// grants are the faults that are known, the most telling first: a fault can hold several codes.
var grants = []grant{
	{[]uint32{wsman.CodeWMIProviderDenied}, "the account may not read the log (that it is the event log's right is inferred)",
		`look first: wevtutil gl Security shows who may read it; then add the account to Event Log Readers (Active Directory Users and Computers > Builtin), and restart nothing: it counts from the next log-in`},
	{[]uint32{wsman.CodeWMIServiceDenied, wsman.CodeWMICannotConnectDenied, wsman.CodeWBEMAccessDenied}, `the account has no right to the WMI namespace root\cimv2`,
		`on the server: wmimgmt.msc > WMI Control > Properties > Security > Root > CIMV2 shows who has rights; give the account Enable Account and Remote Enable; a plug-in's own list: winrm configSDDL http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2`},
	{[]uint32{wsman.CodeAccessDenied, wsman.CodeEAccessDenied}, "the account may log in and not use WinRM: it is not in Remote Management Users",
		groupHint + `; winrm get winrm/config/service shows RootSDDL, where it has a list of its own`},
	{[]uint32{wsman.CodeTimedOut}, "WMI on the server was not ready within the operation time-out",
		"on the server: the load of WmiPrvSE.exe, and the size of the security log (wevtutil gli Security); a smaller log, or a higher Server Log Monitor Frequency (Device > User Identification > User Mapping), helps"},
	{[]uint32{wsman.CodeCannotProcessFilter}, "WMI does not take the query",
		"on the server: Get-CimInstance Win32_NTLogEvent -Filter \"Logfile='Security' AND EventCode=4624\" | select -First 1 must give an event; if not, look at the WMI repository: winmgmt /verifyrepository"},
	{[]uint32{wsman.CodeQuotaMaxOperationsShell}, "the server has as many operations as it allows",
		"on the server: winrm get winrm/config/service shows MaxConcurrentOperationsPerUser; see who else uses the account, or raise it"},
	{[]uint32{wsman.CodeSchemaValidation}, "the server does not understand the request",
		"see whether something on the way changes HTTP; winrm id on the server shows which version it has"},
}

// faulted is a fault: HTTP 500 for the firewall, whatever it is.
func (d *winrmDoor) faulted(f *wsman.Fault) check.Result {
	r := check.Result{
		Status: check.Fail, Summary: fmt.Sprintf("%s: %s", d.target, clean(f.Error())),
		Hint: "look at the log Microsoft-Windows-WinRM/Operational of the server at this time, and look the code up (uidprobe explain)",
	}
	for _, g := range grants {
		if f.Has(g.codes...) {
			r.Summary, r.Hint = fmt.Sprintf("%s: %s: %s", d.target, g.why, clean(f.Error())), g.hint
			break
		}
	}
	for _, code := range f.Codes() {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "code", Text: fmt.Sprintf("%s (%d)", wsman.CodeName(code), code)})
	}
	if f.Subcode != "" {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "subcode", Text: clean(f.Subcode)})
	}
	if s, ok := symptom.ByHTTP(http.StatusInternalServerError); ok {
		firewallShows(&r, s.ID)
	}
	return r
}
