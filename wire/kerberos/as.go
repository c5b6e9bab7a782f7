package kerberos

import (
	"context"
	"crypto/rand"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// ASRequest is what an AS exchange asks for.
type ASRequest struct {
	Client   Principal
	Service  Principal     // zero means the TGT of the client's realm
	Etypes   []Etype       // offered, the best first; nil means DefaultEtypes
	Lifetime time.Duration // of the ticket; 0 means DefaultLifetime
}

// DefaultLifetime is the life that a request asks for, that of Active Directory's default policy.
const DefaultLifetime = 10 * time.Hour

// Answer is what a KDC says to an AS-REQ that carries no proof of the password.
type Answer struct {
	// Offers are the encryption types with their salts, in the KDC's order. Empty is a KDC that
	// has none for the account; nil is one that does not tell.
	Offers []Offer
	// Required is the KDC's PREAUTH_REQUIRED in full; nil if it wants no pre-authentication.
	Required *KDCError
	// Reply is what the KDC gave without pre-authentication; nil if it wants it.
	Reply *Reply
}

// Ask sends an AS-REQ without pre-authentication. It costs the account nothing: no password is
// tried. The error is a *KDCError for every refusal but PREAUTH_REQUIRED, or a *ClientError.
func (k KDC) Ask(ctx context.Context, ask ASRequest) (Answer, error) {
	reply, err := k.as(ctx, ask.build(k.now()), nil)
	var refused *KDCError
	if errors.As(err, &refused) && refused.Code == ErrPreauthRequired {
		return Answer{Offers: refused.Offers, Required: refused}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{Offers: reply.offers, Reply: reply}, nil
}

// Login sends one AS-REQ with an encrypted timestamp, made of the first of the request's
// encryption types among the offers of Ask's answer, and verifies the reply. It is sent once,
// whatever comes back. Where the offers are nil the first type and the default salt are taken,
// as MIT krb5 does. Errors are as those of Ask; *ClientError of NoMethod, NoEtype, OtherEtypes,
// NoKey and BadParameters come before anything is sent. PREAUTH_REQUIRED is an error here.
func (k KDC) Login(ctx context.Context, ask ASRequest, answer Answer, keys KeyFunc) (Credential, error) {
	if r := answer.Required; r != nil && !slices.Contains(r.Methods, patype.PA_ENC_TIMESTAMP) {
		return Credential{}, &ClientError{KDC: k.String(), Failure: NoMethod, Detail: "takes no encrypted timestamp for this account"}
	}
	key, err := k.key(ask, answer.Offers, keys)
	if err != nil {
		return Credential{}, err
	}
	proof, err := timestamp(k.now(), key)
	if err != nil {
		return Credential{}, err
	}
	reply, err := k.as(ctx, ask.build(k.now()), proof)
	if err != nil {
		return Credential{}, err
	}
	if reply.sealedWith() != key.Etype() {
		return reply.Open(keys)
	}
	return reply.open(key)
}

func (k KDC) key(ask ASRequest, offers []Offer, keys KeyFunc) (Key, error) {
	before := func(f Failure, detail string, err error) error {
		return &ClientError{KDC: k.String(), Failure: f, Detail: detail, Err: err}
	}
	offer, ok := pick(ask.etypes(), offers)
	switch {
	case ok:
	case offers == nil && len(ask.etypes()) > 0:
		offer = Offer{Etype: ask.etypes()[0]}
	case len(offers) == 0:
		return Key{}, before(NoEtype, "offers no encryption type at all", nil)
	default:
		return Key{}, before(OtherEtypes, "offers no encryption type that we take", nil)
	}
	key, err := keys(ask.Client, offer)
	switch {
	case errors.Is(err, errIterations):
		return Key{}, before(BadParameters, "make the key", err)
	case err != nil:
		return Key{}, before(NoKey, "make the key", err)
	}
	return key, nil
}

func (ask ASRequest) etypes() []Etype {
	if ask.Etypes == nil {
		return DefaultEtypes()
	}
	return ask.Etypes
}

func (ask ASRequest) build(now time.Time) *messages.ASReq {
	service, lifetime := ask.Service, ask.Lifetime
	if service.zero() {
		service = TGT(ask.Client.Realm)
	}
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
	body := requestBody(service, ask.etypes(), now.Add(lifetime))
	body.CName, body.Realm = ask.Client.wire(), ask.Client.Realm
	return &messages.ASReq{KDCReqFields: messages.KDCReqFields{
		PVNO: iana.PVNO, MsgType: msgtype.KRB_AS_REQ, ReqBody: body,
	}}
}

// requestBody leaves canonicalize off: the firewall's reply is checked without it, which is
// what shows a realm in the wrong spelling.
func requestBody(service Principal, etypes []Etype, till time.Time) messages.KDCReqBody {
	options := types.NewKrbFlags()
	types.SetFlag(&options, flags.Forwardable)
	list := make([]int32, len(etypes))
	for i, e := range etypes {
		list[i] = int32(e)
	}
	return messages.KDCReqBody{
		KDCOptions: options, Realm: service.Realm, SName: service.wire(),
		Till: till.UTC().Truncate(time.Second), Nonce: nonce(), EType: list,
	}
}

// nonce has 31 bits: some KDCs take the number as signed.
func nonce() int {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return int(binary.BigEndian.Uint32(b[:]) >> 1)
}

// timestamp is a PA-ENC-TIMESTAMP, RFC 4120 section 5.2.7.2.
func timestamp(now time.Time, key Key) (*types.PAData, error) {
	plain, err := asn1.Marshal(struct {
		Time  time.Time `asn1:"generalized,explicit,tag:0"`
		Micro int       `asn1:"explicit,tag:1"`
	}{now.Truncate(time.Second), now.Nanosecond() / 1000})
	if err != nil {
		return nil, err
	}
	sealed, err := key.seal(plain, keyusage.AS_REQ_PA_ENC_TIMESTAMP, 0)
	if err != nil {
		return nil, err
	}
	value, err := sealed.Marshal()
	return &types.PAData{PADataType: patype.PA_ENC_TIMESTAMP, PADataValue: value}, err
}

// as runs one exchange. A KRB-ERROR is a *KDCError.
func (k KDC) as(ctx context.Context, req *messages.ASReq, proof *types.PAData) (*Reply, error) {
	if proof != nil {
		req.PAData = types.PADataSequence{*proof}
	}
	out, err := req.Marshal()
	if err != nil {
		return nil, err
	}
	in, err := k.Exchange(ctx, out)
	if err != nil {
		return nil, err
	}
	return k.readReply(in, tagASRep, req.ReqBody)
}
