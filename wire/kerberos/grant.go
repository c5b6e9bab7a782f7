package kerberos

import (
	"encoding/asn1"
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Grant is what a KDC gives. Every name in it can be wrong on purpose.
type Grant struct {
	Client, Service Principal // as the reply names them
	Session         Key
	Flags           Flags
	AuthTime        time.Time
	Start, End      time.Time
	RenewTill       time.Time // zero if the ticket cannot be renewed

	TicketKey  Key // of the service
	TicketKVNO int
	ReplyKey   Key // of the account; not used in a TGS reply
	ReplyKVNO  int
	Offers     []Offer // ETYPE-INFO2 of an AS reply: the salt of ReplyKey
	// OtherNonce answers another request than was asked.
	OtherNonce bool
}

// ASReply encodes an AS-REP to the request.
func (r *Request) ASReply(g Grant) ([]byte, error) {
	info, err := etypeInfo2(g.Offers)
	if err != nil {
		return nil, err
	}
	fields, err := r.reply(g, g.ReplyKey, keyusage.AS_REP_ENCPART, g.ReplyKVNO)
	if err != nil {
		return nil, err
	}
	fields.MsgType = msgtype.KRB_AS_REP
	if len(g.Offers) > 0 {
		fields.PAData = types.PADataSequence{{PADataType: patype.PA_ETYPE_INFO2, PADataValue: info}}
	}
	rep := messages.ASRep{KDCRepFields: fields}
	return rep.Marshal()
}

// TGSReply encodes a TGS-REP to the request, sealed as the presented ticket wants it.
func (r *Request) TGSReply(g Grant, p Presented) ([]byte, error) {
	fields, err := r.reply(g, p.replyKey, p.replyUsage, 0)
	if err != nil {
		return nil, err
	}
	fields.MsgType = msgtype.KRB_TGS_REP
	rep := messages.TGSRep{KDCRepFields: fields}
	return rep.Marshal()
}

func (r *Request) reply(g Grant, key Key, usage uint32, kvno int) (messages.KDCRepFields, error) {
	g = g.inUTC()
	ticket, err := g.ticket()
	if err != nil {
		return messages.KDCRepFields{}, err
	}
	part := messages.EncKDCRepPart{
		Key: g.Session.wire(), LastReqs: []messages.LastReq{{LRValue: g.AuthTime}}, Nonce: r.nonce,
		AuthTime: g.AuthTime, StartTime: g.Start, EndTime: g.End, RenewTill: g.RenewTill,
		SRealm: g.Service.Realm, SName: g.Service.wire(),
	}
	if g.OtherNonce {
		part.Nonce ^= 1
	}
	setFlags(&part.Flags.Bytes, &part.Flags.BitLength, g.Flags)
	plain, err := part.Marshal()
	if err != nil {
		return messages.KDCRepFields{}, err
	}
	if r.TGS {
		plain[0] = tagEncTGSRepPart // gokrb5 writes the tag of an AS reply into both
	}
	sealed, err := key.seal(plain, usage, kvno)
	return messages.KDCRepFields{
		PVNO: iana.PVNO, CRealm: g.Client.Realm, CName: g.Client.wire(), Ticket: ticket, EncPart: sealed,
	}, err
}

// inUTC also cuts what KerberosTime, RFC 4120 section 5.2.3, has no room for.
func (g Grant) inUTC() Grant {
	for _, t := range []*time.Time{&g.AuthTime, &g.Start, &g.End, &g.RenewTill} {
		*t = t.UTC().Truncate(time.Second)
	}
	return g
}

const (
	tagEncTicketPart = 0x63 // [APPLICATION 3]
	tagEncTGSRepPart = 0x7a // [APPLICATION 26]
)

func setFlags(bits *[]byte, length *int, f Flags) {
	*bits, *length = []byte{byte(f >> 24), byte(f >> 16), byte(f >> 8), byte(f)}, 32
}

func (g Grant) ticket() (messages.Ticket, error) {
	inner, err := g.ticketPart()
	if err != nil {
		return messages.Ticket{}, fmt.Errorf("ticket: %w", err)
	}
	sealed, err := g.TicketKey.seal(inner, keyusage.KDC_REP_TICKET, g.TicketKVNO)
	if err != nil {
		return messages.Ticket{}, fmt.Errorf("ticket: %w", err)
	}
	return messages.Ticket{TktVNO: iana.PVNO, Realm: g.Service.Realm, SName: g.Service.wire(), EncPart: sealed}, nil
}

// ticketPart encodes EncTicketPart, RFC 4120 section 5.3. gokrb5 does that only together with a
// session key of its own.
func (g Grant) ticketPart() ([]byte, error) {
	type name struct {
		Type  int32           `asn1:"explicit,tag:0"`
		Parts []asn1.RawValue `asn1:"explicit,tag:1"`
	}
	type key struct {
		Type  int32  `asn1:"explicit,tag:0"`
		Value []byte `asn1:"explicit,tag:1"`
	}
	part := struct {
		Flags     asn1.BitString `asn1:"explicit,tag:0"`
		Key       key            `asn1:"explicit,tag:1"`
		CRealm    asn1.RawValue  // [2], and the tag is its own
		CName     name           `asn1:"explicit,tag:3"`
		Transited key            `asn1:"explicit,tag:4"`
		AuthTime  time.Time      `asn1:"generalized,explicit,tag:5"`
		Start     time.Time      `asn1:"generalized,explicit,tag:6"`
		End       time.Time      `asn1:"generalized,explicit,tag:7"`
		RenewTill time.Time      `asn1:"generalized,explicit,optional,tag:8"`
	}{
		Key:    key{int32(g.Session.etype), g.Session.value},
		CRealm: explicit(2, general(g.Client.Realm)), CName: name{Type: int32(g.Client.Type)},
		Transited: key{Value: []byte{}},
		AuthTime:  g.AuthTime, Start: g.Start, End: g.End, RenewTill: g.RenewTill,
	}
	setFlags(&part.Flags.Bytes, &part.Flags.BitLength, g.Flags)
	for _, n := range g.Client.Name {
		part.CName.Parts = append(part.CName.Parts, general(n))
	}
	b, err := asn1.Marshal(part)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, IsCompound: true, Tag: tagEncTicketPart & 0x1f, Bytes: b})
}
