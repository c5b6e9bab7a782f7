package kerberos

import (
	"context"
	"errors"
	"time"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// ServiceTicket asks with a TGT for a ticket of a service, such as HTTPService, in the realm of the
// TGT. Etypes may be nil for DefaultEtypes. Errors are a *KDCError or a *ClientError.
func (k KDC) ServiceTicket(ctx context.Context, tgt Credential, service Principal, etypes []Etype) (Credential, error) {
	if etypes == nil {
		etypes = DefaultEtypes()
	}
	req, err := k.buildTGS(tgt, service, etypes)
	if err != nil {
		return Credential{}, err
	}
	out, err := req.Marshal()
	if err != nil {
		return Credential{}, err
	}
	in, err := k.Exchange(ctx, out)
	if err != nil {
		return Credential{}, err
	}
	asked := req.ReqBody
	asked.CName = tgt.Client.wire() // not on the wire, but what the reply must name
	reply, err := k.readReply(in, tagTGSRep, asked)
	if err != nil {
		return Credential{}, err
	}
	return reply.open(tgt.Session)
}

func (k KDC) buildTGS(tgt Credential, service Principal, etypes []Etype) (*messages.TGSReq, error) {
	var ticket messages.Ticket
	if err := guard("TGT", func() error { return ticket.Unmarshal(tgt.Ticket) }); err != nil {
		return nil, err
	}
	if len(ticket.SName.NameString) == 0 {
		return nil, errors.New("TGT: it names no service")
	}
	body := requestBody(service, etypes, tgt.End)
	header, err := apRequest(ticket, tgt, body, k.now())
	if err != nil {
		return nil, err
	}
	return &messages.TGSReq{KDCReqFields: messages.KDCReqFields{
		PVNO: iana.PVNO, MsgType: msgtype.KRB_TGS_REQ, ReqBody: body,
		PAData: types.PADataSequence{{PADataType: patype.PA_TGS_REQ, PADataValue: header}},
	}}, nil
}

// apRequest is the TGT with an authenticator that vouches for the body, RFC 4120 section 7.2.
func apRequest(ticket messages.Ticket, tgt Credential, body messages.KDCReqBody, now time.Time) ([]byte, error) {
	raw, err := body.Marshal()
	if err != nil {
		return nil, err
	}
	et, err := crypto.GetEtype(int32(tgt.Session.Etype()))
	if err != nil {
		return nil, err
	}
	sum, err := et.GetChecksumHash(tgt.Session.value, raw, keyusage.TGS_REQ_PA_TGS_REQ_AP_REQ_AUTHENTICATOR_CHKSUM)
	if err != nil {
		return nil, err
	}
	req, err := messages.NewAPReq(ticket, tgt.Session.wire(), types.Authenticator{
		AVNO: iana.PVNO, CRealm: tgt.Client.Realm, CName: tgt.Client.wire(),
		Cksum: types.Checksum{CksumType: et.GetHashID(), Checksum: sum},
		CTime: now.Truncate(time.Second), Cusec: now.Nanosecond() / 1000,
	})
	if err != nil {
		return nil, err
	}
	return req.Marshal()
}
