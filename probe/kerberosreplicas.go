package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

func (s *monitored) replicasCheck() check.Check {
	return check.Check{
		ID:     idReplicas,
		Title:  lang.Text{EN: "all KDCs say the same of the account", JA: "すべての KDC でアカウントの状態が一致している"},
		Source: "RFC 4120 section 3.1; MS-KILE section 2.2.1; PAN-OS help, Kerberos Server Profile: several servers",
		Target: s.target,
		After:  append(s.afterPorts(), check.Ref{Check: idTicket}),
		Run:    s.askReplicas,
	}
}

// askReplicas compares what the KDCs say of the account: without its password, and with it once it
// is proven. A firewall turns to the next KDC when one fails, so that a difference makes its log-ins a
// matter of luck.
func (s *monitored) askReplicas(ctx context.Context) check.Result {
	var heard []*door
	for _, d := range s.doors() {
		if d.told() {
			heard = append(heard, d)
		}
	}
	switch {
	case len(heard) == 0:
		return s.unanswered("not compared")
	case len(heard) == 1:
		return check.Result{Status: check.Skip, Skipped: check.Inapplicable, Summary: fmt.Sprintf("%s alone answers: there is nothing to compare", heard[0].target)}
	}
	list, evidence := compareTold(heard)
	more, seen := s.compareProven(ctx, heard)
	list = append(list, more...)
	r := list.result(fmt.Sprintf("%d KDCs say the same of %v", len(heard), s.who.principal))
	r.Evidence = append(evidence, seen...)
	return r
}

const replicationHint = "on a domain controller: repadmin /replsummary, and repadmin /showobjmeta DC DN for the account; until replication works, let the Kerberos Server Profile (Device > Server Profiles > Kerberos) name only those that are right"

// compareTold compares what was said without the password with what the first one said.
func compareTold(heard []*door) (list findings, evidence []check.Evidence) {
	first := heard[0]
	reference, _ := first.best()
	for _, d := range heard {
		v, _ := d.best()
		evidence = append(evidence, check.Evidence{Name: d.target, Text: stateText(d.target, v)})
		if d == first {
			continue
		}
		list = append(list, differences(first.target, reference, d.target, v)...)
	}
	return list, evidence
}

// stateText is what a KDC says of an account, in a form that can be compared.
func stateText(target string, v voice) string {
	var refused *kerberos.KDCError
	var found *kerberos.ClientError
	switch err := stateOf(target, v); {
	case errors.As(err, &refused) && refused.NTStatus != 0:
		return fmt.Sprintf("%v, %v", refused.Code, refused.NTStatus)
	case errors.As(err, &refused):
		return refused.Code.String()
	case errors.As(err, &found):
		return found.Detail
	case v.answer.Reply != nil:
		return "no pre-authentication wanted; " + sortedOffers(v)
	}
	return "password wanted; " + sortedOffers(v)
}

// sortedOffers does not depend on the order in which a KDC lists its types.
func sortedOffers(v voice) string {
	offers := slices.Clone(v.answer.Offers)
	slices.SortFunc(offers, func(a, b kerberos.Offer) int { return int(b.Etype - a.Etype) })
	return offerText(offers)
}

func differences(first string, a voice, second string, b voice) findings {
	textA, textB := stateText(first, a), stateText(second, b)
	if textA == textB {
		return nil
	}
	f := finding{check.Fail, fmt.Sprintf("%s says %s; %s says %s", first, textA, second, textB), replicationHint, ""}
	errA, errB := stateOf(first, a), stateOf(second, b)
	switch {
	case errA == nil && errB == nil && usableAlike(a, b):
		f.status = check.Warn // both let the account in
	case errB != nil:
		f.symptom = symptomID(errB)
	default:
		f.symptom = symptomID(errA)
	}
	return findings{f}
}

// usableAlike says whether the same password makes the same key of the type that a client takes.
func usableAlike(a, b voice) bool {
	best := func(v voice) string {
		for _, e := range kerberos.DefaultEtypes() {
			for _, o := range v.answer.Offers {
				if o.Etype == e {
					return fmt.Sprintf("%v %q", e, o.Salt)
				}
			}
		}
		return ""
	}
	return (a.answer.Reply == nil) == (b.answer.Reply == nil) && best(a) == best(b)
}

func symptomID(err error) string {
	s, _ := symptomOf(err)
	return s.ID
}

// compareProven logs in at every other KDC, with a password that one has taken in this run.
func (s *monitored) compareProven(ctx context.Context, heard []*door) (list findings, evidence []check.Evidence) {
	if s.ticket == nil || !s.proven {
		return nil, nil
	}
	k, err := s.readKey()
	if err != nil {
		return findings{{check.Error, err.Error(), "run again: the secret was there a moment ago", ""}}, nil
	}
	reference := s.ticket
	for _, d := range heard {
		v, _ := d.best()
		if d == reference.from || !d.toldOverTCP() || v.answer.Required == nil || stateOf(d.target, v) != nil {
			continue // nothing to send a password for
		}
		got, err := s.spend(ctx, d, k)
		if err != nil {
			return append(list, s.laggard(d, err)), evidence
		}
		evidence = append(evidence, check.Evidence{Name: d.target, Text: fmt.Sprintf("takes the password: %v, key version %d", got.ReplyEtype, got.ReplyKVNO)})
		if got.ReplyKVNO != reference.ReplyKVNO {
			list = append(list, finding{check.Warn, fmt.Sprintf("the account's key has version %d at %s and %d at %s", reference.ReplyKVNO, reference.from.target, got.ReplyKVNO, d.target), replicationHint, ""})
		}
	}
	return list, evidence
}

// laggard is a KDC that does not take a password that another one has taken.
func (s *monitored) laggard(d *door, err error) finding {
	f := finding{check.Fail, fmt.Sprintf("%s does not take the password that %s has taken: %v", d.target, s.ticket.from.target, err), replicationHint, symptomID(err)}
	var refused *credential.RefusedError
	if errors.As(err, &refused) {
		f.text += "; no other KDC is asked with it, and the gate keeps it as refused"
		f.hint = strings.Join([]string{f.hint, refused.Hint()}, "; then: ")
		if !refused.Sent {
			f.status = check.Error
		}
	}
	return f
}
