package probe

import (
	"context"
	"errors"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// voice is what one address said over one transport when it was asked without a password.
type voice struct {
	network string
	answer  kerberos.Answer
	err     error
	heard   time.Time // by this host's clock
	took    time.Duration
}

// ask sends one AS-REQ without a password, within one attempt.
func (s *monitored) ask(ctx context.Context, d *door, network string) voice {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	k := kerberos.KDC{Network: network, Address: d.address.String(), Now: s.config.now}
	began := time.Now()
	answer, err := k.Ask(attempt, s.request())
	return voice{network: network, answer: answer, err: err, heard: s.config.now(), took: time.Since(began)}
}

// request asks for a TGT as the firewall would. Where the names are such that nobody knows who
// would log in, some question is good enough to hear whether a KDC answers.
func (s *monitored) request() kerberos.ASRequest {
	client := s.who.principal
	if !s.known {
		client = kerberos.Principal{Type: kerberos.NamePrincipal, Name: []string{"uidprobe"}, Realm: "REALM.INVALID"}
	}
	return kerberos.ASRequest{Client: client}
}

// refusal is the KRB-ERROR in an answer other than PREAUTH_REQUIRED; nil if there is none.
func (v voice) refusal() *kerberos.KDCError {
	var refused *kerberos.KDCError
	if errors.As(v.err, &refused) {
		return refused
	}
	return nil
}

// spoke says whether any Kerberos message came back.
func (v voice) spoke() bool { return v.network != "" && (v.err == nil || v.refusal() != nil) }

// told says whether the answer is about the account, and not only about the transport or the KDC.
func (v voice) told() bool {
	if !v.spoke() {
		return false
	}
	refused := v.refusal()
	return refused == nil || refused.Code != kerberos.ErrResponseTooBig && refused.Code != kerberos.ErrUnavailable
}

// ahead is how far the KDC's clock is ahead of this host's; ok is false where it told no time.
func (v voice) ahead() (time.Duration, bool) {
	e := v.answer.Required
	if e == nil {
		e = v.refusal()
	}
	if e == nil || e.STime.IsZero() {
		return 0, false
	}
	return e.STime.Sub(v.heard.Add(-v.took / 2)), true
}

// best is the voice to go by: TCP's, since nothing is too big for it.
func (d *door) best() (voice, bool) {
	for _, v := range []voice{d.tcp, d.udp} {
		if v.told() {
			return v, true
		}
	}
	return voice{}, false
}

func (d *door) told() bool        { _, ok := d.best(); return ok }
func (d *door) toldOverTCP() bool { return d.tcp.told() }

// ahead is how far the clock behind the door is ahead of this host's.
func (d *door) ahead() (time.Duration, bool) {
	for _, v := range []voice{d.tcp, d.udp} {
		if ahead, ok := v.ahead(); ok {
			return ahead, true
		}
	}
	return 0, false
}
