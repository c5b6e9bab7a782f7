package kerberos

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// AcceptorConfig says who a service is.
type AcceptorConfig struct {
	Keytab Keytab
	Now    func() time.Time // nil means time.Now
	// Bindings are those of the channel, as in InitiatorConfig. Nil takes any; otherwise an initiator
	// without them, or with others, is refused.
	Bindings []byte
	// SignList asks SPNEGO initiators for the signature of the list of mechanisms and gives one.
	SignList bool
}

// Acceptor is a service that takes log-ins. It may be used concurrently, and remembers the
// authenticators that it has seen for as long as one can be used again.
type Acceptor struct {
	cfg AcceptorConfig

	mu   sync.Mutex // guards seen
	seen map[[sha256.Size]byte]time.Time
}

// Format keeps the keys out of every verb.
func (a *Acceptor) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "gss acceptor with %d keys", len(a.cfg.Keytab.Entries))
}

// maxSeen bounds the memory of replays. Beyond it nobody is let in until the oldest is forgotten.
const maxSeen = 1 << 16

// NewAcceptor makes a service.
func NewAcceptor(cfg AcceptorConfig) *Acceptor {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Acceptor{cfg: cfg, seen: map[[sha256.Size]byte]time.Time{}}
}

// Accepted is a log-in that an Acceptor took.
type Accepted struct {
	// Context is nil as long as Finish has to be called.
	Context *SecurityContext
	Client  Principal
	Service Principal
	End     time.Time // of the ticket
	// Bound says whether the initiator gave channel bindings, whatever they are.
	Bound bool

	pending *SecurityContext
	list    []byte // that the initiator has to sign
}

// Accept takes an initiator's first token, Kerberos or SPNEGO. The reply is to be sent also with an error,
// where it is not nil: it tells the initiator why. The error is a *GSSError.
func (a *Acceptor) Accept(token []byte) (got *Accepted, reply []byte, err error) {
	if oid, _, err := unframe(token); err != nil || !bytes.Equal(oid, oidSPNEGO) {
		return a.accept(token)
	}
	n, err := readNegInit(token)
	if err != nil {
		return nil, nil, err
	}
	if !isKerberos(n.mechs[0]) || n.token == nil {
		reply = negResp{state: spnegoReject}.marshal()
		return nil, reply, gssFail(OtherMechanism, "Kerberos is not the first choice of SPNEGO, or its token is missing")
	}
	got, inner, err := a.accept(n.token)
	if err != nil {
		return nil, negResp{state: spnegoReject, mech: n.mechs[0], token: inner}.marshal(), err
	}
	answer := negResp{state: spnegoCompleted, mech: n.mechs[0], token: inner}
	if a.cfg.SignList {
		answer.state = spnegoMore
		if answer.mic, err = got.Context.MIC(n.list); err != nil {
			return nil, nil, err
		}
		got.pending, got.Context, got.list = got.Context, nil, n.list
	}
	return got, answer.marshal(), nil
}

// Finish takes the initiator's signature of the list, and makes the Context.
func (g *Accepted) Finish(token []byte) error {
	if g.pending == nil {
		return gssFail(NoContext, "the log-in is over")
	}
	n, err := readNegResp(token)
	if err != nil {
		return err
	}
	if n.mic == nil {
		return gssFail(DefectiveToken, "the initiator does not sign its list")
	}
	if err := g.pending.VerifyMIC(g.list, n.mic); err != nil {
		return err
	}
	g.Context, g.pending = g.pending, nil
	return nil
}

// refusals are what an acceptor says of its failures, RFC 4121 section 4.1.3; others get no token.
var refusals = map[GSSFailure]ErrorCode{
	NoTicketKey: ErrModified, TicketExpired: ErrTicketExpired, GSSSkew: ErrSkew, DuplicateToken: ErrRepeat, BadMIC: ErrBadIntegrity,
}

func (a *Acceptor) accept(token []byte) (got *Accepted, reply []byte, err error) {
	id, message, err := unframeKerberos(token)
	if err != nil {
		return nil, nil, err
	}
	if id != tokenAPReq {
		return nil, nil, gssFail(DefectiveToken, "a token of type %04x, which does not begin a log-in", id)
	}
	var req messages.APReq
	if err := guard("AP-REQ", func() error { return req.Unmarshal(message) }); err != nil {
		return nil, nil, &GSSError{DefectiveToken, "the log-in", err}
	}
	got, reply, err = a.open(req)
	var found *GSSError
	if !errors.As(err, &found) {
		return got, reply, err
	}
	if code, ok := refusals[found.Failure]; ok {
		refusal := ErrorReply{Code: code, Service: fromWire(req.Ticket.SName, req.Ticket.Realm), STime: a.cfg.Now()}
		if b, err := refusal.Marshal(); err == nil {
			reply = frameKerberos(tokenError, b)
		}
	}
	return nil, reply, found
}

// open checks a log-in as RFC 4120 section 3.2.3 says.
func (a *Acceptor) open(req messages.APReq) (*Accepted, []byte, error) {
	part, err := a.ticket(req.Ticket)
	if err != nil {
		return nil, nil, err
	}
	session, err := NewKey(Etype(part.Key.KeyType), part.Key.KeyValue)
	if err != nil {
		return nil, nil, &GSSError{NoTicketKey, "the session key", err}
	}
	auth, err := a.authenticator(req, session, fromWire(part.CName, part.CRealm))
	if err != nil {
		return nil, nil, err
	}
	flags, err := a.inform(auth)
	if err != nil {
		return nil, nil, err
	}
	if err := a.remember(req.EncryptedAuthenticator.Cipher); err != nil {
		return nil, nil, err
	}
	got := &Accepted{
		Client: fromWire(part.CName, part.CRealm), Service: fromWire(req.Ticket.SName, req.Ticket.Realm), End: part.EndTime,
		Bound: !bytes.Equal(auth.Cksum.Checksum[4:20], bindingsHash(nil)),
	}
	var reply []byte
	got.Context, reply, err = answer(auth, session, flags)
	return got, reply, err
}

// ticket opens a ticket with any key of the keytab that its service has, as the version in a ticket may
// be missing, and checks its times.
func (a *Acceptor) ticket(t messages.Ticket) (part messages.EncTicketPart, err error) {
	service := fromWire(t.SName, t.Realm)
	for _, e := range a.cfg.Keytab.Entries {
		if !e.Principal.EqualFold(service) {
			continue
		}
		plain, err := e.Key.open(t.EncPart, keyusage.KDC_REP_TICKET)
		if err != nil {
			continue
		}
		if err := guard("ticket", func() error { return part.Unmarshal(plain) }); err != nil {
			return part, &GSSError{DefectiveToken, "the ticket", err}
		}
		return part, a.valid(part)
	}
	return part, gssFail(NoTicketKey, "no key of ours opens a ticket for %v that is sealed with %v", service, Etype(t.EncPart.EType))
}

func (a *Acceptor) valid(part messages.EncTicketPart) error {
	now, start := a.cfg.Now(), part.StartTime
	if start.IsZero() {
		start = part.AuthTime
	}
	if now.Add(MaxSkew).Before(start) || now.Add(-MaxSkew).After(part.EndTime) {
		return gssFail(TicketExpired, "the ticket is valid from %v to %v", start.UTC(), part.EndTime.UTC())
	}
	return nil
}

func (a *Acceptor) authenticator(req messages.APReq, session Key, client Principal) (auth types.Authenticator, err error) {
	plain, err := session.open(req.EncryptedAuthenticator, keyusage.AP_REQ_AUTHENTICATOR)
	if err != nil {
		return auth, &GSSError{BadMIC, "the authenticator", err}
	}
	if err := guard("authenticator", func() error { return auth.Unmarshal(plain) }); err != nil {
		return auth, &GSSError{DefectiveToken, "the authenticator", err}
	}
	if !client.Equal(fromWire(auth.CName, auth.CRealm)) {
		return auth, gssFail(BadMIC, "ticket and authenticator are of different clients")
	}
	if apart := authenticatedAt(auth).Sub(a.cfg.Now()).Abs(); apart > MaxSkew {
		return auth, gssFail(GSSSkew, "the initiator's clock is %v away", apart.Round(time.Second))
	}
	return auth, nil
}

func authenticatedAt(auth types.Authenticator) time.Time {
	return auth.CTime.Add(time.Duration(auth.Cusec) * time.Microsecond)
}

// inform reads what stands in place of the authenticator's checksum.
func (a *Acceptor) inform(auth types.Authenticator) (GSSFlags, error) {
	if auth.Cksum.CksumType != gssChecksum {
		return 0, gssFail(DefectiveToken, "the authenticator's checksum is of type %d, want 0x8003", auth.Cksum.CksumType)
	}
	flags, bound, err := readGSSChecksum(auth.Cksum.Checksum)
	if err != nil {
		return 0, err
	}
	if a.cfg.Bindings != nil && !bytes.Equal(bound, bindingsHash(a.cfg.Bindings)) {
		return 0, gssFail(BadBindings, "the initiator is not bound to this channel")
	}
	return flags, nil
}

// remember refuses an authenticator that was seen. One is forgotten when its time is too far off
// to be taken again.
func (a *Acceptor) remember(sealed []byte) error {
	now := a.cfg.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, until := range a.seen {
		if now.After(until) {
			delete(a.seen, k)
		}
	}
	key := sha256.Sum256(sealed)
	if _, again := a.seen[key]; again {
		return gssFail(DuplicateToken, "the log-in has been seen")
	}
	if len(a.seen) >= maxSeen {
		return gssFail(NoContext, "more than %d log-ins in %v", maxSeen, 2*MaxSkew)
	}
	a.seen[key] = now.Add(2 * MaxSkew)
	return nil
}

// answer makes the acceptor's context and, where it is wanted, the AP-REP with a fresh key.
func answer(auth types.Authenticator, session Key, flags GSSFlags) (*SecurityContext, []byte, error) {
	first := uint64(uint32(auth.SeqNumber))
	c := &SecurityContext{flags: flags, key: session, send: first, recv: first}
	if len(auth.SubKey.KeyValue) > 0 {
		key, err := NewKey(Etype(auth.SubKey.KeyType), auth.SubKey.KeyValue)
		if err != nil {
			return nil, nil, &GSSError{DefectiveToken, "the initiator's key", err}
		}
		c.key = key
	}
	if !flags.Has(GSSMutual) {
		return c, nil, nil
	}
	c.key, c.subkey, c.send = RandomKey(c.key.etype), true, firstNumber()
	reply, err := apReply(auth, session, c)
	return c, reply, err
}

// apReply is the AP-REP, RFC 4120 section 5.5.2.
func apReply(auth types.Authenticator, session Key, c *SecurityContext) ([]byte, error) {
	type key struct {
		Type  int32  `asn1:"explicit,tag:0"`
		Value []byte `asn1:"explicit,tag:1"`
	}
	plain, err := asn1.Marshal(struct {
		CTime  time.Time `asn1:"generalized,explicit,tag:0"`
		Cusec  int       `asn1:"explicit,tag:1"`
		Subkey key       `asn1:"explicit,tag:2"`
		Number int64     `asn1:"explicit,tag:3"`
	}{auth.CTime.UTC(), auth.Cusec, key{int32(c.key.etype), c.key.value}, int64(c.send)})
	if err != nil {
		return nil, err
	}
	sealed, err := session.seal(derWrap(tagEncAPRep, plain), keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, err
	}
	proof, err := encryptedDER(sealed)
	if err != nil {
		return nil, err
	}
	return frameKerberos(tokenAPRep, derWrap(tagAPRep, derWrap(tagSequence,
		derWrap(0xa0, []byte{2, 1, 5}), derWrap(0xa1, []byte{2, 1, 15}), derWrap(0xa2, proof)))), nil
}
