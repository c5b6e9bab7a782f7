package kerberos

import (
	"errors"
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Request is what a client asks a KDC, decoded.
type Request struct {
	TGS             bool // a TGS-REQ; otherwise an AS-REQ
	Client, Service Principal
	Etypes          []Etype // in the client's order

	Canonicalize, Renewable, Forwardable bool
	// Till and RenewTill are the times asked for; zero if the client leaves it to the KDC.
	Till, RenewTill time.Time

	nonce   int
	body    []byte // as received: the authenticator's checksum is over these very bytes
	methods []paData
	tgt     *messages.APReq
}

// DecodeRequest reads an AS-REQ or TGS-REQ. It never panics, whatever the bytes are.
func DecodeRequest(b []byte) (*Request, error) {
	if len(b) == 0 {
		return nil, errEmptyMessage
	}
	var fields messages.KDCReqFields
	err := guard("request", func() error {
		switch b[0] {
		case tagASReq:
			var r messages.ASReq
			err := r.Unmarshal(b)
			fields = r.KDCReqFields
			return err
		case tagTGSReq:
			var r messages.TGSReq
			err := r.Unmarshal(b)
			fields = r.KDCReqFields
			return err
		}
		return errors.New("another message")
	})
	if err != nil {
		return nil, err
	}
	r := newRequest(fields)
	r.TGS = b[0] == tagTGSReq
	if r.body = contextField(b, 4); r.body == nil {
		return nil, errors.New("request: there is no body")
	}
	if len(r.Service.Name) == 0 || !r.TGS && len(r.Client.Name) == 0 {
		return nil, errors.New("request: a name is missing")
	}
	if r.TGS {
		return r, r.readTGT()
	}
	return r, nil
}

func newRequest(f messages.KDCReqFields) *Request {
	options := Flags(flagsOf(f.ReqBody.KDCOptions.Bytes))
	has := func(bit int) bool { return options.Has(1 << (31 - bit)) }
	r := &Request{
		Client: fromWire(f.ReqBody.CName, f.ReqBody.Realm), Service: fromWire(f.ReqBody.SName, f.ReqBody.Realm),
		Canonicalize: has(flags.Canonicalize), Renewable: has(flags.Renewable), Forwardable: has(flags.Forwardable),
		Till: someTime(f.ReqBody.Till), RenewTill: someTime(f.ReqBody.RTime),
		nonce: f.ReqBody.Nonce, methods: toPAData(f.PAData),
	}
	for _, e := range f.ReqBody.EType {
		r.Etypes = append(r.Etypes, Etype(e))
	}
	return r
}

// someTime makes the zero time of 1970, "as long as you like" of RFC 4120 section 5.4.1.
func someTime(t time.Time) time.Time {
	if t.Unix() <= 0 {
		return time.Time{}
	}
	return t
}

func (r *Request) method(number int32) (paData, bool) {
	for _, m := range r.methods {
		if m.Type == number {
			return m, true
		}
	}
	return paData{}, false
}

// ErrNoTimestamp is what Timestamp says of a request that carries no encrypted timestamp.
var ErrNoTimestamp = errors.New("the request carries no encrypted timestamp")

// TimestampEtype is the type of the key under which the request's timestamp is sealed; ok is
// false if there is none that can be read.
func (r *Request) TimestampEtype() (e Etype, ok bool) {
	sealed, err := r.sealedTimestamp()
	return Etype(sealed.EType), err == nil
}

// HasTimestamp says whether the client tries to prove its password, in whatever shape.
func (r *Request) HasTimestamp() bool {
	_, ok := r.method(patype.PA_ENC_TIMESTAMP)
	return ok
}

func (r *Request) sealedTimestamp() (sealed types.EncryptedData, err error) {
	m, ok := r.method(patype.PA_ENC_TIMESTAMP)
	if !ok {
		return sealed, ErrNoTimestamp
	}
	err = guard("timestamp", func() error { return sealed.Unmarshal(m.Value) })
	return sealed, err
}

// Timestamp opens the encrypted timestamp with the account's key. The error is ErrNoTimestamp if
// there is none, and otherwise that of a wrong password.
func (r *Request) Timestamp(key Key) (time.Time, error) {
	sealed, err := r.sealedTimestamp()
	if err != nil {
		return time.Time{}, err
	}
	plain, err := key.open(sealed, keyusage.AS_REQ_PA_ENC_TIMESTAMP)
	if err != nil {
		return time.Time{}, err
	}
	var p types.PAEncTSEnc
	if err := guard("timestamp", func() error { return p.Unmarshal(plain) }); err != nil {
		return time.Time{}, err
	}
	return p.PATimestamp.Add(time.Duration(p.PAUSec) * time.Microsecond), nil
}

func (r *Request) readTGT() error {
	m, ok := r.method(patype.PA_TGS_REQ)
	if !ok {
		return errors.New("TGS request: there is no ticket")
	}
	var ap messages.APReq
	if err := guard("TGS request", func() error { return ap.Unmarshal(m.Value) }); err != nil {
		return err
	}
	if len(ap.Ticket.SName.NameString) == 0 {
		return errors.New("TGS request: its ticket names no service")
	}
	r.tgt = &ap
	return nil
}

// Presented is the ticket of a TGS request, opened, with its authenticator.
type Presented struct {
	Client           Principal
	AuthTime, End    time.Time
	RenewTill        time.Time // zero if it cannot be renewed
	Flags            Flags
	AuthenticatorAt  time.Time
	AuthenticatorKey []byte // the same for the same authenticator: to find replays
	replyKey         Key
	replyUsage       uint32
}

// TicketService is the principal for which the ticket of a TGS request was made.
func (r *Request) TicketService() Principal {
	return fromWire(r.tgt.Ticket.SName, r.tgt.Ticket.Realm)
}

// OpenTGT opens the ticket of a TGS request with the key of the ticket-granting service, and
// checks what does not depend on a clock: the authenticator, its name and its checksum. The
// error is a *ErrorReply to send.
func (r *Request) OpenTGT(key Key) (p Presented, err error) {
	plain, err := key.open(r.tgt.Ticket.EncPart, keyusage.KDC_REP_TICKET)
	if err != nil {
		return p, &ErrorReply{Code: ErrBadIntegrity, Text: "the ticket is not sealed with our key"}
	}
	var part messages.EncTicketPart
	if err := guard("ticket", func() error { return part.Unmarshal(plain) }); err != nil {
		return p, &ErrorReply{Code: ErrGeneric, Text: err.Error()}
	}
	session, err := NewKey(Etype(part.Key.KeyType), part.Key.KeyValue)
	if err != nil {
		return p, &ErrorReply{Code: ErrEtypeUnsupported, Text: err.Error()}
	}
	auth, err := r.authenticator(session)
	if err != nil {
		return p, err
	}
	p = Presented{
		Client: fromWire(part.CName, part.CRealm), AuthTime: part.AuthTime, End: part.EndTime,
		RenewTill: part.RenewTill, Flags: flagsOf(part.Flags.Bytes),
		AuthenticatorAt:  auth.CTime.Add(time.Duration(auth.Cusec) * time.Microsecond),
		AuthenticatorKey: r.tgt.EncryptedAuthenticator.Cipher,
		replyKey:         session, replyUsage: keyusage.TGS_REP_ENCPART_SESSION_KEY,
	}
	if !p.Client.Equal(fromWire(auth.CName, auth.CRealm)) {
		return p, &ErrorReply{Code: ErrBadMatch, Text: "ticket and authenticator are of different clients"}
	}
	if len(auth.SubKey.KeyValue) > 0 {
		if p.replyKey, err = NewKey(Etype(auth.SubKey.KeyType), auth.SubKey.KeyValue); err != nil {
			return p, &ErrorReply{Code: ErrEtypeUnsupported, Text: err.Error()}
		}
		p.replyUsage = keyusage.TGS_REP_ENCPART_AUTHENTICATOR_SUB_KEY
	}
	return p, r.checksum(auth.Cksum, session)
}

func (r *Request) authenticator(session Key) (auth types.Authenticator, err error) {
	plain, err := session.open(r.tgt.EncryptedAuthenticator, keyusage.TGS_REQ_PA_TGS_REQ_AP_REQ_AUTHENTICATOR)
	if err != nil {
		return auth, &ErrorReply{Code: ErrBadIntegrity, Text: "the authenticator is not sealed with the session key"}
	}
	if err := guard("authenticator", func() error { return auth.Unmarshal(plain) }); err != nil {
		return auth, &ErrorReply{Code: ErrGeneric, Text: err.Error()}
	}
	return auth, nil
}

// checksum is what ties the body to the authenticator, RFC 4120 section 3.3.3.
func (r *Request) checksum(sum types.Checksum, session Key) error {
	et, err := crypto.GetEtype(int32(session.Etype()))
	if err != nil || sum.CksumType != et.GetHashID() {
		return &ErrorReply{Code: ErrInappropriateHash, Text: fmt.Sprintf("checksum of type %d", sum.CksumType)}
	}
	if !et.VerifyChecksum(session.value, r.body, sum.Checksum, keyusage.TGS_REQ_PA_TGS_REQ_AP_REQ_AUTHENTICATOR_CHKSUM) {
		return &ErrorReply{Code: ErrModified, Text: "the body is not what the authenticator vouches for"}
	}
	return nil
}
