package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/symptom"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

const symptomNoEtype = "kerberos.etype-unsupported"

// refusal is the result of a question that Kerberos answered with an error: what the KDC said,
// what the firewall would log of it, and what to do.
func refusal(target string, err error) check.Result {
	r := check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s: %v", target, err), Evidence: refusalEvidence(err)}
	if s, ok := symptomOf(err); ok {
		r.Symptom = s.ID
		r.Summary = fmt.Sprintf("%s: %s: %v", target, s.Title.EN, err)
		if len(s.Remedies) > 0 {
			r.Hint = s.Remedies[0].EN
		}
		if number, _ := kerberos.MITNumber(err); s.Number != nil && *s.Number == int64(number) {
			r.Evidence = append(r.Evidence, shown(s)...)
		}
	}
	if known, ok := ntStatusOf(err); ok {
		r.Summary = fmt.Sprintf("%s: %s: %v", target, known.Meaning.EN, err)
		r.Hint = known.Remedy.EN
	}
	if r.Hint == "" {
		r.Hint = "look the code up (uidprobe explain), and look at the log System of the domain controller at this time"
	}
	return r
}

// refusalEvidence is what the KDC said, or the client found, in all its parts.
func refusalEvidence(err error) (list []check.Evidence) {
	add := func(name, text string) {
		if text != "" {
			list = append(list, check.Evidence{Name: name, Text: text})
		}
	}
	var refused *kerberos.KDCError
	var found *kerberos.ClientError
	switch {
	case errors.As(err, &refused):
		add("KDC", refused.KDC)
		add("error code", fmt.Sprintf("%d (0x%x) %v", refused.Code, int32(refused.Code), refused.Code))
		add("text", refused.Text)
		if refused.NTStatus != 0 {
			add("NTSTATUS", refused.NTStatus.String())
		}
		if refused.Code == kerberos.ErrWrongRealm {
			add("realm to ask instead", refused.ClientRealm)
		}
	case errors.As(err, &found):
		add("KDC", found.KDC)
		add("found by the client", string(found.Failure))
	}
	if number, ok := kerberos.MITNumber(err); ok {
		list = append(list, numberEvidence(int64(number))...)
	}
	return list
}

// numberEvidence is a number with its name in MIT krb5 or the system.
func numberEvidence(number int64) []check.Evidence {
	list := []check.Evidence{{Name: "number", Text: strconv.FormatInt(number, 10)}}
	for _, code := range symptom.KerberosCodes() {
		if code.Number == number {
			return append(list, check.Evidence{Name: "symbol", Text: code.Symbol + ": " + code.Message})
		}
	}
	return list
}

// explained adds to a failure what the firewall would show of it, unless the check knows better.
func explained(c check.Check) check.Check {
	run := c.Run
	c.Run = func(ctx context.Context) check.Result {
		r := run(ctx)
		if s, ok := symptom.Find(r.Symptom); ok && r.Status == check.Fail && s.Number != nil && !hasEvidence(r, "number") {
			r.Evidence = append(append(r.Evidence, numberEvidence(*s.Number)...), shown(s)...)
		}
		return r
	}
	return c
}

func hasEvidence(r check.Result, name string) bool {
	return slices.ContainsFunc(r.Evidence, func(e check.Evidence) bool { return e.Name == name })
}

// shown is what the firewall would show of a symptom.
func shown(s symptom.Symptom) (list []check.Evidence) {
	if s.Number == nil {
		return nil
	}
	list = append(list, check.Evidence{Name: "the firewall would log", Text: strings.TrimSpace(s.Golden())})
	if s.Status != "" {
		list = append(list, check.Evidence{Name: "its status would be", Text: s.Status})
	}
	return list
}

// symptomOf finds what a firewall shows of an error. A list of encryption types of which a client
// takes none has numbers of its own, which no firewall was seen to log: they are the symptom of
// types that do not fit.
func symptomOf(err error) (symptom.Symptom, bool) {
	number, ok := kerberos.MITNumber(err)
	if !ok {
		return symptom.Symptom{}, false
	}
	if s, ok := symptom.ByNumber(int64(number)); ok {
		return s, true
	}
	var found *kerberos.ClientError
	if errors.As(err, &found) && (found.Failure == kerberos.NoEtype || found.Failure == kerberos.OtherEtypes) {
		return symptom.Find(symptomNoEtype)
	}
	return symptom.Symptom{}, false
}

// ntStatusOf finds what Active Directory adds to a refusal.
func ntStatusOf(err error) (symptom.NTStatus, bool) {
	var refused *kerberos.KDCError
	if !errors.As(err, &refused) || refused.NTStatus == 0 {
		return symptom.NTStatus{}, false
	}
	for _, known := range symptom.NTStatuses() {
		if known.Code == uint32(refused.NTStatus) {
			return known, true
		}
	}
	return symptom.NTStatus{}, false
}
