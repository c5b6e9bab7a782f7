package kerberos

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// InitiatorConfig says how to log in to a service.
type InitiatorConfig struct {
	Ticket Credential       // for the service, from KDC.ServiceTicket
	Now    func() time.Time // the clock of the authenticator; nil means time.Now
	Flags  GSSFlags         // 0 means DefaultGSSFlags
	// Bindings tie the log-in to a channel: "tls-server-end-point:" and a hash, RFC 5929. Nil means none.
	Bindings []byte
	// SPNEGO wraps the tokens as RFC 4178 says, with Kerberos as the one mechanism.
	SPNEGO bool
}

// Initiator is the client's side of a log-in: send Token, give the answer to Finish, use the context.
// It is for one goroutine.
type Initiator struct {
	cfg    InitiatorConfig
	token  []byte
	sentAt time.Time // in the authenticator: the acceptor has to repeat it
	subkey Key
	first  uint64 // sequence number
	spnego *spnegoInitiator
	over   bool
}

// Format keeps the keys out of every verb.
func (i Initiator) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, "gss log-in to ", i.cfg.Ticket.Service)
}

var errNoTicket = errors.New("gss: there is no ticket for the service")

// NewInitiator makes the first token. The error is of a ticket that cannot be used.
func NewInitiator(cfg InitiatorConfig) (*Initiator, error) {
	if len(cfg.Ticket.Ticket) == 0 || cfg.Ticket.Session.IsZero() {
		return nil, errNoTicket
	}
	if cfg.Flags == 0 {
		cfg.Flags = DefaultGSSFlags
	}
	now := time.Now
	if cfg.Now != nil {
		now = cfg.Now
	}
	i := &Initiator{
		cfg: cfg, sentAt: now().UTC().Truncate(time.Microsecond), subkey: RandomKey(cfg.Ticket.Session.Etype()), first: firstNumber(),
	}
	request, err := i.request()
	if err != nil {
		return nil, err
	}
	i.token = frameKerberos(tokenAPReq, request)
	if cfg.SPNEGO {
		i.spnego = newSPNEGOInitiator()
		i.token = i.spnego.init(i.token)
	}
	return i, nil
}

// firstNumber is below 2 to the 30th, as RFC 4120 section 5.3.2 advises.
func firstNumber() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return uint64(binary.BigEndian.Uint32(b[:]) >> 2)
}

// request is the AP-REQ, RFC 4120 section 5.5.1. The ticket goes into it byte for byte.
func (i *Initiator) request() ([]byte, error) {
	auth := types.Authenticator{
		AVNO: iana.PVNO, CRealm: i.cfg.Ticket.Client.Realm, CName: i.cfg.Ticket.Client.wire(),
		Cksum: types.Checksum{CksumType: gssChecksum, Checksum: gssChecksumBytes(i.cfg.Flags, i.cfg.Bindings)},
		CTime: i.sentAt.Truncate(time.Second), Cusec: i.sentAt.Nanosecond() / 1000,
		SubKey: i.subkey.wire(), SeqNumber: int64(i.first),
	}
	plain, err := auth.Marshal()
	if err != nil {
		return nil, err
	}
	sealed, err := i.cfg.Ticket.Session.seal(plain, keyusage.AP_REQ_AUTHENTICATOR, 0)
	if err != nil {
		return nil, err
	}
	proof, err := encryptedDER(sealed)
	if err != nil {
		return nil, err
	}
	options := []byte{3, 5, 0, 0, 0, 0, 0} // a bit string of 32
	if i.cfg.Flags.Has(GSSMutual) {
		options[3] = 0x20 // mutual-required
	}
	return derWrap(tagAPReq, derWrap(tagSequence,
		derWrap(0xa0, []byte{2, 1, iana.PVNO}), derWrap(0xa1, []byte{2, 1, 14}),
		derWrap(0xa2, options), derWrap(0xa3, i.cfg.Ticket.Ticket), derWrap(0xa4, proof))), nil
}

const (
	tagSequence = 0x30
	tagAPReq    = 0x6e // [APPLICATION 14]
	tagAPRep    = 0x6f // [APPLICATION 15]
	tagEncAPRep = 0x7b // [APPLICATION 27]
)

// Token is what to send first.
func (i *Initiator) Token() []byte { return i.token }

// Finish takes the acceptor's answer and gives the context; the answer is empty where no mutual
// authentication was asked for. last, if it is not nil, has to be sent yet; where c is nil with it,
// the acceptor answers once more, and Finish takes that too. An acceptor that refuses with a KRB-ERROR is
// a *KDCError, whose KDC is the service; every other error is a *GSSError.
func (i *Initiator) Finish(answer []byte) (c *SecurityContext, last []byte, err error) {
	if i.over {
		return nil, nil, gssFail(NoContext, "the log-in is over")
	}
	if i.spnego == nil {
		c, err = i.finish(answer)
	} else {
		c, last, err = i.spnego.finish(answer, i.finish)
	}
	i.over = c != nil || err != nil
	if err != nil {
		c = nil // one that is half made
	}
	return c, last, err
}

func (i *Initiator) finish(answer []byte) (*SecurityContext, error) {
	// Without an AP-REP both sides count from the initiator's number, as MIT krb5 does.
	c := &SecurityContext{flags: i.cfg.Flags, initiator: true, key: i.subkey, send: i.first, recv: i.first}
	if !i.cfg.Flags.Has(GSSMutual) {
		if len(answer) > 0 {
			return nil, i.refusal(answer)
		}
		return c, nil
	}
	id, message, err := unframeKerberos(answer)
	switch {
	case len(answer) == 0:
		return nil, gssFail(NotMutual, "the answer has no proof of %v", i.cfg.Ticket.Service)
	case err != nil:
		return nil, err
	case id != tokenAPRep:
		return nil, i.refusal(answer)
	}
	return c, i.proof(c, message)
}

// refusal is an answer that is no AP-REP.
func (i *Initiator) refusal(answer []byte) error {
	id, message, err := unframeKerberos(answer)
	if err != nil {
		return err
	}
	if id != tokenError {
		return gssFail(DefectiveToken, "a token of type %04x, which does not belong here", id)
	}
	refused, err := decodeError(message)
	if err != nil {
		return &GSSError{DefectiveToken, "a refusal that cannot be read", err}
	}
	refused.KDC = i.cfg.Ticket.Service.String()
	return refused
}

// proof reads the AP-REP, RFC 4120 section 3.2.5.
func (i *Initiator) proof(c *SecurityContext, message []byte) error {
	var reply messages.APRep
	if err := guard("AP-REP", func() error { return reply.Unmarshal(message) }); err != nil {
		return &GSSError{DefectiveToken, "the acceptor's proof", err}
	}
	plain, err := i.cfg.Ticket.Session.open(reply.EncPart, keyusage.AP_REP_ENCPART)
	if err != nil {
		return &GSSError{NotMutual, "the acceptor's proof does not open", err}
	}
	var part messages.EncAPRepPart
	if err := guard("AP-REP", func() error { return part.Unmarshal(plain) }); err != nil {
		return &GSSError{DefectiveToken, "the acceptor's proof", err}
	}
	if at := part.CTime.Add(time.Duration(part.Cusec) * time.Microsecond); !at.Equal(i.sentAt) {
		return gssFail(NotMutual, "the acceptor's proof is of another log-in")
	}
	c.recv = uint64(uint32(part.SequenceNumber))
	if len(part.Subkey.KeyValue) == 0 {
		return nil
	}
	if c.key, err = NewKey(Etype(part.Subkey.KeyType), part.Subkey.KeyValue); err != nil {
		return &GSSError{DefectiveToken, "the acceptor's key", err}
	}
	c.subkey = true
	return nil
}
