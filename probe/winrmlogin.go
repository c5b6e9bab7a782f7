package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// askKerberosLogin logs in with the ticket that kerberos.service got: no password is spent. Over HTTPS both is tried,
// without channel bindings and with them.
func (d *winrmDoor) askKerberosLogin(ctx context.Context) check.Result {
	err := d.logIn(ctx)
	if d.tls == nil {
		if err != nil {
			return d.failure(err)
		}
		return check.Result{Status: check.Pass, Summary: fmt.Sprintf("logged in with Kerberos (%s), mutually; what follows is sealed", d.scheme), Evidence: d.ticketEvidence()}
	}
	return d.judgeBindings(err, d.tryBound(ctx))
}

func (d *winrmDoor) ticketEvidence() []check.Evidence {
	ticket, _ := d.ticketFor(d.server)
	return []check.Evidence{{Name: "ticket", Text: fmt.Sprintf("%v, encrypted with %v", ticket.Service, ticket.TicketEtype)}}
}

// tryBound logs in over a connection of its own, tied to its TLS session.
func (d *winrmDoor) tryBound(ctx context.Context) error {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	conn, err := d.kerberosConn(attempt, true)
	if err != nil {
		return err
	}
	_ = conn.Close()
	return nil
}

// judgeBindings says which log-ins the server takes: CbtHardeningLevel is None or Relaxed where it takes both, Strict
// where it takes the bound one alone.
func (d *winrmDoor) judgeBindings(unbound, bound error) check.Result {
	switch {
	case unbound == nil && bound == nil:
		return check.Result{
			Status: check.Pass, Summary: fmt.Sprintf("logged in with Kerberos (%s), mutually, with channel bindings and without", d.scheme),
			Evidence: append(d.ticketEvidence(), check.Evidence{Name: "channel bindings", Text: "not wanted (CbtHardeningLevel is not Strict)"}),
		}
	case unbound == nil && refusedLogin(bound):
		return check.Result{
			Status:   check.Warn,
			Summary:  fmt.Sprintf("%s lets us in without channel bindings, and not with those of the certificate that we see: something on the way may end TLS and show a certificate of its own", d.target),
			Hint:     "on the server: winrm enumerate winrm/config/listener, and compare CertificateThumbprint with that in the evidence of winrm.certificate; leave the server out of TLS inspection (Policies > Decryption)",
			Evidence: append(d.ticketEvidence(), check.Evidence{Name: "with channel bindings", Text: clean(bound.Error())}),
		}
	case unbound == nil:
		return check.Result{Status: check.Pass, Summary: fmt.Sprintf("logged in with Kerberos (%s), mutually, without channel bindings; with them it could not be tried: %v", d.scheme, bound), Evidence: d.ticketEvidence()}
	case bound == nil && refusedLogin(unbound):
		r := check.Result{
			Status:   check.Fail,
			Summary:  fmt.Sprintf("%s lets nobody in who does not tie the log-in to the TLS connection: CbtHardeningLevel is Strict there, and a firewall is not known to send channel bindings (inferred: its libcurl may be too old)", d.target),
			Hint:     `on the server: winrm get winrm/config/service/auth; where CbtHardeningLevel is Strict: winrm set winrm/config/service/auth @{CbtHardeningLevel="Relaxed"}`,
			Evidence: append(d.ticketEvidence(), check.Evidence{Name: "without channel bindings", Text: clean(unbound.Error())}),
		}
		firewallShows(&r, symptomUnauthorized)
		return r
	}
	r := d.failure(unbound)
	r.Evidence = append(r.Evidence, check.Evidence{Name: "with channel bindings", Text: clean(bound.Error())})
	return r
}

// refusedLogin says whether a server answered no to a log-in.
func refusedLogin(err error) bool {
	var refused *wsman.LoginError
	return errors.As(err, &refused)
}

// logIn makes the connection on which everything is asked, without channel bindings, as a firewall does (inferred).
func (d *winrmDoor) logIn(ctx context.Context) error {
	d.hangUp()
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	conn, err := d.kerberosConn(attempt, false)
	d.conn = conn
	return err
}

func (d *winrmDoor) kerberosConn(ctx context.Context, bind bool) (*wsman.Conn, error) {
	ticket, ok := d.ticketFor(d.server)
	if !ok {
		return nil, fmt.Errorf("%s: there is no ticket", d.target)
	}
	conn, err := d.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	login := wsman.KerberosLogin{Ticket: ticket, Scheme: d.scheme, Now: d.at(d.ticket.from).Now, Bind: bind}
	if err := conn.Login(ctx, login); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// askLogin logs in with Basic: it sends the password, through the gate, to a server that has just been verified and has
// just offered it.
func (d *winrmDoor) askLogin(ctx context.Context) check.Result {
	if !d.known {
		return check.Result{
			Status: check.Fail, Summary: fmt.Sprintf("password not sent: nobody can tell whose it is: %s", d.nameFindings.result("").Summary),
			Hint: "correct User Name and Domain's DNS Name of the Server Monitor Account (Device > User Identification > User Mapping)",
		}
	}
	if d.config.Gate == nil {
		return check.Result{
			Status: check.Error, Summary: "password not sent: this run has no gate that would keep the account from being locked",
			Hint: "run it as uidprobe probe winrm or uidprobe check: both have one",
		}
	}
	var who wsman.Identity
	err := d.spendBasic(ctx, func(ctx context.Context, conn *wsman.Conn) (err error) {
		attempt, cancel := check.Attempt(ctx)
		defer cancel()
		if who, err = conn.Identify(attempt); err == nil && strings.HasPrefix(who.ProductVersion, anonymous) {
			err = fmt.Errorf("%s: %w", d.target, errNothingProven)
		}
		return err
	})
	var fault *wsman.Fault
	if err != nil && !errors.As(err, &fault) { // a fault is for the next check: who gets one is logged in
		return d.basicFailure(ctx, err)
	}
	return check.Result{
		Status: check.Pass, Summary: fmt.Sprintf("logged in with Basic, over TLS, as %s", d.config.Account),
		Evidence: []check.Evidence{{Name: "product", Text: clean(strings.TrimSpace(who.ProductVendor + " " + who.ProductVersion))}},
	}
}

// anonymous is what Windows gives as its version to somebody who is not logged in.
const anonymous = "OS: 0.0.0"

// errNothingProven says that an answer came that anybody would have got.
var errNothingProven = errors.New("the server answers as it does without a log-in: whether it took the password is not shown")

// spendBasic does one request that carries the password, through the gate. The connection is kept for the next one.
func (d *winrmDoor) spendBasic(ctx context.Context, do func(context.Context, *wsman.Conn) error) error {
	secret, err := d.config.secret()
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	if secret.Empty() {
		return errors.New("password: it is empty")
	}
	ask := func(ctx context.Context) error {
		a, _, err := d.askBare(ctx, d.choice)
		if err == nil && !a.Challenges().Has(schemeBasic) {
			err = fmt.Errorf("%s: %w", d.target, wsman.ErrBasicNotOffered)
		}
		return err
	}
	send := func(ctx context.Context) (credential.Verdict, error) {
		if d.conn == nil {
			attempt, cancel := check.Attempt(ctx)
			defer cancel()
			conn, err := d.connect(attempt, true)
			if err != nil {
				return credential.Unsent, err
			}
			if err := conn.UseBasic(wsman.BasicLogin{User: d.config.Account, Password: secret.Reveal(), Offered: d.offered}); err != nil {
				_ = conn.Close()
				return credential.Unsent, err
			}
			d.conn = conn
		}
		err := do(ctx, d.conn)
		return basicVerdict(err), err
	}
	return d.config.Gate.Spend(ctx, d.who.account, d.who.authority, secret, ask, send)
}

// basicVerdict says what an answer to a request with a password means for the password. Only an answer of
// WS-Management shows that it was taken: anything else on the way may answer with another status.
func basicVerdict(err error) credential.Verdict {
	var fault *wsman.Fault
	var status *wsman.StatusError
	switch {
	case err == nil, errors.As(err, &fault):
		return credential.Accepted
	case errors.Is(err, wsman.ErrUnusable):
		return credential.Unsent
	case errors.As(err, &status) && status.Status == http.StatusUnauthorized:
		return credential.Refused
	}
	return credential.Silent
}

// basicFailure is the result of a password that let nobody in.
func (d *winrmDoor) basicFailure(ctx context.Context, err error) check.Result {
	var refused *credential.RefusedError
	if errors.As(err, &refused) && !refused.Sent {
		return check.Result{Status: check.Skip, Skipped: check.Refused, Summary: err.Error(), Hint: refused.Hint()}
	}
	if ctx.Err() != nil {
		return check.Result{Status: check.Error, Summary: fmt.Sprintf("%v: %v", err, context.Cause(ctx)), Hint: "run again; whether the password was sent is in the summary"}
	}
	if !spoken(err) {
		return check.Result{Status: check.Error, Summary: err.Error(), Hint: "see the place where the password is kept, the folder of the gate, and the right to read and write there: without its record no password is sent"}
	}
	r := d.failure(err)
	if refused != nil {
		r.Hint += "; " + refused.Hint()
	}
	return r
}

// spoken says whether an error is of the server or of the way to it.
func spoken(err error) bool {
	var status *wsman.StatusError
	var fault *wsman.Fault
	var format *wsman.FormatError
	var transport *wsman.TransportError
	return errors.As(err, &status) || errors.As(err, &fault) || errors.As(err, &format) || errors.As(err, &transport) ||
		errors.Is(err, errNothingProven) || errors.Is(err, wsman.ErrBasicNotOffered)
}

// on does one request on the connection that is logged in. A connection that the server has ended in the meantime is
// made anew, as nothing was sent on it then; after a failure in the middle it is given up.
func (d *winrmDoor) on(ctx context.Context, do func(context.Context, *wsman.Conn) error) error {
	err := d.once(ctx, do)
	if errors.Is(err, wsman.ErrUnusable) {
		d.hangUp()
		err = d.once(ctx, do)
	}
	var transport *wsman.TransportError
	var format *wsman.FormatError
	if errors.As(err, &transport) || errors.As(err, &format) {
		d.hangUp()
	}
	return err
}

func (d *winrmDoor) once(ctx context.Context, do func(context.Context, *wsman.Conn) error) error {
	if d.server.overBasic() {
		return d.spendBasic(ctx, do)
	}
	if d.conn == nil {
		if err := d.logIn(ctx); err != nil {
			return err
		}
	}
	return do(ctx, d.conn)
}

// loginReason is why a server took no ticket, as far as it says so, and what to do.
func (d *winrmDoor) loginReason(e *wsman.LoginError) (why, hint string) {
	host := strings.ToLower(d.server.Host)
	var said *kerberos.KDCError
	var found *kerberos.GSSError
	switch {
	case errors.As(e.Reason, &said):
		return d.ticketRefused(said, host)
	case errors.As(e.Reason, &found):
		switch found.Failure {
		case kerberos.NotMutual, kerberos.BadMIC:
			return "what answers does not prove that it is the server: it does not have the key of the ticket",
				fmt.Sprintf("see who answers at %v: a proxy, or another server that has the address; setspn -Q HTTP/%s names the account that the ticket is for", d.address, host)
		case kerberos.OtherMechanism:
			return "the server wants another mechanism than Kerberos (NTLM, as a rule)",
				fmt.Sprintf(authHint, "Kerberos") + "; see that the server is a member of the domain: nltest /sc_query:DOMAIN"
		}
		return found.Error(), "look at the log Microsoft-Windows-WinRM/Operational and at the log System (source Kerberos) of the server at this time"
	}
	hint = fmt.Sprintf("on the server: log System, source Security-Kerberos, and log Security, event 4625, at this time; setspn -Q HTTP/%s must name the server's own computer account or nothing; winrm get winrm/config/service/auth: Kerberos = true, CbtHardeningLevel not Strict", host)
	if d.dated && d.date.Abs() >= kerberos.MaxSkew {
		return fmt.Sprintf("it does not say why; its clock is %s this host", aheadOf(d.date)), "on the server: w32tm /query /status; " + hint
	}
	return "it does not say why", hint
}

// ticketRefused reads the KRB-ERROR of a server.
func (d *winrmDoor) ticketRefused(said *kerberos.KDCError, host string) (why, hint string) {
	switch said.Code {
	case kerberos.ErrModified, kerberos.ErrBadIntegrity, kerberos.ErrNotUs:
		return "it cannot open the ticket: HTTP/" + host + " is registered on another account than the one that WinRM runs as, or the server's computer account has a new password",
			fmt.Sprintf("on a domain controller: setspn -Q HTTP/%s must name the server's own computer account or nothing, and setspn -X shows duplicates; then setspn -D HTTP/%s ACCOUNT takes it from the wrong one; if it is right: klist purge, and nltest /sc_verify:DOMAIN on the server", host, host)
	case kerberos.ErrSkew:
		return "its clock is more than " + kerberos.MaxSkew.String() + " from that of the ticket",
			"on the server: w32tm /query /status, and show clock on the firewall; let both and the domain controllers have one time source"
	case kerberos.ErrTicketExpired:
		return "the ticket has ended by its clock", "on the server: w32tm /query /status; let it and the domain controllers have one time source"
	}
	return said.Error(), "look the code up (uidprobe explain), and look at the log System (source Security-Kerberos) of the server at this time"
}
