package probe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
)

// Family is the checks of one firewall, and the connections they share.
type Family struct {
	config  Firewall
	session *firewallSession
	senders []*delivery
	logins  *monitored // nil without monitoring
}

// NewFamily prepares the checks of a firewall. It opens nothing and reads no file.
func NewFamily(f Firewall) *Family {
	f.Timing = f.Timing.withDefaults()
	session := &firewallSession{config: f}
	family := &Family{config: f, session: session}
	for _, s := range f.Senders {
		family.senders = append(family.senders, newDelivery(session, s))
	}
	if f.Monitoring != nil {
		family.logins = newMonitored(*f.Monitoring, session)
	}
	return family
}

// Checks lists the checks, in the order in which a person would ask. They share
// connections and what was learnt; they are good for one run.
func (f *Family) Checks() []check.Check {
	var checks []check.Check
	if f.session.watched() || f.logins == nil {
		checks = append(checks, f.session.oracleCheck(), f.session.haCheck())
	}
	if len(f.senders) > 0 || f.logins == nil {
		checks = append(checks, f.session.serviceCheck())
	}
	for i, d := range f.senders {
		checks = append(checks, d.listenerChecks(f.senders[:i])...)
		checks = append(checks, d.deliveryChecks()...)
	}
	if f.logins != nil {
		checks = append(checks, f.logins.checks()...)
	}
	return checks
}

// Close ends the connections that are still open, as after an interrupt. It is called when
// the run is over. That a peer hangs up first is no error here: the checks have spoken.
func (f *Family) Close() error {
	for _, d := range f.senders {
		d.close()
	}
	if f.logins != nil {
		_ = f.logins.directory.close()
		f.logins.closeWinRM()
	}
	return f.session.close()
}

// firewallSession is what the checks of one firewall share. The order of Needs says who
// may read a field; oracle is set by the first check and read by all that need it.
type firewallSession struct {
	config Firewall
	oracle oracle

	mu        sync.Mutex           // guards unreached
	unreached map[string]check.Ref // our address → the first check that found it shut out
}

func (s *firewallSession) close() error {
	if s.oracle == nil {
		return nil
	}
	return s.oracle.close()
}

// watched says whether anybody tells what the firewall does.
func (s *firewallSession) watched() bool { return s.config.Paste != nil || s.config.API.URL != "" }

// oracleCheck is the check that all others need: who tells what the firewall did.
func (s *firewallSession) oracleCheck() check.Check {
	if s.config.Paste != nil {
		return s.pasteCheck()
	}
	return s.apiCheck()
}

// apiCheck asks whether the XML API answers, and who it is.
func (s *firewallSession) apiCheck() check.Check {
	return check.Check{
		ID:     "firewall.api",
		Title:  lang.Text{EN: "the XML API answers", JA: "XML API が応答する"},
		Source: "PAN-OS XML API: error codes; type=op, show system info",
		Target: s.config.Name,
		Run:    s.askAPI,
	}
}

func (s *firewallSession) askAPI(ctx context.Context) check.Result {
	client, err := s.newClient()
	if err != nil {
		return check.Result{
			Status: check.Error, Summary: fmt.Sprintf("%s: %v", s.config.API.URL, err),
			Hint: "mend the api section of the site file",
		}
	}
	api := &apiOracle{client}
	s.oracle = api
	info, seen, err := api.systemInfo(ctx)
	if err != nil {
		return apiFailure(err, seen)
	}
	r := check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("%s answers: %s, PAN-OS %s", s.config.API.URL, info.Hostname, info.Version),
		Evidence: seen,
	}
	if s.config.API.TLS.SkipVerify {
		r.Status = check.Warn
		r.Summary += "; its certificate is NOT verified (insecure_skip_verify)"
		r.Hint = "set api.ca to the CA of the firewall's certificate, and take insecure_skip_verify out"
	}
	return r
}

func (s *firewallSession) newClient() (*panos.Client, error) {
	api := s.config.API
	key, err := api.Key.Read()
	if err != nil {
		return nil, fmt.Errorf("api key: %w", err)
	}
	u, err := url.Parse(api.URL)
	if err != nil {
		return nil, err
	}
	tlsConfig, err := api.TLS.config(u.Hostname())
	if err != nil {
		return nil, err
	}
	return panos.NewClient(panos.ClientConfig{URL: api.URL, Key: key, VSys: api.VSys, Target: api.Target, TLS: tlsConfig})
}

// apiFailure is the result of a question to the API that failed: Fail if the firewall
// answered that it will not, Error if it could not be asked.
func apiFailure(err error, seen []check.Evidence) check.Result {
	r := check.Result{Status: check.Error, Summary: err.Error(), Evidence: newest(seen)}
	var answer *panos.APIError
	var gone *entryGoneError
	var clock check.TimeoutError
	var notPasted *notPastedError
	switch {
	case errors.As(err, &notPasted):
		r.Hint = "add it to the file, and run again"
	case errors.As(err, &gone):
		r.Status = check.Fail
		r.Hint = "somebody changed the configuration while the test ran: run again"
	case errors.As(err, &clock) && clock.Clock != "attempt":
		r.Hint = fmt.Sprintf("raise clocks.%s in the site file, or lower test.wait", clock.Clock)
	case panos.IsUnauthorized(err):
		r.Status = check.Fail
		r.Hint = "make a new API key for a role with XML API > Operational Requests, and put it where api.key points"
	case errors.As(err, &answer):
		r.Status = check.Fail
		r.Hint = "try the command by hand in the firewall's CLI; what the code means is in the summary"
	default:
		r.Hint = exchangeHint(panos.FailureOf(err))
	}
	return r
}

// exchangeHint is the next step when an exchange with the API did not come about.
func exchangeHint(f panos.Failure) string {
	switch f {
	case panos.TimedOut:
		return "the management plane may be busy: try again, or raise clocks.attempt in the site file"
	case panos.Untrusted:
		return "set api.ca to the CA of the firewall's certificate, and api.server_name to a name in it"
	case panos.BadTLS:
		return "see that api.url names the HTTPS port of the management interface, and nothing in between ends TLS"
	case panos.NotAPI, panos.Redirected, panos.Unreadable:
		return "see that api.url is the firewall's own management address: a portal, a proxy or another device may answer there"
	case panos.CutShort, panos.Lost, panos.TooLong:
		return "try again; if it stays so, look at what is between this host and the management interface"
	}
	return "see that this host reaches the management address: port 443, a route, its permitted IP addresses"
}

// haCheck asks whether this is the unit that takes messages.
func (s *firewallSession) haCheck() check.Check {
	return check.Check{
		ID:     "firewall.ha",
		Title:  lang.Text{EN: "the firewall is not the passive unit of a pair", JA: "ファイアウォールが冗長構成のパッシブ機ではない"},
		Source: "KB kA14u0000008X3mCAE: show high-availability all",
		Target: s.config.Name,
		Needs:  []check.Ref{{Check: s.oracleCheck().ID}},
		Run:    s.askHA,
	}
}

func (s *firewallSession) askHA(ctx context.Context) check.Result {
	ha, seen, err := s.oracle.highAvailability(ctx)
	var notPasted *notPastedError
	switch {
	case errors.As(err, &notPasted):
		return check.Result{Status: check.Pass, Summary: "not told: " + err.Error()}
	case err != nil:
		r := apiFailure(err, seen)
		r.Status = check.Warn // it is not known to matter
		return r
	case ha.Passive():
		return check.Result{
			Status:   check.Fail,
			Summary:  fmt.Sprintf("%s is the passive unit (%s, peer %s)", s.config.Name, ha.Mode, ha.PeerState),
			Hint:     "let api.url and the senders' addresses lead to the active unit; on the passive one Not connected is normal (show high-availability state)",
			Evidence: seen,
		}
	case !ha.Enabled:
		return check.Result{Status: check.Pass, Summary: "no high availability"}
	}
	return check.Result{Status: check.Pass, Summary: fmt.Sprintf("%s, %s", ha.Mode, ha.LocalState), Evidence: seen}
}

// serviceCheck asks whether the listener services are on that our senders need.
func (s *firewallSession) serviceCheck() check.Check {
	return check.Check{
		ID:     "listener.service",
		Title:  lang.Text{EN: "the syslog listener services are enabled", JA: "Syslog リスナー サービスが有効である"},
		Source: "KB kA14u0000008X3mCAE: show user server-monitor state",
		Target: s.config.Name,
		Needs:  []check.Ref{{Check: "firewall.ha"}},
		Run:    s.askServices,
	}
}

func (s *firewallSession) askServices(ctx context.Context) check.Result {
	state, seen, err := s.oracle.state(ctx)
	if err != nil {
		return apiFailure(err, seen)
	}
	var enabled, disabled, unknown []string
	for _, connection := range s.connections() {
		service := state.UDP
		name := "UDP syslog listener service"
		if connection == panos.SSL {
			service, name = state.SSL, "SSL syslog listener service"
		}
		switch service {
		case panos.ServiceEnabled:
			enabled = append(enabled, name)
		case panos.ServiceDisabled:
			disabled = append(disabled, name)
		default:
			unknown = append(unknown, name)
		}
	}
	r := check.Result{Status: check.Pass, Summary: strings.Join(enabled, ", ") + ": enabled", Evidence: seen}
	switch {
	case len(disabled) > 0:
		r.Status = check.Fail
		r.Summary = s.config.Name + ": " + strings.Join(disabled, ", ") + ": disabled"
		r.Hint = "tick User-ID Syslog Listener on the interface where the messages arrive (Device > Setup > Interfaces > Management, or the Interface Management Profile of a dataplane interface) and commit"
		r.Symptom = "syslog.listener.disabled"
	case len(unknown) > 0:
		r.Status = check.Error
		r.Summary = s.config.Name + " does not say whether the " + strings.Join(unknown, ", ") + " is enabled"
		r.Hint = "run: show user server-monitor state all, and compare its first lines with the evidence"
	}
	return r
}

// connections lists the transports of our senders, each once, UDP first.
func (s *firewallSession) connections() (list []panos.ConnectionType) {
	for _, connection := range []panos.ConnectionType{panos.UDP, panos.SSL} {
		for _, sender := range s.config.Senders {
			if sender.Connection() == connection {
				list = append(list, connection)
				break
			}
		}
	}
	return list
}

// shutOut notes that nothing from our address reaches the firewall, and returns the check
// that found it first, if that was another one.
func (s *firewallSession) shutOut(from string, found check.Ref) (first check.Ref, other bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, other = s.unreached[from]
	if !other {
		if s.unreached == nil {
			s.unreached = map[string]check.Ref{}
		}
		s.unreached[from] = found
	}
	return first, other
}
