package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

func (s *monitored) serviceCheck(server MonitoredServer) check.Check {
	c := check.Check{
		ID:     idService,
		Title:  lang.Text{EN: "the account gets a ticket for the server's web service", JA: "アカウントでサーバーの HTTP サービスのチケットを取得できる"},
		Source: "RFC 4120 section 3.3; RFC 4559 section 4.1",
		Target: s.prefix + strings.ToLower(server.Host),
		Needs:  []check.Ref{{Check: idTicket, Target: s.target}},
		Run:    func(ctx context.Context) check.Result { return s.askService(ctx, server) },
	}
	if !server.overKerberos() {
		c.Skip = &check.Skipped{Reason: check.Inapplicable, Why: "WMI: the firewall asks for no HTTP ticket (inferred)"}
	}
	if server.overBasic() {
		c.Skip = &check.Skipped{Reason: check.Inapplicable, Why: "Basic: the firewall asks for no ticket"}
	}
	return c
}

// askService asks for the ticket that WinRM wants.
func (s *monitored) askService(ctx context.Context, server MonitoredServer) check.Result {
	if isAddress(server.Host) {
		return check.Result{
			Status: check.Skip, Skipped: check.NeedNotMet, CausedBy: &check.Ref{Check: idNames, Target: s.target},
			Summary: fmt.Sprintf("not asked: %s is an address, and no service has that name", server.Host),
		}
	}
	realm := s.ticket.Service.Realm
	service := kerberos.HTTPService(server.Host, realm)
	got, err := s.serviceTicket(ctx, service)
	if err != nil {
		s.notServed(server)
		r := refusal(service.String(), err)
		if r.Symptom == symptomServiceUnknown {
			r.Hint = fmt.Sprintf("on a domain controller: setspn -Q HTTP/%s (and setspn -X for duplicates); monitor the server by the FQDN of its computer account (Device > User Identification > User Mapping > Server Monitoring)", server.Host)
		}
		return r
	}
	s.keepTicket(server, got)
	return check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("a ticket for %v, encrypted with %v", got.Service, got.TicketEtype),
		Evidence: append(ticketEvidence(got), s.managementService(ctx, server.Host, realm)),
	}
}

// keepTicket keeps the ticket for the log-in to the server.
func (s *monitored) keepTicket(server MonitoredServer, got kerberos.Credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tickets == nil {
		s.tickets = map[string]kerberos.Credential{}
	}
	s.tickets[strings.ToLower(server.Host)] = got
}

func (s *monitored) ticketFor(server MonitoredServer) (got kerberos.Credential, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got, ok = s.tickets[strings.ToLower(server.Host)]
	return got, ok
}

func (s *monitored) notServed(server MonitoredServer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unserved = append(s.unserved, check.Ref{Check: idService, Target: s.prefix + strings.ToLower(server.Host)})
}

// refusedService is the check of a server for which there was no ticket; nil if there is none.
func (s *monitored) refusedService() *check.Ref {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unserved) == 0 {
		return nil
	}
	return &s.unserved[0]
}

// serviceTicket asks the KDC of the TGT, within one attempt.
func (s *monitored) serviceTicket(ctx context.Context, service kerberos.Principal) (kerberos.Credential, error) {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	return s.at(s.ticket.from).ServiceTicket(attempt, s.ticket.Credential, service, nil)
}

// managementService looks for WSMAN/host, which a server with WinRM registers. The firewall does not
// need it.
func (s *monitored) managementService(ctx context.Context, host, realm string) check.Evidence {
	service := kerberos.Principal{Type: kerberos.NameService, Name: []string{"WSMAN", host}, Realm: realm}
	_, err := s.serviceTicket(ctx, service)
	var refused *kerberos.KDCError
	switch {
	case err == nil:
		return check.Evidence{Name: "information", Text: fmt.Sprintf("%v is there as well", service)}
	case errors.As(err, &refused) && refused.Code == kerberos.ErrServiceUnknown:
		return check.Evidence{Name: "information", Text: fmt.Sprintf("%v is not there: WinRM may not be set up on the server (winrm quickconfig); the firewall does not ask for it", service)}
	}
	return check.Evidence{Name: "information", Text: fmt.Sprintf("%v: %v", service, err)}
}
