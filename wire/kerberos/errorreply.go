package kerberos

import (
	"encoding/asn1"
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
)

// ErrorReply is a KRB-ERROR that a KDC sends.
type ErrorReply struct {
	Code ErrorCode
	Text string
	// Status, if it is not 0, goes into e-data in the Shape, which is ErrorDataShape if empty.
	Status NTStatus
	Shape  DataShape
	// Methods, if it is set, makes e-data a METHOD-DATA that offers encrypted timestamps with
	// the Offers; these may be empty. Status has precedence.
	Methods bool
	Offers  []Offer
	// NoInfo leaves ETYPE-INFO2 out of a METHOD-DATA.
	NoInfo bool
	// NoTimestamp leaves PA-ENC-TIMESTAMP out of it.
	NoTimestamp bool

	Client  Principal // named only where its realm is ClientRealm's
	Service Principal
	// ClientRealm is crealm, the realm of the referral of a WRONG_REALM.
	ClientRealm string
	STime       time.Time // of the KDC; zero means time.Now
}

func (e *ErrorReply) Error() string { return fmt.Sprintf("%v: %s", e.Code, e.Text) }

// Marshal encodes the message.
func (e *ErrorReply) Marshal() ([]byte, error) {
	data, err := e.data()
	if err != nil {
		return nil, err
	}
	now := e.STime.UTC()
	if e.STime.IsZero() {
		now = time.Now().UTC()
	}
	m := messages.KRBError{
		PVNO: iana.PVNO, MsgType: msgtype.KRB_ERROR, ErrorCode: int32(e.Code), EText: e.Text, EData: data,
		STime: now.Truncate(time.Second), Susec: now.Nanosecond() / 1000,
		Realm: e.Service.Realm, SName: e.Service.wire(), CRealm: e.ClientRealm,
	}
	if e.ClientRealm != "" {
		m.CName = e.Client.wire()
	}
	return m.Marshal()
}

func (e *ErrorReply) data() ([]byte, error) {
	if e.Status != 0 {
		return statusData(e.Status, e.Shape)
	}
	if !e.Methods {
		return nil, nil
	}
	info, err := etypeInfo2(e.Offers)
	if err != nil {
		return nil, err
	}
	methods := []paData{} // not nil: an empty METHOD-DATA is still one
	if !e.NoInfo {
		methods = append(methods, paData{patype.PA_ETYPE_INFO2, info})
	}
	if !e.NoTimestamp {
		methods = append(methods, paData{patype.PA_ENC_TIMESTAMP, []byte{}})
	}
	return asn1.Marshal(methods)
}
