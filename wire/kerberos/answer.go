package kerberos

import (
	"errors"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
)

// Reply is an AS-REP or TGS-REP whose encrypted part is closed.
type Reply struct {
	kdc    KDC
	asked  messages.KDCReqBody
	fields messages.KDCRepFields
	ticket []byte
	offers []Offer // of its pre-authentication data: the salt of the key
	usage  uint32
}

// readReply decodes what came back for a request. It takes nothing but the kind of reply that
// was asked for, and KRB-ERROR.
func (k KDC) readReply(in []byte, want byte, asked messages.KDCReqBody) (*Reply, error) {
	if len(in) == 0 {
		return nil, k.unreadable("read answer", errEmptyMessage)
	}
	if in[0] == tagError {
		e, err := decodeError(in)
		if err != nil {
			return nil, k.unreadable("read answer", err)
		}
		e.KDC = k.String()
		return nil, e
	}
	if in[0] != want {
		return nil, k.fail(Unreadable, "the answer begins with byte 0x%02x, want 0x%02x or 0x%02x", in[0], want, tagError)
	}
	r := &Reply{kdc: k, asked: asked, usage: keyusage.AS_REP_ENCPART}
	err := guard("reply", func() error {
		if want == tagTGSRep {
			var rep messages.TGSRep
			err := rep.Unmarshal(in)
			r.fields, r.usage = rep.KDCRepFields, keyusage.TGS_REP_ENCPART_SESSION_KEY
			return err
		}
		var rep messages.ASRep
		err := rep.Unmarshal(in)
		r.fields = rep.KDCRepFields
		return err
	})
	if err != nil {
		return nil, k.unreadable("read answer", err)
	}
	if r.ticket = contextField(in, 5); r.ticket == nil {
		return nil, k.unreadable("read answer", errors.New("reply: there is no ticket"))
	}
	r.offers = offersOf(toPAData(r.fields.PAData))
	return r, nil
}

// contextField is what is inside of [n] of a message: [APPLICATION] { SEQUENCE { [n] … } }.
func contextField(message []byte, n int) []byte {
	outer := children(message)
	if len(outer) != 1 {
		return nil
	}
	for _, field := range children(outer[0].FullBytes) {
		if field.Tag == n && field.Class == 2 {
			return field.Bytes
		}
	}
	return nil
}

func decodeError(in []byte) (*KDCError, error) {
	var m messages.KRBError
	if err := guard("KRB-ERROR", func() error { return m.Unmarshal(in) }); err != nil {
		return nil, err
	}
	e := &KDCError{
		Code: ErrorCode(m.ErrorCode), Text: m.EText, EData: m.EData, ClientRealm: m.CRealm,
		Service: fromWire(m.SName, m.Realm),
		STime:   m.STime.Add(time.Duration(m.Susec) * time.Microsecond),
	}
	methods, shape := readEData(m.EData)
	if status, ok := statusOf(methods); ok {
		e.NTStatus, e.DataShape = status, shape
	}
	if shape == MethodDataShape {
		e.Offers = offersOf(methods)
		for _, p := range methods {
			e.Methods = append(e.Methods, p.Type)
		}
	}
	return e, nil
}

func (r *Reply) sealedWith() Etype { return Etype(r.fields.EncPart.EType) }

// Open opens the reply with the key of the client and verifies it. Another key is a
// *ClientError of BadIntegrity, which is what a wrong password looks like where no
// pre-authentication is wanted; a reply that does not fit the request is one of ReplyModified
// or ReplySkew.
func (r *Reply) Open(keys KeyFunc) (Credential, error) {
	client := fromWire(r.asked.CName, r.asked.Realm)
	offer, ok := pick([]Etype{r.sealedWith()}, r.offers)
	if !ok {
		offer = Offer{Etype: r.sealedWith()}
	}
	if !offer.Etype.Supported() {
		return Credential{}, r.kdc.fail(OtherEtypes, "the reply is sealed with %v", offer.Etype)
	}
	key, err := r.kdc.key(ASRequest{Client: client, Etypes: []Etype{offer.Etype}}, []Offer{offer}, keys)
	if err != nil {
		return Credential{}, err
	}
	return r.open(key)
}

func (r *Reply) open(key Key) (Credential, error) {
	plain, err := key.open(r.fields.EncPart, r.usage)
	if err != nil {
		return Credential{}, &ClientError{KDC: r.kdc.String(), Failure: BadIntegrity, Detail: "open reply", Sent: true, Err: err}
	}
	var part messages.EncKDCRepPart
	if err := guard("encrypted part", func() error { return part.Unmarshal(plain) }); err != nil {
		return Credential{}, r.kdc.unreadable("read answer", err)
	}
	c, err := r.credential(part)
	if err != nil {
		return Credential{}, r.kdc.unreadable("read answer", err)
	}
	if err := r.verify(c, part); err != nil {
		return Credential{}, err // a ticket that is not ours is nobody's to use
	}
	return c, nil
}

func (r *Reply) credential(part messages.EncKDCRepPart) (Credential, error) {
	session, err := NewKey(Etype(part.Key.KeyType), part.Key.KeyValue)
	if err != nil {
		return Credential{}, err
	}
	start := part.StartTime
	if start.IsZero() {
		start = part.AuthTime
	}
	return Credential{
		Client:  fromWire(r.fields.CName, r.fields.CRealm),
		Service: fromWire(part.SName, part.SRealm),
		Session: session, Ticket: r.ticket, Flags: flagsOf(part.Flags.Bytes),
		AuthTime: part.AuthTime, Start: start, End: part.EndTime, RenewTill: part.RenewTill,
		ReplyEtype: r.sealedWith(), ReplyKVNO: r.fields.EncPart.KVNO,
		TicketEtype: Etype(r.fields.Ticket.EncPart.EType), TicketKVNO: r.fields.Ticket.EncPart.KVNO,
	}, nil
}
