package probe

import (
	"context"
	"fmt"
	"slices"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// askAccount looks at what the first KDC that answered said without the password.
func (s *monitored) askAccount(context.Context) check.Result {
	if !s.known {
		return check.Result{
			Status: check.Skip, Skipped: check.NeedNotMet, CausedBy: &check.Ref{Check: idNames, Target: s.target},
			Summary: "not asked: the names do not tell which account logs in where",
		}
	}
	d := s.answering((*door).told)
	if d == nil {
		return s.unanswered("not asked")
	}
	v, _ := d.best()
	return judgeAccountState(s.who.principal.String(), d.target, v)
}

// judgeAccountState says what a KDC tells of an account without its password.
func judgeAccountState(account, target string, v voice) check.Result {
	if err := stateOf(target, v); err != nil {
		r := refusal(account, err)
		r.Evidence = append(r.Evidence, offerEvidence(v)...)
		return r
	}
	r := check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("%s is there, says %s: a password is wanted", account, target),
		Evidence: offerEvidence(v),
	}
	if v.answer.Reply != nil {
		r.Summary = fmt.Sprintf("%s is there, says %s: it gives a ticket without pre-authentication", account, target)
	}
	return r
}

// paEncTimestamp is PA-ENC-TIMESTAMP, RFC 4120 section 5.2.7.2.
const paEncTimestamp = 2

// stateOf is the error that a client would meet before it sends its password; nil if there is none.
func stateOf(target string, v voice) error {
	required := v.answer.Required
	switch {
	case v.err != nil:
		return v.err
	case required == nil:
		return nil
	case !slices.Contains(required.Methods, paEncTimestamp):
		return &kerberos.ClientError{KDC: required.KDC, Failure: kerberos.NoMethod, Detail: "takes no encrypted timestamp: the account has no AES key, or may log in with a certificate only"}
	case v.answer.Offers == nil:
		return nil // a client then takes its first type and the default salt
	case len(v.answer.Offers) == 0:
		return &kerberos.ClientError{KDC: required.KDC, Failure: kerberos.NoEtype, Detail: "offers no encryption type for the account"}
	case !slices.ContainsFunc(v.answer.Offers, func(o kerberos.Offer) bool { return o.Etype.Supported() }):
		return &kerberos.ClientError{KDC: required.KDC, Failure: kerberos.OtherEtypes, Detail: fmt.Sprintf("offers %s for the account, and a firewall takes AES alone", offerText(v.answer.Offers))}
	}
	return nil
}

func offerText(offers []kerberos.Offer) string {
	text := ""
	for i, o := range offers {
		if i > 0 {
			text += ", "
		}
		text += o.Etype.String()
		if o.HasSalt {
			text += fmt.Sprintf(" with the salt %q", o.Salt)
		}
	}
	return text
}

func offerEvidence(v voice) []check.Evidence {
	offers := v.answer.Offers
	if e := v.refusal(); e != nil {
		offers = e.Offers
	}
	if len(offers) == 0 {
		return nil
	}
	return []check.Evidence{{Name: "encryption types", Text: offerText(offers)}}
}
