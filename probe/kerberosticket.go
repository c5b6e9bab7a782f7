package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// ticket is a TGT and the KDC that takes it.
type ticket struct {
	kerberos.Credential
	from *door
}

// askTicket logs in: the one question of this family that can cost the account something.
func (s *monitored) askTicket(ctx context.Context) check.Result {
	d := s.answering((*door).toldOverTCP)
	if d == nil {
		return s.unanswered("not asked: a password is sent over TCP alone")
	}
	if s.config.Cache != "" {
		return s.useCache(d)
	}
	k, err := s.readKey()
	if err != nil {
		return check.Result{Status: check.Error, Summary: err.Error(), Hint: "see the place where the secret is kept, and the right to read it"}
	}
	if d.tcp.answer.Reply != nil {
		return s.openTicket(ctx, d, k)
	}
	if s.config.Gate == nil {
		return check.Result{
			Status: check.Error, Summary: "password not sent: this run has no gate that would keep the account from being locked",
			Hint: "run it as uidprobe probe kerberos or uidprobe check: both have one",
		}
	}
	got, err := s.spend(ctx, d, k)
	if err != nil {
		return s.refusedTicket(ctx, d, k, err)
	}
	s.proven = true
	return s.granting(d, k, got)
}

// spend sends the password once, through the gate, to one KDC over TCP.
func (s *monitored) spend(ctx context.Context, d *door, k key) (got kerberos.Credential, err error) {
	answer := d.tcp.answer
	ask := func(ctx context.Context) error {
		v := s.ask(ctx, d, "tcp")
		if v.err == nil && v.answer.Reply != nil {
			v.err = errChanged
		}
		if v.err == nil { // what is proven is proven by the latest clock, salt and types
			d.tcp, answer = v, v.answer
		}
		return v.err
	}
	send := func(ctx context.Context) (credential.Verdict, error) {
		attempt, cancel := check.Attempt(ctx)
		defer cancel()
		got, err = s.at(d).Login(attempt, s.request(), answer, k.of)
		return verdictOf(err), err
	}
	err = s.config.Gate.Spend(ctx, s.who.account, s.who.authority, k.secret, ask, send)
	return got, err
}

// errChanged says that somebody changed the account between two questions.
var errChanged = errors.New("password not sent: the account wants no pre-authentication any more")

// verdictOf says what an answer means for a password.
func verdictOf(err error) credential.Verdict {
	var refused *kerberos.KDCError
	var found *kerberos.ClientError
	switch {
	case err == nil:
		return credential.Accepted
	case errors.As(err, &refused):
		return credential.Refused
	case !errors.As(err, &found):
		return credential.Silent
	}
	switch found.Failure {
	case kerberos.ReplyModified, kerberos.ReplySkew:
		return credential.Accepted // the reply was opened with our key
	case kerberos.BadIntegrity:
		return credential.Refused
	case kerberos.NoEtype, kerberos.OtherEtypes, kerberos.NoMethod, kerberos.NoKey, kerberos.BadParameters:
		if !found.Sent {
			return credential.Unsent
		}
	case kerberos.Unreachable:
		if !found.Sent && found.Detail == "dial" { // a request that was sent in part is another matter
			return credential.Unsent
		}
	}
	return credential.Silent
}

// refusedTicket is the result of a password that got no ticket.
func (s *monitored) refusedTicket(ctx context.Context, d *door, k key, err error) check.Result {
	var refused *credential.RefusedError
	if errors.As(err, &refused) && !refused.Sent {
		return check.Result{Status: check.Skip, Skipped: check.Refused, Summary: err.Error(), Hint: refused.Hint()}
	}
	if r, ok := s.ourOwn(ctx, err); ok {
		return r
	}
	r := refusal(s.who.principal.String(), err)
	if refused != nil {
		r.Hint = spentHint(r, refused)
	}
	r.Evidence = append(append(r.Evidence, clockEvidence(d, s.config.KeepClock)...), k.evidence...)
	return r
}

// spentHint is the next step when a password was sent in vain: what is wrong, and what the gate
// has noted.
func spentHint(r check.Result, refused *credential.RefusedError) string {
	switch r.Symptom {
	case "kerberos.preauth-failed", "kerberos.bad-integrity":
		return "Device > User Identification > User Mapping > gear > Server Monitor Account, and what was given here: " + refused.Hint()
	}
	return r.Hint + "; then give --retry-refused-password once: until then the gate keeps this password as refused"
}

// ourOwn is the result of an error that says nothing about the account: a keytab that does not fit,
// a folder that cannot be written, a run that was ended.
func (s *monitored) ourOwn(ctx context.Context, err error) (check.Result, bool) {
	r := check.Result{Status: check.Error, Summary: err.Error()}
	var found *kerberos.ClientError
	_, numbered := kerberos.MITNumber(err)
	switch {
	case errors.As(err, &found) && found.Failure == kerberos.NoKey:
		r.Hint = "make the keytab for the account as it is now, with its AES keys, or give the password"
	case errors.Is(err, errChanged):
		r.Hint = "run again, when nobody changes the account"
	case ctx.Err() != nil:
		r.Summary = fmt.Sprintf("%s: %v", r.Summary, context.Cause(ctx))
		r.Hint = "run again; whether the password was sent is in the summary"
	case !numbered && !errors.As(err, &found):
		r.Hint = "see the folder of the gate and the right to write there: without its record no password is sent"
	default:
		return r, false
	}
	return r, true
}

// openTicket opens what the KDC gives without pre-authentication. No password is sent for it, so
// that it needs no gate: a wrong one is found here.
func (s *monitored) openTicket(ctx context.Context, d *door, k key) check.Result {
	v := s.ask(ctx, d, "tcp")
	if v.err != nil || v.answer.Reply == nil {
		return check.Result{
			Status: check.Error, Summary: fmt.Sprintf("%s: what the KDC says of the account changed while it was asked: %v", d.target, v.err),
			Hint: "run again",
		}
	}
	got, err := v.answer.Reply.Open(k.of)
	if err != nil {
		return s.refusedTicket(ctx, d, k, err)
	}
	r := s.granting(d, k, got)
	r.Status = check.Warn
	r.Summary += "; the account wants no pre-authentication: anybody can have a ticket of it, and try passwords on that at home"
	r.Hint = "untick Do not require Kerberos preauthentication on the account: it does not help where a password is wrong"
	return r
}

// granting is the result of a ticket.
func (s *monitored) granting(d *door, k key, got kerberos.Credential) check.Result {
	s.ticket = &ticket{got, d}
	life := got.End.Sub(got.Start)
	return check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("%v has a ticket from %s for %v, its key is %v", got.Client, d.target, life, got.ReplyEtype),
		Measures: []check.Measure{{Name: "ticket-lifetime", Value: life.Seconds(), Unit: "seconds"}},
		Evidence: slices.Concat(ticketEvidence(got), clockEvidence(d, s.config.KeepClock), k.evidence),
	}
}

func ticketEvidence(c kerberos.Credential) []check.Evidence {
	when := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
	list := []check.Evidence{
		{Name: "client", Text: c.Client.String()},
		{Name: "service", Text: c.Service.String()},
		{Name: "valid", Text: when(c.Start) + " to " + when(c.End)},
		{Name: "flags", Text: flagText(c.Flags)},
		{Name: "encryption", Text: fmt.Sprintf("session key %v; ticket %v", c.Session.Etype(), c.TicketEtype)},
	}
	if !c.RenewTill.IsZero() {
		list = append(list, check.Evidence{Name: "renewable until", Text: when(c.RenewTill)})
	}
	if c.ReplyKVNO != 0 {
		list = append(list, check.Evidence{Name: "key version of the account", Text: fmt.Sprint(c.ReplyKVNO)})
	}
	return list
}

func flagText(f kerberos.Flags) string {
	var words []string
	for _, known := range []struct {
		flag kerberos.Flags
		word string
	}{
		{kerberos.FlagForwardable, "forwardable"}, {kerberos.FlagRenewable, "renewable"},
		{kerberos.FlagInitial, "initial"}, {kerberos.FlagPreauth, "pre-authenticated"},
	} {
		if f.Has(known.flag) {
			words = append(words, known.word)
		}
	}
	return strings.Join(append(words, fmt.Sprintf("0x%08x", uint32(f))), ", ")
}

// clockEvidence says by which clock the password was proven, where it was not this host's.
func clockEvidence(d *door, kept bool) []check.Evidence {
	ahead, ok := d.ahead()
	if !ok || kept || ahead.Abs() < kerberos.MaxSkew {
		return nil
	}
	return []check.Evidence{{Name: "clock", Text: fmt.Sprintf("the KDC's, which is %s this host's: a firewall may not do so", aheadOf(ahead))}}
}
