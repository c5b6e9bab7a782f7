package dc

import (
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

func refuseWith(code kerberos.ErrorCode, text string) *kerberos.ErrorReply {
	return &kerberos.ErrorReply{Code: code, Text: text}
}

// as answers an AS-REQ. The order of the questions is what makes one error win over another.
func (dc *DC) as(in arrival) ([]byte, error) {
	a, err := dc.whoAsks(in)
	if err != nil {
		return nil, err
	}
	if err := in.effects.refuses(in, a, false); err != nil {
		return nil, err
	}
	offers := a.offersFor(in.Etypes)
	if len(offers) == 0 {
		return nil, refuseWith(kerberos.ErrEtypeUnsupported, "no encryption type in common")
	}
	if dc.config.Behaviour == Windows {
		if err := dc.stateOf(in, a); err != nil {
			return nil, err
		}
	}
	key := a.keys[offers[0].Etype]
	if !a.config.NoPreauth && !in.effects.noPreauth() {
		if key, err = dc.proof(in, a, offers); err != nil {
			return nil, err
		}
	}
	if err := dc.stateOf(in, a); err != nil {
		return nil, err
	}
	if err := in.effects.refuses(in, a, true); err != nil {
		return nil, err
	}
	return dc.ticket(in, a, key, offers)
}

func (dc *DC) whoAsks(in arrival) (*account, error) {
	if realm := dc.directory.elsewhere(in.Client); realm != "" {
		return nil, &kerberos.ErrorReply{Code: kerberos.ErrWrongRealm, Text: "another realm", ClientRealm: realm}
	}
	// A realm that nobody knows is an unknown client (measured on Samba and MIT krb5).
	a, ok := dc.directory.client(in.Client)
	if !ok || !dc.directory.isOurs(in.Client.Realm) {
		return nil, refuseWith(kerberos.ErrClientUnknown, "no such account")
	}
	return a, nil
}

func (dc *DC) stateOf(in arrival, a *account) error {
	row, bad := states[dc.config.Behaviour][a.state(in.now)]
	if !bad {
		return nil
	}
	return &kerberos.ErrorReply{Code: row.code, Status: row.status}
}

// proof checks the encrypted timestamp, and returns the key under which it was sealed.
func (dc *DC) proof(in arrival, a *account, offers []kerberos.Offer) (kerberos.Key, error) {
	if !in.HasTimestamp() {
		return kerberos.Key{}, in.effects.required(kerberos.ErrPreauthRequired, offers)
	}
	etype, _ := in.TimestampEtype()
	key := a.keys[etype]
	at, err := in.Timestamp(key)
	if err != nil {
		dc.countBad(in, a)
		return kerberos.Key{}, in.effects.required(kerberos.ErrPreauthFailed, offers)
	}
	if in.now.Sub(at).Abs() > kerberos.MaxSkew {
		return kerberos.Key{}, refuseWith(kerberos.ErrSkew, "clock skew")
	}
	if a.state(in.now) != Locked {
		a.goodPassword()
	}
	return key, nil
}

// countBad counts a password that was wrong. A locked account counts no further.
func (dc *DC) countBad(in arrival, a *account) {
	if a.state(in.now) == Locked {
		return
	}
	count, locked := a.badPassword(dc.config.Lockout, in.now)
	dc.note(KindBadPassword, map[string]any{"account": a.config.Name, "count": count})
	dc.winrm.badPassword(in, a.config.Name)
	if locked {
		dc.note(KindLocked, map[string]any{"account": a.config.Name})
	}
}

// ticket grants what an AS-REQ asks for.
func (dc *DC) ticket(in arrival, a *account, key kerberos.Key, offers []kerberos.Offer) ([]byte, error) {
	s, name, ok := dc.directory.service(in.Service)
	if !ok {
		return nil, refuseWith(kerberos.ErrServiceUnknown, "no such service")
	}
	g, err := dc.newGrant(in, s, name)
	if err != nil {
		return nil, err
	}
	g.Client = in.Client
	g.Client.Realm = dc.config.Realm
	if in.Canonicalize { // RFC 6806 section 6: only then is the name the domain's own
		g.Client = kerberos.Principal{Type: kerberos.NamePrincipal, Name: []string{a.config.Name}, Realm: dc.config.Realm}
	}
	g.Flags |= kerberos.FlagInitial | kerberos.FlagPreauth
	g.ReplyKey, g.ReplyKVNO, g.Offers = key, a.config.KVNO, offers
	dc.winrm.ticket(in, g.Client, g.Service)
	in.effects.spoil(&g)
	return in.ASReply(g)
}

// newGrant is what AS and TGS have in common.
func (dc *DC) newGrant(in arrival, s *service, name kerberos.Principal) (kerberos.Grant, error) {
	session, ok := firstSupported(in.Etypes)
	if !ok {
		return kerberos.Grant{}, refuseWith(kerberos.ErrEtypeUnsupported, "no encryption type in common")
	}
	start := in.now.Truncate(time.Second)
	g := kerberos.Grant{
		Service: name, Session: kerberos.RandomKey(session), AuthTime: start, Start: start,
		End: start.Add(DefaultLifetime), TicketKey: s.keys[kerberos.AES256], TicketKVNO: 1,
	}
	if in.Forwardable {
		g.Flags |= kerberos.FlagForwardable
	}
	if !in.Till.IsZero() && in.Till.Before(g.End) {
		g.End = in.Till
	}
	if !g.End.After(g.Start) {
		return g, refuseWith(kerberos.ErrNeverValid, "the ticket would end before it starts")
	}
	if in.Renewable { // a client takes no renewable ticket that it did not ask for
		g.Flags |= kerberos.FlagRenewable
		g.RenewTill = start.Add(renewLifetime)
		if !in.RenewTill.IsZero() && in.RenewTill.Before(g.RenewTill) {
			g.RenewTill = in.RenewTill
		}
	}
	return g, nil
}

func firstSupported(list []kerberos.Etype) (kerberos.Etype, bool) {
	for _, e := range list {
		if e.Supported() {
			return e, true
		}
	}
	return 0, false
}

// tgs answers a TGS-REQ.
func (dc *DC) tgs(in arrival) ([]byte, error) {
	of := in.TicketService()
	if s, _, ok := dc.directory.service(of); !ok || s != dc.directory.tgs() {
		return nil, refuseWith(kerberos.ErrNotUs, "the ticket is not for this ticket-granting service")
	}
	p, err := in.OpenTGT(dc.directory.tgs().keys[kerberos.AES256])
	if err != nil {
		return nil, err
	}
	if err := dc.inTime(in, p); err != nil {
		return nil, err
	}
	if err := in.effects.refuses(in, nil, true); err != nil {
		return nil, err
	}
	s, name, ok := dc.directory.service(in.Service)
	if !ok || !dc.directory.isOurs(in.Service.Realm) {
		return nil, refuseWith(kerberos.ErrServiceUnknown, "no such service")
	}
	g, err := dc.newGrant(in, s, name)
	if err != nil {
		return nil, err
	}
	if p.End.Before(g.End) {
		g.End = p.End
	}
	g.Client, g.AuthTime = p.Client, p.AuthTime
	g.Flags |= p.Flags & kerberos.FlagPreauth
	dc.winrm.ticket(in, g.Client, g.Service)
	return in.TGSReply(g, p)
}

func (dc *DC) inTime(in arrival, p kerberos.Presented) error {
	switch {
	case in.now.After(p.End):
		return refuseWith(kerberos.ErrTicketExpired, "the TGT has expired")
	case in.now.Sub(p.AuthenticatorAt).Abs() > kerberos.MaxSkew:
		return refuseWith(kerberos.ErrSkew, "clock skew")
	case dc.replays.again(p.AuthenticatorKey, in.now, kerberos.MaxSkew):
		return refuseWith(kerberos.ErrRepeat, "the authenticator was used before")
	}
	return nil
}
